//! What cameras say that they see, by camera and time: their word, and never a reason to shorten or delete anything.

use candour_units::{CameraId, WallDuration, WallRange};

use crate::column::{Row, all};
use crate::statement::{Statement, statement};
use crate::{Db, DbError};

/// No row is longer (the table checks it), so what overlaps an interval starts at most this long before it.
const LONGEST: WallDuration = WallDuration::from_seconds(60);

// One question for each partial index of segments.
const WITHOUT_FOOTAGE: &str = "DELETE FROM claims WHERE start_90k >= $1 AND start_90k < $2 \
     AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id \
     WHERE streams.camera = claims.camera AND segments.start_90k > claims.start_90k - 324000000 \
     AND segments.start_90k < claims.end_90k AND segments.end_90k > claims.start_90k AND segments.state = 1) \
     AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id \
     WHERE streams.camera = claims.camera AND segments.start_90k > claims.start_90k - 324000000 \
     AND segments.start_90k < claims.end_90k AND segments.end_90k > claims.start_90k AND segments.state = 0)";

/// What a camera claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// Something moves.
    Motion,
    /// It is covered, turned or blinded.
    Tamper,
    /// It has no picture.
    VideoLoss,
}

impl ClaimKind {
    const NUMBERS: [(i64, Self); 3] = [(0, Self::Motion), (1, Self::Tamper), (2, Self::VideoLoss)];
}

/// A stretch of time for which a camera said so, a minute long at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimRow {
    /// Which camera.
    pub camera: CameraId,
    /// What it said.
    pub what: ClaimKind,
    /// From when to when, by our clock.
    pub range: WallRange,
}

impl Db {
    /// Stores claims. One with the camera, the kind and the start of a row replaces it: a claim that goes on is told again, longer.
    ///
    /// # Errors
    /// [`DbError::Sql`], also for a row that is longer than a minute or not as long as a tick.
    pub async fn put_claims(&self, rows: &[ClaimRow]) -> Result<(), DbError> {
        let mut tx = self.write_rebuildable("store what cameras say").await?;
        for row in rows {
            tx.run(put_claim(row)).await?;
        }
        tx.commit().await
    }

    /// Claims of a camera that overlap `range`, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn claims_in(&self, camera: CameraId, range: WallRange) -> Result<Vec<ClaimRow>, DbError> {
        let sql = "SELECT * FROM claims WHERE camera = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 \
                   ORDER BY start_90k, what";
        let question = statement(sql).bind(camera).bind(range.start - LONGEST).bind(range.end).bind(range.start);
        all(&self.rows("find what a camera said", question).await?, claim)
    }

    /// Takes away claims that began in `range` and are about no footage. Gives how many there were.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn drop_claims_without_footage(&self, range: WallRange) -> Result<u64, DbError> {
        let mut tx = self.write_rebuildable("take away what cameras said of no footage").await?;
        let gone = tx.run(statement(WITHOUT_FOOTAGE).bind(range.start).bind(range.end)).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn put_claim(row: &ClaimRow) -> Statement {
    let sql = "INSERT INTO claims (camera, what, start_90k, end_90k) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (camera, what, start_90k) DO UPDATE SET end_90k = excluded.end_90k";
    statement(sql).bind(row.camera).bind(row.what as i64).bind(row.range.start).bind(row.range.end)
}

fn claim(row: &Row) -> Result<ClaimRow, DbError> {
    let what = row.integer("what")?;
    let known = ClaimKind::NUMBERS.iter().find(|(number, _)| *number == what).map(|(_, kind)| *kind);
    Ok(ClaimRow {
        camera: row.id("camera", CameraId::from_bytes)?,
        what: known.ok_or_else(|| DbError::Damaged { column: "what", value: what.to_string() })?,
        range: WallRange { start: row.time("start_90k")?, end: row.time("end_90k")? },
    })
}
