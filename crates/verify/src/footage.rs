//! Segment files against what the log says about them.

use std::collections::HashSet;
use std::error::Error as _;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use candour_seal::{Damage, SealedSummary, What, sealed};
use candour_units::SegmentId;

use crate::closings::{Closing, Closings};
use crate::log::CheckedLog;
use crate::verdict::{Verdict, count};

/// Checks every segment file below `directory` against the log, and the log against the files.
pub(crate) fn check(directory: &Path, log: CheckedLog) -> Result<Verdict> {
    let CheckedLog { mut verdict, mut closings } = log;
    verdict.findings.append(&mut closings.findings);
    verdict.notes.append(&mut closings.notes);
    let mut files = Vec::new();
    find_segments(directory, &mut files)?;
    files.sort();
    let mut footage = Footage { verdict, closings, seen: HashSet::new(), matching: 0, bytes: 0, unknown: 0 };
    for (path, id) in files {
        footage.check_file(&path, id)?;
    }
    footage.missing();
    Ok(footage.close())
}

struct Footage {
    verdict: Verdict,
    closings: Closings,
    seen: HashSet<SegmentId>,
    matching: u64,
    bytes: u64,
    unknown: u64,
}

impl Footage {
    fn check_file(&mut self, path: &Path, id: SegmentId) -> Result<()> {
        let file = match File::open(path) {
            Ok(file) => file,
            // Deleted since the directory was listed; the log, which was read before, may not say so yet.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.seen.insert(id);
                return Ok(());
            }
            Err(error) => return Err(error).with_context(|| format!("{} cannot be opened", path.display())),
        };
        if !self.seen.insert(id) {
            self.verdict.findings.push(format!("segment {id}: there is a second file, {}", path.display()));
        }
        if let Some(entry) = self.closings.deleted.get(&id) {
            self.verdict
                .findings
                .push(format!("segment {id}: entry {entry} certifies its deletion, and it is still there"));
        }
        let closing = self.closings.closed.get(&id);
        match sealed::check_file(BufReader::with_capacity(1 << 18, file)) {
            Ok(summary) => match closing {
                Some(closing) => match mismatch(&summary, id, closing) {
                    None => {
                        self.matching += 1;
                        self.bytes += summary.bytes;
                    }
                    Some(finding) => self.verdict.findings.push(format!("segment {id}: {finding}")),
                },
                None if summary.segment != id => {
                    self.verdict
                        .findings
                        .push(format!("segment {id}: the file is that of segment {}", summary.segment));
                }
                None => self.unknown += 1,
            },
            // A recorder that has just made the file has not written its header yet.
            Err(Damage { what: What::HeaderIncomplete, .. }) if closing.is_none() => self.unknown += 1,
            Err(Damage { what: What::Unreadable(kind), .. }) => {
                return Err(std::io::Error::from(kind)).with_context(|| format!("{} cannot be read", path.display()));
            }
            Err(damage) => {
                let why = damage.source().map(ToString::to_string).unwrap_or_default();
                self.verdict.findings.push(format!("segment {id} was changed: {damage}: {why}"));
            }
        }
        Ok(())
    }

    /// Segments that the log knows, without a file and without a certificate.
    fn missing(&mut self) {
        let gone = |id: &SegmentId| !self.seen.contains(id) && !self.closings.deleted.contains_key(id);
        let mut missing: Vec<_> = self.closings.closed.iter().filter(|(id, _)| gone(id)).collect();
        missing.sort_by_key(|(id, closing)| (closing.entry, **id));
        for (id, closing) in missing {
            let finding = format!(
                "segment {id}: missing footage: entry {} says that it was closed, no entry that it was deleted",
                closing.entry
            );
            self.verdict.findings.push(finding);
        }
    }

    fn close(mut self) -> Verdict {
        if self.unknown > 0 {
            let many = count(self.unknown, "segment file is", "segment files are");
            self.verdict.notes.push(format!("{many} not in the log: not yet closed, or unknown"));
        }
        for entry in &self.closings.unreadable {
            let note = format!("entry {entry} does not say which segments it is about: erased, or of a newer version");
            self.verdict.notes.push(note);
        }
        let deleted = self.closings.deleted.len() as u64;
        self.verdict.good.push(format!(
            "{} with {} of footage are as they were closed, {} by certificate",
            count(self.matching, "segment", "segments"),
            count(self.bytes, "byte", "bytes"),
            count(deleted, "is deleted", "are deleted"),
        ));
        self.verdict
    }
}

/// What a whole file has that the log does not say of it.
fn mismatch(found: &SealedSummary, id: SegmentId, closing: &Closing) -> Option<String> {
    let entry = closing.entry;
    if found.segment != id {
        return Some(format!("the file is that of segment {}", found.segment));
    }
    if found.bytes < closing.bytes {
        return Some(format!("its end was cut off: {} of the {} bytes in entry {entry}", found.bytes, closing.bytes));
    }
    if found.sealed_digest != closing.sealed_digest || found.bytes != closing.bytes {
        return Some(format!("it is whole, but not the one whose sealed digest is in entry {entry}"));
    }
    None
}

/// Files named after a segment: 32 hex digits, with or without an ending. Anything else is none of ours.
pub(crate) fn find_segments(directory: &Path, out: &mut Vec<(PathBuf, SegmentId)>) -> Result<()> {
    let unreadable = || format!("{} cannot be listed", directory.display());
    for entry in fs::read_dir(directory).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let kind = entry.file_type().with_context(unreadable)?;
        let path = entry.path();
        if kind.is_dir() {
            find_segments(&path, out)?;
        } else if let Some(id) = segment_of(&path) {
            out.push((path, id));
        }
    }
    Ok(())
}

fn segment_of(path: &Path) -> Option<SegmentId> {
    path.file_stem()?.to_str()?.parse().ok()
}
