//! Closed footage counted by stream, hour and length of life: what a shorter promise would delete, without reading 43 million
//! rows. The database counts by triggers as segments change; only the hours at the edges of a question are read by row.

use candour_units::{StreamId, WallDuration, WallRange, WallTime};

use crate::column::{Row, all};
use crate::statement::{Statement, statement};
use crate::{Db, DbError};

/// Ticks of an hour.
const HOUR: i64 = 3600 * 90_000;

const LIVES: &str = "SELECT DISTINCT life_90k FROM footage_hours WHERE stream = $1 AND life_90k > $2";
/// Whole hours, of one life.
const WHOLE: &str = "SELECT CAST(coalesce(sum(segments), 0) AS BIGINT) AS segments, \
     CAST(coalesce(sum(len_bytes), 0) AS BIGINT) AS len_bytes, min(hour) AS first_hour, max(hour) AS last_hour \
     FROM footage_hours WHERE stream = $1 AND life_90k = $2 AND hour > $3 AND hour < $4";
/// Rows of an hour at an edge, of one life.
const EDGE: &str = "SELECT count(*) AS segments, CAST(coalesce(sum(len_bytes), 0) AS BIGINT) AS len_bytes, \
     min(start_90k) AS first_90k, max(end_90k) AS last_90k FROM segments WHERE stream = $1 AND state = 1 \
     AND start_90k > $3 AND start_90k <= $4 AND keep_until_90k = start_90k + $2";
/// Rows that overlap an interval, of any life longer than that.
const HELD: &str = "SELECT count(*) AS segments, CAST(coalesce(sum(len_bytes), 0) AS BIGINT) AS len_bytes, \
     min(start_90k) AS first_90k, max(end_90k) AS last_90k FROM segments WHERE stream = $1 AND state = 1 \
     AND start_90k > $5 AND start_90k < $6 AND end_90k > $7 \
     AND start_90k <= $3 AND keep_until_90k > $4 AND keep_until_90k > start_90k + $2";

/// Footage that would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GoingFootage {
    /// Segments.
    pub segments: i64,
    /// Their bytes.
    pub bytes: i64,
    /// From the start of the first to the end of the last; to the hour where only whole hours go.
    pub range: Option<WallRange>,
}

impl GoingFootage {
    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.segments += other.segments;
        self.bytes += other.bytes;
        self.range = match (self.range, other.range) {
            (Some(one), Some(other)) => {
                Some(WallRange { start: one.start.min(other.start), end: one.end.max(other.end) })
            }
            (one, other) => one.or(other),
        };
    }
}

impl Db {
    /// Closed footage of a stream that a life of `keep` ends by `at`, while its own end lies later: what a promise of that
    /// length would delete and the present ones would not. Held footage is counted too; see [`Self::footage_held`].
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn footage_going(
        &self,
        stream: StreamId,
        keep: WallDuration,
        at: WallTime,
    ) -> Result<GoingFootage, DbError> {
        let doing = "measure footage by its life";
        let lives = self.rows(doing, statement(LIVES).bind(stream).bind(keep)).await?;
        let mut going = GoingFootage::default();
        for life in all(&lives, |row| Ok(WallDuration::from_ticks(row.integer("life_90k")?)))? {
            // Begun after the first and up to the second.
            let (from, to) = (at - life, at - keep);
            let (low, high) = (from.ticks().div_euclid(HOUR), to.ticks().div_euclid(HOUR));
            let of_life = |text| statement(text).bind(stream).bind(life);
            if low == high {
                going.add(self.edge(of_life(EDGE).bind(from).bind(to)).await?);
                continue;
            }
            let end_of_low = WallTime::from_ticks((low + 1) * HOUR - 1);
            let end_before_high = WallTime::from_ticks(high * HOUR - 1);
            going.add(self.edge(of_life(EDGE).bind(from).bind(end_of_low)).await?);
            going.add(self.edge(of_life(EDGE).bind(end_before_high).bind(to)).await?);
            if let Some(row) = self.row(doing, of_life(WHOLE).bind(low).bind(high)).await? {
                going.add(whole(&row)?);
            }
        }
        Ok(going)
    }

    /// Of the same footage that which overlaps `interval`: what a hold on it keeps.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn footage_held(
        &self,
        stream: StreamId,
        keep: WallDuration,
        at: WallTime,
        interval: WallRange,
    ) -> Result<GoingFootage, DbError> {
        let question = statement(HELD).bind(stream).bind(keep).bind(at - keep).bind(at);
        let question = question.bind(interval.start - crate::catalogue::LONGEST).bind(interval.end);
        self.edge(question.bind(interval.start)).await
    }

    async fn edge(&self, question: Statement) -> Result<GoingFootage, DbError> {
        let Some(row) = self.row("measure footage at an edge", question).await? else {
            return Ok(GoingFootage::default());
        };
        let range = row.maybe_time("first_90k")?.zip(row.maybe_time("last_90k")?);
        Ok(GoingFootage {
            segments: row.integer("segments")?,
            bytes: row.integer("len_bytes")?,
            range: range.map(|(start, end)| WallRange { start, end }),
        })
    }
}

fn whole(row: &Row) -> Result<GoingFootage, DbError> {
    let hours = row.maybe_integer("first_hour")?.zip(row.maybe_integer("last_hour")?);
    Ok(GoingFootage {
        segments: row.integer("segments")?,
        bytes: row.integer("len_bytes")?,
        range: hours.map(|(first, last)| WallRange {
            start: WallTime::from_ticks(first * HOUR),
            end: WallTime::from_ticks((last + 1) * HOUR),
        }),
    })
}
