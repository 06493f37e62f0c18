//! A live stream made from another one: the same pictures in a coding that more browsers play. Whoever watches needs a receipt for the
//! camera, as for its own stream.

use std::sync::Arc;

use candour_audit::Receipt;
use candour_media::{Sample, SampleEntry};
use candour_units::{CameraId, Clock, StreamId, StreamKind};

use crate::ArchiveError;
use crate::live::{LiveState, LiveSubscription};
use crate::stream::LiveStream;

/// The way from whoever converts a stream to those who watch it. Clones share it. Nothing of it is stored.
#[derive(Clone)]
pub struct Relay {
    live: Arc<LiveStream>,
    clock: Arc<dyn Clock>,
}

impl Relay {
    /// One on which nothing has come yet, for pictures of that stream of that camera.
    #[must_use]
    pub fn new(camera: CameraId, stream: StreamId, kind: StreamKind, clock: Arc<dyn Clock>) -> Self {
        let live = Arc::new(LiveStream::new(camera, stream, kind, clock.wall()));
        Self { live, clock }
    }

    /// Watches it. The receipt counts as for the camera's own stream.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`].
    pub fn subscribe(&self, receipt: &Receipt) -> Result<LiveSubscription, ArchiveError> {
        receipt.covers_live(self.live.camera, self.clock.mono())?;
        Ok(LiveSubscription::new(Arc::clone(&self.live), receipt, Arc::clone(&self.clock)))
    }

    /// Samples of this entry follow, the first of them a key frame; times start anew.
    pub fn begins(&self, entry: SampleEntry) {
        self.live.run_started(entry);
    }

    /// The next sample.
    pub fn sample(&self, sample: &Arc<Sample>) {
        self.live.sample(sample);
    }

    /// The stream that is converted stopped. That it goes on is known by its samples.
    pub fn state(&self, state: &LiveState) {
        if let LiveState::Lost { cause, since } = state {
            self.live.run_ended(*cause, *since);
        }
    }

    /// Nothing will come any more: every subscription ends.
    pub fn gone(&self) {
        self.live.gone();
    }
}
