//! The second factor, with the program's own rules: who must show it, what counts, what is refused, what is written down.

use std::time::Duration;

use candour_units::Clock as _;
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::world::{Caller, PASSWORD, World};

/// What an authenticator shows, computed here and not by the door.
fn code_at(secret: &str, unix_seconds: i64) -> String {
    let digits: String = secret.split_whitespace().collect();
    let key = BASE32_NOPAD.decode(digits.as_bytes()).expect("base 32");
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).expect("a key");
    mac.update(&(unix_seconds / 30).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let bytes: [u8; 4] = hash[at..at + 4].try_into().expect("four bytes");
    format!("{:06}", (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000)
}

fn code(world: &World, secret: &str) -> String {
    code_at(secret, world.clock.wall().unix_seconds_floor())
}

async fn show(caller: &mut Caller, path: &str, code: &str) -> crate::world::Answer {
    let answer = caller.post(path, json!({ "code": code })).await;
    caller.keep_cookie(&answer);
    answer
}

/// Sets up a second factor; gives the caller, its secret and its recovery codes.
async fn enrolled(world: &World, name: &str) -> (Caller, String, Vec<String>) {
    let mut caller = world.anybody();
    assert_eq!(caller.try_sign_in(name, PASSWORD).await.json()["lacks"], "second_factor");
    let new = caller.post("/api/v1/session/factor", json!({})).await.json();
    let secret = new["secret"].as_str().expect("a secret").to_owned();
    let answer = show(&mut caller, "/api/v1/session/factor/confirm", &code(world, &secret)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let codes = answer.json()["recovery_codes"].as_array().expect("codes").iter().map(text).collect();
    (caller, secret, codes)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_password_alone_leads_to_the_second_step_and_nowhere_else() {
    let world = World::set_up_with_second_factors().await;
    for name in ["olga", "ines", "dora", "adam", "otto", "petra"] {
        let mut caller = world.anybody();
        let answer = caller.try_sign_in(name, PASSWORD).await;
        let cookie = answer.headers["set-cookie"].to_str().expect("text").to_owned();
        assert!(cookie.contains("Max-Age=600"), "{cookie}");
        let session = answer.json();
        assert_eq!((&session["lacks"], &session["pages"]), (&json!("second_factor"), &json!([])), "{name}");
        for path in ["status", "cameras", "alarms", "people", "log", "live", "looks/0/media", "system"] {
            caller.get(&format!("/api/v1/{path}")).await.problem(403, "second-factor-needed");
        }
        caller.post("/api/v1/looks", json!({})).await.problem(403, "second-factor-needed");
        caller.post("/api/v1/session/code", json!({ "code": "123456" })).await.problem(409, "conflict");
    }
    let kinds = world.kinds_in_log().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "password_accepted").count(), 6);
    assert!(!kinds.contains(&"signed_in".to_owned()));
}

#[tokio::test]
async fn set_up_once_then_asked_for() {
    let world = World::set_up_with_second_factors().await;
    let mut olga = world.anybody();
    olga.try_sign_in("olga", PASSWORD).await;
    let begun = olga.headers["cookie"].clone();
    let first = olga.post("/api/v1/session/factor", json!({})).await.json();
    let new = olga.post("/api/v1/session/factor", json!({})).await.json();
    assert_ne!(first["secret"], new["secret"], "begun again, another secret");
    let secret = text(&new["secret"]);
    assert!(text(&new["address"]).contains(&secret.replace(' ', "")), "{new}");
    assert!(new["picture"]["size"].as_u64().expect("a picture") > 20);

    let old = code(&world, &text(&first["secret"]));
    show(&mut olga, "/api/v1/session/factor/confirm", &old).await.problem(403, "wrong-code");
    let answer = show(&mut olga, "/api/v1/session/factor/confirm", &code(&world, &secret)).await;
    assert_eq!(answer.json()["recovery_codes"].as_array().map(Vec::len), Some(10));
    assert_ne!(olga.headers["cookie"], begun, "a complete sign-in has another secret");
    let session = olga.get("/api/v1/session").await.json();
    assert_eq!((&session["lacks"], &session["recovery_codes_left"]), (&Value::Null, &json!(10)));
    assert_eq!(olga.get("/api/v1/cameras").await.status, StatusCode::OK);
    olga.post("/api/v1/session/factor", json!({})).await.problem(409, "conflict");
    let mut stale = olga.clone();
    stale.headers.insert("cookie", begun);
    stale.get("/api/v1/session").await.problem(401, "not-signed-in");

    let mut again = world.anybody();
    let answer = again.try_sign_in("olga", PASSWORD).await;
    assert_eq!(answer.json()["lacks"], "code");
    assert!(!answer.text().contains("recovery_codes_left\":10"), "told only to whoever showed it");
    again.post("/api/v1/session/factor", json!({})).await.problem(409, "conflict");
    world.clock.advance_s(30);
    let answer = show(&mut again, "/api/v1/session/code", &code(&world, &secret)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let kinds = world.kinds_in_log().await;
    let expected = ["password_accepted", "second_factor_changed", "signed_in", "password_accepted", "signed_in"];
    assert_eq!(kinds[kinds.len() - 5..], expected);
    let [who, _, _, sent] = world.newest("signed_in").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["with"]), (&json!("Olga Operator"), &json!("code")));
}

