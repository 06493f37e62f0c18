//! From what the copies hold to what is true: the better file of each day counts, rows of equals are united.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use candour_seal::keyfile::{DayFile, Epoch, EpochState, RingFile, RingHead};
use candour_units::Entropy;

use crate::KeyError;
use crate::copies::{Content, Contents, Copy, CopyFound};
use crate::master::Master;
use crate::memory::Day;
use crate::writer::nonce;

/// What was found to be true.
pub(crate) struct Truth {
    pub(crate) head: RingHead,
    /// The current epoch first.
    pub(crate) epochs: Vec<Arc<Epoch>>,
    pub(crate) days: BTreeMap<i64, Arc<Day>>,
}

/// A head whose epoch keys open.
struct OpenHead<'a> {
    file: &'a RingFile,
    epochs: Vec<Epoch>,
}

/// Finds the truth in the copies and marks what each of them lacks. `None` when no copy has a head that opens.
pub(crate) fn find(
    master: &Master,
    copies: &mut [Copy],
    contents: &[Contents],
    entropy: &dyn Entropy,
) -> Result<Option<(Truth, Vec<CopyFound>)>, KeyError> {
    let mut found: Vec<CopyFound> = contents.iter().map(|_| CopyFound::Good).collect();
    let mut heads: Vec<Option<OpenHead<'_>>> = Vec::new();
    for (content, found) in contents.iter().zip(&mut found) {
        heads.push(match &content.head {
            Content::Absent => {
                *found = if content.ours { CopyFound::Behind } else { CopyFound::Absent };
                None
            }
            Content::Damaged(what) => {
                *found = CopyFound::Damaged { what: what.clone() };
                None
            }
            Content::Good(file) => match open_head(master, file)? {
                Ok(open) => Some(open),
                Err(what) => {
                    *found = CopyFound::Damaged { what };
                    None
                }
            },
        });
    }
    let best = heads.iter().flatten().map(|open| open.file).max_by_key(|file| file.head.generation);
    let Some(head) = best.map(|file| file.head.clone()) else { return Ok(None) };

    let days = {
        let pool: Vec<&Epoch> = heads.iter().flatten().flat_map(|open| &open.epochs).collect();
        let numbers: BTreeSet<i64> = contents.iter().flat_map(|content| content.days.keys().copied()).collect();
        let mut days = BTreeMap::new();
        for number in numbers {
            let merged = Merge { number, pool: &pool, copies, contents, found: &mut found }.run(entropy)?;
            days.insert(number, Arc::new(merged));
        }
        days
    };
    for ((copy, content), found) in copies.iter_mut().zip(contents).zip(&mut found) {
        if *found == CopyFound::Absent {
            continue;
        }
        let is_best = matches!(&content.head, Content::Good(file) if file.head == head);
        if !is_best {
            copy.outdate_head();
            if *found == CopyFound::Good {
                *found = CopyFound::Behind;
            }
        }
    }
    // Every epoch that some day still needs: those of the best head, and of another if a rotation was cut short.
    let mut epochs: Vec<Epoch> = Vec::new();
    for epoch in heads.into_iter().flatten().flat_map(|open| open.epochs) {
        if !epochs.iter().any(|known| known.id() == epoch.id()) {
            epochs.push(epoch);
        }
    }
    let listed = |id: [u8; 16]| head.epochs.iter().position(|entry| entry.id == id);
    epochs.retain(|epoch| listed(epoch.id()).is_some());
    epochs.sort_by_key(|epoch| listed(epoch.id()));
    let epochs = epochs.into_iter().map(Arc::new).collect();
    Ok(Some((Truth { head, epochs, days }, found)))
}

/// Unwraps the epochs of a head; the inner error says why it cannot be believed.
fn open_head<'a>(master: &Master, file: &'a RingFile) -> Result<Result<OpenHead<'a>, String>, KeyError> {
    let not_ours = || Ok(Err("it was not written under this master key".to_owned()));
    if file.head.master != master.kind() {
        return not_ours();
    }
    let mut epochs = Vec::new();
    for entry in file.head.epochs.iter().filter(|entry| entry.state != EpochState::Leaving) {
        let Some(key) = master.unwrap(&file.head.ring, &entry.id, &entry.key)? else { return not_ours() };
        epochs.push(Epoch::new(entry.id, key));
    }
    match epochs.first() {
        Some(current) if current.proves(&file.tail) => Ok(Ok(OpenHead { file, epochs })),
        _ => Ok(Err("it was changed by somebody who does not hold its keys".to_owned())),
    }
}

