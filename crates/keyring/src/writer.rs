//! What changes the keyring, and how it gets to the copies. One at a time; readers look at [`Memory`] meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_durable::Disk;
use candour_seal::key::Secret;
use candour_seal::keyfile::{
    BackupEntry, Epoch, EpochEntry, EpochState, RingHead, RowName, Rows, Wrapped, day_of, encode_row,
};
use candour_units::{Entropy, StreamId};

use crate::KeyError;
use crate::copies::{Copy, CopyFound};
use crate::issued::Issued;
use crate::master::Master;
use crate::memory::{CopyStatus, Day, KeyringStatus, Memory};
use crate::opening;
use crate::plan::{Destruction, Plan};

/// What `Keyring` locks while it writes.
pub(crate) struct Writer {
    pub(crate) disk: Disk,
    pub(crate) master: Master,
    pub(crate) head: RingHead,
    copies: Vec<Copy>,
}

/// Where it all lies and begins.
pub(crate) struct Opening<'a> {
    pub(crate) copies: &'a [PathBuf],
    pub(crate) in_words: &'a std::path::Path,
}

impl Writer {
    /// Reads the copies, or begins them at the first start.
    pub(crate) fn open(
        disk: Disk,
        opening: &Opening<'_>,
        master: Master,
        entropy: &dyn Entropy,
    ) -> Result<(Self, Memory, Vec<CopyFound>), KeyError> {
        let mut copies: Vec<Copy> = opening.copies.iter().map(|directory| Copy::in_directory(directory)).collect();
        if copies.is_empty() {
            return Err(KeyError::damaged(opening.in_words, "no directory for the keyring is configured"));
        }
        let contents = copies.iter().map(Copy::read).collect::<Result<Vec<_>, _>>()?;
        let truth = opening::find(&master, &mut copies, &contents, entropy)?;
        let Some((truth, found)) = truth else {
            for (copy, content) in copies.iter().zip(&contents) {
                if let crate::copies::Content::Damaged(what) = &content.head {
                    return Err(KeyError::damaged(&copy.head_path(), what));
                }
                if matches!(content.head, crate::copies::Content::Good(_)) {
                    return Err(KeyError::damaged(&copy.head_path(), "it was not written under this master key"));
                }
            }
            if !master.is_beginning() {
                let what = "it is in none of its places though the master key exists; mount the storage it lies on, \
                            restore it from a backup (candour restore), or, if this recorder has never recorded, remove \
                            the master key and start again";
                return Err(KeyError::damaged(&copies[0].head_path(), what));
            }
            let found = vec![CopyFound::Absent; copies.len()];
            let start = Start {
                ring: entropy.id(),
                days: BTreeMap::new(),
                secrets: Secret::new(entropy.key()),
                backups: Vec::new(),
            };
            let (writer, memory) = Self::begin(disk, copies, master, start, entropy)?;
            return Ok((writer, memory, found));
        };
        for (copy, found) in copies.iter_mut().zip(&found) {
            if *found != CopyFound::Absent {
                continue;
            }
            if master.is_beginning() {
                begin_anew(copy, &disk, &truth.days)?;
            } else {
                copy.missing = true;
                copy.failing = Some(
                    "nothing of ours is there; mount its disk and start again, or have it made anew (candour keys renew)"
                        .to_owned(),
                );
            }
        }
        let memory = Memory {
            epochs: truth.epochs,
            secrets: truth.head.secrets,
            generation: truth.head.generation,
            days: truth.days,
            unsettled: BTreeSet::new(),
            issued: Issued::default(),
            status: empty_status(),
        };
        let beginning = master.is_beginning();
        let memory = Mutex::new(memory);
        let mut writer = Self { disk, master, head: truth.head, copies };
        writer.settle(&memory, entropy);
        if beginning {
            writer.all_current()?;
        }
        writer.master.settle(&writer.disk)?;
        Ok((writer, memory.into_inner().unwrap_or_else(PoisonError::into_inner), found))
    }

