//! The handle others hold; the thread behind it is the only writer.

use std::path::PathBuf;
use std::sync::Arc;

use candour_durable::Disk;
use candour_ledger::{CosignedBefore, Disclosed, ExportedEntry, Leaf, MAX_GROUP, Salt, SignedNote, Tile, WitnessKey};
use candour_units::{
    CameraId, Clock, Entropy, Hash, PersonId, ReceiptId, RecorderId, SegmentId, SessionId, WallRange, WallTime,
};
use tokio::sync::{mpsc, oneshot};

use crate::erasure::write_anew;
use crate::groups::texts_of;
use crate::published::{Proved, Published};
use crate::receipt::{look_event, look_outcome};
use crate::store::Store;
use crate::writer::{self, Request};
use crate::{Actor, BadLook, Erasure, Event, EventKind, Look, LookKind, Receipt, Subject, Witnessed};

/// Events that may wait for the writer. When so many do, callers wait too; nothing is ever dropped.
const QUEUE: usize = 1024;
/// Most entries of one answer.
const MAX_ENTRIES: u64 = 4096;

/// Where the log lives and who signs it.
pub struct LogConfig {
    /// Directory of the journal, checkpoints and the signing key (mode 0600, made at the first start).
    pub directory: PathBuf,
    /// A second directory, best on another device, for a copy of journal and checkpoints: an entry is durable when it is in one of the
    /// two, so that one device may fail.
    pub second: Option<PathBuf>,
    /// The recorder whose log this is.
    pub recorder: RecorderId,
    /// The log's origin line in checkpoints, for example `candour.example/recorder/<id>`.
    pub origin: String,
}

/// Why the log could not be opened or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// The journal cannot be written; nobody may look until it can. The entry may still appear in the log once the
    /// disk recovers: too much may be written down, never too little.
    #[error("the log cannot be written: {cause}")]
    Unavailable {
        /// What the system said.
        cause: String,
    },
    /// What is stored is not what was signed; the recorder must not add to it.
    #[error("the log is damaged at {place}: {what}")]
    Tampered {
        /// File and position, or entry number.
        place: String,
        /// What does not fit.
        what: String,
    },
    /// The event is larger than an entry may be.
    #[error("the log entry is {size} bytes; at most {limit} fit")]
    TooLarge {
        /// Bytes asked for.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The outcome is no JSON object, so it has no canonical form.
    #[error("the outcome of a log entry must be a JSON object: {what}")]
    Outcome {
        /// What was found instead.
        what: String,
    },
    /// The look is not one that a receipt can stand for; nothing was written.
    #[error("this look cannot be written down: {why}")]
    BadLook {
        /// What must change.
        why: BadLook,
    },
    /// The directory holds the log of another recorder, or the origin in the configuration was changed.
    #[error("the log in this directory is {found}, not {expected}; set the origin back or give an empty directory")]
    OtherLog {
        /// The origin in the configuration.
        expected: String,
        /// The origin the log was made with.
        found: String,
    },
    /// The origin cannot name a key.
    #[error("the origin {origin:?} may have no spaces, control characters or plus signs, and 1 to 200 bytes")]
    Origin {
        /// As configured.
        origin: String,
    },
}

/// An entry that is durable now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Position in the log, from 0.
    pub index: u64,
    /// RFC 6962 leaf hash.
    pub leaf: Hash,
    /// The time written in it.
    pub at: WallTime,
}

/// One entry as the log page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryView {
    /// Position in the log, from 0.
    pub index: u64,
    /// The time written in it.
    pub at: WallTime,
    /// Stable word of the kind.
    pub kind: String,
    /// Field groups as JSON texts: who, what, why, sent; `None` when their details were erased.
    pub who: Option<String>,
    /// Cameras and interval.
    pub what: Option<String>,
    /// Purpose and reason.
    pub why: Option<String>,
    /// Outcome.
    pub sent: Option<String>,
    /// Salts of the four, in this order: with them whoever reads a text checks it against the public leaf.
    pub salts: [Option<Salt>; 4],
    /// RFC 6962 leaf hash.
    pub leaf: Hash,
}

/// One entry, as a stranger can check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedEntry {
    /// Its public leaf.
    pub leaf: Leaf,
    /// The group *sent* with its salt.
    pub sent: Disclosed,
    /// Inclusion proof (RFC 6962 2.1.1) up to the checkpoint.
    pub path: Vec<Hash>,
    /// The signed checkpoint, as a C2SP note.
    pub checkpoint: String,
    /// The key that signed it.
    pub verifier_key: String,
}

