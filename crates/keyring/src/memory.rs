//! What the keyring knows, as readers see it: never behind a disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use candour_seal::key::Secret;
use candour_seal::keyfile::{BackupEntry, DayHead, Epoch, RowName, Rows, Wrapped, day_of};

use crate::KeyError;
use crate::issued::Issued;

/// The keys of one day of UTC.
#[derive(Clone)]
pub(crate) struct Day {
    pub(crate) epoch: [u8; 16],
    pub(crate) destructions: u64,
    pub(crate) rows: Rows,
}

impl Day {
    pub(crate) fn head(&self, day: i64) -> DayHead {
        DayHead { day, destructions: self.destructions, epoch: self.epoch }
    }
}

/// One copy as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyStatus {
    /// Its directory.
    pub directory: PathBuf,
    /// Why it is not up to date. New keys are still given while another copy takes them; nothing is destroyed.
    pub failing: Option<String>,
}

/// How the keyring stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyringStatus {
    /// Its copies, in the order of the configuration.
    pub copies: Vec<CopyStatus>,
    /// Whether a rotation is under way or was interrupted.
    pub rotating: bool,
    /// Backups that may still open what they hold.
    pub backups: Vec<BackupEntry>,
    /// Days with keys.
    pub days: usize,
    /// Keys.
    pub keys: usize,
}

impl KeyringStatus {
    /// The copies that are not up to date, with the reason, in words; `None` while all are.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let broken: Vec<_> = self.copies.iter().filter_map(|copy| Some((copy, copy.failing.as_ref()?))).collect();
        let (first, cause) = broken.first()?;
        let (some, all) = (number(broken.len()), number(self.copies.len()));
        Some(format!("{some} of {all} copies of the keyring cannot be written: {}: {cause}", first.directory.display()))
    }
}

fn number(count: usize) -> String {
    match count {
        1 => "one".to_owned(),
        2 => "two".to_owned(),
        more => more.to_string(),
    }
}

pub(crate) struct Memory {
    /// The current one first, retiring ones behind it.
    pub(crate) epochs: Vec<Arc<Epoch>>,
    pub(crate) secrets: Wrapped,
    pub(crate) generation: u64,
    pub(crate) days: BTreeMap<i64, Arc<Day>>,
    /// Rows made but durable in no copy yet: not given to anybody.
    pub(crate) unsettled: BTreeSet<RowName>,
    pub(crate) issued: Issued,
    pub(crate) status: KeyringStatus,
}

impl Memory {
    pub(crate) fn epoch(&self, id: &[u8; 16]) -> Option<&Arc<Epoch>> {
        self.epochs.iter().find(|epoch| epoch.id() == *id)
    }

    pub(crate) fn row(&self, name: &RowName) -> Option<(&Day, &Wrapped)> {
        let day = self.days.get(&day_of(name.hour))?;
        Some((day, day.rows.get(name)?))
    }

    /// Finds the key of a row; one that is durable nowhere yet is none.
    pub(crate) fn key(&self, name: &RowName) -> Result<Option<Secret>, KeyError> {
        if self.unsettled.contains(name) {
            return Ok(None);
        }
        self.row(name).map(|(day, wrapped)| self.unwrap(day, name, wrapped)).transpose()
    }

    pub(crate) fn unwrap(&self, day: &Day, name: &RowName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        self.epoch(&day.epoch).and_then(|epoch| epoch.unwrap(name, wrapped)).ok_or_else(|| {
            let path = self.status.copies.first().map(|copy| copy.directory.clone()).unwrap_or_default();
            let path = path.join("days").join(day_of(name.hour).to_string());
            KeyError::damaged(&path, format!("the row of stream {}, hour {} does not open", name.stream, name.hour))
        })
    }

    /// The epoch under which new days are begun.
    pub(crate) fn current(&self) -> &Arc<Epoch> {
        self.epochs.first().expect("there is always a current epoch")
    }

    /// Counts every change but an added key.
    pub(crate) fn changes(&self) -> u64 {
        self.generation + self.days.values().map(|day| day.destructions).sum::<u64>()
    }

    pub(crate) fn count(&mut self) {
        self.status.days = self.days.values().filter(|day| !day.rows.is_empty()).count();
        self.status.keys = self.days.values().map(|day| day.rows.len()).sum();
    }
}
