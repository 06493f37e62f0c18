//! The deletion protocol, for a batch: intent rows, keys, unlinks, rows, certificates. Each step durable before the next; a
//! crash between any two is finished after restart by the same function. `docs/design/deletion.md` has it with its reasons.

use std::collections::{BTreeMap, HashMap, HashSet};

use candour_audit::Event;
use candour_db::{CertificateRow, DELETION_OFF, DeletionStep, Intent, SegmentRow, SegmentState};
use candour_keyring::{Destruction, KeyError, Keyring};
use candour_units::{Hash, PurposeId, SegmentId, StreamId, WallDuration, WallRange, WallTime};

use crate::certify::{entries, rotation};
use crate::open::Inner;
use crate::recover::blocking;
use crate::{Archive, ArchiveError};

/// Deletions taken further with one transaction, one rewrite of the key file and one sync for each directory.
const BATCH: usize = 500;
/// Unfinished deletions that one sweep tries again: a disk that refuses everything must not keep due footage readable.
const TRIED_AGAIN: usize = 4 * BATCH;

/// A decision of `policy`, carried out here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionOrder {
    /// What to destroy.
    pub segment: SegmentId,
    /// The rule in words, with the purpose.
    pub rule: String,
    /// The rule as a stable word: `purpose_end`, or that of a rule which ends footage before its purpose does.
    pub rule_id: String,
    /// When it was due.
    pub due: WallTime,
}

/// What became of a batch of orders. A segment that nobody knows or that is still being written is in none of these.
#[derive(Debug, Default)]
pub struct DeletionReport {
    /// Destroyed, with the certificate in the log.
    pub certified: Vec<CertificateRow>,
    /// Held: they stay.
    pub held: Vec<SegmentId>,
    /// Begun, and failing at some step; noted on the row and tried again by [`Archive::finish_deletions`].
    pub failing: Vec<(SegmentId, ArchiveError)>,
    /// Whether no deletion may begin ([`ArchiveError::DeletionOff`]).
    pub off: bool,
}

impl Archive {
    /// Destroys closed segments and logs their certificates. One that fails keeps none of the others. Repeating an order is
    /// harmless.
    ///
    /// # Errors
    /// [`ArchiveError::Db`] when the catalogue failed; what had begun is finished by [`Self::finish_deletions`].
    pub async fn delete_many(&self, orders: &[DeletionOrder]) -> Result<DeletionReport, ArchiveError> {
        let _one_at_a_time = self.inner.deleting.lock().await;
        let mut report = DeletionReport::default();
        for batch in orders.chunks(BATCH) {
            let begun = self.inner.begin(batch, &mut report).await?;
            for Going { row, error } in self.inner.apply(begun).await? {
                match error {
                    None => report.certified.push(row),
                    Some(error) => report.failing.push((row.segment, error)),
                }
            }
        }
        Ok(report)
    }

    /// As [`Self::delete_many`], for one.
    ///
    /// # Errors
    /// The step that failed; [`ArchiveError::Held`], [`ArchiveError::DeletionOff`], and [`ArchiveError::NotFound`] for a
    /// segment nobody knows or that is still being written.
    pub async fn delete(&self, order: &DeletionOrder) -> Result<CertificateRow, ArchiveError> {
        let mut report = self.delete_many(std::slice::from_ref(order)).await?;
        let segment = order.segment;
        if let Some(certified) = report.certified.pop() {
            return Ok(certified);
        }
        Err(match report.failing.pop() {
            Some((_, error)) => error,
            None if report.off => ArchiveError::DeletionOff,
            None if !report.held.is_empty() => ArchiveError::Held { segment },
            None => ArchiveError::NotFound { what: format!("closed segment {segment}") },
        })
    }

    /// Takes unfinished deletions further, at most a few thousand in a call and all in turn; gives how many reached their
    /// certificate and how many still fail.
    ///
    /// # Errors
    /// [`ArchiveError::Db`] when the rows cannot be read or written.
    pub async fn finish_deletions(&self) -> Result<(u64, u64), ArchiveError> {
        let _one_at_a_time = self.inner.deleting.lock().await;
        self.inner.finish_deletions(TRIED_AGAIN).await
    }

