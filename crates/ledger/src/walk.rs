//! The whole check: every frame, every checkpoint, and that they say the same.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use candour_units::Hash;

use crate::beside::for_each_frame;
use crate::checkpoint::Checkpoint;
use crate::frame::{Frame, FrameField};
use crate::history::{CheckpointFault, History, Stored};
use crate::journal::{Journal, Next};
use crate::key::VerifierKey;
use crate::tree::Tree;

/// Something that does not fit, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A frame of the journal was changed.
    Entry {
        /// Its number, from 0.
        number: u64,
        /// Byte offset in the journal.
        offset: u64,
        /// The field that does not fit.
        field: FrameField,
    },
    /// A stored checkpoint was changed.
    Checkpoint {
        /// Its number, from 0.
        number: u64,
        /// Byte offset in the checkpoints file.
        offset: u64,
        /// What is wrong with it.
        fault: CheckpointFault,
    },
    /// The entries fit in themselves but are not those that were signed: changed, dropped, reordered or forked.
    Root {
        /// The first checkpoint that they do not fit.
        number: u64,
        /// First entry that may be another.
        first: u64,
        /// First entry after.
        end: u64,
    },
    /// Entries that were signed are not there.
    Missing {
        /// Entries found.
        found: u64,
        /// Entries signed.
        signed: u64,
    },
    /// There are entries but no checkpoint.
    Unsigned {
        /// Entries found.
        found: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { number, field: FrameField::Group(group), .. } => {
                write!(f, "entry {number} was changed: its '{group}' does not fit its commitment")
            }
            Self::Entry { number, offset, field } => {
                write!(f, "entry {number} was changed: {field} does not fit (journal, frame at byte {offset})")
            }
            Self::Checkpoint { number, offset, fault } => {
                write!(f, "checkpoint {number} was changed: {fault} (checkpoints, from byte {offset})")
            }
            Self::Root { number, first, end } if *end == first + 1 => {
                write!(f, "entry {first} is not the one that checkpoint {number} signed")
            }
            Self::Root { number, first, end } => {
                write!(f, "entries {first} to {} are not those that checkpoint {number} signed", end.saturating_sub(1))
            }
            Self::Missing { found, signed } => {
                write!(f, "{signed} entries were signed and only {found} are there: entry {found} is cut off or gone")
            }
            Self::Unsigned { found } => write!(f, "{found} entries are there, but no checkpoint that signs them"),
        }
    }
}

/// The end of a file after its last whole record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// Where whole records end: the length to cut back to.
    pub offset: u64,
    /// Bytes of an unfinished record after that; zero when there is none.
    pub torn: u64,
}

/// What the check of a whole ledger found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The tree over all entries read.
    pub tree: Tree,
    /// Good checkpoints.
    pub checkpoints: u64,
    /// The last good checkpoint and its note; entries beyond its size were never acknowledged to anybody.
    pub signed: Option<(Checkpoint, String)>,
    /// How the journal ends.
    pub journal: Tail,
    /// How the checkpoints file ends.
    pub history: Tail,
    /// Everything that does not fit; empty when the ledger verifies.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Entries under a signed checkpoint.
    #[must_use]
    pub fn signed_size(&self) -> u64 {
        self.signed.as_ref().map_or(0, |(checkpoint, _)| checkpoint.size)
    }
}

/// Reads a whole ledger: frames against themselves, checkpoints against the key, both against each other. `on_entry` gets
/// every good frame with its byte offset, in order. One changed byte gives one finding.
///
/// # Errors
/// What the readers say; what is in the files is never an error but a [`Finding`].
pub fn check_ledger(
    journal: impl Read,
    checkpoints: impl BufRead,
    key: &VerifierKey,
    mut on_entry: impl FnMut(&Frame, u64),
) -> io::Result<Report> {
    let mut walk = Walk::new(History::new(checkpoints, key));
    walk.advance()?;
    for_each_frame(Journal::new(journal), |next| walk.take(next, &mut on_entry))?;
    walk.finish()
}

struct Walk<'a, R> {
    history: History<'a, R>,
    report: Report,
    /// The next checkpoint to compare with, with number, note and end.
    next: Option<(u64, Checkpoint, String)>,
    /// Entries from the first can no longer be compared with what was signed.
    lost: bool,
}

impl<'a, R: BufRead> Walk<'a, R> {
    fn new(history: History<'a, R>) -> Self {
        let none = Tail { offset: 0, torn: 0 };
        let (tree, findings) = (Tree::new(), Vec::new());
        let report = Report { tree, checkpoints: 0, signed: None, journal: none, history: none, findings };
        Self { history, report, next: None, lost: false }
    }

    /// What comes next in the journal; breaks where nothing after it can be told.
    fn take(&mut self, next: &Next, on_entry: &mut impl FnMut(&Frame, u64)) -> io::Result<ControlFlow<()>> {
        self.compare()?;
        match *next {
            Next::Frame { offset, len, ref frame } => {
                on_entry(frame, offset);
                self.push(frame.leaf_hash, offset + len);
            }
            Next::Damaged { offset, field, leaf_hash } => {
                let number = self.report.tree.size();
                self.report.findings.push(Finding::Entry { number, offset, field });
                let Some(leaf_hash) = leaf_hash else {
                    self.lost = true;
                    return Ok(ControlFlow::Break(()));
                };
                self.push(leaf_hash, offset);
            }
            Next::Torn { offset, len } => self.report.journal = Tail { offset, torn: len },
            Next::End => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn push(&mut self, leaf_hash: Hash, end: u64) {
        self.report.tree.push(leaf_hash);
        self.report.journal.offset = end;
    }

    /// Reads on to the next good checkpoint.
    fn advance(&mut self) -> io::Result<()> {
        self.next = loop {
            match self.history.next_checkpoint()? {
                Stored::Checkpoint { number, checkpoint, note, end } => {
                    self.report.checkpoints += 1;
                    self.report.history.offset = end;
                    break Some((number, checkpoint, note));
                }
                Stored::Damaged { number, offset, fault } => {
                    self.report.findings.push(Finding::Checkpoint { number, offset, fault });
                }
                Stored::Torn { offset, len } => {
                    self.report.history = Tail { offset, torn: len };
                    break None;
                }
                Stored::End => break None,
            }
        };
        Ok(())
    }

    /// Holds the tree against the checkpoint of its size, if there is one.
    fn compare(&mut self) -> io::Result<()> {
        while let Some((number, checkpoint, note)) =
            self.next.take_if(|(_, checkpoint, _)| checkpoint.size <= self.report.tree.size())
        {
            if !self.lost && checkpoint.root != self.report.tree.root() {
                let first = self.report.signed_size();
                self.report.findings.push(Finding::Root { number, first, end: checkpoint.size });
                self.lost = true;
            }
            self.report.signed = Some((checkpoint, note));
            self.advance()?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Report> {
        let found = self.report.tree.size();
        let mut signed = None;
        while let Some((_, checkpoint, note)) = self.next.take() {
            signed = Some((checkpoint, note));
            self.advance()?;
        }
        if let Some(last) = signed {
            if !self.lost {
                self.report.findings.push(Finding::Missing { found, signed: last.0.size });
            }
            self.report.signed = Some(last);
        }
        let damaged = self.report.findings.iter().any(|finding| matches!(finding, Finding::Checkpoint { .. }));
        if found > 0 && self.report.signed.is_none() && !damaged {
            self.report.findings.push(Finding::Unsigned { found });
        }
        Ok(self.report)
    }
}
