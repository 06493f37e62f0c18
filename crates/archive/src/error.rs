//! What can go wrong between files, keys and rows.

use candour_units::SegmentId;

/// Why the archive could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The receipt does not cover it.
    #[error(transparent)]
    NotCovered(#[from] candour_audit::NotCovered),
    /// Stored footage does not open or does not match its digests: never shown as good.
    #[error("segment {segment} is damaged at byte {offset}: {what}")]
    DataLoss {
        /// The segment.
        segment: SegmentId,
        /// Byte position in its file.
        offset: u64,
        /// What does not fit.
        what: String,
    },
    /// There is no such footage.
    #[error("there is no {what}")]
    NotFound {
        /// The thing, for people.
        what: String,
    },
    /// A hold covers the footage: it stays.
    #[error("segment {segment} is held")]
    Held {
        /// The segment.
        segment: SegmentId,
    },
    /// No deletion may begin after a restore or a rebuild.
    #[error("deletion is off until two people have said that the holds are complete (candour holds confirm)")]
    DeletionOff,
    /// The log could not be written.
    #[error(transparent)]
    Log(#[from] candour_audit::LogError),
    /// The catalogue could not be read or written.
    #[error(transparent)]
    Db(#[from] candour_db::DbError),
    /// A key could not be had.
    #[error(transparent)]
    Key(#[from] candour_keyring::KeyError),
    /// The storage directory it lies in cannot be reached now. It is not lost: it is there again when the directory is.
    #[error("storage directory {storage} is not available: {why}")]
    Unavailable {
        /// Number of the directory.
        storage: i64,
        /// Why, in words.
        why: String,
    },
    /// The storage failed.
    #[error("the storage could not {doing}: {cause}")]
    Storage {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        cause: String,
    },
}

impl ArchiveError {
    /// Whether the footage's key is gone: it was deleted, or is lost for good.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Key(candour_keyring::KeyError::Gone { .. }))
    }

    pub(crate) fn storage(doing: &'static str, error: &dyn std::error::Error) -> Self {
        Self::Storage { doing, cause: candour_units::chain(error) }
    }

    /// What `seal` found, with the segment it found it in.
    pub(crate) fn damage(segment: SegmentId, damage: &candour_seal::Damage) -> Self {
        Self::DataLoss { segment, offset: damage.offset, what: candour_units::chain(&damage.what) }
    }
}