    /// Wraps the keys that are left under a new epoch key and destroys the old one (rule 4): what an old block of a disk
    /// still holds of a destroyed key then opens under nothing. At least once a day in which something was deleted. The log
    /// says when, for the certificates before.
    ///
    /// # Errors
    /// [`ArchiveError::Key`], [`ArchiveError::Log`].
    pub async fn rotate_keys(&self) -> Result<(), ArchiveError> {
        // Nothing is destroyed while it runs, so that "destroyed before it began" has one meaning.
        let _one_at_a_time = self.inner.deleting.lock().await;
        let keyring = self.inner.store.keyring.clone();
        let began = self.inner.clock.wall();
        blocking(move || Ok(keyring.rotate_epoch()?)).await?;
        self.inner.log.append(rotation(began, self.inner.clock.wall())).await?;
        Ok(())
    }
}

/// A deletion on its way, and what stopped it.
pub(crate) struct Going {
    pub(crate) row: CertificateRow,
    pub(crate) error: Option<ArchiveError>,
}

impl Inner {
    pub(crate) async fn finish_deletions(&self, most: usize) -> Result<(u64, u64), ArchiveError> {
        let off = self.db.setting(DELETION_OFF).await?.is_some();
        let (mut finished, mut failing, mut tried) = (0, 0, 0);
        while tried < most {
            let after = *self.tried_last();
            let rows = self.db.unfinished_deletions(after, BATCH as i64).await?;
            let Some(last) = rows.last() else {
                *self.tried_last() = None;
                break;
            };
            *self.tried_last() = Some((last.intended_at, last.segment));
            tried += rows.len();
            // While deletion is off a deletion that had only been decided waits too: its key is still there.
            let rows = rows.into_iter().filter(|row| !off || row.step > DeletionStep::Intended).collect();
            for Going { row, error } in self.apply(rows).await? {
                let Some(error) = error else {
                    finished += 1;
                    continue;
                };
                failing += 1;
                tracing::error!(segment = %row.segment, error = %candour_units::chain(&error), "a deletion still fails");
            }
        }
        Ok((finished, failing))
    }

    fn tried_last(&self) -> std::sync::MutexGuard<'_, Option<(WallTime, SegmentId)>> {
        self.tried_last.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The intents: from now on nobody reads these, and they go.
    async fn begin(
        &self,
        orders: &[DeletionOrder],
        report: &mut DeletionReport,
    ) -> Result<Vec<CertificateRow>, ArchiveError> {
        let mut policies = HashMap::new();
        let (mut wanted, mut seen) = (Vec::with_capacity(orders.len()), HashSet::new());
        for order in orders.iter().filter(|order| seen.insert(order.segment)) {
            // A deletion that had begun is carried on whatever its segment's row says.
            if let Some(begun) = self.db.certificate(order.segment).await? {
                wanted.push(begun);
            } else if let Some(row) = self.db.segment(order.segment).await? {
                let policy = self.policy(row.purpose, &mut policies).await?;
                wanted.push(intent(order, row, policy, self.clock.wall()));
            }
        }
        let intents = self.db.begin_deletions(&wanted).await?;
        let mut begun = Vec::with_capacity(intents.len());
        for (intent, row) in intents.into_iter().zip(wanted) {
            match intent {
                Intent::Begun(row) => begun.push(*row),
                Intent::Held => report.held.push(row.segment),
                Intent::Off => report.off = true,
                Intent::NotThere => {}
            }
        }
        Ok(begun)
    }

    /// The digest of a policy version; each is read once.
    async fn policy(
        &self,
        purpose: PurposeId,
        known: &mut HashMap<PurposeId, Option<Hash>>,
    ) -> Result<Option<Hash>, ArchiveError> {
        if let Some(found) = known.get(&purpose) {
            return Ok(*found);
        }
        let found = self.db.purpose(purpose).await?.map(|purpose| purpose.policy_hash());
        known.insert(purpose, found);
        Ok(found)
    }

    /// Takes deletions from wherever they stand to their certificates. What fails is noted on its row.
    ///
    /// # Errors
    /// [`ArchiveError::Db`] when rows cannot be read or written: then all that was done is done again by the next call.
    pub(crate) async fn apply(&self, rows: Vec<CertificateRow>) -> Result<Vec<Going>, ArchiveError> {
        let mut going: Vec<_> = rows.into_iter().map(|row| Going { row, error: None }).collect();
        for step in [DeletionStep::Intended, DeletionStep::KeyDestroyed, DeletionStep::Unlinked] {
            self.advance(&mut going, step).await?;
        }
        Ok(going)
    }

