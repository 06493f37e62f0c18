//! The walk over all segments: a part of the ids at a time, so that memory stays bounded however many there are.
//!
//! A part is as much of the log's knowledge as may be held at once; within it, files, rows and certificates are taken by
//! the first byte of their ids, as the files lie in their directories.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use candour_audit::{inspect_log, reread_log};
use candour_db::{CertificateRow, SegmentRow};
use candour_files::{Found, SegmentFiles};
use candour_keyring::{KeyError, Keyring};
use candour_units::{CameraId, Hash, SegmentId, StreamId, WallDuration, WallTime};

use super::compare::{Facts, FileFacts, KeyHeld, Seen, compare};
use super::contents::{self, Depth, FileState};
use super::finding::{Finding, FindingKind};
use super::logged::{Logged, LoggedSegments, Part};
use super::pace::{CheckProgress, Pace};
use super::{CheckOptions, Checked};
use crate::ArchiveError;
use crate::recover::{blocking, ids_of_shard};

/// Segments whose story in the log is held at once: some 200 bytes each.
const AT_ONCE: u64 = 1_000_000;
/// Rows of a page.
const PAGE: i64 = 4096;
/// Of footage older than this the catalogue need not remember that it was deleted (docs/design/database.md).
const STRETCHES_LAST: WallDuration = WallDuration::from_seconds(13 * 31 * 86_400);

/// A segment before its file was read.
#[derive(Default)]
struct Draft {
    row: Option<SegmentRow>,
    certificate: Option<CertificateRow>,
    /// Where its files lie: one, or a second that does not belong there.
    files: Vec<(i64, PathBuf)>,
}

