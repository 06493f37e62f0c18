//! The public leaf: what everybody may see of an entry and what the tree hashes.

use std::fmt;

use candour_units::{Hash, WallTime};

use crate::hashing::leaf_hash;

const VERSION: u8 = 1;
const COMMITMENTS: usize = 4 * 32;
const BEFORE_KIND: usize = 1 + 8 + 1;

/// The word that says what kind of act an entry is: 1 to 40 of `a-z`, `0-9` and `_`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kind(String);

impl Kind {
    /// Longest word in bytes.
    pub const MAX: usize = 40;

    /// The word, if it is one.
    #[must_use]
    pub fn new(word: &str) -> Option<Self> {
        let fits = (1..=Self::MAX).contains(&word.len())
            && word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        fits.then(|| Self(word.to_owned()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why bytes are not a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// A version this program does not know.
    #[error("leaf version {version} is not known here; a newer program is needed")]
    Version {
        /// The version byte.
        version: u8,
    },
    /// The kind is no kind word.
    #[error("the kind is not a word of a-z, 0-9 and _")]
    Kind,
    /// Too short or too long for the kind it names.
    #[error("a leaf of {actual} bytes where {expected} were expected")]
    Length {
        /// Bytes that a leaf with this kind has; the least possible when the kind is missing.
        expected: usize,
        /// Bytes found.
        actual: usize,
    },
}

/// Version, kind, time and the commitments to the four groups. Layout, big endian: version (1) · time in 90 kHz ticks
/// since 1970 (8, signed) · length of kind (1) · kind · four commitments of 32 bytes in the order of [`crate::Group::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// When, by the recorder's clock.
    pub at: WallTime,
    /// What kind of act.
    pub kind: Kind,
    /// Commitments to who, what, why and sent.
    pub commitments: [Hash; 4],
}

impl Leaf {
    /// Longest encoding in bytes.
    pub const MAX: usize = BEFORE_KIND + Kind::MAX + COMMITMENTS;

    /// The one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let kind = self.kind.0.as_bytes();
        let mut out = Vec::with_capacity(BEFORE_KIND + kind.len() + COMMITMENTS);
        out.push(VERSION);
        out.extend_from_slice(&self.at.ticks().to_be_bytes());
        out.push(kind.len() as u8);
        out.extend_from_slice(kind);
        for commitment in &self.commitments {
            out.extend_from_slice(&commitment.0);
        }
        out
    }

    /// Reads the one encoding; nothing else decodes.
    ///
    /// # Errors
    /// What does not fit.
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        let too_short = LeafError::Length { expected: BEFORE_KIND + 1 + COMMITMENTS, actual: bytes.len() };
        let (&version, rest) = bytes.split_first().ok_or(too_short)?;
        if version != VERSION {
            return Err(LeafError::Version { version });
        }
        let (ticks, rest) = rest.split_first_chunk::<8>().ok_or(too_short)?;
        let (&kind_len, rest) = rest.split_first().ok_or(too_short)?;
        let expected = BEFORE_KIND + usize::from(kind_len) + COMMITMENTS;
        if bytes.len() != expected {
            return Err(LeafError::Length { expected, actual: bytes.len() });
        }
        let (kind, commitments) = rest.split_at(usize::from(kind_len));
        let kind = std::str::from_utf8(kind).ok().and_then(Kind::new).ok_or(LeafError::Kind)?;
        let (commitments, _) = commitments.as_chunks::<32>();
        let commitments = std::array::from_fn(|at| Hash(commitments[at]));
        Ok(Self { at: WallTime::from_ticks(i64::from_be_bytes(*ticks)), kind, commitments })
    }

    /// Hash of the encoding, as the tree takes it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.encode())
    }
}
