//! Proofs that a run of neighbouring leaves lies in a tree.

use std::ops::Range;

use candour_units::Hash;

use super::node;

/// A whole tree, kept to make proofs from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentTree {
    leaves: Vec<Hash>,
}

impl ContentTree {
    /// A tree with these leaves: leaf 0 is the segment's, the others its samples in order.
    #[must_use]
    pub fn new(leaves: Vec<Hash>) -> Self {
        Self { leaves }
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// The leaves.
    #[must_use]
    pub fn leaves(&self) -> &[Hash] {
        &self.leaves
    }

    /// The content root; `None` without leaves.
    #[must_use]
    pub fn root(&self) -> Option<Hash> {
        (!self.leaves.is_empty()).then(|| subtree_root(&self.leaves))
    }

    /// The hashes that lead from the leaves in `range` to the root: the roots of the largest subtrees wholly outside,
    /// from left to right. A range of one leaf proves one still. `None` when the range is empty or reaches past the end.
    #[must_use]
    pub fn prove(&self, range: Range<u64>) -> Option<Vec<Hash>> {
        if range.is_empty() || range.end > self.size() {
            return None;
        }
        let mut proof = Vec::new();
        collect(&self.leaves, range.start as usize..range.end as usize, &mut proof);
        Some(proof)
    }
}

/// Leaves in the left subtree of a tree of `size` leaves: the largest power of two below it (RFC 6962 2.1).
fn left_size(size: usize) -> usize {
    size.next_power_of_two() / 2
}

fn subtree_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(left_size(leaves.len()));
            node(&subtree_root(left), &subtree_root(right))
        }
    }
}

/// `range` is relative to `leaves` and may reach outside on both sides.
fn collect(leaves: &[Hash], range: Range<usize>, proof: &mut Vec<Hash>) {
    if range.start >= leaves.len() || range.end == 0 {
        proof.push(subtree_root(leaves));
    } else if range.start > 0 || range.end < leaves.len() {
        let middle = left_size(leaves.len());
        let (left, right) = leaves.split_at(middle);
        collect(left, range.clone(), proof);
        collect(right, range.start.saturating_sub(middle)..range.end.saturating_sub(middle), proof);
    }
}

/// Whether `leaves` are the leaves from number `first` on of a tree with `size` leaves and this root.
#[must_use]
pub fn verify_range(root: &Hash, size: u64, first: u64, leaves: &[Hash], proof: &[Hash]) -> bool {
    let Some(end) = first.checked_add(leaves.len() as u64) else { return false };
    if leaves.is_empty() || end > size || size > u64::from(u32::MAX) + 1 {
        return false;
    }
    let mut climb = Climb { first, leaves, end, proof: proof.iter() };
    climb.root(0, size).is_some_and(|found| found == *root) && climb.proof.next().is_none()
}

struct Climb<'a> {
    first: u64,
    leaves: &'a [Hash],
    end: u64,
    proof: std::slice::Iter<'a, Hash>,
}

impl Climb<'_> {
    /// The root of the subtree over leaves `start..start + size`; `None` when the proof is too short.
    fn root(&mut self, start: u64, size: u64) -> Option<Hash> {
        if start >= self.end || start + size <= self.first {
            return self.proof.next().copied();
        }
        if size == 1 {
            return self.leaves.get((start - self.first) as usize).copied();
        }
        let left_size = size.next_power_of_two() / 2;
        let left = self.root(start, left_size)?;
        let right = self.root(start + left_size, size - left_size)?;
        Some(node(&left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(size: usize) -> ContentTree {
        ContentTree::new((0..size as u32).map(|n| super::super::leaf(&n.to_le_bytes())).collect())
    }

    proptest! {
        #[test]
        fn every_range_is_proved_and_no_other(size in 1usize..300, a in 0usize..300, b in 0usize..300) {
            let (first, last) = ((a % size).min(b % size), (a % size).max(b % size));
            let tree = tree(size);
            let root = tree.root().expect("there are leaves");
            let proof = tree.prove(first as u64..last as u64 + 1).expect("the range lies inside");
            let leaves = &tree.leaves()[first..=last];
            prop_assert!(verify_range(&root, tree.size(), first as u64, leaves, &proof));
            prop_assert!(proof.len() <= 2 * size.next_power_of_two().trailing_zeros() as usize);

            let mut changed = leaves.to_vec();
            changed[0].0[7] ^= 1;
            prop_assert!(!verify_range(&root, tree.size(), first as u64, &changed, &proof));
            prop_assert!(!verify_range(&root, tree.size(), first as u64 + 1, leaves, &proof));
            let mut longer = proof.clone();
            longer.push(root);
            prop_assert!(!verify_range(&root, tree.size(), first as u64, leaves, &longer));
            for at in 0..proof.len() {
                let mut wrong = proof.clone();
                wrong[at].0[0] ^= 0x80;
                prop_assert!(!verify_range(&root, tree.size(), first as u64, leaves, &wrong));
                prop_assert!(!verify_range(&root, tree.size(), first as u64, leaves, &proof[..at]));
            }
        }
    }

    #[test]
    fn one_still_needs_as_many_hashes_as_the_tree_is_high() {
        assert_eq!(tree(1024).prove(500..501).map(|proof| proof.len()), Some(10));
        assert_eq!(tree(9).prove(0..9), Some(vec![]));
        assert_eq!(tree(9).prove(3..3), None);
        assert_eq!(tree(9).prove(3..10), None);
    }
}
