//! Deletions and what remains of them. Not rebuildable from files, for there are none any more: durable at once.

use candour_units::{CameraId, Hash, PurposeId, SegmentId, StreamId, WallDuration, WallRange, WallTime};

use crate::catalogue::{LONGEST, segment};
use crate::column::{Row, all};
use crate::pool::Transaction;
use crate::statement::statement;
use crate::{Db, DbError, SegmentRow, SegmentState};

const PUT_CERTIFICATE: &str = "INSERT INTO certificates (segment, camera, stream, start_90k, end_90k, len_bytes, rule, \
     step, due_90k, intended_90k, unreadable_90k, unlinked_90k, backups_until_90k, entry, failing, storage, rule_id, \
     purpose, policy, sealed_digest) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
     ON CONFLICT (segment) DO UPDATE SET step = excluded.step, unreadable_90k = excluded.unreadable_90k, \
     unlinked_90k = excluded.unlinked_90k, backups_until_90k = excluded.backups_until_90k, entry = excluded.entry, \
     failing = excluded.failing WHERE excluded.step >= certificates.step";
// Pages of a walk: what failed a moment ago is passed by and comes again in the next walk.
const UNFINISHED: &str = "SELECT * FROM certificates WHERE step < 3 AND intended_90k >= $1 \
     AND (intended_90k > $1 OR segment > $2) ORDER BY intended_90k, segment LIMIT $3";
const OF_SEGMENT: &str = "SELECT * FROM certificates WHERE segment = $1";
const NEWEST: &str = "SELECT * FROM certificates ORDER BY intended_90k DESC LIMIT $1";
const LAST_DESTROYED: &str = "SELECT unreadable_90k FROM certificates WHERE unreadable_90k IS NOT NULL \
     ORDER BY unreadable_90k DESC LIMIT 1";
const DELETED_IN: &str = "SELECT * FROM certificates \
     WHERE stream = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 ORDER BY start_90k";
const HELD: &str = "SELECT count(*) AS held FROM holds WHERE ended_90k IS NULL AND camera = $1 \
     AND start_90k < $2 AND end_90k > $3";

/// The setting that keeps every deletion from beginning, whatever its value: after a restore or a rebuild holds may be
/// missing, so footage stays until two people say there were none (rule 8 of the store).
pub const DELETION_OFF: &str = "deletion_off_until_holds_confirmed";

/// What became of an order to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// The deletion has begun, now or before.
    Begun(Box<CertificateRow>),
    /// A hold covers it: it stays.
    Held,
    /// There is no such closed segment, or it was closed after the order was written, which is to be written anew.
    NotThere,
    /// No deletion may begin ([`DELETION_OFF`]).
    Off,
}

/// How far a deletion has come; each step is durable before the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeletionStep {
    /// Decided, with its rule.
    Intended,
    /// Its key is destroyed.
    KeyDestroyed,
    /// Its file is unlinked.
    Unlinked,
    /// Its certificate is in the log.
    Certified,
}

impl DeletionStep {
    const NUMBERS: [(i64, Self); 4] =
        [(0, Self::Intended), (1, Self::KeyDestroyed), (2, Self::Unlinked), (3, Self::Certified)];

    const fn number(self) -> i64 {
        self as i64
    }
}

