//! A check beside a running recorder: one at a time, slowly, with its standing and its last report for whoever asks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{CheckOptions, CheckProgress, CheckReport, CheckStanding, Depth};
use crate::Archive;

/// Where checks of a running archive stand.
#[derive(Default)]
pub(crate) struct Desk(Mutex<State>);

#[derive(Default)]
struct State {
    running: Option<(Depth, Arc<CheckProgress>)>,
    last: Option<Arc<CheckReport>>,
    failed: Option<String>,
}

/// What is known of checks now.
#[derive(Debug, Clone, Default)]
pub struct CheckDesk {
    /// The check under way and how far it has come.
    pub running: Option<(Depth, CheckStanding)>,
    /// The report of the last one that came to its end.
    pub last: Option<Arc<CheckReport>>,
    /// Why the last attempt came to no end, if it did not.
    pub failed: Option<String>,
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` while another one is under way.
    fn begin(&self, depth: Depth) -> Option<Arc<CheckProgress>> {
        let mut state = self.state();
        if state.running.is_some() {
            return None;
        }
        let progress = Arc::new(CheckProgress::default());
        state.running = Some((depth, Arc::clone(&progress)));
        Some(progress)
    }

    fn end(&self, outcome: Result<CheckReport, crate::ArchiveError>) {
        let mut state = self.state();
        state.running = None;
        match outcome {
            Ok(report) => {
                state.failed = None;
                if report.whole {
                    state.last = Some(Arc::new(report));
                }
            }
            Err(error) => state.failed = Some(candour_units::chain(&error)),
        }
    }
}

impl Archive {
    /// Begins a check beside the recorder and answers at once; false when one is under way already. It reads no more than
    /// `options` say, and gives out no footage.
    pub fn start_check(&self, log: std::path::PathBuf, options: CheckOptions) -> bool {
        let Some(progress) = self.inner.desk.begin(options.depth) else { return false };
        let archive = self.clone();
        tokio::spawn(async move {
            let outcome = archive.check(&log, &options, &progress).await;
            if let Ok(report) = &outcome {
                tracing::info!(depth = ?report.depth, files = report.files, findings = report.findings.len(), "checked");
                report.findings.iter().for_each(|finding| tracing::warn!(%finding, "the check found"));
            }
            archive.inner.desk.end(outcome);
        });
        true
    }

    /// How checks of this archive stand.
    #[must_use]
    pub fn check_desk(&self) -> CheckDesk {
        let state = self.inner.desk.state();
        CheckDesk {
            running: state.running.as_ref().map(|(depth, progress)| (*depth, progress.now())),
            last: state.last.clone(),
            failed: state.failed.clone(),
        }
    }

    /// Ends a check under way at its next file; its report is not kept.
    pub fn stop_check(&self) {
        if let Some((_, progress)) = &self.inner.desk.state().running {
            progress.stop();
        }
    }
}
