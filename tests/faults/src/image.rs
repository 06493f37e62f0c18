//! What a crash could have left of a disk: one of many possibilities, picked by a seed.
//!
//! Names follow one of two models. *Journaling* (ext4, xfs): changes of names survive in order, at least up to the last
//! `fsync` of anything. *Loose* (POSIX): each on its own until its directory was synced, in order only for one name.
//! Bytes: of each page (or, where writes tear, of each sector) any state it had since it was last durable; of the
//! length, any it had. What never reached the disk reads as zeros. SQLite's `-shm` is always lost.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::chance::Chance;
use crate::model::{Change, File, Id, Model, Naming, PAGE, parent, system};

const SECTOR: usize = 512;

/// Files of the test itself, which no crash touches and no image holds.
pub const CLAIMS: &str = "claims";

/// How much of what was not durable survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Nothing,
    Everything,
    /// In order, the last write torn at any byte.
    InOrder,
    /// Whole pages, in any order.
    Pages,
    /// Sectors of pages, in any order.
    Torn,
}

/// Picks and writes what a crash leaves into `target`, an empty directory. Gives the moods in words.
///
/// # Errors
/// When `target` cannot be written.
pub fn write_image(model: &Model, seed: u64, target: &Path) -> Result<String> {
    let mut chance = Chance::new(seed);
    let journaling = chance.percent(50);
    let mood = [Mood::Nothing, Mood::Everything, Mood::InOrder, Mood::Pages, Mood::Pages, Mood::Torn][chance.below(6)];
    for (name, id) in names(model, journaling, mood, &mut chance) {
        let path = target.join(&name);
        match &model.objects[id] {
            None => fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?,
            Some(file) => {
                let bytes = contents(file, mood, &mut chance);
                write_private(&path, &bytes).with_context(|| format!("writing {}", path.display()))?;
            }
        }
    }
    Ok(format!("{mood:?}, names {}", if journaling { "in order" } else { "loose" }))
}

/// A key file that others may read would be refused.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}

/// The names that are left; none without its directory.
fn names(model: &Model, journaling: bool, mood: Mood, chance: &mut Chance) -> BTreeMap<String, Id> {
    let mut names = model.durable.clone();
    let pending = &model.pending;
    let system_of = |naming: &Naming| naming.what.names().next().map_or("", system).to_owned();
    let systems: BTreeSet<String> = pending.iter().map(system_of).collect();
    let upto: BTreeMap<String, usize> = systems
        .into_iter()
        .map(|system| {
            let committed = pending.iter().rposition(|naming| naming.committed && system_of(naming) == system);
            let committed = committed.map_or(0, |at| at + 1);
            let upto = match mood {
                Mood::Nothing => committed,
                Mood::Everything => pending.len(),
                _ => committed + chance.below(pending.len() - committed + 1),
            };
            (system, upto)
        })
        .collect();
    let mut missing: Vec<&str> = Vec::new();
    for (at, naming) in pending.iter().enumerate() {
        let survives = match (journaling, mood) {
            (true, _) => at < upto[&system_of(naming)],
            (false, Mood::Nothing) => false,
            (false, Mood::Everything) => true,
            (false, _) => chance.percent(50),
        };
        // What follows from a change that is missing is missing too.
        if survives && naming.what.names().all(|name| !missing.contains(&name)) {
            naming.what.apply(&mut names);
        } else {
            missing.extend(naming.what.names());
        }
    }
    let all = names.clone();
    names.retain(|name, _| {
        let mut above = parent(name);
        while !above.is_empty() && all.contains_key(above) {
            above = parent(above);
        }
        // The disk itself (the empty name) is there already.
        above.is_empty() && !name.is_empty() && !name.ends_with("-shm") && name != CLAIMS
    });
    names
}

fn contents(file: &File, mood: Mood, chance: &mut Chance) -> Vec<u8> {
    if file.pending.is_empty() {
        return file.durable.clone();
    }
    match mood {
        Mood::Nothing => file.durable.clone(),
        Mood::Everything => file.now(),
        Mood::InOrder => in_order(file, chance),
        Mood::Pages => in_any_order(file, PAGE, chance),
        Mood::Torn => in_any_order(file, SECTOR, chance),
    }
}

