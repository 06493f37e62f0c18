//! What of footage each role gets in each state of the policy and of the camera: the second table beside `matrix`, with questions that are
//! asked whole, so that the answer is the footage itself or the reason why there is none.

use candour_recording::GapCause;
use serde_json::json;

use crate::conversion::{Scene, scene};
use crate::footage::Feeder;
use crate::live::{Page, Told, open_to, until};
use crate::matrix::{check_roles, everybody};
use crate::policy::{POLICY, accepted_by, in_force};
use crate::site_double::not_accepted;
use crate::world::{Answer, Caller};

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A policy is in force, and whoever looks has accepted it.
    Accepted,
    /// One came into force while people looked, and nobody has accepted it yet.
    NotAccepted,
    /// The same, more than a day ago.
    NotAcceptedForADay,
    /// The gate has put the camera into quarantine; policy and people are as in the first.
    Quarantined,
}

const STATES: [State; 4] = [State::Accepted, State::NotAccepted, State::NotAcceptedForADay, State::Quarantined];

/// What is asked, then for each state of [`STATES`] what comes of it for each of operator, investigator, data protection officer,
/// administrator, system owner, approver. `y` footage, or what leads to it; `p` refused until the policy is accepted; `g` refused for
/// want of a grant; `r` refused for want of a role; `u` unknown, for it is somebody else's look; `n` the door opens, and nothing comes.
const EXPECTED: &[(&str, [&str; 4])] = &[
    // A wall that was open goes on for a day; what was open of a camera in quarantine has stopped.
    ("the operator's wall, open before", ["y", "y", "p", "n"]),
    ("live", ["yrrrrr", "prrrrr", "prrrrr", "nrrrrr"]),
    ("look", ["gyrrrr", "gprrrr", "gprrrr", "gyrrrr"]),
    ("motion-search", ["gyrrrr", "gprrrr", "gprrrr", "gyrrrr"]),
    // All of these under a look of the investigator's that was open before; after a day it goes on until it lapses, and is not renewed.
    ("plan", ["uyrrrr", "uyrrrr", "uyrrrr", "uyrrrr"]),
    ("media", ["uyrrrr", "uyrrrr", "uyrrrr", "uyrrrr"]),
    ("media converted", ["uyrrrr", "uyrrrr", "uyrrrr", "uyrrrr"]),
    ("still", ["uyrrrr", "uyrrrr", "uyrrrr", "uyrrrr"]),
    ("download", ["uyrrrr", "uyrrrr", "uyrrrr", "uyrrrr"]),
    ("playlist", ["uyrrrr", "uyrrrr", "uyrrrr", "uyrrrr"]),
    // The address of a player is the permission itself, for whoever has it on that machine.
    ("player", ["yyyyyy", "yyyyyy", "yyyyyy", "yyyyyy"]),
    ("renew", ["uyrrrr", "uyrrrr", "uprrrr", "uyrrrr"]),
];

/// People, a camera with footage, and what was open before the state came about.
struct Stage {
    scene: Scene,
    callers: Vec<Caller>,
    player: String,
    feeder: Feeder,
    wall: Page,
}

impl Stage {
    /// Everything open, nothing to accept yet; then the state comes about.
    async fn set(state: State) -> Self {
        let scene = scene().await;
        std::fs::write(scene.home.join("go"), "").expect("a file");
        let mut callers = everybody(&scene.world).await;
        callers[1] = scene.ines.clone();
        let player = scene.ines.post(&format!("{}/player", scene.look), json!({})).await;
        assert_eq!(player.status, 201, "{}", player.text());
        let player = player.json()["playlists"][0]["main"].as_str().expect("an address").to_owned();
        let mut feeder = Feeder::start(&scene.world, &scene.stream, false);
        feeder.feed(1);
        let mut wall = open_to(&scene.world, &callers[0]).await.expect("the operator may watch");
        wall.subscribe(1, &scene.camera).await;
        assert_eq!(wall.told().await, Told::Picture, "before anything happened");
        let mut stage = Self { scene, callers, player, feeder, wall };
        stage.come_about(state).await;
        stage
    }

    async fn come_about(&mut self, state: State) {
        let world = &self.scene.world;
        let ago = if state == State::NotAcceptedForADay { 25 * 3600 } else { 0 };
        in_force(world, POLICY, ago).await;
        if matches!(state, State::Accepted | State::Quarantined) {
            accepted_by(&self.callers[0]).await;
            accepted_by(&self.callers[1]).await;
        }
        if state == State::Quarantined {
            // As the estate does it: the row says so, then what streamed ends and is forgotten.
            let mut row = self.scene.camera.clone();
            row.outcome = "quarantined".to_owned();
            world.db.change_camera(&row).await.expect("the database works");
            let now = not_accepted("Gate 4 is in quarantine.", world.clock_now());
            world.site.states.lock().expect("not poisoned").insert(row.id, now);
            self.feeder.ends(GapCause::NotAccepted);
            world.archive.forget(self.scene.stream.id).await;
        }
    }

