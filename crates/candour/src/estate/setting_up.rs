//! Cameras that are received although nothing is recorded of them: somebody sets them up. What is received ends by itself soon after the
//! last picture was asked for; who may ask is the door's to say (`docs/design/commissioning.md`).

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use candour_http::port::CameraActError;
use candour_units::{CameraId, MonoTime};

use super::{Body, Estate};
use crate::words;

/// So long after the last picture was asked for it is still received.
const GOES_ON: Duration = Duration::from_secs(90);

/// What is to be done about a camera that somebody wants to see.
enum Now {
    Received,
    Silent,
}

impl Estate {
    /// Has a camera received without being recorded, unless it is received anyway. It says nothing of whether a picture comes.
    pub(super) async fn receive_to_set_up(&self, camera: CameraId) -> Result<(), CameraActError> {
        if let Now::Received = self.can_be_seen(camera)? {
            return Ok(());
        }
        let _acting = self.acting.lock().await;
        if let Now::Received = self.can_be_seen(camera)? {
            return Ok(());
        }
        let row = self.row(camera).await?;
        let until = self.goes_on();
        self.being_set_up().insert(camera, until);
        self.start(row).await;
        self.can_be_seen(camera).map(|_| ())
    }

    /// Ends what nobody asks for any more.
    pub(super) async fn end_setting_up(&self) {
        let now = self.parts.clock.mono();
        let over: Vec<CameraId> =
            self.being_set_up().iter().filter(|(_, until)| now >= **until).map(|(id, _)| *id).collect();
        if over.is_empty() {
            return;
        }
        let _acting = self.lock_acts().await;
        for camera in over {
            let now = self.parts.clock.mono();
            let is_over = self.being_set_up().get(&camera).is_some_and(|until| now >= *until);
            if !is_over {
                continue; // a picture was asked for meanwhile
            }
            match self.row(camera).await {
                Ok(row) => {
                    self.being_set_up().remove(&camera);
                    // What records goes on as it is.
                    if !self.records(camera) {
                        self.start(row).await;
                    }
                }
                Err(CameraActError::NotFound) => {
                    self.being_set_up().remove(&camera);
                }
                Err(error) => {
                    tracing::error!(%camera, %error, "a camera that was set up is received on; it is tried again")
                }
            }
        }
    }

    /// Whether somebody sets it up now.
    pub(super) fn is_being_set_up(&self, camera: CameraId) -> bool {
        self.being_set_up().contains_key(&camera)
    }

    /// Whether it is received now, and then so for longer; or why it cannot be.
    fn can_be_seen(&self, camera: CameraId) -> Result<Now, CameraActError> {
        let standing = self.standing();
        let standing = standing.get(&camera).ok_or(CameraActError::NotFound)?;
        match &standing.body {
            Body::Streams(_) => Ok(Now::Received),
            Body::SetUp(_) => {
                let until = self.goes_on();
                self.being_set_up().insert(camera, until);
                Ok(Now::Received)
            }
            Body::Silent => Ok(Now::Silent),
            Body::NotAccepted(outcome) => {
                Err(CameraActError::Refused { words: words::not_accepted(&standing.name, outcome) })
            }
            Body::Broken(why) => Err(CameraActError::Refused { words: why.clone() }),
        }
    }

    fn records(&self, camera: CameraId) -> bool {
        self.standing().get(&camera).is_some_and(|standing| matches!(standing.body, Body::Streams(_)))
    }

    fn goes_on(&self) -> MonoTime {
        self.parts.clock.mono().plus_millis(i64::try_from(GOES_ON.as_millis()).unwrap_or(i64::MAX))
    }

    fn being_set_up(&self) -> MutexGuard<'_, HashMap<CameraId, MonoTime>> {
        self.being_set_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down that a camera is in force: from now on nobody sees it alone. Recording does not wait for that.
    pub(super) async fn note_in_force(&self, camera: CameraId) {
        if let Err(error) = self.parts.db.note_commissioned(camera, self.parts.clock.wall()).await {
            tracing::error!(%camera, error = candour_units::chain(&error), "it could not be written down that a camera is in force");
        }
    }
}
