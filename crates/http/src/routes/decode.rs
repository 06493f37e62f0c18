//! A camera whose pictures ended decoders: decoded again, or decided about otherwise.

use axum::extract::{Path, State};
use candour_audit::EventKind;
use candour_wire::cameras::{CameraDetail, DecideOnDecoders, DecodeAgain, DecoderVerdict};

use super::cameras::{detail, known, note};
use super::papers::named;
use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{Json, text};
use crate::port::DecoderDecision;
use crate::problem::Problem;
use crate::session::SignedIn;

/// A person looked into a camera whose pictures ended the programs that decode them: what they did is forgotten.
#[utoipa::path(post, path = "/cameras/{id}/decode", tag = "cameras", params(("id" = String, Path, description = "Camera")),
    request_body = DecodeAgain, responses((status = 200, body = CameraDetail), (status = 404), (status = 422)))]
pub(crate) async fn again(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Json(asked): Json<DecodeAgain>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    let reason = text("reason", &asked.reason, 5..=300)?;
    log_must_work(&app)?;
    let said = serde_json::json!({ "change": "decoded again", "name": row.name, "reason": reason });
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    app.site.decode_again(row.id).await?;
    // Judged again, it may be another outcome by now.
    let row = known(&app, &camera).await?;
    detail(&app, &who, &row).await.map(axum::Json)
}

/// A person decides about an accepted camera whose pictures ended decoders: it goes on being recorded undecoded, or is quarantined.
#[utoipa::path(post, path = "/cameras/{id}/decoder-decision", tag = "cameras", params(("id" = String, Path, description = "Camera")),
    request_body = DecideOnDecoders,
    responses((status = 200, body = CameraDetail), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn decide(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Json(asked): Json<DecideOnDecoders>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    let reason = text("reason", &asked.reason, 5..=300)?;
    log_must_work(&app)?;
    let (decision, change) = match asked.decision {
        DecoderVerdict::KeepUndecoded => (DecoderDecision::KeepUndecoded, "kept undecoded"),
        DecoderVerdict::Quarantine => (DecoderDecision::Quarantine, "quarantined over decoders"),
    };
    app.site.decide_on_decoders(row.id, decision, &reason, named(&who)).await?;
    let said = serde_json::json!({ "change": change, "name": row.name, "reason": reason });
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    let row = known(&app, &camera).await?;
    detail(&app, &who, &row).await.map(axum::Json)
}
