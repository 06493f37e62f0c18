//! The keyring's formats: a head with the epoch keys, and a file of wrapped keys for each day.
//!
//! Pure: the room `keyring` reads and writes the bytes. Described byte by byte in `docs/design/keyring.md`.

mod day;
mod head;
mod row;
#[cfg(feature = "crypto")]
mod wrap;

use candour_units::Hash;

use crate::cursor::Cursor;

pub use day::{DAY_HEAD_LEN, DayFile, DayHead, day_of};
pub use head::{BACKUP_LEN, BackupEntry, EPOCH_LEN, EpochEntry, EpochState, HEAD_LEN, MasterKind, RingFile, RingHead};
pub use row::{ROW_LEN, RowName, Rows, WRAPPED_LEN, Wrapped, encode_row};
#[cfg(feature = "crypto")]
pub use wrap::{Epoch, master_bound, open_secret, seal_secret, unwrap_by_master, wrap_by_master};

const VERSION: u8 = 1;
/// AES-256-GCM with random nonces, HKDF-SHA256, BLAKE3.
const SUITE: u8 = 1;
const DIGEST_LEN: usize = 32;
/// Bytes behind the digest: a nonce, and the tag of AES-256-GCM over nothing with the digest as additional data.
const PROOF_LEN: usize = 28;
/// Digest and proof.
pub const TAIL_LEN: usize = DIGEST_LEN + PROOF_LEN;

/// What closes a written part: its digest, and the proof under an epoch key that nobody changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// BLAKE3 of everything before.
    pub digest: Hash,
    nonce: [u8; 12],
    tag: [u8; 16],
}

impl Tail {
    fn encode(&self) -> [u8; TAIL_LEN] {
        let mut out = [0; TAIL_LEN];
        out[..32].copy_from_slice(&self.digest.0);
        out[32..44].copy_from_slice(&self.nonce);
        out[44..].copy_from_slice(&self.tag);
        out
    }

    fn decode(fields: &mut Cursor<'_>) -> Option<Self> {
        Some(Self { digest: Hash(fields.array()?), nonce: fields.array()?, tag: fields.array()? })
    }
}

/// Why bytes are no file of a keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Not such a file.
    #[error("it does not begin with the magic of a key file")]
    Magic,
    /// Made by a later program.
    #[error("format version {version}, cipher suite {suite} is not known; a newer program wrote it")]
    Version {
        /// Format version.
        version: u8,
        /// Cipher suite.
        suite: u8,
    },
    /// It ends before its digest.
    #[error("it is cut short: {actual} bytes, at least {expected} belong there")]
    Short {
        /// Bytes up to the end of its written part.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// What was written is not what is there.
    #[error("its digest does not match: it was damaged after it was written")]
    Digest,
    /// The digest matches but a field makes no sense.
    #[error("what stands at byte {offset} makes no sense")]
    Row {
        /// Where.
        offset: u64,
    },
}

/// Checks magic, version and suite.
fn begin<'a>(bytes: &'a [u8], magic: &[u8; 8], head_len: usize) -> Result<Cursor<'a>, KeyFileError> {
    if !bytes.starts_with(magic) {
        return Err(KeyFileError::Magic);
    }
    let mut fields = Cursor::over(&bytes[magic.len()..]);
    let short = KeyFileError::Short { expected: head_len as u64, actual: bytes.len() as u64 };
    let [version, suite]: [u8; 2] = fields.array().ok_or(short)?;
    if (version, suite) != (VERSION, SUITE) {
        return Err(KeyFileError::Version { version, suite });
    }
    if bytes.len() < head_len {
        return Err(short);
    }
    Ok(fields)
}

/// Splits off the tail behind the first `len` bytes and checks the digest. Gives it with whatever follows.
fn tail_at(bytes: &[u8], len: usize) -> Result<(Tail, &[u8]), KeyFileError> {
    let short = KeyFileError::Short { expected: (len + TAIL_LEN) as u64, actual: bytes.len() as u64 };
    let (written, behind) = bytes.split_at_checked(len).ok_or(short)?;
    let (tail, rest) = behind.split_at_checked(TAIL_LEN).ok_or(short)?;
    let tail = Tail::decode(&mut Cursor::over(tail)).ok_or(short)?;
    if *blake3::hash(written).as_bytes() != tail.digest.0 {
        return Err(KeyFileError::Digest);
    }
    Ok((tail, rest))
}
