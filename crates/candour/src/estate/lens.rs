//! What a policy demands of a camera, asked of it before each time it is received.
//!
//! The streams of one camera share one [`Lens`]: it asks the camera once for both. It decides nothing of its own:
//! `camera` says whether the demands are kept, `ingest` waits until it did.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_camera::{
    CameraDemands, CameraError, Change, ErrorKind, Fit, NotKept, Prepared, Preparedness, Secret, Target, prepare,
};
use candour_db::{CameraRow, StreamRow};
use candour_ingest::{Answer, Clearance, Limits, NotCleared};
use candour_recording::GapCause;
use candour_units::{CameraId, MonoTime, StreamId, StreamKind};
use tokio::runtime::Handle;

use super::Estate;

/// Main and sub-stream ask one after the other; the answer to one is the answer to the other.
const FRESH: Duration = Duration::from_secs(5);
/// A camera's streams are exchanged for others of its own this often at most.
const EXCHANGED_AT_MOST_EVERY: Duration = Duration::from_secs(60);

/// Asks one camera on behalf of its streams.
pub(super) struct Lens {
    estate: Estate,
    runtime: Handle,
    camera: CameraRow,
    /// The streams that are being received.
    streams: Vec<StreamRow>,
    demands: CameraDemands,
    last: tokio::sync::Mutex<Option<(MonoTime, Result<(), NotCleared>)>>,
}

/// What the stream itself may be at most.
pub(super) fn limits(demands: &CameraDemands) -> Limits {
    Limits { pixels_across: demands.caps.pixels_across, frames_per_second: demands.caps.frames_per_second }
}

/// Who is asked before a camera's streams are connected to; nobody where nothing is demanded. Runs its questions on the
/// runtime it is made on.
pub(super) fn clearance(
    estate: &Estate,
    camera: &CameraRow,
    streams: &[StreamRow],
    demands: &CameraDemands,
) -> Option<Arc<dyn Clearance>> {
    if demands.caps == candour_camera::Caps::NONE && demands.masks.is_empty() {
        return None;
    }
    Some(Arc::new(Shared(Arc::new(Lens {
        estate: estate.clone(),
        runtime: Handle::current(),
        camera: camera.clone(),
        streams: streams.to_vec(),
        demands: demands.clone(),
        last: tokio::sync::Mutex::default(),
    }))))
}

/// A handle on a lens; each question runs in a task of its own.
struct Shared(Arc<Lens>);

impl Clearance for Shared {
    fn ask(&self) -> Answer {
        let (lens, (answer, wait)) = (self.0.clone(), tokio::sync::oneshot::channel());
        self.0.runtime.spawn(async move {
            // Whoever asked may have been stopped meanwhile.
            let _ = answer.send(lens.look().await);
        });
        Box::pin(async move {
            let stopping = |_| Err(no(GapCause::RecorderStopped, "the recorder is stopping"));
            wait.await.unwrap_or_else(stopping)
        })
    }
}

fn no(cause: GapCause, detail: impl ToString) -> NotCleared {
    NotCleared { cause, detail: detail.to_string() }
}

impl Lens {
    async fn look(&self) -> Result<(), NotCleared> {
        let mut last = self.last.lock().await;
        let clock = &self.estate.parts.clock;
        if let Some((at, answer)) = &*last
            && since(*at, clock.mono()) < FRESH
        {
            return answer.clone();
        }
        let answer = self.look_now().await;
        *last = Some((clock.mono(), answer.clone()));
        answer
    }

    async fn look_now(&self) -> Result<(), NotCleared> {
        let parts = &self.estate.parts;
        let opened = self.estate.open_credentials(&self.camera).await;
        let (user, password) =
            opened.map_err(|error| no(GapCause::CameraLost, format!("its log-in cannot be opened: {error}")))?;
        let host = self.camera.address.parse().map_err(|error| no(GapCause::CameraLost, error))?;
        let secret = Secret::new(password.to_string());
        let target = Target { host, port: self.camera.onvif_port, user, password: secret, lab: parts.gate.is_lab() };
        let Preparedness { changes, kept } = prepare(&target, self.demands.clone(), &*parts.clock, &*parts.entropy)
            .await
            .map_err(|error| no(cause(&error), error))?;
        self.tell(&changes).await;
        let prepared = kept.map_err(|not| match &not {
            NotKept::Cap(_) => no(GapCause::AboveCap, &not),
            NotKept::Mask(_) => no(GapCause::MaskNotKept, &not),
        })?;
        self.hides_more(&prepared);
        self.same_streams(prepared).await
    }

