//! The index of the log: how an entry becomes a row, and keeping the rows up with the log.
//!
//! The index is made from entries that are durable and signed, after the fact and by this path only; nobody who appends waits for it.

use candour_audit::EntryView;
use candour_db::{LogIndexRow, LogIndexState};
use candour_units::{CameraId, WallDuration, WallRange, WallTime};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::app::App;
use crate::problem::Problem;
use crate::sentences;

/// Entries of one step; between two steps others may write to the database.
const SLICE: u64 = 512;
/// Entries that a question waits for; with more to do, it is answered from what there is.
const WAITED_FOR: u64 = 16 * SLICE;

/// Whether what the database has is of this log; looked at once, and held while rows are made.
#[derive(Default)]
pub(crate) struct LogIndex(Mutex<bool>);

/// Brings the index up with the log, as far as whoever asks waits for it; gives how many entries it reaches.
pub(crate) async fn catch_up(app: &App) -> Result<u64, Problem> {
    let mut is_ours = app.log_index.0.lock().await;
    let (target, erased) = (app.log.status().size, app.log.erasure().done);
    let mut state = app.db.log_index_state().await?;
    let fits = match &state {
        Some(state) => state.erased == count(erased) && (*is_ours || is_of_this_log(app, state).await?),
        None => true,
    };
    if !fits {
        tracing::info!("the log's index is of another log, or details were erased since: it is made anew");
        app.db.empty_log_index().await?;
        state = None;
    }
    *is_ours = true;
    let mut size = state.map_or(0, |state| state.size.unsigned_abs());
    let end = target.min(size.saturating_add(WAITED_FOR));
    while size < end {
        let entries = app.log.entries(size, SLICE.min(end - size)).await?;
        let Some(last) = entries.last() else { break };
        let (rows, leaf) = (entries.iter().map(row).collect::<Vec<_>>(), last.leaf);
        size = last.index + 1;
        let state = LogIndexState { size: count(size), leaf, erased: count(erased) };
        app.db.add_to_log_index(&rows, state).await?;
    }
    Ok(size)
}

async fn is_of_this_log(app: &App, state: &LogIndexState) -> Result<bool, Problem> {
    let Some(last) = state.size.unsigned_abs().checked_sub(1) else { return Ok(true) };
    let found = app.log.entries(last, 1).await?;
    Ok(found.first().is_some_and(|entry| entry.leaf == state.leaf))
}

fn count(entries: u64) -> i64 {
    i64::try_from(entries).unwrap_or(i64::MAX)
}

/// An entry as it is searched. What was erased has no person, camera or footage any more.
pub(crate) fn row(entry: &EntryView) -> LogIndexRow {
    let group = |text: &Option<String>| -> Value {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
    };
    let (who, what, why, sent) = (group(&entry.who), group(&entry.what), group(&entry.why), group(&entry.sent));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = entry.kind.as_str();
    let footage = footage(entry, &what, &sent);
    let seen = matches!(
        kind,
        "look_live"
            | "look_playback"
            | "look_commissioning"
            | "footage_downloaded"
            | "motion_searched"
            | "motion_tried"
    ) && footage.is_some();
    // One entry a minute names every camera that recorded: nobody looks for these by camera.
    let mut cameras: Vec<CameraId> =
        if kind == "segments_closed" { Vec::new() } else { sentences::cameras(entry).collect() };
    cameras.sort_unstable();
    cameras.dedup();
    LogIndexRow {
        entry: count(entry.index),
        at: entry.at,
        kind: entry.kind.clone(),
        seen,
        refused: matches!(kind, "look_refused" | "sign_in_refused"),
        person: who["person"].as_str().and_then(|id| id.parse().ok()),
        name: text(&who["name"]),
        address: text(&who["address"]),
        purpose: text(&sent["purpose"]).or_else(|| text(&why["purpose"])),
        case: text(&sent["case"]).filter(|case| !case.is_empty()).map(|case| folded(&case)),
        footage,
        cameras,
        receipt: sent["receipt"].as_str().filter(|_| seen).and_then(|id| id.parse().ok()),
        renewal: seen && sent["renewal"] == true,
    }
}

