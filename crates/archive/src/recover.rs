//! What the start mends: files a crash left open, rows without files, files without rows, deletions half done.
//!
//! The procedure, in order: deletions go on where they stopped; every segment whose row says open, and every file
//! without a row, is closed behind its last whole fragment (`mend`); every stream whose last word was footage gets a gap
//! that begins where the footage ends.

use std::collections::{HashMap, HashSet};

use candour_db::{Db, DeletionStep, GapRow, SegmentRow, SegmentState};
use candour_files::Found;
use candour_recording::GapCause;
use candour_units::{CameraId, SegmentId, StreamId, WallDuration, WallRange, WallTime};

use crate::mend::Mended;
use crate::store::Store;
use crate::{ArchiveError, RecoveryReport};

/// Whether the last stop was in order; a setting, so that it is durable before the first sample is taken.
const STOPPED: &str = "archive_stopped";
const IN_ORDER: &str = "in_order";
const RUNNING: &str = "running";
/// Where a stream goes on in another directory, it does so at once.
const FOLLOWS_WITHIN: WallDuration = WallDuration::from_seconds(60);

/// Recovery at work.
pub(crate) struct Recovery<'a> {
    pub(crate) db: &'a Db,
    pub(crate) store: &'a Store,
    pub(crate) report: RecoveryReport,
}

