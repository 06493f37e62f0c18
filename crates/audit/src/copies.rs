//! Journal and checkpoints in one directory, or in two that lie on two devices: what is durable in one is enough (rule 3 of the door).
//!
//! Both get the same bytes. One that fails is left out from then on, is said to be, and is brought on from the other, slice by slice while
//! nobody waits; only when it has every byte does it count again. Readers read from one of those that count: the *lead*.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use candour_durable::{AppendFile, DirectoryLock, Disk, DurableError};
use candour_ledger::{CHECKPOINTS_FILE as CHECKPOINTS, JOURNAL_FILE as JOURNAL};
use candour_units::{MonoTime, chain};

use crate::LogError;
use crate::store::{unavailable, unreadable};

/// Details name people: nobody but the recorder's own account reads the files.
pub(crate) const MODE: u32 = 0o600;
/// Bytes that the file system holds ready behind each file, so that a disk filled by others does not stop the log at once: some
/// thousand entries.
const JOURNAL_AHEAD: u64 = 4 << 20;
const CHECKPOINTS_AHEAD: u64 = 1 << 20;
/// Bytes copied between two looks at the queue.
const SLICE: u64 = 1 << 20;
/// How long a directory that failed is left alone.
const AGAIN_AFTER_MS: i64 = 10_000;
const COPYING: &str = ".copying";

/// Lengths of both files, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lengths {
    pub(crate) journal: u64,
    pub(crate) checkpoints: u64,
}

/// The two files of a directory.
pub(crate) struct Files {
    pub(crate) journal: AppendFile,
    pub(crate) checkpoints: AppendFile,
}

impl Files {
    pub(crate) fn open(disk: &Disk, directory: &Path) -> Result<Self, DurableError> {
        let journal = disk.append_to(&directory.join(JOURNAL), MODE)?;
        Ok(Self { journal, checkpoints: disk.append_to(&directory.join(CHECKPOINTS), MODE)? })
    }

    pub(crate) fn sync(&mut self) -> Result<(), DurableError> {
        self.journal.sync_data()?;
        self.checkpoints.sync_data()
    }

    fn durable(&self) -> Lengths {
        Lengths { journal: self.journal.durable_len(), checkpoints: self.checkpoints.durable_len() }
    }
}

struct Place {
    directory: PathBuf,
    state: State,
    lock: Option<DirectoryLock>,
}

enum State {
    /// It has every byte, and counts.
    In(Files),
    /// It is left out. `agreed`: how far it is known to hold the same bytes; `None` where it must be written anew.
    Out { why: Option<String>, agreed: Option<Lengths>, tried: Option<MonoTime> },
    /// It is being brought on, under other names where it is written anew.
    Copying { why: Option<String>, files: Files, anew: bool },
}

impl State {
    fn why(&self) -> Option<&String> {
        match self {
            Self::In(_) => None,
            Self::Out { why, .. } | Self::Copying { why, .. } => why.as_ref(),
        }
    }

    /// How far it is known to hold the same bytes; `None` where it must be written anew.
    fn agreed(&self) -> Option<Lengths> {
        match self {
            Self::Out { agreed, .. } => *agreed,
            Self::In(files) | Self::Copying { files, anew: false, .. } => Some(files.durable()),
            Self::Copying { .. } => None,
        }
    }
}

/// All directories of one log; at least one of them counts.
pub(crate) struct Copies {
    disk: Disk,
    places: Vec<Place>,
    lead: usize,
    said_no_room: bool,
}

impl Copies {
    /// Of one directory whose files were read and cut.
    pub(crate) fn new(disk: &Disk, directory: &Path, files: Files, lock: DirectoryLock) -> Self {
        let first = Place { directory: directory.to_owned(), state: State::In(files), lock: Some(lock) };
        Self { disk: disk.clone(), places: vec![first], lead: 0, said_no_room: false }
    }

    /// Adds a second directory that holds the same bytes up to there; `None` where it must be written anew. `why` says what fails, if
    /// anything does.
    pub(crate) fn add(
        &mut self,
        directory: &Path,
        lock: Option<DirectoryLock>,
        agreed: Option<Lengths>,
        why: Option<String>,
    ) {
        let state = State::Out { why, agreed, tried: None };
        self.places.push(Place { directory: directory.to_owned(), state, lock });
    }

    /// What fails of one directory while another goes on; `None` while all count.
    pub(crate) fn failing(&self) -> Option<String> {
        self.places
            .iter()
            .find_map(|place| place.state.why().map(|why| format!("{}: {why}", place.directory.display())))
    }

    /// The journal that readers shall read.
    pub(crate) fn lead(&self) -> PathBuf {
        self.places[self.lead].directory.join(JOURNAL)
    }

    /// Length of the journal where it counts.
    pub(crate) fn journal_len(&self) -> u64 {
        self.lead_files().map_or(0, |files| files.journal.len())
    }

