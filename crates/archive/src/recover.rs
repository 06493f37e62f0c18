//! What the start mends: files a crash left open, rows without files, files without rows, deletions half done.
//!
//! The procedure, in order: deletions go on where they stopped; what was begun of late, and every segment whose row says
//! open, is closed behind its last whole fragment (`mend`); every stream whose last word was footage gets a gap that
//! begins where the footage ends. It takes as long as little was unfinished, not as long as much is stored.

use std::collections::{HashMap, HashSet};

use candour_db::{Db, DeletionStep, GapRow, SegmentRow, SegmentState};
use candour_files::{Begun, Found, SegmentFiles};
use candour_recording::GapCause;
use candour_units::{CameraId, SegmentId, StreamId, WallDuration, WallRange, WallTime};

use crate::mend::{Known, Mended};
use crate::store::Store;
use crate::{ArchiveError, RecoveryReport};

/// Whether the last stop was in order; a setting, so that it is durable before the first sample is taken.
const STOPPED: &str = "archive_stopped";
const IN_ORDER: &str = "in_order";
const RUNNING: &str = "running";
/// Where a stream goes on in another directory, it does so at once.
const FOLLOWS_WITHIN: WallDuration = WallDuration::from_seconds(60);

/// Rows of a page.
const PAGE: i64 = 1024;
/// Open rows taken at once: more than any recorder has streams.
const MOST_OPEN: i64 = 65_536;

/// Recovery at work.
pub(crate) struct Recovery<'a> {
    pub(crate) db: &'a Db,
    pub(crate) store: &'a Store,
    pub(crate) report: RecoveryReport,
    /// What could not be mended now, and must be looked at again.
    unsettled: Vec<SegmentId>,
}

impl<'a> Recovery<'a> {
    pub(crate) fn new(db: &'a Db, store: &'a Store, report: RecoveryReport) -> Self {
        Self { db, store, report, unsettled: Vec::new() }
    }

    /// Brings files and rows together in those storage directories, as far as the last process can have left them apart:
    /// segments whose rows say open, and those in the directory's list of what was begun. What lies in other directories
    /// is not looked at: a directory that is not there has lost nothing. Whether every file and every row fit is for the
    /// check to say, not for a start: there may be millions.
    ///
    /// # Errors
    /// [`ArchiveError::Db`]. A directory that cannot be read is unavailable from now on.
    pub(crate) async fn run(&mut self, storages: &[i64]) -> Result<(), ArchiveError> {
        let mut readable = Vec::new();
        for storage in storages {
            match self.begun_in(*storage).await {
                Ok(()) => readable.push(*storage),
                Err(error @ ArchiveError::Db(_)) => return Err(error),
                // Not being read is no loss; the others go on.
                Err(error) => self.store.fail(*storage, candour_units::chain(&error)),
            }
        }
        self.open(&readable).await?;
        self.gone_of_late(&readable).await?;
        // Every row written here is durable now: only then may the lists forget what they told of.
        let mark = self.db.make_rows_durable().await?;
        for storage in readable {
            self.forget(storage, mark).await;
        }
        Ok(())
    }

    /// The newest certificates: an unlink that a disk said was durable and was not brings a file back.
    async fn gone_of_late(&mut self, storages: &[i64]) -> Result<(), ArchiveError> {
        for certificate in self.db.certificates(PAGE).await? {
            let (store, segment) = (self.store.clone(), certificate.segment);
            let found = blocking(move || Ok(store.storage_of(segment))).await?;
            if let Some(storage) = found.filter(|found| storages.contains(found)) {
                self.without_row(storage, segment, Known::Otherwise).await?;
            }
        }
        Ok(())
    }

    async fn begun_in(&mut self, storage: i64) -> Result<(), ArchiveError> {
        let (empty, mark) = (self.db.has_no_segments().await?, self.db.rows_durable_mark().await?);
        let files = self.store.files(storage)?;
        let left =
            blocking(move || Begun::left(&files).map_err(|error| ArchiveError::storage("read what was begun", &error)));
        match left.await? {
            // A catalogue without a row is a new one, and one with a lower mark an older copy that was put back:
            // everything that lies here may be news to it.
            Some(begun) if !empty && begun.mark <= mark => self.begun(storage, begun.segments).await,
            _ => self.everything(storage).await,
        }
    }

