//! Exceptions for known flaws at the door: filed, signed by another person, ended by either, each written down.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn filed_signed_by_another_and_ended() {
    let world = World::set_up().await;
    let (adam, dora) = (world.signed_in("adam").await, world.signed_in("dora").await);
    let (row, _) = world.camera("Gate 4").await;
    let exceptions = format!("/api/v1/cameras/{}/exceptions", row.id);
    let asked = |change: Value| {
        let mut asked = json!({ "covers": "cve-2025-0324 ", "reason": "It is on a wire of its own until the update in May.", "owner": "Head of estates", "until": "2030-01-31" });
        asked.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        asked
    };
    let wrong = [
        ("covers", json!("")),
        ("covers", json!("everything")),
        ("covers", json!("CVE-25-0324")),
        ("covers", json!("CVE-2025-0324-1")),
        ("reason", json!("because")),
        ("owner", json!(" ")),
        ("until", json!("2030-02-30")),
        ("until", json!("soon")),
    ];
    for (field, value) in wrong {
        let answer = adam.post(&exceptions, asked(json!({ field: value }))).await;
        assert_eq!(answer.problem(422, "invalid")["field"], field);
    }
    assert!(world.newest("camera_changed").await.is_none(), "nothing was changed");

    let filed = adam.post(&exceptions, asked(json!({}))).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.text());
    let exception = &filed.json()["exceptions"][0];
    assert_eq!(
        (&exception["covers"], &exception["signed_off_by"], &exception["second_person"]),
        (&json!("CVE-2025-0324"), &json!("Adam Admin"), &json!(null))
    );
    let [who, _, _, sent] = world.newest("camera_changed").await.expect("it was written down");
    assert_eq!(
        (&who["name"], &sent["change"], &sent["until"]),
        (&json!("Adam Admin"), &json!("exception filed"), &json!("2030-01-31"))
    );

    let one = format!("{exceptions}/{}", exception["id"].as_str().expect("an id"));
    adam.post(&format!("{one}/sign"), json!(null)).await.problem(409, "conflict");
    dora.post(&format!("{exceptions}/{}/sign", "f".repeat(32)), json!(null)).await.problem(404, "not-found");
    let signed = dora.post(&format!("{one}/sign"), json!(null)).await;
    assert_eq!(signed.json()["exceptions"][0]["second_person"], "Dora Dpo", "{}", signed.text());
    let [who, _, _, sent] = world.newest("camera_changed").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["change"]), (&json!("Dora Dpo"), &json!("exception signed")));

    let ended = dora.delete(&one).await;
    assert_eq!(ended.json()["exceptions"], json!([]), "{}", ended.text());
    let [who, _, _, sent] = world.newest("camera_changed").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["change"]), (&json!("Dora Dpo"), &json!("exception ended")));
    dora.delete(&one).await.problem(404, "not-found");
}
