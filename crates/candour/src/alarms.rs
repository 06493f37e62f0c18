//! Raising and clearing alarms: one function each way, and what the monitor looks at.

use candour_audit::{Actor, Event, EventKind, Log, Subject};
use candour_db::{CameraRow, Db, NewAlarm};
use candour_units::{AlarmId, CameraId, Clock, Entropy};
use candour_vetting::JudgementRecord;

use crate::estate::Parts;
use crate::words;

/// Where alarms go: the one table, and the log when one is new or over.
#[derive(Clone, Copy)]
pub struct Alarms<'a> {
    /// The table.
    pub db: &'a Db,
    /// The log.
    pub log: &'a Log,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// Randomness for ids.
    pub entropy: &'a dyn Entropy,
}

impl<'a> Alarms<'a> {
    /// The alarms of an estate.
    #[must_use]
    pub fn of(parts: &'a Parts) -> Self {
        Self { db: &parts.db, log: &parts.log, clock: &*parts.clock, entropy: &*parts.entropy }
    }

    /// Raises the alarm of that kind and camera, or changes the words of the one that stands; whether it stands now.
    pub async fn raise(&self, kind: &str, camera: Option<CameraId>, severity: &str, words: String) -> bool {
        let alarm = NewAlarm {
            id: AlarmId::from_bytes(self.entropy.id()),
            kind: kind.into(),
            camera,
            severity: severity.into(),
            words: words.clone(),
            raised: self.clock.wall(),
        };
        match self.db.raise_alarm(&alarm).await {
            Ok(true) => {
                tracing::warn!(kind, words, "alarm raised");
                self.write_down(EventKind::AlarmRaised, kind, camera, &words).await;
                true
            }
            Ok(false) => true,
            Err(error) => {
                tracing::error!(kind, words, %error, "an alarm could not be stored");
                false
            }
        }
    }

    /// Clears the alarm of that kind and camera, if one stands.
    pub async fn clear(&self, kind: &str, camera: Option<CameraId>) {
        match self.db.clear_alarm(kind, camera, self.clock.wall()).await {
            Ok(true) => self.write_down(EventKind::AlarmSettled, kind, camera, "its cause went away").await,
            Ok(false) => {}
            Err(error) => tracing::error!(kind, %error, "an alarm could not be cleared"),
        }
    }

    /// Raises it while `trouble` says something, clears it when it does not.
    pub async fn follow(&self, kind: &str, camera: Option<CameraId>, severity: &str, trouble: Option<String>) {
        match trouble {
            Some(words) => {
                self.raise(kind, camera, severity, words).await;
            }
            None => self.clear(kind, camera).await,
        }
    }

    async fn write_down(&self, act: EventKind, kind: &str, camera: Option<CameraId>, words: &str) {
        let event = Event {
            kind: act,
            actor: Actor::Recorder,
            subject: Subject { cameras: camera.into_iter().collect(), ..Subject::default() },
            outcome: serde_json::json!({ "alarm": kind, "words": words }).to_string(),
        };
        // The alarm itself stands in the table; a log that cannot be written has an alarm of its own.
        if let Err(error) = self.log.append(event).await {
            tracing::error!(kind, %error, "an alarm could not be logged");
        }
    }
}

/// The alarm of a device that the gate refused or quarantined.
pub async fn device(parts: &Parts, camera: &CameraRow) {
    let (severity, trouble) = match camera.outcome.as_str() {
        "refused" => ("red", Some(words::not_accepted(&camera.name, "refused"))),
        "quarantined" => ("amber", Some(words::not_accepted(&camera.name, "quarantined"))),
        _ => ("amber", None),
    };
    Alarms::of(parts).follow("device_refused", Some(camera.id), severity, trouble).await;
}

/// The alarms of what a judgement notes without stopping anything: somebody imitates an accepted camera, and the supplier's support
/// that ends, an exception or an address table that ends.
pub async fn judged(parts: &Parts, camera: &CameraRow, record: &JudgementRecord) {
    let noted = |rule: &str| record.reasons.iter().find(|reason| reason.rule == rule);
    let imitated = noted("datagram.imitation").map(|reason| words::imitated(&camera.name, &reason.words));
    let alarms = Alarms::of(parts);
    alarms.follow("camera_imitated", Some(camera.id), "amber", imitated).await;
    let ends = noted("paper.support-ends").map(|reason| format!("{}: {}", camera.name, reason.words));
    alarms.follow("support_ends", Some(camera.id), "amber", ends).await;
    let ends = noted("exception.ends").map(|reason| format!("{}: {}", camera.name, reason.words));
    alarms.follow("exception_ends", Some(camera.id), "amber", ends).await;
    let ends = noted("table.ends").map(|reason| format!("{}: {}", camera.name, reason.words));
    alarms.follow("table_ends", Some(camera.id), "amber", ends).await;
}
