//! Keeps streams where they can be written: looks every second how each directory does, has streams leave one that fails,
//! stands still or is full, and opens directories that come back.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, MutexGuard, PoisonError, Weak};

use candour_recording::GapCause;
use candour_units::{MonoTime, WallDuration};

use crate::intake::Moving;
use crate::meter::{Reading, millis};
use crate::open::{Inner, StorageState, StorageStatus};
use crate::placement::{DirectoryFact, Move, plan_moves};
use crate::recover::{Recovery, blocking};
use crate::{Archive, ArchiveError, RecoveryReport};

/// Everything has failed for this long: streams leave.
const FAILS_MS: u64 = 2000;
/// The writer has stood in one call for this long: streams leave.
const STANDS_MS: u64 = 10_000;
/// A directory has worked for this long: streams that are well elsewhere may come for balance.
const SETTLES_MS: u64 = 60_000;
/// A directory that is not there is looked for this often.
const REOPEN_MS: u64 = 10_000;
/// Keys of the coming hour are made this long ahead.
const KEYS_AHEAD: WallDuration = WallDuration::from_seconds(300);

/// What the keeper remembers between two looks.
#[derive(Default)]
pub(crate) struct Memory {
    directories: HashMap<i64, Seen>,
    /// When directories that are not there were looked for last.
    looked_for: Option<MonoTime>,
    /// Paths that are being opened; a disk that does not answer keeps its own only.
    opening: HashSet<PathBuf>,
    keys_hour: Option<i64>,
    keys_busy: bool,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    turns: u64,
    stands: bool,
    /// Since when it has worked without a break.
    works_since: Option<MonoTime>,
}

/// Looks every `tuning.look` for as long as the archive lives.
pub(crate) async fn keep(inner: Weak<Inner>, every: std::time::Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(inner) = inner.upgrade() else { return };
        inner.look();
    }
}

impl Archive {
    /// How each storage directory stands, by number.
    #[must_use]
    pub fn status(&self) -> Vec<StorageStatus> {
        let inner = &self.inner;
        let (now, streams) = (inner.clock.mono(), inner.stream_facts());
        let writers = inner.writers.running();
        let status = |(number, directory): (i64, crate::store::Directory)| {
            let handle = writers.get(&number);
            let reading = handle.map(|handle| handle.read(now));
            let ended = handle.is_some_and(|handle| handle.has_ended());
            let failing = match &reading {
                _ if ended => Some("the writer has ended; nothing is recorded".to_owned()),
                Some(reading) => reading.failing.clone(),
                None => Some(directory.files.err().unwrap_or_else(|| "it is being opened".to_owned())),
            };
            let space = reading.as_ref().and_then(|reading| reading.space);
            let total = space.map_or(0, |space| space.total);
            let free = space.map_or(0, |space| space.available);
            let reserve = (inner.tuning.reserve)(total);
            let state = match &reading {
                None => StorageState::Unavailable,
                Some(_) if directory.stands => StorageState::Stalled,
                Some(_) if space.is_some() && free < reserve.low => StorageState::Full,
                Some(_) if failing.is_some() => StorageState::Fails,
                Some(_) => StorageState::Works,
            };
            StorageStatus {
                number,
                directory: directory.path,
                total_bytes: total,
                free_bytes: free,
                reserve,
                written_last_minute: reading.as_ref().map_or(0, |reading| reading.written),
                durable_bound_ms: reading.as_ref().map_or(0, |reading| reading.bound_ms),
                streams: streams.iter().filter(|fact| fact.storage == Some(number)).count(),
                state,
                failing,
            }
        };
        inner.store.directories().into_iter().map(status).collect()
    }
}

