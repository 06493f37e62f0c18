//! The first start with a policy file: it comes into force on a recorder that never had one.

use std::path::Path;

use anyhow::{Context, bail};
use candour_archive::plan_policy;
use candour_db::{Approval, NewPolicyVersion, PolicyAct, PolicyOrigin, PolicyState};
use candour_policy::{Policy, earliest_force, policy_hash};
use candour_units::PolicyId;

use super::force::force;
use super::not_possible;
use crate::estate::Estate;

/// Who gives a policy at a first start.
const WHOEVER: &str = "whoever runs this machine";
const REASON: &str = "given at the first start";

/// Brings the policy of that file into force if the recorder never had one, at once or, where it deletes footage that would
/// stay otherwise, a day later. On a recorder that has one it changes nothing.
///
/// # Errors
/// Every mistake of the file, with its line; or what could not be stored.
pub async fn first_start(estate: &Estate, path: &Path) -> anyhow::Result<()> {
    let name = path.display();
    let file = std::fs::read(path).with_context(|| format!("cannot read the policy {name}"))?;
    let policy = match Policy::parse(&file) {
        Ok(policy) => policy,
        Err(mistakes) => bail!("{name} is not a policy that could come into force:\n{mistakes}"),
    };
    let parts = estate.parts();
    let hash = policy_hash(&file);
    let versions = parts.db.policy_versions().await?;
    let ever = |state| matches!(state, PolicyState::Approved | PolicyState::InForce | PolicyState::Superseded);
    if let Some(one) = versions.iter().find(|version| ever(version.state)) {
        if one.hash != hash {
            tracing::warn!(file = %name, "there is a policy already: this file is not read; candour policy import proposes it");
        }
        return Ok(());
    }
    let now = parts.clock.wall();
    if let Some(why) = not_possible(&policy, now) {
        bail!("{name} asks for what this program cannot do: {why}");
    }
    let act = PolicyAct { person: None, by: WHOEVER, at: now, reason: REASON, detail: "{}" };
    // Of a start that came to no end, perhaps.
    let begun = versions.iter().find(|version| {
        version.hash == hash && version.origin == PolicyOrigin::FirstStart && version.state == PolicyState::Draft
    });
    let number = match begun {
        Some(begun) => begun.number,
        None => {
            let text = String::from_utf8(file).context("a policy is text")?;
            let id = PolicyId::from_bytes(parts.entropy.id());
            let new = NewPolicyVersion { id, hash, text, origin: PolicyOrigin::FirstStart };
            parts.db.draft_policy(&new, act).await?
        }
    };
    let impact = plan_policy(&parts.db, None, &policy, now).await?;
    let from = earliest_force(now, &impact, None).at;
    let approval = Approval { force: from, departure: None, early: None };
    let detail = serde_json::json!({ "force_90k": from.ticks() }).to_string();
    parts.db.approve_policy(number, approval, PolicyAct { detail: &detail, ..act }).await?;
    if from > now {
        tracing::warn!(version = number, from = %from, "the policy deletes footage that is there, so it comes into force a day later");
        return Ok(());
    }
    let version = parts.db.policy_version(number).await?.context("the version that was approved just now")?;
    force(estate, version, now).await
}