    /// A list that cannot be written stays longer than it need be, which costs the next start a little.
    async fn forget(&self, storage: i64, mark: i64) {
        let Ok(files) = self.store.files(storage) else { return };
        let unsettled = self.unsettled.clone();
        let written = blocking(move || {
            let written = Begun::write_left(&files, mark, &unsettled);
            written.map_err(|error| ArchiveError::storage("write what was begun", &error))
        });
        if let Err(error) = written.await {
            tracing::warn!(storage, error = %candour_units::chain(&error), "the list of what was begun stays as it is");
        }
    }

    /// Segments whose rows say open and whose files lie, or should lie, in these directories. Others may be written now.
    async fn open(&mut self, storages: &[i64]) -> Result<(), ArchiveError> {
        let rows = self.db.segments_in_state(SegmentState::Open, MOST_OPEN).await?;
        for row in rows {
            let (store, within, id) = (self.store.clone(), storages.to_vec(), row.id);
            match blocking(move || Ok(store.storage_of(id).filter(|found| within.contains(found)))).await? {
                Some(storage) => {
                    if storage != row.storage {
                        self.db.move_segment(row.id, storage).await?;
                    }
                    self.mend(storage, row.id, Known::Otherwise).await?;
                }
                None if storages.contains(&row.storage) => self.without_file(row.id).await?,
                None => {}
            }
        }
        Ok(())
    }

    /// Segments that were begun here and may not be known, or not be known as closed: their rows may be lost with a crash
    /// that came while they were written.
    async fn begun(&mut self, storage: i64, begun: Vec<SegmentId>) -> Result<(), ArchiveError> {
        let files = self.store.files(storage)?;
        for segment in begun {
            let there = {
                let files = files.clone();
                blocking(move || Ok(files.path(segment).is_file())).await?
            };
            self.compare(storage, segment, there, Known::Open { durable: 0 }).await?;
        }
        Ok(())
    }

    /// Every file and every row of a directory that has no list: a 256th of them at a time.
    async fn everything(&mut self, storage: i64) -> Result<(), ArchiveError> {
        let files = self.store.files(storage)?;
        let strangers = {
            let files = files.clone();
            let listed = move || files.strangers().map_err(|error| ArchiveError::storage("list the footage", &error));
            blocking(listed).await?
        };
        self.report.unknown.extend(strangers);
        for first in 0..=u8::MAX {
            let listed = {
                let files = files.clone();
                blocking(move || in_shard(&files, first)).await?
            };
            for segment in &listed {
                self.compare(storage, *segment, true, Known::Otherwise).await?;
            }
            let (mut after, last) = ids_of_shard(first);
            loop {
                let rows = self.db.segments_by_id(after, last, PAGE).await?;
                let Some(end) = rows.last().map(|row| row.id) else { break };
                for row in rows.iter().filter(|row| row.storage == storage && !listed.contains(&row.id)) {
                    self.compare(storage, row.id, false, Known::Otherwise).await?;
                }
                after = end;
            }
        }
        Ok(())
    }

    /// One segment: its row, whether its file lies in that directory, and what to think of the file if there is no row.
    async fn compare(
        &mut self,
        storage: i64,
        segment: SegmentId,
        there: bool,
        rowless: Known,
    ) -> Result<(), ArchiveError> {
        let row = self.db.segment(segment).await?;
        match (row.map(|row| (row.state, row.storage)), there) {
            (None | Some((SegmentState::Deleted, _)), true) => self.without_row(storage, segment, rowless).await,
            (Some((SegmentState::Closed, known)), true) if known != storage => {
                Ok(self.db.move_segment(segment, storage).await?)
            }
            (Some((SegmentState::Closed, known)), false) if known == storage => self.without_file(segment).await,
            // Open ones are looked at by their rows, and deletions go their own way. A closed file is looked at when it is
            // read or checked.
            _ => Ok(()),
        }
    }

    /// A file that somebody noticed: by its certificate, or as it stands.
    ///
    /// # Errors
    /// [`ArchiveError::Db`], [`ArchiveError::Storage`].
    pub(crate) async fn take_in(&mut self, storage: i64, segment: SegmentId) -> Result<(), ArchiveError> {
        self.without_row(storage, segment, Known::Otherwise).await
    }

