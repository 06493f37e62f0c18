//! What failed, on which file, and whether it is for want of room.

use std::io;
use std::path::{Path, PathBuf};

use candour_durable::DurableError;

/// Why a segment file could not be made, written, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A step of writing failed; `source` says which and why. The same bytes may be appended again.
    #[error("the segment file could not be written")]
    Write(#[from] DurableError),
    /// The path leads to another directory than the one that was opened: its disk was unmounted, or another one lies over
    /// it. Nothing is written there, and what is missing there is not gone.
    #[error("{} is not the directory it was when it was opened; is its disk still mounted?", path.display())]
    Elsewhere {
        /// The directory.
        path: PathBuf,
    },
    /// What stands in a marker file is not ours to understand.
    #[error("{} is not a marker of a storage directory: {what}", path.display())]
    Marker {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// There is no such file.
    #[error("there is no file {}", path.display())]
    Absent {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file is shorter than what is asked of it: data loss.
    #[error("{} has {actual} bytes; bytes {wanted_from} to {wanted_to} were to be read", path.display())]
    Short {
        /// Where it is.
        path: PathBuf,
        /// First byte asked for.
        wanted_from: u64,
        /// First byte not asked for.
        wanted_to: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// Reading failed.
    #[error("{} could not be read", path.display())]
    Read {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl FilesError {
    /// Whether the storage or a quota is full: the one failure that deleting footage can mend.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Write(error) if error.is_full())
    }

    /// Whether the file is not there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        match self {
            Self::Absent { .. } => true,
            Self::Write(error) => error.is_absent(),
            Self::Short { .. } | Self::Read { .. } | Self::Elsewhere { .. } | Self::Marker { .. } => false,
        }
    }

    /// Whether the directory itself cannot be reached by its path any more.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Elsewhere { .. })
    }

    /// The file or directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Write(error) => &error.path,
            Self::Absent { path }
            | Self::Elsewhere { path }
            | Self::Marker { path, .. }
            | Self::Short { path, .. }
            | Self::Read { path, .. } => path,
        }
    }

    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::NotFound { Self::Absent { path } } else { Self::Read { path, source } }
    }
}
