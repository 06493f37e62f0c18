//! Looking at a camera to set it up: asked for, agreed to where it was in force, seen one picture at a time, signed.

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use candour_audit::{Event, EventKind, Subject};
use candour_db::{CameraRow, Signature, ViewRow, ViewSigned};
use candour_policy::{Beginning, VIEW_LASTS, may_begin_view, may_decide_view};
use candour_units::{CameraId, ViewId};
use candour_wire::commissioning::{AskView, AskedView, Commissioning, DecideView, SignView};
use serde_json::json;

use super::cameras::known;
use crate::acceptance::{Moment, must_be_accepted};
use crate::access::{log_must_work, note_refused_look};
use crate::app::App;
use crate::commissioning::{self, Facts, Opening, SetUpLook};
use crate::extract::{Json, id, text};
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;

/// The answer's header with the moment that the picture shows, in ticks of 1/90000 s since 1970.
const PICTURE_AT: HeaderName = HeaderName::from_static("picture-at-90k");

/// How it stands with setting a camera up.
#[utoipa::path(get, path = "/cameras/{id}/commissioning", tag = "commissioning",
    params(("id" = String, Path, description = "Camera")), responses((status = 200, body = Commissioning), (status = 404)))]
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
) -> Result<axum::Json<Commissioning>, Problem> {
    let row = known(&app, &camera).await?;
    commissioning::shown(&app, &who, &row).await.map(axum::Json)
}

/// Looks at a camera to set it up, goes on with a look that was begun, or asks a second person where the camera was in force. The answer comes
/// after the log entry is durable.
#[utoipa::path(post, path = "/cameras/{id}/commissioning", tag = "commissioning",
    params(("id" = String, Path, description = "Camera")), request_body = AskView,
    responses((status = 201, body = Commissioning), (status = 403), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn begin(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Json(asked): Json<AskView>,
) -> Result<(StatusCode, axum::Json<Commissioning>), Problem> {
    let row = known(&app, &camera).await?;
    let reason = text("reason", &asked.reason, 5..=200)?;
    log_must_work(&app)?;
    let _one = app.views_lock.lock().await;
    let facts = Facts::of(&app, &row).await?;
    let now = app.clock.wall();
    let begins = match may_begin_view(&who.roles, who.person.id, facts.camera, &facts.acts(), now) {
        Ok(begins) => begins,
        Err(refused) => return Err(refuse(&app, &who, &row, &reason, refused.to_string()).await),
    };
    if let Err(refused) = must_be_accepted(&app, who.person.id, Moment::Begins).await {
        note_refused_look(&app, &who, subject(&row, &reason), refused.detail(), ASKED).await;
        return Err(refused);
    }
    let opening = match begins {
        Beginning::Asks => {
            ask(&app, &who, &row, reason).await?;
            return Ok((StatusCode::CREATED, axum::Json(commissioning::shown(&app, &who, &row).await?)));
        }
        Beginning::NotInForce => {
            let asked = Signature { by: who.person.id, name: who.person.full_name.clone(), at: now };
            let until = now + VIEW_LASTS;
            let view = new_view(&app, &row, &reason, asked);
            app.db.add_view(&ViewRow { began: Some(now), until: Some(until), ..view.clone() }).await?;
            Opening { view: view.id, until, agreed: false, reason }
        }
        Beginning::Agreed(index) => {
            let (view, until) = (facts.views[index].id, now + VIEW_LASTS);
            if !app.db.begin_view(view, now, until).await? {
                return Err(Problem::new(Kind::Conflict, "This look has begun already."));
            }
            Opening { view, until, agreed: true, reason: facts.views[index].reason.clone() }
        }
        Beginning::GoesOn(index) => {
            let view = &facts.views[index];
            Opening { view: view.id, until: view.until.unwrap_or(now), agreed: view.decided.is_some(), reason }
        }
    };
    commissioning::open(&app, &who, &row, opening).await?;
    Ok((StatusCode::CREATED, axum::Json(commissioning::shown(&app, &who, &row).await?)))
}

const ASKED: &str = "POST /api/v1/cameras/{id}/commissioning";

async fn refuse(app: &App, who: &SignedIn, row: &CameraRow, reason: &str, why: String) -> Problem {
    if let Err(wait) = app.limits.refused_look(who.person.id, app.clock.mono()) {
        return wait;
    }
    note_refused_look(app, who, subject(row, reason), &why, ASKED).await;
    Problem::new(Kind::LookRefused, why)
}

fn subject(row: &CameraRow, reason: &str) -> Subject {
    Subject { cameras: vec![row.id], reason: Some(reason.to_owned()), ..Subject::default() }
}

fn new_view(app: &App, row: &CameraRow, reason: &str, asked: Signature) -> ViewRow {
    ViewRow {
        id: ViewId::from_bytes(app.entropy.id()),
        camera: row.id,
        reason: reason.to_owned(),
        asked,
        decided: None,
        began: None,
        until: None,
        signed: None,
    }
}

async fn ask(app: &App, who: &SignedIn, row: &CameraRow, reason: String) -> Result<(), Problem> {
    let asked = Signature { by: who.person.id, name: who.person.full_name.clone(), at: app.clock.wall() };
    let view = new_view(app, row, &reason, asked);
    note(app, who, row.id, Some(reason), &json!({ "act": "view_asked", "view": view.id.to_string() })).await?;
    app.db.add_view(&view).await?;
    Ok(())
}

/// Requests to look at cameras in force that wait for a second person, the oldest first.
#[utoipa::path(get, path = "/commissioning", tag = "commissioning", responses((status = 200, body = Vec<AskedView>)))]
pub(crate) async fn list(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Vec<AskedView>>, Problem> {
    commissioning::waiting(&app, &who).await.map(axum::Json)
}

/// A second person says yes or no.
#[utoipa::path(post, path = "/commissioning/{id}/decide", tag = "commissioning",
    params(("id" = String, Path, description = "Request")), request_body = DecideView,
    responses((status = 204), (status = 404), (status = 409)))]
