//! What a witness remembers: its key, and for each log the newest checkpoint it cosigned.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use candour_durable::{DirectoryLock, Disk, DurableError};
use candour_ledger::{
    AddCheckpoint, Checkpoint, CosigningKey, KeyError, NoteSignature, Refusal, SignedNote, VerifierKey, WitnessKey,
    judge,
};

const KEY: &str = "witness.key";
/// The private key; the checkpoints are public.
const KEY_MODE: u32 = 0o600;
const NOTE_MODE: u32 = 0o644;

/// Why a witness cannot start.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DurableError),
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key file is no key of a witness.
    #[error("{} is no key of a witness", .path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// What does not fit.
        source: KeyError,
    },
    /// The key file is that of another name.
    #[error("the key in this directory is that of {found}, not of {expected}: a witness keeps its name")]
    OtherName {
        /// As asked for.
        expected: String,
        /// In the file.
        found: String,
    },
    /// A remembered checkpoint is not one: without it, this witness could be led astray.
    #[error("{} is not a checkpoint of {log} that this witness cosigned; find out who changed it before you remove it", .path.display())]
    Changed {
        /// Which.
        path: PathBuf,
        /// The log.
        log: String,
    },
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The checkpoint may not be cosigned.
    #[error(transparent)]
    Judged(#[from] Refusal),
    /// What was cosigned could not be made durable, so nobody gets it.
    #[error(transparent)]
    Disk(#[from] DurableError),
}

/// A witness of some logs.
pub struct Memory {
    disk: Disk,
    directory: PathBuf,
    key: CosigningKey,
    logs: BTreeMap<String, Log>,
    _lock: DirectoryLock,
}

struct Log {
    key: VerifierKey,
    path: PathBuf,
    /// One call at a time for each log: two at once could be cosigned from the same size.
    known: Mutex<Option<Checkpoint>>,
}

impl Memory {
    /// Opens or makes the memory in a directory. `name` names the key when it is made; `seed` gives 32 random bytes then.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn open(
        disk: &Disk,
        directory: &Path,
        name: &str,
        seed: impl FnOnce() -> [u8; 32],
        logs: Vec<VerifierKey>,
    ) -> Result<Self, MemoryError> {
        disk.create_dir_durably(directory)?;
        let lock = disk.lock_directory(directory)?;
        let key = open_key(disk, directory, name, seed)?;
        let open = |log: VerifierKey| {
            let path = directory.join(format!("{:08x}.note", log.id()));
            let known = Mutex::new(remembered(&path, &log, key.witness())?);
            Ok((log.name().to_owned(), Log { key: log, path, known }))
        };
        let logs = logs.into_iter().map(open).collect::<Result<_, MemoryError>>()?;
        Ok(Self { disk: disk.clone(), directory: directory.to_owned(), key, logs, _lock: lock })
    }

    /// Where it lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The public key of this witness.
    #[must_use]
    pub fn witness(&self) -> &WitnessKey {
        self.key.witness()
    }

    /// Judges a call and cosigns; what was cosigned is durable before this returns. `at` is in seconds since 1970 UTC. Blocks.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn add_checkpoint(&self, body: &[u8], at: u64) -> Result<NoteSignature, Refused> {
        let mut asked = AddCheckpoint::decode(body)?;
        let unknown = || Refusal::UnknownLog { origin: asked.origin().to_owned() };
        let log = self.logs.get(asked.origin()).ok_or_else(unknown)?;
        // Only whole checkpoints are put there, after they are durable.
        let mut known = log.known.lock().unwrap_or_else(PoisonError::into_inner);
        let checkpoint = judge(&asked, &log.key, known.as_ref())?;
        let signature = self.key.cosign(&asked.note.text, at);
        // Nothing but what we know: the log's signature and ours.
        asked.note.signatures.retain(|found| found.name == log.key.name() && found.id == log.key.id());
        asked.note.signatures.push(signature.clone());
        self.disk.write_atomically(&log.path, asked.note.encode().as_bytes(), NOTE_MODE)?;
        *known = Some(checkpoint);
        Ok(signature)
    }
}

fn open_key(
    disk: &Disk,
    directory: &Path,
    name: &str,
    seed: impl FnOnce() -> [u8; 32],
) -> Result<CosigningKey, MemoryError> {
    let path = directory.join(KEY);
    let wrong = |source| MemoryError::Key { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(text) => {
            let key = CosigningKey::parse(text.strip_suffix('\n').unwrap_or(&text)).map_err(wrong)?;
            let found = key.witness().name().to_owned();
            if found == name { Ok(key) } else { Err(MemoryError::OtherName { expected: name.to_owned(), found }) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = CosigningKey::from_seed(name, &seed()).map_err(wrong)?;
            disk.write_atomically(&path, format!("{}\n", key.to_private_text()).as_bytes(), KEY_MODE)?;
            Ok(key)
        }
        Err(source) => Err(MemoryError::Read { path, source }),
    }
}

fn remembered(path: &Path, log: &VerifierKey, witness: &WitnessKey) -> Result<Option<Checkpoint>, MemoryError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(MemoryError::Read { path: path.to_owned(), source }),
    };
    let changed = || MemoryError::Changed { path: path.to_owned(), log: log.name().to_owned() };
    let checkpoint = Checkpoint::open(&bytes, log).map_err(|_| changed())?;
    let note = SignedNote::decode(&bytes).map_err(|_| changed())?;
    witness.cosigned_at(&note).map_err(|_| changed())?;
    Ok(Some(checkpoint))
}
