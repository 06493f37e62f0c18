//! The catalogue of segments: rows that can be rebuilt from segment files.

use candour_units::{CameraId, Hash, HoldId, PurposeId, RunId, SegmentId, StreamId, WallDuration, WallRange, WallTime};

use crate::column::{Row, all};
use crate::statement::{Statement, statement};
use crate::{Db, DbError};

/// No segment is longer (the table checks it), so what overlaps an interval starts at most this long before it.
pub(crate) const LONGEST: WallDuration = WallDuration::from_seconds(3600);

const PUT_SEGMENT: &str = "INSERT INTO segments (id, stream, camera, run, purpose, storage, start_90k, end_90k, \
     keep_until_90k, len_bytes, samples, state, sealed_digest, content_commitment, logged) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
     ON CONFLICT (id) DO UPDATE SET \
     keep_until_90k = CASE WHEN excluded.keep_until_90k < segments.keep_until_90k \
         THEN excluded.keep_until_90k ELSE segments.keep_until_90k END, \
     end_90k = CASE WHEN excluded.state >= segments.state THEN excluded.end_90k ELSE segments.end_90k END, \
     len_bytes = CASE WHEN excluded.state >= segments.state THEN excluded.len_bytes ELSE segments.len_bytes END, \
     samples = CASE WHEN excluded.state >= segments.state THEN excluded.samples ELSE segments.samples END, \
     sealed_digest = coalesce(excluded.sealed_digest, segments.sealed_digest), \
     content_commitment = coalesce(excluded.content_commitment, segments.content_commitment), \
     logged = CASE WHEN excluded.logged > segments.logged THEN excluded.logged ELSE segments.logged END, \
     state = CASE WHEN excluded.state > segments.state THEN excluded.state ELSE segments.state END";

// Written with the literal states of the partial indexes: a store uses one only where the statement implies its WHERE.
// What grows (open) is apart from what does not (closed), so each question asks each.
const SEGMENTS_IN: &str = "\
     SELECT * FROM segments WHERE stream = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 AND state = 1 \
     UNION ALL \
     SELECT * FROM segments WHERE stream = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 AND state = 2 \
     UNION ALL \
     SELECT * FROM segments WHERE stream = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 AND state = 0 \
     ORDER BY start_90k";
/// Answered from indexes alone, but for the open ones.
const RECORDED_IN: &str = "\
     SELECT start_90k, end_90k, storage FROM segments \
     WHERE stream = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 AND state = 1 UNION ALL \
     SELECT start_90k, end_90k, storage FROM segments \
     WHERE stream = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 AND state = 0 ORDER BY start_90k";
const NEWEST_END: [&str; 5] = [
    "SELECT end_90k FROM segments WHERE stream = $1 AND state = 0 ORDER BY start_90k DESC LIMIT 1",
    "SELECT end_90k FROM segments WHERE stream = $1 AND state = 1 ORDER BY start_90k DESC LIMIT 1",
    "SELECT end_90k FROM segments WHERE stream = $1 AND state = 2 ORDER BY start_90k DESC LIMIT 1",
    "SELECT end_90k FROM certificates WHERE stream = $1 ORDER BY start_90k DESC LIMIT 1",
    "SELECT end_90k FROM deleted_stretches WHERE stream = $1 ORDER BY start_90k DESC LIMIT 1",
];
const EXTENT: &str = "SELECT segments, len_bytes, \
     (SELECT min(start_90k) FROM segments WHERE stream = $1 AND state = 0) AS open_start, \
     (SELECT min(start_90k) FROM segments WHERE stream = $1 AND state = 1) AS closed_start, \
     (SELECT min(start_90k) FROM segments WHERE stream = $1 AND state = 2) AS deleting_start \
     FROM holdings WHERE stream = $1 AND segments > 0";
