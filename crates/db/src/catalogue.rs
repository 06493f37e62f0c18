//! The catalogue: segments, gaps, deletions and certificates. Segment rows can be rebuilt from files; the rest cannot.

use candour_units::{CameraId, Hash, PurposeId, RunId, SegmentId, StreamId, WallRange, WallTime};

use crate::{Db, DbError};

/// Where a segment stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentState {
    /// Being written.
    Open,
    /// Whole, digests known.
    Closed,
    /// Deletion has begun (an intent row exists).
    Deleting,
    /// Gone; a certificate tells of it.
    Deleted,
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRow {
    /// Its id, and its file's name.
    pub id: SegmentId,
    /// Of which stream.
    pub stream: StreamId,
    /// Of which camera.
    pub camera: CameraId,
    /// Of which run.
    pub run: RunId,
    /// For which purpose it was captured.
    pub purpose: PurposeId,
    /// Directory number of the storage it lies in (0 today).
    pub storage: i64,
    /// First moment.
    pub start: WallTime,
    /// First moment after; grows while open.
    pub end: WallTime,
    /// End of its life; only ever moves down.
    pub keep_until: WallTime,
    /// Bytes of the file.
    pub len_bytes: i64,
    /// Samples in it.
    pub samples: i64,
    /// Where it stands.
    pub state: SegmentState,
    /// Sealed digest, once closed.
    pub sealed_digest: Option<Hash>,
    /// H(salt, content root), once closed.
    pub content_commitment: Option<Hash>,
    /// Whether the log has an entry with its digests.
    pub logged: bool,
}

/// One interval without footage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapRow {
    /// Of which stream.
    pub stream: StreamId,
    /// Of which camera.
    pub camera: CameraId,
    /// First missing moment.
    pub start: WallTime,
    /// First moment present again; open while it lasts.
    pub end: Option<WallTime>,
    /// Stable word of the cause (`recording::GapCause`).
    pub cause: String,
}

/// How far a deletion has come; each step is durable before the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionStep {
    /// Decided, with its rule.
    Intended,
    /// Its key is destroyed.
    KeyDestroyed,
    /// Its file is unlinked.
    Unlinked,
    /// Its certificate is in the log.
    Certified,
}

/// What remains of a deleted segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRow {
    /// The segment.
    pub segment: SegmentId,
    /// Its camera.
    pub camera: CameraId,
    /// Its stream.
    pub stream: StreamId,
    /// What it covered.
    pub interval: WallRange,
    /// Bytes destroyed.
    pub len_bytes: i64,
    /// The rule that ended it, in words, with the purpose.
    pub rule: String,
    /// How far it has come.
    pub step: DeletionStep,
    /// When it was due.
    pub due: WallTime,
    /// When it was decided.
    pub intended_at: WallTime,
    /// When the key was destroyed.
    pub unreadable_at: Option<WallTime>,
    /// When the file was unlinked.
    pub unlinked_at: Option<WallTime>,
    /// Until when a keyring backup may still open a copy.
    pub backups_until: Option<WallTime>,
    /// Entry in the log.
    pub entry: Option<i64>,
    /// Why it did not get further, when it failed; retried.
    pub failing: Option<String>,
}

impl Db {
    /// Inserts or replaces segment rows in one transaction; `keep_until` never rises.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_segments(&self, _rows: &[SegmentRow]) -> Result<(), DbError> {
        todo!()
    }
    /// One segment.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segment(&self, _id: SegmentId) -> Result<Option<SegmentRow>, DbError> {
        todo!()
    }
    /// Segments of a stream that overlap `range`, oldest first, in any state but deleted.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_in(&self, _stream: StreamId, _range: WallRange) -> Result<Vec<SegmentRow>, DbError> {
        todo!()
    }
    /// Segments in that state, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_in_state(&self, _state: SegmentState, _limit: i64) -> Result<Vec<SegmentRow>, DbError> {
        todo!()
    }
    /// Closed segments whose life ended at or before `now`, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_due(&self, _now: WallTime, _limit: i64) -> Result<Vec<SegmentRow>, DbError> {
        todo!()
    }
    /// Closed segments whose digests are not in the log yet, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_to_log(&self, _limit: i64) -> Result<Vec<SegmentRow>, DbError> {
        todo!()
    }
    /// Notes that the digests of these segments are in the log.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn mark_logged(&self, _segments: &[SegmentId]) -> Result<(), DbError> {
        todo!()
    }
    /// Oldest and newest footage, bytes and segments of a stream that are not deleted.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn stream_extent(&self, _stream: StreamId) -> Result<Option<(WallRange, i64, i64)>, DbError> {
        todo!()
    }
    /// How many closed segments are past their end at `now`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn overdue(&self, _now: WallTime) -> Result<i64, DbError> {
        todo!()
    }
    /// Stores a gap, or ends the open one with the same stream and start.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_gap(&self, _gap: &GapRow) -> Result<(), DbError> {
        todo!()
    }
    /// Gaps of a stream that overlap `range` (open ones reach to its end), oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn gaps_in(&self, _stream: StreamId, _range: WallRange) -> Result<Vec<GapRow>, DbError> {
        todo!()
    }
    /// Stores or replaces a deletion as far as it has come, and moves the segment's state with it.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_certificate(&self, _row: &CertificateRow) -> Result<(), DbError> {
        todo!()
    }
    /// Deletions that have not reached their certificate, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn unfinished_deletions(&self) -> Result<Vec<CertificateRow>, DbError> {
        todo!()
    }
    /// Certificates, newest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn certificates(&self, _limit: i64) -> Result<Vec<CertificateRow>, DbError> {
        todo!()
    }
    /// Deleted intervals of a stream inside `range`, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn deleted_in(&self, _stream: StreamId, _range: WallRange) -> Result<Vec<CertificateRow>, DbError> {
        todo!()
    }
}