/// What remains of a deleted segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRow {
    /// The segment.
    pub segment: SegmentId,
    /// Its camera.
    pub camera: CameraId,
    /// Its stream.
    pub stream: StreamId,
    /// What it covered.
    pub interval: WallRange,
    /// Bytes destroyed.
    pub len_bytes: i64,
    /// The rule that ended it, in words, with the purpose.
    pub rule: String,
    /// How far it has come.
    pub step: DeletionStep,
    /// When it was due.
    pub due: WallTime,
    /// When it was decided.
    pub intended_at: WallTime,
    /// When the key was destroyed.
    pub unreadable_at: Option<WallTime>,
    /// When the file was unlinked.
    pub unlinked_at: Option<WallTime>,
    /// Until when a keyring backup may still open a copy.
    pub backups_until: Option<WallTime>,
    /// Entry in the log.
    pub entry: Option<i64>,
    /// Why it did not get further, when it failed; retried.
    pub failing: Option<String>,
    /// Number of the storage directory its file lay in.
    pub storage: i64,
    /// The rule as a stable word.
    pub rule_id: String,
    /// The purpose it was captured for; `None` in rows of the first recorders.
    pub purpose: Option<PurposeId>,
    /// Digest of the policy version it was captured under.
    pub policy: Option<Hash>,
    /// Digest over its ciphertext; `None` where it was never whole.
    pub sealed_digest: Option<Hash>,
}

impl Db {
    /// Begins deletions, all those that may in one durable transaction: from its commit on nobody reads these segments and no
    /// hold can be placed on them. Whether a hold covers one is asked inside, so that neither can pass the other.
    ///
    /// # Errors
    /// [`DbError::Sql`]; then none has begun.
    pub async fn begin_deletions(&self, orders: &[CertificateRow]) -> Result<Vec<Intent>, DbError> {
        let mut tx = self.write("begin deletions").await?;
        let off = tx.row(statement("SELECT value FROM settings WHERE name = $1").bind(DELETION_OFF)).await?.is_some();
        let mut intents = Vec::with_capacity(orders.len());
        for order in orders {
            intents.push(begin(&mut tx, order, off).await?);
        }
        tx.commit().await?;
        Ok(intents)
    }

    /// Stores or replaces deletions as far as they have come, in one durable transaction, and moves the segments' states
    /// with them: deleting once intended, deleted once the file is unlinked. A step never goes back.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_certificates(&self, rows: &[CertificateRow]) -> Result<(), DbError> {
        let mut tx = self.write("store deletions").await?;
        for row in rows {
            put(&mut tx, row).await?;
        }
        tx.commit().await
    }

    /// As [`Self::put_certificates`], for one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_certificate(&self, row: &CertificateRow) -> Result<(), DbError> {
        self.put_certificates(std::slice::from_ref(row)).await
    }

    /// Deletions that have not reached their certificate, in the order they were decided, from the one behind `after` on.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn unfinished_deletions(
        &self,
        after: Option<(WallTime, SegmentId)>,
        limit: i64,
    ) -> Result<Vec<CertificateRow>, DbError> {
        let (time, segment) = after.unwrap_or((WallTime::from_ticks(i64::MIN), SegmentId::from_bytes([0; 16])));
        let question = statement(UNFINISHED).bind(time).bind(segment).bind(limit);
        all(&self.rows("find unfinished deletions", question).await?, certificate)
    }

    /// How many deletions have begun and not reached their certificate.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn count_unfinished(&self) -> Result<i64, DbError> {
        let question = statement("SELECT count(*) AS unfinished FROM certificates WHERE step < 3");
        let found = self.row("count unfinished deletions", question).await?;
        found.map_or(Ok(0), |row| row.integer("unfinished"))
    }

    /// When a key was destroyed last; `None` before the first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn last_destruction(&self) -> Result<Option<WallTime>, DbError> {
        let found = self.row("find the last destruction", statement(LAST_DESTROYED)).await?;
        found.map(|row| row.time("unreadable_90k")).transpose()
    }

    /// Certificates, newest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn certificates(&self, limit: i64) -> Result<Vec<CertificateRow>, DbError> {
        all(&self.rows("read the certificates", statement(NEWEST).bind(limit)).await?, certificate)
    }

    /// Deletions of a stream that overlap `range`, however far they have come, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn deleted_in(&self, stream: StreamId, range: WallRange) -> Result<Vec<CertificateRow>, DbError> {
        let question = statement(DELETED_IN).bind(stream).bind(range.start - LONGEST).bind(range.end).bind(range.start);
        all(&self.rows("find deleted footage", question).await?, certificate)
    }

    /// The deletion of one segment, however far it has come.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn certificate(&self, segment: SegmentId) -> Result<Option<CertificateRow>, DbError> {
        let found = self.row("read a certificate", statement(OF_SEGMENT).bind(segment)).await?;
        found.as_ref().map(certificate).transpose()
    }
}

