//! The written order of start and stop.
//!
//! Start: log (verified whole) → keyring → database → archive (finishes what a crash interrupted) → gate → cameras →
//! door. Stop: door refuses → streams stop → segments close → last digests → stop entry → last checkpoint.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use candour_archive::{Archive, ArchiveConfig, CheckOptions, Depth, MaskStillParts, MaskStills, RecoveryReport};
use candour_audit::{Actor, Event, EventKind, Log, LogConfig, Subject};
use candour_db::Db;
use candour_durable::Disk;
use candour_http::port::{CameraActError, NewCamera};
use candour_http::{Deps, HttpConfig, OwnCertificate, Running, SecondFactor, Server};
use candour_ingest::{LaneConfig, Lanes};
use candour_keyring::{Keyring, MasterSource};
use candour_units::{Clock, Entropy, RecorderId, WallDuration};
use candour_worker::{Proof, ProofConfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::alarms::Alarms;
use crate::config::Config;
use crate::estate::{Estate, Parts};
use crate::gate::Gate;
use crate::machine::{SystemClock, SystemEntropy, kernel_synchronised};
use crate::witnesses::Witnesses;
use crate::{monitor, status_file};

/// How often digests of closed segments go into the log (rule 6 of the store).
const DIGESTS_EVERY: Duration = Duration::from_secs(60);
/// The status file is looked at this often.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// The first quick check comes this long after the start, when cameras and viewers are back.
const FIRST_CHECK_AFTER: Duration = Duration::from_secs(300);
const CHECK_EVERY: Duration = Duration::from_secs(86_400);
/// A check beside recording reads no faster.
const CHECK_BYTES_PER_SECOND: u64 = 20_000_000;

/// Open requests are given this long to end when the recorder stops.
const PATIENCE: Duration = Duration::from_secs(3);

/// Cameras of an onboarding file that are asked at the same time.
const ONBOARDED_AT_ONCE: usize = 16;

/// What the command line says beside the configuration.
pub struct Options {
    /// Simulated cameras may be accepted.
    pub lab: bool,
    /// Cameras to add if they are not there yet.
    pub onboard: Vec<NewCamera>,
    /// The status file.
    pub status_file: Option<PathBuf>,
}

/// Runs the recorder until it is told to stop.
///
/// # Errors
/// What could not be started, with its cause. A part that fails later is shown and alarmed, and ends nothing.
pub async fn serve(config: Config, options: Options) -> anyhow::Result<()> {
    let mut stop_signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut recorder = Recorder::start(&config, &options).await?;
    let stopping = CancellationToken::new();
    let tasks = recorder.background(&config, &options, &stopping);
    recorder.onboard(options.onboard).await;
    tokio::select! {
        _ = stop_signals.0.recv() => tracing::info!("told to stop"),
        _ = stop_signals.1.recv() => tracing::info!("told to stop"),
    }
    stopping.cancel();
    recorder.stop(tasks).await
}

struct Recorder {
    estate: Estate,
    parts: Arc<Parts>,
    door: Running,
    standing: status_file::Standing,
    recorder: RecorderId,
    /// What was found in pictures, until somebody stores it.
    told: Option<crate::lookout::ToldWay>,
}

impl Recorder {
    async fn start(config: &Config, options: &Options) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let disk = Disk::real();
        crate::keys::refuse_unfinished(config)?;
        make_directories(&disk, config)?;
        let id = recorder_id(&disk, &config.data, &*entropy)?;
        let log = open_log(config, id, &clock, &entropy).await?;
        record(&log, EventKind::RecorderStarted, version_json(options.lab)).await?;
        let keyring = open_keyring(config, &entropy).await?;
        let (db, archive, report) = open_archive(config, id, &keyring, &log, &clock, &entropy).await?;
        let synchronised = kernel_synchronised() || config.trust_system_clock;
        let lists = crate::lists::ListStore::new(config, db.clone());
        let papers = crate::papers::PaperStore::new(&config.data);
        let found = lists.in_force().await.context("the vetting lists cannot be read")?;
        let made = crate::lookout::make(config, &db, &archive, clock.clone()).await?;
        let crate::lookout::Made { lookout, stills, conversion, trial, told } = made;
        let parts = Parts {
            db: db.clone(),
            archive: archive.clone(),
            keyring,
            witnesses: Arc::new(Witnesses::new(log.clone(), clock.clone(), &config.witnesses)?),
            log: log.clone(),
            lanes: Lanes::start(LaneConfig::default(), clock.clone()),
            lookout,
            stills: stills.clone(),
            conversion_deaths: conversion.deaths.clone(),
            gate: Gate::new(options.lab, config.sensitive, found.bundle)?,
            lists,
            papers,
            clock: clock.clone(),
            entropy: entropy.clone(),
            kernel_synchronised: synchronised,
        };
        let estate = Estate::new(parts);
        say_what_is_lost(&estate.parts(), report.lost).await;
        Alarms::of(&estate.parts()).follow("lists_lost", None, "red", found.trouble).await;
        estate.policy().set(crate::policy::load(&db).await?);
        if let Some(policy) = &config.policy {
            crate::policy::first_start(&estate, policy).await?;
        }
        estate.start_all().await?;
        let http = http_config(config, options.lab, id);
        let keyring = estate.parts().keyring.clone();
        let site = Arc::new(estate.clone());
        let (conversion, trial) = (Some(conversion), Some(trial));
        let mask_stills = mask_stills(config, &estate.parts(), disk).await?;
        let deps = Deps { db, archive, stills, mask_stills, log, keyring, clock, entropy, site, conversion, trial };
        let door = Server::start(http, deps).await.context("the door cannot be opened")?;
        let standing = standing(config, &door);
        announce(&standing, options.lab);
        let parts = estate.parts();
        Ok(Self { estate, parts, door, standing, recorder: id, told: Some(told) })
    }

    /// Adds the cameras of the onboarding file, by the same path as the page, several at a time: each is asked for seconds. One
    /// that fails is said and skipped.
    async fn onboard(&self, cameras: Vec<NewCamera>) {
        let mut adding = tokio::task::JoinSet::new();
        for camera in cameras {
            if adding.len() >= ONBOARDED_AT_ONCE {
                adding.join_next().await;
            }
            adding.spawn(add_named(self.estate.clone(), self.parts.clone(), camera));
        }
        while adding.join_next().await.is_some() {}
    }

    /// Everything that goes on by itself; each task ends when `stopping` is cancelled.
    fn background(
        &mut self,
        config: &Config,
        options: &Options,
        stopping: &CancellationToken,
    ) -> tokio::task::JoinSet<()> {
        let mut tasks = tokio::task::JoinSet::new();
        let (estate, parts) = (self.estate.clone(), self.parts.clone());
        let monitor = Arc::new(tokio::sync::Mutex::new(monitor::Monitor::default()));
        tasks.spawn(every(monitor::PERIOD, stopping.clone(), move || {
            let (estate, parts, monitor) = (estate.clone(), parts.clone(), monitor.clone());
            async move { monitor.lock().await.look(&estate, &parts).await }
        }));
        let archive = self.parts.archive.clone();
        tasks.spawn(every(DIGESTS_EVERY, stopping.clone(), move || {
            let archive = archive.clone();
            async move {
                if let Err(error) = archive.log_closed_segments().await {
                    tracing::error!(%error, "digests of closed segments are not in the log yet");
                }
            }
        }));
        if let Some(told) = self.told.take() {
            tasks.spawn(crate::lookout::run(self.estate.clone(), told, stopping.clone()));
        }
        let (from, to) = config.motion.second_look_hours;
        let hours = crate::second_look::Hours(from, to);
        tasks.spawn(crate::second_look::run(self.parts.clone(), hours, stopping.clone()));
        let vouched = config.trust_system_clock;
        let daily = crate::keys::daily::Daily {
            backup: crate::keys::backup::BackupParts {
                db: self.parts.db.clone(),
                keyring: self.parts.keyring.clone(),
                log: self.parts.log.clone(),
                clock: self.parts.clock.clone(),
                recorder: self.recorder,
                data: config.data.clone(),
                days: config.backup_days,
            },
            directory: config.backup_directory.clone(),
            proved: Box::new(move || vouched || kernel_synchronised()),
        };
        tasks.spawn(crate::keys::daily::run(daily, self.parts.clone(), stopping.clone()));
        tasks.spawn(crate::retention::run(self.estate.clone(), config.trust_system_clock, stopping.clone()));
        let proof = Proof::new(ProofConfig {
            db: self.parts.db.clone(),
            clock: self.parts.clock.clone(),
            synchronised: Box::new(move || vouched || kernel_synchronised()),
        });
        let details = Proof::new(ProofConfig {
            db: self.parts.db.clone(),
            clock: self.parts.clock.clone(),
            synchronised: Box::new(move || vouched || kernel_synchronised()),
        });
        tasks.spawn(crate::erasing::run(self.parts.clone(), config.details_days, details, stopping.clone()));
        let schedule = config.look_every_minutes.map_or(crate::watch::Schedule::Nightly, |minutes| {
            crate::watch::Schedule::Every(WallDuration::from_seconds(i64::from(minutes) * 60))
        });
        tasks.spawn(crate::watch::run(self.estate.clone(), schedule, stopping.clone()));
        tasks.spawn(crate::estate::passwords::run(self.estate.clone(), stopping.clone()));
        tasks.spawn(crate::tables::run(self.estate.clone(), stopping.clone()));
        tasks.spawn(crate::claims::run(self.estate.clone(), stopping.clone()));
        tasks.spawn(crate::policy::obey(self.estate.clone(), stopping.clone()));
        tasks.spawn(crate::policy::live(self.estate.clone(), proof, stopping.clone()));
        tasks.spawn(crate::policy::keep_promises(self.estate.clone(), stopping.clone()));
        tasks.spawn(crate::witnesses::run(self.parts.witnesses.clone(), stopping.clone()));
        tasks.spawn(check_daily(self.parts.clone(), stopping.clone()));
        tasks.spawn(crate::room::run(self.estate.clone(), config.trust_system_clock, stopping.clone()));
        if let Some(path) = options.status_file.clone() {
            tasks.spawn(keep_status(path, self.standing.clone(), self.estate.clone(), stopping.clone()));
        }
        tasks
    }

    async fn stop(self, mut tasks: tokio::task::JoinSet<()>) -> anyhow::Result<()> {
        self.door.stop(PATIENCE).await;
        while tasks.join_next().await.is_some() {}
        self.estate.stop_all().await;
        let parts = self.parts;
        parts.archive.clone().close().await;
        if let Err(error) = parts.archive.log_closed_segments().await {
            tracing::error!(%error, "the last digests are not in the log; they follow at the next start");
        }
        record(&parts.log, EventKind::RecorderStopped, "{}".into()).await?;
        parts.log.clone().close().await;
        tracing::info!("stopped in order");
        Ok(())
    }
}

