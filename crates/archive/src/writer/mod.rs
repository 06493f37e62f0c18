//! The writer thread of one storage directory: takes what waits at its own pace, writes, and makes everything durable
//! with one sync for all streams.
//!
//! It rests between two looks at its queue and is not woken by samples: what a lane delivers in a burst is taken in one
//! go. A fragment closes when its oldest sample is a third of a second old; the sync comes before the oldest written sample is
//! [`Tuning::durable_goal_ms`] old, less what the last sync took.

mod buffers;
mod file;
mod recorder;
mod room;

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use candour_db::SegmentState;
use candour_files::{Begun, FilesError, SegmentFiles};
use candour_policy::Reserve;
use candour_recording::{Gap, GapCause, Input, Limits, Segmenter};
use candour_units::{Clock, Entropy, MonoTime, RecorderId, SegmentId, StreamId, WallTime};
use tokio::sync::oneshot;

use crate::index::Index;
use crate::lines::{Begin, Lines};
use crate::mend::{Known, Mended};
use crate::meter::{Meter, millis};
use crate::queue::{Message, Queue, QueueLimits};
use crate::rows::Rows;
use crate::store::Store;
use buffers::Buffers;
use file::{SegmentFile, WriteError};
use recorder::{Leaving, Recorded, Recorder, cause_of};
use room::Room;

/// Sizes and paces of a writer.
#[derive(Debug, Clone)]
pub(crate) struct Tuning {
    pub(crate) limits: Limits,
    pub(crate) queue: QueueLimits,
    /// The longest rest.
    pub(crate) pace: Duration,
    /// The shortest: what falls due within this is done now, because waking up costs more than most of it.
    pub(crate) grain_ms: i64,
    /// A sync begins before the oldest sample that is not durable is this old.
    pub(crate) durable_goal_ms: i64,
    /// How often rows of open segments are brought up to date.
    pub(crate) rows_every_ms: i64,
    /// A thread that stands in a call to its disk for longer is not waited for when the archive closes.
    pub(crate) patience: Duration,
    /// What is kept free of a file system of so many bytes.
    pub(crate) reserve: fn(u64) -> Reserve,
    /// How often the keeper looks whether streams must move.
    pub(crate) look: Duration,
    /// How often broken segments are tried to be mended, and free space is measured.
    pub(crate) care_every_ms: i64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            // With the pace of a lane on top, a kill costs less than half a second (docs/design/durability.md).
            limits: Limits { fragment_age_ms: 350, ..Limits::default() },
            queue: crate::writers::queue_limits(1),
            pace: Duration::from_millis(100),
            patience: Duration::from_secs(10),
            reserve: Reserve::of,
            look: Duration::from_secs(1),
            grain_ms: 25,
            durable_goal_ms: 900,
            rows_every_ms: 5000,
            care_every_ms: 10_000,
        }
    }
}

/// What every recorder of the thread uses.
pub(crate) struct Shared {
    pub(crate) recorder: RecorderId,
    /// Number of the directory.
    pub(crate) storage: i64,
    pub(crate) files: SegmentFiles,
    /// Where the ids of new segments come from.
    pub(crate) begun: Begun,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) rows: Arc<Rows>,
    pub(crate) index: Arc<Index>,
    pub(crate) lines: Arc<Lines>,
    room: Room,
    pub(crate) buffers: Buffers,
    leaving: Vec<Leaving>,
}

/// What a writer is made of.
pub(crate) struct WriterParts {
    pub(crate) recorder: RecorderId,
    /// Number of the directory.
    pub(crate) storage: i64,
    pub(crate) files: SegmentFiles,
    /// Where the ids of new segments come from.
    pub(crate) begun: Begun,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) rows: Arc<Rows>,
    pub(crate) index: Arc<Index>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) tuning: Tuning,
    pub(crate) lines: Arc<Lines>,
}

impl Shared {
    pub(crate) fn now(&self) -> MonoTime {
        self.clock.mono()
    }

    fn leave(&mut self, leaving: Leaving) {
        self.leaving.push(leaving);
    }

    fn wrote(&mut self, bytes: u64) {
        self.meter.wrote(self.now(), bytes);
        self.used(bytes);
    }

    fn failing(&self, words: String) {
        tracing::error!(%words, "the storage fails");
        self.meter.fails(self.now(), words);
    }

    fn failed(&mut self, doing: &str, error: &WriteError) -> GapCause {
        self.failing(format!("could not {doing}: {}", candour_units::chain(error)));
        let cause = cause_of(error);
        if cause == GapCause::StorageFull {
            // Somebody else may have filled it since it was measured.
            self.measure();
        }
        cause
    }

