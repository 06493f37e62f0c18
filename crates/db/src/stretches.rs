//! What remains here of footage that is deleted and certified: stretches of at most a day, not a row for each segment.
//!
//! A thousand streams delete 1.4 million segments a day. Each has its certificate in the log; here their rows are folded
//! into stretches, so that "what was deleted, when, by which rule" is answered for 13 months from few rows.

use candour_units::{CameraId, StreamId, WallDuration, WallRange, WallTime};

use crate::certificates::certificate;
use crate::column::{Row, all};
use crate::pool::Transaction;
use crate::statement::statement;
use crate::{CertificateRow, Db, DbError, DeletionStep};

/// No stretch is longer (the table checks it).
const LONGEST: WallDuration = WallDuration::from_seconds(86_400);
/// Segments of a run that lie no further apart are one stretch: rounding, not footage of another fate.
const JOINT: i64 = 1;

/// Certified in every part, and no row says that the segment still is.
const PRUNABLE: &str = "SELECT * FROM certificates WHERE step = 3 AND intended_90k < $1 \
     AND entry IS NOT NULL AND unreadable_90k IS NOT NULL AND unlinked_90k IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM segments WHERE segments.id = certificates.segment AND segments.state < 3) \
     ORDER BY intended_90k LIMIT $2";
const BEFORE: &str =
    "SELECT * FROM deleted_stretches WHERE stream = $1 AND start_90k <= $2 ORDER BY start_90k DESC LIMIT 1";
const PUT: &str = "INSERT INTO deleted_stretches (stream, start_90k, entry_first, end_90k, entry_last, camera, rule, \
     segments, len_bytes, unreadable_first_90k, unlinked_last_90k, backups_until_90k) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const STRETCHES_IN: &str = "SELECT * FROM deleted_stretches \
     WHERE stream = $1 AND start_90k > $2 AND start_90k < $3 AND end_90k > $4 ORDER BY start_90k";

/// Deleted footage of one stream, one rule and at most a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedStretch {
    /// Of which stream.
    pub stream: StreamId,
    /// Of which camera.
    pub camera: CameraId,
    /// What it covered, without a hole.
    pub interval: WallRange,
    /// The rule that ended it, in words, with the purpose.
    pub rule: String,
    /// Segments deleted in it.
    pub segments: i64,
    /// Bytes destroyed in it.
    pub len_bytes: i64,
    /// When the first of its keys was destroyed.
    pub unreadable_first: WallTime,
    /// When the last of its files was unlinked.
    pub unlinked_last: WallTime,
    /// Until when a keyring backup may still open a copy of any of it.
    pub backups_until: Option<WallTime>,
    /// Positions in the log of its first and last certificate; certificates of other footage lie between them.
    pub entries: (i64, i64),
}

impl DeletedStretch {
    /// What a certificate becomes; `None` unless every step of it is told.
    fn of(row: &CertificateRow) -> Option<Self> {
        let entry = row.entry.filter(|_| row.step == DeletionStep::Certified)?;
        Some(Self {
            stream: row.stream,
            camera: row.camera,
            interval: row.interval,
            rule: row.rule.clone(),
            segments: 1,
            len_bytes: row.len_bytes,
            unreadable_first: row.unreadable_at?,
            unlinked_last: row.unlinked_at?,
            backups_until: row.backups_until,
            entries: (entry, entry),
        })
    }

    /// Whether `next` goes on where this ends, under the same rule, within a day.
    fn is_continued_by(&self, next: &Self) -> bool {
        let apart = (next.interval.start - self.interval.end).ticks();
        (0..=JOINT).contains(&apart)
            && next.interval.end - self.interval.start <= LONGEST
            && (self.stream, self.camera, &self.rule) == (next.stream, next.camera, &next.rule)
    }

    fn take(&mut self, next: &Self) {
        self.interval.end = next.interval.end;
        self.segments += next.segments;
        self.len_bytes += next.len_bytes;
        self.unreadable_first = self.unreadable_first.min(next.unreadable_first);
        self.unlinked_last = self.unlinked_last.max(next.unlinked_last);
        self.backups_until = self.backups_until.max(next.backups_until);
        self.entries = (self.entries.0.min(next.entries.0), self.entries.1.max(next.entries.1));
    }
}

