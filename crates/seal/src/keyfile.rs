//! The key file's format: rows of wrapped keys under an epoch key that is itself wrapped by the master key.
//!
//! Pure: the room `keyring` reads and writes the bytes. Described byte by byte in `docs/design/keyring.md`.

#[cfg(feature = "crypto")]
mod wrap;

use std::collections::BTreeMap;

use candour_units::{Hash, SegmentId, StreamId};

use crate::cursor::Cursor;

#[cfg(feature = "crypto")]
pub use wrap::{Epoch, open_secret, seal_secret};

const MAGIC: &[u8; 8] = b"CANDOKEY";
const VERSION: u8 = 1;
/// AES-256-GCM with random nonces, HKDF-SHA256, BLAKE3.
const SUITE: u8 = 1;
const KIND_HOUR: u8 = 1;
const KIND_SEGMENT: u8 = 2;
const DIGEST_LEN: usize = 32;

/// Bytes of the head of a key file.
pub const HEAD_LEN: usize = 104;
/// Bytes of the head that the wrapping of the epoch key authenticates.
pub(crate) const HEAD_BOUND_LEN: usize = 40;
/// Bytes of one row.
pub const ROW_LEN: usize = 112;
/// Bytes of a row that say whose key it is.
const NAME_LEN: usize = 44;
const ROW_CHECK_AT: usize = 104;

/// Whose key a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowName {
    /// The stream.
    pub stream: StreamId,
    /// Hours of UTC since 1970 (`WallTime::hour_floor` of the segment's start).
    pub hour: i64,
    /// `None` is the key of the whole hour; else a survivor of it, with a key of its own.
    pub segment: Option<SegmentId>,
}

impl RowName {
    pub(crate) fn encode(&self) -> [u8; NAME_LEN] {
        let mut out = [0; NAME_LEN];
        out[0] = if self.segment.is_some() { KIND_SEGMENT } else { KIND_HOUR };
        out[4..20].copy_from_slice(self.stream.as_bytes());
        out[20..28].copy_from_slice(&self.hour.to_le_bytes());
        if let Some(segment) = self.segment {
            out[28..].copy_from_slice(segment.as_bytes());
        }
        out
    }

    fn decode(fields: &mut Cursor<'_>) -> Option<Self> {
        let [kind, zeros @ ..]: [u8; 4] = fields.array()?;
        let stream = StreamId::from_bytes(fields.array()?);
        let hour = fields.i64()?;
        let segment: [u8; 16] = fields.array()?;
        let segment = match kind {
            KIND_HOUR if segment == [0; 16] => None,
            KIND_SEGMENT => Some(SegmentId::from_bytes(segment)),
            _ => return None,
        };
        (zeros == [0; 3]).then_some(Self { stream, hour, segment })
    }
}

/// A wrapped key: nonce, ciphertext, tag. Without the key that wrapped it, noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrapped {
    pub(crate) nonce: [u8; 12],
    pub(crate) sealed: [u8; 48],
}

impl Wrapped {
    fn decode(fields: &mut Cursor<'_>) -> Option<Self> {
        Some(Self { nonce: fields.array()?, sealed: fields.array()? })
    }
}

/// The rows of a key file.
pub type Rows = BTreeMap<RowName, Wrapped>;

/// The bytes of one row, as they stand in the file and as they are appended.
#[must_use]
pub fn encode_row(name: &RowName, key: &Wrapped) -> [u8; ROW_LEN] {
    let mut out = [0; ROW_LEN];
    out[..NAME_LEN].copy_from_slice(&name.encode());
    out[NAME_LEN..NAME_LEN + 12].copy_from_slice(&key.nonce);
    out[NAME_LEN + 12..ROW_CHECK_AT].copy_from_slice(&key.sealed);
    let check = row_check(&out);
    out[ROW_CHECK_AT..].copy_from_slice(&check);
    out
}

/// `None` when the row does not fit its own check value.
fn decode_row(row: &[u8]) -> Option<(RowName, Wrapped)> {
    if row.len() != ROW_LEN || row_check(row) != row[ROW_CHECK_AT..] {
        return None;
    }
    let mut fields = Cursor::over(row);
    Some((RowName::decode(&mut fields)?, Wrapped::decode(&mut fields)?))
}

fn row_check(row: &[u8]) -> [u8; ROW_LEN - ROW_CHECK_AT] {
    *blake3::hash(&row[..ROW_CHECK_AT]).as_bytes().first_chunk().expect("a digest is longer than a check value")
}

/// The names and counts of a key file, before its epoch key is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Names the epoch key; random.
    pub epoch: [u8; 16],
    /// Goes up with every rewrite; of two good copies the higher one is right.
    pub generation: u64,
    /// Rows covered by the digest; more may be appended behind it.
    pub rows: u32,
}

