//! Passwords of the recorder's own at cameras: set when somebody asks for it, over TLS, and proved before the one before is forgotten.
//!
//! Both are stored, sealed, before the first request, and stay stored until it is known which one the camera takes: whatever breaks
//! off in between, a round finds out ([`Estate::settle_passwords`]), at the start and every twenty seconds. It proves two wrong
//! passwords at most, three times at most, then people are asked: cameras lock their accounts. A camera that still takes the old one
//! and did not clearly refuse the new one is looked at again every minute, and the new one is forgotten late ([`turns`]).

mod turns;

use std::collections::HashSet;
use std::time::Duration;

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_camera::{
    CameraError, MOST_RUNS, NotSettled, Secret, Settled, Target, Why, look_again, new_password, set_password,
    which_password,
};
use candour_db::{CameraPassword, CameraRow};
use candour_http::port::CameraActError;
use candour_units::{CameraId, WallDuration};
use tokio_util::sync::CancellationToken;

use super::Estate;
use super::acts::{camera_error, sentence, unavailable};
use super::known::transport;
use crate::alarms::Alarms;

pub use turns::Calling;
pub(super) use turns::Turns;

/// How often it is seen whether something is to be found out.
const PERIOD: Duration = Duration::from_secs(20);
/// After a camera was not to be had, or still took the old one.
const AGAIN: WallDuration = WallDuration::from_seconds(60);
/// After it took neither password: locks of accounts end within half an hour.
const AFTER_A_REFUSAL: WallDuration = WallDuration::from_seconds(1_860);
/// Whoever is in the middle of asking a camera something has this long to end: no conversation is longer.
const PATIENCE: Duration = Duration::from_secs(100);

/// Finds out which passwords cameras take until `stopping`.
pub async fn run(estate: Estate, stopping: CancellationToken) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = estate.settle_passwords() => {}
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

impl Estate {
    /// Gives a camera a new password that nobody knows.
    pub(super) async fn set_password(&self, id: CameraId) -> Result<(), CameraActError> {
        let _settling = self.turns.settle(id).ok_or_else(being_set)?;
        let (camera, new, target) = self.begin_password(id).await?;
        if !self.turns.quiet(id, PATIENCE).await {
            self.keep_old(&camera, false).await?;
            return Err(CameraActError::Refused {
                words: "The recorder is asking this camera something else, which does not end. No password was set; try again later."
                    .into(),
            });
        }
        let parts = &self.parts;
        match set_password(&target, new, &*parts.clock, &*parts.entropy).await {
            Ok(Settled::New) => self.keep_new(&camera).await,
            Ok(Settled::Old(why)) => {
                self.keep_old(&camera, why.is_proved()).await?;
                Err(CameraActError::Refused { words: told(&why) })
            }
            Ok(Settled::StillOld) => {
                self.turns.old_was_proved(id);
                self.note_tries(id, 0).await?;
                let words = format!(
                    "The camera still has the password that it had, and did not clearly refuse the new one. {LOOKED_AT_AGAIN}"
                );
                Err(CameraActError::Refused { words })
            }
            Err(NotSettled { error, asked: false }) => {
                self.keep_old(&camera, false).await?;
                Err(camera_error(error))
            }
            Err(NotSettled { error, .. }) => {
                let took_neither = matches!(error, CameraError::NotAuthorised { .. });
                self.note_tries(id, u32::from(took_neither)).await?;
                if took_neither {
                    return Err(camera_error(error));
                }
                let words = format!("{} {LOOKED_AT_AGAIN}", sentence(&error.to_string()));
                Err(CameraActError::Unreachable { words })
            }
        }
    }

