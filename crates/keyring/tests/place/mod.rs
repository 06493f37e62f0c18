//! A keyring in a temporary directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candour_durable::Disk;
use candour_keyring::{KeyError, Keyring, KeyringConfig};
use candour_units::{SeededEntropy, SegmentId, StreamId, WallTime};

pub struct Place {
    pub directory: tempfile::TempDir,
    seed: std::cell::Cell<u64>,
}

impl Place {
    pub fn new() -> Self {
        Self { directory: temporary(), seed: std::cell::Cell::new(1) }
    }

    pub fn master(&self) -> PathBuf {
        self.directory.path().join("secret").join("master.key")
    }

    /// The directory of a copy.
    pub fn copy(&self, which: &str) -> PathBuf {
        self.directory.path().join(which)
    }

    /// The head of a copy.
    pub fn head(&self, which: &str) -> PathBuf {
        self.copy(which).join("keyring")
    }

    /// The file of a day of a copy.
    pub fn day(&self, which: &str, number: i64) -> PathBuf {
        self.copy(which).join("days").join(number.to_string())
    }

    pub fn try_open(&self, disk: Disk, copies: &[&str]) -> Result<Keyring, KeyError> {
        // Every process draws other random bytes than the one before.
        self.seed.set(self.seed.get() + 1);
        let copies = copies.iter().map(|which| self.directory.path().join(which)).collect();
        let config = KeyringConfig { master: self.master(), copies };
        Keyring::open_on(disk, config, Arc::new(SeededEntropy::new(self.seed.get())))
    }

    pub fn open(&self) -> Keyring {
        self.try_open(Disk::real(), &["a", "b"]).expect("the keyring can be opened")
    }

    /// Opens what one copy alone would give, without touching it.
    pub fn open_alone(&self, which: &str) -> Keyring {
        let aside = Self::new();
        copy_file(&self.master(), &aside.master());
        copy_directory(&self.copy(which), &aside.copy("a"));
        let keyring = aside.try_open(Disk::real(), &["a"]);
        keyring.expect("one copy is enough to open")
    }
}

/// In memory where there is such a place: these tests are about the order of calls, and sync a thousand times.
fn temporary() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir());
    made.expect("a temporary directory")
}

pub fn copy_file(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().expect("it lies in a directory")).expect("there is room");
    std::fs::copy(from, to).expect("there is room");
}

/// Copies a directory of a keyring, in place of whatever is there.
pub fn copy_directory(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).expect("it is ours");
    }
    std::fs::create_dir_all(to.join("days")).expect("there is room");
    copy_file(&from.join("keyring"), &to.join("keyring"));
    for day in std::fs::read_dir(from.join("days")).expect("it is there") {
        let day = day.expect("it can be read").path();
        copy_file(&day, &to.join("days").join(day.file_name().expect("it has a name")));
    }
}

pub fn stream(byte: u8) -> StreamId {
    StreamId::from_bytes([byte; 16])
}

pub fn segment(byte: u8) -> SegmentId {
    SegmentId::from_bytes([byte; 16])
}

/// A moment in the hour with that number.
pub fn hour(number: i64) -> WallTime {
    WallTime::from_unix_seconds(number * 3600 + 17)
}

/// The key of a segment as bytes, `None` when it is gone.
pub fn key(keyring: &Keyring, of: (StreamId, SegmentId, WallTime)) -> Option<[u8; 32]> {
    match keyring.key_of(of.0, of.1, of.2) {
        Ok(key) => Some(*key.bytes()),
        Err(KeyError::Gone { segment }) => {
            assert_eq!(segment, of.1);
            None
        }
        Err(error) => panic!("{error}"),
    }
}
