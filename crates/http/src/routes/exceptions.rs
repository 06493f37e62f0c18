//! Exceptions for known flaws of a camera's firmware: filed by whoever manages cameras, signed by a second person, ended by either.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_audit::EventKind;
use candour_wire::cameras::{CameraDetail, FileException};

use super::cameras::{detail, known, note};
use super::papers::{day, named};
use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{Json, text};
use crate::port::NewException;
use crate::problem::Problem;
use crate::session::SignedIn;

/// Files an exception: it counts for nothing before a second person has signed it.
#[utoipa::path(post, path = "/cameras/{id}/exceptions", tag = "cameras",
    params(("id" = String, Path, description = "Camera")), request_body = FileException,
    responses((status = 201, body = CameraDetail), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn file(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    Json(asked): Json<FileException>,
) -> Result<(StatusCode, axum::Json<CameraDetail>), Problem> {
    let row = known(&app, &camera).await?;
    let exception = NewException {
        covers: flaw(&asked.covers)?,
        reason: text("reason", &asked.reason, 20..=500)?,
        owner: text("owner", &asked.owner, 1..=120)?,
        until: day("until", &asked.until)?,
    };
    log_must_work(&app)?;
    let said = serde_json::json!({
        "change": "exception filed", "name": row.name, "covers": exception.covers, "owner": exception.owner,
        "until": exception.until, "reason": exception.reason,
    });
    app.site.file_exception(row.id, exception, named(&who)).await?;
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    let row = known(&app, &camera).await?;
    Ok((StatusCode::CREATED, axum::Json(detail(&app, &who, &row).await?)))
}

/// A second person signs the exception.
#[utoipa::path(post, path = "/cameras/{id}/exceptions/{exception}/sign", tag = "cameras",
    params(("id" = String, Path, description = "Camera"), ("exception" = String, Path, description = "Exception")),
    responses((status = 200, body = CameraDetail), (status = 404), (status = 409)))]
pub(crate) async fn sign(
    State(app): State<App>,
    who: SignedIn,
    Path((camera, exception)): Path<(String, String)>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    log_must_work(&app)?;
    app.site.sign_exception(row.id, exception.clone(), named(&who)).await?;
    let said = serde_json::json!({ "change": "exception signed", "name": row.name, "exception": exception });
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    let row = known(&app, &camera).await?;
    detail(&app, &who, &row).await.map(axum::Json)
}

/// Ends an exception before its day. One person is enough: it can only stop a camera.
#[utoipa::path(delete, path = "/cameras/{id}/exceptions/{exception}", tag = "cameras",
    params(("id" = String, Path, description = "Camera"), ("exception" = String, Path, description = "Exception")),
    responses((status = 200, body = CameraDetail), (status = 404)))]
pub(crate) async fn end(
    State(app): State<App>,
    who: SignedIn,
    Path((camera, exception)): Path<(String, String)>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    log_must_work(&app)?;
    app.site.end_exception(row.id, exception.clone()).await?;
    let said = serde_json::json!({ "change": "exception ended", "name": row.name, "exception": exception });
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    let row = known(&app, &camera).await?;
    detail(&app, &who, &row).await.map(axum::Json)
}

/// The number of a flaw as the lists write it (CVE ID syntax: `CVE-`, a year, four or more digits).
fn flaw(typed: &str) -> Result<String, Problem> {
    let flaw = typed.trim().to_ascii_uppercase();
    let digits =
        |text: &str, least: usize| (least..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<_> = flaw.split('-').collect();
    match parts.as_slice() {
        ["CVE", year, number] if year.len() == 4 && digits(year, 4) && digits(number, 4) => Ok(flaw),
        _ => Err(Problem::invalid("covers", "Write the flaw's number as the judgement gives it, like CVE-2025-0324.")),
    }
}