impl Recovery<'_> {
    /// Brings files and rows together in those storage directories. What lies in others is not looked at: a directory
    /// that is not there has lost nothing.
    ///
    /// # Errors
    /// [`ArchiveError::Db`]. A directory that cannot be read is unavailable from now on.
    pub(crate) async fn run(&mut self, storages: &[i64]) -> Result<(), ArchiveError> {
        let (mut files, mut listed) = (HashMap::new(), Vec::new());
        for storage in storages {
            match self.files(*storage).await {
                Ok(found) => {
                    listed.push(*storage);
                    files.extend(found.into_iter().map(|segment| (segment, *storage)));
                }
                // Not being listed is no loss; the others go on.
                Err(error) => self.store.fail(*storage, candour_units::chain(&error)),
            }
        }
        let storages = listed;
        let states = self.db.segment_states().await?;
        let known: HashSet<SegmentId> = states.iter().map(|(segment, _, _)| *segment).collect();
        for (segment, storage) in &files {
            if !known.contains(segment) {
                self.without_row(*storage, *segment).await?;
            }
        }
        for (segment, storage, state) in states {
            let found = files.get(&segment).copied();
            if let Some(other) = found.filter(|found| *found != storage) {
                self.db.move_segment(segment, other).await?;
            }
            match (state, found) {
                (SegmentState::Open, Some(storage)) => self.mend(storage, segment).await?,
                (SegmentState::Open | SegmentState::Closed, None) if storages.contains(&storage) => {
                    self.without_file(segment).await?;
                }
                // Deletions go their own way; a closed file is looked at when it is read or checked.
                _ => {}
            }
        }
        Ok(())
    }

    /// The segment files there are; anything else is reported and left alone.
    async fn files(&mut self, storage: i64) -> Result<HashSet<SegmentId>, ArchiveError> {
        let files = self.store.files(storage)?;
        let listed = blocking(move || {
            let listing = files.list().map_err(|error| ArchiveError::storage("list the footage", &error))?;
            listing
                .collect::<Result<Vec<Found>, _>>()
                .map_err(|error| ArchiveError::storage("list the footage", &error))
        });
        let mut segments = HashSet::new();
        for found in listed.await? {
            match found {
                Found::Segment { segment, .. } => {
                    segments.insert(segment);
                }
                Found::Unknown { path } => self.report.unknown.push(path),
            }
        }
        Ok(segments)
    }

    /// A file whose row is not there, or says deleted.
    async fn without_row(&mut self, storage: i64, segment: SegmentId) -> Result<(), ArchiveError> {
        let Some(certificate) = self.db.certificate(segment).await? else {
            return self.mend(storage, segment).await;
        };
        if certificate.step < DeletionStep::Unlinked {
            // The unfinished deletion takes care of it.
            return Ok(());
        }
        // Its certificate says it is gone: the removal is repeated.
        let files = self.store.files(storage)?;
        blocking(move || {
            files.remove(segment).map_err(|error| ArchiveError::storage("remove a deleted segment", &error))
        })
        .await?;
        self.report.deletions_finished += 1;
        Ok(())
    }

    async fn mend(&mut self, storage: i64, segment: SegmentId) -> Result<(), ArchiveError> {
        let store = self.store.clone();
        let known = self.db.segment(segment).await?.is_some();
        match blocking(move || store.mend(storage, segment)).await {
            Ok(Mended::Closed { row, cut }) => {
                self.report.closed += 1;
                self.report.cut_bytes += cut;
                let end = row.end;
                let (camera, stream) = (row.camera, row.stream);
                self.db.put_segments(&[row]).await?;
                self.hole_behind(camera, stream, end).await?;
            }
            Ok(Mended::Empty { cut }) => {
                self.report.cut_bytes += cut;
                self.drop_row(segment).await?;
            }
            Ok(Mended::Lost { row, why }) => {
                tracing::error!(%segment, %why, "footage is lost, or part of it");
                self.report.lost += 1;
                self.db.put_segments(&[row]).await?;
            }
            Ok(Mended::NeverWritten { why, cut }) if !known => {
                tracing::warn!(%segment, %why, "a segment file that a power cut left without its beginning is removed");
                let files = self.store.files(storage)?;
                blocking(move || {
                    let removed = files.remove(segment);
                    removed.map_err(|error| ArchiveError::storage("remove a segment that was never written", &error))
                })
                .await?;
                self.report.cut_bytes += cut;
            }
            Ok(Mended::Unreadable { why } | Mended::NeverWritten { why, .. }) => {
                tracing::error!(%segment, %why, "a segment file cannot be understood; it is left alone");
                self.report.unknown.push(self.store.files(storage)?.path(segment));
                if known {
                    self.without_file(segment).await?;
                }
            }
            Err(error) => {
                // One bad file must not keep the recorder from recording.
                tracing::error!(%segment, error = %candour_units::chain(&error), "a segment cannot be mended now");
                self.report.lost += 1;
            }
        }
        Ok(())
    }

    /// A stream that went on in another directory has footage behind the end of this file. What lies between, and was on
    /// its way when the recorder died, is a gap like any other.
    async fn hole_behind(&self, camera: CameraId, stream: StreamId, end: WallTime) -> Result<(), ArchiveError> {
        let Some(behind) = WallRange::new(end, end + FOLLOWS_WITHIN) else { return Ok(()) };
        let next = self.db.segments_in(stream, behind).await?.into_iter().find(|row| row.start > end);
        let Some(hole) = next.and_then(|next| WallRange::new(end, next.start)) else { return Ok(()) };
        let told = self.db.gaps_in(stream, hole).await?;
        let from = told.iter().filter_map(|gap| gap.end.filter(|_| gap.start <= end)).fold(end, WallTime::max);
        if told.iter().any(|gap| gap.end.is_none() && gap.start <= end) || from >= hole.end {
            return Ok(());
        }
        let cause = GapCause::RecorderDied.word().to_owned();
        Ok(self.db.put_gap(&GapRow { stream, camera, start: from, end: Some(hole.end), cause }).await?)
    }

    /// The catalogue knows it, but its file is gone and no certificate says why: data loss, shown as such. The row stays
    /// until its end, so that the loss gets a certificate like everything else.
    async fn without_file(&mut self, segment: SegmentId) -> Result<(), ArchiveError> {
        let Some(row) = self.db.segment(segment).await? else { return Ok(()) };
        if row.state == SegmentState::Open && row.samples == 0 {
            return Ok(());
        }
        self.report.lost += 1;
        self.db.put_gap(&loss(&row)).await?;
        if row.state == SegmentState::Open {
            self.db.put_segments(&[SegmentRow { state: SegmentState::Closed, ..row }]).await?;
        }
        Ok(())
    }

    /// A segment in which nothing was stored is not one. Rows are written only for segments with durable fragments, so
    /// this is rare: the file was cut by more than its last sync.
    async fn drop_row(&mut self, segment: SegmentId) -> Result<(), ArchiveError> {
        if self.db.segment(segment).await?.is_some() {
            self.without_file(segment).await?;
        }
        Ok(())
    }

    /// Where the footage of every stream ends and why nothing came after: the open gap, made here if there is none.
    ///
    /// # Errors
    /// [`ArchiveError::Db`].
    pub(crate) async fn ends(&self) -> Result<HashMap<StreamId, (WallTime, GapCause)>, ArchiveError> {
        let stopped = self.db.setting(STOPPED).await?;
        let since =
            if stopped.as_deref() == Some(IN_ORDER) { GapCause::RecorderStopped } else { GapCause::RecorderDied };
        let mut ends = HashMap::new();
        for (stream, camera) in self.db.all_streams().await? {
            if let Some(gap) = self.db.open_gap(stream).await? {
                ends.insert(stream, (gap.start, gap.cause.parse().unwrap_or(since)));
            } else if let Some(end) = self.db.stream_end(stream).await? {
                let cause = since.word().to_owned();
                self.db.put_gap(&GapRow { stream, camera, start: end, end: None, cause }).await?;
                ends.insert(stream, (end, since));
            }
        }
        Ok(ends)
    }
}

/// Notes, durably, that the recorder runs: without another word, the next start knows that it died.
///
/// # Errors
/// [`ArchiveError::Db`].
pub(crate) async fn note_running(db: &Db) -> Result<(), ArchiveError> {
    Ok(db.set_setting(STOPPED, RUNNING).await?)
}

/// Notes that everything was closed.
///
/// # Errors
/// [`ArchiveError::Db`].
pub(crate) async fn note_stopped(db: &Db) -> Result<(), ArchiveError> {
    Ok(db.set_setting(STOPPED, IN_ORDER).await?)
}

/// The gap that a lost segment leaves.
pub(crate) fn loss(row: &SegmentRow) -> GapRow {
    GapRow {
        stream: row.stream,
        camera: row.camera,
        start: row.start,
        end: Some(row.end),
        cause: GapCause::DataLoss.word().to_owned(),
    }
}

/// Runs `act` where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ArchiveError> {
    tokio::task::spawn_blocking(act).await.unwrap_or_else(|error| {
        Err(ArchiveError::Storage { doing: "finish a task on the disk", cause: error.to_string() })
    })
}