fn in_order(file: &File, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = file.durable.clone();
    let whole = chance.below(file.pending.len() + 1);
    file.pending[..whole].iter().for_each(|change| change.apply(&mut bytes));
    if let Some(Change::Write { offset, data, doomed }) = file.pending.get(whole) {
        let torn = data[..chance.below(data.len() + 1)].to_vec();
        Change::Write { offset: *offset, data: torn, doomed: *doomed }.apply(&mut bytes);
    }
    bytes
}

/// Every grain in a state of its own. A state is a number of changes carried out.
fn in_any_order(file: &File, grain: usize, chance: &mut Chance) -> Vec<u8> {
    let changes = &file.pending;
    let mut lengths = vec![file.durable.len()];
    for change in changes {
        let before = *lengths.last().expect("the first is there");
        lengths.push(match change {
            Change::Write { offset, data, .. } => before.max(offset + data.len()),
            Change::Resize(len) => *len,
        });
    }
    let state_of_length = chance.below(lengths.len());
    let len = lengths[state_of_length];
    let mut by_state: Vec<Vec<usize>> = vec![Vec::new(); changes.len() + 1];
    for from in (0..len).step_by(grain) {
        by_state[state_of_grain(changes, from, from + grain, state_of_length, chance)].push(from);
    }
    let (mut working, mut out) = (file.durable.clone(), vec![0; len]);
    for (state, grains) in by_state.iter().enumerate() {
        if state > 0 {
            changes[state - 1].apply(&mut working);
        }
        for from in grains {
            let to = (from + grain).min(len).min(working.len());
            if *from < to {
                out[*from..to].copy_from_slice(&working[*from..to]);
            }
        }
    }
    out
}

/// One of the states the grain had; not across a cut of the file that is durable, nor across one that is not.
fn state_of_grain(changes: &[Change], from: usize, to: usize, length: usize, chance: &mut Chance) -> usize {
    let cuts = |change: &Change| matches!(change, Change::Resize(len) if *len < to);
    let low = changes[..length].iter().rposition(cuts).map_or(0, |at| at + 1);
    let high = changes[length..].iter().position(cuts).map_or(changes.len(), |at| length + at);
    let mut states = vec![low];
    states.extend((low..high).filter(|at| changes[*at].touches(from, to)).map(|at| at + 1));
    // Most pages of a burst are written once: the newest and the oldest state are the likely ones.
    if chance.percent(50) { *states.last().expect("one is there") } else { states[chance.below(states.len())] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: usize, byte: u8, len: usize) -> Change {
        Change::Write { offset, data: vec![byte; len], doomed: false }
    }

    /// Over many seeds a page is seen in every state it had, and in no other.
    #[test]
    fn every_state_appears_and_no_other() {
        let pending = vec![write(0, 1, 2 * PAGE), write(PAGE, 2, PAGE), write(0, 3, PAGE)];
        let file = File { durable: vec![0; PAGE], pending };
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..500 {
            let bytes = in_any_order(&file, PAGE, &mut Chance::new(seed));
            let grain = |page: usize| bytes.get(page * PAGE..(page + 1) * PAGE).map(|bytes| bytes[0]);
            assert!(bytes.chunks(PAGE).all(|page| page.iter().all(|byte| *byte == page[0])), "whole pages only");
            seen.insert((grain(0), grain(1)));
        }
        let first = [0, 1, 3];
        let second = [None, Some(0), Some(1), Some(2)];
        let expected = first.iter().flat_map(|one| second.iter().map(move |two| (Some(*one), *two)));
        assert_eq!(seen, expected.collect());
    }

    /// What was cut off does not come back behind what was written after the cut.
    #[test]
    fn nothing_comes_back_from_behind_a_cut() {
        let pending = vec![Change::Resize(0), write(0, 2, 2 * PAGE)];
        let file = File { durable: vec![1; 2 * PAGE], pending };
        for seed in 0..500 {
            let bytes = in_any_order(&file, PAGE, &mut Chance::new(seed));
            let allowed: &[u8] = if bytes.len() == 2 * PAGE { &[0, 1, 2] } else { &[] };
            assert!(bytes.iter().all(|byte| allowed.contains(byte)));
            assert!(!(bytes.contains(&1) && bytes.contains(&2)), "old and new on both sides of a cut");
        }
    }
}
