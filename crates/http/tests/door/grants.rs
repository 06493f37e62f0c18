//! Grants at the door: who asks, who decides, what plays under them and when it ends; broken glass, replay and incidents.

use candour_policy::GLASS_STANDS;
use candour_units::{Clock, WallDuration, WallRange, WallTime};
use serde_json::{Value, json};

use crate::clips::{Scene, clip};
use crate::live::open;
use crate::world::{Caller, PASSWORD, World};

const DAY_S: i64 = 86_400;

fn seconds(count: i64) -> WallDuration {
    WallDuration::from_seconds(count)
}

/// Half a minute of footage that can be decoded.
async fn recorded() -> (Scene, WallRange) {
    let scene = Scene::new().await;
    scene.run(&clip("b-frames.mp4"), 10);
    scene.settle().await;
    let footage = WallRange { start: scene.start, end: scene.world.clock.wall() };
    (scene, footage)
}

fn words(text: &str) -> Value {
    json!({ "words": text })
}

async fn ask(world: &World, request: &Value) -> String {
    let answer = world.signed_in("ines").await.post("/api/v1/grants", request.clone()).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    format!("/api/v1/grants/{}", answer.json()["id"].as_str().expect("an id"))
}

async fn decide(by: &Caller, grant: &str, approve: bool) -> crate::world::Answer {
    by.post(&format!("{grant}/decide"), json!({ "approve": approve, "words": "It is in proportion." })).await
}

fn look_of(scene: &Scene, footage: WallRange) -> Value {
    json!({
        "cameras": [scene.camera.id.to_string()], "from_90k": footage.start.ticks(), "to_90k": footage.end.ticks(),
        "reason": "Who took the bicycle",
    })
}