pub(crate) struct Walk<'a> {
    of: &'a Checked<'a>,
    options: CheckOptions,
    progress: Arc<CheckProgress>,
    seen: Seen,
    streams: BTreeMap<StreamId, CameraId>,
    entries: u64,
    /// Segments that were not checked, by the directory that is not there.
    unreachable: BTreeMap<i64, u64>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(of: &'a Checked<'a>, options: &CheckOptions, progress: Arc<CheckProgress>, seen: Seen) -> Self {
        Self {
            of,
            options: options.clone(),
            progress,
            seen,
            streams: BTreeMap::new(),
            entries: 0,
            unreachable: BTreeMap::new(),
        }
    }

    /// Streams that rows and certificates speak of.
    pub(crate) fn streams(&self) -> &BTreeMap<StreamId, CameraId> {
        &self.streams
    }

    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    pub(crate) async fn run(&mut self) -> Result<Vec<Finding>, ArchiveError> {
        let (segments, bytes) = self.of.db.footage_total().await?;
        let total = |number: i64| u64::try_from(number).unwrap_or(0);
        let deep_bytes = if self.options.depth == Depth::Deep { total(bytes) } else { 0 };
        self.progress.expect(total(segments), deep_bytes);

        let mut findings = self.keyring();
        findings.extend(self.strangers().await?);
        let (parts, mut held) = self.read_log(&mut findings).await?;
        self.progress.found(findings.len() as u64);
        for part in parts {
            let logged = match held.take() {
                Some(whole) => whole,
                None => self.log_of(part).await?,
            };
            let mut logged = logged.of;
            for first in part.first..=part.last {
                if self.progress.is_stopped() {
                    return Ok(findings);
                }
                let mut found = self.shard(first, &mut logged).await?;
                if self.seen != Seen::AtRest && !found.is_empty() {
                    found = self.still_so(found).await?;
                }
                self.progress.found(found.len() as u64);
                findings.append(&mut found);
            }
        }
        findings.extend(self.unreachable.iter().map(|(storage, segments)| {
            let found = format!("the directory is not there; {segments} segments in it were not checked");
            Finding::new(FindingKind::Unreadable, found, "its files").at(format!("storage directory {storage}"))
        }));
        Ok(findings)
    }

    /// How the copies were found when the keyring was opened: of interest to whoever has just opened it. At a first start
    /// there are none.
    fn keyring(&self) -> Vec<Finding> {
        use candour_keyring::CopyFound;
        let found = self.of.store.keyring.found();
        if self.seen != Seen::AtRest || found.iter().all(|copy| *copy == CopyFound::Absent) {
            return Vec::new();
        }
        let words = |copy: CopyFound| {
            Some(match copy {
                CopyFound::Good => return None,
                CopyFound::Absent => "nothing of ours is there: a new disk, or one that is not mounted".to_owned(),
                CopyFound::Behind => "it lacked what the other copy has".to_owned(),
                CopyFound::BadRows { count } => format!("{count} rows did not fit their check values"),
                CopyFound::Damaged { what } => what,
                CopyFound::Conflicting { count } => format!("{count} keys differ from those of the first copy"),
            })
        };
        let differing = found.into_iter().enumerate().filter_map(|(at, copy)| Some((at, words(copy)?)));
        differing
            .map(|(at, what)| {
                let finding = Finding::new(FindingKind::KeyringCopy, what, "copies that are alike");
                finding.at(format!("copy {} of the keyring", at + 1))
            })
            .collect()
    }

    /// What lies among the footage and is no segment.
    async fn strangers(&self) -> Result<Vec<Finding>, ArchiveError> {
        let directories = self.of.store.available();
        blocking(move || {
            let mut found = Vec::new();
            for (_, files) in directories {
                let listed = files.strangers().map_err(|error| ArchiveError::storage("list the footage", &error))?;
                found.extend(listed.into_iter().map(|path| {
                    let finding = Finding::new(FindingKind::UnknownFile, "it is no segment", "segments alone");
                    finding.at(path.display().to_string())
                }));
            }
            Ok(found)
        })
        .await
    }

    /// Reads and verifies the log, and decides in how many parts the segments are taken. When one part is enough, what
    /// the log says is in memory already.
    async fn read_log(
        &mut self,
        findings: &mut Vec<Finding>,
    ) -> Result<(Vec<Part>, Option<LoggedSegments>), ArchiveError> {
        let directory = self.of.log.clone();
        let (inspection, logged, told) = blocking(move || {
            let (mut logged, mut told) = (LoggedSegments::default(), 0_u64);
            let inspection = inspect_log(&directory, |entry| {
                // Beyond what may be held, only the count goes on.
                logged.take(entry, Part::WHOLE);
                if logged.of.len() as u64 > AT_ONCE {
                    told += logged.of.len() as u64;
                    logged.of = HashMap::new();
                }
            })?;
            Ok((inspection, logged, told))
        })
        .await?;
        self.entries = inspection.entries;
        findings.extend(
            inspection
                .findings
                .iter()
                .map(|words| Finding::new(FindingKind::LogBroken, words.clone(), "a log that verifies").at("the log")),
        );
        if told == 0 {
            return Ok((vec![Part::WHOLE], Some(logged)));
        }
        Ok((Part::split(told + logged.of.len() as u64, AT_ONCE), None))
    }

    async fn log_of(&self, part: Part) -> Result<LoggedSegments, ArchiveError> {
        let directory = self.of.log.clone();
        blocking(move || {
            let mut logged = LoggedSegments::default();
            reread_log(&directory, |entry| logged.take(entry, part))?;
            Ok(logged)
        })
        .await
    }

    /// All segments whose id begins with that byte.
    async fn shard(
        &mut self,
        first: u8,
        logged: &mut HashMap<SegmentId, Logged>,
    ) -> Result<Vec<Finding>, ArchiveError> {
        let drafts = self.drafts(first).await?;
        let mut known = BTreeMap::new();
        for (segment, draft) in drafts {
            let story = logged.remove(&segment).unwrap_or_default();
            known.insert(segment, (draft, story));
        }
        let only_logged: Vec<SegmentId> =
            logged.keys().filter(|segment| segment.as_bytes()[0] == first).copied().collect();
        for segment in only_logged {
            let story = logged.remove(&segment).unwrap_or_default();
            known.insert(segment, (Draft::default(), story));
        }
        self.leave_out_unreachable(&mut known);
        for (draft, story) in known.values() {
            let row = draft.row.as_ref().map(|row| (row.stream, row.camera));
            let certificate = draft.certificate.as_ref().or(story.deleted.as_deref());
            let told = row.or(certificate.map(|row| (row.stream, row.camera)));
            self.streams.extend(told);
        }
        let jobs: Vec<_> = known.into_iter().map(|(segment, (draft, story))| (segment, draft, story)).collect();
        let found = self.look(jobs).await?;
        self.without_folded(found).await
    }

    /// A day after a deletion its certificate's row is folded into a stretch, and stretches are forgotten after some
    /// months: then the log is the one witness, and enough.
    async fn without_folded(&self, found: Vec<Finding>) -> Result<Vec<Finding>, ArchiveError> {
        let mut stays = Vec::with_capacity(found.len());
        for finding in found {
            let folded = match (finding.kind, finding.stream, finding.interval) {
                (FindingKind::CertificateWithoutRow, Some(stream), Some(interval)) => {
                    let stretches = self.of.db.deleted_stretches_in(stream, interval).await?;
                    stretches.iter().any(|stretch| stretch.interval.covers(&interval))
                        || interval.end < self.of.clock.wall() - STRETCHES_LAST
                }
                _ => false,
            };
            if !folded {
                stays.push(finding);
            }
        }
        Ok(stays)
    }

    /// What lies in a directory that is not there now is not lost, and cannot be checked.
    fn leave_out_unreachable(&mut self, known: &mut BTreeMap<SegmentId, (Draft, Logged)>) {
        known.retain(|_, (draft, _)| {
            let Some(row) = draft.row.as_ref().filter(|_| draft.files.is_empty()) else { return true };
            if self.of.store.is_available(row.storage) {
                return true;
            }
            *self.unreachable.entry(row.storage).or_default() += 1;
            self.streams.insert(row.stream, row.camera);
            false
        });
    }

    /// Files first, then rows, then certificates: of what a running recorder makes or removes meanwhile, the younger
    /// witness is the catalogue.
    async fn drafts(&self, first: u8) -> Result<BTreeMap<SegmentId, Draft>, ArchiveError> {
        let directories = self.of.store.available();
        let mut drafts: BTreeMap<SegmentId, Draft> = blocking(move || list(&directories, first)).await?;
        let (beginning, last) = ids_of_shard(first);
        let mut after = beginning;
        loop {
            let page = self.of.db.segments_by_id(after, last, PAGE).await?;
            let Some(end) = page.last().map(|row| row.id) else { break };
            for row in page {
                let segment = row.id;
                drafts.entry(segment).or_default().row = Some(row);
            }
            after = end;
        }
        let mut after = beginning;
        loop {
            let page = self.of.db.certificates_by_id(after, last, PAGE).await?;
            let Some(end) = page.last().map(|row| row.segment) else { break };
            for row in page {
                let segment = row.segment;
                drafts.entry(segment).or_default().certificate = Some(row);
            }
            after = end;
        }
        Ok(drafts)
    }

    /// Reads the files of these segments, several side by side, and compares.
    async fn look(&self, jobs: Vec<(SegmentId, Draft, Logged)>) -> Result<Vec<Finding>, ArchiveError> {
        let directories: HashMap<i64, SegmentFiles> = self.of.store.available().into_iter().collect();
        let (keyring, options) = (self.of.store.keyring.clone(), self.options.clone());
        let (progress, seen) = (Arc::clone(&self.progress), self.seen);
        blocking(move || {
            let pace = Pace::new(&progress, options.bytes_per_second);
            let jobs: Vec<_> = jobs.into_iter().map(|job| Mutex::new(Some(job))).collect();
            let next = AtomicUsize::new(0);
            let workers = options.workers.max(1).min(jobs.len().max(1));
            let work = || {
                let looker = Looker { directories: &directories, keyring: &keyring, depth: options.depth, pace: &pace };
                let mut findings = Vec::new();
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let job = job.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let Some((segment, draft, story)) = job.filter(|_| !progress.is_stopped()) else { break };
                    findings.extend(looker.look(segment, draft, story, seen));
                }
                findings
            };
            let found: Vec<Finding> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
                threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
            });
            Ok(found)
        })
        .await
    }

    /// Beside a running recorder a finding counts only if it is found twice: the second time with the log read after
    /// everything else, so that what the recorder did meanwhile is known.
    async fn still_so(&self, found: Vec<Finding>) -> Result<Vec<Finding>, ArchiveError> {
        let mut jobs = Vec::new();
        let suspects: std::collections::BTreeSet<SegmentId> =
            found.iter().filter_map(|finding| finding.segment).collect();
        for segment in &suspects {
            let directories = self.of.store.available();
            let segment = *segment;
            let files = blocking(move || Ok(here(&directories, segment))).await?;
            let row = self.of.db.segment(segment).await?;
            let certificate = self.of.db.certificate(segment).await?;
            jobs.push((segment, Draft { row, certificate, files }));
        }
        let (directory, wanted) = (self.of.log.clone(), suspects);
        let mut logged = blocking(move || {
            let mut logged = LoggedSegments::default();
            reread_log(&directory, |entry| {
                logged.take(entry, Part::WHOLE);
                logged.of.retain(|segment, _| wanted.contains(segment));
            })?;
            Ok(logged.of)
        })
        .await?;
        let jobs = jobs.into_iter().map(|(segment, draft)| {
            let story = logged.remove(&segment).unwrap_or_default();
            (segment, draft, story)
        });
        let again = self.look(jobs.collect()).await?;
        let stays = |finding: &Finding| finding.segment.is_none() || again.iter().any(|other| finding.is_same(other));
        Ok(found.into_iter().filter(stays).collect())
    }
}

