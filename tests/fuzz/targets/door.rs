//! What a stranger hands to the door before anybody knows who he is: range headers, ids in paths, proofs.

#![no_main]

use candour_ledger::{MemoryNodes, prove_consistency, prove_inclusion, root_of, verify_consistency, verify_inclusion};
use candour_units::{Hash, SessionId};
use libfuzzer_sys::fuzz_target;

// The room of the door keeps it to itself.
#[path = "../../../crates/http/src/byte_range.rs"]
#[allow(dead_code)]
mod byte_range;

use byte_range::{Wanted, wanted};

fuzz_target!(|data: &[u8]| {
    if let Some((&size, path)) = data.split_first() {
        forged_proofs(u64::from(size) % 40 + 1, path);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(id) = text.parse::<SessionId>() {
        assert_eq!(id.to_string(), text, "one way to write an id");
    }
    for len in [0, 1, 1000, u64::MAX] {
        if let Wanted::Part(part) = wanted(Some(text), len) {
            assert!(part.start < part.end && part.end <= len, "{part:?} of {len}");
        }
    }
});

/// Whatever path somebody brings, it proves only what is so: the honest one, or nothing.
fn forged_proofs(size: u64, bytes: &[u8]) {
    let (hashes, rest) = bytes.as_chunks::<32>();
    let path: Vec<Hash> = hashes.iter().map(|hash| Hash(*hash)).collect();
    let at = rest.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(7).wrapping_add(u64::from(*byte))) % size;
    let mut nodes = MemoryNodes::new();
    (0..size).for_each(|leaf| nodes.push(Hash([leaf as u8; 32])));
    let root = root_of(&nodes, size).expect("as many leaves");
    let leaf = Hash([at as u8; 32]);
    let honest = prove_inclusion(&nodes, at, size).expect("inside");
    assert_eq!(verify_inclusion(leaf, at, size, &path, root).is_ok(), path == honest);
    assert!(verify_inclusion(Hash([0xff; 32]), at, size, &path, root).is_err(), "a leaf that is not in the tree");
    if at > 0 {
        let old = root_of(&nodes, at).expect("as many leaves");
        let honest = prove_consistency(&nodes, at, size).expect("inside");
        assert_eq!(verify_consistency(at, old, size, root, &path).is_ok(), path == honest);
        assert!(verify_consistency(at, Hash([0xff; 32]), size, root, &path).is_err(), "another past");
    }
}
