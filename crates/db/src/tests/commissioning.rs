//! Looks at cameras that are set up, and the still for masks: one a camera, gone when its time, its camera or its reason is.

use candour_units::{CameraId, PersonId, StillId, ViewId};

use super::at;
use super::site::camera;
use crate::{CameraRow, Db, MaskStillRow, Signature, StillOver, ViewRow, ViewSigned};

super::on_every_store!(
    asked_agreed_by_another_and_begun_once,
    in_force_counts_for_the_address,
    one_still_a_camera,
    a_still_goes_with_its_camera_and_when_that_comes_into_force,
    old_looks_are_forgotten_and_signed_ones_are_not,
);

fn person(number: u8, second: i64) -> Signature {
    Signature { by: PersonId::from_bytes([number; 16]), name: format!("Person {number}"), at: at(second) }
}

fn asked(number: u8, camera: CameraId, second: i64) -> ViewRow {
    ViewRow {
        id: ViewId::from_bytes([number; 16]),
        camera,
        reason: "aiming it at the door".into(),
        asked: person(1, second),
        decided: None,
        began: None,
        until: None,
        signed: None,
    }
}

fn still(number: u8, camera: CameraId, second: i64) -> MaskStillRow {
    MaskStillRow {
        id: StillId::from_bytes([number; 16]),
        camera,
        taken: at(second),
        taken_by: "Person 1".into(),
        ends: at(second + 100),
        width: 1280,
        height: 720,
    }
}

async fn added(db: &Db, number: u8, address: &str) -> CameraRow {
    let row = camera(number, &format!("Camera {number}"), address);
    db.add_camera(&row, &[]).await.expect("a write");
    row
}

async fn asked_agreed_by_another_and_begun_once(db: Db) {
    let gate = added(&db, 1, "10.0.0.1").await.id;
    let row = asked(5, gate, 10);
    db.add_view(&row).await.expect("a write");
    assert_eq!(db.views_that_wait(at(0)).await.expect("a read"), std::slice::from_ref(&row));
    assert!(!db.begin_view(row.id, at(15), at(1815)).await.expect("a write"), "nobody agreed");
    assert!(db.decide_view(row.id, &person(1, 20), true).await.is_err(), "one's own");
    assert!(db.decide_view(row.id, &person(2, 20), true).await.expect("a write"));
    assert!(!db.decide_view(row.id, &person(3, 21), false).await.expect("a write"), "once");
    assert!(db.begin_view(row.id, at(30), at(1830)).await.expect("a write"));
    assert!(!db.begin_view(row.id, at(31), at(1831)).await.expect("a write"), "once");
    let signed = ViewSigned { at: at(40), is_right: false, remark: "a window is in it".into() };
    assert!(db.sign_view(row.id, &signed).await.expect("a write"));
    assert!(db.end_view(row.id, at(50)).await.expect("a write"));
    assert!(!db.end_view(row.id, at(60)).await.expect("a write"), "it is over");
    let now = ViewRow {
        decided: Some((person(2, 20), true)),
        began: Some(at(30)),
        until: Some(at(50)),
        signed: Some(signed),
        ..row
    };
    assert_eq!(db.view(now.id).await.expect("a read"), Some(now.clone()));
    assert_eq!(db.last_signed_view(gate).await.expect("a read"), Some(now.clone()));
    assert_eq!(db.views_since(gate, at(25)).await.expect("a read"), [now]);
    assert!(db.views_since(gate, at(31)).await.expect("a read").is_empty());
    assert!(db.views_that_wait(at(0)).await.expect("a read").is_empty());
}

async fn in_force_counts_for_the_address(db: Db) {
    let (old, other) = (added(&db, 1, "10.0.0.1").await, added(&db, 2, "10.0.0.2").await);
    db.note_commissioned(old.id, at(5)).await.expect("a write");
    db.note_commissioned(old.id, at(50)).await.expect("a write");
    db.change_camera(&CameraRow { removed: Some(at(60)), ..old.clone() }).await.expect("a write");
    let again = added(&db, 3, "10.0.0.1").await;
    let was = async |id| db.was_commissioned(id).await.expect("a read");
    assert_eq!((was(old.id).await, was(other.id).await, was(again.id).await), (true, false, true));
}

