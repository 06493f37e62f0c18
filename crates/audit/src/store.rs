//! The journal, the checkpoints and the key on the disk; recovery, and the order in which a group becomes durable.
//!
//! Order of a group (numbered in `docs/design/ledger.md`): frames into the journal, sync, sign, checkpoint into its file,
//! sync, and only then does anybody hear of it. A size that was once signed is never signed with another root: from the
//! signature on, the same bytes are tried until they are durable.

use std::error::Error as _;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candour_durable::{AppendFile, DirectoryLock, Disk, DurableError};
use candour_ledger::{
    CHECKPOINTS_FILE as CHECKPOINTS, Checkpoint, Entry, Finding, JOURNAL_FILE as JOURNAL, KeyError, LogKey, Report,
    Tree, VERIFIER_KEY_FILE as VERIFIER_KEY, VerifierKey, check_ledger, encode_frame,
};
use candour_units::{Entropy, Hash, MonoTime};

use crate::copies::{self, Copies, Files, Lengths, MODE, make_from};
use crate::cosigned::Cosigned;
use crate::erasure::{self, Erasure, Looked, NewJournal};
use crate::published::Published;
use crate::tiles::TileWriter;
use crate::twin::{First, Standing, compare};
use crate::{LogConfig, LogError, LogStatus};

const SIGNING_KEY: &str = "signing.key";
/// Leaves whose tiles are compared or made between two looks at the queue.
const TILE_SLICE: u64 = 4096;

/// The files of one log, owned by its writer thread.
pub(crate) struct Store {
    key: LogKey,
    copies: Copies,
    /// The journal that readers read.
    read_from: PathBuf,
    /// A new journal was put in the place of this one, which is not opened yet: where each of its entries ends, and how many are erased.
    /// Nothing is written before it is.
    replaced: Option<(Vec<u64>, u64)>,
    tree: Tree,
    tiles: TileWriter,
    /// A group whose frames are durable and whose checkpoint is signed, but not yet durable.
    pending: Option<Group>,
    published: Arc<Published>,
}

struct Group {
    tree: Tree,
    leaves: Vec<Hash>,
    ends: Vec<u64>,
    note: String,
}

impl Store {
    /// Opens or makes the files, verifies them, cuts off an unfinished end and signs what was not signed yet.
    pub(crate) fn open(
        disk: &Disk,
        config: &LogConfig,
        entropy: &dyn Entropy,
    ) -> Result<(Self, Arc<Published>), LogError> {
        let directory = &config.directory;
        disk.create_dir_durably(directory).map_err(unavailable)?;
        let lock = disk.lock_directory(directory).map_err(unavailable)?;
        let key = open_key(disk, config, entropy)?;
        erasure::clear_away(disk, directory).and_then(|()| copies::clear_away(disk, directory)).map_err(unavailable)?;
        let mut tiles = TileWriter::open(disk, directory).map_err(unavailable)?;
        let mut read = read_and_cut(disk, directory, &key, &mut tiles)?;
        let second =
            config.second.as_deref().map(|second| second_of(disk, directory, second, &key, &read)).transpose()?;
        if let Some(Second { ahead: Some(lengths), directory: second, .. }) = &second {
            tracing::warn!(from = %second.display(), "the log is brought up to its second directory, which holds more of it");
            drop(read);
            make_from(disk, second, *lengths, directory)?;
            tiles.restart();
            read = read_and_cut(disk, directory, &key, &mut tiles)?;
        }
        tiles.finish().map_err(unavailable)?;

        let Whole { mut files, report, erasure, offsets } = read;
        let note = report.signed.as_ref().map(|(_, note)| note.clone()).unwrap_or_default();
        let status = status(&key, &report.tree, note);
        let read_from = directory.join(JOURNAL);
        let reader = File::open(&read_from).map_err(|error| unreadable(&read_from, &error))?;
        let signed = report.signed.map(|(checkpoint, _)| checkpoint.size);
        let cosigned = Cosigned::open(disk, directory, key.verifier())?;
        let published = Arc::new(Published::new((reader, offsets), status, erasure, tiles.reader(), cosigned));
        published.holds_what_was_cosigned()?;
        // After a kill the bytes may be there without having reached the disk.
        files.sync().map_err(unavailable)?;
        let mut copies = Copies::new(disk, directory, files, lock);
        if let Some(Second { directory, lock, agreed, why, .. }) = second {
            copies.add(&directory, lock, agreed, why);
        }
        let tree = report.tree;
        let mut store =
            Self { key, copies, read_from, replaced: None, tree, tiles, pending: None, published: published.clone() };
        if signed != Some(store.tree.size()) {
            let tree = store.tree.clone();
            store.sign(tree, Vec::new(), Vec::new());
            store.settle()?;
        }
        store.say_how_copies_stand();
        Ok((store, published))
    }

