//! Findings: told again they grow, and they go with their footage.

use candour_units::{CameraId, SegmentId, WallRange};

use super::catalogue::{closed, segment, with_camera};
use super::{at, span};
use crate::{Db, FindingKind, FindingRow, MovedPart, SegmentState};

super::on_every_store!(
    a_finding_that_goes_on_replaces_itself,
    one_longer_than_a_minute_is_no_finding,
    findings_go_with_the_last_footage_they_are_about,
    what_was_seen_and_not_stored_is_taken_away,
    what_nobody_looked_at_is_found_newest_first,
);

fn still(range: WallRange) -> FindingRow {
    let camera = CameraId::from_bytes([2; 16]);
    FindingRow { camera, range, kind: FindingKind::Still, part: MovedPart::default(), why: None, throughout: true }
}

fn moved(range: WallRange) -> FindingRow {
    let part = MovedPart { score: 1234, extent: 56, area: [1, 200, 3000, 10_000] };
    FindingRow { kind: FindingKind::Moved, part, throughout: false, ..still(range) }
}

async fn found(db: &Db) -> Vec<FindingRow> {
    db.findings_in(CameraId::from_bytes([2; 16]), span(-1000, 10_000)).await.expect("a read")
}

async fn a_finding_that_goes_on_replaces_itself(db: Db) {
    let unsure =
        FindingRow { kind: FindingKind::Unsure, why: Some("decoder".into()), throughout: false, ..still(span(40, 50)) };
    db.put_findings(&[still(span(0, 20)), moved(span(20, 30)), unsure.clone()]).await.expect("a write");
    db.put_findings(&[moved(span(20, 40))]).await.expect("a write");
    assert_eq!(found(&db).await, [still(span(0, 20)), moved(span(20, 40)), unsure]);
    let camera = CameraId::from_bytes([2; 16]);
    assert_eq!(db.findings_in(camera, span(20, 39)).await.expect("a read"), [moved(span(20, 40))], "ends are not part");
    assert_eq!(db.findings_in(CameraId::from_bytes([9; 16]), span(0, 50)).await.expect("a read"), []);
}

async fn one_longer_than_a_minute_is_no_finding(db: Db) {
    db.put_findings(&[still(span(0, 60))]).await.expect("a minute is one");
    assert!(db.put_findings(&[still(span(100, 161))]).await.is_err());
    assert!(db.put_findings(&[still(span(200, 200))]).await.is_err());
}

async fn findings_go_with_the_last_footage_they_are_about(db: Db) {
    with_camera(&db, &closed(1, span(0, 60))).await;
    let rows = [closed(1, span(0, 60)), closed(2, span(60, 120)), segment(3, span(120, 150))];
    db.put_segments(&rows).await.expect("a write");
    let all = [still(span(0, 50)), moved(span(50, 70)), still(span(70, 115)), still(span(115, 150))];
    db.put_findings(&all).await.expect("a write");
    let begins = |number: usize| crate::SegmentRow { state: SegmentState::Deleting, ..rows[number].clone() };
    db.put_segments(&[begins(0)]).await.expect("a write");
    assert_eq!(found(&db).await, all[1..], "the one across the edge is about the next segment too");
    db.put_segments(&[begins(1)]).await.expect("a write");
    assert_eq!(found(&db).await, all[3..]);
    db.put_segments(&[begins(2)]).await.expect("a write");
    assert_eq!(found(&db).await, []);
}

async fn what_was_seen_and_not_stored_is_taken_away(db: Db) {
    with_camera(&db, &closed(1, span(0, 60))).await;
    db.put_segments(&[closed(1, span(0, 60)), segment(2, span(100, 120))]).await.expect("a write");
    let all = [still(span(0, 50)), still(span(62, 90)), still(span(110, 130)), still(span(200, 210))];
    db.put_findings(&all).await.expect("a write");
    assert_eq!(db.drop_findings_without_footage(span(0, 200)).await.expect("a write"), 1);
    assert_eq!(found(&db).await, [&all[..1], &all[2..]].concat(), "what begins later is not asked about");
}

async fn what_nobody_looked_at_is_found_newest_first(db: Db) {
    let rows =
        [closed(1, span(0, 60)), closed(2, span(60, 120)), closed(3, span(120, 180)), segment(4, span(180, 190))];
    with_camera(&db, &rows[0]).await;
    db.put_segments(&rows).await.expect("a write");
    db.put_findings(&[still(span(70, 80))]).await.expect("a write");
    let next = async |before: i64| {
        let found = db.not_looked_at(rows[0].stream, at(before)).await.expect("a read");
        found.map(|row| row.id)
    };
    let id = |number: u8| Some(SegmentId::from_bytes([number; 16]));
    assert_eq!((next(1000).await, next(120).await, next(0).await), (id(3), id(1), None));
}