/// Entries, as a stranger can check them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedEntries {
    /// Each with its details and its inclusion proof, in the order asked for.
    pub entries: Vec<ExportedEntry>,
    /// The signed checkpoint that every proof leads to, with the cosignatures under it that there are yet, as a C2SP note.
    pub checkpoint: String,
    /// The newest checkpoint that a witness cosigned, with the way from it.
    pub cosigned: Option<CosignedBefore>,
    /// The key that signed both.
    pub verifier_key: String,
}

/// The way from an earlier state of the log to the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// Entries under the newest checkpoint.
    pub size: u64,
    /// The newest signed checkpoint, as a C2SP note.
    pub checkpoint: String,
    /// Consistency proof (RFC 6962 2.1.2); it was checked against the signed root.
    pub path: Vec<Hash>,
    /// Root of the tree over the earlier entries.
    pub old_root: Hash,
}

/// How the log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStatus {
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// The newest signed checkpoint, as a C2SP note.
    pub checkpoint: String,
    /// Fingerprint of the signing key (verifier key as in C2SP signed-note).
    pub verifier_key: String,
    /// `None` while it can be written; else what fails.
    pub failing: Option<String>,
    /// What fails of one of two directories while the log goes on in the other; `None` while both are well.
    pub copy_failing: Option<String>,
}

/// A handle on the one writer; clones share it.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    directory: PathBuf,
    requests: mpsc::Sender<Request>,
    published: Arc<Published>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    disk: Disk,
    /// Held while details are erased.
    erasing: tokio::sync::Mutex<()>,
}

impl Log {
    /// Opens the log (made if absent), verifies all of it, cuts off what a crash left unfinished, and starts the writer
    /// thread. Blocks for as long as reading the whole log takes.
    ///
    /// # Errors
    /// [`LogError::Tampered`] when what is stored does not verify; [`LogError::Unavailable`] when it cannot be read or
    /// written, or another process has it; [`LogError::OtherLog`] and [`LogError::Origin`] for a wrong configuration.
    pub fn open(config: LogConfig, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, LogError> {
        Self::open_on(Disk::real(), config, clock, entropy)
    }

    /// As [`Self::open`], on a disk that the caller brings (and that may fail on purpose).
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(
        disk: Disk,
        config: LogConfig,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, LogError> {
        let (store, published) = Store::open(&disk, &config, entropy.as_ref())?;
        let (requests, queue) = mpsc::channel(QUEUE);
        writer::start(store, queue, published.clone(), clock.clone(), entropy.clone())?;
        let directory = config.directory;
        let erasing = tokio::sync::Mutex::new(());
        Ok(Self { inner: Arc::new(Inner { directory, requests, published, clock, entropy, disk, erasing }) })
    }

    /// Writes one event; returns when it is durable and signed. Concurrent callers share one sync. Waits while the
    /// queue is full. A caller that stops waiting does not take the event back.
    ///
    /// # Errors
    /// [`LogError::Unavailable`], [`LogError::TooLarge`] or [`LogError::Outcome`]; then nobody may act on the event.
    pub async fn append(&self, event: Event) -> Result<Recorded, LogError> {
        let texts = texts_of(&event)?;
        if let Some(size) = texts.iter().map(String::len).find(|size| *size > MAX_GROUP) {
            return Err(LogError::TooLarge { size, limit: MAX_GROUP });
        }
        let (reply, answer) = oneshot::channel();
        let request = Request::Append { kind: event.kind, texts, reply };
        self.inner.requests.send(request).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Writes down a look and gives the receipt for it.
    ///
    /// # Errors
    /// [`LogError::BadLook`] when no receipt can stand for it; otherwise as [`Self::append`]. Then nobody may look.
    pub async fn look(&self, look: Look) -> Result<Receipt, LogError> {
        let id = ReceiptId::from_bytes(self.inner.entropy.id());
        self.write_look(id, look, false).await
    }

    /// Writes one more entry for a look that goes on, and gives a fresh receipt with the same id.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub async fn renew(&self, receipt: &Receipt) -> Result<Receipt, LogError> {
        self.write_look(receipt.id(), receipt.look().clone(), true).await
    }

    /// Writes that the recorder itself looks again at footage, with a computer's eyes only, and gives a receipt for that.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub async fn second_look(
        &self,
        camera: CameraId,
        interval: WallRange,
        segment: SegmentId,
    ) -> Result<Receipt, LogError> {
        let id = ReceiptId::from_bytes(self.inner.entropy.id());
        let look = Look {
            person: PersonId::from_bytes([0; 16]),
            name: "the recorder".to_owned(),
            session: SessionId::from_bytes([0; 16]),
            station: None,
            address: String::new(),
            reason: "A second look at footage in which nothing was seen to move".to_owned(),
            purpose: None,
            cameras: vec![camera],
            kind: LookKind::Playback,
            interval: Some(interval),
            under: None,
        };
        look.check().map_err(|why| LogError::BadLook { why })?;
        let subject = Subject {
            cameras: look.cameras.clone(),
            interval: look.interval,
            reason: Some(look.reason.clone()),
            ..Subject::default()
        };
        let outcome = serde_json::json!({ "segment": segment.to_string() }).to_string();
        let event = Event { kind: EventKind::SecondLook, actor: Actor::Recorder, subject, outcome };
        let recorded = self.append(event).await?;
        let lapses = self.inner.clock.mono().plus_millis(look.kind.lasts_s() * 1000);
        Ok(Receipt { id, entry: recorded.index, look, lapses })
    }

    /// Writes that a person has footage looked through by a program, and gives a receipt for that. `told`: what of it
    /// that person is told; `terms`: what is tried.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub async fn motion_trial(&self, look: Look, told: &str, terms: serde_json::Value) -> Result<Receipt, LogError> {
        look.check().map_err(|why| LogError::BadLook { why })?;
        let id = ReceiptId::from_bytes(self.inner.entropy.id());
        let mut outcome = look_outcome(id, &look, false);
        outcome["told"] = told.into();
        outcome["terms"] = terms;
        let outcome = outcome.to_string();
        let event = Event { kind: EventKind::MotionTried, outcome, ..look_event(id, &look, false) };
        let recorded = self.append(event).await?;
        let lapses = self.inner.clock.mono().plus_millis(look.kind.lasts_s() * 1000);
        Ok(Receipt { id, entry: recorded.index, look, lapses })
    }