    /// What comes of a question, for each role that the table names.
    async fn answers(&mut self, question: &str) -> String {
        match question {
            "the operator's wall, open before" => return self.of_the_wall().await.to_string(),
            "live" => return self.of_new_walls().await,
            _ => {}
        }
        let mut told = String::new();
        for caller in &self.callers {
            told.push(said(&self.ask(caller, question).await));
        }
        told
    }

    async fn ask(&self, caller: &Caller, question: &str) -> Answer {
        let Scene { look, media, camera, start, end, .. } = &self.scene;
        let (from, to, id) = (start.ticks(), end.ticks(), camera.id);
        let reason = "case 12/2026";
        let asked = json!({ "cameras": [id.to_string()], "from_90k": from, "to_90k": to, "reason": reason });
        let searched = json!({ "from_90k": from, "to_90k": to, "reason": reason, "area": [0.0, 0.0, 1.0, 1.0] });
        let query = format!("camera={id}&stream=main&from_90k={from}&to_90k={to}");
        match question {
            "look" => caller.post("/api/v1/looks", asked).await,
            "motion-search" => caller.post(&format!("/api/v1/cameras/{id}/motion-search"), searched).await,
            "plan" => caller.get(&format!("{look}/plan?{query}")).await,
            "media" => caller.get(media.trim_end_matches("&convert=true")).await,
            "media converted" => caller.get(media).await,
            "still" => caller.get(&format!("{look}/still?camera={id}&stream=main&at_90k={from}")).await,
            "download" => caller.get(&format!("{look}/download?{query}")).await,
            "playlist" => caller.get(&format!("{look}/hls/{id}/main/index.m3u8")).await,
            "player" => caller.get(&self.player).await,
            "renew" => caller.post(&format!("{look}/renew"), json!({})).await,
            _ => panic!("nobody knows how to ask for {question}"),
        }
    }

    /// What goes on at the wall that was open, past its next renewal.
    async fn of_the_wall(&mut self) -> char {
        self.scene.world.clock.advance_s(45);
        let world = &self.scene.world;
        let mut told = None;
        until("the look is renewed, or the wall is told why not", async || {
            told = self.wall.told_soon().await;
            let newest = world.newest("look_live").await.expect("it was written down");
            told.is_some() || newest[3]["renewal"] == true
        })
        .await;
        if let Some(told) = told {
            return word(told);
        }
        self.feeder.feed(2);
        word(self.wall.told().await)
    }

    async fn of_new_walls(&mut self) -> String {
        let mut all = String::new();
        for caller in &self.callers {
            let Some(mut wall) = open_to(&self.scene.world, caller).await else {
                all.push('r');
                continue;
            };
            wall.subscribe(1, &self.scene.camera).await;
            let told = word(wall.told().await);
            wall.close().await;
            if told == 'n' {
                self.nothing_was_sent().await;
            }
            all.push(told);
        }
        all
    }

    /// The newest live look has ended, and the entry of its end says that nothing left.
    async fn nothing_was_sent(&self) {
        until("the end of the look is written down, with nothing sent", async || {
            let ended = self.scene.world.newest("look_ended").await;
            ended.is_some_and(|[.., sent]| sent["look"] == "live" && sent["sent"] == json!([]))
        })
        .await;
    }
}

fn word(told: Told) -> char {
    match told {
        Told::Picture => 'y',
        Told::Refused(why) if why.contains("accept it on the Policy page") => 'p',
        Told::Lost(why) if why.contains("quarantine") || why.contains("not accepted by the gate") => 'n',
        other => panic!("nothing of this was expected: {other:?}"),
    }
}

fn said(answer: &Answer) -> char {
    if matches!(answer.status.as_u16(), 200 | 201) {
        return 'y';
    }
    let problem = answer.json();
    let needs_role = problem["detail"].as_str().is_some_and(|words| words.contains("needs the role"));
    match (answer.status.as_u16(), problem["type"].as_str()) {
        (404, _) => 'u',
        (403, Some("/problems/policy-not-accepted")) => 'p',
        (403, Some("/problems/look-refused")) if needs_role => 'r',
        (403, Some("/problems/look-refused")) => 'g',
        _ => panic!("nothing of this was expected: {problem}"),
    }
}

/// The whole column of a state, and that it changes nothing of who may call what.
async fn check(state: State) {
    let mut stage = Stage::set(state).await;
    let place = STATES.iter().position(|other| *other == state).expect("it is one of them");
    for (question, expected) in EXPECTED {
        assert_eq!(stage.answers(question).await, expected[place], "{state:?}: {question}");
    }
    check_roles(&stage.callers, &format!("{state:?}")).await;
}

#[tokio::test]
async fn with_a_policy_that_everybody_accepted() {
    check(State::Accepted).await;
}

#[tokio::test]
async fn before_the_policy_is_accepted() {
    check(State::NotAccepted).await;
}

#[tokio::test]
async fn a_day_after_a_policy_came_into_force_that_was_not_accepted() {
    check(State::NotAcceptedForADay).await;
}

#[tokio::test]
async fn of_a_camera_in_quarantine() {
    check(State::Quarantined).await;
}
