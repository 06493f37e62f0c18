//! Deletions and what remains of them. Not rebuildable from files, for there are none any more: durable at once.

use candour_units::{CameraId, SegmentId, StreamId, WallRange, WallTime};

use crate::catalogue::LONGEST;
use crate::column::{Row, all};
use crate::statement::statement;
use crate::{Db, DbError};

const PUT_CERTIFICATE: &str = "INSERT INTO certificates (segment, camera, stream, start_90k, end_90k, len_bytes, rule, \
     step, due_90k, intended_90k, unreadable_90k, unlinked_90k, backups_until_90k, entry, failing) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
     ON CONFLICT (segment) DO UPDATE SET step = excluded.step, unreadable_90k = excluded.unreadable_90k, \
     unlinked_90k = excluded.unlinked_90k, backups_until_90k = excluded.backups_until_90k, entry = excluded.entry, \
     failing = excluded.failing WHERE excluded.step >= certificates.step";
const UNFINISHED: &str = "SELECT * FROM certificates WHERE step < 3 ORDER BY intended_90k";
const NEWEST: &str = "SELECT * FROM certificates ORDER BY intended_90k DESC LIMIT $1";
const DELETED_IN: &str = "SELECT * FROM certificates \
     WHERE stream = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 ORDER BY start_90k";

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
}

impl Db {
    /// Stores or replaces a deletion as far as it has come, and moves the segment's state with it: deleting once
    /// intended, deleted once the file is unlinked. A step never goes back.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn put_certificate(&self, row: &CertificateRow) -> Result<(), DbError> {
        let mut tx = self.write("store a deletion").await?;
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
                .bind(row.failing.as_ref()),
        )
        .await?;
        let state = if row.step >= DeletionStep::Unlinked { 3_i64 } else { 2 };
        tx.run(statement("UPDATE segments SET state = $2 WHERE id = $1 AND state < $2").bind(row.segment).bind(state))
            .await?;
        tx.commit().await
    }
    /// Deletions that have not reached their certificate, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn unfinished_deletions(&self) -> Result<Vec<CertificateRow>, DbError> {
        all(&self.rows("find unfinished deletions", statement(UNFINISHED)).await?, certificate)
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
        all(
            &self
                .rows(
                    "find deleted footage",
                    statement(DELETED_IN).bind(stream).bind(range.start - LONGEST).bind(range.end).bind(range.start),
                )
                .await?,
            certificate,
        )
    }

    /// The deletion of one segment, however far it has come.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn certificate(&self, segment: SegmentId) -> Result<Option<CertificateRow>, DbError> {
        let found = self
            .row("read a certificate", statement("SELECT * FROM certificates WHERE segment = $1").bind(segment))
            .await?;
        found.as_ref().map(certificate).transpose()
    }
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
    })
}