    /// The id of a new segment: one that the list of what was begun holds, so that a start after a crash looks at it.
    fn next_segment(&mut self) -> Result<SegmentId, FilesError> {
        let entropy = &*self.entropy;
        self.begun.next(|| SegmentId::from_bytes(entropy.id()))
    }

    /// A file without a fragment holds nothing; if it cannot be removed now, recovery does it.
    fn remove_empty(&mut self, segment: SegmentId) {
        match self.files.remove(segment) {
            Ok(_) => self.begun.settle(0, [segment]),
            Err(error) => {
                tracing::warn!(%segment, error = %candour_units::chain(&error), "an empty segment file stays for now");
            }
        }
    }

    /// Segments whose closed rows are durable need no looking after any more.
    fn settle(&mut self) {
        let begun = &self.begun;
        let (mark, settled) = self.rows.take_settled(|segment| begun.holds(segment));
        self.begun.settle(mark, settled);
    }
}

/// Starts the thread.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn start(parts: WriterParts) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name(format!("candour-writer-{}", parts.storage)).spawn(move || {
        let _ended = Ended(Arc::clone(&parts.queue));
        parts.queue.emptied_by(thread::current());
        Writer::new(parts).run();
    })
}

/// However the thread ends, nobody waits for its answer any more.
struct Ended(Arc<Queue>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.end();
    }
}

struct Writer {
    shared: Shared,
    queue: Arc<Queue>,
    tuning: Tuning,
    recorders: HashMap<StreamId, Recorder>,
    /// Closed files whose footer is not durable.
    closing: Vec<SegmentFile>,
    broken: Vec<SegmentId>,
    last_sync_ms: i64,
    rows_due: MonoTime,
    care_due: MonoTime,
}

enum Next {
    GoOn,
    Stop,
}

impl Writer {
    fn new(parts: WriterParts) -> Self {
        let now = parts.clock.mono();
        let shared = Shared {
            recorder: parts.recorder,
            storage: parts.storage,
            files: parts.files,
            begun: parts.begun,
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            meter: parts.meter,
            rows: parts.rows,
            index: parts.index,
            lines: parts.lines,
            room: Room::new(parts.tuning.reserve),
            buffers: Buffers::default(),
            leaving: Vec::new(),
        };
        Self {
            shared,
            queue: parts.queue,
            tuning: parts.tuning,
            recorders: HashMap::new(),
            closing: Vec::new(),
            broken: Vec::new(),
            last_sync_ms: 0,
            rows_due: now,
            care_due: now,
        }
    }

    fn run(mut self) {
        let mut batch = Vec::new();
        loop {
            self.shared.meter.turns(self.shared.now());
            let more = self.queue.take(&mut batch);
            for message in batch.drain(..) {
                if matches!(self.obey(message), Next::Stop) {
                    return;
                }
            }
            self.care();
            if !more {
                thread::park_timeout(self.rest());
            }
        }
    }

    /// How long there is nothing to do.
    fn rest(&self) -> Duration {
        let deadlines = self.recorders.values().filter_map(Recorder::next_deadline);
        let next = deadlines.chain(self.sync_due()).min();
        let left = next.map(|due| Duration::from_millis(millis(self.shared.now(), due)));
        let least = Duration::from_millis(self.tuning.grain_ms.max(0).unsigned_abs());
        // Rounded up, or the last millisecond would be spent turning in circles.
        left.map_or(self.tuning.pace, |left| (left + Duration::from_millis(1)).max(least).min(self.tuning.pace))
    }

    fn obey(&mut self, message: Message) -> Next {
        match message {
            Message::Sample { stream, sample, taken } => {
                if let Some(recorder) = self.recorders.get_mut(&stream) {
                    recorder.sample(&mut self.shared, sample, taken);
                    self.take_leaving();
                }
            }
            Message::Record { camera, stream, kind, spec, begin } => {
                self.record(Recorded { camera, stream, kind, spec }, begin);
            }
            Message::HandOver { stream, at } => self.hand_over(stream, at),
            Message::RunStarted { stream, run, entry, evidence } => {
                self.tell(stream, Input::RunStarted { run, entry, evidence });
            }
            Message::EntryChanged { stream, entry } => self.tell(stream, Input::EntryChanged(entry)),
            Message::Evidence { stream, evidence } => self.tell(stream, Input::Evidence(evidence)),
            Message::RunEnded { stream, cause, at } => self.tell(stream, Input::RunEnded { cause, at }),
            Message::Forget { stream, done } => self.forget(stream, done),
            Message::Close { done } => {
                self.close(done);
                return Next::Stop;
            }
            Message::Abandon => return Next::Stop,
        }
        Next::GoOn
    }

