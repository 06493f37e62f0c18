//! What the keyring knows, and how it gets to every copy.

use std::collections::BTreeMap;

use candour_durable::Disk;
use candour_seal::key::Secret;
use candour_seal::keyfile::{Epoch, KeyFile, ROW_LEN, RowName, Rows, Wrapped, encode_row};
use candour_units::{Entropy, SegmentId, StreamId};

use crate::copies::{Content, Copy, CopyFound};
use crate::issued::Issued;
use crate::master::Master;
use crate::plan::{Destruction, Plan};
use crate::{KeyError, KeyringConfig};

pub(crate) struct State {
    disk: Disk,
    master: Secret,
    epoch: Epoch,
    generation: u64,
    rows: Rows,
    copies: Vec<Copy>,
    issued: Issued,
    found: Vec<CopyFound>,
}

impl State {
    pub(crate) fn open(config: &KeyringConfig, entropy: &dyn Entropy, disk: Disk) -> Result<Self, KeyError> {
        let copies: Vec<Copy> = config.copies.iter().map(|directory| Copy::in_directory(directory)).collect();
        let Some(first) = copies.first() else {
            return Err(KeyError::damaged(&config.master, "no directory for the key file is configured"));
        };
        let mut master = Master::open(&disk, &config.master, entropy, copies.iter().any(Copy::exists))?;
        let contents: Vec<Content> = copies.iter().map(|copy| copy.read(&master.key)).collect();

        let best = contents.iter().filter_map(good).max_by_key(|(file, _)| file.head.generation);
        let Some((best, _)) = best else {
            let damaged = copies.iter().zip(&contents).find_map(|(copy, content)| match content {
                Content::Damaged(what) => Some(KeyError::damaged(copy.path(), what)),
                Content::Absent | Content::Good(..) => None,
            });
            if let Some(error) = damaged {
                return Err(error);
            }
            if !master.is_beginning() {
                let what = "it is in none of its places though the master key exists; mount the storage it lies on, or, \
                            if this recorder has never recorded, remove the master key and start again";
                return Err(KeyError::damaged(first.path(), what));
            }
            let state = Self::begin(disk, &master, copies, entropy)?;
            master.settle(&state.disk)?;
            return Ok(state);
        };
        let generation = best.head.generation;
        let epoch_id = best.head.epoch;

        let mut rows = Rows::new();
        for (copy, content) in copies.iter().zip(&contents) {
            if let Some((file, _)) = good(content).filter(|(file, _)| file.head.generation == generation) {
                merge(&mut rows, file, epoch_id).map_err(|what| KeyError::damaged(copy.path(), what))?;
            }
        }
        let found: Vec<CopyFound> = contents.iter().map(|content| judge(content, generation, rows.len())).collect();
        let epoch = contents
            .into_iter()
            .find_map(|content| match content {
                Content::Good(file, epoch) if file.head.generation == generation => Some(epoch),
                _ => None,
            })
            .expect("the best copy is one of them");
        let key = master.key.clone();
        let mut state = Self { disk, master: key, epoch, generation, rows, copies, issued: Issued::default(), found };
        state.mend(entropy)?;
        master.settle(&state.disk)?;
        Ok(state)
    }

    fn begin(disk: Disk, master: &Master, copies: Vec<Copy>, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let found = vec![CopyFound::Absent; copies.len()];
        let (epoch, rows, issued) = (fresh_epoch(entropy), Rows::new(), Issued::default());
        let key = master.key.clone();
        let mut state = Self { disk, master: key, epoch, generation: 0, rows, copies, issued, found };
        state.rewrite(entropy)?;
        Ok(state)
    }

    /// Adopts copies that are all alike; otherwise writes all of them anew, one generation higher, so that whatever an
    /// unreachable disk still holds loses against them.
    fn mend(&mut self, entropy: &dyn Entropy) -> Result<(), KeyError> {
        if self.found.iter().all(|found| *found == CopyFound::Good) {
            return self.copies.iter_mut().try_for_each(|copy| copy.adopt(&self.disk));
        }
        self.rewrite(entropy)
    }

