//! What lies beside a leaf: the salts and texts of its groups, erasable one by one.

use crate::commitment::{Group, Salt, commitment};
use crate::leaf::Leaf;

/// Longest text of one group in bytes.
pub const MAX_GROUP: usize = 64 * 1024;

const VERSION: u8 = 1;
const ERASED: u8 = 0;
const PRESENT: u8 = 1;

/// One group as it can be shown: with its salt anybody can check it against the leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// The salt of the commitment.
    pub salt: Salt,
    /// A JSON object in canonical form (see [`crate::canonical_object`]).
    pub text: String,
}

/// Why bytes are not details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// A version this program does not know.
    #[error("details version {version} is not known here; a newer program is needed")]
    Version {
        /// The version byte.
        version: u8,
    },
    /// They end too early or go on too long.
    #[error("the details do not end where they should")]
    Length,
    /// Neither present nor erased.
    #[error("the group '{group}' is marked {mark}, which means nothing")]
    Mark {
        /// The group.
        group: Group,
        /// The byte found.
        mark: u8,
    },
    /// Longer than a group may be, or no UTF-8.
    #[error("the text of the group '{group}' is too long or not UTF-8")]
    Text {
        /// The group.
        group: Group,
    },
}

/// Salts and texts of the four groups; `None` where they were erased. Layout: version (1), then per group either `00`, or
/// `01` · salt (32) · length of text (4, big endian) · text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    groups: [Option<Disclosed>; 4],
}

impl Details {
    /// Longest encoding in bytes.
    pub const MAX: usize = 1 + 4 * (1 + 32 + 4 + MAX_GROUP);

    /// Details with these groups, in the order of [`Group::ALL`]. Texts are at most [`MAX_GROUP`] bytes.
    #[must_use]
    pub fn new(groups: [Option<Disclosed>; 4]) -> Self {
        Self { groups }
    }

    /// One group, unless it was erased.
    #[must_use]
    pub fn group(&self, group: Group) -> Option<&Disclosed> {
        self.groups[group.position()].as_ref()
    }

    /// The text of one group, unless it was erased.
    #[must_use]
    pub fn text(&self, group: Group) -> Option<&str> {
        self.group(group).map(|disclosed| disclosed.text.as_str())
    }

    /// Forgets text and salt of one group; the leaf and so the tree stay as they are.
    pub fn erase(&mut self, group: Group) {
        self.groups[group.position()] = None;
    }

    /// Checks every group that is there against the leaf.
    ///
    /// # Errors
    /// The first group that does not fit its commitment.
    pub fn fit(&self, leaf: &Leaf) -> Result<(), Group> {
        for group in Group::ALL {
            if let Some(disclosed) = self.group(group)
                && commitment(group, &disclosed.salt, &disclosed.text) != leaf.commitments[group.position()]
            {
                return Err(group);
            }
        }
        Ok(())
    }

    /// The one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        for group in &self.groups {
            match group {
                None => out.push(ERASED),
                Some(Disclosed { salt, text }) => {
                    out.push(PRESENT);
                    out.extend_from_slice(&salt.0);
                    out.extend_from_slice(&(text.len() as u32).to_be_bytes());
                    out.extend_from_slice(text.as_bytes());
                }
            }
        }
        out
    }

    /// Reads the one encoding; nothing else decodes.
    ///
    /// # Errors
    /// What does not fit.
    pub fn decode(bytes: &[u8]) -> Result<Self, DetailsError> {
        let (&version, mut rest) = bytes.split_first().ok_or(DetailsError::Length)?;
        if version != VERSION {
            return Err(DetailsError::Version { version });
        }
        let mut groups = [const { None }; 4];
        for group in Group::ALL {
            (groups[group.position()], rest) = decode_group(group, rest)?;
        }
        if rest.is_empty() { Ok(Self { groups }) } else { Err(DetailsError::Length) }
    }
}

fn decode_group(group: Group, bytes: &[u8]) -> Result<(Option<Disclosed>, &[u8]), DetailsError> {
    let (&mark, rest) = bytes.split_first().ok_or(DetailsError::Length)?;
    match mark {
        ERASED => return Ok((None, rest)),
        PRESENT => {}
        mark => return Err(DetailsError::Mark { group, mark }),
    }
    let (salt, rest) = rest.split_first_chunk::<32>().ok_or(DetailsError::Length)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(DetailsError::Length)?;
    let length = u32::from_be_bytes(*length) as usize;
    if length > MAX_GROUP {
        return Err(DetailsError::Text { group });
    }
    let (text, rest) = rest.split_at_checked(length).ok_or(DetailsError::Length)?;
    let text = std::str::from_utf8(text).map_err(|_| DetailsError::Text { group })?;
    Ok((Some(Disclosed { salt: Salt(*salt), text: text.to_owned() }), rest))
}
