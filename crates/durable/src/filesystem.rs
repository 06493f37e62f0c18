//! The file system as a whole: one sync for many files, and how full it is.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::{Disk, DurableError, Step};

/// An open file system, for one `syncfs` per interval instead of one `fdatasync` per file.
///
/// Keep it for as long as files are written: the system reports a failed write-back once to every handle that was open
/// when it happened, so a handle opened anew each time can miss one.
#[derive(Debug)]
pub struct Filesystem {
    disk: Disk,
    directory: File,
    path: PathBuf,
}

impl Filesystem {
    pub(crate) fn open(disk: Disk, path: &Path) -> Result<Self, DurableError> {
        let directory = disk.run(Step::Open, path, || File::open(path))?;
        Ok(Self { disk, directory, path: path.to_owned() })
    }

    /// Makes durable everything written to this file system before the call, by whomever.
    ///
    /// # Errors
    /// [`Step::SyncFilesystem`]; any write since the last successful call may be lost.
    pub fn sync(&self) -> Result<(), DurableError> {
        self.disk.sync(Step::SyncFilesystem, &self.path, || Ok(rustix::fs::syncfs(&self.directory)?))
    }

    /// Whether the path still leads to the directory that was opened. It does not when its disk was unmounted, or another
    /// one mounted over it: whatever is written by that path then lands somewhere else.
    ///
    /// # Errors
    /// [`Step::Stat`]; a path that leads nowhere is not an error.
    pub fn is_still_there(&self) -> Result<bool, DurableError> {
        self.disk.run(Step::Stat, &self.path, || {
            let opened = self.directory.metadata()?;
            match std::fs::metadata(&self.path) {
                Ok(found) => Ok((found.dev(), found.ino()) == (opened.dev(), opened.ino())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            }
        })
    }
}

/// Room on a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// All of it.
    pub total: u64,
    /// What this process may still use (the share reserved for root not counted).
    pub available: u64,
}

impl Space {
    pub(crate) fn of(directory: &Path) -> io::Result<Self> {
        let stat = rustix::fs::statvfs(directory)?;
        Ok(Self {
            total: stat.f_blocks.saturating_mul(stat.f_frsize),
            available: stat.f_bavail.saturating_mul(stat.f_frsize),
        })
    }
}
