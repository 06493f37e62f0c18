//! Segments: what may change, and in which direction.

use std::collections::BTreeSet;

use crate::{CameraRow, Db, SegmentRow, SegmentState, StreamRow};
use candour_units::{CameraId, Hash, PurposeId, RunId, SegmentId, StreamId, StreamKind, WallDuration, WallRange};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{at, span};

super::on_every_store!(
    the_end_of_life_never_rises,
    a_state_never_goes_back_and_late_rows_change_nothing,
    questions_by_state,
    due_means_closed_and_at_or_past_its_end,
    a_stream_is_measured,
    a_segment_cannot_be_longer_than_the_search_looks_back,
    the_search_finds_exactly_what_overlaps,
    what_a_stream_holds_is_counted_as_it_changes,
    what_is_recorded_is_told_in_stretches,
    all_segments_are_listed_page_by_page,
);

pub fn segment(number: u8, range: WallRange) -> SegmentRow {
    SegmentRow {
        id: SegmentId::from_bytes([number; 16]),
        stream: StreamId::from_bytes([1; 16]),
        camera: CameraId::from_bytes([2; 16]),
        run: RunId::from_bytes([3; 16]),
        purpose: PurposeId::from_bytes([4; 16]),
        storage: 0,
        start: range.start,
        end: range.end,
        keep_until: range.start + WallDuration::from_seconds(3600),
        len_bytes: 1000,
        samples: 25,
        state: SegmentState::Open,
        sealed_digest: None,
        content_commitment: None,
        logged: false,
    }
}

pub fn closed(number: u8, range: WallRange) -> SegmentRow {
    SegmentRow {
        state: SegmentState::Closed,
        sealed_digest: Some(Hash([number; 32])),
        content_commitment: Some(Hash([number + 1; 32])),
        ..segment(number, range)
    }
}

/// The camera and the stream of a segment, as the catalogue asks for them.
pub async fn with_camera(db: &Db, of: &SegmentRow) -> CameraId {
    let camera = CameraRow {
        id: of.camera,
        name: "Hall".to_owned(),
        address: "192.0.2.1".to_owned(),
        onvif_port: 80,
        tls_key: None,
        credentials: Vec::new(),
        outcome: "accepted".to_owned(),
        judgement: "{}".to_owned(),
        judged: at(0),
        manufacturer: String::new(),
        model: String::new(),
        firmware: String::new(),
        clock_offset: WallDuration::ZERO,
        purpose: None,
        added: at(0),
        removed: None,
    };
    let stream = StreamRow {
        id: of.stream,
        camera: camera.id,
        kind: StreamKind::Main,
        uri: String::new(),
        encoding: String::new(),
        width: 0,
        height: 0,
        rate: 0,
    };
    db.add_camera(&camera, &[stream]).await.expect("a new camera");
    camera.id
}

pub async fn stored(db: &Db, number: u8) -> SegmentRow {
    db.segment(SegmentId::from_bytes([number; 16])).await.expect("a read").expect("it was stored")
}

async fn the_end_of_life_never_rises(db: Db) {
    let mut row = segment(1, span(0, 60));
    for (asked, expected) in [(3600, 3600), (1800, 1800), (7200, 1800), (1799, 1799)] {
        row.keep_until = at(asked);
        db.put_segments(std::slice::from_ref(&row)).await.expect("a write");
        assert_eq!(stored(&db, 1).await.keep_until, at(expected));
    }
}

async fn a_state_never_goes_back_and_late_rows_change_nothing(db: Db) {
    let done = closed(1, span(0, 60));
    db.put_segments(&[segment(1, span(0, 10))]).await.expect("a write");
    db.put_segments(std::slice::from_ref(&done)).await.expect("a write");
    db.put_segments(&[segment(1, span(0, 30))]).await.expect("a late write");
    assert_eq!(stored(&db, 1).await, done);
    db.mark_logged(&[done.id]).await.expect("a write");
    db.put_segments(&[done]).await.expect("a repeated write");
    assert!(stored(&db, 1).await.logged);
}

async fn questions_by_state(db: Db) {
    let rows = [segment(1, span(180, 190)), closed(2, span(60, 120)), closed(3, span(0, 60))];
    db.put_segments(&rows).await.expect("a write");
    let open = db.segments_in_state(SegmentState::Open, 9).await.expect("a read");
    assert_eq!(open, rows[..1]);
    assert_eq!(db.segments_to_log(9).await.expect("a read"), [rows[2].clone(), rows[1].clone()]);
    db.mark_logged(&[rows[2].id]).await.expect("a write");
    assert_eq!(db.segments_to_log(9).await.expect("a read"), rows[1..2]);
    let mut states = db.segment_states().await.expect("a read");
    states.sort_by_key(|(id, _, _)| *id);
    let expected = rows.each_ref().map(|row| (row.id, row.storage, row.state));
    assert_eq!(states, expected);
    db.move_segment(rows[1].id, 7).await.expect("a write");
    assert_eq!(db.segment(rows[1].id).await.expect("a read").map(|row| row.storage), Some(7));
}

async fn due_means_closed_and_at_or_past_its_end(db: Db) {
    let rows = [segment(1, span(0, 60)), closed(2, span(1, 60)), closed(3, span(60, 120))];
    db.put_segments(&rows).await.expect("a write");
    for (now, due) in [(3600, vec![]), (3601, vec![2]), (3659, vec![2]), (3660, vec![2, 3])] {
        let found = db.segments_due(at(now), 9).await.expect("a read");
        assert_eq!(found.iter().map(|row| row.id.as_bytes()[0]).collect::<Vec<_>>(), due);
        assert_eq!(db.overdue(at(now)).await.expect("a read"), due.len() as i64);
    }
    assert_eq!(db.segments_due(at(9999), 1).await.expect("a read").len(), 1);
}

