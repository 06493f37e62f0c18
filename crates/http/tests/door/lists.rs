//! New vetting lists at the door: offered, looked at, said yes to, withdrawn; each act is in the log with who did it.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn offered_confirmed_and_withdrawn_with_an_entry_each() {
    let world = World::set_up().await;
    let (adam, dora) = (world.signed_in("adam").await, world.signed_in("dora").await);
    assert_eq!(dora.get("/api/v1/lists").await.json()["in_force"]["version"], 1);
    let refused = adam.post("/api/v1/lists/offer", json!({ "no": "bundle" })).await;
    assert_eq!(refused.problem(422, "invalid")["field"], "bundle");
    assert!(world.newest("configuration_changed").await.is_none(), "nothing was changed");
    let offered = adam.post("/api/v1/lists/offer", json!({ "a bundle": 7 })).await;
    assert_eq!(offered.json()["offered"]["bundle"]["version"], 7, "{}", offered.text());
    let [who, _, _, sent] = world.newest("configuration_changed").await.expect("it was written down");
    assert_eq!((&who["name"], &sent), (&json!("Adam Admin"), &json!({ "act": "lists_offered", "version": 7 })));
    dora.post("/api/v1/lists/confirm", json!({ "version": 6 })).await.problem(409, "conflict");
    let confirmed = dora.post("/api/v1/lists/confirm", json!({ "version": 7 })).await;
    assert_eq!(confirmed.json()["offered"]["confirmed_by"].as_array().map(Vec::len), Some(1), "{}", confirmed.text());
    let [_, _, _, sent] = world.newest("configuration_changed").await.expect("it was written down");
    assert_eq!(sent["act"], "lists_confirmed");
    let withdrawn = adam.delete("/api/v1/lists/offer").await;
    assert!(withdrawn.json()["offered"].is_null(), "{}", withdrawn.text());
    adam.delete("/api/v1/lists/offer").await.problem(409, "conflict");
}
