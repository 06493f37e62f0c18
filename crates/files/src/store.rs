//! The directory of segment files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candour_durable::{Disk, Filesystem, Space};
use candour_units::SegmentId;

use crate::list::{Found, Listing, Shard};
use crate::{FilesError, OpenSegment, SegmentReader};

/// Footage is for the recorder alone to read.
const FILE_MODE: u32 = 0o600;
/// The directory inside the storage directory.
pub(crate) const FOOTAGE: &str = "footage";
/// Beside the footage; left over at most after a crash.
const PROBE: &str = "candour-probe";
pub(crate) const ENDING: &str = "seg";

/// A handle on one storage directory; clones are the same. Calls block: use it on a disk thread.
#[derive(Debug, Clone)]
pub struct SegmentFiles {
    disk: Disk,
    footage: PathBuf,
    // Kept open: an error of write-back is reported once to each handle that was open when it happened.
    filesystem: Arc<Filesystem>,
}

impl SegmentFiles {
    /// Opens the storage directory, and makes it (mode 0700) where it is not there yet.
    ///
    /// # Errors
    /// [`FilesError::Write`].
    pub fn open(disk: Disk, storage: &Path) -> Result<Self, FilesError> {
        let footage = storage.join(FOOTAGE);
        disk.create_dir_durably(&footage)?;
        let filesystem = Arc::new(disk.filesystem(&footage)?);
        Ok(Self { disk, footage, filesystem })
    }

    /// Where the file of a segment is, or would be: `footage/5a/5a….seg`, the directory named by the id's first byte so
    /// that none holds more than a 256th of them.
    #[must_use]
    pub fn path(&self, segment: SegmentId) -> PathBuf {
        let name = segment.to_string();
        self.footage.join(&name[..2]).join(format!("{name}.{ENDING}"))
    }

    /// Makes the file of a new segment; its name is durable when this returns.
    ///
    /// # Errors
    /// [`FilesError::Write`]; a file that is already there is one, for no segment is written twice.
    /// [`FilesError::Elsewhere`] when the disk is no longer where it was.
    pub fn create(&self, segment: SegmentId) -> Result<OpenSegment, FilesError> {
        self.here()?;
        let path = self.path(segment);
        self.disk.create_dir_durably(path.parent().expect("a segment's path has a directory"))?;
        Ok(OpenSegment::new(segment, self.disk.create_new(&path, FILE_MODE)?))
    }

    /// Opens a file that an earlier process left open, to cut it back and close it. Nothing else is ever appended.
    ///
    /// # Errors
    /// [`FilesError::Absent`], [`FilesError::Elsewhere`], [`FilesError::Write`].
    pub fn reopen(&self, segment: SegmentId) -> Result<OpenSegment, FilesError> {
        let path = self.path(segment);
        if !path.is_file() {
            self.here()?;
            return Err(FilesError::Absent { path });
        }
        Ok(OpenSegment::new(segment, self.disk.append_to(&path, FILE_MODE)?))
    }

    /// Opens a file for reading. It may be appended to meanwhile; what is read is what was there.
    ///
    /// # Errors
    /// [`FilesError::Absent`], [`FilesError::Elsewhere`], [`FilesError::Read`].
    pub fn reader(&self, segment: SegmentId) -> Result<SegmentReader, FilesError> {
        SegmentReader::open(self.path(segment)).map_err(|error| match self.here() {
            Err(elsewhere) if error.is_absent() => elsewhere,
            _ => error,
        })
    }

    /// Removes the file, durably. Returns whether it was there: a removal repeated after a crash succeeds.
    ///
    /// # Errors
    /// [`FilesError::Write`]; the file may be there still, or come back after a crash. [`FilesError::Elsewhere`]; then it
    /// is there still.
    pub fn remove(&self, segment: SegmentId) -> Result<bool, FilesError> {
        self.here()?;
        let path = self.path(segment);
        if !path.parent().is_some_and(Path::is_dir) {
            return Ok(false);
        }
        Ok(self.disk.remove(&path)?)
    }

    /// As [`Self::remove`] for many, with one sync for each directory; the answers come in their order, and one that fails
    /// keeps none of the others.
    #[must_use]
    pub fn remove_many(&self, segments: &[SegmentId]) -> Vec<Result<bool, FilesError>> {
        let paths: Vec<_> = segments.iter().map(|segment| self.path(*segment)).collect();
        self.disk.remove_many(&paths).into_iter().map(|removed| Ok(removed?)).collect()
    }

    /// Every file under the directory, with its length; those that are no segment files come as [`Found::Unknown`](crate::Found).
    ///
    /// # Errors
    /// [`FilesError::Read`] when the directory itself cannot be read; later failures come from the listing.
    pub fn list(&self) -> Result<Listing, FilesError> {
        Listing::of(&self.footage)
    }

    /// The files of all segments whose id begins with that byte: one 256th of them, so that a walk over all of them needs
    /// little memory. What does not belong there comes as [`Found::Unknown`].
    ///
    /// # Errors
    /// [`FilesError::Read`] when the directory cannot be read; later failures come from the listing.
    pub fn list_shard(&self, first: u8) -> Result<Shard, FilesError> {
        Listing::of_shard(&self.footage, first)
    }

    /// Everything under the directory that is no segment file in its place.
    ///
    /// # Errors
    /// [`FilesError::Read`].
    pub fn strangers(&self) -> Result<Vec<PathBuf>, FilesError> {
        let unknown = |found| match found {
            Ok(Found::Segment { .. }) => None,
            Ok(Found::Unknown { path }) => Some(Ok(path)),
            Err(error) => Some(Err(error)),
        };
        self.list()?.filter_map(unknown).collect()
    }

    /// Makes durable everything appended to any of the files before the call, with one `syncfs`.
    ///
    /// # Errors
    /// [`FilesError::Write`]; anything appended since the last success may be lost. Roll back each file written since
    /// ([`OpenSegment::roll_back`]) and append the same bytes again, or close it at what was durable.
    pub fn sync(&self) -> Result<(), FilesError> {
        Ok(self.filesystem.sync()?)
    }

    /// How much room there is.
    ///
    /// # Errors
    /// [`FilesError::Write`] at the step that measures.
    pub fn space(&self) -> Result<Space, FilesError> {
        Ok(self.disk.free_space(&self.footage)?)
    }

    /// Makes, writes, syncs and removes a small file beside the footage: whether a directory that failed works again.
    ///
    /// # Errors
    /// [`FilesError::Write`], [`FilesError::Elsewhere`].
    pub fn probe(&self) -> Result<(), FilesError> {
        self.here()?;
        let path = self.footage.with_file_name(PROBE);
        self.disk.write_atomically(&path, b"a probe\n", FILE_MODE)?;
        self.disk.remove(&path)?;
        self.sync()
    }

    /// Whether the path still leads to the directory that was opened.
    ///
    /// # Errors
    /// [`FilesError::Elsewhere`] when it does not, [`FilesError::Write`] when nobody can say.
    pub fn here(&self) -> Result<(), FilesError> {
        if self.filesystem.is_still_there()? {
            return Ok(());
        }
        Err(FilesError::Elsewhere { path: self.footage.clone() })
    }

    /// Asks the system to forget what it holds of a file in memory: for measurements.
    ///
    /// # Errors
    /// [`FilesError::Write`] at the step that opens it.
    pub fn forget_cached(&self, segment: SegmentId) -> Result<(), FilesError> {
        Ok(self.disk.forget_cached(&self.path(segment))?)
    }

    pub(crate) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The directory of the files.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.footage
    }
}
