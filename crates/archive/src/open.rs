//! Opening, recovering and closing the archive.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use candour_audit::Log;
use candour_db::Db;
use candour_files::{Disk, SegmentFiles};
use candour_keyring::Keyring;
use candour_policy::Reserve;
use candour_units::{Clock, Entropy, RecorderId, SegmentId, StreamId, WallTime};
use tokio::task::JoinHandle;

use crate::ArchiveError;
use crate::directories::Opening;
use crate::hub::Taken;
use crate::index::Index;
use crate::keeper::{self, Memory};
use crate::lines::Lines;
use crate::recover::{Recovery, blocking, note_running, note_stopped};
use crate::rows::{RowTask, Rows};
use crate::store::Store;
use crate::writer::Tuning;
use crate::writers::{Writers, queue_limits};

/// What the archive is made of.
pub struct ArchiveConfig {
    /// The storage directories. Which number each has stands in the catalogue, by the marker that lies in it.
    pub directories: Vec<PathBuf>,
    /// The recorder that writes.
    pub recorder: RecorderId,
}

/// What was found and mended at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Segments found open and closed at their last whole fragment.
    pub closed: u64,
    /// Bytes cut off behind the last whole fragment.
    pub cut_bytes: u64,
    /// Deletions finished.
    pub deletions_finished: u64,
    /// Files nobody knows, left alone: paths.
    pub unknown: Vec<PathBuf>,
    /// Segments in the catalogue whose file or key is gone without a certificate: data loss.
    pub lost: u64,
}

/// How a storage directory does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageState {
    /// It is written.
    Works,
    /// It has no more room than is kept in reserve.
    Full,
    /// Writing to it fails.
    Fails,
    /// It has stopped answering.
    Stalled,
    /// It is not there, or not what it should be; what lies in it is out of reach, not lost.
    Unavailable,
}

/// How a storage directory stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageStatus {
    /// Its number, as in the rows; negative as long as it has none.
    pub number: i64,
    /// The directory.
    pub directory: PathBuf,
    /// Bytes of the file system; 0 while it cannot be measured.
    pub total_bytes: u64,
    /// Bytes we could still write.
    pub free_bytes: u64,
    /// What is kept free of it.
    pub reserve: Reserve,
    /// Bytes of footage written in the last minute.
    pub written_last_minute: u64,
    /// Age in milliseconds of the oldest sample that is not durable, the worst in the last minute.
    pub durable_bound_ms: u64,
    /// How many streams are written to it.
    pub streams: usize,
    /// How it does.
    pub state: StorageState,
    /// What fails, while it fails, in words.
    pub failing: Option<String>,
}

/// The rooms below, and the clock and randomness of the program.
pub(crate) struct Parts {
    pub(crate) disk: Disk,
    pub(crate) db: Db,
    pub(crate) keyring: Keyring,
    pub(crate) log: Log,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) tuning: Tuning,
}

/// A handle on the archive; clones share it. When the last one goes without [`Archive::close`], the writers end where they
/// are, as after a kill: the next start recovers.
#[derive(Clone)]
pub struct Archive {
    pub(crate) inner: Arc<Inner>,
    alive: Arc<Alive>,
}

/// What all handles share.
pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) log: Log,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) index: Arc<Index>,
    pub(crate) rows: Arc<Rows>,
    /// Checks beside the recorder.
    pub(crate) desk: crate::check::Desk,
    /// Deletions are carried out one after the other: each must see the survivors of the one before.
    pub(crate) deleting: tokio::sync::Mutex<()>,
    /// The unfinished deletion that was tried last: all come in turn.
    pub(crate) tried_last: Mutex<Option<(WallTime, SegmentId)>>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) opening: Opening,
    pub(crate) tuning: Tuning,
    pub(crate) lines: Arc<Lines>,
    pub(crate) writers: Writers,
    pub(crate) streams: Mutex<HashMap<StreamId, Taken>>,
    pub(crate) memory: Mutex<Memory>,
    closing: AtomicBool,
    row_task: Mutex<Option<RowTask>>,
}

/// Goes with the last handle.
struct Alive {
    inner: Arc<Inner>,
    keeper: JoinHandle<()>,
}

