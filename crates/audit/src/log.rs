//! The handle others hold; the thread behind it is the only writer.

use std::path::PathBuf;
use std::sync::Arc;

use candour_units::{Clock, Entropy, Hash, RecorderId, WallTime};

use crate::{Event, Look, Receipt};

/// Where the log lives and who signs it.
pub struct LogConfig {
    /// Directory of the journal, checkpoints and the signing key (mode 0600, made at the first start).
    pub directory: PathBuf,
    /// The recorder whose log this is.
    pub recorder: RecorderId,
    /// The log's origin line in checkpoints, for example `candour.example/recorder/<id>`.
    pub origin: String,
}

/// Why the log could not be opened or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// The journal cannot be written; nobody may look until it can.
    #[error("the log cannot be written: {cause}")]
    Unavailable {
        /// What the system said.
        cause: String,
    },
    /// What is stored is not what was signed; the recorder must not add to it.
    #[error("the log is damaged at {place}: {what}")]
    Tampered {
        /// File and position, or entry number.
        place: String,
        /// What does not fit.
        what: String,
    },
    /// The event is larger than an entry may be.
    #[error("the log entry is {size} bytes; at most {limit} fit")]
    TooLarge {
        /// Bytes asked for.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// An entry that is durable now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Position in the log, from 0.
    pub index: u64,
    /// RFC 6962 leaf hash.
    pub leaf: Hash,
    /// The time written in it.
    pub at: WallTime,
}

/// One entry as the log page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryView {
    /// Position in the log, from 0.
    pub index: u64,
    /// The time written in it.
    pub at: WallTime,
    /// Stable word of the kind.
    pub kind: String,
    /// Field groups as JSON texts: who, what, why, sent; `None` when their details were erased.
    pub who: Option<String>,
    /// Cameras and interval.
    pub what: Option<String>,
    /// Purpose and reason.
    pub why: Option<String>,
    /// Outcome.
    pub sent: Option<String>,
    /// RFC 6962 leaf hash.
    pub leaf: Hash,
}

/// How the log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStatus {
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// The newest signed checkpoint, as a C2SP note.
    pub checkpoint: String,
    /// Fingerprint of the signing key (verifier key as in C2SP signed-note).
    pub verifier_key: String,
    /// `None` while it can be written; else what fails.
    pub failing: Option<String>,
}

/// A handle on the one writer; clones share it.
#[derive(Clone)]
pub struct Log {
    _inner: Arc<()>,
}

impl Log {
    /// Opens the log (made if absent), verifies all of it, and starts the writer thread.
    ///
    /// # Errors
    /// [`LogError::Tampered`] when what is stored does not verify; [`LogError::Unavailable`] when it cannot be read or written.
    pub fn open(_config: LogConfig, _clock: Arc<dyn Clock>, _entropy: Arc<dyn Entropy>) -> Result<Self, LogError> {
        todo!()
    }

    /// Writes one event; returns when it is durable. Concurrent callers share one fsync.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] or [`LogError::TooLarge`]; then nothing was recorded.
    pub async fn append(&self, _event: Event) -> Result<Recorded, LogError> {
        todo!()
    }

    /// Writes down a look and gives the receipt for it.
    ///
    /// # Errors
    /// As [`Self::append`]; then nobody may look.
    pub async fn look(&self, _look: Look) -> Result<Receipt, LogError> {
        todo!()
    }

    /// Writes one more entry for a look that goes on, and gives a fresh receipt with the same id.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub async fn renew(&self, _receipt: &Receipt) -> Result<Receipt, LogError> {
        todo!()
    }

    /// Entries `first..first+count` (fewer at the end), oldest first; for the log page.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] when they cannot be read.
    pub async fn entries(&self, _first: u64, _count: u64) -> Result<Vec<EntryView>, LogError> {
        todo!()
    }

    /// How the log stands now.
    pub fn status(&self) -> LogStatus {
        todo!()
    }

    /// Publishes the last checkpoint and stops the writer thread.
    pub async fn close(self) {
        todo!()
    }
}
