//! What failed, on which file, at which step.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// One act on the disk; the place in a procedure where it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Opening something that should be there.
    Open,
    /// Making a new file.
    Create,
    /// Making a directory.
    CreateDirectory,
    /// Writing bytes into an open file.
    Write,
    /// `fsync` or `fdatasync` of a file.
    Sync,
    /// `fsync` of a directory, which makes names durable.
    SyncDirectory,
    /// `syncfs` of the file system a directory lies on.
    SyncFilesystem,
    /// Putting the new file in the place of the old.
    Rename,
    /// Asking for room behind the end of a file.
    Reserve,
    /// Cutting a file back to a shorter length.
    Truncate,
    /// Removing a name.
    Unlink,
    /// Asking for lengths or free space.
    Stat,
    /// Taking the exclusive lock.
    Lock,
}

impl Step {
    /// The step as words that complete "could not …".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Create => "create",
            Self::CreateDirectory => "create the directory",
            Self::Write => "write to",
            Self::Sync => "make durable",
            Self::SyncDirectory => "make durable the names in",
            Self::SyncFilesystem => "sync the file system of",
            Self::Rename => "put in place",
            Self::Reserve => "reserve room for",
            Self::Truncate => "cut back",
            Self::Unlink => "remove",
            Self::Stat => "measure",
            Self::Lock => "lock (is another program using it?)",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// A write that is not known to be durable. Anything from nothing to all of it may have reached the disk.
#[derive(Debug, thiserror::Error)]
#[error("could not {step} {}", path.display())]
pub struct DurableError {
    /// The file or directory.
    pub path: PathBuf,
    /// Where in the procedure.
    pub step: Step,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl DurableError {
    pub(crate) fn at(path: &Path, step: Step, source: io::Error) -> Self {
        Self { path: path.to_owned(), step, source }
    }

    /// Whether the disk or a quota is full: the one failure that deleting footage can mend.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    /// Whether the file or directory is not there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}
