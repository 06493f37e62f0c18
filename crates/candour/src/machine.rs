//! The real clock and the real randomness, built here and handed down to every room.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use candour_units::{Clock, Entropy, MonoTime, WallTime};

/// The machine's clocks.
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Monotonic readings count from now.
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the real clock")]
    fn wall(&self) -> WallTime {
        let nanos = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
        };
        WallTime::from_unix_nanos_floor(nanos)
    }

    fn mono(&self) -> MonoTime {
        MonoTime::from_nanos(i64::try_from(self.started.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }
}

/// The kernel's random number generator.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) {
        getrandom::fill(out).expect("the kernel gives random bytes once it has booted");
    }
}

/// Whether a time service has told the kernel that the clock is right. systemd-timesyncd and chrony's wait unit leave
/// this mark; a machine with neither is unproved unless somebody vouches for it (`site.trust_system_clock`).
#[must_use]
pub fn kernel_synchronised() -> bool {
    Path::new("/run/systemd/timesync/synchronized").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_of_our_century_and_runs_on() {
        let clock = SystemClock::new();
        assert!(clock.wall() > WallTime::from_unix_seconds(1_700_000_000));
        let before = clock.mono();
        assert!(clock.mono() >= before);
    }

    #[test]
    fn randomness_differs() {
        assert_ne!(SystemEntropy.key(), SystemEntropy.key());
    }
}
