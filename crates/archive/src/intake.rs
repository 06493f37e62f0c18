//! Where samples enter: published to live viewers as they arrive, handed to the writer, waiting for neither.

use std::sync::Arc;

use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{CameraId, Hash, PurposeId, RunId, StreamId, StreamKind, WallDuration, WallTime};

/// What a stream records for. Without one nothing is recorded (promise 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingSpec {
    /// The purpose in force.
    pub purpose: PurposeId,
    /// Digest of the policy version in force.
    pub policy_hash: Hash,
    /// How long footage lives; `keep_until` = start + keep, fixed at capture.
    pub keep: WallDuration,
}

/// One stream's way in. Calls never block: a writer that cannot keep up costs a counted gap, never a viewer.
#[derive(Clone)]
pub struct StreamIntake {
    pub(crate) _inner: Arc<(CameraId, StreamId, StreamKind)>,
}

impl StreamIntake {
    /// A connection stands and the sample entry is known. Times of its samples start anew.
    pub fn run_started(&self, _entry: SampleEntry, _evidence: ClockEvidence, _at: WallTime) -> RunId {
        todo!()
    }
    /// One sample of the current run, in decode order.
    pub fn sample(&self, _sample: Arc<Sample>) {
        todo!()
    }
    /// The parameter sets changed; the following samples belong to this entry.
    pub fn entry_changed(&self, _entry: SampleEntry) {
        todo!()
    }
    /// Nothing more comes over this connection; the gap begins, with its cause.
    pub fn run_ended(&self, _cause: GapCause, _at: WallTime) {
        todo!()
    }
}
