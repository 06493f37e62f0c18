//! The master key: what wraps the epoch keys and nothing else.
//!
//! Three places: a file of 32 bytes that the recorder makes at its first start; a credential that systemd hands to the
//! service; a PKCS#11 token, which keeps its keys to itself and wraps for us. At the first start a master key file lies
//! beside its place until the copies of the keyring are written, so that a crash in between can neither lose a master
//! key in use nor make a second one.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use candour_durable::Disk;
use candour_seal::key::{Secret, master_fingerprint};
use candour_seal::keyfile::{MasterKind, Wrapped, master_bound, unwrap_by_master, wrap_by_master};
use candour_units::Entropy;
use zeroize::Zeroizing;

use crate::KeyError;
use crate::token::Token;

const MODE: u32 = 0o600;
const OTHERS: u32 = 0o007;

/// Where the master key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterSource {
    /// A file of 32 random bytes, mode 0600, made at the first start.
    File(PathBuf),
    /// A file of 32 random bytes that somebody else provides and guards: a credential of systemd.
    Credential(PathBuf),
    /// A PKCS#11 token.
    Token(TokenSource),
}

/// Where a token is and how it is opened. Nothing in here is secret: the PIN is read from its file when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSource {
    /// The vendor's PKCS#11 library.
    pub library: PathBuf,
    /// The token's label.
    pub token: String,
    /// Label of our keys in it; each recorder has its own.
    pub label: String,
    /// File that holds the PIN.
    pub pin: PathBuf,
    /// Whether each epoch and backup has a key of its own in the token, which the token destroys with it. Otherwise one
    /// key wraps all, and a copy of the token made once recovers everything.
    pub forgets: bool,
}

impl MasterSource {
    /// The path that words about the master key name.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Credential(path) => path,
            Self::Token(token) => &token.library,
        }
    }
}

/// The master key, opened. Without `Debug`; what is held is wiped when dropped.
pub(crate) enum Master {
    Held(Held),
    Token(Token),
}

pub(crate) struct Held {
    key: Secret,
    path: PathBuf,
    /// The copies of the keyring may still have to be made.
    beginning: bool,
    /// The file of the first start is still there.
    begun: bool,
    /// Somebody else keeps it; never written.
    lent: bool,
}

impl Master {
    /// Opens the master key, or makes a file if there never was any. `in_use` says that key files exist already,
    /// `first_start` that this recorder has never recorded.
    pub(crate) fn open(
        disk: &Disk,
        source: &MasterSource,
        entropy: &dyn Entropy,
        in_use: bool,
        first_start: bool,
    ) -> Result<Self, KeyError> {
        match source {
            MasterSource::File(path) => Held::file(disk, path, entropy, in_use).map(Self::Held),
            MasterSource::Credential(path) => {
                let what =
                    "the credential is missing; systemd provides it to the service that names it (LoadCredential=)";
                let key = read(path)?.ok_or_else(|| KeyError::damaged(path, what))?;
                let beginning = first_start && !in_use;
                Ok(Self::Held(Held { key, path: path.clone(), beginning, begun: false, lent: true }))
            }
            MasterSource::Token(token) => Ok(Self::Token(Token::open(token, first_start && !in_use)?)),
        }
    }

    pub(crate) fn kind(&self) -> MasterKind {
        match self {
            Self::Held(_) => MasterKind::Held,
            Self::Token(_) => MasterKind::Token,
        }
    }

    /// The bytes, where there are any to be had.
    pub(crate) fn held(&self) -> Option<&Secret> {
        match self {
            Self::Held(held) => Some(&held.key),
            Self::Token(_) => None,
        }
    }

    pub(crate) fn fingerprint(&self) -> Option<[u8; 8]> {
        self.held().map(|key| master_fingerprint(key))
    }

