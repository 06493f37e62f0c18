//! C2SP tlog-tiles: the tree in pieces of 256 hashes, and its leaves in bundles of 256, each at an address of its own.
//!
//! Level 0 holds the leaf hashes; each hash of level `l + 1` is the root over one full tile of level `l`. So the hash at
//! position `n` of level `l` is the root of the complete subtree over leaves `n << 8l .. (n + 1) << 8l`.

use std::fmt;

use candour_units::Hash;

use crate::proof::Nodes;
use crate::tree::Tree;

/// Hashes of a full tile, and leaves of a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Levels of the tree in one tile.
pub const TILE_HEIGHT: u32 = 8;
/// Levels of tiles that a tree of 2^64 leaves has.
const LEVELS: u8 = 8;
/// Most digits of an index at three to an element: 2^64 has 20.
const MAX_ELEMENTS: usize = 7;

/// The text is not the address of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the address of a tile: level (0 to 7) or entries, a slash, the index in groups of three digits, and for a part .p/1 to .p/255"
)]
pub struct BadTile;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Hashes of this level.
    Hashes(u8),
    /// Leaves.
    Entries,
}

/// One tile or bundle: whole (256 wide), or as much of the last one as there was at some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile, if there can be one: level 0 to 7, width 1 to 256, and no leaf beyond 2^64.
    #[must_use]
    pub fn new(kind: TileKind, index: u64, width: u16) -> Option<Self> {
        let level = match kind {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        };
        let fits = level < LEVELS && (1..=TILE_WIDTH as u16).contains(&width);
        let tile = Self { kind, index, width };
        let highest = u64::MAX.checked_shr(TILE_HEIGHT * (u32::from(level) + 1)).unwrap_or(0);
        (fits && index <= highest).then_some(tile)
    }

    /// Reads what stands behind `tile/`: `<level>/<index>[.p/<width>]` or `entries/<index>[.p/<width>]`. One spelling decodes.
    ///
    /// # Errors
    /// [`BadTile`].
    pub fn parse(address: &str) -> Result<Self, BadTile> {
        let (kind, rest) = address.split_once('/').ok_or(BadTile)?;
        let kind = match kind.as_bytes() {
            b"entries" => TileKind::Entries,
            [digit @ b'0'..=b'9'] => TileKind::Hashes(digit - b'0'),
            _ => return Err(BadTile),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => {
                (index, width.parse().ok().filter(|width| *width < TILE_WIDTH as u16).ok_or(BadTile)?)
            }
            None => (rest, TILE_WIDTH as u16),
        };
        let tile = Self::new(kind, parse_index(index)?, width).ok_or(BadTile)?;
        if tile.to_string() == address { Ok(tile) } else { Err(BadTile) }
    }

    /// What it holds.
    #[must_use]
    pub fn kind(self) -> TileKind {
        self.kind
    }

    /// Position among the tiles of its kind.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many hashes or leaves it holds, 1 to 256.
    #[must_use]
    pub fn width(self) -> u64 {
        u64::from(self.width)
    }

    /// Whether it is whole and so will never grow.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.width() == TILE_WIDTH
    }

    /// Position of its first hash in its level, or of its first leaf.
    #[must_use]
    pub fn first(self) -> u64 {
        self.index * TILE_WIDTH
    }

    /// Whether a tree with so many leaves has all of it.
    #[must_use]
    pub fn is_in(self, size: u64) -> bool {
        let there = match self.kind {
            TileKind::Hashes(level) => level_size(level, size),
            TileKind::Entries => size,
        };
        self.first().checked_add(self.width()).is_some_and(|end| end <= there)
    }

    /// All hash tiles and bundles of a tree with so many leaves, each as wide as it is there.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        let kinds = (0..LEVELS).map(TileKind::Hashes).chain([TileKind::Entries]);
        kinds.flat_map(move |kind| {
            let there = if let TileKind::Hashes(level) = kind { level_size(level, size) } else { size };
            (0..there.div_ceil(TILE_WIDTH)).filter_map(move |index| {
                let width = (there - index * TILE_WIDTH).min(TILE_WIDTH) as u16;
                Self::new(kind, index, width)
            })
        })
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "{level}/")?,
            TileKind::Entries => f.write_str("entries/")?,
        }
        let mut elements = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            elements.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        elements.reverse();
        f.write_str(&elements.join("/"))?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

fn parse_index(text: &str) -> Result<u64, BadTile> {
    let elements: Vec<&str> = text.split('/').take(MAX_ELEMENTS + 1).collect();
    let (last, before) = elements.split_last().ok_or(BadTile)?;
    if before.len() >= MAX_ELEMENTS {
        return Err(BadTile);
    }
    let digits = before.iter().map(|element| element.strip_prefix('x')).chain([Some(*last)]);
    digits.into_iter().try_fold(0_u64, |index, element| {
        let element = element.filter(|it| it.len() == 3 && it.bytes().all(|byte| byte.is_ascii_digit()));
        let value: u64 = element.and_then(|it| it.parse().ok()).ok_or(BadTile)?;
        index.checked_mul(1000).and_then(|index| index.checked_add(value)).ok_or(BadTile)
    })
}

/// How many hashes a level has in a tree with so many leaves.
#[must_use]
pub fn level_size(level: u8, size: u64) -> u64 {
    size.checked_shr(TILE_HEIGHT * u32::from(level)).unwrap_or(0)
}

/// Where hashes of tiles are kept.
pub trait TileHashes {
    /// Hashes `first .. first + count` of a level, all of which lie in one tile; `None` if not held.
    fn hashes(&self, level: u8, first: u64, count: u64) -> Option<Vec<Hash>>;
}

/// The tree's nodes, computed from at most 128 hashes of a tile each.
#[derive(Debug)]
pub struct TiledNodes<'a, T>(pub &'a T);

impl<T: TileHashes> Nodes for TiledNodes<'_, T> {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let (tile_level, inside) = (u8::try_from(level / TILE_HEIGHT).ok()?, level % TILE_HEIGHT);
        let hashes = self.0.hashes(tile_level, index.checked_shl(inside)?, 1 << inside)?;
        Some(root_over(&hashes))
    }
}

/// Root of the tree over these hashes, as leaves or as roots of complete subtrees of one size.
#[must_use]
pub fn root_over(hashes: &[Hash]) -> Hash {
    let mut tree = Tree::new();
    hashes.iter().for_each(|hash| tree.push(*hash));
    tree.root()
}

/// A bundle of leaves: each with its length before it in two bytes, big endian.
#[must_use]
pub fn encode_bundle(leaves: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for leaf in leaves {
        let len = u16::try_from(leaf.len()).expect("a leaf has at most 178 bytes");
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(leaf);
    }
    out
}

/// Reads a bundle; `None` if it ends within a leaf.
#[must_use]
pub fn decode_bundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut leaves = Vec::new();
    while let Some((len, rest)) = bytes.split_first_chunk::<2>() {
        let (leaf, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        leaves.push(leaf);
        bytes = rest;
    }
    bytes.is_empty().then_some(leaves)
}
