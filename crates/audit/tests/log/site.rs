//! A log in a temporary directory, with a simulated clock and repeatable randomness.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use candour_audit::{Actor, EntryView, Event, EventKind, Log, LogConfig, LogError, Subject};
use candour_durable::{Disk, Fault, Script, Step};
use candour_units::{RecorderId, SeededEntropy, SimClock, WallTime};

pub const ORIGIN: &str = "candour.example/recorder/one";

pub struct Site {
    pub directory: PathBuf,
    /// A second directory, where the log has one.
    pub second: Option<PathBuf>,
    pub clock: Arc<SimClock>,
    _keep: tempfile::TempDir,
}

impl Site {
    pub fn new() -> Self {
        let keep = tempfile::tempdir().expect("a temporary directory");
        let clock = Arc::new(SimClock::at(WallTime::from_unix_seconds(1_795_461_180)));
        Self { directory: keep.path().join("log"), second: None, clock, _keep: keep }
    }

    pub fn with_second() -> Self {
        let site = Self::new();
        let second = site.directory.with_file_name("second");
        Self { second: Some(second), ..site }
    }

    pub fn config(&self) -> LogConfig {
        let directory = self.directory.clone();
        LogConfig {
            directory,
            second: self.second.clone(),
            recorder: RecorderId::from_bytes([1; 16]),
            origin: ORIGIN.to_owned(),
        }
    }

    pub fn open(&self) -> Result<Log, LogError> {
        self.open_on(Disk::real())
    }

    pub fn open_on(&self, disk: Disk) -> Result<Log, LogError> {
        Log::open_on(disk, self.config(), self.clock.clone(), Arc::new(SeededEntropy::new(5)))
    }

    /// As [`Self::open`], quicker: nothing is synced, for tests in which only the process dies and not the machine.
    pub fn open_unsynced(&self) -> Result<Log, LogError> {
        let script = Script::new();
        for step in [Step::Sync, Step::SyncDirectory] {
            script.fail_every(step, Fault::Lie);
        }
        self.open_on(Disk::with_faults(Arc::new(script)))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).expect("the file is there")
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.file(name), bytes).expect("the directory is there");
    }
}

pub fn event(reason: &str) -> Event {
    let subject = Subject { reason: Some(reason.to_owned()), ..Subject::default() };
    Event { kind: EventKind::ConfigurationChanged, actor: Actor::Recorder, subject, outcome: "{}".to_owned() }
}

/// The reasons of all entries, in order.
pub async fn reasons(log: &Log) -> Vec<String> {
    let entries = log.entries(0, u64::MAX).await.expect("entries can be read");
    entries.iter().map(reason).collect()
}

fn reason(entry: &EntryView) -> String {
    let why = entry.why.as_deref().expect("not erased");
    why.trim_start_matches(r#"{"reason":""#).trim_end_matches(r#""}"#).to_owned()
}
