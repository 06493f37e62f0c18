//! Mending what the check found, by the functions that recovery, deletion and the writer use; nothing here knows another
//! way. Nothing that may still be evidence is destroyed: a damaged file stays as it is, and its place becomes a gap.

use candour_db::{CertificateRow, DeletionStep, GapRow, SegmentRow, SegmentState};
use candour_recording::GapCause;
use candour_units::{SegmentId, StreamId, WallRange, WallTime};

use super::finding::{Finding, FindingKind};
use super::logged::{LoggedSegments, Part};
use crate::mend::{Known, Mended};
use crate::open::Inner;
use crate::recover::{Recovery, blocking, loss};
use crate::{Archive, ArchiveError, RecoveryReport};

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MendReport {
    /// Findings that were acted on.
    pub acted: u64,
    /// Places shown as lost on the timeline.
    pub shown_as_lost: u64,
    /// Findings that nothing here can change.
    pub left: u64,
    /// Attempts that failed; the log of the program says why.
    pub failed: u64,
}

enum Done {
    Acted,
    ShownAsLost,
    Left,
}

impl Archive {
    /// Mends what can be mended of what a check of this archive found. Check again afterwards: what is found again was
    /// not mended. Call it with nothing recording.
    pub async fn mend(&self, log: &std::path::Path, findings: &[Finding]) -> MendReport {
        let mut report = MendReport::default();
        for finding in findings {
            match self.inner.mend_one(log, finding).await {
                Ok(Done::Acted) => report.acted += 1,
                Ok(Done::ShownAsLost) => report.shown_as_lost += 1,
                Ok(Done::Left) => report.left += 1,
                Err(error) => {
                    report.failed += 1;
                    tracing::error!(finding = %finding, error = %candour_units::chain(&error), "could not be mended");
                }
            }
        }
        if let Err(error) = self.log_closed_segments().await {
            report.failed += 1;
            tracing::error!(error = %candour_units::chain(&error), "digests are not in the log yet");
        }
        report
    }
}

impl Inner {
    async fn mend_one(&self, log: &std::path::Path, finding: &Finding) -> Result<Done, ArchiveError> {
        use FindingKind as Kind;
        match (finding.kind, finding.segment) {
            (Kind::FileWithoutRow | Kind::LeftOpen | Kind::TornTail, Some(segment)) => self.take_in(segment).await,
            (Kind::RowDisagrees | Kind::KeepUntilRaised | Kind::DeletedWithoutCertificate, Some(segment)) => {
                self.row_from_file(segment, finding).await
            }
            (
                Kind::FileLeft | Kind::KeyLeft | Kind::CertificateWithoutRow | Kind::CertificateNotLogged,
                Some(segment),
            ) => self.delete_again(log, segment, finding.kind).await,
            (Kind::DeletionUnfinished, _) => {
                self.finish_deletions(usize::MAX).await?;
                Ok(Done::Acted)
            }
            (Kind::NotLogged, Some(segment)) => {
                // The next entry takes it along.
                self.db.mark_unlogged(segment).await?;
                Ok(Done::Acted)
            }
            (
                Kind::RowWithoutFile | Kind::WrongFile | Kind::KeyMissing | Kind::Damaged | Kind::DigestDiffers,
                Some(segment),
            ) => self.show_as_lost(segment, finding).await,
            (Kind::HiddenGap, _) => self.tell_hidden(finding).await,
            (Kind::GapOverFootage, _) => self.cut_gap(finding).await,
            (Kind::KeyringCopy, _) => {
                // Opening the keyring for writing has mended it.
                Ok(Done::Acted)
            }
            _ => Ok(Done::Left),
        }
    }

    /// A file that recovery would take in.
    async fn take_in(&self, segment: SegmentId) -> Result<Done, ArchiveError> {
        let mut recovery = Recovery::new(&self.db, &self.store, RecoveryReport::default());
        let Some(storage) = self.located(segment).await? else { return Ok(Done::Acted) };
        recovery.take_in(storage, segment).await?;
        Ok(Done::Acted)
    }

