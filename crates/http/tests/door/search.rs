//! Looking for cameras, at the door: one search at a time, by whoever may add cameras, and in the log.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn begun_read_and_stopped_with_an_entry_each() {
    let world = World::set_up().await;
    let adam = world.signed_in("adam").await;
    assert!(adam.get("/api/v1/camera-search").await.json()["search"].is_null());
    adam.delete("/api/v1/camera-search").await.problem(409, "conflict");
    let wrong = adam.post("/api/v1/camera-search", json!({ "range": "nonsense" })).await;
    assert_eq!(wrong.problem(422, "invalid")["field"], "range");
    let wrong = adam.post("/api/v1/camera-search", json!({ "range": "10.0.0.0/24", "onvif_port": 0 })).await;
    assert_eq!(wrong.problem(422, "invalid")["field"], "onvif_port");
    assert!(world.newest("configuration_changed").await.is_none(), "nothing was begun");

    let begun = adam.post("/api/v1/camera-search", json!({ "range": " 10.0.0.0/24 " })).await;
    assert_eq!(begun.json()["search"]["by"], "Adam Admin", "{}", begun.text());
    let [who, _, _, sent] = world.newest("configuration_changed").await.expect("it was written down");
    assert_eq!(
        (&who["name"], &sent),
        (&json!("Adam Admin"), &json!({ "act": "camera_search", "range": "10.0.0.0/24" }))
    );
    adam.post("/api/v1/camera-search", json!({ "range": "10.0.1.0/24" })).await.problem(409, "conflict");

    let stopped = adam.delete("/api/v1/camera-search").await;
    assert_eq!(stopped.json()["search"]["stopped"], true, "{}", stopped.text());
    let [_, _, _, sent] = world.newest("configuration_changed").await.expect("it was written down");
    assert_eq!(sent["act"], "camera_search_stopped");
}
