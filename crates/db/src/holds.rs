//! Holds and what was done to them. Not rebuildable: durable at once. Each act is a row of the same transaction as its
//! effect, so that it reaches the log whatever crashes in between.

use candour_units::{CameraId, HoldId, WallRange, WallTime};

use crate::catalogue::LONGEST;
use crate::certificates::{CertificateRow, certificate};
use crate::column::{Row, all};
use crate::pool::Transaction;
use crate::statement::statement;
use crate::{Db, DbError};

const STANDING: &str = "SELECT * FROM holds WHERE ended_90k IS NULL ORDER BY ends_90k";
const ENDED: &str = "SELECT * FROM holds WHERE ended_90k IS NOT NULL ORDER BY ended_90k DESC LIMIT $1";
const LAPSING: &str = "SELECT * FROM holds WHERE ended_90k IS NULL AND ends_90k <= $1 ORDER BY ends_90k";
const UNLOGGED: &str = "SELECT * FROM hold_acts WHERE entry IS NULL ORDER BY at_90k, number LIMIT $1";
/// Footage that a hold covered is looked at by the next sweep again.
const LOOK_AGAIN: &str = "UPDATE segments SET next_look_90k = NULL \
     WHERE stream IN (SELECT id FROM streams WHERE camera = $1) AND start_90k > $2 AND start_90k < $3 \
     AND end_90k >= $4 AND state = 1 AND next_look_90k IS NOT NULL";
const DELETED_OF: &str = "SELECT certificates.* FROM certificates JOIN streams ON streams.id = certificates.stream \
     WHERE streams.camera = $1 AND certificates.start_90k > $2 AND certificates.start_90k < $3 \
     AND certificates.end_90k > $4 ORDER BY certificates.start_90k";

const EXTENT: &str = "SELECT count(*) AS segments, CAST(coalesce(sum(len_bytes), 0) AS BIGINT) AS len_bytes FROM ( \
     SELECT len_bytes FROM segments WHERE stream IN (SELECT id FROM streams WHERE camera = $1) \
     AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 AND state = 0 UNION ALL \
     SELECT len_bytes FROM segments WHERE stream IN (SELECT id FROM streams WHERE camera = $1) \
     AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 AND state = 1) AS held";

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    /// Its id.
    pub id: HoldId,
    /// Stable word of its class.
    pub class: String,
    /// The camera; all its streams are held.
    pub camera: CameraId,
    /// The footage.
    pub interval: WallRange,
    /// Why, as said by the newest act.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Full name of whoever placed it.
    pub placed_by: String,
    /// When.
    pub placed: WallTime,
    /// When it lapses by itself.
    pub ends: WallTime,
    /// When it ended and how (`lifted`, `lapsed`); `None` while it stands.
    pub ended: Option<(WallTime, String)>,
}

/// One act on a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldActRow {
    /// The hold.
    pub hold: HoldId,
    /// 0 for the placing, then one more for each act.
    pub number: i64,
    /// `placed`, `extended`, `lifted` or `lapsed`.
    pub act: String,
    /// Full name of whoever did it.
    pub by: String,
    /// When.
    pub at: WallTime,
    /// Why; empty for a lapse.
    pub reason: String,
    /// When the hold lapses, as of this act.
    pub ends: WallTime,
    /// Entry in the log, once there is one.
    pub entry: Option<i64>,
}

/// Who does something to a hold, when and why.
#[derive(Debug, Clone, Copy)]
pub struct HoldAct<'a> {
    /// Full name.
    pub by: &'a str,
    /// When.
    pub at: WallTime,
    /// Why.
    pub reason: &'a str,
}