    fn tell(&mut self, stream: StreamId, input: Input) {
        if let Some(recorder) = self.recorders.get_mut(&stream) {
            let now = self.shared.now();
            recorder.handle(&mut self.shared, now, input);
            self.take_leaving();
        }
    }

    fn record(&mut self, of: Recorded, begin: Option<Begin>) {
        match (self.recorders.get_mut(&of.stream), begin) {
            (Some(recorder), None) => recorder.respecify(&mut self.shared, of),
            (_, Some(begin)) => {
                let stream = of.stream;
                self.hand_over(stream, self.shared.clock.wall());
                let segmenter = Segmenter::new(self.tuning.limits.clone(), begin.gap);
                let mut recorder = Recorder::new(of, segmenter, begin);
                recorder.begin_telling(&mut self.shared);
                self.recorders.insert(stream, recorder);
            }
            // It was handed over meanwhile.
            (None, None) => {}
        }
    }

    /// What came in until `at` is kept; whatever follows is another writer's.
    fn hand_over(&mut self, stream: StreamId, at: WallTime) {
        let Some(mut recorder) = self.recorders.remove(&stream) else { return };
        recorder.hand_over(&mut self.shared, at);
        self.take_leaving();
    }

    fn forget(&mut self, stream: StreamId, done: oneshot::Sender<()>) {
        self.end_run(stream);
        self.recorders.remove(&stream);
        self.sync();
        // Whoever asked may have gone away meanwhile.
        let _ = done.send(());
    }

    /// Ends a run that stands; a gap that lasts keeps its own cause.
    fn end_run(&mut self, stream: StreamId) {
        let at = self.shared.clock.wall();
        if self.recorders.get(&stream).is_some_and(|recorder| recorder.file().is_some()) {
            self.tell(stream, Input::RunEnded { cause: GapCause::RecorderStopped, at });
        }
    }

    fn close(&mut self, done: oneshot::Sender<bool>) {
        let streams: Vec<_> = self.recorders.keys().copied().collect();
        for stream in streams {
            self.end_run(stream);
        }
        let synced = self.sync();
        self.mend();
        // Whoever asked may have gone away meanwhile.
        let _ = done.send(synced && self.broken.is_empty());
    }

    fn take_leaving(&mut self) {
        for leaving in self.shared.leaving.drain(..) {
            match leaving {
                Leaving::Closed(file) => self.closing.push(*file),
                Leaving::Broken(segment) => self.broken.push(segment),
            }
        }
    }

    /// Everything that is due by time.
    fn care(&mut self) {
        let grain = self.tuning.grain_ms;
        for recorder in self.recorders.values_mut() {
            recorder.tick(&mut self.shared, grain);
        }
        self.take_leaving();
        let now = self.shared.now();
        if self.sync_due().is_some_and(|due| due <= now.plus_millis(grain)) {
            self.sync();
        }
        self.shared.meter.waits(self.oldest_unsynced());
        if now >= self.care_due {
            self.care_due = now.plus_millis(self.tuning.care_every_ms);
            self.mend();
            self.shared.settle();
            self.shared.measure();
            self.probe();
        }
    }

    /// Nobody writes to a directory that failed: whether it works again shows only if it is tried.
    fn probe(&self) {
        let now = self.shared.now();
        if !self.shared.meter.is_failing() {
            return;
        }
        match self.shared.files.probe() {
            Ok(()) => self.shared.meter.works(now),
            Err(error) => self.shared.failing(candour_units::chain(&error)),
        }
    }

    fn files(&self) -> impl Iterator<Item = &SegmentFile> {
        self.recorders.values().filter_map(Recorder::file).chain(&self.closing)
    }

    fn oldest_unsynced(&self) -> Option<MonoTime> {
        self.files().filter_map(SegmentFile::oldest_unsynced).min()
    }

    /// A closed file without new samples waits for the next care at most, hence no deadline of its own is needed for it.
    fn sync_due(&self) -> Option<MonoTime> {
        let ahead = self.tuning.durable_goal_ms - self.last_sync_ms.clamp(0, 300);
        let of_samples = self.oldest_unsynced().map(|oldest| oldest.plus_millis(ahead));
        let of_footers = self.closing.first().map(|_| self.care_due);
        of_samples.into_iter().chain(of_footers).min()
    }

