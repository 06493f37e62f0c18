//! A small recorder in a temporary directory, on a clock that stands still unless it is told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use candour_archive::{Archive, ArchiveConfig, DeletionOrder, RecordingSpec};
use candour_audit::{Log, LogConfig};
use candour_db::{CameraRow, Db, SegmentState, StreamRow};
use candour_durable::Disk;
use candour_keyring::Keyring;
use candour_media::{Codec, Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{
    CameraId, Clock, Entropy, Hash, MediaTime, PurposeId, RecorderId, SegmentId, SimClock, StreamId, StreamKind,
    WallDuration, WallTime,
};
use tempfile::TempDir;

use crate::config::{Config, Overrides};
use crate::keys::backup::BackupParts;
use crate::machine::SystemEntropy;

pub const STREAM: StreamId = StreamId::from_bytes([0x57; 16]);
const CAMERA: CameraId = CameraId::from_bytes([0xca; 16]);
const RECORDER: RecorderId = RecorderId::from_bytes([0x4e; 16]);

/// Seconds after everything began, ten minutes past an hour of UTC.
pub fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(1_795_461_000 + seconds)
}

pub fn days(days: i64) -> WallDuration {
    WallDuration::from_seconds(days * 86_400)
}

pub fn order(segment: SegmentId, due: WallTime) -> DeletionOrder {
    let rule = "Kept for 1 day, as promised for: theft".to_owned();
    DeletionOrder { segment, rule, rule_id: "purpose_end".to_owned(), due }
}

pub struct Site {
    directory: TempDir,
    pub config: Config,
    pub clock: Arc<SimClock>,
    pub db: Db,
    pub keyring: Keyring,
    pub log: Log,
    pub archive: Archive,
}

impl Site {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(directory.path().join("backups")).expect("there is room");
        std::fs::create_dir(directory.path().join("data")).expect("there is room");
        let site = Self::open(directory, Arc::new(SimClock::at(at(0)))).await;
        site.add_camera().await;
        site
    }

    async fn open(directory: TempDir, clock: Arc<SimClock>) -> Self {
        let data = directory.path().join("data");
        let config =
            Config::read(None, Overrides { data: Some(data.clone()), ..Overrides::default() }).expect("it is right");
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let log = LogConfig {
            directory: config.log.clone(),
            second: None,
            recorder: RECORDER,
            origin: format!("candour/recorder/{RECORDER}"),
        };
        let log = Log::open(log, clock.clone(), entropy.clone()).expect("a log");
        let copies = &config.keyring_copies;
        let keyring =
            Keyring::open_under(Disk::real(), &config.master, copies, false, entropy.clone()).expect("a keyring");
        let db = Db::open(&data.join("candour.db")).await.expect("a database");
        let storage = ArchiveConfig { directories: config.storage.clone(), recorder: RECORDER };
        let (archive, _) = Archive::open(storage, db.clone(), keyring.clone(), log.clone(), clock.clone(), entropy)
            .await
            .expect("an archive");
        Self { directory, config, clock, db, keyring, log, archive }
    }

    /// Stops everything; the handles stay, for looking at paths.
    pub async fn close(&self) {
        self.archive.clone().close().await;
        self.db.close().await;
        self.log.clone().close().await;
    }

    pub async fn opened_again(self) -> Self {
        let Self { directory, clock, keyring, .. } = self;
        drop(keyring);
        Self::open(directory, clock).await
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    pub fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SystemEntropy)
    }

    pub fn backups(&self) -> PathBuf {
        self.directory.path().join("backups")
    }

    pub fn master_path(&self) -> PathBuf {
        self.config.master.path().to_owned()
    }

    pub fn master(&self) -> [u8; 32] {
        std::fs::read(self.master_path()).expect("it was made").try_into().expect("32 bytes")
    }

    pub fn path(&self, segment: SegmentId) -> PathBuf {
        let name = segment.to_string();
        self.config.storage[0].join("footage").join(&name[..2]).join(format!("{name}.seg"))
    }

    pub fn parts(&self) -> BackupParts {
        BackupParts {
            db: self.db.clone(),
            keyring: self.keyring.clone(),
            log: self.log.clone(),
            clock: self.clock.clone(),
            recorder: RECORDER,
            data: self.config.data.clone(),
            days: 7,
        }
    }

    /// Two closed segments of the first hour, a minute apart.
    pub async fn record_two(&self) -> [SegmentId; 2] {
        let first = self.record_one().await;
        self.clock.advance_s(58);
        [first, self.record_one().await]
    }

    /// A run of two seconds, closed.
    pub async fn record_one(&self) -> SegmentId {
        let known = self.closed().await;
        let spec = RecordingSpec {
            purpose: PurposeId::from_bytes([0x70; 16]),
            policy_hash: Hash([0; 32]),
            keep: days(1),
            on_motion: None,
        };
        let intake = self.archive.intake(CAMERA, STREAM, StreamKind::Main, Some(spec));
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
        intake.run_started(entry, ClockEvidence::default(), self.clock.wall());
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
        loop {
            let now = self.closed().await;
            if let Some(new) = now.into_iter().find(|segment| !known.contains(segment)) {
                return new;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "the closed segment has no row");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn closed(&self) -> Vec<SegmentId> {
        let rows = self.db.segments_in_state(SegmentState::Closed, 9).await.expect("a read");
        rows.into_iter().map(|row| row.id).collect()
    }

    async fn add_camera(&self) {
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
        self.db.add_camera(&row, &[stream]).await.expect("a new camera");
    }
}
