//! The rooms of a recorder on one directory, opened as the program opens them.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use candour_archive::{Archive, ArchiveConfig, RecordingSpec, RecoveryReport};
use candour_audit::{Log, LogConfig};
use candour_db::{CameraRow, Db, StreamRow};
use candour_keyring::{Keyring, KeyringConfig};
use candour_units::{
    CameraId, Hash, PurposeId, RecorderId, SeededEntropy, SimClock, StreamId, StreamKind, WallDuration, WallTime,
};

use crate::footage::Source;

/// Its storage directories, in the order of their numbers.
pub const STORAGES: [&str; 2] = ["storage-a", "storage-b"];
const RECORDER: RecorderId = RecorderId::from_bytes([0x4e; 16]);

/// How long footage of the scene is kept.
pub const KEEP: WallDuration = WallDuration::from_seconds(86_400);

/// A recorder without cameras, door and sweeps.
pub struct Rooms {
    /// Its database.
    pub db: Db,
    /// Its keys.
    pub keyring: Keyring,
    /// Its log.
    pub log: Log,
    /// Its archive.
    pub archive: Archive,
    /// What opening mended.
    pub report: RecoveryReport,
}

impl Rooms {
    /// Opens everything in the program's order. `start` counts the starts: each draws other ids, as a real source would.
    ///
    /// # Errors
    /// The room that does not open.
    pub async fn open(directory: &Path, clock: &Arc<SimClock>, start: u64) -> Result<Self> {
        let entropy = Arc::new(SeededEntropy::new(start * 1_000_003 + 7));
        let config = LogConfig {
            directory: directory.join("log"),
            second: None,
            recorder: RECORDER,
            origin: "example.org/recorder".to_owned(),
        };
        let log = Log::open(config, clock.clone(), entropy.clone()).context("opening the log")?;
        let opened = Self::behind_the_log(directory, clock, &entropy, &log).await;
        if opened.is_err() {
            // The program would end here, and its lock with it.
            log.close().await;
        }
        opened
    }

    async fn behind_the_log(
        directory: &Path,
        clock: &Arc<SimClock>,
        entropy: &Arc<SeededEntropy>,
        log: &Log,
    ) -> Result<Self> {
        let copies = vec![directory.join("keys-a"), directory.join("keys-b")];
        let config = KeyringConfig { master: directory.join("master/key"), copies };
        let keyring = Keyring::open(config, entropy.clone()).context("opening the keyring")?;
        let db = Db::open(&directory.join("candour.db")).await.context("opening the database")?;
        let directories = STORAGES.map(|name| directory.join(name)).to_vec();
        let config = ArchiveConfig { directories, recorder: RECORDER };
        let (clock, entropy) = (clock.clone(), entropy.clone());
        match Archive::open(config, db.clone(), keyring.clone(), log.clone(), clock, entropy).await {
            Ok((archive, report)) => Ok(Self { db, keyring, log: log.clone(), archive, report }),
            Err(error) => {
                db.close().await;
                Err(error).context("opening the archive")
            }
        }
    }

    /// Leaves everything as a kill would.
    pub async fn abandon(self) {
        drop(self.archive);
        self.log.close().await;
        self.db.close().await;
    }

    /// Stops in order.
    pub async fn stop(self) {
        self.archive.close().await;
        self.log.close().await;
        self.db.close().await;
    }
}

/// Why and how long the scene is recorded.
#[must_use]
pub fn spec() -> RecordingSpec {
    RecordingSpec {
        purpose: PurposeId::from_bytes([0x70; 16]),
        policy_hash: Hash([0x71; 32]),
        keep: KEEP,
        on_motion: None,
    }
}

/// The camera of a source.
#[must_use]
pub fn camera_of(source: Source) -> CameraId {
    CameraId::from_bytes([0xc0 + source.0; 16])
}

/// The stream of a source.
#[must_use]
pub fn stream_of(source: Source) -> StreamId {
    StreamId::from_bytes([0x50 + source.0; 16])
}

/// Adds the camera of a source.
///
/// # Errors
/// The database's.
pub async fn add_camera(db: &Db, source: Source, now: WallTime) -> Result<()> {
    let camera = camera_of(source);
    let row = CameraRow {
        id: camera,
        name: format!("Camera {}", source.0),
        address: format!("192.0.2.{}", source.0 + 1),
        onvif_port: 80,
        tls_key: None,
        credentials: Vec::new(),
        outcome: "accepted".to_owned(),
        judgement: "{}".to_owned(),
        judged: now,
        manufacturer: String::new(),
        model: String::new(),
        firmware: String::new(),
        clock_offset: WallDuration::ZERO,
        purpose: None,
        added: now,
        removed: None,
    };
    let stream = StreamRow {
        id: stream_of(source),
        camera,
        kind: StreamKind::Main,
        uri: String::new(),
        encoding: "H264".to_owned(),
        width: 1920,
        height: 1080,
        rate: 10,
    };
    Ok(db.add_camera(&row, &[stream]).await?)
}
