//! One wrapped key with its name.

use std::collections::BTreeMap;

use candour_units::{SegmentId, StreamId};

use crate::cursor::Cursor;

const KIND_HOUR: u8 = 1;
const KIND_SEGMENT: u8 = 2;

/// Bytes of one row.
pub const ROW_LEN: usize = 112;
/// Bytes of a wrapped key.
pub const WRAPPED_LEN: usize = 60;
/// Bytes of a row that say whose key it is.
const NAME_LEN: usize = 44;
const CHECK_AT: usize = 104;

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

/// A wrapped key. Without the key that wrapped it, noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrapped {
    /// Nonce of AES-256-GCM.
    pub nonce: [u8; 12],
    /// Ciphertext (32 bytes) and tag (16).
    pub sealed: [u8; 48],
}

impl Wrapped {
    /// Nonce, ciphertext, tag.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; WRAPPED_LEN] {
        let mut out = [0; WRAPPED_LEN];
        out[..12].copy_from_slice(&self.nonce);
        out[12..].copy_from_slice(&self.sealed);
        out
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` for another length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == WRAPPED_LEN).then(|| Self::decode(&mut Cursor::over(bytes)))?
    }

    pub(crate) fn decode(fields: &mut Cursor<'_>) -> Option<Self> {
        Some(Self { nonce: fields.array()?, sealed: fields.array()? })
    }
}

/// The rows of a day.
pub type Rows = BTreeMap<RowName, Wrapped>;

/// The bytes of one row, as they stand in the file and as they are appended.
#[must_use]
pub fn encode_row(name: &RowName, key: &Wrapped) -> [u8; ROW_LEN] {
    let mut out = [0; ROW_LEN];
    out[..NAME_LEN].copy_from_slice(&name.encode());
    out[NAME_LEN..CHECK_AT].copy_from_slice(&key.to_bytes());
    let check = row_check(&out);
    out[CHECK_AT..].copy_from_slice(&check);
    out
}

/// `None` when the row does not fit its own check value.
pub(super) fn decode_row(row: &[u8]) -> Option<(RowName, Wrapped)> {
    if row.len() != ROW_LEN || row_check(row) != row[CHECK_AT..] {
        return None;
    }
    let mut fields = Cursor::over(row);
    Some((RowName::decode(&mut fields)?, Wrapped::decode(&mut fields)?))
}

fn row_check(row: &[u8]) -> [u8; ROW_LEN - CHECK_AT] {
    *blake3::hash(&row[..CHECK_AT]).as_bytes().first_chunk().expect("a digest is longer than a check value")
}