    /// Writes a new password down, beside the one there is.
    async fn begin_password(&self, id: CameraId) -> Result<(CameraRow, Secret, Target), CameraActError> {
        let _acting = self.acting.lock().await;
        let camera = self.row(id).await?;
        let refused = |words: &str| Err(CameraActError::Refused { words: words.into() });
        if camera.tls_key.is_none() {
            return refused(
                "The recorder asks this camera in clear (HTTP), and a password sent that way can be read on the wire. Switch HTTPS \
                 on in the camera, remove it here and add it again by its HTTPS port.",
            );
        }
        if !matches!(camera.outcome.as_str(), "accepted" | "conditional") {
            return refused(
                "The gate does not know this device as the camera it should be, so it is given no password.",
            );
        }
        let target = self.target(&camera).await.map_err(unavailable)?;
        if target.user.is_empty() {
            return refused("The recorder has no user at this camera. Type in its user and password first.");
        }
        let new = new_password(self.parts.entropy.key());
        let sealed = self.seal_credentials(id, &target.user, new.expose()).await?;
        if !self.parts.db.begin_camera_password(id, &sealed).await.map_err(unavailable)? {
            return Err(being_set());
        }
        self.turns.begin(id, self.parts.clock.mono());
        Ok((camera, new, target))
    }

    /// Finds out which of two passwords cameras take, where that is not known.
    pub async fn settle_passwords(&self) {
        let pending = match self.parts.db.passwords_being_set().await {
            Ok(pending) => pending,
            Err(error) => return tracing::error!(%error, "passwords that are being set cannot be read; tried again"),
        };
        let pending: HashSet<CameraId> = pending.into_iter().map(|one| one.camera).collect();
        self.turns.follow(&pending, self.parts.clock.mono());
        for camera in pending {
            if let Err(error) = self.settle(camera).await {
                tracing::warn!(%camera, %error, "it is not known yet which password a camera takes");
            }
        }
    }

    async fn settle(&self, id: CameraId) -> Result<(), CameraActError> {
        let Some(_settling) = self.turns.settle(id) else { return Ok(()) };
        let (parts, now) = (&self.parts, self.parts.clock.wall());
        // As it stands now that nobody else finds out: whoever had the turn before may have.
        let stands = parts.db.camera_password(id).await.map_err(unavailable)?;
        let Some(CameraPassword { next: Some(sealed), tries, tried, .. }) = stands else { return Ok(()) };
        let rest = if tries == 0 { AGAIN } else { AFTER_A_REFUSAL };
        if tried.is_some_and(|at| at <= now && now < at + rest) || !self.turns.is_quiet(id) {
            return Ok(());
        }
        let camera = self.row(id).await?;
        if tries >= MOST_RUNS {
            let words = format!(
                "The recorder does not know which of two passwords {} takes, and stopped trying so as not to lock its account. Set the \
                 password in the camera and type it in here.",
                camera.name
            );
            Alarms::of(parts).follow("camera_password", Some(id), "red", Some(words)).await;
            return Ok(());
        }
        let target = self.target(&camera).await.map_err(unavailable)?;
        let (_, new) = self.open_sealed(id, sealed).await.map_err(unavailable)?;
        // Counted before: a recorder that dies in the middle has tried all the same.
        self.note_tries(id, tries + 1).await?;
        let new = Secret::new(new.to_string());
        let mono = parts.clock.mono();
        let doubt = self.turns.doubt(id, mono);
        // The last look begins with the new one, so that it is refused in the same minute in which it is forgotten.
        let outcome = if doubt.is_likely_old() && !doubt.is_over(mono) {
            look_again(&target, new, &*parts.clock, &*parts.entropy).await
        } else {
            which_password(&target, new, &*parts.clock, &*parts.entropy).await
        };
        match outcome {
            Ok(Settled::New) => self.keep_new(&camera).await,
            Ok(Settled::StillOld) if !doubt.is_over(mono) => {
                self.turns.old_was_proved(id);
                Alarms::of(parts).clear("camera_password", Some(id)).await;
                self.note_tries(id, 0).await
            }
            Ok(Settled::StillOld | Settled::Old(_)) => self.keep_old(&camera, true).await,
            Err(error) => {
                if !matches!(error, CameraError::NotAuthorised { .. }) {
                    self.note_tries(id, tries).await?;
                }
                Err(camera_error(error))
            }
        }
    }

    async fn note_tries(&self, id: CameraId, tries: u32) -> Result<(), CameraActError> {
        self.parts.db.note_password_tries(id, tries, self.parts.clock.wall()).await.map_err(unavailable)
    }

