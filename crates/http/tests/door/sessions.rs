//! Sign-ins that last: seen, ended, confirmed again, and over with the account.

use candour_units::Clock as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::live::open;
use crate::world::{Caller, PASSWORD, World};

async fn id_of(adam: &Caller, name: &str) -> String {
    let people = adam.get("/api/v1/people").await.json();
    let person = people.as_array().expect("people").iter().find(|person| person["sign_in_name"] == name);
    person.expect("the person is there")["id"].as_str().expect("an id").to_owned()
}

async fn own(caller: &Caller) -> Vec<Value> {
    caller.get("/api/v1/sessions").await.json().as_array().expect("sign-ins").clone()
}

#[tokio::test]
async fn ones_own_are_seen_and_ended() {
    let world = World::set_up().await;
    let (here, there, third) =
        (world.signed_in("olga").await, world.signed_in("olga").await, world.signed_in("olga").await);
    let ines = world.signed_in("ines").await;
    let all = own(&here).await;
    assert_eq!(all.len(), 3, "only one's own");
    let this = all.iter().find(|one| one["this"] == true).expect("this one");
    assert_eq!((&this["address"], &this["complete"]), (&json!("127.0.0.1"), &json!(true)));
    let path = |one: &Value| format!("/api/v1/sessions/{}", one["id"].as_str().expect("an id"));
    here.delete(&path(this)).await.problem(409, "conflict");
    ines.delete(&path(this)).await.problem(404, "not-found");
    let theirs = own(&there).await;
    let theirs = theirs.iter().find(|one| one["this"] == true).expect("that one");
    assert_eq!(here.delete(&path(theirs)).await.status, StatusCode::NO_CONTENT);
    there.get("/api/v1/session").await.problem(401, "not-signed-in");
    here.delete(&path(theirs)).await.problem(404, "not-found");
    assert_eq!(third.get("/api/v1/session").await.status, StatusCode::OK);
    assert_eq!(here.delete("/api/v1/sessions").await.status, StatusCode::NO_CONTENT);
    third.get("/api/v1/session").await.problem(401, "not-signed-in");
    assert_eq!(own(&here).await.len(), 1);
    assert_eq!(ines.get("/api/v1/session").await.status, StatusCode::OK);
    let [who, _, _, sent] = world.newest("sign_in_ended").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["own"], &sent["sign_ins"]), (&json!("Olga Operator"), &json!(true), &json!(1)));
}

#[tokio::test]
async fn an_administrator_ends_anybodys_and_what_they_watch_stops() {
    let world = World::set_up().await;
    let (camera, _) = world.camera("Yard").await;
    let (adam, olga) = (world.signed_in("adam").await, world.signed_in("olga").await);
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &camera).await;
    let sessions = format!("/api/v1/people/{}/sessions", id_of(&adam, "olga").await);
    let all = adam.get(&sessions).await.json();
    let one = format!("{sessions}/{}", all[0]["id"].as_str().expect("an id"));
    assert_eq!((all.as_array().map(Vec::len), &all[0]["this"]), (Some(1), &json!(false)));
    olga.delete(&one).await.problem(403, "forbidden");
    assert_eq!(adam.delete(&one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(page.closed().await, 4401);
    olga.get("/api/v1/session").await.problem(401, "not-signed-in");
    world.signed_in("olga").await;
    world.signed_in("olga").await;
    assert_eq!(adam.delete(&sessions).await.status, StatusCode::NO_CONTENT);
    assert_eq!(adam.get(&sessions).await.json(), json!([]));
    let [who, _, _, sent] = world.newest("sign_in_ended").await.expect("it was written down");
    let expected = (&json!("Adam Admin"), &json!("Olga Operator"), &json!(2));
    assert_eq!((&who["name"], &sent["name"], &sent["sign_ins"]), expected);
    adam.get(&format!("/api/v1/people/{}/sessions", "0".repeat(32))).await.problem(404, "not-found");
}

/// Method, address and somebody who may: what wants password and second factor of the last five minutes.
const FRESH: &[(&str, &str, &str)] = &[
    ("post", "/api/v1/cameras/{id}/papers/{declaration}/sign", "adam"),
    ("post", "/api/v1/cameras/{id}/exceptions/{exception}/sign", "adam"),
    ("post", "/api/v1/policy/{number}/approve", "otto"),
    ("post", "/api/v1/grants/{id}/decide", "petra"),
    ("post", "/api/v1/grants/{id}/review", "petra"),
    ("post", "/api/v1/break-glass", "olga"),
    ("post", "/api/v1/cameras/{id}/commissioning", "adam"),
    ("post", "/api/v1/commissioning/{id}/decide", "petra"),
    ("post", "/api/v1/lists/confirm", "adam"),
    ("post", "/api/v1/address-tables/{table}/sign", "adam"),
    ("post", "/api/v1/holds/{id}/lift", "ines"),
    ("post", "/api/v1/retention/shortening", "otto"),
    ("post", "/api/v1/lists/offer", "adam"),
    ("post", "/api/v1/people", "adam"),
    ("patch", "/api/v1/people/{id}", "adam"),
    ("post", "/api/v1/people/{id}/reset-factor", "adam"),
    ("delete", "/api/v1/session/passkeys/{id}", "dora"),
];

#[tokio::test]
async fn what_decides_wants_password_and_second_factor_again() {
    let world = World::set_up().await;
    let mut callers = std::collections::BTreeMap::new();
    for (_, _, name) in FRESH {
        callers.insert(*name, world.signed_in(name).await);
    }
    let ask = async |caller: &Caller, method: &str, path: &str| {
        let method: Method = method.to_uppercase().parse().expect("a method");
        // Segments in braces are ids that name nothing; versions are numbers.
        let named = |part: &str| match part {
            "{number}" => "1".to_owned(),
            part if part.starts_with('{') => "0".repeat(32),
            part => part.to_owned(),
        };
        let path: Vec<String> = path.split('/').map(named).collect();
        caller.once(method, &path.join("/"), None).await
    };
    world.clock.advance_s(299);
    for (method, path, name) in FRESH {
        let answer = ask(&callers[name], method, path).await;
        assert_ne!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: {}", answer.text());
    }
    world.clock.advance_s(1);
    for (method, path, name) in FRESH {
        ask(&callers[name], method, path).await.problem(403, "confirm-sign-in");
    }
    // Whoever may not is told that, and not asked for a password.
    let problem = ask(&callers["olga"], "post", "/api/v1/people").await;
    problem.problem(403, "forbidden");
    for caller in callers.values() {
        caller.confirm().await;
    }
    for (method, path, name) in FRESH {
        let answer = ask(&callers[name], method, path).await;
        assert_ne!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: {}", answer.text());
    }
    let kinds = world.kinds_in_log().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "sign_in_confirmed").count(), callers.len());
}

