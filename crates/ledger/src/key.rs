//! The key that signs checkpoints, and the public half that checks them, in the text forms of C2SP signed-note.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use crate::hashing::sha256;

/// C2SP signed-note: the byte that says Ed25519 over the note's text.
const ED25519: u8 = 0x01;
pub(crate) const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";
const MAX_NAME: usize = 200;

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text does not have the parts of a key.
    #[error("a key is name+keyid+base64, and this is not")]
    Form,
    /// The name is empty, too long, or has spaces or a plus sign.
    #[error("the key name may have no spaces, control characters or plus signs, and 1 to 200 bytes")]
    Name,
    /// The key id is not that of this name and key: one of the three was changed.
    #[error("the key id is {stated:08x}, but name and key give {computed:08x}")]
    KeyId {
        /// As written.
        stated: u32,
        /// As computed.
        computed: u32,
    },
    /// The key itself is no Ed25519 key in strict base64.
    #[error("the key is not an Ed25519 key in base64")]
    Key,
}

/// The public key of a log: checks its checkpoints.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, key: VerifyingKey) -> Self {
        Self { name: name.to_owned(), id: key_id(name, ED25519, &key), key }
    }

    /// Reads `name+keyid+base64(01 || key)`; exactly one spelling decodes.
    ///
    /// # Errors
    /// What does not fit.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, stated, key) = split(text, ED25519)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| KeyError::Key)?;
        let parsed = Self::new(name, key);
        same_id(stated, parsed.id).map(|()| parsed)
    }

    /// The key name, which is the log's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of `SHA-256(name || 0A || 01 || key)`, big endian.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether the 64 bytes are this key's signature over the text.
    #[must_use]
    pub fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text, &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, encode(ED25519, self.key.as_bytes()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

/// The private key of a log. It has no `Debug`, and its memory is wiped when it is dropped.
pub struct LogKey {
    key: SigningKey,
    verifier: VerifierKey,
}

impl LogKey {
    /// The key with this name and these 32 random bytes.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let key = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, key.verifying_key());
        Ok(Self { key, verifier })
    }

    /// Reads `PRIVATE+KEY+name+keyid+base64(01 || seed)`.
    ///
    /// # Errors
    /// What does not fit; a changed byte anywhere is one.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, stated, seed) = split(text.strip_prefix(PRIVATE_PREFIX).ok_or(KeyError::Form)?, ED25519)?;
        let parsed = Self::from_seed(name, &seed)?;
        same_id(stated, parsed.verifier.id).map(|()| parsed)
    }

    /// The private text form, for the key file and nowhere else.
    #[must_use]
    pub fn to_private_text(&self) -> String {
        format!(
            "{PRIVATE_PREFIX}{}+{:08x}+{}",
            self.verifier.name,
            self.verifier.id,
            encode(ED25519, self.key.as_bytes())
        )
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text. The same text always gives the same 64 bytes.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.key.sign(text).to_bytes()
    }
}

/// Whether the text can name a key: what C2SP signed-note asks, and a bound on its length.
pub(crate) fn is_name(name: &str) -> bool {
    let clean = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(clean)
}

/// First four bytes of `SHA-256(name || 0A || type || key)`.
pub(crate) fn key_id(name: &str, kind: u8, key: &VerifyingKey) -> u32 {
    let hash = sha256(&[name.as_bytes(), b"\n", &[kind], key.as_bytes()]);
    u32::from_be_bytes([hash.0[0], hash.0[1], hash.0[2], hash.0[3]])
}

/// Base64 of a key with its type before it.
pub(crate) fn encode(kind: u8, key: &[u8; 32]) -> String {
    let mut typed = vec![kind];
    typed.extend_from_slice(key);
    STANDARD.encode(typed)
}

/// Name, stated key id and the 32 bytes of `name+keyid+base64(type || bytes)`.
pub(crate) fn split(text: &str, kind: u8) -> Result<(&str, u32, [u8; 32]), KeyError> {
    // The base64 may have plus signs of its own; name and id have none.
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form);
    };
    if !is_name(name) {
        return Err(KeyError::Name);
    }
    let lower_hex = id.len() == 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let stated = lower_hex.then(|| u32::from_str_radix(id, 16).ok()).flatten().ok_or(KeyError::Form)?;
    match STANDARD.decode(key).ok().as_deref() {
        Some([found, key @ ..]) if *found == kind => Ok((name, stated, key.try_into().map_err(|_| KeyError::Key)?)),
        _ => Err(KeyError::Key),
    }
}

pub(crate) fn same_id(stated: u32, computed: u32) -> Result<(), KeyError> {
    if stated == computed { Ok(()) } else { Err(KeyError::KeyId { stated, computed }) }
}
