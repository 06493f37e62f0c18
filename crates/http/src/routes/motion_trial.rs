//! Trying terms for motion on footage that is there. A trial changes nothing: it says what would be, and what a draft of the policy must say.
//!
//! Scores over time tell when people were there. They need what a look needs; who writes or advises on the policy and may not look is told sums of
//! a quarter of an hour, which say no more than the Retention page says of each piece of footage (docs/design/motion.md).

use axum::extract::{Path, State};
use candour_archive::Explainer;
use candour_audit::{Look, LookKind, Subject, Under};
use candour_db::{CameraRow, SegmentState};
use candour_policy::{Candidate, LONGEST_KEEP, Policy, SHORTEST_KEEP, draft_parts};
use candour_units::{CameraId, WallDuration, WallRange};
use candour_wire::trial::{AskMotionTrial, MotionTrial, TrialDraft, TrialMethod, TrialRolls};
use serde_json::json;

use crate::acceptance::{Moment, must_be_accepted};
use crate::access::note_refused_look;
use crate::app::App;
use crate::extract::{Json, id, range, text};
use crate::grants::{self, Person};
use crate::policy_reading::in_force;
use crate::problem::{Kind, Problem};
use crate::roles::{Act, may};
use crate::routes::explanation::stillness;
use crate::session::SignedIn;
use crate::trial::answer::{Answer, Standing, Terms, answer};
use crate::trial::{LookedThrough, Turn, look_through};
use crate::zones;

const LONGEST_S: i64 = 3600;
/// What sums are told of.
const QUARTER: i64 = 900 * 90_000;
const MOST_PRE_S: i64 = 60;
const MOST_POST_S: i64 = 900;
const ROUTE: &str = "POST /api/v1/cameras/{id}/motion-trial";

/// Has footage looked through under other terms, for a minute at most. Nothing is changed.
#[utoipa::path(post, path = "/cameras/{id}/motion-trial", tag = "playback", params(("id" = String, Path, description = "Camera")),
    request_body = AskMotionTrial,
    responses((status = 200, body = MotionTrial), (status = 403), (status = 404), (status = 422), (status = 429), (status = 503)))]
pub(crate) async fn ask(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Json(asked): Json<AskMotionTrial>,
) -> Result<axum::Json<MotionTrial>, Problem> {
    let camera: CameraId = id(&camera, "such camera")?;
    let camera = app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?;
    let interval = range(asked.from_90k, asked.to_90k, LONGEST_S)?;
    let reason = text("reason", &asked.reason, 5..=200)?;
    let policy = in_force(&app).await?;
    let trial = Asked::read(&asked, policy.as_ref(), &camera, interval)?;
    let told = permitted(&app, &who, &trial, &reason).await?;
    let turn = app.trials.take()?;
    let look = entry(&who, &trial, &reason, told.under.clone());
    let receipt = app.log.motion_trial(look, told.word(), terms_json(&asked)).await?;
    let zones = zones::of_parts(&trial.zones.0, &trial.zones.1);
    let through = look_through(&app, &turn, &receipt, camera.id, interval, zones).await?;
    let through = through.ok_or_else(|| {
        Problem::new(Kind::NoFootage, "There is no footage of this camera in that time to try it on.")
    })?;
    let standing = standing(&app, &trial).await?;
    let found = answer(interval, &through, &standing, &trial.terms);
    // A grant may have been withdrawn while it was looked through.
    permitted(&app, &who, &trial, &reason).await?;
    let drafts = policy.as_ref().map(|policy| draft_parts(policy, &camera.name, &trial.candidate)).unwrap_or_default();
    let draft = drafts.into_iter().map(|part| TrialDraft { below: part.below, words: part.words, lines: part.lines });
    let words = words(&trial, &through, policy.is_some());
    Ok(axum::Json(shown(&trial, &turn, (receipt.entry(), told.is_sums), &through, found, (words, draft.collect()))))
}

/// What is tried, on what.
struct Asked<'a> {
    camera: &'a CameraRow,
    interval: WallRange,
    candidate: Candidate,
    terms: Terms,
    /// Watched and ignored: those that are tried, or those in force.
    zones: (Vec<candour_policy::Mask>, Vec<candour_policy::Mask>),
}

