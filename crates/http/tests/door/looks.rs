use candour_archive::Archive;
use candour_db::{CameraRow, StreamRow};
use candour_units::{Clock, WallDuration, WallRange, WallTime};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::footage::Feeder;
use crate::world::{Caller, World};

pub struct Scene {
    pub world: World,
    pub camera: CameraRow,
    /// Kept: dropping it would not end the run, but a camera that is there has one.
    _feeder: Feeder,
    pub start: WallTime,
    pub end: WallTime,
}

/// A camera with three seconds of footage, durable.
pub async fn scene() -> Scene {
    let world = World::set_up().await;
    let (camera, stream) = world.camera("Gate 4").await;
    let start = world.clock.wall();
    let mut feeder = Feeder::start(&world, &stream, true);
    feeder.feed(31);
    let end = world.clock.wall();
    settle(&world.archive, &stream).await;
    let hour = WallDuration::from_seconds(3600);
    world.granted(camera.id, WallRange { start: start - hour, end: start + hour }).await;
    Scene { world, camera, _feeder: feeder, start, end }
}

/// Closes what is open, so that everything can be read.
async fn settle(archive: &Archive, stream: &StreamRow) {
    archive.forget(stream.id).await;
}

impl Scene {
    pub fn request(&self) -> Value {
        json!({
            "cameras": [self.camera.id.to_string()], "from_90k": self.start.ticks(), "to_90k": self.end.ticks(),
            "reason": "case 12/2026",
        })
    }

    pub async fn look(&self, caller: &Caller) -> String {
        let answer = caller.post("/api/v1/looks", self.request()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        format!("/api/v1/looks/{}", answer.json()["id"].as_str().expect("an id"))
    }

    fn query(&self) -> String {
        let (from, to) = (self.start.ticks(), self.end.ticks());
        format!("camera={}&stream=main&from_90k={from}&to_90k={to}", self.camera.id)
    }

    async fn segment(&self, caller: &Caller, look: &str) -> String {
        let plan = caller.get(&format!("{look}/plan?{}", self.query())).await;
        assert_eq!(plan.status, StatusCode::OK, "{}", plan.text());
        plan.json()["pieces"][0]["segment"].as_str().expect("a segment").to_owned()
    }

    async fn media(&self, look: &str, segment: &str) -> String {
        format!("{look}/media?{}&segment={segment}", self.query())
    }
}

/// Kinds of the boxes at the top of a file.
fn boxes(mut bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let size = u32::from_be_bytes(bytes[..4].try_into().expect("four bytes")) as usize;
        found.push(String::from_utf8_lossy(&bytes[4..8]).into_owned());
        bytes = &bytes[size..];
    }
    found
}

#[tokio::test]
async fn asked_planned_played_and_ended() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let answer = ines.post("/api/v1/looks", scene.request()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let look = answer.json();
    assert_eq!(look["lapses_in_ms"], 300_000);
    let [who, what, why, _] = scene.world.newest("look_playback").await.expect("it was written down");
    assert_eq!((&who["name"], &why["reason"]), (&json!("Ines Investigator"), &json!("case 12/2026")));
    assert_eq!(what["interval"]["start_90k"], scene.start.ticks());

    let path = format!("/api/v1/looks/{}", look["id"].as_str().expect("an id"));
    let plan = ines.get(&format!("{path}/plan?{}", scene.query())).await.json();
    let piece = &plan["pieces"][0];
    assert!(piece["mime"].as_str().is_some_and(|mime| mime.starts_with("video/mp4; codecs=\"avc1.")), "{piece}");
    let segment = piece["segment"].as_str().expect("a segment");
    let media = ines.get(&scene.media(&path, segment).await).await;
    assert_eq!(media.status, StatusCode::OK, "{}", media.text());
    assert_eq!(media.headers["content-type"], "video/mp4");
    assert_eq!(media.headers["cache-control"], "no-store");
    let kinds = boxes(&media.body);
    assert_eq!(kinds[..2], ["ftyp", "moov"]);
    assert!(kinds.len() > 2 && kinds[2..].chunks(2).all(|pair| pair == ["moof", "mdat"]), "{kinds:?}");

    assert_eq!(ines.delete(&path).await.status, StatusCode::NO_CONTENT);
    let [.., sent] = scene.world.newest("look_ended").await.expect("it was written down");
    let samples = sent["sent"][0]["samples"].as_u64().expect("a count");
    assert!(samples >= 30, "{sent}");
    assert_eq!(sent["sent"][0]["bytes"], samples * 104);
    ines.get(&scene.media(&path, segment).await).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_look_is_for_one_sign_in_and_ends_with_it() {
    let scene = scene().await;
    let (ines, again) = (scene.world.signed_in("ines").await, scene.world.signed_in("ines").await);
    let look = scene.look(&ines).await;
    let segment = scene.segment(&ines, &look).await;
    again.get(&scene.media(&look, &segment).await).await.problem(404, "not-found");
    again.post(&format!("{look}/renew"), json!(null)).await.problem(404, "not-found");
    again.delete(&look).await.problem(404, "not-found");
    ines.delete("/api/v1/session").await;
    let [.., sent] = scene.world.newest("look_ended").await.expect("it was written down");
    assert_eq!(sent["why"], "signed out");
}

#[tokio::test]
async fn it_lapses_unless_renewed() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    scene.world.clock.advance_s(299);
    let renewed = ines.post(&format!("{look}/renew"), json!({})).await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text());
    assert_eq!(renewed.json()["lapses_in_ms"], 300_000);
    let [.., sent] = scene.world.newest("look_playback").await.expect("it was written down");
    assert_eq!(sent["renewal"], true);
    scene.world.clock.advance_s(299);
    let segment = scene.segment(&ines, &look).await;
    scene.world.clock.advance_s(1);
    let answer = ines.get(&scene.media(&look, &segment).await).await;
    // Housekeeping may have ended it meanwhile; either way nothing is shown.
    assert!(matches!(answer.status.as_u16(), 403 | 404), "{}", answer.text());
}

