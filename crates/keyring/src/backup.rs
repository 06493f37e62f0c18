//! What a backup holds of the keyring, and how long it may: the keys as they stand, under a key that dies at its expiry.

use std::path::PathBuf;
use std::sync::Arc;

use candour_durable::Disk;
use candour_seal::backup::BackupHead;
use candour_seal::key::Secret;
use candour_seal::keyfile::{BackupEntry, DayFile, Epoch, Wrapped, day_of};
use candour_units::{Entropy, RecorderId, WallTime};
use zeroize::Zeroizing;

use crate::copies::Copy;
use crate::master::Master;
use crate::memory::Day;
use crate::writer::{PlainDay, Start, Writer, nonce};
use crate::{CopyFound, KeyError, Keyring, MasterSource};

/// A backup that was begun: noted in every copy, its key made and wrapped.
pub struct KeyringBackup {
    /// What it says about itself.
    pub head: BackupHead,
    /// Its key; seals the body.
    pub key: Secret,
    /// The same wrapped by the master, for its key file.
    pub wrapped: Wrapped,
    epochs: Vec<Arc<Epoch>>,
    secrets: Secret,
    backups: Vec<BackupEntry>,
    days: Vec<(i64, Arc<Day>)>,
    entropy: Arc<dyn Entropy>,
}

impl KeyringBackup {
    /// What opens the days: epoch keys and the key for small secrets, and which backups there were, this one too. Clear,
    /// to be sealed at once.
    #[must_use]
    pub fn ring(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(36 + 48 * self.epochs.len() + 32 * self.backups.len()));
        out.extend_from_slice(&*self.secrets);
        out.extend_from_slice(&(self.epochs.len() as u32).to_le_bytes());
        for epoch in &self.epochs {
            out.extend_from_slice(&epoch.id());
            out.extend_from_slice(&**epoch.key());
        }
        for backup in &self.backups {
            out.extend_from_slice(&backup.id);
            out.extend_from_slice(&backup.made.ticks().to_le_bytes());
            out.extend_from_slice(&backup.expires.ticks().to_le_bytes());
        }
        out
    }

    /// The day files as they stood, one after another.
    pub fn days(&self) -> impl Iterator<Item = Vec<u8>> {
        self.days.iter().filter_map(|(number, day)| {
            let epoch = self.epochs.iter().find(|epoch| epoch.id() == day.epoch)?;
            Some(epoch.close(day.head(*number).encode(&day.rows), nonce(&*self.entropy)))
        })
    }
}

/// The keyring of a backup, read back.
pub struct RestoredRing {
    epochs: Vec<Epoch>,
    secrets: Secret,
    backups: Vec<BackupEntry>,
    days: Vec<(i64, PlainDay)>,
}

impl RestoredRing {
    /// Reads what [`KeyringBackup::ring`] wrote; `None` when it makes no sense.
    #[must_use]
    pub fn read(ring: &[u8]) -> Option<Self> {
        let (secrets, rest) = ring.split_first_chunk::<32>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (rest, backups) = rest.split_at_checked(48 * u32::from_le_bytes(*count) as usize)?;
        let mut epochs = Vec::new();
        for entry in rest.chunks_exact(48) {
            let (id, key) = entry.split_first_chunk::<16>()?;
            epochs.push(Epoch::new(*id, Secret::new(key.try_into().ok()?)));
        }
        let time = |bytes: &[u8]| Some(WallTime::from_ticks(i64::from_le_bytes(bytes.try_into().ok()?)));
        let backup = |entry: &[u8]| {
            let id = entry.get(..16)?.try_into().ok()?;
            Some(BackupEntry { id, made: time(entry.get(16..24)?)?, expires: time(entry.get(24..32)?)? })
        };
        let backups = backups.chunks(32).map(backup).collect::<Option<Vec<_>>>()?;
        Some(Self { epochs, secrets: Secret::new(*secrets), backups, days: Vec::new() })
    }

    /// Takes a day file of the backup.
    ///
    /// # Errors
    /// In words when it is not one of this backup.
    pub fn take_day(&mut self, bytes: &[u8]) -> Result<(), String> {
        let file = DayFile::decode(bytes).map_err(|error| error.to_string())?;
        let epoch = self.epochs.iter().find(|epoch| epoch.id() == file.head.epoch);
        let epoch = epoch.filter(|epoch| epoch.proves(&file.tail)).ok_or("a day file is not of this backup")?;
        let mut day = PlainDay { destructions: file.head.destructions, rows: Default::default() };
        for (name, wrapped) in &file.rows {
            let key = epoch.unwrap(name, wrapped).ok_or("a row of a day file does not open")?;
            debug_assert_eq!(day_of(name.hour), file.head.day);
            day.rows.insert(*name, key);
        }
        self.days.push((file.head.day, day));
        Ok(())
    }
}