async fn one_still_a_camera(db: Db) {
    let gate = added(&db, 1, "10.0.0.1").await.id;
    let (first, second) = (still(1, gate, 10), still(2, gate, 20));
    db.begin_mask_still(&first).await.expect("a write");
    assert_eq!(db.mask_still(gate, at(11)).await.expect("a read"), None, "it is not finished");
    assert_eq!(db.mask_stills_over(at(11)).await.expect("a read"), [(first.clone(), StillOver::Left)]);
    db.keep_mask_still(&first).await.expect("a write");
    assert_eq!(db.mask_still(gate, at(11)).await.expect("a read"), Some(first.clone()));
    assert!(db.mask_stills_over(at(11)).await.expect("a read").is_empty());
    db.begin_mask_still(&second).await.expect("a write");
    db.keep_mask_still(&second).await.expect("a write");
    assert_eq!(db.mask_still(gate, at(21)).await.expect("a read"), Some(second.clone()));
    assert_eq!(db.mask_stills_over(at(21)).await.expect("a read"), [(first.clone(), StillOver::Left)]);
    db.forget_mask_still(first.id).await.expect("a write");
    assert_eq!(db.mask_still_ids().await.expect("a read"), [second.id]);
    assert_eq!(db.mask_still(gate, at(120)).await.expect("a read"), None, "its time is over");
    assert_eq!(db.mask_stills_over(at(120)).await.expect("a read"), [(second.clone(), StillOver::Ended)]);
    assert!(db.leave_mask_still(gate).await.expect("a write"));
    assert!(!db.leave_mask_still(gate).await.expect("a write"));
    assert_eq!(db.mask_stills_over(at(21)).await.expect("a read"), [(second, StillOver::Left)]);
}

async fn a_still_goes_with_its_camera_and_when_that_comes_into_force(db: Db) {
    let (gate, yard) = (added(&db, 1, "10.0.0.1").await, added(&db, 2, "10.0.0.2").await);
    let (of_gate, of_yard) = (still(1, gate.id, 10), still(2, yard.id, 10));
    for row in [&of_gate, &of_yard] {
        db.begin_mask_still(row).await.expect("a write");
        db.keep_mask_still(row).await.expect("a write");
    }
    db.note_commissioned(gate.id, at(20)).await.expect("a write");
    db.change_camera(&CameraRow { removed: Some(at(30)), ..yard.clone() }).await.expect("a write");
    for camera in [gate.id, yard.id] {
        assert_eq!(db.mask_still(camera, at(40)).await.expect("a read"), None);
    }
    let mut over = db.mask_stills_over(at(40)).await.expect("a read");
    over.sort_by_key(|(row, _)| row.id);
    assert_eq!(over, [(of_gate, StillOver::InForce), (of_yard, StillOver::CameraRemoved)]);
    // One that is taken afterwards, with a second person's yes, stays to its end.
    let later = still(3, gate.id, 50);
    db.begin_mask_still(&later).await.expect("a write");
    db.keep_mask_still(&later).await.expect("a write");
    assert_eq!(db.mask_still(gate.id, at(60)).await.expect("a read"), Some(later));
}

async fn old_looks_are_forgotten_and_signed_ones_are_not(db: Db) {
    let gate = added(&db, 1, "10.0.0.1").await.id;
    for number in 1..=3 {
        let began = Some(at(i64::from(number) * 10));
        let row = ViewRow { began, until: Some(at(2000)), ..asked(number, gate, i64::from(number) * 10) };
        db.add_view(&row).await.expect("a write");
    }
    let signed = ViewSigned { at: at(12), is_right: true, remark: String::new() };
    db.sign_view(ViewId::from_bytes([1; 16]), &signed).await.expect("a write");
    assert_eq!(db.forget_views(at(30)).await.expect("a write"), 1);
    let left: Vec<_> = db.views_since(gate, at(0)).await.expect("a read").into_iter().map(|row| row.id).collect();
    assert_eq!(left, [ViewId::from_bytes([3; 16]), ViewId::from_bytes([1; 16])]);
}
