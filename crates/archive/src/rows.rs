//! The way from the writer thread to the catalogue: the thread leaves rows here and never waits for the database.
//!
//! Rows of one segment replace each other while they wait, so a database that stands still costs a row for each segment
//! and gap, not one for each change. What could not be stored is tried again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use candour_db::{Db, DbError, GapRow, SegmentRow, SegmentState};
use candour_units::{SegmentId, StreamId};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::index::Index;

const RETRY: Duration = Duration::from_secs(1);
/// How often a closing archive tries to store what is left.
const LAST_TRIES: u32 = 5;

/// Rows on their way.
#[derive(Default)]
pub(crate) struct Rows {
    waiting: Mutex<Waiting>,
    notify: Notify,
    settling: Mutex<Settling>,
}

/// Closed rows on their way to being durable: until then the list of what was begun keeps their ids.
#[derive(Default)]
struct Settling {
    /// Stored, but a power cut could still take them.
    stored: Vec<SegmentId>,
    /// Durable, in a catalogue with that mark.
    settled: Vec<SegmentId>,
    mark: i64,
}

/// So many closed rows are made durable with one commit.
const SETTLE_AT: usize = 64;

#[derive(Default)]
struct Waiting {
    segments: HashMap<SegmentId, SegmentRow>,
    /// In the order they were told, for the end of one gap and the start of the next share a moment.
    gaps: Vec<GapRow>,
}

impl Rows {
    pub(crate) fn segment(&self, row: SegmentRow) {
        self.lock().segments.insert(row.id, row);
        self.notify.notify_one();
    }

    pub(crate) fn gap(&self, row: GapRow) {
        let mut waiting = self.lock();
        match waiting.gaps.iter_mut().find(|gap| (gap.stream, gap.start) == (row.stream, row.start)) {
            Some(found) => *found = row,
            None => waiting.gaps.push(row),
        }
        drop(waiting);
        self.notify.notify_one();
    }

    /// Gaps that are not stored yet.
    pub(crate) fn gaps_of(&self, stream: StreamId) -> Vec<GapRow> {
        self.lock().gaps.iter().filter(|gap| gap.stream == stream).cloned().collect()
    }

    /// Takes those segments whose closed rows are durable and that `mine` says are the caller's, with the catalogue's mark.
    pub(crate) fn take_settled(&self, mine: impl Fn(SegmentId) -> bool) -> (i64, Vec<SegmentId>) {
        let mut settling = self.settling();
        let taken = settling.settled.extract_if(.., |segment| mine(*segment)).collect();
        (settling.mark, taken)
    }

    fn settling(&self) -> MutexGuard<'_, Settling> {
        self.settling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes closed rows durable when there are enough of them.
    async fn settle(&self, db: &Db) -> Result<(), DbError> {
        let stored = {
            let mut settling = self.settling();
            if settling.stored.len() < SETTLE_AT {
                return Ok(());
            }
            std::mem::take(&mut settling.stored)
        };
        let durable = db.make_rows_durable().await;
        let mut settling = self.settling();
        match durable {
            Ok(mark) => {
                settling.settled.extend(stored);
                settling.mark = mark;
                Ok(())
            }
            Err(error) => {
                settling.stored.extend(stored);
                Err(error)
            }
        }
    }

    fn is_empty(&self) -> bool {
        let waiting = self.lock();
        waiting.segments.is_empty() && waiting.gaps.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that stores them.
pub(crate) struct RowTask {
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl RowTask {
    pub(crate) fn start(rows: Arc<Rows>, index: Arc<Index>, db: Db) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { task: tokio::spawn(run(rows, index, db, stopped)), stop }
    }

    /// Stores what is left and ends.
    pub(crate) async fn finish(mut self) {
        // Only fails when the task is gone already.
        let _ = self.stop.send(true);
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the task that stores rows did not end in order");
        }
    }
}

impl Drop for RowTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(rows: Arc<Rows>, index: Arc<Index>, db: Db, mut stop: watch::Receiver<bool>) {
    let mut failures = 0;
    loop {
        match store(&rows, &index, &db).await {
            Ok(()) => failures = 0,
            Err(error) => {
                failures += 1;
                tracing::error!(error = %candour_units::chain(&error), "rows could not be stored; trying again");
            }
        }
        let stopping = *stop.borrow();
        if stopping && (rows.is_empty() || failures >= LAST_TRIES) {
            return;
        }
        if failures > 0 {
            tokio::time::sleep(RETRY).await;
        } else if rows.is_empty() {
            tokio::select! {
                () = rows.notify.notified() => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// Stores what waits; what fails waits on, unless something newer came meanwhile.
async fn store(rows: &Rows, index: &Index, db: &Db) -> Result<(), DbError> {
    let (segments, gaps) = {
        let mut waiting = rows.lock();
        (std::mem::take(&mut waiting.segments), std::mem::take(&mut waiting.gaps))
    };
    let batch: Vec<SegmentRow> = segments.into_values().collect();
    let stored = if batch.is_empty() { Ok(()) } else { db.put_segments(&batch).await };
    match &stored {
        Ok(()) => {
            let closed: Vec<SegmentId> =
                batch.iter().filter(|row| row.state == SegmentState::Closed).map(|row| row.id).collect();
            closed.iter().for_each(|segment| index.remove(*segment));
            rows.settling().stored.extend(closed);
        }
        Err(_) => {
            let mut waiting = rows.lock();
            batch.into_iter().for_each(|row| {
                waiting.segments.entry(row.id).or_insert(row);
            });
        }
    }
    let mut left = gaps.into_iter();
    let mut gaps_stored = Ok(());
    while let Some(gap) = left.next() {
        gaps_stored = db.put_gap(&gap).await;
        if gaps_stored.is_err() {
            let mut waiting = rows.lock();
            let mut unsaved: Vec<GapRow> = std::iter::once(gap).chain(left).collect();
            unsaved
                .retain(|gap| waiting.gaps.iter().all(|newer| (newer.stream, newer.start) != (gap.stream, gap.start)));
            unsaved.append(&mut waiting.gaps);
            waiting.gaps = unsaved;
            break;
        }
    }
    stored.and(gaps_stored)?;
    rows.settle(db).await
}
