//! The handle on the keyring.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_durable::Disk;
use candour_seal::key::{Secret, segment_key};
use candour_seal::keyfile::{self, RowName};
use candour_units::{Entropy, SegmentId, StreamId, WallTime};
use zeroize::Zeroize;

use crate::master::Master;
use crate::memory::{KeyringStatus, Memory};
use crate::writer::{Opening, Writer, lock, nonce};
use crate::{CopyFound, Destruction, KeyError, MasterSource};

/// Where the keys lie.
pub struct KeyringConfig {
    /// The master key file (32 random bytes, mode 0600; made at the first start).
    pub master: PathBuf,
    /// One or two directories that each hold a copy of the keyring.
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

/// A handle on the keyring; clones share it. Calls that change something block on the disk: use them from a disk thread.
///
/// In memory the rows stay wrapped; the epoch key and the master key are wiped when the last handle goes.
#[derive(Clone)]
pub struct Keyring {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) entropy: Arc<dyn Entropy>,
    source: MasterSource,
    found: Vec<CopyFound>,
    /// Held by whoever changes something, while the disks are written. Taken before `memory`, never after it.
    writer: Mutex<Writer>,
    /// Held for moments, never while anything is written.
    pub(crate) memory: Mutex<Memory>,
    /// One rotation at a time.
    rotating: Mutex<()>,
}

