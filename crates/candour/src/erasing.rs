//! What old entries of the log say of people goes when its time is over: once a week, on proved time, in `audit`.

use std::sync::Arc;
use std::time::Duration;

use candour_units::{WallDuration, WallTime};
use candour_worker::Proof;
use tokio_util::sync::CancellationToken;

use crate::alarms::Alarms;
use crate::estate::Parts;

/// The first look comes this long after the start, when everything else is done.
const FIRST_AFTER: Duration = Duration::from_secs(900);
const EVERY: Duration = Duration::from_secs(3600);
/// The journal is written anew at most once a week.
const WEEK: WallDuration = WallDuration::from_seconds(7 * 86_400);
const ALARM: &str = "details_wait";

/// Looks every hour whether something is due, until told to stop.
pub async fn run(parts: Arc<Parts>, days: u32, mut proof: Proof, stopping: CancellationToken) {
    let mut pause = FIRST_AFTER;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let trouble = round(&parts, days, &mut proof).await;
        Alarms::of(&parts).follow(ALARM, None, "amber", trouble).await;
        pause = EVERY;
    }
}

/// Erases what is due; in words why it could not.
async fn round(parts: &Parts, days: u32, proof: &mut Proof) -> Option<String> {
    let erasure = parts.log.erasure();
    let recently = erasure.entry.is_some_and(|(_, at)| parts.clock.wall() - at < WEEK);
    if erasure.done >= erasure.owed && recently {
        return None;
    }
    let now = match proof.time().await {
        Ok(Ok(proved)) => proved.wall(),
        // Retention says so already, with an alarm of its own.
        Ok(Err(_)) => return None,
        Err(error) => return Some(words(&candour_units::chain(&error))),
    };
    match parts.log.erase_details(written_before(now, days), days).await {
        Ok(None) => None,
        Ok(Some(entries)) => {
            tracing::info!(entries, days, "details of old log entries are erased");
            None
        }
        Err(error) => Some(words(&candour_units::chain(&error))),
    }
}

/// Since it is done once a week, it is done a week early: nothing stays longer than it may.
fn written_before(now: WallTime, days: u32) -> WallTime {
    now - WallDuration::from_seconds(i64::from(days) * 86_400) + WEEK
}

fn words(cause: &str) -> String {
    format!(
        "What old entries of the log say of people could not be erased: {cause}. It is tried again every hour; look at the disk of the log."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stays_longer_than_it_may() {
        let now = WallTime::from_unix_seconds(1_795_461_180);
        let oldest_left = written_before(now, 396);
        let by_the_next_time = now + WEEK - oldest_left;
        assert_eq!(by_the_next_time, WallDuration::from_seconds(396 * 86_400));
    }
}
