//! Everything in pages, in the order of a key: for the check, which must see every row and may not hold them all.

use candour_units::{CameraId, SegmentId, StreamId, WallTime};

use crate::catalogue::{SegmentState, put_segment, segment};
use crate::certificates::certificate;
use crate::column::all;
use crate::gaps::{gap, put_gap};
use crate::statement::statement;
use crate::stretches::stretch;
use crate::{CertificateRow, Db, DbError, DeletedStretch, GapRow, SegmentRow};

const SEGMENTS_BY_ID: &str = "SELECT * FROM segments WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
const CERTIFICATES_BY_ID: &str =
    "SELECT * FROM certificates WHERE segment > $1 AND segment <= $2 ORDER BY segment LIMIT $3";
// Written with the literal states of the partial indexes.
const OPEN_BY_START: &str = "SELECT * FROM segments WHERE stream = $1 AND state = 0 AND start_90k >= $2 \
     AND (start_90k > $2 OR id > $3) ORDER BY start_90k, id LIMIT $4";
const CLOSED_BY_START: &str = "SELECT * FROM segments WHERE stream = $1 AND state = 1 AND start_90k >= $2 \
     AND (start_90k > $2 OR id > $3) ORDER BY start_90k, id LIMIT $4";
const DELETING_BY_START: &str = "SELECT * FROM segments WHERE stream = $1 AND state = 2 AND start_90k >= $2 \
     AND (start_90k > $2 OR id > $3) ORDER BY start_90k, id LIMIT $4";
const CERTIFICATES_BY_START: &str = "SELECT * FROM certificates WHERE stream = $1 AND start_90k >= $2 \
     AND (start_90k > $2 OR segment > $3) ORDER BY start_90k, segment LIMIT $4";
const STRETCHES_BY_START: &str = "SELECT * FROM deleted_stretches WHERE stream = $1 AND start_90k >= $2 \
     AND (start_90k > $2 OR entry_first > $3) ORDER BY start_90k, entry_first LIMIT $4";
const GAPS_BY_START: &str = "SELECT * FROM gaps WHERE stream = $1 AND start_90k > $2 ORDER BY start_90k LIMIT $3";
/// The setting with the mark of what is durable.
const ROWS_DURABLE: &str = "rows_made_durable";

/// Where a page begins: behind the last row of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterStart {
    /// Its start.
    pub start: WallTime,
    /// Its id.
    pub segment: SegmentId,
}

impl AfterStart {
    /// Before everything.
    pub const BEGINNING: Self = Self { start: WallTime::from_ticks(i64::MIN), segment: SegmentId::from_bytes([0; 16]) };
}