    /// Makes one group of entries durable and signed; answers position and leaf hash of each.
    ///
    /// On an error nobody may act on any of them. They are gone if the frames could not be written, and will still
    /// appear if only their checkpoint could not.
    pub(crate) fn commit(&mut self, entries: &[Entry]) -> Result<Vec<(u64, Hash)>, LogError> {
        self.settle()?;
        let (mut tree, mut frames) = (self.tree.clone(), Vec::new());
        let (mut ends, mut placed) = (Vec::new(), Vec::new());
        for entry in entries {
            let hash = entry.leaf.hash();
            frames.extend_from_slice(&encode_frame(tree.size(), entry));
            placed.push((tree.size(), hash));
            ends.push(self.copies.journal_len() + frames.len() as u64);
            tree.push(hash);
        }
        let written = self.copies.append_frames(&frames).map_err(unavailable);
        self.say_how_copies_stand();
        written?;
        self.sign(tree, placed.iter().map(|(_, leaf)| *leaf).collect(), ends);
        self.settle()?;
        Ok(placed)
    }

    /// Compares all tiles with the journal once more, slice by slice.
    pub(crate) fn restart_tiles(&mut self) {
        self.tiles.restart();
    }

    /// Whether there are entries whose tiles are not compared or written.
    pub(crate) fn tiles_are_behind(&self) -> bool {
        self.tiles.size() < self.tree.size() || self.tiles.is_unwritten()
    }

    /// Brings the tiles on by one slice. They are derived, so nobody is refused because of them.
    ///
    /// # Errors
    /// What failed; the next call goes on from there.
    pub(crate) fn advance_tiles(&mut self) -> Result<(), LogError> {
        let end = self.tree.size().min(self.tiles.size().saturating_add(TILE_SLICE));
        while self.tiles.size() < end {
            let leaf = self.published.leaf_hash(self.tiles.size()).ok_or_else(|| LogError::Unavailable {
                cause: format!("entry {} cannot be read for its tile", self.tiles.size()),
            })?;
            self.tiles.push(leaf);
        }
        let done = if self.tiles.size() < self.tree.size() { self.tiles.flush() } else { self.tiles.finish() };
        done.map_err(unavailable)
    }

    /// Puts a journal that was written anew in the place of this one: adds what was appended meanwhile, makes it durable, renames. A crash
    /// leaves the whole old or the whole new one.
    ///
    /// # Errors
    /// What failed. Then the old journal is in use on; or, when the new one is in its place but could not be opened, nothing is appended
    /// before it is.
    pub(crate) fn replace_journal(&mut self, mut new: NewJournal) -> Result<(), LogError> {
        self.settle()?;
        if !self.copies.first_counts() {
            let cause = "the first directory of the log fails, and only there details are erased".to_owned();
            return Err(LogError::Unavailable { cause });
        }
        for number in new.ends.len() as u64..self.tree.size() {
            let frame = self.published.frame_at(number)?;
            new.file.append(&encode_frame(number, &frame.entry)).map_err(unavailable)?;
            new.ends.push(new.file.len());
        }
        new.file.sync_data().map_err(unavailable)?;
        let from = new.file.path().to_owned();
        drop(new.file);
        let renamed = self.copies.rename_into_first(&from);
        if renamed.is_err() && from.exists() {
            return renamed.map_err(unavailable);
        }
        self.replaced = Some((new.ends, new.erased));
        self.settle()
    }

