//! A copy of a log.

use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use candour_ledger::{
    CHECKPOINTS_FILE, COSIGNED_DIRECTORY, JOURNAL_FILE, Report, Tree, VERIFIER_KEY_FILE, VerifierKey, check_ledger,
};

use crate::anchors::{Anchors, Trust, notes_in};
use crate::closings::{Closings, Wanted};
use crate::verdict::{Verdict, count};

/// A log that was checked.
pub(crate) struct CheckedLog {
    pub verdict: Verdict,
    /// What it says about segments.
    pub closings: Closings,
}

/// Checks the log in `directory` with the key that is given, or else the one that lies beside it, and against checkpoints from
/// elsewhere; keeps the certificates that are wanted.
pub(crate) fn check(directory: &Path, trust: &Trust, wanted: Option<Wanted>) -> Result<CheckedLog> {
    let mut verdict = Verdict::default();
    let mut closings = Closings { wanted, ..Closings::default() };
    let given = trust.key.as_deref();
    let Some(key) = find_key(directory, given, &mut verdict)? else {
        return Ok(CheckedLog { verdict, closings });
    };
    // A checkpoint is written after the frames it signs. Taking the length of their file first, and the frames after,
    // also a log that is being written to verifies.
    let checkpoints = open(&directory.join(CHECKPOINTS_FILE))?;
    let length = checkpoints.metadata().context("the checkpoints cannot be measured")?.len();
    let journal = open(&directory.join(JOURNAL_FILE))?;
    let beside = notes_in(&directory.join(COSIGNED_DIRECTORY));
    let mut anchors = Anchors::read(trust, &beside, &key, &mut verdict)?;
    let mut tree = Tree::new();
    anchors.take(&tree);
    let report = check_ledger(
        BufReader::with_capacity(1 << 18, journal),
        BufReader::new(checkpoints.take(length)),
        &key,
        |frame, _| {
            closings.take(frame);
            tree.push(frame.leaf_hash);
            anchors.take(&tree);
        },
    )
    .with_context(|| format!("the log in {} cannot be read", directory.display()))?;
    describe(&report, &key, given.is_some(), &anchors, &mut verdict);
    Ok(CheckedLog { verdict, closings })
}

fn describe(report: &Report, key: &VerifierKey, key_was_given: bool, anchors: &Anchors, verdict: &mut Verdict) {
    verdict.findings.extend(report.findings.iter().map(ToString::to_string));
    let (size, signed) = (report.tree.size(), report.signed_size());
    if size > signed && verdict.is_good() {
        let unsigned = count(size - signed, "entry is", "entries are");
        verdict.notes.push(format!("the last {unsigned} not signed yet; nobody was shown footage on their strength"));
    }
    for (file, tail) in [(JOURNAL_FILE, report.journal), (CHECKPOINTS_FILE, report.history)] {
        if tail.torn > 0 && verdict.is_good() {
            let bytes = count(tail.torn, "byte", "bytes");
            verdict.notes.push(format!("{file}: an unfinished write of {bytes} at byte {}", tail.offset));
        }
    }
    if !key_was_given {
        verdict.notes.push(format!("the key is the one in the copy: {key}"));
    }
    // A log that does not fit in itself is not held against anything else: one change is told once.
    let witnessed = if verdict.is_good() { anchors.judge(size, verdict) } else { String::new() };
    verdict.good.push(format!(
        "{} and {} verify; signed by {}, {witnessed}",
        count(signed, "entry", "entries"),
        count(report.checkpoints, "checkpoint", "checkpoints"),
        key.name(),
    ));
}

/// The key to check with; `None` when there is nothing to check with, which is a finding.
fn find_key(directory: &Path, given: Option<&str>, verdict: &mut Verdict) -> Result<Option<VerifierKey>> {
    let given = given.map(|text| VerifierKey::parse(text).context("--key is no verifier key")).transpose()?;
    let path = directory.join(VERIFIER_KEY_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Some(String::new()),
        Err(_) if given.is_some() => None,
        Err(error) => {
            let hint = "give the log's public key with --key";
            return Err(error).with_context(|| format!("{} cannot be read; {hint}", path.display()));
        }
    };
    let beside = match text.as_deref().map(|text| text.strip_suffix('\n').map(VerifierKey::parse)) {
        None => None,
        Some(Some(Ok(key))) => Some(key),
        Some(Some(Err(error))) => {
            verdict.findings.push(format!("the key file {VERIFIER_KEY_FILE} was changed: {error}"));
            None
        }
        Some(None) => {
            verdict.findings.push(format!("the key file {VERIFIER_KEY_FILE} was changed: it is not one line of text"));
            None
        }
    };
    if let (Some(given), Some(beside)) = (&given, &beside)
        && given != beside
    {
        verdict.findings.push(format!("the copy holds another key than the one given: {beside}"));
    }
    Ok(given.or(beside))
}

fn open(path: &Path) -> Result<File> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        bail!("{} is a directory", path.display());
    }
    Ok(file)
}