/// A case reference as it is compared.
pub(crate) fn folded(case: &str) -> String {
    case.trim().to_lowercase()
}

/// The footage that an entry is about: the interval in it, or of a live look the time for which it may go on.
fn footage(entry: &EntryView, what: &Value, sent: &Value) -> Option<WallRange> {
    if matches!(entry.kind.as_str(), "look_live" | "look_commissioning") {
        let lasts = WallDuration::from_seconds(sent["lasts_s"].as_i64().filter(|s| (1..=3600).contains(s))?);
        return WallRange::new(entry.at, entry.at + lasts);
    }
    let interval = &what["interval"];
    let moment = |name: &str| interval[name].as_i64().map(WallTime::from_ticks);
    WallRange::new(moment("start_90k")?, moment("end_90k")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::Hash;

    fn entry(kind: &str, groups: [&str; 4]) -> EntryView {
        let [who, what, why, sent] = groups.map(|text| (!text.is_empty()).then(|| text.to_owned()));
        let at = WallTime::from_ticks(900_000);
        EntryView { index: 7, at, kind: kind.to_owned(), who, what, why, sent, salts: [None; 4], leaf: Hash([0; 32]) }
    }

    const ADA: &str = r#"{"address":"10.0.0.7","kind":"person","name":"Ada","person":"01010101010101010101010101010101","session":"02"}"#;
    const YARD: &str = r#"{"cameras":["0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"],"interval":{"end_90k":20,"start_90k":10}}"#;

    #[test]
    fn a_look_back_is_about_its_interval() {
        let sent = r#"{"case":" 2026/A ","lasts_s":300,"receipt":"05050505050505050505050505050505","renewal":false}"#;
        let row = row(&entry("look_playback", [ADA, YARD, r#"{"purpose":"0606"}"#, sent]));
        assert_eq!((row.seen, row.renewal, row.refused), (true, false, false));
        assert_eq!((row.name.as_deref(), row.address.as_deref()), (Some("Ada"), Some("10.0.0.7")));
        assert_eq!((row.case.as_deref(), row.purpose.as_deref()), (Some("2026/a"), Some("0606")));
        assert_eq!(row.cameras, [CameraId::from_bytes([11; 16])], "each once");
        assert_eq!(row.footage.map(|range| (range.start.ticks(), range.end.ticks())), Some((10, 20)));
    }

    #[test]
    fn a_live_look_is_about_its_own_time() {
        let sent = r#"{"lasts_s":60,"receipt":"05050505050505050505050505050505","renewal":true}"#;
        let row = row(&entry("look_live", [ADA, r#"{"cameras":["0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"]}"#, "{}", sent]));
        assert!(row.seen && row.renewal && row.receipt.is_some());
        assert_eq!(row.footage.map(|range| (range.start.ticks(), range.end.ticks())), Some((900_000, 6_300_000)));
    }

    #[test]
    fn what_was_erased_has_a_kind_and_a_time() {
        let row = row(&entry("look_live", ["", "", "", ""]));
        assert!(!row.seen && row.person.is_none() && row.name.is_none() && row.cameras.is_empty());
        assert_eq!((row.entry, row.kind.as_str(), row.footage), (7, "look_live", None));
    }

    #[test]
    fn refusals_and_requests() {
        let refused = row(&entry("look_refused", [ADA, "{}", "{}", r#"{"why":"no grant"}"#]));
        assert!(refused.refused && !refused.seen);
        let asked = row(&entry("grant_asked", [ADA, YARD, "{}", r#"{"case":"2026/117","purpose":"theft"}"#]));
        assert_eq!(
            (asked.seen, asked.purpose.as_deref(), asked.case.as_deref()),
            (false, Some("theft"), Some("2026/117"))
        );
    }
}
