//! A camera's next password: kept beside the one it has until one of both is proved.

use candour_units::CameraId;

use super::at;
use super::site::camera;
use crate::{CameraPassword, CameraRow, Db};

super::on_every_store!(both_are_kept_until_one_is_proved, a_removed_camera_is_asked_no_more);

async fn both_are_kept_until_one_is_proved(db: Db) {
    let yard = camera(1, "Yard", "192.0.2.1");
    db.add_camera(&yard, &[]).await.expect("a write");
    let stands = || async { db.camera_password(yard.id).await.expect("a read") };
    let sealed = || async { db.camera(yard.id).await.expect("a read").expect("there").credentials };
    assert_eq!(stands().await, None);
    assert!(db.begin_camera_password(yard.id, b"next").await.expect("a write"));
    assert!(!db.begin_camera_password(yard.id, b"another").await.expect("a write"), "one at a time");
    let being_set = CameraPassword { camera: yard.id, next: Some(b"next".to_vec()), tries: 0, tried: None, set: None };
    assert_eq!(stands().await.as_ref(), Some(&being_set));
    assert_eq!(sealed().await, yard.credentials);
    db.note_password_tries(yard.id, 2, at(9)).await.expect("a write");
    let tried = CameraPassword { tries: 2, tried: Some(at(9)), ..being_set.clone() };
    assert_eq!(db.passwords_being_set().await.expect("a read"), [tried]);

    assert!(db.keep_new_password(yard.id, at(10)).await.expect("a write"));
    assert!(!db.keep_new_password(yard.id, at(11)).await.expect("a write"), "there is none any more");
    assert_eq!(sealed().await, b"next");
    let settled = stands().await.expect("there");
    assert_eq!((settled.next, settled.tries, settled.set), (None, 0, Some(at(10))));

    assert!(db.begin_camera_password(yard.id, b"third").await.expect("a write"));
    db.keep_old_password(yard.id).await.expect("a write");
    assert_eq!((sealed().await, stands().await.expect("there").set), (b"next".to_vec(), Some(at(10))));
    db.password_was_typed(yard.id).await.expect("a write");
    assert_eq!(stands().await.expect("there").set, None);
}

async fn a_removed_camera_is_asked_no_more(db: Db) {
    let gone = CameraRow { removed: Some(at(5)), ..camera(2, "Gone", "192.0.2.2") };
    db.add_camera(&gone, &[]).await.expect("a write");
    assert!(db.begin_camera_password(CameraId::from_bytes([2; 16]), b"next").await.expect("a write"));
    assert_eq!(db.passwords_being_set().await.expect("a read"), []);
}