    /// Makes every copy: at the first start, and when a backup is restored.
    pub(crate) fn begin(
        disk: Disk,
        mut copies: Vec<Copy>,
        master: Master,
        start: Start,
        entropy: &dyn Entropy,
    ) -> Result<(Self, Memory), KeyError> {
        let epoch = Epoch::new(entropy.id(), Secret::new(entropy.key()));
        let entry = wrapped_entry(&master, &start.ring, &epoch, entropy)?;
        let secrets = epoch.wrap_secrets(nonce(entropy), &start.secrets);
        let head = RingHead {
            ring: start.ring,
            generation: 1,
            master: master.kind(),
            epochs: vec![entry],
            secrets,
            backups: start.backups,
        };
        let days: BTreeMap<_, _> = (start.days.into_iter())
            .map(|(number, day)| {
                let rows = day.rows.iter().map(|(name, key)| (*name, epoch.wrap(name, nonce(entropy), key))).collect();
                (number, Arc::new(Day { epoch: epoch.id(), destructions: day.destructions, rows }))
            })
            .collect();
        for copy in &mut copies {
            begin_anew(copy, &disk, &days)?;
        }
        let memory = Mutex::new(Memory {
            epochs: vec![Arc::new(epoch)],
            secrets,
            generation: head.generation,
            days,
            unsettled: BTreeSet::new(),
            issued: Issued::default(),
            status: empty_status(),
        });
        let mut writer = Self { disk, master, head, copies };
        writer.settle(&memory, entropy);
        writer.all_current()?;
        writer.master.settle(&writer.disk)?;
        Ok((writer, memory.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Makes sure that each stream has a key for the hour, durable in at least one copy and in every one that can be
    /// written.
    pub(crate) fn ensure_hours(
        &mut self,
        memory: &Mutex<Memory>,
        hours: &[(StreamId, i64)],
        entropy: &dyn Entropy,
    ) -> Result<(), KeyError> {
        let mut appended: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        let mut touched = BTreeSet::new();
        {
            let mut memory = lock(memory);
            for (stream, hour) in hours {
                let name = RowName { stream: *stream, hour: *hour, segment: None };
                let number = day_of(*hour);
                if memory.unsettled.contains(&name) {
                    touched.insert(number);
                }
                if memory.row(&name).is_some() {
                    continue;
                }
                touched.insert(number);
                let current = memory.current().id();
                let known = memory.days.get(&number).map(|day| day.epoch);
                let epoch = memory.epoch(&known.unwrap_or(current)).expect("an epoch stays while a day needs it");
                let wrapped = epoch.wrap(&name, nonce(entropy), &Secret::new(entropy.key()));
                let fresh = || Arc::new(Day { epoch: current, destructions: 0, rows: Rows::new() });
                let day = memory.days.entry(number).or_insert_with(fresh);
                Arc::make_mut(day).rows.insert(name, wrapped);
                memory.unsettled.insert(name);
                if known.is_some() {
                    appended.entry(number).or_default().extend_from_slice(&encode_row(&name, &wrapped));
                } else {
                    self.copies.iter_mut().for_each(|copy| copy.outdate(number));
                }
            }
        }
        for (day, rows) in &appended {
            self.copies.iter_mut().for_each(|copy| copy.append(&self.disk, *day, rows));
        }
        if !touched.is_empty() {
            self.settle(memory, entropy);
        }
        let lacking = touched.into_iter().find(|day| !self.copies.iter().any(|copy| copy.has(*day)));
        match lacking {
            Some(_) => self.all_current(),
            None => Ok(()),
        }
    }

    /// Carries out orders of destruction: one rewrite of each day's file that they touch.
    pub(crate) fn destroy(
        &mut self,
        memory: &Mutex<Memory>,
        orders: &[Destruction<'_>],
        entropy: &dyn Entropy,
    ) -> Result<(), KeyError> {
        // Nothing is touched while a copy cannot be: it would have to be touched again.
        self.settle(memory, entropy);
        self.all_current()?;
        // Deriving and wrapping is done on the side, so that no reader waits for it.
        let mut made = Rows::new();
        let parents = parents(&lock(memory), orders, &made)?;
        wrap_survivors(parents, &mut made, entropy);
        let days = {
            let mut memory = lock(memory);
            // Meanwhile a segment may have got its key: it survives as well.
            let parents = self::parents(&memory, orders, &made)?;
            wrap_survivors(parents, &mut made, entropy);
            let plan = Plan::new(orders, &memory);
            for order in orders {
                for segment in order.segments {
                    memory.issued.forget(order.stream, order.start.hour_floor(), *segment);
                }
            }
            apply(&mut memory, &plan, made)
        };
        for day in &days {
            self.copies.iter_mut().for_each(|copy| copy.outdate(*day));
        }
        self.settle(memory, entropy);
        self.all_current()
    }

    /// Puts a new epoch key in front; the old one stays until no day needs it.
    pub(crate) fn begin_rotation(&mut self, memory: &Mutex<Memory>, entropy: &dyn Entropy) -> Result<(), KeyError> {
        self.settle(memory, entropy);
        self.all_current()?;
        let epoch = Epoch::new(entropy.id(), Secret::new(entropy.key()));
        let entry = wrapped_entry(&self.master, &self.head.ring, &epoch, entropy)?;
        let key = self.secrets_key(memory)?;
        let secrets = epoch.wrap_secrets(nonce(entropy), &key);
        for old in &mut self.head.epochs {
            if old.state == EpochState::Current {
                old.state = EpochState::Retiring;
            }
        }
        self.head.epochs.insert(0, entry);
        self.head.secrets = secrets;
        {
            let mut memory = lock(memory);
            memory.epochs.insert(0, Arc::new(epoch));
            memory.secrets = secrets;
        }
        self.head_changed(memory, entropy)
    }

    /// Wraps one day that still needs a retiring epoch under the current one. `false` when there is none.
    pub(crate) fn rotate_a_day(&mut self, memory: &Mutex<Memory>, entropy: &dyn Entropy) -> Result<bool, KeyError> {
        let (number, day, old, current) = {
            let memory = lock(memory);
            let current = memory.current().clone();
            let Some((number, day)) = memory.days.iter().find(|(_, day)| day.epoch != current.id()) else {
                return Ok(false);
            };
            let old = memory.epoch(&day.epoch).expect("an epoch stays while a day needs it").clone();
            (*number, day.clone(), old, current)
        };
        // Only who holds this writer changes rows; readers go on with the old ones meanwhile.
        let mut rows = Rows::new();
        for (name, wrapped) in &day.rows {
            let key = old.unwrap(name, wrapped);
            let key = key.ok_or_else(|| KeyError::damaged(&self.copies[0].day_path(number), "a row does not open"))?;
            rows.insert(*name, current.wrap(name, nonce(entropy), &key));
        }
        let rewrapped = Day { epoch: current.id(), destructions: day.destructions, rows };
        lock(memory).days.insert(number, Arc::new(rewrapped));
        self.copies.iter_mut().for_each(|copy| copy.outdate(number));
        self.settle(memory, entropy);
        self.all_current()?;
        Ok(true)
    }

    /// No day needs the retiring epochs any more: their keys go from every file, and then from where they are held.
    pub(crate) fn end_rotation(&mut self, memory: &Mutex<Memory>, entropy: &dyn Entropy) -> Result<(), KeyError> {
        self.settle(memory, entropy);
        self.all_current()?;
        if self.head.epochs.iter().any(|entry| entry.state == EpochState::Retiring) {
            for entry in self.head.epochs.iter_mut().filter(|entry| entry.state == EpochState::Retiring) {
                entry.state = EpochState::Leaving;
                entry.key = Wrapped { nonce: [0; 12], sealed: [0; 48] };
            }
            // A master that is held has nothing to forget: no name needs to be kept for it.
            let held = self.master.held().is_some();
            self.head.epochs.retain(|entry| entry.state == EpochState::Current || !held);
            lock(memory).epochs.truncate(1);
            self.head_changed(memory, entropy)?;
        }
        let leaving: Vec<_> = (self.head.epochs.iter())
            .filter(|entry| entry.state == EpochState::Leaving)
            .map(|entry| entry.id)
            .collect();
        if leaving.is_empty() {
            return Ok(());
        }
        leaving.iter().try_for_each(|id| self.master.forget(id))?;
        self.head.epochs.retain(|entry| entry.state != EpochState::Leaving);
        self.head_changed(memory, entropy)
    }

    /// Notes a backup in every copy, before anything of it is read.
    pub(crate) fn begin_backup(
        &mut self,
        memory: &Mutex<Memory>,
        backup: BackupEntry,
        entropy: &dyn Entropy,
    ) -> Result<(), KeyError> {
        self.settle(memory, entropy);
        self.all_current()?;
        self.head.backups.push(backup);
        self.head_changed(memory, entropy)
    }

    /// A backup opens nothing any more: forgotten by the master first, then struck off.
    pub(crate) fn end_backup(
        &mut self,
        memory: &Mutex<Memory>,
        id: [u8; 16],
        entropy: &dyn Entropy,
    ) -> Result<(), KeyError> {
        self.master.forget(&id)?;
        if self.head.backups.iter().all(|backup| backup.id != id) {
            return Ok(());
        }
        self.settle(memory, entropy);
        self.all_current()?;
        self.head.backups.retain(|backup| backup.id != id);
        self.head_changed(memory, entropy)
    }

    /// Makes a copy anew in a place where nothing of ours is.
    pub(crate) fn renew_copy(
        &mut self,
        memory: &Mutex<Memory>,
        directory: &std::path::Path,
        entropy: &dyn Entropy,
    ) -> Result<(), KeyError> {
        let known = self.copies.iter_mut().find(|copy| copy.directory() == directory);
        let Some(copy) = known else {
            return Err(KeyError::damaged(directory, "it is not one of the directories that the configuration names"));
        };
        if !copy.missing {
            return Err(KeyError::damaged(directory, "this copy is in use; there is nothing to make anew"));
        }
        if copy.exists() {
            let what = "there is a copy by now; start again to take it up";
            return Err(KeyError::damaged(directory, what));
        }
        begin_anew(copy, &self.disk, &lock(memory).days)?;
        self.settle(memory, entropy);
        self.all_current()
    }

    pub(crate) fn secrets_key(&self, memory: &Mutex<Memory>) -> Result<Secret, KeyError> {
        let memory = lock(memory);
        let key = memory.current().unwrap_secrets(&memory.secrets);
        key.ok_or_else(|| KeyError::damaged(&self.copies[0].head_path(), "the key for small secrets does not open"))
    }

    fn head_changed(&mut self, memory: &Mutex<Memory>, entropy: &dyn Entropy) -> Result<(), KeyError> {
        self.head.generation += 1;
        lock(memory).generation = self.head.generation;
        self.copies.iter_mut().for_each(Copy::outdate_head);
        self.settle(memory, entropy);
        self.all_current()
    }

    /// Writes whatever a copy lacks. All copies are tried; what fails is told by the status and tried again by the next
    /// call.
    pub(crate) fn settle(&mut self, memory: &Mutex<Memory>, entropy: &dyn Entropy) {
        if self.copies.iter().any(|copy| !copy.missing && !copy.is_current()) {
            let wanted: BTreeSet<i64> =
                self.copies.iter().filter(|copy| !copy.missing).flat_map(Copy::outdated_days).collect();
            let (snapshot, current) = {
                let memory = lock(memory);
                let with_epoch = |number: &i64| {
                    let day = memory.days.get(number)?;
                    Some((*number, day.clone(), memory.epoch(&day.epoch)?.clone()))
                };
                (wanted.iter().filter_map(with_epoch).collect::<Vec<_>>(), memory.current().clone())
            };
            let closed = |(number, day, epoch): (i64, Arc<Day>, Arc<Epoch>)| {
                (number, epoch.close(day.head(number).encode(&day.rows), nonce(entropy)))
            };
            let days: BTreeMap<i64, Vec<u8>> = snapshot.into_iter().map(closed).collect();
            let head = current.close(self.head.encode(), nonce(entropy));
            self.copies.iter_mut().for_each(|copy| copy.settle(&self.disk, &head, &days));
        }
        let mut memory = lock(memory);
        let Memory { unsettled, status, .. } = &mut *memory;
        unsettled.retain(|name| !self.copies.iter().any(|copy| copy.has(day_of(name.hour))));
        status.copies = self
            .copies
            .iter()
            .map(|copy| CopyStatus { directory: copy.directory().to_owned(), failing: copy.failing.clone() })
            .collect();
        status.rotating = self.head.epochs.len() > 1;
        status.backups.clone_from(&self.head.backups);
        memory.count();
    }

    /// Whether every copy holds what memory holds.
    pub(crate) fn all_current(&self) -> Result<(), KeyError> {
        match self.copies.iter().find(|copy| !copy.is_current()) {
            None => Ok(()),
            Some(copy) => {
                let why = copy.failing.clone().unwrap_or_else(|| "it is not up to date".to_owned());
                Err(KeyError::Unavailable { cause: format!("{}: {why}", copy.directory().display()) })
            }
        }
    }
}

/// What a keyring begins with.
pub(crate) struct Start {
    pub(crate) ring: [u8; 16],
    pub(crate) days: BTreeMap<i64, PlainDay>,
    pub(crate) secrets: Secret,
    pub(crate) backups: Vec<BackupEntry>,
}

/// The keys of a day, unwrapped.
pub(crate) struct PlainDay {
    pub(crate) destructions: u64,
    pub(crate) rows: BTreeMap<RowName, Secret>,
}

fn begin_anew(copy: &mut Copy, disk: &Disk, days: &BTreeMap<i64, Arc<Day>>) -> Result<(), KeyError> {
    copy.begin(disk)?;
    copy.outdate_head();
    days.keys().for_each(|day| copy.outdate(*day));
    Ok(())
}

fn wrapped_entry(
    master: &Master,
    ring: &[u8; 16],
    epoch: &Epoch,
    entropy: &dyn Entropy,
) -> Result<EpochEntry, KeyError> {
    let key = master.wrap(ring, &epoch.id(), nonce(entropy), epoch.key())?;
    Ok(EpochEntry { id: epoch.id(), state: EpochState::Current, key })
}

/// An hour that is split: its key, the epoch its day is wrapped under, and survivors that have no row yet.
struct Parent {
    hour: RowName,
    key: Secret,
    epoch: Arc<Epoch>,
    survivors: Vec<RowName>,
}

/// The hours that the orders split, as far as rows of their survivors are not made yet.
fn parents(memory: &Memory, orders: &[Destruction<'_>], made: &Rows) -> Result<Vec<Parent>, KeyError> {
    let mut parents = Vec::new();
    for (hour, survivors) in Plan::new(orders, memory).split {
        let names = survivors.into_iter().map(|segment| RowName { segment: Some(segment), ..hour });
        let survivors: Vec<_> = names.filter(|name| !made.contains_key(name)).collect();
        if survivors.is_empty() {
            continue;
        }
        let (day, wrapped) = memory.row(&hour).expect("a plan splits only hours that have a row");
        let epoch = memory.epoch(&day.epoch).expect("an epoch stays while a day needs it").clone();
        parents.push(Parent { hour, key: memory.unwrap(day, &hour, wrapped)?, epoch, survivors });
    }
    Ok(parents)
}

/// Rows with the derived keys of survivors.
fn wrap_survivors(parents: Vec<Parent>, made: &mut Rows, entropy: &dyn Entropy) {
    for parent in parents {
        for name in parent.survivors {
            let segment = name.segment.expect("a survivor is a segment");
            debug_assert_eq!((name.stream, name.hour), (parent.hour.stream, parent.hour.hour));
            let key = candour_seal::key::segment_key(&parent.key, segment);
            made.insert(name, parent.epoch.wrap(&name, nonce(entropy), &key));
        }
    }
}

/// Changes the rows in memory; gives the days that changed.
fn apply(memory: &mut Memory, plan: &Plan, mut made: Rows) -> BTreeSet<i64> {
    let days = plan.days();
    for number in &days {
        let Some(day) = memory.days.get_mut(number) else { continue };
        let day = Arc::make_mut(day);
        day.destructions += 1;
        for (hour, survivors) in plan.split.iter().filter(|(hour, _)| day_of(hour.hour) == *number) {
            day.rows.remove(hour);
            let names = survivors.iter().map(|segment| RowName { segment: Some(*segment), ..*hour });
            day.rows.extend(names.filter_map(|name| made.remove_entry(&name)));
        }
        for name in plan.removed.iter().filter(|name| day_of(name.hour) == *number) {
            day.rows.remove(name);
        }
    }
    for name in plan.split.keys().chain(&plan.removed) {
        memory.unsettled.remove(name);
    }
    days
}

fn empty_status() -> KeyringStatus {
    KeyringStatus { copies: Vec::new(), rotating: false, backups: Vec::new(), days: 0, keys: 0 }
}

pub(crate) fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    // Each change is made whole before the next begins; a panic in between leaves files marked as outdated at worst.
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn nonce(entropy: &dyn Entropy) -> [u8; 12] {
    let mut nonce = [0; 12];
    entropy.fill(&mut nonce);
    nonce
}
