//! What readers see while the writer writes: only entries that are durable and signed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{PoisonError, RwLock};

use candour_ledger::{
    Checkpoint, Frame, Group, LEAF_HASH_FROM_END, Nodes, ProofError, SignedNote, TILE_WIDTH, Tile, TileHashes,
    TileKind, TiledNodes, Tree, VerifierKey, WitnessKey, decode_frame, encode_bundle, level_size, prove_consistency,
    prove_inclusion, root_of, root_over, verify_consistency, verify_inclusion,
};
use candour_units::Hash;

use crate::cosigned::Cosigned;
use crate::tiles::TileReader;
use crate::{Consistency, EntryView, LogError, LogStatus, ProvedEntry};

/// The state of the log for everybody but the writer.
pub(crate) struct Published {
    journal: File,
    tiles: TileReader,
    /// What witnesses cosigned.
    pub(crate) cosigned: Cosigned,
    state: RwLock<State>,
}

/// An answer, and whether tiles were found damaged on the way.
pub(crate) struct Proved<T> {
    pub(crate) value: T,
    pub(crate) damaged: bool,
}

impl<T> Proved<Option<T>> {
    fn none() -> Self {
        Self { value: None, damaged: false }
    }
}

struct State {
    /// Byte offset of each entry, and the end of the last.
    offsets: Vec<u64>,
    status: LogStatus,
}

impl Published {
    /// `offsets` has one more than there are entries.
    pub(crate) fn new(
        journal: File,
        offsets: Vec<u64>,
        status: LogStatus,
        tiles: TileReader,
        cosigned: Cosigned,
    ) -> Self {
        Self { journal, tiles, cosigned, state: RwLock::new(State { offsets, status }) }
    }

    pub(crate) fn status(&self) -> LogStatus {
        self.read().status.clone()
    }

    /// Says that the log cannot be written, or that it can again.
    pub(crate) fn set_failing(&self, failing: Option<String>) {
        self.write().status.failing = failing;
    }

    /// Lets readers see new entries, given where each ends.
    pub(crate) fn extend(&self, ends: &[u64], status: LogStatus) {
        let mut state = self.write();
        state.offsets.extend_from_slice(ends);
        state.status = status;
    }

    /// Reads entries; blocks.
    pub(crate) fn entries(&self, first: u64, count: u64) -> Result<Vec<EntryView>, LogError> {
        let (first, spans) = {
            let state = self.read();
            let size = state.offsets.len() as u64 - 1;
            let (from, to) = (first.min(size), first.saturating_add(count).min(size));
            (from, state.offsets[from as usize..=to as usize].to_vec())
        };
        (first..).zip(spans.windows(2)).map(|(number, span)| self.entry(number, span[0], span[1])).collect()
    }

    fn frame(&self, number: u64, start: u64, end: u64) -> Result<Frame, LogError> {
        let mut bytes = vec![0; (end - start) as usize];
        self.journal
            .read_exact_at(&mut bytes, start)
            .map_err(|error| LogError::Unavailable { cause: format!("entry {number} cannot be read: {error}") })?;
        decode_frame(&bytes, number).map_err(|(field, _)| LogError::Tampered {
            place: format!("entry {number}"),
            what: format!("{field} does not fit"),
        })
    }

    fn entry(&self, number: u64, start: u64, end: u64) -> Result<EntryView, LogError> {
        let frame = self.frame(number, start, end)?;
        let text = |group| frame.entry.details.text(group).map(str::to_owned);
        Ok(EntryView {
            index: number,
            at: frame.entry.leaf.at,
            kind: frame.entry.leaf.kind.to_string(),
            who: text(Group::Who),
            what: text(Group::What),
            why: text(Group::Why),
            sent: text(Group::Sent),
            leaf: frame.leaf_hash,
        })
    }

    /// RFC 6962 leaf hash of an entry, from the journal.
    pub(crate) fn leaf_hash(&self, number: u64) -> Option<Hash> {
        let end = *self.read().offsets.get(usize::try_from(number).ok()?.checked_add(1)?)?;
        let mut hash = [0; 32];
        self.journal.read_exact_at(&mut hash, end.checked_sub(LEAF_HASH_FROM_END)?).ok()?;
        Some(Hash(hash))
    }

