//! Erasing what old entries say of people. The leaves stay, so the tree stays; the journal is written anew beside itself without the texts and
//! salts, read back, and put in the place of the old one by a rename.
//!
//! The entry that says so is durable before anything is erased. A crash in between leaves an entry that is not carried out: what is *owed*
//! is more than what is *done*, and the next call finishes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candour_durable::{AppendFile, Disk, DurableError};
use candour_ledger::{Entry, Frame, Group, encode_frame};
use candour_units::WallTime;
use serde_json::Value;

use crate::published::Published;
use crate::{EventKind, LogError};

/// The new journal while it is made; what is left of one is removed at the next start.
const NEW_JOURNAL: &str = "journal.erasing";
const MODE: u32 = 0o600;
/// Bytes handed to the file at once.
const PIECE: usize = 1 << 20;

/// Kinds that the recorder writes about itself and about footage, and that name nobody: without their details closed segments could not be
/// checked, nor certificates found, nor would it be known what was erased.
const KEPT: [EventKind; 6] = [
    EventKind::RecorderStarted,
    EventKind::RecorderStopped,
    EventKind::SegmentsClosed,
    EventKind::FootageDeleted,
    EventKind::EpochRotated,
    EventKind::DetailsErased,
];

/// How far details are erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erasure {
    /// Leading entries whose details shall be gone, as the newest entry about it says.
    pub owed: u64,
    /// Leading entries whose details are gone.
    pub done: u64,
    /// Position of that entry and the time in it; `None` while nothing was ever erased.
    pub entry: Option<(u64, WallTime)>,
}

/// Whether the entry says anything that is erased when its time is over.
fn says_of_people(entry: &Entry) -> bool {
    let kept = KEPT.iter().any(|kind| kind.word() == entry.leaf.kind.as_str());
    !kept && Group::ALL.iter().any(|group| entry.details.group(*group).is_some())
}

/// Looks for what is owed and what is done while a journal is read from its beginning.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    erasure: Erasure,
    first_left: Option<u64>,
}

impl Looked {
    pub(crate) fn take(&mut self, frame: &Frame) {
        if self.first_left.is_none() && says_of_people(&frame.entry) {
            self.first_left = Some(frame.number);
        }
        if frame.entry.leaf.kind.as_str() != EventKind::DetailsErased.word() {
            return;
        }
        let sent = frame.entry.details.text(Group::Sent).and_then(|text| serde_json::from_str::<Value>(text).ok());
        // Never beyond itself: what is erased was written before.
        let before = sent.and_then(|sent| sent["before"].as_u64()).filter(|before| *before <= frame.number);
        if let Some(owed) = before.filter(|before| *before >= self.erasure.owed) {
            self.erasure = Erasure { owed, done: 0, entry: Some((frame.number, frame.entry.leaf.at)) };
        }
    }

    pub(crate) fn finish(self) -> Erasure {
        let Erasure { owed, .. } = self.erasure;
        Erasure { done: self.first_left.map_or(owed, |left| left.min(owed)), ..self.erasure }
    }
}

/// A journal that was written anew, up to some entry.
pub(crate) struct NewJournal {
    pub(crate) file: AppendFile,
    /// Where each entry in it ends.
    pub(crate) ends: Vec<u64>,
    /// Leading entries whose details are not in it.
    pub(crate) erased: u64,
}

pub(crate) fn path_of(log: &Path) -> PathBuf {
    log.join(NEW_JOURNAL)
}

/// Removes what a crash left of a new journal.
pub(crate) fn clear_away(disk: &Disk, log: &Path) -> Result<(), DurableError> {
    disk.remove(&path_of(log)).map(drop)
}

/// Writes the journal anew without the details of the first `erased` entries, up to where the log is signed now, and makes it durable; blocks.
/// Every frame is decoded on the way and its leaf hash stays: one that does not fit ends it.
pub(crate) fn write_anew(
    disk: &Disk,
    log: &Path,
    published: &Arc<Published>,
    erased: u64,
) -> Result<NewJournal, LogError> {
    let unavailable = |error: DurableError| LogError::Unavailable { cause: candour_units::chain(&error) };
    clear_away(disk, log).map_err(unavailable)?;
    let mut file = disk.create_new(&path_of(log), MODE).map_err(unavailable)?;
    let (size, mut ends, mut piece) = (published.status().size, Vec::new(), Vec::new());
    for number in 0..size {
        let mut frame = published.frame_at(number)?;
        if number < erased && says_of_people(&frame.entry) {
            Group::ALL.into_iter().for_each(|group| frame.entry.details.erase(group));
        }
        piece.extend_from_slice(&encode_frame(number, &frame.entry));
        ends.push(file.len() + piece.len() as u64);
        if piece.len() >= PIECE {
            file.append(&piece).map_err(unavailable)?;
            piece.clear();
        }
    }
    file.append(&piece).map_err(unavailable)?;
    file.sync_data().map_err(unavailable)?;
    Ok(NewJournal { file, ends, erased })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_ledger::{Kind, Salt};

    fn frame(number: u64, kind: &str, sent: &str) -> Frame {
        let texts = ["{\"name\":\"Ada\"}".into(), "{}".into(), "{}".into(), sent.to_owned()];
        let entry = Entry::new(WallTime::EPOCH, Kind::new(kind).expect("a word"), texts, [Salt([1; 32]); 4]);
        let leaf_hash = entry.leaf.hash();
        Frame { number, entry, leaf_hash }
    }

    #[track_caller]
    fn check(frames: &[Frame], owed: u64, done: u64) {
        let mut looked = Looked::default();
        frames.iter().for_each(|frame| looked.take(frame));
        let found = looked.finish();
        assert_eq!((found.owed, found.done), (owed, done));
    }

    #[test]
    fn what_is_owed_and_what_is_done() {
        let erased = |number| {
            let mut frame = frame(number, "signed_in", "{}");
            Group::ALL.into_iter().for_each(|group| frame.entry.details.erase(group));
            frame
        };
        check(&[frame(0, "signed_in", "{}")], 0, 0);
        check(&[frame(0, "recorder_started", "{}"), frame(1, "details_erased", "{\"before\":1}")], 1, 1);
        check(&[frame(0, "signed_in", "{}"), frame(1, "details_erased", "{\"before\":1}")], 1, 0);
        check(&[erased(0), frame(1, "signed_in", "{}"), frame(2, "details_erased", "{\"before\":2}")], 2, 1);
        check(&[erased(0), erased(1), frame(2, "signed_in", "{}"), frame(3, "details_erased", "{\"before\":2}")], 2, 2);
        // An entry that claims more than lies before it, or less than another, says nothing.
        check(&[frame(0, "details_erased", "{\"before\":7}")], 0, 0);
        check(
            &[erased(0), frame(1, "details_erased", "{\"before\":1}"), frame(2, "details_erased", "{\"before\":0}")],
            1,
            1,
        );
    }

    #[test]
    fn what_is_kept_names_nobody() {
        assert!(KEPT.iter().all(|kind| !says_of_people(&frame(0, kind.word(), "{}").entry)));
        assert!(says_of_people(&frame(0, "look_live", "{}").entry));
    }
}
