//! Entries of the log as a file: for a spreadsheet, or signed, so that anybody can check them without the recorder.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use candour_audit::{EntryView, Event, EventKind};
use candour_ledger::{LogExport, export_digest};
use candour_units::WallTime;
use candour_wire::log::LogEntry;
use serde_json::json;

use crate::app::App;
use crate::csv;
use crate::extract::Asked;
use crate::log_index::catch_up;
use crate::log_question::{Asking, Question};
use crate::names::CameraNames;
use crate::problem::{Kind, Problem};
use crate::routes::log_search::read;
use crate::sentences;
use crate::session::SignedIn;

/// Most entries of one file.
const MOST: i64 = 10_000;

const HEADINGS: [&str; 11] = [
    "Entry",
    "Time (UTC)",
    "Kind",
    "Who",
    "What happened",
    "Cameras",
    "Footage from (UTC)",
    "Footage to (UTC)",
    "Reason",
    "Details",
    "Leaf hash",
];

/// The two forms of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Json,
}

impl Form {
    const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// The entries that a search finds, oldest first, as a file: `format=csv` for a spreadsheet, `format=json` with details, inclusion proofs
/// and the signed checkpoint, for `candour-verify export`. At most 10 000. The export is an entry, durable before the first byte leaves.
#[utoipa::path(get, path = "/log/export", tag = "log", params(Question),
    responses((status = 200, description = "The file", content((String = "text/csv"), (String = "application/json"))),
        (status = 404), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn file(
    State(app): State<App>,
    who: SignedIn,
    Asked(asked): Asked<Question>,
) -> Result<Response, Problem> {
    let form = match asked.format.as_deref() {
        Some("csv") => Form::Csv,
        Some("json") => Form::Json,
        _ => return Err(Problem::invalid("format", "Say csv or json.")),
    };
    if asked.before.is_some() || asked.limit.is_some() {
        return Err(Problem::invalid("limit", "An export has no pages; narrow the question instead."));
    }
    let asking = asked.read()?;
    let found = find(&app, &asking).await?;
    let index = write_down(&app, &who, &asking, form, &found).await?;
    let body = match form {
        Form::Csv => csv_of(&app, &found).await?,
        Form::Json => signed(&app, &found, index).await?,
    };
    let moment: String =
        app.clock.wall().to_string().chars().take(19).map(|c| if c == ':' { '-' } else { c }).collect();
    let name = format!("attachment; filename=\"log-{moment}Z.{}\"", form.word());
    let name = HeaderValue::from_str(&name).map_err(|error| Problem::internal("a file's name", &error))?;
    let kind = HeaderValue::from_static(form.content_type());
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response())
}

/// Everything that fits, oldest first.
async fn find(app: &App, asking: &Asking) -> Result<Vec<EntryView>, Problem> {
    let (size, indexed) = (app.log.status().size, catch_up(app).await?);
    if indexed < size {
        let words =
            format!("The index of the log is being made: {indexed} of {size} entries. Try again in a few minutes.");
        return Err(Problem::new(Kind::Conflict, words));
    }
    let mut found = app.db.search_log(&asking.search, i64::MAX, MOST + 1).await?;
    if i64::try_from(found.len()).is_ok_and(|count| count > MOST) {
        let words = "More than 10 000 entries fit. Narrow the question, for example by time, and export it in parts.";
        return Err(Problem::new(Kind::Conflict, words));
    }
    found.reverse();
    read(app, &found.iter().map(|row| row.entry.unsigned_abs()).collect::<Vec<_>>()).await
}

/// The entry of the export; gives its position. If it cannot be durable, nothing leaves.
async fn write_down(
    app: &App,
    who: &SignedIn,
    asking: &Asking,
    form: Form,
    found: &[EntryView],
) -> Result<u64, Problem> {
    let outcome = json!({
        "digest": export_digest(found.iter().map(|entry| (entry.index, entry.leaf))).to_string(),
        "entries": found.len(),
        "form": form.word(),
        "question": asking.words,
    });
    let event = Event {
        kind: EventKind::LogExported,
        actor: who.actor(),
        subject: asking.subject(),
        outcome: outcome.to_string(),
    };
    Ok(app.log.append(event).await?.index)
}

async fn signed(app: &App, found: &[EntryView], export: u64) -> Result<String, Problem> {
    let indices = found.iter().map(|entry| entry.index).chain([export]).collect();
    let proved = app.log.prove_many(indices).await?;
    let mut entries = proved.entries;
    let export = entries.pop().ok_or_else(|| Problem::not_found("such entry in the log any more"))?;
    let (checkpoint, cosigned, verifier_key) = (proved.checkpoint, proved.cosigned, proved.verifier_key);
    Ok(LogExport { entries, export, checkpoint, cosigned, verifier_key }.encode())
}

async fn csv_of(app: &App, found: &[EntryView]) -> Result<String, Problem> {
    let names = CameraNames::load(app, found.iter().flat_map(sentences::cameras).collect()).await?;
    let mut text = csv::MARK.to_owned() + &csv::row(HEADINGS);
    for entry in found {
        text.push_str(&csv_row(&sentences::entry(entry, &names)));
    }
    Ok(text)
}

fn csv_row(entry: &LogEntry) -> String {
    let moment = |ticks: i64| WallTime::from_ticks(ticks).to_string();
    let groups = &entry.groups;
    let details =
        [&groups.who, &groups.what, &groups.why, &groups.sent].map(|group| group.as_deref().unwrap_or("erased"));
    csv::row([
        entry.index.to_string().as_str(),
        &moment(entry.at_90k),
        &entry.kind,
        &entry.who,
        &entry.words,
        &entry.cameras.join("; "),
        &entry.from_90k.map(moment).unwrap_or_default(),
        &entry.to_90k.map(moment).unwrap_or_default(),
        entry.reason.as_deref().unwrap_or_default(),
        &details.join(" "),
        &entry.leaf,
    ])
}
