//! Every camera does what the policy says of it now: starts and stops by schedule, new terms without a new connection.

use std::collections::BTreeSet;

use candour_archive::RecordingSpec;
use candour_db::{CameraRow, DbError};
use candour_recording::GapCause;
use candour_units::{CameraId, WallDuration};
use futures::stream::{StreamExt, iter};
use tokio::sync::OwnedMutexGuard;

use super::streams::look;
use super::{Body, Estate};
use crate::policy::{Ruled, Ruling, Terms, rule};

/// Cameras that start or stop at once.
const AT_ONCE: usize = 32;
/// A clock set back by more than this makes old answers void.
const STEP_BACK: WallDuration = WallDuration::from_seconds(1);

impl Estate {
    /// Has those cameras start or stop whose time has come.
    pub async fn obey(&self) {
        self.end_setting_up().await;
        let due = self.due();
        if due.is_empty() {
            return;
        }
        let _acting = self.lock_acts().await;
        iter(due).for_each_concurrent(AT_ONCE, |camera| self.obey_one(camera)).await;
    }

    /// Another version came into force, or the terms of cameras changed: all of them are asked about anew. The caller holds
    /// the lock.
    pub async fn obey_anew(&self, _acting: OwnedMutexGuard<()>) {
        let all: Vec<CameraId> = self.standing().keys().copied().collect();
        iter(all).for_each_concurrent(AT_ONCE, |camera| self.obey_one(camera)).await;
    }

    /// Whether a review stopped a camera, and what must be seen to, each sentence once.
    #[must_use]
    pub fn reviews(&self) -> (bool, Vec<String>) {
        let standing = self.standing();
        let rulings = || standing.values().filter_map(|standing| Some(&standing.ruling.as_ref()?.0));
        let stopped = |ruling: &&Ruling| ruling.cause() == Some(GapCause::ReviewOverdue);
        let said = rulings().filter(stopped).filter_map(|ruling| match &ruling.ruled {
            Ruled::Not { words, .. } => Some(words.clone()),
            Ruled::Records(_) => None,
        });
        let all: BTreeSet<String> = said.chain(rulings().flat_map(|ruling| ruling.warnings.clone())).collect();
        (rulings().any(|ruling| stopped(&ruling)), all.into_iter().collect())
    }

    /// Cameras whose answer may be another one now.
    fn due(&self) -> Vec<CameraId> {
        let now = self.parts.clock.wall();
        let standing = self.standing();
        let is_due = |camera: &super::Standing| {
            let Some((ruling, asked)) = &camera.ruling else { return false };
            ruling.until.is_some_and(|until| now >= until) || now + STEP_BACK < *asked
        };
        standing.iter().filter(|(_, camera)| is_due(camera)).map(|(id, _)| *id).collect()
    }

    async fn obey_one(&self, camera: CameraId) {
        if let Err(error) = self.try_obey(camera).await {
            tracing::error!(%camera, error = %candour_units::chain(&error), "what the policy says of a camera could not be read; it is tried again");
        }
    }

    async fn try_obey(&self, camera: CameraId) -> Result<(), DbError> {
        let Some(row) = self.parts.db.camera(camera).await?.filter(|row| row.removed.is_none()) else { return Ok(()) };
        let ruling = self.ruling(&row).await?;
        let Some(before) =
            self.standing().get(&camera).and_then(|standing| Some(standing.ruling.as_ref()?.0.ruled.clone()))
        else {
            return Ok(()); // the gate does not let it in, whatever the policy says
        };
        match (&before, &ruling.ruled) {
            (Ruled::Records(old), Ruled::Records(new)) if old == new => self.note(camera, ruling),
            (Ruled::Records(old), Ruled::Records(new)) if old.demands == new.demands && self.is_streaming(camera) => {
                self.give_terms(camera, new);
                self.note(camera, ruling);
            }
            (Ruled::Not { cause: old, .. }, Ruled::Not { cause: new, .. }) if old == new => self.note(camera, ruling),
            _ => self.start(row).await,
        }
        Ok(())
    }

    /// What counts for a camera now.
    pub(super) async fn ruling(&self, camera: &CameraRow) -> Result<Ruling, DbError> {
        let purpose = match camera.purpose {
            Some(id) => self.parts.db.purpose(id).await?,
            None => None,
        };
        let now = self.parts.clock.wall();
        Ok(rule(&self.policy.standing(), &camera.name, purpose, now, self.policy.believed()))
    }

    fn note(&self, camera: CameraId, ruling: Ruling) {
        let now = self.parts.clock.wall();
        if let Some(standing) = self.standing().get_mut(&camera) {
            standing.ruling = Some((ruling, now));
        }
    }

    fn is_streaming(&self, camera: CameraId) -> bool {
        self.standing().get(&camera).is_some_and(|standing| matches!(standing.body, Body::Streams(_)))
    }

    /// Streams that stand go on for another purpose: nothing is reconnected. Other demands on the camera are another matter.
    fn give_terms(&self, camera: CameraId, terms: &Terms) {
        let standing = self.standing();
        let Some(Body::Streams(streams)) = standing.get(&camera).map(|standing| &standing.body) else { return };
        for stream in streams {
            self.parts.archive.intake(camera, stream.id, stream.kind, Some(spec(terms)));
            stream.eye.iter().for_each(|eye| look(eye, &standing[&camera].name, terms.looks.clone()));
        }
    }
}

/// What the archive needs to know of a camera's terms.
pub(super) fn spec(terms: &Terms) -> RecordingSpec {
    let purpose = &terms.purpose;
    RecordingSpec {
        purpose: purpose.id,
        policy_hash: purpose.policy_hash(),
        keep: purpose.keep,
        on_motion: terms.on_motion,
    }
}