async fn begin(tx: &mut Transaction, order: &CertificateRow, off: bool) -> Result<Intent, DbError> {
    if let Some(begun) = tx.row(statement(OF_SEGMENT).bind(order.segment)).await? {
        return Ok(Intent::Begun(Box::new(certificate(&begun)?)));
    }
    if off {
        return Ok(Intent::Off);
    }
    let found = tx.row(statement("SELECT * FROM segments WHERE id = $1").bind(order.segment)).await?;
    // One that was read while it was being written, and closed since, is longer now than the order says: its certificate would
    // name too little, and a hold on the rest would be passed over.
    let is_as_ordered = |row: &SegmentRow| {
        row.state == SegmentState::Closed && (row.start, row.end) == (order.interval.start, order.interval.end)
    };
    if !found.as_ref().map(segment).transpose()?.as_ref().is_some_and(is_as_ordered) {
        return Ok(Intent::NotThere);
    }
    // A segment without length is where it starts (`Hold::covers` in `policy` says the same).
    let end = order.interval.end.max(order.interval.start + WallDuration::from_ticks(1));
    let held = tx.row(statement(HELD).bind(order.camera).bind(end).bind(order.interval.start)).await?;
    if held.map_or(Ok(0), |row| row.integer("held"))? > 0 {
        return Ok(Intent::Held);
    }
    put(tx, order).await?;
    Ok(Intent::Begun(Box::new(order.clone())))
}

async fn put(tx: &mut Transaction, row: &CertificateRow) -> Result<(), DbError> {
    tx.run(
        statement(PUT_CERTIFICATE)
            .bind(row.segment)
            .bind(row.camera)
            .bind(row.stream)
            .bind(row.interval.start)
            .bind(row.interval.end)
            .bind(row.len_bytes)
            .bind(&row.rule)
            .bind(row.step.number())
            .bind(row.due)
            .bind(row.intended_at)
            .bind(row.unreadable_at)
            .bind(row.unlinked_at)
            .bind(row.backups_until)
            .bind(row.entry)
            .bind(row.failing.as_ref())
            .bind(row.storage)
            .bind(&row.rule_id)
            .bind(row.purpose)
            .bind(row.policy.as_ref())
            .bind(row.sealed_digest.as_ref()),
    )
    .await?;
    let state = if row.step >= DeletionStep::Unlinked { 3_i64 } else { 2 };
    tx.run(statement("UPDATE segments SET state = $2 WHERE id = $1 AND state < $2").bind(row.segment).bind(state))
        .await?;
    Ok(())
}

pub(crate) fn certificate(row: &Row) -> Result<CertificateRow, DbError> {
    Ok(CertificateRow {
        segment: row.id("segment", SegmentId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        stream: row.id("stream", StreamId::from_bytes)?,
        interval: row.range()?,
        len_bytes: row.integer("len_bytes")?,
        rule: row.text("rule")?,
        step: row.numbered("step", &DeletionStep::NUMBERS)?,
        due: row.time("due_90k")?,
        intended_at: row.time("intended_90k")?,
        unreadable_at: row.maybe_time("unreadable_90k")?,
        unlinked_at: row.maybe_time("unlinked_90k")?,
        backups_until: row.maybe_time("backups_until_90k")?,
        entry: row.maybe_integer("entry")?,
        failing: row.maybe_text("failing")?,
        storage: row.integer("storage")?,
        rule_id: row.text("rule_id")?,
        purpose: row.maybe_id("purpose", PurposeId::from_bytes)?,
        policy: row.maybe_hash("policy")?,
        sealed_digest: row.maybe_hash("sealed_digest")?,
    })
}