    /// Opens a journal that was put in the place of this one, and makes its name durable: before that a crash could bring the old one back.
    fn take_up_new_journal(&mut self) -> Result<(), LogError> {
        let Some((ends, erased)) = &self.replaced else { return Ok(()) };
        self.copies.take_up_first().map_err(unavailable)?;
        let path = self.copies.lead();
        let reader = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        self.published.replace(reader, ends, *erased);
        self.read_from = path;
        self.replaced = None;
        Ok(())
    }

    /// Whether a directory of the log waits to be brought on.
    pub(crate) fn copies_have_work(&self, now: MonoTime) -> bool {
        self.copies.have_work(now)
    }

    /// Brings a directory that fell behind on by one slice.
    pub(crate) fn advance_copies(&mut self, now: MonoTime) {
        self.copies.advance(now);
        self.say_how_copies_stand();
    }

    /// Says which directory fails, and lets readers read from one that counts.
    fn say_how_copies_stand(&mut self) {
        self.published.set_copy_failing(self.copies.failing());
        let lead = self.copies.lead();
        if lead == self.read_from || self.replaced.is_some() {
            return;
        }
        match File::open(&lead) {
            Ok(reader) => {
                self.published.read_from(reader);
                self.read_from = lead;
            }
            Err(error) => {
                tracing::error!(error = %unreadable(&lead, &error), "the log cannot be read from its other directory")
            }
        }
    }

    /// Signs a tree whose frames are durable.
    fn sign(&mut self, tree: Tree, leaves: Vec<Hash>, ends: Vec<u64>) {
        let origin = self.key.verifier().name();
        let note = Checkpoint::new(origin, tree.size(), tree.root()).sign(&self.key).encode();
        self.pending = Some(Group { tree, leaves, ends, note });
    }

    /// Clears away what an earlier failure left and finishes a signed group.
    fn settle(&mut self) -> Result<(), LogError> {
        self.take_up_new_journal()?;
        self.copies.roll_back().map_err(unavailable)?;
        let Some(group) = &self.pending else { return Ok(()) };
        let written = self.copies.append_note(group.note.as_bytes()).map_err(unavailable);
        self.say_how_copies_stand();
        written?;
        let Some(group) = self.pending.take() else { return Ok(()) };
        // Before anybody hears of the entries, so that a proof asked for at once finds its tiles.
        if self.tiles.size() == self.tree.size() {
            group.leaves.iter().for_each(|leaf| self.tiles.push(*leaf));
            if let Err(error) = self.tiles.flush() {
                tracing::warn!(%error, "tiles of the log cannot be written; proofs are made from the journal");
            }
        }
        self.tree = group.tree;
        self.published.extend(&group.ends, status(&self.key, &self.tree, group.note));
        Ok(())
    }
}

fn status(key: &LogKey, tree: &Tree, checkpoint: String) -> LogStatus {
    let verifier_key = key.verifier().to_string();
    LogStatus { size: tree.size(), root: tree.root(), checkpoint, verifier_key, failing: None, copy_failing: None }
}

/// A directory of the log, read whole and cut back to what is good.
struct Whole {
    files: Files,
    report: Report,
    erasure: Erasure,
    offsets: Vec<u64>,
}

