//! The growing tree: only the roots of its complete subtrees are kept, so that adding a leaf needs no disk.

use candour_units::Hash;

use crate::hashing::{empty_root, node_hash};

/// An RFC 6962 tree as a compact range: its size and the roots of its complete subtrees, largest first. At most 64
/// hashes, whatever the size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

impl Tree {
    /// The tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash (see [`crate::leaf_hash`]).
    pub fn push(&mut self, leaf: Hash) {
        self.push_telling(leaf, |_, _| {});
    }

    /// As [`Self::push`], and tells the root of each subtree that is complete now with its height: the leaf's own hash
    /// (0) first.
    pub fn push_telling(&mut self, leaf: Hash, mut complete: impl FnMut(u32, Hash)) {
        let mut carry = leaf;
        complete(0, carry);
        // Each trailing one bit of the size is a complete subtree as large as what we carry.
        for below in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("every one bit of the size has its subtree root");
            carry = node_hash(left, carry);
            complete(below + 1, carry);
        }
        self.peaks.push(carry);
        self.size += 1;
    }

    /// The root over all leaves so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        let Some(smallest) = peaks.next() else { return empty_root() };
        peaks.fold(smallest, |right, left| node_hash(left, right))
    }
}
