//! The writer threads, one for each directory that can be written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use candour_files::{Begun, SegmentFiles, Space};
use candour_units::MonoTime;
use tokio::sync::oneshot;

use crate::ArchiveError;
use crate::meter::{Meter, Reading};
use crate::open::Inner;
use crate::queue::{Message, Queue, QueueLimits};
use crate::writer::{self, WriterParts};

/// Memory for samples that wait, of all directories together.
const QUEUES_BYTES: usize = 128 << 20;
/// A queue is never so small that it could not hold some seconds.
const LEAST_QUEUE_BYTES: usize = 8 << 20;
const ABANDON_PATIENCE: Duration = Duration::from_secs(2);

/// One writer, from outside.
pub(crate) struct Handle {
    pub(crate) queue: Arc<Queue>,
    pub(crate) meter: Arc<Meter>,
    thread: JoinHandle<()>,
}

impl Handle {
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    pub(crate) fn read(&self, now: MonoTime) -> Reading {
        self.meter.read(now, self.queue.oldest())
    }
}

/// All of them, by number of the directory.
#[derive(Default)]
pub(crate) struct Writers {
    running: Mutex<BTreeMap<i64, Handle>>,
    /// Threads of directories that went away; the last of a directory must have ended before it is opened again.
    leaving: Mutex<Vec<(i64, JoinHandle<()>)>>,
}

impl Writers {
    pub(crate) fn running(&self) -> MutexGuard<'_, BTreeMap<i64, Handle>> {
        // Entries are put in and taken out whole.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the writer of a directory that is gone, where it stands.
    pub(crate) fn abandon(&self, storage: i64) {
        if let Some(handle) = self.running().remove(&storage) {
            handle.queue.tell(Message::Abandon);
            self.leaving().push((storage, handle.thread));
        }
    }

    /// Whether nobody writes to that directory any more.
    pub(crate) fn is_free(&self, storage: i64) -> bool {
        let mut leaving = self.leaving();
        leaving.retain(|(_, thread)| !thread.is_finished());
        leaving.iter().all(|(of, _)| *of != storage) && !self.running().contains_key(&storage)
    }

    /// Closes everything. A thread that stands in a call for longer than `patience` is left behind; what it held is
    /// recovered at the next start. True if all was closed in order.
    pub(crate) async fn close(&self, patience: Duration) -> bool {
        let all = std::mem::take(&mut *self.running());
        let asked = all.into_iter().map(|(storage, handle)| {
            let (done, closed) = oneshot::channel();
            handle.queue.tell(Message::Close { done });
            (storage, handle, closed)
        });
        let asked: Vec<_> = asked.collect();
        let until = tokio::time::Instant::now() + patience;
        let mut in_order = true;
        for (storage, handle, closed) in asked {
            match tokio::time::timeout_at(until, closed).await {
                // It has answered, or is gone: this does not wait long.
                Ok(answer) => in_order &= handle.thread.join().is_ok() && answer.unwrap_or(false),
                Err(_) => {
                    tracing::error!(storage, "a disk does not answer; the next start mends what was open on it");
                    in_order = false;
                }
            }
        }
        in_order
    }

    /// Ends all threads where they stand, as a kill would, and waits until they have ended; not for one that stands in a
    /// call to its disk.
    pub(crate) fn kill(&self) {
        let all = std::mem::take(&mut *self.running());
        all.values().for_each(|handle| handle.queue.tell(Message::Abandon));
        let leaving = std::mem::take(&mut *self.leaving());
        let threads =
            all.into_values().map(|handle| handle.thread).chain(leaving.into_iter().map(|(_, thread)| thread));
        let until = Instant::now() + ABANDON_PATIENCE;
        for thread in threads {
            while !thread.is_finished() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                // Its fault was its own; there is nobody to tell any more.
                let _ = thread.join();
            }
        }
    }

    fn leaving(&self) -> MutexGuard<'_, Vec<(i64, JoinHandle<()>)>> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every directory has a share of its own, so that one that stands still takes nothing from the others.
pub(crate) fn queue_limits(directories: usize) -> QueueLimits {
    let share = QUEUES_BYTES / directories.max(1);
    let bytes = share.clamp(LEAST_QUEUE_BYTES, QUEUES_BYTES / 2);
    QueueLimits { bytes, stream_bytes: bytes / 4 }
}

impl Inner {
    /// Starts the writer of a directory.
    ///
    /// # Errors
    /// [`ArchiveError::Storage`] when the system gives no thread.
    pub(crate) fn start_writer(&self, storage: i64, files: SegmentFiles, space: Space) -> Result<(), ArchiveError> {
        let (meter, queue) = (Arc::new(Meter::default()), Arc::new(Queue::new(self.tuning.queue)));
        meter.space(space);
        let thread = writer::start(WriterParts {
            recorder: self.opening.recorder,
            storage,
            begun: Begun::adopt(files.clone()),
            files,
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            meter: Arc::clone(&meter),
            rows: Arc::clone(&self.rows),
            index: Arc::clone(&self.index),
            lines: Arc::clone(&self.lines),
            queue: Arc::clone(&queue),
            tuning: self.tuning.clone(),
        });
        let thread = thread.map_err(|error| ArchiveError::storage("start the writer thread", &error))?;
        self.writers.running().insert(storage, Handle { queue, meter, thread });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_are_bounded_together() {
        for (directories, mib) in [(1, 64), (2, 64), (4, 32), (16, 8)] {
            let limits = queue_limits(directories);
            assert_eq!((limits.bytes, limits.stream_bytes), (mib << 20, (mib << 20) / 4));
            assert!(limits.bytes * directories <= QUEUES_BYTES);
        }
    }
}
