//! Salted commitments: the public leaf binds each field group without saying what is in it.

use candour_units::Hash;

use crate::hashing::sha256;

/// The four field groups of an entry, each disclosed and erased by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Who acted.
    Who,
    /// Which cameras and which interval.
    What,
    /// The purpose and the reason given.
    Why,
    /// What was sent, changed or found.
    Sent,
}

impl Group {
    /// All groups, in the order of every encoding.
    pub const ALL: [Self; 4] = [Self::Who, Self::What, Self::Why, Self::Sent];

    /// The stable word, which is part of the commitment.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::What => "what",
            Self::Why => "why",
            Self::Sent => "sent",
        }
    }

    /// Position in [`Self::ALL`].
    #[must_use]
    pub const fn position(self) -> usize {
        self as usize
    }
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// Thirty-two random bytes that keep a commitment from being guessed; erased with the text they belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// `SHA-256("candour ledger commitment v1\n" || length of word (1 byte) || word || salt (32 bytes) || text)`.
///
/// The parts before the text have known lengths, so no two (group, salt, text) give the same input.
#[must_use]
pub fn commitment(group: Group, salt: &Salt, text: &str) -> Hash {
    let word = group.word().as_bytes();
    let word_length = [word.len() as u8];
    sha256(&[b"candour ledger commitment v1\n", &word_length, word, &salt.0, text.as_bytes()])
}
