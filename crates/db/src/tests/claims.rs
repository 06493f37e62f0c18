//! Claims: told again they grow, and they go with their footage.

use candour_units::{CameraId, WallRange};

use super::catalogue::{closed, with_camera};
use super::span;
use crate::{ClaimKind, ClaimRow, Db, SegmentState};

super::on_every_store!(
    a_claim_that_goes_on_replaces_itself,
    claims_go_with_the_last_footage_they_are_about,
    what_was_said_and_not_stored_is_taken_away,
);

fn said(what: ClaimKind, range: WallRange) -> ClaimRow {
    ClaimRow { camera: CameraId::from_bytes([2; 16]), what, range }
}

async fn found(db: &Db) -> Vec<ClaimRow> {
    db.claims_in(CameraId::from_bytes([2; 16]), span(-1000, 10_000)).await.expect("a read")
}

async fn a_claim_that_goes_on_replaces_itself(db: Db) {
    use ClaimKind::{Motion, Tamper, VideoLoss};
    db.put_claims(&[said(Motion, span(0, 20)), said(Tamper, span(0, 5))]).await.expect("a write");
    db.put_claims(&[said(Motion, span(0, 60)), said(VideoLoss, span(70, 80))]).await.expect("a write");
    assert_eq!(found(&db).await, [said(Motion, span(0, 60)), said(Tamper, span(0, 5)), said(VideoLoss, span(70, 80))]);
    assert!(db.put_claims(&[said(Motion, span(100, 161))]).await.is_err(), "no longer than a minute");
    assert!(db.put_claims(&[said(Motion, span(100, 100))]).await.is_err());
    let other = CameraId::from_bytes([9; 16]);
    assert_eq!(db.claims_in(other, span(0, 50)).await.expect("a read"), []);
}

async fn claims_go_with_the_last_footage_they_are_about(db: Db) {
    with_camera(&db, &closed(1, span(0, 60))).await;
    let rows = [closed(1, span(0, 60)), closed(2, span(60, 120))];
    db.put_segments(&rows).await.expect("a write");
    let all = [said(ClaimKind::Motion, span(0, 50)), said(ClaimKind::Motion, span(50, 70))];
    db.put_claims(&all).await.expect("a write");
    let begins = |number: usize| crate::SegmentRow { state: SegmentState::Deleting, ..rows[number].clone() };
    db.put_segments(&[begins(0)]).await.expect("a write");
    assert_eq!(found(&db).await, all[1..], "the one across the edge is about the next segment too");
    db.put_segments(&[begins(1)]).await.expect("a write");
    assert_eq!(found(&db).await, []);
}

async fn what_was_said_and_not_stored_is_taken_away(db: Db) {
    with_camera(&db, &closed(1, span(0, 60))).await;
    db.put_segments(&[closed(1, span(0, 60))]).await.expect("a write");
    let all = [said(ClaimKind::Motion, span(0, 50)), said(ClaimKind::Motion, span(62, 90))];
    db.put_claims(&all).await.expect("a write");
    assert_eq!(db.drop_claims_without_footage(span(0, 200)).await.expect("a write"), 1);
    assert_eq!(found(&db).await, all[..1]);
}
