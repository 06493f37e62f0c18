//! What every test stands on: a recorder in a temporary directory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use candour_audit::{Log, LogConfig, Look, LookKind, Receipt};
use candour_db::{CameraRow, Db, SegmentRow, StreamRow};
use candour_durable::{Disk, Fault, Faults, Step};
use candour_keyring::{Keyring, KeyringConfig};
use candour_media::{Codec, Sample, SampleEntry};
use candour_policy::Reserve;
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{
    CameraId, Clock, Hash, MediaTime, PersonId, PurposeId, RecorderId, SeededEntropy, SegmentId, SessionId, SimClock,
    StreamId, StreamKind, WallDuration, WallRange, WallTime,
};
use tempfile::TempDir;

use crate::open::Parts;
use crate::placement::Move;
use crate::writer::Tuning;
use crate::{Archive, ArchiveConfig, ReadSample, RecordingSpec, RecoveryReport, SpanKind, StreamIntake};

pub const CAMERA: CameraId = CameraId::from_bytes([0xca; 16]);
pub const STREAM: StreamId = StreamId::from_bytes([0x57; 16]);
/// Ticks between two samples: 25 a second.
pub const FRAME: i64 = 3600;
/// Samples of a GOP.
pub const GOP: i64 = 25;

/// A moment, in seconds after everything began (half past an hour of UTC).
pub fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(1_795_461_000 + seconds)
}

pub fn range(start: i64, end: i64) -> WallRange {
    WallRange { start: at(start), end: at(end) }
}

/// A recorder that can be killed and started again on the same directory.
pub struct Rig {
    pub directory: TempDir,
    pub clock: Arc<SimClock>,
    pub faults: Arc<FaultPlan>,
    /// The same for the disks of keyring and log.
    pub other_faults: Arc<FaultPlan>,
    pub db: Db,
    pub keyring: Keyring,
    pub log: Log,
    pub archive: Archive,
    pub report: RecoveryReport,
    /// How many storage directories it has.
    directories: usize,
    /// Frames sent so far, of all runs.
    frames: i64,
    /// Frame the present run began with.
    run_began: i64,
    starts: u64,
}

impl Rig {
    pub async fn new() -> Self {
        Self::spread(1).await
    }