/// Joins what touches; `stretches` ordered by stream and start.
fn fold(stretches: impl IntoIterator<Item = DeletedStretch>) -> Vec<DeletedStretch> {
    let mut folded: Vec<DeletedStretch> = Vec::new();
    for next in stretches {
        match folded.last_mut() {
            Some(last) if last.is_continued_by(&next) => last.take(&next),
            _ => folded.push(next),
        }
    }
    folded
}

impl Db {
    /// Folds certificates of deletions decided before `before` into stretches and forgets their rows and their segments'
    /// rows, at most `limit` of them, the oldest first. What is not certified in every part stays. Gives how many it
    /// folded.
    ///
    /// # Errors
    /// [`DbError::Sql`]; then nothing was folded.
    pub async fn fold_deleted(&self, before: WallTime, limit: i64) -> Result<usize, DbError> {
        let mut tx = self.write("fold what was deleted").await?;
        let rows = all(&tx.rows(statement(PRUNABLE).bind(before).bind(limit)).await?, certificate)?;
        let mut certified: Vec<_> =
            rows.iter().filter_map(|row| DeletedStretch::of(row).map(|stretch| (row.segment, stretch))).collect();
        certified.sort_by_key(|(_, stretch)| (stretch.stream, stretch.interval.start, stretch.entries.0));
        for (segment, _) in &certified {
            tx.run(statement("DELETE FROM certificates WHERE segment = $1 AND step = 3").bind(*segment)).await?;
            tx.run(statement("DELETE FROM segments WHERE id = $1 AND state = 3").bind(*segment)).await?;
        }
        let count = certified.len();
        for stretch in fold(certified.into_iter().map(|(_, stretch)| stretch)) {
            put_stretch(&mut tx, stretch).await?;
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Deleted stretches of a stream that overlap `range`, oldest first. Deletions not folded yet are in
    /// [`Db::deleted_in`].
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn deleted_stretches_in(
        &self,
        stream: StreamId,
        range: WallRange,
    ) -> Result<Vec<DeletedStretch>, DbError> {
        let question = statement(STRETCHES_IN).bind(stream).bind(range.start - LONGEST - WallDuration::from_ticks(1));
        let rows = self.rows("find deleted footage", question.bind(range.end).bind(range.start)).await?;
        all(&rows, stretch)
    }

    /// Forgets stretches whose last file was unlinked before `before`; their certificates stay in the log. Gives how many.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn forget_stretches(&self, before: WallTime) -> Result<u64, DbError> {
        let mut tx = self.write("forget old deletions").await?;
        let forgotten =
            tx.run(statement("DELETE FROM deleted_stretches WHERE unlinked_last_90k < $1").bind(before)).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}

/// Adds a stretch, or lengthens the stored one that it goes on from.
async fn put_stretch(tx: &mut Transaction, mut new: DeletedStretch) -> Result<(), DbError> {
    let found = tx.row(statement(BEFORE).bind(new.stream).bind(new.interval.start)).await?;
    if let Some(mut stored) = found.as_ref().map(stretch).transpose()?.filter(|stored| stored.is_continued_by(&new)) {
        let sql = "DELETE FROM deleted_stretches WHERE stream = $1 AND start_90k = $2 AND entry_first = $3";
        tx.run(statement(sql).bind(stored.stream).bind(stored.interval.start).bind(stored.entries.0)).await?;
        stored.take(&new);
        new = stored;
    }
    let put = statement(PUT).bind(new.stream).bind(new.interval.start).bind(new.entries.0).bind(new.interval.end);
    let put = put.bind(new.entries.1).bind(new.camera).bind(&new.rule).bind(new.segments).bind(new.len_bytes);
    tx.run(put.bind(new.unreadable_first).bind(new.unlinked_last).bind(new.backups_until)).await?;
    Ok(())
}

pub(crate) fn stretch(row: &Row) -> Result<DeletedStretch, DbError> {
    Ok(DeletedStretch {
        stream: row.id("stream", StreamId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        interval: row.range()?,
        rule: row.text("rule")?,
        segments: row.integer("segments")?,
        len_bytes: row.integer("len_bytes")?,
        unreadable_first: row.time("unreadable_first_90k")?,
        unlinked_last: row.time("unlinked_last_90k")?,
        backups_until: row.maybe_time("backups_until_90k")?,
        entries: (row.integer("entry_first")?, row.integer("entry_last")?),
    })
}
