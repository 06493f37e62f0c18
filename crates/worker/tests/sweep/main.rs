//! The sweep on a real archive: what is due goes, once, on proved time only.

mod still;
mod year;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use candour_archive::{Archive, ArchiveConfig, RecordingSpec};
use candour_audit::{Log, LogConfig};
use candour_db::{CameraRow, DELETION_OFF, Db, DeletionStep, HoldAct, HoldRow, SegmentState, StreamRow};
use candour_keyring::{Keyring, KeyringConfig};
use candour_media::{Codec, Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{
    CameraId, Clock, Hash, HoldId, MediaTime, PurposeId, RecorderId, SeededEntropy, SimClock, StreamId, StreamKind,
    WallDuration, WallRange, WallTime,
};
use candour_worker::{SweepReport, Sweeper, SweeperConfig};
use tempfile::TempDir;

const CAMERA: CameraId = CameraId::from_bytes([0xca; 16]);
const STREAM: StreamId = StreamId::from_bytes([0x57; 16]);
const KEEP_S: i64 = 86_400;

fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(1_795_461_000 + seconds)
}

struct Rig {
    directory: TempDir,
    clock: Arc<SimClock>,
    synchronised: Arc<AtomicBool>,
    db: Db,
    log: Log,
    keyring: Keyring,
    archive: Archive,
    sweeper: Sweeper,
}

impl Rig {
    /// A recorder with one closed segment of two seconds from second 0, whose end of life is a day later.
    async fn new() -> Self {
        Self::in_directory(tempfile::tempdir().expect("a temporary directory")).await
    }

    async fn in_directory(directory: TempDir) -> Self {
        let path = directory.path();
        let clock = Arc::new(SimClock::at(at(0)));
        let entropy = Arc::new(SeededEntropy::new(3));
        let keys = path.join("keys");
        std::fs::create_dir_all(&keys).expect("a directory");
        let config = KeyringConfig { master: path.join("master"), copies: vec![keys] };
        let keyring = Keyring::open(config, entropy.clone()).expect("a keyring");
        let recorder = RecorderId::from_bytes([0x4e; 16]);
        let config = LogConfig {
            directory: path.join("log"),
            second: None,
            recorder,
            origin: "example.org/recorder".to_owned(),
        };
        let log = Log::open(config, clock.clone(), entropy.clone()).expect("a log");
        let db = Db::open(&path.join("candour.db")).await.expect("a database");
        add_camera(&db).await;
        let config = ArchiveConfig { directories: vec![path.join("storage")], recorder };
        let (archive, _) =
            Archive::open(config, db.clone(), keyring.clone(), log.clone(), clock.clone(), entropy.clone())
                .await
                .expect("an archive");
        let purpose = PurposeId::from_bytes([0x70; 16]);
        let keep = WallDuration::from_seconds(KEEP_S);
        record(&archive, &clock, RecordingSpec { purpose, policy_hash: Hash([0; 32]), keep, on_motion: None }).await;
        let rows = async || db.segments_in_state(SegmentState::Closed, 9).await.expect("rows").len();
        let began = Instant::now();
        while rows().await == 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "the closed segment has no row");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let synchronised = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&synchronised);
        let sweeper = Sweeper::new(SweeperConfig {
            db: db.clone(),
            archive: archive.clone(),
            clock: clock.clone(),
            entropy,
            synchronised: Box::new(move || asked.load(Ordering::SeqCst)),
        });
        Self { directory, clock, synchronised, db, log, keyring, archive, sweeper }
    }

    async fn sweep(&mut self) -> SweepReport {
        self.sweeper.sweep().await.expect("the catalogue works")
    }

    /// Lets time pass with a sweep every hour, so that the clock is watched all the time.
    async fn pass(&mut self, seconds: i64) -> SweepReport {
        let mut report = self.sweep().await;
        for _ in 0..seconds / 3600 {
            self.clock.advance_s(3600);
            report = self.sweep().await;
        }
        self.clock.advance_s(seconds % 3600);
        report
    }

    async fn alarms(&self) -> Vec<String> {
        let rows = self.db.alarms(9).await.expect("alarms");
        rows.into_iter().filter(|row| row.cleared.is_none()).map(|row| row.kind).collect()
    }

    async fn certificates(&self) -> Vec<DeletionStep> {
        self.db.certificates(9).await.expect("rows").into_iter().map(|row| row.step).collect()
    }
}

/// A closed segment of two seconds from now on.
async fn record(archive: &Archive, clock: &SimClock, spec: RecordingSpec) {
    let began = clock.wall();
    let intake = archive.intake(CAMERA, STREAM, StreamKind::Main, Some(spec));
    let entry = SampleEntry {
        codec: Codec::H264,
        codec_string: "avc1.640028".to_owned(),
        width: 640,
        height: 360,
        timescale: 90_000,
        entry: Bytes::from_static(b"entry"),
        decoder_config: Bytes::new(),
        reorder_depth: None,
    };
    intake.run_started(entry, ClockEvidence::default(), began);
    for frame in 0..50_i64 {
        let time = MediaTime::from_ticks(frame * 3600);
        let arrival = clock.wall();
        let data = Bytes::from(vec![frame as u8; 100]);
        let sample = Sample { pts: time, dts: time, duration: 0, sync: frame % 25 == 0, arrival, loss_before: 0, data };
        intake.sample(Arc::new(sample));
        clock.advance(40_000_000);
    }
    intake.run_ended(GapCause::CameraLost, clock.wall());
    archive.forget(STREAM).await;
}

