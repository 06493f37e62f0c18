//! What waits for a second person: each act of one is in the list of whoever could decide it, and leaves it once decided.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::{WallDuration, WallRange};
use serde_json::{Value, json};

use crate::policy::POLICY;
use crate::world::{Caller, World};

/// Kind, page and who began it, oldest first.
async fn waiting(caller: &Caller) -> Vec<(String, String, Value)> {
    let all = caller.get("/api/v1/waiting").await.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let acts = all["acts"].as_array().expect("acts").iter();
    acts.map(|act| (text(&act["kind"]), text(&act["page"]), act["by"].clone())).collect()
}

fn one(kind: &str, page: &str, by: &str) -> Vec<(String, String, Value)> {
    vec![(kind.to_owned(), page.to_owned(), json!(by))]
}

#[tokio::test]
async fn a_request_and_broken_glass_wait_for_whoever_decides() {
    let world = World::set_up().await;
    let (olga, ines, petra, otto) = (
        world.signed_in("olga").await,
        world.signed_in("ines").await,
        world.signed_in("petra").await,
        world.signed_in("otto").await,
    );
    let (camera, _) = world.camera("Gate 4").await;
    let now = world.clock_now();
    let footage = WallRange { start: now - WallDuration::from_seconds(3600), end: now };
    let asked = ines.post("/api/v1/grants", world.request_of(camera.id, footage).await).await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    assert_eq!(waiting(&petra).await, one("request", "/requests", "Ines Investigator"));
    for other in [&olga, &ines, &otto] {
        assert_eq!(waiting(other).await, [], "who cannot decide has nothing to see");
    }
    let decide = format!("/api/v1/grants/{}/decide", asked.json()["id"].as_str().expect("an id"));
    let decided = petra.post(&decide, json!({ "approve": true, "words": "It is in proportion." })).await;
    assert_eq!(decided.status, 200, "{}", decided.text());
    assert_eq!(waiting(&petra).await, []);

    let glass = json!({
        "cameras": [camera.id.to_string()], "from_90k": footage.start.ticks(), "to_90k": footage.end.ticks(),
        "words": "A child is missing since noon.",
    });
    let broken = olga.post("/api/v1/break-glass", glass).await;
    assert_eq!(broken.status, 201, "{}", broken.text());
    assert_eq!(waiting(&otto).await, one("broken_glass", "/requests", "Olga Operator"));
    assert_eq!(waiting(&olga).await, []);
}

#[tokio::test]
async fn a_policy_waits_for_advice_and_then_for_an_owner() {
    let world = World::set_up().await;
    let (adam, dora, otto) =
        (world.signed_in("adam").await, world.signed_in("dora").await, world.signed_in("otto").await);
    let proposed = adam.post("/api/v1/policy", json!({ "text": POLICY })).await;
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    assert_eq!((waiting(&dora).await, waiting(&otto).await), (one("policy_advice", "/policy/1", "Adam Admin"), vec![]));
    let advised = dora.post("/api/v1/policy/1/advise", json!({ "words": "Keep it for less time." })).await;
    assert_eq!(advised.status, 200, "{}", advised.text());
    assert_eq!(
        (waiting(&dora).await, waiting(&otto).await),
        (vec![], one("policy_approval", "/policy/1", "Adam Admin"))
    );
    let approved =
        otto.post("/api/v1/policy/1/approve", json!({ "reason": "Decided in May", "follows_advice": true })).await;
    assert_eq!(approved.status, 200, "{}", approved.text());
    assert_eq!(waiting(&otto).await, []);
}

#[tokio::test]
async fn where_nobody_can_advise_it_waits_for_an_owner_at_once() {
    let world = World::set_up().await;
    let (adam, dora, otto) =
        (world.signed_in("adam").await, world.signed_in("dora").await, world.signed_in("otto").await);
    assert_eq!(adam.post("/api/v1/policy", json!({ "text": POLICY })).await.status, 201);
    assert_eq!(waiting(&otto).await, vec![]);
    let officer = dora.get("/api/v1/session").await.json()["person"]["id"].as_str().expect("an id").to_owned();
    // An account that has ended advises no more than one that is disabled.
    let ended = adam
        .patch(&format!("/api/v1/people/{officer}"), json!({ "ends_90k": world.clock_now().ticks() + 90_000 }))
        .await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    world.clock.advance_s(2);
    assert_eq!(waiting(&otto).await, one("policy_approval", "/policy/1", "Adam Admin"));
    assert_eq!(otto.post("/api/v1/policy/1/approve", json!({ "reason": "Decided in May" })).await.status, 200);
}

#[tokio::test]
async fn papers_exceptions_tables_and_lists_wait_for_somebody_else() {
    let world = World::set_up().await;
    let (adam, dora, olga) =
        (world.signed_in("adam").await, world.signed_in("dora").await, world.signed_in("olga").await);
    let (row, _) = world.camera("Gate 4").await;
    let camera = format!("/api/v1/cameras/{}", row.id);
    let paper = json!({ "file_name": "declaration.pdf", "file": STANDARD.encode("we declare"), "model": "P3818-PVE", "support_until": "2030-01-31" });
    let reason = "It is on a wire of its own until the update in May.";
    let exception =
        json!({ "covers": "CVE-2025-0324", "reason": reason, "owner": "Head of estates", "until": "2030-01-31" });
    let table = json!({ "file_name": "arp.txt", "file": STANDARD.encode("10.0.0.4,b8:a4:4f:00:00:04"), "source": "Core switch", "taken_90k": 9_000_000 });
    for (path, body) in [
        (format!("{camera}/papers"), paper),
        (format!("{camera}/exceptions"), exception),
        ("/api/v1/address-tables".to_owned(), table),
        ("/api/v1/lists/offer".to_owned(), json!({ "a bundle": 7 })),
    ] {
        let answer = adam.post(&path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
    }
    let page = format!("/cameras/{}", row.id);
    let mut found = waiting(&dora).await;
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        one("address_table", "/system/tables", "Adam Admin"),
        one("declaration", &page, "Adam Admin"),
        one("exception", &page, "Adam Admin"),
        vec![("lists".to_owned(), "/system/lists".to_owned(), Value::Null)],
    ];
    assert_eq!(found, expected.concat());
    // Offering lists is no yes yet; what he filed himself is for somebody else.
    assert_eq!(waiting(&adam).await.into_iter().map(|act| act.0).collect::<Vec<_>>(), ["lists"]);
    assert_eq!(waiting(&olga).await, []);
    assert_eq!(adam.post("/api/v1/lists/confirm", json!({ "version": 7 })).await.status, 200);
    assert_eq!(waiting(&adam).await, []);
}