/// Two segments that lie no further apart (in ticks) are one stretch: rounding, not missing time.
const JOINT: i64 = 1;
// The very expression of the index, which holds what a sweep must look at: past its end and not known to be held.
const SEGMENTS_DUE: &str = "SELECT * FROM segments WHERE state = 1 AND coalesce(next_look_90k, keep_until_90k) <= $1 \
     ORDER BY coalesce(next_look_90k, keep_until_90k) LIMIT $2";
const OVERDUE: &str =
    "SELECT count(*) AS overdue FROM segments WHERE state = 1 AND coalesce(next_look_90k, keep_until_90k) <= $1";
const SEGMENTS_TO_LOG: &str =
    "SELECT * FROM segments WHERE state = 1 AND logged = 0 AND sealed_digest IS NOT NULL ORDER BY start_90k LIMIT $1";

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

impl SegmentState {
    pub(crate) const NUMBERS: [(i64, Self); 4] =
        [(0, Self::Open), (1, Self::Closed), (2, Self::Deleting), (3, Self::Deleted)];

    const fn number(self) -> i64 {
        self as i64
    }

    const fn statement(self) -> &'static str {
        match self {
            Self::Open => "SELECT * FROM segments WHERE state = 0 ORDER BY start_90k LIMIT $1",
            Self::Closed => "SELECT * FROM segments WHERE state = 1 ORDER BY start_90k LIMIT $1",
            Self::Deleting => "SELECT * FROM segments WHERE state = 2 ORDER BY start_90k LIMIT $1",
            Self::Deleted => "SELECT * FROM segments WHERE state = 3 ORDER BY start_90k LIMIT $1",
        }
    }
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
    /// Number of the storage directory its file lies in.
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

/// A stretch of footage without a hole, on one storage directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// From, to.
    pub range: WallRange,
    /// Number of the directory.
    pub storage: i64,
}

impl Recorded {
    fn is_continued_by(&self, next: &Self) -> bool {
        self.storage == next.storage && (next.range.start - self.range.end).ticks() <= JOINT
    }
}