    /// One entry with its inclusion proof; blocks.
    pub(crate) fn prove(&self, index: u64) -> Result<Proved<Option<ProvedEntry>>, LogError> {
        let (span, status) = {
            let state = self.read();
            let span = usize::try_from(index).ok().and_then(|at| state.offsets.get(at..at + 2)).map(<[u64]>::to_vec);
            (span, state.status.clone())
        };
        let Some(span) = span else { return Ok(Proved::none()) };
        let frame = self.frame(index, span[0], span[1])?;
        let Some(sent) = frame.entry.details.group(Group::Sent).cloned() else { return Ok(Proved::none()) };
        let (leaf, size, root) = (frame.leaf_hash, status.size, status.root);
        let make = |nodes: &dyn Nodes| {
            let path = prove_inclusion(&nodes, index, size)?;
            verify_inclusion(leaf, index, size, &path, root).map(|()| path)
        };
        let path = self.prove_by_tiles_or_journal(make)?;
        let LogStatus { checkpoint, verifier_key, .. } = status;
        let (leaf, damaged) = (frame.entry.leaf, path.damaged);
        Ok(Proved { value: Some(ProvedEntry { leaf, sent, path: path.value, checkpoint, verifier_key }), damaged })
    }

    /// The way from the tree of `old` entries to the one now, with the checkpoint of the one now; blocks.
    pub(crate) fn consistency(&self, old: u64) -> Result<Proved<Option<Consistency>>, LogError> {
        let LogStatus { size, root, checkpoint, .. } = self.status();
        if old > size {
            return Ok(Proved::none());
        }
        let make = |nodes: &dyn Nodes| {
            let (path, old_root) = (prove_consistency(&nodes, old, size)?, root_of(&nodes, old)?);
            verify_consistency(old, old_root, size, root, &path).map(|()| (path, old_root))
        };
        let made = self.prove_by_tiles_or_journal(make)?;
        let (path, old_root) = made.value;
        Ok(Proved { value: Some(Consistency { size, checkpoint, path, old_root }), damaged: made.damaged })
    }

    /// Makes a proof from the tiles; if it does not fit what was signed, from the journal, which is slow and always right.
    fn prove_by_tiles_or_journal<T>(
        &self,
        make: impl Fn(&dyn Nodes) -> Result<T, ProofError>,
    ) -> Result<Proved<T>, LogError> {
        match make(&TiledNodes(&self.tiles)) {
            Ok(value) => Ok(Proved { value, damaged: false }),
            Err(error) => {
                tracing::error!(%error, "tiles of the log do not fit its checkpoint; they are made again");
                let value = make(&Leaves(self)).map_err(|error| LogError::Tampered {
                    place: "journal".to_owned(),
                    what: format!("the leaf hashes in it do not fit the newest checkpoint: {error}"),
                })?;
                Ok(Proved { value, damaged: true })
            }
        }
    }

    /// Keeps what a witness cosigned, if it is a state of this log; blocks.
    pub(crate) fn keep_cosigned(&self, witness: &WitnessKey, note: SignedNote) -> Result<(), LogError> {
        let refused = |what: String| LogError::Tampered { place: format!("a cosignature by {}", witness.name()), what };
        let status = self.status();
        let key = VerifierKey::parse(&status.verifier_key).map_err(|error| refused(error.to_string()))?;
        let checkpoint =
            Checkpoint::open(note.encode().as_bytes(), &key).map_err(|error| refused(error.to_string()))?;
        witness.cosigned_at(&note).map_err(|error| refused(error.to_string()))?;
        if self.root_at(checkpoint.size)? != Some(checkpoint.root) {
            return Err(refused(format!("it is over {} entries that are not those of this log", checkpoint.size)));
        }
        self.cosigned.keep(witness, note).map_err(|error| LogError::Unavailable { cause: candour_units::chain(&error) })
    }

