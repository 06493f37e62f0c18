//! Starting and stopping what a camera sends. Only an accepted judgement of this very start opens a stream.

use std::sync::Arc;

use candour_archive::StreamIntake;
use candour_audit::{Actor, Event, EventKind, Subject};
use candour_camera::CameraDemands;
use candour_db::{CameraRow, DbError, StreamRow};
use candour_ingest::{Credentials, Source};
use candour_recording::GapCause;
use candour_units::{CameraId, StreamKind};
use candour_vetting::AcceptedCamera;
use candour_worker::{Eye, Wish};

use super::lens::{Lens, limits};
use super::obeying::spec;
use super::recognise::Recognition;
use super::{Body, Estate, Standing, Streaming};
use crate::alarms;
use crate::gate::Dossier;
use crate::policy::{Ruled, Ruling, Terms, demanded_of};
use crate::sink::ArchiveSink;
use crate::words;

/// What a camera is received for.
enum Received<'a> {
    /// To be recorded, under these terms.
    Recorded(&'a Terms),
    /// For somebody who sets it up; this is demanded of it all the same.
    SetUp(&'a CameraDemands),
}

impl Received<'_> {
    fn demands(&self) -> &CameraDemands {
        match self {
            Self::Recorded(terms) => &terms.demands,
            Self::SetUp(demands) => demands,
        }
    }

    fn looks(&self) -> Option<Wish> {
        match self {
            Self::Recorded(terms) => terms.looks.clone(),
            Self::SetUp(_) => None,
        }
    }

    fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded(_))
    }
}

impl Estate {
    /// Sets every camera going that may go. Stored evidence is judged again with the lists of today first.
    ///
    /// # Errors
    /// When the cameras cannot be read; one camera's trouble is its own and is shown on it.
    pub async fn start_all(&self) -> Result<(), DbError> {
        let _acting = self.acting.lock().await;
        for camera in self.parts.db.cameras().await? {
            self.start(camera).await;
        }
        Ok(())
    }

    /// Stops every stream in order; each leaves a gap that says so.
    pub async fn stop_all(&self) {
        let _acting = self.acting.lock().await;
        let all: Vec<CameraId> = self.standing().keys().copied().collect();
        for camera in all {
            self.stop(camera, GapCause::RecorderStopped).await;
        }
    }

    /// Judges a camera's stored evidence and starts what may be started. The caller holds the lock.
    pub(super) async fn start(&self, camera: CameraRow) {
        let name = camera.name.clone();
        let id = camera.id;
        let now = self.parts.clock.wall();
        let (body, ruling) = match self.admit(camera).await {
            Ok(admitted) => admitted,
            Err(error) => {
                tracing::error!(camera = %name, error = format!("{error:#}"), "cannot start");
                (Body::Broken(format!("{name} cannot be started: {error}.")), None)
            }
        };
        let standing = Standing { name, since: now, body, ruling: ruling.map(|ruling| (ruling, now)) };
        self.standing().insert(id, standing);
    }

    /// What becomes of a camera, with what the policy says of an accepted one. What it streamed before has ended.
    async fn admit(&self, mut camera: CameraRow) -> anyhow::Result<(Body, Option<Ruling>)> {
        let accepted = match self.judge_stored(&mut camera).await {
            Ok(Some(accepted)) => accepted,
            judged => {
                self.stop(camera.id, GapCause::NotAccepted).await;
                judged?;
                return Ok((Body::NotAccepted(camera.outcome), None));
            }
        };
        let ruling = self.ruling(&camera).await;
        let cause = ruling.as_ref().ok().and_then(Ruling::cause);
        self.stop(camera.id, cause.unwrap_or(GapCause::RecorderStopped)).await;
        let ruling = ruling?;
        if ruling.cause() != Some(GapCause::NoPurpose) {
            self.note_in_force(camera.id).await;
        }
        match ruling.ruled.clone() {
            Ruled::Records(terms) => {
                let streams = self.open_streams(&camera, Received::Recorded(&terms), &accepted).await?;
                Ok((Body::Streams(streams), Some(ruling)))
            }
            Ruled::Not { cause, .. } => {
                for stream in self.parts.db.streams(camera.id).await? {
                    self.parts.archive.note_not_recorded(camera.id, stream.id, cause);
                }
                if !self.is_being_set_up(camera.id) {
                    return Ok((Body::Silent, Some(ruling)));
                }
                // Masks and caps count for whoever sets it up, too.
                let demands = demanded_of(&self.policy.standing(), &camera.name);
                let streams = self.open_streams(&camera, Received::SetUp(&demands), &accepted).await?;
                Ok((Body::SetUp(streams), Some(ruling)))
            }
        }
    }

    /// Judges stored evidence by today's lists. A changed outcome is written down, logged and alarmed.
    async fn judge_stored(&self, camera: &mut CameraRow) -> anyhow::Result<Option<AcceptedCamera>> {
        let (gate, now) = (&self.parts.gate, self.parts.clock.wall());
        let Some((judgement, dossier)) = gate.judge_stored(&gate.bundle(), camera, now) else {
            tracing::error!(camera = %camera.name, "stored judgement unreadable");
            camera.outcome = "quarantined".into();
            return Ok(None);
        };
        let outcome = judgement.outcome().word();
        if camera.outcome != outcome {
            let before = std::mem::replace(&mut camera.outcome, outcome.into());
            camera.judgement = Dossier { record: judgement.record().clone(), evidence: dossier.evidence }.to_json();
            camera.judged = now;
            self.parts.db.change_camera(camera).await?;
            self.log_judged(camera, &judgement, Some(&before)).await?;
        }
        alarms::device(&self.parts, camera).await;
        Ok(judgement.acceptance())
    }