pub(crate) async fn decide(
    State(app): State<App>,
    who: SignedIn,
    Path(view): Path<String>,
    Json(said): Json<DecideView>,
) -> Result<StatusCode, Problem> {
    let view: ViewId = id(&view, "such request")?;
    log_must_work(&app)?;
    let _one = app.views_lock.lock().await;
    let row = app.db.view(view).await?.ok_or_else(|| Problem::not_found("such request"))?;
    let act = commissioning::act(&row);
    may_decide_view(&who.roles, who.person.id, &act, app.clock.wall())
        .map_err(|refused| Problem::new(Kind::Conflict, refused.to_string()))?;
    let outcome = if said.agree { "view_agreed" } else { "view_refused" };
    let told = json!({ "act": outcome, "view": view.to_string(), "asked_by": row.asked.name });
    note(&app, &who, row.camera, Some(row.reason), &told).await?;
    let by = Signature { by: who.person.id, name: who.person.full_name.clone(), at: app.clock.wall() };
    if !app.db.decide_view(view, &by, said.agree).await? {
        return Err(Problem::new(Kind::Conflict, "Somebody decided on this already."));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The newest picture of the camera, as a JPEG. Ask again for the next one; the look goes on while it is asked.
#[utoipa::path(get, path = "/commissioning/{id}/picture", tag = "commissioning", params(("id" = String, Path, description = "Look")),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>,
        headers(("picture-at-90k" = i64, description = "When the picture was received by the recorder's clock"))),
        (status = 403), (status = 404), (status = 409), (status = 422), (status = 429), (status = 503)))]
pub(crate) async fn picture(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
) -> Result<Response, Problem> {
    let look = SetUpLook::find(&app, &who, &look)?;
    let (picture, at) = look.picture(&app, &who).await?;
    let at = HeaderValue::from(at.ticks());
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")), (PICTURE_AT, at)], picture.jpeg)
        .into_response())
}

