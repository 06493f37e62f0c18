//! Where two services meet: what `ingest` receives goes into the archive's intake.

use std::sync::Arc;

use candour_archive::StreamIntake;
use candour_ingest::Sink;
use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::WallTime;
use candour_worker::Eye;

/// One stream's samples on their way into the archive, and past whoever looks for motion. Nothing here waits.
pub struct ArchiveSink {
    /// The stream's way in.
    pub intake: StreamIntake,
    /// Who looks for motion, if it is this stream of the camera that is looked at.
    pub eye: Option<Arc<Eye>>,
    /// For the log line that a lost camera leaves.
    pub label: String,
    /// Whether a time service vouched for our clock when the recorder started.
    pub kernel_synchronised: bool,
}

impl ArchiveSink {
    /// The camera's side comes from the stream, ours from the machine.
    fn with_our_clock(&self, evidence: ClockEvidence) -> ClockEvidence {
        ClockEvidence { kernel_synchronised: self.kernel_synchronised, ..evidence }
    }
}

impl Sink for ArchiveSink {
    fn run_started(&self, entry: SampleEntry, evidence: ClockEvidence, at: WallTime) {
        tracing::info!(stream = %self.label, codec = %entry.codec_string, width = entry.width, height = entry.height, "run started");
        self.eye.iter().for_each(|eye| eye.begins(entry.clone()));
        self.intake.run_started(entry, self.with_our_clock(evidence), at);
    }

    fn clock_evidence(&self, evidence: ClockEvidence) {
        self.intake.clock_evidence(self.with_our_clock(evidence));
    }

    fn sample(&self, sample: Arc<Sample>) {
        // Viewers and the writer come first.
        self.intake.sample(Arc::clone(&sample));
        self.eye.iter().for_each(|eye| eye.sample(&sample));
    }

    fn entry_changed(&self, entry: SampleEntry) {
        tracing::info!(stream = %self.label, codec = %entry.codec_string, width = entry.width, height = entry.height, "parameters changed");
        self.eye.iter().for_each(|eye| eye.begins(entry.clone()));
        self.intake.entry_changed(entry);
    }

    fn run_ended(&self, cause: GapCause, at: WallTime, detail: &str) {
        tracing::warn!(stream = %self.label, %cause, detail, "run ended");
        self.intake.run_ended(cause, at);
        self.eye.iter().for_each(|eye| eye.ends());
    }
}
