//! Wrapping keys, and sealing small secrets. Nonces are random and come in as parameters.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use candour_units::Hash;
use zeroize::{Zeroize, Zeroizing};

use super::{RowName, Tail, Wrapped};
use crate::key::{self, Secret};

const TAG_LEN: usize = 16;
const SECRET_VERSION: u8 = 1;
const SECRET_DOMAIN: &[u8] = b"candour secret v1\0";
const MASTER_DOMAIN: &[u8] = b"candour wrapped by master v1\0";
const PROOF_DOMAIN: &[u8] = b"candour keyring proof v1\0";
const SECRETS_NAME: &[u8] = b"candour small secrets v1\0";

/// What the master's wrapping of a key binds: whose keyring, and the key's name.
#[must_use]
pub fn master_bound(ring: &[u8; 16], id: &[u8; 16]) -> Vec<u8> {
    [MASTER_DOMAIN, ring, id].concat()
}

/// Wraps a key by a master key that is held as bytes.
#[must_use]
pub fn wrap_by_master(master: &[u8; 32], nonce: [u8; 12], bound: &[u8], key: &[u8; 32]) -> Wrapped {
    wrap(&key::wrapping_key(master), nonce, bound, key)
}

/// Opens what [`wrap_by_master`] wrapped; `None` under another master, another name, or changed.
#[must_use]
pub fn unwrap_by_master(master: &[u8; 32], bound: &[u8], wrapped: &Wrapped) -> Option<Secret> {
    unwrap(&key::wrapping_key(master), bound, wrapped)
}

/// An epoch key, unwrapped: wiped when dropped, without `Debug`.
pub struct Epoch {
    id: [u8; 16],
    key: Secret,
}

impl Epoch {
    /// An epoch with this name and key.
    #[must_use]
    pub fn new(id: [u8; 16], key: Secret) -> Self {
        Self { id, key }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// Its key, for the master to wrap.
    #[must_use]
    pub fn key(&self) -> &Secret {
        &self.key
    }

    /// Wraps the key of a row, bound to its name and this epoch.
    #[must_use]
    pub fn wrap(&self, name: &RowName, nonce: [u8; 12], key: &[u8; 32]) -> Wrapped {
        wrap(&self.key, nonce, &self.bound_to(&name.encode()), key)
    }

    /// The key of a row; `None` when it was wrapped for another name, under another epoch, or damaged.
    #[must_use]
    pub fn unwrap(&self, name: &RowName, wrapped: &Wrapped) -> Option<Secret> {
        unwrap(&self.key, &self.bound_to(&name.encode()), wrapped)
    }

    /// Wraps the key for small secrets.
    #[must_use]
    pub fn wrap_secrets(&self, nonce: [u8; 12], key: &[u8; 32]) -> Wrapped {
        wrap(&self.key, nonce, &self.bound_to(SECRETS_NAME), key)
    }

    /// The key for small secrets.
    #[must_use]
    pub fn unwrap_secrets(&self, wrapped: &Wrapped) -> Option<Secret> {
        unwrap(&self.key, &self.bound_to(SECRETS_NAME), wrapped)
    }

    /// Closes a written part: appends its digest, and the proof that whoever wrote it held this key.
    #[must_use]
    pub fn close(&self, mut written: Vec<u8>, nonce: [u8; 12]) -> Vec<u8> {
        let digest = Hash(*blake3::hash(&written).as_bytes());
        let tail = Tail { digest, nonce, tag: self.proof(digest, nonce) };
        written.extend_from_slice(&tail.encode());
        written
    }

    /// Whether a tail was made under this key.
    #[must_use]
    pub fn proves(&self, tail: &Tail) -> bool {
        // Nothing secret is compared: digest and tag both stand in the file.
        self.proof(tail.digest, tail.nonce) == tail.tag
    }

    fn proof(&self, digest: Hash, nonce: [u8; 12]) -> [u8; TAG_LEN] {
        let bound = [PROOF_DOMAIN, &self.id, &digest.0].concat();
        let tag = cipher(&self.key)
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), &mut [])
            .expect("nothing is far less than what AES-GCM can seal");
        *tag.as_ref().first_chunk().expect("the tag of AES-GCM has 16 bytes")
    }

    fn bound_to(&self, name: &[u8]) -> Vec<u8> {
        [self.id.as_slice(), name].concat()
    }
}

/// Seals a small secret under the keyring's key for small secrets: version, nonce, ciphertext, tag. `context` says what the
/// secret is for and is not stored; the same words open it.
#[must_use]
pub fn seal_secret(key: &[u8; 32], nonce: [u8; 12], context: &str, secret: &[u8]) -> Vec<u8> {
    let mut out = vec![SECRET_VERSION];
    out.extend_from_slice(&nonce);
    let mut sealed = secret.to_vec();
    let bound = [SECRET_DOMAIN, context.as_bytes()].concat();
    let tag = cipher(key)
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), &mut sealed)
        .expect("a secret is far shorter than what AES-GCM can seal");
    out.append(&mut sealed);
    out.extend_from_slice(tag.as_ref());
    out
}

/// Opens what [`seal_secret`] sealed; `None` for another key, another context or changed bytes.
#[must_use]
pub fn open_secret(key: &[u8; 32], context: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (&version, rest) = sealed.split_first()?;
    let (nonce, ciphertext) = rest.split_first_chunk::<12>()?;
    if version != SECRET_VERSION {
        return None;
    }
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let bound = [SECRET_DOMAIN, context.as_bytes()].concat();
    let len = cipher(key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(bound), &mut buffer)
        .map(|secret| secret.len())
        .ok()?;
    buffer.truncate(len);
    Some(buffer)
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes and so has this"))
}

fn wrap(wrapping: &[u8; 32], nonce: [u8; 12], bound: &[u8], key: &[u8; 32]) -> Wrapped {
    let mut sealed = [0; 32 + TAG_LEN];
    sealed[..32].copy_from_slice(key);
    let (body, tag_at) = sealed.split_at_mut(32);
    let tag = cipher(wrapping)
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), body)
        .expect("32 bytes are far less than what AES-GCM can seal");
    tag_at.copy_from_slice(tag.as_ref());
    Wrapped { nonce, sealed }
}

fn unwrap(wrapping: &[u8; 32], bound: &[u8], wrapped: &Wrapped) -> Option<Secret> {
    let mut buffer = wrapped.sealed;
    let opened = cipher(wrapping)
        .open_in_place(Nonce::assume_unique_for_key(wrapped.nonce), Aad::from(bound), &mut buffer)
        .ok()
        .and_then(|key| key.first_chunk().copied().map(Secret::new));
    buffer.zeroize();
    opened
}
