//! Promised against actual at the door: the oldest footage is held against the disk, and one piece of it explains its end.

use std::path::{Path, PathBuf};

use candour_archive::DeletionOrder;
use candour_db::PurposeRow;
use candour_units::{PolicyId, PurposeId, WallDuration, WallTime};
use serde_json::{Value, json};

use crate::holds::{asked, recorded};
use crate::world::Caller;

async fn oldest(caller: &Caller) -> Value {
    caller.get("/api/v1/retention").await.json()["cameras"][0]["oldest"].clone()
}

async fn explained(caller: &Caller, camera: &str, at: i64) -> Value {
    let answer = caller.get(&format!("/api/v1/retention/explanation?camera={camera}&at_90k={at}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The file of that name somewhere below a directory.
fn find(directory: &Path, name: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.into_iter().find_map(|path| match path.is_dir() {
        true => find(&path, name),
        false => (path.file_name()? == name).then_some(path),
    })
}

#[tokio::test]
async fn the_oldest_footage_is_looked_for_on_the_disk() {
    let (world, camera, from) = recorded().await;
    let (ines, dora) = (world.signed_in("ines").await, world.signed_in("dora").await);
    let found = oldest(&dora).await;
    assert_eq!((&found["on_disk"], &found["overdue"]), (&json!("fits"), &json!(false)), "{found}");
    assert_eq!(found["promised_90k"], found["keep_until_90k"], "its own file says the same");
    assert_eq!(found["start_90k"], from);
    assert_eq!(ines.post("/api/v1/holds", asked(&camera, from)).await.status, 201);
    assert!(oldest(&dora).await["held_until_90k"].is_i64(), "a hold keeps it");

    let segment = found["segment"].as_str().expect("an id").to_owned();
    let file = find(world.dir.path(), &format!("{segment}.seg")).expect("it lies there");
    std::fs::rename(&file, file.with_extension("gone")).expect("it is moved away");
    let found = oldest(&dora).await;
    assert_eq!(found["on_disk"], "missing", "a row alone convinces nobody");
    assert!(found["words"].as_str().expect("words").contains("not on the disk"), "{found}");
    std::fs::write(&file, [0; 4096]).expect("something else lies there");
    assert_eq!(oldest(&dora).await["on_disk"], "differs");
}

#[tokio::test]
async fn one_piece_of_footage_says_why_it_ends_when_it_does() {
    let (world, camera, from) = recorded().await;
    let purpose = PurposeRow {
        id: PurposeId::from_bytes([3; 16]),
        sentence: "See who takes bicycles.".to_owned(),
        owner: "Head of facilities".to_owned(),
        keep: WallDuration::from_seconds(86_400),
        minimum: None,
        importance: 2,
        policy: PolicyId::from_bytes([4; 16]),
        written: world.clock_now(),
        written_by: "Adam Admin".to_owned(),
        version: None,
    };
    world.db.add_purpose(&purpose).await.expect("a write");
    let (ines, dora) = (world.signed_in("ines").await, world.signed_in("dora").await);
    assert_eq!(ines.post("/api/v1/holds", asked(&camera, from)).await.status, 201);
    let found = explained(&dora, &camera, from + 90_000).await;
    assert_eq!(
        (&found["camera_name"], &found["deleted"], &found["folded"]),
        (&json!("Gate 4"), &json!([]), &json!([]))
    );
    let [kept] = &found["kept"].as_array().expect("a list")[..] else { panic!("{found}") };
    assert_eq!(kept["purpose"], "See who takes bicycles.");
    assert_eq!((&kept["stream"], &kept["start_90k"]), (&json!("main"), &json!(from)));
    let promise = &kept["promises"][0];
    assert_eq!((&promise["decided"], &promise["version"]), (&json!(true), &Value::Null), "{kept}");
    let end = promise["keep_90k"].as_i64().expect("a length") + from;
    assert_eq!(kept["keep_until_90k"], end, "the promise gives the end");
    assert!(promise["words"].as_str().expect("words").contains("This decided"), "{promise}");
    assert_eq!(kept["holds"][0]["reason"], "A bicycle was stolen");

    let lift = format!("/api/v1/holds/{}/lift", kept["holds"][0]["hold"].as_str().expect("an id"));
    assert_eq!(ines.post(&lift, json!({ "reason": "It was found again" })).await.status, 200);
    let segment = kept["segment"].as_str().expect("an id").parse().expect("an id");
    let (rule, rule_id) = ("Kept for 1 day, as promised for: theft".to_owned(), "purpose_end".to_owned());
    let due = WallTime::from_ticks(end);
    world.archive.delete(&DeletionOrder { segment, rule, rule_id, due }).await.expect("it goes");
    let found = explained(&dora, &camera, from + 90_000).await;
    assert_eq!(found["kept"], json!([]));
    assert_eq!(found["deleted"][0]["rule"], "Kept for 1 day, as promised for: theft");
    assert!(found["deleted"][0]["entry"].is_i64(), "its certificate is in the log: {found}");
    let nothing = explained(&dora, &camera, from - 90_000).await;
    assert_eq!((&nothing["kept"], &nothing["deleted"]), (&json!([]), &json!([])));
    let path = "/api/v1/retention/explanation?camera=00000000000000000000000000000000&at_90k=1";
    dora.get(path).await.problem(404, "not-found");
    let path = format!("/api/v1/retention/explanation?camera={camera}&at_90k=-1");
    assert_eq!(dora.get(&path).await.problem(422, "invalid")["field"], "at_90k");
}
