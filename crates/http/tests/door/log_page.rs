use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn newest_first_in_words_and_reading_is_an_entry() {
    let world = World::set_up().await;
    let dora = world.signed_in("dora").await;
    let page = dora.get("/api/v1/log").await.json();
    let entries = page["entries"].as_array().expect("entries");
    assert_eq!(page["size"].as_u64(), Some(entries.len() as u64));
    let words: Vec<_> = entries.iter().map(|entry| entry["words"].as_str().expect("words")).collect();
    assert_eq!(words[..2], ["Dora Dpo read the log.", "Dora Dpo signed in."]);
    assert!(words.contains(&"The site \u{201c}Town hall\u{201d} was set up with 6 people."));
    assert_eq!(entries[0]["who"], "Dora Dpo (127.0.0.1)");
    assert_eq!(entries[1]["groups"]["sent"], "{}");

    let size = world.log.status().size;
    dora.get("/api/v1/log?limit=1").await;
    assert_eq!(world.log.status().size, size, "one entry a minute");
    world.clock.advance_s(60);
    dora.get("/api/v1/log?limit=1").await;
    assert_eq!(world.log.status().size, size + 1);
}

#[tokio::test]
async fn pages_walk_back_to_the_first_entry() {
    let world = World::set_up().await;
    let dora = world.signed_in("dora").await;
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let from = before.map_or(String::new(), |before: u64| format!("&before={before}"));
        let page = dora.get(&format!("/api/v1/log?limit=1{from}")).await.json();
        let Some(entry) = page["entries"].as_array().expect("entries").first().cloned() else { break };
        before = entry["index"].as_u64();
        seen.push(before.expect("a position"));
    }
    let all: Vec<u64> = (0..world.log.status().size).rev().collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn status_retention_and_system_answer() {
    let world = World::set_up().await;
    world.camera("Gate 4").await;
    let dora = world.signed_in("dora").await;
    let strip = dora.get("/api/v1/status").await.json();
    assert_eq!(strip["alarms"], json!([]));
    let retention = dora.get("/api/v1/retention").await.json();
    assert_eq!((&retention["overdue"], &retention["waiting"]), (&json!(0), &json!("the clock is not proved")));
    assert_eq!(retention["cameras"][0]["name"], "Gate 4");
    let system = dora.get("/api/v1/system").await.json();
    assert_eq!(system["log"]["size"], world.log.status().size);
    assert_eq!(system["recorder"], "09".repeat(16));
}

#[tokio::test]
async fn alarms_are_seen_and_taken() {
    use candour_db::NewAlarm;
    use candour_units::{AlarmId, Clock};
    let world = World::set_up().await;
    let (camera, _) = world.camera("Gate 4").await;
    for (number, kind, camera, severity) in [(1, "disk_low", None, "amber"), (2, "camera_lost", Some(camera.id), "red")]
    {
        let alarm = NewAlarm {
            id: AlarmId::from_bytes([number; 16]),
            kind: kind.to_owned(),
            camera,
            severity: severity.to_owned(),
            words: "Words.".to_owned(),
            raised: world.clock.wall(),
        };
        world.db.raise_alarm(&alarm).await.expect("the database works");
    }
    let (olga, adam) = (world.signed_in("olga").await, world.signed_in("adam").await);
    let kinds = |strip: &serde_json::Value| -> Vec<String> {
        let alarms = strip["alarms"].as_array().expect("alarms");
        alarms.iter().map(|alarm| alarm["kind"].as_str().expect("a kind").to_owned()).collect()
    };
    assert_eq!(kinds(&adam.get("/api/v1/status").await.json()), ["camera_lost", "disk_low"]);
    assert_eq!(kinds(&olga.get("/api/v1/status").await.json()), ["camera_lost"], "an operator has no System page");
    let path = format!("/api/v1/alarms/{}/acknowledge", AlarmId::from_bytes([2; 16]));
    let taken = olga.post(&path, json!(null)).await.json();
    assert_eq!((&taken["acknowledged_by"], &taken["camera_name"]), (&json!("Olga Operator"), &json!("Gate 4")));
    let [_, _, _, sent] = world.newest("alarm_settled").await.expect("it was written down");
    assert_eq!(sent["settled"], "acknowledged");
    let nothing = format!("/api/v1/alarms/{}/acknowledge", "0".repeat(32));
    olga.post(&nothing, json!(null)).await.problem(404, "not-found");
}
