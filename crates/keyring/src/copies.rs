//! The copies of the keyring on disk: a head and a file for each day, in a directory each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use candour_durable::{AppendFile, Disk};
use candour_seal::keyfile::{DayFile, KeyFileError, RingFile};

use crate::KeyError;

const HEAD: &str = "keyring";
const DAYS: &str = "days";
const MODE: u32 = 0o600;
/// Files kept open for appending: the day that is, the one that comes, and one more.
const OPEN_FILES: usize = 3;

/// How a copy was found when the keyring was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyFound {
    /// As it should be.
    Good,
    /// Nothing of ours is there. At the first start it is made; later it may be a disk that is not mounted, so it is left
    /// alone until somebody says that it is to be made anew (`Keyring::renew_copy`), and deletion waits.
    Absent,
    /// Whole, but lacking what another copy has, as after a crash between two writes. It is whole now.
    Behind,
    /// Appended rows that do not fit their check value: an append cut short, or damage. Rows the other copy had were
    /// taken from there; a key that only stood here is lost if it was ever used.
    BadRows {
        /// How many.
        count: usize,
    },
    /// Not readable under this master key; replaced from the other copy.
    Damaged {
        /// What did not fit.
        what: String,
    },
    /// It has other keys than the first copy for the same stream and hour: each copy was used alone for a while. The
    /// first copy's keys are kept.
    Conflicting {
        /// How many.
        count: usize,
    },
}

/// One file of a copy as read.
pub(crate) enum Content<T> {
    Absent,
    Good(T),
    Damaged(String),
}

/// What a copy holds.
pub(crate) struct Contents {
    pub(crate) head: Content<RingFile>,
    pub(crate) days: BTreeMap<i64, Content<DayFile>>,
    /// Whether its directory of days is there: then it is ours, whatever is missing.
    pub(crate) ours: bool,
}

/// One copy while the keyring is open.
pub(crate) struct Copy {
    directory: PathBuf,
    /// Left alone: see [`CopyFound::Absent`].
    pub(crate) missing: bool,
    /// Why it could not be written last time.
    pub(crate) failing: Option<String>,
    head_outdated: bool,
    /// Days whose file is not known to be what is in memory.
    outdated: BTreeSet<i64>,
    open: BTreeMap<i64, AppendFile>,
}

impl Copy {
    pub(crate) fn in_directory(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            missing: false,
            failing: None,
            head_outdated: false,
            outdated: BTreeSet::new(),
            open: BTreeMap::new(),
        }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn head_path(&self) -> PathBuf {
        self.directory.join(HEAD)
    }

    pub(crate) fn day_path(&self, day: i64) -> PathBuf {
        self.directory.join(DAYS).join(day.to_string())
    }

    pub(crate) fn exists(&self) -> bool {
        self.head_path().exists() || self.directory.join(DAYS).exists()
    }

    /// Whether there is a head or the file of a day.
    pub(crate) fn holds_anything(&self) -> bool {
        let days = fs::read_dir(self.directory.join(DAYS));
        self.head_path().exists() || days.is_ok_and(|mut days| days.next().is_some())
    }

    /// Makes the directories of a copy that is to begin.
    pub(crate) fn begin(&mut self, disk: &Disk) -> Result<(), KeyError> {
        disk.create_dir_durably(&self.directory.join(DAYS))?;
        self.missing = false;
        Ok(())
    }

    pub(crate) fn read(&self) -> Result<Contents, KeyError> {
        let days = self.directory.join(DAYS);
        let mut contents =
            Contents { head: read(&self.head_path(), RingFile::decode), days: BTreeMap::new(), ours: true };
        let listing = match fs::read_dir(&days) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents { ours: false, ..contents }),
            Err(error) => return Err(KeyError::damaged(&days, error)),
        };
        for entry in listing {
            let entry = entry.map_err(|error| KeyError::damaged(&days, error))?;
            // What has another name is a temporary file of a write that a crash cut short.
            let Some(day) = entry.file_name().to_str().and_then(|name| name.parse::<i64>().ok()) else { continue };
            contents.days.insert(day, read(&entry.path(), DayFile::decode));
        }
        Ok(contents)
    }

    pub(crate) fn outdate_head(&mut self) {
        self.head_outdated = true;
    }

    /// What is on disk of that day no longer matters.
    pub(crate) fn outdate(&mut self, day: i64) {
        self.open.remove(&day);
        self.outdated.insert(day);
    }

    /// Whether it holds everything that memory holds.
    pub(crate) fn is_current(&self) -> bool {
        !self.missing && !self.head_outdated && self.outdated.is_empty()
    }

    /// Whether it holds all keys of that day, and the head that opens them.
    pub(crate) fn has(&self, day: i64) -> bool {
        !self.missing && !self.head_outdated && !self.outdated.contains(&day)
    }

    pub(crate) fn outdated_days(&self) -> impl Iterator<Item = i64> {
        self.outdated.iter().copied()
    }

    /// Brings the files up to date, head first; stops at the first that fails and says so.
    pub(crate) fn settle(&mut self, disk: &Disk, head: &[u8], days: &BTreeMap<i64, Vec<u8>>) {
        if self.missing || self.is_current() {
            return;
        }
        let result = self.write_outdated(disk, head, days);
        self.failing = result.err().map(|error| error.to_string());
    }

    fn write_outdated(&mut self, disk: &Disk, head: &[u8], days: &BTreeMap<i64, Vec<u8>>) -> Result<(), KeyError> {
        // A directory that vanished is a disk that is no longer mounted: nothing is made in its place.
        if !self.directory.join(DAYS).is_dir() {
            let cause = format!("{} is not there; is its disk mounted?", self.directory.join(DAYS).display());
            return Err(KeyError::Unavailable { cause });
        }
        if self.head_outdated {
            disk.write_atomically(&self.head_path(), head, MODE)?;
            self.head_outdated = false;
        }
        for day in self.outdated.clone() {
            let Some(bytes) = days.get(&day) else { continue };
            disk.write_atomically(&self.day_path(day), bytes, MODE)?;
            self.outdated.remove(&day);
        }
        Ok(())
    }

    /// Adds rows to a day that is up to date, durably; a copy that cannot take them is outdated.
    pub(crate) fn append(&mut self, disk: &Disk, day: i64, rows: &[u8]) {
        if !self.has(day) {
            self.outdated.insert(day);
            return;
        }
        if let Err(error) = self.try_append(disk, day, rows) {
            // Not lost: the whole file is written again before it counts as a copy.
            self.failing = Some(error.to_string());
            self.outdate(day);
        }
    }

    fn try_append(&mut self, disk: &Disk, day: i64, rows: &[u8]) -> Result<(), KeyError> {
        let file = match self.open.entry(day) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let path = self.directory.join(DAYS).join(day.to_string());
                if !path.exists() {
                    let cause = format!("{} is not there", path.display());
                    return Err(KeyError::Unavailable { cause });
                }
                place.insert(disk.append_to(&path, MODE)?)
            }
        };
        file.append(rows)?;
        file.sync_data()?;
        while self.open.len() > OPEN_FILES {
            self.open.pop_first();
        }
        Ok(())
    }
}

fn read<T>(path: &Path, decode: impl FnOnce(&[u8]) -> Result<T, KeyFileError>) -> Content<T> {
    match fs::read(path) {
        Ok(bytes) => decode(&bytes).map_or_else(|error| Content::Damaged(error.to_string()), Content::Good),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Content::Absent,
        Err(error) => Content::Damaged(error.to_string()),
    }
}
