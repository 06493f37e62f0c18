//! One stream as live viewers see it: its state, the current GOP, and who watches. Nothing in here waits for anybody.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_media::{Sample, SampleEntry};
use candour_recording::GapCause;
use candour_units::{CameraId, StreamId, StreamKind, WallDuration, WallTime};
use tokio::sync::Notify;

use crate::{LiveEvent, LiveState};

/// The current GOP is kept for viewers who come, up to this many samples and bytes. Beyond, they wait for the next one.
const GOP_SAMPLES: usize = 600;
const GOP_BYTES: usize = 16 << 20;
/// A viewer whose oldest waiting sample is older than this against the newest has fallen behind.
const BEHIND: WallDuration = WallDuration::from_millis(1500);
const BEHIND_SAMPLES: usize = 300;
const BEHIND_BYTES: usize = 16 << 20;

/// A stream's live side.
pub(crate) struct LiveStream {
    pub(crate) camera: CameraId,
    pub(crate) stream: StreamId,
    pub(crate) kind: StreamKind,
    inner: Mutex<Inner>,
}

struct Inner {
    entry: Option<Arc<SampleEntry>>,
    gop: Gop,
    /// Number of the newest sample.
    seq: u32,
    /// Whether a sync sample came since the run or the sample entry began.
    synced: bool,
    /// Whether the next sync sample is the first of a run.
    new_run: bool,
    state: LiveState,
    viewers: HashMap<u64, Viewer>,
    next_viewer: u64,
    gone: bool,
}

/// The newest sync sample and what followed.
#[derive(Default)]
struct Gop {
    samples: Vec<(u32, Arc<Sample>)>,
    bytes: usize,
}

impl Gop {
    fn push(&mut self, seq: u32, sample: &Arc<Sample>) {
        if sample.sync {
            self.clear();
        } else if self.samples.is_empty() {
            // No GOP is kept: it grew too large.
            return;
        }
        self.bytes += sample.data.len();
        if self.samples.len() == GOP_SAMPLES || self.bytes > GOP_BYTES {
            return self.clear();
        }
        self.samples.push((seq, Arc::clone(sample)));
    }

    fn clear(&mut self) {
        self.samples.clear();
        self.bytes = 0;
    }
}

/// One viewer's queue.
struct Viewer {
    events: VecDeque<LiveEvent>,
    /// Arrival, count and bytes of the waiting samples that are not cached ones.
    oldest: Option<WallTime>,
    fresh: usize,
    fresh_bytes: usize,
    /// Begins anew with state, entry and newest GOP as soon as it asks.
    anew: bool,
    /// Times start anew at the next sample.
    breaks: bool,
    notify: Arc<Notify>,
}

impl Viewer {
    fn new(notify: Arc<Notify>) -> Self {
        Self { events: VecDeque::new(), oldest: None, fresh: 0, fresh_bytes: 0, anew: true, breaks: true, notify }
    }

    fn offer(&mut self, seq: u32, sample: &Arc<Sample>, new_run: bool) {
        if self.anew || (self.breaks && !sample.sync) {
            return;
        }
        let oldest = *self.oldest.get_or_insert(sample.arrival);
        self.fresh += 1;
        self.fresh_bytes += sample.data.len();
        if sample.arrival - oldest > BEHIND || self.fresh > BEHIND_SAMPLES || self.fresh_bytes > BEHIND_BYTES {
            return self.begin_anew();
        }
        let timeline_breaks = std::mem::take(&mut self.breaks) || new_run;
        let sample = Arc::clone(sample);
        self.events.push_back(LiveEvent::Sample { sample, seq, cached: false, last_cached: false, timeline_breaks });
        self.notify.notify_one();
    }

    fn tell(&mut self, event: LiveEvent) {
        if !self.anew {
            self.events.push_back(event);
        }
        self.notify.notify_one();
    }

    /// Forgets what waits. The newest GOP takes its place when the viewer asks: a picture fetched late is never old.
    fn begin_anew(&mut self) {
        self.events.clear();
        (self.oldest, self.fresh, self.fresh_bytes) = (None, 0, 0);
        self.anew = true;
        self.breaks = true;
        self.notify.notify_one();
    }

    fn pop(&mut self) -> Option<LiveEvent> {
        let event = self.events.pop_front()?;
        if let LiveEvent::Sample { sample, cached: false, .. } = &event {
            self.fresh -= 1;
            self.fresh_bytes -= sample.data.len();
            self.oldest = self.events.iter().find_map(|event| match event {
                LiveEvent::Sample { sample, cached: false, .. } => Some(sample.arrival),
                _ => None,
            });
        }
        Some(event)
    }
}

