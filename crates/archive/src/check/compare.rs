//! One segment: file, row, key, certificate and log against each other. Pure: facts in, findings out.

use std::path::PathBuf;

use candour_db::{CertificateRow, DeletionStep, SegmentRow, SegmentState};
use candour_units::{CameraId, SegmentId, StreamId, WallRange, WallTime};

use super::contents::{Contents, FileState, Hurt};
use super::finding::{Finding, FindingKind};
use super::logged::{Closing, Logged};
use crate::mend::bounded_end;

/// Whether the keyring can open a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyHeld {
    /// A row of its own.
    Own,
    /// The row of its hour.
    OfHour,
    /// Neither.
    Gone,
    /// The keyring would not say.
    Failed(String),
    /// Nobody knows stream and hour, so nobody could ask.
    NotAsked,
}

/// A segment file.
#[derive(Debug, Clone)]
pub(crate) struct FileFacts {
    pub(crate) path: PathBuf,
    pub(crate) state: FileState,
}

/// Everything known of one segment.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) segment: SegmentId,
    pub(crate) file: Option<FileFacts>,
    pub(crate) row: Option<SegmentRow>,
    pub(crate) certificate: Option<CertificateRow>,
    pub(crate) logged: Logged,
    pub(crate) key: KeyHeld,
}

/// From where the check looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nobody writes.
    AtRest,
    /// A recorder runs; what changed since this moment is its business, not the check's.
    Running { since: WallTime },
}

/// What does not fit about one segment.
pub(crate) fn compare(facts: &Facts, seen: Seen) -> Vec<Finding> {
    let mut comparison = Comparison { facts, seen, findings: Vec::new() };
    comparison.run();
    comparison.findings
}

struct Comparison<'a> {
    facts: &'a Facts,
    seen: Seen,
    findings: Vec<Finding>,
}

