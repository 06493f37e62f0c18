//! The log desk: searching the log, what may be searched for, and what stands out.

use axum::extract::State;
use candour_audit::{EntryView, EventKind};
use candour_db::LogSeenBy;
use candour_units::WallTime;
use candour_wire::log::{LogAnomalies, LogChoices, LogFound, Named, SeenBy};

use crate::anomalies;
use crate::app::App;
use crate::extract::Asked;
use crate::log_index::catch_up;
use crate::log_question::Question;
use crate::names::CameraNames;
use crate::problem::Problem;
use crate::routes::log::erased;
use crate::sentences;
use crate::session::SignedIn;

const SHOWN: u64 = 100;
const MOST: u64 = 500;
/// Most people and cameras to choose from.
const MOST_CHOICES: usize = 2000;

/// Entries that fit, newest first; with a camera and an interval of footage also who saw it. Searching is itself an entry.
#[utoipa::path(get, path = "/log/search", tag = "log", params(Question),
    responses((status = 200, body = LogFound), (status = 404), (status = 422), (status = 503)))]
pub(crate) async fn search(
    State(app): State<App>,
    who: SignedIn,
    Asked(asked): Asked<Question>,
) -> Result<axum::Json<LogFound>, Problem> {
    let limit = asked.limit.unwrap_or(SHOWN);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid("limit", format!("Ask for 1 to {MOST} entries.")));
    }
    if asked.format.is_some() {
        return Err(Problem::invalid("format", "A search has one form; an export has two."));
    }
    let asking = asked.read()?;
    asking.note(&app, &who).await;
    let indexed = catch_up(&app).await?;
    let before = asked.before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = app.db.search_log(&asking.search, before, limit).await?;
    let is_more = i64::try_from(found.len()).is_ok_and(|count| count == limit);
    let positions: Vec<u64> = found.iter().map(|row| row.entry.unsigned_abs()).collect();
    let mut entries = read(&app, &positions).await?;
    // The index knows how far a look that was renewed reached; its first entry does not.
    let names = CameraNames::load(&app, entries.iter().flat_map(sentences::cameras).collect()).await?;
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.index));
    let shown = entries.iter().zip(&found).map(|(entry, row)| {
        let mut shown = sentences::entry(entry, &names);
        shown.from_90k = row.footage.map(|range| range.start.ticks());
        shown.to_90k = row.footage.map(|range| range.end.ticks());
        shown
    });
    let seen_by = match asking.who_saw() {
        Some((camera, interval)) => Some(app.db.log_seen_by(camera, interval).await?.iter().map(seen_by).collect()),
        None => None,
    };
    Ok(axum::Json(LogFound {
        entries: shown.collect(),
        before: positions.last().copied().filter(|_| is_more),
        seen_by,
        indexed,
        size: app.log.status().size,
        erased: erased(&app),
    }))
}

/// Entries at these positions, in stretches that lie together.
pub(crate) async fn read(app: &App, positions: &[u64]) -> Result<Vec<EntryView>, Problem> {
    let mut entries = Vec::with_capacity(positions.len());
    for position in positions {
        entries.extend(app.log.entries(*position, 1).await?);
    }
    Ok(entries)
}

fn seen_by(one: &LogSeenBy) -> SeenBy {
    SeenBy {
        name: one.name.clone(),
        person: one.person.map(|person| person.to_string()),
        live: one.live.unsigned_abs(),
        recorded: one.recorded.unsigned_abs(),
        first_90k: one.began.0.ticks(),
        last_90k: one.began.1.ticks(),
        newest: one.newest.unsigned_abs(),
    }
}

/// People, cameras and kinds to choose from.
#[utoipa::path(get, path = "/log/choices", tag = "log", responses((status = 200, body = LogChoices), (status = 503)))]
pub(crate) async fn choices(State(app): State<App>) -> Result<axum::Json<LogChoices>, Problem> {
    catch_up(&app).await?;
    let people = app.db.people_in_log(MOST_CHOICES).await?;
    let cameras = app.db.cameras_in_log(MOST_CHOICES).await?;
    let names = CameraNames::load(&app, cameras.clone()).await?;
    let mut people: Vec<_> = people.into_iter().map(|(id, name)| Named { id: id.to_string(), name }).collect();
    let mut cameras: Vec<_> = cameras.into_iter().map(|id| Named { id: id.to_string(), name: names.get(id) }).collect();
    for named in [&mut people, &mut cameras] {
        named.sort_by_key(|one| (one.name.to_lowercase(), one.id.clone()));
    }
    let kinds = EventKind::ALL.iter().map(|kind| kind.word().to_owned()).collect();
    Ok(axum::Json(LogChoices { people, cameras, kinds }))
}

/// Looks of the last 30 days that stand out, by a rule about times and numbers.
#[utoipa::path(get, path = "/log/anomalies", tag = "log",
    responses((status = 200, body = LogAnomalies), (status = 503)))]
pub(crate) async fn stand_out(State(app): State<App>) -> Result<axum::Json<LogAnomalies>, Problem> {
    let found = anomalies::find(&app).await?;
    Ok(axum::Json(LogAnomalies {
        anomalies: found.told.iter().map(anomalies::Told::shown).collect(),
        rule: anomalies::rule(&app).await?,
        from_90k: WallTime::ticks(found.from),
    }))
}