impl Db {
    /// Inserts or replaces segment rows in one transaction; `keep_until` never rises, a state never goes back, and a
    /// row that comes late (a state already passed) changes nothing else.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_segments(&self, rows: &[SegmentRow]) -> Result<(), DbError> {
        let mut tx = self.write_rebuildable("store segments").await?;
        for row in rows {
            tx.run(put_segment(row)).await?;
        }
        tx.commit().await
    }
    /// One segment.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segment(&self, id: SegmentId) -> Result<Option<SegmentRow>, DbError> {
        let found = self.row("read a segment", statement("SELECT * FROM segments WHERE id = $1").bind(id)).await?;
        found.as_ref().map(segment).transpose()
    }
    /// Segments of a stream that overlap `range`, oldest first, in any state but deleted.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_in(&self, stream: StreamId, range: WallRange) -> Result<Vec<SegmentRow>, DbError> {
        all(
            &self
                .rows(
                    "find segments",
                    statement(SEGMENTS_IN).bind(stream).bind(range.start - LONGEST).bind(range.end).bind(range.start),
                )
                .await?,
            segment,
        )
    }
    /// Segments in that state, oldest first. Open and deleting ones come from an index; the others are a scan.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_in_state(&self, state: SegmentState, limit: i64) -> Result<Vec<SegmentRow>, DbError> {
        all(&self.rows("find segments by state", statement(state.statement()).bind(limit)).await?, segment)
    }
    /// Closed segments whose life ended at or before `now` and that nobody looked at since ([`Self::look_again`]), oldest
    /// first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_due(&self, now: WallTime, limit: i64) -> Result<Vec<SegmentRow>, DbError> {
        all(&self.rows("find segments that are due", statement(SEGMENTS_DUE).bind(now).bind(limit)).await?, segment)
    }
    /// Closed segments whose digests are known and not in the log yet, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_to_log(&self, limit: i64) -> Result<Vec<SegmentRow>, DbError> {
        all(&self.rows("find segments to log", statement(SEGMENTS_TO_LOG).bind(limit)).await?, segment)
    }
    /// Notes that the digests of these segments are in the log.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn mark_logged(&self, segments: &[SegmentId]) -> Result<(), DbError> {
        let mut tx = self.write_rebuildable("note that segments are logged").await?;
        for id in segments {
            tx.run(statement("UPDATE segments SET logged = 1 WHERE id = $1").bind(*id)).await?;
        }
        tx.commit().await
    }
    /// When a stream was recorded in `range`, and where that lies: stretches without a hole on one storage directory, oldest
    /// first, of segments that may be read. They reach beyond `range` by what their segments do. A day of a stream is
    /// asked of an index, not of 1 440 rows.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn recorded_in(&self, stream: StreamId, range: WallRange) -> Result<Vec<Recorded>, DbError> {
        let question = statement(RECORDED_IN).bind(stream).bind(range.start - LONGEST).bind(range.end);
        let mut stretches: Vec<Recorded> = Vec::new();
        for row in self.rows("find what is recorded", question.bind(range.start)).await? {
            let next = Recorded { range: row.range()?, storage: row.integer("storage")? };
            match stretches.last_mut() {
                Some(last) if last.is_continued_by(&next) => last.range.end = last.range.end.max(next.range.end),
                _ => stretches.push(next),
            }
        }
        Ok(stretches)
    }

    /// Oldest and newest footage, bytes and segments of a stream that are not deleted. The end is that of the segment
    /// that began last.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn stream_extent(&self, stream: StreamId) -> Result<Option<(WallRange, i64, i64)>, DbError> {
        let doing = "measure a stream";
        let Some(row) = self.row(doing, statement(EXTENT).bind(stream)).await? else { return Ok(None) };
        let starts = ["open_start", "closed_start", "deleting_start"].map(|column| row.maybe_time(column));
        let starts = starts.into_iter().collect::<Result<Vec<_>, _>>()?;
        let Some(start) = starts.into_iter().flatten().min() else { return Ok(None) };
        let end = self.newest_end(stream, &NEWEST_END[..3]).await?.unwrap_or(start);
        Ok(Some((WallRange { start, end }, row.integer("len_bytes")?, row.integer("segments")?)))
    }
    /// The oldest closed segment of a stream.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn oldest_segment(&self, stream: StreamId) -> Result<Option<SegmentRow>, DbError> {
        let sql = "SELECT * FROM segments WHERE stream = $1 AND state = 1 ORDER BY start_90k LIMIT 1";
        let found = self.row("find the oldest segment", statement(sql).bind(stream)).await?;
        found.as_ref().map(segment).transpose()
    }
    /// Notes that nobody need look at these segments, which are past their end and held, before those times. A hold that
    /// ended in between changes nothing: its footage is looked at by the next sweep.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn look_again(&self, segments: &[(SegmentId, HoldId, WallTime)]) -> Result<(), DbError> {
        let mut tx = self.write_rebuildable("note when to look at held footage again").await?;
        let sql = "UPDATE segments SET next_look_90k = $2 WHERE id = $1 AND state = 1 \
                   AND EXISTS (SELECT 1 FROM holds WHERE holds.id = $3 AND ended_90k IS NULL)";
        for (id, hold, at) in segments {
            tx.run(statement(sql).bind(*id).bind(*at).bind(*hold)).await?;
        }
        tx.commit().await
    }
    /// How many closed segments are past their end at `now` and not held.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn overdue(&self, now: WallTime) -> Result<i64, DbError> {
        let found = self.row("count overdue segments", statement(OVERDUE).bind(now)).await?;
        found.map_or(Ok(0), |row| row.integer("overdue"))
    }

    /// Id, storage and state of all segments that are not deleted: what recovery compares the files with.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segment_states(&self) -> Result<Vec<(SegmentId, i64, SegmentState)>, DbError> {
        let question = statement("SELECT id, storage, state FROM segments WHERE state < 3");
        all(&self.rows("list the segments", question).await?, id_storage_state)
    }

    /// The same, `limit` at a time in the order of their ids: those after `after`. A big site has 43 million.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segment_states_after(
        &self,
        after: Option<SegmentId>,
        limit: i64,
    ) -> Result<Vec<(SegmentId, i64, SegmentState)>, DbError> {
        let sql = "SELECT id, storage, state FROM segments WHERE id > $1 AND state < 3 ORDER BY id LIMIT $2";
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        all(&self.rows("list the segments", statement(sql).bind(&after).bind(limit)).await?, id_storage_state)
    }

    /// Notes that the file of a segment was found in another storage directory than its row said.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn move_segment(&self, id: SegmentId, storage: i64) -> Result<(), DbError> {
        let mut tx = self.write_rebuildable("note where a segment lies").await?;
        tx.run(statement("UPDATE segments SET storage = $2 WHERE id = $1").bind(id).bind(storage)).await?;
        tx.commit().await
    }

    /// Where the newest footage of a stream ends, stored or deleted; `None` when there never was any.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn stream_end(&self, stream: StreamId) -> Result<Option<WallTime>, DbError> {
        self.newest_end(stream, &NEWEST_END).await
    }

    async fn newest_end(&self, stream: StreamId, asked: &[&'static str]) -> Result<Option<WallTime>, DbError> {
        let mut newest = None;
        for question in asked {
            let found = self.row("find the end of a stream", statement(question).bind(stream)).await?;
            newest = newest.max(found.map(|row| row.time("end_90k")).transpose()?);
        }
        Ok(newest)
    }
}