#[tokio::test]
async fn the_document_says_what_wants_it() {
    let document: Value = serde_json::from_str(&candour_http::openapi_json()).expect("JSON");
    let mut found = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            if operation["x-needs"].as_str().is_some_and(|needs| needs.ends_with("confirmed_within_5_minutes")) {
                found.insert(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(found, FRESH.iter().map(|(method, path, _)| format!("{method} {path}")).collect());
}

#[tokio::test]
async fn confirming_lengthens_a_sign_in_and_a_wrong_password_does_nothing() {
    let world = World::set_up().await;
    let mut olga = world.signed_in("olga").await;
    for _ in 0..3 {
        world.clock.advance_s(7 * 3600);
        olga.get("/api/v1/session").await;
    }
    let before = olga.get("/api/v1/session").await.json()["expires_90k"].as_i64().expect("a time");
    let wrong = json!({ "password": "wrong password!" });
    let problem = olga.once(Method::POST, "/api/v1/session/confirm", Some(wrong)).await.problem(403, "wrong-code");
    assert_eq!(problem["field"], "password");
    assert_eq!(olga.get("/api/v1/session").await.json()["expires_90k"], before);
    let cookie = olga.headers["cookie"].clone();
    let right = json!({ "password": PASSWORD });
    let answer = olga.once(Method::POST, "/api/v1/session/confirm", Some(right)).await;
    olga.keep_cookie(&answer);
    assert_eq!(olga.headers["cookie"], cookie, "the same sign-in");
    let expires = answer.json()["expires_90k"].as_i64().expect("a time");
    assert_eq!(expires - world.clock.wall().ticks(), 24 * 3600 * 90_000);
    world.clock.advance_s(7 * 3600);
    assert_eq!(olga.get("/api/v1/session").await.status, StatusCode::OK, "28 hours after it began");
}

#[tokio::test]
async fn an_account_ends_by_its_date() {
    let world = World::set_up().await;
    let (adam, olga) = (world.signed_in("adam").await, world.signed_in("olga").await);
    let path = format!("/api/v1/people/{}", id_of(&adam, "olga").await);
    let now = world.clock.wall().ticks();
    let end = now + 3600 * 90_000;
    let problem = adam.patch(&path, json!({ "ends_90k": now })).await.problem(422, "invalid");
    assert_eq!(problem["field"], "ends_90k");
    let own = format!("/api/v1/people/{}", id_of(&adam, "adam").await);
    adam.patch(&own, json!({ "ends_90k": end })).await.problem(403, "forbidden");
    assert_eq!(adam.patch(&path, json!({ "ends_90k": end })).await.json()["ends_90k"], end);
    let [_, _, _, sent] = world.newest("person_changed").await.expect("it was written down");
    assert_eq!(sent["ends_90k"], end);
    assert_eq!(olga.get("/api/v1/session").await.json()["person"]["ends_90k"], end, "told before it comes");
    let (camera, _) = world.camera("Yard").await;
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &camera).await;
    world.clock.advance_s(3599);
    assert_eq!(olga.get("/api/v1/session").await.status, StatusCode::OK);
    world.clock.advance_s(1);
    olga.get("/api/v1/session").await.problem(401, "not-signed-in");
    assert_eq!(page.closed().await, 4401);
    world.anybody().try_sign_in("olga", PASSWORD).await.problem(401, "wrong-password");
    // A change of something else leaves the end as it is; null takes it away.
    adam.patch(&path, json!({ "full_name": "Olga O." })).await;
    world.anybody().try_sign_in("olga", PASSWORD).await.problem(401, "wrong-password");
    assert_eq!(adam.patch(&path, json!({ "ends_90k": null })).await.json()["ends_90k"], Value::Null);
    world.signed_in("olga").await;
}

#[tokio::test]
async fn the_last_administrator_has_no_end() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let end = world.clock.wall().ticks() + 3600 * 90_000;
    let second = json!({
        "sign_in_name": "zoe", "full_name": "Zoe", "roles": ["administrator"], "password": PASSWORD, "ends_90k": end,
    });
    assert_eq!(adam.post("/api/v1/people", second).await.json()["ends_90k"], end);
    let zoe = world.signed_in("zoe").await;
    let path = format!("/api/v1/people/{}", id_of(&adam, "adam").await);
    zoe.patch(&path, json!({ "ends_90k": end })).await.problem(409, "conflict");
    zoe.patch(&path, json!({ "disabled": true })).await.problem(409, "conflict");
}