async fn a_stream_is_measured(db: Db) {
    assert_eq!(db.stream_extent(StreamId::from_bytes([1; 16])).await.expect("a read"), None);
    db.put_segments(&[closed(2, span(60, 120)), closed(3, span(0, 60))]).await.expect("a write");
    let extent = db.stream_extent(StreamId::from_bytes([1; 16])).await.expect("a read");
    assert_eq!(extent, Some((span(0, 120), 2000, 2)));
}

/// Whatever becomes of segments, what a stream holds is what its rows say.
async fn what_a_stream_holds_is_counted_as_it_changes(db: Db) {
    let stream = StreamId::from_bytes([1; 16]);
    let held = async || db.stream_extent(stream).await.expect("a read").map(|(_, bytes, segments)| (bytes, segments));
    let open = segment(1, span(0, 10));
    db.put_segments(&[open.clone(), closed(2, span(10, 20))]).await.expect("a write");
    assert_eq!(held().await, Some((2000, 2)));
    db.put_segments(&[SegmentRow { len_bytes: 1500, end: at(15), ..open.clone() }]).await.expect("it grows");
    assert_eq!(held().await, Some((2500, 2)));
    db.put_segments(&[SegmentRow { len_bytes: 1600, ..closed(1, span(0, 20)) }]).await.expect("it closes");
    db.put_segments(&[open]).await.expect("a late row");
    assert_eq!(held().await, Some((2600, 2)));
    use crate::DeletionStep::{Certified, Intended};
    db.put_certificate(&super::deletions::certificate(1, Intended)).await.expect("a write");
    assert_eq!(held().await, Some((2600, 2)), "it is still there");
    db.put_certificate(&super::deletions::certificate(1, Certified)).await.expect("a write");
    assert_eq!(held().await, Some((1000, 1)));
    db.fold_deleted(at(999_999), 9).await.expect("a fold");
    assert_eq!(held().await, Some((1000, 1)));
    db.put_certificate(&super::deletions::certificate(2, Certified)).await.expect("a write");
    assert_eq!(held().await, None);
}

async fn what_is_recorded_is_told_in_stretches(db: Db) {
    let open = SegmentRow { storage: 1, ..segment(4, span(190, 195)) };
    let rows = [closed(1, span(0, 60)), closed(2, span(60, 120)), closed(3, span(130, 190)), open];
    db.put_segments(&rows).await.expect("a write");
    db.put_segments(&[closed(5, span(300, 360))]).await.expect("a write");
    db.put_certificate(&super::deletions::certificate(5, crate::DeletionStep::Intended)).await.expect("a write");
    let stream = rows[0].stream;
    let found = async |from, to| {
        let found = db.recorded_in(stream, span(from, to)).await.expect("a read");
        found.iter().map(|it| (it.range, it.storage)).collect::<Vec<_>>()
    };
    let all = [(span(0, 120), 0), (span(130, 190), 0), (span(190, 195), 1)];
    assert_eq!(found(0, 1000).await, all, "what is being deleted is not told");
    assert_eq!(found(60, 61).await, [(span(60, 120), 0)]);
    assert_eq!(found(120, 130).await, []);
}

async fn all_segments_are_listed_page_by_page(db: Db) {
    let rows: Vec<_> = (1..=7).map(|number| closed(number, span(0, 60))).collect();
    db.put_segments(&rows).await.expect("a write");
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = db.segment_states_after(after, 3).await.expect("a read");
        let Some((last, ..)) = page.last() else { break };
        after = Some(*last);
        found.extend(page);
    }
    let mut whole = db.segment_states().await.expect("a read");
    whole.sort_by_key(|(id, ..)| *id);
    assert_eq!(found, whole);
    assert_eq!(found.len(), 7);
}

async fn a_segment_cannot_be_longer_than_the_search_looks_back(db: Db) {
    db.put_segments(&[segment(1, span(0, 3600))]).await.expect("an hour is allowed");
    assert!(db.put_segments(&[segment(2, span(0, 3601))]).await.is_err());
    assert!(db.put_segments(&[segment(3, span(10, 9))]).await.is_err());
}

/// The search finds exactly what overlaps, whatever overlaps what.
async fn the_search_finds_exactly_what_overlaps(db: Db) {
    let spans = prop::collection::vec((0_i64..10_000, 0_i64..3600), 1..40);
    let asked = (0_i64..12_000, 1_i64..4000);
    let mut runner = TestRunner::deterministic();
    for round in 0..24 {
        let (spans, asked) = (&spans, &asked).new_tree(&mut runner).expect("values").current();
        let stream = StreamId::from_bytes([100 + round; 16]);
        let row = |(number, (start, len)): (usize, &(i64, i64))| SegmentRow {
            id: SegmentId::from_bytes([[round, number as u8]; 8].as_flattened().try_into().expect("16 bytes")),
            stream,
            ..closed(number as u8, span(*start, start + len))
        };
        let rows: Vec<_> = spans.iter().enumerate().map(row).collect();
        db.put_segments(&rows).await.expect("a write");
        let range = span(asked.0, asked.0 + asked.1);
        let found = db.segments_in(stream, range).await.expect("a read").into_iter().map(|row| row.id);
        let expected = rows.iter().filter(|row| row.start < range.end && row.end > range.start).map(|row| row.id);
        assert_eq!(found.collect::<BTreeSet<_>>(), expected.collect::<BTreeSet<_>>(), "{range:?} of {spans:?}");
    }
}
