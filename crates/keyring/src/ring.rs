//! The handle on the key file.

use std::path::PathBuf;
use std::sync::Arc;

use candour_units::{Entropy, SegmentId, StreamId, WallTime};

/// Where the keys lie.
pub struct KeyringConfig {
    /// The master key file (32 random bytes, mode 0600; made at the first start).
    pub master: PathBuf,
    /// One or two directories that each hold a copy of the key file.
    pub copies: Vec<PathBuf>,
}

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key was destroyed, or never existed: what it sealed cannot be opened.
    #[error("there is no key for segment {segment}; what it sealed can no longer be opened")]
    Gone {
        /// The segment.
        segment: SegmentId,
    },
    /// The key file is damaged or was sealed by another master key.
    #[error("the key file {path} cannot be opened: {what}")]
    Damaged {
        /// Which copy.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// The key file cannot be written.
    #[error("the key file cannot be written: {cause}")]
    Unavailable {
        /// What the system said.
        cause: String,
    },
}

/// The key of one segment: 32 bytes, wiped when dropped, without `Debug`.
pub struct SegmentKey(pub(crate) [u8; 32]);

impl SegmentKey {
    /// The key's bytes, for `seal`.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for SegmentKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// A handle on the keyring; clones share it. Calls block on the disk: use them from a disk thread.
#[derive(Clone)]
pub struct Keyring {
    _inner: Arc<()>,
}

impl Keyring {
    /// Opens the key file (made at the first start); if one copy is damaged or old the better one mends it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(_config: KeyringConfig, _entropy: Arc<dyn Entropy>) -> Result<Self, KeyError> {
        todo!()
    }

    /// The key for a new segment that starts at `start`; its hour key is durable in every copy when this returns (rule 7).
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn key_for_new(&self, _stream: StreamId, _segment: SegmentId, _start: WallTime) -> Result<SegmentKey, KeyError> {
        todo!()
    }

    /// The key of an existing segment.
    ///
    /// # Errors
    /// [`KeyError::Gone`].
    pub fn key_of(&self, _stream: StreamId, _segment: SegmentId, _start: WallTime) -> Result<SegmentKey, KeyError> {
        todo!()
    }

    /// Destroys the key of one segment, durably; `survivors` are the other segments of the same stream and hour that
    /// must stay readable: their keys become rows of their own and the hour key goes (rule 4).
    ///
    /// # Errors
    /// [`KeyError::Unavailable`]; then nothing was destroyed.
    pub fn destroy(
        &self,
        _stream: StreamId,
        _segment: SegmentId,
        _start: WallTime,
        _survivors: &[SegmentId],
    ) -> Result<(), KeyError> {
        todo!()
    }

    /// Seals a small secret (camera credentials) under a key of its own derived from the master key.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn seal_secret(&self, _context: &str, _secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        todo!()
    }

    /// Opens what [`Self::seal_secret`] sealed under the same context.
    ///
    /// # Errors
    /// [`KeyError::Damaged`].
    pub fn open_secret(&self, _context: &str, _sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        todo!()
    }
}