    /// One sync for all streams; what it covered becomes readable. False when something could not be made durable.
    fn sync(&mut self) -> bool {
        if !self.files().any(SegmentFile::is_dirty) {
            return true;
        }
        let (began, oldest) = (self.shared.now(), self.oldest_unsynced());
        let synced = match self.shared.files.sync() {
            Ok(()) => true,
            Err(error) => {
                self.shared.failing(format!("could not make footage durable: {}", candour_units::chain(&error)));
                self.write_again();
                self.take_leaving();
                self.shared.files.sync().is_ok()
            }
        };
        if synced {
            self.made_durable();
            let now = self.shared.now();
            self.last_sync_ms = i64::try_from(millis(began, now)).unwrap_or(i64::MAX);
            oldest.iter().for_each(|oldest| self.shared.meter.durable(*oldest, now));
            self.shared.meter.works(now);
        } else {
            self.give_up();
        }
        synced
    }

    fn made_durable(&mut self) {
        let now = self.shared.now();
        let tell_all = now >= self.rows_due;
        if tell_all {
            self.rows_due = now.plus_millis(self.tuning.rows_every_ms);
        }
        let streams = self.recorders.len();
        for file in self.recorders.values_mut().filter_map(Recorder::file_mut).filter(|file| file.is_dirty()) {
            file.synced().for_each(|buffer| self.shared.buffers.give_back(buffer, streams));
            if file.is_empty() {
                continue;
            }
            self.shared.lines.durable(file.turn(), file.row().stream, file.row().end);
            let is_new = self.shared.index.put(file.row().clone(), file.table(), file.samples());
            if is_new || tell_all {
                self.shared.rows.segment(file.row().clone());
            }
        }
        for mut file in self.closing.drain(..) {
            file.synced().for_each(|buffer| self.shared.buffers.give_back(buffer, streams));
            self.shared.lines.durable(file.turn(), file.row().stream, file.row().end);
            self.shared.index.put(file.row().clone(), file.table(), file.samples());
            self.shared.rows.segment(file.row().clone());
        }
    }

    /// The first sync failed: the system may have dropped what was written and would not say so twice.
    fn write_again(&mut self) {
        let mut refusals = Vec::new();
        for (stream, recorder) in &mut self.recorders {
            let Some(file) = recorder.file_mut() else { continue };
            let since = file.unsynced_since().unwrap_or(file.row().start);
            if let Err(error) = file.write_again() {
                refusals.push((*stream, since, self.shared.failed("write footage again", &error)));
            }
        }
        self.refuse(refusals);
        let shared = &mut self.shared;
        self.closing.retain_mut(|file| match file.write_again() {
            Ok(()) => true,
            Err(error) => {
                lost(shared, file, cause_of(&error));
                false
            }
        });
    }

    /// The second sync failed too: whatever is not durable is a gap; the files are mended when the storage works.
    fn give_up(&mut self) {
        let cause = GapCause::StorageFailed;
        let dirty = self.recorders.iter().filter_map(|(stream, recorder)| {
            let file = recorder.file().filter(|file| file.is_dirty())?;
            Some((*stream, file.unsynced_since().unwrap_or(file.row().start), cause))
        });
        let dirty: Vec<_> = dirty.collect();
        self.refuse(dirty);
        for file in std::mem::take(&mut self.closing) {
            lost(&mut self.shared, &file, cause);
        }
        self.take_leaving();
    }

    fn refuse(&mut self, refusals: Vec<(StreamId, WallTime, GapCause)>) {
        for (stream, since, cause) in refusals {
            if let Some(recorder) = self.recorders.get_mut(&stream) {
                recorder.refuse(&mut self.shared, since, cause);
            }
        }
        self.take_leaving();
    }

    /// Tries to close what a failing storage left open.
    fn mend(&mut self) {
        let shared = &self.shared;
        self.broken.retain(|segment| match shared.store.mend(shared.storage, *segment, Known::Otherwise) {
            Ok(Mended::Closed { mut row, .. } | Mended::Lost { mut row, .. }) => {
                row.state = SegmentState::Closed;
                shared.rows.segment(row);
                false
            }
            Ok(Mended::Empty { .. }) => {
                shared.index.remove(*segment);
                false
            }
            Ok(Mended::Unreadable { why } | Mended::NeverWritten { why, .. }) => {
                tracing::error!(%segment, %why, "a segment cannot be mended; the next start looks at it again");
                false
            }
            Err(error) => {
                tracing::warn!(%segment, error = %candour_units::chain(&error), "a segment cannot be mended yet");
                true
            }
        });
    }
}

/// A closed file did not become durable: it stays to be mended, and what may be missing is a gap.
fn lost(shared: &mut Shared, file: &SegmentFile, cause: GapCause) {
    let row = file.row();
    if let Some(since) = file.unsynced_since().filter(|since| *since < row.end) {
        let gap = Gap { start: since, end: Some(row.end), cause };
        shared.lines.tell(file.turn(), row.camera, row.stream, gap);
    }
    shared.leave(Leaving::Broken(row.id));
}
