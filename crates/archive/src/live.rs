//! Live subscriptions: the current GOP first, then samples as they arrive. Needs a receipt.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use candour_audit::{LookKind, NotCovered, Receipt};
use candour_media::{Sample, SampleEntry};
use candour_recording::GapCause;
use candour_units::{CameraId, Clock, MonoTime, StreamKind, WallTime};
use tokio::sync::Notify;

use crate::ArchiveError;
use crate::stream::{LiveStream, Polled};

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

/// What a subscriber gets. The first is always the state.
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
    stream: Arc<LiveStream>,
    viewer: u64,
    notify: Arc<Notify>,
    clock: Arc<dyn Clock>,
    lapses: AtomicI64,
}

impl LiveSubscription {
    pub(crate) fn new(stream: Arc<LiveStream>, receipt: &Receipt, clock: Arc<dyn Clock>) -> Self {
        let (viewer, notify) = stream.add_viewer();
        Self { stream, viewer, notify, clock, lapses: AtomicI64::new(receipt.lapses().nanos()) }
    }

    /// The next event; `None` when the stream is gone for good, or the receipt has lapsed and was not renewed in time.
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<LiveEvent> {
        loop {
            // Asked before every single event: no renewal, no more bytes.
            if self.clock.mono() >= MonoTime::from_nanos(self.lapses.load(Ordering::Relaxed)) {
                return None;
            }
            match self.stream.poll(self.viewer) {
                Polled::Event(event) => return Some(event),
                Polled::Gone => return None,
                Polled::Pending => self.notify.notified().await,
            }
        }
    }

    /// Goes on under a renewed receipt for the same camera.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`]; then the old one counts.
    pub fn renew(&self, receipt: &Receipt) -> Result<(), ArchiveError> {
        covers(receipt, self.stream.camera, self.clock.mono())?;
        self.lapses.store(receipt.lapses().nanos(), Ordering::Relaxed);
        Ok(())
    }

    /// Drops what is queued and starts again with the newest GOP, marked cached.
    pub fn refresh(&mut self) {
        self.stream.refresh(self.viewer);
    }
    /// The camera.
    #[must_use]
    pub fn camera(&self) -> CameraId {
        self.stream.camera
    }
    /// Main or sub.
    #[must_use]
    pub fn kind(&self) -> StreamKind {
        self.stream.kind
    }
}

/// Whether the receipt is for pictures of that camera as they arrive: for a watch, or for setting it up.
pub(crate) fn covers(receipt: &Receipt, camera: CameraId, now: MonoTime) -> Result<(), NotCovered> {
    match receipt.look().kind {
        LookKind::Commissioning => receipt.covers_commissioning(camera, now),
        LookKind::Live | LookKind::Playback => receipt.covers_live(camera, now),
    }
}

impl Drop for LiveSubscription {
    fn drop(&mut self) {
        self.stream.remove_viewer(self.viewer);
    }
}