fn id_storage_state(row: &Row) -> Result<(SegmentId, i64, SegmentState), DbError> {
    let state = row.numbered("state", &SegmentState::NUMBERS)?;
    Ok((row.id("id", SegmentId::from_bytes)?, row.integer("storage")?, state))
}

/// Inserts or brings up to date one row; see [`Db::put_segments`].
pub(crate) fn put_segment(row: &SegmentRow) -> Statement {
    statement(PUT_SEGMENT)
        .bind(row.id)
        .bind(row.stream)
        .bind(row.camera)
        .bind(row.run)
        .bind(row.purpose)
        .bind(row.storage)
        .bind(row.start)
        .bind(row.end)
        .bind(row.keep_until)
        .bind(row.len_bytes)
        .bind(row.samples)
        .bind(row.state.number())
        .bind(row.sealed_digest.as_ref())
        .bind(row.content_commitment.as_ref())
        .bind(row.logged)
}

pub(crate) fn segment(row: &Row) -> Result<SegmentRow, DbError> {
    Ok(SegmentRow {
        id: row.id("id", SegmentId::from_bytes)?,
        stream: row.id("stream", StreamId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        run: row.id("run", RunId::from_bytes)?,
        purpose: row.id("purpose", PurposeId::from_bytes)?,
        storage: row.integer("storage")?,
        start: row.time("start_90k")?,
        end: row.time("end_90k")?,
        keep_until: row.time("keep_until_90k")?,
        len_bytes: row.integer("len_bytes")?,
        samples: row.integer("samples")?,
        state: row.numbered("state", &SegmentState::NUMBERS)?,
        sealed_digest: row.maybe_hash("sealed_digest")?,
        content_commitment: row.maybe_hash("content_commitment")?,
        logged: row.flag("logged")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::composed;

    /// That every question goes by an index is held by `plans`; a timeline must not even touch the rows.
    #[tokio::test]
    async fn a_timeline_reads_no_row_of_closed_footage() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&directory.path().join("candour.db")).await.expect("a new database");
        let mut question = composed(format!("EXPLAIN QUERY PLAN {RECORDED_IN}"));
        for _ in 0..4 {
            question = question.bind(0_i64);
        }
        let plan = db.rows("explain", question).await.expect("a plan");
        let plan: Vec<_> = plan.iter().map(|row| row.text("detail").expect("text")).collect();
        assert!(plan.iter().any(|line| line.contains("COVERING INDEX segments_closed")), "{plan:?}");
    }
}