impl Db {
    /// The next `limit` segments in any state with `after < id <= last`, by id.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_by_id(
        &self,
        after: SegmentId,
        last: SegmentId,
        limit: i64,
    ) -> Result<Vec<SegmentRow>, DbError> {
        let question = statement(SEGMENTS_BY_ID).bind(after).bind(last).bind(limit);
        all(&self.rows("walk over the segments", question).await?, segment)
    }

    /// The next `limit` deletions with `after < segment <= last`, by segment.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn certificates_by_id(
        &self,
        after: SegmentId,
        last: SegmentId,
        limit: i64,
    ) -> Result<Vec<CertificateRow>, DbError> {
        let question = statement(CERTIFICATES_BY_ID).bind(after).bind(last).bind(limit);
        all(&self.rows("walk over the certificates", question).await?, certificate)
    }

    /// The next `limit` segments of a stream in that state, by start; none that are deleted.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_by_start(
        &self,
        stream: StreamId,
        state: SegmentState,
        after: AfterStart,
        limit: i64,
    ) -> Result<Vec<SegmentRow>, DbError> {
        let question = match state {
            SegmentState::Open => OPEN_BY_START,
            SegmentState::Closed => CLOSED_BY_START,
            SegmentState::Deleting => DELETING_BY_START,
            SegmentState::Deleted => return Ok(Vec::new()),
        };
        let question = statement(question).bind(stream).bind(after.start).bind(after.segment).bind(limit);
        all(&self.rows("walk over the segments of a stream", question).await?, segment)
    }

    /// The next `limit` deletions of a stream, however far they have come, by start.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn certificates_by_start(
        &self,
        stream: StreamId,
        after: AfterStart,
        limit: i64,
    ) -> Result<Vec<CertificateRow>, DbError> {
        let question = statement(CERTIFICATES_BY_START).bind(stream).bind(after.start).bind(after.segment).bind(limit);
        all(&self.rows("walk over the certificates of a stream", question).await?, certificate)
    }

    /// The next `limit` stretches of deleted footage of a stream behind that start and first entry, by both.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn stretches_by_start(
        &self,
        stream: StreamId,
        after: (WallTime, i64),
        limit: i64,
    ) -> Result<Vec<DeletedStretch>, DbError> {
        let question = statement(STRETCHES_BY_START).bind(stream).bind(after.0).bind(after.1).bind(limit);
        all(&self.rows("walk over the deleted stretches of a stream", question).await?, stretch)
    }

    /// The next `limit` gaps of a stream that begin after that moment, by start.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn gaps_by_start(&self, stream: StreamId, after: WallTime, limit: i64) -> Result<Vec<GapRow>, DbError> {
        let question = statement(GAPS_BY_START).bind(stream).bind(after).bind(limit);
        all(&self.rows("walk over the gaps of a stream", question).await?, gap)
    }

    /// How many segments are not deleted, and how many bytes they have.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn footage_total(&self) -> Result<(i64, i64), DbError> {
        // A row for each stream, kept in step by triggers.
        let rows = self.rows("sum up the footage", statement("SELECT segments, len_bytes FROM holdings")).await?;
        let each = all(&rows, |row| Ok((row.integer("segments")?, row.integer("len_bytes")?)))?;
        Ok(each.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)))
    }

    /// Puts a segment's row back to what its file says, whatever stands there: for the check, which found them to differ.
    /// Still `keep_until` never rises above what the row had or the file says, whichever is less.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn rewrite_segment(&self, row: &SegmentRow) -> Result<(), DbError> {
        let mut row = row.clone();
        if let Some(before) = self.segment(row.id).await? {
            row.keep_until = row.keep_until.min(before.keep_until);
        }
        let mut tx = self.write("write a row anew").await?;
        tx.run(statement("DELETE FROM segments WHERE id = $1").bind(row.id)).await?;
        tx.run(put_segment(&row)).await?;
        tx.commit().await
    }

    /// Takes back that the log has the digests of a segment, because it does not.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn mark_unlogged(&self, id: SegmentId) -> Result<(), DbError> {
        let mut tx = self.write("note that a segment is not logged").await?;
        tx.run(statement("UPDATE segments SET logged = 0 WHERE id = $1").bind(id)).await?;
        tx.commit().await
    }

    /// Puts other gaps in the place of one, in one transaction: where footage was found inside it.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn replace_gap(&self, stream: StreamId, start: WallTime, with: &[GapRow]) -> Result<(), DbError> {
        let mut tx = self.write("replace a gap").await?;
        tx.run(statement("DELETE FROM gaps WHERE stream = $1 AND start_90k = $2").bind(stream).bind(start)).await?;
        for gap in with {
            tx.run(put_gap(gap)).await?;
        }
        tx.commit().await
    }

    /// Makes every rebuildable row that was stored before durable, and gives the mark this leaves in the catalogue: it only
    /// rises, so a catalogue with a lower mark is an older copy.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn make_rows_durable(&self) -> Result<i64, DbError> {
        // A durable commit of anything takes along what was committed before it; it must change something to be one.
        let mark = self.rows_durable_mark().await? + 1;
        self.set_setting(ROWS_DURABLE, &mark.to_string()).await?;
        Ok(mark)
    }

    /// The mark that [`Self::make_rows_durable`] left last; 0 before the first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn rows_durable_mark(&self) -> Result<i64, DbError> {
        let mark = self.setting(ROWS_DURABLE).await?;
        Ok(mark.and_then(|mark| mark.parse().ok()).unwrap_or(0))
    }

    /// Whether there is no segment at all, as in a new catalogue.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn has_no_segments(&self) -> Result<bool, DbError> {
        Ok(self.row("look for segments", statement("SELECT id FROM segments LIMIT 1")).await?.is_none())
    }

    /// Runs any statement: what an attacker with the database file does.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    #[cfg(feature = "tampering")]
    pub async fn tamper(&self, sql: String) -> Result<(), DbError> {
        let mut tx = self.write("tamper").await?;
        tx.run(crate::statement::composed(sql)).await?;
        tx.commit().await
    }

    /// Streams that gaps speak of, with their cameras: also those that no camera row knows.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn streams_spoken_of(&self) -> Result<Vec<(StreamId, CameraId)>, DbError> {
        let sql = "SELECT DISTINCT stream, camera FROM gaps ORDER BY stream";
        all(&self.rows("list the streams", statement(sql)).await?, |row| {
            Ok((row.id("stream", StreamId::from_bytes)?, row.id("camera", CameraId::from_bytes)?))
        })
    }
}
