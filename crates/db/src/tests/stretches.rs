//! Folding what is deleted: nothing that is not certified goes, and what goes stays told.

use candour_units::{SegmentId, StreamId, WallDuration, WallRange};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::catalogue::closed;
use super::{at, span};
use crate::{CertificateRow, Db, DeletedStretch, DeletionStep};

super::on_every_store!(
    a_day_of_one_rule_becomes_one_stretch,
    a_stretch_grows_with_the_next_fold_and_ends_with_its_day,
    only_what_is_certified_in_every_part_is_folded,
    nothing_is_lost_by_folding_whatever_was_deleted,
    stretches_are_forgotten_when_they_are_old,
);

/// A certified deletion of `range`; `number` is the segment's and the entry's.
fn certified(number: u16, range: WallRange) -> CertificateRow {
    CertificateRow {
        segment: SegmentId::from_bytes([number.to_be_bytes(); 8].as_flattened().try_into().expect("16 bytes")),
        entry: Some(i64::from(number)),
        intended_at: at(100_000 + i64::from(number)),
        unreadable_at: Some(at(100_001 + i64::from(number))),
        unlinked_at: Some(at(100_002 + i64::from(number))),
        interval: range,
        ..super::deletions::certificate(1, DeletionStep::Certified)
    }
}

async fn fold(db: &Db) -> usize {
    db.fold_deleted(at(10_000_000), 10_000).await.expect("a fold")
}

async fn stretches(db: &Db) -> Vec<DeletedStretch> {
    db.deleted_stretches_in(StreamId::from_bytes([1; 16]), span(-1_000_000, 9_000_000)).await.expect("a read")
}

async fn put(db: &Db, rows: &[CertificateRow]) {
    for row in rows {
        db.put_certificate(row).await.expect("a write");
    }
}

async fn a_day_of_one_rule_becomes_one_stretch(db: Db) {
    let minute = |number: u16| span(i64::from(number) * 60, i64::from(number) * 60 + 60);
    let mut rows: Vec<_> = (0..6).map(|number| certified(number, minute(number))).collect();
    rows[3].rule = "another rule".to_owned();
    rows[4].rule = "another rule".to_owned();
    rows.swap(0, 2);
    put(&db, &rows).await;
    assert_eq!(fold(&db).await, 6);
    let found = stretches(&db).await;
    let told: Vec<_> = found.iter().map(|it| (it.interval, it.segments, it.len_bytes, it.entries)).collect();
    let expected =
        [(span(0, 180), 3, 3000, (0, 2)), (span(180, 300), 2, 2000, (3, 4)), (span(300, 360), 1, 1000, (5, 5))];
    assert_eq!(told, expected);
    assert_eq!((found[0].unreadable_first, found[0].unlinked_last), (at(100_001), at(100_004)));
    assert_eq!(found[1].rule, "another rule");
    assert_eq!(db.certificates(9).await.expect("a read"), []);
    assert_eq!(fold(&db).await, 0);
}

async fn a_stretch_grows_with_the_next_fold_and_ends_with_its_day(db: Db) {
    let hour = |number: u16| span(i64::from(number) * 3600, i64::from(number) * 3600 + 3600);
    for number in 0..26 {
        put(&db, &[certified(number, hour(number))]).await;
        assert_eq!(fold(&db).await, 1);
    }
    let told: Vec<_> = stretches(&db).await.into_iter().map(|it| (it.interval, it.segments, it.entries)).collect();
    assert_eq!(told, [(span(0, 86_400), 24, (0, 23)), (span(86_400, 93_600), 2, (24, 25))]);
    let within = db.deleted_stretches_in(StreamId::from_bytes([1; 16]), span(86_399, 86_400)).await.expect("a read");
    assert_eq!(within.len(), 1, "found by its last second");
}

