//! Cameras, streams and purposes.

use crate::{CameraRow, Db, DbError, PurposeRow, StreamRow};
use candour_units::{CameraId, PolicyId, PurposeId, StreamId, StreamKind, WallDuration};

use super::at;

super::on_every_store!(
    a_name_and_an_address_belong_to_one_camera_of_the_site,
    a_change_needs_the_camera_and_a_free_name,
    a_stream_keeps_its_id_while_its_kind_stays_and_when_it_comes_back,
    a_camera_may_name_only_a_purpose_that_was_written
);

pub(super) fn camera(number: u8, name: &str, address: &str) -> CameraRow {
    CameraRow {
        id: CameraId::from_bytes([number; 16]),
        name: name.to_owned(),
        address: address.to_owned(),
        onvif_port: 80,
        tls_key: None,
        credentials: vec![number; 5],
        outcome: "accepted".to_owned(),
        judgement: "{}".to_owned(),
        judged: at(1),
        manufacturer: "Axis".to_owned(),
        model: "P3245".to_owned(),
        firmware: "10.12".to_owned(),
        clock_offset: WallDuration::from_millis(-250),
        purpose: None,
        added: at(2),
        removed: None,
    }
}

fn stream(number: u8, of: &CameraRow, kind: StreamKind) -> StreamRow {
    StreamRow {
        id: StreamId::from_bytes([number; 16]),
        camera: of.id,
        kind,
        uri: format!("rtsp://{}/{kind}", of.address),
        encoding: "H264".to_owned(),
        width: 1920,
        height: 1080,
        rate: 25,
    }
}

async fn a_name_and_an_address_belong_to_one_camera_of_the_site(db: Db) {
    let mut hall = camera(1, "Hall", "192.0.2.1");
    db.add_camera(&hall, &[stream(1, &hall, StreamKind::Sub), stream(2, &hall, StreamKind::Main)])
        .await
        .expect("a new camera");
    for (name, address) in [("Hall", "192.0.2.2"), ("Yard", "192.0.2.1")] {
        let refused = db.add_camera(&camera(2, name, address), &[]).await;
        assert!(matches!(refused, Err(DbError::Exists { .. })), "{refused:?}");
    }
    let kinds: Vec<_> = db.streams(hall.id).await.expect("a read").into_iter().map(|stream| stream.kind).collect();
    assert_eq!(kinds, [StreamKind::Main, StreamKind::Sub]);

    hall.removed = Some(at(50));
    db.change_camera(&hall).await.expect("it exists");
    assert_eq!(db.cameras().await.expect("a read"), []);
    assert_eq!(db.camera(hall.id).await.expect("a read"), Some(hall.clone()));
    let next = camera(2, "Hall", "192.0.2.1");
    db.add_camera(&next, &[]).await.expect("a removed camera gives its name back");
    hall.removed = None;
    let back = db.change_camera(&hall).await;
    assert!(matches!(back, Err(DbError::Exists { .. })), "{back:?}");
    assert_eq!(db.cameras().await.expect("a read"), [next]);
}

async fn a_change_needs_the_camera_and_a_free_name(db: Db) {
    let (hall, yard) = (camera(1, "Hall", "192.0.2.1"), camera(2, "Yard", "192.0.2.2"));
    assert!(matches!(db.change_camera(&hall).await, Err(DbError::NotFound { .. })));
    db.add_camera(&hall, &[]).await.expect("a new camera");
    db.add_camera(&yard, &[]).await.expect("a new camera");
    let renamed = CameraRow { name: "Hall".to_owned(), ..yard.clone() };
    assert!(matches!(db.change_camera(&renamed).await, Err(DbError::Exists { .. })));
    let nobody = camera(3, "Roof", "192.0.2.3");
    let judged = [hall.id, yard.id, nobody.id].map(|id| (id, format!("judgement of {id}")));
    db.refresh_judgements(&judged).await.expect("a write");
    let refreshed = |row: CameraRow| CameraRow { judgement: format!("judgement of {}", row.id), ..row };
    assert_eq!(db.cameras().await.expect("a read"), [refreshed(hall), refreshed(yard)]);
}

async fn a_stream_keeps_its_id_while_its_kind_stays_and_when_it_comes_back(db: Db) {
    let hall = camera(1, "Hall", "192.0.2.1");
    let (main, sub) = (stream(1, &hall, StreamKind::Main), stream(2, &hall, StreamKind::Sub));
    db.add_camera(&hall, &[main.clone(), sub.clone()]).await.expect("a new camera");
    let new_main = StreamRow { width: 2560, ..stream(7, &hall, StreamKind::Main) };
    db.set_streams(hall.id, std::slice::from_ref(&new_main)).await.expect("a write");
    assert_eq!(db.streams(hall.id).await.expect("a read"), [StreamRow { id: main.id, ..new_main.clone() }]);
    db.set_streams(hall.id, &[new_main, stream(8, &hall, StreamKind::Sub)]).await.expect("a write");
    let ids: Vec<_> = db.streams(hall.id).await.expect("a read").into_iter().map(|stream| stream.id).collect();
    assert_eq!(ids, [main.id, sub.id]);
}

async fn a_camera_may_name_only_a_purpose_that_was_written(db: Db) {
    let purpose = PurposeRow {
        id: PurposeId::from_bytes([5; 16]),
        sentence: "Theft at the entrance".to_owned(),
        owner: "Head of facilities".to_owned(),
        keep: WallDuration::from_seconds(72 * 3600),
        minimum: Some(WallDuration::from_seconds(24 * 3600)),
        importance: 3,
        policy: PolicyId::from_bytes([6; 16]),
        written: at(3),
        written_by: "Ann".to_owned(),
        version: None,
    };
    let hall = CameraRow { purpose: Some(purpose.id), ..camera(1, "Hall", "192.0.2.1") };
    assert!(db.add_camera(&hall, &[]).await.is_err());
    db.add_purpose(&purpose).await.expect("a write");
    db.add_camera(&hall, &[]).await.expect("now it exists");
    assert_eq!(db.purpose(purpose.id).await.expect("a read"), Some(purpose.clone()));
    assert_eq!(db.purposes().await.expect("a read"), std::slice::from_ref(&purpose));
    // A minimum longer than the whole life of the footage is no minimum.
    let longer = PurposeRow {
        id: PurposeId::from_bytes([7; 16]),
        minimum: Some(purpose.keep + WallDuration::from_seconds(1)),
        ..purpose
    };
    assert!(db.add_purpose(&longer).await.is_err());
}
