//! The copies of the key file on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use candour_durable::{AppendFile, Disk};
use candour_seal::keyfile::{Epoch, KeyFile};

use crate::KeyError;

const NAME: &str = "keyring";
const MODE: u32 = 0o600;

/// How a copy was found when the keyring was opened. Whatever it was, it is whole when opening succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyFound {
    /// As it should be.
    Good,
    /// Not there: the first start, or a new disk.
    Absent,
    /// Whole, but lacking what another copy has, as after a crash between the two writes.
    Behind,
    /// Appended rows that do not fit their check value: an append cut short, or damage. Rows the other copy had were
    /// taken from there; a key that only stood here is lost if it was ever used.
    BadRows {
        /// How many.
        count: usize,
    },
    /// Not readable as a key file under this master key; replaced from the other copy.
    Damaged {
        /// What did not fit.
        what: String,
    },
}

/// One copy while the keyring is open.
pub(crate) struct Copy {
    path: PathBuf,
    /// `None`: what is on disk is not known to be what is in memory; the whole file must be written again.
    file: Option<AppendFile>,
}

/// What a copy holds.
pub(crate) enum Content {
    Absent,
    Good(KeyFile, Epoch),
    Damaged(String),
}

impl Copy {
    pub(crate) fn in_directory(directory: &Path) -> Self {
        Self { path: directory.join(NAME), file: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn exists(&self) -> bool {
        self.path.exists()
    }

    pub(crate) fn read(&self, master: &[u8; 32]) -> Content {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Content::Absent,
            Err(error) => return Content::Damaged(error.to_string()),
        };
        match KeyFile::decode(&bytes) {
            Ok(file) => match Epoch::open(&file, master) {
                Some(epoch) => Content::Good(file, epoch),
                None => Content::Damaged("it was not written under this master key".to_owned()),
            },
            Err(error) => Content::Damaged(error.to_string()),
        }
    }

    /// Takes the file as it stands: it was read and is whole.
    pub(crate) fn adopt(&mut self, disk: &Disk) -> Result<(), KeyError> {
        self.file = Some(disk.append_to(&self.path, MODE)?);
        Ok(())
    }

    /// What is on disk no longer matters.
    pub(crate) fn outdate(&mut self) {
        self.file = None;
    }

    pub(crate) fn is_current(&self) -> bool {
        self.file.is_some()
    }

    /// Puts a whole new file in the place of the old.
    pub(crate) fn rewrite(&mut self, disk: &Disk, bytes: &[u8]) -> Result<(), KeyError> {
        self.file = None;
        if let Some(directory) = self.path.parent() {
            disk.create_dir_durably(directory)?;
        }
        disk.write_atomically(&self.path, bytes, MODE)?;
        self.adopt(disk)
    }

    /// Adds rows, durably; a copy that cannot take them is outdated.
    pub(crate) fn append(&mut self, rows: &[u8]) {
        let Some(file) = &mut self.file else { return };
        if file.append(rows).and_then(|_| file.sync_data()).is_err() {
            // Not lost: the caller writes the whole file again before it calls anything durable, and reports it if
            // that fails too.
            self.file = None;
        }
    }
}
