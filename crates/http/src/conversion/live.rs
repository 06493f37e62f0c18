//! A live stream that is converted while somebody watches it: begun by the first, shared by all, ended with the last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use candour_archive::{ArchiveError, LiveEvent, LiveSubscription, Relay};
use candour_audit::Receipt;
use candour_decode::Decoder;
use candour_media::Sample;
use candour_units::{CameraId, StreamId, StreamKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::carrier::{Carrier, End, Given, Stage, Step};
use super::{Conversions, Ground, Refusal, Share};
use crate::app::App;

/// Samples between the stream and the thread that converts it: ten seconds. What does not fit is left out to the next key frame.
const QUEUE: usize = 256;
/// Their bytes, at most.
const QUEUE_BYTES: usize = 16 << 20;
/// How long a conversion may take to come as far as the camera.
const PATIENCE: Duration = Duration::from_secs(12);

/// One conversion. Whoever watches holds it; when the last lets go it ends, and its decoder with it.
pub(crate) struct LiveConversion {
    relay: Relay,
    want_key: Arc<AtomicBool>,
    /// The receipt under which the camera's own stream is read: the newest of those who watch.
    receipt: watch::Sender<Receipt>,
    stage: watch::Receiver<Stage>,
}

impl LiveConversion {
    /// The conversion of that stream, begun if there is none.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) async fn of(
        app: &App,
        receipt: &Receipt,
        camera: CameraId,
        kind: StreamKind,
    ) -> Result<Arc<Self>, Refusal> {
        if let Some(running) = running(app, camera, kind) {
            running.renew(receipt);
            return Ok(running);
        }
        let ground = Conversions::ground(app, camera, kind).await?;
        let source = app.archive.live(receipt, camera, kind).map_err(failed)?;
        let begun = Arc::new(Self::begin(app, source, receipt.clone(), ground).map_err(failed)?);
        let mut desk = app.conversions.desk();
        // Somebody else may have begun it meanwhile; then this one ends before it did anything.
        let there = desk.live.get(&(camera, kind)).and_then(Weak::upgrade).filter(|there| there.goes_on());
        if let Some(there) = there {
            drop(desk);
            there.renew(receipt);
            return Ok(there);
        }
        desk.live.retain(|_, one| one.strong_count() > 0);
        desk.live.insert((camera, kind), Arc::downgrade(&begun));
        Ok(begun)
    }

    fn begin(app: &App, source: LiveSubscription, receipt: Receipt, ground: Ground) -> std::io::Result<Self> {
        let Ground { config, stream, kills, share } = ground;
        let (camera, kind) = (source.camera(), source.kind());
        let relay = Relay::new(camera, stream, kind, app.clock.clone());
        let want_key = Arc::new(AtomicBool::new(false));
        let (stage, stages) = watch::channel(Stage::Starting);
        let mut decoder = Decoder::new(config.program, app.clock.clone());
        decoder.recall(0, kills);
        let carrier = Carrier {
            decoder,
            relay: relay.clone(),
            want_key: want_key.clone(),
            stage,
            track: None,
            inside: BTreeMap::new(),
            lost: 0,
            shown: false,
        };
        let (steps, taken) = mpsc::channel(QUEUE);
        std::thread::Builder::new().name("conversion".to_owned()).spawn(move || carrier.run(taken))?;
        let (receipt, receipts) = watch::channel(receipt);
        tokio::spawn(lead(source, receipts, steps));
        tokio::spawn(account(app.clone(), camera, stream, stages.clone(), share));
        Ok(Self { relay, want_key, receipt, stage: stages })
    }

    /// Watches it, once it is as far as the camera.
    ///
    /// # Errors
    /// [`Refusal`], also when it ends before.
    pub(crate) async fn watch(&self, receipt: &Receipt) -> Result<LiveSubscription, Refusal> {
        let mut stage = self.stage.clone();
        let reached = stage.wait_for(|stage| matches!(stage, Stage::Running | Stage::Ended(_)));
        let reached = match tokio::time::timeout(PATIENCE, reached).await {
            Ok(Ok(stage)) => stage.clone(),
            Ok(Err(_)) => Stage::Ended(End::Source),
            Err(_) => self.stage.borrow().clone(),
        };
        match reached {
            Stage::Ended(end) => Err(Refusal::Failed(words(&end))),
            Stage::Starting => Err(Refusal::Failed("no picture came out of what the camera sends".to_owned())),
            // A long group that takes longer than that: its pictures are late, and a page says so of each.
            Stage::CatchingUp | Stage::Running => self.relay.subscribe(receipt).map_err(failed),
        }
    }

    /// Why it is over, where that is nobody's wish.
    pub(crate) fn trouble(&self) -> Option<String> {
        match &*self.stage.borrow() {
            Stage::Ended(end @ (End::Killed(_) | End::Failed(_))) => Some(words(end)),
            _ => None,
        }
    }

    /// Goes on under a newer receipt of somebody who watches.
    pub(crate) fn renew(&self, receipt: &Receipt) {
        self.receipt.send_if_modified(|known| {
            let newer = receipt.lapses() > known.lapses();
            if newer {
                *known = receipt.clone();
            }
            newer
        });
    }

    /// Somebody begins anew: a key frame soon helps.
    pub(crate) fn want_key(&self) {
        self.want_key.store(true, Ordering::Relaxed);
    }

    fn goes_on(&self) -> bool {
        !matches!(*self.stage.borrow(), Stage::Ended(_))
    }
}