    async fn write_look(&self, id: ReceiptId, look: Look, renewal: bool) -> Result<Receipt, LogError> {
        look.check().map_err(|why| LogError::BadLook { why })?;
        let recorded = self.append(look_event(id, &look, renewal)).await?;
        let lapses = self.inner.clock.mono().plus_millis(look.kind.lasts_s() * 1000);
        Ok(Receipt { id, entry: recorded.index, look, lapses })
    }

    /// Entries `first..first+count` (fewer at the end, and 4 096 at most), oldest first; for the log page. May be read
    /// while others append; only entries that are durable and signed are seen.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] when they cannot be read, [`LogError::Tampered`] when they were changed on the disk
    /// since the log was opened.
    pub async fn entries(&self, first: u64, count: u64) -> Result<Vec<EntryView>, LogError> {
        let published = self.inner.published.clone();
        let read = tokio::task::spawn_blocking(move || published.entries(first, count.min(MAX_ENTRIES)));
        read.await.map_err(|error| LogError::Unavailable { cause: error.to_string() })?
    }

    /// Where its files lie, for [`inspect_log`](crate::inspect_log).
    #[must_use]
    pub fn directory(&self) -> &std::path::Path {
        &self.inner.directory
    }

    /// One entry with the way from it to the newest checkpoint: what a stranger needs to find it in the log. Of the details
    /// only the group *sent* is given. Reads a handful of tiles, whatever the size.
    ///
    /// # Errors
    /// As [`Self::entries`]; `None` when there is no such entry, or its *sent* was erased.
    pub async fn prove(&self, index: u64) -> Result<Option<ProvedEntry>, LogError> {
        self.read_tiles(move |published| published.prove(index)).await.map(|proved| proved.value)
    }

    /// Entries with their details, each with the way to one and the same checkpoint, and what a witness cosigned before it: what a
    /// stranger needs to check them. At most 65 536; positions that are not in the log are left out.
    ///
    /// # Errors
    /// As [`Self::entries`].
    pub async fn prove_many(&self, indices: Vec<u64>) -> Result<ProvedEntries, LogError> {
        self.read_tiles(move |published| published.prove_many(&indices)).await.map(|proved| proved.value)
    }

    /// That the log over its first `old` entries is a beginning of the log now.
    ///
    /// # Errors
    /// As [`Self::entries`]; `None` when there were never so many entries.
    pub async fn consistency(&self, old: u64) -> Result<Option<Consistency>, LogError> {
        self.read_tiles(move |published| published.consistency(old)).await.map(|proved| proved.value)
    }

    /// A hash tile, or a bundle of public leaves, in the encoding of C2SP tlog-tiles.
    ///
    /// # Errors
    /// As [`Self::entries`], and [`LogError::Unavailable`] while a damaged tile is made again; `None` when the signed log does
    /// not reach so far.
    pub async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>, LogError> {
        let read = self.read_tiles(move |published| published.tile(tile)).await?;
        if read.damaged {
            return Err(LogError::Unavailable { cause: format!("tile/{tile} was damaged and is being made again") });
        }
        Ok(read.value)
    }

