//! What anybody may know: that this is a recorder, how to trust it, and what its interface is.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use candour_wire::site::Site;

use crate::app::{App, SITE_NAME};
use crate::problem::Problem;

/// What a page needs before anybody signed in.
#[utoipa::path(get, path = "/site", tag = "site", responses((status = 200, body = Site)))]
pub(crate) async fn read_site(State(app): State<App>) -> Result<axum::Json<Site>, Problem> {
    let shown = app.tls.shown();
    Ok(axum::Json(Site {
        name: app.db.setting(SITE_NAME).await?.unwrap_or_default(),
        setup_needed: app.setup_needed.load(Ordering::Acquire),
        lab: app.lab,
        version: app.version.clone(),
        ca_fingerprint: shown.authority.map(|authority| authority.fingerprint),
        host_names: shown.names.as_slice().to_vec(),
        now_90k: app.clock.wall().ticks(),
    }))
}

/// The certificate of the site authority, to be trusted by screens (PEM).
pub(crate) async fn ca_certificate(State(app): State<App>) -> Result<Response, Problem> {
    let Some(authority) = app.tls.shown().authority else {
        return Err(Problem::not_found("site authority: this recorder has a certificate of its own"));
    };
    let headers = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"candour-site-ca.crt\""),
    ];
    Ok((headers, authority.pem).into_response())
}

/// This interface as an OpenAPI document.
#[utoipa::path(get, path = "/openapi.json", tag = "site", responses((status = 200, content_type = "application/json")))]
pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::router::openapi_json()).into_response()
}

/// Nothing else is under `/api`.
pub(crate) async fn nothing_here() -> Problem {
    Problem::not_found("address like this in the interface; /api/v1/openapi.json lists them all")
}
