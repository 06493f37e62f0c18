//! Hashes of secrets that are random already, and their comparison.

use candour_units::Hash;

/// BLAKE3 of a token, in a domain of its own. For random tokens only; passwords go through `password`.
pub(crate) fn token_hash(token: &[u8]) -> Hash {
    Hash(blake3::derive_key("candour 2026 http token", token))
}

/// Whether two texts are equal; the time taken depends on their lengths only.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    // Comparing keyed digests leaks nothing about where the texts differ.
    blake3::Hash::eq(&blake3::hash(a), &blake3::hash(b)) && !a.is_empty()
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
