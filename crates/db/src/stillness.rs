//! What the findings say of whole segments, and what that does to the ends of their lives.

use candour_units::{SegmentId, StreamId, WallTime};

use crate::catalogue::segment;
use crate::column::all;
use crate::statement::statement;
use crate::{Db, DbError, SegmentRow};

// Each is answered from a partial index, whose WHERE they repeat.
const TO_WEIGH: &str = "SELECT * FROM segments WHERE state = 1 AND stillness = 0 AND start_90k < $1 AND end_90k < $1 ORDER BY start_90k LIMIT $2";
const CHOSEN: &str = "SELECT * FROM segments WHERE state = 1 AND stillness = 3 ORDER BY start_90k LIMIT $1";
const BRING_DOWN: &str = "UPDATE segments SET keep_until_90k = CASE WHEN still_until_90k < keep_until_90k \
     THEN still_until_90k ELSE keep_until_90k END, still_until_90k = NULL \
     WHERE state = 1 AND still_until_90k IS NOT NULL AND still_until_90k <= $1";
const KEEP: &str =
    "UPDATE segments SET stillness = 7, still_until_90k = NULL WHERE state = 1 AND still_until_90k IS NOT NULL";

/// What the findings say of a whole segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stillness {
    /// Nobody has weighed them yet.
    Unweighed,
    /// They do not show that nothing moved over its whole length.
    NotShown,
    /// Nothing moved.
    Still,
    /// Nothing moved, and it was drawn to be looked at again: it lives as long as if something had.
    Chosen,
    /// Looked at again, nothing moved.
    Agreed,
    /// Looked at again, something moved that was not seen at first.
    Missed,
    /// Looked at again, and nothing can be said.
    Undecided,
    /// Nothing moved, but lives were not shortened then.
    NotShortened,
}

impl Stillness {
    const NUMBERS: [(i64, Self); 8] = [
        (0, Self::Unweighed),
        (1, Self::NotShown),
        (2, Self::Still),
        (3, Self::Chosen),
        (4, Self::Agreed),
        (5, Self::Missed),
        (6, Self::Undecided),
        (7, Self::NotShortened),
    ];

    /// The number it is stored as.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// What is stored as that number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::NUMBERS.iter().find(|(stored, _)| *stored == i64::from(number)).map(|(_, of)| *of)
    }
}

/// What the findings say of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighed {
    /// Which.
    pub segment: SegmentId,
    /// What they say.
    pub stillness: Stillness,
    /// The end that it is brought down to when that moment comes.
    pub still_until: Option<WallTime>,
}

/// How many decoders the bytes of a stream have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecoderDeaths {
    /// Whose bytes.
    pub stream: StreamId,
    /// How many.
    pub kills: u32,
    /// When the last one did.
    pub last: WallTime,
}

impl Db {
    /// Closed segments that ended before `before` and of which nobody has weighed the findings, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_to_weigh(&self, before: WallTime, limit: i64) -> Result<Vec<SegmentRow>, DbError> {
        let question = statement(TO_WEIGH).bind(before).bind(limit);
        all(&self.rows("find segments to weigh", question).await?, segment)
    }

    /// Closed segments that were drawn to be looked at again and were not yet, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_chosen(&self, limit: i64) -> Result<Vec<SegmentRow>, DbError> {
        all(&self.rows("find segments to look at again", statement(CHOSEN).bind(limit)).await?, segment)
    }

    /// Notes what was weighed. What was noted before stays: only an unweighed segment gets an answer.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn note_weighed(&self, weighed: &[Weighed]) -> Result<(), DbError> {
        let mut tx = self.write("note which segments were still").await?;
        for of in weighed {
            let sql = "UPDATE segments SET stillness = $2, still_until_90k = $3 WHERE id = $1 AND stillness = 0";
            let update = statement(sql).bind(of.segment).bind(i64::from(of.stillness.number()));
            tx.run(update.bind(of.still_until)).await?;
        }
        tx.commit().await
    }

    /// Notes what a second look found. False where the segment was not waiting for one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn note_second_look(&self, segment: SegmentId, found: Stillness) -> Result<bool, DbError> {
        let mut tx = self.write("note what a second look found").await?;
        let sql = "UPDATE segments SET stillness = $2 WHERE id = $1 AND stillness = 3";
        let changed = tx.run(statement(sql).bind(segment).bind(i64::from(found.number()))).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// What the findings say of a segment, while its row is there.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn weighed(&self, segment: SegmentId) -> Result<Option<Weighed>, DbError> {
        let sql = "SELECT stillness, still_until_90k FROM segments WHERE id = $1";
        let Some(row) = self.row("read what was weighed", statement(sql).bind(segment)).await? else { return Ok(None) };
        let stillness = row.numbered("stillness", &Stillness::NUMBERS)?;
        Ok(Some(Weighed { segment, stillness, still_until: row.maybe_time("still_until_90k")? }))
    }

    /// Brings footage in which nothing moved down to its shorter end, where that has come. An end of life only comes nearer. Gives how
    /// many segments there were.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn bring_down_still(&self, now: WallTime) -> Result<u64, DbError> {
        let mut tx = self.write("shorten the life of what was still").await?;
        let changed = tx.run(statement(BRING_DOWN).bind(now)).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// What was found to be still, and has not come to its shorter end, lives as long as if something had moved. Gives how many segments
    /// there were.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn keep_what_seemed_still(&self) -> Result<u64, DbError> {
        let mut tx = self.write("keep what seemed to be still").await?;
        let changed = tx.run(statement(KEEP)).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Notes how many decoders a stream has ended. A smaller number than before changes nothing but the time: who looks for motion and who
    /// makes stills count for themselves.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_decoder_deaths(&self, deaths: DecoderDeaths) -> Result<(), DbError> {
        let mut tx = self.write("note what ended a decoder").await?;
        let sql = "INSERT INTO decoder_deaths (stream, kills, last_90k) VALUES ($1, $2, $3) ON CONFLICT (stream) DO UPDATE SET \
                   kills = CASE WHEN excluded.kills > decoder_deaths.kills THEN excluded.kills ELSE decoder_deaths.kills END, last_90k = excluded.last_90k";
        tx.run(statement(sql).bind(deaths.stream).bind(i64::from(deaths.kills)).bind(deaths.last)).await?;
        tx.commit().await
    }

    /// Streams that have ended decoders.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn decoder_deaths(&self) -> Result<Vec<DecoderDeaths>, DbError> {
        let sql = "SELECT stream, kills, last_90k FROM decoder_deaths ORDER BY stream";
        all(&self.rows("find what ended decoders", statement(sql)).await?, |row| {
            let kills = row.integer("kills")?;
            Ok(DecoderDeaths {
                stream: row.id("stream", StreamId::from_bytes)?,
                kills: u32::try_from(kills)
                    .map_err(|_| DbError::Damaged { column: "kills", value: kills.to_string() })?,
                last: row.time("last_90k")?,
            })
        })
    }

    /// Forgets what a stream's bytes did to decoders: a person looked into it.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn forget_decoder_deaths(&self, stream: StreamId) -> Result<(), DbError> {
        let mut tx = self.write("forget what ended decoders").await?;
        tx.run(statement("DELETE FROM decoder_deaths WHERE stream = $1").bind(stream)).await?;
        tx.commit().await
    }
}
