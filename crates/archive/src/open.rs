//! Opening, recovering and closing the archive.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use candour_audit::{Log, Receipt};
use candour_db::Db;
use candour_files::{Disk, SegmentFiles};
use candour_keyring::Keyring;
use candour_recording::GapCause;
use candour_units::{CameraId, Clock, Entropy, RecorderId, StreamId, StreamKind};
use tokio::sync::oneshot;

use crate::index::Index;
use crate::meter::Meter;
use crate::queue::{Message, Queue};
use crate::recover::{Recovery, blocking, note_running, note_stopped};
use crate::rows::{RowTask, Rows};
use crate::store::{Directory, Store};
use crate::stream::LiveStream;
use crate::writer::{self, Tuning, WriterParts};
use crate::{ArchiveError, LiveSubscription, RecordingSpec, StreamIntake};

/// What the archive is made of.
pub struct ArchiveConfig {
    /// The storage directories, at least one; their numbers are their places in this list.
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

/// How the storage stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageStatus {
    /// The directory.
    pub directory: PathBuf,
    /// Bytes of the file system.
    pub total_bytes: u64,
    /// Bytes we could still write.
    pub free_bytes: u64,
    /// Bytes of footage written in the last minute.
    pub written_last_minute: u64,
    /// Age in milliseconds of the oldest sample that is not durable, the worst in the last minute.
    pub durable_bound_ms: u64,
    /// What fails, while it fails.
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

/// A handle on the archive; clones share it. When the last one goes without [`Archive::close`], the writer ends where it
/// is, as after a kill: the next start recovers.
#[derive(Clone)]
pub struct Archive {
    pub(crate) inner: Arc<Inner>,
}

/// What all handles share.
pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) log: Log,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) index: Arc<Index>,
    pub(crate) rows: Arc<Rows>,
    /// Deletions are carried out one after the other: each must see the survivors of the one before.
    pub(crate) deleting: tokio::sync::Mutex<()>,
    entropy: Arc<dyn Entropy>,
    storage: PathBuf,
    meter: Arc<Meter>,
    queue: Arc<Queue>,
    streams: Mutex<HashMap<StreamId, Taken>>,
    row_task: Mutex<Option<RowTask>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A stream that has a way in.
struct Taken {
    live: Arc<LiveStream>,
    intake: StreamIntake,
    spec: Option<RecordingSpec>,
}

