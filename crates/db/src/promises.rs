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
     AND start_90k > $3 AND start_90k <= $4 AND keep_until_90k > start_90k + $2",
    "UPDATE segments SET keep_until_90k = start_90k + $2 WHERE stream = $1 AND state = 1 \
     AND start_90k > $3 AND start_90k <= $4 AND keep_until_90k > start_90k + $2",
];
const OLDEST: &str = "SELECT min(start_90k) AS first_90k FROM segments WHERE stream = $1 AND state = 1";

/// What a version gives a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraTerms {
    /// The camera.
    pub camera: CameraId,
    /// The terms, as a purpose that is stored with it.
    pub purpose: PurposeId,
    /// How long its footage lives.
    pub keep: WallDuration,
}

/// What a version promised for a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Number of the version.
    pub version: i64,
    /// The camera.
    pub camera: CameraId,
    /// The terms it gave the camera.
    pub purpose: PurposeId,
    /// How long footage lives.
    pub keep: WallDuration,
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
        let earlier = earlier_keeps(&mut tx).await?;
        tx.run(statement("UPDATE cameras SET purpose = NULL WHERE removed_90k IS NULL")).await?;
        for terms in coming.terms {
            let earlier = earlier.iter().find(|(camera, _)| *camera == terms.camera).and_then(|(_, keep)| *keep);
            give(&mut tx, coming.number, terms, act.at, earlier).await?;
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
        given: Option<(&PurposeRow, WallDuration)>,
        at: WallTime,
    ) -> Result<(), DbError> {
        let mut tx = self.write("give a camera its purpose").await?;
        let earlier = earlier_keep(&mut tx, camera).await?;
        tx.run(statement("UPDATE cameras SET purpose = NULL WHERE id = $1").bind(camera)).await?;
        if let Some((purpose, keep)) = given {
            let known = statement("SELECT id FROM purposes WHERE id = $1").bind(purpose.id);
            if tx.row(known).await?.is_none() {
                put_purpose(&mut tx, purpose).await?;
            }
            give(&mut tx, version, &CameraTerms { camera, purpose: purpose.id, keep }, at, earlier).await?;
        }
        tx.commit().await
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
    pub async fn bring_down(&self, of: &Promise, now: WallTime) -> Result<u64, DbError> {
        let mut tx = self.write("shorten the life of footage").await?;
        let streams = tx.rows(statement("SELECT id FROM streams WHERE camera = $1").bind(of.camera)).await?;
        let streams = all(&streams, |row| row.id("id", StreamId::from_bytes))?;
        let (quiet, last) = (of.since - AROUND, of.since + AROUND);
        let from = match of.done {
            Some(done) => done,
            None => oldest(&mut tx, &streams).await?.unwrap_or(quiet) - WallDuration::from_ticks(1),
        };
        let mut changed = 0;
        if from < quiet {
            let to = quiet.min(from + STEP);
            changed += shorten(&mut tx, &streams, of.keep, from, to).await?;
            mark(&mut tx, of, to, None).await?;
        } else {
            changed += shorten(&mut tx, &streams, of.keep, quiet, last).await?;
            let applied = (now > last).then_some(now);
            mark(&mut tx, of, from.max(quiet + WallDuration::from_ticks(1)), applied).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }
}

/// The shortest that footage of this camera may have been promised last, if any was.
async fn earlier_keep(tx: &mut Transaction, camera: CameraId) -> Result<Option<WallDuration>, DbError> {
    let sql = "SELECT keep_90k FROM policy_promises WHERE camera = $1 ORDER BY since_90k DESC, version DESC LIMIT 1";
    if let Some(row) = tx.row(statement(sql).bind(camera)).await? {
        return Ok(Some(WallDuration::from_ticks(row.integer("keep_90k")?)));
    }
    let sql = "SELECT keep_90k FROM cameras JOIN purposes ON purposes.id = cameras.purpose WHERE cameras.id = $1";
    let found = tx.row(statement(sql).bind(camera)).await?;
    found.map(|row| Ok(WallDuration::from_ticks(row.integer("keep_90k")?))).transpose()
}

async fn earlier_keeps(tx: &mut Transaction) -> Result<Vec<(CameraId, Option<WallDuration>)>, DbError> {
    let rows = tx.rows(statement("SELECT id FROM cameras WHERE removed_90k IS NULL")).await?;
    let mut keeps = Vec::with_capacity(rows.len());
    for camera in all(&rows, |row| row.id("id", CameraId::from_bytes))? {
        keeps.push((camera, earlier_keep(tx, camera).await?));
    }
    Ok(keeps)
}

/// Points the camera at its terms and stores the promise. Footage of before need be looked at only where the promise is
/// shorter than the last: whatever that one was given is no longer than it by now, or will be.
async fn give(
    tx: &mut Transaction,
    version: i64,
    terms: &CameraTerms,
    at: WallTime,
    earlier: Option<WallDuration>,
) -> Result<(), DbError> {
    tx.run(statement("UPDATE cameras SET purpose = $2 WHERE id = $1").bind(terms.camera).bind(terms.purpose)).await?;
    let applied = earlier.is_some_and(|earlier| earlier <= terms.keep).then_some(at);
    let sql = "INSERT INTO policy_promises (version, camera, purpose, keep_90k, since_90k, applied_90k) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (camera, since_90k, version) DO NOTHING";
    let insert = statement(sql).bind(version).bind(terms.camera).bind(terms.purpose).bind(terms.keep);
    tx.run(insert.bind(at).bind(applied)).await?;
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
    keep: WallDuration,
    from: WallTime,
    to: WallTime,
) -> Result<u64, DbError> {
    let mut changed = 0;
    for stream in streams {
        for sql in SHORTEN {
            changed += tx.run(statement(sql).bind(*stream).bind(keep).bind(from).bind(to)).await?;
        }
    }
    Ok(changed)
}

async fn mark(tx: &mut Transaction, of: &Promise, done: WallTime, applied: Option<WallTime>) -> Result<(), DbError> {
    let sql = "UPDATE policy_promises SET done_90k = $4, applied_90k = $5 \
               WHERE camera = $1 AND since_90k = $2 AND version = $3";
    tx.run(statement(sql).bind(of.camera).bind(of.since).bind(of.version).bind(done).bind(applied)).await?;
    Ok(())
}

fn promise(row: &Row) -> Result<Promise, DbError> {
    Ok(Promise {
        version: row.integer("version")?,
        camera: row.id("camera", CameraId::from_bytes)?,
        purpose: row.id("purpose", PurposeId::from_bytes)?,
        keep: WallDuration::from_ticks(row.integer("keep_90k")?),
        since: row.time("since_90k")?,
        done: row.maybe_time("done_90k")?,
        applied: row.maybe_time("applied_90k")?,
    })
}
