//! Holds and certificates at the door: who may, what is said, and that each act is in the log.

use std::time::{Duration, Instant};

use candour_archive::DeletionOrder;
use candour_db::SegmentState;
use candour_ledger::{CertificateProof, VerifierKey};
use candour_units::Clock;
use serde_json::{Value, json};

use crate::footage::Feeder;
use crate::world::{Caller, World};

const DAY: i64 = 86_400 * 90_000;

/// A world with a camera and a closed segment of a few seconds.
pub async fn recorded() -> (World, String, i64) {
    let world = World::set_up().await;
    let (camera, stream) = world.camera("Gate 4").await;
    let from = world.clock.wall().ticks();
    let mut feeder = Feeder::start(&world, &stream, true);
    feeder.feed(50);
    world.archive.forget(stream.id).await;
    // Rows travel on a task of their own.
    let closed = async || world.db.segments_in_state(SegmentState::Closed, 9).await.expect("rows").len();
    let began = Instant::now();
    while closed().await == 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "the closed segment has no row");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    (world, camera.id.to_string(), from)
}

pub fn asked(camera: &str, from: i64) -> Value {
    json!({
        "class": "incident", "camera": camera, "from_90k": from, "to_90k": from + 90_000, "ends_90k": from + DAY,
        "reason": "A bicycle was stolen", "owner": "Head of facilities",
    })
}

async fn standing(caller: &Caller) -> Vec<Value> {
    caller.get("/api/v1/holds").await.json()["standing"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn placed_extended_and_lifted_with_an_entry_each() {
    let (world, camera, from) = recorded().await;
    let (ines, dora) = (world.signed_in("ines").await, world.signed_in("dora").await);
    let made = ines.post("/api/v1/holds", asked(&camera, from)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["not_held"], &made["hold"]["camera_name"]), (&json!([]), &json!("Gate 4")));
    assert_eq!(made["hold"]["segments"], 1);
    assert!(made["hold"]["acts"][0]["entry"].is_i64(), "{made}");
    let [who, what, why, sent] = world.newest("hold_placed").await.expect("it was written down");
    assert_eq!((&who["name"], &why["reason"]), (&json!("Ines Investigator"), &json!("A bicycle was stolen")));
    assert_eq!((&what["cameras"][0], &sent["owner"]), (&json!(camera), &json!("Head of facilities")));
    assert_eq!(standing(&dora).await.len(), 1, "the data protection officer sees it");

    let path = format!("/api/v1/holds/{}", made["hold"]["id"].as_str().expect("an id"));
    let later = json!({ "ends_90k": from + 9 * DAY, "reason": "The insurer asks" });
    dora.post(&format!("{path}/extend"), later.clone()).await.problem(403, "forbidden");
    let adam = world.signed_in("adam").await;
    let extended = adam.post(&format!("{path}/extend"), later.clone()).await.json();
    assert_eq!((&extended["ends_90k"], &extended["reason"]), (&json!(from + 9 * DAY), &json!("The insurer asks")));
    assert_eq!(extended["acts"].as_array().map(Vec::len), Some(2));
    adam.post(&format!("{path}/extend"), later).await.problem(422, "invalid");
    let lifted = ines.post(&format!("{path}/lift"), json!({ "reason": "The bicycle is back" })).await.json();
    assert_eq!(lifted["outcome"], "lifted");
    ines.post(&format!("{path}/lift"), json!({ "reason": "once more" })).await.problem(409, "conflict");
    assert_eq!(standing(&dora).await, Vec::<Value>::new());
    let kinds: Vec<_> = world.kinds_in_log().await.into_iter().filter(|kind| kind.starts_with("hold_")).collect();
    assert_eq!(kinds, ["hold_placed", "hold_extended", "hold_lifted"]);
}

#[tokio::test]
async fn terms_that_cannot_be_are_said_at_their_field() {
    let (world, camera, from) = recorded().await;
    let ines = world.signed_in("ines").await;
    for (field, value) in [
        ("class", json!("eternal")),
        ("reason", json!("why")),
        ("owner", json!("")),
        ("from_90k", json!(-1)),
        ("to_90k", json!(from)),
        ("ends_90k", json!(from - DAY)),
        ("ends_90k", json!(from + 400 * DAY)),
    ] {
        let mut request = asked(&camera, from);
        request[field] = value;
        let problem = ines.post("/api/v1/holds", request).await.problem(422, "invalid");
        assert_eq!(problem["field"], field, "{problem}");
    }
    let mut nowhere = asked(&camera, from);
    nowhere["camera"] = json!("00000000000000000000000000000000");
    ines.post("/api/v1/holds", nowhere).await.problem(404, "not-found");
    let dora = world.signed_in("dora").await;
    world.break_log();
    // Reading the log is an entry: the first write that fails tells the log that it does.
    dora.get("/api/v1/log").await;
    ines.post("/api/v1/holds", asked(&camera, from)).await.problem(503, "log-not-writable");
    assert_eq!(standing(&dora).await, Vec::<Value>::new(), "nothing is held that was not written down");
}

#[tokio::test]
async fn a_hold_that_comes_too_late_says_for_what_and_the_certificate_is_a_file_for_strangers() {
    let (world, camera, from) = recorded().await;
    let stored = world.db.segments_due(candour_units::WallTime::MAX, 9).await.expect("rows");
    let segment = stored[0].id;
    let order = DeletionOrder {
        segment,
        rule: "Kept for 1 day, as promised for: theft".to_owned(),
        rule_id: "purpose_end".to_owned(),
        due: stored[0].start,
    };
    world.archive.delete(&order).await.expect("it goes");
    let ines = world.signed_in("ines").await;
    let made = ines.post("/api/v1/holds", asked(&camera, from)).await.json();
    let part = &made["not_held"][0];
    assert_eq!((&part["stream"], &part["words"]), (&json!("main"), &json!("It was deleted before.")), "{made}");
    assert_eq!(part["from_90k"], from);
    assert_eq!(made["hold"]["segments"], 0);

    let dora = world.signed_in("dora").await;
    let path = format!("/api/v1/certificates/{segment}");
    let shown = dora.get(&path).await.json();
    assert_eq!((&shown["rule_id"], &shown["stream"]), (&json!("purpose_end"), &json!("main")));
    assert!(shown["does_not_prove"].as_array().expect("a list").len() >= 4);
    assert!(shown["text"].as_str().expect("its text").contains(&segment.to_string()));
    let file = dora.get(&format!("{path}/file")).await;
    let name = file.headers["content-disposition"].to_str().expect("text");
    assert!(name.contains(&format!("certificate-{segment}.json")), "{name}");
    let proof = CertificateProof::parse(&file.text()).expect("a certificate's file");
    let key = VerifierKey::parse(&world.log.status().verifier_key).expect("a key");
    let checkpoint = proof.verify(&key).expect("it verifies without the recorder");
    assert!(proof.index < checkpoint.size && proof.certificate.segment == segment);
    dora.get("/api/v1/certificates/00000000000000000000000000000000").await.problem(404, "not-found");
}
