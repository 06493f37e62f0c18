//! Sign-in and sign-out.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{PersonRow, SessionRow};
use candour_wire::people::{Session, SignIn};

use crate::app::App;
use crate::extract::Json;
use crate::problem::{Kind, Problem};
use crate::session::{From, SignedIn, begin, forget_cookie};
use crate::{names, roles};

/// Signs in.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = Session), (status = 401), (status = 409), (status = 429)))]
pub(crate) async fn sign_in(
    State(app): State<App>,
    From(address): From,
    Json(typed): Json<SignIn>,
) -> Result<Response, Problem> {
    let name = typed.sign_in_name.trim();
    // Longer names and passwords cannot exist; they cost no hashing.
    if name.len() > 256 || typed.password.expose().len() > 1024 {
        return Err(wrong());
    }
    if let Err(wait) = app.limits.sign_in(name, address, app.clock.mono()) {
        note_refusal(&app, address, name, "too many attempts").await;
        return Err(wait);
    }
    let found = app.db.person_by_name(name).await?;
    let right =
        app.passwords.check(&typed.password, found.as_ref().map(|person| person.password_hash.as_str())).await?;
    // One sentence for every reason: it must not say which names exist, or which are disabled.
    let Some(person) = found.filter(|person| right && person.disabled.is_none()) else {
        note_refusal(&app, address, name, "wrong name or password").await;
        return Err(wrong());
    };
    app.limits.signed_in(name, address);
    let (session, cookie) = begin(&app, &person, address).await?;
    note(&app, EventKind::SignedIn, &person, &session).await;
    let body = shown(&session, &person);
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response())
}

/// Who is signed in, and what the person may open.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = Session), (status = 401)))]
pub(crate) async fn read_session(who: SignedIn) -> axum::Json<Session> {
    axum::Json(shown(&who.session, &who.person))
}

/// Signs out: the sign-in, its looks and its live sockets end.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204), (status = 401)))]
pub(crate) async fn sign_out(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    app.db.end_session(who.session.id).await?;
    crate::looks::end_all_of(&app, who.session.id, "signed out").await;
    note(&app, EventKind::SignedOut, &who.person, &who.session).await;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, forget_cookie())]).into_response())
}

fn shown(session: &SessionRow, person: &PersonRow) -> Session {
    let roles = roles::parse(&person.roles);
    Session { person: names::person(person), pages: roles::pages(&roles), expires_90k: session.expires.ticks() }
}

fn wrong() -> Problem {
    Problem::new(Kind::WrongPassword, "Check both and try again. After several wrong attempts there is a wait.")
}

/// Signing in works while the log fails: the person who can mend it must be able to come in. Looking does not.
async fn note(app: &App, kind: EventKind, person: &PersonRow, session: &SessionRow) {
    let actor = Actor::Person {
        person: person.id,
        name: person.full_name.clone(),
        session: session.id,
        station: None,
        address: session.address.clone(),
    };
    let event = Event { kind, actor, subject: Subject::default(), outcome: "{}".to_owned() };
    if let Err(error) = app.log.append(event).await {
        tracing::error!(error = candour_units::chain(&error), "a sign-in or sign-out could not be written down");
    }
}

async fn note_refusal(app: &App, address: std::net::IpAddr, name: &str, why: &str) {
    if let Some(event) = app.refusals.note(address, name, why)
        && let Err(error) = app.log.append(event).await
    {
        tracing::error!(error = candour_units::chain(&error), "a refused sign-in could not be written down");
    }
}
