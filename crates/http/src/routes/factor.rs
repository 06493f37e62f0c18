//! The second step of a sign-in: a code, or the set-up of a second factor.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use candour_wire::people::{FactorSetUp, NewFactor, Session, TypedCode};
use candour_wire::secret::Secret;

use crate::app::App;
use crate::extract::Json;
use crate::factor;
use crate::problem::{Kind, Problem};
use crate::routes::session::{complete, shown};
use crate::session::{SignedIn, must_be_fresh};

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
    may_set_up(&app, &who)?;
    factor::begin(&app, &who.person).await.map(axum::Json)
}

/// Confirms the second factor by a code of it. A sign-in that was begun is complete then, under a new cookie.
#[utoipa::path(post, path = "/session/factor/confirm", tag = "session", request_body = TypedCode,
    responses((status = 200, body = FactorSetUp), (status = 403), (status = 409), (status = 429)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    who: SignedIn,
    Json(typed): Json<TypedCode>,
) -> Result<Response, Problem> {
    may_set_up(&app, &who)?;
    let recovery_codes = factor::confirm(&app, &who, &typed.code).await?;
    set_up(&app, &who, "code", recovery_codes).await
}

/// The answer to whoever has set up a second factor; completes a sign-in that was begun.
pub(crate) async fn set_up(
    app: &App,
    who: &SignedIn,
    with: &str,
    recovery_codes: Vec<Secret>,
) -> Result<Response, Problem> {
    let person = app.db.person(who.person.id).await?.ok_or_else(|| Problem::not_found("such account"))?;
    if who.session.confirmed.is_some() {
        let session = shown(app, &who.session, &person).await?;
        return Ok(axum::Json(FactorSetUp { recovery_codes, session }).into_response());
    }
    let (session, cookie) = complete(app, who, with).await?;
    let body = FactorSetUp { recovery_codes, session: shown(app, &session, &person).await? };
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response())
}

/// Who may set up a second factor: at the first sign-in, whoever has none; later, whoever has just shown one. A password alone adds
/// nothing beside what stands.
pub(crate) fn may_set_up(app: &App, who: &SignedIn) -> Result<(), Problem> {
    match (who.session.confirmed.is_some(), who.person.factor.is_some()) {
        (false, false) => Ok(()),
        (true, true) => must_be_fresh(&who.session, app.clock.wall()),
        (false, true) => {
            let words = "You have a second factor already; show it. If it is lost, another administrator can reset it.";
            Err(Problem::new(Kind::Conflict, words))
        }
        (true, false) => Err(Problem::new(Kind::Conflict, "Your roles ask for no second factor.")),
    }
}

/// A complete sign-in has no second step.
pub(crate) fn only_begun(who: &SignedIn) -> Result<(), Problem> {
    if who.session.confirmed.is_none() {
        return Ok(());
    }
    Err(Problem::new(Kind::Conflict, "You are signed in already; there is nothing more to show."))
}
