//! How fast the check reads, and how far it has come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far a check has come; whoever started it may look at any time.
#[derive(Debug, Default)]
pub struct CheckProgress {
    /// Bytes to read; 0 before it is known. A quick check counts only what it reads of each file.
    bytes_total: AtomicU64,
    bytes_done: AtomicU64,
    files_total: AtomicU64,
    files_done: AtomicU64,
    findings: AtomicU64,
    stopped: AtomicBool,
}

/// A moment of [`CheckProgress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckStanding {
    /// Bytes of the files to read; 0 in a quick check and before it is known.
    pub bytes_total: u64,
    /// Bytes read.
    pub bytes_done: u64,
    /// Files to look at; 0 before it is known.
    pub files_total: u64,
    /// Files looked at.
    pub files_done: u64,
    /// Findings so far.
    pub findings: u64,
}

impl CheckProgress {
    /// How far it has come.
    #[must_use]
    pub fn now(&self) -> CheckStanding {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        CheckStanding {
            bytes_total: read(&self.bytes_total),
            bytes_done: read(&self.bytes_done),
            files_total: read(&self.files_total),
            files_done: read(&self.files_done),
            findings: read(&self.findings),
        }
    }

    /// Asks the check to end at the next file; its report then says that it is not whole.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn expect(&self, files: u64, bytes: u64) {
        self.files_total.store(files, Ordering::Relaxed);
        self.bytes_total.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn looked_at_file(&self) {
        self.files_done.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn found(&self, findings: u64) {
        self.findings.fetch_add(findings, Ordering::Relaxed);
    }
}

/// Holds all workers together to so many bytes a second. Beside a running recorder the disk belongs to recording.
pub(crate) struct Pace<'a> {
    progress: &'a CheckProgress,
    bytes_per_second: Option<u64>,
    /// When the bytes read so far should have been read at the earliest.
    due: Mutex<Instant>,
}

impl<'a> Pace<'a> {
    pub(crate) fn new(progress: &'a CheckProgress, bytes_per_second: Option<u64>) -> Self {
        Self { progress, bytes_per_second: bytes_per_second.filter(|rate| *rate > 0), due: Mutex::new(Instant::now()) }
    }

    /// Notes that so many bytes were read, and waits until they may have been.
    pub(crate) fn read(&self, bytes: u64) {
        self.progress.bytes_done.fetch_add(bytes, Ordering::Relaxed);
        let Some(rate) = self.bytes_per_second else { return };
        let takes = Duration::from_secs_f64(bytes as f64 / rate as f64);
        let now = Instant::now();
        let wait = {
            let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
            // What was not used is not saved up: a pause must not end in a burst.
            *due = (*due).max(now) + takes;
            due.saturating_duration_since(now)
        };
        if wait > Duration::from_millis(1) {
            std::thread::sleep(wait);
        }
    }

    pub(crate) fn progress(&self) -> &CheckProgress {
        self.progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_kept() {
        let progress = CheckProgress::default();
        let pace = Pace::new(&progress, Some(1_000_000));
        let began = Instant::now();
        (0..10).for_each(|_| pace.read(10_000));
        assert!(began.elapsed() >= Duration::from_millis(80), "{:?}", began.elapsed());
        assert_eq!(progress.now().bytes_done, 100_000);
    }
}
