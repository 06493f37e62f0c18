//! A version of the policy comes into force: what it promises for each camera, and the footage of before that is brought
//! down to a shorter promise (rule 9 of the store: an end of life only ever comes nearer).

use candour_units::{CameraId, PurposeId, StreamId, WallDuration, WallTime};

use crate::cameras::put_purpose;
use crate::column::{Row, all};
use crate::policies::note;
use crate::pool::Transaction;
use crate::statement::statement;
use crate::{Db, DbError, PolicyAct, PurposeRow};

/// Rows of segments are stored within seconds of their beginning, and no segment is longer than five minutes. Footage that
/// began this long around the moment of force is looked at twice, the second time when nothing of it can be missing.
pub const AROUND: WallDuration = WallDuration::from_seconds(900);
/// Footage looked at in one transaction: a day of a stream is 1 440 segments.
const STEP: WallDuration = WallDuration::from_seconds(86_400);

const OF_CAMERA: &str = "SELECT policy_promises.*, forced_90k, ended_90k, hash FROM policy_promises \
     JOIN policy_versions ON policy_versions.number = policy_promises.version WHERE camera = $1 ORDER BY since_90k, version";
/// Those for which there is something to do: not those that only wait until every row around their beginning is stored.
const PENDING: &str = "SELECT * FROM policy_promises WHERE applied_90k IS NULL \
     AND (done_90k IS NULL OR done_90k <= since_90k - $2 OR since_90k < $1) ORDER BY since_90k, camera LIMIT $3";
const SHORTEN: [&str; 2] = [
    "UPDATE segments SET keep_until_90k = start_90k + $2 WHERE stream = $1 AND state = 0 \
     AND start_90k > $3 AND start_90k <= $4 AND keep_until_90k > start_90k + $2 \
     AND purpose IN (SELECT id FROM purposes WHERE word = $5)",
    "UPDATE segments SET keep_until_90k = start_90k + $2 WHERE stream = $1 AND state = 1 \
     AND start_90k > $3 AND start_90k <= $4 AND keep_until_90k > start_90k + $2 \
     AND purpose IN (SELECT id FROM purposes WHERE word = $5)",
];
/// What was found to be still is brought down later, when its moment comes.
const SHORTEN_STILL: &str = "UPDATE segments SET still_until_90k = start_90k + $2 WHERE stream = $1 AND state = 1 \
     AND start_90k > $3 AND start_90k <= $4 AND keep_until_90k > start_90k + $2 AND stillness = 2 \
     AND coalesce(still_until_90k, keep_until_90k) > start_90k + $2 AND purpose IN (SELECT id FROM purposes WHERE word = $5)";
const OLDEST: &str = "SELECT min(start_90k) AS first_90k FROM segments WHERE stream = $1 AND state = 1";

/// What a version gives a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraTerms {
    /// The camera.
    pub camera: CameraId,
    /// The terms, as a purpose that is stored with it.
    pub purpose: PurposeId,
}

/// How long a version lets footage of a camera live that was captured for a purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPromise {
    /// The camera.
    pub camera: CameraId,
    /// What the file calls the purpose.
    pub word: String,
    /// The rule that says how long.
    pub rule: String,
    /// How long.
    pub keep: WallDuration,
    /// How long if nothing moved in it, where the version says so.
    pub still: Option<StillLife>,
}

/// How long footage lives in which nothing moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillLife {
    /// The rule that says so.
    pub rule: String,
    /// How long; shorter than the other life.
    pub keep: WallDuration,
}

impl NewPromise {
    /// The shortest life it gives.
    fn shortest(&self) -> WallDuration {
        self.still.as_ref().map_or(self.keep, |still| still.keep.min(self.keep))
    }
}

/// What a version promised for the footage of a camera that was captured for a purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Number of the version.
    pub version: i64,
    /// What it promised.
    pub of: NewPromise,
    /// Since when it counts.
    pub since: WallTime,
    /// Footage that began up to then was brought down; `None` before the first batch.
    pub done: Option<WallTime>,
    /// When all footage of before was brought down to it.
    pub applied: Option<WallTime>,
}

/// A promise and the time in which its version was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPromise {
    /// The promise.
    pub promise: Promise,
    /// SHA-256 of the version's text.
    pub hash: candour_units::Hash,
    /// Until when the version was in force; `None` while it is.
    pub until: Option<WallTime>,
}

/// A version that comes into force.
#[derive(Debug, Clone)]
pub struct ComingIntoForce<'a> {
    /// Its number.
    pub number: i64,
    /// Its purposes, each with the terms of some cameras.
    pub purposes: &'a [PurposeRow],
    /// What it gives each camera of the site that it names; the others record nothing from now on.
    pub terms: &'a [CameraTerms],
    /// What it promises for footage: that of these terms, and that of earlier ones.
    pub promises: &'a [NewPromise],
}

