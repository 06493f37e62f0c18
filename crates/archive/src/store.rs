//! Where files and keys are: the storage directories by their numbers, and the keyring.
//!
//! A row names the directory its file lies in by a number. Ask [`Store::files`] for it, at the moment it is needed: a
//! directory may be unavailable now and there again later. *Unavailable* is never *lost*: nothing that lies in such a
//! directory may be counted as gone, nor certified as removed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use candour_db::StorageRow;
use candour_files::{FoundDirectory, Marker, SegmentFiles};
use candour_keyring::Keyring;
use candour_units::SegmentId;

use crate::ArchiveError;

/// A handle on files and keys; clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) keyring: Keyring,
    directories: Arc<RwLock<BTreeMap<i64, Directory>>>,
}

/// One storage directory, as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    /// Where it is, or was seen last.
    pub(crate) path: PathBuf,
    /// Its files, or why they cannot be reached, in words.
    pub(crate) files: Result<SegmentFiles, String>,
    /// Its disk has stopped answering, for now.
    pub(crate) stands: bool,
}

impl Directory {
    pub(crate) fn new(path: PathBuf, files: Result<SegmentFiles, String>) -> Self {
        Self { path, files, stands: false }
    }
}

impl Store {
    pub(crate) fn new(keyring: Keyring, directories: impl IntoIterator<Item = (i64, Directory)>) -> Self {
        Self { keyring, directories: Arc::new(RwLock::new(directories.into_iter().collect())) }
    }

    /// The files of the directory with that number.
    ///
    /// # Errors
    /// [`ArchiveError::Unavailable`] when nobody knows the number or the directory cannot be reached now.
    pub(crate) fn files(&self, storage: i64) -> Result<SegmentFiles, ArchiveError> {
        let unavailable = |why: String| ArchiveError::Unavailable { storage, why };
        match self.read().get(&storage) {
            Some(Directory { stands: true, .. }) => Err(unavailable("its disk does not answer".to_owned())),
            Some(Directory { files: Ok(files), .. }) => Ok(files.clone()),
            Some(Directory { files: Err(why), .. }) => Err(unavailable(why.clone())),
            None => Err(unavailable("no directory with this number is known".to_owned())),
        }
    }

    /// Whether the directory can be reached now.
    pub(crate) fn is_available(&self, storage: i64) -> bool {
        self.files(storage).is_ok()
    }

    /// The directory cannot be reached from now on, for this reason.
    pub(crate) fn fail(&self, storage: i64, why: String) {
        if let Some(directory) = self.write().get_mut(&storage) {
            tracing::error!(directory = %directory.path.display(), %why, "a storage directory is not available");
            directory.files = Err(why);
        }
    }

    /// A disk that does not answer is asked nothing while it stands, so that nobody else is kept waiting.
    pub(crate) fn note_stall(&self, storage: i64, stands: bool) {
        let is_so = self.read().get(&storage).is_none_or(|directory| directory.stands == stands);
        if !is_so && let Some(directory) = self.write().get_mut(&storage) {
            directory.stands = stands;
        }
    }

    /// Forgets a directory that stood under a number of no meaning.
    pub(crate) fn remove(&self, storage: i64) {
        self.write().remove(&storage);
    }

    /// The directories that can be reached now, by number.
    pub(crate) fn available(&self) -> Vec<(i64, SegmentFiles)> {
        let of = |(number, directory): (&i64, &Directory)| Some((*number, directory.files.as_ref().ok()?.clone()));
        self.read().iter().filter_map(of).collect()
    }

    /// The directories at rest, for reading: each by the number that the catalogue has for its marker. Nothing is made or
    /// marked; a disk that is not mounted is unavailable, not empty.
    pub(crate) fn at_rest(paths: &[PathBuf], known: &[StorageRow], keyring: Keyring) -> Self {
        let mut next = known.iter().map(|row| row.number + 1).max().unwrap_or(0);
        let mut directories = BTreeMap::new();
        for path in paths {
            let before = known.iter().find(|row| Path::new(&row.path) == path);
            let (number, usable) = match Marker::look(path) {
                Ok(FoundDirectory::Marked(marker)) => {
                    (known.iter().find(|row| row.id == marker.storage).map(|row| row.number), Ok(()))
                }
                Ok(FoundDirectory::Unmarked { footage: true }) if known.is_empty() => (None, Ok(())),
                Ok(FoundDirectory::Unmarked { .. }) => {
                    (before.map(|row| row.number), Err("its marker file is not there; is its disk mounted?".to_owned()))
                }
                Ok(FoundDirectory::Absent) => (before.map(|row| row.number), Err("it is not there".to_owned())),
                Err(error) => (before.map(|row| row.number), Err(candour_units::chain(&error))),
            };
            let number = number.unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            let files = usable.and_then(|()| {
                let opened = SegmentFiles::open(candour_files::Disk::real(), path);
                opened.map_err(|error| candour_units::chain(&error))
            });
            directories.insert(number, Directory::new(path.clone(), files));
        }
        for row in known {
            let why = || "it is not named in the configuration".to_owned();
            directories.entry(row.number).or_insert_with(|| Directory::new(row.path.clone().into(), Err(why())));
        }
        Self::new(keyring, directories)
    }

    /// Where the file of a segment lies, of the directories that can be reached now. Looks on the disk.
    pub(crate) fn storage_of(&self, segment: SegmentId) -> Option<i64> {
        let mut available = self.available().into_iter();
        available.find(|(_, files)| files.path(segment).is_file()).map(|(storage, _)| storage)
    }

    /// Every directory that is known, by number.
    pub(crate) fn directories(&self) -> Vec<(i64, Directory)> {
        self.read().iter().map(|(number, directory)| (*number, directory.clone())).collect()
    }

    /// Notes how a directory stands from now on.
    pub(crate) fn set(&self, storage: i64, directory: Directory) {
        self.write().insert(storage, directory);
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<i64, Directory>> {
        // Entries are replaced whole: a panic elsewhere leaves them whole.
        self.directories.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<i64, Directory>> {
        self.directories.write().unwrap_or_else(PoisonError::into_inner)
    }
}
