//! The lanes of this machine, and the handle on one stream.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use candour_recording::GapCause;
use candour_units::Clock;
use tokio::sync::oneshot;

use crate::lane::Lane;
use crate::shared::Shared;
use crate::source::Order;
use crate::status::StreamStatus;
use crate::supervisor::Stream;
use crate::tempo::Tempo;
use crate::{Sink, Source, SourceError};

/// As many streams share one lane well.
const STREAMS_PER_LANE: usize = 32;

/// How cameras are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneConfig {
    /// Threads that read; at least one.
    pub lanes: usize,
    /// How long a lane rests between two looks at its sockets: the error of arrival times, and what recording costs.
    pub pace: Duration,
    /// The same while somebody watches one of the lane's streams.
    pub watched_pace: Duration,
}

impl LaneConfig {
    /// One lane for every 32 streams, up to one per core.
    #[must_use]
    pub fn for_streams(streams: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { lanes: streams.div_ceil(STREAMS_PER_LANE).clamp(1, cores), ..Self::default() }
    }
}

impl Default for LaneConfig {
    /// One lane at the paces that were measured: 100 ms, and 20 ms while watched.
    fn default() -> Self {
        Self { lanes: 1, pace: Duration::from_millis(100), watched_pace: Duration::from_millis(20) }
    }
}

/// The threads that read cameras.
pub struct Lanes {
    lanes: Vec<Laned>,
    clock: Arc<dyn Clock>,
}

struct Laned {
    lane: Lane,
    streams: Arc<AtomicUsize>,
}

impl Lanes {
    /// Starts the threads; they rest until streams are added.
    ///
    /// # Panics
    /// The system refuses a thread or an epoll: a recorder cannot do without.
    #[must_use]
    pub fn start(config: LaneConfig, clock: Arc<dyn Clock>) -> Self {
        let lanes = (0..config.lanes.max(1))
            .map(|number| Laned {
                lane: Lane::start(number, Tempo::new(config.pace, config.watched_pace), Arc::clone(&clock)),
                streams: Arc::default(),
            })
            .collect();
        Self { lanes, clock }
    }

    /// Begins to read a stream on the lane that has the fewest, and goes on until the handle is stopped or dropped.
    ///
    /// # Errors
    /// The address is not one that the token opens. No packet has been sent.
    pub fn add(&self, source: Source, sink: Arc<dyn Sink>) -> Result<StreamHandle, SourceError> {
        Ok(self.add_checked(source.check()?, sink))
    }

    pub(crate) fn add_checked(&self, order: Order, sink: Arc<dyn Sink>) -> StreamHandle {
        let fewest = self.lanes.iter().min_by_key(|laned| laned.streams.load(Ordering::Relaxed));
        let Laned { lane, streams } = fewest.expect("there is at least one lane");
        streams.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::new(Shared::new(self.clock.wall()));
        let ended = lane.add(Stream {
            order: Arc::new(order),
            sink,
            shared: Arc::clone(&shared),
            clock: Arc::clone(&self.clock),
            tempo: Arc::clone(&lane.tempo),
        });
        StreamHandle {
            shared,
            tempo: Arc::clone(&lane.tempo),
            on_lane: Arc::clone(streams),
            watched: AtomicBool::new(false),
            ended: Mutex::new(Some(ended)),
        }
    }

    /// Stops every stream ([`GapCause::RecorderStopped`]) and waits for the threads, a few seconds at most. Blocks, so
    /// not for an async task.
    pub fn stop(self) {
        for laned in self.lanes {
            laned.lane.end();
        }
    }
}

/// One stream being read. Dropping it stops the stream as the recorder's own doing; say the cause with
/// [`StreamHandle::stop`] where there is another.
#[must_use = "the stream stops when its handle is dropped"]
pub struct StreamHandle {
    shared: Arc<Shared>,
    tempo: Arc<Tempo>,
    on_lane: Arc<AtomicUsize>,
    watched: AtomicBool,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

impl StreamHandle {
    /// What the stream is doing, and its counters.
    #[must_use]
    pub fn status(&self) -> StreamStatus {
        self.shared.status()
    }

    /// Whether somebody watches: its lane then reads more often.
    pub fn set_watched(&self, watched: bool) {
        if self.watched.swap(watched, Ordering::Relaxed) != watched {
            if watched { self.tempo.watch() } else { self.tempo.unwatch() }
        }
    }

    /// Stops the stream and waits until its sink has been told so; nothing is received after that.
    pub async fn stop(self, cause: GapCause) {
        self.ask_to_stop(cause);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = ended {
            // An error only means that the sender is gone: the stream has ended.
            let _ = ended.await;
        }
    }

    fn ask_to_stop(&self, cause: GapCause) {
        self.shared.stop(cause);
        self.tempo.pace.interrupt();
    }
}

impl Drop for StreamHandle {
    fn drop(&mut self) {
        self.ask_to_stop(GapCause::RecorderStopped);
        self.set_watched(false);
        self.on_lane.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
