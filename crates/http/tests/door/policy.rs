//! The life of a policy at the door: who may take which step, and that nobody looks without having accepted it.

use candour_db::{CameraTerms, ComingIntoForce, PolicyAct, PolicyState};
use candour_units::{WallDuration, WallRange, WallTime};
use serde_json::{Value, json};

use crate::world::{Caller, PASSWORD, World};

/// A policy that names the camera `Yard`.
pub const POLICY: &str = r#"format = 1
[site]
name = "Town hall"
time_zone = "Europe/London"
jurisdiction = "england"
[controller]
name = "Town"
public_authority = true
regime = "uk_gdpr"
contact = "cctv@town.example"
complaints = "complaints@town.example"
system_owner = "Otto Owner"
data_protection_officer = "Dora Dpo"
[purposes.plant]
aim = "See whether the boilers leak."
necessity = "Nobody is there at night."
lawful_basis = "public_task"
basis_reason = "Local Government Act 1972 section 111"
owner = "Estates"
keep = "7 days"
schedule = "always"
[classes.plant]
kind = "plant"
[areas.yard]
name = "The boiler yard"
kind = "plant"
[cameras.Yard]
class = "plant"
area = "yard"
purpose = "plant"
"#;

async fn propose(by: &Caller, text: &str) -> Value {
    let answer = by.post("/api/v1/policy", json!({ "text": text })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn advise(world: &World, number: i64) {
    let dora = world.signed_in("dora").await;
    let answer =
        dora.post(&format!("/api/v1/policy/{number}/advise"), json!({ "words": "Keep it for less time." })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn approval(more: Value) -> Value {
    let mut asked = json!({ "reason": "Decided in May", "follows_advice": true });
    more.as_object().expect("fields").iter().for_each(|(name, value)| asked[name] = value.clone());
    asked
}

/// What the recorder does at the version's time.
async fn force(world: &World, number: i64, at: WallTime) {
    let act = PolicyAct { person: None, by: "the recorder", at, reason: "", detail: "{}" };
    let coming = ComingIntoForce { number, purposes: &[], terms: &[] as &[CameraTerms], promises: &[] };
    world.db.force_policy(&coming, act).await.expect("it was approved");
}

/// A first version, advised on, approved and in force since so many seconds.
pub async fn in_force(world: &World, text: &str, seconds: i64) {
    let otto = world.signed_in("otto").await;
    propose(&otto, text).await;
    advise(world, 1).await;
    let answer = otto.post("/api/v1/policy/1/approve", approval(json!({}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    force(world, 1, world.clock_now() - WallDuration::from_seconds(seconds)).await;
}

/// Somebody accepts that version.
pub async fn accepted_by(caller: &Caller) {
    assert_eq!(caller.post("/api/v1/policy/1/accept", json!({})).await.status, 204);
}

async fn second_owner(world: &World) -> Caller {
    let adam = world.signed_in("adam").await;
    let person =
        json!({ "sign_in_name": "otis", "full_name": "Otis Second", "roles": ["owner"], "password": PASSWORD });
    assert_eq!(adam.post("/api/v1/people", person).await.status, 201);
    world.signed_in("otis").await
}

#[tokio::test]
async fn from_a_proposal_to_an_approval() {
    let world = World::set_up().await;
    let otto = world.signed_in("otto").await;
    let proposed = propose(&otto, POLICY).await;
    assert_eq!(proposed["version"]["number"], 1);
    assert_eq!(proposed["version"]["state"], "draft");
    assert_eq!(proposed["reading"]["mistakes"], json!([]));
    assert_eq!(proposed["text"], POLICY);
    assert_eq!(proposed["acts"][0]["entry"].as_u64().map(|_| ()), Some(()), "the log has it");
    let [who, _, _, sent] = world.newest("policy_drafted").await.expect("an entry");
    assert_eq!((&who["name"], &sent["version"]), (&json!("Otto Owner"), &json!(1)));
    assert_eq!(sent["hash"], proposed["version"]["hash"]);

    let approve = "/api/v1/policy/1/approve";
    let words = otto.post(approve, approval(json!({}))).await.problem(409, "conflict")["detail"].clone();
    assert!(words.as_str().expect("words").contains("has not advised"), "{words}");
    advise(&world, 1).await;
    let asked = json!({ "reason": "Decided in May" });
    assert_eq!(otto.post(approve, asked).await.problem(422, "invalid")["field"], "follows_advice");
    let asked = json!({ "reason": "Decided in May", "departure": "no" });
    assert_eq!(otto.post(approve, asked).await.problem(422, "invalid")["field"], "departure");

    let otis = second_owner(&world).await;
    let refused = otto.post(approve, approval(json!({}))).await.problem(403, "forbidden");
    assert!(refused["detail"].as_str().expect("words").contains("another system owner"), "{refused}");
    let answer = otis.post(approve, approval(json!({}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let approved = answer.json();
    assert_eq!(approved["version"]["state"], "approved");
    assert_eq!(approved["version"]["approved_by"], "Otis Second");
    assert_eq!(approved["version"]["advice"]["by"], "Dora Dpo");
    let [_, _, why, sent] = world.newest("policy_approved").await.expect("an entry");
    assert_eq!((&why["reason"], &sent["deletes_segments"]), (&json!("Decided in May"), &json!(0)));

    // It waits, and nothing else may wait beside it.
    propose(&otto, POLICY).await;
    advise(&world, 2).await;
    otis.post("/api/v1/policy/2/approve", approval(json!({}))).await.problem(409, "exists");
    let adam = world.signed_in("adam").await;
    let withdraw = json!({ "reason": "We thought again" });
    adam.post("/api/v1/policy/1/withdraw", withdraw.clone()).await.problem(403, "forbidden");
    assert_eq!(adam.post("/api/v1/policy/2/withdraw", withdraw.clone()).await.status, 200);
    assert_eq!(otto.post("/api/v1/policy/1/withdraw", withdraw.clone()).await.status, 200);
    otto.post("/api/v1/policy/1/withdraw", withdraw).await.problem(409, "conflict");
    let all = otto.get("/api/v1/policy").await.json();
    let states: Vec<_> = all["versions"].as_array().expect("versions").iter().map(|it| it["state"].clone()).collect();
    assert_eq!(states, ["withdrawn", "withdrawn"]);
    assert_eq!((&all["in_force"], &all["approved"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_file_with_mistakes_is_not_stored_and_every_mistake_is_named() {
    let world = World::set_up().await;
    let otto = world.signed_in("otto").await;
    let wrong = POLICY.replace("owner = \"Estates\"\n", "").replace("\"always\"", "\"nights\"");
    let problem = otto.post("/api/v1/policy", json!({ "text": wrong })).await.problem(422, "invalid");
    assert_eq!(problem["field"], "text");
    let words = problem["detail"].as_str().expect("words");
    assert!(words.contains("ine ") && words.contains("purposes.plant"), "{words}");
    assert_eq!(otto.get("/api/v1/policy").await.json()["versions"], json!([]));
    let checked = otto.post("/api/v1/policy/check", json!({ "text": wrong })).await.json();
    let rules: Vec<_> = checked["mistakes"].as_array().expect("a list").iter().map(|it| it["rule"].clone()).collect();
    assert!(rules.contains(&json!("purposes.plant.owner")) || rules.contains(&json!("purposes.plant")), "{rules:?}");
    let large = format!("{POLICY}# {}\n", "x".repeat(1 << 20));
    assert_eq!(otto.post("/api/v1/policy/check", json!({ "text": large })).await.status, 200, "a file may be large");
    assert_eq!(otto.post("/api/v1/policy", json!({ "text": "x".repeat(6 << 20) })).await.status, 413);
}

#[tokio::test]
async fn nobody_looks_before_accepting_the_version_in_force() {
    let world = World::set_up().await;
    let (camera, _) = world.camera("Yard").await;
    let (otto, ines) = (world.signed_in("otto").await, world.signed_in("ines").await);
    let now = world.clock_now();
    let from = (now - WallDuration::from_seconds(60)).ticks();
    world.granted(camera.id, WallRange { start: now - WallDuration::from_seconds(60), end: now }).await;
    let look =
        json!({ "cameras": [camera.id.to_string()], "from_90k": from, "to_90k": from + 90_000, "reason": "Case 12" });
    assert_eq!(
        ines.post("/api/v1/looks", look.clone()).await.status,
        201,
        "without a policy there is nothing to accept"
    );
    propose(&otto, POLICY).await;
    advise(&world, 1).await;
    let answer = otto.post("/api/v1/policy/1/approve", approval(json!({}))).await;
    assert_eq!(answer.status, 200, "the only owner may approve what he proposed: {}", answer.text());
    assert_eq!(ines.get("/api/v1/policy").await.json()["to_accept_soon"], 1);
    let open = ines.post("/api/v1/looks", look.clone()).await.json();
    force(&world, 1, world.clock_now()).await;

    let refused = ines.post("/api/v1/looks", look.clone()).await.problem(403, "policy-not-accepted");
    assert!(refused["detail"].as_str().expect("words").contains("Version 1"), "{refused}");
    let [who, _, _, sent] = world.newest("look_refused").await.expect("it was written down");
    assert_eq!(who["name"], "Ines Investigator");
    assert!(sent["why"].as_str().expect("why").contains("accepted"), "{sent}");
    let renew = format!("/api/v1/looks/{}/renew", open["id"].as_str().expect("an id"));
    assert_eq!(ines.post(&renew, json!({})).await.status, 200, "what is open goes on for a day");

    assert_eq!(ines.get("/api/v1/policy").await.json()["to_accept"], 1);
    assert_eq!(ines.post("/api/v1/policy/1/accept", json!({})).await.status, 204);
    assert_eq!(ines.post("/api/v1/policy/1/accept", json!({})).await.status, 204, "twice is once");
    let [who, .., sent] = world.newest("policy_accepted").await.expect("an entry");
    assert_eq!((&who["name"], &sent["version"]), (&json!("Ines Investigator"), &json!(1)));
    assert_eq!(world.kinds_in_log().await.iter().filter(|kind| *kind == "policy_accepted").count(), 1);
    assert_eq!(ines.post("/api/v1/looks", look).await.status, 201);
    assert_eq!(otto.get("/api/v1/policy").await.json()["to_accept"], Value::Null, "an owner sees no footage");
    let accepted = otto.get("/api/v1/policy/1").await.json()["acceptances"].clone();
    assert_eq!(accepted[0]["name"], "Ines Investigator");
    let stored = world.db.policy_version(1).await.expect("a read").expect("it is there");
    assert_eq!(stored.state, PolicyState::InForce);
}
