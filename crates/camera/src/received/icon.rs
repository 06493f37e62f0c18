//! The hash by which web icons are known: MurmurHash3 (32 bits) over the base64 text with a line feed after every 76
//! characters and at the end, as the public lists compute it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) fn hash(icon: &[u8]) -> i32 {
    let text = STANDARD.encode(icon);
    let mut lines = Vec::with_capacity(text.len() + text.len() / 76 + 1);
    for line in text.as_bytes().chunks(76) {
        lines.extend_from_slice(line);
        lines.push(b'\n');
    }
    murmur3(&lines) as i32
}

fn murmur3(bytes: &[u8]) -> u32 {
    let mix = |k: u32| k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let blocks = bytes.chunks_exact(4);
    let rest = blocks.remainder();
    let mut hash = blocks.fold(0u32, |hash, block| {
        let k = u32::from_le_bytes([block[0], block[1], block[2], block[3]]);
        (hash ^ mix(k)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
    });
    if !rest.is_empty() {
        hash ^= mix(rest.iter().rev().fold(0, |k, byte| k << 8 | u32::from(*byte)));
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_values() {
        // The reference vectors of the algorithm with seed 0.
        assert_eq!(super::murmur3(b""), 0);
        assert_eq!(super::murmur3(b"test"), 0xba6b_d213);
        assert_eq!(super::murmur3(b"Hello, world!"), 0xc036_3e43);
        assert_eq!(super::murmur3(b"The quick brown fox jumps over the lazy dog"), 0x2e4f_f723);
    }
}