    /// A recorder with so many storage directories.
    pub async fn spread(directories: usize) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let clock = Arc::new(SimClock::at(at(0)));
        let (faults, other_faults) = (Arc::new(FaultPlan::default()), Arc::new(FaultPlan::default()));
        let plans = [&faults, &other_faults];
        let (db, keyring, log, archive, report) = Self::rooms(&directory, &clock, plans, 0, directories).await;
        add_camera(&db, CAMERA, STREAM).await;
        Self {
            directory,
            clock,
            faults,
            other_faults,
            db,
            keyring,
            log,
            archive,
            report,
            directories,
            frames: 0,
            run_began: 0,
            starts: 0,
        }
    }

    async fn rooms(
        directory: &TempDir,
        clock: &Arc<SimClock>,
        [faults, other_faults]: [&Arc<FaultPlan>; 2],
        starts: u64,
        directories: usize,
    ) -> (Db, Keyring, Log, Archive, RecoveryReport) {
        let path = directory.path();
        // Every start draws other ids, as a real source would.
        let entropy = Arc::new(SeededEntropy::new(starts * 1_000_003 + 7));
        let other = Disk::with_faults(other_faults.clone());
        let keys = path.join("keys");
        std::fs::create_dir_all(&keys).expect("a directory");
        let db = Db::open(&path.join("candour.db")).await.expect("a database");
        let config = KeyringConfig { master: path.join("master"), copies: vec![keys] };
        let keyring = Keyring::open_on(other.clone(), config, entropy.clone()).expect("a keyring");
        let recorder = RecorderId::from_bytes([0x4e; 16]);
        let config = LogConfig {
            directory: path.join("log"),
            second: None,
            recorder,
            origin: "example.org/recorder".to_owned(),
        };
        let log = Log::open_on(other, config, clock.clone(), entropy.clone()).expect("a log");
        let config = ArchiveConfig { directories: (0..directories).map(|n| storage_in(path, n)).collect(), recorder };
        let tuning = Tuning {
            pace: Duration::from_millis(1),
            grain_ms: 0,
            look: Duration::from_millis(5),
            patience: Duration::from_millis(300),
            // What is free on the machine that tests is no matter.
            reserve: |_| Reserve { low: 0, aim: 0, floor: 0 },
            ..Tuning::default()
        };
        let disk = Disk::with_faults(faults.clone());
        let (db_2, keyring_2, log_2) = (db.clone(), keyring.clone(), log.clone());
        let parts = Parts { disk, db: db_2, keyring: keyring_2, log: log_2, clock: clock.clone(), entropy, tuning };
        let (archive, report) = Archive::open_with(config, parts).await.expect("an archive");
        (db, keyring, log, archive, report)
    }

    /// Kills the recorder and starts it again.
    pub async fn killed(self) -> Self {
        self.killed_and(|| ()).await
    }

    /// Kills the recorder, does something to its files, and starts it again.
    pub async fn killed_and(self, meanwhile: impl FnOnce()) -> Self {
        drop(self.archive);
        self.log.close().await;
        self.db.close().await;
        meanwhile();
        Self::started_again(self.directory, self.clock, self.frames, self.starts + 1, self.directories).await
    }

    /// Stops the recorder in order and starts it again.
    pub async fn stopped(self) -> Self {
        self.stopped_and(|| ()).await
    }

    /// Stops the recorder in order, does something to its files, and starts it again.
    pub async fn stopped_and(self, meanwhile: impl FnOnce()) -> Self {
        self.archive.close().await;
        self.log.close().await;
        self.db.close().await;
        meanwhile();
        Self::started_again(self.directory, self.clock, self.frames, self.starts + 1, self.directories).await
    }

    /// A recorder on a copy of this one's directory, which must have been closed; this one is not touched.
    pub async fn copy_of(closed: &Path, clock: WallTime) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        copy_into(closed, directory.path());
        Self::started_again(directory, Arc::new(SimClock::at(clock)), 0, 1, 1).await
    }

    /// Closes everything in order and gives the directory.
    pub async fn closed(self) -> TempDir {
        self.archive.close().await;
        self.log.close().await;
        self.db.close().await;
        self.directory
    }

    async fn started_again(
        directory: TempDir,
        clock: Arc<SimClock>,
        frames: i64,
        starts: u64,
        directories: usize,
    ) -> Self {
        let (faults, other_faults) = (Arc::new(FaultPlan::default()), Arc::new(FaultPlan::default()));
        let plans = [&faults, &other_faults];
        let (db, keyring, log, archive, report) = Self::rooms(&directory, &clock, plans, starts, directories).await;
        Self {
            directory,
            clock,
            faults,
            other_faults,
            db,
            keyring,
            log,
            archive,
            report,
            directories,
            frames,
            run_began: frames,
            starts,
        }
    }

    pub fn intake(&self) -> StreamIntake {
        self.archive.intake(CAMERA, STREAM, StreamKind::Main, Some(spec()))
    }

    /// Begins a run now.
    pub fn begin(&mut self) -> StreamIntake {
        let intake = self.intake();
        self.begin_on(&intake);
        intake
    }

    /// A connection stands on a stream that has its way in.
    pub fn begin_on(&mut self, intake: &StreamIntake) {
        intake.run_started(entry(), ClockEvidence::default(), self.clock.wall());
        self.run_began = self.frames;
    }

    /// Sends `seconds` of footage, a frame every 40 ms of the clock.
    pub fn send(&mut self, intake: &StreamIntake, seconds: i64) {
        for _ in 0..seconds * 25 {
            intake.sample(Arc::new(self.next_sample()));
            self.clock.advance(40_000_000);
        }
    }

    /// Sends the same footage to two streams.
    pub fn send_both(&mut self, first: &StreamIntake, second: &StreamIntake, seconds: i64) {
        for _ in 0..seconds * 25 {
            let sample = Arc::new(self.next_sample());
            first.sample(Arc::clone(&sample));
            second.sample(sample);
            self.clock.advance(40_000_000);
        }
    }

    /// Where a storage directory is.
    pub fn directory(&self, number: usize) -> PathBuf {
        storage_in(self.directory.path(), number)
    }

    /// Has the stream go on in another directory.
    pub fn move_to(&self, to: i64, cause: Option<GapCause>) {
        self.archive.inner.carry_out(&Move { stream: STREAM, to, cause });
    }

    pub fn next_sample(&mut self) -> Sample {
        let of_run = self.frames - self.run_began;
        let sample = Sample {
            pts: MediaTime::from_ticks(of_run * FRAME),
            dts: MediaTime::from_ticks(of_run * FRAME),
            duration: 0,
            sync: of_run % GOP == 0,
            arrival: self.clock.wall(),
            loss_before: 0,
            data: picture(self.frames),
        };
        self.frames += 1;
        sample
    }

    /// Records `seconds` and waits until all of it is durable. Gives how many samples are durable now.
    pub async fn record(&mut self, seconds: i64) -> i64 {
        let intake = self.begin();
        self.send(&intake, seconds);
        self.durable(seconds * 25).await
    }

    /// Lets time pass until `samples` are durable.
    pub async fn durable(&self, samples: i64) -> i64 {
        self.clock.advance_s(1);
        self.until("samples are durable", async || self.stored().await >= samples).await;
        self.stored().await
    }

    /// Samples that are durable, of all segments not deleted.
    pub async fn stored(&self) -> i64 {
        self.segments().await.iter().map(|row| row.samples).sum()
    }

    /// Every segment not deleted, oldest first, as far as it is durable.
    pub async fn segments(&self) -> Vec<SegmentRow> {
        let everything = range(-100_000, 1_000_000);
        let known = self.archive.inner.index.of(STREAM, everything);
        let mut rows = self.db.segments_in(STREAM, everything).await.expect("rows");
        rows.retain(|row| known.iter().all(|known| known.row.id != row.id));
        rows.extend(known.into_iter().map(|known| known.row));
        rows.sort_by_key(|row| row.start);
        rows
    }

    /// Waits for something another thread does; the bound is only there to end a test that fails.
    pub async fn until(&self, what: &str, mut done: impl AsyncFnMut() -> bool) {
        let began = Instant::now();
        while !done().await {
            assert!(began.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub async fn receipt(&self, kind: LookKind, interval: Option<WallRange>) -> Receipt {
        let look = Look {
            person: PersonId::from_bytes([1; 16]),
            name: "Ann".to_owned(),
            session: SessionId::from_bytes([2; 16]),
            station: None,
            address: "192.0.2.7".to_owned(),
            reason: "a test".to_owned(),
            purpose: None,
            cameras: vec![CAMERA],
            kind,
            interval,
            under: None,
        };
        self.log.look(look).await.expect("a receipt")
    }

    /// Everything of an interval, read under a receipt of its own: the pieces' samples, and the error that ended it.
    pub async fn read(&self, range: WallRange) -> (Vec<Vec<ReadSample>>, Option<crate::ArchiveError>) {
        let receipt = self.receipt(LookKind::Playback, Some(range)).await;
        let mut reading = match self.archive.read(&receipt, CAMERA, STREAM, range).await {
            Ok(reading) => reading,
            Err(error) => return (Vec::new(), Some(error)),
        };
        let mut pieces = Vec::new();
        for piece in 0..reading.pieces().len() {
            let mut samples = Vec::new();
            loop {
                match reading.next_fragment(piece).await {
                    Ok(Some(more)) => samples.extend(more),
                    Ok(None) => break,
                    Err(error) => {
                        pieces.push(samples);
                        return (pieces, Some(error));
                    }
                }
            }
            pieces.push(samples);
        }
        (pieces, None)
    }

    pub fn path(&self, segment: SegmentId) -> std::path::PathBuf {
        self.archive.inner.store.files(0).expect("it is there").path(segment)
    }

    /// The timeline as words: `recorded 0-10`, in seconds after the beginning.
    pub async fn timeline(&self, range: WallRange) -> Vec<String> {
        let timeline = self.archive.timeline(STREAM, range).await.expect("a timeline");
        let seconds = |time: WallTime| (time - at(0)).ticks() as f64 / 90_000.0;
        timeline
            .spans
            .iter()
            .map(|span| {
                let word = match &span.kind {
                    SpanKind::Recorded => "recorded",
                    SpanKind::Gap { cause } => cause.word(),
                    SpanKind::Deleted { .. } => "deleted",
                    SpanKind::Unavailable { .. } => "unavailable",
                    SpanKind::Unknown => "unknown",
                };
                format!("{word} {}-{}", seconds(span.range.start), seconds(span.range.end))
            })
            .collect()
    }
}

fn copy_into(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a directory").flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            std::fs::create_dir_all(&target).expect("a directory");
            copy_into(&source, &target);
        } else {
            std::fs::copy(&source, &target).expect("a file");
        }
    }
}

