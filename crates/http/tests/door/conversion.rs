//! Stored footage that is converted on its way out: what is counted is what leaves, and after a withdrawal nothing does. The decoder here is a
//! program that codes nothing and answers as one that does; what comes out of the real one is tested where it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use candour_archive::RecordingSpec;
use candour_db::{CameraRow, DecoderDeaths, StreamRow};
use candour_media::{Clip, Sample};
use candour_recording::ClockEvidence;
use candour_units::{Clock, Hash, MediaTime, PurposeId, WallDuration, WallRange, WallTime};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::decoder_double;
use crate::world::{Caller, World};

const PICTURES: i64 = 31;
/// Bytes of each picture that was stored; what comes out is much smaller.
const STORED: usize = 5_000;

/// Answers each unit with a small key frame, once `go` lies beside it, and a still with the shortest of JPEGs.
const DECODER: &str = r"sets = bytes.fromhex('000000016742c00dd90141fb011000000300100000030320f142a4800000000168cb83cb20')
say(bytes([65, 0]))
while True:
    m = take(struct.unpack('>I', take(4))[0])
    stream = m[1:3]
    if m[0] == 7:
        say(bytes([70]) + stream + bytes([0, 16, 0, 9, 255, 216, 255, 217]))
    if m[0] == 2:
        open(os.path.join(home, 'asked'), 'w').close()
        while not os.path.exists(os.path.join(home, 'go')): time.sleep(0.02)
        say(bytes([69]) + stream + m[3:11] + bytes([1]) + sets + bytes([0, 0, 0, 1, 0x65, 7, 7]))
    say(bytes([68]) + stream)
";

pub struct Scene {
    pub world: World,
    pub camera: CameraRow,
    pub stream: StreamRow,
    pub ines: Caller,
    /// From when to when there is footage.
    pub start: WallTime,
    pub end: WallTime,
    /// A look of hers at all of it, and where it is converted.
    pub look: String,
    pub media: String,
    /// Where the decoder's program is.
    pub home: PathBuf,
}

/// Three seconds of H.265, and a look at them.
pub async fn scene() -> Scene {
    scene_with(Some(DECODER)).await
}

/// The same with that program in the decoder's place, or with none.
async fn scene_with(decoder: Option<&str>) -> Scene {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let home = dir.path().to_owned();
    if let Some(decoder) = decoder {
        decoder_double::put(&home, decoder);
    }
    let world = World::with_certificate(dir, None).await.with_people().await;
    let (camera, stream) = world.camera("Gate 4").await;
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage/cars-h265.mp4");
    let entry = Clip::read(&std::fs::read(clip).expect("the clip is there")).expect("it is a clip").entry;
    let start = world.clock.wall();
    let spec = RecordingSpec {
        purpose: PurposeId::from_bytes([3; 16]),
        policy_hash: Hash::default(),
        keep: WallDuration::from_seconds(86_400),
        on_motion: None,
    };
    let intake = world.archive.intake(camera.id, stream.id, stream.kind, Some(spec));
    intake.run_started(entry, ClockEvidence::default(), start);
    for at in 0..PICTURES {
        let mut data = u32::try_from(STORED - 4).expect("it is small").to_be_bytes().to_vec();
        data.resize(STORED, 0xAB);
        let pts = MediaTime::from_ticks(at * 9_000);
        let (sync, arrival) = (at % 10 == 0, world.clock.wall());
        let data = data.into();
        intake.sample(Arc::new(Sample { pts, dts: pts, duration: 9_000, sync, arrival, loss_before: 0, data }));
        world.clock.advance(100_000_000);
    }
    let end = world.clock.wall();
    world.archive.forget(stream.id).await;
    let hour = WallDuration::from_seconds(3600);
    world.granted(camera.id, WallRange { start: start - hour, end: start + hour }).await;
    let ines = world.signed_in("ines").await;
    let (look, media) = look(&ines, &camera.id.to_string(), start, end).await;
    Scene { world, camera, stream, ines, start, end, look, media, home }
}

