//! A live stream that is converted while somebody watches it: begun by the first, shared by all, ended with the last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use candour_archive::{ArchiveError, LiveEvent, LiveSubscription, Relay};
use candour_audit::Receipt;
use candour_decode::Decoder;
use candour_units::{CameraId, StreamId, StreamKind};
use tokio::sync::{mpsc, watch};

use super::carrier::{Carrier, End, Given, Stage, Step};
use super::{Conversions, Ground, Refusal, Share};
use crate::app::App;

/// Samples between the stream and the thread that converts it: a group of ten seconds. What does not fit is left out to the next key frame.
const QUEUE: usize = 256;
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
        let reached = stage.wait_for(|stage| *stage != Stage::Starting);
        let stage = match tokio::time::timeout(PATIENCE, reached).await {
            Ok(Ok(stage)) => stage.clone(),
            Ok(Err(_)) => Stage::Ended(End::Source),
            Err(_) => Stage::Ended(End::Failed("no picture came out of what the camera sends".to_owned())),
        };
        match stage {
            Stage::Ended(end) => Err(Refusal::Failed(words(&end))),
            Stage::Starting | Stage::Running => self.relay.subscribe(receipt).map_err(failed),
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
/// thread with a sample: what does not fit is left out, to the next key frame, and counted.
async fn lead(mut source: LiveSubscription, mut receipts: watch::Receiver<Receipt>, steps: mpsc::Sender<Step>) {
    let (mut left_out, mut skipping) = (0u32, false);
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
            Some(LiveEvent::Config(entry)) => Step::Entry(entry),
            Some(LiveEvent::State(state)) => Step::State(state),
            Some(LiveEvent::Sample { sample, cached, timeline_breaks, .. }) => {
                skipping &= !sample.sync;
                let step = Given { sample, cached, breaks: timeline_breaks, left_out };
                if skipping || steps.try_send(Step::Sample(Box::new(step))).is_err() {
                    skipping = true;
                    left_out = left_out.saturating_add(1);
                } else {
                    left_out = 0;
                }
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
