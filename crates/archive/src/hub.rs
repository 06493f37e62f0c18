//! The streams that have a way in: who records where, who watches.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use candour_audit::{LookKind, Receipt};
use candour_recording::{GapCause, Shown};
use candour_units::{CameraId, MonoTime, PurposeId, StreamId, StreamKind, WallRange, WallTime};
use tokio::sync::oneshot;

use crate::lines::Handover;
use crate::live::covers;
use crate::meter::millis;
use crate::open::Inner;
use crate::placement::{StreamFact, choose, load_of};
use crate::queue::{Message, Queue};
use crate::stream::LiveStream;
use crate::{Archive, ArchiveError, LiveSubscription, RecordingSpec, StreamIntake};

/// What a stream is taken to write until it has been measured: 4 Mbit/s.
const USUAL_BYTES_PER_MINUTE: u64 = 30_000_000;
/// Closing a stream waits no longer than this for a disk.
const FORGET_PATIENCE: Duration = Duration::from_secs(5);

/// A stream that has a way in.
pub(crate) struct Taken {
    live: Arc<LiveStream>,
    pub(crate) intake: StreamIntake,
    pub(crate) spec: Option<RecordingSpec>,
    /// Received only so that whoever sets the camera up can see it: nobody else does, and it is never recorded.
    set_up: bool,
    rate: Rate,
}

/// Bytes a minute, measured over the last whole minute.
struct Rate {
    since: MonoTime,
    bytes_then: u64,
    per_minute: u64,
}

impl Rate {
    fn measure(&mut self, now: MonoTime, bytes: u64) -> u64 {
        let passed = millis(self.since, now);
        if passed >= 60_000 {
            let measured = bytes.saturating_sub(self.bytes_then).saturating_mul(60_000) / passed;
            *self = Self { since: now, bytes_then: bytes, per_minute: measured };
        }
        self.per_minute
    }
}

/// A stream with a purpose, and where it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingStream {
    /// The stream.
    pub stream: StreamId,
    /// Its camera.
    pub camera: CameraId,
    /// Which of its feeds.
    pub kind: StreamKind,
    /// What it records for.
    pub purpose: PurposeId,
    /// Number of the directory it is written to; `None` while there is none for it.
    pub storage: Option<i64>,
    /// What it writes in a minute.
    pub bytes_per_minute: u64,
    /// Why nothing is recorded although the camera sends, and since when.
    pub stopped: Option<(GapCause, WallTime)>,
}

impl Archive {
    /// The way in for one stream, made at the first call. With `spec` it records; without it only live viewers get it.
    /// Another `spec` for a stream that has a way in counts from its next sync sample on; none ends its recording.
    pub fn intake(
        &self,
        camera: CameraId,
        stream: StreamId,
        kind: StreamKind,
        spec: Option<RecordingSpec>,
    ) -> StreamIntake {
        let inner = &self.inner;
        let known = inner.streams().get(&stream).map(|taken| (taken.intake.clone(), taken.spec.clone()));
        let (intake, before) = match known {
            Some((intake, before)) if before == spec => return intake,
            Some((intake, before)) => (intake, before),
            None => (inner.take(camera, stream, kind, false), None),
        };
        intake.record_around(spec.as_ref().and_then(|spec| spec.on_motion));
        match &spec {
            Some(spec) if before.is_none() => inner.place(camera, stream, kind, spec, &intake),
            Some(spec) => {
                let spec = spec.clone();
                intake.queue().iter().for_each(|queue| {
                    queue.tell(Message::Record { camera, stream, kind, spec: spec.clone(), begin: None });
                });
            }
            None => {
                let at = inner.clock.wall();
                intake.queue().iter().for_each(|queue| {
                    queue.tell(Message::RunEnded { stream, cause: GapCause::NoPurpose, at });
                });
                intake.send_to(None);
            }
        }
        if let Some(taken) = inner.streams().get_mut(&stream) {
            taken.spec = spec;
        }
        intake
    }

    /// The way in for a stream of a camera that is being set up: it is never recorded, and seen under a receipt for that only.
    /// The caller forgets it before the same stream gets a way in for anything else.
    pub fn intake_for_setting_up(&self, camera: CameraId, stream: StreamId, kind: StreamKind) -> StreamIntake {
        self.inner.take(camera, stream, kind, true)
    }

    /// Says what a stretch of a camera's time showed: its streams that record around what moves go by it.
    pub fn seen(&self, camera: CameraId, range: WallRange, shown: Shown) {
        let streams = self.inner.streams();
        let intakes: Vec<_> =
            streams.values().filter(|taken| taken.live.camera == camera).map(|taken| taken.intake.clone()).collect();
        drop(streams);
        intakes.iter().for_each(|intake| intake.seen(range, shown));
    }

    /// Closes what the stream has open and forgets it; live viewers are told. A disk that does not answer is not waited
    /// for: what is open there is closed when it does, or by the next start.
    pub async fn forget(&self, stream: StreamId) {
        let taken = self.inner.streams().remove(&stream);
        let Some(taken) = taken else { return };
        taken.live.gone();
        let Some(queue) = taken.intake.queue() else { return };
        let (done, closed) = oneshot::channel();
        queue.tell(Message::Forget { stream, done });
        if !matches!(tokio::time::timeout(FORGET_PATIENCE, closed).await, Ok(Ok(()))) {
            tracing::error!(%stream, "a stream could not be closed in order: its writer has ended or stands still");
        }
    }

    /// Says why a stream that has no way in is not recorded: the gap that lasts goes on for this cause, or begins.
    pub fn note_not_recorded(&self, camera: CameraId, stream: StreamId, cause: GapCause) {
        if !self.inner.streams().contains_key(&stream) {
            self.inner.lines.nobody(camera, stream, self.inner.clock.wall(), cause);
        }
    }

