//! The lab's own list: what lets simulated cameras in, and only in lab mode.
//!
//! An entry stands in for exactly two things: the maker's prefix observed on the wire (layer 1), and the supplier's
//! declaration with two signatures (layer 8). Everything else is judged as for any camera: evidence against a group,
//! contradictions, unreadable answers, missing answers and blocked firmware count as ever.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::Hash;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Mac;

/// The lab list this program was built with.
pub const SHIPPED_LAB_LIST: &[u8] = include_bytes!("../../lists/lab/lab-list.json");
/// Its signature, base64.
pub const SHIPPED_LAB_SIGNATURE: &str = include_str!("../../lists/lab/lab-list.sig");
/// The public key that signed it, base64. The private key was thrown away; `examples/sign-lab-list` makes a new pair.
pub const SHIPPED_LAB_KEY: &str = include_str!("../../lists/lab/lab-key.pub");

/// What is signed starts with these words, so that a signature over anything else never fits.
const CONTEXT: &[u8] = b"candour lab list, version 1\n";

/// Why a lab list does not count.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabListError {
    /// The key is not 32 bytes in base64 on the curve.
    #[error("the lab key is not an Ed25519 public key in base64; give the file that was made with the list")]
    Key,
    /// The signature is not the key's signature over these bytes.
    #[error("the lab list is not signed by this lab key; sign it again or give the right key")]
    Signature,
    /// The list is signed and makes no sense.
    #[error("the lab list is signed and cannot be read: {why}; correct it and sign it again")]
    Content {
        /// What the reader found.
        why: String,
    },
}

/// A verified lab list. There is no other way to have one: giving it to a [`crate::Subject`] is lab mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabList {
    content: Content,
    digest: Hash,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    id: String,
    version: u32,
    date: String,
    makers: Vec<LabMaker>,
}

/// One maker of simulated cameras.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabMaker {
    /// The manufacturer name, exactly.
    pub name: String,
    /// The first hex digits of its addresses.
    pub prefix: String,
    /// The beginnings of its model names.
    pub models: Vec<String>,
}

impl LabList {
    /// The bytes to sign for a list.
    #[must_use]
    pub fn signed_bytes(list: &[u8]) -> Vec<u8> {
        [CONTEXT, list].concat()
    }

    /// Verifies and reads a list. `signature` and `key` are base64, white space around them ignored.
    ///
    /// # Errors
    /// [`LabListError`]: nothing of a list that does not verify is used.
    pub fn verify(list: &[u8], signature: &str, key: &str) -> Result<Self, LabListError> {
        let key: [u8; 32] = decode(key).ok_or(LabListError::Key)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| LabListError::Key)?;
        let signature: [u8; 64] = decode(signature).ok_or(LabListError::Signature)?;
        key.verify_strict(&Self::signed_bytes(list), &Signature::from_bytes(&signature))
            .map_err(|_| LabListError::Signature)?;
        let content: Content =
            serde_json::from_slice(list).map_err(|error| LabListError::Content { why: error.to_string() })?;
        let sound = content.makers.iter().all(|maker| {
            let prefix = maker.prefix.as_str();
            !maker.name.trim().is_empty()
                && (6..=12).contains(&prefix.len())
                && prefix.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
        });
        if !sound {
            return Err(LabListError::Content {
                why: "a maker needs a name and a prefix of 6 to 12 hex digits".into(),
            });
        }
        Ok(Self { content, digest: Hash(Sha256::digest(list).into()) })
    }

    /// The list this program was built with, verified.
    #[must_use]
    pub fn shipped() -> Self {
        Self::verify(SHIPPED_LAB_LIST, SHIPPED_LAB_SIGNATURE, SHIPPED_LAB_KEY)
            .expect("a test verifies the shipped lab list")
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.content.id
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.content.version
    }

    /// The day it was written, `yyyy-mm-dd`.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.content.date
    }

    /// The makers it lets in.
    #[must_use]
    pub fn makers(&self) -> &[LabMaker] {
        &self.content.makers
    }

    /// SHA-256 of its bytes.
    #[must_use]
    pub const fn digest(&self) -> Hash {
        self.digest
    }

    /// The maker that names itself so, makes such a model and owns such an address: all three or none.
    pub(crate) fn maker(&self, manufacturer: &str, model: &str, mac: Mac) -> Option<&LabMaker> {
        self.content.makers.iter().find(|maker| {
            maker.name == manufacturer
                && mac.digits().starts_with(&maker.prefix)
                && maker.models.iter().any(|start| model.starts_with(start.as_str()))
        })
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_list_verifies_and_nothing_near_it_does() {
        assert_eq!(LabList::shipped().id(), "candour-lab");
        let verify = LabList::verify;
        let mut changed = SHIPPED_LAB_LIST.to_vec();
        changed.push(b' ');
        assert_eq!(verify(&changed, SHIPPED_LAB_SIGNATURE, SHIPPED_LAB_KEY), Err(LabListError::Signature));
        assert_eq!(verify(SHIPPED_LAB_LIST, "", SHIPPED_LAB_KEY), Err(LabListError::Signature));
        let other = STANDARD.encode([7; 32]);
        assert!(verify(SHIPPED_LAB_LIST, SHIPPED_LAB_SIGNATURE, &other).is_err());
        assert_eq!(verify(SHIPPED_LAB_LIST, SHIPPED_LAB_SIGNATURE, "short"), Err(LabListError::Key));
    }
}
