use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::site_double::{NO_CAMERA, UNREACHABLE, WRONG_PASSWORD};
use crate::world::World;

fn request(address: &str) -> Value {
    json!({ "name": " Gate 4 ", "address": address, "user": "candour", "password": "planted-secret" })
}

#[tokio::test]
async fn added_with_a_verdict_renamed_and_removed() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let added = adam.post("/api/v1/cameras", request("10.0.0.31")).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let camera = added.json();
    assert_eq!((&camera["name"], &camera["outcome"]), (&json!("Gate 4"), &json!("accepted")));
    assert_eq!(camera["reasons"].as_array().map(Vec::len), Some(3));
    assert_eq!(camera["all_reasons"].as_array().map(Vec::len), Some(4));
    let path = format!("/api/v1/cameras/{}", camera["id"].as_str().expect("an id"));

    let renamed = adam.patch(&path, json!({ "name": "Gate 5" })).await;
    assert_eq!(renamed.json()["name"], "Gate 5");
    let half = adam.patch(&path, json!({ "user": "x" })).await;
    half.problem(422, "invalid");
    assert_eq!(adam.post(&format!("{path}/judge"), json!(null)).await.status, StatusCode::OK);

    let olga = world.signed_in("olga").await;
    let list = olga.get("/api/v1/cameras").await.json();
    assert_eq!((&list[0]["name"], &list[0]["address"]), (&json!("Gate 5"), &json!("")), "no addresses for operators");

    assert_eq!(adam.delete(&path).await.status, StatusCode::NO_CONTENT);
    adam.get(&path).await.problem(404, "not-found");
    let kinds = world.kinds_in_log().await;
    for kind in ["camera_added", "camera_changed", "camera_removed"] {
        assert!(kinds.iter().any(|found| found == kind), "{kind}");
    }
    let log = world.log.entries(0, 100).await.expect("the log is read");
    assert!(log.iter().all(|entry| !entry.sent.as_deref().unwrap_or("").contains("planted-secret")));
}

#[tokio::test]
async fn what_cannot_be_added_adds_nothing() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let check = async |body: Value, status: u16, word: &str, field: &str| {
        let answer = adam.post("/api/v1/cameras", body).await;
        let problem = answer.problem(status, word);
        assert_eq!(problem["field"], field, "{problem}");
        assert!(!answer.text().contains("planted-secret"));
        assert_eq!(adam.get("/api/v1/cameras").await.json(), json!([]));
    };
    check(request(&UNREACHABLE.to_string()), 502, "camera-unreachable", "address").await;
    check(request(&WRONG_PASSWORD.to_string()), 422, "camera-wrong-password", "password").await;
    check(request(&NO_CAMERA.to_string()), 422, "not-a-camera", "address").await;
    check(request("gate4.example"), 422, "invalid", "address").await;
    let with = |field: &str, value: Value| {
        let mut body = request("10.0.0.31");
        body[field] = value;
        body
    };
    check(with("name", "".into()), 422, "invalid", "name").await;
    check(with("name", "a\u{202e}b".into()), 422, "invalid", "name").await;
    check(with("name", "x".repeat(61).into()), 422, "invalid", "name").await;
    check(with("onvif_port", 0.into()), 422, "invalid", "onvif_port").await;
    // What a camera is for is said by the policy, and nowhere else.
    let with_purpose = adam.post("/api/v1/cameras", with("purpose", json!({ "sentence": "Thefts at the gate" }))).await;
    assert!(with_purpose.problem(422, "invalid")["detail"].as_str().expect("words").contains("purpose"));
    assert!(!world.kinds_in_log().await.contains(&"camera_added".to_owned()));
}

#[tokio::test]
async fn a_person_decides_about_a_camera_that_ended_decoders_and_it_is_written_down() {
    let world = World::set_up().await;
    let (camera, _) = world.camera("Gate 4").await;
    let adam = world.signed_in("adam").await;
    let path = format!("/api/v1/cameras/{}/decoder-decision", camera.id);
    for (decision, change) in [("keep_undecoded", "kept undecoded"), ("quarantine", "quarantined over decoders")] {
        let answer = adam.post(&path, json!({ "decision": decision, "reason": "the maker looks into it" })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let [who, .., sent] = world.newest("camera_changed").await.expect("it was written down");
        assert_eq!((&who["name"], &sent["change"]), (&json!("Adam Admin"), &json!(change)));
        assert_eq!(sent["reason"], "the maker looks into it");
    }
    let decided = world.site.decided.lock().expect("not poisoned").clone();
    assert_eq!(decided.iter().map(|(_, by)| by.as_str()).collect::<Vec<_>>(), ["Adam Admin"; 2]);
    adam.post(&path, json!({ "decision": "keep_undecoded", "reason": "ended none" })).await.problem(409, "conflict");
    adam.post(&path, json!({ "decision": "accept", "reason": "no such thing" })).await.problem(422, "invalid");
    adam.post(&path, json!({ "decision": "quarantine", "reason": "no" })).await.problem(422, "invalid");
}