async fn add_camera(db: &Db) {
    let row = CameraRow {
        id: CAMERA,
        name: "Hall".to_owned(),
        address: "192.0.2.1".to_owned(),
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
        id: STREAM,
        camera: CAMERA,
        kind: StreamKind::Main,
        uri: String::new(),
        encoding: "H264".to_owned(),
        width: 640,
        height: 360,
        rate: 25,
    };
    db.add_camera(&row, &[stream]).await.expect("a new camera");
}

#[tokio::test]
async fn what_is_due_goes_once() {
    let mut rig = Rig::new().await;
    // To the last second of its life; it began at second 0, two of which are gone.
    let report = rig.pass(KEEP_S - 3).await;
    assert_eq!((report.deleted, report.overdue, report.waiting), (0, 0, None));
    assert_eq!(rig.sweep().await.deleted, 0);
    rig.clock.advance_s(1);
    let report = rig.sweep().await;
    assert_eq!((report.deleted, report.failing, report.overdue, report.rotated), (1, 0, 0, true));
    let generation = rig.keyring.generation();
    assert_eq!(rig.certificates().await, [DeletionStep::Certified]);
    let report = rig.sweep().await;
    assert_eq!((report.deleted, report.finished, report.rotated), (0, 0, false), "there is nothing left to do");
    assert!(!rig.pass(2 * 86_400).await.rotated, "nothing was deleted since");
    assert_eq!(rig.keyring.generation(), generation);
    assert_eq!(rig.alarms().await, Vec::<String>::new());
    let kinds: Vec<_> = rig.log.entries(0, 99).await.expect("entries").into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "footage_deleted").count(), 1);
}