async fn look(by: &Caller, scene: &Scene, footage: WallRange) -> Value {
    let answer = by.post("/api/v1/looks", look_of(scene, footage)).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_alone_sees_nothing_and_an_approved_grant_exactly_what_it_says() {
    let (scene, footage) = recorded().await;
    let (world, ines, petra) =
        (&scene.world, scene.world.signed_in("ines").await, scene.world.signed_in("petra").await);
    let refused = ines.post("/api/v1/looks", look_of(&scene, footage)).await.problem(403, "look-refused");
    assert!(refused["detail"].as_str().is_some_and(|told| told.contains("Ask for a grant")), "{refused}");
    let [who, what, ..] = world.newest("look_refused").await.expect("it was written down");
    assert_eq!((&who["name"], &what["cameras"][0]), (&json!("Ines Investigator"), &json!(scene.camera.id.to_string())));

    let mut request = world.request_of(scene.camera.id, footage).await;
    request["export"] = json!(false);
    let grant = ask(world, &request).await;
    let [_, what, why, sent] = world.newest("grant_asked").await.expect("it was written down");
    assert_eq!((&why["reason"], &sent["case"]), (&json!("A bicycle was stolen there."), &json!("2026-114")));
    assert_eq!(what["interval"]["start_90k"], footage.start.ticks());
    let waits = ines.post("/api/v1/looks", look_of(&scene, footage)).await.problem(403, "look-refused");
    assert!(waits["detail"].as_str().is_some_and(|told| told.contains("not decided yet")), "{waits}");
    assert_eq!(petra.get("/api/v1/grants").await.json()["waiting"], 1);

    assert_eq!(decide(&petra, &grant, true).await.json()["standing"], "stands");
    let given = look(&ines, &scene, footage).await;
    assert_eq!(
        (&given["under"], &given["case"], &given["export"]),
        (&json!("grant"), &json!("2026-114"), &json!(false))
    );
    let [.., sent] = world.newest("look_playback").await.expect("it was written down");
    assert_eq!(format!("/api/v1/grants/{}", sent["grant"].as_str().expect("the grant")), grant);
    let path = format!("/api/v1/looks/{}", given["id"].as_str().expect("an id"));
    ines.get(&scene.download(&path, footage.start, footage.end)).await.problem(403, "not-covered");

    // Not an instant more, not another camera, and for nobody else.
    let more = WallRange { start: footage.start - seconds(1), end: footage.end };
    ines.post("/api/v1/looks", look_of(&scene, more)).await.problem(403, "look-refused");
    let (other, _) = world.camera("Other").await;
    let mut elsewhere = look_of(&scene, footage);
    elsewhere["cameras"] = json!([scene.camera.id.to_string(), other.id.to_string()]);
    ines.post("/api/v1/looks", elsewhere).await.problem(403, "look-refused");
    let adam = world.signed_in("adam").await;
    let iris = json!({ "sign_in_name": "iris", "full_name": "Iris", "roles": ["investigator"], "password": PASSWORD });
    assert_eq!(adam.post("/api/v1/people", iris).await.status.as_u16(), 201);
    let iris = world.signed_in("iris").await;
    iris.post("/api/v1/looks", look_of(&scene, footage)).await.problem(403, "look-refused");
}

#[tokio::test]
async fn nobody_decides_on_their_own_and_nothing_twice() {
    let world = World::set_up().await;
    let (camera, _) = world.camera("Gate 4").await;
    let (adam, petra) = (world.signed_in("adam").await, world.signed_in("petra").await);
    let both = json!({ "sign_in_name": "bo", "full_name": "Bo Both", "roles": ["investigator", "approver"], "password": PASSWORD });
    assert_eq!(adam.post("/api/v1/people", both).await.status.as_u16(), 201);
    let bo = world.signed_in("bo").await;
    let now = world.clock_now();
    let request = world.request_of(camera.id, WallRange { start: now - seconds(60), end: now }).await;
    let own = bo.post("/api/v1/grants", request.clone()).await.json();
    assert_eq!(own["acts"], json!(["withdraw"]), "{own}");
    let own = format!("/api/v1/grants/{}", own["id"].as_str().expect("an id"));
    let refused = decide(&bo, &own, true).await.problem(403, "forbidden");
    assert!(refused["detail"].as_str().is_some_and(|told| told.contains("another person")), "{refused}");
    for name in ["dora", "adam", "otto", "ines", "olga"] {
        decide(&world.signed_in(name).await, &own, true).await.problem(403, "forbidden");
    }
    let short = petra.post(&format!("{own}/decide"), json!({ "approve": true, "words": "yes" })).await;
    assert_eq!(short.problem(422, "invalid")["field"], "words");
    assert_eq!(decide(&petra, &own, false).await.json()["standing"], "refused");
    decide(&petra, &own, true).await.problem(409, "conflict");
    petra.post(&format!("{own}/withdraw"), words("It was a mistake.")).await.problem(409, "conflict");
    for roles in [["approver", "dpo"], ["approver", "administrator"]] {
        let person = json!({ "sign_in_name": "zed", "full_name": "Zed", "roles": roles, "password": PASSWORD });
        assert_eq!(adam.post("/api/v1/people", person).await.problem(422, "invalid")["field"], "roles");
    }
}

#[tokio::test]
async fn terms_that_cannot_be_are_said_at_their_field() {
    let world = World::set_up().await;
    let (camera, _) = world.camera("Gate 4").await;
    let (ines, now) = (world.signed_in("ines").await, world.clock_now());
    let good = world.request_of(camera.id, WallRange { start: now - seconds(60), end: now }).await;
    let later = |count: i64| json!((now + seconds(count)).ticks());
    let directed = json!({ "number": "DS/12", "officer": "Supt Hall", "expires_90k": later(DAY_S) });
    for (field, name, value) in [
        ("case", "case", json!(" ")),
        ("words", "words", json!("because")),
        ("purpose", "purpose", json!("curiosity")),
        ("cameras", "cameras", json!([])),
        ("from_90k", "from_90k", json!(-1)),
        ("to_90k", "to_90k", later(3700)),
        ("until_90k", "until_90k", later(-1)),
        ("until_90k", "until_90k", later(32 * DAY_S)),
        ("authorisation", "authorisation", directed),
    ] {
        let mut request = good.clone();
        request[name] = value;
        let problem = ines.post("/api/v1/grants", request).await.problem(422, "invalid");
        assert_eq!(problem["field"], field, "{problem}");
    }
    let permitted = ines.get("/api/v1/grants").await.json()["permits"].clone();
    assert_eq!(permitted[0]["purposes"], json!(["theft"]), "{permitted}");
    let dora = world.signed_in("dora").await;
    world.break_log();
    // Reading the log is an entry: the first write that fails tells the log that it does.
    dora.get("/api/v1/log").await;
    ines.post("/api/v1/grants", good).await.problem(503, "log-not-writable");
    assert_eq!(
        ines.get("/api/v1/grants").await.json()["grants"],
        json!([]),
        "nothing was asked that was not written down"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawal_ends_what_plays_with_an_exact_entry() {
    let (scene, footage) = recorded().await;
    let grant = scene.world.granted(scene.camera.id, footage).await;
    let (ines, petra) = (scene.world.signed_in("ines").await, scene.world.signed_in("petra").await);
    let given = look(&ines, &scene, footage).await;
    let path = format!("/api/v1/looks/{}", given["id"].as_str().expect("an id"));
    let file = ines.get(&scene.download(&path, footage.start, footage.end)).await;
    assert_eq!(file.status.as_u16(), 200, "{}", file.text());
    let player = ines.post(&format!("{path}/player"), json!({})).await.json();
    let playlist = player["playlists"][0]["main"].as_str().expect("an address").to_owned();
    assert_eq!(scene.world.anybody().get(&playlist).await.status.as_u16(), 200);

    let withdrawn = petra.post(&format!("{grant}/withdraw"), words("The case was closed.")).await.json();
    assert_eq!(
        (&withdrawn["standing"], &withdrawn["withdrawn"]["by"]),
        (&json!("withdrawn"), &json!("Petra Approver"))
    );
    let [.., sent] = scene.world.newest("look_ended").await.expect("it ended before the answer came");
    assert_eq!((&sent["entry"], &sent["why"]), (&given["entry"], &json!("the grant was withdrawn")));
    assert!(sent["sent"][0]["bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{sent}");
    scene.world.anybody().get(&playlist).await.problem(404, "not-found");
    ines.get(&scene.download(&path, footage.start, footage.end)).await.problem(404, "not-found");
    ines.post("/api/v1/looks", look_of(&scene, footage)).await.problem(403, "look-refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_ends_by_time_whatever_is_renewed() {
    let (scene, footage) = recorded().await;
    let mut request = scene.world.request_of(scene.camera.id, footage).await;
    request["until_90k"] = json!((scene.world.clock_now() + seconds(200)).ticks());
    let grant = ask(&scene.world, &request).await;
    let (ines, petra) = (scene.world.signed_in("ines").await, scene.world.signed_in("petra").await);
    assert_eq!(decide(&petra, &grant, true).await.status.as_u16(), 200);
    let given = look(&ines, &scene, footage).await;
    let left = given["lapses_in_ms"].as_i64().expect("a time");
    assert!(left <= 200_000, "it ends with its grant: {given}");
    let path = format!("/api/v1/looks/{}", given["id"].as_str().expect("an id"));
    scene.world.clock.advance_s(100);
    assert_eq!(ines.post(&format!("{path}/renew"), json!({})).await.status.as_u16(), 200);
    scene.world.clock.advance_s(101);
    let answer = ines.get(&scene.download(&path, footage.start, footage.end)).await;
    // Housekeeping may have ended it meanwhile; either way nothing is shown.
    assert!(matches!(answer.status.as_u16(), 403 | 404), "{}", answer.text());
    ines.post("/api/v1/looks", look_of(&scene, footage)).await.problem(403, "look-refused");
    let list = ines.get("/api/v1/grants").await.json();
    assert_eq!(list["grants"][0]["standing"], "ended", "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_glass_works_alarms_is_reviewed_and_suspends() {
    let (scene, footage) = recorded().await;
    let world = &scene.world;
    let (ines, petra) = (world.signed_in("ines").await, world.signed_in("petra").await);
    let broken = json!({
        "cameras": [scene.camera.id.to_string()], "from_90k": footage.start.ticks(), "to_90k": footage.end.ticks(),
        "words": "A child is missing in the building",
    });
    let answer = ines.post("/api/v1/break-glass", broken.clone()).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    let used = answer.json();
    assert_eq!(look(&ines, &scene, footage).await["under"], "break_glass");
    assert!(world.kinds_in_log().await.contains(&"break_glass_used".to_owned()));
    for name in ["adam", "dora", "olga", "otto", "petra", "ines"] {
        let strip = world.signed_in(name).await.get("/api/v1/status").await.json();
        let told = strip["alarms"].as_array().expect("alarms").iter().find(|alarm| alarm["kind"] == "break_glass");
        let told = told.unwrap_or_else(|| panic!("{name} is not told: {strip}"));
        assert_eq!((&told["severity"], &told["page"]), (&json!("red"), &json!("requests")));
        assert!(
            told["words"].as_str().is_some_and(|said| said.contains("Ines Investigator broke the glass")),
            "{told}"
        );
    }
    let grant = format!("/api/v1/grants/{}", used["id"].as_str().expect("an id"));
    decide(&petra, &grant, true).await.problem(409, "conflict");
    let review = json!({ "justified": true, "words": "The child was found by it." });
    ines.post(&format!("{grant}/review"), review.clone()).await.problem(403, "forbidden");

    // Its time is over long before its review is due; five days later the review is overdue.
    world.clock.advance_s(GLASS_STANDS.seconds_floor() + 6 * DAY_S);
    let (ines, petra) = (world.signed_in("ines").await, world.signed_in("petra").await);
    let mut again = broken.clone();
    again["from_90k"] = json!((world.clock_now() - seconds(60)).ticks());
    again["to_90k"] = json!(world.clock_now().ticks());
    let refused = ines.post("/api/v1/break-glass", again.clone()).await.problem(403, "look-refused");
    assert!(refused["detail"].as_str().is_some_and(|told| told.contains("suspended")), "{refused}");
    assert_eq!(ines.get("/api/v1/grants").await.json()["may_break_glass"], false);
    assert_eq!(petra.get("/api/v1/grants").await.json()["grants"][0]["review_overdue"], true);
    let reviewed = petra.post(&format!("{grant}/review"), review.clone()).await.json();
    assert_eq!((&reviewed["justified"], &reviewed["reviewed"]["by"]), (&json!(true), &json!("Petra Approver")));
    petra.post(&format!("{grant}/review"), review).await.problem(409, "conflict");
    assert_eq!(ines.post("/api/v1/break-glass", again).await.status.as_u16(), 201, "the right is back");
}

#[tokio::test]
async fn an_operator_looks_back_at_the_own_watch_only() {
    let world = World::set_up().await;
    let (camera, stream) = world.camera("Gate 4").await;
    let mut feeder = crate::footage::Feeder::start(&world, &stream, true);
    feeder.feed(31);
    let olga = world.signed_in("olga").await;
    let replay = |from: WallTime, to: WallTime| json!({ "cameras": [camera.id.to_string()], "from_90k": from.ticks(), "to_90k": to.ticks(), "reason": "What was that" });
    let before = world.clock_now();
    let refused = olga.post("/api/v1/looks", replay(before - seconds(3), before)).await.problem(403, "look-refused");
    assert!(refused["detail"].as_str().is_some_and(|told| told.contains("own watch")), "{refused}");
    let mut page = open(&world, &olga).await;
    page.subscribe(1, &camera).await;
    page.control_of("config").await;
    let began = world.clock_now();
    feeder.feed(100);
    let now = world.clock_now();
    let answer = olga.post("/api/v1/looks", replay(began, now)).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    let given = answer.json();
    assert_eq!((&given["under"], &given["export"]), (&json!("replay"), &json!(false)));
    let [.., sent] = world.newest("look_playback").await.expect("it was written down");
    assert_eq!(sent["under"], "replay");
    let path = format!("/api/v1/looks/{}", given["id"].as_str().expect("an id"));
    olga.post(&format!("{path}/player"), json!({})).await.problem(403, "not-covered");
    olga.post("/api/v1/looks", replay(before - seconds(3), now)).await.problem(403, "look-refused");
    let again = world.signed_in("olga").await;
    again.post("/api/v1/looks", replay(began, now)).await.problem(403, "look-refused");
}

#[tokio::test]
async fn a_marked_incident_is_held_for_a_week_and_can_be_taken_up() {
    let world = World::set_up().await;
    let (camera, _) = world.camera("Gate 4").await;
    let (olga, ines, now) = (world.signed_in("olga").await, world.signed_in("ines").await, world.clock_now());
    let mark = json!({
        "camera": camera.id.to_string(), "from_90k": (now - seconds(300)).ticks(), "to_90k": now.ticks(), "words": "A fight",
    });
    let answer = olga.post("/api/v1/incidents", mark.clone()).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    let incident = answer.json();
    assert_eq!(incident["ends_90k"], (now + seconds(7 * DAY_S)).ticks());
    let held = ines.get("/api/v1/holds").await.json();
    assert_eq!((&held["standing"][0]["class"], &held["standing"][0]["id"]), (&json!("marked"), &incident["hold"]));
    let kinds = world.kinds_in_log().await;
    assert!(["incident_marked", "hold_placed"].iter().all(|kind| kinds.contains(&(*kind).to_owned())), "{kinds:?}");
    assert_eq!(ines.get("/api/v1/grants").await.json()["incidents"][0]["marked"]["by"], "Olga Operator");

    let footage = WallRange { start: now - seconds(300), end: now };
    let mut request = world.request_of(camera.id, footage).await;
    request["incident"] = incident["id"].clone();
    ask(&world, &request).await;
    assert_eq!(ines.get("/api/v1/grants").await.json()["incidents"][0]["requests"], 1);
    let mut old = mark;
    old["from_90k"] = json!((now - seconds(3700)).ticks());
    assert_eq!(olga.post("/api/v1/incidents", old).await.problem(422, "invalid")["field"], "from_90k");
    let by_hand = json!({
        "class": "marked", "camera": camera.id.to_string(), "from_90k": footage.start.ticks(), "to_90k": footage.end.ticks(),
        "ends_90k": (now + seconds(DAY_S)).ticks(), "reason": "For ever", "owner": "Nobody",
    });
    assert_eq!(ines.post("/api/v1/holds", by_hand).await.problem(422, "invalid")["field"], "class");
}
