//! Keys made from keys: HKDF-SHA256 (RFC 5869) without salt, a name for each use.

use aws_lc_rs::hkdf;
use candour_units::SegmentId;
use zeroize::Zeroizing;

/// Thirty-two secret bytes, wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

const SEGMENT: &[u8] = b"candour segment key v1\0";
const CIPHER: &[u8] = b"candour segment cipher v1\0";
const SALT: &[u8] = b"candour content salt v1\0";
const NOTES: &[u8] = b"candour segment notes v1\0";
const STILLS: &[u8] = b"candour mask stills v1\0";
const FINGERPRINT: &[u8] = b"candour master fingerprint v1\0";
const BACKUP: &[u8] = b"candour backup v1\0";
const WRAPPING: &[u8] = b"candour epoch wrapping v1\0";

/// The key of a segment, from the key of its stream and hour.
#[must_use]
pub fn segment_key(hour_key: &[u8; 32], segment: SegmentId) -> Secret {
    derive(hour_key, &[SEGMENT, segment.as_bytes()])
}

/// The salt of [`content::commitment`](crate::content::commitment): gone when the segment key is.
#[must_use]
pub fn content_salt(segment_key: &[u8; 32]) -> Secret {
    derive(segment_key, &[SALT])
}

/// What people compare to tell one master key from another: says nothing about the key.
#[must_use]
pub fn master_fingerprint(master_key: &[u8; 32]) -> [u8; 8] {
    let derived = derive(master_key, &[FINGERPRINT]);
    *derived.first_chunk().expect("a key is longer than a fingerprint")
}

/// The AES key that seals the body of a backup, from the key of the backup.
pub(crate) fn backup_key(key: &[u8; 32]) -> Secret {
    derive(key, &[BACKUP])
}

/// The AES key that wraps epoch keys, from the master key.
pub(crate) fn wrapping_key(master_key: &[u8; 32]) -> Secret {
    derive(master_key, &[WRAPPING])
}

/// The AES key that seals what was found in a segment's pictures.
pub(crate) fn notes_key(segment_key: &[u8; 32]) -> Secret {
    derive(segment_key, &[NOTES])
}

/// The AES key that seals a still for masks, from the key that was made for that still.
pub(crate) fn stills_key(still_key: &[u8; 32]) -> Secret {
    derive(still_key, &[STILLS])
}

/// The AES key that seals a segment's records; apart from the segment key so that no key has two uses.
pub(crate) fn cipher_key(segment_key: &[u8; 32]) -> Secret {
    derive(segment_key, &[CIPHER])
}

fn derive(key: &[u8; 32], info: &[&[u8]]) -> Secret {
    let mut out = Secret::default();
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
        .extract(key)
        .expand(info, hkdf::HKDF_SHA256)
        .and_then(|material| material.fill(&mut *out))
        .expect("32 bytes are one block of HKDF-SHA256, which always gives them");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_another_key() {
        let key = [7; 32];
        let made = [
            segment_key(&key, SegmentId::from_bytes([1; 16])),
            segment_key(&key, SegmentId::from_bytes([2; 16])),
            content_salt(&key),
            wrapping_key(&key),
            cipher_key(&key),
            notes_key(&key),
            stills_key(&key),
        ];
        for (at, one) in made.iter().enumerate() {
            assert!(made.iter().skip(at + 1).all(|other| other != one) && **one != key);
        }
    }

    #[test]
    fn the_segment_key_is_hkdf_without_salt() {
        // HKDF by its definition (RFC 5869 2.2, 2.3) over HMAC: an implementation beside the one called.
        use aws_lc_rs::hmac;
        let hour_key = [9; 32];
        let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]), &hour_key);
        let info = [b"candour segment key v1\0".as_slice(), &[3; 16], &[1]].concat();
        let expanded = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref()), &info);
        assert_eq!(segment_key(&hour_key, SegmentId::from_bytes([3; 16])).as_slice(), expanded.as_ref());
    }
}
