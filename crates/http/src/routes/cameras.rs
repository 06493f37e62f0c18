//! Cameras: what they are, what they do, and the acts on them. What a camera is asked, and how it is judged, is the
//! program's; here are the request, the answer and the entry in the log.

use std::net::IpAddr;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_audit::{Event, EventKind, Subject};
use candour_db::{CameraRow, PurposeRow, StreamRow};
use candour_units::{CameraId, WallDuration};
use candour_wire::cameras::{
    AddCamera, Camera, CameraAccess, CameraDetail, CameraState, ChangeCamera, Outcome, PasswordState, Purpose, Stream,
};

use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{Json, id, text};
use crate::port::{CameraChange, CameraNow, JudgementShown, NewCamera, StreamState};
use crate::problem::Problem;
use crate::roles::{Act, may};
use crate::session::SignedIn;

const STRONGEST: usize = 3;

/// All cameras, by name.
#[utoipa::path(get, path = "/cameras", tag = "cameras", responses((status = 200, body = Vec<Camera>)))]
pub(crate) async fn list(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Vec<Camera>>, Problem> {
    let states = app.site.camera_states();
    let mut cameras = Vec::new();
    for row in app.db.cameras().await? {
        let judgement = app.site.judgement(&row);
        cameras.push(shown(&app, &who, &row, states.get(&row.id), &judgement).await?);
    }
    Ok(axum::Json(cameras))
}

/// One camera with every reason and the raw evidence.
#[utoipa::path(get, path = "/cameras/{id}", tag = "cameras", params(("id" = String, Path, description = "Camera")),
    responses((status = 200, body = CameraDetail), (status = 404)))]
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    as_it_is(&app, &who, &camera).await
}

/// Asks a device who it is, judges it, and adds it with its verdict.
#[utoipa::path(post, path = "/cameras", tag = "cameras", request_body = AddCamera,
    responses((status = 201, body = CameraDetail), (status = 409), (status = 422), (status = 502)))]
pub(crate) async fn add(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<AddCamera>,
) -> Result<(StatusCode, axum::Json<CameraDetail>), Problem> {
    let camera = NewCamera {
        name: text("name", &asked.name, 1..=60)?,
        address: address(&asked.address)?,
        onvif_port: port(asked.onvif_port)?,
        user: text("user", &asked.user, 0..=64)?,
        password: password(asked.password)?,
    };
    log_must_work(&app)?;
    let id = app.site.add_camera(camera, &who.person.full_name).await?;
    let row = app.db.camera(id).await?.ok_or_else(|| Problem::not_found("such camera any more"))?;
    let outcome = serde_json::json!({
        "name": row.name, "address": row.address, "verdict": row.outcome, "manufacturer": row.manufacturer,
        "model": row.model,
    });
    note(&app, &who, EventKind::CameraAdded, id, &outcome).await?;
    Ok((StatusCode::CREATED, axum::Json(detail(&app, &who, &row).await?)))
}

/// Asks the camera again and judges it anew.
#[utoipa::path(post, path = "/cameras/{id}/judge", tag = "cameras", params(("id" = String, Path, description = "Camera")),
    responses((status = 200, body = CameraDetail), (status = 404), (status = 409), (status = 502)))]
pub(crate) async fn judge_again(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    log_must_work(&app)?;
    app.site.judge_again(row.id, &who.person.full_name).await?;
    let row = known(&app, &camera).await?;
    let outcome = serde_json::json!({ "change": "judged again", "name": row.name, "verdict": row.outcome });
    note(&app, &who, EventKind::CameraChanged, row.id, &outcome).await?;
    detail(&app, &who, &row).await.map(axum::Json)
}

