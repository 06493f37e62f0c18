//! Acts on holds on their way into the log. An act and its effect are one transaction of the database; the entry follows,
//! and what a crash left without one is logged by the next start or sweep.

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{DbError, HoldActRow};

use crate::{Archive, ArchiveError};

/// Acts read in one go.
const ACTS: i64 = 200;

impl Archive {
    /// Writes acts on holds that are not in the log yet into it. Gives how many.
    ///
    /// # Errors
    /// [`ArchiveError::Log`], [`ArchiveError::Db`].
    pub async fn log_hold_acts(&self) -> Result<u64, ArchiveError> {
        let mut logged = 0;
        loop {
            let acts = self.inner.db.hold_acts_to_log(ACTS).await?;
            for act in &acts {
                self.log_hold_act(act, Actor::Recorder).await?;
                logged += 1;
            }
            if acts.is_empty() {
                return Ok(logged);
            }
        }
    }

    /// Writes one act into the log, for whoever did it.
    ///
    /// # Errors
    /// [`ArchiveError::Log`], [`ArchiveError::Db`]; then [`Self::log_hold_acts`] tries again, in the recorder's name.
    pub async fn log_hold_act(&self, act: &HoldActRow, actor: Actor) -> Result<(), ArchiveError> {
        let hold = self.inner.db.hold(act.hold).await?;
        let hold = hold.ok_or_else(|| DbError::NotFound { what: format!("hold {}", act.hold) })?;
        let outcome = serde_json::json!({
            "act": act.act, "by": act.by, "class": hold.class, "ends_90k": act.ends.ticks(),
            "hold": hold.id.to_string(), "owner": hold.owner,
        });
        let subject = Subject {
            cameras: vec![hold.camera],
            interval: Some(hold.interval),
            reason: (!act.reason.is_empty()).then(|| act.reason.clone()),
            ..Subject::default()
        };
        let event = Event { kind: kind(&act.act), actor, subject, outcome: outcome.to_string() };
        let recorded = self.inner.log.append(event).await?;
        // A crash here has it told twice, with the same words.
        let entry = i64::try_from(recorded.index).unwrap_or(i64::MAX);
        Ok(self.inner.db.note_hold_logged(act.hold, act.number, entry).await?)
    }
}

fn kind(act: &str) -> EventKind {
    match act {
        "placed" => EventKind::HoldPlaced,
        "extended" => EventKind::HoldExtended,
        "lifted" => EventKind::HoldLifted,
        _ => EventKind::HoldLapsed,
    }
}