impl Archive {
    /// Opens the archive, finishes what a crash interrupted, and starts the writer.
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
        let (disk, tuning) = (Disk::real(), Tuning::default());
        Self::open_with(config, Parts { disk, db, keyring, log, clock, entropy, tuning }).await
    }

    pub(crate) async fn open_with(config: ArchiveConfig, parts: Parts) -> Result<(Self, RecoveryReport), ArchiveError> {
        let (disk, directories) = (parts.disk.clone(), config.directories.clone());
        let opened = blocking(move || {
            let opened = directories.into_iter().map(|path| open_directory(&disk, path));
            opened.collect::<Result<Vec<_>, _>>()
        });
        let store = Store::new(parts.keyring.clone(), (0..).zip(opened.await?));
        let Some((storage, files)) = store.available().into_iter().next() else {
            let why = "no storage directory is named in the configuration".to_owned();
            return Err(ArchiveError::Unavailable { storage: 0, why });
        };
        let mut inner = Inner::new(&config, &parts, store);

        // Deletions first: what they have begun must not be taken for loss.
        let (deletions_finished, _failing) = inner.finish_deletions().await?;
        let report = RecoveryReport { deletions_finished, ..RecoveryReport::default() };
        let mut recovery = Recovery { db: &inner.db, store: &inner.store, report };
        let storages: Vec<i64> = inner.store.available().into_iter().map(|(storage, _)| storage).collect();
        recovery.run(&storages).await?;
        let ends = recovery.ends().await?;
        let report = recovery.report;
        note_running(&inner.db).await?;

        inner.row_task =
            Mutex::new(Some(RowTask::start(Arc::clone(&inner.rows), Arc::clone(&inner.index), inner.db.clone())));
        let thread = writer::start(WriterParts {
            recorder: config.recorder,
            storage,
            files,
            store: inner.store.clone(),
            clock: parts.clock,
            entropy: parts.entropy,
            meter: Arc::clone(&inner.meter),
            rows: Arc::clone(&inner.rows),
            index: Arc::clone(&inner.index),
            queue: Arc::clone(&inner.queue),
            tuning: parts.tuning,
            ends,
        })
        .map_err(|error| ArchiveError::storage("start the writer thread", &error))?;
        inner.thread = Mutex::new(Some(thread));
        Ok((Self { inner: Arc::new(inner) }, report))
    }

    /// The way in for one stream, made at the first call. With `spec` it records; without it only live viewers get it.
    /// Another `spec` for a stream that has a way in counts from its next segment on; none ends its recording.
    pub fn intake(
        &self,
        camera: CameraId,
        stream: StreamId,
        kind: StreamKind,
        spec: Option<RecordingSpec>,
    ) -> StreamIntake {
        let inner = &self.inner;
        let mut streams = inner.streams();
        if let Some(taken) = streams.get(&stream)
            && taken.spec == spec
        {
            return taken.intake.clone();
        }
        let queue = match &spec {
            Some(spec) => {
                inner.queue.tell(Message::Record { camera, stream, kind, spec: spec.clone() });
                Some(Arc::clone(&inner.queue))
            }
            None => {
                // Harmless for a stream that never recorded.
                let at = inner.clock.wall();
                inner.queue.tell(Message::RunEnded { stream, cause: GapCause::NoPurpose, at });
                None
            }
        };
        let (live, intake) = match streams.get(&stream) {
            Some(taken) => (Arc::clone(&taken.live), taken.intake.with_queue(queue)),
            None => {
                let live = Arc::new(LiveStream::new(camera, stream, kind, inner.clock.wall()));
                let intake =
                    StreamIntake::new(Arc::clone(&live), queue, Arc::clone(&inner.clock), Arc::clone(&inner.entropy));
                (live, intake)
            }
        };
        streams.insert(stream, Taken { live, intake: intake.clone(), spec });
        intake
    }

    /// Closes what the stream has open and forgets it; live viewers are told.
    pub async fn forget(&self, stream: StreamId) {
        let taken = self.inner.streams().remove(&stream);
        let Some(taken) = taken else { return };
        taken.live.gone();
        let (done, closed) = oneshot::channel();
        self.inner.queue.tell(Message::Forget { stream, done });
        if closed.await.is_err() {
            tracing::error!(%stream, "the writer ended before it closed a stream");
        }
    }

    /// How many viewers watch each stream of that camera live.
    #[must_use]
    pub fn viewers(&self, camera: CameraId) -> usize {
        let streams = self.inner.streams();
        streams.values().filter(|taken| taken.live.camera == camera).map(|taken| taken.live.viewers()).sum()
    }

    /// Live pictures of one stream.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`], [`ArchiveError::NotFound`].
    pub fn live(
        &self,
        receipt: &Receipt,
        camera: CameraId,
        kind: StreamKind,
    ) -> Result<LiveSubscription, ArchiveError> {
        receipt.covers_live(camera, self.inner.clock.mono())?;
        let streams = self.inner.streams();
        let found = streams.values().find(|taken| taken.live.camera == camera && taken.live.kind == kind);
        let found =
            found.ok_or_else(|| ArchiveError::NotFound { what: format!("{kind} stream of camera {camera}") })?;
        Ok(LiveSubscription::new(Arc::clone(&found.live), receipt, Arc::clone(&self.inner.clock)))
    }

    /// How the storage stands.
    #[must_use]
    pub fn status(&self) -> Vec<StorageStatus> {
        let inner = &self.inner;
        let reading = inner.meter.read(inner.clock.mono(), inner.queue.oldest());
        let ended = inner.thread().as_ref().is_none_or(JoinHandle::is_finished);
        let failing =
            if ended { Some("the writer has ended; nothing is recorded".to_owned()) } else { reading.failing };
        vec![StorageStatus {
            directory: inner.storage.clone(),
            total_bytes: reading.space.map_or(0, |space| space.total),
            free_bytes: reading.space.map_or(0, |space| space.available),
            written_last_minute: reading.written,
            durable_bound_ms: reading.bound_ms,
            failing,
        }]
    }

    /// Closes all segments and stops the writer.
    pub async fn close(self) {
        let inner = &self.inner;
        inner.streams().drain().for_each(|(_, taken)| taken.live.gone());
        let (done, closed) = oneshot::channel();
        inner.queue.tell(Message::Close { done });
        let in_order = closed.await.unwrap_or(false);
        let thread = inner.thread().take();
        if let Some(thread) = thread {
            // It has answered, or is gone: this does not wait long.
            if thread.join().is_err() {
                tracing::error!("the writer ended by a fault of ours");
            }
        }
        let rows = inner.row_task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(rows) = rows {
            rows.finish().await;
        }
        if in_order && let Err(error) = note_stopped(&inner.db).await {
            tracing::warn!(error = %candour_units::chain(&error), "the next start will take this stop for a crash");
        }
    }
}

fn open_directory(disk: &Disk, path: PathBuf) -> Result<Directory, ArchiveError> {
    let files = SegmentFiles::open(disk.clone(), &path);
    let files = files.map_err(|error| ArchiveError::storage("open the storage", &error))?;
    Ok(Directory { path, files: Ok(files) })
}

impl Inner {
    fn new(config: &ArchiveConfig, parts: &Parts, store: Store) -> Self {
        Self {
            db: parts.db.clone(),
            log: parts.log.clone(),
            clock: Arc::clone(&parts.clock),
            store,
            index: Arc::default(),
            rows: Arc::default(),
            deleting: tokio::sync::Mutex::default(),
            entropy: Arc::clone(&parts.entropy),
            storage: config.directories.first().cloned().unwrap_or_default(),
            meter: Arc::default(),
            queue: Arc::new(Queue::new(parts.tuning.queue)),
            streams: Mutex::default(),
            row_task: Mutex::default(),
            thread: Mutex::default(),
        }
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<StreamId, Taken>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn thread(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    /// Without [`Archive::close`] nothing is closed: the same as a kill, and as well recovered from. Waits only for what
    /// the thread is doing right now, so that nobody writes any more when this returns.
    fn drop(&mut self) {
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            self.queue.tell(Message::Abandon);
            // Its fault was its own; there is nobody to tell any more.
            let _ = thread.join();
        }
    }
}
