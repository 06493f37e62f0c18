//! What readers see while the writer writes: only entries that are durable and signed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, PoisonError, RwLock};

use candour_ledger::{
    Checkpoint, CosignedBefore, Entry, ExportedEntry, Frame, Group, LEAF_HASH_FROM_END, Nodes, ProofError, SignedNote,
    TILE_WIDTH, Tile, TileHashes, TileKind, TiledNodes, Tree, VerifierKey, WitnessKey, decode_frame, encode_bundle,
    level_size, prove_consistency, prove_inclusion, root_of, root_over, verify_consistency, verify_inclusion,
};
use candour_units::{Hash, WallTime};

use crate::cosigned::Cosigned;
use crate::erasure::Erasure;
use crate::tiles::TileReader;
use crate::{Consistency, EntryView, LogError, LogStatus, ProvedEntries, ProvedEntry};

/// Most entries proved at once.
const MOST_PROVED: usize = 1 << 16;

/// The state of the log for everybody but the writer.
pub(crate) struct Published {
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
    /// Replaced, together with the offsets, when details are erased; whoever reads holds the one that its offsets are of.
    journal: Arc<File>,
    /// Byte offset of each entry, and the end of the last.
    offsets: Vec<u64>,
    status: LogStatus,
    erasure: Erasure,
}

/// Where entries lie: the file, and the byte offset of each of them and the end of the last.
struct Spans {
    journal: Arc<File>,
    offsets: Vec<u64>,
}

impl Published {
    /// `offsets` has one more than there are entries.
    pub(crate) fn new(
        (journal, offsets): (File, Vec<u64>),
        status: LogStatus,
        erasure: Erasure,
        tiles: TileReader,
        cosigned: Cosigned,
    ) -> Self {
        let state = State { journal: Arc::new(journal), offsets, status, erasure };
        Self { tiles, cosigned, state: RwLock::new(state) }
    }

    pub(crate) fn erasure(&self) -> Erasure {
        self.read().erasure
    }

    /// An entry says that the details of the first `owed` entries shall go.
    pub(crate) fn owe(&self, owed: u64, entry: (u64, WallTime)) {
        let mut state = self.write();
        state.erasure = Erasure { owed, entry: Some(entry), ..state.erasure };
    }

    /// Lets readers see a journal that was written anew, with where each entry of it ends.
    pub(crate) fn replace(&self, journal: File, ends: &[u64], erased: u64) {
        let mut state = self.write();
        state.journal = Arc::new(journal);
        state.offsets.truncate(1);
        state.offsets.extend_from_slice(ends);
        state.erasure.done = erased;
    }

    /// Lets readers read the same bytes from another file.
    pub(crate) fn read_from(&self, journal: File) {
        self.write().journal = Arc::new(journal);
    }

    /// Leading entries that were written before that moment.
    pub(crate) fn written_before(&self, moment: WallTime) -> Result<u64, LogError> {
        let size = self.status().size;
        let mut number = self.erasure().owed;
        while number < size && self.frame_at(number)?.entry.leaf.at < moment {
            number += 1;
        }
        Ok(number)
    }

    pub(crate) fn status(&self) -> LogStatus {
        self.read().status.clone()
    }

    /// Says that the log cannot be written, or that it can again.
    pub(crate) fn set_failing(&self, failing: Option<String>) {
        self.write().status.failing = failing;
    }

    /// Says that one of the log's directories fails while the other goes on, or that both are well.
    pub(crate) fn set_copy_failing(&self, failing: Option<String>) {
        self.write().status.copy_failing = failing;
    }

    /// Lets readers see new entries, given where each ends.
    pub(crate) fn extend(&self, ends: &[u64], status: LogStatus) {
        let mut state = self.write();
        state.offsets.extend_from_slice(ends);
        let copy_failing = state.status.copy_failing.take();
        state.status = LogStatus { copy_failing, ..status };
    }

    /// Reads entries; blocks.
    pub(crate) fn entries(&self, first: u64, count: u64) -> Result<Vec<EntryView>, LogError> {
        let (first, spans) = {
            let state = self.read();
            let size = state.offsets.len() as u64 - 1;
            let (from, to) = (first.min(size), first.saturating_add(count).min(size));
            (from, state.spans(from as usize..=to as usize))
        };
        spans.frames(first).map(|frame| frame.map(view)).collect()
    }

    /// One entry that is there.
    pub(crate) fn frame_at(&self, number: u64) -> Result<Frame, LogError> {
        let spans = self
            .span_of(number)
            .ok_or_else(|| LogError::Unavailable { cause: format!("entry {number} is not there") })?;
        spans.frame(number, spans.offsets[0], spans.offsets[1])
    }