/// Changes the name or the credentials.
#[utoipa::path(patch, path = "/cameras/{id}", tag = "cameras", params(("id" = String, Path, description = "Camera")),
    request_body = ChangeCamera, responses((status = 200, body = CameraDetail), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn change(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Json(asked): Json<ChangeCamera>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    let name = asked.name.as_deref().map(|name| text("name", name, 1..=60)).transpose()?;
    let credentials = match (asked.user, asked.password) {
        (Some(user), Some(secret)) => Some((text("user", &user, 0..=64)?, password(secret)?)),
        (None, None) => None,
        _ => {
            return Err(Problem::invalid("password", "Give both the user and the password of the camera, or neither."));
        }
    };
    log_must_work(&app)?;
    let outcome = serde_json::json!({
        "change": "settings", "name": row.name, "new_name": name, "credentials": credentials.is_some(),
    });
    app.site.change_camera(row.id, CameraChange { name, credentials }, &who.person.full_name).await?;
    note(&app, &who, EventKind::CameraChanged, row.id, &outcome).await?;
    as_it_is(&app, &who, &camera).await
}

/// Gives the camera a new password that nobody knows, over TLS only: generated here, proved before the one before is forgotten.
#[utoipa::path(post, path = "/cameras/{id}/password", tag = "cameras", params(("id" = String, Path, description = "Camera")),
    responses((status = 200, body = CameraDetail), (status = 404), (status = 409), (status = 502)))]
pub(crate) async fn set_password(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    log_must_work(&app)?;
    // Before: what becomes of it is the recorder's own entry, whenever that is known.
    let said = serde_json::json!({ "change": "password asked for", "name": row.name });
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    app.site.set_camera_password(row.id).await?;
    as_it_is(&app, &who, &camera).await
}

/// Removes the camera; its footage lives on to its end.
#[utoipa::path(delete, path = "/cameras/{id}", tag = "cameras", params(("id" = String, Path, description = "Camera")),
    responses((status = 204), (status = 404)))]
pub(crate) async fn remove(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
) -> Result<StatusCode, Problem> {
    let row = known(&app, &camera).await?;
    log_must_work(&app)?;
    app.site.remove_camera(row.id, &who.person.full_name).await?;
    let outcome = serde_json::json!({ "name": row.name, "address": row.address });
    note(&app, &who, EventKind::CameraRemoved, row.id, &outcome).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The camera of a path as it is now.
async fn as_it_is(app: &App, who: &SignedIn, camera: &str) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(app, camera).await?;
    detail(app, who, &row).await.map(axum::Json)
}

/// The camera of a path, unless it was removed.
pub(super) async fn known(app: &App, camera: &str) -> Result<CameraRow, Problem> {
    let camera: CameraId = id(camera, "such camera")?;
    let row = app.db.camera(camera).await?.filter(|row| row.removed.is_none());
    row.ok_or_else(|| Problem::not_found("such camera"))
}

pub(super) async fn detail(app: &App, who: &SignedIn, row: &CameraRow) -> Result<CameraDetail, Problem> {
    let judgement = app.site.judgement(row);
    let states = app.site.camera_states();
    Ok(CameraDetail {
        camera: shown(app, who, row, states.get(&row.id), &judgement).await?,
        all_reasons: judgement.reasons,
        missing: judgement.missing,
        lists: judgement.lists,
        papers: judgement.papers,
        exceptions: judgement.exceptions,
        access: access(app, row).await?,
        evidence: judgement.evidence,
    })
}

async fn access(app: &App, row: &CameraRow) -> Result<CameraAccess, Problem> {
    let stands = app.db.camera_password(row.id).await?;
    let being_set = stands.as_ref().is_some_and(|stands| stands.next.is_some());
    let set = stands.and_then(|stands| stands.set);
    let password = match set {
        _ if being_set => PasswordState::BeingSet,
        Some(_) => PasswordState::Recorder,
        None => PasswordState::Typed,
    };
    let is_known = matches!(outcome(&row.outcome), Outcome::Accepted | Outcome::Conditional);
    Ok(CameraAccess {
        tls_key: row.tls_key.map(|key| key.to_string()),
        password,
        password_set_90k: set.map(candour_units::WallTime::ticks),
        may_set_password: row.tls_key.is_some() && is_known && !being_set,
    })
}