fn list(directories: &[(i64, SegmentFiles)], first: u8) -> Result<BTreeMap<SegmentId, Draft>, ArchiveError> {
    let mut drafts: BTreeMap<SegmentId, Draft> = BTreeMap::new();
    for (storage, files) in directories {
        for found in files.list_shard(first).map_err(|error| ArchiveError::storage("list the footage", &error))? {
            let found = found.map_err(|error| ArchiveError::storage("list the footage", &error))?;
            if let Found::Segment { segment, .. } = found {
                drafts.entry(segment).or_default().files.push((*storage, files.path(segment)));
            }
        }
    }
    Ok(drafts)
}

fn here(directories: &[(i64, SegmentFiles)], segment: SegmentId) -> Vec<(i64, PathBuf)> {
    let paths = directories.iter().map(|(storage, files)| (*storage, files.path(segment)));
    paths.filter(|(_, path)| path.is_file()).collect()
}

/// One worker at a segment.
struct Looker<'a> {
    directories: &'a HashMap<i64, SegmentFiles>,
    keyring: &'a Keyring,
    depth: Depth,
    pace: &'a Pace<'a>,
}

impl Looker<'_> {
    fn look(&self, segment: SegmentId, draft: Draft, logged: Logged, seen: Seen) -> Vec<Finding> {
        let Draft { row, certificate, files } = draft;
        // Where the row says it lies counts; a second file is a stranger.
        let belongs = row.as_ref().map(|row| row.storage);
        let at = files.iter().position(|(storage, _)| Some(*storage) == belongs).unwrap_or(0);
        let mut findings: Vec<Finding> = Vec::new();
        let mut own = None;
        for (number, (storage, path)) in files.into_iter().enumerate() {
            if number == at {
                own = Some((storage, path));
                continue;
            }
            let finding = Finding::new(FindingKind::UnknownFile, "a second file of this segment", "one file");
            findings.push(Finding { segment: Some(segment), ..finding.at(path.display().to_string()) });
        }
        let told = row
            .as_ref()
            .map(|row| (row.stream, row.start))
            .or(certificate.as_ref().map(|row| (row.stream, row.interval.start)))
            .or(logged.deleted.as_ref().map(|row| (row.stream, row.interval.start)));
        // A file that a running recorder still writes is its own affair.
        let written =
            seen != Seen::AtRest && row.as_ref().is_some_and(|row| row.state == candour_db::SegmentState::Open);
        let (file, key) = match own {
            Some((storage, path)) if !written => {
                let digest = logged.closed.and_then(|closed| closed.sealed_digest);
                let (state, key) = self.read(storage, segment, told, digest);
                self.pace.progress().looked_at_file();
                (state.map(|state| FileFacts { path, state }), key)
            }
            Some((_, path)) => (Some(FileFacts { path, state: FileState::Empty }), KeyHeld::NotAsked),
            None => (None, told.map_or(KeyHeld::NotAsked, |(stream, start)| self.key(stream, segment, start))),
        };
        findings.extend(compare(&Facts { segment, file, row, certificate, logged, key }, seen));
        findings
    }

    /// The file, read with the key that its own header names; without a header the key is asked for as the catalogue
    /// has it. `None` when the file has gone meanwhile.
    fn read(
        &self,
        storage: i64,
        segment: SegmentId,
        told: Option<(StreamId, WallTime)>,
        logged: Option<Hash>,
    ) -> (Option<FileState>, KeyHeld) {
        let otherwise = || told.map_or(KeyHeld::NotAsked, |(stream, start)| self.key(stream, segment, start));
        let Some(files) = self.directories.get(&storage) else { return (None, otherwise()) };
        let reader = match files.reader(segment) {
            Ok(reader) => reader,
            Err(error) if error.is_absent() => return (None, otherwise()),
            Err(error) => return (Some(FileState::Unreadable(candour_units::chain(&error))), otherwise()),
        };
        let (header, head) = match contents::header_of(&reader) {
            Ok(found) => found,
            Err(state) => return (Some(state), otherwise()),
        };
        // A header that names another stream or hour was changed, or the file is another's: the catalogue's word is tried
        // where the file's own leads to no key.
        let mut asked = (header.stream, header.segment, header.start);
        let mut held = self.key(asked.0, asked.1, asked.2);
        if held == KeyHeld::Gone
            && let Some((stream, start)) = told
        {
            asked = (stream, segment, start);
            held = self.key(stream, segment, start);
        }
        let key = match held {
            KeyHeld::Own | KeyHeld::OfHour => self.keyring.key_of(asked.0, asked.1, asked.2).ok(),
            KeyHeld::Gone | KeyHeld::Failed(_) | KeyHeld::NotAsked => None,
        };
        (Some(contents::read(&reader, (header, head), key.as_ref(), logged, self.depth, self.pace)), held)
    }

    fn key(&self, stream: StreamId, segment: SegmentId, start: WallTime) -> KeyHeld {
        match self.keyring.key_of(stream, segment, start) {
            Ok(_) if self.keyring.has_own_key(stream, segment, start) => KeyHeld::Own,
            Ok(_) => KeyHeld::OfHour,
            Err(KeyError::Gone { .. }) => KeyHeld::Gone,
            Err(error) => KeyHeld::Failed(candour_units::chain(&error)),
        }
    }
}

