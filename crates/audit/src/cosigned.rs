//! The newest checkpoint that each witness cosigned, each in a file of its own beside `checkpoints`: a C2SP note with the
//! log's signature and the witness's under it, so that it proves what it says without this program.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use candour_durable::{Disk, DurableError};
use candour_ledger::{COSIGNED_DIRECTORY, Checkpoint, NoteSignature, SignedNote, VerifierKey, WitnessKey};
use candour_units::Hash;

use crate::LogError;

const MODE: u32 = 0o600;
const ENDING: &str = "note";

/// What a witness cosigned last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Witnessed {
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// When, in seconds since 1970 UTC, by the clock of the witness.
    pub at: u64,
}

/// All of them.
pub(crate) struct Cosigned {
    disk: Disk,
    directory: PathBuf,
    /// By key id of the witness, as the files are named.
    kept: Mutex<BTreeMap<u32, SignedNote>>,
}

impl Cosigned {
    /// Reads what is there. A note that the log did not sign is tampering; so is, to the caller, one of a tree that is not
    /// this log's: [`Self::checkpoints`].
    pub(crate) fn open(disk: &Disk, log: &Path, key: &VerifierKey) -> Result<Self, LogError> {
        let directory = log.join(COSIGNED_DIRECTORY);
        let mut kept = BTreeMap::new();
        for path in notes_in(&directory)? {
            let tampered = |what: String| LogError::Tampered { place: path.display().to_string(), what };
            let id = id_of(&path).ok_or_else(|| tampered("it is not named after a key id".to_owned()))?;
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            Checkpoint::open(&bytes, key).map_err(|error| tampered(error.to_string()))?;
            kept.insert(id, SignedNote::decode(&bytes).map_err(|error| tampered(error.to_string()))?);
        }
        Ok(Self { disk: disk.clone(), directory, kept: Mutex::new(kept) })
    }

    /// What was cosigned by anybody, with its place.
    pub(crate) fn checkpoints(&self) -> Vec<(String, Checkpoint)> {
        let read = |(id, note): (&u32, &SignedNote)| {
            Some((self.path(*id).display().to_string(), Checkpoint::decode(&note.text).ok()?))
        };
        self.kept().iter().filter_map(read).collect()
    }

    /// What this witness cosigned last.
    pub(crate) fn of(&self, witness: &WitnessKey) -> Option<Witnessed> {
        let kept = self.kept();
        let note = kept.get(&witness.id())?;
        let checkpoint = Checkpoint::decode(&note.text).ok()?;
        Some(Witnessed { size: checkpoint.size, root: checkpoint.root, at: witness.cosigned_at(note).ok()? })
    }

    /// The cosignatures under exactly this text.
    pub(crate) fn under(&self, text: &str) -> Vec<NoteSignature> {
        let kept = self.kept();
        let of = |(id, note): (&u32, &SignedNote)| note.signatures.iter().find(|found| found.id == *id).cloned();
        kept.iter().filter(|(_, note)| note.text == text).filter_map(of).collect()
    }

    /// The note over the most entries, with every cosignature under it.
    pub(crate) fn newest(&self) -> Option<SignedNote> {
        let size = |note: &SignedNote| Checkpoint::decode(&note.text).map_or(0, |checkpoint| checkpoint.size);
        let mut newest = self.kept().values().max_by_key(|note| size(note)).cloned()?;
        for signature in self.under(&newest.text) {
            if !newest.signatures.contains(&signature) {
                newest.signatures.push(signature);
            }
        }
        Some(newest)
    }

    /// Keeps a note that this witness cosigned, durably; blocks.
    pub(crate) fn keep(&self, witness: &WitnessKey, note: SignedNote) -> Result<(), DurableError> {
        let mut kept = self.kept();
        self.disk.create_dir_durably(&self.directory)?;
        self.disk.write_atomically(&self.path(witness.id()), note.encode().as_bytes(), MODE)?;
        kept.insert(witness.id(), note);
        Ok(())
    }

    fn path(&self, id: u32) -> PathBuf {
        self.directory.join(format!("{id:08x}.{ENDING}"))
    }

    // Each change is one insertion after the file is durable: whoever panicked left whole values.
    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, SignedNote>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files that end as a note does; what an atomic write left behind does not.
fn notes_in(directory: &Path) -> Result<Vec<PathBuf>, LogError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(directory, &error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(|error| unreadable(directory, &error))?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == ENDING));
    paths.sort();
    Ok(paths)
}

fn id_of(path: &Path) -> Option<u32> {
    let stem = path.file_stem()?.to_str()?;
    (stem.len() == 8).then(|| u32::from_str_radix(stem, 16).ok()).flatten()
}

fn unreadable(path: &Path, error: &io::Error) -> LogError {
    LogError::Unavailable { cause: format!("could not read {}: {error}", path.display()) }
}