    /// One step for all that stand before it: done, durable, and then on their rows.
    async fn advance(&self, going: &mut [Going], step: DeletionStep) -> Result<(), ArchiveError> {
        let mut batch: Vec<_> = going.iter_mut().filter(|one| one.error.is_none() && one.row.step == step).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let before: Vec<_> = batch.iter().map(|one| one.row.clone()).collect();
        match step {
            DeletionStep::Intended => self.destroy_keys(&mut batch).await?,
            DeletionStep::KeyDestroyed => self.unlink(&mut batch).await?,
            DeletionStep::Unlinked => self.certify(&mut batch).await,
            DeletionStep::Certified => {}
        }
        for one in &mut batch {
            one.row.failing = one.error.as_ref().map(|error| candour_units::chain(error));
        }
        let changed: Vec<_> = batch
            .iter()
            .zip(before)
            .filter(|(one, before)| one.row != *before)
            .map(|(one, _)| one.row.clone())
            .collect();
        if !changed.is_empty() {
            self.db.put_certificates(&changed).await?;
        }
        Ok(())
    }

    /// Destroys the keys of all of them with one rewrite of each day's key file; the other segments of their hours keep theirs
    /// (rule 4).
    async fn destroy_keys(&self, batch: &mut [&mut Going]) -> Result<(), ArchiveError> {
        let mut hours: BTreeMap<(StreamId, i64), Hour> = BTreeMap::new();
        for (at, one) in batch.iter().enumerate() {
            let (stream, start) = (one.row.stream, one.row.interval.start);
            let hour = hours.entry((stream, start.hour_floor())).or_insert_with(|| Hour::new(stream, start));
            hour.doomed.push(one.row.segment);
            hour.of.push(at);
        }
        let mut hours: Vec<_> = hours.into_values().collect();
        for hour in &mut hours {
            hour.survivors = self.survivors(hour).await?;
        }
        let keyring = self.store.keyring.clone();
        let (hours, results) = blocking(move || {
            let results = destroy(&keyring, &hours);
            Ok((hours, results))
        })
        .await?;
        let keyring = &self.store.keyring;
        let now = self.clock.wall();
        for (hour, result) in hours.iter().zip(results) {
            for (at, destroyed) in hour.of.iter().zip(repeated(result, hour.of.len())) {
                let one = &mut batch[*at];
                match destroyed {
                    Ok(()) => {
                        one.row.step = DeletionStep::KeyDestroyed;
                        // A clock set back in between does not turn the order of two acts around.
                        let unreadable_at = now.max(one.row.intended_at);
                        one.row.unreadable_at = Some(unreadable_at);
                        let until = keyring.backups_until(one.row.interval.start);
                        one.row.backups_until = until.filter(|until| *until > unreadable_at);
                    }
                    Err(error) => one.error = Some(error),
                }
            }
        }
        Ok(())
    }

    /// Every segment of that stream and hour that is to stay readable. Those still being written are asked for first: one
    /// that is closed meanwhile has its row before it leaves the index.
    async fn survivors(&self, hour: &Hour) -> Result<Vec<SegmentId>, ArchiveError> {
        const HOUR_S: i64 = 3600;
        let number = hour.start.hour_floor();
        let mut survivors = self.index.in_hour(hour.stream, number);
        let start = WallTime::from_unix_seconds(number * HOUR_S);
        let range = WallRange { start, end: start + WallDuration::from_seconds(HOUR_S) };
        let stays = |row: &SegmentRow| {
            row.start.hour_floor() == number && matches!(row.state, SegmentState::Open | SegmentState::Closed)
        };
        let rows = self.db.segments_in(hour.stream, range).await?;
        survivors.extend(rows.iter().filter(|row| stays(row)).map(|row| row.id));
        survivors.retain(|other| !hour.doomed.contains(other));
        survivors.sort_unstable();
        survivors.dedup();
        Ok(survivors)
    }

