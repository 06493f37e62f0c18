//! Where samples go.

use std::sync::Arc;

use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::WallTime;

/// What a stream's recorder and viewers hear, in this order and always from the stream's own lane:
/// `run_started` (`sample` | `entry_changed` | `clock_evidence`)* `run_ended`, over and over. A `run_ended` without a
/// `run_started` before it is an attempt that never brought a sample.
///
/// Every method is called on a thread that reads other cameras too: none may block, wait or take long.
pub trait Sink: Send + Sync + 'static {
    /// Samples begin to come; the first follows at once, is a sync sample, and arrived at `at`. The entry's decoder
    /// configuration holds until [`Sink::entry_changed`]. Dts count from 0 again.
    fn run_started(&self, entry: SampleEntry, evidence: ClockEvidence, at: WallTime);

    /// The next sample in decode order. Arrival times never decrease within a run.
    fn sample(&self, sample: Arc<Sample>);

    /// The samples from here on, the first of them a sync sample, need this entry; the timeline goes on.
    fn entry_changed(&self, entry: SampleEntry);

    /// The camera said what its clock shows. Told once per run when it first says so, and when it has moved.
    fn clock_evidence(&self, evidence: ClockEvidence) {
        let _ = evidence; // Who stores no evidence need not listen.
    }

    /// Nothing more comes of this run, or of this attempt to begin one. `at` is when that was known; the gap begins
    /// where the last sample ends. `detail` is one line for people, with whatever the camera said made harmless.
    fn run_ended(&self, cause: GapCause, at: WallTime, detail: &str);
}
