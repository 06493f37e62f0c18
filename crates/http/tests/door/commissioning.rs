//! Looks at cameras that are set up: who begins one, how often, under whose yes; and the still that is kept. What is in the pictures is
//! tested where the decoder runs.

use candour_archive::NewMaskStill;
use candour_audit::{Actor, Look, LookKind};
use candour_units::{CameraId, PersonId, SessionId, StreamKind};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Caller, World};

fn reason() -> Value {
    json!({ "reason": "aiming it at the door" })
}

fn at(camera: CameraId) -> String {
    format!("/api/v1/cameras/{camera}/commissioning")
}

async fn begin(caller: &Caller, camera: CameraId) -> Value {
    let answer = caller.post(&at(camera), reason()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()
}

fn look(state: &Value) -> String {
    format!("/api/v1/commissioning/{}", state["open"]["look"].as_str().expect("a look is open"))
}

fn kinds(kinds: &[String], of: &str) -> usize {
    kinds.iter().filter(|kind| *kind == of).count()
}

#[tokio::test]
async fn a_camera_that_was_never_in_force_is_seen_twice_a_day_and_each_look_is_written_down() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let (camera, _) = world.camera("North door").await;
    let before = adam.get(&at(camera.id)).await.json();
    assert_eq!(
        (&before["in_force"], &before["next"], &before["left_today"]),
        (&json!(false), &json!("begins"), &json!(2))
    );
    adam.post(&at(camera.id), json!({ "reason": "x" })).await.problem(422, "invalid");

    let first = begin(&adam, camera.id).await;
    let [who, what, why, sent] = world.newest("look_commissioning").await.expect("it was written down");
    assert_eq!((&who["name"], &what["cameras"][0]), (&json!("Adam Admin"), &json!(camera.id.to_string())));
    assert_eq!(
        (&why["reason"], &sent["under"], &sent["renewal"]),
        (&json!("aiming it at the door"), &json!("not_in_force"), &json!(false))
    );
    assert_eq!(*world.site.set_up.lock().expect("not poisoned"), [camera.id], "after the entry, and once");
    assert_eq!(first["left_today"], 1);

    // Again within the half hour: the same act, another entry.
    let again = begin(&adam, camera.id).await;
    assert_eq!(again["left_today"], 1);
    assert_eq!(adam.delete(&look(&again)).await.status, StatusCode::NO_CONTENT);
    let second = begin(&adam, camera.id).await;
    assert_eq!(adam.delete(&look(&second)).await.status, StatusCode::NO_CONTENT);
    let refused = adam.post(&at(camera.id), reason()).await.problem(403, "look-refused");
    assert!(refused["detail"].as_str().is_some_and(|words| words.contains("twice in the last 24 hours")), "{refused}");
    let [.., sent] = world.newest("look_refused").await.expect("it was written down");
    assert!(sent["why"].as_str().is_some_and(|words| words.contains("twice")), "{sent}");
    world.clock.advance_s(86_400);
    let adam = world.signed_in("adam").await;
    begin(&adam, camera.id).await;
}

#[tokio::test]
async fn a_look_ends_with_its_half_hour_and_with_its_sign_in() {
    let world = World::set_up().await;
    let (adam, other) = (world.signed_in("adam").await, world.signed_in("adam").await);
    let (camera, _) = world.camera("North door").await;
    let state = begin(&adam, camera.id).await;
    other.get(&format!("{}/picture", look(&state))).await.problem(404, "not-found");
    world.clock.advance_s(61);
    let answer = adam.get(&format!("{}/picture", look(&state))).await;
    // Housekeeping may have ended it meanwhile; either way nothing is shown.
    assert!(matches!(answer.status.as_u16(), 403 | 404), "{}", answer.text());
    // The act goes on for its half hour, and is no second one.
    assert_eq!(begin(&adam, camera.id).await["left_today"], 1);
    world.clock.advance_s(30 * 60);
    let adam = world.signed_in("adam").await;
    assert_eq!(begin(&adam, camera.id).await["left_today"], 0);
}

#[tokio::test]
async fn what_was_in_force_is_seen_under_the_yes_of_somebody_else_once() {
    let world = World::set_up().await;
    let (adam, petra) = (world.signed_in("adam").await, world.signed_in("petra").await);
    let (camera, _) = world.camera("North door").await;
    world.for_theft(camera.id).await;
    let asked = begin(&adam, camera.id).await;
    assert_eq!((&asked["open"], &asked["in_force"]), (&Value::Null, &json!(true)));
    assert!(world.site.set_up.lock().expect("not poisoned").is_empty(), "nothing is received before somebody agrees");
    assert_eq!(kinds(&world.kinds_in_log().await, "look_commissioning"), 0);
    adam.post(&at(camera.id), reason()).await.problem(403, "look-refused");

    let waits = petra.get("/api/v1/waiting").await.json();
    assert_eq!(waits["acts"][0]["kind"], "view", "{waits}");
    let list = petra.get("/api/v1/commissioning").await.json();
    assert_eq!((&list[0]["by"], &list[0]["camera_name"]), (&json!("Adam Admin"), &json!("North door")));
    let decide = format!("/api/v1/commissioning/{}/decide", list[0]["id"].as_str().expect("an id"));
    assert_eq!(petra.post(&decide, json!({ "agree": true })).await.status, StatusCode::NO_CONTENT);
    petra.post(&decide, json!({ "agree": false })).await.problem(409, "conflict");
    let [who, _, _, sent] = world.newest("camera_commissioned").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["act"]), (&json!("Petra Approver"), &json!("view_agreed")));

    let state = begin(&adam, camera.id).await;
    let [.., sent] = world.newest("look_commissioning").await.expect("it was written down");
    assert_eq!(sent["under"], "agreed");
    let wrong = adam.post(&format!("{}/sign", look(&state)), json!({ "right": false })).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "what is wrong is said");
    let signed = adam
        .post(&format!("{}/sign", look(&state)), json!({ "right": false, "remark": "a window is in it" }))
        .await
        .json();
    assert_eq!((&signed["signed"]["right"], &signed["signed"]["remark"]), (&json!(false), &json!("a window is in it")));
    assert_eq!(adam.delete(&look(&state)).await.status, StatusCode::NO_CONTENT);
    // The yes is used: the next one asks again.
    assert_eq!(begin(&adam, camera.id).await["open"], Value::Null);
}

