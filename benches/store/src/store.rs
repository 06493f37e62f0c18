//! A store of footage made as fast as the machine can: the real archive, keyring, database and log, on a clock of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use candour_archive::{Archive, ArchiveConfig, RecordingSpec, SpanKind};
use candour_audit::{Log, LogConfig, Look, LookKind, Receipt};
use candour_db::{CameraRow, Db, StreamRow};
use candour_keyring::{Keyring, KeyringConfig};
use candour_media::Sample;
use candour_recording::ClockEvidence;
use candour_units::{
    CameraId, Hash, MediaTime, PersonId, PurposeId, RecorderId, SeededEntropy, SessionId, SimClock, StreamId,
    StreamKind, WallDuration, WallRange, WallTime,
};

use crate::clip::Clip;

pub(crate) const CAMERA: CameraId = CameraId::from_bytes([0xca; 16]);
pub(crate) const STREAM: StreamId = StreamId::from_bytes([0x57; 16]);
/// What is given to the archive before the writer is waited for; its queue for a stream takes twice that.
const AHEAD_BYTES: usize = 8 << 20;

/// When the footage begins: the start of an hour.
pub(crate) fn began() -> WallTime {
    WallTime::from_unix_seconds(1_795_460_400)
}

/// A store in a directory that goes with it.
pub(crate) struct Store {
    directory: tempfile::TempDir,
    pub(crate) clock: Arc<SimClock>,
    pub(crate) db: Db,
    pub(crate) log: Log,
    pub(crate) keyring: Keyring,
    pub(crate) archive: Archive,
    starts: u64,
    /// What is recorded.
    pub(crate) recorded: WallRange,
}

