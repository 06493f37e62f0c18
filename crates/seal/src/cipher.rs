//! AES-256-GCM, and the nonce of each record of a segment.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::header::TAG_LEN;
use crate::key;

/// Which record is sealed. One of these under one segment key seals one plaintext in its life: the header and each
/// fragment because they are sealed once, the footer because its plaintext is fixed by the fragments before it.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Header,
    /// Number of the fragment, from 1.
    Fragment(u32),
    /// How many fragments lie before it.
    Footer(u32),
}

impl Place {
    /// Byte 0 is the kind of record, bytes 8 to 11 its number; never random, never repeated under one key.
    fn nonce(self) -> Nonce {
        let (kind, number) = match self {
            Self::Header => (0, 0),
            Self::Fragment(index) => (1, index),
            Self::Footer(count) => (2, count),
        };
        let mut bytes = [0; NONCE_LEN];
        bytes[0] = kind;
        bytes[8..].copy_from_slice(&u32::to_le_bytes(number));
        Nonce::assume_unique_for_key(bytes)
    }
}

/// The cipher of one segment.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn new(segment_key: &[u8; 32]) -> Self {
        Self::of_cipher_key(&key::cipher_key(segment_key))
    }

    pub(crate) fn of_cipher_key(key: &[u8; 32]) -> Self {
        let unbound = UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes and so has this");
        Self(LessSafeKey::new(unbound))
    }

    pub(crate) fn seal(&self, place: Place, clear: &[u8], plaintext: &mut [u8]) -> [u8; TAG_LEN] {
        let tag = self
            .0
            .seal_in_place_separate_tag(place.nonce(), Aad::from(clear), plaintext)
            .expect("a record is far shorter than what AES-GCM can seal");
        *tag.as_ref().first_chunk().expect("an AES-GCM tag has 16 bytes")
    }

    /// Opens ciphertext followed by its tag; the plaintext is then in the front of `sealed`.
    pub(crate) fn open(&self, place: Place, clear: &[u8], sealed: &mut [u8]) -> bool {
        self.0.open_in_place(place.nonce(), Aad::from(clear), sealed).is_ok()
    }
}
