//! Whatever goes wrong, the answer is a problem without internals.

use reqwest::Method;
use serde_json::json;

use crate::site_double::PANICS;
use crate::world::World;

#[tokio::test]
async fn bad_requests() {
    let world = World::set_up().await;
    let dora = world.signed_in("dora").await;
    let json = [("content-type", "application/json")];
    dora.get("/api/v1/nothing").await.problem(404, "not-found");
    dora.get("/api").await.problem(404, "not-found");
    let answer = dora.send(Method::PUT, "/api/v1/site", None).await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.headers["allow"], "GET,HEAD");
    let session = "/api/v1/session";
    dora.raw(Method::POST, session, &json, "{").await.problem(400, "malformed");
    dora.raw(Method::POST, session, &json, "").await.problem(400, "malformed");
    dora.raw(Method::POST, session, &json, "[]").await.problem(422, "invalid");
    dora.raw(Method::POST, session, &json, "{\"sign_in_name\":\"a\"}").await.problem(422, "invalid");
    let unknown = "{\"sign_in_name\":\"a\",\"password\":\"b\",\"admin\":true}";
    dora.raw(Method::POST, session, &json, unknown).await.problem(422, "invalid");
    dora.raw(Method::POST, session, &json, &format!("{{\"x\":{}", "[".repeat(60_000))).await.problem(422, "invalid");
    dora.raw(Method::POST, session, &json, &" ".repeat(65 * 1024)).await.problem(413, "too-large");
    dora.raw(Method::POST, session, &[("content-type", "text/plain")], "{}")
        .await
        .problem(415, "unsupported-media-type");
    dora.get("/api/v1/log?limit=0").await.problem(422, "invalid");
    dora.get("/api/v1/log?limit=x").await.problem(422, "invalid");
    dora.get("/api/v1/log?other=1").await.problem(422, "invalid");
    dora.get("/api/v1/cameras/xyz").await.problem(404, "not-found");
    let olga = world.signed_in("olga").await;
    let answer = olga.get("/api/v1/live").await;
    assert!(answer.status.is_client_error() && answer.headers["content-type"] == "application/problem+json");
}

#[tokio::test]
async fn a_panic_is_a_problem_and_the_door_stays_open() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let camera = json!({ "name": "x", "address": PANICS.to_string(), "user": "u", "password": "planted-secret" });
    let answer = adam.post("/api/v1/cameras", camera).await;
    answer.problem(500, "internal");
    assert!(!answer.text().contains("planted-secret") && !answer.text().contains("scripted"));
    assert_eq!(adam.get("/api/v1/cameras").await.json(), json!([]));
}