    /// What this witness cosigned last; `None` if nothing.
    #[must_use]
    pub fn witnessed(&self, witness: &WitnessKey) -> Option<Witnessed> {
        self.inner.published.cosigned.of(witness)
    }

    /// The newest signed checkpoint with every cosignature under it that there is yet, as a C2SP note.
    #[must_use]
    pub fn checkpoint(&self) -> String {
        self.inner.published.with_cosignatures(self.status().checkpoint)
    }

    /// The newest checkpoint that a witness cosigned, as a C2SP note; `None` while there is none.
    #[must_use]
    pub fn cosigned_checkpoint(&self) -> Option<String> {
        self.inner.published.cosigned.newest().map(|note| note.encode())
    }

    /// Keeps a checkpoint of this log with a cosignature of this witness, durably, in the place of the one before.
    ///
    /// # Errors
    /// [`LogError::Tampered`] for one that this log did not sign, that the witness did not cosign, or that does not fit this
    /// log; [`LogError::Unavailable`] when it cannot be written.
    pub async fn keep_cosigned(&self, witness: WitnessKey, note: SignedNote) -> Result<(), LogError> {
        let published = self.inner.published.clone();
        let keep = tokio::task::spawn_blocking(move || published.keep_cosigned(&witness, note));
        keep.await.map_err(|error| LogError::Unavailable { cause: error.to_string() })?
    }

    /// Reads on a thread that may block, and has the tiles made again if they were found damaged.
    async fn read_tiles<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Published) -> Result<Proved<T>, LogError> + Send + 'static,
    ) -> Result<Proved<T>, LogError> {
        let published = self.inner.published.clone();
        let read = tokio::task::spawn_blocking(move || read(&published));
        let read = read.await.map_err(|error| LogError::Unavailable { cause: error.to_string() })??;
        if read.damaged {
            // A full queue, or a log that was closed: the next start compares them in any case.
            let _ = self.inner.requests.try_send(Request::CheckTiles);
        }
        Ok(read)
    }

    /// How far details are erased.
    #[must_use]
    pub fn erasure(&self) -> Erasure {
        self.inner.published.erasure()
    }

    /// Erases what the leading entries written before `moment` say of people, after an entry that says so; the leaves stay. `days` is how long
    /// details are kept, for that entry. Finishes first what an earlier call owes. Reads and writes the whole journal beside itself; others
    /// append meanwhile, and wait only while what they appended is copied and the new file takes its place. Gives how many entries have no
    /// details now; `None` when there was nothing to do.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] or [`LogError::Tampered`]: then the old journal is in use on, and a later call goes on from there.
    pub async fn erase_details(&self, moment: WallTime, days: u32) -> Result<Option<u64>, LogError> {
        let _alone = self.inner.erasing.lock().await;
        let published = self.inner.published.clone();
        let found = tokio::task::spawn_blocking(move || published.written_before(moment));
        let before = found.await.map_err(|error| LogError::Unavailable { cause: error.to_string() })??;
        if before > self.erasure().owed {
            let recorded = self.append(erased(before, days)).await?;
            self.inner.published.owe(before, (recorded.index, recorded.at));
        }
        let Erasure { owed, done, .. } = self.erasure();
        if done >= owed {
            return Ok(None);
        }
        self.carry_out(owed).await?;
        Ok(Some(owed))
    }

    async fn carry_out(&self, owed: u64) -> Result<(), LogError> {
        let (inner, published) = (self.inner.clone(), self.inner.published.clone());
        let written = tokio::task::spawn_blocking(move || write_anew(&inner.disk, &inner.directory, &published, owed));
        let new = written.await.map_err(|error| LogError::Unavailable { cause: error.to_string() })??;
        let (reply, answer) = oneshot::channel();
        self.inner.requests.send(Request::Replace { new, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// How the log stands now.
    #[must_use]
    pub fn status(&self) -> LogStatus {
        self.inner.published.status()
    }

    /// Writes what is waiting, with its checkpoint, and stops the writer thread. Other handles get
    /// [`LogError::Unavailable`] from then on.
    pub async fn close(self) {
        let (reply, done) = oneshot::channel();
        if self.inner.requests.send(Request::Close { reply }).await.is_ok() {
            // An error means that the thread is gone, which is what was asked for.
            let _ = done.await;
        }
    }
}

fn erased(before: u64, days: u32) -> Event {
    let outcome = serde_json::json!({ "before": before, "days": days }).to_string();
    Event { kind: EventKind::DetailsErased, actor: Actor::Recorder, subject: Subject::default(), outcome }
}

fn stopped() -> LogError {
    LogError::Unavailable { cause: "the log was closed".to_owned() }
}
