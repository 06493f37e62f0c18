//! How the machine stands.

use axum::extract::State;
use candour_archive::StorageStatus;
use candour_audit::LogStatus;
use candour_wire::site::{LogState, Storage, System};

use crate::app::App;
use crate::problem::Problem;

/// Storage, lists in force, and the log.
#[utoipa::path(get, path = "/system", tag = "site", responses((status = 200, body = System)))]
pub(crate) async fn read(State(app): State<App>) -> Result<axum::Json<System>, Problem> {
    Ok(axum::Json(System {
        recorder: app.recorder.to_string(),
        started_90k: app.started.ticks(),
        storage: app.archive.status().iter().map(storage).collect(),
        lists: app.site.lists(),
        log: log_state(app.log.status()),
    }))
}

fn storage(status: &StorageStatus) -> Storage {
    Storage {
        directory: status.directory.display().to_string(),
        total_bytes: status.total_bytes,
        free_bytes: status.free_bytes,
        written_last_minute_bytes: status.written_last_minute,
        days_left: days_left(status.free_bytes, status.written_last_minute),
        durable_bound_ms: status.durable_bound_ms,
        failing: status.failing.clone(),
    }
}

/// At the rate of the last minute, to a tenth of a day.
fn days_left(free: u64, per_minute: u64) -> Option<f64> {
    const MINUTES_A_DAY: f64 = 1440.0;
    (per_minute > 0).then(|| (free as f64 / per_minute as f64 / MINUTES_A_DAY * 10.0).round() / 10.0)
}

fn log_state(status: LogStatus) -> LogState {
    LogState {
        size: status.size,
        root: status.root.to_string(),
        checkpoint: status.checkpoint,
        verifier_key: status.verifier_key,
        failing: status.failing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_left_at_a_rate() {
        assert_eq!(days_left(1440 * 1000, 1000), Some(1.0));
        assert_eq!(days_left(0, 1000), Some(0.0));
        assert_eq!(days_left(1000, 0), None);
    }
}