async fn shown(
    app: &App,
    who: &SignedIn,
    row: &CameraRow,
    now: Option<&CameraNow>,
    judgement: &JudgementShown,
) -> Result<Camera, Problem> {
    let purpose = match row.purpose {
        Some(purpose) => app.db.purpose(purpose).await?.as_ref().map(purpose_shown),
        None => None,
    };
    let streams = app.db.streams(row.id).await?;
    let (state, state_words, since) = match now {
        Some(now) => (now.state, now.words.clone(), now.since),
        None => (CameraState::Connecting, "The recorder has just learnt of it.".to_owned(), row.added),
    };
    let sees_addresses = may(&who.roles, Act::SeeCameraDetail);
    Ok(Camera {
        id: row.id.to_string(),
        name: row.name.clone(),
        address: if sees_addresses { row.address.clone() } else { String::new() },
        outcome: outcome(&row.outcome),
        reasons: judgement.reasons.iter().take(STRONGEST).cloned().collect(),
        state,
        state_words,
        state_since_90k: since.ticks(),
        manufacturer: row.manufacturer.clone(),
        model: row.model.clone(),
        firmware: row.firmware.clone(),
        clock_offset_90k: row.clock_offset.ticks(),
        judged_90k: row.judged.ticks(),
        purpose,
        streams: streams.iter().map(|stream| stream_shown(stream, now)).collect(),
        added_90k: row.added.ticks(),
    })
}

fn stream_shown(row: &StreamRow, now: Option<&CameraNow>) -> Stream {
    let now = now.and_then(|now| now.streams.iter().find(|stream| stream.kind == row.kind));
    Stream {
        kind: row.kind.word().to_owned(),
        encoding: row.encoding.clone(),
        width: row.width,
        height: row.height,
        rate: row.rate,
        state: now.map_or(StreamState::Off, |now| now.state).word().to_owned(),
        trouble: now.and_then(|now| now.trouble.clone()),
        measured: now.and_then(|now| now.measured),
    }
}

fn purpose_shown(row: &PurposeRow) -> Purpose {
    Purpose {
        id: row.id.to_string(),
        sentence: row.sentence.clone(),
        owner: row.owner.clone(),
        keep_days: keep_days(row.keep),
        written_90k: row.written.ticks(),
        written_by: row.written_by.clone(),
    }
}

/// Whole days of a promise; the demo's promises are shorter than a day and show as 0.
pub(crate) fn keep_days(keep: WallDuration) -> u32 {
    u32::try_from(keep.seconds_floor() / 86_400).unwrap_or(0)
}

/// An outcome nobody knows lets nothing in, so it shows as quarantined.
fn outcome(word: &str) -> Outcome {
    match word {
        "accepted" => Outcome::Accepted,
        "conditional" => Outcome::Conditional,
        "refused" => Outcome::Refused,
        _ => Outcome::Quarantined,
    }
}

fn address(typed: &str) -> Result<IpAddr, Problem> {
    let typed = typed.trim();
    typed.parse().map_err(|_| {
        Problem::invalid("address", "Type an IP address like 10.0.20.31. Names are not used: the address is pinned.")
    })
}

pub(super) fn port(asked: Option<u16>) -> Result<u16, Problem> {
    match asked {
        None => Ok(80),
        Some(0) => Err(Problem::invalid("onvif_port", "A port is a number from 1 to 65535.")),
        Some(port) => Ok(port),
    }
}

fn password(typed: candour_wire::secret::Secret) -> Result<candour_wire::secret::Secret, Problem> {
    let length = typed.expose().chars().count();
    if length > 128 || typed.expose().chars().any(char::is_control) {
        return Err(Problem::invalid(
            "password",
            "A camera's password has at most 128 characters and no control characters.",
        ));
    }
    Ok(typed)
}

pub(super) async fn note(
    app: &App,
    who: &SignedIn,
    kind: EventKind,
    camera: CameraId,
    outcome: &serde_json::Value,
) -> Result<(), Problem> {
    let subject = Subject { cameras: vec![camera], ..Subject::default() };
    let event = Event { kind, actor: who.actor(), subject, outcome: outcome.to_string() };
    app.log.append(event).await?;
    Ok(())
}