    pub(crate) fn found(&self) -> &[CopyFound] {
        &self.found
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn master(&self) -> &Secret {
        &self.master
    }

    pub(crate) fn issued(&mut self) -> &mut Issued {
        &mut self.issued
    }

    /// Finds the key of a row.
    pub(crate) fn key(&self, name: &RowName) -> Result<Option<Secret>, KeyError> {
        self.rows.get(name).map(|wrapped| self.unwrap(name, wrapped)).transpose()
    }

    fn unwrap(&self, name: &RowName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        self.epoch.unwrap(name, wrapped).ok_or_else(|| {
            let path = self.copies.first().map(Copy::path).unwrap_or(std::path::Path::new("keyring"));
            KeyError::damaged(path, format!("the row of stream {}, hour {} does not open", name.stream, name.hour))
        })
    }

    /// Makes sure that each stream has a key for the hour, durable in every copy.
    pub(crate) fn ensure_hours(&mut self, hours: &[(StreamId, i64)], entropy: &dyn Entropy) -> Result<(), KeyError> {
        let mut appended = Vec::new();
        for (stream, hour) in hours {
            let name = RowName { stream: *stream, hour: *hour, segment: None };
            if self.rows.contains_key(&name) {
                continue;
            }
            let wrapped = self.epoch.wrap(&name, nonce(entropy), &Secret::new(entropy.key()));
            appended.extend_from_slice(&encode_row(&name, &wrapped));
            self.rows.insert(name, wrapped);
        }
        debug_assert!(appended.len() % ROW_LEN == 0);
        if !appended.is_empty() {
            self.copies.iter_mut().for_each(|copy| copy.append(&appended));
        }
        self.settle(entropy)
    }

    /// Carries out orders of destruction: one rewrite for all of them.
    pub(crate) fn destroy(&mut self, orders: &[Destruction<'_>], entropy: &dyn Entropy) -> Result<(), KeyError> {
        let plan = Plan::new(orders, &self.rows, &self.issued);
        let mut added = BTreeMap::new();
        for (hour, survivors) in &plan.split {
            let hour_key = self.key(hour)?.expect("a plan splits only hours that have a row");
            for segment in survivors {
                let name = RowName { segment: Some(*segment), ..*hour };
                let key = candour_seal::key::segment_key(&hour_key, *segment);
                added.insert(name, self.epoch.wrap(&name, nonce(entropy), &key));
            }
        }
        for order in orders {
            for segment in order.segments {
                self.issued.forget(order.stream, order.start.hour_floor(), *segment);
            }
        }
        if plan.is_empty() {
            return self.settle(entropy);
        }
        for name in plan.split.keys().chain(&plan.removed) {
            self.rows.remove(name);
        }
        self.rows.append(&mut added);
        self.rewrite(entropy)
    }

    /// Wraps every row under a new epoch key and destroys the old one.
    pub(crate) fn rotate(&mut self, entropy: &dyn Entropy) -> Result<(), KeyError> {
        let epoch = fresh_epoch(entropy);
        let mut rows = Rows::new();
        for (name, wrapped) in &self.rows {
            rows.insert(*name, epoch.wrap(name, nonce(entropy), &*self.unwrap(name, wrapped)?));
        }
        (self.epoch, self.rows) = (epoch, rows);
        self.rewrite(entropy)
    }

    /// The copies no longer say what is true: writes them all, one generation higher.
    fn rewrite(&mut self, entropy: &dyn Entropy) -> Result<(), KeyError> {
        self.generation += 1;
        self.copies.iter_mut().for_each(Copy::outdate);
        self.settle(entropy)
    }

    /// Writes every copy that is not known to hold what memory holds. All are tried; the first failure is reported, and
    /// tried again by whatever call comes next.
    fn settle(&mut self, entropy: &dyn Entropy) -> Result<(), KeyError> {
        if self.copies.iter().all(Copy::is_current) {
            return Ok(());
        }
        let (head, epoch_key) = self.epoch.seal(&self.master, nonce(entropy), self.generation, self.rows.len() as u32);
        let bytes = KeyFile::encode(&head, &epoch_key, &self.rows);
        let outdated = self.copies.iter_mut().filter(|copy| !copy.is_current());
        let results: Vec<_> = outdated.map(|copy| copy.rewrite(&self.disk, &bytes)).collect();
        results.into_iter().collect()
    }

    pub(crate) fn survivor(stream: StreamId, hour: i64, segment: SegmentId) -> RowName {
        RowName { stream, hour, segment: Some(segment) }
    }
}

fn good(content: &Content) -> Option<(&KeyFile, &Epoch)> {
    match content {
        Content::Good(file, epoch) => Some((file, epoch)),
        Content::Absent | Content::Damaged(_) => None,
    }
}

/// Adds the rows of a copy of the same generation; both copies of a row are the same bytes or something is wrong.
fn merge(rows: &mut Rows, file: &KeyFile, epoch: [u8; 16]) -> Result<(), &'static str> {
    if file.head.epoch != epoch {
        return Err("two copies of one generation have different epoch keys");
    }
    for (name, key) in &file.rows {
        if rows.insert(*name, *key).is_some_and(|other| other != *key) {
            return Err("two copies of one generation disagree about a key");
        }
    }
    Ok(())
}

fn judge(content: &Content, generation: u64, rows: usize) -> CopyFound {
    match content {
        Content::Absent => CopyFound::Absent,
        Content::Damaged(what) => CopyFound::Damaged { what: what.clone() },
        Content::Good(file, _) if !file.bad_rows.is_empty() => CopyFound::BadRows { count: file.bad_rows.len() },
        Content::Good(file, _) if file.head.generation < generation || file.rows.len() < rows => CopyFound::Behind,
        Content::Good(..) => CopyFound::Good,
    }
}

fn fresh_epoch(entropy: &dyn Entropy) -> Epoch {
    Epoch::new(entropy.id(), Secret::new(entropy.key()))
}

fn nonce(entropy: &dyn Entropy) -> [u8; 12] {
    let mut nonce = [0; 12];
    entropy.fill(&mut nonce);
    nonce
}
