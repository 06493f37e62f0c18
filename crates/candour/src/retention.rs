//! Runs the sweep and tells the retention page how it went.

use std::time::Duration;

use candour_http::port::SweepState;
use candour_worker::{Sweeper, SweeperConfig, Weigher, WeigherConfig, fold_deletions};
use tokio_util::sync::CancellationToken;

use crate::estate::Estate;
use crate::machine::kernel_synchronised;

/// Deletion is promised within 60 s of being due; three tries fit.
const PERIOD: Duration = Duration::from_secs(15);
/// Rows of deletions are folded this often; a thousand streams leave fifteen thousand in that time.
const FOLD_PERIOD: Duration = Duration::from_secs(900);

/// Sweeps until told to stop. `vouched` is the site's word for its clock where no time service gives it.
pub async fn run(estate: Estate, vouched: bool, stopping: CancellationToken) {
    let parts = estate.parts();
    let sweeper = Sweeper::new(SweeperConfig {
        db: parts.db.clone(),
        archive: parts.archive.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        synchronised: Box::new(move || vouched || kernel_synchronised()),
    });
    let told = |result: Result<candour_worker::SweepReport, candour_worker::SweepError>| match result {
        Ok(report) => {
            let (deleted, finished, lapsed) = (report.deleted, report.finished, report.lapsed);
            if deleted + finished + lapsed > 0 {
                tracing::info!(
                    deleted,
                    finished,
                    lapsed,
                    "footage destroyed as promised, holds that came to their end"
                );
            }
            estate.note_sweep(SweepState { last_sweep: Some(report.ended), waiting: report.waiting });
        }
        Err(error) => tracing::error!(%error, "the sweep failed; it is tried again"),
    };
    let weigher = Weigher::new(WeigherConfig {
        db: parts.db.clone(),
        archive: parts.archive.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
    });
    let weighed = |result: Result<candour_worker::WeighReport, candour_worker::WeighError>| {
        if let Err(error) = result {
            tracing::error!(error = %candour_units::chain(&error), "what moved could not be weighed; nothing is shortened by it");
        }
    };
    tokio::join!(
        weigher.run(PERIOD, stopping.cancelled(), weighed),
        sweeper.run(PERIOD, std::future::pending::<()>, stopping.cancelled(), told),
        fold_deletions(parts.db.clone(), FOLD_PERIOD, stopping.cancelled()),
    );
}
