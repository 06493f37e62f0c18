//! Where samples enter: published to live viewers as they arrive, handed to the writer, waiting for neither.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause, OnMotion, Rolls, Shown, Verdict};
use candour_units::{Clock, Entropy, Hash, PurposeId, RunId, StreamId, WallDuration, WallRange, WallTime};

use crate::lines::{Handover, Lines};
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
    /// Only what moves is recorded, and so much around it; `None` to record everything.
    pub on_motion: Option<Rolls>,
}

/// Bytes of one stream that may wait in memory until it is known whether something moved: sixty seconds of 4 Mbit/s.
const MOST_HELD: usize = 32 << 20;

/// One stream's way in. Calls never block: a writer that cannot keep up costs a counted gap, never a viewer.
#[derive(Clone)]
pub struct StreamIntake {
    inner: Arc<Inner>,
}

struct Inner {
    live: Arc<LiveStream>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    lane: Mutex<Lane>,
}

/// What the writer was told of this stream. Calls of one stream come from one lane; the lock keeps order if not.
#[derive(Default)]
struct Lane {
    run: Option<Run>,
    /// Samples are left out until the next sync sample that finds room.
    dropping: bool,
    /// The writer's queue, while the stream records, and the number of its directory.
    way: Option<(i64, Arc<Queue>)>,
    /// Another writer takes over with the next sync sample.
    moving: Option<Moving>,
    /// Nothing is recorded for now, though the camera sends.
    stopped: Option<(GapCause, WallTime)>,
    /// Bytes of samples that came in, ever.
    bytes: u64,
    /// Where only what moves is recorded.
    on_motion: Option<Held>,
}

/// What waits until it is known whether something moved.
struct Held {
    gate: OnMotion<Arc<Sample>>,
    /// Decided, in order, and not taken by the writer's queue yet: many seconds at once may be more than it has room for.
    decided: VecDeque<Verdict<Arc<Sample>>>,
    decided_bytes: usize,
}

impl Held {
    fn new(rolls: Rolls) -> Self {
        Self { gate: OnMotion::new(rolls, MOST_HELD), decided: VecDeque::new(), decided_bytes: 0 }
    }

    fn decide(&mut self, verdicts: Vec<Verdict<Arc<Sample>>>) {
        self.decided_bytes += verdicts.iter().map(len).sum::<usize>();
        self.decided.extend(verdicts);
    }

    fn next(&mut self) -> Option<Verdict<Arc<Sample>>> {
        let next = self.decided.pop_front()?;
        self.decided_bytes -= len(&next);
        Some(next)
    }
}

fn len(verdict: &Verdict<Arc<Sample>>) -> usize {
    match verdict {
        Verdict::Write(sample) => sample.data.len(),
        Verdict::LeaveOut(_) => 0,
    }
}

struct Run {
    run: RunId,
    entry: SampleEntry,
    evidence: ClockEvidence,
}

/// The writer that is to go on with a stream.
pub(crate) struct Moving {
    pub(crate) storage: i64,
    pub(crate) queue: Arc<Queue>,
    pub(crate) lines: Arc<Lines>,
    pub(crate) spec: RecordingSpec,
    /// Why the stream leaves a writer that cannot be relied on; `None` if that one stores all it was given.
    pub(crate) broken: Option<GapCause>,
}

/// Where a stream is written, for whoever places streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The directory it is written to, or is about to be.
    pub(crate) storage: Option<i64>,
    pub(crate) bytes: u64,
    pub(crate) stopped: Option<(GapCause, WallTime)>,
}

impl StreamIntake {
    pub(crate) fn new(
        live: Arc<LiveStream>,
        way: Option<(i64, Arc<Queue>)>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let lane = Mutex::new(Lane { way, ..Lane::default() });
        Self { inner: Arc::new(Inner { live, clock, entropy, lane }) }
    }

    /// From now on samples go to that writer, or to none. A run that stands is told of with its next sync sample.
    pub(crate) fn send_to(&self, way: Option<(i64, Arc<Queue>)>) {
        let mut lane = self.lane();
        lane.dropping = lane.run.is_some();
        (lane.way, lane.moving, lane.stopped) = (way, None, None);
    }

