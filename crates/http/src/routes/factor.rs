//! The second step of a sign-in: a code, or the set-up of a second factor.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use candour_wire::people::{FactorSetUp, NewFactor, Session, TypedCode};

use crate::app::App;
use crate::extract::Json;
use crate::factor;
use crate::problem::{Kind, Problem};
use crate::routes::session::{complete, shown};
use crate::session::SignedIn;

/// Shows the second factor: a code of the authenticator or a recovery code. The sign-in is complete then, under a new cookie.
#[utoipa::path(post, path = "/session/code", tag = "session", request_body = TypedCode,
    responses((status = 200, body = Session), (status = 403), (status = 409), (status = 429)))]
pub(crate) async fn show(
    State(app): State<App>,
    who: SignedIn,
    Json(typed): Json<TypedCode>,
) -> Result<Response, Problem> {
    only_begun(&who)?;
    let with = factor::check(&app, &who, &typed.code).await?;
    let (session, cookie) = complete(&app, &who, with.word()).await?;
    let body = shown(&app, &session, &who.person).await?;
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response())
}

/// Begins to set up a second factor: a new secret, told this once.
#[utoipa::path(post, path = "/session/factor", tag = "session",
    responses((status = 200, body = NewFactor), (status = 409)))]
pub(crate) async fn begin(State(app): State<App>, who: SignedIn) -> Result<axum::Json<NewFactor>, Problem> {
    only_begun(&who)?;
    factor::begin(&app, &who.person).await.map(axum::Json)
}

/// Confirms the second factor by a code of it. The sign-in is complete then, under a new cookie.
#[utoipa::path(post, path = "/session/factor/confirm", tag = "session", request_body = TypedCode,
    responses((status = 200, body = FactorSetUp), (status = 403), (status = 409), (status = 429)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    who: SignedIn,
    Json(typed): Json<TypedCode>,
) -> Result<Response, Problem> {
    only_begun(&who)?;
    let recovery_codes = factor::confirm(&app, &who, &typed.code).await?;
    let (session, cookie) = complete(&app, &who, "code").await?;
    let person = app.db.person(who.person.id).await?.ok_or_else(|| Problem::not_found("such account"))?;
    let body = FactorSetUp { recovery_codes, session: shown(&app, &session, &person).await? };
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response())
}

/// A complete sign-in has no second step.
fn only_begun(who: &SignedIn) -> Result<(), Problem> {
    if who.session.confirmed.is_none() {
        return Ok(());
    }
    Err(Problem::new(Kind::Conflict, "You are signed in already; there is nothing more to show."))
}
