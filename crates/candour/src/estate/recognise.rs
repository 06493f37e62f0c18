//! Whether it is still the same camera, and keeps what is demanded of it, asked before each time it is received.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use candour_camera::{CameraError, Target, recognise};
use candour_db::CameraRow;
use candour_ingest::{Answer, Clearance, NotCleared};
use candour_recording::GapCause;
use candour_units::{CameraId, MonoTime, StreamId};
use candour_vetting::{Evidence, Kind, changes};
use tokio::runtime::Handle;

use super::Estate;
use super::lens::Lens;
use crate::gate::Dossier;

/// Main and sub-stream ask one after the other, and the answer to one is the answer to the other; but no stream comes back on an
/// answer that it used already.
const FRESH: Duration = Duration::from_secs(5);

/// Asks one camera who it is, on behalf of its streams, and then to keep what the policy demands.
pub(super) struct Recognition {
    estate: Estate,
    runtime: Handle,
    camera: CameraId,
    lens: Option<Lens>,
    /// Whether a whole look is on its way.
    looking: Arc<AtomicBool>,
    last: tokio::sync::Mutex<Option<Last>>,
}

/// An answer, when it was found, and the streams that have used it.
struct Last {
    at: MonoTime,
    answer: Result<(), NotCleared>,
    used_by: Vec<StreamId>,
}

impl Recognition {
    /// Who is asked before a camera's streams are connected to. Runs its questions on the runtime it is made on.
    pub fn new(estate: &Estate, camera: CameraId, lens: Option<Lens>) -> Arc<Self> {
        let (estate, runtime) = (estate.clone(), Handle::current());
        let (looking, last) = (Arc::default(), tokio::sync::Mutex::default());
        Arc::new(Self { estate, runtime, camera, lens, looking, last })
    }

    /// The clearance of one of the streams.
    pub fn of(self: &Arc<Self>, stream: StreamId) -> Arc<dyn Clearance> {
        Arc::new(OfStream(self.clone(), stream))
    }
}

struct OfStream(Arc<Recognition>, StreamId);

impl Clearance for OfStream {
    fn ask(&self) -> Answer {
        let (recognition, stream) = (self.0.clone(), self.1);
        let (answer, wait) = tokio::sync::oneshot::channel();
        self.0.runtime.spawn(async move {
            // Whoever asked may have been stopped meanwhile.
            let _ = answer.send(recognition.look(stream).await);
        });
        Box::pin(async move {
            wait.await.unwrap_or_else(|_| Err(no(GapCause::RecorderStopped, "the recorder is stopping")))
        })
    }
}

pub(super) fn no(cause: GapCause, detail: impl ToString) -> NotCleared {
    NotCleared { cause, detail: detail.to_string() }
}

/// How long ago that was.
pub(super) fn age(earlier: MonoTime, now: MonoTime) -> Duration {
    Duration::from_nanos(u64::try_from(now.nanos().saturating_sub(earlier.nanos())).unwrap_or(0))
}

impl Recognition {
    async fn look(&self, stream: StreamId) -> Result<(), NotCleared> {
        let mut last = self.last.lock().await;
        let clock = &self.estate.parts.clock;
        if let Some(last) = &mut *last
            && age(last.at, clock.mono()) < FRESH
            && !last.used_by.contains(&stream)
        {
            last.used_by.push(stream);
            return last.answer.clone();
        }
        let answer = self.look_now(last.is_none()).await;
        *last = Some(Last { at: clock.mono(), answer: answer.clone(), used_by: vec![stream] });
        answer
    }

    async fn look_now(&self, first: bool) -> Result<(), NotCleared> {
        let lost = |why: &dyn std::fmt::Display| no(GapCause::CameraLost, format!("it cannot be asked: {why}"));
        let _calling = self.estate.may_log_in(self.camera).await.map_err(|error| lost(&error))?;
        let camera = self.estate.row(self.camera).await.map_err(|_| lost(&"it is not stored"))?;
        let target = self.estate.target(&camera).await.map_err(|error| lost(&error))?;
        self.same_device(&camera, &target, first).await?;
        match &self.lens {
            Some(lens) => lens.ask(&self.estate, &camera, &target).await,
            None => Ok(()),
        }
    }

    async fn same_device(&self, camera: &CameraRow, target: &Target, first: bool) -> Result<(), NotCleared> {
        let parts = &self.estate.parts;
        let stored = serde_json::from_str::<Dossier>(&camera.judgement);
        let dossier = stored.map_err(|error| no(GapCause::CameraLost, format!("it cannot be recognised: {error}")))?;
        let asked =
            dossier.evidence.iter().filter(|item| item.kind == Kind::OnvifModel).map(|item| item.taken_at).max();
        // It was judged just now, and nobody has connected on that yet.
        let now = parts.clock.wall();
        let fresh = i64::try_from(FRESH.as_secs()).unwrap_or(0);
        if first && asked.is_some_and(|at| (0..fresh).contains(&(now - at).seconds_floor())) {
            return Ok(());
        }
        match recognise(target, &*parts.clock, &*parts.entropy).await {
            Ok(seen) => self.compare(&dossier.evidence, &seen),
            Err(error) => Err(self.cannot(&error)),
        }
    }

    fn compare(&self, bound: &[Evidence], seen: &[Evidence]) -> Result<(), NotCleared> {
        let changed = changes(bound, seen, self.estate.parts.clock.wall());
        if !changed.is_empty() {
            self.then_look(changed);
            return Err(no(GapCause::NotAccepted, "it is not the device it was; it is being judged again"));
        }
        let firmware = |items: &[Evidence]| {
            items.iter().find(|item| item.kind == Kind::OnvifFirmware).and_then(Evidence::text).map(str::to_owned)
        };
        if firmware(bound) != firmware(seen) {
            self.then_look(Vec::new());
            return Err(no(GapCause::NotAccepted, "its firmware changed; it is being judged again"));
        }
        Ok(())
    }

    fn cannot(&self, error: &CameraError) -> NotCleared {
        let cause = match error {
            CameraError::NotAuthorised { .. } => GapCause::CameraRefusedUs,
            CameraError::BasicOnly { .. }
            | CameraError::RealmChanged { .. }
            | CameraError::OtherKey { .. }
            | CameraError::InClear { .. } => GapCause::NotAccepted,
            _ => GapCause::CameraLost,
        };
        if let Some(item) = self.estate.downgrade(error) {
            self.then_look(vec![item]);
        }
        no(cause, error)
    }

    /// Holds what was found against the camera at once, which stops what it still sends, and then looks at all of it.
    fn then_look(&self, items: Vec<Evidence>) {
        if self.looking.swap(true, Ordering::SeqCst) {
            return;
        }
        let (estate, camera, looking) = (self.estate.clone(), self.camera, self.looking.clone());
        self.runtime.spawn(async move {
            if !items.is_empty()
                && let Err(error) = estate.hold_against(camera, items).await
            {
                tracing::error!(%camera, %error, "a camera that changed could not be judged again");
            }
            if let Err(error) = estate.look_by_itself(camera).await {
                tracing::warn!(%camera, %error, "a camera that changed could not be asked again");
            }
            looking.store(false, Ordering::SeqCst);
        });
    }
}
