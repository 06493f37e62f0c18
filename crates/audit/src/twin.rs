//! Which of two directories of one log goes on, when it is opened.
//!
//! A directory that failed and came back is shorter, or ends in pieces, or still holds details that were erased in the other. All of that
//! is mended from the other. What is never mended is a difference between two signed logs: that is a fork, and refused like any tampering.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use candour_ledger::{
    CHECKPOINTS_FILE as CHECKPOINTS, Frame, JOURNAL_FILE as JOURNAL, Journal, Next, Report, VerifierKey, check_ledger,
};

use crate::LogError;
use crate::copies::Lengths;
use crate::erasure::Looked;
use crate::store::{tampered, unacknowledged, unreadable};

const PIECE: usize = 1 << 16;

/// How the second directory stands to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It holds the same bytes up to there.
    Agrees(Lengths),
    /// It must be written anew from the first.
    Stale,
    /// The first must be written anew from it, up to there.
    Ahead(Lengths),
}

/// The first directory, as it was read.
pub(crate) struct First<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) report: &'a Report,
    /// Leading entries whose details are erased in it.
    pub(crate) erased: u64,
    /// Of its files, after they were cut.
    pub(crate) lengths: Lengths,
}

/// Compares the second directory with the first.
///
/// # Errors
/// [`LogError::Tampered`] where the second does not verify in itself or says something else than the first;
/// [`LogError::Unavailable`] where it cannot be read.
pub(crate) fn compare(first: &First<'_>, second: &Path, key: &VerifierKey) -> Result<Standing, LogError> {
    let there = Lengths { journal: length(second, JOURNAL)?, checkpoints: length(second, CHECKPOINTS)? };
    let common = Lengths {
        journal: there.journal.min(first.lengths.journal),
        checkpoints: there.checkpoints.min(first.lengths.checkpoints),
    };
    let same = same_bytes(first.directory, second, JOURNAL, common.journal)?
        && same_bytes(first.directory, second, CHECKPOINTS, common.checkpoints)?;
    if same && there == common {
        return Ok(Standing::Agrees(there));
    }
    let (report, erased, lengths) = read(second, key)?;
    let (here, there) = (first.report.signed_size(), report.signed_size());
    if !same {
        same_leaves(first.directory, second, here.min(there))?;
    }
    // As many entries with fewer details is the newer of the two.
    if (there, erased) > (here, first.erased) {
        return Ok(Standing::Ahead(lengths));
    }
    Ok(if same { Standing::Agrees(common) } else { Standing::Stale })
}

/// Checks a directory whole: what it says, how many leading entries are erased, and how far its files are good.
fn read(directory: &Path, key: &VerifierKey) -> Result<(Report, u64, Lengths), LogError> {
    let (journal, checkpoints) = (open(directory, JOURNAL)?, open(directory, CHECKPOINTS)?);
    let mut looked = Looked::default();
    let report = check_ledger(journal, checkpoints, key, |frame, _| looked.take(frame))
        .map_err(|error| unreadable(directory, &error))?;
    let behind = unacknowledged(&report);
    if behind.is_none()
        && let Some(finding) = report.findings.first()
    {
        return Err(match tampered(finding) {
            LogError::Tampered { place, what } => {
                LogError::Tampered { place: format!("{place} in {}", directory.display()), what }
            }
            other => other,
        });
    }
    let journal = behind.unwrap_or(report.journal.offset);
    let lengths = Lengths { journal, checkpoints: report.history.offset };
    Ok((report, looked.finish().done, lengths))
}

/// Both sides have the same leaves in so many leading entries, whatever of their details is erased.
fn same_leaves(first: &Path, second: &Path, entries: u64) -> Result<(), LogError> {
    let (mut ours, mut theirs) = (Journal::new(open(first, JOURNAL)?), Journal::new(open(second, JOURNAL)?));
    for number in 0..entries {
        let next = |journal: &mut Journal<BufReader<Box<dyn Read>>>, directory: &Path| match journal.next_frame() {
            Ok(Next::Frame { frame, .. }) => Ok(Some(frame)),
            Ok(_) => Ok(None),
            Err(error) => Err(unreadable(directory, &error)),
        };
        let leaf = |frame: Option<Box<Frame>>| frame.map(|frame| frame.leaf_hash);
        let (here, there) = (leaf(next(&mut ours, first)?), leaf(next(&mut theirs, second)?));
        if here.is_none() || here != there {
            return Err(LogError::Tampered {
                place: format!("entry {number}"),
                what: format!(
                    "{} and {} hold different signed logs; keep both, find out which one is right, and move the other away",
                    first.display(),
                    second.display()
                ),
            });
        }
    }
    Ok(())
}

fn same_bytes(first: &Path, second: &Path, name: &str, count: u64) -> Result<bool, LogError> {
    if count == 0 {
        return Ok(true);
    }
    let (mut ours, mut theirs) = (open(first, name)?.take(count), open(second, name)?.take(count));
    let (mut here, mut there) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let got = fill(&mut ours, &mut here).map_err(|error| unreadable(&first.join(name), &error))?;
        let other = fill(&mut theirs, &mut there).map_err(|error| unreadable(&second.join(name), &error))?;
        if here[..got] != there[..other] {
            return Ok(false);
        }
        if got < PIECE {
            return Ok(true);
        }
    }
}

/// As many bytes as there are, up to the length of the buffer.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match reader.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

fn length(directory: &Path, name: &str) -> Result<u64, LogError> {
    let path = directory.join(name);
    match std::fs::metadata(&path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// A file, or nothing where there is none.
fn open(directory: &Path, name: &str) -> Result<BufReader<Box<dyn Read>>, LogError> {
    let path = directory.join(name);
    let reader: Box<dyn Read> = match File::open(&path) {
        Ok(file) => Box::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Box::new(io::empty()),
        Err(error) => return Err(unreadable(&path, &error)),
    };
    Ok(BufReader::with_capacity(PIECE, reader))
}
