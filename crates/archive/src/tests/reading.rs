//! What was recorded comes back, under a receipt only, and nothing damaged is shown as good.

use candour_audit::{LookKind, NotCovered};
use candour_seal::sealed;
use candour_units::{CameraId, StreamId};

use super::rig::{GOP, add_camera, picture, spec};
use super::{CAMERA, Rig, STREAM, at, range};
use crate::ArchiveError;

#[tokio::test]
async fn the_newest_second_can_be_played() {
    let mut rig = Rig::new().await;
    let samples = rig.record(10).await;
    assert_eq!(samples, 250, "the last one too, though nothing followed it");
    let (pieces, error) = rig.read(range(0, 11)).await;
    assert!(error.is_none(), "{error:?}");
    let found: Vec<_> = pieces.concat().into_iter().map(|sample| sample.data).collect();
    assert_eq!(found, (0..250).map(picture).collect::<Vec<_>>());
    assert_eq!(rig.timeline(range(0, 12)).await, ["recorded 0-10", "unknown 10-12"]);
}

#[tokio::test]
async fn segments_follow_each_other_without_a_seam() {
    let mut rig = Rig::new().await;
    rig.record(130).await;
    let segments = rig.segments().await;
    assert_eq!(segments.iter().map(|row| row.start).collect::<Vec<_>>(), [at(0), at(60), at(120)]);
    assert!(segments.windows(2).all(|two| two[0].end == two[1].start));
    assert_eq!(rig.timeline(range(0, 130)).await, ["recorded 0-130"]);
    let (pieces, error) = rig.read(range(0, 131)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [1500, 1500, 250]);
    for piece in &pieces {
        assert!(piece[0].sync && piece[0].dts == 0);
        assert!(piece.windows(2).all(|two| two[0].dts + i64::from(two[0].duration) == two[1].dts));
    }
    let found: Vec<_> = pieces.concat().into_iter().map(|sample| sample.data).collect();
    assert_eq!(found, (0..3250).map(picture).collect::<Vec<_>>());
}

#[tokio::test]
async fn whole_gops_around_what_was_asked_are_given_and_said() {
    let mut rig = Rig::new().await;
    rig.record(10).await;
    let receipt = rig.receipt(LookKind::Playback, Some(range(0, 10))).await;
    let asked = candour_units::WallRange {
        start: at(3) + candour_units::WallDuration::from_millis(700),
        end: at(5) + candour_units::WallDuration::from_millis(200),
    };
    let mut reading = rig.archive.read(&receipt, CAMERA, STREAM, asked).await.expect("it is there");
    let [piece] = reading.pieces() else { panic!("one segment, one piece") };
    assert_eq!((piece.disclosed, piece.origin), (range(3, 6), at(0)));
    let first = reading.next_fragment(0).await.expect("it opens").expect("it is there");
    assert!(first[0].sync);
    assert_eq!((first[0].dts, &first[0].data), (3 * GOP * 3600, &picture(75)));
}

#[tokio::test]
async fn nothing_is_read_that_the_receipt_does_not_name() {
    let mut rig = Rig::new().await;
    rig.record(4).await;
    let receipt = rig.receipt(LookKind::Playback, Some(range(1, 3))).await;
    let live = rig.receipt(LookKind::Live, None).await;
    let other = CameraId::from_bytes([1; 16]);
    let refused = async |receipt, camera, range| match rig.archive.read(receipt, camera, STREAM, range).await {
        Err(ArchiveError::NotCovered(why)) => Some(why),
        _ => None,
    };
    assert_eq!(refused(&receipt, CAMERA, range(1, 3)).await, None);
    assert_eq!(refused(&receipt, CAMERA, range(0, 3)).await, Some(NotCovered::Interval));
    assert_eq!(refused(&receipt, CAMERA, range(1, 4)).await, Some(NotCovered::Interval));
    assert_eq!(refused(&receipt, other, range(1, 3)).await, Some(NotCovered::Camera { camera: other }));
    assert_eq!(refused(&live, CAMERA, range(1, 3)).await, Some(NotCovered::Kind));

    let mut reading = rig.archive.read(&receipt, CAMERA, STREAM, range(1, 3)).await.expect("it is covered");
    assert!(reading.next_fragment(0).await.is_ok());
    rig.clock.advance_s(301);
    assert_eq!(refused(&receipt, CAMERA, range(1, 3)).await, Some(NotCovered::Lapsed));
    let late = reading.next_fragment(0).await;
    assert!(matches!(late, Err(ArchiveError::NotCovered(NotCovered::Lapsed))), "{late:?}");
    let renewed = rig.log.renew(&receipt).await.expect("it can be renewed");
    reading.renew(&renewed).expect("it is for the same");
    assert!(reading.next_fragment(0).await.is_ok());
}