    /// That the log still begins with every tree that a witness cosigned.
    pub(crate) fn holds_what_was_cosigned(&self) -> Result<(), LogError> {
        for (place, cosigned) in self.cosigned.checkpoints() {
            let (many, there) = (cosigned.size, self.status().size);
            let what = match self.root_at(many)? {
                None => format!("{many} entries were cosigned and only {there} are there: the log was rolled back"),
                Some(root) if root != cosigned.root => {
                    format!("the first {many} entries are not those that were cosigned: the log was forked")
                }
                Some(_) => continue,
            };
            return Err(LogError::Tampered { place, what });
        }
        Ok(())
    }

    /// Root of the tree over the first so many entries, held against the newest checkpoint; `None` beyond it.
    fn root_at(&self, size: u64) -> Result<Option<Hash>, LogError> {
        Ok(self.consistency(size)?.value.map(|way| way.old_root))
    }

    /// A hash tile or a bundle of leaves as it is served; `None` when the log does not reach so far.
    pub(crate) fn tile(&self, tile: Tile) -> Result<Proved<Option<Vec<u8>>>, LogError> {
        if !tile.is_in(self.read().status.size) {
            return Ok(Proved::none());
        }
        match tile.kind() {
            TileKind::Entries => Ok(Proved { value: Some(self.bundle(tile)?), damaged: false }),
            TileKind::Hashes(level) => Ok(match self.hashes(tile, level) {
                Some(hashes) => {
                    let bytes = hashes.iter().flat_map(|hash| hash.0).collect();
                    Proved { value: Some(bytes), damaged: false }
                }
                None => Proved { value: None, damaged: true },
            }),
        }
    }

    /// The hashes of a tile, if they fit: a whole one its parent, a growing one the signed root. Exactly what was read is held
    /// against them: the file may be damaged, or mended, a moment later.
    fn hashes(&self, tile: Tile, level: u8) -> Option<Vec<Hash>> {
        let LogStatus { size, root, .. } = self.status();
        let width = (level_size(level, size) - tile.first()).min(TILE_WIDTH);
        let held = HeldTile {
            level,
            first: tile.first(),
            hashes: self.tiles.hashes(level, tile.first(), width)?,
            rest: &self.tiles,
        };
        let fits = if width == TILE_WIDTH {
            root_over(&held.hashes) == *self.tiles.hashes(level + 1, tile.index(), 1)?.first()?
        } else {
            root_of(&TiledNodes(&held), size) == Ok(root)
        };
        let mut hashes = held.hashes;
        hashes.truncate(usize::try_from(tile.width()).ok()?);
        fits.then_some(hashes)
    }

    fn bundle(&self, tile: Tile) -> Result<Vec<u8>, LogError> {
        let spans: Vec<u64> = {
            let state = self.read();
            state.offsets[tile.first() as usize..=(tile.first() + tile.width()) as usize].to_vec()
        };
        let leaf = |(number, span): (u64, &[u64])| Ok(self.frame(number, span[0], span[1])?.entry.leaf.encode());
        let leaves = (tile.first()..).zip(spans.windows(2)).map(leaf).collect::<Result<Vec<_>, LogError>>()?;
        Ok(encode_bundle(&leaves))
    }

    // A writer that panicked left whole values behind: each change is one assignment.
    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tiles with one of them as it was read a moment ago.
struct HeldTile<'a> {
    level: u8,
    first: u64,
    hashes: Vec<Hash>,
    rest: &'a TileReader,
}

impl TileHashes for HeldTile<'_> {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Option<Vec<Hash>> {
        let inside = first.checked_sub(self.first).filter(|at| level == self.level && *at < TILE_WIDTH);
        let Some(at) = inside else { return self.rest.hashes(level, first, count) };
        let at = usize::try_from(at).ok()?;
        self.hashes.get(at..at.checked_add(usize::try_from(count).ok()?)?).map(<[Hash]>::to_vec)
    }
}

/// The tree's inner nodes, computed from the leaf hashes in the journal when they are asked for. A proof asks for each
/// subtree once, so all in all every leaf hash is read once; nothing is kept.
struct Leaves<'a>(&'a Published);

impl Nodes for Leaves<'_> {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let count = 1_u64.checked_shl(level)?;
        let first = index.checked_mul(count)?;
        let mut tree = Tree::new();
        for leaf in first..first.checked_add(count)? {
            tree.push(self.0.leaf_hash(leaf)?);
        }
        Some(tree.root())
    }
}
