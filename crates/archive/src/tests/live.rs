//! Live: the current GOP first, never an old picture as new, nobody waits for a slow viewer.

use std::sync::Arc;

use candour_audit::LookKind;
use candour_recording::GapCause;
use candour_units::StreamKind;

use super::rig::entry;
use super::{CAMERA, Rig, STREAM, at};
use crate::{ArchiveError, LiveEvent, LiveState, LiveSubscription};

/// Takes everything that waits, as letters: `S` live, `L` lost, `C` entry, samples by number: `k` sync, `.` other, with `c`
/// cached, `!` last cached, `|` before a break.
async fn drain(subscription: &mut LiveSubscription) -> String {
    let mut out = String::new();
    loop {
        let next = tokio::select! {
            biased;
            next = subscription.next() => next,
            () = std::future::ready(()) => return out,
        };
        match next {
            None => return format!("{out}end"),
            Some(LiveEvent::State(LiveState::Live)) => out.push('S'),
            Some(LiveEvent::State(LiveState::Lost { .. })) => out.push('L'),
            Some(LiveEvent::Config(_)) => out.push('C'),
            Some(LiveEvent::Sample { sample, cached, last_cached, timeline_breaks, .. }) => {
                let parts = [
                    (timeline_breaks, '|'),
                    (sample.sync, 'k'),
                    (!sample.sync, '.'),
                    (cached, 'c'),
                    (last_cached, '!'),
                ];
                out.extend(parts.into_iter().filter(|(says, _)| *says).map(|(_, letter)| letter));
            }
        }
    }
}

async fn subscribe(rig: &Rig) -> LiveSubscription {
    let receipt = rig.receipt(LookKind::Live, None).await;
    rig.archive.live(&receipt, CAMERA, StreamKind::Main).expect("it is covered")
}

fn send(rig: &mut Rig, intake: &crate::StreamIntake, samples: usize) {
    for _ in 0..samples {
        intake.sample(Arc::new(rig.next_sample()));
        rig.clock.advance(40_000_000);
    }
}

#[tokio::test]
async fn who_comes_gets_the_current_gop_then_what_arrives() {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    send(&mut rig, &intake, 27);
    let mut viewer = subscribe(&rig).await;
    assert_eq!(rig.archive.viewers(CAMERA), 1);
    assert_eq!(drain(&mut viewer).await, "SC|kc.c!");
    send(&mut rig, &intake, 2);
    assert_eq!(drain(&mut viewer).await, "..");
    viewer.refresh();
    assert_eq!(drain(&mut viewer).await, "SC|kc.c.c.c!");
    drop(viewer);
    assert_eq!(rig.archive.viewers(CAMERA), 0);
}

#[tokio::test]
async fn who_falls_behind_loses_whole_gops() {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    send(&mut rig, &intake, 1);
    let mut viewer = subscribe(&rig).await;
    assert_eq!(drain(&mut viewer).await, "SC|kc!");
    // Five seconds and three pictures, and nobody asked.
    send(&mut rig, &intake, 127);
    assert_eq!(drain(&mut viewer).await, "SC|kc.c.c!");
    send(&mut rig, &intake, 1);
    assert_eq!(drain(&mut viewer).await, ".");
}

#[tokio::test]
async fn a_lost_camera_is_said_and_its_last_picture_is_not_shown_to_who_comes() {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    send(&mut rig, &intake, 2);
    let mut viewer = subscribe(&rig).await;
    assert_eq!(drain(&mut viewer).await, "SC|kc.c!");
    intake.run_ended(GapCause::CameraLost, at(1));
    assert_eq!(drain(&mut viewer).await, "L");
    assert_eq!(drain(&mut subscribe(&rig).await).await, "LC");
    let intake = rig.begin();
    send(&mut rig, &intake, 2);
    assert_eq!(drain(&mut viewer).await, "CS|k.");
}

#[tokio::test]
async fn other_parameters_come_before_the_pictures_they_belong_to() {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    send(&mut rig, &intake, 24);
    let mut viewer = subscribe(&rig).await;
    drain(&mut viewer).await;
    intake.entry_changed(entry());
    send(&mut rig, &intake, 3);
    assert_eq!(drain(&mut viewer).await, "Ck.", "nothing before the next sync sample");
}

#[tokio::test]
async fn no_renewal_no_more_pictures() {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    send(&mut rig, &intake, 1);
    let receipt = rig.receipt(LookKind::Live, None).await;
    let mut viewer = rig.archive.live(&receipt, CAMERA, StreamKind::Main).expect("it is covered");
    assert_eq!(drain(&mut viewer).await, "SC|kc!");
    rig.clock.advance_s(59);
    let renewed = rig.log.renew(&receipt).await.expect("a log");
    viewer.renew(&renewed).expect("it is for the same camera");
    rig.clock.advance_s(30);
    send(&mut rig, &intake, 1);
    assert_eq!(drain(&mut viewer).await, ".");
    rig.clock.advance_s(31);
    send(&mut rig, &intake, 1);
    assert_eq!(drain(&mut viewer).await, "end");
    assert!(matches!(viewer.renew(&receipt), Err(ArchiveError::NotCovered(_))));
    let refused = rig.archive.live(&receipt, CAMERA, StreamKind::Main).map(|_| ());
    assert!(matches!(refused, Err(ArchiveError::NotCovered(_))), "{refused:?}");
}

