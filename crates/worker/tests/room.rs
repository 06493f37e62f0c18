//! Room on a real archive: what gives way when a disk is full, and the forecast. How full the disk is, is told by the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use candour_archive::{Archive, ArchiveConfig, RecordingSpec, StorageState, StorageStatus, StreamIntake};
use candour_audit::{Log, LogConfig};
use candour_db::{Db, PurposeRow, SegmentRow, SegmentState};
use candour_keyring::{Keyring, KeyringConfig};
use candour_media::{Codec, Sample, SampleEntry};
use candour_policy::{Forecast, Reserve};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{
    CameraId, Clock, Hash, MediaTime, PolicyId, PurposeId, RecorderId, RunId, SeededEntropy, SegmentId, SimClock,
    StreamId, StreamKind, WallDuration, WallTime,
};
use candour_worker::{RoomConfig, RoomKeeper};

const CAMERA: CameraId = CameraId::from_bytes([0xca; 16]);
const STREAM: StreamId = StreamId::from_bytes([0x57; 16]);
const PURPOSE: PurposeId = PurposeId::from_bytes([0x70; 16]);
const DAY: i64 = 86_400;
const GB: u64 = 1_000_000_000;

fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(1_795_461_000 + seconds)
}

fn days(days: i64) -> WallDuration {
    WallDuration::from_seconds(days * DAY)
}

struct Rig {
    _directory: tempfile::TempDir,
    clock: Arc<SimClock>,
    synchronised: Arc<AtomicBool>,
    db: Db,
    archive: Archive,
    keeper: RoomKeeper,
}

impl Rig {
    /// A recorder whose purpose keeps for 30 days and needs one.
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
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
        let purpose = PurposeRow {
            id: PURPOSE,
            sentence: "Theft at the entrance".to_owned(),
            owner: "Head of facilities".to_owned(),
            keep: days(30),
            minimum: Some(days(1)),
            importance: 2,
            policy: PolicyId::from_bytes([0; 16]),
            written: at(0),
            written_by: "Ann".to_owned(),
            version: None,
        };
        db.add_purpose(&purpose).await.expect("a purpose");
        let config = ArchiveConfig { directories: vec![path.join("storage")], recorder };
        let (archive, _) =
            Archive::open(config, db.clone(), keyring, log, clock.clone(), entropy).await.expect("an archive");
        let synchronised = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&synchronised);
        let keeper = RoomKeeper::new(RoomConfig {
            db: db.clone(),
            archive: archive.clone(),
            clock: clock.clone(),
            synchronised: Box::new(move || asked.load(Ordering::SeqCst)),
        });
        Self { _directory: directory, clock, synchronised, db, archive, keeper }
    }

    fn intake(&self) -> StreamIntake {
        let spec = RecordingSpec { purpose: PURPOSE, policy_hash: Hash([0; 32]), keep: days(30), on_motion: None };
        self.archive.intake(CAMERA, STREAM, StreamKind::Main, Some(spec))
    }

    /// Records two seconds and closes the segment.
    async fn record(&self) {
        let intake = self.intake();
        intake.run_started(entry(), ClockEvidence::default(), self.clock.wall());
        for frame in 0..50_i64 {
            let time = MediaTime::from_ticks(frame * 3600);
            let arrival = self.clock.wall();
            let data = Bytes::from(vec![frame as u8; 100]);
            let sample =
                Sample { pts: time, dts: time, duration: 0, sync: frame % 25 == 0, arrival, loss_before: 0, data };
            intake.sample(Arc::new(sample));
            self.clock.advance(40_000_000);
        }
        intake.run_ended(GapCause::CameraLost, self.clock.wall());
        self.archive.forget(STREAM).await;
        let began = Instant::now();
        while self.closed().await == 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "the closed segment has no row");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn closed(&self) -> usize {
        self.db.segments_in_state(SegmentState::Closed, 9).await.expect("rows").len()
    }

    /// The sweep, which keeps the mark of proved time, ran just now.
    async fn watch(&self) {
        let now = self.clock.wall().ticks().to_string();
        self.db.set_setting("time_high_water_90k", &now).await.expect("a write");
    }
}

fn entry() -> SampleEntry {
    SampleEntry {
        codec: Codec::H264,
        codec_string: "avc1.640028".to_owned(),
        width: 640,
        height: 360,
        timescale: 90_000,
        entry: Bytes::from_static(b"entry"),
        decoder_config: Bytes::new(),
        reorder_depth: None,
    }
}

