//! Who may call what: the guard in front of every route. It is made from the table in `router`, and a route cannot be
//! put there without saying what it needs.

use crate::roles::{Act, may};
use axum::extract::{OriginalUri, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use candour_audit::{Event, EventKind, Subject};

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::roles;
use crate::session::{self, SignedIn};

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing: it is needed before anybody is signed in and tells nothing about footage or people.
    Anybody,
    /// A sign-in, also one where only the password was shown.
    Begun,
    /// A sign-in, whatever the roles.
    SignedIn,
    /// The same, by somebody who showed everything the account needs within the last minutes.
    Confirmed,
    /// A role that may do this.
    To(Act),
    /// The same, confirmed: what decides over others, or cannot be taken back.
    Freshly(Act),
}

/// Lets a request through, with who it is from, or refuses it.
pub(crate) async fn guard(State((app, access)): State<(App, Access)>, mut request: Request, next: Next) -> Response {
    if access == Access::Anybody {
        return next.run(request).await;
    }
    let address = session::address(request.extensions());
    let signed_in = match session::find(&app, request.headers(), address).await {
        Ok(Some(signed_in)) => signed_in,
        Ok(None) => {
            let mut answer = session::not_signed_in().into_response();
            answer.headers_mut().insert(header::SET_COOKIE, session::forget_cookie());
            return answer;
        }
        Err(problem) => return problem.into_response(),
    };
    if signed_in.session.confirmed.is_none() && access != Access::Begun {
        let words = "Show your second factor first, or set one up.";
        return Problem::new(Kind::SecondFactorNeeded, words).into_response();
    }
    if let Access::To(act) | Access::Freshly(act) = access
        && !may(&signed_in.roles, act)
    {
        // The address as asked for; inside a nested router it is cut.
        let asked = request.extensions().get::<OriginalUri>().map_or_else(|| request.uri(), |OriginalUri(uri)| uri);
        return refuse(&app, &signed_in, act, request.method(), asked.path()).await.into_response();
    }
    if matches!(access, Access::Confirmed | Access::Freshly(_))
        && let Err(stale) = session::must_be_fresh(&signed_in.session, app.clock.wall())
    {
        return stale.into_response();
    }
    request.extensions_mut().insert(signed_in);
    next.run(request).await
}

/// The refusal in words that say who can do it; a refused look is an entry in the log.
async fn refuse(app: &App, who: &SignedIn, act: Act, method: &Method, path: &str) -> Problem {
    let words = roles::refusal(act);
    if !act.shows_pictures() {
        return Problem::new(Kind::Forbidden, words);
    }
    if let Err(wait) = app.limits.refused_look(who.person.id, app.clock.mono()) {
        return wait;
    }
    note_refused_look(app, who, Subject::default(), &words, &format!("{method} {path}")).await;
    Problem::new(Kind::LookRefused, words)
}

/// Writes a refused look down. The refusal stands whether or not that succeeds; a log that fails is alarmed elsewhere.
pub(crate) async fn note_refused_look(app: &App, who: &SignedIn, subject: Subject, why: &str, asked: &str) {
    let outcome = serde_json::json!({ "asked": asked, "why": why }).to_string();
    let event = Event { kind: EventKind::LookRefused, actor: who.actor(), subject, outcome };
    if let Err(error) = app.log.append(event).await {
        tracing::error!(error = candour_units::chain(&error), "a refused look could not be written down");
    }
}

/// Refuses an act while the log fails. An act is written down after it was done, because only then it is known what came of it; so one
/// that could not be written down is not begun.
pub(crate) fn log_must_work(app: &App) -> Result<(), Problem> {
    let Some(cause) = app.log.status().failing else { return Ok(()) };
    tracing::error!(cause, "an act was not begun: the log fails");
    let words = "The log cannot be written, so nothing was changed. The System page says what fails.";
    Err(Problem::new(Kind::LogNotWritable, words))
}