fn read_and_cut(disk: &Disk, directory: &Path, key: &LogKey, tiles: &mut TileWriter) -> Result<Whole, LogError> {
    let mut files = Files::open(disk, directory).map_err(unavailable)?;
    let mut offsets = vec![0];
    let (mut report, mut erasure) = read_all(directory, key.verifier(), &mut offsets, tiles)?;
    if let Some(offset) = unacknowledged(&report) {
        tracing::warn!(at = offset, "cutting off entries that a power cut left in pieces; nobody was told of them");
        files.journal.truncate_to(offset).map_err(unavailable)?;
        offsets = vec![0];
        tiles.restart();
        (report, erasure) = read_all(directory, key.verifier(), &mut offsets, tiles)?;
    }
    if let Some(finding) = report.findings.first() {
        return Err(tampered(finding));
    }
    cut(&mut files.journal, report.journal.offset, report.journal.torn).map_err(unavailable)?;
    cut(&mut files.checkpoints, report.history.offset, report.history.torn).map_err(unavailable)?;
    Ok(Whole { files, report, erasure, offsets })
}

/// The second directory, as it stands to the first.
struct Second {
    directory: PathBuf,
    lock: Option<DirectoryLock>,
    agreed: Option<Lengths>,
    /// It holds more: the first must be written anew from it.
    ahead: Option<Lengths>,
    /// Why it cannot be used now.
    why: Option<String>,
}

/// Opens the second directory and compares it. One that cannot be read does not keep the log closed; one that says something else does.
fn second_of(disk: &Disk, first: &Path, second: &Path, key: &LogKey, read: &Whole) -> Result<Second, LogError> {
    let mut found = Second { directory: second.to_owned(), lock: None, agreed: None, ahead: None, why: None };
    let opened = disk.create_dir_durably(second).and_then(|()| disk.lock_directory(second));
    match opened.and_then(|lock| copies::clear_away(disk, second).map(|()| lock)).map_err(unavailable) {
        Ok(lock) => found.lock = Some(lock),
        Err(error) => return Ok(Second { why: Some(error.to_string()), ..found }),
    }
    let lengths = Lengths { journal: read.files.journal.len(), checkpoints: read.files.checkpoints.len() };
    let first = First { directory: first, report: &read.report, erased: read.erasure.done, lengths };
    match compare(&first, second, key.verifier()) {
        Ok(Standing::Agrees(lengths)) => found.agreed = Some(lengths),
        Ok(Standing::Stale) => {}
        // When the first is made of it, both hold the same up to there.
        Ok(Standing::Ahead(lengths)) => (found.ahead, found.agreed) = (Some(lengths), Some(lengths)),
        Err(LogError::Unavailable { cause }) => found.why = Some(cause),
        Err(error) => return Err(error),
    }
    Ok(found)
}

fn read_all(
    directory: &Path,
    key: &VerifierKey,
    offsets: &mut Vec<u64>,
    tiles: &mut TileWriter,
) -> Result<(Report, Erasure), LogError> {
    let open = |name| {
        let path = directory.join(name);
        File::open(&path).map(|file| BufReader::with_capacity(1 << 16, file)).map_err(|error| unreadable(&path, &error))
    };
    let (mut starts, mut failed, mut looked) = (Vec::new(), None, Looked::default());
    let report = check_ledger(open(JOURNAL)?, open(CHECKPOINTS)?, key, |frame, start| {
        starts.push(start);
        looked.take(frame);
        tiles.push(frame.leaf_hash);
        if tiles.size().is_multiple_of(TILE_SLICE) && failed.is_none() {
            failed = tiles.flush().err();
        }
    })
    .map_err(|error| unreadable(directory, &error))?;
    if let Some(error) = failed {
        return Err(unavailable(error));
    }
    // Each entry ends where the next begins.
    offsets.extend(starts.into_iter().skip(1).chain((report.tree.size() > 0).then_some(report.journal.offset)));
    Ok((report, looked.finish()))
}

fn cut(file: &mut AppendFile, len: u64, torn: u64) -> Result<(), DurableError> {
    if torn == 0 {
        return Ok(());
    }
    tracing::warn!(file = %file.path().display(), at = len, bytes = torn, "cutting off what a crash left unfinished");
    file.truncate_to(len)
}