    fn lead_files(&self) -> Option<&Files> {
        match &self.places[self.lead].state {
            State::In(files) => Some(files),
            _ => None,
        }
    }

    /// Frames into the journals, durably.
    ///
    /// # Errors
    /// What failed first, when it is durable nowhere.
    pub(crate) fn append_frames(&mut self, frames: &[u8]) -> Result<(), DurableError> {
        self.keep_room();
        self.each(|files| {
            files.journal.append(frames)?;
            files.journal.sync_data()
        })
    }

    /// A signed note into the checkpoints, durably.
    ///
    /// # Errors
    /// As [`Self::append_frames`].
    pub(crate) fn append_note(&mut self, note: &[u8]) -> Result<(), DurableError> {
        self.each(|files| {
            files.checkpoints.append(note)?;
            files.checkpoints.sync_data()
        })
    }

    /// Forgets what is not durable after a failure.
    ///
    /// # Errors
    /// When it can be forgotten nowhere.
    pub(crate) fn roll_back(&mut self) -> Result<(), DurableError> {
        self.each(|files| {
            files.journal.roll_back()?;
            files.checkpoints.roll_back()
        })
    }

    /// Does something in every directory that counts. Where it fails while it works elsewhere, that directory counts no more.
    fn each(&mut self, mut act: impl FnMut(&mut Files) -> Result<(), DurableError>) -> Result<(), DurableError> {
        let (mut failed, mut worked) = (Vec::new(), false);
        for (number, place) in self.places.iter_mut().enumerate() {
            let State::In(files) = &mut place.state else { continue };
            match act(files) {
                Ok(()) => worked = true,
                Err(error) => failed.push((number, files.durable(), error)),
            }
        }
        if !worked && let Some((_, _, error)) = failed.pop() {
            return Err(error);
        }
        for (number, agreed, error) in failed {
            let why = chain(&error);
            tracing::error!(why, "one directory of the log fails; the other goes on");
            self.places[number].state = State::Out { why: Some(why), agreed: Some(agreed), tried: None };
        }
        if self.lead_files().is_none() {
            self.lead = self.places.iter().position(|place| matches!(place.state, State::In(_))).unwrap_or(0);
        }
        Ok(())
    }

    /// A disk without room to reserve can still be written for a while, so this only warns.
    fn keep_room(&mut self) {
        for place in &mut self.places {
            let State::In(files) = &mut place.state else { continue };
            let kept = files.journal.reserve(JOURNAL_AHEAD).and_then(|()| files.checkpoints.reserve(CHECKPOINTS_AHEAD));
            if let Err(error) = kept
                && !std::mem::replace(&mut self.said_no_room, true)
            {
                tracing::warn!(error = chain(&error), "no room can be held ready for the log");
            }
        }
    }

    /// Puts a journal that was written anew in the first directory in the place of the one there, by rename; the name is not durable yet when this fails.
    ///
    /// # Errors
    /// What failed; nothing changed when the new file is still under its own name.
    pub(crate) fn rename_into_first(&mut self, from: &Path) -> Result<(), DurableError> {
        self.disk.rename(from, &self.places[0].directory.join(JOURNAL))
    }

    /// Whether the first directory counts: only there a journal is written anew.
    pub(crate) fn first_counts(&self) -> bool {
        matches!(self.places[0].state, State::In(_))
    }

    /// Takes up the journal that was put into the first directory; the others are written anew from it.
    ///
    /// # Errors
    /// When it cannot be opened; then nothing is appended before it can.
    pub(crate) fn take_up_first(&mut self) -> Result<(), DurableError> {
        let path = self.places[0].directory.join(JOURNAL);
        let journal = self.disk.append_to(&path, MODE)?;
        if let State::In(files) = &mut self.places[0].state {
            files.journal = journal;
        }
        self.lead = 0;
        for place in &mut self.places[1..] {
            let why = place.state.why().cloned();
            place.state = State::Out { why, agreed: None, tried: None };
        }
        Ok(())
    }

    /// Whether a directory waits to be brought on, and its time has come.
    pub(crate) fn have_work(&self, now: MonoTime) -> bool {
        self.places.iter().any(|place| is_due(&place.state, now))
    }

    /// Brings a directory that does not count on by one slice; what fails is tried again later.
    pub(crate) fn advance(&mut self, now: MonoTime) {
        let Some(at) = self.places.iter().position(|place| is_due(&place.state, now)) else { return };
        let (lead, have) = match (&self.places[self.lead].state, self.lead_files()) {
            (State::In(_), Some(files)) => (self.places[self.lead].directory.clone(), files.durable()),
            _ => return,
        };
        let place = &mut self.places[at];
        let why = place.state.why().cloned();
        let agreed = place.state.agreed();
        let state = std::mem::replace(&mut place.state, State::Out { why: None, agreed: None, tried: None });
        place.state = match bring_on(&self.disk, place, state, (&lead, have)) {
            Ok(state) => state,
            Err(error) => State::Out { why: why.or_else(|| Some(error.to_string())), agreed, tried: Some(now) },
        };
        if matches!(place.state, State::In(_)) {
            tracing::info!(directory = %place.directory.display(), "the log is whole in this directory");
        }
    }
}

