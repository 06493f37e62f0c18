use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{Caller, PASSWORD, World};

#[tokio::test]
async fn in_and_out() {
    let world = World::set_up().await;
    let mut olga = world.anybody();
    let answer = olga.try_sign_in("OLGA", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "names are the same in any case: {}", answer.text());
    let cookie = answer.headers["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.starts_with("__Host-candour="), "{cookie}");
    for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let session = olga.get("/api/v1/session").await.json();
    assert_eq!(session["person"]["full_name"], "Olga Operator");
    assert_eq!(session["pages"], json!(["live", "review", "requests", "cameras", "policy", "alarms"]));

    assert_eq!(olga.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
    olga.get("/api/v1/session").await.problem(401, "not-signed-in");
    let kinds = world.kinds_in_log().await;
    assert_eq!(kinds[kinds.len() - 2..], ["signed_in", "signed_out"]);
}

#[tokio::test]
async fn every_refusal_reads_the_same_and_is_written_down() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    let people = adam.get("/api/v1/people").await.json();
    let ines = people.as_array().expect("people").iter().find(|person| person["sign_in_name"] == "ines");
    let id = ines.expect("she is there")["id"].as_str().expect("an id").to_owned();
    assert_eq!(adam.patch(&format!("/api/v1/people/{id}"), json!({ "disabled": true })).await.status, StatusCode::OK);

    let mut details = Vec::new();
    for (name, password) in [("olga", "wrong password!"), ("nobody", PASSWORD), ("ines", PASSWORD)] {
        let problem = world.anybody().try_sign_in(name, password).await.problem(401, "wrong-password");
        details.push(problem["detail"].clone());
    }
    assert!(details.windows(2).all(|pair| pair[0] == pair[1]));
    let kinds = world.kinds_in_log().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "sign_in_refused").count(), 3);
    let [who, _, _, sent] = world.newest("sign_in_refused").await.expect("it was written down");
    assert_eq!((&who["kind"], &who["address"]), (&json!("unknown"), &json!("127.0.0.1")));
    assert!(!sent.to_string().contains("ines"), "a typed name is not kept: {sent}");
}

#[tokio::test]
async fn guessing_a_password_has_a_pace() {
    let world = World::set_up().await;
    let mut guesser = world.anybody();
    for _ in 0..8 {
        guesser.try_sign_in("olga", "wrong password!").await.problem(401, "wrong-password");
    }
    let answer = guesser.try_sign_in("olga", PASSWORD).await;
    answer.problem(429, "too-many-requests");
    let wait: i64 = answer.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=31).contains(&wait), "{wait}");
    world.signed_in("adam").await;
    world.clock.advance_s(wait);
    assert_eq!(guesser.try_sign_in("olga", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_flood_of_refusals_is_counted() {
    let world = World::set_up().await;
    let before = world.kinds_in_log().await.len();
    let mut guesser = world.anybody();
    for attempt in 0..25 {
        guesser.try_sign_in(&format!("name{attempt}"), "wrong password!").await;
    }
    let singly = world.kinds_in_log().await.len() - before;
    assert_eq!(singly, 10);
    world.clock.advance_s(61);
    // Housekeeping looks every two seconds of real time.
    for _ in 0..100 {
        if world.kinds_in_log().await.len() > before + singly {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let [_, _, _, sent] = world.newest("sign_in_refused").await.expect("it was written down");
    assert_eq!(sent["count"], 15);
}

#[tokio::test]
async fn sign_ins_end_by_themselves() {
    let world = World::set_up().await;
    let (idle, busy) = (world.signed_in("olga").await, world.signed_in("dora").await);
    world.clock.advance_s(7 * 3600);
    assert_eq!(busy.get("/api/v1/session").await.status, StatusCode::OK);
    world.clock.advance_s(3600);
    idle.get("/api/v1/session").await.problem(401, "not-signed-in");
    assert_eq!(busy.get("/api/v1/session").await.status, StatusCode::OK);
    for _ in 0..3 {
        world.clock.advance_s(5 * 3600);
        busy.get("/api/v1/session").await;
    }
    assert_eq!(busy.get("/api/v1/session").await.status, StatusCode::OK, "23 hours old");
    world.clock.advance_s(3600);
    busy.get("/api/v1/session").await.problem(401, "not-signed-in");
}

#[tokio::test]
async fn acts_must_come_from_our_own_pages() {
    let world = World::set_up().await;
    let olga = world.signed_in("olga").await;
    let check = async |headers: &[(&'static str, &str)], status: u16| {
        let answer = olga.raw(Method::DELETE, "/api/v1/session", headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}: {}", answer.text());
    };
    check(&[("origin", "https://evil.example")], 403).await;
    check(&[("origin", "null")], 403).await;
    check(&[("origin", "http://localhost:1")], 403).await;
    let mut bare = olga.clone();
    bare.headers.remove("origin");
    let answer = bare.delete("/api/v1/session").await;
    answer.problem(403, "wrong-origin");
    let answer = bare.raw(Method::DELETE, "/api/v1/session", &[("sec-fetch-site", "cross-site")], "").await;
    answer.problem(403, "wrong-origin");
    assert_eq!(olga.get("/api/v1/session").await.status, StatusCode::OK, "still signed in");
    // A form can send neither this content type nor this origin.
    let body = json!({ "sign_in_name": "olga", "password": PASSWORD }).to_string();
    let answer = olga.raw(Method::POST, "/api/v1/session", &[("content-type", "text/plain")], &body).await;
    answer.problem(415, "unsupported-media-type");
    let answer = bare.raw(Method::DELETE, "/api/v1/session", &[("sec-fetch-site", "same-origin")], "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn works_over_both_versions_of_http() {
    let world = World::set_up().await;
    for http2 in [true, false] {
        let mut caller = Caller::new(&world, http2);
        assert_eq!(caller.try_sign_in("dora", PASSWORD).await.status, StatusCode::OK, "http2: {http2}");
        assert_eq!(caller.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT, "http2: {http2}");
    }
}