fn running(app: &App, camera: CameraId, kind: StreamKind) -> Option<Arc<LiveConversion>> {
    let there = app.conversions.desk().live.get(&(camera, kind)).and_then(Weak::upgrade);
    there.filter(|there| there.goes_on())
}

/// Leads the camera's stream to the thread, until the stream, the receipts, the thread or the last watcher is gone. It never waits for the
/// thread with a new sample: what does not fit is left out, to the next key frame, and counted.
async fn lead(mut source: LiveSubscription, mut receipts: watch::Receiver<Receipt>, steps: mpsc::Sender<Step>) {
    let mut queue =
        Queue { steps: steps.clone(), room: Arc::new(Semaphore::new(QUEUE_BYTES)), left_out: 0, skipping: false };
    let mut group = Vec::new();
    loop {
        let event = tokio::select! {
            changed = receipts.changed() => {
                // The last watcher is gone, or the receipt is not for this camera any more.
                let receipt = receipts.borrow_and_update().clone();
                if changed.is_err() || source.renew(&receipt).is_err() {
                    return;
                }
                continue;
            }
            event = source.next() => event,
        };
        let step = match event {
            None => return,
            // It comes before each group, also where the stream begins anew for us because we fell behind.
            Some(LiveEvent::Config(entry)) => {
                group.clear();
                Step::Entry(entry)
            }
            Some(LiveEvent::State(state)) => Step::State(state),
            Some(LiveEvent::Sample { sample, cached: true, last_cached, .. }) => {
                group.push(sample);
                if !last_cached {
                    continue;
                }
                let group = std::mem::take(&mut group);
                let Some(step) = queue.group(group) else { continue };
                step
            }
            Some(LiveEvent::Sample { sample, .. }) => {
                queue.offer(sample);
                if steps.is_closed() {
                    return;
                }
                continue;
            }
        };
        if steps.send(step).await.is_err() {
            return;
        }
    }
}

/// New samples on their way to the thread: so many, and so many bytes.
struct Queue {
    steps: mpsc::Sender<Step>,
    room: Arc<Semaphore>,
    left_out: u32,
    /// Up to the next key frame.
    skipping: bool,
}

impl Queue {
    /// The group from before now in one step, whatever the number of its samples. None where there is no room for it: then it is left out like a
    /// sample.
    fn group(&mut self, samples: Vec<Arc<Sample>>) -> Option<Step> {
        let room = self.room_for(samples.iter().map(|sample| sample.data.len()).sum());
        self.skipping = room.is_none();
        if room.is_none() {
            self.left_out = self.left_out.saturating_add(u32::try_from(samples.len()).unwrap_or(u32::MAX));
        }
        room.map(|room| Step::Group(samples, room))
    }

    fn room_for(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        self.room.clone().try_acquire_many_owned(u32::try_from(bytes).unwrap_or(u32::MAX)).ok()
    }

