//! Alarms.

use axum::extract::{Path, State};
use candour_audit::{Event, EventKind, Subject};
use candour_db::AlarmRow;
use candour_units::{AlarmId, WallTime};
use candour_wire::alarms::{Alarm, Severity};

use crate::app::App;
use crate::extract::id;
use crate::names::CameraNames;
use crate::problem::Problem;
use crate::roles;
use crate::session::SignedIn;

const SHOWN: i64 = 200;
/// The kind of the alarm that an account was changed on the recorder itself. Nothing ends it but that somebody takes it.
pub const CHANGED_ON_THE_MACHINE: &str = "account_changed_on_the_machine";

/// Standing alarms first, then settled ones, newest first: those whose page the person may open.
#[utoipa::path(get, path = "/alarms", tag = "alarms", responses((status = 200, body = Vec<Alarm>)))]
pub(crate) async fn list(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Vec<Alarm>>, Problem> {
    seen_by(&app, &who).await.map(axum::Json)
}

/// Takes an alarm: somebody is on it.
#[utoipa::path(post, path = "/alarms/{id}/acknowledge", tag = "alarms",
    params(("id" = String, Path, description = "Alarm")), responses((status = 200, body = Alarm), (status = 404)))]
pub(crate) async fn acknowledge(
    State(app): State<App>,
    who: SignedIn,
    Path(alarm): Path<String>,
) -> Result<axum::Json<Alarm>, Problem> {
    let alarm: AlarmId = id(&alarm, "such alarm")?;
    let row = app.db.acknowledge_alarm(alarm, &who.person.full_name, app.clock.wall()).await?;
    if row.kind == CHANGED_ON_THE_MACHINE {
        app.db.clear_alarm(&row.kind, None, app.clock.wall()).await?;
    }
    let subject = Subject { cameras: row.camera.into_iter().collect(), ..Subject::default() };
    let outcome = serde_json::json!({ "alarm": alarm.to_string(), "kind": row.kind, "settled": "acknowledged" });
    let kind = EventKind::AlarmSettled;
    app.log.append(Event { kind, actor: who.actor(), subject, outcome: outcome.to_string() }).await?;
    let names = CameraNames::load(&app, row.camera.into_iter().collect()).await?;
    Ok(axum::Json(shown(&row, &names)))
}

/// The alarms of a person.
pub(crate) async fn seen_by(app: &App, who: &SignedIn) -> Result<Vec<Alarm>, Problem> {
    let rows = app.db.alarms(SHOWN).await?;
    let names = CameraNames::load(app, rows.iter().filter_map(|row| row.camera).collect()).await?;
    let pages = roles::pages(&who.roles);
    let alarms = rows.iter().map(|row| shown(row, &names));
    // What keeps anybody from seeing or recording concerns everybody, also those who cannot open the page that mends it.
    let concerns = |alarm: &Alarm| alarm.severity == Severity::Red || alarm.camera.is_some();
    Ok(alarms.filter(|alarm| concerns(alarm) || pages.contains(&alarm.page)).collect())
}

fn shown(row: &AlarmRow, names: &CameraNames) -> Alarm {
    Alarm {
        id: row.id.to_string(),
        kind: row.kind.clone(),
        severity: if row.severity == "red" { Severity::Red } else { Severity::Amber },
        words: row.words.clone(),
        camera: row.camera.map(|camera| camera.to_string()),
        camera_name: row.camera.map(|camera| names.get(camera)),
        page: page(&row.kind).to_owned(),
        raised_90k: row.raised.ticks(),
        acknowledged_by: row.acknowledged.as_ref().map(|(by, _)| by.clone()),
        acknowledged_90k: row.acknowledged.as_ref().map(|(_, at)| at.ticks()),
        cleared_90k: row.cleared.map(WallTime::ticks),
    }
}

/// Where an alarm of that kind is mended.
fn page(kind: &str) -> &'static str {
    match kind {
        "deletion_overdue" | "deletion_waits" | "hold_ending" | "shortening_stopped" => "retention",
        "gap" | "data_loss" => "review",
        "policy_waits" | "review_overdue" => "policy",
        "policy_not_kept" | "picture_frozen" | "picture_looped" | "picture_black" | "scene_changed" => "cameras",
        "break_glass" => "requests",
        CHANGED_ON_THE_MACHINE => "people",
        // Only whoever may read the log is told.
        "looks_stand_out" => "log",
        kind if kind.starts_with("camera_") || kind.starts_with("device_") => "cameras",
        _ => "system",
    }
}