fn disk(number: i64, free_bytes: u64) -> StorageStatus {
    let reserve = Reserve::of(1000 * GB);
    StorageStatus {
        number,
        directory: "/srv/footage".into(),
        total_bytes: 1000 * GB,
        free_bytes,
        reserve,
        written_last_minute: 0,
        durable_bound_ms: 0,
        streams: 1,
        state: if free_bytes < reserve.low { StorageState::Full } else { StorageState::Works },
        failing: None,
    }
}

/// Meant to fail with a planner that takes nothing early: the segment stays.
#[tokio::test]
async fn what_is_past_its_minimum_makes_room_with_a_certificate_that_says_so() {
    let mut rig = Rig::new().await;
    rig.record().await;
    rig.clock.advance_s(DAY / 2);
    rig.watch().await;
    assert_eq!(rig.keeper.round(&[disk(0, GB)]).await.expect("a round").deleted_early, 0, "not before its minimum");
    rig.clock.advance_s(DAY);
    rig.watch().await;
    assert_eq!(rig.keeper.round(&[disk(0, 100 * GB)]).await.expect("a round").deleted_early, 0, "there is room");
    let elsewhere = [disk(0, GB), disk(1, 100 * GB)];
    assert_eq!(rig.keeper.round(&elsewhere).await.expect("a round").deleted_early, 0, "there is room elsewhere");
    assert_eq!(rig.keeper.round(&[disk(0, GB)]).await.expect("a round").deleted_early, 1);
    let certificate = rig.db.certificates(1).await.expect("rows").pop().expect("a certificate");
    assert!(certificate.rule.starts_with("Made room: the disk was full. Kept for at least 1 day"), "{certificate:?}");
    assert!(certificate.entry.is_some());
    assert_eq!(rig.closed().await, 0);
}

/// Meant to fail with a keeper that takes the machine's word for the time.
#[tokio::test]
async fn on_time_that_is_not_proved_nothing_goes_and_the_stream_stops_until_there_is_room() {
    let mut rig = Rig::new().await;
    rig.record().await;
    rig.intake();
    rig.watch().await;
    rig.synchronised.store(false, Ordering::SeqCst);
    rig.clock.step_wall(at(40 * DAY));
    let report = rig.keeper.round(&[disk(0, GB)]).await.expect("a round");
    assert_eq!((report.deleted_early, rig.closed().await), (0, 1));
    let [stopped] = report.stopped.as_slice() else { panic!("one stream is stopped: {report:?}") };
    assert_eq!(
        (stopped.stream.stream, stopped.stream.stopped.map(|(cause, _)| cause)),
        (STREAM, Some(GapCause::StorageFull))
    );
    let report = rig.keeper.round(&[disk(0, 100 * GB)]).await.expect("a round");
    assert!(report.stopped.is_empty(), "it records again: {report:?}");
}

#[tokio::test]
async fn the_forecast_is_made_from_what_is_stored() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.keeper.round(&[disk(0, 100 * GB)]).await.expect("a round").forecasts[&0], Forecast::Unknown);
    // Two days of footage, a segment of 1 GB every hour.
    let rows: Vec<SegmentRow> = (0..48_u8)
        .map(|hour| {
            let start = at(i64::from(hour) * 3600);
            SegmentRow {
                id: SegmentId::from_bytes([hour; 16]),
                stream: STREAM,
                camera: CAMERA,
                run: RunId::from_bytes([3; 16]),
                purpose: PURPOSE,
                storage: 0,
                start,
                end: start + WallDuration::from_seconds(60),
                keep_until: start + days(30),
                len_bytes: GB as i64,
                samples: 1,
                state: SegmentState::Closed,
                sealed_digest: None,
                content_commitment: None,
                logged: true,
            }
        })
        .collect();
    rig.db.put_segments(&rows).await.expect("rows");
    rig.clock.advance_s(2 * DAY);
    // 24 GB a day: 48 GB beyond the reserve last for two days, and nothing leaves before.
    let free = 48 * GB + Reserve::of(1000 * GB).low;
    let report = rig.keeper.round(&[disk(0, free), disk(7, free)]).await.expect("a round");
    let Forecast::FullAt(full) = report.forecasts[&0] else { panic!("{report:?}") };
    assert_eq!((full - at(4 * DAY)).seconds_floor().abs() / 3600, 0, "{full}");
    assert_eq!(report.forecasts[&7], Forecast::Unknown, "nothing is written there");
}
