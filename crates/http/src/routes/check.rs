//! A check beside the recorder: begun by those who see the system; no footage leaves, and the act is logged.

use axum::extract::State;
use axum::http::StatusCode;
use candour_archive::{CheckOptions, Depth, Finding};
use candour_audit::{Event, EventKind, Subject};
use candour_wire::check::{CheckFinding, CheckReport, CheckRunning, CheckState, StartCheck};

use crate::app::App;
use crate::extract::Json;
use crate::problem::{Kind, Problem};
use crate::session::SignedIn;

/// Findings shown; the rest is told by `candour check` on the machine.
const SHOWN: usize = 200;
/// Beside a recorder: what a slow disk has to spare.
const BYTES_PER_SECOND: u64 = 20_000_000;

/// How checks stand: the one under way, and the last report.
#[utoipa::path(get, path = "/check", tag = "site", responses((status = 200, body = CheckState)))]
pub(crate) async fn read(State(app): State<App>) -> axum::Json<CheckState> {
    axum::Json(state(&app))
}

/// Begins a check of footage, catalogue, keys and log against each other, slowly, beside recording.
#[utoipa::path(post, path = "/check", tag = "site", request_body = StartCheck,
    responses((status = 202, body = CheckState), (status = 409), (status = 503)))]
pub(crate) async fn start(
    State(app): State<App>,
    who: SignedIn,
    Json(asked): Json<StartCheck>,
) -> Result<(StatusCode, axum::Json<CheckState>), Problem> {
    if app.archive.check_desk().running.is_some() {
        return Err(busy());
    }
    let depth = if asked.deep { Depth::Deep } else { Depth::Quick };
    let outcome = serde_json::json!({ "depth": word(depth) }).to_string();
    let (actor, subject) = (who.actor(), Subject::default());
    app.log.append(Event { kind: EventKind::CheckStarted, actor, subject, outcome }).await?;
    let options = CheckOptions::gentle(depth, BYTES_PER_SECOND);
    if !app.archive.start_check(app.log.directory().to_owned(), options) {
        return Err(busy());
    }
    Ok((StatusCode::ACCEPTED, axum::Json(state(&app))))
}

fn busy() -> Problem {
    Problem::new(Kind::Conflict, "A check is under way already. Wait for its end.")
}

fn state(app: &App) -> CheckState {
    let desk = app.archive.check_desk();
    CheckState {
        running: desk.running.map(|(depth, now)| CheckRunning {
            depth: word(depth).to_owned(),
            bytes_total: now.bytes_total,
            bytes_done: now.bytes_done,
            files_total: now.files_total,
            files_done: now.files_done,
            findings: now.findings,
        }),
        last: desk.last.map(|report| CheckReport {
            depth: word(report.depth).to_owned(),
            began_90k: report.began.ticks(),
            seconds: report.took.as_secs_f64(),
            files: report.files,
            bytes: report.bytes,
            log_entries: report.entries,
            findings_total: report.findings.len() as u64,
            findings: report.findings.iter().take(SHOWN).map(finding).collect(),
        }),
        failed: desk.failed,
    }
}

const fn word(depth: Depth) -> &'static str {
    match depth {
        Depth::Quick => "quick",
        Depth::Deep => "deep",
    }
}

fn finding(finding: &Finding) -> CheckFinding {
    CheckFinding {
        kind: finding.kind.word().to_owned(),
        weight: finding.kind.weight().word().to_owned(),
        segment: finding.segment.map(|id| id.to_string()),
        camera: finding.camera.map(|id| id.to_string()),
        stream: finding.stream.map(|id| id.to_string()),
        start_90k: finding.interval.map(|interval| interval.start.ticks()),
        end_90k: finding.interval.map(|interval| interval.end.ticks()),
        place: finding.place.clone(),
        found: finding.found.clone(),
        expected: finding.expected.clone(),
        advice: finding.kind.advice().to_owned(),
    }
}
