//! Whether lives are shortened where nothing moved, and the act that lets it go on.

use axum::extract::State;
use candour_archive::Shortening;
use candour_audit::{Event, EventKind, Subject};
use candour_units::WallTime;
use candour_wire::retention::{ResumeShortening, Shortening as Shown};

use crate::access::log_must_work;
use crate::app::App;
use crate::extract::{Json, text};
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;

/// Segments that wait for a second look are counted up to here.
const MOST_WAITING: i64 = 100;

/// Lets lives be shortened again after second looks found too much. Second looks are counted anew.
#[utoipa::path(post, path = "/retention/shortening", tag = "retention", request_body = ResumeShortening,
    responses((status = 200, body = Shown), (status = 409), (status = 422)))]
pub(crate) async fn resume(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<ResumeShortening>,
) -> Result<axum::Json<Shown>, Problem> {
    let reason = text("reason", &asked.reason, 5..=300)?;
    let Shortening { stopped, looks } = Shortening::read(&app.db).await?;
    if stopped.is_none() {
        return Err(Problem::new(Kind::Conflict, "Nothing has stopped: lives are shortened where nothing moved."));
    }
    log_must_work(&app)?;
    let outcome = serde_json::json!({ "checked": looks.checked, "missed": looks.missed }).to_string();
    let subject = Subject { reason: Some(reason), ..Subject::default() };
    let event = Event { kind: EventKind::ShorteningResumed, actor: who.actor(), subject, outcome };
    // Written down first: an act that shortens lives is never without its entry.
    app.log.append(event).await?;
    Shortening::resume(&app.db).await?;
    shown(&app).await.map(axum::Json)
}

/// How it stands.
pub(crate) async fn shown(app: &App) -> Result<Shown, Problem> {
    let Shortening { stopped, looks } = Shortening::read(&app.db).await?;
    let waiting = app.db.segments_chosen(MOST_WAITING).await?.len() as u64;
    let rate = looks.rate();
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let found = match rate {
        None => "No second look has come to an answer yet.".to_owned(),
        Some(rate) => format!(
            "{} of {} second looks found motion that the first one missed: {} (with 95 % confidence between {} and {}).",
            looks.missed,
            looks.checked,
            percent(rate.share),
            percent(rate.least),
            percent(rate.most)
        ),
    };
    let first = match stopped {
        Some(_) => {
            "Nothing is shortened any more where nothing moved, until a system owner says so: more than 0.50 % were missed. "
        }
        None => "",
    };
    Ok(Shown {
        stopped_90k: stopped.map(WallTime::ticks),
        checked: looks.checked,
        missed: looks.missed,
        share: rate.map(|rate| rate.share),
        between: rate.map(|rate| [rate.least, rate.most]),
        waiting,
        words: format!("{first}{found}"),
    })
}