    /// Removes the files, with one sync for each directory. A file that cannot be removed keeps none of the others, nor does
    /// a storage directory that is not there: a file in it is not removed, whatever a look at its path says.
    async fn unlink(&self, batch: &mut [&mut Going]) -> Result<(), ArchiveError> {
        let mut storages: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (at, one) in batch.iter().enumerate() {
            storages.entry(one.row.storage).or_default().push(at);
        }
        for (storage, of) in storages {
            let files = match self.store.files(storage) {
                Ok(files) => files,
                Err(error) => {
                    let answers = repeated::<()>(Err(error), of.len());
                    of.iter().zip(answers).for_each(|(at, answer)| batch[*at].error = answer.err());
                    continue;
                }
            };
            let segments: Vec<_> = of.iter().map(|at| batch[*at].row.segment).collect();
            let removed = blocking(move || Ok(files.remove_many(&segments))).await?;
            let now = self.clock.wall();
            for (at, removed) in of.into_iter().zip(removed) {
                let one = &mut batch[at];
                match removed {
                    Ok(_) => {
                        one.row.step = DeletionStep::Unlinked;
                        one.row.unlinked_at = Some(now.max(one.row.unreadable_at.unwrap_or(now)));
                    }
                    Err(error) => one.error = Some(ArchiveError::storage("unlink a deleted segment", &error)),
                }
            }
        }
        Ok(())
    }

    /// Logs their certificates, many in one entry.
    async fn certify(&self, batch: &mut [&mut Going]) {
        let rows: Vec<_> = batch.iter().map(|one| one.row.clone()).collect();
        for (of, event) in entries(&rows) {
            let logged = self.append(event).await;
            for (at, logged) in of.iter().zip(repeated(logged, of.len())) {
                match logged {
                    Ok(entry) => {
                        batch[*at].row.step = DeletionStep::Certified;
                        batch[*at].row.entry = Some(entry);
                    }
                    Err(error) => batch[*at].error = Some(error),
                }
            }
        }
    }

    async fn append(&self, event: Event) -> Result<i64, ArchiveError> {
        let recorded = self.log.append(event).await?;
        Ok(i64::try_from(recorded.index).unwrap_or(i64::MAX))
    }
}

/// What one stream and hour loses.
struct Hour {
    stream: StreamId,
    /// The start of one of them.
    start: WallTime,
    doomed: Vec<SegmentId>,
    survivors: Vec<SegmentId>,
    /// Their places in the batch.
    of: Vec<usize>,
}

impl Hour {
    fn new(stream: StreamId, start: WallTime) -> Self {
        Self { stream, start, doomed: Vec::new(), survivors: Vec::new(), of: Vec::new() }
    }

    fn order(&self) -> Destruction<'_> {
        Destruction { stream: self.stream, start: self.start, segments: &self.doomed, survivors: &self.survivors }
    }
}

/// Destroys the keys of all hours with one rewrite of each day's file; if that cannot even be planned (a survivor's key is damaged: nothing was
/// destroyed then), each hour for itself, so that one damaged hour keeps no other.
fn destroy(keyring: &Keyring, hours: &[Hour]) -> Vec<Result<(), ArchiveError>> {
    let orders: Vec<_> = hours.iter().map(Hour::order).collect();
    match keyring.destroy_batch(&orders) {
        Err(KeyError::Damaged { .. }) if hours.len() > 1 => {
            orders.iter().map(|order| Ok(keyring.destroy_batch(std::slice::from_ref(order))?)).collect()
        }
        result => repeated(result.map_err(ArchiveError::from), hours.len()),
    }
}

/// One answer for several that shared an act.
fn repeated<T: Copy>(result: Result<T, ArchiveError>, times: usize) -> Vec<Result<T, ArchiveError>> {
    match result {
        Ok(value) => (0..times).map(|_| Ok(value)).collect(),
        Err(error) => {
            let cause = candour_units::chain(&error);
            let others =
                (1..times).map(|_| Err(ArchiveError::Storage { doing: "delete with others", cause: cause.clone() }));
            let others: Vec<_> = others.collect();
            std::iter::once(Err(error)).chain(others).take(times).collect()
        }
    }
}

fn intent(order: &DeletionOrder, row: SegmentRow, policy: Option<Hash>, now: WallTime) -> CertificateRow {
    CertificateRow {
        segment: row.id,
        camera: row.camera,
        stream: row.stream,
        interval: WallRange { start: row.start, end: row.end },
        len_bytes: row.len_bytes,
        rule: order.rule.clone(),
        step: DeletionStep::Intended,
        due: order.due,
        intended_at: now,
        unreadable_at: None,
        unlinked_at: None,
        // Known when the key goes.
        backups_until: None,
        entry: None,
        failing: None,
        storage: row.storage,
        rule_id: order.rule_id.clone(),
        purpose: Some(row.purpose),
        policy,
        sealed_digest: row.sealed_digest,
    }
}