    /// After new lists are in force: judges every camera's stored evidence again. Those whose outcome changes are acted
    /// upon first, so that their pictures stop at once; the others go on without a gap and learn by which lists they stand.
    ///
    /// # Errors
    /// When the cameras cannot be read.
    pub async fn judge_all_again(&self) -> Result<usize, DbError> {
        let _acting = self.acting.lock().await;
        let rows = self.parts.db.cameras().await?;
        let (gate, now) = (self.parts.gate.clone(), self.parts.clock.wall());
        let judged = tokio::task::spawn_blocking(move || gate.judge_site(rows, now));
        let Ok(judged) = judged.await else { return Ok(0) };
        let stands = |judged: &Option<(candour_vetting::Judgement, Dossier)>, row: &CameraRow| {
            judged.as_ref().is_some_and(|(judgement, _)| judgement.outcome().word() == row.outcome)
        };
        let (same, changed): (Vec<_>, Vec<_>) = judged.into_iter().partition(|(judged, row)| stands(judged, row));
        let count = changed.len();
        for (_, row) in changed {
            self.start(row).await;
        }
        let newer = |(judged, row): (Option<(candour_vetting::Judgement, Dossier)>, CameraRow)| {
            let (judgement, dossier) = judged?;
            let record = judgement.record().clone();
            Some((row.id, Dossier { record, evidence: dossier.evidence }.to_json()))
        };
        self.parts.db.refresh_judgements(&same.into_iter().filter_map(newer).collect::<Vec<_>>()).await?;
        Ok(count)
    }

    /// Writes the judgement into the log.
    pub(super) async fn log_judged(
        &self,
        camera: &CameraRow,
        judgement: &candour_vetting::Judgement,
        before: Option<&str>,
    ) -> Result<(), candour_audit::LogError> {
        let outcome = serde_json::json!({
            "name": camera.name,
            "outcome": judgement.outcome().word(),
            "before": before,
            "judgement": judgement.id().to_string(),
            "reasons": judgement.reasons().iter().take(3).map(|r| r.words.as_str()).collect::<Vec<_>>(),
        });
        let subject = Subject { cameras: vec![camera.id], ..Subject::default() };
        let event =
            Event { kind: EventKind::CameraJudged, actor: Actor::Recorder, subject, outcome: outcome.to_string() };
        self.parts.log.append(event).await.map(|_| ())
    }

    async fn open_streams(
        &self,
        camera: &CameraRow,
        received: Received<'_>,
        accepted: &AcceptedCamera,
    ) -> anyhow::Result<Vec<Streaming>> {
        let rows = self.parts.db.streams(camera.id).await?;
        let (limits, lens) = (limits(received.demands()), Lens::new(&rows, received.demands()));
        let recognition = Recognition::new(self, camera.id, lens);
        // Motion is looked for in the smallest picture there is: five times less to decode, and as much to see.
        let looks = received.looks();
        let looked_at =
            rows.iter().find(|stream| stream.kind == StreamKind::Sub).or(rows.first()).map(|stream| stream.id);
        let mut streams = Vec::new();
        for stream in rows {
            let label = format!("{} {}", camera.name, stream.kind);
            let intake = self.intake(&stream, &received);
            let looked_at = looked_at.filter(|id| *id == stream.id && received.is_recorded());
            let eye = looked_at.map(|id| Arc::new(self.parts.lookout.eye(camera.id, id)));
            eye.iter().for_each(|eye| look(eye, &label, looks.clone()));
            let kernel_synchronised = self.parts.kernel_synchronised;
            let sink = ArchiveSink { intake, eye: eye.clone(), label: label.clone(), kernel_synchronised };
            let source = Source {
                accepted: accepted.clone(),
                uri: stream.uri,
                credentials: Some(self.credentials(camera).await?),
                kind: stream.kind,
                label,
                limits,
                clearance: Some(recognition.of(stream.id)),
            };
            let handle = self.parts.lanes.add(source, Arc::new(sink))?;
            streams.push(Streaming { id: stream.id, kind: stream.kind, handle, eye });
        }
        anyhow::ensure!(!streams.is_empty(), "it offers no stream that can be recorded");
        Ok(streams)
    }

    fn intake(&self, stream: &StreamRow, received: &Received<'_>) -> StreamIntake {
        let archive = &self.parts.archive;
        match received {
            Received::Recorded(terms) => archive.intake(stream.camera, stream.id, stream.kind, Some(spec(terms))),
            Received::SetUp(_) => archive.intake_for_setting_up(stream.camera, stream.id, stream.kind),
        }
    }

    async fn credentials(&self, camera: &CameraRow) -> anyhow::Result<Credentials> {
        let (user, password) = self.open_credentials(camera).await?;
        Ok(Credentials { username: user, password: password.to_string() })
    }

    /// Stops a camera's streams; its segments are closed when this returns. The caller holds the lock.
    pub(super) async fn stop(&self, camera: CameraId, cause: GapCause) {
        let Some(standing) = self.standing().remove(&camera) else { return };
        if let Body::Streams(streams) | Body::SetUp(streams) = standing.body {
            for stream in streams {
                stream.handle.stop(cause).await;
                self.parts.archive.forget(stream.id).await;
            }
            tracing::info!(camera = %standing.name, %cause, at = %words::moment(self.parts.clock.wall()), "streams stopped");
        }
    }
}

/// Opens or closes an eye. Without a thread nothing is looked at, which costs no footage.
pub(super) fn look(eye: &Eye, label: &str, wish: Option<Wish>) {
    if let Err(error) = eye.look(wish) {
        tracing::error!(stream = label, %error, "nobody can look for motion");
    }
}
