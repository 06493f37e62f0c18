//! What a stranger hands to the log or to its verifier, and what a person writes into a policy.

#![no_main]

use candour_ledger::{AddCheckpoint, Checkpoint, Leaf, SignedNote, Tile, decode_bundle, decode_frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(leaf) = Leaf::decode(data) {
        assert_eq!(leaf.encode(), data, "one way to write a leaf");
    }
    if let Some(leaves) = decode_bundle(data) {
        assert!(leaves.iter().map(|leaf| leaf.len() + 2).sum::<usize>() == data.len());
    }
    let _ = SignedNote::decode(data);
    let _ = decode_frame(data, 1);
    let _ = AddCheckpoint::decode(data);
    let _ = candour_policy::Policy::parse(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(checkpoint) = Checkpoint::decode(text) {
        assert_eq!(Checkpoint::decode(&checkpoint.encode()).as_ref(), Ok(&checkpoint));
    }
    let _ = Tile::parse(text);
});