impl Db {
    /// Brings an approved version into force, with everything that follows from it in one transaction: the one before is
    /// superseded, its purposes are stored, each camera of the site gets its terms or none. Footage of before is brought down
    /// by [`Self::bring_down`].
    ///
    /// # Errors
    /// [`DbError::NotFound`] when no such version is approved: it was withdrawn meanwhile.
    pub async fn force_policy(&self, coming: &ComingIntoForce<'_>, act: PolicyAct<'_>) -> Result<(), DbError> {
        let mut tx = self.write("bring a policy into force").await?;
        let before = tx.row(statement("SELECT number FROM policy_versions WHERE state = 'in_force'")).await?;
        if let Some(before) = before.map(|row| row.integer("number")).transpose()? {
            let sql = "UPDATE policy_versions SET state = 'superseded', ended_90k = $2 WHERE number = $1";
            tx.run(statement(sql).bind(before).bind(act.at)).await?;
            let detail = format!("{{\"by_version\":{}}}", coming.number);
            note(&mut tx, before, "superseded", PolicyAct { detail: &detail, ..act }).await?;
        }
        let sql =
            "UPDATE policy_versions SET state = 'in_force', forced_90k = $2 WHERE number = $1 AND state = 'approved'";
        if tx.run(statement(sql).bind(coming.number).bind(act.at)).await? == 0 {
            return Err(DbError::not_found("such approved version of the policy"));
        }
        for purpose in coming.purposes {
            put_purpose(&mut tx, purpose).await?;
        }
        // A camera without terms keeps what its footage was promised; it only records no more.
        tx.run(statement("UPDATE cameras SET purpose = NULL WHERE removed_90k IS NULL")).await?;
        for terms in coming.terms {
            let sql = "UPDATE cameras SET purpose = $2 WHERE id = $1";
            tx.run(statement(sql).bind(terms.camera).bind(terms.purpose)).await?;
        }
        for promise in coming.promises {
            put_promise(&mut tx, coming.number, promise, act.at).await?;
        }
        note(&mut tx, coming.number, "in_force", act).await?;
        tx.commit().await
    }

    /// Gives a camera that came to the site, or got another name, its terms under the version in force, or none.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn give_terms(
        &self,
        version: i64,
        camera: CameraId,
        purpose: Option<&PurposeRow>,
        promises: &[NewPromise],
        at: WallTime,
    ) -> Result<(), DbError> {
        let mut tx = self.write("give a camera its purpose").await?;
        if let Some(purpose) = purpose {
            let known = statement("SELECT id FROM purposes WHERE id = $1").bind(purpose.id);
            if tx.row(known).await?.is_none() {
                put_purpose(&mut tx, purpose).await?;
            }
        }
        let sql = "UPDATE cameras SET purpose = $2 WHERE id = $1";
        tx.run(statement(sql).bind(camera).bind(purpose.map(|purpose| purpose.id))).await?;
        for promise in promises {
            put_promise(&mut tx, version, promise, at).await?;
        }
        tx.commit().await
    }

    /// The purposes for which footage of each camera may have been captured, by their names in the file; removed cameras too.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn promised_words(&self) -> Result<Vec<(CameraId, String, String)>, DbError> {
        let sql = "SELECT DISTINCT cameras.id, cameras.name, word FROM policy_promises \
                   JOIN cameras ON cameras.id = policy_promises.camera ORDER BY cameras.name, word";
        all(&self.rows("find what cameras recorded for", statement(sql)).await?, |row| {
            Ok((row.id("id", CameraId::from_bytes)?, row.text("name")?, row.text("word")?))
        })
    }

    /// What was ever promised for a camera, the oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn promises_of(&self, camera: CameraId) -> Result<Vec<PastPromise>, DbError> {
        let question = statement(OF_CAMERA).bind(camera);
        all(&self.rows("read what was promised for a camera", question).await?, |row| {
            Ok(PastPromise { promise: promise(row)?, hash: row.hash("hash")?, until: row.maybe_time("ended_90k")? })
        })
    }

    /// Promises with footage of before that can be brought down at `now`, the earliest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn promises_to_keep(&self, now: WallTime, limit: i64) -> Result<Vec<Promise>, DbError> {
        let question = statement(PENDING).bind(now - AROUND).bind(AROUND).bind(limit);
        all(&self.rows("find promises to keep", question).await?, promise)
    }

    /// Takes a promise one step further: a day of footage of the camera's streams is brought down to it. Interrupted at any
    /// point it goes on there; asked again it changes nothing. What began around the moment of force is looked at once at
    /// once, and again `AROUND` later. Gives how many segments it shortened.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn bring_down(&self, promise: &Promise, now: WallTime) -> Result<u64, DbError> {
        let mut tx = self.write("shorten the life of footage").await?;
        let streams = tx.rows(statement("SELECT id FROM streams WHERE camera = $1").bind(promise.of.camera)).await?;
        let streams = all(&streams, |row| row.id("id", StreamId::from_bytes))?;
        let (quiet, last) = (promise.since - AROUND, promise.since + AROUND);
        let from = match promise.done {
            Some(done) => done,
            None => oldest(&mut tx, &streams).await?.unwrap_or(quiet) - WallDuration::from_ticks(1),
        };
        let mut changed = 0;
        if from < quiet {
            let to = quiet.min(from + STEP);
            changed += shorten(&mut tx, &streams, &promise.of, from, to).await?;
            mark(&mut tx, promise, to, None).await?;
        } else {
            changed += shorten(&mut tx, &streams, &promise.of, quiet, last).await?;
            let applied = (now > last).then_some(now);
            mark(&mut tx, promise, from.max(quiet + WallDuration::from_ticks(1)), applied).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }
}

