//! The catalogue made again from segment files, keyring and log (rule 8 of the store): into a new, empty database.
//!
//! What stands in none of them is not made up: people, purposes, holds and the reasons of gaps that no header remembers
//! are gone, and the report says so. Segments are taken a 256th at a time, so that memory stays bounded.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use candour_audit::{inspect_log, reread_log};
use candour_db::{CameraRow, Db, GapRow, SegmentRow, StorageRow, StreamRow};
use candour_files::{Found, FoundDirectory, Marker, SegmentFiles};
use candour_keyring::Keyring;
use candour_recording::GapCause;
use candour_seal::{GapBefore, SegmentHeader};
use candour_units::{CameraId, Clock, SegmentId, StreamId, StreamKind, WallDuration, WallTime};

use crate::ArchiveError;
use crate::check::{Logged, LoggedSegments, Part, Taken, take_file, untold};
use crate::notes;
use crate::recover::{blocking, note_stopped};
use crate::store::Store;

/// Deletion waits while this setting stands: nobody knows yet which holds there were.
pub const DELETION_OFF: &str = "deletion_off_until_holds_confirmed";
/// Segments whose story in the log is held at once.
const AT_ONCE: u64 = 1_000_000;

/// What a catalogue is made from.
pub struct RebuildConfig {
    /// The storage directories; their numbers are their places.
    pub directories: Vec<PathBuf>,
    /// The directory of the log.
    pub log: PathBuf,
}

/// What was made, and what was not there to be made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RebuildReport {
    /// Segments.
    pub segments: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Certificates, from the log.
    pub certificates: u64,
    /// Gaps that a header remembers.
    pub gaps: u64,
    /// Stretches of time that nothing explains: gaps of unknown cause now.
    pub unexplained: u64,
    /// Cameras and their streams, named as the log names them or by their ids.
    pub cameras: u64,
    /// Segments for which it was found again what moved in them, from the notes beside the footage.
    pub noted: u64,
    /// Segments that the log knows as closed and that are nowhere, without a certificate.
    pub missing: Vec<SegmentId>,
    /// Files that could not be understood, or not be opened for want of a key, and why.
    pub unusable: Vec<(PathBuf, String)>,
    /// What does not fit in the log.
    pub log_findings: Vec<String>,
}

/// What the log says that is not about segments.
#[derive(Debug, Default)]
struct Told {
    names: HashMap<CameraId, String>,
    stopped_in_order: bool,
}

/// A feed as a header describes it.
struct Feed {
    camera: CameraId,
    kind: StreamKind,
    encoding: &'static str,
    width: u16,
    height: u16,
    first: WallTime,
}

struct Rebuild<'a> {
    db: &'a Db,
    store: Store,
    log: PathBuf,
    feeds: BTreeMap<StreamId, Feed>,
    report: RebuildReport,
}

/// Fills an empty database.
///
/// # Errors
/// [`ArchiveError`] when log, storage or database cannot be read or written at all.
pub async fn rebuild(
    config: RebuildConfig,
    db: &Db,
    keyring: Keyring,
    clock: &dyn Clock,
) -> Result<RebuildReport, ArchiveError> {
    let known = note_storages(db, &config.directories, clock.wall()).await?;
    let directories = config.directories;
    let store = blocking(move || Ok(Store::at_rest(&directories, &known, keyring))).await?;
    let report = RebuildReport::default();
    let mut rebuild = Rebuild { db, store, log: config.log, feeds: BTreeMap::new(), report };
    rebuild.run(clock.wall()).await?;
    Ok(rebuild.report)
}

/// The directories that are there, numbered by their places: their markers say who they are.
async fn note_storages(db: &Db, paths: &[PathBuf], now: WallTime) -> Result<Vec<StorageRow>, ArchiveError> {
    for (number, path) in (0..).zip(paths) {
        let (looked, name) = (path.clone(), path.display().to_string());
        let found = blocking(move || Ok(Marker::look(&looked))).await?;
        if let Ok(FoundDirectory::Marked(marker)) = found {
            db.put_storage(&StorageRow { number, id: marker.storage, path: name, seen: now }).await?;
        }
    }
    Ok(db.storages().await?)
}