/// What a viewer finds when it asks.
pub(crate) enum Polled {
    Event(LiveEvent),
    /// Nothing yet.
    Pending,
    /// The stream is gone and everything was given out.
    Gone,
}

impl LiveStream {
    pub(crate) fn new(camera: CameraId, stream: StreamId, kind: StreamKind, now: WallTime) -> Self {
        let inner = Inner {
            entry: None,
            gop: Gop::default(),
            seq: 0,
            synced: false,
            new_run: true,
            state: LiveState::Lost { cause: GapCause::CameraLost, since: now },
            viewers: HashMap::new(),
            next_viewer: 0,
            gone: false,
        };
        Self { camera, stream, kind, inner: Mutex::new(inner) }
    }

    pub(crate) fn run_started(&self, entry: SampleEntry) {
        let mut inner = self.lock();
        inner.new_run = true;
        inner.set_entry(entry);
    }

    pub(crate) fn entry_changed(&self, entry: SampleEntry) {
        self.lock().set_entry(entry);
    }

    pub(crate) fn sample(&self, sample: &Arc<Sample>) {
        let mut inner = self.lock();
        inner.seq = inner.seq.wrapping_add(1);
        if !inner.synced && !sample.sync {
            return;
        }
        inner.synced = true;
        let seq = inner.seq;
        let new_run = sample.sync && std::mem::take(&mut inner.new_run);
        if inner.state != LiveState::Live {
            inner.set_state(LiveState::Live);
        }
        inner.gop.push(seq, sample);
        for viewer in inner.viewers.values_mut() {
            viewer.offer(seq, sample, new_run);
        }
    }

    pub(crate) fn run_ended(&self, cause: GapCause, since: WallTime) {
        let mut inner = self.lock();
        inner.synced = false;
        // Whoever comes now shall not be shown an old picture.
        inner.gop.clear();
        inner.set_state(LiveState::Lost { cause, since });
    }

    /// No more samples will ever come: viewers are told.
    pub(crate) fn gone(&self) {
        let mut inner = self.lock();
        inner.gone = true;
        inner.viewers.values().for_each(|viewer| viewer.notify.notify_one());
    }

    pub(crate) fn viewers(&self) -> usize {
        self.lock().viewers.len()
    }

    pub(crate) fn add_viewer(&self) -> (u64, Arc<Notify>) {
        let mut inner = self.lock();
        let (id, notify) = (inner.next_viewer, Arc::new(Notify::new()));
        inner.next_viewer += 1;
        inner.viewers.insert(id, Viewer::new(Arc::clone(&notify)));
        (id, notify)
    }

    pub(crate) fn remove_viewer(&self, id: u64) {
        self.lock().viewers.remove(&id);
    }

    pub(crate) fn refresh(&self, id: u64) {
        if let Some(viewer) = self.lock().viewers.get_mut(&id) {
            viewer.begin_anew();
        }
    }

    pub(crate) fn poll(&self, id: u64) -> Polled {
        let mut inner = self.lock();
        inner.refill(id);
        match inner.viewers.get_mut(&id).and_then(Viewer::pop) {
            Some(event) => Polled::Event(event),
            None if inner.gone => Polled::Gone,
            None => Polled::Pending,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change is whole before anything that could panic, so a poisoned lock still guards a usable state.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn set_entry(&mut self, entry: SampleEntry) {
        let entry = Arc::new(entry);
        self.entry = Some(Arc::clone(&entry));
        self.synced = false;
        self.gop.clear();
        self.viewers.values_mut().for_each(|viewer| viewer.tell(LiveEvent::Config(Arc::clone(&entry))));
    }

    fn set_state(&mut self, state: LiveState) {
        self.state = state.clone();
        self.viewers.values_mut().for_each(|viewer| viewer.tell(LiveEvent::State(state.clone())));
    }

    /// Gives a viewer that begins, or begins anew, the state, the entry and the newest GOP.
    fn refill(&mut self, id: u64) {
        let Some(viewer) = self.viewers.get_mut(&id).filter(|viewer| viewer.anew) else { return };
        viewer.anew = false;
        viewer.events.push_back(LiveEvent::State(self.state.clone()));
        viewer.events.extend(self.entry.clone().map(LiveEvent::Config));
        let last = self.gop.samples.len();
        for (at, (seq, sample)) in self.gop.samples.iter().enumerate() {
            viewer.events.push_back(LiveEvent::Sample {
                sample: Arc::clone(sample),
                seq: *seq,
                cached: true,
                last_cached: at + 1 == last,
                timeline_breaks: std::mem::take(&mut viewer.breaks),
            });
        }
    }
}