impl Comparison<'_> {
    fn run(&mut self) {
        self.certificate();
        let facts = self.facts;
        let unlinked = facts.certificate.as_ref().is_some_and(|row| row.step >= DeletionStep::Unlinked);
        if unlinked || facts.logged.deleted.is_some() {
            return self.gone();
        }
        if facts.certificate.is_some() {
            // On its way out: file and key may be there or not.
            return;
        }
        match (&facts.row, &facts.file) {
            (None, None) => self.nowhere(),
            (None, Some(file)) => self.without_row(file),
            (Some(row), None) => self.without_file(row),
            (Some(row), Some(file)) => self.both(row, file),
        }
    }

    /// The row of a certificate and its entry in the log.
    fn certificate(&mut self) {
        let facts = self.facts;
        match (&facts.certificate, &facts.logged.deleted) {
            (Some(row), None) if row.step == DeletionStep::Certified => {
                let entry = row.entry.map_or_else(|| "no entry".to_owned(), |entry| format!("entry {entry}"));
                self.find(
                    FindingKind::CertificateNotLogged,
                    format!("the catalogue says that {entry} of the log certifies the deletion, and it does not"),
                    "an entry that names this segment",
                );
            }
            (None, Some(logged)) => {
                let entry = logged.entry.unwrap_or_default();
                self.find(
                    FindingKind::CertificateWithoutRow,
                    format!("entry {entry} of the log certifies the deletion, and the catalogue has no certificate"),
                    "the row of the certificate",
                );
            }
            (Some(row), _) if row.step < DeletionStep::Certified && self.seen == Seen::AtRest => {
                let why = row.failing.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                self.find(
                    FindingKind::DeletionUnfinished,
                    format!("a deletion stands at the step {}{why}", step_word(row.step)),
                    "a certificate",
                );
            }
            _ => {}
        }
    }

    /// Its deletion is certified: nothing of it may be left.
    fn gone(&mut self) {
        let facts = self.facts;
        if let Some(file) = &facts.file {
            let place = file.path.display().to_string();
            self.find_at(FindingKind::FileLeft, place, "the file is there", "no file: its deletion is certified");
        }
        if self.key_is_left() {
            self.find(FindingKind::KeyLeft, "the keyring can still open it", "no key: its deletion is certified");
        }
        if let Some(row) = &facts.row
            && row.state != SegmentState::Deleted
        {
            let found = format!("the row calls it {}", state_word(row.state));
            self.find(FindingKind::RowDisagrees, found, "deleted, as its certificate says");
        }
    }

    /// A key row of the segment's own is left for certain. That of its hour may be a new one, made since for footage
    /// recorded later in the same hour; only if nothing could be, or the file opens, it is the old one.
    fn key_is_left(&self) -> bool {
        let facts = self.facts;
        let opens = facts.file.as_ref().is_some_and(|file| matches!(&file.state, FileState::Read(read) if read.opened));
        match facts.key {
            KeyHeld::Own => true,
            KeyHeld::OfHour => {
                let certificate = facts.certificate.as_ref().or(facts.logged.deleted.as_deref());
                let over = certificate.is_some_and(|row| {
                    let hour = row.interval.start.hour_floor();
                    row.unreadable_at.is_some_and(|at| at.hour_floor() > hour)
                });
                opens || over
            }
            KeyHeld::Gone | KeyHeld::Failed(_) | KeyHeld::NotAsked => false,
        }
    }

    /// Neither file nor row nor certificate: only the log knows it.
    fn nowhere(&mut self) {
        if let Some(closed) = self.facts.logged.closed {
            self.find(
                FindingKind::FootageMissing,
                format!(
                    "entry {} of the log says that it was closed with {} bytes; there is neither file nor row",
                    closed.entry, closed.bytes
                ),
                "file and row, or a certificate",
            );
        }
    }

    fn without_row(&mut self, file: &FileFacts) {
        let place = file.path.display().to_string();
        match &file.state {
            FileState::Read(read) if self.is_news(read.header.start) => return,
            FileState::Empty if self.seen != Seen::AtRest => return,
            _ => {}
        }
        self.find_at(FindingKind::FileWithoutRow, place, "the catalogue does not know this file", "its row");
        self.file_itself(file, None);
    }

    fn without_file(&mut self, row: &SegmentRow) {
        match row.state {
            SegmentState::Open if row.samples == 0 || self.seen != Seen::AtRest => {}
            SegmentState::Deleted | SegmentState::Deleting => self.without_certificate(row, "and its file is gone"),
            SegmentState::Open | SegmentState::Closed => {
                self.find(
                    FindingKind::RowWithoutFile,
                    format!("a row of {} bytes and {} samples, and no file", row.len_bytes, row.samples),
                    "the file, or a certificate",
                );
            }
        }
    }

    fn without_certificate(&mut self, row: &SegmentRow, file: &str) {
        let found = format!("the row calls it {}, there is no certificate, {file}", state_word(row.state));
        self.find(FindingKind::DeletedWithoutCertificate, found, "a certificate in catalogue and log");
    }

    fn both(&mut self, row: &SegmentRow, file: &FileFacts) {
        if matches!(row.state, SegmentState::Deleted | SegmentState::Deleting) {
            self.without_certificate(row, "and its file is still there");
        }
        if row.state == SegmentState::Open && self.seen != Seen::AtRest {
            return;
        }
        self.file_itself(file, Some(row));
    }

    /// The file in itself, then against key, row and log.
    fn file_itself(&mut self, file: &FileFacts, row: Option<&SegmentRow>) {
        let place = file.path.display().to_string();
        let read = match &file.state {
            FileState::Read(read) => read,
            FileState::Empty => {
                if row.is_some_and(|row| row.samples > 0) {
                    let whole = row.map_or(0, |row| row.len_bytes);
                    let expected = format!("{whole} bytes");
                    self.find_at(FindingKind::TornTail, place, "the file ends inside its header", expected);
                }
                return;
            }
            FileState::Hopeless(hurt) => return self.damage(&place, hurt, row),
            FileState::Unreadable(why) => {
                return self.find_at(FindingKind::Unreadable, place, why.clone(), "a file that can be read");
            }
        };
        if read.header.segment != self.facts.segment {
            let found = format!("the file says it is segment {}", read.header.segment);
            return self.find_at(FindingKind::WrongFile, place, found, "this segment's own file");
        }
        self.key(read);
        for hurt in &read.hurt {
            self.damage(&place, hurt, row);
        }
        self.ending(&place, read, row);
        let whole = read.closed && read.hurt.is_empty();
        if let Some(row) = row {
            self.row(row, read, whole);
        }
        if whole || (read.closed && self.facts.logged.closed.is_some()) {
            self.log(read, row);
        }
    }

    fn key(&mut self, read: &Contents) {
        match &self.facts.key {
            KeyHeld::Gone => {
                let found = "the keyring has no key for it, and no certificate says why";
                self.find(FindingKind::KeyMissing, found, "its key, or the key of its hour");
                if let Some(last) = self.findings.last_mut() {
                    last.interval = last.interval.or(WallRange::new(read.header.start, read.end));
                }
            }
            KeyHeld::Failed(why) => {
                self.find(FindingKind::Unreadable, format!("the keyring failed: {why}"), "an answer of the keyring");
            }
            KeyHeld::Own | KeyHeld::OfHour | KeyHeld::NotAsked => {}
        }
    }

    fn damage(&mut self, place: &str, hurt: &Hurt, row: Option<&SegmentRow>) {
        let which = match hurt.fragment {
            0 => "the header".to_owned(),
            number => format!("fragment {number}"),
        };
        let place = format!("{place}, byte {} ({which})", hurt.offset);
        self.find_at(FindingKind::Damaged, place, hurt.what.clone(), "the bytes that were sealed");
        let interval = hurt.interval.or_else(|| row.and_then(|row| WallRange::new(row.start, row.end)));
        if let Some(last) = self.findings.last_mut() {
            last.interval = interval.or(last.interval);
        }
    }

    /// How the file ends.
    fn ending(&mut self, place: &str, read: &Contents, row: Option<&SegmentRow>) {
        if !read.opened && self.facts.key != KeyHeld::Gone {
            return;
        }
        let (torn, open) = (read.len.saturating_sub(read.intact_len), !read.closed && read.hurt.is_empty());
        let was_closed = self.facts.logged.closed.is_some() || row.is_some_and(|row| row.state != SegmentState::Open);
        if open && was_closed {
            let expected = self.facts.logged.closed.map(|closed| closed.bytes).or(row.map(|row| row.len_bytes));
            let words = format!(
                "the file has {} bytes, {} of them whole fragments, and no footer: its end was cut off",
                read.len, read.intact_len
            );
            let expected = format!("{} bytes that end with a footer", expected.unwrap_or_default());
            self.find_at(FindingKind::Damaged, format!("{place}, byte {}", read.intact_len), words, expected);
            if let (Some(last), Some(row)) = (self.findings.last_mut(), row) {
                last.interval = WallRange::new(read.end, row.end).or(WallRange::new(row.start, row.end));
            }
        } else if open && torn > 0 {
            let words = format!("{torn} bytes behind the last whole fragment");
            self.find_at(FindingKind::TornTail, format!("{place}, byte {}", read.intact_len), words, "whole fragments");
        } else if open && read.opened && self.seen == Seen::AtRest {
            let words = format!("{} fragments and no footer", read.fragments);
            self.find_at(FindingKind::LeftOpen, place.to_owned(), words, "a footer");
        }
    }

    /// Row and header, row and footer.
    fn row(&mut self, row: &SegmentRow, read: &Contents, whole: bool) {
        let header = &read.header;
        let mut differs: Vec<String> = Vec::new();
        let mut same = |name: &str, found: String, expected: String| {
            if found != expected {
                differs.push(format!("{name} {found} instead of {expected}"));
            }
        };
        if read.opened {
            same("stream", row.stream.to_string(), header.stream.to_string());
            same("camera", row.camera.to_string(), header.camera.to_string());
            same("run", row.run.to_string(), header.run.to_string());
            same("purpose", row.purpose.to_string(), header.purpose.to_string());
            same("start", row.start.to_string(), header.start.to_string());
        }
        if whole && read.opened && row.state != SegmentState::Open {
            same("end", row.end.to_string(), bounded_end(header.start, read.end).to_string());
            same("length", row.len_bytes.to_string(), read.len.to_string());
            same("samples", row.samples.to_string(), read.samples.to_string());
            let shown = |hash: Option<candour_units::Hash>| hash.map_or("none".to_owned(), |hash| hash.to_string());
            same("sealed digest", shown(row.sealed_digest), shown(Some(read.sealed_digest)));
            same("content commitment", shown(row.content_commitment), shown(read.commitment));
        }
        if whole && row.state == SegmentState::Open && self.seen == Seen::AtRest {
            let found = "the file is closed and the row calls it open";
            self.find(FindingKind::LeftOpen, found, "a row that says closed");
        }
        if !differs.is_empty() {
            let found = format!("the row says {}", differs.join(", "));
            self.find(FindingKind::RowDisagrees, found, "what the file says");
        }
        if read.opened && row.keep_until > header.keep_until {
            let found = format!("the row keeps it until {}", row.keep_until);
            let expected = format!("at most {}, as promised at capture", header.keep_until);
            self.find(FindingKind::KeepUntilRaised, found, expected);
        }
    }

    /// The digests of a whole file against those in the log.
    fn log(&mut self, read: &Contents, row: Option<&SegmentRow>) {
        let Some(closed) = self.facts.logged.closed else {
            let told = row.is_some_and(|row| row.logged);
            if self.is_news(read.end) || (!told && self.seen != Seen::AtRest) {
                return;
            }
            let words = if told {
                "the row says that its digest is in the log, and it is not"
            } else {
                "it is closed, and its digest is not in the log yet"
            };
            return self.find(FindingKind::NotLogged, words, "an entry with its sealed digest");
        };
        let Closing { entry, sealed_digest, content_commitment, .. } = closed;
        if sealed_digest.is_some_and(|logged| logged != read.sealed_digest) {
            let found = format!("the file's sealed digest is {}", read.sealed_digest);
            let expected = format!("{}, as in entry {entry} of the log", sealed_digest.unwrap_or_default());
            self.find(FindingKind::DigestDiffers, found, expected);
        } else if let (Some(logged), Some(found)) = (content_commitment, read.commitment)
            && logged != found
        {
            let expected = format!("{logged}, as in entry {entry} of the log");
            self.find(FindingKind::DigestDiffers, format!("the file's content commitment is {found}"), expected);
        }
    }

    /// Whether it happened while the check ran, or so shortly before that the recorder may still be busy with it.
    fn is_news(&self, moment: WallTime) -> bool {
        matches!(self.seen, Seen::Running { since } if moment >= since)
    }

    fn find(&mut self, kind: FindingKind, found: impl Into<String>, expected: impl Into<String>) {
        let (camera, stream, interval) = self.whose();
        let finding = Finding::new(kind, found, expected);
        self.findings.push(Finding { segment: Some(self.facts.segment), camera, stream, interval, ..finding });
    }

    fn find_at(&mut self, kind: FindingKind, place: String, found: impl Into<String>, expected: impl Into<String>) {
        self.find(kind, found, expected);
        if let Some(last) = self.findings.last_mut() {
            last.place = Some(place);
        }
    }

    /// Whose footage it is, by the best witness there is: the file's own header if its key opened it, then the
    /// certificate, then the row, then what a header claims.
    fn whose(&self) -> (Option<CameraId>, Option<StreamId>, Option<WallRange>) {
        let facts = self.facts;
        let ours = |read: &&Contents| read.header.segment == facts.segment;
        let read = facts.file.as_ref().and_then(|file| match &file.state {
            FileState::Read(read) => Some(&**read),
            FileState::Empty | FileState::Hopeless(_) | FileState::Unreadable(_) => None,
        });
        let of_file = |read: &Contents| {
            (Some(read.header.camera), Some(read.header.stream), WallRange::new(read.header.start, read.end))
        };
        if let Some(read) = read.filter(|read| read.opened).filter(ours) {
            let row = facts.row.as_ref().and_then(|row| WallRange::new(row.start, row.end));
            let (camera, stream, interval) = of_file(read);
            return (camera, stream, interval.or(row));
        }
        if let Some(row) = facts.certificate.as_ref().or(facts.logged.deleted.as_deref()) {
            return (Some(row.camera), Some(row.stream), Some(row.interval));
        }
        if let Some(row) = &facts.row {
            return (Some(row.camera), Some(row.stream), WallRange::new(row.start, row.end));
        }
        read.filter(ours).map_or((None, None, None), of_file)
    }
}

pub(crate) const fn state_word(state: SegmentState) -> &'static str {
    match state {
        SegmentState::Open => "open",
        SegmentState::Closed => "closed",
        SegmentState::Deleting => "being deleted",
        SegmentState::Deleted => "deleted",
    }
}

const fn step_word(step: DeletionStep) -> &'static str {
    match step {
        DeletionStep::Intended => "intended",
        DeletionStep::KeyDestroyed => "key destroyed",
        DeletionStep::Unlinked => "unlinked",
        DeletionStep::Certified => "certified",
    }
}
