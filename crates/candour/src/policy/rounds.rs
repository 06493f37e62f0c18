//! What the program does about the policy by itself, again and again.

use std::time::Duration;

use candour_db::PolicyVersionRow;
use candour_policy::{DeletionTime, Unproved};
use candour_units::WallTime;
use candour_worker::Proof;
use tokio_util::sync::CancellationToken;

use super::Standing;
use super::force::force;
use crate::alarms::Alarms;
use crate::estate::Estate;

/// Recording starts and stops within two seconds of what a schedule says.
const OBEY_EVERY: Duration = Duration::from_millis(250);
/// How often it is asked whether a version is due, and acts are written down.
const LIVE_EVERY: Duration = Duration::from_secs(1);
/// How often promises are looked at that are not kept yet.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// Promises taken a step further in one go.
const PROMISES: i64 = 50;
/// Reviews of assessments are told of this often.
const REVIEWS_EVERY: u32 = 10;

/// Has every camera do what the policy says of it at each moment, until told to stop.
pub async fn obey(estate: Estate, stopping: CancellationToken) {
    let mut timer = tokio::time::interval(OBEY_EVERY);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = timer.tick() => estate.obey().await,
        }
    }
}

/// Brings approved versions into force at their time and has acts written down, until told to stop.
pub async fn live(estate: Estate, mut proof: Proof, stopping: CancellationToken) {
    let mut round = 0_u32;
    loop {
        if let Err(error) = look(&estate, &mut proof, round).await {
            tracing::error!(error = format!("{error:#}"), "the policy could not be looked after; it is tried again");
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(LIVE_EVERY) => {}
        }
    }
}

async fn look(estate: &Estate, proof: &mut Proof, round: u32) -> anyhow::Result<()> {
    let parts = estate.parts();
    parts.archive.log_policy_acts().await?;
    let time = proof.time().await?;
    let approved = parts.db.policy_approved().await?;
    let now = parts.clock.wall();
    let mut waits = None;
    match due(approved.as_ref(), time, now) {
        Due::Not => {}
        Due::Waits(words) => waits = Some(words),
        Due::Now(at) => {
            if let Some(version) = approved
                && let Err(error) = force(estate, version, at).await
            {
                waits = Some(format!(
                    "The approved version of the policy cannot come into force: {error:#}. The one before stays."
                ));
            }
        }
    }
    // The first look at a clock says nothing against it.
    let unproved = time.err().filter(|why| !matches!(why, Unproved::First { .. }));
    estate.policy().note(unproved, waits);
    if round.is_multiple_of(REVIEWS_EVERY) {
        tell(estate).await;
    }
    Ok(())
}

/// Whether the version that waits is due.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Due {
    Not,
    /// Its time has come by a clock that nobody believes.
    Waits(String),
    Now(WallTime),
}

fn due(approved: Option<&PolicyVersionRow>, time: DeletionTime, now: WallTime) -> Due {
    let Some((version, from)) = approved.and_then(|version| Some((version, version.force?))) else { return Due::Not };
    match time {
        Ok(proved) if proved.wall() >= from => Due::Now(proved.wall()),
        Ok(_) => Due::Not,
        Err(_) if now < from => Due::Not,
        Err(why) => Due::Waits(format!(
            "Version {} of the policy was to come into force at {from}, and waits because the clock is not proved: {}.",
            version.number,
            why.to_string().replace("deletion waits", "it waits").replace("deletion begins", "it goes on")
        )),
    }
}

/// Alarms: a version that waits or cannot be read, reviews that are overdue, cameras that record nothing against expectation.
async fn tell(estate: &Estate) {
    let parts = estate.parts();
    let alarms = Alarms::of(&parts);
    let severity = match estate.policy().standing() {
        Standing::Unreadable(_) => "red",
        Standing::None | Standing::InForce(_) => "amber",
    };
    alarms.follow("policy_waits", None, severity, estate.policy().trouble()).await;
    let (stopped, warnings) = estate.reviews();
    let severity = if stopped { "red" } else { "amber" };
    let words = (!warnings.is_empty()).then(|| warnings.join(" "));
    alarms.follow("review_overdue", None, severity, words).await;
}

/// Brings footage down to promises that became shorter, until told to stop. Each step is a transaction of its own.
pub async fn keep_promises(estate: Estate, stopping: CancellationToken) {
    loop {
        let pause = match keep_some(&estate).await {
            Ok(true) => Duration::from_millis(20),
            Ok(false) => KEEP_EVERY,
            Err(error) => {
                tracing::error!(error = %candour_units::chain(&error), "footage could not be brought down to a shorter promise yet");
                KEEP_EVERY
            }
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One step of each of the first promises; whether there may be more to do at once.
async fn keep_some(estate: &Estate) -> Result<bool, candour_db::DbError> {
    let parts = estate.parts();
    let now = parts.clock.wall();
    let promises = parts.db.promises_to_keep(now, PROMISES).await?;
    for promise in &promises {
        let shortened = parts.db.bring_down(promise, now).await?;
        if shortened > 0 {
            tracing::info!(camera = %promise.of.camera, version = promise.version, shortened, "footage is brought down to a shorter promise");
        }
    }
    Ok(!promises.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{sample, version};
    use super::*;
    use candour_policy::{TimeEvidence, prove};

    fn at(seconds: i64) -> WallTime {
        WallTime::from_unix_seconds(1_796_040_000 + seconds)
    }

    #[test]
    fn a_version_is_due_on_proved_time_only() {
        let evidence = |wall, high_water| TimeEvidence {
            wall,
            high_water: Some(high_water),
            elapsed: None,
            kernel_synchronised: false,
        };
        let proved = |seconds| prove(&TimeEvidence { kernel_synchronised: true, ..evidence(at(seconds), at(-5)) });
        let waiting = version(&sample(&[]), Some(at(10)));
        assert_eq!(due(None, proved(20), at(20)), Due::Not);
        assert_eq!(due(Some(&waiting), proved(9), at(9)), Due::Not);
        assert!(matches!(due(Some(&waiting), proved(10), at(10)), Due::Now(_)));
        // A year ahead without anybody who vouches for it.
        let jumped = prove(&evidence(at(31_536_000), at(0)));
        let Due::Waits(words) = due(Some(&waiting), jumped, at(31_536_000)) else { panic!("{jumped:?}") };
        assert!(words.contains("Version 3") && words.contains("it waits until"), "{words}");
        // Set back to before its time: nothing is late.
        let back = prove(&evidence(at(-9), at(0)));
        assert_eq!(due(Some(&waiting), back, at(-9)), Due::Not);
        assert_eq!(due(Some(&version(&sample(&[]), None)), proved(99), at(99)), Due::Not, "only a draft");
    }
}