impl<'a> Asked<'a> {
    fn read(
        asked: &AskMotionTrial,
        policy: Option<&Policy>,
        camera: &'a CameraRow,
        interval: WallRange,
    ) -> Result<Self, Problem> {
        let terms = policy.and_then(|policy| policy.terms(&camera.name)).ok_or_else(|| {
            Problem::new(Kind::Conflict, "The policy in force does not name this camera, so there are no terms to set others against. Give it a purpose first.")
        })?;
        let candidate = Candidate {
            keep_if_still: asked.keep_if_still_s.map(|seconds| keep(seconds, terms.keep)).transpose()?,
            rolls: asked.rolls.map(rolls).transpose()?,
            zones: asked.zones.as_ref().map(zones::drawn).transpose()?,
        };
        let zones =
            candidate.zones.clone().unwrap_or_else(|| (terms.camera.watch.clone(), terms.camera.ignore.clone()));
        let terms = Terms::of(&candidate, terms.keep, terms.keep_if_still);
        Ok(Self { camera, interval, candidate, terms, zones })
    }

    fn subject(&self, reason: &str) -> Subject {
        Subject {
            cameras: vec![self.camera.id],
            interval: Some(self.interval),
            reason: Some(reason.to_owned()),
            ..Subject::default()
        }
    }

    /// What sums may be told of.
    fn is_for_sums(&self) -> Result<(), Problem> {
        if self.candidate.zones.is_some() {
            let words = "Whoever draws a part of the picture must see it: that needs a role and a grant to look. Without one, try the zones in force.";
            return Err(Problem::invalid("zones", words));
        }
        let (start, length) = (self.interval.start.ticks(), self.interval.duration().ticks());
        if start.rem_euclid(QUARTER) != 0 || length != QUARTER {
            let words = "Without a grant to look there are sums only, of a whole quarter of an hour: one that begins at a multiple of 15 minutes and is over.";
            return Err(Problem::invalid("from_90k", words));
        }
        Ok(())
    }
}

fn keep(seconds: i64, full: WallDuration) -> Result<WallDuration, Problem> {
    let keep = WallDuration::from_seconds(seconds.clamp(0, LONGEST_KEEP.seconds_floor()));
    if keep < SHORTEST_KEEP || keep >= full {
        let words = format!(
            "It must be {} at least, and shorter than the {} that all other footage of this camera lives.",
            candour_policy::length(SHORTEST_KEEP),
            candour_policy::length(full)
        );
        return Err(Problem::invalid("keep_if_still_s", words));
    }
    Ok(keep)
}

fn rolls(asked: TrialRolls) -> Result<(WallDuration, WallDuration), Problem> {
    if !(0..=MOST_PRE_S).contains(&asked.pre_s) || !(0..=MOST_POST_S).contains(&asked.post_s) {
        return Err(Problem::invalid(
            "rolls",
            format!("Up to {MOST_PRE_S} seconds before what moves, and up to {MOST_POST_S} after it."),
        ));
    }
    Ok((WallDuration::from_seconds(asked.pre_s), WallDuration::from_seconds(asked.post_s)))
}

/// What somebody may be told.
struct Told {
    is_sums: bool,
    under: Option<Under>,
}

impl Told {
    const fn word(&self) -> &'static str {
        if self.is_sums { "sums" } else { "trace" }
    }
}

/// Whoever may look needs what a look needs; everybody else is told sums.
async fn permitted(app: &App, who: &SignedIn, trial: &Asked<'_>, reason: &str) -> Result<Told, Problem> {
    if !may(&who.roles, Act::LookBack) {
        trial.is_for_sums()?;
        if trial.interval.end > app.clock.wall() {
            return Err(Problem::invalid("to_90k", "This quarter of an hour is not over yet."));
        }
        return Ok(Told { is_sums: true, under: None });
    }
    let person = Person { id: who.person.id, session: who.session.id, roles: &who.roles };
    let ground = match grants::may_look_back(app, person, &[trial.camera.id], trial.interval).await? {
        Ok(ground) => ground,
        Err(why) => {
            app.limits.refused_look(who.person.id, app.clock.mono())?;
            note_refused_look(app, who, trial.subject(reason), &why, ROUTE).await;
            return Err(Problem::new(Kind::LookRefused, why));
        }
    };
    if let Err(refused) = must_be_accepted(app, who.person.id, Moment::Begins).await {
        note_refused_look(app, who, trial.subject(reason), refused.detail(), ROUTE).await;
        return Err(refused);
    }
    Ok(Told { is_sums: false, under: grants::under(app, ground).await? })
}