/// Keeps the newest picture, sealed, in place of the one before: masks are drawn on it. It is the only one that is kept of the camera.
#[utoipa::path(post, path = "/commissioning/{id}/still", tag = "commissioning", params(("id" = String, Path, description = "Look")),
    responses((status = 201, body = Commissioning), (status = 403), (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn keep_still(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
) -> Result<(StatusCode, axum::Json<Commissioning>), Problem> {
    let look = SetUpLook::find(&app, &who, &look)?;
    log_must_work(&app)?;
    let (picture, taken) = look.picture(&app, &who).await?;
    look.keep(&app, &who, picture, taken).await?;
    let row = known(&app, &look.camera.to_string()).await?;
    Ok((StatusCode::CREATED, axum::Json(commissioning::shown(&app, &who, &row).await?)))
}

/// Says how the view is; it stands on the camera's page, and in the log.
#[utoipa::path(post, path = "/commissioning/{id}/sign", tag = "commissioning", params(("id" = String, Path, description = "Look")),
    request_body = SignView, responses((status = 200, body = Commissioning), (status = 404), (status = 422)))]
pub(crate) async fn sign(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
    Json(said): Json<SignView>,
) -> Result<axum::Json<Commissioning>, Problem> {
    let look = SetUpLook::find(&app, &who, &look)?;
    let least = if said.right { 0 } else { 5 };
    let remark = text("remark", &said.remark, least..=300)?;
    let row = known(&app, &look.camera.to_string()).await?;
    let told = json!({ "act": "view_signed", "view": look.view.to_string(), "right": said.right });
    note(&app, &who, look.camera, Some(remark.clone()).filter(|remark| !remark.is_empty()), &told).await?;
    let signed = ViewSigned { at: app.clock.wall(), is_right: said.right, remark };
    app.db.sign_view(look.view, &signed).await?;
    commissioning::shown(&app, &who, &row).await.map(axum::Json)
}

/// Ends the look: no more pictures.
#[utoipa::path(delete, path = "/commissioning/{id}", tag = "commissioning", params(("id" = String, Path, description = "Look")),
    responses((status = 204), (status = 404)))]
pub(crate) async fn end(
    State(app): State<App>,
    who: SignedIn,
    Path(look): Path<String>,
) -> Result<StatusCode, Problem> {
    let look = SetUpLook::find(&app, &who, &look)?;
    look.end(&app, &who).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The still that is kept of a camera. Each time it is shown is a look of its own.
#[utoipa::path(get, path = "/cameras/{id}/mask-still", tag = "commissioning", params(("id" = String, Path, description = "Camera")),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>,
        headers(("picture-at-90k" = i64, description = "When the picture was received by the recorder's clock"))),
        (status = 403), (status = 404), (status = 429), (status = 503)))]
pub(crate) async fn read_still(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
) -> Result<Response, Problem> {
    let row = known(&app, &camera).await?;
    let (still, jpeg) = commissioning::kept_still(&app, &who, &row).await?;
    let at = HeaderValue::from(still.taken.ticks());
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")), (PICTURE_AT, at)], jpeg).into_response())
}

/// Destroys the still that is kept of a camera.
#[utoipa::path(delete, path = "/cameras/{id}/mask-still", tag = "commissioning", params(("id" = String, Path, description = "Camera")),
    responses((status = 204), (status = 404), (status = 503)))]
pub(crate) async fn delete_still(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
) -> Result<StatusCode, Problem> {
    let row = known(&app, &camera).await?;
    log_must_work(&app)?;
    if app.mask_stills.delete(row.id, who.actor()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("still of this camera"))
    }
}

async fn note(
    app: &App,
    who: &SignedIn,
    camera: CameraId,
    reason: Option<String>,
    outcome: &serde_json::Value,
) -> Result<(), Problem> {
    let subject = Subject { cameras: vec![camera], reason, ..Subject::default() };
    let event =
        Event { kind: EventKind::CameraCommissioned, actor: who.actor(), subject, outcome: outcome.to_string() };
    app.log.append(event).await?;
    Ok(())
}
