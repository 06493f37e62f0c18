use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Caller, PASSWORD, World};

async fn id_of(adam: &Caller, name: &str) -> String {
    let people = adam.get("/api/v1/people").await.json();
    let person = people.as_array().expect("people").iter().find(|person| person["sign_in_name"] == name);
    person.expect("the person is there")["id"].as_str().expect("an id").to_owned()
}

fn grace() -> Value {
    json!({ "sign_in_name": "grace", "full_name": "Grace", "roles": ["dpo"], "password": PASSWORD })
}

#[tokio::test]
async fn added_changed_and_disabled() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let made = adam.post("/api/v1/people", grace()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let mut again = grace();
    again["sign_in_name"] = "GRACE".into();
    adam.post("/api/v1/people", again).await.problem(409, "exists");

    let grace = world.signed_in("grace").await;
    let path = format!("/api/v1/people/{}", id_of(&adam, "grace").await);
    let renamed = adam.patch(&path, json!({ "full_name": "Grace Hopper" })).await;
    assert_eq!(renamed.json()["full_name"], "Grace Hopper");
    assert_eq!(grace.get("/api/v1/session").await.status, StatusCode::OK, "a new name ends no sign-in");

    adam.patch(&path, json!({ "roles": ["operator", "dpo"] })).await;
    grace.get("/api/v1/session").await.problem(401, "not-signed-in");
    let [who, _, _, sent] = world.newest("person_changed").await.expect("it was written down");
    assert_eq!(who["name"], "Adam Admin");
    assert_eq!((&sent["roles"], &sent["roles_before"]), (&json!("dpo operator"), &json!("dpo")));

    let grace = world.signed_in("grace").await;
    adam.patch(&path, json!({ "password": "another password 1" })).await;
    grace.get("/api/v1/session").await.problem(401, "not-signed-in");
    world.anybody().try_sign_in("grace", PASSWORD).await.problem(401, "wrong-password");
    let [.., sent] = world.newest("person_changed").await.expect("it was written down");
    assert!(!sent.to_string().contains("another password"), "{sent}");

    adam.patch(&path, json!({ "disabled": true })).await;
    world.anybody().try_sign_in("grace", "another password 1").await.problem(401, "wrong-password");
    adam.patch(&path, json!({ "disabled": false })).await;
    assert_eq!(world.anybody().try_sign_in("grace", "another password 1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_helps_themselves() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let own = format!("/api/v1/people/{}", id_of(&adam, "adam").await);
    adam.patch(&own, json!({ "roles": ["investigator"] })).await.problem(403, "forbidden");
    adam.patch(&own, json!({ "disabled": true })).await.problem(403, "forbidden");
    let mut both = grace();
    both["roles"] = json!(["administrator", "investigator"]);
    let problem = adam.post("/api/v1/people", both).await.problem(422, "invalid");
    assert_eq!(problem["field"], "roles");
    let nobody = format!("/api/v1/people/{}", "0".repeat(32));
    adam.patch(&nobody, json!({})).await.problem(404, "not-found");
}

#[tokio::test]
async fn no_answer_carries_a_password_or_its_hash() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let text = adam.get("/api/v1/people").await.text();
    assert!(!text.contains("argon2") && !text.contains("password"), "{text}");
}