#[tokio::test]
async fn a_forgotten_stream_ends_for_its_viewers() {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    send(&mut rig, &intake, 1);
    let mut viewer = subscribe(&rig).await;
    rig.archive.forget(STREAM).await;
    assert_eq!(drain(&mut viewer).await, "SC|kc!end");
    let receipt = rig.receipt(LookKind::Live, None).await;
    let unknown = rig.archive.live(&receipt, CAMERA, StreamKind::Main).map(|_| ());
    assert!(matches!(unknown, Err(ArchiveError::NotFound { .. })), "{unknown:?}");
}

#[tokio::test]
async fn who_only_watches_records_nothing() {
    let mut rig = Rig::new().await;
    let recording = rig.begin();
    rig.send(&recording, 2);
    rig.durable(50).await;
    let watching = rig.archive.intake(CAMERA, STREAM, StreamKind::Main, None);
    send(&mut rig, &watching, 50);
    let mut viewer = subscribe(&rig).await;
    assert!(drain(&mut viewer).await.starts_with("SC|kc.c"), "the run goes on for viewers");
    let timeline = async || rig.timeline(super::range(0, 5)).await;
    rig.until("recording has ended", async || timeline().await[1].starts_with("no_purpose")).await;
    assert_eq!(rig.stored().await, 50);
}

#[tokio::test]
async fn a_camera_that_is_being_set_up_is_seen_by_nobody_else_and_never_recorded() {
    let mut rig = Rig::new().await;
    let intake = rig.archive.intake_for_setting_up(CAMERA, STREAM, StreamKind::Main);
    rig.begin_on(&intake);
    send(&mut rig, &intake, 3);
    let watch = rig.receipt(LookKind::Live, None).await;
    let refused = rig.archive.live(&watch, CAMERA, StreamKind::Main).map(|_| ());
    assert!(matches!(refused, Err(ArchiveError::NotFound { .. })), "{refused:?}");
    let receipt = rig.receipt(LookKind::Commissioning, None).await;
    let mut viewer = rig.archive.live(&receipt, CAMERA, StreamKind::Main).expect("it is covered");
    assert_eq!(drain(&mut viewer).await, "SC|kc.c.c!");
    rig.clock.advance_s(60);
    send(&mut rig, &intake, 1);
    assert_eq!(drain(&mut viewer).await, "end", "the receipt lapsed");
    // A receipt for setting up reads nothing that is recorded.
    let receipt = rig.receipt(LookKind::Commissioning, None).await;
    let read = rig.archive.read(&receipt, CAMERA, STREAM, super::range(0, 5)).await.map(|_| ());
    assert!(matches!(read, Err(ArchiveError::NotCovered(_))), "{read:?}");
    rig.archive.forget(STREAM).await;
    assert_eq!(rig.stored().await, 0);
}

#[tokio::test]
async fn after_closing_nobody_waits_for_the_writer() {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    send(&mut rig, &intake, 3);
    let archive = rig.archive.clone();
    rig.archive.clone().close().await;
    send(&mut rig, &intake, 3);
    archive.forget(STREAM).await;
    assert!(archive.status()[0].failing.is_some());
}

#[tokio::test]
async fn what_is_converted_is_watched_under_a_receipt_too() {
    let mut rig = Rig::new().await;
    let relay = crate::Relay::new(CAMERA, STREAM, StreamKind::Main, rig.clock.clone());
    let receipt = rig.receipt(LookKind::Live, None).await;
    let mut viewer = relay.subscribe(&receipt).expect("it is covered");
    assert_eq!(drain(&mut viewer).await, "L", "nothing came yet");
    relay.begins(entry());
    for _ in 0..2 {
        relay.sample(&Arc::new(rig.next_sample()));
        rig.clock.advance(40_000_000);
    }
    assert_eq!(drain(&mut viewer).await, "CS|k.");
    let mut late = relay.subscribe(&receipt).expect("it is covered");
    assert_eq!(drain(&mut late).await, "SC|kc.c!");
    relay.state(&LiveState::Lost { cause: GapCause::CameraLost, since: at(0) });
    assert_eq!(drain(&mut viewer).await, "L");
    // A minute without another entry in the log: not a byte more.
    rig.clock.advance_s(61);
    relay.begins(entry());
    relay.sample(&Arc::new(rig.next_sample()));
    assert_eq!(drain(&mut viewer).await, "end");
    assert!(matches!(relay.subscribe(&receipt), Err(ArchiveError::NotCovered(_))));
    relay.gone();
    assert_eq!(drain(&mut late).await, "end");
}