fn is_due(state: &State, now: MonoTime) -> bool {
    match state {
        State::In(_) => false,
        State::Copying { .. } => true,
        State::Out { tried, .. } => tried.is_none_or(|tried| now >= tried.plus_millis(AGAIN_AFTER_MS)),
    }
}

/// One step from what a directory is towards counting; `lead` is where to copy from, and how much there is.
fn bring_on(disk: &Disk, place: &mut Place, state: State, (lead, have): (&Path, Lengths)) -> Result<State, LogError> {
    match state {
        State::Out { why, agreed, .. } => {
            disk.create_dir_durably(&place.directory).map_err(unavailable)?;
            if place.lock.is_none() {
                place.lock = Some(disk.lock_directory(&place.directory).map_err(unavailable)?);
            }
            let (files, anew) = match agreed.filter(|agreed| reaches(&place.directory, *agreed)) {
                Some(agreed) => (opened_at(disk, &place.directory, agreed).map_err(unavailable)?, false),
                None => (begun_anew(disk, &place.directory).map_err(unavailable)?, true),
            };
            Ok(State::Copying { why, files, anew })
        }
        State::Copying { why, mut files, anew } => {
            let more = copy_slice(&lead.join(JOURNAL), have.journal, &mut files.journal)?
                || copy_slice(&lead.join(CHECKPOINTS), have.checkpoints, &mut files.checkpoints)?;
            if more {
                return Ok(State::Copying { why, files, anew });
            }
            files.sync().map_err(unavailable)?;
            let files = if anew { in_place(disk, &place.directory, files).map_err(unavailable)? } else { files };
            Ok(State::In(files))
        }
        counts @ State::In(_) => Ok(counts),
    }
}

/// Whether the files are that long: on a disk that was exchanged they are not.
fn reaches(directory: &Path, agreed: Lengths) -> bool {
    let length = |name| fs::metadata(directory.join(name)).map_or(0, |metadata| metadata.len());
    length(JOURNAL) >= agreed.journal && length(CHECKPOINTS) >= agreed.checkpoints
}

/// The files of a directory, cut back to where they are known to be right.
fn opened_at(disk: &Disk, directory: &Path, agreed: Lengths) -> Result<Files, DurableError> {
    let mut files = Files::open(disk, directory)?;
    files.journal.truncate_to(agreed.journal)?;
    files.checkpoints.truncate_to(agreed.checkpoints)?;
    Ok(files)
}

fn begun_anew(disk: &Disk, directory: &Path) -> Result<Files, DurableError> {
    clear_away(disk, directory)?;
    let new = |name| disk.create_new(&copying(directory, name), MODE);
    Ok(Files { journal: new(JOURNAL)?, checkpoints: new(CHECKPOINTS)? })
}

/// Removes what a crash left of a copy: it may hold details that were erased since.
pub(crate) fn clear_away(disk: &Disk, directory: &Path) -> Result<(), DurableError> {
    for name in [JOURNAL, CHECKPOINTS] {
        disk.remove(&copying(directory, name))?;
    }
    Ok(())
}

fn copying(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}{COPYING}"))
}

/// The journal first: entries without a checkpoint are allowed at the end of a log, a checkpoint without entries is not.
fn in_place(disk: &Disk, directory: &Path, files: Files) -> Result<Files, DurableError> {
    disk.rename(files.journal.path(), &directory.join(JOURNAL))?;
    disk.rename(files.checkpoints.path(), &directory.join(CHECKPOINTS))?;
    Files::open(disk, directory)
}

/// Copies what comes next; whether more is left.
fn copy_slice(from: &Path, len: u64, to: &mut AppendFile) -> Result<bool, LogError> {
    let count = len.saturating_sub(to.len()).min(SLICE);
    let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
    let read = File::open(from).and_then(|file| file.read_exact_at(&mut bytes, to.len()));
    read.map_err(|error| unreadable(from, &error))?;
    to.append(&bytes).map_err(unavailable)?;
    Ok(to.len() < len)
}

/// Writes both files of a directory anew from another, up to these lengths; the old ones stay until the new ones are whole.
///
/// # Errors
/// What failed; then the old ones are still there.
pub(crate) fn make_from(disk: &Disk, from: &Path, lengths: Lengths, directory: &Path) -> Result<(), LogError> {
    let mut files = begun_anew(disk, directory).map_err(unavailable)?;
    while copy_slice(&from.join(JOURNAL), lengths.journal, &mut files.journal)? {}
    while copy_slice(&from.join(CHECKPOINTS), lengths.checkpoints, &mut files.checkpoints)? {}
    files.sync().map_err(unavailable)?;
    in_place(disk, directory, files).map(drop).map_err(unavailable)
}