impl Head {
    pub(crate) fn bound_bytes(&self) -> [u8; HEAD_BOUND_LEN] {
        let mut out = [0; HEAD_BOUND_LEN];
        out[..8].copy_from_slice(MAGIC);
        out[8..10].copy_from_slice(&[VERSION, SUITE]);
        out[12..16].copy_from_slice(&self.rows.to_le_bytes());
        out[16..32].copy_from_slice(&self.epoch);
        out[32..].copy_from_slice(&self.generation.to_le_bytes());
        out
    }
}

/// Why bytes are no key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Not a key file.
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
        /// Bytes up to the digest's end.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// Head or rows are not what was written.
    #[error("its digest does not match: it was damaged after it was written")]
    Digest,
    /// The digest matches but a row makes no sense.
    #[error("the row at byte {offset} makes no sense")]
    Row {
        /// Where.
        offset: u64,
    },
}

/// A key file as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// Names and counts.
    pub head: Head,
    pub(crate) epoch_key: Wrapped,
    /// Every good row, those appended since the rewrite included.
    pub rows: Rows,
    /// How many were appended since the rewrite.
    pub appended: usize,
    /// Where appended rows do not fit their check value, or the file ends inside one: an append that was cut short,
    /// or damage; the other copy knows.
    pub bad_rows: Vec<u64>,
}

impl KeyFile {
    /// The bytes of a whole key file.
    #[must_use]
    pub fn encode(head: &Head, epoch_key: &Wrapped, rows: &Rows) -> Vec<u8> {
        debug_assert_eq!(head.rows as usize, rows.len());
        let mut out = Vec::with_capacity(HEAD_LEN + rows.len() * ROW_LEN + DIGEST_LEN);
        out.extend_from_slice(&head.bound_bytes());
        out.extend_from_slice(&epoch_key.nonce);
        out.extend_from_slice(&epoch_key.sealed);
        out.extend_from_slice(&[0; 4]);
        for (name, key) in rows {
            out.extend_from_slice(&encode_row(name, key));
        }
        let digest = blake3::hash(&out);
        out.extend_from_slice(digest.as_bytes());
        out
    }

    /// Reads a key file. Nothing is authenticated before the epoch key is unwrapped and a row with it.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let short = |expected: usize| KeyFileError::Short { expected: expected as u64, actual: bytes.len() as u64 };
        if !bytes.starts_with(MAGIC) {
            return Err(KeyFileError::Magic);
        }
        let mut fields = Cursor::over(&bytes[MAGIC.len()..]);
        let [version, suite, ..]: [u8; 4] = fields.array().ok_or(short(HEAD_LEN))?;
        if (version, suite) != (VERSION, SUITE) {
            return Err(KeyFileError::Version { version, suite });
        }
        let (head, epoch_key) = decode_head(&mut fields).ok_or(short(HEAD_LEN))?;

        let digest_at = HEAD_LEN + head.rows as usize * ROW_LEN;
        let (written, behind) = bytes.split_at_checked(digest_at).ok_or(short(digest_at + DIGEST_LEN))?;
        let (digest, appended) = behind.split_first_chunk::<DIGEST_LEN>().ok_or(short(digest_at + DIGEST_LEN))?;
        if blake3::hash(written).as_bytes() != digest {
            return Err(KeyFileError::Digest);
        }
        let mut file = Self { head, epoch_key, rows: Rows::new(), appended: 0, bad_rows: Vec::new() };
        for (number, row) in written[HEAD_LEN..].chunks_exact(ROW_LEN).enumerate() {
            let offset = (HEAD_LEN + number * ROW_LEN) as u64;
            let (name, key) = decode_row(row).ok_or(KeyFileError::Row { offset })?;
            file.rows.insert(name, key);
        }
        file.take_appended(appended, digest_at + DIGEST_LEN);
        Ok(file)
    }

    fn take_appended(&mut self, appended: &[u8], at: usize) {
        for (number, row) in appended.chunks(ROW_LEN).enumerate() {
            match decode_row(row) {
                Some((name, key)) => {
                    self.rows.insert(name, key);
                    self.appended += 1;
                }
                None => self.bad_rows.push((at + number * ROW_LEN) as u64),
            }
        }
    }

    /// The digest over the rewritten part, for people who compare two copies.
    #[must_use]
    pub fn digest_of(bytes: &[u8]) -> Option<Hash> {
        let file = Self::decode(bytes).ok()?;
        let at = HEAD_LEN + file.head.rows as usize * ROW_LEN;
        bytes.get(at..)?.first_chunk().copied().map(Hash)
    }
}

fn decode_head(fields: &mut Cursor<'_>) -> Option<(Head, Wrapped)> {
    let rows = fields.u32()?;
    let head = Head { rows, epoch: fields.array()?, generation: fields.u64()? };
    let epoch_key = Wrapped::decode(fields)?;
    let _zero: [u8; 4] = fields.array()?;
    Some((head, epoch_key))
}
