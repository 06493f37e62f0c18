//! Looks that stand out: read from the log's index, judged in `policy`, shown on the log page, and told to the auditors by an alarm that
//! names nobody, because every alarm is read by everybody.

use std::collections::HashMap;

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{LogIndexRow, NewAlarm};
use candour_policy::{Anomaly, AnomalyRules, LookAct, Looked};
use candour_units::{AlarmId, PersonId, WallDuration, WallRange, WallTime};
use candour_wire::log::LogAnomaly;
use serde_json::json;

use crate::app::App;
use crate::grants::zone;
use crate::log_index::catch_up;
use crate::policy_reading::in_force;
use crate::problem::Problem;
use crate::sentences::sentence;

/// How far back is looked.
const REACHES: WallDuration = WallDuration::from_seconds(30 * 86_400);
/// The alarm stands while something of this age stands out.
const NEW: WallDuration = WallDuration::from_seconds(86_400);
/// Most entries gone through.
const MOST: i64 = 100_000;
/// Most positions told of one.
const MOST_ENTRIES: usize = 100;
const ALARM: &str = "looks_stand_out";

/// What stands out, and who that is.
pub(crate) struct Found {
    pub(crate) told: Vec<Told>,
    pub(crate) from: WallTime,
}

/// One of them.
pub(crate) struct Told {
    anomaly: Anomaly,
    who: String,
    person: Option<PersonId>,
}

impl Told {
    pub(crate) fn shown(&self) -> LogAnomaly {
        LogAnomaly {
            kind: self.anomaly.kind.word().to_owned(),
            who: self.who.clone(),
            person: self.person.map(|person| person.to_string()),
            first_90k: self.anomaly.first.ticks(),
            last_90k: self.anomaly.last.ticks(),
            entries: self.anomaly.entries.iter().copied().take(MOST_ENTRIES).collect(),
            words: sentence(&self.anomaly.words),
        }
    }
}

/// Goes through the looks of the last 30 days.
pub(crate) async fn find(app: &App) -> Result<Found, Problem> {
    catch_up(app).await?;
    let now = app.clock.wall();
    let from = now - REACHES;
    let range = WallRange { start: from, end: now + NEW };
    let rows = app.db.looks_in_log(range, MOST).await?;
    let mut names: HashMap<String, (String, Option<PersonId>)> = HashMap::new();
    let mut acts = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(by) = who(row) else { continue };
        let name = row.name.clone().unwrap_or_else(|| format!("Somebody at {by}"));
        names.insert(by.clone(), (name, row.person));
        acts.push(act(row, by));
    }
    let zone = zone(in_force(app).await?.as_ref());
    let found = candour_policy::anomalies(&acts, &app.anomaly_rules, &zone).into_iter().map(|anomaly| {
        let (who, person) = names.get(&anomaly.by).cloned().unwrap_or_default();
        Told { anomaly, who, person }
    });
    Ok(Found { told: found.collect(), from })
}

/// Whose act it was; `None` when that was erased.
fn who(row: &LogIndexRow) -> Option<String> {
    row.person.map(|person| person.to_string()).or_else(|| row.address.clone())
}

fn act(row: &LogIndexRow, by: String) -> LookAct {
    let looked = match (row.refused, row.kind.as_str()) {
        (true, _) => Looked::Refused,
        (false, "look_live") => Looked::Live,
        (false, _) => Looked::Recorded {
            cameras: row.cameras.iter().map(ToString::to_string).collect(),
            footage: row.footage.map_or(WallDuration::ZERO, |range| range.duration()),
        },
    };
    LookAct { entry: row.entry.unsigned_abs(), at: row.at, by, looked }
}

/// The rule in words: the same that staff read.
pub(crate) async fn rule(app: &App) -> Result<String, Problem> {
    let AnomalyRules { opens, closes, bulk_footage, bulk_cameras, bulk_within, refused, refused_within } =
        app.anomaly_rules;
    let minutes = |length: WallDuration| length.seconds_floor() / 60;
    let zone = zone(in_force(app).await?.as_ref());
    Ok(format!(
        "Recorded footage opened outside Monday to Friday, {opens} to {closes} ({}); {} minutes of it, counted for each camera, or \
         {bulk_cameras} cameras within {} minutes; {refused} refusals within {} minutes. Watching live is never counted.",
        zone.name(),
        minutes(bulk_footage),
        minutes(bulk_within),
        minutes(refused_within),
    ))
}

/// Keeps the alarm true: it stands while something new stands out. A failure is for the program's own log, and the next round.
pub(crate) async fn refresh_alarm(app: &App) {
    if let Err(problem) = try_refresh(app).await {
        tracing::warn!(problem = problem.detail(), "it could not be said whether looks stand out");
    }
}

async fn try_refresh(app: &App) -> Result<(), Problem> {
    let now = app.clock.wall();
    let found = find(app).await?;
    let fresh = found.told.iter().filter(|told| now - told.anomaly.last <= NEW).count();
    if fresh == 0 {
        if app.db.clear_alarm(ALARM, None, now).await? {
            note(app, EventKind::AlarmSettled, "nothing new stands out").await?;
        }
        return Ok(());
    }
    let words = "Looks of the last day stand out by their hour, their number or their refusals. The Log page shows the data protection \
                 officer which; there may be a good reason for each.";
    let alarm = NewAlarm {
        id: AlarmId::from_bytes(app.entropy.id()),
        kind: ALARM.to_owned(),
        camera: None,
        severity: "amber".to_owned(),
        words: words.to_owned(),
        raised: now,
    };
    if app.db.raise_alarm(&alarm).await? {
        note(app, EventKind::AlarmRaised, words).await?;
    }
    Ok(())
}

async fn note(app: &App, kind: EventKind, words: &str) -> Result<(), Problem> {
    let outcome = json!({ "alarm": ALARM, "words": words }).to_string();
    app.log.append(Event { kind, actor: Actor::Recorder, subject: Subject::default(), outcome }).await?;
    Ok(())
}
