//! Address tables at the door: filed with their bytes, signed by another person, given back as a file, taken back; each act is written
//! down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

const TABLES: &str = "/api/v1/address-tables";

#[tokio::test]
async fn filed_signed_by_another_and_taken_back() {
    let world = World::set_up().await;
    let (adam, dora) = (world.signed_in("adam").await, world.signed_in("dora").await);
    let asked = |change: Value| {
        let mut asked = json!({ "file_name": "arp\".txt", "file": STANDARD.encode("10.0.0.4,b8:a4:4f:00:00:04"), "source": " Core switch ", "taken_90k": 9_000_000 });
        asked.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        asked
    };
    let wrong = [
        ("source", json!("a")),
        ("source", json!("Core\u{202e}switch")),
        ("file_name", json!("")),
        ("file", json!("")),
        ("file", json!("no base64!")),
        ("taken_90k", json!(-1)),
    ];
    for (field, value) in wrong {
        let answer = adam.post(TABLES, asked(json!({ field: value }))).await;
        assert_eq!(answer.problem(422, "invalid")["field"], field);
    }
    let large = "A".repeat(6 * 1024 * 1024);
    adam.post(TABLES, asked(json!({ "file": large }))).await.problem(413, "too-large");
    assert!(world.newest("configuration_changed").await.is_none(), "nothing was changed");

    let filed = adam.post(TABLES, asked(json!({}))).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.text());
    let table = &filed.json()["tables"][0];
    assert_eq!(
        (&table["source"], &table["state"], &table["filed_by"]),
        (&json!("Core switch"), &json!("waiting"), &json!("Adam Admin"))
    );
    let [who, _, _, sent] = world.newest("configuration_changed").await.expect("it was written down");
    assert_eq!(
        (&who["name"], &sent["act"], &sent["taken_90k"], &sent["sha256"]),
        (&json!("Adam Admin"), &json!("table_filed"), &json!(9_000_000), &json!("ab".repeat(32)))
    );

    let one = format!("{TABLES}/{}", table["id"].as_str().expect("an id"));
    adam.post(&format!("{one}/sign"), json!(null)).await.problem(409, "conflict");
    dora.post(&format!("{TABLES}/{}/sign", "f".repeat(32)), json!(null)).await.problem(404, "not-found");
    dora.post(&format!("{TABLES}/none/sign"), json!(null)).await.problem(404, "not-found");
    let signed = dora.post(&format!("{one}/sign"), json!(null)).await;
    assert_eq!(signed.json()["tables"][0]["signed_by"], "Dora Dpo", "{}", signed.text());
    let [who, _, _, sent] = world.newest("configuration_changed").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["act"]), (&json!("Dora Dpo"), &json!("table_signed")));

    let given = dora.get(&format!("{one}/file")).await;
    assert_eq!((given.status, given.text().as_str()), (StatusCode::OK, "10.0.0.4,b8:a4:4f:00:00:04"));
    assert_eq!(given.headers["content-disposition"], "attachment; filename=\"arp_.txt\"");

    let gone = dora.delete(&one).await;
    assert_eq!(gone.json()["tables"][0]["state"], "withdrawn", "{}", gone.text());
    let [who, _, _, sent] = world.newest("configuration_changed").await.expect("it was written down");
    assert_eq!((&who["name"], &sent["act"]), (&json!("Dora Dpo"), &json!("table_withdrawn")));
}
