//! The log, for those who may read it.

use axum::extract::State;
use candour_audit::{EntryView, Erasure, Event, EventKind, Subject};
use candour_wire::log::{ErasedDetails, LogPage};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::Asked;
use crate::names::CameraNames;
use crate::problem::Problem;
use crate::sentences;
use crate::session::SignedIn;

const SHOWN: u64 = 100;
const MOST: u64 = 500;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// Only entries before this position.
    before: Option<u64>,
    /// How many, 1 to 500; 100 if absent.
    limit: Option<u64>,
}

/// Entries, newest first, in words, with everything they commit to. Reading the log is itself an entry.
#[utoipa::path(get, path = "/log", tag = "log", params(Question),
    responses((status = 200, body = LogPage), (status = 422), (status = 503)))]
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    Asked(asked): Asked<Question>,
) -> Result<axum::Json<LogPage>, Problem> {
    let limit = asked.limit.unwrap_or(SHOWN);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid("limit", format!("Ask for 1 to {MOST} entries.")));
    }
    note_reading(&app, &who, &asked).await;
    let status = app.log.status();
    let end = asked.before.unwrap_or(status.size).min(status.size);
    let first = end.saturating_sub(limit);
    let mut entries = app.log.entries(first, end - first).await?;
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.index));
    let names = CameraNames::load(&app, entries.iter().flat_map(sentences::cameras).collect()).await?;
    Ok(axum::Json(LogPage {
        entries: entries.iter().map(|entry: &EntryView| sentences::entry(entry, &names)).collect(),
        size: status.size,
        root: status.root.to_string(),
        checkpoint: status.checkpoint,
        verifier_key: status.verifier_key,
        erased: erased(&app),
    }))
}

/// How far details were erased.
pub(crate) fn erased(app: &App) -> Option<ErasedDetails> {
    let Erasure { done, entry, .. } = app.log.erasure();
    entry.map(|(entry, at)| ErasedDetails { before: done, at_90k: at.ticks(), entry })
}

/// A log that cannot be written can still be read: that is when it is needed most.
async fn note_reading(app: &App, who: &SignedIn, asked: &Question) {
    let now = app.clock.mono();
    if !app.log_readings.is_due(who.person.id, "", now) {
        return;
    }
    let outcome = match asked.before {
        Some(before) => serde_json::json!({ "before": before }),
        None => serde_json::json!({ "newest": true }),
    };
    let event = Event {
        kind: EventKind::LogRead,
        actor: who.actor(),
        subject: Subject::default(),
        outcome: outcome.to_string(),
    };
    match app.log.append(event).await {
        Ok(_) => app.log_readings.written(who.person.id, String::new(), now),
        Err(error) => {
            tracing::error!(error = candour_units::chain(&error), "a reading of the log could not be written down")
        }
    }
}
