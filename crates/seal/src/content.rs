//! The tree over the content: what a clip or a single still is proved against.
//!
//! A tree shaped as in RFC 6962 2.1, with BLAKE3: leaf `BLAKE3(0x00 || data)`, node `BLAKE3(0x01 || left || right)`.
//! Leaf 0 binds whose footage it is, its start, the sample entry and the clock evidence; leaf `n` binds sample `n`,
//! counted from 1. The log carries [`commitment`], not the root: the salt comes from the segment key and dies with it,
//! so that nobody can test afterwards whether some footage was the deleted one.

mod proof;

pub use proof::{ContentTree, verify_range};

use candour_units::Hash;

use crate::SegmentHeader;

const LEAF: u8 = 0;
const NODE: u8 = 1;
const KIND_SEGMENT: u8 = 0;
const KIND_SAMPLE: u8 = 1;
const COMMITMENT_DOMAIN: &[u8] = b"candour content commitment v1\0";

/// The times of one sample, in ticks of the segment's timescale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleTimes {
    /// Decode time since the segment's first sample; strictly increasing.
    pub dts: i64,
    /// Presentation time minus decode time.
    pub composition_offset: i32,
    /// Until the next sample's decode time.
    pub duration: u32,
    /// Whether decoding can start here.
    pub sync: bool,
}

/// Leaf 0 of a segment's tree.
#[must_use]
pub fn segment_leaf(header: &SegmentHeader) -> Hash {
    let mut data = vec![KIND_SEGMENT];
    for id in [
        header.recorder.as_bytes(),
        header.camera.as_bytes(),
        header.stream.as_bytes(),
        header.run.as_bytes(),
        header.segment.as_bytes(),
    ] {
        data.extend_from_slice(id);
    }
    data.extend_from_slice(&header.start.ticks().to_le_bytes());
    data.extend_from_slice(&header.run_dts.to_le_bytes());
    let ahead = header.clock.camera_ahead;
    data.extend_from_slice(&[u8::from(ahead.is_some()), u8::from(header.clock.kernel_synchronised)]);
    data.extend_from_slice(&ahead.map_or(0, |ahead| ahead.ticks()).to_le_bytes());
    data.extend_from_slice(&header.clock.read_pace.ticks().to_le_bytes());
    data.push(header.codec as u8);
    data.extend_from_slice(&header.timescale.to_le_bytes());
    data.extend_from_slice(&header.width.to_le_bytes());
    data.extend_from_slice(&header.height.to_le_bytes());
    data.extend_from_slice(&(header.codec_string.len() as u32).to_le_bytes());
    data.extend_from_slice(header.codec_string.as_bytes());
    data.extend_from_slice(&(header.sample_entry.len() as u32).to_le_bytes());
    data.extend_from_slice(&header.sample_entry);
    leaf(&data)
}

/// Leaf `number` of a segment's tree: sample `number`, counted from 1, whose bytes have the BLAKE3 digest `digest`.
#[must_use]
pub fn sample_leaf(number: u32, times: &SampleTimes, digest: &Hash) -> Hash {
    let mut data = [0; 1 + 4 + 8 + 4 + 4 + 1 + 32];
    data[0] = KIND_SAMPLE;
    data[1..5].copy_from_slice(&number.to_le_bytes());
    data[5..13].copy_from_slice(&times.dts.to_le_bytes());
    data[13..17].copy_from_slice(&times.composition_offset.to_le_bytes());
    data[17..21].copy_from_slice(&times.duration.to_le_bytes());
    data[21] = u8::from(times.sync);
    data[22..].copy_from_slice(digest.as_bytes());
    leaf(&data)
}

/// The digest of a sample's bytes, as its leaf binds it.
#[must_use]
pub fn sample_digest(data: &[u8]) -> Hash {
    Hash(*blake3::hash(data).as_bytes())
}

/// What the log carries in place of the root.
#[must_use]
pub fn commitment(salt: &[u8; 32], root: &Hash) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(COMMITMENT_DOMAIN).update(salt).update(root.as_bytes());
    Hash(*hasher.finalize().as_bytes())
}

fn leaf(data: &[u8]) -> Hash {
    Hash(*blake3::Hasher::new().update(&[LEAF]).update(data).finalize().as_bytes())
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE; 65];
    bytes[1..33].copy_from_slice(left.as_bytes());
    bytes[33..].copy_from_slice(right.as_bytes());
    Hash(*blake3::hash(&bytes).as_bytes())
}

/// A tree that only grows and keeps no more than its frontier: the roots of its perfect subtrees, largest first.
#[cfg(feature = "crypto")]
#[derive(Debug, Clone, Default)]
pub(crate) struct Frontier {
    roots: Vec<Hash>,
    leaves: u64,
}

#[cfg(feature = "crypto")]
impl Frontier {
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut carried = leaf;
        // Each one bit at the low end of the count is a perfect subtree that the new leaf completes.
        for _ in 0..self.leaves.trailing_ones() {
            let left = self.roots.pop().expect("the frontier has one root per one bit of the count");
            carried = node(&left, &carried);
        }
        self.roots.push(carried);
        self.leaves += 1;
    }

    /// `None` for the empty tree, which no segment has.
    pub(crate) fn root(&self) -> Option<Hash> {
        self.roots.iter().rev().copied().reduce(|right, left| node(&left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "crypto")]
    #[test]
    fn a_growing_tree_has_the_root_of_the_whole_one() {
        let leaves: Vec<Hash> = (0..70u8).map(|n| leaf(&[n])).collect();
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root(), None);
        for count in 1..=leaves.len() {
            frontier.push(leaves[count - 1]);
            assert_eq!(frontier.root(), ContentTree::new(leaves[..count].to_vec()).root(), "{count} leaves");
        }
    }

    #[test]
    fn three_leaves_by_hand() {
        let [a, b, c] = [leaf(b"a"), leaf(b"b"), leaf(b"c")];
        assert_eq!(ContentTree::new(vec![a, b, c]).root(), Some(node(&node(&a, &b), &c)));
        assert_eq!(leaf(b"a"), Hash(*blake3::hash(b"\x00a").as_bytes()));
    }
}
