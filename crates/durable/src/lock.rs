//! One process per directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A directory held by this process alone; ends when dropped, and with the process however it ends.
#[derive(Debug)]
pub struct DirectoryLock {
    // Held for its lock: the system releases it with the last descriptor.
    _file: File,
}

impl DirectoryLock {
    pub(crate) fn acquire(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(io::Error::from(io::ErrorKind::ResourceBusy)),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
