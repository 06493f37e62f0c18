//! Asking to look at recorded footage, and the plan of what there is inside a look.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_archive::Reading;
use candour_audit::{Look as Entry, LookKind, Subject, Under};
use candour_db::CameraRow;
use candour_units::{CameraId, ReceiptId, StreamId, WallRange, WallTime};
use candour_wire::playback::{AskLook, Look, Piece, Plan};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::acceptance::{Moment, must_be_accepted};
use crate::access::note_refused_look;
use crate::app::App;
use crate::extract::{self, Json, id, range, text};
use crate::grants::{self, Person};
use crate::looks::{self, Held};
use crate::problem::{Kind, Problem};
use crate::routes::timeline::stream_kind;
use crate::session::SignedIn;

const LONGEST_S: i64 = 3600;
/// What is asked of a plan is clipped to the look, so it may be longer than one.
const LONGEST_ASKED_S: i64 = 100 * 86_400;
const CAMERAS: std::ops::RangeInclusive<usize> = 1..=9;

/// Asks to look. The answer comes after the log entry is durable.
#[utoipa::path(post, path = "/looks", tag = "playback", request_body = AskLook,
    responses((status = 201, body = Look), (status = 403), (status = 404), (status = 422), (status = 503)))]
pub(crate) async fn ask(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<AskLook>,
) -> Result<(StatusCode, axum::Json<Look>), Problem> {
    let interval = range(asked.from_90k, asked.to_90k, LONGEST_S)?;
    let reason = text("reason", &asked.reason, 5..=200)?;
    let cameras = cameras(&app, &asked.cameras).await?;
    let ids: Vec<CameraId> = cameras.iter().map(|row| row.id).collect();
    let subject = || Subject {
        cameras: ids.clone(),
        interval: Some(interval),
        reason: Some(reason.clone()),
        ..Subject::default()
    };
    let ground = match grants::may_look_back(&app, person(&who), &ids, interval).await? {
        Ok(ground) => ground,
        Err(why) => {
            app.limits.refused_look(who.person.id, app.clock.mono())?;
            note_refused_look(&app, &who, subject(), &why, "POST /api/v1/looks").await;
            return Err(Problem::new(Kind::LookRefused, why));
        }
    };
    if let Err(refused) = must_be_accepted(&app, who.person.id, Moment::Begins).await {
        note_refused_look(&app, &who, subject(), refused.detail(), "POST /api/v1/looks").await;
        return Err(refused);
    }
    app.looks.room_for(who.session.id)?;
    let under = grants::under(&app, ground).await?;
    let receipt = app.log.look(look(&who, &cameras, interval, reason.clone(), under)).await?;
    let held = app.looks.hold(receipt, &who, ground, (app.clock.wall(), app.clock.mono()));
    // A grant may have been withdrawn while the entry was being written; then nobody would have found the look to end it.
    if let Err(why) = grants::may_look_back(&app, person(&who), &ids, interval).await? {
        looks::end(&app, held.receipt().id(), who.session.id).await?;
        return Err(Problem::new(Kind::LookRefused, why));
    }
    Ok((StatusCode::CREATED, axum::Json(shown(&app, &held))))
}

fn person(who: &SignedIn) -> Person<'_> {
    Person { id: who.person.id, session: who.session.id, roles: &who.roles }
}

/// Another entry; the look goes on.
#[utoipa::path(post, path = "/looks/{id}/renew", tag = "playback", params(("id" = String, Path, description = "Look")),
    responses((status = 200, body = Look), (status = 403), (status = 404), (status = 503)))]
pub(crate) async fn renew(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
) -> Result<axum::Json<Look>, Problem> {
    let held = find(&app, &who, &look)?;
    let old = held.receipt();
    if app.clock.mono() >= held.ends() {
        return Err(candour_audit::NotCovered::Lapsed.into());
    }
    // What was allowed at the start may not be any more.
    looks::may_go_on(&app, &held, who.person.id, &who.roles).await?;
    must_be_accepted(&app, who.person.id, Moment::GoesOn).await?;
    app.looks.renewed(&held, app.log.renew(&old).await?)?;
    Ok(axum::Json(shown(&app, &held)))
}

/// Ends the look: no more footage under it.
#[utoipa::path(delete, path = "/looks/{id}", tag = "playback", params(("id" = String, Path, description = "Look")),
    responses((status = 204), (status = 404)))]
pub(crate) async fn end(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
) -> Result<StatusCode, Problem> {
    looks::end(&app, id(&look, "such look")?, who.session.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlanQuestion {
    /// The camera.
    camera: String,
    /// `main` or `sub`.
    stream: String,
    /// First moment.
    from_90k: i64,
    /// First moment after.
    to_90k: i64,
}

/// The pieces of an interval inside the look.
#[utoipa::path(get, path = "/looks/{id}/plan", tag = "playback",
    params(("id" = String, Path, description = "Look"), PlanQuestion),
    responses((status = 200, body = Plan), (status = 403), (status = 404), (status = 422)))]