#[tokio::test]
async fn a_clock_that_jumps_destroys_nothing() {
    let mut rig = Rig::new().await;
    rig.sweep().await;
    // Somebody sets the clock a year ahead.
    rig.clock.step_wall(at(365 * 86_400));
    let report = rig.sweep().await;
    assert!(report.deleted == 0 && report.waiting.is_some(), "{report:?}");
    assert_eq!(rig.alarms().await, ["deletion_waits"], "by such a clock nothing is overdue");
    assert_eq!(rig.certificates().await, []);
    // A time service says it is true after all.
    rig.synchronised.store(true, Ordering::SeqCst);
    let report = rig.sweep().await;
    assert_eq!((report.deleted, report.waiting), (1, None));
    assert_eq!(rig.alarms().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_clock_set_back_waits_until_it_is_later_again() {
    let mut rig = Rig::new().await;
    rig.pass(KEEP_S / 2).await;
    rig.synchronised.store(true, Ordering::SeqCst);
    rig.clock.step_wall(at(100));
    let report = rig.sweep().await;
    assert!(report.waiting.is_some(), "{report:?}");
    assert_eq!(rig.alarms().await, ["deletion_waits"]);
    rig.clock.step_wall(at(KEEP_S + 1));
    assert_eq!(rig.sweep().await.deleted, 1);
    assert_eq!(rig.alarms().await, Vec::<String>::new());
}

#[tokio::test]
async fn footage_that_cannot_be_destroyed_is_alarmed_and_goes_later() {
    let mut rig = Rig::new().await;
    rig.pass(KEEP_S - 3600).await;
    // The name of the file is taken by a directory: it cannot be unlinked.
    let segment = rig.db.segments_in_state(SegmentState::Closed, 9).await.expect("rows").remove(0).id.to_string();
    let file = rig.directory.path().join("storage/footage").join(&segment[..2]).join(format!("{segment}.seg"));
    let away = rig.directory.path().join("away");
    std::fs::rename(&file, &away).expect("it is there");
    std::fs::create_dir(&file).expect("a directory");
    std::fs::write(file.join("x"), "x").expect("a file");
    rig.clock.advance_s(3600);
    let report = rig.sweep().await;
    assert_eq!((report.deleted, report.failing), (0, 1));
    assert_eq!(rig.alarms().await, ["deletion_overdue"]);
    assert_eq!(rig.certificates().await, [DeletionStep::KeyDestroyed], "it can no longer be read, though");
    std::fs::remove_dir_all(&file).expect("it is there");
    std::fs::rename(&away, &file).expect("it is there");
    let report = rig.sweep().await;
    assert_eq!((report.finished, report.failing), (1, 0));
    assert!(!file.exists());
    assert_eq!(rig.alarms().await, Vec::<String>::new());
    rig.archive.close().await;
}

fn hold(number: u8, from: i64, to: i64, ends: i64) -> HoldRow {
    HoldRow {
        id: HoldId::from_bytes([number; 16]),
        class: "incident".to_owned(),
        camera: CAMERA,
        interval: WallRange { start: at(from), end: at(to) },
        reason: "a bicycle was stolen".to_owned(),
        owner: "Facilities".to_owned(),
        placed_by: "Ines".to_owned(),
        placed: at(100),
        ends: at(ends),
        ended: None,
    }
}

#[tokio::test]
async fn held_footage_survives_its_end_and_goes_when_the_hold_lapses() {
    let mut rig = Rig::new().await;
    let held = hold(1, 0, 60, KEEP_S + 7200);
    assert_eq!(rig.db.place_hold(&held).await.expect("a write"), []);
    let report = rig.pass(KEEP_S + 3600).await;
    assert_eq!((report.deleted, report.overdue, report.lapsed), (0, 0, 0), "{report:?}");
    assert_eq!(rig.certificates().await, []);
    assert_eq!(
        rig.alarms().await,
        ["hold_ending"],
        "held is not overdue, and somebody is asked whether it is still needed"
    );
    assert_eq!(rig.db.segments_due(rig.clock.wall(), 9).await.expect("rows"), [], "and nobody looks at it again");
    let report = rig.pass(3600).await;
    assert_eq!((report.lapsed, report.deleted), (1, 1), "{report:?}");
    assert_eq!(rig.certificates().await, [DeletionStep::Certified]);
    let kinds: Vec<_> = rig.log.entries(0, 99).await.expect("entries").into_iter().map(|entry| entry.kind).collect();
    let holds: Vec<_> = kinds.iter().filter(|kind| kind.starts_with("hold_")).collect();
    assert_eq!(holds, ["hold_placed", "hold_lapsed"], "acts that nobody had logged are logged by the sweep");
    assert_eq!(rig.alarms().await, Vec::<String>::new());
    rig.sweep().await;
    assert_eq!(rig.db.hold_acts_to_log(9).await.expect("rows"), []);
}

#[tokio::test]
async fn a_lifted_hold_lets_go_and_another_keeps() {
    let mut rig = Rig::new().await;
    let (first, second) = (hold(1, 0, 60, 9 * KEEP_S), hold(2, 1, 2, 5 * KEEP_S));
    for held in [&first, &second] {
        rig.db.place_hold(held).await.expect("a write");
    }
    rig.pass(2 * KEEP_S).await;
    let lift = HoldAct { by: "Ines", at: rig.clock.wall(), reason: "found again" };
    rig.db.lift_hold(first.id, lift).await.expect("it stands");
    assert_eq!(rig.sweep().await.deleted, 0, "the second hold covers a second of it");
    rig.db.lift_hold(second.id, lift).await.expect("it stands");
    assert_eq!(rig.sweep().await.deleted, 1);
}

/// A hold lapses on proved time only: a clock that jumps a year ahead ends neither footage nor holds.
#[tokio::test]
async fn a_clock_that_jumps_ends_no_hold() {
    let mut rig = Rig::new().await;
    rig.db.place_hold(&hold(1, 0, 60, 2 * KEEP_S)).await.expect("a write");
    rig.sweep().await;
    rig.clock.step_wall(at(365 * 86_400));
    let report = rig.sweep().await;
    assert_eq!((report.deleted, report.lapsed), (0, 0), "{report:?}");
    assert!(report.waiting.is_some());
    assert_eq!(rig.db.standing_holds().await.expect("rows").len(), 1);
}

/// A battery that died: the machine wakes up in 1970 and knows no better for a while.
#[tokio::test]
async fn a_clock_that_died_at_boot_deletes_nothing_and_says_what_it_waits_for() {
    let mut rig = Rig::new().await;
    rig.pass(KEEP_S / 2).await;
    for wall in [0, 60, 3600] {
        rig.clock.step_wall(WallTime::from_unix_seconds(wall));
        let report = rig.sweep().await;
        let waiting = report.waiting.expect("it waits");
        assert!(
            report.deleted == 0 && waiting.contains("1970-01-01") && waiting.contains("deletion waits"),
            "{waiting}"
        );
    }
    assert_eq!(rig.alarms().await, ["deletion_waits"]);
    // A time service sets it right, past the end of the footage.
    rig.synchronised.store(true, Ordering::SeqCst);
    rig.clock.step_wall(at(KEEP_S + 10));
    assert_eq!(rig.sweep().await.deleted, 1);
    assert_eq!(rig.alarms().await, Vec::<String>::new());
}

#[tokio::test]
async fn after_a_restore_nothing_goes_until_the_holds_are_confirmed() {
    let mut rig = Rig::new().await;
    rig.db.set_setting(DELETION_OFF, "restored").await.expect("a write");
    rig.pass(KEEP_S).await;
    let report = rig.sweep().await;
    assert_eq!((report.deleted, report.failing), (0, 0));
    assert!(report.waiting.expect("it says so").contains("candour holds confirm"));
    assert_eq!(rig.alarms().await, ["deletion_waits"], "amber, and not red for being overdue");
    // A hold that was missing is placed again, and only then the two people say so.
    assert!(rig.db.clear_setting(DELETION_OFF).await.expect("a write"));
    assert_eq!(rig.sweep().await.deleted, 1);
    assert_eq!(rig.alarms().await, Vec::<String>::new());
}
