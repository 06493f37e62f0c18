use std::collections::HashMap;

use candour_ledger::{
    MemoryNodes, Nodes as _, ProofError, Tile, TileHashes, TileKind, TiledNodes, decode_bundle, encode_bundle,
    leaf_hash, level_size, prove_consistency, prove_inclusion, root_of, verify_consistency, verify_inclusion,
};
use candour_units::Hash;
use proptest::prelude::*;
use tlog_tiles::{TileHashReader, TileReader, tlog};

/// Tiles of a tree as somebody would download them: bytes by address.
struct Served {
    size: u64,
    tiles: HashMap<String, Vec<u8>>,
}

fn leaf(number: u64) -> Hash {
    leaf_hash(&number.to_be_bytes())
}

fn nodes(size: u64) -> MemoryNodes {
    let mut nodes = MemoryNodes::new();
    (0..size).for_each(|number| nodes.push(leaf(number)));
    nodes
}

impl Served {
    fn new(size: u64) -> Self {
        let nodes = nodes(size);
        let bytes = |tile: Tile| {
            let TileKind::Hashes(level) = tile.kind() else {
                let leaves: Vec<_> =
                    (tile.first()..).take(tile.width() as usize).map(|n| n.to_be_bytes().to_vec()).collect();
                return encode_bundle(&leaves);
            };
            let hashes = tile.first()..tile.first() + tile.width();
            hashes.flat_map(|at| nodes.node(8 * u32::from(level), at).expect("the tree has it").0).collect()
        };
        let tiles = Tile::all(size).map(|tile| (format!("tile/{tile}"), bytes(tile))).collect();
        Self { size, tiles }
    }
}

impl TileHashes for Served {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Option<Vec<Hash>> {
        let index = first / 256;
        let width = (level_size(level, self.size) - index * 256).min(256) as u16;
        let bytes = self.tiles.get(&format!("tile/{}", Tile::new(TileKind::Hashes(level), index, width)?))?;
        let at = (first % 256) as usize * 32;
        let piece = bytes.get(at..at + count as usize * 32)?;
        Some(piece.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect())
    }
}

