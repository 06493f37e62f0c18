//! Intervals without footage. Not rebuildable: a gap that no segment followed stands nowhere else.

use candour_units::{CameraId, StreamId, WallRange, WallTime};

use crate::column::{Row, all};
use crate::statement::{Statement, statement};
use crate::{Db, DbError};

/// Gaps that began before the interval and reach into it. Gaps of a stream hardly overlap (only a clock stepping back
/// makes them), so those that began last are the only candidates; 64 of them is room to spare, and bounds the scan.
const REACHING_IN: &str = "SELECT * FROM (SELECT * FROM gaps WHERE stream = $1 AND start_90k < $2 \
     ORDER BY start_90k DESC LIMIT 64) AS before_it WHERE end_90k IS NULL OR end_90k > $3 ORDER BY start_90k";
const STARTING_IN: &str =
    "SELECT * FROM gaps WHERE stream = $1 AND start_90k >= $2 AND start_90k < $3 ORDER BY start_90k";
const OPEN_GAP: &str = "SELECT * FROM gaps WHERE stream = $1 AND end_90k IS NULL ORDER BY start_90k DESC LIMIT 1";

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

impl Db {
    /// Stores a gap, or ends the open one with the same stream and start.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_gap(&self, gap: &GapRow) -> Result<(), DbError> {
        let mut tx = self.write("store a gap").await?;
        tx.run(put_gap(gap)).await?;
        tx.commit().await
    }
    /// Gaps of a stream that overlap `range` (open ones reach to its end), oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn gaps_in(&self, stream: StreamId, range: WallRange) -> Result<Vec<GapRow>, DbError> {
        let mut gaps = Vec::new();
        for (question, from, to) in [(REACHING_IN, range.start, range.start), (STARTING_IN, range.start, range.end)] {
            let question = statement(question).bind(stream).bind(from).bind(to);
            gaps.extend(all(&self.rows("find gaps", question).await?, gap)?);
        }
        Ok(gaps)
    }

    /// The gap of a stream that has no end yet, the newest if there are several.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn open_gap(&self, stream: StreamId) -> Result<Option<GapRow>, DbError> {
        let found = self.row("find the open gap", statement(OPEN_GAP).bind(stream)).await?;
        found.as_ref().map(gap).transpose()
    }
}

/// Stores one gap; see [`Db::put_gap`].
pub(crate) fn put_gap(gap: &GapRow) -> Statement {
    let sql = "INSERT INTO gaps (stream, start_90k, end_90k, camera, cause) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (stream, start_90k) DO UPDATE SET end_90k = excluded.end_90k, cause = excluded.cause";
    statement(sql).bind(gap.stream).bind(gap.start).bind(gap.end).bind(gap.camera).bind(&gap.cause)
}

pub(crate) fn gap(row: &Row) -> Result<GapRow, DbError> {
    Ok(GapRow {
        stream: row.id("stream", StreamId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        start: row.time("start_90k")?,
        end: row.maybe_time("end_90k")?,
        cause: row.text("cause")?,
    })
}
