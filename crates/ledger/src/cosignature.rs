//! C2SP tlog-cosignature: a witness says that it saw a checkpoint at a time, and nothing that contradicts it before.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use crate::key::{KeyError, PRIVATE_PREFIX, encode, is_name, key_id, same_id, split};
use crate::note::{NoteError, NoteSignature, SignedNote};

/// C2SP signed-note: the byte that says a cosignature with a time, Ed25519.
const COSIGNATURE: u8 = 0x04;
const TIME_LEN: usize = 8;

/// The public key of a witness.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl WitnessKey {
    fn new(name: &str, key: VerifyingKey) -> Self {
        Self { name: name.to_owned(), id: key_id(name, COSIGNATURE, &key), key }
    }

    /// Reads `name+keyid+base64(04 || key)`; exactly one spelling decodes.
    ///
    /// # Errors
    /// What does not fit; the key of a log (type 01) is [`KeyError::Key`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, stated, key) = split(text, COSIGNATURE)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| KeyError::Key)?;
        let parsed = Self::new(name, key);
        same_id(stated, parsed.id).map(|()| parsed)
    }

    /// The key name, which says who witnesses.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of `SHA-256(name || 0A || 04 || key)`, big endian.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// When this witness cosigned the note, in seconds since 1970 UTC; the latest when it did more than once.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`], or [`NoteError::Signature`] when one that claims to be of this key is not.
    pub fn cosigned_at(&self, note: &SignedNote) -> Result<u64, NoteError> {
        let ours = note.signatures.iter().filter(|found| found.name == self.name && found.id == self.id);
        let times = ours.map(|found| self.time_of(&note.text, &found.bytes)).collect::<Option<Vec<u64>>>();
        let wrong = || NoteError::Signature { name: self.name.clone() };
        times.ok_or_else(wrong)?.into_iter().max().ok_or_else(|| NoteError::Unsigned { name: self.name.clone() })
    }

    fn time_of(&self, text: &str, bytes: &[u8]) -> Option<u64> {
        let (time, signature) = bytes.split_first_chunk::<TIME_LEN>()?;
        let time = u64::from_be_bytes(*time);
        let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
        self.key.verify_strict(message(text, time).as_bytes(), &signature).is_ok().then_some(time)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, encode(COSIGNATURE, self.key.as_bytes()))
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({self})")
    }
}

/// The private key of a witness. It has no `Debug`, and its memory is wiped when it is dropped.
pub struct CosigningKey {
    key: SigningKey,
    witness: WitnessKey,
}

impl CosigningKey {
    /// The key with this name and these 32 random bytes.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let key = SigningKey::from_bytes(seed);
        let witness = WitnessKey::new(name, key.verifying_key());
        Ok(Self { key, witness })
    }

    /// Reads `PRIVATE+KEY+name+keyid+base64(04 || seed)`.
    ///
    /// # Errors
    /// What does not fit.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, stated, seed) = split(text.strip_prefix(PRIVATE_PREFIX).ok_or(KeyError::Form)?, COSIGNATURE)?;
        let parsed = Self::from_seed(name, &seed)?;
        same_id(stated, parsed.witness.id).map(|()| parsed)
    }

    /// The private text form, for the key file and nowhere else.
    #[must_use]
    pub fn to_private_text(&self) -> String {
        let WitnessKey { name, id, .. } = &self.witness;
        format!("{PRIVATE_PREFIX}{name}+{id:08x}+{}", encode(COSIGNATURE, self.key.as_bytes()))
    }

    /// The public half.
    #[must_use]
    pub fn witness(&self) -> &WitnessKey {
        &self.witness
    }

    /// Cosigns the text of a checkpoint at a time in seconds since 1970 UTC.
    #[must_use]
    pub fn cosign(&self, text: &str, at: u64) -> NoteSignature {
        let mut bytes = at.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.key.sign(message(text, at).as_bytes()).to_bytes());
        NoteSignature { name: self.witness.name.clone(), id: self.witness.id, bytes }
    }
}

/// What is signed: a line that says so, a line with the time, and the checkpoint's text.
fn message(text: &str, at: u64) -> String {
    format!("cosignature/v1\ntime {at}\n{text}")
}
