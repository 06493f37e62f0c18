//! Deleted means: no key, no file, a certificate in the log; and a neighbour of the same hour plays on.

use candour_db::{CertificateRow, DeletionStep, SegmentState};
use candour_keyring::KeyError;
use candour_seal::Opener;
use candour_units::SegmentId;

use super::{Rig, STREAM, at, range};
use crate::{ArchiveError, DeletionOrder};

fn order(segment: SegmentId) -> DeletionOrder {
    let rule = "Kept for 1 day, as promised for: theft".to_owned();
    DeletionOrder { segment, rule, rule_id: "purpose_end".to_owned(), due: at(86_400) }
}

/// Two closed segments of one hour, and the recorder that has them.
async fn two_segments() -> (Rig, SegmentId, SegmentId) {
    let mut rig = Rig::new().await;
    rig.record(70).await;
    let rig = rig.stopped().await;
    let [first, second] = rig.segments().await.try_into().expect("two segments");
    // Both are past their end.
    rig.clock.step_wall(at(86_402));
    (rig, first.id, second.id)
}

/// What must hold once a deletion is through: `copy` is the file's bytes from before.
async fn check_gone(rig: &Rig, gone: SegmentId, copy: &[u8], stays: SegmentId) {
    check_gone_told(rig, gone, copy, stays, 1).await;
}

