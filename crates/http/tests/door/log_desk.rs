//! The log desk: who saw a camera, in one question; an index that follows the log and can be lost; files that a stranger checks; what
//! stands out, told to the auditor alone.

use candour_audit::{Actor, Event, EventKind, Look, LookKind, Subject, Under};
use candour_ledger::{LogExport, VerifierKey};
use candour_units::{CameraId, PersonId, SessionId, WallDuration, WallRange, WallTime};
use serde_json::Value;

use crate::world::{Caller, World};

const HOUR: i64 = 3600;

/// A look as the door writes it, without footage behind it.
fn look(name: &str, camera: CameraId, kind: LookKind, interval: Option<WallRange>) -> Look {
    let person = PersonId::from_bytes([name.len() as u8; 16]);
    let under = interval.map(|_| Under { ground: "grant", grant: None, case: Some("Case 2026/A".to_owned()) });
    Look {
        person,
        name: name.to_owned(),
        session: SessionId::from_bytes([2; 16]),
        station: None,
        address: "10.0.0.7".to_owned(),
        reason: format!("=cmd|' of {name}"),
        purpose: None,
        cameras: vec![camera],
        kind,
        interval,
        under,
    }
}

fn hours_ago(world: &World, from: i64, to: i64) -> WallRange {
    let now = world.clock_now();
    let before = |hours: i64| now - WallDuration::from_seconds(hours * HOUR);
    WallRange { start: before(from), end: before(to) }
}

async fn search(dora: &Caller, question: &str) -> Value {
    dora.get(&format!("/api/v1/log/search?{question}")).await.json()
}

