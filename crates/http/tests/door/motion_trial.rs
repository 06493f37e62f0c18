//! Trying terms for motion: who is told what, what it is measured against, and that it is in the log and changes nothing. The decoder here is a
//! program that answers each access unit with a plane, in which a square moves from the 70th to the 75th second.

use std::path::PathBuf;

use candour_db::CameraRow;
use candour_units::{Clock, WallDuration, WallRange, WallTime};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::decoder_double;
use crate::footage::Feeder;
use crate::policy::{self, POLICY};
use crate::world::World;

const SECOND: i64 = 90_000;
const QUARTER: i64 = 900 * SECOND;

const DECODER: &str = r"W, H = 64, 36
still = bytes(96 + (x * 7 + y * 13) % 64 for y in range(H) for x in range(W))
say(bytes([65, 0]))
while True:
    m = take(struct.unpack('>I', take(4))[0])
    stream = m[1:3]
    if m[0] == 2:
        while os.path.exists(os.path.join(home, 'wait')): time.sleep(0.02)
        if os.path.exists(os.path.join(home, 'die')): os._exit(9)
        number, = struct.unpack('>q', m[-99:-91])
        plane = bytearray(still)
        if 700 <= number < 750:
            left = 8 + number % 20 * 2
            for y in range(12, 24): plane[y * W + left:y * W + left + 10] = bytes([250] * 10)
        say(bytes([66]) + stream + m[3:11] + struct.pack('>HH', W, H) + bytes(plane))
    say(bytes([68]) + stream)
";

struct Scene {
    world: World,
    camera: CameraRow,
    start: WallTime,
    home: PathBuf,
    path: String,
}

/// Four minutes and ten seconds of footage from the beginning of a quarter of an hour that is over, a policy in force, and a grant for it.
async fn scene() -> Scene {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let home = dir.path().to_owned();
    decoder_double::put(&home, DECODER);
    let world = World::with_certificate(dir, None).await.with_people().await;
    let (camera, stream) = world.camera("Yard").await;
    let to_quarter = QUARTER - world.clock.wall().ticks().rem_euclid(QUARTER);
    world.clock.advance(to_quarter * 100_000 / 9);
    let start = WallTime::from_ticks(world.clock.wall().ticks().div_euclid(QUARTER) * QUARTER);
    let mut feeder = Feeder::start(&world, &stream, true);
    feeder.feed(2_500);
    world.archive.forget(stream.id).await;
    world.clock.advance(900_000_000_000);
    let hour = WallDuration::from_seconds(3600);
    world.granted(camera.id, WallRange { start: start - hour, end: start + hour }).await;
    policy::in_force(&world, POLICY, 0).await;
    let path = format!("/api/v1/cameras/{}/motion-trial", camera.id);
    let ines = world.signed_in("ines").await;
    assert_eq!(ines.post("/api/v1/policy/1/accept", json!({})).await.status, 204);
    Scene { world, camera, start, home, path }
}

impl Scene {
    fn asked(&self, more: &Value) -> Value {
        let from = self.start.ticks();
        let mut asked = json!({ "from_90k": from, "to_90k": from + 250 * SECOND, "reason": "draft of the policy", "zones": null, "keep_if_still_s": null, "rolls": null });
        more.as_object().expect("fields").iter().for_each(|(name, value)| asked[name] = value.clone());
        asked
    }
}

