//! A log as it is served to everybody: `checkpoint`, `tile/<level>/…` and `tile/entries/…` under one directory, as a mirror
//! of the address keeps them (C2SP tlog-tiles).

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use candour_ledger::{Checkpoint, Leaf, Tile, TileKind, Tree, VerifierKey, decode_bundle, leaf_hash, root_over};
use candour_units::Hash;

use crate::anchors::{Anchors, Trust};
use crate::verdict::{Verdict, count};

const CHECKPOINT: &str = "checkpoint";
const COSIGNED: &str = "cosigned";
const KEY: &str = "key";

/// Checks every leaf, every tile, and that they lead to the signed root.
pub(crate) fn check(directory: &Path, trust: &Trust) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let key = find_key(directory, trust, &mut verdict)?;
    let path = directory.join(CHECKPOINT);
    let note = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let checkpoint = match Checkpoint::open(&note, &key) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            verdict.findings.push(format!("the checkpoint is none of this log: {error}"));
            return Ok(verdict);
        }
    };
    let beside = [path, directory.join(COSIGNED)].into_iter().filter(|path| path.exists()).collect::<Vec<_>>();
    let mut anchors = Anchors::read(trust, &beside, &key, &mut verdict)?;
    let size = checkpoint.size;
    let mut mirror = Mirror { directory, size, levels: vec![Vec::new()], verdict: &mut verdict };
    mirror.leaves(&mut anchors);
    mirror.root(checkpoint.root);
    mirror.upper_tiles();
    let found = mirror.levels[0].len() as u64;
    let witnessed = anchors.judge(found, &mut verdict);
    let entries = count(size, "entry verifies", "entries verify");
    verdict.good.push(format!("{entries} from the served tiles; signed by {}, {witnessed}", key.name()));
    Ok(verdict)
}

fn find_key(directory: &Path, trust: &Trust, verdict: &mut Verdict) -> Result<VerifierKey> {
    if let Some(text) = &trust.key {
        return VerifierKey::parse(text).context("--key is no verifier key");
    }
    let path = directory.join(KEY);
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read; give the log's public key with --key", path.display()))?;
    let key = VerifierKey::parse(text.trim_end_matches('\n'))
        .with_context(|| format!("{} is no verifier key", path.display()))?;
    verdict.notes.push(format!("the key is the one that was served: {key}"));
    Ok(key)
}

struct Mirror<'a> {
    directory: &'a Path,
    size: u64,
    /// Hashes of each level, computed from the leaves and not taken from the tiles.
    levels: Vec<Vec<Hash>>,
    verdict: &'a mut Verdict,
}

impl Mirror<'_> {
    fn read(&mut self, tile: Tile) -> Option<Vec<u8>> {
        let path = self.directory.join("tile").join(tile.to_string());
        match fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.verdict.findings.push(format!("tile/{tile} is missing: {error}"));
                None
            }
        }
    }

    /// Reads the bundles; the place of one that cannot be read is named, and nothing behind it is judged.
    fn leaves(&mut self, anchors: &mut Anchors) {
        let mut tree = Tree::new();
        anchors.take(&tree);
        for tile in Tile::all(self.size).filter(|tile| tile.kind() == TileKind::Entries) {
            let Some(bytes) = self.read(tile) else { return };
            let leaves = decode_bundle(&bytes).filter(|leaves| leaves.len() as u64 == tile.width());
            let Some(leaves) = leaves else {
                self.verdict.findings.push(format!("tile/{tile} is not a bundle of {} entries", tile.width()));
                return;
            };
            for leaf in leaves {
                if let Err(error) = Leaf::decode(leaf) {
                    self.verdict.findings.push(format!("entry {} was changed: {error}", tree.size()));
                }
                tree.push(leaf_hash(leaf));
                self.levels[0].push(leaf_hash(leaf));
                anchors.take(&tree);
            }
        }
    }

    /// Holds the leaves against the signed root.
    fn root(&mut self, signed: Hash) {
        let all = self.levels[0].len() as u64 == self.size;
        if all && root_over(&self.levels[0]) != signed {
            let last = self.size.saturating_sub(1);
            self.verdict.findings.push(format!("entries 0 to {last} are not those that the checkpoint signed"));
        }
    }

    /// Holds every hash tile against what the leaves give: where they differ is where one of the two was changed.
    fn upper_tiles(&mut self) {
        if self.levels[0].len() as u64 != self.size {
            return;
        }
        for level in 0.. {
            let hashes = self.levels[level].clone();
            for (index, expected) in hashes.chunks(256).enumerate() {
                let width = expected.len() as u16;
                let Some(tile) = Tile::new(TileKind::Hashes(level as u8), index as u64, width) else { return };
                let Some(bytes) = self.read(tile) else { continue };
                let found = bytes.as_chunks::<32>().0.iter().zip(expected).position(|(found, hash)| *found != hash.0);
                let whole = bytes.len() == expected.len() * 32;
                if found.is_some() || !whole {
                    let at = found.unwrap_or(expected.len()) as u64 + tile.first();
                    self.verdict.findings.push(format!("tile/{tile} does not fit the entries, from its hash {at} on"));
                }
            }
            let above: Vec<Hash> = hashes.chunks_exact(256).map(root_over).collect();
            if above.is_empty() {
                return;
            }
            self.levels.push(above);
        }
    }
}