    fn offer(&mut self, sample: Arc<Sample>) {
        self.skipping &= !sample.sync;
        let room = if self.skipping { None } else { self.room_for(sample.data.len()) };
        let given = room.map(|room| Step::Sample(Given { sample, left_out: self.left_out, _room: room }));
        if given.is_some_and(|given| self.steps.try_send(given).is_ok()) {
            self.left_out = 0;
        } else {
            self.skipping = true;
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

/// Keeps the share as long as the thread lives, and has noted what the camera did to its decoder.
async fn account(app: App, camera: CameraId, stream: StreamId, mut stages: watch::Receiver<Stage>, share: Share) {
    let ended = stages.wait_for(|stage| matches!(stage, Stage::Ended(_))).await.map(|stage| stage.clone());
    if let Ok(Stage::Ended(End::Killed(loss))) = ended {
        tracing::warn!(%camera, kills = loss.kills, "the decoder of a conversion ended: {}", loss.death);
        app.conversions.note(camera, stream, loss);
    }
    drop(share);
}

fn words(end: &End) -> String {
    match end {
        End::Source | End::Needless => "the camera's stream ended".to_owned(),
        End::Killed(loss) => format!("{} over a picture of this camera. It is tried again", loss.death),
        End::Failed(words) => words.clone(),
    }
}

fn failed(error: impl Into<ArchiveOrIo>) -> Refusal {
    Refusal::Failed(match error.into() {
        ArchiveOrIo::Archive(error) => candour_units::chain(&error),
        ArchiveOrIo::Io(error) => format!("no thread can be had: {error}"),
    })
}

enum ArchiveOrIo {
    Archive(ArchiveError),
    Io(std::io::Error),
}

impl From<ArchiveError> for ArchiveOrIo {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

impl From<std::io::Error> for ArchiveOrIo {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::{MediaTime, WallTime};

    fn sample(at: i64, sync: bool, bytes: usize) -> Arc<Sample> {
        let pts = MediaTime::from_ticks(at);
        let (arrival, data) = (WallTime::from_unix_seconds(5), vec![0; bytes].into());
        Arc::new(Sample { pts, dts: pts, duration: 1, sync, arrival, loss_before: 0, data })
    }

    fn queue(steps: usize, bytes: usize) -> (Queue, mpsc::Receiver<Step>) {
        let (steps, taken) = mpsc::channel(steps);
        (Queue { steps, room: Arc::new(Semaphore::new(bytes)), left_out: 0, skipping: false }, taken)
    }

    /// Times of what waits, each with how many were left out before it.
    fn waiting(taken: &mut mpsc::Receiver<Step>) -> Vec<(i64, u32)> {
        let mut given = Vec::new();
        while let Ok(Step::Sample(one)) = taken.try_recv() {
            given.push((one.sample.pts.ticks(), one.left_out));
        }
        given
    }

    #[test]
    fn what_waits_is_bounded_by_its_bytes_and_goes_on_at_a_key_frame() {
        let (mut queue, mut taken) = queue(QUEUE, 100);
        queue.offer(sample(0, true, 60));
        queue.offer(sample(1, false, 40));
        queue.offer(sample(2, false, 1));
        assert_eq!(waiting(&mut taken), [(0, 0), (1, 0)]);
        // There is room again, but not for what refers to what is missing.
        queue.offer(sample(3, false, 1));
        queue.offer(sample(4, true, 101));
        queue.offer(sample(5, true, 100));
        assert_eq!(waiting(&mut taken), [(5, 3)]);
        queue.offer(sample(6, false, 0));
        assert_eq!(waiting(&mut taken), [(6, 0)]);
    }

    #[test]
    fn a_long_group_goes_in_whole() {
        let (mut queue, mut taken) = queue(2, 1_000);
        let group = |bytes: usize| (0..600).map(|at| sample(at, at == 0, bytes)).collect::<Vec<_>>();
        let step = queue.group(group(1));
        assert!(matches!(&step, Some(Step::Group(samples, _)) if samples.len() == 600));
        queue.offer(sample(600, false, 400));
        queue.offer(sample(601, false, 1));
        assert_eq!(waiting(&mut taken), [(600, 0)], "the group still counts");
        drop(step);
        assert!(queue.group(group(2)).is_none(), "more than there is room for");
        queue.offer(sample(602, false, 1));
        queue.offer(sample(603, true, 1));
        assert_eq!(waiting(&mut taken), [(603, 602)]);
    }

    #[test]
    fn what_waits_is_bounded_by_its_number() {
        let (mut queue, mut taken) = queue(2, 100);
        (0..4).for_each(|at| queue.offer(sample(at, at == 0, 1)));
        assert_eq!(waiting(&mut taken), [(0, 0), (1, 0)]);
        queue.offer(sample(4, true, 1));
        assert_eq!(waiting(&mut taken), [(4, 2)]);
    }
}
