//! What readers see while the writer writes: only entries that are durable and signed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{PoisonError, RwLock};

use candour_ledger::{Frame, Group, LEAF_HASH_FROM_END, Nodes, Tree, decode_frame, prove_inclusion};
use candour_units::Hash;

use crate::{EntryView, LogError, LogStatus, ProvedEntry};

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

    fn frame(&self, number: u64, start: u64, end: u64) -> Result<Frame, LogError> {
        let mut bytes = vec![0; (end - start) as usize];
        self.journal
            .read_exact_at(&mut bytes, start)
            .map_err(|error| LogError::Unavailable { cause: format!("entry {number} cannot be read: {error}") })?;
        decode_frame(&bytes, number).map_err(|(field, _)| LogError::Tampered {
            place: format!("entry {number}"),
            what: format!("{field} does not fit"),
        })
    }

    fn entry(&self, number: u64, start: u64, end: u64) -> Result<EntryView, LogError> {
        let frame = self.frame(number, start, end)?;
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

    /// One entry with its inclusion proof; blocks.
    pub(crate) fn prove(&self, index: u64) -> Result<Option<ProvedEntry>, LogError> {
        let (ends, status) = {
            let state = self.read();
            (state.offsets.clone(), state.status.clone())
        };
        let size = ends.len() as u64 - 1;
        let Some(span) = usize::try_from(index).ok().and_then(|at| ends.get(at..at + 2)) else { return Ok(None) };
        let frame = self.frame(index, span[0], span[1])?;
        let Some(sent) = frame.entry.details.group(Group::Sent).cloned() else { return Ok(None) };
        let leaves = Leaves { journal: &self.journal, ends: &ends };
        let path = prove_inclusion(&leaves, index, size).map_err(|error| LogError::Unavailable {
            cause: format!("the proof of entry {index} cannot be made: {error}"),
        })?;
        let LogStatus { checkpoint, verifier_key, .. } = status;
        Ok(Some(ProvedEntry { leaf: frame.entry.leaf, sent, path, checkpoint, verifier_key }))
    }

    // A writer that panicked left whole values behind: each change is one assignment.
    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tree's inner nodes, computed from the leaf hashes in the journal when they are asked for. A proof asks for each
/// subtree once, so all in all every leaf hash is read once; nothing is kept.
struct Leaves<'a> {
    journal: &'a File,
    /// Byte offset of each entry, and the end of the last.
    ends: &'a [u64],
}

impl Nodes for Leaves<'_> {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let count = 1_u64.checked_shl(level)?;
        let first = index.checked_mul(count)?;
        let mut tree = Tree::new();
        for leaf in first..first.checked_add(count)? {
            let end = self.ends.get(usize::try_from(leaf).ok()?.checked_add(1)?)?;
            let mut hash = [0; 32];
            self.journal.read_exact_at(&mut hash, end.checked_sub(LEAF_HASH_FROM_END)?).ok()?;
            tree.push(Hash(hash));
        }
        Some(tree.root())
    }
}