async fn look(ines: &Caller, camera: &str, start: WallTime, end: WallTime) -> (String, String) {
    let (from, to) = (start.ticks(), end.ticks());
    let request = json!({ "cameras": [camera], "from_90k": from, "to_90k": to, "reason": "case 12/2026" });
    let answer = ines.post("/api/v1/looks", request).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let look = format!("/api/v1/looks/{}", answer.json()["id"].as_str().expect("an id"));
    let query = format!("camera={camera}&stream=main&from_90k={from}&to_90k={to}");
    let plan = ines.get(&format!("{look}/plan?{query}")).await;
    assert_eq!(plan.status, StatusCode::OK, "{}", plan.text());
    let segment = plan.json()["pieces"][0]["segment"].as_str().expect("a segment").to_owned();
    let media = format!("{look}/media?{query}&segment={segment}&convert=true");
    (look, media)
}

async fn sent(world: &World) -> Value {
    let [.., sent] = world.newest("look_ended").await.expect("it was written down");
    sent["sent"].clone()
}

#[tokio::test]
async fn what_is_counted_is_what_leaves() {
    let scene = scene().await;
    std::fs::write(scene.home.join("go"), "").expect("a file");
    let media = scene.ines.get(&scene.media).await;
    assert_eq!(media.status, StatusCode::OK, "{}", media.text());
    assert!(media.headers["content-type"].to_str().is_ok_and(|kind| kind.contains("avc1.42C01F")));
    assert_eq!(&media.body[4..8], b"ftyp");
    assert_eq!(scene.ines.delete(&scene.look).await.status, StatusCode::NO_CONTENT);
    let sent = sent(&scene.world).await;
    assert_eq!(sent[0]["bytes"], media.body.len());
    assert!(media.body.len() < STORED * 10, "and not what is stored");
    assert_eq!(sent[0]["samples"], PICTURES);
    let (from, to) = (sent[0]["from_90k"].as_i64().expect("a time"), sent[0]["to_90k"].as_i64().expect("a time"));
    assert_eq!(to - from, PICTURES * 9_000);
}

#[tokio::test]
async fn a_look_that_ends_while_it_is_converted_gives_nothing() {
    let scene = scene().await;
    let asked = scene.ines.get(&scene.media);
    let ended = async {
        while !scene.home.join("asked").exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(scene.ines.delete(&scene.look).await.status, StatusCode::NO_CONTENT);
        std::fs::write(scene.home.join("go"), "").expect("a file");
    };
    let (answer, ()) = tokio::join!(asked, ended);
    answer.problem(403, "look-lapsed");
    assert_eq!(sent(&scene.world).await, json!([]), "nothing left, and nothing is said to have");
}

#[tokio::test]
async fn what_is_not_converted_says_why_and_what_to_do_and_not_to_wait() {
    let off = scene_with(None).await;
    let answer = off.ines.get(&off.media).await;
    assert!(!answer.headers.contains_key("retry-after"), "{:?}", answer.headers);
    let words = answer.problem(409, "not-converted")["detail"].as_str().expect("words").to_owned();
    assert!(words.contains("[conversion]") && words.contains("plays H.265"), "{words}");

    let barred = scene().await;
    let deaths = DecoderDeaths { stream: barred.stream.id, kills: 3, last: barred.world.clock.wall() };
    barred.world.db.put_decoder_deaths(deaths).await.expect("a write");
    let answer = barred.ines.get(&barred.media).await;
    assert!(!answer.headers.contains_key("retry-after"), "{:?}", answer.headers);
    let words = answer.problem(409, "not-converted")["detail"].as_str().expect("words").to_owned();
    assert!(words.contains("ended 3 programs") && words.contains("administrator"), "{words}");
    assert!(!barred.home.join("asked").exists(), "no program saw a byte of it");
}