    /// Wraps a key under the name `id`; opens only under the same ring and name.
    pub(crate) fn wrap(
        &self,
        ring: &[u8; 16],
        id: &[u8; 16],
        nonce: [u8; 12],
        key: &[u8; 32],
    ) -> Result<Wrapped, KeyError> {
        let bound = master_bound(ring, id);
        match self {
            Self::Held(held) => Ok(wrap_by_master(&held.key, nonce, &bound, key)),
            Self::Token(token) => token.wrap(id, nonce, &bound, key),
        }
    }

    /// `None` when it was wrapped by another master or is not what was wrapped.
    pub(crate) fn unwrap(&self, ring: &[u8; 16], id: &[u8; 16], wrapped: &Wrapped) -> Result<Option<Secret>, KeyError> {
        let bound = master_bound(ring, id);
        match self {
            Self::Held(held) => Ok(unwrap_by_master(&held.key, &bound, wrapped)),
            Self::Token(token) => token.unwrap(id, &bound, wrapped),
        }
    }

    /// What was wrapped under this name shall never open again. A master that is held as bytes cannot forget a part of
    /// itself: there it does nothing, and the wrapped key must go from every file instead.
    pub(crate) fn forget(&self, id: &[u8; 16]) -> Result<(), KeyError> {
        match self {
            Self::Held(_) => Ok(()),
            Self::Token(token) => token.forget(id),
        }
    }

    /// Whether the copies of the keyring may still have to be made.
    pub(crate) fn is_beginning(&self) -> bool {
        match self {
            Self::Held(held) => held.beginning,
            Self::Token(token) => token.is_beginning(),
        }
    }

    /// The copies stand: puts the master key in its place.
    pub(crate) fn settle(&mut self, disk: &Disk) -> Result<(), KeyError> {
        match self {
            Self::Held(held) => held.settle(disk),
            Self::Token(_) => Ok(()),
        }
    }
}

impl Held {
    fn file(disk: &Disk, path: &Path, entropy: &dyn Entropy, in_use: bool) -> Result<Self, KeyError> {
        let begun = beginning_of(path);
        let (standing, first) = (read(path)?, read(&begun)?);
        let left_over = first.is_some();
        let (key, beginning) = match (standing, first) {
            (Some(key), _) => (key, false),
            (None, Some(key)) => (key, true),
            (None, None) if in_use => {
                let what = "the master key is missing, but key files made under it exist; put it back: from two of its \
                            printed shares (candour keys recover) or from its copy";
                return Err(KeyError::damaged(path, what));
            }
            (None, None) => (make(disk, &begun, entropy)?, true),
        };
        Ok(Self { key, path: path.to_owned(), beginning, begun: beginning || left_over, lent: false })
    }

    fn settle(&mut self, disk: &Disk) -> Result<(), KeyError> {
        if self.beginning && !self.lent {
            disk.write_atomically(&self.path, self.key.as_slice(), MODE)?;
        }
        self.beginning = false;
        if self.begun {
            disk.remove(&beginning_of(&self.path))?;
            self.begun = false;
        }
        Ok(())
    }
}

/// Puts a master key that came from elsewhere (two printed shares) into its file; never over another one.
///
/// # Errors
/// [`KeyError::Damaged`] when a file is there already; [`KeyError::Unavailable`].
pub fn write_master_file(disk: &Disk, path: &Path, key: &Secret) -> Result<(), KeyError> {
    if path.exists() || beginning_of(path).exists() {
        return Err(KeyError::damaged(path, "there is a master key already; it is not written over"));
    }
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        disk.create_dir_durably(directory)?;
    }
    Ok(disk.write_atomically(path, key.as_slice(), MODE)?)
}

/// Reads a master key that is held in a file: for printing its shares.
///
/// # Errors
/// [`KeyError::Damaged`] when it is absent, of another length, or open to everybody.
pub fn read_master_file(path: &Path) -> Result<Secret, KeyError> {
    read(path)?.ok_or_else(|| KeyError::damaged(path, "there is no master key"))
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
