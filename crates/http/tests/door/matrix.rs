//! Every route for every role. The expectation is written here by hand; a route that is missing here fails the test. What of footage comes
//! of a whole question, in each state of policy and camera, stands in `states`.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Caller, World};

const PEOPLE: [&str; 6] = ["olga", "ines", "dora", "adam", "otto", "petra"];
const NO_ID: &str = "00000000000000000000000000000000";

/// Method, address, and who may: a place for each of operator, investigator, data protection officer, administrator,
/// system owner, approver; `-` may not, `*` stands for anybody, `s` for whoever is signed in.
const EXPECTED: &[(&str, &str, &str)] = &[
    ("get", "/api/v1/site", "******"),
    ("get", "/api/v1/openapi.json", "******"),
    ("post", "/api/v1/setup", "******"),
    ("post", "/api/v1/session", "******"),
    ("get", "/api/v1/session", "ssssss"),
    ("delete", "/api/v1/session", "ssssss"),
    ("post", "/api/v1/session/code", "ssssss"),
    ("post", "/api/v1/session/factor", "ssssss"),
    ("post", "/api/v1/session/factor/confirm", "ssssss"),
    ("get", "/api/v1/session/factors", "ssssss"),
    ("post", "/api/v1/session/passkey", "ssssss"),
    ("post", "/api/v1/session/passkey/show", "ssssss"),
    ("post", "/api/v1/session/passkeys", "ssssss"),
    ("post", "/api/v1/session/passkeys/confirm", "ssssss"),
    ("delete", "/api/v1/session/passkeys/{id}", "ssssss"),
    ("post", "/api/v1/session/confirm", "ssssss"),
    ("get", "/api/v1/sessions", "ssssss"),
    ("delete", "/api/v1/sessions", "ssssss"),
    ("delete", "/api/v1/sessions/{id}", "ssssss"),
    ("get", "/api/v1/status", "ssssss"),
    ("get", "/api/v1/waiting", "ssssss"),
    ("get", "/api/v1/alarms", "oidawp"),
    ("post", "/api/v1/alarms/{id}/acknowledge", "oidawp"),
    ("get", "/api/v1/cameras", "oidawp"),
    ("get", "/api/v1/cameras/{id}", "--da--"),
    ("post", "/api/v1/cameras", "---a--"),
    ("get", "/api/v1/camera-search", "---a--"),
    ("post", "/api/v1/camera-search", "---a--"),
    ("delete", "/api/v1/camera-search", "---a--"),
    ("patch", "/api/v1/cameras/{id}", "---a--"),
    ("delete", "/api/v1/cameras/{id}", "---a--"),
    ("post", "/api/v1/cameras/{id}/judge", "---a--"),
    ("post", "/api/v1/cameras/{id}/password", "---a--"),
    ("get", "/api/v1/cameras/{id}/commissioning", "--da--"),
    ("post", "/api/v1/cameras/{id}/commissioning", "---a--"),
    ("get", "/api/v1/commissioning", "oid-wp"),
    ("post", "/api/v1/commissioning/{id}/decide", "-----p"),
    ("get", "/api/v1/commissioning/{id}/picture", "---a--"),
    ("post", "/api/v1/commissioning/{id}/still", "---a--"),
    ("post", "/api/v1/commissioning/{id}/sign", "---a--"),
    ("delete", "/api/v1/commissioning/{id}", "---a--"),
    ("get", "/api/v1/cameras/{id}/mask-still", "---a--"),
    ("delete", "/api/v1/cameras/{id}/mask-still", "---a--"),
    ("get", "/api/v1/policy", "oidawp"),
    ("post", "/api/v1/policy", "---aw-"),
    ("post", "/api/v1/policy/check", "---aw-"),
    ("get", "/api/v1/policy/{number}", "oidawp"),
    ("post", "/api/v1/policy/{number}/advise", "--d---"),
    ("post", "/api/v1/policy/{number}/approve", "----w-"),
    ("post", "/api/v1/policy/{number}/withdraw", "---aw-"),
    ("post", "/api/v1/policy/{number}/accept", "ssssss"),
    ("get", "/api/v1/cameras/{id}/timeline", "oid-w-"),
    ("post", "/api/v1/cameras/{id}/motion-search", "oi----"),
    ("post", "/api/v1/cameras/{id}/motion-trial", "oidaw-"),
    ("get", "/api/v1/live", "o-----"),
    ("post", "/api/v1/looks", "oi----"),
    ("post", "/api/v1/looks/{id}/renew", "oi----"),
    ("delete", "/api/v1/looks/{id}", "oi----"),
    ("get", "/api/v1/looks/{id}/plan", "oi----"),
    ("get", "/api/v1/looks/{id}/media", "oi----"),
    ("get", "/api/v1/looks/{id}/still", "oi----"),
    ("get", "/api/v1/looks/{id}/download", "oi----"),
    ("get", "/api/v1/looks/{id}/hls/{camera}/{stream}/{file}", "oi----"),
    ("post", "/api/v1/looks/{id}/player", "oi----"),
    ("get", "/api/v1/play/{address}/{camera}/{stream}/{file}", "******"),
    ("get", "/api/v1/log", "--d---"),
    ("get", "/api/v1/log/search", "--d---"),
    ("get", "/api/v1/log/choices", "--d---"),
    ("get", "/api/v1/log/anomalies", "--d---"),
    ("get", "/api/v1/log/export", "--d---"),
    ("get", "/api/v1/retention", "-idaw-"),
    ("get", "/api/v1/retention/explanation", "-idaw-"),
    ("post", "/api/v1/retention/shortening", "----w-"),
    ("post", "/api/v1/cameras/{id}/decode", "---a--"),
    ("post", "/api/v1/cameras/{id}/decoder-decision", "---a--"),
    ("get", "/api/v1/certificates/{id}", "-idaw-"),
    ("get", "/api/v1/certificates/{id}/file", "-idaw-"),
    ("get", "/api/v1/holds", "-idaw-"),
    ("post", "/api/v1/holds", "-i-aw-"),
    ("post", "/api/v1/holds/{id}/extend", "-i-aw-"),
    ("post", "/api/v1/holds/{id}/lift", "-i-aw-"),
    ("get", "/api/v1/system", "--da--"),
    ("get", "/api/v1/check", "--da--"),
    ("post", "/api/v1/check", "--da--"),
    ("post", "/api/v1/cameras/{id}/papers", "---a--"),
    ("post", "/api/v1/cameras/{id}/papers/{declaration}/sign", "--da--"),
    ("get", "/api/v1/cameras/{id}/papers/{declaration}", "--da--"),
    ("post", "/api/v1/cameras/{id}/exceptions", "---a--"),
    ("post", "/api/v1/cameras/{id}/exceptions/{exception}/sign", "--da--"),
    ("delete", "/api/v1/cameras/{id}/exceptions/{exception}", "--da--"),
    ("get", "/api/v1/address-tables", "--da--"),
    ("post", "/api/v1/address-tables", "---a--"),
    ("post", "/api/v1/address-tables/{table}/sign", "--da--"),
    ("delete", "/api/v1/address-tables/{table}", "--da--"),
    ("get", "/api/v1/address-tables/{table}/file", "--da--"),
    ("get", "/api/v1/lists", "--da--"),
    ("post", "/api/v1/lists/offer", "--da--"),
    ("post", "/api/v1/lists/confirm", "--da--"),
    ("delete", "/api/v1/lists/offer", "--da--"),
    ("get", "/api/v1/people", "---a--"),
    ("post", "/api/v1/people", "---a--"),
    ("patch", "/api/v1/people/{id}", "---a--"),
    ("post", "/api/v1/people/{id}/reset-factor", "---a--"),
    ("get", "/api/v1/people/{id}/sessions", "---a--"),
    ("delete", "/api/v1/people/{id}/sessions", "---a--"),
    ("delete", "/api/v1/people/{id}/sessions/{session}", "---a--"),
    ("get", "/api/v1/grants", "oid-wp"),
    ("post", "/api/v1/grants", "-i----"),
    ("post", "/api/v1/grants/{id}/decide", "-----p"),
    ("post", "/api/v1/grants/{id}/withdraw", "oid-wp"),
    ("post", "/api/v1/grants/{id}/review", "----wp"),
    ("post", "/api/v1/break-glass", "oi----"),
    ("post", "/api/v1/incidents", "o-----"),
    ("get", "/log/v1/checkpoint", "******"),
    ("get", "/log/v1/cosigned", "******"),
    ("get", "/log/v1/key", "******"),
    ("get", "/log/v1/tile/{tile}", "******"),
];