/// The same where a lost acknowledgement may have had it certified again.
async fn check_gone_told(rig: &Rig, gone: SegmentId, copy: &[u8], stays: SegmentId, most: usize) {
    let certificate = rig.db.certificate(gone).await.expect("a read").expect("there is one");
    assert_eq!((certificate.step, &certificate.failing), (DeletionStep::Certified, &None));
    assert!(certificate.intended_at <= certificate.unreadable_at.expect("it was destroyed"));
    assert!(certificate.unreadable_at <= certificate.unlinked_at);
    assert_eq!(rig.db.segment(gone).await.expect("a read").expect("its row stays").state, SegmentState::Deleted);
    assert!(!rig.path(gone).exists());

    // The copy taken before cannot be opened with anything the keyring still gives.
    let key = rig.keyring.key_of(STREAM, gone, at(0));
    assert!(matches!(key, Err(KeyError::Gone { .. })));
    let neighbour = rig.keyring.key_of(STREAM, stays, at(60)).expect("it stays");
    assert!(Opener::new(copy, neighbour.bytes()).is_err());

    let entry = certificate.entry.expect("it is in the log") as u64;
    let logged = rig.log.entries(entry, 1).await.expect("entries").remove(0);
    assert_eq!(logged.kind, "footage_deleted");
    let text = crate::certificate(&certificate).text();
    let what = logged.what.expect("details");
    assert!(what.contains(&format!("\"certificates\":[{text}]")), "{what}");
    let sent = logged.sent.expect("details");
    assert!(sent.contains(&crate::certificate(&certificate).commitment().to_string()), "{sent}");
    assert!(certificate.sealed_digest.is_some() && certificate.purpose.is_some());
    crate::certificate(&certificate).check_times().expect("its times are in order");
    let entries = rig.log.entries(0, 100).await.expect("entries");
    let told = entries.iter().filter(|entry| entry.kind == "footage_deleted").count();
    assert!((1..=most).contains(&told), "certified {told} times");

    let timeline = rig.timeline(range(0, 70)).await;
    assert_eq!(timeline, ["deleted 0-60", "recorded 60-70"]);
    let (pieces, error) = rig.read(range(0, 70)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(pieces.concat().len(), 250, "only what stays is read");
}

#[tokio::test]
async fn a_copy_of_a_deleted_segment_cannot_be_opened() {
    let (rig, first, second) = two_segments().await;
    let copy = std::fs::read(rig.path(first)).expect("the file");
    let before = rig.keyring.key_of(STREAM, first, at(0)).expect("it is there");
    assert!(Opener::new(&copy, before.bytes()).is_ok(), "before, the copy opens");
    let certificate = rig.archive.delete(&order(first)).await.expect("nothing fails");
    check_gone(&rig, first, &copy, second).await;
    let again = rig.archive.delete(&order(first)).await.expect("repeating is harmless");
    assert_eq!(again, certificate);
    let rig = rig.killed().await;
    check_gone(&rig, first, &copy, second).await;
    assert_eq!((rig.report.deletions_finished, rig.report.lost), (0, 0));
}

/// Polls a future that often; `None` when it was dropped where it stood: what it waited for was done, and nothing after.
async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let (mut future, mut left) = (Box::pin(future), times);
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// A directory with two closed segments of one hour, to be copied, and what the first file holds.
async fn two_segments_at_rest() -> (tempfile::TempDir, SegmentId, SegmentId, Vec<u8>) {
    let (rig, first, second) = two_segments().await;
    let copy = std::fs::read(rig.path(first)).expect("the file");
    (rig.closed().await, first, second, copy)
}

/// Killed at every place where it waits for something: between any two durable acts, and within each of them.
#[tokio::test]
async fn a_deletion_killed_anywhere_has_one_outcome() {
    let (base, first, second, copy) = two_segments_at_rest().await;
    let mut places = 0;
    loop {
        let rig = Rig::copy_of(base.path(), at(86_402)).await;
        let done = polled(places, rig.archive.delete(&order(first))).await;
        let rig = rig.killed().await;
        if rig.db.certificate(first).await.expect("a read").is_none() {
            // It had not begun: nothing happened to it.
            assert!(rig.path(first).exists() && rig.keyring.key_of(STREAM, first, at(0)).is_ok());
            rig.archive.delete(&order(first)).await.expect("nothing fails");
        }
        assert_eq!(rig.report.lost, 0, "killed at place {places}");
        check_gone_told(&rig, first, &copy, second, 2).await;
        if done.is_some_and(|done| done.is_ok()) {
            break;
        }
        places += 1;
    }
    assert!(places > 10, "{places} places are too few to have met every act");
}

/// Every single call to a disk fails once, before or after it was carried out, and then the recorder dies.
#[tokio::test]
async fn whatever_single_call_fails_it_is_finished_later() {
    use candour_durable::Fault;
    let (base, first, second, copy) = two_segments_at_rest().await;
    let mut failed = 0;
    for storage in [true, false] {
        for fault in [Fault::Before(std::io::ErrorKind::Other), Fault::After(std::io::ErrorKind::Other)] {
            for well in 0.. {
                let rig = Rig::copy_of(base.path(), at(86_402)).await;
                let plan = if storage { rig.faults.clone() } else { rig.other_faults.clone() };
                plan.fail_one(well, fault);
                let result = rig.archive.delete(&order(first)).await;
                if plan.is_waiting() {
                    assert!(result.is_ok(), "{result:?}");
                    break;
                }
                plan.heal();
                failed += usize::from(result.is_err());
                let rig = rig.killed().await;
                assert_eq!(rig.report.lost, 0, "{fault:?} after {well} calls");
                check_gone_told(&rig, first, &copy, second, 2).await;
            }
        }
    }
    assert!(failed >= 6, "only {failed} calls failed");
}

/// A batch in which one file cannot be removed: its key goes, and so do the others with everything they have.
#[tokio::test]
async fn an_undeletable_file_keeps_no_other() {
    let (rig, first, second) = two_segments().await;
    rig.faults.stick(rig.path(first));
    let report = rig.archive.delete_many(&[order(first), order(second)]).await.expect("rows");
    let certified: Vec<_> = report.certified.iter().map(|row| row.segment).collect();
    let failing: Vec<_> = report.failing.iter().map(|(segment, _)| *segment).collect();
    assert_eq!((certified, failing), (vec![second], vec![first]));
    for gone in [first, second] {
        assert!(matches!(rig.keyring.key_of(STREAM, gone, at(0)), Err(KeyError::Gone { .. })));
    }
    assert!(rig.path(first).exists() && !rig.path(second).exists());
    assert_eq!(rig.archive.finish_deletions().await.expect("rows"), (0, 1));
    rig.faults.heal();
    assert_eq!(rig.archive.finish_deletions().await.expect("rows"), (1, 0));
    let entries = rig.log.entries(0, 100).await.expect("entries");
    assert_eq!(entries.iter().filter(|entry| entry.kind == "footage_deleted").count(), 2);
    assert_eq!(rig.timeline(range(0, 70)).await, ["deleted 0-60", "deleted 60-70"]);
}

/// A whole batch is one destruction of keys and one entry.
#[tokio::test]
async fn a_batch_is_one_rewrite_and_one_entry() {
    let (rig, first, second) = two_segments().await;
    let generation = rig.keyring.generation();
    let report = rig.archive.delete_many(&[order(first), order(second), order(first)]).await.expect("rows");
    assert_eq!(report.failing.len(), 0, "{report:?}");
    assert_eq!(rig.keyring.generation(), generation + 1);
    let entries = rig.log.entries(0, 100).await.expect("entries");
    assert_eq!(entries.iter().filter(|entry| entry.kind == "footage_deleted").count(), 1);
}

#[tokio::test]
async fn held_footage_is_not_deleted_whoever_orders_it() {
    let (rig, first, second) = two_segments().await;
    let hold = candour_db::HoldRow {
        id: candour_units::HoldId::from_bytes([1; 16]),
        class: "legal".to_owned(),
        camera: super::CAMERA,
        interval: range(10, 11),
        reason: "a claim".to_owned(),
        owner: "Legal office".to_owned(),
        placed_by: "Ines".to_owned(),
        placed: at(100),
        ends: at(99_999_999),
        ended: None,
    };
    rig.db.place_hold(&hold).await.expect("a write");
    let report = rig.archive.delete_many(&[order(first), order(second)]).await.expect("rows");
    assert_eq!((report.held, report.certified.len()), (vec![first], 1));
    let refused = rig.archive.delete(&order(first)).await;
    assert!(matches!(refused, Err(ArchiveError::Held { .. })), "{refused:?}");
    let (pieces, error) = rig.read(range(0, 60)).await;
    assert!(error.is_none() && pieces.concat().len() == 1500, "held footage plays, though its hour's key went");
}

#[tokio::test]
async fn while_deletion_is_off_none_begins_and_none_that_was_only_decided_goes_on() {
    let (rig, first, second) = two_segments().await;
    let row = rig.db.segment(first).await.expect("a read").expect("a row");
    rig.db.set_setting(candour_db::DELETION_OFF, "restored").await.expect("a write");
    let refused = rig.archive.delete(&order(first)).await;
    assert!(matches!(refused, Err(ArchiveError::DeletionOff)), "{refused:?}");
    // One that was decided before the restore, and whose key is still there.
    let decided = CertificateRow {
        segment: second,
        camera: row.camera,
        stream: row.stream,
        interval: range(60, 70),
        len_bytes: 1,
        rule: order(second).rule,
        step: DeletionStep::Intended,
        due: at(86_400),
        intended_at: at(86_401),
        unreadable_at: None,
        unlinked_at: None,
        backups_until: None,
        entry: None,
        failing: None,
        storage: 0,
        rule_id: "purpose_end".to_owned(),
        purpose: None,
        policy: None,
        sealed_digest: None,
    };
    rig.db.put_certificate(&decided).await.expect("a write");
    assert_eq!(rig.archive.finish_deletions().await.expect("rows"), (0, 0));
    let rig = rig.killed().await;
    assert!(rig.keyring.key_of(STREAM, second, at(60)).is_ok());
    rig.db.clear_setting(candour_db::DELETION_OFF).await.expect("a write");
    assert_eq!(rig.archive.finish_deletions().await.expect("rows"), (1, 0));
}

#[tokio::test]
async fn a_file_that_came_back_goes_again() {
    let (rig, first, second) = two_segments().await;
    let copy = std::fs::read(rig.path(first)).expect("the file");
    rig.archive.delete(&order(first)).await.expect("nothing fails");
    // A file that came back: the unlink was not durable after all.
    std::fs::write(rig.path(first), &copy).expect("a file");
    let rig = rig.killed().await;
    check_gone(&rig, first, &copy, second).await;
    assert_eq!(rig.report.deletions_finished, 1);
}

#[tokio::test]
async fn a_failing_step_is_noted_and_tried_again() {
    let (rig, first, second) = two_segments().await;
    let copy = std::fs::read(rig.path(first)).expect("the file");
    rig.faults.fail(
        candour_files::Step::Unlink,
        candour_durable::Fault::Before(std::io::ErrorKind::ReadOnlyFilesystem),
        usize::MAX,
    );
    let failed = rig.archive.delete(&order(first)).await;
    assert!(matches!(failed, Err(ArchiveError::Storage { .. })), "{failed:?}");
    let noted = rig.db.certificate(first).await.expect("a read").expect("there is one");
    assert_eq!(noted.step, DeletionStep::KeyDestroyed, "the key is gone all the same");
    assert!(noted.failing.is_some_and(|words| words.contains("unlink")));
    assert_eq!(rig.archive.finish_deletions().await.expect("rows"), (0, 1));
    rig.faults.heal();
    assert_eq!(rig.archive.finish_deletions().await.expect("rows"), (1, 0));
    check_gone(&rig, first, &copy, second).await;
    assert_eq!(rig.archive.finish_deletions().await.expect("rows"), (0, 0));
}

/// The segment being written lies in the hour whose key goes: it must survive.
#[tokio::test]
async fn the_open_segment_survives_its_neighbour() {
    let mut rig = Rig::new().await;
    let intake = rig.begin();
    rig.send(&intake, 70);
    rig.durable(1700).await;
    let first = rig.segments().await.remove(0);
    rig.until("it is closed", async || {
        rig.db.segment(first.id).await.expect("a read").is_some_and(|row| row.state == SegmentState::Closed)
    })
    .await;
    rig.archive.delete(&order(first.id)).await.expect("nothing fails");
    let left = rig.stored().await;
    rig.send(&intake, 3);
    rig.durable(left + 75).await;
    let rig = rig.killed().await;
    let (pieces, error) = rig.read(range(60, 80)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(pieces.concat().len() as i64, left + 75);
}

#[tokio::test]
async fn nothing_open_or_unknown_is_deleted() {
    let mut rig = Rig::new().await;
    rig.record(5).await;
    let open = rig.segments().await.remove(0).id;
    for segment in [open, SegmentId::from_bytes([3; 16])] {
        let refused = rig.archive.delete(&order(segment)).await;
        assert!(matches!(refused, Err(ArchiveError::NotFound { .. })), "{refused:?}");
    }
}
