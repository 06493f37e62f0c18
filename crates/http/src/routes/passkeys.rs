//! Passkeys: made, shown, listed and removed.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use candour_units::Hash;
use candour_wire::people::{
    AddPasskey, FactorSetUp, NewPasskey, PasskeyChallenge, SecondFactors, Session, ShowPasskey,
};

use crate::app::App;
use crate::extract::{Json, id};
use crate::factor::passkey;
use crate::factor::place::Place;
use crate::problem::Problem;
use crate::routes::factor::{may_set_up, only_begun, set_up};
use crate::routes::session::{complete, shown};
use crate::session::SignedIn;

/// What one may show as second factor, and whether passkeys can be used where the page was opened.
#[utoipa::path(get, path = "/session/factors", tag = "session", responses((status = 200, body = SecondFactors)))]
pub(crate) async fn factors(
    State(app): State<App>,
    who: SignedIn,
    place: Place,
) -> Result<axum::Json<SecondFactors>, Problem> {
    passkey::factors(&app, &who, &place).await.map(axum::Json)
}

/// Begins to make a passkey: options for the browser. At the first sign-in, or by whoever has just shown a second factor.
#[utoipa::path(post, path = "/session/passkeys", tag = "session",
    responses((status = 200, body = NewPasskey), (status = 403), (status = 409)))]
pub(crate) async fn begin(
    State(app): State<App>,
    who: SignedIn,
    place: Place,
) -> Result<axum::Json<NewPasskey>, Problem> {
    may_set_up(&app, &who)?;
    passkey::begin(&app, &who, &place).await.map(axum::Json)
}

/// Adds the passkey that the browser made. A sign-in that was begun is complete then, under a new cookie.
#[utoipa::path(post, path = "/session/passkeys/confirm", tag = "session", request_body = AddPasskey,
    responses((status = 200, body = FactorSetUp), (status = 403), (status = 409)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    who: SignedIn,
    place: Place,
    Json(asked): Json<AddPasskey>,
) -> Result<Response, Problem> {
    may_set_up(&app, &who)?;
    let recovery_codes = passkey::add(&app, &who, &place, &asked).await?;
    set_up(&app, &who, "passkey", recovery_codes).await
}

/// Removes one of one's own passkeys; another second factor must stand.
#[utoipa::path(delete, path = "/session/passkeys/{id}", tag = "session",
    params(("id" = String, Path, description = "Passkey")),
    responses((status = 204), (status = 404), (status = 409)))]
pub(crate) async fn remove(
    State(app): State<App>,
    who: SignedIn,
    Path(passkey): Path<String>,
) -> Result<StatusCode, Problem> {
    let credential: Hash = id(&passkey, "such passkey")?;
    passkey::remove(&app, &who, &credential).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A challenge for one's passkeys, to complete a sign-in or to confirm one.
#[utoipa::path(post, path = "/session/passkey", tag = "session",
    responses((status = 200, body = PasskeyChallenge), (status = 409)))]
pub(crate) async fn challenge(
    State(app): State<App>,
    who: SignedIn,
    place: Place,
) -> Result<axum::Json<PasskeyChallenge>, Problem> {
    passkey::challenge(&app, &who, &place).await.map(|options| axum::Json(PasskeyChallenge { options }))
}

/// Shows a passkey as second factor. The sign-in is complete then, under a new cookie.
#[utoipa::path(post, path = "/session/passkey/show", tag = "session", request_body = ShowPasskey,
    responses((status = 200, body = Session), (status = 403), (status = 409), (status = 429)))]
pub(crate) async fn show(
    State(app): State<App>,
    who: SignedIn,
    place: Place,
    Json(typed): Json<ShowPasskey>,
) -> Result<Response, Problem> {
    only_begun(&who)?;
    let with = passkey::check(&app, &who, &place, &typed.credential).await?;
    let (session, cookie) = complete(&app, &who, with.word()).await?;
    let body = shown(&app, &session, &who.person).await?;
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response())
}
