//! Intervals without footage. Not rebuildable: a gap that no segment followed stands nowhere else.

use candour_units::{CameraId, StreamId, WallRange, WallTime};

use crate::column::{Columns, all};
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
        let doing = "store a gap";
        let mut tx = self.write(doing).await?;
        let sql = "INSERT INTO gaps (stream, start_90k, end_90k, camera, cause) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (stream, start_90k) DO UPDATE SET end_90k = excluded.end_90k, cause = excluded.cause";
        sqlx::query(sql)
            .bind(gap.stream.as_bytes().as_slice())
            .bind(gap.start.ticks())
            .bind(gap.end.map(WallTime::ticks))
            .bind(gap.camera.as_bytes().as_slice())
            .bind(&gap.cause)
            .execute(&mut *tx)
            .await
            .map_err(DbError::sql(doing))?;
        tx.commit().await.map_err(DbError::sql(doing))
    }
    /// Gaps of a stream that overlap `range` (open ones reach to its end), oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn gaps_in(&self, stream: StreamId, range: WallRange) -> Result<Vec<GapRow>, DbError> {
        let doing = "find gaps";
        let mut gaps = Vec::new();
        for (sql, bounds) in [(REACHING_IN, [range.start, range.start]), (STARTING_IN, [range.start, range.end])] {
            let rows = sqlx::query(sql)
                .bind(stream.as_bytes().as_slice())
                .bind(bounds[0].ticks())
                .bind(bounds[1].ticks())
                .fetch_all(self.reader())
                .await;
            gaps.extend(all(&rows.map_err(DbError::sql(doing))?, gap)?);
        }
        Ok(gaps)
    }

    /// The gap of a stream that has no end yet, the newest if there are several.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn open_gap(&self, stream: StreamId) -> Result<Option<GapRow>, DbError> {
        let found = sqlx::query(OPEN_GAP).bind(stream.as_bytes().as_slice()).fetch_optional(self.reader()).await;
        found.map_err(DbError::sql("find the open gap"))?.map(|row| gap(&Columns(&row))).transpose()
    }
}

fn gap(row: &Columns<'_>) -> Result<GapRow, DbError> {
    Ok(GapRow {
        stream: row.id("stream", StreamId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        start: row.time("start_90k")?,
        end: row.maybe_time("end_90k")?,
        cause: row.text("cause")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_question_about_gaps_is_an_index_search() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&directory.path().join("candour.db")).await.expect("a new database");
        for (sql, binds, index) in [
            (REACHING_IN, 3, "sqlite_autoindex_gaps_1"),
            (STARTING_IN, 3, "sqlite_autoindex_gaps_1"),
            (OPEN_GAP, 1, "gaps_open"),
        ] {
            let mut query =
                sqlx::query_as::<_, (i64, i64, i64, String)>(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
            for _ in 0..binds {
                query = query.bind(0_i64);
            }
            let rows = query.fetch_all(db.reader()).await.expect("a plan");
            let plan = rows.into_iter().map(|(_, _, _, detail)| detail).collect::<Vec<_>>().join("; ");
            assert!(plan.contains(&format!("SEARCH gaps USING INDEX {index}")), "{plan}");
        }
    }
}