impl Keyring {
    /// Opens the keyring under a master key file (made at the first start); what one copy lacks the other mends.
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
        Self::open_under(disk, &MasterSource::File(config.master), &config.copies, false, entropy)
    }

    /// Opens the keyring under any master key. `first_start` says that this recorder has never recorded: only then may a
    /// keyring begin under a master key that somebody else keeps (a file that we keep knows by itself).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open_under(
        disk: Disk,
        source: &MasterSource,
        copies: &[PathBuf],
        first_start: bool,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyError> {
        let in_use = copies.iter().any(|directory| crate::copies::Copy::in_directory(directory).exists());
        let master = Master::open(&disk, source, &*entropy, in_use, first_start)?;
        let opening = Opening { copies, in_words: source.path() };
        let (writer, memory, found) = Writer::open(disk, &opening, master, &*entropy)?;
        let keyring = Self::of(writer, memory, found, source.clone(), entropy);
        if keyring.status().rotating {
            // Interrupted by a crash; if a disk is not there now, the next rotation goes on with it.
            if let Err(error) = keyring.finish_rotation() {
                let _said_by_the_status_until_it_succeeds = error;
            }
        }
        Ok(keyring)
    }

    pub(crate) fn of(
        writer: Writer,
        memory: Memory,
        found: Vec<CopyFound>,
        source: MasterSource,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let (writer, memory, rotating) = (Mutex::new(writer), Mutex::new(memory), Mutex::new(()));
        Self { inner: Arc::new(Inner { entropy, source, found, writer, memory, rotating }) }
    }

    /// How each copy was found when the keyring was opened, in the order of the configuration.
    #[must_use]
    pub fn found(&self) -> Vec<CopyFound> {
        self.inner.found.clone()
    }

    /// How it stands now; waits for no disk.
    #[must_use]
    pub fn status(&self) -> KeyringStatus {
        self.memory().status.clone()
    }

    /// Counts every change but an added key; it only goes up. Whoever keeps it elsewhere can tell that a whole keyring
    /// was put back.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.memory().changes()
    }

    /// Eight bytes that tell this master key from others, `None` for one that never leaves its token.
    #[must_use]
    pub fn master_fingerprint(&self) -> Option<[u8; 8]> {
        self.writer().master.fingerprint()
    }

    /// The key for a new segment that starts at `start`; when this returns its hour key is durable in at least one copy,
    /// and in every copy that can be written (rule 7). Waits for no disk if the hour was prepared.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn key_for_new(&self, stream: StreamId, segment: SegmentId, start: WallTime) -> Result<SegmentKey, KeyError> {
        let hour = start.hour_floor();
        if let Some(key) = self.issue(stream, segment, hour)? {
            return Ok(key);
        }
        self.writer().ensure_hours(&self.inner.memory, &[(stream, hour)], &*self.inner.entropy)?;
        self.issue(stream, segment, hour)?.ok_or(KeyError::Gone { segment })
    }

    fn issue(&self, stream: StreamId, segment: SegmentId, hour: i64) -> Result<Option<SegmentKey>, KeyError> {
        let mut memory = self.memory();
        let Some(hour_key) = memory.key(&hour_row(stream, hour))? else { return Ok(None) };
        memory.issued.remember(stream, hour, segment);
        Ok(Some(segment_key(&hour_key, segment).into()))
    }

    /// Makes the hour keys of these streams ahead of time with one write, so that [`Self::key_for_new`] need not wait for
    /// the disk when the hour turns.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn prepare(&self, streams: &[(StreamId, WallTime)]) -> Result<(), KeyError> {
        let hours: Vec<_> = streams.iter().map(|(stream, at)| (*stream, at.hour_floor())).collect();
        self.writer().ensure_hours(&self.inner.memory, &hours, &*self.inner.entropy)
    }

    /// The key of an existing segment; waits for no disk.
    ///
    /// # Errors
    /// [`KeyError::Gone`].
    pub fn key_of(&self, stream: StreamId, segment: SegmentId, start: WallTime) -> Result<SegmentKey, KeyError> {
        let hour = start.hour_floor();
        let memory = self.memory();
        if let Some(key) = memory.key(&RowName { stream, hour, segment: Some(segment) })? {
            return Ok(key.into());
        }
        let hour_key = memory.key(&hour_row(stream, hour))?.ok_or(KeyError::Gone { segment })?;
        Ok(segment_key(&hour_key, segment).into())
    }

    /// Whether the segment's key is a row of its own (it survived a neighbour of its hour), not derived from its hour's.
    #[must_use]
    pub fn has_own_key(&self, stream: StreamId, segment: SegmentId, start: WallTime) -> bool {
        let name = RowName { stream, hour: start.hour_floor(), segment: Some(segment) };
        matches!(self.memory().key(&name), Ok(Some(_)))
    }

    /// Destroys the key of one segment, durably; `survivors` are the other segments of the same stream and hour that
    /// must stay readable: their keys become rows of their own and the hour key goes (rule 4). Segments that got their
    /// key from [`Self::key_for_new`] of this handle in the last hours survive even when they are not named.
    ///
    /// # Errors
    /// As [`Self::destroy_batch`].
    pub fn destroy(
        &self,
        stream: StreamId,
        segment: SegmentId,
        start: WallTime,
        survivors: &[SegmentId],
    ) -> Result<(), KeyError> {
        self.destroy_batch(&[Destruction { stream, start, segments: &[segment], survivors }])
    }

    /// Carries out many orders with one rewrite of each day's file they touch: for sweeps. Repeating an order is harmless.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`] when some copy cannot be written. If that was known before, nothing was destroyed; else
    /// the keys are gone for this process but may still stand in a copy. Call again until it succeeds, and claim nothing
    /// before. [`KeyError::Damaged`] when the key of a survivor cannot be made, then nothing was destroyed.
    pub fn destroy_batch(&self, orders: &[Destruction<'_>]) -> Result<(), KeyError> {
        self.writer().destroy(&self.inner.memory, orders, &*self.inner.entropy)
    }

    /// Wraps all keys under a new epoch key and destroys the old one, so that rows of destroyed keys left over on old
    /// blocks of a disk open under nothing that is still held. Goes day by day: new keys wait for one day's file at most,
    /// readers for nothing. One that was interrupted is finished first.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`] when some copy cannot be written or the master does not answer; call again.
    pub fn rotate_epoch(&self) -> Result<(), KeyError> {
        if self.status().rotating {
            self.finish_rotation()?;
        }
        self.writer().begin_rotation(&self.inner.memory, &*self.inner.entropy)?;
        self.finish_rotation()
    }

    /// Finishes a rotation that a crash or a failing disk interrupted; without one it does nothing.
    ///
    /// # Errors
    /// As [`Self::rotate_epoch`].
    pub fn finish_rotation(&self) -> Result<(), KeyError> {
        let _one_at_a_time = self.inner.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        while self.writer().rotate_a_day(&self.inner.memory, &*self.inner.entropy)? {}
        self.writer().end_rotation(&self.inner.memory, &*self.inner.entropy)
    }

    /// Tries again to write the copies that failed; [`Self::status`] says what came of it.
    pub fn retry(&self) {
        self.writer().settle(&self.inner.memory, &*self.inner.entropy);
    }

    /// Makes a missing copy anew in its empty place. Whoever asks says by it that the copy that was there is gone for
    /// good: what it held counts as destroyed from then on.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when the directory is not one of the configuration, or its copy is not missing;
    /// [`KeyError::Unavailable`].
    pub fn renew_copy(&self, directory: &Path) -> Result<(), KeyError> {
        self.writer().renew_copy(&self.inner.memory, directory, &*self.inner.entropy)
    }

    /// Seals a small secret (camera credentials) under a key of its own, kept in the keyring.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn seal_secret(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.secrets_key()?;
        Ok(keyfile::seal_secret(&key, nonce(&*self.inner.entropy), context, secret))
    }

    /// Opens what [`Self::seal_secret`] sealed under the same context.
    ///
    /// # Errors
    /// [`KeyError::Damaged`].
    pub fn open_secret(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.secrets_key()?;
        keyfile::open_secret(&key, context, sealed).map(|mut secret| std::mem::take(&mut *secret)).ok_or_else(|| {
            KeyError::damaged(
                self.inner.source.path(),
                "a stored secret does not open under this keyring; enter it again",
            )
        })
    }

    fn secrets_key(&self) -> Result<Secret, KeyError> {
        let memory = self.memory();
        let key = memory.current().unwrap_secrets(&memory.secrets);
        key.ok_or_else(|| KeyError::damaged(self.inner.source.path(), "the key for small secrets does not open"))
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic while the lock was held leaves files marked as outdated at worst; they are written again.
        self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.inner.memory)
    }
}

fn hour_row(stream: StreamId, hour: i64) -> RowName {
    RowName { stream, hour, segment: None }
}