/// The rooms of a recorder that does not record: recovery has run, nothing is received.
pub struct Rooms {
    /// Rows.
    pub db: Db,
    /// Footage.
    pub archive: Archive,
    /// The log.
    pub log: Log,
}

/// Opens the rooms in the order of the start, without cameras and without a door: for mending.
///
/// # Errors
/// What could not be opened, with its cause.
pub async fn open_rooms(config: &Config) -> anyhow::Result<Rooms> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let id = recorder_id(&Disk::real(), &config.data, &*entropy)?;
    let log = open_log(config, id, &clock, &entropy).await?;
    let keyring = open_keyring(config, &entropy).await?;
    let (db, archive, _report) = open_archive(config, id, &keyring, &log, &clock, &entropy).await?;
    Ok(Rooms { db, archive, log })
}

/// The storage directories.
pub fn storage_directories(config: &Config) -> Vec<PathBuf> {
    config.storage.clone()
}

async fn open_archive(
    config: &Config,
    recorder: RecorderId,
    keyring: &Keyring,
    log: &Log,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> anyhow::Result<(Db, Archive, RecoveryReport)> {
    let db = crate::database::open(config).await?;
    let storage = ArchiveConfig { directories: storage_directories(config), recorder };
    let (archive, report) =
        Archive::open(storage, db.clone(), keyring.clone(), log.clone(), clock.clone(), entropy.clone())
            .await
            .context("the archive cannot be opened")?;
    tracing::info!(?report, "archive opened");
    Ok((db, archive, report))
}

/// The stills that are kept for drawing masks; what a restored catalogue knows nothing of is destroyed first.
async fn mask_stills(config: &Config, parts: &Parts, disk: Disk) -> anyhow::Result<Arc<MaskStills>> {
    let stills = MaskStills::new(MaskStillParts {
        directory: config.data.join("stills"),
        disk,
        db: parts.db.clone(),
        keyring: parts.keyring.clone(),
        log: parts.log.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
    });
    let gone = stills.clear_unknown().await.context("stills kept for masks cannot be looked through")?;
    if gone > 0 {
        tracing::warn!(gone, "stills for masks that the catalogue does not know were destroyed");
    }
    Ok(Arc::new(stills))
}

/// Footage that the catalogue knows and the storage does not is data loss, and somebody must look.
async fn say_what_is_lost(parts: &Parts, lost: u64) {
    let words = (lost > 0).then(|| {
        format!(
            "{lost} segments are in the catalogue, but their files or keys are gone and no certificate says why. \
             Run candour-verify on the data directory and look for a disk that fails."
        )
    });
    Alarms::of(parts).follow("data_loss", None, "red", words).await;
}

/// Adds one camera of the onboarding file.
async fn add_named(estate: Estate, parts: Arc<Parts>, camera: NewCamera) {
    let name = camera.name.clone();
    match estate.add(camera).await {
        Ok(id) => {
            let outcome = serde_json::json!({ "name": name, "from": "onboarding file" }).to_string();
            let subject = Subject { cameras: vec![id], ..Subject::default() };
            let event = Event { kind: EventKind::CameraAdded, actor: Actor::Recorder, subject, outcome };
            if let Err(error) = parts.log.append(event).await {
                tracing::error!(camera = %name, %error, "the addition could not be logged");
            }
        }
        Err(CameraActError::Exists { .. }) => tracing::info!(camera = %name, "known already"),
        Err(error) => tracing::error!(camera = %name, %error, "not added"),
    }
}

/// Runs `round` every `period` until told to stop.
async fn every<F, R>(period: Duration, stopping: CancellationToken, mut round: F)
where
    F: FnMut() -> R,
    R: Future<Output = ()>,
{
    let mut timer = tokio::time::interval(period);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = timer.tick() => round().await,
        }
    }
}

