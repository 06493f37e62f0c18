//! Bytes that anybody could have written: nothing that reads them panics, what is read is written again as it was, and a good thing with one byte
//! changed is another thing or none.

use candour_ledger::{
    Checkpoint, Details, Leaf, LogExport, LogKey, MemoryNodes, SignedNote, Tile, VerifierKey, WitnessKey,
    decode_bundle, decode_frame, encode_frame, prove_consistency, prove_inclusion, root_of, verify_consistency,
    verify_inclusion,
};
use candour_units::Hash;
use proptest::prelude::*;

use crate::sample;

const ORIGIN: &str = "candour.example/recorder/one";

fn signed(size: u64) -> (LogKey, String) {
    let key = LogKey::from_seed(ORIGIN, &[7; 32]).expect("a name");
    let note = Checkpoint::new(ORIGIN, size, Hash([9; 32])).sign(&key).encode();
    (key, note)
}

/// Text that looks a little like what is expected, so that more than the first check is reached.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        Just(format!("{ORIGIN}\n")),
        Just("\u{2014} ".to_owned()),
        Just("+".to_owned()),
        Just("bytes=".to_owned()),
        "[0-9]{1,22}",
        "[A-Za-z0-9+/]{4,90}={0,2}",
        "x[0-9]{3}/",
        "\\PC{0,12}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn nodes_of(leaves: u64, salt: u8) -> MemoryNodes {
    let mut nodes = MemoryNodes::new();
    (0..leaves).for_each(|leaf| nodes.push(Hash([salt.wrapping_add(leaf as u8); 32])));
    nodes
}

proptest! {
    #[test]
    fn no_text_ends_a_reader(text in nearly()) {
        let (key, _) = signed(3);
        prop_assert!(Checkpoint::open(text.as_bytes(), key.verifier()).is_err(), "nobody signed it");
        if let Ok(note) = SignedNote::decode(text.as_bytes()) {
            prop_assert_eq!(note.encode(), text.clone());
        }
        if let Ok(tile) = Tile::parse(&text) {
            prop_assert_eq!(tile.to_string(), text.clone());
        }
        if let Ok(found) = VerifierKey::parse(&text) {
            prop_assert_eq!(found.to_string(), text.clone());
        }
        prop_assert!(WitnessKey::parse(&text).is_err() || text.contains('+'));
        prop_assert!(LogExport::parse(&text).is_err());
    }

    #[test]
    fn no_bytes_end_a_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400), number in 0_u64..3) {
        prop_assert!(decode_frame(&bytes, number).is_err());
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode(), bytes.clone());
        }
        if let Ok(details) = Details::decode(&bytes) {
            prop_assert_eq!(details.encode(), bytes.clone());
        }
        if let Some(leaves) = decode_bundle(&bytes) {
            prop_assert!(leaves.iter().map(|leaf| leaf.len() + 2).sum::<usize>() == bytes.len());
        }
        if let Ok(note) = SignedNote::decode(&bytes) {
            prop_assert_eq!(note.encode().into_bytes(), bytes);
        }
    }

    #[test]
    fn a_checkpoint_with_one_byte_changed_is_none(at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let (key, note) = signed(1234);
        let mut bytes = note.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(Checkpoint::open(&bytes, key.verifier()).is_err());
    }

    #[test]
    fn a_frame_with_one_byte_changed_says_where(at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let mut bytes = encode_frame(0, &sample::entry(0));
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(decode_frame(&bytes, 0).is_err());
    }

    #[test]
    fn a_proof_with_one_bit_changed_proves_nothing(
        size in 2_u64..70, index in any::<prop::sample::Index>(), step in any::<prop::sample::Index>(), bit in 0_usize..256,
    ) {
        let (nodes, index) = (nodes_of(size, 0), index.index(size as usize) as u64);
        let root = root_of(&nodes, size).expect("a root");
        let mut path = prove_inclusion(&nodes, index, size).expect("inside");
        let leaf = Hash([index as u8; 32]);
        prop_assert!(verify_inclusion(leaf, index, size, &path, root).is_ok());
        let step = step.index(path.len());
        path[step].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(leaf, index, size, &path, root).is_err());
    }

    #[test]
    fn a_fork_is_never_consistent(size in 2_u64..70, old in any::<prop::sample::Index>()) {
        let old = 1 + old.index(size as usize - 1) as u64;
        let (ours, other) = (nodes_of(size, 0), nodes_of(size, 1));
        let (root, forked) = (root_of(&ours, size).expect("a root"), root_of(&other, old).expect("a root"));
        for nodes in [&ours, &other] {
            let path = prove_consistency(nodes, old, size).expect("inside");
            prop_assert!(verify_consistency(old, forked, size, root, &path).is_err());
        }
    }

    #[test]
    fn any_path_at_all_is_judged(
        old in any::<u64>(), size in any::<u64>(), path in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let path: Vec<Hash> = path.into_iter().map(Hash).collect();
        let (root, other) = (Hash([1; 32]), Hash([2; 32]));
        prop_assert!(verify_inclusion(other, old, size, &path, root).is_err());
        prop_assert!(old == size || verify_consistency(old, other, size, root, &path).is_err());
    }
}
