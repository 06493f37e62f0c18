//! The head of a keyring: which epoch keys there are, and which backups were made.

use candour_units::WallTime;

use super::{KeyFileError, SUITE, TAIL_LEN, Tail, VERSION, WRAPPED_LEN, Wrapped, begin, tail_at};
use crate::cursor::Cursor;

const MAGIC: &[u8; 8] = b"CANDOKEY";

/// Bytes of a head before its entries.
pub const HEAD_LEN: usize = 108;
/// Bytes of an epoch's entry.
pub const EPOCH_LEN: usize = 80;
/// Bytes of a backup's entry.
pub const BACKUP_LEN: usize = 32;

/// What kind of master key wraps the epoch keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MasterKind {
    /// Thirty-two bytes that this machine holds: a file or a credential.
    Held,
    /// Keys inside a PKCS#11 token.
    Token,
}

/// Where an epoch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochState {
    /// New rows are wrapped under it. Exactly one, and the first entry.
    Current,
    /// Some day file is still wrapped under it: a rotation is under way.
    Retiring,
    /// No file needs it any more; the master has still to destroy what wrapped it.
    Leaving,
}

/// One epoch key, wrapped by the master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEntry {
    /// Its name; random.
    pub id: [u8; 16],
    /// Where it stands.
    pub state: EpochState,
    /// The key; zeros when it is leaving.
    pub key: Wrapped,
}

/// A backup that was made of this keyring and may still open what it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupEntry {
    /// Its name; random.
    pub id: [u8; 16],
    /// When it was begun.
    pub made: WallTime,
    /// From when on it opens nothing.
    pub expires: WallTime,
}

/// What a head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingHead {
    /// Names the keyring; random, kept by restores.
    pub ring: [u8; 16],
    /// Goes up with every rewrite of the head; of two good heads the higher one is right.
    pub generation: u64,
    /// What wraps the epoch keys.
    pub master: MasterKind,
    /// The current epoch first.
    pub epochs: Vec<EpochEntry>,
    /// The key for small secrets, wrapped under the current epoch.
    pub secrets: Wrapped,
    /// Backups not known to be useless yet.
    pub backups: Vec<BackupEntry>,
}

impl RingHead {
    /// The part of the file that its tail covers.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD_LEN + EPOCH_LEN * self.epochs.len() + TAIL_LEN);
        out.extend_from_slice(MAGIC);
        let master = match self.master {
            MasterKind::Held => 1,
            MasterKind::Token => 2,
        };
        out.extend_from_slice(&[VERSION, SUITE, master, 0]);
        out.extend_from_slice(&(self.epochs.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.ring);
        out.extend_from_slice(&self.generation.to_le_bytes());
        out.extend_from_slice(&(self.backups.len() as u32).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.secrets.to_bytes());
        for epoch in &self.epochs {
            let state = match epoch.state {
                EpochState::Current => 1,
                EpochState::Retiring => 2,
                EpochState::Leaving => 3,
            };
            out.extend_from_slice(&epoch.id);
            out.extend_from_slice(&[state, 0, 0, 0]);
            out.extend_from_slice(&epoch.key.to_bytes());
        }
        for backup in &self.backups {
            out.extend_from_slice(&backup.id);
            out.extend_from_slice(&backup.made.ticks().to_le_bytes());
            out.extend_from_slice(&backup.expires.ticks().to_le_bytes());
        }
        out
    }

    /// The epoch under which new rows are wrapped.
    #[must_use]
    pub fn current(&self) -> Option<&EpochEntry> {
        self.epochs.first()
    }
}

/// A head as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingFile {
    /// What it says.
    pub head: RingHead,
    /// Digest, and proof under the current epoch key; see `Epoch::proves`.
    pub tail: Tail,
}

impl RingFile {
    /// Reads a head. Nothing is authenticated before its tail is proved under the current epoch key.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut fields = begin(bytes, MAGIC, HEAD_LEN)?;
        let short = KeyFileError::Short { expected: HEAD_LEN as u64, actual: bytes.len() as u64 };
        let (kind, _zero) = fields.array::<2>().map(|[kind, zero]| (kind, zero)).ok_or(short)?;
        let epochs = fields.u32().ok_or(short)? as usize;
        let (ring, generation) = (fields.array().ok_or(short)?, fields.u64().ok_or(short)?);
        let backups = fields.u32().ok_or(short)? as usize;
        let _zeros: [u8; 4] = fields.array().ok_or(short)?;
        let secrets = Wrapped::decode(&mut fields).ok_or(short)?;
        let written = epochs
            .saturating_mul(EPOCH_LEN)
            .saturating_add(backups.saturating_mul(BACKUP_LEN))
            .saturating_add(HEAD_LEN);
        let (tail, rest) = tail_at(bytes, written)?;
        let wrong = |offset: usize| KeyFileError::Row { offset: offset as u64 };
        let master = match kind {
            1 => MasterKind::Held,
            2 => MasterKind::Token,
            _ => return Err(wrong(10)),
        };
        let epochs: Option<Vec<_>> = (0..epochs).map(|number| epoch(&mut fields, number)).collect();
        let epochs = epochs.filter(|epochs| !epochs.is_empty()).ok_or(wrong(HEAD_LEN))?;
        let backups: Option<Vec<_>> = (0..backups).map(|_| backup(&mut fields)).collect();
        let backups = backups.filter(|_| rest.is_empty()).ok_or(wrong(written))?;
        Ok(Self { head: RingHead { ring, generation, master, epochs, secrets, backups }, tail })
    }
}

fn epoch(fields: &mut Cursor<'_>, number: usize) -> Option<EpochEntry> {
    let id = fields.array()?;
    let [state, ..]: [u8; 4] = fields.array()?;
    let state = match (state, number) {
        (1, 0) => EpochState::Current,
        (2, 1..) => EpochState::Retiring,
        (3, 1..) => EpochState::Leaving,
        _ => return None,
    };
    Some(EpochEntry { id, state, key: Wrapped::decode(fields)? })
}

fn backup(fields: &mut Cursor<'_>) -> Option<BackupEntry> {
    let id = fields.array()?;
    let (made, expires) = (WallTime::from_ticks(fields.i64()?), WallTime::from_ticks(fields.i64()?));
    Some(BackupEntry { id, made, expires })
}

const _: () = assert!(HEAD_LEN == 48 + WRAPPED_LEN && EPOCH_LEN == 20 + WRAPPED_LEN);
