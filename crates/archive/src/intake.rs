//! Where samples enter: published to live viewers as they arrive, handed to the writer, waiting for neither.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{Clock, Entropy, Hash, PurposeId, RunId, WallDuration, WallTime};

use crate::queue::{Message, Queue};
use crate::stream::LiveStream;

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
    inner: Arc<Inner>,
}

struct Inner {
    live: Arc<LiveStream>,
    /// The writer's queue, while the stream records.
    queue: Option<Arc<Queue>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Shared with the way in that this one replaces.
    lane: Arc<Mutex<Lane>>,
}

/// What the writer was told of this stream. Calls of one stream come from one lane; the lock keeps order if not.
#[derive(Default)]
struct Lane {
    run: Option<Run>,
    /// Samples are left out until the next sync sample that finds room.
    dropping: bool,
}

struct Run {
    run: RunId,
    entry: SampleEntry,
    evidence: ClockEvidence,
}

impl StreamIntake {
    pub(crate) fn new(
        live: Arc<LiveStream>,
        queue: Option<Arc<Queue>>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { inner: Arc::new(Inner { live, queue, clock, entropy, lane: Arc::default() }) }
    }

    /// The same way in, to a writer or to none.
    pub(crate) fn with_queue(&self, queue: Option<Arc<Queue>>) -> Self {
        let Inner { live, clock, entropy, lane, .. } = &*self.inner;
        let (live, clock, entropy) = (Arc::clone(live), Arc::clone(clock), Arc::clone(entropy));
        Self { inner: Arc::new(Inner { live, queue, clock, entropy, lane: Arc::clone(lane) }) }
    }

    /// A connection stands and the sample entry is known. Times of its samples start anew.
    pub fn run_started(&self, entry: SampleEntry, evidence: ClockEvidence, _at: WallTime) -> RunId {
        let run = RunId::from_bytes(self.inner.entropy.id());
        let mut lane = self.lane();
        self.inner.live.run_started(entry.clone());
        let run_now = Run { run, entry, evidence };
        if let Some(queue) = &self.inner.queue {
            queue.tell(run_now.message(self.inner.live.stream));
        }
        *lane = Lane { run: Some(run_now), dropping: false };
        run
    }

    /// One sample of the current run, in decode order.
    pub fn sample(&self, sample: Arc<Sample>) {
        let mut lane = self.lane();
        self.inner.live.sample(&sample);
        let Some(queue) = &self.inner.queue else { return };
        let stream = self.inner.live.stream;
        if lane.dropping {
            if !sample.sync || !queue.has_room(stream) {
                return;
            }
            lane.dropping = false;
            // The same run goes on; to the recording it is a new beginning.
            lane.run.iter().for_each(|run| queue.tell(run.message(stream)));
        }
        let (arrival, taken) = (sample.arrival, self.inner.clock.mono());
        if !queue.offer(stream, sample, taken) {
            lane.dropping = true;
            queue.tell(Message::RunEnded { stream, cause: GapCause::StorageSlow, at: arrival });
        }
    }

    /// The parameter sets changed; the following samples belong to this entry.
    pub fn entry_changed(&self, entry: SampleEntry) {
        let mut lane = self.lane();
        self.inner.live.entry_changed(entry.clone());
        if let Some(run) = &mut lane.run {
            run.entry = entry.clone();
        }
        // While samples are left out, the entry goes along when they come again.
        if let Some(queue) = self.inner.queue.as_ref().filter(|_| !lane.dropping) {
            queue.tell(Message::EntryChanged { stream: self.inner.live.stream, entry });
        }
    }

    /// What the camera says of its clock; stands as evidence in the headers of the segments that follow.
    pub fn clock_evidence(&self, evidence: ClockEvidence) {
        let mut lane = self.lane();
        let Some(run) = &mut lane.run else { return };
        run.evidence = evidence;
        if let Some(queue) = self.inner.queue.as_ref().filter(|_| !lane.dropping) {
            queue.tell(Message::Evidence { stream: self.inner.live.stream, evidence });
        }
    }

    /// Nothing more comes over this connection; the gap begins, with its cause.
    pub fn run_ended(&self, cause: GapCause, at: WallTime) {
        let mut lane = self.lane();
        self.inner.live.run_ended(cause, at);
        *lane = Lane::default();
        if let Some(queue) = &self.inner.queue {
            queue.tell(Message::RunEnded { stream: self.inner.live.stream, cause, at });
        }
    }

    fn lane(&self) -> MutexGuard<'_, Lane> {
        // The worst a panic can leave behind is a run that is told of twice.
        self.inner.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    fn message(&self, stream: candour_units::StreamId) -> Message {
        Message::RunStarted { stream, run: self.run, entry: self.entry.clone(), evidence: self.evidence }
    }
}