/// A quick check a while after the start and once a day: a start itself looks only at what was left unfinished.
async fn check_daily(parts: Arc<Parts>, stopping: CancellationToken) {
    let mut pause = FIRST_CHECK_AFTER;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        // One that somebody began by hand is as good.
        let options = CheckOptions::gentle(Depth::Quick, CHECK_BYTES_PER_SECOND);
        parts.archive.start_check(parts.log.directory().to_owned(), options);
        pause = CHECK_EVERY;
    }
}

async fn keep_status(path: PathBuf, standing: status_file::Standing, estate: Estate, stopping: CancellationToken) {
    let disk = Disk::real();
    let mut before = String::new();
    let mut rounds_since = 0;
    let mut standing = standing;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = estate.set_up() => standing.setup_token = None,
            () = tokio::time::sleep(STATUS_EVERY) => {}
        }
        let text = status_file::text(&standing, &estate.overview().await);
        rounds_since += 1;
        if text != before || rounds_since >= 10 {
            if let Err(error) = status_file::write(&disk, &path, &text) {
                tracing::warn!(%error, "the status file cannot be written");
            }
            (before, rounds_since) = (text, 0);
        }
    }
}

fn make_directories(disk: &Disk, config: &Config) -> anyhow::Result<()> {
    let keys = match &config.master {
        MasterSource::File(path) => path.parent().map(Path::to_path_buf),
        MasterSource::Credential(_) | MasterSource::Token(_) => None,
    };
    // Not those for footage or copies of the keyring: one that is not there may be a disk that is not mounted.
    let all = [Some(config.data.clone()), Some(config.log.clone()), keys];
    for directory in all.into_iter().flatten() {
        disk.create_dir_durably(&directory)
            .with_context(|| format!("the directory {} cannot be made", directory.display()))?;
    }
    Ok(())
}

