//! Deletions and their certificates.

use crate::{CertificateRow, Db, DeletionStep, SegmentState};

use super::catalogue::{closed, stored};
use super::{at, span};

super::on_every_store!(
    the_segment_goes_with_its_deletion_and_never_comes_back,
    what_is_being_deleted_is_not_due_again,
    certificates_are_found_by_time_and_by_interval
);

pub fn certificate(number: u8, step: DeletionStep) -> CertificateRow {
    let of = closed(number, span(i64::from(number) * 60, i64::from(number) * 60 + 60));
    CertificateRow {
        segment: of.id,
        camera: of.camera,
        stream: of.stream,
        interval: span(i64::from(number) * 60, i64::from(number) * 60 + 60),
        len_bytes: 1000,
        rule: "one hour, purpose: theft at the entrance".to_owned(),
        step,
        due: at(3600),
        intended_at: at(3605 + i64::from(number)),
        unreadable_at: (step >= DeletionStep::KeyDestroyed).then_some(at(3606)),
        unlinked_at: (step >= DeletionStep::Unlinked).then_some(at(3607)),
        backups_until: None,
        entry: (step == DeletionStep::Certified).then_some(17),
        failing: None,
    }
}

async fn the_segment_goes_with_its_deletion_and_never_comes_back(db: Db) {
    use DeletionStep::{Certified, Intended, KeyDestroyed, Unlinked};
    let row = closed(1, span(60, 120));
    db.put_segments(std::slice::from_ref(&row)).await.expect("a write");
    let cases = [
        (Intended, SegmentState::Deleting),
        (KeyDestroyed, SegmentState::Deleting),
        (Intended, SegmentState::Deleting),
        (Unlinked, SegmentState::Deleted),
        (Certified, SegmentState::Deleted),
        (KeyDestroyed, SegmentState::Deleted),
    ];
    let mut furthest = Intended;
    for (step, state) in cases {
        db.put_certificate(&certificate(1, step)).await.expect("a write");
        furthest = furthest.max(step);
        assert_eq!(stored(&db, 1).await.state, state);
        let found = db.certificate(row.id).await.expect("a read");
        assert_eq!(found, Some(certificate(1, furthest)));
        let unfinished = db.unfinished_deletions().await.expect("a read");
        assert_eq!(unfinished.len(), usize::from(furthest < Certified));
        db.put_segments(std::slice::from_ref(&row)).await.expect("a late write");
        assert_eq!(stored(&db, 1).await.state, state);
    }
    assert_eq!(db.segments_in(row.stream, span(0, 999)).await.expect("a read"), []);
}

async fn what_is_being_deleted_is_not_due_again(db: Db) {
    db.put_segments(&[closed(1, span(60, 120)), closed(2, span(120, 180))]).await.expect("a write");
    db.put_certificate(&certificate(1, DeletionStep::Intended)).await.expect("a write");
    let due = db.segments_due(at(999_999), 9).await.expect("a read");
    assert_eq!(due, [closed(2, span(120, 180))]);
    assert_eq!(db.segments_in_state(SegmentState::Deleting, 9).await.expect("a read").len(), 1);
}

async fn certificates_are_found_by_time_and_by_interval(db: Db) {
    for number in 1..=3 {
        db.put_certificate(&certificate(number, DeletionStep::Certified)).await.expect("a write");
    }
    let numbers = |rows: Vec<CertificateRow>| rows.iter().map(|row| row.segment.as_bytes()[0]).collect::<Vec<_>>();
    assert_eq!(numbers(db.certificates(2).await.expect("a read")), [3, 2]);
    let stream = closed(1, span(0, 1)).stream;
    assert_eq!(numbers(db.deleted_in(stream, span(119, 121)).await.expect("a read")), [1, 2]);
    let failing = CertificateRow { failing: Some("read-only".to_owned()), ..certificate(4, DeletionStep::Intended) };
    db.put_certificate(&failing).await.expect("a write");
    assert_eq!(db.unfinished_deletions().await.expect("a read"), [failing]);
}
