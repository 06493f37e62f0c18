//! Suppliers' declarations at the door: filed with their bytes, signed off by another person, given back as a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn filed_signed_off_by_another_and_given_back() {
    let world = World::set_up().await;
    let (adam, dora) = (world.signed_in("adam").await, world.signed_in("dora").await);
    let (row, _) = world.camera("Gate 4").await;
    let papers = format!("/api/v1/cameras/{}/papers", row.id);
    let asked = |change: Value| {
        let mut asked = json!({ "file_name": "declaration\".pdf", "file": STANDARD.encode("we declare"), "model": "P3818-PVE", "support_until": "2030-01-31" });
        asked.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        asked
    };
    let wrong = [
        ("support_until", json!("next year")),
        ("support_until", json!("2030-02-30")),
        ("support_until", json!("20300-1-31")),
        ("support_until", json!("+030-01-31")),
        ("file_name", json!("")),
        ("file", json!("")),
        ("file", json!("no base64!")),
        ("model", json!("\u{202e}")),
    ];
    for (field, value) in wrong {
        let answer = adam.post(&papers, asked(json!({ field: value }))).await;
        assert_eq!(answer.problem(422, "invalid")["field"], field);
    }
    let large = "A".repeat(6 * 1024 * 1024);
    adam.post(&papers, asked(json!({ "file": large }))).await.problem(413, "too-large");
    assert!(world.newest("camera_changed").await.is_none(), "nothing was changed");

    let filed = adam.post(&papers, asked(json!({}))).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.text());
    let paper = &filed.json()["papers"][0];
    assert_eq!(
        (&paper["file_name"], &paper["signed_off_by"], &paper["second_person"]),
        (&json!("declaration\".pdf"), &json!("Adam Admin"), &json!(null))
    );
    let [who, _, _, sent] = world.newest("camera_changed").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["change"]), (&json!("Adam Admin"), &json!("declaration filed")));

    let declaration = paper["declaration"].as_str().expect("a name");
    let sign = format!("{papers}/{declaration}/sign");
    adam.post(&sign, json!(null)).await.problem(409, "conflict");
    dora.post(&format!("{papers}/{}/sign", "00".repeat(32)), json!(null)).await.problem(404, "not-found");
    let signed = dora.post(&sign, json!(null)).await;
    assert_eq!(signed.json()["papers"][0]["second_person"], "Dora Dpo", "{}", signed.text());
    let [who, _, _, sent] = world.newest("camera_changed").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["change"]), (&json!("Dora Dpo"), &json!("declaration signed off")));

    let given = dora.get(&format!("{papers}/{declaration}")).await;
    assert_eq!((given.status, given.text().as_str()), (StatusCode::OK, "we declare"));
    assert_eq!(given.headers["content-disposition"], "attachment; filename=\"declaration_.pdf\"");
    assert_eq!(given.headers["content-type"], "application/octet-stream");
}
