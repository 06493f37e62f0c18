//! The bounded way from the lanes to a writer thread. Putting something in never waits; a full queue says no.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;

use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{CameraId, MonoTime, RunId, StreamId, StreamKind, WallTime};
use tokio::sync::oneshot;

use crate::RecordingSpec;
use crate::lines::Begin;

/// What a writer thread is told.
pub(crate) enum Message {
    /// This stream is written here from now on, or records for another purpose.
    Record {
        camera: CameraId,
        stream: StreamId,
        kind: StreamKind,
        spec: RecordingSpec,
        /// What to begin with; `None` if it goes on as it is.
        begin: Option<Begin>,
    },
    /// Another writer goes on from `at`: what came in before is written, nothing after.
    HandOver {
        stream: StreamId,
        at: WallTime,
    },
    RunStarted {
        stream: StreamId,
        run: RunId,
        entry: SampleEntry,
        evidence: ClockEvidence,
    },
    /// A sample, and when it came in.
    Sample {
        stream: StreamId,
        sample: Arc<Sample>,
        taken: MonoTime,
    },
    EntryChanged {
        stream: StreamId,
        entry: SampleEntry,
    },
    /// What the camera says of its clock changed; stands in the next segment's header.
    Evidence {
        stream: StreamId,
        evidence: ClockEvidence,
    },
    RunEnded {
        stream: StreamId,
        cause: GapCause,
        at: WallTime,
    },
    /// Close what the stream has open, make it durable, forget the stream, and answer.
    Forget {
        stream: StreamId,
        done: oneshot::Sender<()>,
    },
    /// Close everything, make it durable, and end. The answer says whether all was closed.
    Close {
        done: oneshot::Sender<bool>,
    },
    /// End at once and leave everything as it is, as a kill would.
    Abandon,
}

/// How much may wait, in bytes of samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    pub(crate) bytes: usize,
    pub(crate) stream_bytes: usize,
}

/// How many bytes a writer takes at once: what it holds is no longer counted as waiting.
const BATCH_BYTES: usize = 4 << 20;

/// The queue of one writer thread.
pub(crate) struct Queue {
    limits: QueueLimits,
    waiting: Mutex<Waiting>,
    thread: OnceLock<Thread>,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Message>,
    bytes: usize,
    by_stream: HashMap<StreamId, usize>,
    /// Nobody empties the queue any more.
    ended: bool,
}

impl Queue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self { limits, waiting: Mutex::default(), thread: OnceLock::new() }
    }

    /// The thread that empties the queue, to be woken for what must not wait for its pace.
    pub(crate) fn emptied_by(&self, thread: Thread) {
        // Set once, by the one writer.
        let _ = self.thread.set(thread);
    }

    /// Puts a sample in; false when there is no room. The writer is not woken: it comes at its own pace.
    pub(crate) fn offer(&self, stream: StreamId, sample: Arc<Sample>, taken: MonoTime) -> bool {
        let len = sample.data.len();
        let mut waiting = self.lock();
        if waiting.ended {
            return false;
        }
        let of_stream = waiting.by_stream.get(&stream).copied().unwrap_or(0);
        // An empty queue takes even a sample that alone is larger than the limit.
        let has_room = |used: usize, limit: usize| used == 0 || used + len <= limit;
        if !has_room(waiting.bytes, self.limits.bytes) || !has_room(of_stream, self.limits.stream_bytes) {
            return false;
        }
        waiting.bytes += len;
        waiting.by_stream.insert(stream, of_stream + len);
        waiting.messages.push_back(Message::Sample { stream, sample, taken });
        true
    }

    /// Whether at least half of the stream's share is free: resuming at the very brim would stop again at once.
    pub(crate) fn has_room(&self, stream: StreamId) -> bool {
        let waiting = self.lock();
        let of_stream = waiting.by_stream.get(&stream).copied().unwrap_or(0);
        !waiting.ended && waiting.bytes <= self.limits.bytes / 2 && of_stream <= self.limits.stream_bytes / 2
    }

    /// Puts in what must not be lost.
    pub(crate) fn tell(&self, message: Message) {
        let wakes = matches!(message, Message::Forget { .. } | Message::Close { .. } | Message::Abandon);
        {
            let mut waiting = self.lock();
            if waiting.ended {
                // Dropping it tells whoever waits for an answer that none will come.
                return;
            }
            waiting.messages.push_back(message);
        }
        if wakes && let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Moves the next messages into `batch`; false when the queue is empty now.
    pub(crate) fn take(&self, batch: &mut Vec<Message>) -> bool {
        let mut waiting = self.lock();
        let mut taken = 0;
        while taken < BATCH_BYTES
            && let Some(message) = waiting.messages.pop_front()
        {
            if let Message::Sample { stream, sample, .. } = &message {
                let len = sample.data.len();
                taken += len;
                waiting.bytes -= len;
                if let Some(of_stream) = waiting.by_stream.get_mut(stream) {
                    *of_stream -= len;
                }
            }
            if let Message::Forget { stream, .. } = &message {
                waiting.by_stream.remove(stream);
            }
            batch.push(message);
        }
        !waiting.messages.is_empty()
    }

    /// The writer has ended, in order or not: what waits is dropped, and so is what comes.
    pub(crate) fn end(&self) {
        let ended = Waiting { ended: true, ..Waiting::default() };
        drop(std::mem::replace(&mut *self.lock(), ended));
    }

    /// When the oldest sample that waits came in.
    pub(crate) fn oldest(&self) -> Option<MonoTime> {
        self.lock().messages.iter().find_map(|message| match message {
            Message::Sample { taken, .. } => Some(*taken),
            _ => None,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing in here panics between two changes that belong together.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