async fn only_what_is_certified_in_every_part_is_folded(db: Db) {
    use DeletionStep::{Certified, Intended, KeyDestroyed, Unlinked};
    let row = |number: u16| certified(number, span(i64::from(number) * 60, i64::from(number) * 60 + 60));
    let kept = [
        CertificateRow { step: Intended, ..row(1) },
        CertificateRow { step: KeyDestroyed, ..row(2) },
        CertificateRow { step: Unlinked, ..row(3) },
        CertificateRow { entry: None, step: Certified, ..row(4) },
        CertificateRow { unlinked_at: None, ..row(5) },
        CertificateRow { unreadable_at: None, ..row(6) },
    ];
    put(&db, &kept).await;
    // A row of footage that is said to be there, whatever its certificate says.
    let alive = crate::SegmentRow { id: row(7).segment, ..closed(7, row(7).interval) };
    put(&db, &[row(7)]).await;
    db.put_segments(std::slice::from_ref(&alive)).await.expect("a write");
    let young = CertificateRow { intended_at: at(10_000_000), ..row(8) };
    put(&db, std::slice::from_ref(&young)).await;
    put(&db, &[row(9)]).await;
    assert_eq!(fold(&db).await, 1, "only the last");
    for row in kept.iter().chain([&row(7), &young]) {
        assert!(db.certificate(row.segment).await.expect("a read").is_some(), "{row:?}");
    }
    assert!(db.segment(alive.id).await.expect("a read").is_some());
    assert_eq!(stretches(&db).await.iter().map(|it| it.entries).collect::<Vec<_>>(), [(9, 9)]);
}

/// Whatever was deleted in whatever order and folded in whatever portions: the stretches tell the same moments, segments
/// and bytes, under the same rules.
async fn nothing_is_lost_by_folding_whatever_was_deleted(db: Db) {
    let deletion = (0_i64..2000, 1_i64..3600, 0_u8..2);
    let deletions = prop::collection::vec(deletion, 1..60);
    let mut runner = TestRunner::deterministic();
    for round in 0..12_u8 {
        let made = deletions.new_tree(&mut runner).expect("values").current();
        let stream = StreamId::from_bytes([100 + round; 16]);
        let mut rows = Vec::new();
        for (number, (minute, len, rule)) in made.iter().enumerate() {
            let number = u16::from(round) * 100 + number as u16;
            // Whole minutes, so that some of them touch.
            let range = span(minute * 60, minute * 60 + (len / 60 + 1) * 60);
            let range =
                WallRange { start: range.start, end: range.end.min(range.start + WallDuration::from_seconds(3600)) };
            rows.push(CertificateRow { stream, rule: format!("rule {rule}"), ..certified(number, range) });
        }
        put(&db, &rows).await;
        for portion in [3, 7, 1000] {
            db.fold_deleted(at(10_000_000), portion).await.expect("a fold");
        }
        let found = db.deleted_stretches_in(stream, span(-1, 9_000_000)).await.expect("a read");
        let sum = |of: fn(&DeletedStretch) -> i64| found.iter().map(of).sum::<i64>();
        assert_eq!(sum(|it| it.segments), rows.len() as i64);
        assert_eq!(sum(|it| it.len_bytes), rows.iter().map(|row| row.len_bytes).sum::<i64>());
        let length = |range: &WallRange| (range.end - range.start).ticks();
        let before: i64 = rows.iter().map(|row| length(&row.interval)).sum();
        assert_eq!(found.iter().map(|it| length(&it.interval)).sum::<i64>(), before, "neither more nor less is told");
        for row in &rows {
            let tells = |it: &&DeletedStretch| {
                it.rule == row.rule && it.interval.start <= row.interval.start && it.interval.end >= row.interval.end
            };
            assert!(found.iter().any(|it| tells(&it)), "{row:?} is in none of {found:?}");
        }
    }
}

async fn stretches_are_forgotten_when_they_are_old(db: Db) {
    put(&db, &[certified(1, span(0, 60)), certified(2, span(600, 660))]).await;
    fold(&db).await;
    assert_eq!(db.forget_stretches(at(100_004)).await.expect("a write"), 1, "unlinked before, not at");
    assert_eq!(stretches(&db).await.iter().map(|it| it.entries).collect::<Vec<_>>(), [(2, 2)]);
}