pub(crate) async fn plan(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
    extract::Asked(asked): extract::Asked<PlanQuestion>,
) -> Result<axum::Json<Plan>, Problem> {
    let held = find(&app, &who, &look)?;
    let interval = range(asked.from_90k, asked.to_90k, LONGEST_ASKED_S)?;
    let (reading, clipped) = open(&app, &held, &asked.camera, &asked.stream, interval).await?;
    let disclosed = reading.disclosed();
    Ok(axum::Json(Plan {
        pieces: reading.pieces().iter().map(piece).collect(),
        from_90k: clipped.start.ticks(),
        to_90k: clipped.end.ticks(),
        disclosed_from_90k: disclosed.map(|disclosed| disclosed.start.ticks()),
        disclosed_to_90k: disclosed.map(|disclosed| disclosed.end.ticks()),
    }))
}

/// The look of a path, of this sign-in.
pub(crate) fn find(app: &App, who: &SignedIn, look: &str) -> Result<std::sync::Arc<Held>, Problem> {
    let look: ReceiptId = id(look, "such look")?;
    app.looks.find(look, who.session.id)
}

/// Opens an interval under a look, clipped to it.
pub(crate) async fn open(
    app: &App,
    held: &Held,
    camera: &str,
    stream: &str,
    interval: WallRange,
) -> Result<(Reading, WallRange), Problem> {
    let (camera, stream, clipped) = covered(app, held, camera, stream, interval).await?;
    Ok((app.archive.read(&held.receipt(), camera.id, stream, clipped).await?, clipped))
}

/// The camera, the stream, and the part of an interval that a look allows now.
pub(crate) async fn covered(
    app: &App,
    held: &Held,
    camera: &str,
    stream: &str,
    interval: WallRange,
) -> Result<(CameraRow, StreamId, WallRange), Problem> {
    let camera: CameraId = id(camera, "such camera")?;
    let kind = stream_kind(stream)?;
    let receipt = held.receipt();
    let allowed = receipt.look().interval.unwrap_or(interval);
    let Some(clipped) = WallRange::new(interval.start.max(allowed.start), interval.end.min(allowed.end)) else {
        return Err(candour_audit::NotCovered::Interval.into());
    };
    receipt.covers_recorded(camera, clipped, app.clock.mono())?;
    if app.clock.mono() >= held.ends() {
        return Err(candour_audit::NotCovered::Lapsed.into());
    }
    let stream = app.db.streams(camera).await?.into_iter().find(|row| row.kind == kind);
    let stream = stream.ok_or_else(|| Problem::not_found(format_args!("{kind} stream of this camera")))?;
    let row = app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?;
    Ok((row, stream.id, clipped))
}

/// The cameras of a request, removed ones included: their footage lives on to its end.
async fn cameras(app: &App, asked: &[String]) -> Result<Vec<CameraRow>, Problem> {
    if !CAMERAS.contains(&asked.len()) {
        return Err(Problem::invalid("cameras", "Name one to nine cameras."));
    }
    let mut rows: Vec<CameraRow> = Vec::with_capacity(asked.len());
    for camera in asked {
        let camera: CameraId = id(camera, "such camera")?;
        if rows.iter().all(|row| row.id != camera) {
            rows.push(app.db.camera(camera).await?.ok_or_else(|| Problem::not_found("such camera"))?);
        }
    }
    Ok(rows)
}

fn look(who: &SignedIn, cameras: &[CameraRow], interval: WallRange, reason: String, under: Option<Under>) -> Entry {
    Entry { interval: Some(interval), under, ..who.look_at(LookKind::Playback, cameras, reason) }
}

fn shown(app: &App, held: &Held) -> Look {
    let (receipt, ground) = (held.receipt(), held.ground());
    let look = receipt.look();
    let (from, to) =
        look.interval.map_or((WallTime::EPOCH, WallTime::EPOCH), |interval| (interval.start, interval.end));
    let under = look.under.as_ref();
    Look {
        id: receipt.id().to_string(),
        entry: receipt.entry(),
        cameras: look.cameras.iter().map(ToString::to_string).collect(),
        from_90k: from.ticks(),
        to_90k: to.ticks(),
        lapses_in_ms: (held.ends().nanos() - app.clock.mono().nanos()) / 1_000_000,
        under: under.map_or("live", |under| under.ground).to_owned(),
        grant: under.and_then(|under| under.grant).map(|grant| grant.to_string()),
        case: under.and_then(|under| under.case.clone()),
        until_90k: grants::until(ground).unwrap_or(to).ticks(),
        export: grants::may_leave(ground),
    }
}

fn piece(piece: &candour_archive::Piece) -> Piece {
    Piece {
        segment: piece.segment.to_string(),
        start_90k: piece.disclosed.start.ticks(),
        end_90k: piece.disclosed.end.ticks(),
        origin_90k: piece.origin.ticks(),
        mime: format!("video/mp4; codecs=\"{}\"", piece.entry.codec_string),
        width: piece.entry.width,
        height: piece.entry.height,
    }
}