    /// What was changed at the camera is written down: it is an act of this recorder.
    async fn tell(&self, changes: &[Change]) {
        for change in changes {
            let words = words(change);
            tracing::info!(camera = %self.camera.name, change = words, "changed at the camera");
            let outcome = serde_json::json!({ "name": self.camera.name, "at_the_camera": words }).to_string();
            let subject = Subject { cameras: vec![self.camera.id], ..Subject::default() };
            let event = Event { kind: EventKind::CameraChanged, actor: Actor::Recorder, subject, outcome };
            if let Err(error) = self.estate.parts.log.append(event).await {
                tracing::error!(camera = %self.camera.name, %error, "a change at the camera could not be logged");
            }
        }
    }

    fn hides_more(&self, prepared: &Prepared) {
        for mask in prepared.masks.iter().filter(|mask| mask.fit == Fit::Rectangle) {
            tracing::info!(camera = %self.camera.name, mask = %mask.name, "the camera hides a rectangle around this area");
        }
    }

    /// The camera may now have other streams than those being received; then it is set going anew with them.
    async fn same_streams(&self, prepared: Prepared) -> Result<(), NotCleared> {
        let chosen = [(StreamKind::Main, Some(prepared.main)), (StreamKind::Sub, prepared.sub)];
        let rows: Vec<StreamRow> = chosen
            .into_iter()
            .filter_map(|(kind, profile)| {
                let (profile, known) = (profile?, self.streams.iter().find(|stream| stream.kind == kind));
                let small = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
                Some(StreamRow {
                    id: known.map_or_else(|| StreamId::from_bytes(self.estate.parts.entropy.id()), |stream| stream.id),
                    camera: self.camera.id,
                    kind,
                    uri: profile.stream?,
                    encoding: profile.video.encoding.word().to_owned(),
                    width: small(profile.video.width),
                    height: small(profile.video.height),
                    rate: small(profile.video.frame_rate),
                })
            })
            .collect();
        let addresses = |rows: &[StreamRow]| rows.iter().map(|row| (row.kind, row.uri.clone())).collect::<Vec<_>>();
        if addresses(&rows) == addresses(&self.streams) {
            return self.note_sizes(&rows).await;
        }
        let (estate, camera) = (self.estate.clone(), self.camera.id);
        self.runtime.spawn(async move { estate.exchange_streams(camera, rows).await });
        Err(no(GapCause::AboveCap, "other streams of the camera are taken, which lie under the caps"))
    }

    /// The same streams, perhaps with a smaller picture: the camera's page tells what is received now.
    async fn note_sizes(&self, rows: &[StreamRow]) -> Result<(), NotCleared> {
        let (db, camera) = (&self.estate.parts.db, self.camera.id);
        let noted = async {
            if db.streams(camera).await? != rows {
                db.set_streams(camera, rows).await?;
            }
            Ok::<(), candour_db::DbError>(())
        };
        noted.await.map_err(|error| no(GapCause::CameraLost, format!("its streams cannot be written down: {error}")))
    }
}

impl Estate {
    /// Has a camera go on with other streams of its own. One that names others each time it is asked is not followed for ever.
    async fn exchange_streams(&self, camera: CameraId, rows: Vec<StreamRow>) {
        let _acting = self.lock_acts().await;
        let now = self.parts.clock.mono();
        let last = self.exchanged.lock().unwrap_or_else(PoisonError::into_inner).insert(camera, now);
        if last.is_some_and(|last| since(last, now) < EXCHANGED_AT_MOST_EVERY) {
            tracing::warn!(%camera, "the camera offers other streams each time it is asked");
            return;
        }
        let exchanged = async {
            let Some(row) = self.parts.db.camera(camera).await?.filter(|row| row.removed.is_none()) else {
                return Ok(());
            };
            self.parts.db.set_streams(camera, &rows).await?;
            self.start(row).await;
            Ok::<(), candour_db::DbError>(())
        };
        if let Err(error) = exchanged.await {
            tracing::error!(%camera, error = %candour_units::chain(&error), "the camera's streams could not be exchanged");
        }
    }
}

fn since(earlier: MonoTime, now: MonoTime) -> Duration {
    Duration::from_nanos(u64::try_from(now.nanos().saturating_sub(earlier.nanos())).unwrap_or(0))
}

fn cause(error: &CameraError) -> GapCause {
    match error.kind() {
        ErrorKind::PermissionDenied => GapCause::CameraRefusedUs,
        ErrorKind::InvalidArgument | ErrorKind::Unavailable | ErrorKind::Internal => GapCause::CameraLost,
    }
}

/// A change at a camera in words.
fn words(change: &Change) -> String {
    match change {
        Change::Encoder { from, to, .. } => format!("asked to send {to} instead of {from}"),
        Change::MaskMade { mask } => format!("the area {mask:?} was hidden"),
        Change::MaskChanged { mask, .. } => format!("a mask it had was changed to hide the area {mask:?}"),
        Change::MaskRemoved { .. } => "a mask that did not hide what was asked for was removed again".to_owned(),
    }
}
