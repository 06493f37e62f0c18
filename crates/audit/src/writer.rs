//! The one thread that writes: takes every event that waits, makes them durable together, answers each.

use std::sync::Arc;

use candour_ledger::{Entry, Kind, Salt};
use candour_units::{Clock, Entropy};
use tokio::sync::{mpsc, oneshot};

use crate::erasure::NewJournal;
use crate::published::Published;
use crate::store::Store;
use crate::{EventKind, LogError, Recorded};

/// Most events of one group; bounds the memory of a group and how long its first caller waits.
const MAX_GROUP_EVENTS: usize = 512;

/// What handles ask of the writer.
pub(crate) enum Request {
    /// One event, with the texts of its groups.
    Append { kind: EventKind, texts: [String; 4], reply: oneshot::Sender<Result<Recorded, LogError>> },
    /// Something read from the tiles did not fit: compare them with the journal.
    CheckTiles,
    /// Put a journal that was written anew in the place of the old one.
    Replace { new: NewJournal, reply: oneshot::Sender<Result<(), LogError>> },
    /// Finish and stop.
    Close { reply: oneshot::Sender<()> },
}

struct Waiting {
    kind: EventKind,
    texts: [String; 4],
    reply: oneshot::Sender<Result<Recorded, LogError>>,
}

/// Starts the thread. It ends at [`Request::Close`] or when the last handle is gone.
pub(crate) fn start(
    store: Store,
    queue: mpsc::Receiver<Request>,
    published: Arc<Published>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<(), LogError> {
    let mut writer = Writer { store, queue, published, clock, entropy, tiles_wait: false };
    let thread = std::thread::Builder::new().name("audit".to_owned());
    let started = thread.spawn(move || {
        let closing = writer.run();
        // The files and their lock are free before whoever closed the log hears of it.
        drop(writer);
        if let Some(reply) = closing {
            // Whoever closed it may have stopped waiting.
            let _ = reply.send(());
        }
    });
    started.map(drop).map_err(|error| LogError::Unavailable { cause: format!("no thread for the log: {error}") })
}

struct Writer {
    store: Store,
    queue: mpsc::Receiver<Request>,
    published: Arc<Published>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// The tiles could not be written; they are tried again after the next group.
    tiles_wait: bool,
}

impl Writer {
    fn run(&mut self) -> Option<oneshot::Sender<()>> {
        while let Some(first) = self.next() {
            let (group, closing) = self.gather(first);
            if !group.is_empty() {
                self.write(group);
                self.tiles_wait = false;
            }
            if closing.is_some() {
                return closing;
            }
        }
        None
    }

    /// The next request. Tiles and directories that are behind are brought on while nobody waits.
    fn next(&mut self) -> Option<Request> {
        loop {
            let tiles = self.store.tiles_are_behind() && !self.tiles_wait;
            let now = self.clock.mono();
            if !tiles && !self.store.copies_have_work(now) {
                return self.queue.blocking_recv();
            }
            match self.queue.try_recv() {
                Ok(request) => return Some(request),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) if tiles => self.advance_tiles(),
                Err(mpsc::error::TryRecvError::Empty) => self.store.advance_copies(now),
            }
        }
    }

    fn advance_tiles(&mut self) {
        if let Err(error) = self.store.advance_tiles() {
            tracing::warn!(%error, "tiles of the log cannot be written; proofs are made from the journal");
            self.tiles_wait = true;
        }
    }

    /// Everything that waits now: while one group is being synced the next gathers behind it.
    fn gather(&mut self, first: Request) -> (Vec<Waiting>, Option<oneshot::Sender<()>>) {
        let (mut group, mut next) = (Vec::new(), Some(first));
        while let Some(request) = next {
            match request {
                Request::Append { kind, texts, reply } => group.push(Waiting { kind, texts, reply }),
                Request::CheckTiles => {
                    self.store.restart_tiles();
                    self.tiles_wait = false;
                }
                Request::Replace { new, reply } => {
                    // What waits is appended to the new one.
                    let done = self.store.replace_journal(new);
                    // Whoever asked may have stopped waiting; the log says what came of it.
                    let _ = reply.send(done);
                }
                Request::Close { reply } => return (group, Some(reply)),
            }
            let full = group.len() >= MAX_GROUP_EVENTS;
            next = if full { None } else { self.queue.try_recv().ok() };
        }
        (group, None)
    }

    fn write(&mut self, group: Vec<Waiting>) {
        let at = self.clock.wall();
        let mut replies = Vec::with_capacity(group.len());
        let mut entries = Vec::with_capacity(group.len());
        for Waiting { kind, texts, reply } in group {
            let kind = Kind::new(kind.word()).expect("every word of EventKind is a kind word");
            let salts = std::array::from_fn(|_| Salt(self.entropy.key()));
            entries.push(Entry::new(at, kind, texts, salts));
            replies.push(reply);
        }
        match self.store.commit(&entries) {
            Ok(placed) => {
                for (reply, (index, leaf)) in replies.into_iter().zip(placed) {
                    // A caller that stopped waiting has its entry all the same.
                    let _ = reply.send(Ok(Recorded { index, leaf, at }));
                }
            }
            Err(error) => {
                tracing::error!(%error, entries = replies.len(), "the log cannot be written; nobody may look");
                self.published.set_failing(Some(error.to_string()));
                for reply in replies {
                    // As above.
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }
}
