//! Hash tiles on the disk: one file for each level, hash after hash, so that a tile is a piece of a file.
//!
//! They are derived from the journal and never trusted over it. At each start they are compared with it, hash by hash, and
//! from the first that differs on made again; so nothing is synced for them, and a power cut may leave them in any state.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use candour_durable::{AppendFile, Disk, DurableError};
use candour_ledger::{TILE_HEIGHT, TILE_WIDTH, TileHashes, Tree};
use candour_units::Hash;

const DIRECTORY: &str = "tiles";
const MODE: u32 = 0o600;
const HASH_LEN: u64 = 32;
const LEVELS: usize = 8;

fn path_of(directory: &Path, level: usize) -> PathBuf {
    directory.join(format!("level{level}"))
}

/// The writer's side. It is told the leaf hashes in order, from the first on after a start or [`Self::restart`].
pub(crate) struct TileWriter {
    disk: Disk,
    directory: PathBuf,
    tree: Tree,
    levels: Vec<Level>,
}

struct Level {
    path: PathBuf,
    file: Option<AppendFile>,
    /// Reads what the file holds, as long as all of it was right.
    compared: Option<BufReader<File>>,
    /// Hashes at the beginning of the file that are known to be right.
    good: u64,
    /// What follows them and is not written yet.
    pending: Vec<u8>,
}

impl TileWriter {
    /// Makes the directory and the file of level 0 if they are not there, and begins to compare.
    pub(crate) fn open(disk: &Disk, log: &Path) -> Result<Self, DurableError> {
        let directory = log.join(DIRECTORY);
        disk.create_dir_durably(&directory)?;
        let levels = (0..LEVELS).map(|level| Level::new(path_of(&directory, level))).collect();
        let mut writer = Self { disk: disk.clone(), directory, tree: Tree::new(), levels };
        writer.levels[0].open(&writer.disk)?;
        writer.restart();
        Ok(writer)
    }

    /// Begins to compare from the first leaf on; what is in the files stays until it is found wrong.
    pub(crate) fn restart(&mut self) {
        self.tree = Tree::new();
        for level in &mut self.levels {
            level.compared = File::open(&level.path).ok().map(BufReader::new);
            level.good = 0;
            level.pending.clear();
        }
    }

    /// Leaves told so far.
    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Whether hashes wait to be written, or to be compared to the end.
    pub(crate) fn is_unwritten(&self) -> bool {
        self.levels.iter().any(|level| level.compared.is_some() || !level.pending.is_empty())
    }

    /// The next leaf. Touches no file but to compare.
    pub(crate) fn push(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.tree.push_telling(leaf, |height, hash| {
            if height % TILE_HEIGHT == 0 {
                levels[(height / TILE_HEIGHT) as usize].push(hash);
            }
        });
    }

    /// Writes what is missing and cuts off what is wrong. Can be repeated after an error.
    pub(crate) fn flush(&mut self) -> Result<(), DurableError> {
        self.levels.iter_mut().try_for_each(|level| level.flush(&self.disk))
    }

    /// All leaves there are were told: whatever else the files hold is wrong.
    pub(crate) fn finish(&mut self) -> Result<(), DurableError> {
        self.levels.iter_mut().for_each(|level| level.compared = None);
        self.flush()
    }

    /// For everybody who reads them.
    pub(crate) fn reader(&self) -> TileReader {
        TileReader { directory: self.directory.clone(), files: Default::default() }
    }
}

impl Level {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None, compared: None, good: 0, pending: Vec::new() }
    }

    fn push(&mut self, hash: Hash) {
        if let Some(reader) = &mut self.compared {
            let mut found = [0; HASH_LEN as usize];
            if reader.read_exact(&mut found).is_ok() && found == hash.0 {
                self.good += 1;
                return;
            }
            self.compared = None;
        }
        self.pending.extend_from_slice(&hash.0);
    }

    fn open(&mut self, disk: &Disk) -> Result<&mut AppendFile, DurableError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => disk.append_to(&self.path, MODE)?,
        };
        Ok(self.file.insert(file))
    }

    fn flush(&mut self, disk: &Disk) -> Result<(), DurableError> {
        if self.compared.is_some() || (self.pending.is_empty() && self.file.is_none() && !self.path.exists()) {
            return Ok(());
        }
        let good = self.good * HASH_LEN;
        // Taken again from the same buffer if something fails.
        let pending = std::mem::take(&mut self.pending);
        let written = self.open(disk).and_then(|file| write(file, good, &pending));
        match written {
            Ok(()) => self.good += pending.len() as u64 / HASH_LEN,
            Err(error) => {
                self.pending = pending;
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Cuts off what is wrong and adds what follows.
fn write(file: &mut AppendFile, good: u64, pending: &[u8]) -> Result<(), DurableError> {
    if file.len() > good {
        tracing::warn!(file = %file.path().display(), at = good, "tiles that do not fit the journal are made again");
        file.truncate_to(good)?;
    }
    if !pending.is_empty() {
        file.append(pending)?;
    }
    Ok(())
}

/// The readers' side. What it answers is held against a root that was signed before anybody relies on it.
pub(crate) struct TileReader {
    directory: PathBuf,
    files: [OnceLock<File>; LEVELS],
}

impl TileReader {
    fn file(&self, level: u8) -> Option<&File> {
        let slot = self.files.get(usize::from(level))?;
        if slot.get().is_none() {
            // Another reader may have been quicker; both opened the same file.
            let _ = slot.set(File::open(path_of(&self.directory, usize::from(level))).ok()?);
        }
        slot.get()
    }
}

impl TileHashes for TileReader {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Option<Vec<Hash>> {
        let mut bytes = vec![0; usize::try_from(count.min(TILE_WIDTH) * HASH_LEN).ok()?];
        self.file(level)?.read_exact_at(&mut bytes, first.checked_mul(HASH_LEN)?).ok()?;
        Some(bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect())
    }
}