fn entry(who: &SignedIn, trial: &Asked<'_>, reason: &str, under: Option<Under>) -> Look {
    let look = who.look_at(LookKind::Playback, std::slice::from_ref(trial.camera), reason);
    Look { interval: Some(trial.interval), under, ..look }
}

/// What stands in the log of the terms: how many parts were drawn, not where.
fn terms_json(asked: &AskMotionTrial) -> serde_json::Value {
    let parts = asked.zones.as_ref().map(|zones| zones.watch.len() + zones.ignore.len());
    json!({ "keep_if_still_s": asked.keep_if_still_s, "rolls": asked.rolls, "zones": parts })
}

/// The footage of all streams of the camera that lies in the interval, even in part.
async fn standing(app: &App, trial: &Asked<'_>) -> Result<Vec<Standing>, Problem> {
    let mut explainer = Explainer::new(app.db.clone());
    let mut standing = Vec::new();
    for stream in app.db.streams(trial.camera.id).await? {
        for row in app.db.segments_in(stream.id, trial.interval).await? {
            if matches!(row.state, SegmentState::Open | SegmentState::Closed) {
                let explanation = explainer.explain(&row).await?;
                let (weighed, because) = (explanation.weighed, stillness(&explanation));
                standing.push(Standing { row, stream: stream.kind.word(), weighed, because });
            }
        }
    }
    standing.sort_by_key(|one| one.row.start);
    Ok(standing)
}

fn words(trial: &Asked<'_>, through: &LookedThrough, has_policy: bool) -> Vec<String> {
    let mut words = Vec::new();
    if through.to < trial.interval.end {
        words.push(
            "A minute was not enough to look through all of it: what is told ends earlier. Go on from there."
                .to_owned(),
        );
    }
    if through.tried.unreadable > 0 {
        words.push(format!(
            "{} of its samples are no pictures, and what they would have shown is in doubt.",
            through.tried.unreadable
        ));
    }
    words.push(
        "The first second of what is looked through is always in doubt: the method does not know the place yet. A recorder that looks all day does.".to_owned(),
    );
    if trial.candidate.rolls.is_some() {
        words.push(
            "Recording around motion keeps the beginning and the end of what was looked through, because nothing is known of the time around it.".to_owned(),
        );
    }
    if has_policy {
        words.push(
            "Nothing was changed. What is tried holds once a version of the policy says it and has come into force."
                .to_owned(),
        );
    }
    words
}

fn shown(
    trial: &Asked<'_>,
    turn: &Turn,
    (entry, is_sums): (u64, bool),
    through: &LookedThrough,
    found: Answer,
    (words, draft): (Vec<String>, Vec<TrialDraft>),
) -> MotionTrial {
    let [moved_s, still_s, unsure_s, no_footage_s] = found.lengths;
    let settings = turn.settings();
    MotionTrial {
        camera: trial.camera.id.to_string(),
        stream: through.kind.word().to_owned(),
        from_90k: trial.interval.start.ticks(),
        to_90k: trial.interval.end.ticks(),
        looked_to_90k: through.to.ticks(),
        entry,
        method: TrialMethod {
            contrast_levels: settings.contrast_levels,
            step_levels: settings.step_levels,
            least_pixels: settings.least_pixels,
        },
        zones: zones::shown(&trial.zones.0, &trial.zones.1),
        moved_s,
        still_s,
        unsure_s,
        no_footage_s,
        in_force: found.in_force,
        tried: found.tried,
        detail: (!is_sums).then_some(found.detail),
        words,
        draft,
    }
}