/// The merging of one day.
struct Merge<'a, 'b> {
    number: i64,
    pool: &'a [&'b Epoch],
    copies: &'a mut [Copy],
    contents: &'a [Contents],
    found: &'a mut [CopyFound],
}

impl Merge<'_, '_> {
    fn run(self, entropy: &dyn Entropy) -> Result<Day, KeyError> {
        let Self { number, pool, copies, contents, found } = self;
        let mut damage: Option<KeyError> = None;
        let mut files: Vec<Option<&DayFile>> = Vec::new();
        for ((copy, content), found) in copies.iter().zip(contents).zip(found.iter_mut()) {
            let judged = match content.days.get(&number) {
                None | Some(Content::Absent) => Ok(None),
                Some(Content::Damaged(what)) => Err(what.clone()),
                Some(Content::Good(file)) => judge(file, number, pool).map(|()| Some(file)),
            };
            files.push(judged.unwrap_or_else(|what| {
                damage.get_or_insert_with(|| KeyError::damaged(&copy.day_path(number), &what));
                *found = CopyFound::Damaged { what };
                None
            }));
        }
        let Some(destructions) = files.iter().flatten().map(|file| file.head.destructions).max() else {
            return Err(damage.unwrap_or_else(|| KeyError::damaged(&copies[0].day_path(number), "it vanished")));
        };
        let mut day: Option<Day> = None;
        for (at, file) in files.iter().enumerate() {
            let Some(file) = file.filter(|file| file.head.destructions == destructions) else { continue };
            match &mut day {
                None => day = Some(Day { epoch: file.head.epoch, destructions, rows: file.rows.clone() }),
                Some(day) => {
                    let conflicts = unite(day, file, pool, entropy);
                    if conflicts > 0 {
                        found[at] = CopyFound::Conflicting { count: conflicts };
                    }
                }
            }
        }
        let day = day.expect("one of the files has the highest count of them");
        for ((copy, file), found) in copies.iter_mut().zip(&files).zip(found) {
            let bad = file.map_or(0, |file| file.bad_rows.len());
            let same = file.is_some_and(|file| {
                (file.head.destructions, file.head.epoch) == (destructions, day.epoch) && file.rows == day.rows
            });
            if !same || bad > 0 {
                copy.outdate(number);
                if *found == CopyFound::Good {
                    *found = if bad > 0 { CopyFound::BadRows { count: bad } } else { CopyFound::Behind };
                }
            }
        }
        Ok(day)
    }
}

fn judge(file: &DayFile, number: i64, pool: &[&Epoch]) -> Result<(), String> {
    let epoch = pool.iter().find(|epoch| epoch.id() == file.head.epoch);
    let epoch = epoch.ok_or("it was written under an epoch key that is gone")?;
    if !epoch.proves(&file.tail) {
        return Err("it was changed by somebody who does not hold its keys".to_owned());
    }
    (file.head.day == number).then_some(()).ok_or_else(|| format!("it is the file of day {}", file.head.day))
}

/// Adds the rows of an equal file; gives how many disagree.
fn unite(day: &mut Day, file: &DayFile, pool: &[&Epoch], entropy: &dyn Entropy) -> usize {
    let epoch = |id: [u8; 16]| pool.iter().find(|epoch| epoch.id() == id);
    let (Some(ours), Some(theirs)) = (epoch(day.epoch), epoch(file.head.epoch)) else { return 0 };
    let mut conflicts = 0;
    for (name, wrapped) in &file.rows {
        match day.rows.get(name) {
            Some(known) if known == wrapped => {}
            Some(known) => conflicts += usize::from(ours.unwrap(name, known) != theirs.unwrap(name, wrapped)),
            None if ours.id() == theirs.id() => {
                day.rows.insert(*name, *wrapped);
            }
            None => match theirs.unwrap(name, wrapped) {
                Some(key) => {
                    day.rows.insert(*name, ours.wrap(name, nonce(entropy), &key));
                }
                None => conflicts += 1,
            },
        }
    }
    conflicts
}
