//! What a policy demands of a camera, asked of it before each time it is received, once it was recognised.
//!
//! It decides nothing of its own: `camera` says whether the demands are kept, and a [`super::recognise::Recognition`], which the streams
//! of a camera share, says when it is asked.

use std::sync::PoisonError;
use std::time::Duration;

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_camera::{
    CameraDemands, CameraError, Caps, Change, ErrorKind, Fit, NotKept, Prepared, Preparedness, Target, prepare,
};
use candour_db::{CameraRow, StreamRow};
use candour_ingest::{Limits, NotCleared};
use candour_recording::GapCause;
use candour_units::{CameraId, StreamKind};
use tokio::runtime::Handle;

use super::recognise::{age, no};
use super::{Estate, look};

/// A camera's streams are exchanged for others of its own this often at most.
const EXCHANGED_AT_MOST_EVERY: Duration = Duration::from_secs(60);

/// What is asked of one camera on behalf of its streams.
pub(super) struct Lens {
    /// The streams that are being received.
    streams: Vec<StreamRow>,
    demands: CameraDemands,
}

/// What the stream itself may be at most.
pub(super) fn limits(demands: &CameraDemands) -> Limits {
    Limits { pixels_across: demands.caps.pixels_across, frames_per_second: demands.caps.frames_per_second }
}

/// Whether anything is demanded of the camera itself.
pub(super) fn demands_something(demands: &CameraDemands) -> bool {
    demands.caps != Caps::NONE || !demands.masks.is_empty()
}

impl Lens {
    /// `None` where nothing is demanded.
    pub fn new(streams: &[StreamRow], demands: &CameraDemands) -> Option<Self> {
        demands_something(demands).then(|| Self { streams: streams.to_vec(), demands: demands.clone() })
    }

    /// Has the camera keep what is demanded.
    pub async fn ask(&self, estate: &Estate, camera: &CameraRow, target: &Target) -> Result<(), NotCleared> {
        let parts = &estate.parts;
        let Preparedness { changes, kept } = prepare(target, self.demands.clone(), &*parts.clock, &*parts.entropy)
            .await
            .map_err(|error| no(cause(&error), error))?;
        tell(estate, camera, &changes).await;
        let prepared = kept.map_err(|not| match &not {
            NotKept::Cap(_) => no(GapCause::AboveCap, &not),
            NotKept::Mask(_) => no(GapCause::MaskNotKept, &not),
        })?;
        for mask in prepared.masks.iter().filter(|mask| mask.fit == Fit::Rectangle) {
            tracing::info!(camera = %camera.name, mask = %mask.name, "the camera hides a rectangle around this area");
        }
        self.same_streams(estate, camera.id, prepared).await
    }

    /// The camera may now have other streams than those being received; then it is set going anew with them.
    async fn same_streams(&self, estate: &Estate, camera: CameraId, prepared: Prepared) -> Result<(), NotCleared> {
        let chosen = [(StreamKind::Main, Some(prepared.main)), (StreamKind::Sub, prepared.sub)];
        let rows: Vec<StreamRow> = chosen
            .into_iter()
            .filter_map(|(kind, profile)| {
                let profile = profile?;
                let (uri, video) = (profile.stream?, profile.video);
                let size = (video.width, video.height, video.frame_rate);
                Some(look::stream_row(estate, camera, kind, &self.streams, uri, video.encoding.word(), size))
            })
            .collect();
        let addresses = |rows: &[StreamRow]| rows.iter().map(|row| (row.kind, row.uri.clone())).collect::<Vec<_>>();
        if addresses(&rows) == addresses(&self.streams) {
            return note_sizes(estate, camera, &rows).await;
        }
        let estate = estate.clone();
        Handle::current().spawn(async move { estate.exchange_streams(camera, rows).await });
        Err(no(GapCause::AboveCap, "other streams of the camera are taken, which lie under the caps"))
    }
}

/// What was changed at the camera is written down: it is an act of this recorder.
async fn tell(estate: &Estate, camera: &CameraRow, changes: &[Change]) {
    for change in changes {
        let words = words(change);
        tracing::info!(camera = %camera.name, change = words, "changed at the camera");
        let outcome = serde_json::json!({ "name": camera.name, "at_the_camera": words }).to_string();
        let subject = Subject { cameras: vec![camera.id], ..Subject::default() };
        let event = Event { kind: EventKind::CameraChanged, actor: Actor::Recorder, subject, outcome };
        if let Err(error) = estate.parts.log.append(event).await {
            tracing::error!(camera = %camera.name, %error, "a change at the camera could not be logged");
        }
    }
}

/// The same streams, perhaps with a smaller picture: the camera's page tells what is received now.
async fn note_sizes(estate: &Estate, camera: CameraId, rows: &[StreamRow]) -> Result<(), NotCleared> {
    let db = &estate.parts.db;
    let noted = async {
        if db.streams(camera).await? != rows {
            db.set_streams(camera, rows).await?;
        }
        Ok::<(), candour_db::DbError>(())
    };
    noted.await.map_err(|error| no(GapCause::CameraLost, format!("its streams cannot be written down: {error}")))
}

impl Estate {
    /// Has a camera go on with other streams of its own. One that names others each time it is asked is not followed for ever.
    async fn exchange_streams(&self, camera: CameraId, rows: Vec<StreamRow>) {
        let _acting = self.lock_acts().await;
        let now = self.parts.clock.mono();
        let last = self.exchanged.lock().unwrap_or_else(PoisonError::into_inner).get(&camera).copied();
        if last.is_some_and(|last| age(last, now) < EXCHANGED_AT_MOST_EVERY) {
            tracing::warn!(%camera, "the camera offers other streams each time it is asked");
            return;
        }
        self.exchanged.lock().unwrap_or_else(PoisonError::into_inner).insert(camera, now);
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
