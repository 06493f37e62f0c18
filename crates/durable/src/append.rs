//! Files that only grow.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::disk::parent_of;
use crate::{Disk, DurableError, Step};

/// A file that only grows, except when recovery cuts it back. It knows how long it is and how much of that is durable.
///
/// A write that fails leaves [`len`](Self::len) where it was; whatever part of it reached the file is cut off before
/// the next append, so a retry with the same bytes is exact. After a failed [`sync_data`](Self::sync_data) the system
/// may have dropped the bytes and forgotten the error: call [`roll_back`](Self::roll_back) and append them again.
#[derive(Debug)]
pub struct AppendFile {
    disk: Disk,
    file: File,
    path: PathBuf,
    len: u64,
    durable_len: u64,
    torn: bool,
    /// Up to here the file system has blocks for it, as far as was asked.
    reserved: u64,
}

impl AppendFile {
    pub(crate) fn open_or_create(disk: Disk, path: &Path, mode: u32) -> Result<Self, DurableError> {
        let opened = disk.run(Step::Open, path, || OpenOptions::new().read(true).write(true).open(path));
        let file = match opened {
            Err(error) if error.is_absent() => return Self::create_new(disk, path, mode),
            other => other?,
        };
        let len = disk.run(Step::Stat, path, || file.metadata().map(|metadata| metadata.len()))?;
        // The name may have been made just before a crash; that it is there now does not make it durable.
        disk.sync_directory(parent_of(path))?;
        Ok(Self { disk, file, path: path.to_owned(), len, durable_len: len, torn: false, reserved: 0 })
    }

    pub(crate) fn create_new(disk: Disk, path: &Path, mode: u32) -> Result<Self, DurableError> {
        let file = disk.run(Step::Create, path, || {
            OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path)
        })?;
        disk.sync_directory(parent_of(path))?;
        Ok(Self { disk, file, path: path.to_owned(), len: 0, durable_len: 0, torn: false, reserved: 0 })
    }

    /// Adds bytes at the end; they are not durable yet. Returns the offset of the first of them.
    ///
    /// # Errors
    /// [`Step::Write`], or [`Step::Truncate`] when what an earlier failure left behind cannot be cut off.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64, DurableError> {
        if self.torn {
            self.cut(self.len)?;
        }
        let offset = self.len;
        self.torn = true;
        self.disk.write_at(&self.file, &self.path, bytes, offset)?;
        self.torn = false;
        self.len += bytes.len() as u64;
        Ok(offset)
    }

    /// Makes durable all bytes appended so far (`fdatasync`, which includes the length).
    ///
    /// # Errors
    /// [`Step::Sync`]; see the type's own words on what to do then.
    pub fn sync_data(&mut self) -> Result<(), DurableError> {
        self.disk.sync(Step::Sync, &self.path, || self.file.sync_data())?;
        self.durable_len = self.len;
        Ok(())
    }

    /// Sees to it that the file system has room for at least half of `ahead` bytes behind the end, reserving `ahead` at a time; the length
    /// does not change (`fallocate(2)` with `FALLOC_FL_KEEP_SIZE`). A file system that cannot reserve is left as it is.
    ///
    /// # Errors
    /// [`Step::Reserve`]; the file can be written on.
    pub fn reserve(&mut self, ahead: u64) -> Result<(), DurableError> {
        if self.reserved >= self.len.saturating_add(ahead / 2) {
            return Ok(());
        }
        self.disk.run(Step::Reserve, &self.path, || {
            match rustix::fs::fallocate(&self.file, rustix::fs::FallocateFlags::KEEP_SIZE, self.len, ahead) {
                Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) | Ok(()) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })?;
        self.reserved = self.len.saturating_add(ahead);
        Ok(())
    }

    /// Length in bytes of what was appended whole.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Length in bytes known to survive a crash (by this handle's own syncs).
    #[must_use]
    pub fn durable_len(&self) -> u64 {
        self.durable_len
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Cuts the file back to `len` bytes and makes that durable: recovery of a torn tail.
    ///
    /// # Errors
    /// [`Step::Truncate`] (also when `len` is beyond the end) or [`Step::Sync`].
    pub fn truncate_to(&mut self, len: u64) -> Result<(), DurableError> {
        if len > self.len {
            let beyond = std::io::Error::new(std::io::ErrorKind::InvalidInput, "cannot cut a file to be longer");
            return Err(DurableError::at(&self.path, Step::Truncate, beyond));
        }
        self.cut(len)?;
        self.len = len;
        self.durable_len = self.durable_len.min(len);
        self.sync_data()
    }

    /// Forgets everything appended since the last successful sync, after a failed one. Does nothing when there is
    /// nothing to forget.
    ///
    /// # Errors
    /// [`Step::Truncate`]; then the file must not be used until a roll back succeeds.
    pub fn roll_back(&mut self) -> Result<(), DurableError> {
        if !self.torn && self.len == self.durable_len {
            return Ok(());
        }
        self.cut(self.durable_len)?;
        self.len = self.durable_len;
        Ok(())
    }

    fn cut(&mut self, len: u64) -> Result<(), DurableError> {
        self.disk.run(Step::Truncate, &self.path, || self.file.set_len(len))?;
        self.torn = false;
        // Blocks behind the new end are given back by some file systems.
        self.reserved = 0;
        Ok(())
    }
}