impl Rebuild<'_> {
    async fn run(&mut self, now: WallTime) -> Result<(), ArchiveError> {
        // First of all: whatever else comes to no end, nothing is deleted on the strength of a half-made catalogue.
        self.db.set_setting(DELETION_OFF, &now.ticks().to_string()).await?;
        let (told, parts, mut held) = self.read_log().await?;
        for part in parts {
            let mut logged = match held.take() {
                Some(whole) => whole.of,
                None => self.log_of(part).await?.of,
            };
            for first in part.first..=part.last {
                self.shard(first, &mut logged).await?;
            }
            self.only_logged(&logged).await?;
        }
        self.cameras(&told, now).await?;
        self.report.noted = notes::read_back(self.db, &self.store).await?;
        self.unexplained().await?;
        if told.stopped_in_order {
            note_stopped(self.db).await?;
        }
        Ok(())
    }

    async fn read_log(&mut self) -> Result<(Told, Vec<Part>, Option<LoggedSegments>), ArchiveError> {
        let directory = self.log.clone();
        let (inspection, told, logged, counted) = blocking(move || {
            let (mut told, mut logged, mut counted) = (Told::default(), LoggedSegments::default(), 0_u64);
            let inspection = inspect_log(&directory, |entry| {
                told.take(entry);
                logged.take(entry, Part::WHOLE);
                if logged.of.len() as u64 > AT_ONCE {
                    counted += logged.of.len() as u64;
                    logged.of = HashMap::new();
                }
            })?;
            Ok((inspection, told, logged, counted))
        })
        .await?;
        self.report.log_findings = inspection.findings;
        if counted == 0 {
            return Ok((told, vec![Part::WHOLE], Some(logged)));
        }
        Ok((told, Part::split(counted + logged.of.len() as u64, AT_ONCE), None))
    }

    async fn log_of(&self, part: Part) -> Result<LoggedSegments, ArchiveError> {
        let directory = self.log.clone();
        blocking(move || {
            let mut logged = LoggedSegments::default();
            reread_log(&directory, |entry| logged.take(entry, part))?;
            Ok(logged)
        })
        .await
    }

    /// The files whose names begin with that byte.
    async fn shard(&mut self, first: u8, logged: &mut HashMap<SegmentId, Logged>) -> Result<(), ArchiveError> {
        let store = self.store.clone();
        let found = blocking(move || take_all(&store, first)).await?;
        let mut rows = Vec::new();
        for (segment, path, taken) in found {
            let story = logged.remove(&segment).unwrap_or_default();
            if let Some(certificate) = &story.deleted {
                // An unfinished deletion: its certificate counts, and the check that follows finishes it.
                self.db.put_certificate(certificate).await?;
                self.report.certificates += 1;
                continue;
            }
            match taken {
                Taken::Row { header, row, hurt } => {
                    if let Some(why) = hurt {
                        self.report.unusable.push((path, why));
                    }
                    self.note_feed(&header);
                    self.gap_before(&header).await?;
                    self.report.segments += 1;
                    self.report.bytes += u64::try_from(row.len_bytes).unwrap_or(0);
                    rows.push(SegmentRow { logged: story.closed.is_some() && row.sealed_digest.is_some(), ..*row });
                }
                Taken::Empty => {}
                Taken::Unusable(why) => self.report.unusable.push((path, why)),
            }
        }
        if !rows.is_empty() {
            self.db.put_segments(&rows).await?;
        }
        Ok(())
    }

    /// What the log knows and no file is there for.
    async fn only_logged(&mut self, logged: &HashMap<SegmentId, Logged>) -> Result<(), ArchiveError> {
        for (segment, story) in logged {
            match (&story.deleted, &story.closed) {
                (Some(certificate), _) => {
                    self.db.put_certificate(certificate).await?;
                    self.report.certificates += 1;
                    let feed = Feed {
                        camera: certificate.camera,
                        // No header is left to say which feed it was.
                        kind: StreamKind::Main,
                        encoding: "",
                        width: 0,
                        height: 0,
                        first: certificate.interval.start,
                    };
                    self.feeds.entry(certificate.stream).or_insert(feed);
                }
                (None, Some(_)) => self.report.missing.push(*segment),
                (None, None) => {}
            }
        }
        self.report.missing.sort_unstable();
        Ok(())
    }

    fn note_feed(&mut self, header: &SegmentHeader) {
        use candour_seal::CodecCode;
        let encoding = match header.codec {
            CodecCode::H264 => "H264",
            CodecCode::H265 => "H265",
            CodecCode::Mjpeg => "JPEG",
            CodecCode::Aac => "AAC",
            CodecCode::Pcma => "PCMA",
            CodecCode::Pcmu => "PCMU",
        };
        let feed = Feed {
            camera: header.camera,
            kind: header.kind,
            encoding,
            width: header.width,
            height: header.height,
            first: header.start,
        };
        match self.feeds.get_mut(&header.stream) {
            Some(known) if known.first >= header.start || known.encoding.is_empty() => {
                *known = Feed { first: known.first.min(header.start), ..feed };
            }
            Some(_) => {}
            None => {
                self.feeds.insert(header.stream, feed);
            }
        }
    }

    /// The gap that a header remembers; it ends where the segment begins.
    async fn gap_before(&mut self, header: &SegmentHeader) -> Result<(), ArchiveError> {
        let Some(GapBefore { start, cause }) = header.gap else { return Ok(()) };
        if start >= header.start {
            return Ok(());
        }
        let cause = GapCause::from_code(cause.get()).unwrap_or(GapCause::Unknown);
        self.report.gaps += 1;
        self.put_gap(header.stream, header.camera, start, Some(header.start), cause).await
    }

    async fn put_gap(
        &self,
        stream: StreamId,
        camera: CameraId,
        start: WallTime,
        end: Option<WallTime>,
        cause: GapCause,
    ) -> Result<(), ArchiveError> {
        let row = GapRow { stream, camera, start, end, cause: cause.word().to_owned() };
        Ok(self.db.put_gap(&row).await?)
    }

    /// Cameras and streams as far as headers and log tell. Nothing is received from them: their evidence is gone, so they
    /// must be judged again.
    async fn cameras(&mut self, told: &Told, now: WallTime) -> Result<(), ArchiveError> {
        let mut cameras: BTreeMap<CameraId, Vec<StreamRow>> = BTreeMap::new();
        for (stream, feed) in &self.feeds {
            let streams = cameras.entry(feed.camera).or_default();
            // One row of a kind for each camera: the feed seen last keeps it.
            streams.retain(|other| other.kind != feed.kind);
            streams.push(StreamRow {
                id: *stream,
                camera: feed.camera,
                kind: feed.kind,
                uri: String::new(),
                encoding: feed.encoding.to_owned(),
                width: feed.width,
                height: feed.height,
                rate: 0,
            });
        }
        let mut names = std::collections::BTreeSet::new();
        for (camera, streams) in cameras {
            let short = &camera.to_string()[..8];
            let name = told.names.get(&camera).cloned().unwrap_or_else(|| format!("Camera {short}"));
            let name = if names.insert(name.clone()) { name } else { format!("{name} ({short})") };
            self.db.add_camera(&unknown_camera(camera, name, now), &streams).await?;
            self.report.cameras += 1;
        }
        Ok(())
    }

    /// Stretches between what is known: gaps of unknown cause, said as such.
    async fn unexplained(&mut self) -> Result<(), ArchiveError> {
        for (stream, feed) in &self.feeds {
            for hidden in untold(self.db, *stream).await? {
                self.put_gap(*stream, feed.camera, hidden.start, Some(hidden.end), GapCause::Unknown).await?;
                self.report.unexplained += 1;
            }
        }
        Ok(())
    }
}