impl Archive {
    /// Opens the archive, finishes what a crash interrupted, and starts the writers. A storage directory that is missing
    /// or fails keeps none of the others from recording: [`Archive::status`] says what is wrong with it, and it is used as
    /// soon as it is there.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub async fn open(
        config: ArchiveConfig,
        db: Db,
        keyring: Keyring,
        log: Log,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, RecoveryReport), ArchiveError> {
        let queue = queue_limits(config.directories.len());
        let (disk, tuning) = (Disk::real(), Tuning { queue, ..Tuning::default() });
        Self::open_with(config, Parts { disk, db, keyring, log, clock, entropy, tuning }).await
    }

    pub(crate) async fn open_with(config: ArchiveConfig, parts: Parts) -> Result<(Self, RecoveryReport), ArchiveError> {
        let opening = Opening {
            disk: parts.disk.clone(),
            db: parts.db.clone(),
            clock: Arc::clone(&parts.clock),
            entropy: Arc::clone(&parts.entropy),
            recorder: config.recorder,
            configured: config.directories,
        };
        let store = Store::new(parts.keyring.clone(), opening.open_all().await?);
        let mut inner = Inner::new(&parts, opening, store);

        // Deletions first: what they have begun must not be taken for loss.
        let (deletions_finished, _failing) = inner.finish_deletions(usize::MAX).await?;
        let report = RecoveryReport { deletions_finished, ..RecoveryReport::default() };
        let mut recovery = Recovery::new(&inner.db, &inner.store, report);
        let storages: Vec<i64> = inner.store.available().into_iter().map(|(storage, _)| storage).collect();
        recovery.run(&storages).await?;
        let ends = recovery.ends().await?;
        let report = recovery.report;
        note_running(&inner.db).await?;

        inner.lines = Arc::new(Lines::new(Arc::clone(&inner.rows), ends));
        inner.row_task =
            Mutex::new(Some(RowTask::start(Arc::clone(&inner.rows), Arc::clone(&inner.index), inner.db.clone())));
        inner.start_writers().await?;
        let inner = Arc::new(inner);
        let keeper = tokio::spawn(keeper::keep(Arc::downgrade(&inner), inner.tuning.look));
        let alive = Arc::new(Alive { inner: Arc::clone(&inner), keeper });
        Ok((Self { inner, alive }, report))
    }

    /// Closes all segments and stops the writers. A disk that does not answer is not waited for longer than some seconds.
    pub async fn close(self) {
        self.stop_check();
        let inner = &self.inner;
        inner.closing.store(true, Ordering::Relaxed);
        self.alive.keeper.abort();
        inner.end_live();
        let in_order = inner.writers.close(inner.tuning.patience).await;
        let rows = inner.row_task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(rows) = rows {
            rows.finish().await;
        }
        if in_order && let Err(error) = note_stopped(&inner.db).await {
            tracing::warn!(error = %candour_units::chain(&error), "the next start will take this stop for a crash");
        }
    }
}

impl Inner {
    fn new(parts: &Parts, opening: Opening, store: Store) -> Self {
        let rows: Arc<Rows> = Arc::default();
        Self {
            db: parts.db.clone(),
            log: parts.log.clone(),
            clock: Arc::clone(&parts.clock),
            store,
            index: Arc::default(),
            lines: Arc::new(Lines::new(Arc::clone(&rows), HashMap::new())),
            rows,
            desk: crate::check::Desk::default(),
            deleting: tokio::sync::Mutex::default(),
            tried_last: Mutex::default(),
            entropy: Arc::clone(&parts.entropy),
            opening,
            tuning: parts.tuning.clone(),
            writers: Writers::default(),
            streams: Mutex::default(),
            memory: Mutex::default(),
            closing: AtomicBool::new(false),
            row_task: Mutex::default(),
        }
    }

    /// A writer for every directory that is there; one that cannot even be measured is not.
    async fn start_writers(&self) -> Result<(), ArchiveError> {
        for (storage, files) in self.store.available() {
            let measured: SegmentFiles = files.clone();
            let space = blocking(move || {
                measured.space().map_err(|error| ArchiveError::storage("measure the storage", &error))
            });
            match space.await {
                Ok(space) => self.start_writer(storage, files, space)?,
                Err(error) => self.store.fail(storage, candour_units::chain(&error)),
            }
        }
        Ok(())
    }

    /// Whether nothing new is to be begun.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

impl Drop for Alive {
    /// Without [`Archive::close`] nothing is closed: the same as a kill, and as well recovered from. Waits only for what
    /// the threads are doing right now, so that nobody writes any more when this returns.
    fn drop(&mut self) {
        self.inner.closing.store(true, Ordering::Relaxed);
        self.keeper.abort();
        self.inner.writers.kill();
    }
}
