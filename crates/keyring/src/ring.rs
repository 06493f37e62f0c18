//! The handle on the key file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_durable::Disk;
use candour_seal::key::{Secret, secrets_key, segment_key};
use candour_seal::keyfile::{self, RowName};
use candour_units::{Entropy, SegmentId, StreamId, WallTime};
use zeroize::Zeroize;

use crate::state::State;
use crate::{CopyFound, Destruction, KeyError};

/// Where the keys lie.
pub struct KeyringConfig {
    /// The master key file (32 random bytes, mode 0600; made at the first start).
    pub master: PathBuf,
    /// One or two directories that each hold a copy of the key file.
    pub copies: Vec<PathBuf>,
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
        self.0.zeroize();
    }
}

impl From<Secret> for SegmentKey {
    fn from(secret: Secret) -> Self {
        Self(*secret)
    }
}

/// A handle on the keyring; clones share it. Calls block on the disk: use them from a disk thread.
///
/// In memory the rows stay wrapped; the epoch key and the master key are wiped when the last handle goes.
#[derive(Clone)]
pub struct Keyring {
    inner: Arc<Inner>,
}

struct Inner {
    entropy: Arc<dyn Entropy>,
    master: PathBuf,
    state: Mutex<State>,
}

impl Keyring {
    /// Opens the key file (made at the first start); if one copy is damaged or old the better one mends it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(config: KeyringConfig, entropy: Arc<dyn Entropy>) -> Result<Self, KeyError> {
        Self::open_on(Disk::real(), config, entropy)
    }

    /// The same on a given disk, for tests that make it fail.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: Disk, config: KeyringConfig, entropy: Arc<dyn Entropy>) -> Result<Self, KeyError> {
        let state = Mutex::new(State::open(&config, &*entropy, disk)?);
        Ok(Self { inner: Arc::new(Inner { entropy, master: config.master, state }) })
    }

    /// How each copy was found when the keyring was opened, in the order of the configuration.
    #[must_use]
    pub fn found(&self) -> Vec<CopyFound> {
        self.state().found().to_vec()
    }

    /// Counts the rewrites of the key file; it only goes up. Whoever keeps it elsewhere can tell that a whole key file
    /// was put back.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.state().generation()
    }

    /// The key for a new segment that starts at `start`; its hour key is durable in every copy when this returns (rule 7).
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn key_for_new(&self, stream: StreamId, segment: SegmentId, start: WallTime) -> Result<SegmentKey, KeyError> {
        let hour = start.hour_floor();
        let mut state = self.state();
        state.ensure_hours(&[(stream, hour)], &*self.inner.entropy)?;
        let hour_key = state.key(&hour_row(stream, hour))?.ok_or(KeyError::Gone { segment })?;
        state.issued().remember(stream, hour, segment);
        Ok(segment_key(&hour_key, segment).into())
    }

    /// Makes the hour keys of these streams ahead of time with one write, so that [`Self::key_for_new`] need not wait for
    /// the disk when the hour turns.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn prepare(&self, streams: &[(StreamId, WallTime)]) -> Result<(), KeyError> {
        let hours: Vec<_> = streams.iter().map(|(stream, at)| (*stream, at.hour_floor())).collect();
        self.state().ensure_hours(&hours, &*self.inner.entropy)
    }

    /// The key of an existing segment.
    ///
    /// # Errors
    /// [`KeyError::Gone`].
    pub fn key_of(&self, stream: StreamId, segment: SegmentId, start: WallTime) -> Result<SegmentKey, KeyError> {
        let hour = start.hour_floor();
        let state = self.state();
        if let Some(key) = state.key(&State::survivor(stream, hour, segment))? {
            return Ok(key.into());
        }
        let hour_key = state.key(&hour_row(stream, hour))?.ok_or(KeyError::Gone { segment })?;
        Ok(segment_key(&hour_key, segment).into())
    }

    /// Destroys the key of one segment, durably; `survivors` are the other segments of the same stream and hour that
    /// must stay readable: their keys become rows of their own and the hour key goes (rule 4). Segments that got their
    /// key from [`Self::key_for_new`] of this handle in the last hours survive even when they are not named.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`]; then the key is gone for this process but may still stand in a copy: call again until
    /// it succeeds, and claim nothing before.
    pub fn destroy(
        &self,
        stream: StreamId,
        segment: SegmentId,
        start: WallTime,
        survivors: &[SegmentId],
    ) -> Result<(), KeyError> {
        self.destroy_many(&[Destruction { stream, start, segments: &[segment], survivors }])
    }

    /// Carries out many orders with one rewrite of the key file: for sweeps. Repeating an order is harmless.
    ///
    /// # Errors
    /// As [`Self::destroy`]; [`KeyError::Damaged`] when the key of a survivor cannot be made, then nothing was destroyed.
    pub fn destroy_many(&self, orders: &[Destruction<'_>]) -> Result<(), KeyError> {
        self.state().destroy(orders, &*self.inner.entropy)
    }

    /// Wraps all keys under a new epoch key and destroys the old one, so that rows of destroyed keys left over on old
    /// blocks of a disk open under nothing that is still held.
    ///
    /// # Errors
    /// As [`Self::destroy_many`].
    pub fn rotate_epoch(&self) -> Result<(), KeyError> {
        self.state().rotate(&*self.inner.entropy)
    }

    /// Seals a small secret (camera credentials) under a key of its own derived from the master key.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn seal_secret(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = secrets_key(self.state().master());
        let mut nonce = [0; 12];
        self.inner.entropy.fill(&mut nonce);
        Ok(keyfile::seal_secret(&key, nonce, context, secret))
    }

    /// Opens what [`Self::seal_secret`] sealed under the same context.
    ///
    /// # Errors
    /// [`KeyError::Damaged`].
    pub fn open_secret(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = secrets_key(self.state().master());
        keyfile::open_secret(&key, context, sealed).map(|mut secret| std::mem::take(&mut *secret)).ok_or_else(|| {
            KeyError::damaged(&self.inner.master, "a stored secret does not open under this master key; enter it again")
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves copies marked as outdated at worst; they are written again.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hour_row(stream: StreamId, hour: i64) -> RowName {
    RowName { stream, hour, segment: None }
}
