//! The master key file: 32 random bytes, mode 0600.
//!
//! At the first start the master key lies beside its place until the copies of the key file are written, so that a
//! crash in between can neither lose a master key in use nor make a second one.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use candour_durable::Disk;
use candour_seal::key::Secret;
use candour_units::Entropy;
use zeroize::Zeroizing;

use crate::KeyError;

const MODE: u32 = 0o600;
const OTHERS: u32 = 0o007;

/// The master key, and whether its first start was ever finished.
pub(crate) struct Master {
    pub(crate) key: Secret,
    path: PathBuf,
    beginning: bool,
    /// The file of the first start is still there.
    begun: bool,
}

impl Master {
    /// Reads the master key, or makes one if there never was any; `in_use` says that key files exist already.
    pub(crate) fn open(disk: &Disk, path: &Path, entropy: &dyn Entropy, in_use: bool) -> Result<Self, KeyError> {
        let begun = beginning_of(path);
        let (standing, first) = (read(path)?, read(&begun)?);
        let left_over = first.is_some();
        let (key, beginning) = match (standing, first) {
            (Some(key), _) => (key, false),
            (None, Some(key)) => (key, true),
            (None, None) if in_use => {
                let what = "the master key is missing, but key files made under it exist; put it back from its backup";
                return Err(KeyError::damaged(path, what));
            }
            (None, None) => (make(disk, &begun, entropy)?, true),
        };
        Ok(Self { key, path: path.to_owned(), beginning, begun: beginning || left_over })
    }

    /// Whether the copies of the key file may still have to be made.
    pub(crate) fn is_beginning(&self) -> bool {
        self.beginning
    }

    /// The copies stand: puts the master key in its place.
    pub(crate) fn settle(&mut self, disk: &Disk) -> Result<(), KeyError> {
        if self.beginning {
            disk.write_atomically(&self.path, self.key.as_slice(), MODE)?;
            self.beginning = false;
        }
        if self.begun {
            disk.remove(&beginning_of(&self.path))?;
            self.begun = false;
        }
        Ok(())
    }
}

fn beginning_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".first-start");
    path.with_file_name(name)
}

fn make(disk: &Disk, path: &Path, entropy: &dyn Entropy) -> Result<Secret, KeyError> {
    let mut key = Secret::default();
    entropy.fill(&mut *key);
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        disk.create_dir_durably(directory)?;
    }
    disk.write_atomically(path, key.as_slice(), MODE)?;
    Ok(key)
}

fn read(path: &Path) -> Result<Option<Secret>, KeyError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(KeyError::damaged(path, error)),
    };
    let mode = fs::metadata(path).map_err(|error| KeyError::damaged(path, error))?.permissions().mode();
    if mode & OTHERS != 0 {
        return Err(KeyError::damaged(path, "everybody on this machine may read it; take that away (chmod 600)"));
    }
    let mut key = Secret::default();
    if bytes.len() != key.len() {
        return Err(KeyError::damaged(path, format!("a master key has 32 bytes, this file has {}", bytes.len())));
    }
    key.copy_from_slice(&bytes);
    Ok(Some(key))
}
