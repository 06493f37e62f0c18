//! The table of alarms.

use crate::{Db, DbError, NewAlarm};
use candour_units::{AlarmId, CameraId};

use super::at;

super::on_every_store!(one_alarm_stands_for_a_kind_and_camera, the_first_to_take_an_alarm_keeps_it);

fn alarm(number: u8, kind: &str, camera: Option<u8>) -> NewAlarm {
    NewAlarm {
        id: AlarmId::from_bytes([number; 16]),
        kind: kind.to_owned(),
        camera: camera.map(|camera| CameraId::from_bytes([camera; 16])),
        severity: "amber".to_owned(),
        words: format!("alarm {number}"),
        raised: at(i64::from(number)),
    }
}

async fn one_alarm_stands_for_a_kind_and_camera(db: Db) {
    let raise = async |raised: &NewAlarm| db.raise_alarm(raised).await.expect("a write");
    assert!(raise(&alarm(1, "disk_low", None)).await);
    assert!(!raise(&alarm(2, "disk_low", None)).await);
    assert!(raise(&alarm(3, "camera_lost", Some(1))).await);
    assert!(raise(&alarm(4, "camera_lost", Some(2))).await);
    let rows = db.alarms(9).await.expect("a read");
    let words: Vec<_> = rows.iter().map(|row| (row.id.as_bytes()[0], row.words.as_str())).collect();
    assert_eq!(words, [(4, "alarm 4"), (3, "alarm 3"), (1, "alarm 2")]);

    let clear = async |kind: &str, camera: Option<u8>| {
        let camera = camera.map(|camera| CameraId::from_bytes([camera; 16]));
        db.clear_alarm(kind, camera, at(50)).await.expect("a write")
    };
    assert!(clear("camera_lost", Some(2)).await);
    assert!(!clear("camera_lost", Some(2)).await && !clear("camera_lost", None).await);
    assert!(raise(&alarm(5, "camera_lost", Some(2))).await, "what was cleared can come again");
    let order: Vec<_> = db.alarms(9).await.expect("a read").iter().map(|row| row.id.as_bytes()[0]).collect();
    assert_eq!(order, [5, 3, 1, 4], "standing ones first, newest first");
    assert_eq!(db.alarms(2).await.expect("a read").len(), 2);
}

async fn the_first_to_take_an_alarm_keeps_it(db: Db) {
    let unknown = db.acknowledge_alarm(AlarmId::from_bytes([9; 16]), "Ann", at(20)).await;
    assert!(matches!(unknown, Err(DbError::NotFound { .. })), "{unknown:?}");
    db.raise_alarm(&alarm(1, "disk_low", None)).await.expect("a write");
    for (by, now) in [("Ann", at(20)), ("Bob", at(30))] {
        let row = db.acknowledge_alarm(AlarmId::from_bytes([1; 16]), by, now).await.expect("it stands");
        assert_eq!(row.acknowledged, Some(("Ann".to_owned(), at(20))));
    }
}
