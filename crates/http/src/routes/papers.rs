//! Suppliers' declarations: filed by one person who read it, signed off by another, and read by whoever sees the evidence.

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_audit::EventKind;
use candour_policy::LocalDate;
use candour_wire::cameras::{CameraDetail, FilePaper};

use super::cameras::{detail, known, note};
use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{json, text};
use crate::port::{NewPaper, PersonNamed};
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;

/// The largest declaration, and the request that brings it in base64.
const MAX_FILE: usize = 4 * 1024 * 1024;
const MAX_REQUEST: usize = MAX_FILE / 3 * 4 + 64 * 1024;

/// Files a supplier's declaration that the person has read, and judges the camera again.
#[utoipa::path(post, path = "/cameras/{id}/papers", tag = "cameras",
    params(("id" = String, Path, description = "Camera")), request_body = FilePaper,
    responses((status = 201, body = CameraDetail), (status = 404), (status = 409), (status = 413), (status = 422)))]
pub(crate) async fn file(
    State(app): State<App>,
    who: SignedIn,
    Path(camera): Path<String>,
    request: Request,
) -> Result<(StatusCode, axum::Json<CameraDetail>), Problem> {
    let row = known(&app, &camera).await?;
    let asked: FilePaper = json(&read_file_request(request, "A declaration").await?)?;
    let paper = NewPaper {
        file_name: text("file_name", &asked.file_name, 1..=120)?,
        model: asked.model.as_deref().map(|model| text("model", model, 1..=120)).transpose()?,
        support_until: asked.support_until.as_deref().map(|typed| day("support_until", typed)).transpose()?,
        file: file_of(&asked.file, "A declaration")?,
    };
    log_must_work(&app)?;
    let said = serde_json::json!({
        "change": "declaration filed", "name": row.name, "file": paper.file_name, "model": paper.model,
        "support_until": paper.support_until,
    });
    app.site.file_paper(row.id, paper, named(&who)).await?;
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    let row = known(&app, &camera).await?;
    Ok((StatusCode::CREATED, axum::Json(detail(&app, &who, &row).await?)))
}

/// A second person has read the declaration and signs it off.
#[utoipa::path(post, path = "/cameras/{id}/papers/{declaration}/sign", tag = "cameras",
    params(("id" = String, Path, description = "Camera"), ("declaration" = String, Path, description = "SHA-256 of the file")),
    responses((status = 200, body = CameraDetail), (status = 404), (status = 409)))]
pub(crate) async fn sign(
    State(app): State<App>,
    who: SignedIn,
    Path((camera, declaration)): Path<(String, String)>,
) -> Result<axum::Json<CameraDetail>, Problem> {
    let row = known(&app, &camera).await?;
    log_must_work(&app)?;
    app.site.sign_paper(row.id, declaration.clone(), named(&who)).await?;
    let said = serde_json::json!({ "change": "declaration signed off", "name": row.name, "declaration": declaration });
    note(&app, &who, EventKind::CameraChanged, row.id, &said).await?;
    let row = known(&app, &camera).await?;
    detail(&app, &who, &row).await.map(axum::Json)
}

/// The file of a declaration. It came from outside, so browsers are told to keep it and not to show it.
#[utoipa::path(get, path = "/cameras/{id}/papers/{declaration}", tag = "cameras",
    params(("id" = String, Path, description = "Camera"), ("declaration" = String, Path, description = "SHA-256 of the file")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"), (status = 404)))]
pub(crate) async fn read(
    State(app): State<App>,
    Path((camera, declaration)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let row = known(&app, &camera).await?;
    let (name, file) = app.site.paper(row.id, declaration).await?;
    as_download(&name, file)
}

/// The body of a request that brings a file in base64; `what` begins the sentence that says how large it may be.
pub(super) async fn read_file_request(request: Request, what: &str) -> Result<Bytes, Problem> {
    axum::body::to_bytes(request.into_body(), MAX_REQUEST).await.map_err(|_| too_large(what))
}

/// The file in it.
pub(super) fn file_of(base64: &str, what: &str) -> Result<Vec<u8>, Problem> {
    let file = STANDARD.decode(base64).map_err(|_| Problem::invalid("file", "It is no base64."))?;
    match file.len() {
        0 => Err(Problem::invalid("file", "The file is empty.")),
        1..=MAX_FILE => Ok(file),
        _ => Err(too_large(what)),
    }
}

fn too_large(what: &str) -> Problem {
    Problem::new(Kind::TooLarge, format!("{what} is at most 4 MiB."))
}

/// A file that came from outside: browsers keep it and do not show it.
pub(super) fn as_download(name: &str, file: Vec<u8>) -> Result<Response, Problem> {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\""))
        .map_err(|error| Problem::internal("a file's name", &error))?;
    let plain_type = HeaderValue::from_static("application/octet-stream");
    let headers = [(header::CONTENT_DISPOSITION, disposition), (header::CONTENT_TYPE, plain_type)];
    Ok((headers, file).into_response())
}

/// A day that exists, as it was typed.
pub(super) fn day(field: &'static str, typed: &str) -> Result<String, Problem> {
    let typed = typed.trim();
    let exists = || {
        let form = typed.len() == 10 && typed.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let mut numbers = typed.splitn(3, '-');
        let mut next = || numbers.next();
        let (year, month, day) = (next()?.parse().ok()?, next()?.parse().ok()?, next()?.parse().ok()?);
        LocalDate::new(year, month, day).filter(|_| form && typed.as_bytes()[4] == b'-')
    };
    if exists().is_some() {
        Ok(typed.to_owned())
    } else {
        Err(Problem::invalid(field, "Write a day that exists, like 2029-06-30."))
    }
}

pub(super) fn named(who: &SignedIn) -> PersonNamed {
    PersonNamed { id: who.person.id, name: who.person.full_name.clone() }
}