    /// Goes on with another writer from the next sync sample on.
    pub(crate) fn move_to(&self, moving: Moving) {
        let mut lane = self.lane();
        // With nothing on its way there is no sample to wait for.
        if lane.run.is_none() {
            let now = self.inner.clock.wall();
            return self.hand_over(&mut lane, moving, now);
        }
        lane.moving = Some(moving);
    }

    /// Records nothing until [`Self::resume`]; live viewers see no difference. False if it is so already.
    pub(crate) fn stop_recording(&self, cause: GapCause) -> bool {
        let mut lane = self.lane();
        if lane.stopped.is_some() {
            return false;
        }
        self.finish(&mut lane);
        let at = self.inner.clock.wall();
        lane.tell(Message::RunEnded { stream: self.inner.live.stream, cause, at });
        lane.stopped = Some((cause, at));
        true
    }

    /// Records again from the next sync sample on.
    pub(crate) fn resume(&self) {
        let mut lane = self.lane();
        if lane.stopped.take().is_some() {
            lane.dropping = lane.run.is_some();
        }
    }

    pub(crate) fn placed(&self) -> Placed {
        let lane = self.lane();
        let to = lane.moving.as_ref().map(|moving| moving.storage);
        let storage = to.or(lane.way.as_ref().map(|(storage, _)| *storage));
        Placed { storage, bytes: lane.bytes, stopped: lane.stopped }
    }

    /// The queue of the writer it has, also while nothing is recorded.
    pub(crate) fn queue(&self) -> Option<Arc<Queue>> {
        self.lane().way.as_ref().map(|(_, queue)| Arc::clone(queue))
    }

    /// A connection stands and the sample entry is known. Times of its samples start anew.
    pub fn run_started(&self, entry: SampleEntry, evidence: ClockEvidence, _at: WallTime) -> RunId {
        let run = RunId::from_bytes(self.inner.entropy.id());
        let mut lane = self.lane();
        self.inner.live.run_started(entry.clone());
        let run_now = Run { run, entry, evidence };
        lane.dropping = false;
        lane.tell(run_now.message(self.inner.live.stream));
        lane.run = Some(run_now);
        run
    }

    /// One sample of the current run, in decode order.
    pub fn sample(&self, sample: Arc<Sample>) {
        let mut lane = self.lane();
        self.inner.live.sample(&sample);
        lane.bytes = lane.bytes.saturating_add(sample.data.len() as u64);
        let Some(held) = &mut lane.on_motion else { return self.write(&mut lane, sample) };
        let verdicts = held.gate.sample(sample.arrival, sample.sync, sample.data.len(), sample);
        held.decide(verdicts);
        self.pass_on(&mut lane);
    }

    /// What a stretch of the camera's time showed; says something only where what moves is recorded.
    pub(crate) fn seen(&self, range: WallRange, shown: Shown) {
        let mut lane = self.lane();
        let Some(held) = &mut lane.on_motion else { return };
        let verdicts = held.gate.seen(range, shown);
        held.decide(verdicts);
        self.pass_on(&mut lane);
    }

    /// From now on only what moves is recorded, with so much around it, or everything. What waits is written before everything is.
    pub(crate) fn record_around(&self, rolls: Option<Rolls>) {
        let mut lane = self.lane();
        match (rolls, &mut lane.on_motion) {
            (Some(rolls), Some(held)) => held.gate.set_rolls(rolls),
            (Some(rolls), none) => *none = Some(Held::new(rolls)),
            (None, _) => {
                self.finish(&mut lane);
                lane.on_motion = None;
            }
        }
    }

    /// Hands on what is decided, as far as there is room for it.
    fn pass_on(&self, lane: &mut Lane) {
        let stream = self.inner.live.stream;
        while let Some(next) = lane.on_motion.as_mut().and_then(Held::next) {
            let has_room = lane.way.as_ref().is_none_or(|(_, queue)| queue.has_room(stream));
            match next {
                Verdict::Write(sample) if has_room || !lane.waits() => self.write(lane, sample),
                Verdict::LeaveOut(at) => lane.leave_out(stream, at),
                next @ Verdict::Write(_) => {
                    if let Some(held) = &mut lane.on_motion {
                        held.decided_bytes += len(&next);
                        held.decided.push_front(next);
                    }
                    return;
                }
            }
        }
    }

