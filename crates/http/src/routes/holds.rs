//! Holds: who keeps which footage past its end, why, and until when. Every act is an entry in the log.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_db::{CertificateRow, DeletionStep, HoldAct, HoldRow};
use candour_policy::{Hold as Standing, HoldClass, HoldRefused, HoldTerms, LONGEST_HELD, may_extend, may_place};
use candour_units::{CameraId, HoldId, WallRange};
use candour_wire::holds::{ExtendHold, Hold, HoldAct as Act, Holds, LiftHold, NotHeld, PlaceHold, PlacedHold};

use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{Json, id, moment, range, text};
use crate::names::CameraNames;
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;

const ENDED: i64 = 50;
const REASON: std::ops::RangeInclusive<usize> = 5..=300;

/// Holds that stand and the newest that ended.
#[utoipa::path(get, path = "/holds", tag = "retention", responses((status = 200, body = Holds)))]
pub(crate) async fn list(State(app): State<App>) -> Result<axum::Json<Holds>, Problem> {
    let (standing, ended) = (app.db.standing_holds().await?, app.db.ended_holds(ENDED).await?);
    let names = CameraNames::load(&app, standing.iter().chain(&ended).map(|row| row.camera).collect()).await?;
    let mut shown = Holds { standing: Vec::new(), ended: Vec::new() };
    for row in &standing {
        shown.standing.push(hold(&app, row, &names).await?);
    }
    for row in &ended {
        shown.ended.push(hold(&app, row, &names).await?);
    }
    Ok(axum::Json(shown))
}

/// Places a hold. The answer says which parts came too late.
#[utoipa::path(post, path = "/holds", tag = "retention", request_body = PlaceHold,
    responses((status = 201, body = PlacedHold), (status = 404), (status = 422)))]
pub(crate) async fn place(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<PlaceHold>,
) -> Result<(StatusCode, axum::Json<PlacedHold>), Problem> {
    let class = asked.class.parse().ok().filter(|class| *class != HoldClass::Marked);
    let class: HoldClass = class.ok_or_else(|| Problem::invalid("class", "A hold is legal or incident."))?;
    let camera: CameraId = id(&asked.camera, "such camera")?;
    let camera = app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?.id;
    let reason = text("reason", &asked.reason, REASON)?;
    let owner = text("owner", &asked.owner, 2..=100)?;
    let interval = range(asked.from_90k, asked.to_90k, LONGEST_HELD.seconds_floor())?;
    let (ends, now) = (moment("ends_90k", asked.ends_90k)?, app.clock.wall());
    may_place(&HoldTerms { reason: &reason, owner: &owner, interval, ends }, now).map_err(refused)?;
    log_must_work(&app)?;
    let row = HoldRow {
        id: HoldId::from_bytes(app.entropy.id()),
        class: class.word().to_owned(),
        camera,
        interval,
        reason,
        owner,
        placed_by: who.person.full_name.clone(),
        placed: now,
        ends,
        ended: None,
    };
    let gone = app.db.place_hold(&row).await?;
    log_newest_act(&app, &who, row.id).await;
    let not_held = not_held(&app, &row, &gone).await?;
    Ok((StatusCode::CREATED, axum::Json(PlacedHold { hold: shown(&app, row.id).await?, not_held })))
}

/// Gives a hold a later end, with a new reason.
#[utoipa::path(post, path = "/holds/{id}/extend", tag = "retention", params(("id" = String, Path, description = "Hold")),
    request_body = ExtendHold, responses((status = 200, body = Hold), (status = 404), (status = 422)))]
pub(crate) async fn extend(
    State(app): State<App>,
    who: SignedIn,
    Path(hold): Path<String>,
    Json(asked): Json<ExtendHold>,
) -> Result<axum::Json<Hold>, Problem> {
    let row = standing(&app, &hold).await?;
    let reason = text("reason", &asked.reason, REASON)?;
    let (ends, now) = (moment("ends_90k", asked.ends_90k)?, app.clock.wall());
    let terms = Standing { id: row.id, camera: row.camera, interval: row.interval, ends: row.ends };
    may_extend(&terms, ends, &reason, now).map_err(refused)?;
    log_must_work(&app)?;
    app.db.extend_hold(row.id, ends, HoldAct { by: &who.person.full_name, at: now, reason: &reason }).await?;
    log_newest_act(&app, &who, row.id).await;
    shown(&app, row.id).await.map(axum::Json)
}

/// Ends a hold before its time: footage past its promised end goes with the next sweep.
#[utoipa::path(post, path = "/holds/{id}/lift", tag = "retention", params(("id" = String, Path, description = "Hold")),
    request_body = LiftHold, responses((status = 200, body = Hold), (status = 404), (status = 422)))]
pub(crate) async fn lift(
    State(app): State<App>,
    who: SignedIn,
    Path(hold): Path<String>,
    Json(asked): Json<LiftHold>,
) -> Result<axum::Json<Hold>, Problem> {
    let row = standing(&app, &hold).await?;
    let reason = text("reason", &asked.reason, REASON)?;
    log_must_work(&app)?;
    let act = HoldAct { by: &who.person.full_name, at: app.clock.wall(), reason: &reason };
    app.db.lift_hold(row.id, act).await?;
    log_newest_act(&app, &who, row.id).await;
    shown(&app, row.id).await.map(axum::Json)
}

