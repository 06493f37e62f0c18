//! Why one piece of footage ends when it does, or ended: rule by rule (rule 9 of the store).

use axum::extract::State;
use candour_archive::{Decided, Explainer, Explanation, PromiseStep};
use candour_db::{HoldRow, SegmentRow, SegmentState, Stillness, Weighed};
use candour_policy::length;
use candour_units::{CameraId, StreamId, WallDuration, WallRange, WallTime};
use candour_wire::retention::{FoldedDeletions, FootageExplained, HeldBy, KeptFootage, PromiseMade};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Asked, id, moment};
use crate::names::CameraNames;
use crate::problem::Problem;
use crate::routes::retention::certificate;

/// Which footage.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// The camera.
    camera: String,
    /// The moment, in ticks of 1/90000 s since 1970.
    at_90k: i64,
}

/// Why the footage of a camera at one moment ends when it does, or ended.
#[utoipa::path(get, path = "/retention/explanation", tag = "retention", params(Question),
    responses((status = 200, body = FootageExplained), (status = 404), (status = 422)))]
pub(crate) async fn read(
    State(app): State<App>,
    Asked(asked): Asked<Question>,
) -> Result<axum::Json<FootageExplained>, Problem> {
    let camera: CameraId = id(&asked.camera, "such camera")?;
    let at = moment("at_90k", asked.at_90k)?;
    let range = WallRange { start: at, end: at + WallDuration::from_ticks(1) };
    let row = app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?;
    let names = CameraNames::load(&app, vec![camera]).await?;
    let holds = app.db.standing_holds().await?;
    let mut explainer = Explainer::new(app.db.clone());
    let mut found = FootageExplained {
        camera: row.id.to_string(),
        camera_name: names.get(camera),
        at_90k: at.ticks(),
        kept: Vec::new(),
        deleted: Vec::new(),
        folded: Vec::new(),
    };
    for stream in app.db.streams(camera).await? {
        for segment in app.db.segments_in(stream.id, range).await? {
            if matches!(segment.state, SegmentState::Open | SegmentState::Closed) {
                let explanation = explainer.explain(&segment).await?;
                found.kept.push(kept(&segment, stream.kind.word(), &explanation, &holds));
            }
        }
        found.deleted.extend(app.db.deleted_in(stream.id, range).await?.iter().map(|row| certificate(row, &names)));
        found.folded.extend(folded(&app, stream.id, range).await?);
    }
    Ok(axum::Json(found))
}

fn kept(row: &SegmentRow, stream: &str, explanation: &Explanation, holds: &[HoldRow]) -> KeptFootage {
    let promises = explanation.steps.iter().enumerate();
    KeptFootage {
        segment: row.id.to_string(),
        stream: stream.to_owned(),
        start_90k: row.start.ticks(),
        end_90k: row.end.ticks(),
        bytes: row.len_bytes,
        keep_until_90k: row.keep_until.ticks(),
        purpose: explanation.purpose.clone(),
        promises: promises
            .map(|(at, step)| made(step, at == 0, explanation.decided.filter(|by| by.step == at)))
            .collect(),
        stillness: stillness(explanation),
        holds: holds_on(row, holds).map(held).collect(),
    }
}

/// The holds that stand on a segment.
pub(crate) fn holds_on<'h>(row: &SegmentRow, holds: &'h [HoldRow]) -> impl Iterator<Item = &'h HoldRow> {
    let (camera, start, end) = (row.camera, row.start, row.end);
    holds.iter().filter(move |hold| hold.camera == camera && hold.interval.start < end && start < hold.interval.end)
}

fn held(hold: &HoldRow) -> HeldBy {
    HeldBy {
        hold: hold.id.to_string(),
        reason: hold.reason.clone(),
        owner: hold.owner.clone(),
        ends_90k: hold.ends.ticks(),
    }
}

/// What looking for motion says of a piece of footage, and what that does to its life.
pub(crate) fn stillness(explanation: &Explanation) -> Option<String> {
    let Weighed { stillness, still_until, .. } = explanation.weighed?;
    let full = explanation.had_it_moved().map_or_else(|| "its full life".to_owned(), length);
    let of = explanation.if_still().map(length);
    Some(match (stillness, of) {
        (Stillness::Unweighed, Some(_)) => {
            format!("Nobody has weighed yet whether something moved in it: it is kept for {full}.")
        }
        (Stillness::NotShown, Some(still)) => format!(
            "It is not shown that nothing moved in it over all its length, so it is kept for {full} and not for {still}."
        ),
        (Stillness::Still, Some(still))
            if still_until.is_some() || explanation.decided.is_some_and(|by| by.by_stillness) =>
        {
            format!("Nothing moved; kept for {still} of {full}.")
        }
        (Stillness::Still, _) => format!("Nothing moved. It is kept for {full} all the same."),
        (Stillness::Chosen, _) => {
            format!("Nothing moved. It was drawn to be looked at again, so it is kept for {full}.")
        }
        (Stillness::Agreed, _) => format!("Nothing moved, and a second look agrees. It is kept for {full}."),
        (Stillness::Missed, _) => {
            format!("Nothing was seen to move at first; a second look found that something did. It is kept for {full}.")
        }
        (Stillness::Undecided, _) => {
            format!("Nothing was seen to move at first; a second look can say nothing. It is kept for {full}.")
        }
        (Stillness::NotShortened, _) => {
            format!(
                "Nothing moved, but lives are not shortened since second looks found too much: it is kept for {full}."
            )
        }
        (Stillness::Unweighed | Stillness::NotShown, None) => return None,
    })
}

fn made(step: &PromiseStep, at_capture: bool, decided: Option<Decided>) -> PromiseMade {
    let by = match (step.version, &step.rule) {
        (Some(version), Some(rule)) => format!("version {version} of the policy ({rule})"),
        (Some(version), None) => format!("version {version} of the policy"),
        (None, _) => "a purpose written before there was a policy".to_owned(),
    };
    let when = if at_capture { "When it was captured" } else { "Later" };
    let verdict = match decided {
        Some(Decided { by_stillness: true, .. }) => ". This decided: nothing moved",
        Some(_) => ". This decided: it is the shortest",
        None => "",
    };
    let still = step.still.as_ref();
    let if_still =
        still.map_or_else(String::new, |still| format!(", or {} if nothing moves in it", length(still.keep)));
    PromiseMade {
        version: step.version,
        rule: step.rule.clone(),
        keep_90k: step.keep.ticks(),
        since_90k: step.since.ticks(),
        until_90k: step.until.map(WallTime::ticks),
        if_still_90k: still.map(|still| still.keep.ticks()),
        decided: decided.is_some(),
        words: format!("{when}, {by} promised that it lives for {}{if_still}{verdict}.", length(step.keep)),
    }
}

async fn folded(app: &App, stream: StreamId, range: WallRange) -> Result<Vec<FoldedDeletions>, Problem> {
    let stretches = app.db.deleted_stretches_in(stream, range).await?;
    let told = stretches.into_iter().map(|stretch| FoldedDeletions {
        start_90k: stretch.interval.start.ticks(),
        end_90k: stretch.interval.end.ticks(),
        words: format!(
            "{}. It was unlinked by {}. Its certificate is in the log, between entries {} and {}: candour-verify certificate \
             finds it by camera and time.",
            stretch.rule, stretch.unlinked_last, stretch.entries.0, stretch.entries.1
        ),
        rule: stretch.rule,
        entry: Some(stretch.entries.1),
    });
    Ok(told.collect())
}