impl Inner {
    /// One look; does not wait for any disk.
    pub(crate) fn look(self: &Arc<Self>) {
        self.see();
        let (directories, streams) = (self.directory_facts(), self.stream_facts());
        let moves = plan_moves(&directories, &streams);
        let written = |storage: Option<i64>| directories.iter().any(|fact| Some(fact.storage) == storage);
        for fact in streams.iter().filter(|fact| !written(fact.storage)) {
            if moves.iter().all(|step| step.stream != fact.stream) {
                self.leave_alone(fact.stream);
            }
        }
        moves.iter().for_each(|step| self.carry_out(step));
        self.look_for_missing();
        self.prepare_keys();
    }

    /// Notes how every writer does, and lets go of directories that are not there any more.
    fn see(&self) {
        let now = self.clock.mono();
        let mut gone = Vec::new();
        let mut memory = self.memory();
        for (storage, handle) in self.writers.running().iter() {
            let reading = handle.read(now);
            if reading.gone || handle.has_ended() {
                gone.push((*storage, reading.failing.clone()));
            }
            let seen = memory.directories.entry(*storage).or_default();
            // The same turn as a look ago: it is the thread that stands, not the clock that jumped.
            seen.stands = seen.turns == reading.turns && reading.still_ms >= STANDS_MS;
            seen.turns = reading.turns;
            let works = reading.failing.is_none() && !seen.stands;
            seen.works_since = if works { seen.works_since.or(Some(now)) } else { None };
            self.store.note_stall(*storage, seen.stands);
        }
        drop(memory);
        for (storage, why) in gone {
            self.store.fail(storage, why.unwrap_or_else(|| "its writer has ended".to_owned()));
            self.writers.abandon(storage);
            self.memory().directories.remove(&storage);
        }
    }

    /// What the choice of a directory goes by.
    pub(crate) fn directory_facts(&self) -> Vec<DirectoryFact> {
        let now = self.clock.mono();
        let memory = self.memory();
        let fact = |(storage, handle): (&i64, &crate::writers::Handle)| {
            let reading = handle.read(now);
            let seen = memory.directories.get(storage).copied().unwrap_or_default();
            let reserve = (self.tuning.reserve)(reading.space.map_or(0, |space| space.total));
            let free = reading.space.map_or(u64::MAX, |space| space.available);
            let leave = must_leave(&reading, seen.stands, free < reserve.low);
            DirectoryFact {
                storage: *storage,
                takes: leave.is_none() && reading.failing.is_none() && free >= reserve.aim,
                settled: seen.works_since.is_some_and(|since| millis(since, now) >= SETTLES_MS),
                leave,
                room: free.saturating_sub(reserve.low),
            }
        };
        self.writers.running().iter().filter(|(_, handle)| !handle.has_ended()).map(fact).collect()
    }

    pub(crate) fn carry_out(&self, step: &Move) {
        let queue = self.writers.running().get(&step.to).map(|handle| Arc::clone(&handle.queue));
        let streams = self.streams();
        let found = streams.get(&step.stream).and_then(|taken| Some((taken, taken.spec.clone()?)));
        let (Some(queue), Some((taken, spec))) = (queue, found) else { return };
        // A full disk still stores what it was given.
        let broken = step.cause.filter(|cause| *cause != GapCause::StorageFull);
        tracing::warn!(stream = %step.stream, to = step.to, cause = step.cause.map(GapCause::word), "a stream moves to another storage directory");
        let lines = Arc::clone(&self.lines);
        taken.intake.move_to(Moving { storage: step.to, queue, lines, spec, broken });
    }

    /// Nobody can write the stream: said once, as a gap.
    fn leave_alone(&self, stream: candour_units::StreamId) {
        let streams = self.streams();
        let Some(taken) = streams.get(&stream) else { return };
        if taken.intake.placed().storage.is_some() {
            taken.intake.send_to(None);
        }
        self.lines.nobody(taken.camera(), stream, self.clock.wall(), GapCause::StorageFailed);
    }