/// One file, read as the check reads it: for the test that flips every byte.
#[cfg(test)]
pub(crate) struct FileProbe<'a> {
    store: &'a crate::store::Store,
    segment: SegmentId,
    told: (StreamId, WallTime),
    logged: Option<Hash>,
}

#[cfg(test)]
impl<'a> FileProbe<'a> {
    pub(crate) fn new(store: &'a crate::store::Store, row: &SegmentRow) -> Self {
        Self { store, segment: row.id, told: (row.stream, row.start), logged: row.sealed_digest }
    }

    /// Where the file is hurt.
    pub(crate) fn hurt(&self, with_key: bool) -> Vec<u64> {
        let progress = CheckProgress::default();
        let pace = Pace::new(&progress, None);
        let directories = self.store.available().into_iter().collect();
        let state = if with_key {
            let looker =
                Looker { directories: &directories, keyring: &self.store.keyring, depth: Depth::Deep, pace: &pace };
            looker.read(0, self.segment, Some(self.told), self.logged).0.expect("the file is there")
        } else {
            let reader = directories[&0].reader(self.segment).expect("the file is there");
            match contents::header_of(&reader) {
                Ok(found) => contents::read(&reader, found, None, None, Depth::Deep, &pace),
                Err(state) => state,
            }
        };
        match state {
            FileState::Read(read) if read.hurt.is_empty() && !read.closed => vec![read.intact_len],
            FileState::Read(read) => read.hurt.iter().map(|hurt| hurt.offset).collect(),
            FileState::Hopeless(hurt) => vec![hurt.offset],
            FileState::Empty | FileState::Unreadable(_) => vec![0],
        }
    }
}
