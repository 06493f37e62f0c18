//! Which segments were begun of late: a short list beside the footage, so that a start need not look at every file.
//!
//! Ids are set aside in blocks, and the list is durable before the first of a block is used. So every file that exists is
//! either known to the catalogue for good, or its id stands here: whoever recovers looks at these ids and at no others.
//! An id leaves the list when its segment's closed row is durable in the catalogue.
//!
//! The list names a mark of the catalogue: how often that one had made its rows durable when ids were last taken out. A
//! catalogue that lacks this mark is an older one, put back from a backup: it does not know what the list has forgotten.
//!
//! One line for each id, written twice, so that a damaged line is not taken for another id; the last line says how many
//! there are. The file is replaced as a whole.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use candour_units::SegmentId;

use crate::{FilesError, SegmentFiles};

const MODE: u32 = 0o600;
const NAME: &str = "begun";
const FIRST_WORDS: &str = "candour segments begun v1, catalogue";
/// Ids of a block: one rewrite of the list for so many segments.
const BLOCK: usize = 64;

/// The list of one storage directory, kept by the thread that begins segments there.
#[derive(Debug)]
pub struct Begun {
    files: SegmentFiles,
    /// Set aside, in the list on the disk, and not used yet.
    spare: Vec<SegmentId>,
    /// In use, or used and not settled.
    used: BTreeSet<SegmentId>,
    /// The catalogue's mark that whatever is not in the list is known under.
    mark: i64,
}

/// What a list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftBegun {
    /// The least mark of a catalogue that knows everything else.
    pub mark: i64,
    /// Segments that were begun and may not be known.
    pub segments: Vec<SegmentId>,
}

impl Begun {
    /// What earlier processes left in the list; `None` when there is no list, or one that cannot be read: then
    /// every file must be looked at.
    ///
    /// # Errors
    /// [`FilesError::Read`] when the system does not let it be read.
    pub fn left(files: &SegmentFiles) -> Result<Option<LeftBegun>, FilesError> {
        let path = path_of(files);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
            Err(source) => Err(FilesError::Read { path, source }),
        }
    }

    /// The list as it stands on the disk, to go on with: recovery has written it anew a moment ago. One that cannot be
    /// read makes the next start look at everything.
    #[must_use]
    pub fn adopt(files: SegmentFiles) -> Self {
        let left = Self::left(&files).ok().flatten().unwrap_or(LeftBegun { mark: i64::MAX, segments: Vec::new() });
        Self { files, spare: Vec::new(), used: left.segments.into_iter().collect(), mark: left.mark }
    }

    /// Writes the list anew after recovery: only what it could not finish is left; a catalogue with that mark knows the
    /// rest durably.
    ///
    /// # Errors
    /// [`FilesError::Write`]; then the old list stands.
    pub fn write_left(files: &SegmentFiles, mark: i64, unsettled: &[SegmentId]) -> Result<(), FilesError> {
        let used = unsettled.iter().copied().collect();
        Self { files: files.clone(), spare: Vec::new(), used, mark }.write(&[])
    }

    /// An id for a new segment, durable in the list. `draw` gives fresh ids.
    ///
    /// # Errors
    /// [`FilesError::Write`]; then no segment may be begun.
    pub fn next(&mut self, mut draw: impl FnMut() -> SegmentId) -> Result<SegmentId, FilesError> {
        if self.spare.is_empty() {
            let block: Vec<SegmentId> = (0..BLOCK.max(self.used.len())).map(|_| draw()).collect();
            self.write(&block)?;
            self.spare = block;
        }
        let id = self.spare.pop().expect("a block holds one at least");
        self.used.insert(id);
        Ok(id)
    }

    /// Takes out what needs no looking after any more, because a catalogue with that mark knows it durably (or because
    /// nothing was ever stored in it); the disk hears of it with the next block.
    pub fn settle(&mut self, mark: i64, segments: impl IntoIterator<Item = SegmentId>) {
        self.mark = self.mark.max(mark);
        for segment in segments {
            self.used.remove(&segment);
        }
    }

    /// Whether the segment stands in the list.
    #[must_use]
    pub fn holds(&self, segment: SegmentId) -> bool {
        self.used.contains(&segment)
    }

    fn write(&self, block: &[SegmentId]) -> Result<(), FilesError> {
        let ids: Vec<&SegmentId> = self.used.iter().chain(block).collect();
        let mut text = format!("{FIRST_WORDS} {0} {0}\n", self.mark);
        ids.iter().for_each(|id| text.push_str(&format!("{id} {id}\n")));
        text.push_str(&format!("{}\n", ids.len()));
        Ok(self.files.disk().write_atomically(&path_of(&self.files), text.as_bytes(), MODE)?)
    }
}

/// Beside the directory of the footage, not among it.
fn path_of(files: &SegmentFiles) -> PathBuf {
    files.directory().with_file_name(NAME)
}

/// `None` unless every line is as it was written.
fn parse(text: &str) -> Option<LeftBegun> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let mark = twice(lines.next()?.strip_prefix(FIRST_WORDS)?.strip_prefix(' ')?)?.parse().ok()?;
    let mut lines: Vec<&str> = lines.collect();
    let count: usize = lines.pop()?.parse().ok()?;
    let segments = lines.iter().map(|line| twice(line)?.parse().ok()).collect::<Option<Vec<SegmentId>>>()?;
    (segments.len() == count).then_some(LeftBegun { mark, segments })
}

/// A word that stands there twice.
fn twice(line: &str) -> Option<&str> {
    let (one, two) = line.split_once(' ')?;
    (one == two).then_some(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_back_and_no_damage_passes() {
        let id = |byte| SegmentId::from_bytes([byte; 16]);
        let text = format!("{FIRST_WORDS} 7 7\n{0} {0}\n{1} {1}\n2\n", id(1), id(2));
        let left = LeftBegun { mark: 7, segments: vec![id(1), id(2)] };
        assert_eq!(parse(&text), Some(left));
        assert_eq!(parse(&format!("{FIRST_WORDS} 0 0\n0\n")), Some(LeftBegun { mark: 0, segments: vec![] }));
        for cut in 0..text.len() {
            assert_eq!(parse(&text[..cut]), None, "{cut}");
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let damaged = String::from_utf8(bytes).expect("one bit of ASCII");
            assert_eq!(parse(&damaged), None, "{at}");
        }
    }
}