#[test]
fn every_route_is_expected_and_every_expectation_is_a_route() {
    let document: Value = serde_json::from_str(&candour_http::openapi_json()).expect("JSON");
    let mut routes = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            routes.insert((method.as_str(), path.as_str()), ());
        }
    }
    let expected: BTreeMap<_, _> = EXPECTED.iter().map(|(method, path, _)| ((*method, *path), ())).collect();
    assert_eq!(expected.keys().collect::<Vec<_>>(), routes.keys().collect::<Vec<_>>());
}

#[tokio::test]
async fn each_role_may_exactly_what_the_table_says() {
    let world = World::set_up().await;
    let nobody = world.anybody();
    for (method, path, who) in EXPECTED {
        let status = call(&nobody, method, &path.replace("{id}", NO_ID)).await;
        assert_eq!(status == 401, !who.contains('*'), "nobody {method} {path}: {status}");
    }
    let callers = everybody(&world).await;
    check_roles(&callers, "set up").await;
}

/// One of each role, in the order of the table.
pub async fn everybody(world: &World) -> Vec<Caller> {
    let mut callers = Vec::new();
    for name in PEOPLE {
        callers.push(world.signed_in(name).await);
    }
    callers
}

/// Every route for every role is as the table says, in whatever state the site is.
pub async fn check_roles(callers: &[Caller], state: &str) {
    for (method, path, who) in EXPECTED {
        if (*method, *path) == ("delete", "/api/v1/session") {
            continue; // `sign_in` tests it; here it would end the callers
        }
        for (place, caller) in callers.iter().enumerate() {
            let may = who.as_bytes()[place] != b'-';
            let status = call(caller, method, &path.replace("{id}", NO_ID)).await;
            assert_eq!(status == 403, !may, "{state}: {} {method} {path}: {status}", PEOPLE[place]);
        }
    }
}