async fn standing(app: &App, hold: &str) -> Result<HoldRow, Problem> {
    let hold: HoldId = id(hold, "such hold")?;
    let row = app.db.hold(hold).await?.ok_or_else(|| Problem::not_found("such hold"))?;
    if row.ended.is_some() {
        return Err(Problem::new(Kind::Conflict, "The hold has ended already. Place a new one if it is still needed."));
    }
    Ok(row)
}

/// Writes the newest act down in the name of whoever did it. Should that fail now, the sweep writes it down: the act itself
/// stands either way, and for a hold that is the safe side.
pub(crate) async fn log_newest_act(app: &App, who: &SignedIn, hold: HoldId) {
    let acts = match app.db.hold_acts(hold).await {
        Ok(acts) => acts,
        Err(error) => {
            return tracing::error!(%hold, error = candour_units::chain(&error), "an act on a hold is not logged yet");
        }
    };
    let Some(newest) = acts.last().filter(|act| act.entry.is_none()) else { return };
    if let Err(error) = app.archive.log_hold_act(newest, who.actor()).await {
        tracing::error!(%hold, error = candour_units::chain(&error), "an act on a hold is not logged yet");
    }
}

fn refused(why: HoldRefused) -> Problem {
    let field = match why {
        HoldRefused::Reason => "reason",
        HoldRefused::Owner => "owner",
        HoldRefused::NotYet => "from_90k",
        HoldRefused::TooMuch => "to_90k",
        HoldRefused::Past | HoldRefused::EndsWithin | HoldRefused::TooFar | HoldRefused::NotLater => "ends_90k",
    };
    Problem::invalid(field, crate::sentences::sentence(&why))
}

async fn shown(app: &App, id: HoldId) -> Result<Hold, Problem> {
    let row = app.db.hold(id).await?.ok_or_else(|| Problem::not_found("such hold any more"))?;
    let names = CameraNames::load(app, vec![row.camera]).await?;
    hold(app, &row, &names).await
}

async fn hold(app: &App, row: &HoldRow, names: &CameraNames) -> Result<Hold, Problem> {
    let extent = match row.ended {
        None => Some(app.db.held_extent(row.camera, row.interval).await?),
        Some(_) => None,
    };
    let acts = app.db.hold_acts(row.id).await?;
    Ok(Hold {
        id: row.id.to_string(),
        class: row.class.clone(),
        camera: row.camera.to_string(),
        camera_name: names.get(row.camera),
        from_90k: row.interval.start.ticks(),
        to_90k: row.interval.end.ticks(),
        reason: row.reason.clone(),
        owner: row.owner.clone(),
        placed_by: row.placed_by.clone(),
        placed_90k: row.placed.ticks(),
        ends_90k: row.ends.ticks(),
        ended_90k: row.ended.as_ref().map(|(at, _)| at.ticks()),
        outcome: row.ended.as_ref().map(|(_, outcome)| outcome.clone()),
        segments: extent.map(|(segments, _)| segments),
        bytes: extent.map(|(_, bytes)| bytes),
        acts: acts
            .into_iter()
            .map(|act| Act {
                act: act.act,
                by: act.by,
                at_90k: act.at.ticks(),
                reason: act.reason,
                ends_90k: act.ends.ticks(),
                entry: act.entry,
            })
            .collect(),
    })
}

/// The parts whose deletion had begun, touching ones of a stream as one, clipped to what was asked for.
async fn not_held(app: &App, hold: &HoldRow, gone: &[CertificateRow]) -> Result<Vec<NotHeld>, Problem> {
    let asked = hold.interval;
    let mut not_held = Vec::new();
    for stream in app.db.streams(hold.camera).await? {
        let folded = app.db.deleted_stretches_in(stream.id, asked).await?;
        let rows = || gone.iter().filter(|row| row.stream == stream.id);
        let certified = rows().filter(|row| row.step == DeletionStep::Certified).map(|row| row.interval);
        let begun = rows().filter(|row| row.step < DeletionStep::Certified).map(|row| row.interval);
        let deleted = joined(folded.iter().map(|stretch| stretch.interval).chain(certified), asked);
        let begun = joined(begun, asked);
        let told = deleted.into_iter().map(|part| (part, "It was deleted before."));
        for (part, words) in told.chain(begun.into_iter().map(|part| (part, "Its deletion had begun."))) {
            not_held.push(NotHeld {
                stream: stream.kind.word().to_owned(),
                from_90k: part.start.ticks(),
                to_90k: part.end.ticks(),
                words: words.to_owned(),
            });
        }
    }
    Ok(not_held)
}

/// Parts inside `asked`, in order, touching ones as one.
fn joined(parts: impl Iterator<Item = WallRange>, asked: WallRange) -> Vec<WallRange> {
    let mut parts: Vec<_> = parts
        .map(|part| WallRange { start: part.start.max(asked.start), end: part.end.min(asked.end) })
        .filter(|part| part.start < part.end)
        .collect();
    parts.sort_by_key(|part| part.start);
    let mut out: Vec<WallRange> = Vec::new();
    for part in parts {
        match out.last_mut().filter(|last| last.end >= part.start) {
            Some(last) => last.end = last.end.max(part.end),
            None => out.push(part),
        }
    }
    out
}