impl Db {
    /// Places a hold. From its commit on nothing that it covers begins to be deleted. Gives the deletions of its footage
    /// that had begun before and are not folded yet: those parts are not held.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn place_hold(&self, hold: &HoldRow) -> Result<Vec<CertificateRow>, DbError> {
        let mut tx = self.write("place a hold").await?;
        let sql = "INSERT INTO holds (id, class, camera, start_90k, end_90k, reason, owner, placed_by, placed_90k, ends_90k) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        tx.run(
            statement(sql)
                .bind(hold.id)
                .bind(&hold.class)
                .bind(hold.camera)
                .bind(hold.interval.start)
                .bind(hold.interval.end)
                .bind(&hold.reason)
                .bind(&hold.owner)
                .bind(&hold.placed_by)
                .bind(hold.placed)
                .bind(hold.ends),
        )
        .await?;
        let act = HoldAct { by: &hold.placed_by, at: hold.placed, reason: &hold.reason };
        note(&mut tx, hold.id, "placed", act, hold.ends).await?;
        let HoldRow { camera, interval, .. } = hold;
        let question = statement(DELETED_OF).bind(*camera).bind(interval.start - LONGEST).bind(interval.end);
        let gone = all(&tx.rows(question.bind(interval.start)).await?, certificate)?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Moves the end of a standing hold, with a new reason.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when no such hold stands.
    pub async fn extend_hold(&self, hold: HoldId, ends: WallTime, act: HoldAct<'_>) -> Result<(), DbError> {
        let mut tx = self.write("extend a hold").await?;
        let sql = "UPDATE holds SET ends_90k = $2, reason = $3 WHERE id = $1 AND ended_90k IS NULL AND ends_90k < $2";
        if tx.run(statement(sql).bind(hold).bind(ends).bind(act.reason)).await? == 0 {
            return Err(DbError::not_found("such hold to extend"));
        }
        note(&mut tx, hold, "extended", act, ends).await?;
        tx.commit().await
    }

    /// Ends a standing hold before its time. Its footage is looked at by the next sweep.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when no such hold stands.
    pub async fn lift_hold(&self, hold: HoldId, act: HoldAct<'_>) -> Result<(), DbError> {
        let mut tx = self.write("lift a hold").await?;
        let found = tx.row(statement("SELECT * FROM holds WHERE id = $1 AND ended_90k IS NULL").bind(hold)).await?;
        let found = found.ok_or_else(|| DbError::not_found("such hold to lift"))?;
        end(&mut tx, &read(&found)?, "lifted", act).await?;
        tx.commit().await
    }

    /// Ends every hold whose time was over at `now`, which must be proved. Gives how many.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn lapse_holds(&self, now: WallTime) -> Result<u64, DbError> {
        let doing = "let holds lapse";
        if self.rows(doing, statement(LAPSING).bind(now)).await?.is_empty() {
            return Ok(0);
        }
        let mut tx = self.write(doing).await?;
        // Asked again inside: one that was extended meanwhile stands.
        let lapsing = all(&tx.rows(statement(LAPSING).bind(now)).await?, read)?;
        for hold in &lapsing {
            end(&mut tx, hold, "lapsed", HoldAct { by: "the recorder", at: now, reason: "" }).await?;
        }
        tx.commit().await?;
        Ok(lapsing.len() as u64)
    }

    /// Holds that stand, the next to end first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn standing_holds(&self) -> Result<Vec<HoldRow>, DbError> {
        all(&self.rows("read the holds", statement(STANDING)).await?, read)
    }

    /// Holds that ended, the last to end first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn ended_holds(&self, limit: i64) -> Result<Vec<HoldRow>, DbError> {
        all(&self.rows("read the holds that ended", statement(ENDED).bind(limit)).await?, read)
    }

    /// One hold.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn hold(&self, id: HoldId) -> Result<Option<HoldRow>, DbError> {
        let found = self.row("read a hold", statement("SELECT * FROM holds WHERE id = $1").bind(id)).await?;
        found.as_ref().map(read).transpose()
    }

    /// How many segments of a camera overlap an interval and are not being deleted, and their bytes: what a hold covers.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn held_extent(&self, camera: CameraId, interval: WallRange) -> Result<(i64, i64), DbError> {
        let question = statement(EXTENT).bind(camera).bind(interval.start - LONGEST).bind(interval.end);
        let found = self.row("measure held footage", question.bind(interval.start)).await?;
        found.map_or(Ok((0, 0)), |row| Ok((row.integer("segments")?, row.integer("len_bytes")?)))
    }

    /// What was done to a hold, in order.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn hold_acts(&self, hold: HoldId) -> Result<Vec<HoldActRow>, DbError> {
        let question = statement("SELECT * FROM hold_acts WHERE hold = $1 ORDER BY number").bind(hold);
        all(&self.rows("read the acts on a hold", question).await?, act)
    }

    /// Acts that are not in the log yet, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn hold_acts_to_log(&self, limit: i64) -> Result<Vec<HoldActRow>, DbError> {
        all(&self.rows("find acts on holds to log", statement(UNLOGGED).bind(limit)).await?, act)
    }

    /// Notes where an act stands in the log.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn note_hold_logged(&self, hold: HoldId, number: i64, entry: i64) -> Result<(), DbError> {
        let mut tx = self.write("note that an act on a hold is logged").await?;
        let sql = "UPDATE hold_acts SET entry = $3 WHERE hold = $1 AND number = $2";
        tx.run(statement(sql).bind(hold).bind(number).bind(entry)).await?;
        tx.commit().await
    }
}