#[tokio::test]
async fn a_camera_that_comes_into_force_is_not_seen_on() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let (camera, _) = world.camera("North door").await;
    let state = begin(&adam, camera.id).await;
    world.db.note_commissioned(camera.id, world.clock_now()).await.expect("a write");
    let ended = adam.get(&format!("{}/picture", look(&state))).await.problem(403, "look-lapsed");
    assert!(ended["detail"].as_str().is_some_and(|words| words.contains("came into force")), "{ended}");
    adam.get(&format!("{}/picture", look(&state))).await.problem(404, "not-found");
    assert_eq!(kinds(&world.kinds_in_log().await, "look_ended"), 1);
}

#[tokio::test]
async fn without_the_log_nothing_is_seen_and_nothing_received() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let (camera, _) = world.camera("North door").await;
    let still = still(&world, camera.id).await;
    world.break_log();
    assert_eq!(adam.post(&at(camera.id), reason()).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(world.site.set_up.lock().expect("not poisoned").is_empty());
    assert_eq!(adam.get(&still).await.status, StatusCode::SERVICE_UNAVAILABLE);
    world.mend_log();
}

/// Keeps a picture of the camera, as the route does once it was decoded; its address.
async fn still(world: &World, camera: CameraId) -> String {
    let look = Look {
        person: PersonId::from_bytes([1; 16]),
        name: "Adam Admin".to_owned(),
        session: SessionId::from_bytes([2; 16]),
        station: None,
        address: "192.0.2.7".to_owned(),
        reason: "a test".to_owned(),
        purpose: None,
        cameras: vec![camera],
        kind: LookKind::Commissioning,
        interval: None,
        under: None,
    };
    let receipt = world.log.look(look).await.expect("a receipt");
    let picture =
        NewMaskStill { taken: world.clock_now(), width: 64, height: 36, jpeg: b"\xff\xd8\xff a picture".to_vec() };
    world.mask_stills.keep(&receipt, camera, picture, Actor::Recorder).await.expect("it is kept");
    format!("/api/v1/cameras/{camera}/mask-still")
}

#[tokio::test]
async fn the_still_is_shown_under_an_entry_each_time_and_goes_when_somebody_says_so() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let (camera, _) = world.camera("North door").await;
    let none = format!("/api/v1/cameras/{}/mask-still", camera.id);
    adam.get(&none).await.problem(404, "not-found");
    assert_eq!(kinds(&world.kinds_in_log().await, "look_commissioning"), 0, "nothing was there to look at");
    let still = still(&world, camera.id).await;
    let before = kinds(&world.kinds_in_log().await, "look_commissioning");
    for shown in 1..=2 {
        let answer = adam.get(&still).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert_eq!(answer.headers["content-type"], "image/jpeg");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.body, b"\xff\xd8\xff a picture");
        assert_eq!(kinds(&world.kinds_in_log().await, "look_commissioning"), before + shown);
        let [.., sent] = world.newest("look_ended").await.expect("it was written down");
        assert_eq!((&sent["sent"][0]["stills"], &sent["sent"][0]["bytes"]), (&json!(1), &json!(13)));
    }
    let state = adam.get(&at(camera.id)).await.json();
    assert_eq!((&state["still"]["width"], &state["still"]["taken_by"]), (&json!(64), &json!("Adam Admin")));
    assert_eq!(adam.delete(&still).await.status, StatusCode::NO_CONTENT);
    adam.delete(&still).await.problem(404, "not-found");
    adam.get(&still).await.problem(404, "not-found");
    let [.., sent] = world.newest("camera_commissioned").await.expect("it was written down");
    assert_eq!(sent["why"], "somebody deleted it");
}

#[tokio::test]
async fn nobody_who_watches_sees_a_camera_that_is_set_up() {
    let world = World::set_up().await;
    let (camera, stream) = world.camera("North door").await;
    let intake = world.archive.intake_for_setting_up(camera.id, stream.id, StreamKind::Main);
    intake.run_started(crate::footage::entry(), candour_recording::ClockEvidence::default(), world.clock_now());
    let olga = world.signed_in("olga").await;
    let mut page = crate::live::open(&world, &olga).await;
    page.subscribe(1, &camera).await;
    let answer = page.control_of("state").await;
    assert_eq!(answer["state"], "lost", "{answer}");
}