    /// The row, written anew from a file that is whole; what is not whole is lost, and shown so.
    async fn row_from_file(&self, segment: SegmentId, finding: &Finding) -> Result<Done, ArchiveError> {
        if self.db.certificate(segment).await?.is_some() {
            return Ok(Done::Left);
        }
        let before = self.db.segment(segment).await?;
        let Some(storage) = self.located(segment).await? else { return self.show_as_lost(segment, finding).await };
        let store = self.store.clone();
        let mended = blocking(move || store.mend(storage, segment, Known::Otherwise)).await;
        match mended {
            Ok(Mended::Closed { row, .. }) => {
                let logged = before.is_some_and(|row| row.logged);
                self.db.rewrite_segment(&SegmentRow { logged, ..row }).await?;
                Ok(Done::Acted)
            }
            Ok(
                Mended::Lost { .. } | Mended::Unreadable { .. } | Mended::NeverWritten { .. } | Mended::Empty { .. },
            )
            | Err(ArchiveError::DataLoss { .. }) => self.show_as_lost(segment, finding).await,
            Err(error) => Err(error),
        }
    }

    /// A certified deletion of which something is left or untold. Its row comes from the log if need be; what is left goes
    /// the way of every deletion once more, and the log gets a certificate with the times of now.
    async fn delete_again(
        &self,
        log: &std::path::Path,
        segment: SegmentId,
        kind: FindingKind,
    ) -> Result<Done, ArchiveError> {
        let _one_at_a_time = self.deleting.lock().await;
        let told = self.logged_deletion(log, segment).await?;
        let located = self.located(segment).await?;
        let row = match (self.db.certificate(segment).await?, &told) {
            (Some(row), _) => row,
            (None, Some(told)) => {
                self.db.put_certificate(told).await?;
                told.clone()
            }
            (None, None) => return Ok(Done::Left),
        };
        // A certificate that stands in the catalogue alone is nobody's word: footage that is there is not destroyed for it.
        let only_claimed = told.is_none() && row.step == DeletionStep::Certified;
        let from = match kind {
            _ if only_claimed && located.is_some() => return Ok(Done::Left),
            FindingKind::CertificateNotLogged => DeletionStep::Unlinked,
            FindingKind::FileLeft | FindingKind::KeyLeft => DeletionStep::Intended,
            _ => return Ok(Done::Acted),
        };
        let storage = located.unwrap_or(row.storage);
        let gone = self.apply(vec![CertificateRow { step: from, storage, ..row }]).await?;
        gone.into_iter().find_map(|one| one.error).map_or(Ok(Done::Acted), Err)
    }

    async fn located(&self, segment: SegmentId) -> Result<Option<i64>, ArchiveError> {
        let store = self.store.clone();
        blocking(move || Ok(store.storage_of(segment))).await
    }

    async fn logged_deletion(
        &self,
        log: &std::path::Path,
        segment: SegmentId,
    ) -> Result<Option<CertificateRow>, ArchiveError> {
        let log = log.to_owned();
        let told = blocking(move || {
            let mut logged = LoggedSegments::default();
            candour_audit::reread_log(&log, |entry| {
                logged.take(entry, Part::WHOLE);
                logged.of.retain(|other, _| *other == segment);
            })?;
            Ok(logged.of.remove(&segment).and_then(|story| story.deleted))
        });
        Ok(told.await?.map(|row| *row))
    }

    /// Nothing brings it back: its time is lost, and the timeline says so. A row without a file stays until its end of
    /// life, so that the loss gets a certificate like everything else.
    async fn show_as_lost(&self, segment: SegmentId, finding: &Finding) -> Result<Done, ArchiveError> {
        let row = self.db.segment(segment).await?;
        let (Some(camera), Some(stream)) = (finding.camera, finding.stream) else { return Ok(Done::Left) };
        let interval = finding.interval.or_else(|| row.as_ref().and_then(|row| WallRange::new(row.start, row.end)));
        let Some(interval) = interval else { return Ok(Done::Left) };
        let cause = GapCause::DataLoss.word().to_owned();
        self.db.put_gap(&GapRow { stream, camera, start: interval.start, end: Some(interval.end), cause }).await?;
        if let Some(row) = row.filter(|row| row.state == SegmentState::Open) {
            self.db.put_gap(&loss(&row)).await?;
            self.db.put_segments(&[SegmentRow { state: SegmentState::Closed, ..row }]).await?;
        }
        Ok(Done::ShownAsLost)
    }