/// Reads the signing key, or makes it at the very first start.
fn open_key(disk: &Disk, config: &LogConfig, entropy: &dyn Entropy) -> Result<LogKey, LogError> {
    let private = config.directory.join(SIGNING_KEY);
    let key = match read_line(&private)? {
        Some(line) => LogKey::parse(&line).map_err(|error| wrong_key(SIGNING_KEY, &error))?,
        None => make_key(disk, config, entropy, &private)?,
    };
    if key.verifier().name() != config.origin {
        let (expected, found) = (config.origin.clone(), key.verifier().name().to_owned());
        return Err(LogError::OtherLog { expected, found });
    }
    let public = config.directory.join(VERIFIER_KEY);
    let expected = key.verifier().to_string();
    match read_line(&public)? {
        Some(line) if line == expected => {}
        Some(line) => {
            let what = match VerifierKey::parse(&line) {
                Ok(_) => "it is the key of another log".to_owned(),
                Err(error) => error.to_string(),
            };
            return Err(LogError::Tampered { place: VERIFIER_KEY.to_owned(), what });
        }
        None => disk.write_atomically(&public, format!("{expected}\n").as_bytes(), 0o644).map_err(unavailable)?,
    }
    Ok(key)
}

fn make_key(disk: &Disk, config: &LogConfig, entropy: &dyn Entropy, path: &Path) -> Result<LogKey, LogError> {
    for name in [JOURNAL, CHECKPOINTS] {
        let has_bytes = fs::metadata(config.directory.join(name)).is_ok_and(|metadata| metadata.len() > 0);
        if has_bytes {
            let what = format!("it is missing, but there is a {name}; put the key back, or move the old log away");
            return Err(LogError::Tampered { place: SIGNING_KEY.to_owned(), what });
        }
    }
    let key = LogKey::from_seed(&config.origin, &entropy.key())
        .map_err(|_| LogError::Origin { origin: config.origin.clone() })?;
    let text = format!("{}\n", key.to_private_text());
    disk.write_atomically(path, text.as_bytes(), MODE).map_err(unavailable)?;
    Ok(key)
}

/// The one line of a key file without its end; `None` when there is no file.
fn read_line(path: &Path) -> Result<Option<String>, LogError> {
    match fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes).ok().and_then(|text| text.strip_suffix('\n').map(str::to_owned)) {
            Some(line) => Ok(Some(line)),
            None => {
                Err(LogError::Tampered { place: path.display().to_string(), what: "it is not one line".to_owned() })
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn wrong_key(name: &str, error: &KeyError) -> LogError {
    LogError::Tampered { place: name.to_owned(), what: error.to_string() }
}

/// Where the journal must be cut, if all that does not fit lies in entries behind the last signed one. Such a group was not
/// durable when the power went: its sectors reached the disk in any order, or not at all.
pub(crate) fn unacknowledged(report: &Report) -> Option<u64> {
    let signed = report.signed_size();
    let behind = |finding: &Finding| match finding {
        Finding::Entry { number, offset, .. } if *number >= signed => Some(*offset),
        _ => None,
    };
    let offsets: Option<Vec<u64>> = report.findings.iter().map(behind).collect();
    offsets?.into_iter().min()
}

pub(crate) fn tampered(finding: &Finding) -> LogError {
    let place = match finding {
        Finding::Entry { number, offset, .. } => format!("entry {number} (journal, byte {offset})"),
        Finding::Checkpoint { number, offset, .. } => format!("checkpoint {number} (checkpoints, byte {offset})"),
        Finding::Root { first, end, .. } => format!("entries {first} to {}", end.saturating_sub(1)),
        Finding::Missing { found, .. } => format!("entry {found}"),
        Finding::Unsigned { .. } => CHECKPOINTS.to_owned(),
    };
    LogError::Tampered { place, what: finding.to_string() }
}

pub(crate) fn unavailable(error: DurableError) -> LogError {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    LogError::Unavailable { cause: format!("{error}: {cause}") }
}

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> LogError {
    LogError::Unavailable { cause: format!("could not read {}: {error}", path.display()) }
}