#[tokio::test]
async fn nothing_outside_the_look() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let (other, _) = scene.world.camera("Other").await;
    let look = scene.look(&ines).await;
    let (from, to) = (scene.start.ticks(), scene.end.ticks());
    let plan = |camera: &str, from: i64, to: i64| {
        format!("{look}/plan?camera={camera}&stream=main&from_90k={from}&to_90k={to}")
    };
    let camera = scene.camera.id.to_string();
    ines.get(&plan(&other.id.to_string(), from, to)).await.problem(403, "not-covered");
    ines.get(&plan(&camera, to, to + 90_000)).await.problem(403, "not-covered");
    let clipped = ines.get(&plan(&camera, from - 90_000, to + 90_000)).await.json();
    assert_eq!((&clipped["from_90k"], &clipped["to_90k"]), (&json!(from), &json!(to)));
    ines.get(&plan(&camera, to, from)).await.problem(422, "invalid");
    let nothing = format!("{look}/media?{}&segment={}", scene.query(), "0".repeat(32));
    ines.get(&nothing).await.problem(404, "not-found");
}

#[tokio::test]
async fn bad_questions() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let check = async |field: &str, value: Value, status: u16, word: &str| {
        let mut request = scene.request();
        request[field] = value;
        ines.post("/api/v1/looks", request).await.problem(status, word);
    };
    check("reason", "why".into(), 422, "invalid").await;
    check("reason", "x".repeat(201).into(), 422, "invalid").await;
    check("cameras", json!([]), 422, "invalid").await;
    check("cameras", json!(vec![scene.camera.id.to_string(); 10]), 422, "invalid").await;
    check("cameras", json!(["0".repeat(32)]), 404, "not-found").await;
    check("to_90k", (scene.start.ticks() + 3601 * 90_000).into(), 422, "invalid").await;
    check("to_90k", scene.start.ticks().into(), 422, "invalid").await;
    let kinds = scene.world.kinds_in_log().await;
    assert!(!kinds.contains(&"look_playback".to_owned()));
    let mut future = scene.request();
    future["from_90k"] = (scene.end.ticks() + 90_000).into();
    future["to_90k"] = (scene.end.ticks() + 180_000).into();
    ines.post("/api/v1/looks", future).await.problem(403, "look-refused");
    let [_, what, why, sent] = scene.world.newest("look_refused").await.expect("it was written down");
    assert_eq!(what["cameras"], json!([scene.camera.id.to_string()]));
    assert_eq!((&why["reason"], &sent["asked"]), (&json!("case 12/2026"), &json!("POST /api/v1/looks")));
}

#[tokio::test]
async fn without_the_log_nobody_looks() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let look = scene.look(&ines).await;
    scene.world.break_log();
    ines.post("/api/v1/looks", scene.request()).await.problem(503, "log-not-writable");
    ines.post(&format!("{look}/renew"), json!({})).await.problem(503, "log-not-writable");
    scene.world.mend_log();
    scene.look(&ines).await;
}

#[tokio::test]
async fn the_timeline_tells_what_is_there() {
    let scene = scene().await;
    let dora = scene.world.signed_in("dora").await;
    let (from, to) = (scene.start.ticks() - 900_000, scene.end.ticks() + 900_000);
    let path = |stream: &str| {
        format!("/api/v1/cameras/{}/timeline?stream={stream}&from_90k={from}&to_90k={to}", scene.camera.id)
    };
    let timeline = dora.get(&path("main")).await.json();
    let spans = timeline["spans"].as_array().expect("spans");
    assert!(spans.iter().any(|span| span["kind"] == "recorded"), "{timeline}");
    assert_eq!((&spans[0]["start_90k"], &spans[spans.len() - 1]["end_90k"]), (&json!(from), &json!(to)));
    assert!(spans.windows(2).all(|pair| pair[0]["end_90k"] == pair[1]["start_90k"]), "{timeline}");
    assert!(spans.iter().all(|span| span["kind"] != "gap" || span["words"].is_string()), "{timeline}");
    dora.get(&path("third")).await.problem(422, "invalid");
}
