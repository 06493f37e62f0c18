//! The check: files, rows, keys, digests, certificates and the log against each other (docs/design/check.md).
//!
//! It changes nothing. What can be mended is mended by [`crate::Archive::mend`], by the functions that recovery and
//! deletion use; what the check of today finds again afterwards was not mended.

mod compare;
mod contents;
mod desk;
mod finding;
mod logged;
mod mending;
mod pace;
mod speed;
mod taken;
mod tiling;
mod time;
mod walk;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use candour_db::Db;
use candour_units::{Clock, WallTime};

use crate::ArchiveError;
use crate::store::Store;
use compare::Seen;

pub(crate) use contents::header_of;
pub(crate) use logged::{Logged, LoggedSegments, Part};
pub(crate) use taken::{Taken, take_file};
pub(crate) use time::untold;
#[cfg(test)]
pub(crate) use walk::FileProbe;

pub use contents::Depth;
pub use desk::CheckDesk;
pub(crate) use desk::Desk;
pub use finding::{Finding, FindingKind, Weight};
pub use mending::MendReport;
pub use pace::{CheckProgress, CheckStanding};
pub use speed::{CheckSpeed, check_speed};

/// How to check.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// How much of each file is read.
    pub depth: Depth,
    /// At most so many bytes a second, over all workers; `None` as fast as it goes.
    pub bytes_per_second: Option<u64>,
    /// Files read side by side.
    pub workers: usize,
}

impl CheckOptions {
    /// As fast as this machine can.
    #[must_use]
    pub fn fast(depth: Depth) -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
        Self { depth, bytes_per_second: None, workers }
    }

    /// Beside a running recorder.
    #[must_use]
    pub fn gentle(depth: Depth, bytes_per_second: u64) -> Self {
        Self { depth, bytes_per_second: Some(bytes_per_second), workers: 1 }
    }
}

/// What a check found.
#[derive(Debug, Clone)]
pub struct CheckReport {
    /// How much of each file was read.
    pub depth: Depth,
    /// When it began.
    pub began: WallTime,
    /// How long it took.
    pub took: Duration,
    /// Files looked at.
    pub files: u64,
    /// Bytes of footage read.
    pub bytes: u64,
    /// Log entries read.
    pub entries: u64,
    /// Whether it came to its end; else it was stopped.
    pub whole: bool,
    /// Everything that does not fit, by kind.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    /// Whether everything fits.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// What is checked.
pub(crate) struct Checked<'a> {
    pub(crate) db: &'a Db,
    pub(crate) store: &'a Store,
    /// Directory of the log.
    pub(crate) log: PathBuf,
    pub(crate) clock: &'a dyn Clock,
    /// A recorder runs on it.
    pub(crate) running: bool,
}

impl Checked<'_> {
    /// Checks everything.
    ///
    /// # Errors
    /// [`ArchiveError`] when a part cannot be read at all; what is wrong inside the parts is never an error but a finding.
    pub(crate) async fn run(
        &self,
        options: &CheckOptions,
        progress: &Arc<CheckProgress>,
    ) -> Result<CheckReport, ArchiveError> {
        let (began, clock) = (self.clock.wall(), Instant::now());
        let mut walk = walk::Walk::new(self, options, Arc::clone(progress), self.seen(began));
        let mut findings = walk.run().await?;
        findings.extend(time::check(self, walk.streams()).await?);
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.kind.weight()), finding.kind, finding.segment));
        let standing = progress.now();
        Ok(CheckReport {
            depth: options.depth,
            began,
            took: clock.elapsed(),
            files: standing.files_done,
            bytes: standing.bytes_done,
            entries: walk.entries(),
            whole: !progress.is_stopped(),
            findings,
        })
    }

    fn seen(&self, now: WallTime) -> Seen {
        const NEWS: candour_units::WallDuration = candour_units::WallDuration::from_seconds(600);
        if self.running { Seen::Running { since: now - NEWS } } else { Seen::AtRest }
    }
}

impl crate::Archive {
    /// Checks everything while a recorder runs: slowly, and only what it finds twice counts.
    ///
    /// # Errors
    /// [`ArchiveError`] when a part cannot be read at all.
    pub async fn check(
        &self,
        log: &std::path::Path,
        options: &CheckOptions,
        progress: &Arc<CheckProgress>,
    ) -> Result<CheckReport, ArchiveError> {
        self.check_as(log, true, options, progress).await
    }

    /// Checks everything while nothing is recorded: for whoever opened the archive to mend it.
    ///
    /// # Errors
    /// [`ArchiveError`] when a part cannot be read at all.
    pub async fn check_resting(
        &self,
        log: &std::path::Path,
        options: &CheckOptions,
        progress: &Arc<CheckProgress>,
    ) -> Result<CheckReport, ArchiveError> {
        self.check_as(log, false, options, progress).await
    }

    async fn check_as(
        &self,
        log: &std::path::Path,
        running: bool,
        options: &CheckOptions,
        progress: &Arc<CheckProgress>,
    ) -> Result<CheckReport, ArchiveError> {
        let inner = &self.inner;
        let checked =
            Checked { db: &inner.db, store: &inner.store, log: log.to_owned(), clock: &*inner.clock, running };
        checked.run(options, progress).await
    }
}

/// What a check of a data directory at rest stands on.
pub struct CheckConfig {
    /// The storage directories.
    pub directories: Vec<PathBuf>,
    /// The directory of the log.
    pub log: PathBuf,
}

/// Directories are looked at where it may block.
async fn at_rest(
    paths: Vec<PathBuf>,
    known: Vec<candour_db::StorageRow>,
    keyring: candour_keyring::Keyring,
) -> Result<Store, ArchiveError> {
    crate::recover::blocking(move || Ok(Store::at_rest(&paths, &known, keyring))).await
}

/// Checks everything of a data directory on which no recorder runs. Nothing is changed.
///
/// # Errors
/// [`ArchiveError`] when a part cannot be read at all.
pub async fn check_at_rest(
    config: CheckConfig,
    db: &Db,
    keyring: candour_keyring::Keyring,
    clock: &dyn Clock,
    options: &CheckOptions,
    progress: &Arc<CheckProgress>,
) -> Result<CheckReport, ArchiveError> {
    let known = db.storages().await?;
    let store = at_rest(config.directories, known, keyring).await?;
    let checked = Checked { db, store: &store, log: config.log, clock, running: false };
    checked.run(options, progress).await
}
