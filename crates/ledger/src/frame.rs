//! One entry as it lies in the journal, guarded so that a changed byte says where it is.

use candour_units::Hash;

use crate::commitment::Group;
use crate::details::Details;
use crate::entry::Entry;
use crate::hashing::{leaf_hash, sha256};
use crate::leaf::Leaf;

/// Bytes before the leaf: magic (4), entry number (8), length of leaf (4), length of details (4), check of these (4).
pub const HEADER_LEN: usize = 24;

/// Where the leaf hash of a frame begins, counted in bytes back from the frame's end.
pub const LEAF_HASH_FROM_END: u64 = (HASH_LEN + CHECK_LEN) as u64;

const MAGIC: &[u8; 4] = b"CNJ1";
const CHECKED_HEADER: usize = 20;
const HASH_LEN: usize = 32;
const CHECK_LEN: usize = 8;

/// The place in a frame that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameField {
    /// The four bytes every frame begins with.
    Magic,
    /// The entry number.
    Number,
    /// The lengths, or the check over the header.
    Lengths,
    /// The public leaf.
    Leaf,
    /// The details as a whole: their layout, or a mark of erasure.
    Details,
    /// Salt or text of one group.
    Group(Group),
    /// The stored leaf hash.
    LeafHash,
    /// The check over the whole frame.
    Check,
}

impl std::fmt::Display for FrameField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Magic => f.write_str("the mark at its beginning"),
            Self::Number => f.write_str("its number"),
            Self::Lengths => f.write_str("its lengths"),
            Self::Leaf => f.write_str("its public leaf"),
            Self::Details => f.write_str("the layout of its details"),
            Self::Group(group) => write!(f, "its '{group}'"),
            Self::LeafHash => f.write_str("its leaf hash"),
            Self::Check => f.write_str("its frame check"),
        }
    }
}

/// A frame that fits in itself; whether it belongs to the log is for the tree and the checkpoints to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Entry number, from 0.
    pub number: u64,
    /// The entry.
    pub entry: Entry,
    /// Hash of its leaf.
    pub leaf_hash: Hash,
}

/// The bytes of one entry in the journal, big endian: header (see [`HEADER_LEN`]) · leaf · details · leaf hash (32) · first
/// 8 bytes of `SHA-256("candour journal frame v1\n" || all bytes before)`.
#[must_use]
pub fn encode_frame(number: u64, entry: &Entry) -> Vec<u8> {
    let (leaf, details) = (entry.leaf.encode(), entry.details.encode());
    let mut out = Vec::with_capacity(HEADER_LEN + leaf.len() + details.len() + HASH_LEN + CHECK_LEN);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&number.to_be_bytes());
    out.extend_from_slice(&(leaf.len() as u32).to_be_bytes());
    out.extend_from_slice(&(details.len() as u32).to_be_bytes());
    out.extend_from_slice(&header_check(&out));
    out.extend_from_slice(&leaf);
    out.extend_from_slice(&details);
    out.extend_from_slice(&leaf_hash(&leaf).0);
    out.extend_from_slice(&frame_check(&out));
    out
}

/// Length in bytes of the whole frame that begins with this header, if it is the header of entry `number`.
///
/// # Errors
/// The part of the header that does not fit.
pub fn frame_length(header: &[u8; HEADER_LEN], number: u64) -> Result<usize, FrameField> {
    let fits = header_check(&header[..CHECKED_HEADER]) == header[CHECKED_HEADER..];
    if &header[..4] != MAGIC {
        return Err(FrameField::Magic);
    }
    if header[4..12] != number.to_be_bytes() {
        return Err(FrameField::Number);
    }
    let (leaf, details) = lengths(header);
    if !fits || leaf > Leaf::MAX || details > Details::MAX {
        return Err(FrameField::Lengths);
    }
    Ok(HEADER_LEN + leaf + details + HASH_LEN + CHECK_LEN)
}

/// Reads one whole frame; nothing but what [`encode_frame`] writes decodes.
///
/// # Errors
/// The field that does not fit, as exactly as the bytes allow, and the leaf hash that the frame most likely stood for: a
/// reader that goes on to later entries pushes it, so that one changed byte is reported once.
pub fn decode_frame(bytes: &[u8], number: u64) -> Result<Frame, (FrameField, Option<Hash>)> {
    let header = bytes.first_chunk::<HEADER_LEN>().ok_or((FrameField::Lengths, None))?;
    let expected = frame_length(header, number).map_err(|field| (field, None))?;
    if bytes.len() != expected {
        return Err((FrameField::Lengths, None));
    }
    decode_checked(bytes, number)
}

/// As [`decode_frame`], of bytes that are as long as [`frame_length`] says of their header.
pub(crate) fn decode_checked(bytes: &[u8], number: u64) -> Result<Frame, (FrameField, Option<Hash>)> {
    let header = bytes.first_chunk::<HEADER_LEN>().ok_or((FrameField::Lengths, None))?;
    let (leaf_len, details_len) = lengths(header);
    let (leaf, rest) = bytes[HEADER_LEN..].split_at(leaf_len);
    let (details, rest) = rest.split_at(details_len);
    let (stored_hash, check) = rest.split_at(HASH_LEN);
    let stored_hash = Hash(stored_hash.try_into().expect("split at the length of a hash"));
    let before_check = &bytes[..bytes.len() - CHECK_LEN];

    let computed = leaf_hash(leaf);
    if computed != stored_hash {
        // Whichever of the two makes the check come out right was not the one that changed.
        let mut mended = before_check.to_vec();
        let at = mended.len() - HASH_LEN;
        mended[at..].copy_from_slice(&computed.0);
        let leaf_is_right = frame_check(&mended) == check;
        return Err(if leaf_is_right {
            (FrameField::LeafHash, Some(computed))
        } else {
            (FrameField::Leaf, Some(stored_hash))
        });
    }
    let located = |field| (field, Some(computed));
    let leaf = Leaf::decode(leaf).map_err(|_| located(FrameField::Leaf))?;
    let details = Details::decode(details).map_err(|_| located(FrameField::Details))?;
    details.fit(&leaf).map_err(|group| located(FrameField::Group(group)))?;
    if frame_check(before_check) != check {
        return Err(located(FrameField::Check));
    }
    Ok(Frame { number, entry: Entry { leaf, details }, leaf_hash: computed })
}

/// Whether the bytes can be the beginning of the frame of entry `number`, as far as they go.
pub(crate) fn may_begin(bytes: &[u8], number: u64) -> bool {
    let mut known = MAGIC.to_vec();
    known.extend_from_slice(&number.to_be_bytes());
    bytes.iter().zip(&known).all(|(found, expected)| found == expected)
}

fn lengths(header: &[u8; HEADER_LEN]) -> (usize, usize) {
    let read = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize;
    (read(12), read(16))
}

fn header_check(header: &[u8]) -> [u8; HEADER_LEN - CHECKED_HEADER] {
    let hash = sha256(&[b"candour journal header v1\n", header]);
    *hash.0.first_chunk().expect("a hash is longer than a check")
}

fn frame_check(before: &[u8]) -> [u8; CHECK_LEN] {
    let hash = sha256(&[b"candour journal frame v1\n", before]);
    *hash.0.first_chunk().expect("a hash is longer than a check")
}
