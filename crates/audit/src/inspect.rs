//! Reading a log without being its writer: for the check of a data directory, for a rebuild, and beside a running log.
//!
//! Nothing is cut, signed or locked here; what does not fit is a finding and never an error.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use candour_ledger::{
    CHECKPOINTS_FILE, Frame, Group, JOURNAL_FILE, Journal, Next, VERIFIER_KEY_FILE, VerifierKey, check_ledger,
};
use candour_units::WallTime;

use crate::LogError;

/// The journal is read in pieces of this size.
const PIECE: usize = 1 << 18;

/// One entry as it lies in the journal.
#[derive(Debug, Clone, Copy)]
pub struct Inspected<'a> {
    /// Position in the log, from 0.
    pub index: u64,
    /// The time written in it.
    pub at: WallTime,
    /// Stable word of the kind.
    pub kind: &'a str,
    /// Cameras and interval as JSON text; `None` when erased.
    pub what: Option<&'a str>,
    /// Outcome as JSON text; `None` when erased.
    pub sent: Option<&'a str>,
}

/// What was found in a whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Entries read.
    pub entries: u64,
    /// Entries under a signed checkpoint.
    pub signed: u64,
    /// Bytes of the journal up to its last whole entry.
    pub bytes: u64,
    /// What does not fit, in words, each with its place; empty when the log verifies.
    pub findings: Vec<String>,
}

/// Reads and verifies the log in `directory`: every frame, every checkpoint, and both against each other, under the
/// public key that lies beside them. `on_entry` gets every entry that fits in itself, in order. May be called while a
/// recorder writes the log: what it has not signed yet counts as unfinished.
///
/// # Errors
/// [`LogError::Unavailable`] when a file cannot be read.
pub fn inspect_log(directory: &Path, mut on_entry: impl FnMut(Inspected<'_>)) -> Result<Inspection, LogError> {
    let key = match verifier_key(directory)? {
        Ok(key) => key,
        Err(finding) => return Ok(Inspection { entries: 0, signed: 0, bytes: 0, findings: vec![finding] }),
    };
    // A checkpoint is written after the frames it signs: with the length of their file taken first, a log that is being
    // written to verifies too.
    let checkpoints = open(directory, CHECKPOINTS_FILE)?;
    let length = checkpoints.metadata().map_err(|error| unreadable(directory, CHECKPOINTS_FILE, &error))?.len();
    let journal = BufReader::with_capacity(PIECE, open(directory, JOURNAL_FILE)?);
    let report = check_ledger(journal, BufReader::new(checkpoints.take(length)), &key, |frame, _| {
        on_entry(inspected(frame));
    })
    .map_err(|error| unreadable(directory, JOURNAL_FILE, &error))?;
    Ok(Inspection {
        entries: report.tree.size(),
        signed: report.signed_size(),
        bytes: report.journal.offset,
        findings: report.findings.iter().map(ToString::to_string).collect(),
    })
}

/// Reads the entries of a log once more, without verifying signatures: after [`inspect_log`] has, for those who must read
/// it in several passes because it does not fit into memory. Ends at the first frame that does not fit.
///
/// # Errors
/// [`LogError::Unavailable`] when the journal cannot be read.
pub fn reread_log(directory: &Path, mut on_entry: impl FnMut(Inspected<'_>)) -> Result<(), LogError> {
    let mut journal = Journal::new(BufReader::with_capacity(PIECE, open(directory, JOURNAL_FILE)?));
    loop {
        match journal.next_frame().map_err(|error| unreadable(directory, JOURNAL_FILE, &error))? {
            Next::Frame { frame, .. } => on_entry(inspected(&frame)),
            Next::Damaged { leaf_hash: Some(_), .. } => {}
            Next::Damaged { .. } | Next::Torn { .. } | Next::End => return Ok(()),
        }
    }
}

fn inspected(frame: &Frame) -> Inspected<'_> {
    let details = &frame.entry.details;
    Inspected {
        index: frame.number,
        at: frame.entry.leaf.at,
        kind: frame.entry.leaf.kind.as_str(),
        what: details.text(Group::What),
        sent: details.text(Group::Sent),
    }
}

/// The public key beside the log, or in words why there is none.
fn verifier_key(directory: &Path) -> Result<Result<VerifierKey, String>, LogError> {
    let text = match fs::read_to_string(directory.join(VERIFIER_KEY_FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err(format!("the key file {VERIFIER_KEY_FILE} is gone: nothing says whose log this is")));
        }
        Err(error) => return Err(unreadable(directory, VERIFIER_KEY_FILE, &error)),
    };
    let key = text.strip_suffix('\n').map(VerifierKey::parse);
    Ok(match key {
        Some(Ok(key)) => Ok(key),
        Some(Err(error)) => Err(format!("the key file {VERIFIER_KEY_FILE} was changed: {error}")),
        None => Err(format!("the key file {VERIFIER_KEY_FILE} was changed: it is not one line of text")),
    })
}

fn open(directory: &Path, name: &str) -> Result<File, LogError> {
    File::open(directory.join(name)).map_err(|error| unreadable(directory, name, &error))
}

fn unreadable(directory: &Path, name: &str, error: &io::Error) -> LogError {
    LogError::Unavailable { cause: format!("could not read {}: {error}", directory.join(name).display()) }
}