#[tokio::test]
async fn a_code_counts_once_and_a_step_around_now() {
    let world = World::set_up_with_second_factors().await;
    let (_, secret, _) = enrolled(&world, "olga").await;
    let now = world.clock.wall().unix_seconds_floor();
    let mut olga = world.anybody();
    olga.try_sign_in("olga", PASSWORD).await;
    let problem = show(&mut olga, "/api/v1/session/code", &code_at(&secret, now)).await.problem(403, "wrong-code");
    assert!(text(&problem["detail"]).contains("used already"), "{problem}");
    let [who, _, _, sent] = world.newest("sign_in_refused").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["why"]), (&json!("Olga Operator"), &json!("a code that was used before")));
    for away in [-60, 60] {
        let problem = show(&mut olga, "/api/v1/session/code", &code_at(&secret, now + away)).await;
        problem.problem(403, "wrong-code");
    }
    let spaced = code_at(&secret, now + 30);
    let answer = show(&mut olga, "/api/v1/session/code", &format!("{} {}", &spaced[..3], &spaced[3..])).await;
    assert_eq!(answer.status, StatusCode::OK, "the next step, as authenticators show it: {}", answer.text());
    // What was taken for a later step ends the earlier ones.
    let mut again = world.anybody();
    again.try_sign_in("olga", PASSWORD).await;
    for away in [0, 30] {
        show(&mut again, "/api/v1/session/code", &code_at(&secret, now + away)).await.problem(403, "wrong-code");
    }
}

#[tokio::test]
async fn recovery_codes_count_once_each() {
    let world = World::set_up_with_second_factors().await;
    let (_, _, codes) = enrolled(&world, "ines").await;
    let mut ines = world.anybody();
    ines.try_sign_in("ines", PASSWORD).await;
    let loud = codes[3].to_uppercase().replace('-', " ");
    let answer = show(&mut ines, "/api/v1/session/code", &loud).await;
    assert_eq!(answer.json()["recovery_codes_left"], 9, "{}", answer.text());
    let [_, _, _, sent] = world.newest("signed_in").await.expect("it was written down");
    assert_eq!(sent["with"], "recovery_code");
    let mut again = world.anybody();
    again.try_sign_in("ines", PASSWORD).await;
    show(&mut again, "/api/v1/session/code", &codes[3]).await.problem(403, "wrong-code");
    assert_eq!(show(&mut again, "/api/v1/session/code", &codes[4]).await.status, StatusCode::OK);
    // Somebody else's codes are nothing.
    let (_, _, others) = enrolled(&world, "olga").await;
    let mut ines = world.anybody();
    ines.try_sign_in("ines", PASSWORD).await;
    show(&mut ines, "/api/v1/session/code", &others[0]).await.problem(403, "wrong-code");
}