/// Stores a promise. Footage of before need be looked at only where it is shorter than the last one for the same camera and
/// purpose: whatever that one was given is no longer than it by now, or will be.
async fn put_promise(tx: &mut Transaction, version: i64, promise: &NewPromise, at: WallTime) -> Result<(), DbError> {
    let NewPromise { camera, word, rule, keep, still } = promise;
    let sql = "SELECT keep_90k, still_90k FROM policy_promises WHERE camera = $1 AND word = $2 \
               ORDER BY since_90k DESC, version DESC LIMIT 1";
    let earlier = tx.row(statement(sql).bind(*camera).bind(word)).await?;
    let lives = |row: &Row| -> Result<(i64, i64), DbError> {
        let keep = row.integer("keep_90k")?;
        Ok((keep, row.maybe_integer("still_90k")?.map_or(keep, |still| still.min(keep))))
    };
    let earlier = earlier.as_ref().map(lives).transpose()?;
    let is_no_longer = |(earlier, still): (i64, i64)| earlier <= keep.ticks() && still <= promise.shortest().ticks();
    let applied = earlier.is_none_or(is_no_longer).then_some(at);
    let sql = "INSERT INTO policy_promises (version, camera, word, rule, keep_90k, since_90k, applied_90k, still_rule, still_90k) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (camera, word, since_90k, version) DO NOTHING";
    let insert = statement(sql).bind(version).bind(*camera).bind(word).bind(rule).bind(*keep).bind(at).bind(applied);
    let insert = insert.bind(still.as_ref().map(|still| &still.rule)).bind(still.as_ref().map(|still| still.keep));
    tx.run(insert).await?;
    Ok(())
}

async fn oldest(tx: &mut Transaction, streams: &[StreamId]) -> Result<Option<WallTime>, DbError> {
    let mut oldest: Option<WallTime> = None;
    for stream in streams {
        let row = tx.row(statement(OLDEST).bind(*stream)).await?;
        let first = row.map(|row| row.maybe_time("first_90k")).transpose()?.flatten();
        oldest = [oldest, first].into_iter().flatten().min();
    }
    Ok(oldest)
}

async fn shorten(
    tx: &mut Transaction,
    streams: &[StreamId],
    of: &NewPromise,
    from: WallTime,
    to: WallTime,
) -> Result<u64, DbError> {
    let mut changed = 0;
    for stream in streams {
        for sql in SHORTEN {
            let shorten = statement(sql).bind(*stream).bind(of.keep).bind(from).bind(to);
            changed += tx.run(shorten.bind(&of.word)).await?;
        }
        if let Some(still) = &of.still {
            let shorten = statement(SHORTEN_STILL).bind(*stream).bind(still.keep).bind(from).bind(to);
            changed += tx.run(shorten.bind(&of.word)).await?;
        }
    }
    Ok(changed)
}

async fn mark(
    tx: &mut Transaction,
    promise: &Promise,
    done: WallTime,
    applied: Option<WallTime>,
) -> Result<(), DbError> {
    let sql = "UPDATE policy_promises SET done_90k = $5, applied_90k = $6 \
               WHERE camera = $1 AND word = $2 AND since_90k = $3 AND version = $4";
    let update = statement(sql).bind(promise.of.camera).bind(&promise.of.word).bind(promise.since);
    tx.run(update.bind(promise.version).bind(done).bind(applied)).await?;
    Ok(())
}

fn promise(row: &Row) -> Result<Promise, DbError> {
    Ok(Promise {
        version: row.integer("version")?,
        of: NewPromise {
            camera: row.id("camera", CameraId::from_bytes)?,
            word: row.text("word")?,
            rule: row.text("rule")?,
            keep: WallDuration::from_ticks(row.integer("keep_90k")?),
            still: match (row.maybe_text("still_rule")?, row.maybe_integer("still_90k")?) {
                (Some(rule), Some(keep)) => Some(StillLife { rule, keep: WallDuration::from_ticks(keep) }),
                _ => None,
            },
        },
        since: row.time("since_90k")?,
        done: row.maybe_time("done_90k")?,
        applied: row.maybe_time("applied_90k")?,
    })
}
