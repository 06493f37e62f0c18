//! Keeps room on the storage directories and tells the System page and the monitor how it stands.

use std::time::Duration;

use candour_worker::{RoomConfig, RoomKeeper};
use tokio_util::sync::CancellationToken;

use crate::estate::Estate;
use crate::machine::kernel_synchronised;

/// One stream stops or resumes in a round; a disk that fills up in less time has its writer's floor.
const PERIOD: Duration = Duration::from_secs(5);

/// Keeps room until told to stop. `vouched` is the site's word for its clock where no time service gives it.
pub async fn run(estate: Estate, vouched: bool, stopping: CancellationToken) {
    let parts = estate.parts();
    let mut keeper = RoomKeeper::new(RoomConfig {
        db: parts.db.clone(),
        archive: parts.archive.clone(),
        clock: parts.clock.clone(),
        synchronised: Box::new(move || vouched || kernel_synchronised()),
    });
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        match keeper.round(&parts.archive.status()).await {
            Ok(report) => {
                if report.deleted_early > 0 {
                    tracing::warn!(deleted = report.deleted_early, "footage went before its end to make room");
                }
                estate.note_room(report);
            }
            Err(error) => tracing::error!(%error, "room could not be looked after; it is tried again"),
        }
    }
}
