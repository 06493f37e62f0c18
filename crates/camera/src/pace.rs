//! At most five requests a second to one device, whoever asks: cameras are small, and a burst looks like an attack to them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// From one request to a device to the next.
const INTERVAL: Duration = Duration::from_millis(200);
/// With more devices than this in the table, those whose turn is over are forgotten.
const MANY: usize = 1024;

/// When each device may be asked next. Times are since any one moment.
#[derive(Debug, Default)]
struct Turns {
    next: HashMap<IpAddr, Duration>,
}

impl Turns {
    /// The turn of a request that is ready at `now`: then, or as soon as the device may be asked again.
    fn take(&mut self, device: IpAddr, now: Duration) -> Duration {
        if self.next.len() >= MANY {
            self.next.retain(|_, next| *next > now);
        }
        let turn = self.next.get(&device).map_or(now, |next| (*next).max(now));
        self.next.insert(device, turn + INTERVAL);
        turn
    }
}

/// One table for the whole program: an onboarding, a nightly look and a preparation of the same camera share its five.
static TURNS: LazyLock<(Instant, Mutex<Turns>)> = LazyLock::new(|| (Instant::now(), Mutex::default()));

/// Waits for the turn of the next request to a device.
pub(crate) async fn turn(device: IpAddr) {
    let (began, turns) = &*TURNS;
    let now = Instant::now().saturating_duration_since(*began);
    let turn = turns.lock().unwrap_or_else(PoisonError::into_inner).take(device.to_canonical(), now);
    sleep_until(*began + turn).await;
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn five_a_second_and_nobody_waits_for_another_device() {
        let (one, two) = (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)));
        let mut turns = Turns::default();
        let taken: Vec<_> = (0..6).map(|_| turns.take(one, Duration::ZERO).as_millis()).collect();
        assert_eq!(taken, [0, 200, 400, 600, 800, 1000]);
        assert_eq!(turns.take(two, Duration::ZERO), Duration::ZERO);
        let late = Duration::from_secs(9);
        assert_eq!(turns.take(one, late), late, "a rest is not saved up");
        assert_eq!(turns.take(one, late), late + INTERVAL);
    }

    #[test]
    fn the_table_stays_small() {
        let mut turns = Turns::default();
        for n in 0..100_000u32 {
            turns.take(IpAddr::V4(Ipv4Addr::from_bits(n)), Duration::from_millis(u64::from(n)));
        }
        assert!(turns.next.len() <= MANY, "{}", turns.next.len());
    }

    proptest! {
        /// Requests that come whenever they like, of several conversations at once: no second has six of one device.
        #[test]
        fn no_second_has_six(waits in proptest::collection::vec((0u64..400, 0u8..3), 1..200)) {
            let mut turns = Turns::default();
            let (mut now, mut taken) = (Duration::ZERO, HashMap::<IpAddr, Vec<Duration>>::new());
            for (wait, device) in waits {
                now += Duration::from_millis(wait);
                let device = IpAddr::V4(Ipv4Addr::new(10, 0, 0, device));
                taken.entry(device).or_default().push(turns.take(device, now));
            }
            for turns in taken.values() {
                prop_assert!(turns.windows(2).all(|pair| pair[0] < pair[1]), "in the order of asking");
                prop_assert!(turns.windows(6).all(|six| six[5] - six[0] >= Duration::from_secs(1)));
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_shell_waits() {
        let device = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 200));
        let start = Instant::now();
        for _ in 0..6 {
            turn(device).await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