    /// A stretch that nothing explains: the header of the segment behind it may say why; else it is lost.
    async fn tell_hidden(&self, finding: &Finding) -> Result<Done, ArchiveError> {
        let (Some(camera), Some(stream)) = (finding.camera, finding.stream) else { return Ok(Done::Left) };
        // The end of a stream is told by recovery, which every start of the archive runs.
        let Some(interval) = finding.interval else { return Ok(Done::Acted) };
        // A row written anew a moment ago may have given it its footage back.
        if self.is_told(stream, interval).await? {
            return Ok(Done::Acted);
        }
        let cause = self.cause_before(stream, interval.end).await?.unwrap_or(GapCause::DataLoss);
        let row =
            GapRow { stream, camera, start: interval.start, end: Some(interval.end), cause: cause.word().to_owned() };
        self.db.put_gap(&row).await?;
        Ok(if cause == GapCause::DataLoss { Done::ShownAsLost } else { Done::Acted })
    }

    /// Whether something covers all of it by now.
    async fn is_told(&self, stream: StreamId, interval: WallRange) -> Result<bool, ArchiveError> {
        let mut covers: Vec<(WallTime, WallTime)> = Vec::new();
        covers.extend(self.db.segments_in(stream, interval).await?.iter().map(|row| (row.start, row.end)));
        let deleted = self.db.deleted_in(stream, interval).await?;
        covers.extend(deleted.iter().map(|row| (row.interval.start, row.interval.end)));
        let gaps = self.db.gaps_in(stream, interval).await?;
        covers.extend(gaps.iter().map(|gap| (gap.start, gap.end.unwrap_or(interval.end))));
        covers.sort_unstable();
        let mut reached = interval.start;
        for (start, end) in covers {
            if (start - reached).ticks() > 1 {
                break;
            }
            reached = reached.max(end);
        }
        Ok((interval.end - reached).ticks() <= 1)
    }

    /// What the header of the segment that begins at `end` says of the gap before it.
    async fn cause_before(&self, stream: StreamId, end: WallTime) -> Result<Option<GapCause>, ArchiveError> {
        let around = WallRange { start: end, end: end + candour_units::WallDuration::from_ticks(2) };
        let rows = self.db.segments_in(stream, around).await?;
        let Some(row) = rows.into_iter().find(|row| (row.start - end).ticks().abs() <= 1) else { return Ok(None) };
        let store = self.store.clone();
        let header = blocking(move || Ok(super::contents::header_in(&store, row.id))).await?;
        let gap = header.filter(|header| header.segment == row.id).and_then(|header| header.gap);
        Ok(gap.and_then(|gap| GapCause::from_code(gap.cause.get())))
    }

    /// Footage is there, so the gap ends where it begins and goes on where it ends.
    async fn cut_gap(&self, finding: &Finding) -> Result<Done, ArchiveError> {
        let (Some(stream), Some(shared)) = (finding.stream, finding.interval) else { return Ok(Done::Left) };
        let gaps = self.db.gaps_in(stream, shared).await?;
        let over = |gap: &&GapRow| {
            gap.start < shared.end
                && gap.end.is_none_or(|end| end > shared.start)
                && gap.cause.parse() != Ok(GapCause::DataLoss)
        };
        for gap in gaps.iter().filter(over) {
            let mut left = Vec::new();
            if gap.start < shared.start {
                left.push(GapRow { end: Some(shared.start), ..gap.clone() });
            }
            if gap.end.is_none_or(|end| end > shared.end) && !self.footage_follows(stream, shared.end).await? {
                left.push(GapRow { start: shared.end, ..gap.clone() });
            }
            self.db.replace_gap(stream, gap.start, &left).await?;
        }
        Ok(Done::Acted)
    }

    async fn footage_follows(&self, stream: StreamId, at: WallTime) -> Result<bool, ArchiveError> {
        let moment = WallRange { start: at, end: at + candour_units::WallDuration::from_ticks(1) };
        Ok(!self.db.segments_in(stream, moment).await?.is_empty())
    }
}