#[tokio::test]
async fn who_may_look_is_told_when_something_moved_and_what_would_become_of_footage() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let asked = scene.asked(&json!({ "keep_if_still_s": 86_400, "rolls": { "pre_s": 5, "post_s": 10 } }));
    let answer = ines.post(&scene.path, asked).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let told = answer.json();
    let detail = &told["detail"];
    let moved: Vec<_> = detail["trace"]
        .as_array()
        .expect("a trace")
        .iter()
        .enumerate()
        .filter(|(_, point)| point["score"].as_f64() > Some(0.0))
        .map(|(second, _)| second)
        .collect();
    assert!(moved.first() == Some(&70) && moved.iter().all(|second| (70..77).contains(second)), "{moved:?}");
    assert_eq!(detail["events"].as_array().map(Vec::len), Some(1), "{}", detail["events"]);
    let fates: Vec<_> = detail["footage"]
        .as_array()
        .expect("footage")
        .iter()
        .map(|one| one["tried"].as_str().expect("a word"))
        .collect();
    // A minute each: the first has no second before it, the last none after it.
    assert_eq!(fates, ["beyond", "kept", "shortened", "shortened", "beyond"], "{}", detail["footage"]);
    assert_eq!(
        detail["footage"][1]["tried_because"],
        "Something moved in it, or within a second of it. It is kept for 7 days."
    );
    let third = &detail["footage"][2];
    assert_eq!(third["tried_until_90k"].as_i64(), third["start_90k"].as_i64().map(|start| start + 86_400 * SECOND));
    let (tried, in_force) = (&told["tried"], &told["in_force"]);
    assert_eq!(
        (&tried["pieces"], &tried["shortened_pieces"], &in_force["shortened_pieces"]),
        (&json!(3), &json!(2), &json!(0))
    );
    let left: Vec<_> = detail["left_out"]
        .as_array()
        .expect("it was tried")
        .iter()
        .map(|span| (span["start_90k"].as_i64().expect("a moment"), span["end_90k"].as_i64().expect("a moment")))
        .collect();
    let motion = (scene.start.ticks() + 65 * SECOND, scene.start.ticks() + 85 * SECOND);
    assert!(!left.is_empty() && left.iter().all(|(from, to)| *to <= motion.0 || *from >= motion.1), "{left:?}");
    let lengths: f64 = ["moved_s", "still_s", "unsure_s", "no_footage_s"]
        .iter()
        .map(|name| told[name].as_f64().expect("a length"))
        .sum();
    assert!((lengths - 250.0).abs() < 0.001 && told["moved_s"].as_f64() > Some(4.0), "{told}");
    let draft = told["draft"].as_array().expect("lines");
    assert_eq!(draft[0]["lines"], "keep_if_still = \"1 day\"\n");
    assert_eq!(draft.len(), 3, "and two for recording around motion: {draft:?}");
    let [who, what, why, sent] = scene.world.newest("motion_tried").await.expect("it was written down");
    assert_eq!((&who["name"], &why["reason"]), (&json!("Ines Investigator"), &json!("draft of the policy")));
    assert_eq!(what["interval"]["start_90k"], scene.start.ticks());
    assert_eq!(
        (&sent["told"], &sent["terms"]["keep_if_still_s"], &sent["under"]),
        (&json!("trace"), &json!(86_400), &json!("grant"))
    );
}

#[tokio::test]
async fn a_part_of_the_picture_that_is_ignored_has_no_motion() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let corners = json!([[0.0, 0.2], [1.0, 0.2], [1.0, 0.8], [0.0, 0.8]]);
    let zones =
        json!({ "watch": [], "ignore": [{ "name": "The lane", "reason": "A public road.", "corners": corners }] });
    let told = ines.post(&scene.path, scene.asked(&json!({ "zones": zones, "keep_if_still_s": 86_400 }))).await.json();
    assert_eq!((&told["detail"]["events"], &told["tried"]["shortened_pieces"]), (&json!([]), &json!(3)), "{told}");
    assert_eq!(told["zones"], zones);
    let lines = told["draft"][1]["lines"].as_str().expect("lines");
    assert!(lines.starts_with("[[cameras.Yard.ignore]]\nname = \"The lane\""), "{lines}");
}

