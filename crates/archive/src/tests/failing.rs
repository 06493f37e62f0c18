//! Full, failing and slow storage: counted gaps, no panic, and recovery by itself.

use std::io::ErrorKind;
use std::sync::Arc;

use candour_durable::Fault;
use candour_files::Step;
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{SeededEntropy, StreamKind};

use super::rig::{entry, picture};
use super::{CAMERA, Rig, STREAM, at, range};
use crate::StreamIntake;
use crate::queue::{Message, Queue, QueueLimits};
use crate::stream::LiveStream;

/// What is recorded is exactly what was sent before the failure and from some sync sample on after it, and everything
/// in between is one gap with this cause.
async fn check(step: Step, error: ErrorKind, cause: &str) {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    rig.send(&intake, 4);
    rig.durable(100).await;
    rig.faults.fail(step, Fault::Before(error), usize::MAX);
    rig.send(&intake, 4);
    rig.clock.advance_s(1);
    rig.until("the failure is seen", async || rig.archive.status()[0].failing.is_some()).await;
    let told = async || rig.timeline(range(0, 9)).await.iter().any(|span| span.starts_with(cause));
    rig.until("the gap is told", told).await;
    rig.faults.heal();
    let before = rig.stored().await;
    // Longer than a recorder waits before it tries again, and than a failure is shown.
    rig.send(&intake, 20);
    rig.clock.advance_s(1);
    rig.until("recording goes on", async || rig.stored().await > before + 100).await;
    rig.send(&intake, 10);
    rig.clock.advance_s(1);
    rig.until("nothing fails any more", async || rig.archive.status()[0].failing.is_none()).await;
    let rig = rig.stopped().await;
    assert_eq!(rig.report.lost, 0, "{:?}", rig.report);
    let timeline = rig.timeline(range(0, 1000)).await;
    assert!(timeline[0].starts_with("recorded 0-"), "{timeline:?}");
    assert!(timeline[1].starts_with(cause), "{timeline:?}");
    assert!(timeline[2].starts_with("recorded"), "{timeline:?}");
    let (pieces, error) = rig.read(range(0, 3600)).await;
    assert!(error.is_none(), "{error:?}");
    let first: Vec<_> = pieces[0].iter().take(100).map(|sample| sample.data.clone()).collect();
    assert_eq!(first, (0..100).map(picture).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_disk_is_a_gap_and_then_it_goes_on() {
    check(Step::Write, ErrorKind::StorageFull, "storage_full").await;
}

#[tokio::test]
async fn a_disk_that_refuses_writes_is_a_gap_and_then_it_goes_on() {
    check(Step::Write, ErrorKind::Other, "storage_failed").await;
}

#[tokio::test]
async fn a_disk_that_cannot_sync_is_a_gap_and_then_it_goes_on() {
    check(Step::SyncFilesystem, ErrorKind::Other, "storage_failed").await;
}

/// A failed write that took half of the bytes: the same bytes are appended again, and nothing is missing.
#[tokio::test]
async fn one_failed_call_costs_nothing() {
    for (step, fault) in [
        (Step::Write, Fault::Partial(100, ErrorKind::Other)),
        (Step::Write, Fault::After(ErrorKind::Other)),
        (Step::SyncFilesystem, Fault::Before(ErrorKind::Other)),
        (Step::SyncFilesystem, Fault::After(ErrorKind::Other)),
    ] {
        let mut rig = Rig::new().await;
        let intake = rig.begin();
        rig.send(&intake, 2);
        rig.durable(50).await;
        rig.faults.fail(step, fault, 1);
        rig.send(&intake, 4);
        rig.durable(150).await;
        let rig = rig.stopped().await;
        assert_eq!(rig.stored().await, 150, "{step:?} {fault:?}");
        let (pieces, error) = rig.read(range(0, 60)).await;
        assert!(error.is_none(), "{step:?} {fault:?}: {error:?}");
        let found: Vec<_> = pieces.concat().into_iter().map(|sample| sample.data).collect();
        assert_eq!(found, (0..150).map(picture).collect::<Vec<_>>(), "{step:?} {fault:?}");
    }
}

#[tokio::test]
async fn the_bound_is_measured() {
    let mut rig = Rig::new().await;
    rig.record(3).await;
    let status = rig.archive.status().remove(0);
    assert!(status.durable_bound_ms > 0 && status.written_last_minute > 75 * 200, "{status:?}");
    assert!(status.total_bytes > 0 && status.failing.is_none(), "{status:?}");
}

/// A writer that takes nothing: the queue is bounded, a gap begins, and the next sync sample that finds room ends it.
#[tokio::test]
async fn a_writer_that_does_not_keep_up_costs_whole_gops_and_no_memory() {
    let mut rig = Rig::new().await;
    let live = Arc::new(LiveStream::new(CAMERA, STREAM, StreamKind::Main, at(0)));
    let queue = Arc::new(Queue::new(QueueLimits { bytes: 100_000, stream_bytes: 20_000 }));
    let intake =
        StreamIntake::new(live, Some((0, Arc::clone(&queue))), rig.clock.clone(), Arc::new(SeededEntropy::new(1)));
    intake.run_started(entry(), ClockEvidence::default(), at(0));
    rig.send(&intake, 10);
    let mut batch = Vec::new();
    while queue.take(&mut batch) {}
    assert_eq!(letters(&batch), format!("R{}E", "s".repeat(batch.len() - 2)), "the gap begins once");
    let bytes: usize = batch.iter().map(len).sum();
    assert!((15_000..=20_000).contains(&bytes), "{bytes}");

    // 250 were sent; the next is a sync sample, and there is room now.
    batch.clear();
    rig.send(&intake, 1);
    while queue.take(&mut batch) {}
    assert_eq!(letters(&batch), format!("R{}", "s".repeat(25)));
    let Message::Sample { sample, .. } = &batch[1] else { panic!("a sample") };
    assert!(sample.sync);
}

fn letters(batch: &[Message]) -> String {
    let letter = |message: &Message| match message {
        Message::RunStarted { .. } => 'R',
        Message::Sample { .. } => 's',
        Message::RunEnded { cause: GapCause::StorageSlow, .. } => 'E',
        _ => '?',
    };
    batch.iter().map(letter).collect()
}

fn len(message: &Message) -> usize {
    if let Message::Sample { sample, .. } = message { sample.data.len() } else { 0 }
}
