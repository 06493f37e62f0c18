//! Sign-in and sign-out.

use std::net::IpAddr;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{PersonRow, SessionRow};
use candour_wire::people::{ConfirmSignIn, Lacking, Session, SignIn};
use candour_wire::secret::Secret;
use serde_json::json;

use crate::app::App;
use crate::extract::Json;
use crate::factor::place::Place;
use crate::problem::{Kind, Problem};
use crate::session::{Caller, From, SignedIn, Worth, begin, forget_cookie};
use crate::{factor, names, roles};

/// Signs in.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = Session), (status = 401), (status = 409), (status = 429)))]
pub(crate) async fn sign_in(
    State(app): State<App>,
    From(address): From,
    headers: HeaderMap,
    Json(typed): Json<SignIn>,
) -> Result<Response, Problem> {
    let attempt = Attempt { name: typed.sign_in_name.trim(), address, wrong: "wrong name or password" };
    // One sentence for every reason: it must not say which names exist, or which are disabled.
    let person = attempt.judge(&app, &typed.password).await?.ok_or_else(wrong)?;
    let from = Caller { address, browser: crate::browser::words(&headers) };
    let needed = factor::is_needed(&app, &person);
    let (session, cookie) = begin(&app, &person, from, if needed { Worth::Begun } else { Worth::Complete }).await?;
    let kind = if needed { EventKind::PasswordAccepted } else { EventKind::SignedIn };
    note(&app, kind, &person, &session, json!({})).await;
    let body = shown(&app, &session, &person).await?;
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response())
}

/// Who is signed in, and what the person may open.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = Session), (status = 401)))]
pub(crate) async fn read_session(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Session>, Problem> {
    shown(&app, &who.session, &who.person).await.map(axum::Json)
}

/// Shows password and second factor again: acts that ask for that are let through for five minutes, and the sign-in lasts as long
/// as a new one.
#[utoipa::path(post, path = "/session/confirm", tag = "session", request_body = ConfirmSignIn,
    responses((status = 200, body = Session), (status = 401), (status = 403), (status = 409), (status = 429)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    who: SignedIn,
    headers: HeaderMap,
    place: Place,
    Json(typed): Json<ConfirmSignIn>,
) -> Result<Response, Problem> {
    let name = who.person.sign_in_name.as_str();
    let attempt = Attempt { name, address: who.address, wrong: "wrong password to confirm a sign-in" };
    attempt.judge(&app, &typed.password).await?.ok_or_else(wrong_again)?;
    if factor::is_needed(&app, &who.person) {
        match (&typed.passkey, &typed.code) {
            (Some(passkey), _) => factor::passkey::check(&app, &who, &place, passkey).await?,
            (None, Some(code)) => factor::check(&app, &who, code).await?,
            (None, None) => return Err(Problem::invalid("code", "Type a code as well, or show a passkey.")),
        };
    }
    let (session, cookie) = crate::session::confirm(&app, &who, &headers).await?;
    note(&app, EventKind::SignInConfirmed, &who.person, &session, json!({})).await;
    let body = shown(&app, &session, &who.person).await?;
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response())
}

/// Signs out: the sign-in, its looks and its live sockets end.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204), (status = 401)))]
pub(crate) async fn sign_out(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    app.db.end_session(who.session.id).await?;
    crate::looks::end_all_of(&app, who.session.id, "signed out").await;
    note(&app, EventKind::SignedOut, &who.person, &who.session, json!({})).await;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, forget_cookie())]).into_response())
}

/// Everything the account needs was shown: a sign-in that can do something takes the place of the one that was begun, under another
/// secret.
pub(crate) async fn complete(app: &App, who: &SignedIn, with: &str) -> Result<(SessionRow, HeaderValue), Problem> {
    let from = Caller { address: who.address, browser: who.session.browser.clone() };
    let (session, cookie) = begin(app, &who.person, from, Worth::Complete).await?;
    app.db.end_session(who.session.id).await?;
    note(app, EventKind::SignedIn, &who.person, &session, json!({ "with": with })).await;
    Ok((session, cookie))
}

/// A sign-in as the page sees it.
pub(crate) async fn shown(app: &App, session: &SessionRow, person: &PersonRow) -> Result<Session, Problem> {
    let lacks = match (session.confirmed, person.factor) {
        (Some(_), _) => None,
        (None, Some(_)) => Some(Lacking::Code),
        (None, None) => Some(Lacking::SecondFactor),
    };
    let pages = if lacks.is_none() { roles::pages(&roles::parse(&person.roles)) } else { Vec::new() };
    let codes = match (lacks, person.factor) {
        (None, Some(_)) => u32::try_from(app.db.recovery_codes_left(person.id).await?).ok(),
        _ => None,
    };
    Ok(Session {
        person: names::person(person),
        lacks,
        recovery_codes_left: codes,
        pages,
        expires_90k: session.expires.ticks(),
    })
}

fn wrong_again() -> Problem {
    Problem::new(Kind::WrongCode, "The password is wrong. After several wrong attempts there is a wait.")
        .on_field("password")
}

fn wrong() -> Problem {
    Problem::new(Kind::WrongPassword, "Check both and try again. After several wrong attempts there is a wait.")
}

/// Signing in works while the log fails: the person who can mend it must be able to come in. Looking does not.
async fn note(app: &App, kind: EventKind, person: &PersonRow, session: &SessionRow, outcome: serde_json::Value) {
    let actor = Actor::Person {
        person: person.id,
        name: person.full_name.clone(),
        session: session.id,
        station: None,
        address: session.address.clone(),
    };
    let event = Event { kind, actor, subject: Subject::default(), outcome: outcome.to_string() };
    if let Err(error) = app.log.append(event).await {
        tracing::error!(error = candour_units::chain(&error), "a sign-in or sign-out could not be written down");
    }
}

/// A password that somebody typed.
struct Attempt<'a> {
    /// Whose it should be, as typed.
    name: &'a str,
    address: IpAddr,
    /// What a wrong one is called in the log.
    wrong: &'static str,
}

impl Attempt<'_> {
    /// The account whose password it is, if that may sign in now; at a pace, and what is refused is counted.
    async fn judge(&self, app: &App, typed: &Secret) -> Result<Option<PersonRow>, Problem> {
        // Longer names and passwords cannot exist; they cost no hashing.
        if self.name.len() > 256 || typed.expose().len() > 1024 {
            return Ok(None);
        }
        if let Err(wait) = app.limits.sign_in(self.name, self.address, app.clock.mono()) {
            self.note_refusal(app, "too many attempts").await;
            return Err(wait);
        }
        let found = app.db.person_by_name(self.name).await?;
        let right = app.passwords.check(typed, found.as_ref().map(|person| person.password_hash.as_str())).await?;
        let person = found.filter(|person| right && person.may_sign_in(app.clock.wall()));
        if person.is_some() {
            app.limits.signed_in(self.name, self.address);
        } else {
            self.note_refusal(app, self.wrong).await;
        }
        Ok(person)
    }

    async fn note_refusal(&self, app: &App, why: &str) {
        if let Some(event) = app.refusals.note(self.address, self.name, why)
            && let Err(error) = app.log.append(event).await
        {
            tracing::error!(error = candour_units::chain(&error), "a refused sign-in could not be written down");
        }
    }
}
