//! One segment file while it grows.

use std::path::Path;

use candour_durable::AppendFile;
use candour_units::SegmentId;

use crate::FilesError;

/// The file of a segment that is not closed. It remembers how much of it a [`sync`](crate::SegmentFiles::sync) covered.
#[derive(Debug)]
pub struct OpenSegment {
    segment: SegmentId,
    file: AppendFile,
    synced: u64,
}

impl OpenSegment {
    pub(crate) fn new(segment: SegmentId, file: AppendFile) -> Self {
        let synced = file.durable_len();
        Self { segment, file, synced }
    }

    /// Which segment it is.
    #[must_use]
    pub fn segment(&self) -> SegmentId {
        self.segment
    }

    /// Adds one whole record at the end. Not durable until the next sync. Returns where it begins.
    ///
    /// # Errors
    /// [`FilesError::Write`]; the length is what it was, and whatever part reached the file is cut off before the next
    /// append. Try again with the very same bytes, or close the segment.
    pub fn append(&mut self, record: &[u8]) -> Result<u64, FilesError> {
        Ok(self.file.append(record)?)
    }

    /// Length in bytes of all whole records appended.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.file.len()
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.file.is_empty()
    }

    /// Length in bytes that is known to survive a power cut.
    #[must_use]
    pub fn durable_len(&self) -> u64 {
        self.synced.max(self.file.durable_len()).min(self.file.len())
    }

    /// Notes that a sync of the whole file system, begun when the file was `len` long, has succeeded.
    pub fn synced_to(&mut self, len: u64) {
        self.synced = self.synced.max(len.min(self.file.len()));
    }

    /// Makes this file alone durable: for the last record of a segment.
    ///
    /// # Errors
    /// [`FilesError::Write`]; see [`Self::roll_back`].
    pub fn sync(&mut self) -> Result<(), FilesError> {
        self.file.sync_data()?;
        self.synced = self.file.durable_len();
        Ok(())
    }

    /// Cuts the file back to `len` bytes, durably: recovery of a torn tail.
    ///
    /// # Errors
    /// [`FilesError::Write`], also when the file is shorter than `len`.
    pub fn truncate_to(&mut self, len: u64) -> Result<(), FilesError> {
        self.file.truncate_to(len)?;
        self.synced = self.synced.min(len);
        Ok(())
    }

    /// Forgets what was appended since the last successful sync, after a failed one: the system may have dropped it and
    /// would not say so twice. Returns the length to append from.
    ///
    /// # Errors
    /// [`FilesError::Write`].
    pub fn roll_back(&mut self) -> Result<u64, FilesError> {
        let durable = self.durable_len();
        self.truncate_to(durable)?;
        Ok(durable)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}