fn indices(found: &Value) -> Vec<u64> {
    found["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["index"].as_u64().expect("a position"))
        .collect()
}

fn footage(range: WallRange) -> String {
    format!("from_90k={}&to_90k={}", range.start.ticks(), range.end.ticks())
}

#[tokio::test]
async fn who_saw_a_camera_is_one_question() {
    let world = World::set_up().await;
    let (yard, _) = world.camera("Yard").await;
    let (gate, _) = world.camera("Gate").await;
    let (old, asked) = (hours_ago(&world, 5, 4), hours_ago(&world, 3, 2));
    for (name, camera, interval) in [("Ada", yard.id, asked), ("Beatrix", yard.id, old), ("Cleo C", gate.id, asked)] {
        world.log.look(look(name, camera, LookKind::Playback, Some(interval))).await.expect("a look");
    }
    let live = world.log.look(look("Dora-Live", yard.id, LookKind::Live, None)).await.expect("a look");
    world.clock.advance_s(50);
    world.log.renew(&live).await.expect("a renewal");
    let dora = world.signed_in("dora").await;

    let found = search(&dora, &format!("camera={}&{}", yard.id, footage(asked))).await;
    let seen_by = found["seen_by"].as_array().expect("people");
    assert_eq!(seen_by.len(), 1, "{found}");
    assert_eq!((&seen_by[0]["name"], seen_by[0]["recorded"].as_u64()), (&"Ada".into(), Some(1)));
    let words: Vec<_> = found["entries"].as_array().expect("entries").iter().map(|entry| &entry["words"]).collect();
    assert_eq!(words.len(), 2, "the look, and the search itself: {words:?}");
    // The half hour before the old interval ends, and what is happening now: live counts with its own time, renewals included.
    let now = WallRange { start: live_until(&world), end: live_until(&world) + WallDuration::from_seconds(5) };
    let found = search(&dora, &format!("camera={}&{}&kind=seen", yard.id, footage(now))).await;
    assert_eq!(found["seen_by"][0]["name"], "Dora-Live", "{found}");
    assert_eq!(
        (indices(&found).len(), found["seen_by"][0]["live"].as_u64()),
        (1, Some(1)),
        "a renewal is no second look"
    );
    let sent = &world.newest("log_read").await.expect("a search is an entry")[3];
    assert_eq!((&sent["search"]["camera"], &sent["search"]["kind"]), (&yard.id.to_string().into(), &"seen".into()));
}

/// Within the renewal, beyond the first minute.
fn live_until(world: &World) -> WallTime {
    world.clock_now() + WallDuration::from_seconds(30)
}

#[tokio::test]
async fn every_filter_narrows_and_the_index_can_be_lost() {
    let world = World::set_up().await;
    let (yard, _) = world.camera("Yard").await;
    let asked = hours_ago(&world, 3, 2);
    world.log.look(look("Ada", yard.id, LookKind::Playback, Some(asked))).await.expect("a look");
    let dora = world.signed_in("dora").await;
    let questions = [
        "case=case%202026/a".to_owned(),
        format!("person={}", PersonId::from_bytes([3; 16])),
        format!("camera={}&kind=look_playback", yard.id),
        "kind=seen".to_owned(),
    ];
    let mut before = Vec::new();
    for question in &questions {
        let found = indices(&search(&dora, question).await);
        assert_eq!(found.len(), 1, "{question}");
        before.push(found);
    }
    // The choices tell of it, and what is no choice is refused.
    let choices = dora.get("/api/v1/log/choices").await.json();
    assert!(
        choices["people"].to_string().contains("Ada") && choices["cameras"].to_string().contains("Yard"),
        "{choices}"
    );
    for wrong in ["kind=nothing", "from_90k=5", "from_90k=9&to_90k=5", "limit=0", "case=", "format=csv", "colour=red"] {
        dora.get(&format!("/api/v1/log/search?{wrong}")).await.problem(422, "invalid");
    }
    dora.get("/api/v1/log/search?camera=zzz").await.problem(404, "not-found");

    world.db.empty_log_index().await.expect("it is lost");
    for (question, expected) in questions.iter().zip(&before) {
        assert_eq!(&indices(&search(&dora, question).await), expected, "made anew: {question}");
    }
    let world = world.restarted().await;
    let dora = world.signed_in("dora").await;
    assert_eq!(indices(&search(&dora, &questions[0]).await), before[0]);
}

#[tokio::test]
async fn pages_of_a_search_end() {
    let world = World::set_up().await;
    let (yard, _) = world.camera("Yard").await;
    for hour in 0..5 {
        let interval = hours_ago(&world, 9 - hour, 8 - hour);
        world.log.look(look("Ada", yard.id, LookKind::Playback, Some(interval))).await.expect("a look");
    }
    let dora = world.signed_in("dora").await;
    let (mut before, mut seen) = (String::new(), Vec::new());
    loop {
        let found = search(&dora, &format!("kind=look_playback&limit=2{before}")).await;
        seen.extend(indices(&found));
        let Some(next) = found["before"].as_u64() else { break };
        before = format!("&before={next}");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
    let searches = world.log.entries(0, 4096).await.expect("a read");
    let searches = searches.iter().filter(|entry| entry.kind == "log_read").count();
    assert_eq!(searches, 1, "turning pages of one question is one reading");
}

#[tokio::test]
async fn an_export_is_an_entry_and_a_stranger_can_check_it() {
    let world = World::set_up().await;
    let (yard, _) = world.camera("Yard").await;
    world.log.look(look("Ada", yard.id, LookKind::Playback, Some(hours_ago(&world, 3, 2)))).await.expect("a look");
    let dora = world.signed_in("dora").await;
    let file = dora.get("/api/v1/log/export?format=json&kind=seen").await;
    assert!(file.headers["content-disposition"].to_str().expect("text").starts_with("attachment; filename=\"log-"));
    let export = LogExport::parse(&file.text()).expect("an export");
    let key = VerifierKey::parse(&world.log.status().verifier_key).expect("a key");
    let checkpoint = export.verify(&key).expect("it verifies");
    assert_eq!((export.entries.len(), checkpoint.size), (1, world.log.status().size));
    assert_eq!(export.question().as_deref(), Some("{\"kind\":\"seen\"}"));
    let sent = &world.newest("log_exported").await.expect("an entry")[3];
    assert_eq!((&sent["form"], &sent["entries"]), (&"json".into(), &1.into()));

    let sheet = dora.get("/api/v1/log/export?format=csv&kind=seen").await.text();
    let lines: Vec<_> = sheet.lines().collect();
    assert_eq!(lines.len(), 2, "{sheet}");
    assert!(lines[1].contains("\"'=cmd|' of Ada\""), "no cell is a formula: {}", lines[1]);
    for wrong in ["", "format=pdf", "format=csv&limit=5", "format=csv&before=5"] {
        dora.get(&format!("/api/v1/log/export?{wrong}")).await.problem(422, "invalid");
    }
    // No entry, no file.
    world.break_log();
    dora.get("/api/v1/log/export?format=json").await.problem(503, "log-not-writable");
    world.mend_log();
}

#[tokio::test]
async fn what_stands_out_is_told_to_the_auditor_alone() {
    let world = World::set_up().await;
    let (yard, _) = world.camera("Yard").await;
    for number in 0..5 {
        let actor = Actor::Unknown { address: "10.0.0.66".to_owned() };
        let outcome = format!("{{\"name_length\":{number},\"why\":\"wrong\"}}");
        let event = Event { kind: EventKind::SignInRefused, actor, subject: Subject::default(), outcome };
        world.log.append(event).await.expect("a write");
    }
    for hour in 0..4 {
        let interval = hours_ago(&world, 9 - hour, 8 - hour);
        world.log.look(look("Ada", yard.id, LookKind::Playback, Some(interval))).await.expect("a look");
    }
    let (dora, olga) = (world.signed_in("dora").await, world.signed_in("olga").await);
    let told = dora.get("/api/v1/log/anomalies").await.json();
    let told_of = |kind: &str| {
        let all = told["anomalies"].as_array().expect("anomalies");
        all.iter().find(|one| one["kind"] == kind).map(|one| one["who"].as_str().expect("a name").to_owned())
    };
    assert_eq!(told_of("refusals").as_deref(), Some("Somebody at 10.0.0.66"), "{told}");
    assert_eq!(told_of("bulk").as_deref(), Some("Ada"), "{told}");
    assert!(told["rule"].as_str().expect("words").contains("07:00 to 19:00 (Etc/UTC)"));
    // Housekeeping raises the alarm in its next slow round; after a restart that is the first.
    let world = world.restarted().await;
    let (dora, mut kinds) = (world.signed_in("dora").await, Vec::new());
    for _ in 0..600 {
        let strip = dora.get("/api/v1/status").await.json();
        kinds = strip["alarms"].as_array().expect("alarms").iter().map(|alarm| alarm["kind"].clone()).collect();
        if kinds.contains(&"looks_stand_out".into()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(kinds.contains(&"looks_stand_out".into()), "{kinds:?}");
    drop(olga);
    let strip = world.signed_in("olga").await.get("/api/v1/status").await.json();
    assert!(!strip.to_string().contains("looks_stand_out"), "not to whoever may be the one: {strip}");
}

/// After the time of the details is over neither journal nor database, free pages and log of writes included, says who it was.
#[tokio::test]
async fn erased_details_are_nowhere() {
    let world = World::set_up().await;
    let (yard, _) = world.camera("Yard").await;
    let name = "Wilhelmina Erasable";
    world.log.look(look(name, yard.id, LookKind::Playback, Some(hours_ago(&world, 3, 2)))).await.expect("a look");
    let dora = world.signed_in("dora").await;
    assert_eq!(indices(&search(&dora, "kind=seen").await).len(), 1);
    assert!(is_somewhere(&world, name), "it is in the index and in the journal");
    world.clock.advance_s(400 * 86_400);
    let moment = world.clock_now() - WallDuration::from_seconds(396 * 86_400);
    assert!(world.log.erase_details(moment, 396).await.expect("it goes").is_some());
    let dora = world.signed_in("dora").await;
    let found = search(&dora, "kind=look_playback").await;
    assert_eq!(indices(&found).len(), 1, "the entry stays, and is found by its kind");
    assert_eq!(found["entries"][0]["groups"]["who"], Value::Null);
    assert!(found["erased"]["before"].as_u64().is_some_and(|before| before > 0), "{found}");
    assert_eq!(indices(&search(&dora, "kind=seen").await), Vec::<u64>::new());
    // Readers of the database may keep an old page of its log of writes for a moment.
    for _ in 0..600 {
        if !is_somewhere(&world, name) {
            break;
        }
        world.db.empty_log_index().await.expect("it is emptied");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!is_somewhere(&world, name));
}

/// Whether a file of the recorder holds these words.
fn is_somewhere(world: &World, words: &str) -> bool {
    let mut directories = vec![world.dir.path().to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| bytes.windows(words.len()).any(|w| w == words.as_bytes()))
            {
                return true;
            }
        }
    }
    false
}