/// The other implementation asks for tiles by its own addresses and gets our bytes.
impl TileReader for Served {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        // Theirs carries the tile's height in its address, as Go's checksum database does; C2SP's has none.
        let address = |tile: &tlog_tiles::Tile| tile.path().replacen("tile/8/", "tile/", 1);
        Ok(tiles.iter().map(|tile| self.tiles.get(&address(tile)).cloned().expect("an address of ours")).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

/// Sizes around the edges of one and two levels.
const SIZES: [u64; 9] = [1, 2, 255, 256, 257, 511, 700, 65_535, 65_793];

#[test]
fn another_implementation_proves_from_our_tiles() {
    for size in SIZES {
        let served = Served::new(size);
        let root = root_of(&TiledNodes(&served), size).expect("all tiles are there");
        assert_eq!(Ok(root), root_of(&nodes(size), size));
        let theirs = TileHashReader::new(size, tlog::Hash(root.0), &served);
        assert_eq!(tlog::tree_hash(size, &theirs).expect("our tiles are whole to them").0, root.0);
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = prove_inclusion(&TiledNodes(&served), index, size).expect("all tiles are there");
            let their_proof = tlog::prove_record(size, index, &theirs).expect("their proof");
            assert_eq!(proof, their_proof.iter().map(|hash| Hash(hash.0)).collect::<Vec<_>>(), "{index} of {size}");
            assert!(
                tlog::check_record(&their_proof, size, tlog::Hash(root.0), index, tlog::Hash(leaf(index).0)).is_ok()
            );
            assert_eq!(verify_inclusion(leaf(index), index, size, &proof, root), Ok(()));

            let old = index + 1;
            let proof = prove_consistency(&TiledNodes(&served), old, size).expect("all tiles are there");
            let their_proof = tlog::prove_tree(size, old, &theirs).expect("their proof");
            assert_eq!(proof, their_proof.iter().map(|hash| Hash(hash.0)).collect::<Vec<_>>(), "{old} to {size}");
            let old_root = root_of(&TiledNodes(&served), old).expect("all tiles are there");
            assert_eq!(verify_consistency(old, old_root, size, root, &proof), Ok(()));
        }
    }
}

#[test]
fn another_implementation_sees_a_changed_tile() {
    let size = 700;
    for address in ["tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"] {
        let mut served = Served::new(size);
        let root = root_of(&TiledNodes(&served), size).expect("all tiles are there");
        served.tiles.get_mut(address).expect("it is there")[33] ^= 1;
        // Their reader holds tiles against each other, and their check holds what comes of it against the root.
        let their_root = tlog::Hash(root.0);
        let theirs = TileHashReader::new(size, their_root, &served);
        let refused = |index: u64| match tlog::prove_record(size, index, &theirs) {
            Ok(proof) => tlog::check_record(&proof, size, their_root, index, tlog::Hash(leaf(index).0)).is_err(),
            Err(_) => true,
        };
        assert!((0..size).any(refused), "{address}");
        // What is proved from it leads to another root, for us too.
        let wrong = |index: u64| {
            let proof = prove_inclusion(&TiledNodes(&served), index, size).expect("a proof");
            verify_inclusion(leaf(index), index, size, &proof, root).is_err()
        };
        assert!((0..size).any(wrong), "{address}");
    }
}

#[test]
fn a_tile_that_is_not_held_is_said() {
    let mut served = Served::new(700);
    served.tiles.remove("tile/0/001");
    let missing = prove_inclusion(&TiledNodes(&served), 300, 700);
    assert!(matches!(missing, Err(ProofError::MissingNode { level: 0..=7, .. })), "{missing:?}");
}

#[test]
fn addresses_have_one_spelling() {
    let check = |address: &str, kind, index, width| {
        let tile = Tile::new(kind, index, width).expect("there can be one");
        assert_eq!(Tile::parse(address), Ok(tile));
        assert_eq!(tile.to_string(), address);
    };
    check("0/000", TileKind::Hashes(0), 0, 256);
    check("3/x001/x234/067", TileKind::Hashes(3), 1_234_067, 256);
    check("entries/x001/000.p/5", TileKind::Entries, 1000, 5);
    check("7/000.p/255", TileKind::Hashes(7), 0, 255);
    for hostile in [
        "",
        "0",
        "0/",
        "/000",
        "0/0",
        "0/0000",
        "00/000",
        "8/000",
        "-1/000",
        "0/x000/001",
        "0/001/002",
        "0/x001",
        "0/000.p/0",
        "0/000.p/00",
        "0/000.p/256",
        "0/000.p/+1",
        "0/000.p/",
        "0/000.p/1/",
        "0/000.p/1.p/1",
        "0/../000",
        "0//000",
        "0/000/",
        "entries",
        "Entries/000",
        "data/000",
        "0/ 00",
        "0/٣٣٣",
        "0/%30%30%30",
        "0/000\0",
        "7/001",
        "0/x999/x999/x999/x999/x999/x999/x999/999",
        "0/x018/x446/x744/x073/x709/x551/x615/x000/000",
    ] {
        assert!(Tile::parse(hostile).is_err(), "{hostile:?}");
    }
}

proptest! {
    #[test]
    fn an_address_is_read_as_it_is_written(level in 0u8..8, index in any::<u64>(), width in 1u16..=256, entries: bool) {
        let kind = if entries { TileKind::Entries } else { TileKind::Hashes(level) };
        let highest = u64::MAX.checked_shr(8 * (u32::from(if entries { 0 } else { level }) + 1)).unwrap_or(0);
        let tile = Tile::new(kind, index.min(highest), width).expect("there can be one");
        prop_assert_eq!(Tile::parse(&tile.to_string()), Ok(tile));
    }

    #[test]
    fn any_text_is_an_address_or_none(text in "[0-9ex/.p]{0,24}") {
        if let Ok(tile) = Tile::parse(&text) {
            prop_assert_eq!(tile.to_string(), text);
        }
    }

    #[test]
    fn a_bundle_is_read_as_it_is_written(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20), cut in any::<prop::sample::Index>()) {
        let bytes = encode_bundle(&leaves);
        prop_assert_eq!(decode_bundle(&bytes).expect("whole"), leaves.iter().map(Vec::as_slice).collect::<Vec<_>>());
        if let Some(found) = decode_bundle(&bytes[..cut.index(bytes.len() + 1)]) {
            prop_assert!(found.len() <= leaves.len());
        }
    }
}
