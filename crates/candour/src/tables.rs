//! Address tables grow old by themselves: the cameras follow them, at the moment and every ten minutes beside.

use std::time::Duration;

use candour_units::WallTime;
use tokio_util::sync::CancellationToken;

use crate::estate::Estate;

/// What an act could not bring in line, and a camera that was added since, is looked after within this time.
const PERIOD: Duration = Duration::from_secs(600);
/// After a round that failed.
const AGAIN: Duration = Duration::from_secs(60);

/// Follows the tables until `stopping`.
pub async fn run(estate: Estate, stopping: CancellationToken) {
    let mut pause = Duration::ZERO;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = estate.tables_changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
        pause = match estate.follow_tables().await {
            Ok(next) => pause_until(next, estate.parts().clock.wall()),
            Err(error) => {
                tracing::warn!(%error, "the address tables could not be followed; tried again soon");
                AGAIN
            }
        };
    }
}

/// Until just after the next table is too old, and never longer than a period.
fn pause_until(next: Option<WallTime>, now: WallTime) -> Duration {
    let Some(left) = next.map(|next| (next - now).ticks()) else { return PERIOD };
    let seconds = u64::try_from(left / 90_000).unwrap_or(0) + 1;
    Duration::from_secs(seconds).min(PERIOD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_just_after_the_next_table_is_too_old() {
        let now = WallTime::from_unix_seconds(1_795_700_000);
        let check = |left: Option<i64>, seconds: u64| {
            let next = left.map(|left| now + candour_units::WallDuration::from_ticks(left));
            assert_eq!(pause_until(next, now), Duration::from_secs(seconds), "{left:?}");
        };
        check(None, 600);
        check(Some(90_000 * 86_400), 600);
        check(Some(90_000 * 5), 6);
        check(Some(1), 1);
        check(Some(-1), 1);
    }
}