/// A receipt for one camera and the stream id of another one: the stream decides whose footage it is.
#[tokio::test]
async fn a_stream_of_another_camera_is_not_covered() {
    let mut rig = Rig::new().await;
    let (other, its_stream) = (CameraId::from_bytes([1; 16]), StreamId::from_bytes([2; 16]));
    add_camera(&rig.db, other, its_stream).await;
    let intake = rig.archive.intake(other, its_stream, candour_units::StreamKind::Main, Some(spec()));
    intake.run_started(super::rig::entry(), Default::default(), at(0));
    rig.send(&intake, 4);
    rig.clock.advance_s(1);
    let there = async || !rig.archive.inner.index.of(its_stream, range(0, 9)).is_empty();
    rig.until("the other camera's footage is durable", there).await;
    let receipt = rig.receipt(LookKind::Playback, Some(range(0, 9))).await;
    let refused = rig.archive.read(&receipt, CAMERA, its_stream, range(0, 9)).await.map(|_| ());
    assert!(
        matches!(refused, Err(ArchiveError::NotCovered(NotCovered::Camera { camera })) if camera == other),
        "{refused:?}"
    );
}

#[tokio::test]
async fn damage_is_named_and_what_came_before_plays() {
    let mut rig = Rig::new().await;
    rig.record(10).await;
    let rig = rig.stopped().await;
    let [row] = rig.segments().await.try_into().expect("one segment");
    let path = rig.path(row.id);
    let mut bytes = std::fs::read(&path).expect("the file");
    let table = sealed::check(bytes.as_slice()).expect("it is whole").table;
    // A byte of a sample in the sixth fragment.
    let hurt = &table[5];
    bytes[hurt.offset as usize + 200] ^= 1;
    std::fs::write(&path, bytes).expect("the file");

    let (pieces, error) = rig.read(range(0, 10)).await;
    let before: u32 = table[..5].iter().map(|info| info.samples).sum();
    assert_eq!(pieces[0].len(), before as usize);
    let Some(ArchiveError::DataLoss { segment, offset, .. }) = error else { panic!("{error:?}") };
    assert_eq!((segment, offset), (row.id, hurt.offset));
    let loss = format!("data_loss {}-{}", seconds(hurt.wall_start), seconds(hurt.wall_end));
    rig.until("the loss is on the timeline", async || rig.timeline(range(0, 10)).await.contains(&loss)).await;
}

fn seconds(time: candour_units::WallTime) -> f64 {
    (time - at(0)).ticks() as f64 / 90_000.0
}

#[tokio::test]
async fn a_file_that_is_gone_is_data_loss() {
    let mut rig = Rig::new().await;
    rig.record(5).await;
    let rig = rig.stopped().await;
    let [row] = rig.segments().await.try_into().expect("one segment");
    std::fs::remove_file(rig.path(row.id)).expect("it is there");
    let (_, error) = rig.read(range(0, 5)).await;
    assert!(matches!(error, Some(ArchiveError::DataLoss { segment, .. }) if segment == row.id), "{error:?}");
    // A start looks only at what was left unfinished; the check finds it and shows it.
    let rig = rig.stopped().await;
    let log = rig.directory.path().join("log");
    let options = crate::CheckOptions::fast(crate::Depth::Quick);
    let report = rig.archive.check_resting(&log, &options, &Default::default()).await.expect("a check");
    assert_eq!(rig.archive.mend(&log, &report.findings).await.shown_as_lost, 1, "{:?}", report.findings);
    assert_eq!(rig.timeline(range(0, 5)).await, ["data_loss 0-5"]);
}

#[tokio::test]
async fn the_digests_of_closed_segments_are_logged_once() {
    let mut rig = Rig::new().await;
    rig.record(70).await;
    let rig = rig.stopped().await;
    assert_eq!(rig.archive.log_closed_segments().await.expect("a log"), 2);
    assert_eq!(rig.archive.log_closed_segments().await.expect("a log"), 0);
    let entries = rig.log.entries(0, 100).await.expect("entries");
    let sent: Vec<_> =
        entries.iter().filter(|entry| entry.kind == "segments_closed").filter_map(|entry| entry.sent.clone()).collect();
    let [sent] = sent.as_slice() else { panic!("{sent:?}") };
    for row in rig.segments().await {
        let bytes = std::fs::read(rig.path(row.id)).expect("the file");
        let found = sealed::check(bytes.as_slice()).expect("it is whole");
        assert!(found.closed && Some(found.sealed_digest) == row.sealed_digest);
        assert_eq!(bytes.len() as i64, row.len_bytes);
        for told in
            [found.sealed_digest.to_string(), row.id.to_string(), row.content_commitment.expect("closed").to_string()]
        {
            assert!(sent.contains(&told), "{told} is not in {sent}");
        }
    }
}
