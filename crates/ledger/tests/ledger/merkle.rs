use candour_ledger::{
    MemoryNodes, ProofError, Tree, empty_root, leaf_hash, prove_consistency, prove_inclusion, root_of,
    verify_consistency, verify_inclusion,
};
use candour_units::Hash;
use proptest::prelude::*;
use tlog_tiles::tlog;

/// The eight leaves and roots that the reference implementation of RFC 6962 is tested with.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

fn leaf(number: u64) -> Hash {
    leaf_hash(&number.to_be_bytes())
}

#[test]
fn roots_are_those_of_rfc_6962() {
    let (mut tree, mut nodes) = (Tree::new(), MemoryNodes::new());
    assert_eq!(tree.root(), empty_root());
    for (number, (leaf, root)) in LEAVES.iter().zip(ROOTS).enumerate() {
        let hash = leaf_hash(&bytes(leaf));
        tree.push(hash);
        nodes.push(hash);
        assert_eq!(tree.root().to_string(), root);
        assert_eq!(root_of(&nodes, number as u64 + 1), Ok(tree.root()));
    }
}

/// The other implementation's own store of hashes.
#[derive(Default)]
struct Theirs(Vec<tlog::Hash>);

impl tlog::HashReader for Theirs {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|at| self.0[*at as usize]).collect())
    }
}

impl Theirs {
    fn push(&mut self, number: u64) {
        let new = tlog::stored_hashes(number, &number.to_be_bytes(), self).expect("their store is whole");
        self.0.extend(new);
    }
}

fn ours(proof: Vec<tlog::Hash>) -> Vec<Hash> {
    proof.into_iter().map(|hash| Hash(hash.0)).collect()
}

#[test]
fn roots_and_proofs_agree_with_tlog_tiles() {
    const SIZE: u64 = 70;
    let (mut tree, mut nodes, mut theirs) = (Tree::new(), MemoryNodes::new(), Theirs::default());
    let mut roots = vec![tree.root()];
    for number in 0..SIZE {
        tree.push(leaf(number));
        nodes.push(leaf(number));
        theirs.push(number);
        roots.push(tree.root());
        let size = number + 1;
        assert_eq!(tree.root().0, tlog::tree_hash(size, &theirs).expect("their root").0);
        for earlier in 0..size {
            let root = tlog::Hash(tree.root().0);
            let proof = prove_inclusion(&nodes, earlier, size).expect("our proof");
            assert_eq!(proof, ours(tlog::prove_record(size, earlier, &theirs).expect("their proof")));
            assert_eq!(verify_inclusion(leaf(earlier), earlier, size, &proof, tree.root()), Ok(()));
            let given = proof.iter().map(|hash| tlog::Hash(hash.0)).collect();
            assert!(tlog::check_record(&given, size, root, earlier, tlog::Hash(leaf(earlier).0)).is_ok());

            let old = earlier + 1;
            let proof = prove_consistency(&nodes, old, size).expect("our proof");
            assert_eq!(proof, ours(tlog::prove_tree(size, old, &theirs).expect("their proof")));
            let old_root = roots[old as usize];
            assert_eq!(verify_consistency(old, old_root, size, tree.root(), &proof), Ok(()));
        }
    }
}

#[test]
fn the_empty_log_is_a_beginning_of_every_log() {
    assert_eq!(verify_consistency(0, empty_root(), 5, leaf(9), &[]), Ok(()));
    assert_eq!(verify_consistency(0, leaf(1), 5, leaf(9), &[]), Err(ProofError::Root));
    assert_eq!(verify_consistency(5, leaf(9), 4, leaf(9), &[]), Err(ProofError::OutOfRange { asked: 5, size: 4 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_changed_proof_or_place_is_refused(
        size in 2u64..600, place in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(), bit in 0usize..256,
    ) {
        let mut nodes = MemoryNodes::new();
        (0..size).for_each(|number| nodes.push(leaf(number)));
        let root = root_of(&nodes, size).expect("all nodes are held");
        let index = place.index(size as usize) as u64;
        let proof = prove_inclusion(&nodes, index, size).expect("all nodes are held");
        prop_assert_eq!(verify_inclusion(leaf(index), index, size, &proof, root), Ok(()));
        prop_assert!(verify_inclusion(leaf(index), (index + 1) % size, size, &proof, root).is_err());
        prop_assert!(verify_inclusion(leaf(size), index, size, &proof, root).is_err());
        prop_assert!(verify_inclusion(leaf(index), index, size, &proof[1..], root).is_err());
        let mut changed = proof.clone();
        let at = flip.index(changed.len());
        changed[at].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(leaf(index), index, size, &changed, root).is_err());

        let old = index.max(1);
        let old_root = root_of(&nodes, old).expect("all nodes are held");
        let proof = prove_consistency(&nodes, old, size).expect("all nodes are held");
        prop_assert_eq!(verify_consistency(old, old_root, size, root, &proof), Ok(()));
        prop_assert!(verify_consistency(old, leaf(0).min(old_root), size, leaf(size), &proof).is_err());
        let mut changed = proof.clone();
        let at = flip.index(changed.len());
        changed[at].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_consistency(old, old_root, size, root, &changed).is_err());
        changed = proof;
        changed.push(root);
        prop_assert!(verify_consistency(old, old_root, size, root, &changed).is_err());
    }
}