impl Keyring {
    /// Begins a backup: notes it in every copy, so that whatever is destroyed from now on knows of it, makes its key, and
    /// takes the keys as they stand.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`] when some copy cannot be written or the master does not answer.
    pub fn begin_backup(
        &self,
        recorder: RecorderId,
        made: WallTime,
        expires: WallTime,
    ) -> Result<KeyringBackup, KeyError> {
        let entropy = &self.inner.entropy;
        let id = entropy.id();
        let mut writer = self.writer();
        writer.begin_backup(&self.inner.memory, BackupEntry { id, made, expires }, &**entropy)?;
        let key = Secret::new(entropy.key());
        let wrapped = writer.master.wrap(&writer.head.ring, &id, nonce(&**entropy), &key)?;
        let head = BackupHead { id, ring: writer.head.ring, recorder, master: writer.master.kind(), made, expires };
        let secrets = writer.secrets_key(&self.inner.memory)?;
        let memory = self.memory();
        let days = memory.days.iter().map(|(number, day)| (*number, day.clone())).collect();
        Ok(KeyringBackup {
            head,
            key,
            wrapped,
            epochs: memory.epochs.clone(),
            secrets,
            backups: writer.head.backups.clone(),
            days,
            entropy: entropy.clone(),
        })
    }

    /// The key of a backup of this keyring, for proving what was written.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when it is of another keyring or master; [`KeyError::Unavailable`].
    pub fn backup_key(&self, head: &BackupHead, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        unwrap_backup(&self.writer().master, head, wrapped)
    }

    /// A backup's key file is gone, or was never written: it opens nothing any more. Repeating it is harmless.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`]; call again.
    pub fn end_backup(&self, id: [u8; 16]) -> Result<(), KeyError> {
        self.writer().end_backup(&self.inner.memory, id, &*self.inner.entropy)
    }

    /// Takes note of a backup that was found and is not known; one of another keyring is none of ours.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    pub fn note_backup(&self, ring: [u8; 16], backup: BackupEntry) -> Result<(), KeyError> {
        let mut writer = self.writer();
        if writer.head.ring != ring || writer.head.backups.iter().any(|known| known.id == backup.id) {
            return Ok(());
        }
        writer.begin_backup(&self.inner.memory, backup, &*self.inner.entropy)
    }

    /// Backups that may still open what they hold, oldest first.
    #[must_use]
    pub fn backups(&self) -> Vec<BackupEntry> {
        self.memory().status.backups.clone()
    }

    /// Until when a backup may still open a segment that started at `start` and whose key is destroyed now: the latest
    /// expiry of those begun since its hour key may have been made (an hour ahead). `None`: no backup holds it.
    #[must_use]
    pub fn backups_until(&self, start: WallTime) -> Option<WallTime> {
        const AHEAD_HOURS: i64 = 1;
        let first = start.hour_floor() - AHEAD_HOURS;
        let memory = self.memory();
        let holding = memory.status.backups.iter().filter(|backup| backup.made.hour_floor() >= first);
        holding.map(|backup| backup.expires).max()
    }

    /// Makes a keyring from a backup, in places that are empty.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when a place is not empty; [`KeyError::Unavailable`].
    pub fn restore(
        disk: Disk,
        source: &MasterSource,
        copies: &[PathBuf],
        head: &BackupHead,
        ring: RestoredRing,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyError> {
        let places: Vec<Copy> = copies.iter().map(|directory| Copy::in_directory(directory)).collect();
        if let Some(used) = places.iter().find(|copy| copy.holds_anything()) {
            return Err(KeyError::damaged(used.directory(), "there is a keyring already; nothing is restored over it"));
        }
        let master = open_for_restore(&disk, source, &*entropy)?;
        let start = Start {
            ring: head.ring,
            days: ring.days.into_iter().collect(),
            secrets: ring.secrets,
            backups: ring.backups,
        };
        let (writer, memory) = Writer::begin(disk, places, master, start, &*entropy)?;
        let found = vec![CopyFound::Absent; copies.len()];
        Ok(Self::of(writer, memory, found, source.clone(), entropy))
    }
}

/// The key of a backup on a machine that has only the master.
///
/// # Errors
/// [`KeyError::Damaged`] when the master is missing or another one; [`KeyError::Unavailable`].
pub fn open_backup_key(
    disk: &Disk,
    source: &MasterSource,
    entropy: &dyn Entropy,
    head: &BackupHead,
    wrapped: &Wrapped,
) -> Result<Secret, KeyError> {
    unwrap_backup(&open_for_restore(disk, source, entropy)?, head, wrapped)
}

/// A restore never makes a master key: one that was just made would open nothing.
fn open_for_restore(disk: &Disk, source: &MasterSource, entropy: &dyn Entropy) -> Result<Master, KeyError> {
    Master::open(disk, source, entropy, true, false)
}

fn unwrap_backup(master: &Master, head: &BackupHead, wrapped: &Wrapped) -> Result<Secret, KeyError> {
    let opened = if head.master == master.kind() { master.unwrap(&head.ring, &head.id, wrapped)? } else { None };
    opened.ok_or_else(|| {
        let what = "this backup was made under another master key, or its key was destroyed when it expired";
        KeyError::Damaged { path: PathBuf::from("the key of the backup"), what: what.to_owned() }
    })
}