    /// How many viewers watch each stream of that camera live.
    #[must_use]
    pub fn viewers(&self, camera: CameraId) -> usize {
        let streams = self.inner.streams();
        streams.values().filter(|taken| taken.live.camera == camera).map(|taken| taken.live.viewers()).sum()
    }

    /// Live pictures of one stream. A receipt for setting a camera up sees it too, and is the only one that sees a camera which is received for
    /// nothing else.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`], [`ArchiveError::NotFound`].
    pub fn live(
        &self,
        receipt: &Receipt,
        camera: CameraId,
        kind: StreamKind,
    ) -> Result<LiveSubscription, ArchiveError> {
        let sets_up = receipt.look().kind == LookKind::Commissioning;
        covers(receipt, camera, self.inner.clock.mono())?;
        let streams = self.inner.streams();
        let is_it =
            |taken: &&Taken| taken.live.camera == camera && taken.live.kind == kind && (sets_up || !taken.set_up);
        let found = streams.values().find(is_it);
        let found =
            found.ok_or_else(|| ArchiveError::NotFound { what: format!("{kind} stream of camera {camera}") })?;
        Ok(LiveSubscription::new(Arc::clone(&found.live), receipt, Arc::clone(&self.inner.clock)))
    }

    /// Every stream that has a purpose to record for.
    #[must_use]
    pub fn recording(&self) -> Vec<RecordingStream> {
        let now = self.inner.clock.mono();
        let mut streams = self.inner.streams();
        let of = |(stream, taken): (&StreamId, &mut Taken)| {
            let purpose = taken.spec.as_ref()?.purpose;
            let placed = taken.intake.placed();
            Some(RecordingStream {
                stream: *stream,
                camera: taken.live.camera,
                kind: taken.live.kind,
                purpose,
                storage: placed.storage,
                bytes_per_minute: taken.rate.measure(now, placed.bytes),
                stopped: placed.stopped,
            })
        };
        streams.iter_mut().filter_map(of).collect()
    }

    /// Records nothing of that stream until [`Self::resume`], because there is no room (rule 10): a gap with that cause.
    /// Live viewers see no difference. False when it is so already, or nobody knows the stream.
    pub fn stop_for_room(&self, stream: StreamId) -> bool {
        let intake = self.inner.streams().get(&stream).map(|taken| taken.intake.clone());
        intake.is_some_and(|intake| intake.stop_recording(GapCause::StorageFull))
    }

    /// Records a stream again that [`Self::stop_for_room`] stopped.
    pub fn resume(&self, stream: StreamId) {
        let intake = self.inner.streams().get(&stream).map(|taken| taken.intake.clone());
        intake.iter().for_each(StreamIntake::resume);
    }
}

impl Inner {
    /// A new stream, for live viewers only as yet.
    fn take(&self, camera: CameraId, stream: StreamId, kind: StreamKind, set_up: bool) -> StreamIntake {
        let live = Arc::new(LiveStream::new(camera, stream, kind, self.clock.wall()));
        let intake = StreamIntake::new(Arc::clone(&live), None, Arc::clone(&self.clock), Arc::clone(&self.entropy));
        let rate = Rate { since: self.clock.mono(), bytes_then: 0, per_minute: USUAL_BYTES_PER_MINUTE };
        self.streams().insert(stream, Taken { live, intake: intake.clone(), spec: None, set_up, rate });
        intake
    }

    /// Finds a directory for a stream that begins to record.
    fn place(&self, camera: CameraId, stream: StreamId, kind: StreamKind, spec: &RecordingSpec, intake: &StreamIntake) {
        let now = self.clock.wall();
        let way = self.way_for(USUAL_BYTES_PER_MINUTE);
        match &way {
            Some((_, queue)) => {
                let begin = self.lines.take_over(stream, now, Handover::Broken { cause: GapCause::NoPurpose });
                let (spec, begin) = (spec.clone(), Some(begin));
                queue.tell(Message::Record { camera, stream, kind, spec, begin });
            }
            None => self.lines.nobody(camera, stream, now, GapCause::StorageFailed),
        }
        intake.send_to(way);
    }

    /// The directory with most room for its load that works; if none has room, one that works at all.
    fn way_for(&self, bytes_per_minute: u64) -> Option<(i64, Arc<Queue>)> {
        let directories = self.directory_facts();
        let chosen = choose(&directories, &load_of(&self.stream_facts()), bytes_per_minute);
        let writers = self.writers.running();
        let chosen = chosen.or_else(|| writers.keys().next().copied())?;
        writers.get(&chosen).map(|handle| (chosen, Arc::clone(&handle.queue)))
    }

    pub(crate) fn stream_facts(&self) -> Vec<StreamFact> {
        let now = self.clock.mono();
        let of = |(stream, taken): (&StreamId, &mut Taken)| {
            taken.spec.as_ref()?;
            let placed = taken.intake.placed();
            let bytes_per_minute = taken.rate.measure(now, placed.bytes);
            Some(StreamFact { stream: *stream, storage: placed.storage, bytes_per_minute })
        };
        let mut facts: Vec<_> = self.streams().iter_mut().filter_map(of).collect();
        facts.sort_by_key(|fact| fact.stream);
        facts
    }

    pub(crate) fn streams(&self) -> MutexGuard<'_, HashMap<StreamId, Taken>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No more live pictures of anything.
    pub(crate) fn end_live(&self) {
        self.streams().drain().for_each(|(_, taken)| taken.live.gone());
    }
}

impl Taken {
    pub(crate) fn camera(&self) -> CameraId {
        self.live.camera
    }
}