fn storage_in(path: &Path, number: usize) -> PathBuf {
    if number == 0 { path.join("storage") } else { path.join(format!("storage-{number}")) }
}

/// Which calls of a disk fail from now on.
#[derive(Default)]
pub struct FaultPlan {
    state: Mutex<FaultState>,
    healed: Condvar,
}

#[derive(Default)]
struct FaultState {
    planned: Vec<Planned>,
    /// Calls under this directory wait until it is healed.
    stalled: Option<PathBuf>,
    dead: bool,
    /// So many calls go well before this one.
    one: Option<(usize, Fault)>,
}

struct Planned {
    step: Step,
    fault: Fault,
    left: usize,
    under: Option<PathBuf>,
}

impl FaultPlan {
    /// The next `times` calls of that step fail.
    pub fn fail(&self, step: Step, fault: Fault, times: usize) {
        self.lock().planned.push(Planned { step, fault, left: times, under: None });
    }

    /// One call fails, after `well` others.
    pub fn fail_one(&self, well: usize, fault: Fault) {
        self.lock().one = Some((well, fault));
    }

    /// Whether the one call that was to fail is still to come.
    pub fn is_waiting(&self) -> bool {
        self.lock().one.is_some()
    }

    /// That file cannot be removed.
    pub fn stick(&self, path: PathBuf) {
        self.fail_in(path, Step::Unlink, Fault::Before(std::io::ErrorKind::PermissionDenied));
    }

