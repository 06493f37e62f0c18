//! Deleted means: no key, no file, a certificate in the log; and a neighbour of the same hour plays on.

use candour_db::{CertificateRow, DeletionStep, SegmentState};
use candour_keyring::KeyError;
use candour_seal::Opener;
use candour_units::SegmentId;

use super::{Rig, STREAM, at, range};
use crate::{ArchiveError, DeletionOrder};

fn order(segment: SegmentId) -> DeletionOrder {
    DeletionOrder { segment, rule: "Kept for 1 day, as promised for: theft".to_owned(), due: at(86_400) }
}

/// Two closed segments of one hour, and the recorder that has them.
async fn two_segments() -> (Rig, SegmentId, SegmentId) {
    let mut rig = Rig::new().await;
    rig.record(70).await;
    let rig = rig.stopped().await;
    let [first, second] = rig.segments().await.try_into().expect("two segments");
    (rig, first.id, second.id)
}

/// What must hold once a deletion is through: `copy` is the file's bytes from before.
async fn check_gone(rig: &Rig, gone: SegmentId, copy: &[u8], stays: SegmentId) {
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
    let sent = logged.sent.expect("details");
    assert!(sent.contains(&gone.to_string()) && sent.contains("unreadable_at_90k"), "{sent}");
    let certificates = rig.log.entries(0, 100).await.expect("entries");
    assert_eq!(certificates.iter().filter(|entry| entry.kind == "footage_deleted").count(), 1);

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

#[tokio::test]
async fn a_deletion_interrupted_anywhere_is_finished() {
    for steps in 0..=3 {
        let (rig, first, second) = two_segments().await;
        let copy = std::fs::read(rig.path(first)).expect("the file");
        let row = rig.db.segment(first).await.expect("a read").expect("a row");
        let mut certificate = CertificateRow {
            segment: first,
            camera: row.camera,
            stream: row.stream,
            interval: range(0, 60),
            len_bytes: row.len_bytes,
            rule: order(first).rule,
            step: DeletionStep::Intended,
            due: at(86_400),
            intended_at: at(86_401),
            unreadable_at: None,
            unlinked_at: None,
            backups_until: None,
            entry: None,
            failing: None,
        };
        rig.clock.step_wall(at(86_402));
        rig.db.put_certificate(&certificate).await.expect("a write");
        for _ in 0..steps {
            rig.archive.inner.step(&mut certificate).await.expect("nothing fails");
        }
        let (pieces, _) = rig.read(range(0, 60)).await;
        assert_eq!(pieces.concat().len(), 0, "nobody reads what is being deleted");
        let rig = rig.killed().await;
        assert_eq!(rig.report.deletions_finished, u64::from(steps < 3), "after {steps} steps");
        check_gone(&rig, first, &copy, second).await;
    }
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