#[tokio::test]
async fn who_writes_the_policy_is_told_sums_of_a_quarter_of_an_hour() {
    let scene = scene().await;
    let quarter = json!({ "to_90k": scene.start.ticks() + QUARTER, "keep_if_still_s": 86_400 });
    for name in ["adam", "dora", "otto"] {
        let caller = scene.world.signed_in(name).await;
        let answer = caller.post(&scene.path, scene.asked(&quarter)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let told = answer.json();
        assert_eq!((&told["detail"], &told["tried"]["shortened_pieces"]), (&Value::Null, &json!(2)), "{told}");
        assert!(told["no_footage_s"].as_f64() > Some(600.0) && told["moved_s"].as_f64() > Some(4.0), "{told}");
        let [.., sent] = scene.world.newest("motion_tried").await.expect("it was written down");
        assert_eq!((&sent["told"], &sent["grant"]), (&json!("sums"), &Value::Null));
        // Nothing shorter, nothing that is not over, and no part of a picture that they may not see.
        caller.post(&scene.path, scene.asked(&json!({}))).await.problem(422, "invalid");
        let next = scene.start.ticks() + QUARTER;
        let ahead = json!({ "from_90k": next, "to_90k": next + QUARTER });
        caller.post(&scene.path, scene.asked(&ahead)).await.problem(422, "invalid");
        let mut drawn = quarter.clone();
        drawn["zones"] = json!({ "watch": [], "ignore": [] });
        caller.post(&scene.path, scene.asked(&drawn)).await.problem(422, "invalid");
    }
}

#[tokio::test]
async fn it_needs_a_grant_good_terms_footage_and_a_log() {
    let scene = scene().await;
    let (ines, olga) = (scene.world.signed_in("ines").await, scene.world.signed_in("olga").await);
    olga.post(&scene.path, scene.asked(&json!({}))).await.problem(403, "look-refused");
    let yesterday = scene.start.ticks() - 20 * 3_600 * SECOND;
    let long_ago = json!({ "from_90k": yesterday, "to_90k": yesterday + 60 * SECOND });
    ines.post(&scene.path, scene.asked(&long_ago)).await.problem(403, "look-refused");
    let [_, what, ..] = scene.world.newest("look_refused").await.expect("it was written down");
    assert_eq!(what["cameras"], json!([scene.camera.id.to_string()]));
    for wrong in [
        json!({ "keep_if_still_s": 60 }),
        json!({ "keep_if_still_s": 7 * 86_400 }),
        json!({ "rolls": { "pre_s": 61, "post_s": 0 } }),
        json!({ "rolls": { "pre_s": 0, "post_s": -1 } }),
        json!({ "to_90k": scene.start.ticks() + 3_601 * SECOND }),
        json!({ "zones": { "watch": [{ "name": "x", "reason": "y", "corners": [[0, 0], [1, 1]] }], "ignore": [] } }),
    ] {
        ines.post(&scene.path, scene.asked(&wrong)).await.problem(422, "invalid");
    }
    let before = scene.start.ticks() - 600 * SECOND;
    let empty = json!({ "from_90k": before, "to_90k": before + 60 * SECOND });
    ines.post(&scene.path, scene.asked(&empty)).await.problem(404, "no-footage");
    scene.world.break_log();
    ines.post(&scene.path, scene.asked(&json!({}))).await.problem(503, "log-not-writable");
    scene.world.mend_log();
}

#[tokio::test]
async fn one_goes_on_at_a_time_and_a_decoder_that_ends_is_said() {
    let scene = scene().await;
    let ines = scene.world.signed_in("ines").await;
    let wait = scene.home.join("wait");
    std::fs::write(&wait, "").expect("a file");
    let (path, asked, first) = (scene.path.clone(), scene.asked(&json!({})), ines.clone());
    let going_on = tokio::spawn(async move { first.post(&path, asked).await.status });
    // It has its turn once it is in the log.
    while scene.world.newest("motion_tried").await.is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let second = ines.post(&scene.path, scene.asked(&json!({}))).await;
    assert!(second.headers.contains_key("retry-after"), "{:?}", second.headers);
    second.problem(429, "too-many-requests");
    std::fs::remove_file(&wait).expect("it is there");
    assert_eq!(going_on.await.expect("it ends"), StatusCode::OK);
    std::fs::write(scene.home.join("die"), "").expect("a file");
    ines.post(&scene.path, scene.asked(&json!({}))).await.problem(422, "undecodable");
}