    /// Every call of that step under a directory fails.
    pub fn fail_in(&self, directory: PathBuf, step: Step, fault: Fault) {
        self.lock().planned.push(Planned { step, fault, left: usize::MAX, under: Some(directory) });
    }

    /// Calls under that directory do not return until it is healed.
    pub fn stall(&self, directory: PathBuf) {
        self.lock().stalled = Some(directory);
    }

    /// Whoever waits comes back with a failure, and so does every call from now on: what is left of a killed process does
    /// nothing more.
    pub fn die(&self) {
        self.lock().dead = true;
        self.healed.notify_all();
    }

    /// Nothing fails any more.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.planned.clear();
        (state.stalled, state.one) = (None, None);
        drop(state);
        self.healed.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FaultState> {
        self.state.lock().expect("no test panics in here")
    }
}

impl Faults for FaultPlan {
    fn next(&self, step: Step, path: &Path) -> Option<Fault> {
        let stalled = |state: &mut FaultState| {
            !state.dead && state.stalled.as_ref().is_some_and(|directory| path.starts_with(directory))
        };
        let mut state = self.healed.wait_while(self.lock(), stalled).expect("no test panics in here");
        if state.dead {
            return Some(Fault::Before(std::io::ErrorKind::Other));
        }
        if let Some((well, fault)) = state.one.take() {
            if well == 0 {
                return Some(fault);
            }
            state.one = Some((well - 1, fault));
        }
        let planned = state.planned.iter_mut().find(|planned| {
            let there = planned.under.as_ref().is_none_or(|directory| path.starts_with(directory));
            planned.step == step && planned.left > 0 && there
        })?;
        planned.left -= 1;
        Some(planned.fault)
    }
}

/// The picture with that number: no two are alike.
pub fn picture(number: i64) -> Bytes {
    let len = 200 + (number * 37 % 300) as usize;
    let mut bytes = vec![0; len];
    let seed = number.to_le_bytes();
    bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = seed[at % 8] ^ (at as u8).wrapping_mul(31));
    Bytes::from(bytes)
}

pub fn entry() -> SampleEntry {
    SampleEntry {
        codec: Codec::H264,
        codec_string: "avc1.640028".to_owned(),
        width: 1920,
        height: 1080,
        timescale: 90_000,
        entry: Bytes::from_static(b"a sample entry box"),
        decoder_config: Bytes::new(),
        reorder_depth: None,
    }
}

pub fn spec() -> RecordingSpec {
    RecordingSpec {
        purpose: PurposeId::from_bytes([0x70; 16]),
        policy_hash: Hash([0x71; 32]),
        keep: WallDuration::from_seconds(86_400),
        on_motion: None,
    }
}

pub async fn add_camera(db: &Db, camera: CameraId, stream: StreamId) {
    let row = CameraRow {
        id: camera,
        name: format!("Camera {camera}"),
        address: format!("192.0.2.{}", camera.as_bytes()[0]),
        onvif_port: 80,
        tls_key: None,
        credentials: Vec::new(),
        outcome: "accepted".to_owned(),
        judgement: "{}".to_owned(),
        judged: at(0),
        manufacturer: String::new(),
        model: String::new(),
        firmware: String::new(),
        clock_offset: WallDuration::ZERO,
        purpose: None,
        added: at(0),
        removed: None,
    };
    let stream = StreamRow {
        id: stream,
        camera,
        kind: StreamKind::Main,
        uri: String::new(),
        encoding: "H264".to_owned(),
        width: 1920,
        height: 1080,
        rate: 25,
    };
    db.add_camera(&row, &[stream]).await.expect("a new camera");
}
