//! Deletions and their certificates.

use crate::{CertificateRow, Db, DeletionStep, Intent, SegmentState};

use super::catalogue::{closed, stored};
use super::{at, span};

super::on_every_store!(
    the_segment_goes_with_its_deletion_and_never_comes_back,
    what_is_being_deleted_is_not_due_again,
    certificates_are_found_by_time_and_by_interval,
    unfinished_deletions_come_page_by_page,
    a_deletion_begins_once_and_only_where_it_may,
    an_order_from_before_the_end_deletes_nothing
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
        storage: 2,
        rule_id: "purpose_end".to_owned(),
        purpose: Some(of.purpose),
        policy: Some(candour_units::Hash([6; 32])),
        sealed_digest: of.sealed_digest,
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
        let unfinished = db.unfinished_deletions(None, 9).await.expect("a read");
        assert_eq!(unfinished.len(), usize::from(furthest < Certified));
        assert_eq!(db.count_unfinished().await.expect("a read"), i64::from(furthest < Certified));
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
    assert_eq!(db.unfinished_deletions(None, 9).await.expect("a read"), [failing]);
}

async fn unfinished_deletions_come_page_by_page(db: Db) {
    let same_moment = |number| CertificateRow { intended_at: at(9000), ..certificate(number, DeletionStep::Intended) };
    let rows: Vec<_> = (1..=5).map(same_moment).chain([certificate(9, DeletionStep::Unlinked)]).collect();
    db.put_certificates(&rows).await.expect("a write");
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = db.unfinished_deletions(after, 2).await.expect("a read");
        let Some(last) = page.last() else { break };
        after = Some((last.intended_at, last.segment));
        seen.extend(page.into_iter().map(|row| row.segment.as_bytes()[0]));
    }
    assert_eq!(seen, [9, 1, 2, 3, 4, 5], "each once, in the order they were decided");
}

async fn a_deletion_begins_once_and_only_where_it_may(db: Db) {
    let open = crate::SegmentRow { state: SegmentState::Open, ..closed(2, span(120, 180)) };
    db.put_segments(&[closed(1, span(60, 120)), open, closed(4, span(240, 300))]).await.expect("a write");
    db.set_setting(crate::DELETION_OFF, "rebuilt").await.expect("a write");
    let orders: Vec<_> = (1..=3).map(|number| certificate(number, DeletionStep::Intended)).collect();
    assert_eq!(db.begin_deletions(&orders).await.expect("a write"), vec![Intent::Off; 3]);
    assert!(db.clear_setting(crate::DELETION_OFF).await.expect("a write"));
    assert!(!db.clear_setting(crate::DELETION_OFF).await.expect("a write"), "it is gone");
    let begun = db.begin_deletions(&orders).await.expect("a write");
    assert_eq!(begun, [Intent::Begun(Box::new(orders[0].clone())), Intent::NotThere, Intent::NotThere]);
    assert_eq!(stored(&db, 1).await.state, SegmentState::Deleting);
    // Asked again, it goes on from where it stands.
    let further = certificate(1, DeletionStep::KeyDestroyed);
    db.put_certificate(&further).await.expect("a write");
    assert_eq!(db.begin_deletions(&orders[..1]).await.expect("a write"), [Intent::Begun(Box::new(further))]);
    assert_eq!(db.last_destruction().await.expect("a read"), Some(at(3606)));
}

/// Its row was read while the segment was being written: the certificate would name a part of what goes.
async fn an_order_from_before_the_end_deletes_nothing(db: Db) {
    db.put_segments(&[closed(1, span(60, 120))]).await.expect("a write");
    let order = CertificateRow { interval: span(60, 90), ..certificate(1, DeletionStep::Intended) };
    assert_eq!(db.begin_deletions(std::slice::from_ref(&order)).await.expect("a write"), [Intent::NotThere]);
    assert_eq!(stored(&db, 1).await.state, SegmentState::Closed);
    assert_eq!(db.certificate(order.segment).await.expect("a read"), None);
}
