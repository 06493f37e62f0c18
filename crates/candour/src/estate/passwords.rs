//! Passwords of the recorder's own at cameras: set when somebody asks for it, over TLS, and proved before the one before is forgotten.
//!
//! Both are stored, sealed, before the first request, and stay stored until it is known which one the camera takes: whatever breaks
//! off in between, a round finds out ([`Estate::settle_passwords`]), at the start and every twenty seconds. It proves two wrong
//! passwords at most, three times at most, then people are asked: cameras lock their accounts.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_camera::{
    CameraError, MOST_RUNS, Secret, Settled, Target, Why, new_password, set_password, which_password,
};
use candour_db::{CameraPassword, CameraRow};
use candour_http::port::CameraActError;
use candour_units::{CameraId, WallDuration};
use tokio_util::sync::CancellationToken;

use super::Estate;
use super::acts::{camera_error, unavailable};
use super::known::transport;
use crate::alarms::Alarms;

/// How often it is seen whether something is to be found out.
const PERIOD: std::time::Duration = std::time::Duration::from_secs(20);
/// After a camera was not to be had.
const AGAIN: WallDuration = WallDuration::from_seconds(60);
/// After it took neither password: locks of accounts end within half an hour.
const AFTER_A_REFUSAL: WallDuration = WallDuration::from_seconds(1_860);

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
        let _setting = Setting::of(&self.setting, id).ok_or_else(being_set)?;
        let (camera, new, target) = self.begin_password(id).await?;
        let parts = &self.parts;
        let outcome = set_password(&target, new, &*parts.clock, &*parts.entropy).await;
        if matches!(outcome, Err(CameraError::NotAuthorised { .. })) {
            parts.db.note_password_tries(id, 1, parts.clock.wall()).await.map_err(unavailable)?;
        }
        match self.keep(&camera, outcome).await? {
            Settled::New => Ok(()),
            Settled::Old(why) => Err(CameraActError::Refused { words: told(&why) }),
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
        Ok((camera, new, target))
    }

    /// Finds out which of two passwords cameras take, where that is not known.
    pub async fn settle_passwords(&self) {
        let pending = match self.parts.db.passwords_being_set().await {
            Ok(pending) => pending,
            Err(error) => return tracing::error!(%error, "passwords that are being set cannot be read; tried again"),
        };
        for one in pending {
            if let Err(error) = self.settle(&one).await {
                tracing::warn!(camera = %one.camera, %error, "it is not known yet which password a camera takes");
            }
        }
    }

    async fn settle(&self, one: &CameraPassword) -> Result<(), CameraActError> {
        let (parts, now) = (&self.parts, self.parts.clock.wall());
        let rest = if one.tries == 0 { AGAIN } else { AFTER_A_REFUSAL };
        let rests = one.tried.is_some_and(|at| at <= now && now < at + rest);
        let (false, Some(sealed)) = (rests, &one.next) else { return Ok(()) };
        let Some(_setting) = Setting::of(&self.setting, one.camera) else { return Ok(()) };
        let camera = self.row(one.camera).await?;
        if one.tries >= MOST_RUNS {
            let words = format!(
                "The recorder does not know which of two passwords {} takes, and stopped trying so as not to lock its account. Set the \
                 password in the camera and type it in here.",
                camera.name
            );
            Alarms::of(parts).follow("camera_password", Some(one.camera), "red", Some(words)).await;
            return Ok(());
        }
        let target = self.target(&camera).await.map_err(unavailable)?;
        let (_, new) = self.open_sealed(one.camera, sealed.clone()).await.map_err(unavailable)?;
        // Counted before: a recorder that dies in the middle has tried all the same.
        parts.db.note_password_tries(one.camera, one.tries + 1, now).await.map_err(unavailable)?;
        let new = Secret::new(new.to_string());
        let outcome = which_password(&target, new, &*parts.clock, &*parts.entropy).await;
        if outcome.as_ref().is_err_and(|error| !matches!(error, CameraError::NotAuthorised { .. })) {
            parts.db.note_password_tries(one.camera, one.tries, now).await.map_err(unavailable)?;
        }
        self.keep(&camera, outcome).await.map(|_| ())
    }

    /// Keeps the password that was proved, and says so in the log. Where none was, both stay.
    async fn keep(&self, camera: &CameraRow, outcome: Result<Settled, CameraError>) -> Result<Settled, CameraActError> {
        let settled = outcome.map_err(camera_error)?;
        let _acting = self.acting.lock().await;
        let id = camera.id;
        match settled {
            Settled::New => {
                self.parts.db.keep_new_password(id, self.parts.clock.wall()).await.map_err(unavailable)?;
            }
            Settled::Old(_) => self.parts.db.keep_old_password(id).await.map_err(unavailable)?,
        }
        Alarms::of(&self.parts).clear("camera_password", Some(id)).await;
        let is_new = settled == Settled::New;
        let outcome = serde_json::json!({ "change": "password proved", "name": camera.name, "new": is_new });
        let subject = Subject { cameras: vec![id], ..Subject::default() };
        let event =
            Event { kind: EventKind::CameraChanged, actor: Actor::Recorder, subject, outcome: outcome.to_string() };
        self.parts.log.append(event).await.map_err(unavailable)?;
        // Streams hold the password that they were opened with.
        if is_new {
            let row = self.row(id).await?;
            self.start(row).await;
        }
        Ok(settled)
    }

    /// Refuses where it is not known which of two passwords a camera takes: one more wrong one could lock its account.
    pub(super) async fn password_must_be_known(&self, id: CameraId) -> Result<(), CameraActError> {
        let stands = self.parts.db.camera_password(id).await.map_err(unavailable)?;
        if stands.is_some_and(|stands| stands.next.is_some()) { Err(being_set()) } else { Ok(()) }
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

/// That a camera's password is being set or found out: one at a time.
struct Setting<'a>(&'a Mutex<HashSet<CameraId>>, CameraId);

impl<'a> Setting<'a> {
    fn of(all: &'a Mutex<HashSet<CameraId>>, id: CameraId) -> Option<Self> {
        all.lock().unwrap_or_else(PoisonError::into_inner).insert(id).then_some(Self(all, id))
    }
}

impl Drop for Setting<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

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
        Why::Refused(words) => format!("The camera refused the new password and has the one it had.{}", said(words)),
        Why::SaidYes => "The camera said yes and did not do it; it has the password that it had.".into(),
        Why::NotAsked => "The camera was not asked; it has the password that it had.".into(),
    }
}
