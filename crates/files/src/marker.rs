//! The marker of a storage directory: a small file that says which one it is.
//!
//! A path is no identity: an unmounted disk leaves an empty directory under its mount point, a disk may be swapped, two
//! names may lead to one directory. The marker lies on the disk itself, beside `footage/`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use candour_durable::Disk;
use candour_units::{RecorderId, StorageId};

use crate::FilesError;
use crate::store::FOOTAGE;

const NAME: &str = "candour-storage";
const FIRST_LINE: &str = "candour-storage 1";
const MODE: u32 = 0o600;
/// A marker is shorter; nothing more is read of whatever has its name.
const LONGEST: u64 = 1024;

/// What a marker file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    /// Which storage directory it is.
    pub storage: StorageId,
    /// Whose.
    pub recorder: RecorderId,
}

/// What lies where a storage directory should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundDirectory {
    /// Nothing.
    Absent,
    /// A directory with a marker.
    Marked(Marker),
    /// A directory without one.
    Unmarked {
        /// Whether it holds segment files (or a directory for them that is not empty).
        footage: bool,
    },
}

impl Marker {
    /// Looks what lies at `storage`, and changes nothing.
    ///
    /// # Errors
    /// [`FilesError::Read`]; [`FilesError::Marker`] for a marker that cannot be understood.
    pub fn look(storage: &Path) -> Result<FoundDirectory, FilesError> {
        match fs::metadata(storage) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FoundDirectory::Absent),
            Err(source) => return Err(FilesError::reading(storage, source)),
            Ok(_) => {}
        }
        let path = storage.join(NAME);
        match read_text(&path) {
            Ok(text) => parse(&text).map(FoundDirectory::Marked).map_err(|what| FilesError::Marker { path, what }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(FoundDirectory::Unmarked { footage: has_entries(&storage.join(FOOTAGE))? })
            }
            Err(source) => Err(FilesError::reading(&path, source)),
        }
    }

    /// Writes the marker, durably.
    ///
    /// # Errors
    /// [`FilesError::Write`].
    pub fn write(&self, disk: &Disk, storage: &Path) -> Result<(), FilesError> {
        Ok(disk.write_atomically(&storage.join(NAME), self.to_string().as_bytes(), MODE)?)
    }

    /// Where the marker of a storage directory is.
    #[must_use]
    pub fn path(storage: &Path) -> PathBuf {
        storage.join(NAME)
    }
}

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{FIRST_LINE}\nstorage {}\nrecorder {}\n", self.storage, self.recorder)
    }
}

fn parse(text: &str) -> Result<Marker, &'static str> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Err("its first line is not \"candour-storage 1\"");
    }
    let mut named = |name: &str| lines.next().and_then(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let storage = named("storage").and_then(|id| id.parse().ok()).ok_or("its second line names no storage")?;
    let recorder = named("recorder").and_then(|id| id.parse().ok()).ok_or("its third line names no recorder")?;
    Ok(Marker { storage, recorder })
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn has_entries(directory: &Path) -> Result<bool, FilesError> {
    match fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(FilesError::reading(directory, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKER: Marker =
        Marker { storage: StorageId::from_bytes([0x5a; 16]), recorder: RecorderId::from_bytes([0x4e; 16]) };

    #[test]
    fn a_marker_reads_like_this() {
        let text =
            "candour-storage 1\nstorage 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\nrecorder 4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e\n";
        assert_eq!(MARKER.to_string(), text);
        assert_eq!(parse(text), Ok(MARKER));
        for wrong in ["", "candour-storage 2\n", "candour-storage 1\nstorage 5a\n", &text[..70]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    /// Meant to fail with a look that takes every directory for a marked one.
    #[test]
    fn what_lies_there_is_told_apart() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let storage = directory.path().join("disk");
        assert_eq!(Marker::look(&storage).expect("a look"), FoundDirectory::Absent);
        fs::create_dir(&storage).expect("a directory");
        assert_eq!(Marker::look(&storage).expect("a look"), FoundDirectory::Unmarked { footage: false });
        fs::create_dir_all(storage.join("footage/5a")).expect("a directory");
        assert_eq!(Marker::look(&storage).expect("a look"), FoundDirectory::Unmarked { footage: true });
        MARKER.write(&Disk::real(), &storage).expect("a write");
        assert_eq!(Marker::look(&storage).expect("a look"), FoundDirectory::Marked(MARKER));
        fs::write(Marker::path(&storage), "something else").expect("a write");
        assert!(matches!(Marker::look(&storage), Err(FilesError::Marker { .. })));
    }
}
