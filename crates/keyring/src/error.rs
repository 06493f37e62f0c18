//! Why a key cannot be had, made or destroyed.

use std::error::Error;
use std::path::{Path, PathBuf};

use candour_durable::DurableError;
use candour_units::SegmentId;

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key was destroyed, or never existed: what it sealed cannot be opened.
    #[error("there is no key for segment {segment}; what it sealed can no longer be opened")]
    Gone {
        /// The segment.
        segment: SegmentId,
    },
    /// The key file is damaged or was sealed by another master key.
    #[error("the key file {path} cannot be opened: {what}")]
    Damaged {
        /// Which copy.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// The key file cannot be written.
    #[error("the key file cannot be written: {cause}")]
    Unavailable {
        /// What the system said.
        cause: String,
    },
}

impl KeyError {
    pub(crate) fn damaged(path: &Path, what: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.to_string() }
    }
}

impl From<DurableError> for KeyError {
    fn from(error: DurableError) -> Self {
        let reason = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        Self::Unavailable { cause: format!("{error}{reason}") }
    }
}
