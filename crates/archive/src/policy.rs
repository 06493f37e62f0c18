//! Acts on versions of the policy on their way into the log. An act and its effect are one transaction of the database; the
//! entry follows, and what a crash or a command beside the recorder left without one is logged by the next round.

use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{DbError, PolicyActRow};

use crate::{Archive, ArchiveError};

/// Acts read in one go.
const ACTS: i64 = 200;

impl Archive {
    /// Writes acts on versions of the policy that are not in the log yet into it. Gives how many.
    ///
    /// # Errors
    /// [`ArchiveError::Log`], [`ArchiveError::Db`].
    pub async fn log_policy_acts(&self) -> Result<u64, ArchiveError> {
        let mut logged = 0;
        loop {
            let acts = self.inner.db.policy_acts_to_log(ACTS).await?;
            for act in &acts {
                self.log_policy_act(act, Actor::Recorder).await?;
                logged += 1;
            }
            if acts.is_empty() {
                return Ok(logged);
            }
        }
    }

    /// Writes one act into the log, for whoever did it: its entry names the person also where the recorder writes it.
    ///
    /// # Errors
    /// [`ArchiveError::Log`], [`ArchiveError::Db`]; then [`Self::log_policy_acts`] tries again, in the recorder's name.
    pub async fn log_policy_act(&self, act: &PolicyActRow, actor: Actor) -> Result<(), ArchiveError> {
        let version = self.inner.db.policy_version(act.version).await?;
        let version =
            version.ok_or_else(|| DbError::NotFound { what: format!("version {} of the policy", act.version) })?;
        let mut outcome = serde_json::json!({
            "by": act.by, "hash": version.hash.to_string(), "origin": version.origin.word(), "version": act.version,
        });
        if let Some(person) = act.person {
            outcome["person"] = person.to_string().into();
        }
        if let Ok(serde_json::Value::Object(detail)) = serde_json::from_str(&act.detail) {
            detail.into_iter().for_each(|(name, value)| outcome[name] = value);
        }
        let reason = (!act.reason.is_empty()).then(|| act.reason.clone());
        let subject = Subject { reason, ..Subject::default() };
        let event = Event { kind: kind(&act.act), actor, subject, outcome: outcome.to_string() };
        let recorded = self.inner.log.append(event).await?;
        // A crash here has it told twice, with the same words.
        let entry = i64::try_from(recorded.index).unwrap_or(i64::MAX);
        Ok(self.inner.db.note_policy_logged(act.version, act.number, entry).await?)
    }
}

fn kind(act: &str) -> EventKind {
    match act {
        "drafted" => EventKind::PolicyDrafted,
        "advised" => EventKind::PolicyAdvised,
        "approved" => EventKind::PolicyApproved,
        "withdrawn" => EventKind::PolicyWithdrawn,
        "in_force" => EventKind::PolicyInForce,
        _ => EventKind::PolicySuperseded,
    }
}
