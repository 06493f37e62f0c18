//! Holds: what they keep, how they end, and that each act is there to be logged.

use crate::{Db, DbError, DeletionStep, HoldAct, HoldRow, Intent};
use candour_units::{CameraId, HoldId, SegmentId, WallRange};

use super::catalogue::{closed, with_camera};
use super::deletions::certificate;
use super::{at, span};

super::on_every_store!(
    a_hold_keeps_what_it_covers_until_it_ends,
    a_lifted_hold_gives_its_footage_back_at_once,
    a_hold_that_comes_too_late_is_told_what_is_gone
);

fn hold(number: u8, camera: CameraId, interval: WallRange, ends: i64) -> HoldRow {
    HoldRow {
        id: HoldId::from_bytes([number; 16]),
        class: "legal".to_owned(),
        camera,
        interval,
        reason: "claim 7".to_owned(),
        owner: "Legal office".to_owned(),
        placed_by: "Ines".to_owned(),
        placed: at(4000),
        ends: at(ends),
        ended: None,
    }
}

fn act(seconds: i64) -> HoldAct<'static> {
    HoldAct { by: "Ada", at: at(seconds), reason: "the court asks" }
}

async fn a_hold_keeps_what_it_covers_until_it_ends(db: Db) {
    let rows: Vec<_> =
        (1..=4).map(|number| closed(number, span(60 * i64::from(number), 60 * i64::from(number) + 60))).collect();
    with_camera(&db, &rows[0]).await;
    db.put_segments(&rows).await.expect("a write");
    let held = hold(1, rows[0].camera, span(150, 200), 9000);
    assert_eq!(db.place_hold(&held).await.expect("a write"), []);
    assert_eq!(db.standing_holds().await.expect("a read"), std::slice::from_ref(&held));
    let orders: Vec<_> = (1..=4).map(|number| certificate(number, DeletionStep::Intended)).collect();
    let intents = db.begin_deletions(&orders).await.expect("a write");
    let which: Vec<_> = intents.iter().map(|intent| *intent == Intent::Held).collect();
    assert_eq!(which, [false, true, true, false], "2 and 3 overlap the interval");
    assert_eq!(db.held_extent(held.camera, held.interval).await.expect("a read").0, 2);

    // What is held is not asked about again and again, and is not overdue.
    let due = |seconds| {
        let db = db.clone();
        async move { db.segments_due(at(seconds), 9).await.expect("a read").len() }
    };
    assert_eq!(due(99_999).await, 2);
    let put_off: Vec<_> = rows[1..3].iter().map(|row| (row.id, held.id, held.ends)).collect();
    db.look_again(&put_off).await.expect("a write");
    assert_eq!((due(8999).await, db.overdue(at(8999)).await.expect("a read")), (0, 0));
    assert_eq!(due(9000).await, 2, "at the end of the hold it is looked at again");

    db.extend_hold(held.id, at(20_000), act(5000)).await.expect("it stands");
    assert_eq!(db.lapse_holds(at(9000)).await.expect("a write"), 0);
    assert_eq!(db.lapse_holds(at(20_000)).await.expect("a write"), 1);
    assert_eq!(db.standing_holds().await.expect("a read"), []);
    let ended = db.ended_holds(9).await.expect("a read").remove(0);
    assert_eq!((ended.ended, ended.reason.as_str()), (Some((at(20_000), "lapsed".to_owned())), "the court asks"));
    let intents = db.begin_deletions(&orders[1..3]).await.expect("a write");
    assert!(intents.iter().all(|intent| matches!(intent, Intent::Begun(_))), "{intents:?}");

    let acts = db.hold_acts(held.id).await.expect("a read");
    let told: Vec<_> = acts.iter().map(|act| (act.number, act.act.as_str(), act.by.as_str(), act.ends)).collect();
    let expected = [
        (0, "placed", "Ines", at(9000)),
        (1, "extended", "Ada", at(20_000)),
        (2, "lapsed", "the recorder", at(20_000)),
    ];
    assert_eq!(told, expected);
    assert_eq!(db.hold_acts_to_log(9).await.expect("a read"), acts);
    db.note_hold_logged(held.id, 1, 77).await.expect("a write");
    let left: Vec<_> = db.hold_acts_to_log(9).await.expect("a read").iter().map(|act| act.number).collect();
    assert_eq!(left, [0, 2]);
}

async fn a_lifted_hold_gives_its_footage_back_at_once(db: Db) {
    let row = closed(1, span(60, 120));
    with_camera(&db, &row).await;
    db.put_segments(std::slice::from_ref(&row)).await.expect("a write");
    let held = hold(1, row.camera, span(0, 999), 90_000);
    db.place_hold(&held).await.expect("a write");
    db.look_again(&[(row.id, held.id, held.ends)]).await.expect("a write");
    assert_eq!(db.segments_due(at(50_000), 9).await.expect("a read"), []);
    db.lift_hold(held.id, act(50_000)).await.expect("it stands");
    assert_eq!(db.segments_due(at(50_000), 9).await.expect("a read"), std::slice::from_ref(&row));
    // A sweep that decided before the lift comes late: it must not put the footage off.
    db.look_again(&[(row.id, held.id, held.ends)]).await.expect("a write");
    assert_eq!(db.segments_due(at(50_000), 9).await.expect("a read"), [row]);
    for refused in [db.lift_hold(held.id, act(1)).await, db.extend_hold(held.id, at(99_999), act(1)).await] {
        assert!(matches!(refused, Err(DbError::NotFound { .. })), "{refused:?}");
    }
}

async fn a_hold_that_comes_too_late_is_told_what_is_gone(db: Db) {
    let rows: Vec<_> =
        (1..=3).map(|number| closed(number, span(60 * i64::from(number), 60 * i64::from(number) + 60))).collect();
    with_camera(&db, &rows[0]).await;
    db.put_segments(&rows).await.expect("a write");
    db.put_certificates(&[certificate(1, DeletionStep::Certified), certificate(2, DeletionStep::Intended)])
        .await
        .expect("a write");
    let gone = db.place_hold(&hold(1, rows[0].camera, span(100, 999), 9000)).await.expect("a write");
    let which: Vec<_> = gone.iter().map(|row| row.segment).collect();
    assert_eq!(which, [SegmentId::from_bytes([1; 16]), SegmentId::from_bytes([2; 16])]);
    let other = hold(2, CameraId::from_bytes([0xee; 16]), span(0, 999), 9000);
    assert_eq!(db.place_hold(&other).await.expect("a write"), [], "another camera's footage is not its business");
}