    /// Writes what waits: no answer will come, or none that counts.
    fn finish(&self, lane: &mut Lane) {
        let Some(held) = &mut lane.on_motion else { return };
        let verdicts = held.gate.flush();
        held.decide(verdicts);
        // Now or never: what finds no room is a gap that says so.
        while let Some(next) = lane.on_motion.as_mut().and_then(Held::next) {
            match next {
                Verdict::Write(sample) => self.write(lane, sample),
                Verdict::LeaveOut(at) => lane.leave_out(self.inner.live.stream, at),
            }
        }
    }

    fn write(&self, lane: &mut Lane, sample: Arc<Sample>) {
        if sample.sync
            && let Some(moving) = lane.moving.take()
        {
            self.hand_over(lane, moving, sample.arrival);
        }
        let stream = self.inner.live.stream;
        let Some((_, queue)) = lane.way.clone().filter(|_| lane.stopped.is_none()) else { return };
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

    /// What came before `at` is the old writer's, what comes from then on the new one's.
    fn hand_over(&self, lane: &mut Lane, moving: Moving, at: WallTime) {
        let (camera, stream, kind) = (self.inner.live.camera, self.inner.live.stream, self.inner.live.kind);
        let Moving { storage, queue, lines, spec, broken } = moving;
        if let Some((_, old)) = &lane.way {
            old.tell(Message::HandOver { stream, at });
        }
        // Where samples were left out, or nobody wrote, there is a gap in any case.
        let whole = broken.is_none() && !lane.dropping && lane.way.is_some();
        let cause = broken.unwrap_or(GapCause::StorageSlow);
        let handover = if whole { Handover::Whole { at, cause } } else { Handover::Broken { cause } };
        let begin = Some(lines.take_over(stream, at, handover));
        queue.tell(Message::Record { camera, stream, kind, spec, begin });
        lane.way = Some((storage, queue));
        lane.dropping = lane.run.is_some();
    }

    /// The parameter sets changed; the following samples belong to this entry.
    pub fn entry_changed(&self, entry: SampleEntry) {
        let mut lane = self.lane();
        self.finish(&mut lane);
        self.inner.live.entry_changed(entry.clone());
        if let Some(run) = &mut lane.run {
            run.entry = entry.clone();
        }
        // While samples are left out, the entry goes along when they come again.
        if !lane.dropping {
            lane.tell(Message::EntryChanged { stream: self.inner.live.stream, entry });
        }
    }

    /// What the camera says of its clock; stands as evidence in the headers of the segments that follow.
    pub fn clock_evidence(&self, evidence: ClockEvidence) {
        let mut lane = self.lane();
        let Some(run) = &mut lane.run else { return };
        run.evidence = evidence;
        if !lane.dropping {
            lane.tell(Message::Evidence { stream: self.inner.live.stream, evidence });
        }
    }

    /// Nothing more comes over this connection; the gap begins, with its cause.
    pub fn run_ended(&self, cause: GapCause, at: WallTime) {
        let mut lane = self.lane();
        self.finish(&mut lane);
        self.inner.live.run_ended(cause, at);
        (lane.run, lane.dropping) = (None, false);
        lane.tell(Message::RunEnded { stream: self.inner.live.stream, cause, at });
    }

    fn lane(&self) -> MutexGuard<'_, Lane> {
        // The worst a panic can leave behind is a run that is told of twice.
        self.inner.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    /// Nothing is written until the next sync sample that is.
    fn leave_out(&mut self, stream: StreamId, at: WallTime) {
        self.tell(Message::RunEnded { stream, cause: GapCause::NothingMoved, at });
        self.dropping = self.run.is_some();
    }

    /// Whether what is decided may wait for room: more than so much of it is a writer that cannot keep up.
    fn waits(&self) -> bool {
        self.on_motion.as_ref().is_some_and(|held| held.decided_bytes <= MOST_HELD)
    }

    /// Tells the writer, while the stream is recorded.
    fn tell(&self, message: Message) {
        if let Some((_, queue)) = self.way.as_ref().filter(|_| self.stopped.is_none()) {
            queue.tell(message);
        }
    }
}

impl Run {
    fn message(&self, stream: candour_units::StreamId) -> Message {
        Message::RunStarted { stream, run: self.run, entry: self.entry.clone(), evidence: self.evidence }
    }
}
