//! What readers see while the writer writes: only entries that are durable and signed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{PoisonError, RwLock};

use candour_ledger::{Group, decode_frame};

use crate::{EntryView, LogError, LogStatus};

/// The state of the log for everybody but the writer.
pub(crate) struct Published {
    journal: File,
    state: RwLock<State>,
}

struct State {
    /// Byte offset of each entry, and the end of the last.
    offsets: Vec<u64>,
    status: LogStatus,
}

impl Published {
    /// `offsets` has one more than there are entries.
    pub(crate) fn new(journal: File, offsets: Vec<u64>, status: LogStatus) -> Self {
        Self { journal, state: RwLock::new(State { offsets, status }) }
    }

    pub(crate) fn status(&self) -> LogStatus {
        self.read().status.clone()
    }

    /// Says that the log cannot be written, or that it can again.
    pub(crate) fn set_failing(&self, failing: Option<String>) {
        self.write().status.failing = failing;
    }

    /// Lets readers see new entries, given where each ends.
    pub(crate) fn extend(&self, ends: &[u64], status: LogStatus) {
        let mut state = self.write();
        state.offsets.extend_from_slice(ends);
        state.status = status;
    }

    /// Reads entries; blocks.
    pub(crate) fn entries(&self, first: u64, count: u64) -> Result<Vec<EntryView>, LogError> {
        let (first, spans) = {
            let state = self.read();
            let size = state.offsets.len() as u64 - 1;
            let (from, to) = (first.min(size), first.saturating_add(count).min(size));
            (from, state.offsets[from as usize..=to as usize].to_vec())
        };
        (first..).zip(spans.windows(2)).map(|(number, span)| self.entry(number, span[0], span[1])).collect()
    }

    fn entry(&self, number: u64, start: u64, end: u64) -> Result<EntryView, LogError> {
        let mut bytes = vec![0; (end - start) as usize];
        self.journal
            .read_exact_at(&mut bytes, start)
            .map_err(|error| LogError::Unavailable { cause: format!("entry {number} cannot be read: {error}") })?;
        let frame = decode_frame(&bytes, number).map_err(|(field, _)| LogError::Tampered {
            place: format!("entry {number}"),
            what: format!("{field} does not fit"),
        })?;
        let text = |group| frame.entry.details.text(group).map(str::to_owned);
        Ok(EntryView {
            index: number,
            at: frame.entry.leaf.at,
            kind: frame.entry.leaf.kind.to_string(),
            who: text(Group::Who),
            what: text(Group::What),
            why: text(Group::Why),
            sent: text(Group::Sent),
            leaf: frame.leaf_hash,
        })
    }

    // A writer that panicked left whole values behind: each change is one assignment.
    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