/// The recorder's id, minted at the first start and kept in a file of its own, so that it outlives the catalogue.
pub(crate) fn recorder_id(disk: &Disk, data: &Path, entropy: &dyn Entropy) -> anyhow::Result<RecorderId> {
    let path = data.join("recorder-id");
    match std::fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().with_context(|| format!("{} holds no recorder id", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = RecorderId::from_bytes(entropy.id());
            disk.write_atomically(&path, format!("{id}\n").as_bytes(), 0o600)?;
            Ok(id)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

pub(crate) async fn open_log(
    config: &Config,
    recorder: RecorderId,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> anyhow::Result<Log> {
    let log = LogConfig {
        directory: config.log.clone(),
        second: config.log_second.clone(),
        recorder,
        origin: format!("candour/recorder/{recorder}"),
    };
    let (clock, entropy) = (clock.clone(), entropy.clone());
    tokio::task::spawn_blocking(move || Log::open(log, clock, entropy)).await?.context("the log cannot be opened")
}

/// The keyring; its copies are mended from each other.
///
/// # Errors
/// What could not be opened, with its cause.
pub async fn open_keyring(config: &Config, entropy: &Arc<dyn Entropy>) -> anyhow::Result<Keyring> {
    let (source, copies, entropy) = (config.master.clone(), config.keyring_copies.clone(), entropy.clone());
    // A catalogue may lie in PostgreSQL; footage tells too. Without either there is nothing that lost keys could have opened.
    let has_footage = config.storage.iter().any(|directory| directory.join("footage").exists());
    let first_start = !config.data.join("candour.db").exists() && !has_footage;
    let open = move || Keyring::open_under(Disk::real(), &source, &copies, first_start, entropy);
    tokio::task::spawn_blocking(open).await?.context("the keyring cannot be opened")
}

fn http_config(config: &Config, lab: bool, recorder: RecorderId) -> HttpConfig {
    HttpConfig {
        listen: config.listen,
        tls_directory: config.data.join("tls"),
        host_names: config.host_names.clone(),
        own_certificate: config
            .certificate
            .clone()
            .map(|certificate| OwnCertificate { chain: certificate.chain, key: certificate.key }),
        lab,
        version: env!("CARGO_PKG_VERSION").into(),
        recorder,
        // Not a setting: whoever could change it could look with a password alone.
        second_factor: SecondFactor::Required,
        anomaly_rules: config.anomaly_rules,
    }
}

fn standing(config: &Config, door: &Running) -> status_file::Standing {
    let host = config.host_names.first().map_or("localhost", String::as_str);
    status_file::Standing {
        address: format!("https://{host}:{}", door.addr.port()),
        setup_token: door.setup_token.as_ref().map(|token| token.expose().to_owned()),
        ca_certificate: door.ca_fingerprint.is_some().then(|| config.data.join("tls/ca.crt")),
        ca_fingerprint: door.ca_fingerprint.clone(),
    }
}

/// What the person at the terminal must know. The token is printed here and nowhere else but the status file.
fn announce(standing: &status_file::Standing, lab: bool) {
    println!("Candour listens on {}", standing.address);
    if lab {
        println!("LAB MODE: simulated cameras are accepted. Never use this on a real site.");
    }
    if let Some(fingerprint) = &standing.ca_fingerprint {
        println!("Site CA SHA-256 {fingerprint}");
    }
    if let Some(token) = &standing.setup_token {
        println!("Set-up token: {token}");
    }
}

fn version_json(lab: bool) -> String {
    serde_json::json!({ "version": env!("CARGO_PKG_VERSION"), "lab": lab }).to_string()
}

async fn record(log: &Log, kind: EventKind, outcome: String) -> anyhow::Result<()> {
    let event = Event { kind, actor: Actor::Recorder, subject: Subject::default(), outcome };
    log.append(event).await.with_context(|| format!("the log cannot be written ({})", kind.word()))?;
    Ok(())
}