/// The status of a call without any content: what is allowed answers something else than 401 and 403.
async fn call(caller: &Caller, method: &str, path: &str) -> u16 {
    let method: Method = method.to_uppercase().parse().expect("a method");
    caller.send(method, path, None).await.status.as_u16()
}

#[tokio::test]
async fn an_administrator_is_told_who_can_give_it_and_the_attempt_is_written_down() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    for path in ["/api/v1/live", "/api/v1/looks/0/media", "/api/v1/looks/0/plan"] {
        let problem = adam.get(path).await.problem(403, "look-refused");
        let words = problem["detail"].as_str().expect("words").to_owned();
        assert!(words.contains("needs the role"), "{words}");
        let [who, _, _, sent] = world.newest("look_refused").await.expect("it was written down");
        assert_eq!(who["name"], "Adam Admin");
        assert_eq!((&sent["why"], &sent["asked"]), (&words.into(), &format!("GET {path}").into()));
    }
}

/// A state that closes the door to somebody who was let in before: every route that is not for anybody answers 401, with every method.
async fn check_closed(caller: &Caller, state: &str) {
    for (method, path, _) in EXPECTED.iter().filter(|(_, _, who)| !who.contains('*')) {
        let status = call(caller, method, &path.replace("{id}", NO_ID)).await;
        assert_eq!(status, 401, "{state}: {method} {path}");
    }
}

#[tokio::test]
async fn before_the_site_is_set_up_there_is_nothing_behind_the_door() {
    let world = World::fresh().await;
    check_closed(&world.anybody(), "not set up").await;
}

#[tokio::test]
async fn a_sign_in_that_ended_opens_nothing() {
    let world = World::set_up().await;
    let callers: Vec<_> = PEOPLE.into_iter().zip(everybody(&world).await).collect();
    // Whoever may not sign in any more is out at once, with the sign-ins that are open.
    let adam = world.signed_in("adam").await;
    let people = adam.get("/api/v1/people").await.json();
    let id = |name: &str| {
        let all = people.as_array().expect("people");
        let found = all.iter().find(|one| one["sign_in_name"] == name).expect("an account");
        found["id"].as_str().expect("an id").to_owned()
    };
    for name in ["olga", "dora"] {
        let changed = adam.patch(&format!("/api/v1/people/{}", id(name)), json!({ "disabled": true })).await;
        assert!(changed.status.is_success(), "{}", changed.text());
    }
    for (name, caller) in callers.iter().filter(|(name, _)| ["olga", "dora"].contains(name)) {
        check_closed(caller, &format!("{name} is disabled")).await;
    }
    world.clock.advance_s(24 * 3600);
    for (name, caller) in &callers {
        check_closed(caller, &format!("the sign-in of {name} is a day old")).await;
    }
}

/// The part of promise 4 that belongs to every route: while the log fails, nothing that shows footage or changes something answers as if it
/// had been done, whoever asks.
#[tokio::test]
async fn while_the_log_fails_nothing_is_done() {
    let world = World::set_up().await;
    let (camera, _) = world.camera("Gate 4").await;
    let callers: Vec<_> = PEOPLE.into_iter().zip(everybody(&world).await).collect();
    world.break_log();
    for (method, path, who) in EXPECTED {
        let shows_footage = ["looks", "play", "live", "/log/export"].iter().any(|word| path.contains(word));
        if (*method == "get" && !shows_footage)
            || who.contains('*')
            // Signing out and ending sign-ins take rights away, and work.
            || (*method == "delete" && path.contains("/session"))
        {
            continue;
        }
        for (name, caller) in &callers {
            let status = call(caller, method, &path.replace("{id}", &camera.id.to_string())).await;
            assert!(!(200..300).contains(&status), "{name} {method} {path}: {status}");
        }
    }
    world.mend_log();
}