impl Store {
    /// Records `seconds` of the clip, repeated, as one stream of one camera.
    pub(crate) async fn record(scratch: &Path, clip: &Clip, seconds: i64) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("store-").tempdir_in(scratch)?;
        let clock = Arc::new(SimClock::at(began()));
        let recorded = WallRange { start: began(), end: began() + WallDuration::from_seconds(seconds) };
        let mut store = Self::open(directory, clock, 0, recorded).await?;
        store.add_camera(clip).await?;
        let started = Instant::now();
        store.feed(clip, seconds).await?;
        eprintln!("  {seconds} s recorded in {:.1} s", started.elapsed().as_secs_f64());
        store.reopened().await
    }

    async fn open(
        directory: tempfile::TempDir,
        clock: Arc<SimClock>,
        starts: u64,
        recorded: WallRange,
    ) -> Result<Self> {
        let path = directory.path();
        let entropy = Arc::new(SeededEntropy::new(starts * 1_000_003 + 11));
        std::fs::create_dir_all(path.join("keys"))?;
        let db = Db::open(&path.join("candour.db")).await?;
        let config = KeyringConfig { master: path.join("master"), copies: vec![path.join("keys")] };
        let keyring = Keyring::open(config, entropy.clone())?;
        let recorder = RecorderId::from_bytes([0x4e; 16]);
        let config = LogConfig {
            directory: path.join("log"),
            second: None,
            recorder,
            origin: "bench.invalid/recorder".to_owned(),
        };
        let log = Log::open(config, clock.clone(), entropy.clone())?;
        let config = ArchiveConfig { directories: vec![path.join("footage")], recorder };
        let (archive, _) =
            Archive::open(config, db.clone(), keyring.clone(), log.clone(), clock.clone(), entropy).await?;
        Ok(Self { directory, clock, db, log, keyring, archive, starts, recorded })
    }

    /// Stops in order and starts again: nothing is known but what stands on the disk.
    pub(crate) async fn reopened(self) -> Result<Self> {
        self.archive.close().await;
        self.log.close().await;
        self.db.close().await;
        drop(self.keyring);
        Self::open(self.directory, self.clock, self.starts + 1, self.recorded).await
    }

    async fn add_camera(&self, clip: &Clip) -> Result<()> {
        let camera = CameraRow {
            id: CAMERA,
            name: "Bench".to_owned(),
            address: "192.0.2.1".to_owned(),
            onvif_port: 80,
            tls_key: None,
            credentials: Vec::new(),
            outcome: "accepted".to_owned(),
            judgement: "{}".to_owned(),
            judged: began(),
            manufacturer: String::new(),
            model: String::new(),
            firmware: String::new(),
            clock_offset: WallDuration::ZERO,
            purpose: None,
            added: began(),
            removed: None,
        };
        let stream = StreamRow {
            id: STREAM,
            camera: CAMERA,
            kind: StreamKind::Main,
            uri: String::new(),
            encoding: "H264".to_owned(),
            width: clip.entry.width,
            height: clip.entry.height,
            rate: 25,
        };
        Ok(self.db.add_camera(&camera, &[stream]).await?)
    }

    async fn feed(&mut self, clip: &Clip, seconds: i64) -> Result<()> {
        let spec = RecordingSpec {
            purpose: PurposeId::from_bytes([0x70; 16]),
            policy_hash: Hash([0x71; 32]),
            keep: WallDuration::from_seconds(31 * 86_400),
            on_motion: None,
        };
        let intake = self.archive.intake(CAMERA, STREAM, StreamKind::Main, Some(spec));
        intake.run_started(clip.entry.clone(), ClockEvidence::default(), began());
        let (mut ahead, mut round) = (0, 0);
        loop {
            for sample in &clip.samples {
                let dts = round * clip.length + sample.dts;
                let now = began() + WallDuration::from_ticks(dts);
                if now >= self.recorded.end {
                    // The last fragment closes by the clock.
                    self.clock.advance_s(2);
                    return self.written(self.recorded.end).await;
                }
                self.clock_to(dts);
                intake.sample(Arc::new(Sample {
                    pts: MediaTime::from_ticks(round * clip.length + sample.pts),
                    dts: MediaTime::from_ticks(dts),
                    duration: 0,
                    sync: sample.sync,
                    arrival: now,
                    loss_before: 0,
                    data: sample.data.clone(),
                }));
                ahead += sample.data.len();
                if ahead > AHEAD_BYTES {
                    self.written(now).await?;
                    ahead = 0;
                }
            }
            round += 1;
            ensure!(round * clip.length <= (seconds + 3600) * 90_000, "the clip is empty");
        }
    }

    fn clock_to(&self, dts: i64) {
        use candour_units::Clock;
        let behind = began() + WallDuration::from_ticks(dts) - self.clock.wall();
        if behind.ticks() > 0 {
            self.clock.advance(behind.ticks() * 100_000 / 9);
        }
    }

    /// Waits until everything up to about `moment` is durable.
    async fn written(&self, moment: WallTime) -> Result<()> {
        let almost = moment - WallDuration::from_seconds(5);
        let range = WallRange { start: almost - WallDuration::from_seconds(120), end: moment };
        let began = Instant::now();
        loop {
            let spans = self.archive.timeline(STREAM, range).await?.spans;
            if spans.iter().any(|span| span.kind == SpanKind::Recorded && span.range.end >= almost) {
                return Ok(());
            }
            ensure!(began.elapsed() < Duration::from_secs(60), "the writer does not come along: {spans:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Receipts that together cover `range`, an hour each.
    pub(crate) async fn receipts(&self, range: WallRange) -> Result<Vec<Receipt>> {
        let mut receipts = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let end = (start + WallDuration::from_seconds(3600)).min(range.end);
            let look = Look {
                person: PersonId::from_bytes([1; 16]),
                name: "Bench".to_owned(),
                session: SessionId::from_bytes([2; 16]),
                station: None,
                address: "192.0.2.7".to_owned(),
                reason: "a measurement".to_owned(),
                purpose: None,
                cameras: vec![CAMERA],
                kind: LookKind::Playback,
                interval: WallRange::new(start, end),
                under: None,
            };
            receipts.push(self.log.look(look).await?);
            start = end;
        }
        Ok(receipts)
    }

    /// Where the segment files lie.
    pub(crate) fn storage(&self) -> PathBuf {
        self.directory.path().join("footage")
    }

    /// Every segment file.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut directories = vec![self.storage()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory)? {
                let path = entry?.path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }

    /// Takes every segment file out of the page cache, so that the next read comes from the disk.
    pub(crate) fn make_cold(&self) -> Result<()> {
        // dd asks the kernel to forget a file; what was just written must be on the disk first.
        Command::new("sync").status().context("sync")?;
        for files in self.files()?.chunks(200) {
            let script = "for file; do dd if=\"$file\" iflag=nocache count=0 status=none; done";
            let status = Command::new("sh").arg("-c").arg(script).arg("sh").args(files).status().context("dd")?;
            ensure!(status.success(), "dd could not take files out of the page cache");
        }
        Ok(())
    }
}
