//! The deletion protocol: intent row, keys, unlink, row, certificate. Each step durable before the next; a crash
//! between any two is finished after restart by the same function.

use candour_db::CertificateRow;
use candour_units::{SegmentId, WallTime};

use crate::{Archive, ArchiveError};

/// A decision of `policy`, carried out here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionOrder {
    /// What to destroy.
    pub segment: SegmentId,
    /// The rule in words, with the purpose.
    pub rule: String,
    /// When it was due.
    pub due: WallTime,
}

impl Archive {
    /// Destroys one segment and logs its certificate.
    ///
    /// # Errors
    /// The step that failed; it is noted on the deletion's row and tried again by [`Self::finish_deletions`].
    pub async fn delete(&self, _order: &DeletionOrder) -> Result<CertificateRow, ArchiveError> {
        todo!()
    }

    /// Takes every unfinished deletion further; gives how many reached their certificate and how many still fail.
    ///
    /// # Errors
    /// [`ArchiveError::Db`] when the rows cannot be read.
    pub async fn finish_deletions(&self) -> Result<(u64, u64), ArchiveError> {
        todo!()
    }
}
