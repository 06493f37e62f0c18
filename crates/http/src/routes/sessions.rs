//! Sign-ins that last: one's own, and for whoever manages people anybody's.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use candour_audit::{Event, EventKind, Subject};
use candour_db::{PersonRow, SessionRow};
use candour_units::{PersonId, SessionId, WallDuration};
use candour_wire::people::SignInShown;
use serde_json::json;

use crate::app::App;
use crate::extract::id;
use crate::looks;
use crate::problem::{Kind, Problem};
use crate::session::{SignedIn, Standing, standing};

/// An open live socket notes its use about once a minute.
const RUNS_ON: WallDuration = WallDuration::from_seconds(120);

/// One's own sign-ins that stand, newest use first.
#[utoipa::path(get, path = "/sessions", tag = "session", responses((status = 200, body = Vec<SignInShown>)))]
pub(crate) async fn list(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Vec<SignInShown>>, Problem> {
    shown(&app, &who, &who.person).await.map(axum::Json)
}

/// Ends one of one's own sign-ins, with its looks and live sockets.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "session",
    params(("id" = String, Path, description = "Sign-in")),
    responses((status = 204), (status = 404), (status = 409)))]
pub(crate) async fn end(
    State(app): State<App>,
    who: SignedIn,
    Path(session): Path<String>,
) -> Result<StatusCode, Problem> {
    let session: SessionId = id(&session, "such sign-in")?;
    if session == who.session.id {
        return Err(Problem::new(Kind::Conflict, "This is the sign-in you use now; sign out instead."));
    }
    end_one(&app, &who, &who.person, session).await
}

/// Ends all of one's own sign-ins but this one.
#[utoipa::path(delete, path = "/sessions", tag = "session", responses((status = 204)))]
pub(crate) async fn end_others(State(app): State<App>, who: SignedIn) -> Result<StatusCode, Problem> {
    end_all(&app, &who, &who.person).await
}

/// The sign-ins of an account that stand, newest use first.
#[utoipa::path(get, path = "/people/{id}/sessions", tag = "people",
    params(("id" = String, Path, description = "Account")),
    responses((status = 200, body = Vec<SignInShown>), (status = 404)))]
pub(crate) async fn list_of(
    State(app): State<App>,
    who: SignedIn,
    Path(person): Path<String>,
) -> Result<axum::Json<Vec<SignInShown>>, Problem> {
    let person = account(&app, &person).await?;
    shown(&app, &who, &person).await.map(axum::Json)
}

/// Ends a sign-in of an account, with its looks and live sockets.
#[utoipa::path(delete, path = "/people/{id}/sessions/{session}", tag = "people",
    params(("id" = String, Path, description = "Account"), ("session" = String, Path, description = "Sign-in")),
    responses((status = 204), (status = 404)))]
pub(crate) async fn end_of(
    State(app): State<App>,
    who: SignedIn,
    Path((person, session)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let person = account(&app, &person).await?;
    end_one(&app, &who, &person, id(&session, "such sign-in")?).await
}

/// Ends all sign-ins of an account; of one's own, all but this one.
#[utoipa::path(delete, path = "/people/{id}/sessions", tag = "people",
    params(("id" = String, Path, description = "Account")), responses((status = 204), (status = 404)))]
pub(crate) async fn end_all_of(
    State(app): State<App>,
    who: SignedIn,
    Path(person): Path<String>,
) -> Result<StatusCode, Problem> {
    let person = account(&app, &person).await?;
    end_all(&app, &who, &person).await
}

async fn account(app: &App, text: &str) -> Result<PersonRow, Problem> {
    let person: PersonId = id(text, "such account")?;
    app.db.person(person).await?.ok_or_else(|| Problem::not_found("such account"))
}

async fn shown(app: &App, who: &SignedIn, of: &PersonRow) -> Result<Vec<SignInShown>, Problem> {
    let now = app.clock.wall();
    let rows = app.db.sessions_of(of.id).await?;
    // A wall that was opened under a sign-in runs on past its end, and can still be ended.
    let runs_on = |row: &SessionRow| now - row.last_used < RUNS_ON;
    let standing = rows.into_iter().filter(|row| standing(row, of, now) == Standing::Good || runs_on(row));
    Ok(standing.map(|row| to_wire(&row, who)).collect())
}

fn to_wire(row: &SessionRow, who: &SignedIn) -> SignInShown {
    SignInShown {
        id: row.id.to_string(),
        this: row.id == who.session.id,
        complete: row.confirmed.is_some(),
        browser: row.browser.clone(),
        address: row.address.clone(),
        created_90k: row.created.ticks(),
        last_used_90k: row.last_used.ticks(),
        expires_90k: row.expires.ticks(),
    }
}

async fn end_one(app: &App, who: &SignedIn, of: &PersonRow, session: SessionId) -> Result<StatusCode, Problem> {
    if !app.db.sessions_of(of.id).await?.iter().any(|row| row.id == session) {
        return Err(Problem::not_found("such sign-in"));
    }
    end_these(app, who, of, &[session]).await
}

async fn end_all(app: &App, who: &SignedIn, of: &PersonRow) -> Result<StatusCode, Problem> {
    let all = app.db.sessions_of(of.id).await?;
    let others: Vec<_> = all.iter().map(|row| row.id).filter(|id| *id != who.session.id).collect();
    if others.is_empty() {
        return Ok(StatusCode::NO_CONTENT);
    }
    end_these(app, who, of, &others).await
}

/// The rows go first: live sockets look at them every second. Like signing out, it works while the log fails.
async fn end_these(app: &App, who: &SignedIn, of: &PersonRow, these: &[SessionId]) -> Result<StatusCode, Problem> {
    for session in these {
        app.db.end_session(*session).await?;
        looks::end_all_of(app, *session, "the sign-in was ended").await;
    }
    let outcome = json!({
        "person": of.id.to_string(), "name": of.full_name, "own": of.id == who.person.id, "sign_ins": these.len(),
    });
    let event = Event {
        kind: EventKind::SignInEnded,
        actor: who.actor(),
        subject: Subject::default(),
        outcome: outcome.to_string(),
    };
    if let Err(error) = app.log.append(event).await {
        tracing::error!(error = candour_units::chain(&error), "the end of a sign-in could not be written down");
    }
    Ok(StatusCode::NO_CONTENT)
}