impl Told {
    fn take(&mut self, entry: candour_audit::Inspected<'_>) {
        match entry.kind {
            "recorder_started" => self.stopped_in_order = false,
            "recorder_stopped" => self.stopped_in_order = true,
            "camera_added" | "camera_changed" | "camera_judged" => {
                let json = |text: Option<&str>| {
                    text.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok()).unwrap_or_default()
                };
                let (what, sent) = (json(entry.what), json(entry.sent));
                let camera = what["cameras"][0].as_str().and_then(|id| id.parse().ok());
                if let (Some(camera), Some(name)) = (camera, sent["name"].as_str()) {
                    self.names.insert(camera, name.to_owned());
                }
            }
            _ => {}
        }
    }
}

/// A camera of which only the footage is left.
fn unknown_camera(id: CameraId, name: String, now: WallTime) -> CameraRow {
    CameraRow {
        id,
        name,
        // Unique, and no address: nobody is called before somebody says where it is.
        address: format!("unknown-{id}"),
        onvif_port: 0,
        tls_key: None,
        credentials: Vec::new(),
        outcome: "quarantined".to_owned(),
        judgement: "{}".to_owned(),
        judged: now,
        manufacturer: String::new(),
        model: String::new(),
        firmware: String::new(),
        clock_offset: WallDuration::ZERO,
        purpose: None,
        added: now,
        removed: None,
    }
}

fn take_all(store: &Store, first: u8) -> Result<Vec<(SegmentId, PathBuf, Taken)>, ArchiveError> {
    let mut found = Vec::new();
    for (storage, files) in store.available() {
        for segment in in_shard(&files, first)? {
            found.push((segment, files.path(segment), take_file(store, storage, segment)?));
        }
    }
    Ok(found)
}

fn in_shard(files: &SegmentFiles, first: u8) -> Result<Vec<SegmentId>, ArchiveError> {
    let failed = |error: candour_files::FilesError| ArchiveError::storage("list the footage", &error);
    let mut segments = Vec::new();
    for found in files.list_shard(first).map_err(failed)? {
        if let Found::Segment { segment, .. } = found.map_err(failed)? {
            segments.push(segment);
        }
    }
    Ok(segments)
}