    /// Keeps the new password, which was proved.
    async fn keep_new(&self, camera: &CameraRow) -> Result<(), CameraActError> {
        let _acting = self.acting.lock().await;
        let id = camera.id;
        if !self.parts.db.keep_new_password(id, self.parts.clock.wall()).await.map_err(unavailable)? {
            return Ok(());
        }
        self.turns.end(id);
        self.say(camera, serde_json::json!({ "change": "password proved", "name": camera.name, "new": true })).await?;
        // Streams hold the password that they were opened with.
        let row = self.row(id).await?;
        self.start(row).await;
        Ok(())
    }

    /// Forgets the new password. Where the old one was not `proved`, no proof is told of.
    async fn keep_old(&self, camera: &CameraRow, proved: bool) -> Result<(), CameraActError> {
        let _acting = self.acting.lock().await;
        let id = camera.id;
        // Somebody may have typed in another one meanwhile, of which nothing is known yet.
        let typed = self.row(id).await?.credentials != camera.credentials;
        if typed || !self.parts.db.keep_old_password(id).await.map_err(unavailable)? {
            return Ok(());
        }
        self.turns.end(id);
        let said = if proved {
            serde_json::json!({ "change": "password proved", "name": camera.name, "new": false })
        } else {
            serde_json::json!({ "change": "password not set", "name": camera.name })
        };
        self.say(camera, said).await
    }

    /// That it is known which password a camera has is an entry of the recorder's own, and no alarm any more.
    async fn say(&self, camera: &CameraRow, said: serde_json::Value) -> Result<(), CameraActError> {
        Alarms::of(&self.parts).clear("camera_password", Some(camera.id)).await;
        let subject = Subject { cameras: vec![camera.id], ..Subject::default() };
        let event =
            Event { kind: EventKind::CameraChanged, actor: Actor::Recorder, subject, outcome: said.to_string() };
        self.parts.log.append(event).await.map(|_| ()).map_err(unavailable)
    }

    /// The right to log in to a camera for as long as it is held; refused where it is not known which of two passwords it takes: one more
    /// wrong one could lock its account.
    pub(super) async fn may_log_in(&self, id: CameraId) -> Result<Calling, CameraActError> {
        let calling = self.turns.call(id).ok_or_else(being_set)?;
        // Memory is filled by the first round after a start.
        let stands = self.parts.db.camera_password(id).await.map_err(unavailable)?;
        if stands.is_some_and(|stands| stands.next.is_some()) { Err(being_set()) } else { Ok(calling) }
    }
    /// How a camera is asked, with the password that it is stored with.
    pub(super) async fn target(&self, camera: &CameraRow) -> anyhow::Result<Target> {
        let (user, password) = self.open_credentials(camera).await?;
        Ok(Target {
            host: camera.address.parse()?,
            port: camera.onvif_port,
            transport: transport(camera),
            user,
            password: Secret::new(password.to_string()),
            lab: self.parts.gate.is_lab(),
        })
    }
}

/// What is said where both passwords are kept.
const LOOKED_AT_AGAIN: &str = "Both are kept; the recorder looks again in a minute.";

fn being_set() -> CameraActError {
    let words =
        "A password is being set; the recorder is finding out which one the camera takes. Try again in a minute.";
    CameraActError::Refused { words: words.into() }
}

/// Why a camera has the password that it had, for people.
fn told(why: &Why) -> String {
    let said = |words: &String| if words.is_empty() { String::new() } else { format!(" It said: {words}.") };
    match why {
        Why::MayNot(words) => format!(
            "The camera does not let the recorder's user manage users, so the password stays as it is. Give the user that right in the \
             camera, or set a strong password there by hand.{}",
            said(words)
        ),
        Why::NotLoggedIn(words) => format!(
            "The camera took no log-in when it was asked for its users, so no new password was set. Either the password stored here is \
             not the camera's, or the recorder's user may not manage users there: type in the right one, or give the user that right in \
             the camera.{}",
            said(words)
        ),
        Why::Refused(words) => format!("The camera refused the new password and has the one it had.{}", said(words)),
    }
}
