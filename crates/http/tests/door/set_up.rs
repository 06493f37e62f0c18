use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn done_once_with_the_printed_token() {
    let world = World::fresh().await;
    let anybody = world.anybody();
    let site = anybody.get("/api/v1/site").await.json();
    assert_eq!((&site["setup_needed"], &site["lab"], &site["name"]), (&json!(true), &json!(true), &json!("")));

    let mut wrong = world.set_up_request();
    wrong["token"] = "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-a".into();
    anybody.post("/api/v1/setup", wrong).await.problem(403, "wrong-token");

    let done = anybody.post("/api/v1/setup", world.set_up_request()).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text());
    let site = anybody.get("/api/v1/site").await.json();
    assert_eq!((&site["setup_needed"], &site["name"]), (&json!(false), &json!("Town hall")));
    anybody.post("/api/v1/setup", world.set_up_request()).await.problem(409, "set-up-done");
    assert!(world.kinds_in_log().await.contains(&"set_up".to_owned()));

    let mut world = world.restarted().await;
    assert!(world.token.is_none(), "no token after set-up");
    world.signed_in("adam").await;
    world.stop().await;
}

#[tokio::test]
async fn the_token_of_an_earlier_start_is_worth_nothing() {
    let world = World::fresh().await;
    let old = world.set_up_request();
    let world = world.restarted().await;
    world.anybody().post("/api/v1/setup", old).await.problem(403, "wrong-token");
    let done = world.anybody().post("/api/v1/setup", world.set_up_request()).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn guessing_the_token_has_a_pace() {
    let world = World::fresh().await;
    let mut wrong = world.set_up_request();
    wrong["token"] = "aaaaa".into();
    for _ in 0..10 {
        world.anybody().post("/api/v1/setup", wrong.clone()).await.problem(403, "wrong-token");
    }
    let answer = world.anybody().post("/api/v1/setup", world.set_up_request()).await;
    answer.problem(429, "too-many-requests");
    assert!(answer.headers.contains_key("retry-after"));
    world.clock.advance_s(10);
    let answer = world.anybody().post("/api/v1/setup", world.set_up_request()).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn wrong_requests_say_what_is_wrong_and_leave_nothing_behind() {
    let world = World::fresh().await;
    let anybody = world.anybody();
    let check = async |change: fn(&mut Value), field: &str| {
        world.clock.advance_s(10);
        let mut request = world.set_up_request();
        change(&mut request);
        let problem = anybody.post("/api/v1/setup", request).await.problem(422, "invalid");
        assert_eq!(problem["field"], field, "{problem}");
        assert!(world.db.people().await.expect("the database works").is_empty());
    };
    check(|request| request["site_name"] = "".into(), "site_name").await;
    check(|request| request["host_names"] = json!(["not a name"]), "host_names").await;
    check(|request| request["people"][0]["password"] = "short".into(), "password").await;
    check(|request| request["people"][0]["roles"] = json!(["administrator", "operator"]), "roles").await;
    check(|request| request["people"][0]["roles"] = json!([]), "roles").await;
    check(|request| request["people"][0]["sign_in_name"] = "a b".into(), "sign_in_name").await;
    check(|request| request["people"] = json!([request["people"][0].clone()]), "people").await;
}

#[tokio::test]
async fn new_host_names_are_served_at_once() {
    let world = World::fresh().await;
    let mut request = world.set_up_request();
    request["host_names"] = json!(["cctv.example"]);
    let before = world.anybody().get("/api/v1/site").await.json();
    let done = world.anybody().post("/api/v1/setup", request).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text());

    // The old authority may not vouch for the new name, so there is another one.
    let untrusting = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build().expect("a client");
    let url = |path: &str| format!("{}{path}", world.base());
    let authority = untrusting.get(url("/ca.crt")).send().await.expect("an answer").bytes().await.expect("a body");
    assert_ne!(authority, world.authority);
    let trusting = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&authority).expect("a certificate")])
        .resolve("cctv.example", ([127, 0, 0, 1], world.port).into())
        .resolve("other.example", ([127, 0, 0, 1], world.port).into())
        .build()
        .expect("a client");
    let site = trusting.get(format!("https://cctv.example:{}/api/v1/site", world.port)).send().await.expect("trusted");
    let site: Value = serde_json::from_slice(&site.bytes().await.expect("a body")).expect("JSON");
    assert_ne!(site["ca_fingerprint"], before["ca_fingerprint"]);
    assert!(site["host_names"].as_array().expect("names").contains(&json!("cctv.example")));
    let other = trusting.get(format!("https://other.example:{}/api/v1/site", world.port)).send().await;
    assert!(other.is_err(), "the certificate names no other host");
}