/// Ends a hold inside a transaction, and has its footage looked at again.
async fn end(tx: &mut Transaction, hold: &HoldRow, outcome: &'static str, act: HoldAct<'_>) -> Result<(), DbError> {
    let sql = "UPDATE holds SET ended_90k = $2, outcome = $3 WHERE id = $1";
    tx.run(statement(sql).bind(hold.id).bind(act.at).bind(outcome)).await?;
    note(tx, hold.id, outcome, act, hold.ends).await?;
    let HoldRow { camera, interval, .. } = hold;
    let again = statement(LOOK_AGAIN).bind(*camera).bind(interval.start - LONGEST).bind(interval.end);
    tx.run(again.bind(interval.start)).await?;
    Ok(())
}

async fn note(
    tx: &mut Transaction,
    hold: HoldId,
    kind: &'static str,
    act: HoldAct<'_>,
    ends: WallTime,
) -> Result<(), DbError> {
    let count = tx.row(statement("SELECT count(*) AS acts FROM hold_acts WHERE hold = $1").bind(hold)).await?;
    let number = count.map_or(Ok(0), |row| row.integer("acts"))?;
    let sql = "INSERT INTO hold_acts (hold, number, act, done_by, at_90k, reason, ends_90k) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let insert = statement(sql).bind(hold).bind(number).bind(kind).bind(act.by).bind(act.at).bind(act.reason);
    tx.run(insert.bind(ends)).await?;
    Ok(())
}

fn read(row: &Row) -> Result<HoldRow, DbError> {
    Ok(HoldRow {
        id: row.id("id", HoldId::from_bytes)?,
        class: row.text("class")?,
        camera: row.id("camera", CameraId::from_bytes)?,
        interval: row.range()?,
        reason: row.text("reason")?,
        owner: row.text("owner")?,
        placed_by: row.text("placed_by")?,
        placed: row.time("placed_90k")?,
        ends: row.time("ends_90k")?,
        ended: row.maybe_time("ended_90k")?.zip(row.maybe_text("outcome")?),
    })
}

fn act(row: &Row) -> Result<HoldActRow, DbError> {
    Ok(HoldActRow {
        hold: row.id("hold", HoldId::from_bytes)?,
        number: row.integer("number")?,
        act: row.text("act")?,
        by: row.text("done_by")?,
        at: row.time("at_90k")?,
        reason: row.text("reason")?,
        ends: row.time("ends_90k")?,
        entry: row.maybe_integer("entry")?,
    })
}
