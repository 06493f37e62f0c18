//! Recording around what moves: what is left out is a span of its own, and nothing is left out that was not told to be still.

use candour_recording::{GapCause, Rolls, Shown};
use candour_units::{StreamKind, WallDuration};

use super::rig::{entry, spec};
use super::{CAMERA, Rig, STREAM, at, range};
use crate::{RecordingSpec, StreamIntake};

fn around_motion() -> RecordingSpec {
    let on_motion = Some(Rolls { pre: WallDuration::from_seconds(2), post: WallDuration::from_seconds(3) });
    RecordingSpec { on_motion, ..spec() }
}

fn begin(rig: &Rig, spec: RecordingSpec) -> StreamIntake {
    let intake = rig.archive.intake(CAMERA, STREAM, StreamKind::Main, Some(spec));
    intake.run_started(entry(), candour_recording::ClockEvidence::default(), candour_units::Clock::wall(&*rig.clock));
    intake
}

/// Seconds `from..to` come in; each is told of two seconds later. Those in `moving` show something.
fn watch(rig: &mut Rig, intake: &StreamIntake, seconds: std::ops::Range<i64>, moving: std::ops::Range<i64>) {
    for second in seconds {
        rig.send(intake, 1);
        let told = second - 2;
        if told >= 0 {
            let shown = if moving.contains(&told) { Shown::Anything } else { Shown::Stillness };
            rig.archive.seen(CAMERA, range(told, told + 1), shown);
        }
    }
}

#[tokio::test]
async fn what_is_left_out_is_a_span_of_its_own() {
    let mut rig = Rig::new().await;
    let intake = begin(&rig, around_motion());
    watch(&mut rig, &intake, 0..60, 30..31);
    intake.run_ended(GapCause::CameraLost, at(60));
    // The start, what moved, and the end.
    rig.durable(25 * (5 + 9 + 5)).await;
    let told = async || rig.timeline(range(0, 61)).await.last().is_some_and(|span| span.starts_with("camera_lost"));
    rig.until("the timeline is told to its end", told).await;
    let timeline = rig.timeline(range(0, 61)).await;
    // Nobody knows what was before the start, nor what would have come after the end.
    let kinds: Vec<_> = timeline.iter().map(|span| span.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(
        kinds,
        ["recorded", "nothing_moved", "recorded", "nothing_moved", "recorded", "camera_lost"],
        "{timeline:?}"
    );
    assert_eq!(timeline[2], "recorded 27-36", "whole groups from before it moved to after it, from memory");
    let (pieces, error) = rig.read(range(27, 36)).await;
    assert!(error.is_none());
    assert_eq!(pieces.iter().map(Vec::len).sum::<usize>(), 225, "every sample of it, once");
}

#[tokio::test]
async fn who_does_not_answer_is_recorded_through() {
    let mut rig = Rig::new().await;
    let intake = begin(&rig, around_motion());
    watch(&mut rig, &intake, 0..20, 0..0);
    // The decoder is killed: from here on nobody says anything.
    rig.send(&intake, 40);
    intake.run_ended(GapCause::CameraLost, at(60));
    rig.durable(25 * 40).await;
    rig.until("the timeline is told", async || rig.timeline(range(0, 60)).await.len() == 3).await;
    let timeline = rig.timeline(range(0, 60)).await;
    assert!(timeline[1].starts_with("nothing_moved") && timeline[2].ends_with("-60"), "{timeline:?}");
    let recorded = rig.timeline(range(20, 60)).await;
    assert_eq!(recorded, ["recorded 20-60"]);
}

/// A policy that goes from all to what moves and back needs no new connection and loses nothing on the way.
#[tokio::test]
async fn terms_change_without_a_hole() {
    let mut rig = Rig::new().await;
    let intake = begin(&rig, spec());
    rig.send(&intake, 10);
    rig.archive.intake(CAMERA, STREAM, StreamKind::Main, Some(around_motion()));
    rig.send(&intake, 5);
    rig.archive.intake(CAMERA, STREAM, StreamKind::Main, Some(spec()));
    rig.send(&intake, 5);
    intake.run_ended(GapCause::CameraLost, at(20));
    rig.durable(25 * 20).await;
    assert_eq!(rig.timeline(range(0, 20)).await, ["recorded 0-20"]);
}

/// A recorder that dies while it leaves something out does not claim to have gone on looking.
#[tokio::test]
async fn a_death_ends_what_is_known_to_be_still() {
    use candour_db::{FindingKind, FindingRow, MovedPart};
    let mut rig = Rig::new().await;
    let intake = begin(&rig, around_motion());
    watch(&mut rig, &intake, 0..40, 0..0);
    rig.until("it is left out", async || {
        rig.db.open_gap(STREAM).await.expect("a read").is_some_and(|gap| gap.cause == "nothing_moved")
    })
    .await;
    let row = FindingRow {
        camera: CAMERA,
        range: range(0, 38),
        kind: FindingKind::Still,
        part: MovedPart::default(),
        why: None,
        throughout: true,
    };
    rig.db.put_findings(&[row]).await.expect("a write");
    let rig = rig.killed().await;
    let timeline = rig.timeline(range(0, 60)).await;
    assert!(timeline.iter().any(|span| span.starts_with("nothing_moved") && span.ends_with("-38")), "{timeline:?}");
    assert!(timeline.iter().any(|span| span.starts_with("recorder_died 38-")), "{timeline:?}");
}
