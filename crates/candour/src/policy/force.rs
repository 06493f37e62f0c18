//! A version comes into force.

use std::sync::Arc;

use anyhow::{Context, bail};
use candour_db::{CameraRow, ComingIntoForce, PolicyAct, PolicyVersionRow};
use candour_units::{PurposeId, WallTime};

use super::assign::Assignment;
use super::{InForce, Standing, assign, not_possible, read};
use crate::estate::Estate;

/// Who does what the recorder does by itself.
pub const RECORDER: &str = "the recorder";

/// Brings an approved version into force: rows first, then the streams. No camera is added, renamed or removed meanwhile.
///
/// # Errors
/// The version cannot be read, was withdrawn meanwhile, or the database failed: then the one before stays.
pub async fn force(estate: &Estate, version: PolicyVersionRow, now: WallTime) -> anyhow::Result<()> {
    let acting = estate.lock_acts().await;
    let parts = estate.parts();
    let policy = match read(&parts.db, &version).await? {
        Ok(policy) => policy,
        Err(why) => bail!("version {} cannot be read: {why}", version.number),
    };
    if let Some(why) = not_possible(&policy, now) {
        bail!("version {} asks for what this program cannot do: {why}", version.number);
    }
    let cameras = parts.db.cameras().await?;
    let words = parts.db.promised_words().await?;
    let mint = || PurposeId::from_bytes(parts.entropy.id());
    let Assignment { purposes, terms, promises } = assign(&version, &policy, &cameras, &[], &words, now, mint);
    let coming = ComingIntoForce { number: version.number, purposes: &purposes, terms: &terms, promises: &promises };
    let detail = serde_json::json!({ "cameras": terms.len(), "unnamed": cameras.len() - terms.len() }).to_string();
    let act = PolicyAct { person: None, by: RECORDER, at: now, reason: "", detail: &detail };
    parts.db.force_policy(&coming, act).await.context("the version cannot be brought into force")?;
    let number = version.number;
    let capped = |camera: &&CameraRow| estate.policy().caps(&camera.name);
    let were_capped: Vec<CameraRow> = cameras.iter().filter(capped).cloned().collect();
    // The row as it is now.
    let row = parts.db.policy_version(number).await?.unwrap_or(version);
    estate.policy().set(Standing::InForce(Arc::new(InForce { row, policy })));
    tracing::info!(version = number, cameras = terms.len(), "a version of the policy came into force");
    estate.obey_anew(acting).await;
    for camera in were_capped.into_iter().filter(|camera| !estate.policy().caps(&camera.name)) {
        // It goes back to the streams that it would have without a cap.
        let estate = estate.clone();
        tokio::spawn(async move {
            if let Err(error) = estate.look_by_itself(camera.id).await {
                tracing::warn!(camera = %camera.name, %error, "a camera without a cap could not be asked for its streams; the next look by night does it");
            }
        });
    }
    if let Err(error) = parts.archive.log_policy_acts().await {
        tracing::error!(error = %candour_units::chain(&error), "acts on the policy are not in the log yet; the next round tries again");
    }
    Ok(())
}