    fn look_for_missing(self: &Arc<Self>) {
        let now = self.clock.mono();
        {
            let mut memory = self.memory();
            if memory.looked_for.is_some_and(|last| millis(last, now) < REOPEN_MS) {
                return;
            }
            memory.looked_for = Some(now);
        }
        for (number, directory) in self.store.directories() {
            let path = directory.path;
            let wanted = directory.files.is_err() && self.opening.configured.contains(&path);
            if wanted && self.writers.is_free(number) && self.memory().opening.insert(path.clone()) {
                let inner = Arc::downgrade(self);
                tokio::spawn(open_again(inner, number, path));
            }
        }
    }

    /// Makes the keys of the coming hour with one write, some minutes ahead, so that no writer waits for the keyring. Not those of an
    /// hour that has begun: where nothing is recorded in it any more, a deletion is to leave no key of it at all.
    fn prepare_keys(self: &Arc<Self>) {
        let now = self.clock.wall();
        let soon = now + KEYS_AHEAD;
        if soon.hour_floor() == now.hour_floor() {
            return;
        }
        let streams: Vec<_> = self.stream_facts().into_iter().map(|fact| (fact.stream, soon)).collect();
        {
            let mut memory = self.memory();
            if streams.is_empty() || memory.keys_busy || memory.keys_hour == Some(soon.hour_floor()) {
                return;
            }
            memory.keys_busy = true;
        }
        let inner = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let prepared = inner.store.keyring.prepare(&streams);
            let mut memory = inner.memory();
            memory.keys_busy = false;
            match prepared {
                Ok(()) => memory.keys_hour = Some(soon.hour_floor()),
                // The key is asked for again when it is needed; then a failure is a gap.
                Err(error) => {
                    tracing::warn!(error = %candour_units::chain(&error), "keys could not be made ahead of time");
                }
            }
        });
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Notes only; the next look takes them anew.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why streams must leave a directory.
fn must_leave(reading: &Reading, stands: bool, full: bool) -> Option<GapCause> {
    if stands {
        Some(GapCause::StorageSlow)
    } else if full {
        Some(GapCause::StorageFull)
    } else if reading.gone || reading.failing_ms.is_some_and(|ms| ms >= FAILS_MS) {
        Some(GapCause::StorageFailed)
    } else {
        None
    }
}

/// Opens a directory that was not there, mends what a failure left open in it, and writes to it again.
async fn open_again(inner: Weak<Inner>, number: i64, path: PathBuf) {
    let Some(inner) = inner.upgrade() else { return };
    if let Err(error) = inner.try_again(number, &path).await {
        tracing::warn!(directory = %path.display(), error = %candour_units::chain(&error), "a storage directory is still not available");
    }
    inner.memory().opening.remove(&path);
}

impl Inner {
    async fn try_again(&self, number: i64, path: &std::path::Path) -> Result<(), ArchiveError> {
        let rows = self.db.storages().await?;
        let open = self.store.available();
        let is_open = |row: &&candour_db::StorageRow| open.iter().any(|(storage, _)| *storage == row.number);
        let mut taken = rows.iter().filter(is_open).map(|row| (row.id, row.path.clone())).collect();
        let (now_number, directory) = self.opening.open(path, &mut taken).await?;
        let storage = now_number.unwrap_or(number);
        let (files, known) = (directory.files.clone(), !self.writers.is_free(storage));
        let files = match files {
            Ok(files) if !known => files,
            _ => {
                self.store.set(number, directory);
                return Ok(());
            }
        };
        let measured = files.clone();
        let space = blocking(move || measured.space().map_err(|error| ArchiveError::storage("measure a disk", &error)));
        let space = space.await?;
        self.store.set(storage, directory);
        if storage != number {
            self.store.remove(number);
        }
        let report = RecoveryReport::default();
        let mut recovery = Recovery::new(&self.db, &self.store, report);
        recovery.run(&[storage]).await?;
        let report = recovery.report;
        self.index.forget_storage(storage);
        if self.store.is_available(storage) && !self.is_closing() {
            self.start_writer(storage, files, space)?;
            tracing::info!(directory = %path.display(), ?report, "a storage directory is used again");
        }
        Ok(())
    }
}
