//! Inclusion and consistency: made from stored nodes (RFC 6962 2.1.1, 2.1.2), checked from hashes alone (RFC 9162
//! 2.1.3.2, 2.1.4.2).

use candour_units::Hash;

use crate::hashing::{empty_root, node_hash};

/// Where complete subtrees' roots are kept: in memory, in tiles, or to be computed from the leaves.
pub trait Nodes {
    /// The root of the complete subtree over leaves `index << level .. (index + 1) << level`; `None` if not held.
    fn node(&self, level: u32, index: u64) -> Option<Hash>;
}

impl<N: Nodes + ?Sized> Nodes for &N {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        (**self).node(level, index)
    }
}

/// Why a proof cannot be made or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The position or size asked for lies outside the tree.
    #[error("{asked} is outside a tree of {size} entries")]
    OutOfRange {
        /// Position or smaller size asked for.
        asked: u64,
        /// Size of the tree.
        size: u64,
    },
    /// A subtree's root is not held.
    #[error("the node at level {level}, index {index} is missing")]
    MissingNode {
        /// Height above the leaves.
        level: u32,
        /// Position at that height.
        index: u64,
    },
    /// The proof has the wrong number of hashes for these positions.
    #[error("the proof has {hashes} hashes, which is the wrong number for this place in the tree")]
    Length {
        /// Hashes in it.
        hashes: usize,
    },
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// All complete subtrees' roots in memory: two hashes per leaf.
#[derive(Debug, Clone, Default)]
pub struct MemoryNodes {
    levels: Vec<Vec<Hash>>,
}

impl MemoryNodes {
    /// Without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut carry = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(carry);
            if row.len() % 2 == 1 {
                return;
            }
            carry = node_hash(row[row.len() - 2], carry);
        }
    }
}

impl Nodes for MemoryNodes {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.levels.get(level as usize)?.get(usize::try_from(index).ok()?).copied()
    }
}

/// Root of the tree over the first `size` leaves.
///
/// # Errors
/// [`ProofError::MissingNode`].
pub fn root_of(nodes: &impl Nodes, size: u64) -> Result<Hash, ProofError> {
    if size == 0 { Ok(empty_root()) } else { range_root(nodes, 0, size) }
}

/// Proof that leaf `index` is in the tree over the first `size` leaves: sibling hashes from the leaf upwards.
///
/// # Errors
/// [`ProofError::OutOfRange`] or [`ProofError::MissingNode`].
pub fn prove_inclusion(nodes: &impl Nodes, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { asked: index, size });
    }
    let (mut start, mut end, mut path) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range_root(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Proof that the tree over the first `old` leaves is a beginning of the tree over the first `new`. Empty when `old` is
/// zero or equals `new`.
///
/// # Errors
/// [`ProofError::OutOfRange`] or [`ProofError::MissingNode`].
pub fn prove_consistency(nodes: &impl Nodes, old: u64, new: u64) -> Result<Vec<Hash>, ProofError> {
    if old > new {
        return Err(ProofError::OutOfRange { asked: old, size: new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut start, mut end, mut path) = (0, new, Vec::new());
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range_root(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(nodes, start, middle)?);
            start = middle;
        }
    }
    // The old root itself is known to whoever checks, unless the walk had to leave the left edge.
    if start != 0 {
        path.push(range_root(nodes, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that `leaf` stands at `index` in the tree of `size` leaves with this root.
///
/// # Errors
/// What does not fit.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { asked: index, size });
    }
    let wrong_length = ProofError::Length { hashes: proof.len() };
    let (mut position, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(wrong_length);
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(*sibling, hash);
            // On the right edge the levels without a sibling are passed over.
            while position & 1 == 0 && position != 0 {
                (position, last) = (position >> 1, last >> 1);
            }
        } else {
            hash = node_hash(hash, *sibling);
        }
        (position, last) = (position >> 1, last >> 1);
    }
    if last != 0 {
        return Err(wrong_length);
    }
    if hash == root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that a tree of `old` leaves with `old_root` is a beginning of the tree of `new` leaves with `new_root`.
///
/// # Errors
/// What does not fit.
pub fn verify_consistency(
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::OutOfRange { asked: old, size: new });
    }
    let wrong_length = ProofError::Length { hashes: proof.len() };
    if old == 0 || old == new {
        if !proof.is_empty() {
            return Err(wrong_length);
        }
        let expected = if old == 0 { empty_root() } else { new_root };
        return if old_root == expected { Ok(()) } else { Err(ProofError::Root) };
    }
    // A complete old tree is its own first hash and is left out of the proof.
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().map_or((old_root, proof), |(f, r)| (*f, r))
    };
    if proof.is_empty() {
        return Err(wrong_length);
    }
    let (mut position, mut last) = (old - 1, new - 1);
    while position & 1 == 1 {
        (position, last) = (position >> 1, last >> 1);
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(wrong_length);
        }
        if position & 1 == 1 || position == last {
            old_hash = node_hash(*sibling, old_hash);
            new_hash = node_hash(*sibling, new_hash);
            while position & 1 == 0 && position != 0 {
                (position, last) = (position >> 1, last >> 1);
            }
        } else {
            new_hash = node_hash(new_hash, *sibling);
        }
        (position, last) = (position >> 1, last >> 1);
    }
    if last != 0 {
        return Err(wrong_length);
    }
    if old_hash == old_root && new_hash == new_root { Ok(()) } else { Err(ProofError::Root) }
}

/// Root over leaves `start..end`; `start` lies on the left edge of a subtree at least as large as the range.
fn range_root(nodes: &impl Nodes, start: u64, end: u64) -> Result<Hash, ProofError> {
    let count = end - start;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        let index = start >> level;
        return nodes.node(level, index).ok_or(ProofError::MissingNode { level, index });
    }
    let middle = start + split(count);
    Ok(node_hash(range_root(nodes, start, middle)?, range_root(nodes, middle, end)?))
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
