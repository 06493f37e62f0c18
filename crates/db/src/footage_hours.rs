//! Closed footage counted by stream, purpose, hour and length of life: what a shorter promise would delete, without reading 43
//! million rows. The database counts by triggers as segments change; only the hours at the edges of a question are read by
//! row.

use candour_units::{StreamId, WallDuration, WallRange, WallTime};

use crate::catalogue::LONGEST;
use crate::column::{Row, all};
use crate::statement::{Statement, statement};
use crate::{Db, DbError};

/// Ticks of an hour.
const HOUR: i64 = 3600 * 90_000;

const LIVES: &str = "SELECT DISTINCT life_90k FROM footage_hours WHERE stream = $1 AND life_90k > $2 \
     AND purpose IN (SELECT id FROM purposes WHERE word = $3)";
/// Whole hours, of one life.
const WHOLE: &str = "SELECT CAST(coalesce(sum(segments), 0) AS BIGINT) AS segments, \
     CAST(coalesce(sum(len_bytes), 0) AS BIGINT) AS len_bytes, min(hour) AS first_hour, max(hour) AS last_hour \
     FROM footage_hours WHERE stream = $1 AND life_90k = $2 AND purpose IN (SELECT id FROM purposes WHERE word = $3) \
     AND hour > $4 AND hour < $5";
/// Rows of an hour at an edge, of one life.
const EDGE: &str = "SELECT count(*) AS segments, CAST(coalesce(sum(len_bytes), 0) AS BIGINT) AS len_bytes, \
     min(start_90k) AS first_90k, max(end_90k) AS last_90k FROM segments WHERE stream = $1 AND state = 1 \
     AND start_90k > $4 AND start_90k <= $5 AND keep_until_90k = start_90k + $2 \
     AND purpose IN (SELECT id FROM purposes WHERE word = $3)";
/// Rows that overlap an interval, of any life longer than that.
const HELD: &str = "SELECT count(*) AS segments, CAST(coalesce(sum(len_bytes), 0) AS BIGINT) AS len_bytes, \
     min(start_90k) AS first_90k, max(end_90k) AS last_90k FROM segments WHERE stream = $1 AND state = 1 \
     AND start_90k > $6 AND start_90k < $7 AND end_90k > $8 \
     AND start_90k <= $4 AND keep_until_90k > $5 AND keep_until_90k > start_90k + $2 \
     AND purpose IN (SELECT id FROM purposes WHERE word = $3)";

/// What is asked about: footage of a stream that was captured for a purpose, under a promise of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shorter<'a> {
    /// Of which stream.
    pub stream: StreamId,
    /// For which purpose, by its name in the file.
    pub word: &'a str,
    /// How long it would live.
    pub keep: WallDuration,
    /// When the promise would take force.
    pub at: WallTime,
}

/// Some footage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GoingFootage {
    /// Segments.
    pub segments: i64,
    /// Their bytes.
    pub bytes: i64,
    /// From the start of the first to the end of the last; to the hour where only whole hours are known.
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
    /// Closed footage that the promise would end by the time it takes force, while its own end lies later. Held footage is
    /// counted too; see [`Self::footage_held`].
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn footage_going(&self, asked: Shorter<'_>) -> Result<GoingFootage, DbError> {
        let mut going = GoingFootage::default();
        for life in self.lives(asked).await? {
            // Begun after the first and up to the second.
            going.add(self.begun(asked, life, asked.at - life, asked.at - asked.keep).await?);
        }
        Ok(going)
    }

    /// Closed footage that would stay for now and end sooner than it does.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn footage_shortened(&self, asked: Shorter<'_>) -> Result<GoingFootage, DbError> {
        let mut shortened = GoingFootage::default();
        for life in self.lives(asked).await? {
            shortened.add(self.begun(asked, life, asked.at - asked.keep, WallTime::MAX).await?);
        }
        Ok(shortened)
    }

    /// Of what would go that which overlaps `interval`: what a hold on it keeps.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn footage_held(&self, asked: Shorter<'_>, interval: WallRange) -> Result<GoingFootage, DbError> {
        let Shorter { stream, word, keep, at } = asked;
        let question = statement(HELD).bind(stream).bind(keep).bind(word).bind(at - keep).bind(at);
        self.edge(question.bind(interval.start - LONGEST).bind(interval.end).bind(interval.start)).await
    }

    /// The lives longer than asked that footage of the stream and purpose has.
    async fn lives(&self, asked: Shorter<'_>) -> Result<Vec<WallDuration>, DbError> {
        let question = statement(LIVES).bind(asked.stream).bind(asked.keep).bind(asked.word);
        let rows = self.rows("find the lives of footage", question).await?;
        all(&rows, |row| Ok(WallDuration::from_ticks(row.integer("life_90k")?)))
    }

    /// Footage of one life that began after `from` and up to `to`.
    async fn begun(
        &self,
        asked: Shorter<'_>,
        life: WallDuration,
        from: WallTime,
        to: WallTime,
    ) -> Result<GoingFootage, DbError> {
        let (low, high) = (from.ticks().div_euclid(HOUR), to.ticks().div_euclid(HOUR));
        let of_life = |text| statement(text).bind(asked.stream).bind(life).bind(asked.word);
        if low >= high {
            return self.edge(of_life(EDGE).bind(from).bind(to)).await;
        }
        let end_of_low = WallTime::from_ticks((low + 1) * HOUR - 1);
        let mut begun = self.edge(of_life(EDGE).bind(from).bind(end_of_low)).await?;
        if to < WallTime::MAX {
            let end_before_high = WallTime::from_ticks(high * HOUR - 1);
            begun.add(self.edge(of_life(EDGE).bind(end_before_high).bind(to)).await?);
        }
        let question = of_life(WHOLE).bind(low).bind(high);
        if let Some(row) = self.row("measure footage by its life", question).await? {
            begun.add(whole(&row)?);
        }
        Ok(begun)
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