    /// A file whose row is not there, or says deleted.
    async fn without_row(&mut self, storage: i64, segment: SegmentId, rowless: Known) -> Result<(), ArchiveError> {
        let Some(certificate) = self.db.certificate(segment).await? else {
            return self.mend(storage, segment, rowless).await;
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

    async fn mend(&mut self, storage: i64, segment: SegmentId, rowless: Known) -> Result<(), ArchiveError> {
        let store = self.store.clone();
        let row = self.db.segment(segment).await?;
        let known = row.is_some();
        let knew = match row {
            // The row was written after the sync that it tells of.
            Some(row) if row.state == SegmentState::Open => {
                Known::Open { durable: u64::try_from(row.len_bytes).unwrap_or(0) }
            }
            Some(_) => Known::Otherwise,
            None => rowless,
        };
        match blocking(move || store.mend(storage, segment, knew)).await {
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
                self.unsettled.push(segment);
            }
        }
        Ok(())
    }

    /// A stream that went on in another directory has footage behind the end of this file, and one that had ended may have its gap in the
    /// catalogue before its last pictures were durable. What lies between, and was on its way when the recorder died, is a gap like any other.
    async fn hole_behind(&self, camera: CameraId, stream: StreamId, end: WallTime) -> Result<(), ArchiveError> {
        let Some(behind) = WallRange::new(end, end + FOLLOWS_WITHIN) else { return Ok(()) };
        let footage = self.db.segments_in(stream, behind).await?.into_iter().map(|row| row.start);
        let gaps = self.db.gaps_in(stream, behind).await?.into_iter().map(|gap| gap.start);
        // What begins right at the end leaves no hole.
        let next = footage.chain(gaps).filter(|start| *start >= end).min();
        let Some(hole) = next.and_then(|next| WallRange::new(end, next)) else { return Ok(()) };
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
                if gap.cause == GapCause::NothingMoved.word() {
                    ends.insert(stream, (self.end_of_stillness(gap, since).await?, since));
                    continue;
                }
                ends.insert(stream, (gap.start, gap.cause.parse().unwrap_or(since)));
            } else if let Some(end) = self.db.stream_end(stream).await? {
                let cause = since.word().to_owned();
                self.db.put_gap(&GapRow { stream, camera, start: end, end: None, cause }).await?;
                ends.insert(stream, (end, since));
            }
        }
        Ok(ends)
    }

    /// A recorder that died while it left out what was still knows that nothing moved only up to its last finding: what came after is a
    /// gap like any other. Gives where that begins.
    async fn end_of_stillness(&self, gap: GapRow, since: GapCause) -> Result<WallTime, ArchiveError> {
        let known = self.db.last_finding(gap.camera).await?;
        let at = known.map_or(gap.start, |known| known.max(gap.start));
        let (stream, camera) = (gap.stream, gap.camera);
        if at > gap.start {
            self.db.put_gap(&GapRow { end: Some(at), ..gap }).await?;
        }
        // One that began at the same moment takes the place of the other.
        self.db.put_gap(&GapRow { stream, camera, start: at, end: None, cause: since.word().to_owned() }).await?;
        Ok(at)
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

fn in_shard(files: &SegmentFiles, first: u8) -> Result<HashSet<SegmentId>, ArchiveError> {
    let failed = |error: candour_files::FilesError| ArchiveError::storage("list the footage", &error);
    let mut segments = HashSet::new();
    for found in files.list_shard(first).map_err(failed)? {
        if let Found::Segment { segment, .. } = found.map_err(failed)? {
            segments.insert(segment);
        }
    }
    Ok(segments)
}

/// The ids that begin with that byte: behind the first, up to the second.
pub(crate) fn ids_of_shard(first: u8) -> (SegmentId, SegmentId) {
    let full = |first: u8| SegmentId::from_bytes(std::array::from_fn(|at| if at == 0 { first } else { u8::MAX }));
    let before = first.checked_sub(1).map_or(SegmentId::from_bytes([0; 16]), full);
    (before, full(first))
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
