//! What looking for motion found, by camera and time.

use candour_units::{CameraId, StreamId, WallDuration, WallRange, WallTime};

use crate::catalogue::segment;
use crate::column::{Row, all};
use crate::statement::{Statement, statement};
use crate::{Db, DbError, SegmentRow};

/// No row is longer (the table checks it), so what overlaps an interval starts at most this long before it.
const LONGEST: WallDuration = WallDuration::from_seconds(60);

// One question for each partial index of segments.
const WITHOUT_FOOTAGE: &str = "DELETE FROM findings WHERE start_90k >= $1 AND start_90k < $2 \
     AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id \
     WHERE streams.camera = findings.camera AND segments.start_90k > findings.start_90k - 324000000 \
     AND segments.start_90k < findings.end_90k AND segments.end_90k > findings.start_90k AND segments.state = 1) \
     AND NOT EXISTS (SELECT 1 FROM streams JOIN segments ON segments.stream = streams.id \
     WHERE streams.camera = findings.camera AND segments.start_90k > findings.start_90k - 324000000 \
     AND segments.start_90k < findings.end_90k AND segments.end_90k > findings.start_90k AND segments.state = 0)";

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// It was looked at, and nothing moved.
    Still,
    /// Something moved.
    Moved,
    /// Nothing can be said.
    Unsure,
}

impl FindingKind {
    const NUMBERS: [(i64, Self); 3] = [(0, Self::Still), (1, Self::Moved), (2, Self::Unsure)];
}

/// Where something moved, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MovedPart {
    /// How far what moved lay outside what its place may show, in hundredths of a level of brightness, at most.
    pub score: u32,
    /// The share of the watched picture that moved, in ten-thousandths, at most.
    pub extent: u16,
    /// Left, top, right and bottom of the rectangle around it, in ten-thousandths of the picture.
    pub area: [u16; 4],
}

/// A stretch of time of one camera, a minute long at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRow {
    /// Of which camera.
    pub camera: CameraId,
    /// From, to.
    pub range: WallRange,
    /// What was found.
    pub kind: FindingKind,
    /// Where something moved; zero in the other kinds.
    pub part: MovedPart,
    /// Stable word for why nothing can be said; `None` in the other kinds.
    pub why: Option<String>,
    /// Nothing moved, in at least five pictures of every second: the only finding that may shorten a life.
    pub throughout: bool,
}

impl Db {
    /// Stores findings. One with the camera and the start of a row replaces it: a stretch that goes on is told again, longer.
    ///
    /// # Errors
    /// [`DbError::Sql`], also for a row that is longer than a minute or not as long as a tick.
    pub async fn put_findings(&self, rows: &[FindingRow]) -> Result<(), DbError> {
        let mut tx = self.write_rebuildable("store what moved").await?;
        for row in rows {
            tx.run(put_finding(row)).await?;
        }
        tx.commit().await
    }

    /// Findings of a camera that overlap `range`, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn findings_in(&self, camera: CameraId, range: WallRange) -> Result<Vec<FindingRow>, DbError> {
        let sql = "SELECT * FROM findings WHERE camera = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 \
                   ORDER BY start_90k";
        let question = statement(sql).bind(camera).bind(range.start - LONGEST).bind(range.end).bind(range.start);
        all(&self.rows("find what moved", question).await?, finding)
    }

    /// Up to when a camera was looked at last.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn last_finding(&self, camera: CameraId) -> Result<Option<WallTime>, DbError> {
        let sql = "SELECT end_90k FROM findings WHERE camera = $1 ORDER BY start_90k DESC LIMIT 1";
        let row = self.row("find when a camera was looked at last", statement(sql).bind(camera)).await?;
        row.map(|row| row.time("end_90k")).transpose()
    }

    /// Takes away findings that began in `range` and are about no footage: while a camera is received and cannot be stored, it is looked
    /// at all the same. Gives how many there were.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn drop_findings_without_footage(&self, range: WallRange) -> Result<u64, DbError> {
        let mut tx = self.write_rebuildable("take away what moved in no footage").await?;
        let gone = tx.run(statement(WITHOUT_FOOTAGE).bind(range.start).bind(range.end)).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// The newest closed segment of a camera's stream that began before `before` and about which there is no finding at all: nobody
    /// looked when it was taken, or the catalogue was made anew since.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn not_looked_at(&self, stream: StreamId, before: WallTime) -> Result<Option<SegmentRow>, DbError> {
        let sql = "SELECT * FROM segments WHERE stream = $1 AND state = 1 AND start_90k < $2 AND NOT EXISTS (SELECT 1 \
                   FROM findings WHERE findings.camera = segments.camera AND findings.start_90k > segments.start_90k - 5400000 \
                   AND findings.start_90k < segments.end_90k AND findings.end_90k > segments.start_90k) \
                   ORDER BY start_90k DESC LIMIT 1";
        let found = self.row("find what nobody looked at", statement(sql).bind(stream).bind(before)).await?;
        found.as_ref().map(segment).transpose()
    }
}

fn put_finding(row: &FindingRow) -> Statement {
    let sql = "INSERT INTO findings (camera, start_90k, end_90k, kind, score, extent, area, why, throughout) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (camera, start_90k) DO UPDATE SET \
               end_90k = excluded.end_90k, kind = excluded.kind, score = excluded.score, extent = excluded.extent, \
               area = excluded.area, why = excluded.why, throughout = excluded.throughout";
    let area = (row.kind == FindingKind::Moved).then(|| row.part.area.map(u16::to_be_bytes).concat());
    statement(sql)
        .bind(row.camera)
        .bind(row.range.start)
        .bind(row.range.end)
        .bind(row.kind as i64)
        .bind(i64::from(row.part.score))
        .bind(row.part.extent)
        .bind(area.as_ref())
        .bind(row.why.as_ref())
        .bind(row.throughout)
}

fn finding(row: &Row) -> Result<FindingRow, DbError> {
    let score = row.integer("score")?;
    let mut area = [0; 4];
    let bytes = row.maybe_blob("area")?.unwrap_or_default();
    for (side, two) in area.iter_mut().zip(bytes.chunks_exact(2)) {
        *side = u16::from_be_bytes([two[0], two[1]]);
    }
    Ok(FindingRow {
        camera: row.id("camera", CameraId::from_bytes)?,
        range: row.range()?,
        kind: row.numbered("kind", &FindingKind::NUMBERS)?,
        part: MovedPart {
            score: u32::try_from(score).map_err(|_| DbError::Damaged { column: "score", value: score.to_string() })?,
            extent: row.small("extent")?,
            area,
        },
        why: row.maybe_text("why")?,
        throughout: row.flag("throughout")?,
    })
}
