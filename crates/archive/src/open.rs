//! Opening, recovering and closing the archive.

use std::path::PathBuf;
use std::sync::Arc;

use candour_audit::{Log, Receipt};
use candour_db::Db;
use candour_keyring::Keyring;
use candour_units::{CameraId, Clock, Entropy, RecorderId, StreamId, StreamKind, WallRange};

use crate::{ArchiveError, LiveSubscription, Reading, RecordingSpec, StreamIntake, Timeline};

/// What the archive is made of.
pub struct ArchiveConfig {
    /// Directory of the segment files; several come with "The archive".
    pub storage: PathBuf,
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

/// A handle on the archive; clones share it.
#[derive(Clone)]
pub struct Archive {
    _inner: Arc<()>,
}

impl Archive {
    /// Opens the archive, finishes what a crash interrupted, and starts the writer.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub async fn open(
        _config: ArchiveConfig,
        _db: Db,
        _keyring: Keyring,
        _log: Log,
        _clock: Arc<dyn Clock>,
        _entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, RecoveryReport), ArchiveError> {
        todo!()
    }

    /// The way in for one stream, made at the first call. With `spec` it records; without it only live viewers get it.
    pub fn intake(
        &self,
        _camera: CameraId,
        _stream: StreamId,
        _kind: StreamKind,
        _spec: Option<RecordingSpec>,
    ) -> StreamIntake {
        todo!()
    }

    /// Closes what the stream has open and forgets it; live viewers are told.
    pub async fn forget(&self, _stream: StreamId) {
        todo!()
    }

    /// How many viewers watch each stream of that camera live.
    #[must_use]
    pub fn viewers(&self, _camera: CameraId) -> usize {
        todo!()
    }

    /// Live pictures of one stream.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`], [`ArchiveError::NotFound`].
    pub fn live(&self, _receipt: &Receipt, _camera: CameraId, _kind: StreamKind) -> Result<LiveSubscription, ArchiveError> {
        todo!()
    }

    /// What is recorded, missing and deleted in `range`: no footage, no receipt.
    ///
    /// # Errors
    /// [`ArchiveError::Db`].
    pub async fn timeline(&self, _stream: StreamId, _range: WallRange) -> Result<Timeline, ArchiveError> {
        todo!()
    }

    /// Opens an interval for reading, the newest durable second included.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`], [`ArchiveError::Db`].
    pub async fn read(
        &self,
        _receipt: &Receipt,
        _camera: CameraId,
        _stream: StreamId,
        _range: WallRange,
    ) -> Result<Reading, ArchiveError> {
        todo!()
    }

    /// How the storage stands.
    #[must_use]
    pub fn status(&self) -> Vec<StorageStatus> {
        todo!()
    }

    /// Writes the digests of segments closed since into the log: one entry for all of them. The program calls it once a minute.
    ///
    /// # Errors
    /// [`ArchiveError::Log`], [`ArchiveError::Db`].
    pub async fn log_closed_segments(&self) -> Result<u64, ArchiveError> {
        todo!()
    }

    /// Closes all segments and stops the writer.
    pub async fn close(self) {
        todo!()
    }
}
