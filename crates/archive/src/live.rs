//! Live subscriptions: the current GOP first, then samples as they arrive. Needs a receipt.

use std::sync::Arc;

use candour_media::{Sample, SampleEntry};
use candour_recording::GapCause;
use candour_units::{CameraId, StreamKind, WallTime};

/// How a stream stands right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveState {
    /// Samples arrive.
    Live,
    /// No run stands; why, and since when.
    Lost {
        /// Why.
        cause: GapCause,
        /// Since when.
        since: WallTime,
    },
}

/// What a subscriber gets.
#[derive(Debug, Clone)]
pub enum LiveEvent {
    /// The decoder must be configured (anew); comes before the first sample and at every change.
    Config(Arc<SampleEntry>),
    /// One sample. `cached` marks samples of the current GOP from before now, `last_cached` the newest of them;
    /// `timeline_breaks` a key sample after which times start anew (first, after a loss of ours, a new run).
    Sample {
        /// The sample.
        sample: Arc<Sample>,
        /// Counts the stream's samples, so that a viewer sees what was left out.
        seq: u32,
        /// From before now.
        cached: bool,
        /// The newest of the cached ones.
        last_cached: bool,
        /// Times start anew here.
        timeline_breaks: bool,
    },
    /// The stream's state changed.
    State(LiveState),
}

/// One viewer's subscription to one stream. A viewer that falls behind loses whole GOPs, nothing else waits for it.
pub struct LiveSubscription {
    pub(crate) _private: (),
}

impl LiveSubscription {
    /// The next event; `None` when the stream is gone for good. Cancel-safe.
    pub async fn next(&mut self) -> Option<LiveEvent> {
        todo!()
    }
    /// Drops what is queued and starts again with the newest GOP, marked cached.
    pub fn refresh(&mut self) {
        todo!()
    }
    /// The camera.
    #[must_use]
    pub fn camera(&self) -> CameraId {
        todo!()
    }
    /// Main or sub.
    #[must_use]
    pub fn kind(&self) -> StreamKind {
        todo!()
    }
}