    fn span_of(&self, number: u64) -> Option<Spans> {
        let at = usize::try_from(number).ok()?;
        let state = self.read();
        (at < state.offsets.len() - 1).then(|| state.spans(at..=at + 1))
    }

    /// RFC 6962 leaf hash of an entry, from the journal.
    pub(crate) fn leaf_hash(&self, number: u64) -> Option<Hash> {
        let spans = self.span_of(number)?;
        let mut hash = [0; 32];
        spans.journal.read_exact_at(&mut hash, spans.offsets[1].checked_sub(LEAF_HASH_FROM_END)?).ok()?;
        Some(Hash(hash))
    }

    /// One entry with its inclusion proof; blocks.
    pub(crate) fn prove(&self, index: u64) -> Result<Proved<Option<ProvedEntry>>, LogError> {
        let status = self.status();
        if index >= status.size {
            return Ok(Proved::none());
        }
        let frame = self.frame_at(index)?;
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

    /// Entries with their inclusion proofs up to one checkpoint; blocks.
    pub(crate) fn prove_many(&self, indices: &[u64]) -> Result<Proved<ProvedEntries>, LogError> {
        let LogStatus { size, root, checkpoint, verifier_key, .. } = self.status();
        let (mut entries, mut damaged) = (Vec::new(), false);
        for index in indices.iter().copied().filter(|index| *index < size).take(MOST_PROVED) {
            let frame = self.frame_at(index)?;
            let make = |nodes: &dyn Nodes| {
                let path = prove_inclusion(&nodes, index, size)?;
                verify_inclusion(frame.leaf_hash, index, size, &path, root).map(|()| path)
            };
            let path = self.prove_by_tiles_or_journal(make)?;
            damaged |= path.damaged;
            let Entry { leaf, details } = frame.entry;
            entries.push(ExportedEntry { index, leaf, details, path: path.value });
        }
        let cosigned = self.way_from_cosigned(size, root)?;
        let checkpoint = self.with_cosignatures(checkpoint);
        Ok(Proved { value: ProvedEntries { entries, checkpoint, cosigned, verifier_key }, damaged })
    }

    /// The newest note that a witness cosigned and the way from it to the tree of `size` entries; `None` when there is none, or a larger
    /// one by now.
    fn way_from_cosigned(&self, size: u64, root: Hash) -> Result<Option<CosignedBefore>, LogError> {
        let Some(note) = self.cosigned.newest() else { return Ok(None) };
        let Ok(old) = Checkpoint::decode(&note.text) else { return Ok(None) };
        if old.size > size {
            return Ok(None);
        }
        let make = |nodes: &dyn Nodes| {
            let path = prove_consistency(&nodes, old.size, size)?;
            verify_consistency(old.size, old.root, size, root, &path).map(|()| path)
        };
        let path = self.prove_by_tiles_or_journal(make)?.value;
        Ok(Some(CosignedBefore { note: note.encode(), path }))
    }

    /// A note of ours with every cosignature under it that there is yet.
    pub(crate) fn with_cosignatures(&self, checkpoint: String) -> String {
        let Ok(mut note) = SignedNote::decode(checkpoint.as_bytes()) else { return checkpoint };
        note.signatures.extend(self.cosigned.under(&note.text));
        note.encode()
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
        let spans = self.read().spans(tile.first() as usize..=(tile.first() + tile.width()) as usize);
        let leaf = |frame: Result<Frame, LogError>| Ok(frame?.entry.leaf.encode());
        let leaves = spans.frames(tile.first()).map(leaf).collect::<Result<Vec<_>, LogError>>()?;
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

impl State {
    fn spans(&self, offsets: std::ops::RangeInclusive<usize>) -> Spans {
        Spans { journal: self.journal.clone(), offsets: self.offsets[offsets].to_vec() }
    }
}

impl Spans {
    /// The entries, of which the first is number `first`; blocks.
    fn frames(&self, first: u64) -> impl Iterator<Item = Result<Frame, LogError>> {
        (first..).zip(self.offsets.windows(2)).map(|(number, span)| self.frame(number, span[0], span[1]))
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
}

fn view(frame: Frame) -> EntryView {
    let Frame { number, entry, leaf_hash } = frame;
    let text = |group| entry.details.text(group).map(str::to_owned);
    EntryView {
        index: number,
        at: entry.leaf.at,
        kind: entry.leaf.kind.to_string(),
        who: text(Group::Who),
        what: text(Group::What),
        why: text(Group::Why),
        sent: text(Group::Sent),
        salts: Group::ALL.map(|group| entry.details.group(group).map(|disclosed| disclosed.salt)),
        leaf: leaf_hash,
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
