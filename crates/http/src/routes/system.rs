//! How the machine stands.

use axum::extract;
use candour_archive::{StorageState as State, StorageStatus};
use candour_audit::LogStatus;
use candour_policy::Forecast;
use candour_units::WallTime;
use candour_wire::site::{LogState, Storage, StorageState, System, WitnessState, Witnessing};

use crate::app::App;
use crate::problem::Problem;

/// Storage, lists in force, and the log.
#[utoipa::path(get, path = "/system", tag = "site", responses((status = 200, body = System)))]
pub(crate) async fn read(extract::State(app): extract::State<App>) -> Result<axum::Json<System>, Problem> {
    let forecasts = app.site.forecasts();
    let shown = |status: &StorageStatus| storage(status, forecasts.get(&status.number).copied());
    Ok(axum::Json(System {
        recorder: app.recorder.to_string(),
        started_90k: app.started.ticks(),
        storage: app.archive.status().iter().map(shown).collect(),
        lists: app.site.lists(),
        log: log_state(app.log.status(), app.site.witnesses()),
    }))
}

fn storage(status: &StorageStatus, forecast: Option<Forecast>) -> Storage {
    let (full_at, lasts_until) = match forecast {
        Some(Forecast::FullAt(at)) => (Some(at), None),
        Some(Forecast::LastsUntil(until)) => (None, Some(until)),
        Some(Forecast::Unknown) | None => (None, None),
    };
    Storage {
        directory: status.directory.display().to_string(),
        total_bytes: status.total_bytes,
        free_bytes: status.free_bytes,
        reserve_bytes: status.reserve.low,
        written_last_minute_bytes: status.written_last_minute,
        streams: u32::try_from(status.streams).unwrap_or(u32::MAX),
        state: state(status.state),
        full_at_90k: full_at.map(WallTime::ticks),
        lasts_until_90k: lasts_until.map(WallTime::ticks),
        durable_bound_ms: status.durable_bound_ms,
        failing: status.failing.clone(),
    }
}

fn state(of: State) -> StorageState {
    match of {
        State::Works => StorageState::Works,
        State::Full => StorageState::Full,
        State::Fails => StorageState::Fails,
        State::Stalled => StorageState::Stalled,
        State::Unavailable => StorageState::Unavailable,
    }
}

fn log_state(status: LogStatus, (witnessing, witnesses): (Witnessing, Vec<WitnessState>)) -> LogState {
    LogState {
        size: status.size,
        root: status.root.to_string(),
        checkpoint: status.checkpoint,
        verifier_key: status.verifier_key,
        failing: status.failing,
        witnessing,
        witnesses,
    }
}