#[tokio::test]
async fn guessing_a_code_has_a_pace_for_each_account() {
    let world = World::set_up_with_second_factors().await;
    let (_, secret, _) = enrolled(&world, "olga").await;
    let mut guesser = world.anybody();
    guesser.try_sign_in("olga", PASSWORD).await;
    for _ in 0..5 {
        show(&mut guesser, "/api/v1/session/code", "nothing").await.problem(403, "wrong-code");
    }
    world.clock.advance_s(30);
    let answer = show(&mut guesser, "/api/v1/session/code", &code(&world, &secret)).await;
    answer.problem(429, "too-many-requests");
    assert!(answer.headers.contains_key("retry-after"));
    // A fresh sign-in does not begin anew.
    let mut guesser = world.anybody();
    guesser.try_sign_in("olga", PASSWORD).await;
    show(&mut guesser, "/api/v1/session/code", &code(&world, &secret)).await.problem(429, "too-many-requests");
    enrolled(&world, "dora").await;
    world.clock.advance_s(120);
    let answer = show(&mut guesser, "/api/v1/session/code", &code(&world, &secret)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test]
async fn the_second_step_has_ten_minutes() {
    let world = World::set_up_with_second_factors().await;
    let (_, secret, _) = enrolled(&world, "olga").await;
    let mut late = world.anybody();
    late.try_sign_in("olga", PASSWORD).await;
    world.clock.advance_s(600);
    show(&mut late, "/api/v1/session/code", &code(&world, &secret)).await.problem(401, "not-signed-in");
}

#[tokio::test]
async fn a_lost_one_is_reset_by_another_administrator_and_its_owner_is_told() {
    let world = World::set_up_with_second_factors().await;
    let (olga, _, codes) = enrolled(&world, "olga").await;
    let (adam, _, _) = enrolled(&world, "adam").await;
    let people = adam.get("/api/v1/people").await.json();
    let of = |name: &str| {
        let found = people.as_array().expect("people").iter().find(|person| person["sign_in_name"] == name);
        found.expect("an account").clone()
    };
    assert!(of("olga")["second_factor_90k"].is_i64() && of("ines")["second_factor_90k"].is_null());
    let reset = |name: &str| format!("/api/v1/people/{}/reset-factor", of(name)["id"].as_str().expect("an id"));
    adam.post(&reset("adam"), json!({})).await.problem(403, "forbidden");
    olga.post(&reset("ines"), json!({})).await.problem(403, "forbidden");
    world.break_log();
    assert_eq!(adam.post(&reset("olga"), json!({})).await.status.as_u16(), 503);
    assert_eq!(olga.get("/api/v1/session").await.status, StatusCode::OK, "not written down, not done");
    world.mend_log();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = adam.post(&reset("olga"), json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    olga.get("/api/v1/session").await.problem(401, "not-signed-in");
    let [who, _, _, sent] = world.newest("second_factor_changed").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["change"]), (&json!("Adam Admin"), &json!("reset")));

    let mut olga = world.anybody();
    assert_eq!(olga.try_sign_in("olga", PASSWORD).await.json()["lacks"], "second_factor");
    show(&mut olga, "/api/v1/session/code", &codes[0]).await.problem(409, "conflict");
    let new = olga.post("/api/v1/session/factor", json!({})).await.json();
    assert_eq!(new["reset"]["by"], "Adam Admin");
}

#[tokio::test]
async fn no_secret_of_it_lies_open() {
    let world = World::set_up_with_second_factors().await;
    let (_, secret, codes) = enrolled(&world, "olga").await;
    let key = BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).expect("base 32");
    let planted: Vec<Vec<u8>> = [key, secret.clone().into_bytes(), secret.replace(' ', "").into_bytes()]
        .into_iter()
        .chain(codes.iter().map(|code| code.clone().into_bytes()))
        .chain(codes.iter().map(|code| code.replace('-', "").into_bytes()))
        .collect();
    let mut files = 0;
    let mut waiting = vec![world.dir.path().to_owned()];
    while let Some(path) = waiting.pop() {
        for entry in std::fs::read_dir(&path).expect("a directory").flatten() {
            if entry.path().is_dir() {
                waiting.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).expect("a file");
            files += 1;
            for secret in &planted {
                let found = bytes.windows(secret.len()).any(|window| window == secret);
                assert!(!found, "{} holds a secret", entry.path().display());
            }
        }
    }
    assert!(files > 3, "{files} files were read");
}
