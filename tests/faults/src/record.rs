//! Recording a scene upon the layer, and walking through its journal point by point.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::claims::{Claim, claims_of};
use crate::facts::Facts;
use crate::image::CLAIMS;
use crate::journal::{Journal, Record};
use crate::layer::FaultyDisks;
use crate::model::Model;

/// A directory in memory where there is one: thousands of images are written and none is kept.
///
/// # Errors
/// When none can be made.
pub fn scratch() -> Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let builder = tempfile::Builder::new();
    let made = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
    made.context("a scratch directory")
}

/// Plays the scene on the disk `name`, upon the layer, and gives its journal.
///
/// # Errors
/// When the scene fails, or something passed beside the layer.
pub fn record_scene(disks: &FaultyDisks, name: &str, program: &Path) -> Result<Journal> {
    let disk = disks.disk(name)?;
    let played = disks.command(program).arg(&disk).status().context("playing the scene")?;
    ensure!(played.success(), "the scene ended with {played}");
    let journal = Journal::read(&disks.journal(name))?;
    nothing_passed_beside(&journal, &disk)?;
    Ok(journal)
}

/// What the journal says was written is exactly what is there: nothing went past the layer.
fn nothing_passed_beside(journal: &Journal, disk: &Path) -> Result<()> {
    let mut model = Model::default();
    journal.records().iter().for_each(|record| model.take(journal, record));
    let mut expected = BTreeMap::new();
    for (name, id) in model.names_now() {
        expected.insert(name, model.objects[id].as_ref().map(crate::model::File::now));
    }
    let mut found = BTreeMap::new();
    let mut left = vec![disk.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            let name = path.strip_prefix(disk)?.to_str().context("a name in UTF-8")?.to_owned();
            let bytes = if path.is_dir() { None } else { Some(std::fs::read(&path)?) };
            if path.is_dir() {
                left.push(path);
            }
            found.insert(name, bytes);
        }
    }
    for (name, bytes) in &expected {
        ensure!(name.ends_with("-shm") || found.get(name) == Some(bytes), "{name} is not what the journal says");
    }
    let strangers: Vec<_> = found.keys().filter(|name| !expected.contains_key(*name)).collect();
    ensure!(strangers.is_empty(), "the journal knows nothing of {strangers:?}");
    Ok(())
}

/// The disk and what was claimed, at a point that moves forward.
pub struct Walk<'a> {
    journal: &'a Journal,
    claims: Vec<(usize, Claim)>,
    model: Model,
    facts: Facts,
    /// Syncs that are taken for lies.
    lies: fn(&Record) -> bool,
    /// The record that comes next.
    at: usize,
    claim: usize,
}

impl<'a> Walk<'a> {
    /// At the beginning.
    ///
    /// # Errors
    /// When a claim is none.
    pub fn along(journal: &'a Journal) -> Result<Self> {
        Self::with_lies(journal, |_| false)
    }

    /// At the beginning of what would have happened if these syncs had done nothing.
    ///
    /// # Errors
    /// When a claim is none.
    pub fn with_lies(journal: &'a Journal, lies: fn(&Record) -> bool) -> Result<Self> {
        let claims = claims_of(journal)?;
        Ok(Self { journal, claims, model: Model::default(), facts: Facts::default(), lies, at: 0, claim: 0 })
    }

    /// To the moment after so many records.
    pub fn to(&mut self, point: usize) -> (&Model, &Facts) {
        let records = self.journal.records();
        while self.at < point.min(records.len()) {
            if !(self.lies)(&records[self.at]) {
                self.model.take(self.journal, &records[self.at]);
            }
            while let Some((_, claim)) = self.claims.get(self.claim).filter(|(at, _)| *at == self.at) {
                self.facts.take(claim);
                self.claim += 1;
            }
            self.at += 1;
        }
        (&self.model, &self.facts)
    }
}

/// The points at which something happened on the disk: a crash right after each.
#[must_use]
pub fn points(journal: &Journal) -> Vec<usize> {
    let records = journal.records().iter().enumerate();
    records.filter(|(_, record)| record.path != CLAIMS).map(|(at, _)| at + 1).collect()
}
