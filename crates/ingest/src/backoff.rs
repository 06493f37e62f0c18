//! How long to leave a camera alone after a run or an attempt has ended.

use std::time::Duration;

use candour_recording::GapCause;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// Some devices lock an account after five wrong passwords within minutes, for everybody; two streams ask here.
const REFUSED_FIRST: Duration = Duration::from_secs(60);
const REFUSED_LONGEST: Duration = Duration::from_secs(600);
/// What a policy forbids is asked about again soon enough for somebody who mends it, and seldom enough for the camera.
const FORBIDDEN_FIRST: Duration = Duration::from_secs(30);
const FORBIDDEN_LONGEST: Duration = Duration::from_secs(300);
/// A run this long shows that all is well; the next fault is a new one.
const GOOD: Duration = Duration::from_secs(60);

/// Waiting times of one stream: doubling, apart from each other, short again after a good run.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    next: Duration,
    next_refused: Duration,
    next_forbidden: Duration,
    random: u64,
}

impl Backoff {
    /// Streams with different seeds do not come back in step after a power cut.
    pub(crate) fn new(seed: u64) -> Self {
        Self { next: FIRST, next_refused: REFUSED_FIRST, next_forbidden: FORBIDDEN_FIRST, random: seed }
    }

    /// How long to wait now that a run of `lasted` ended for this reason (zero if there was none).
    pub(crate) fn after(&mut self, cause: GapCause, lasted: Duration) -> Duration {
        if lasted >= GOOD {
            self.next = FIRST;
            self.next_forbidden = FORBIDDEN_FIRST;
        }
        if !lasted.is_zero() {
            // Pictures came, so the password was right.
            self.next_refused = REFUSED_FIRST;
        }
        let (next, longest) = match cause {
            GapCause::CameraRefusedUs => (&mut self.next_refused, REFUSED_LONGEST),
            GapCause::AboveCap | GapCause::MaskNotKept => (&mut self.next_forbidden, FORBIDDEN_LONGEST),
            _ => (&mut self.next, LONGEST),
        };
        let wait = *next;
        *next = (wait * 2).min(longest);
        wait + self.jitter(wait)
    }

    /// Up to a quarter more (SplitMix64: nothing here needs to be secret).
    fn jitter(&mut self, wait: Duration) -> Duration {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let share = (z ^ (z >> 31)) % 256;
        wait / 4 * u32::try_from(share).expect("less than 256") / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Waits in tenths of a second for a row of (cause, seconds the run lasted), jitter taken off.
    fn waits(events: &[(GapCause, u64)]) -> Vec<u128> {
        let mut backoff = Backoff::new(7);
        events
            .iter()
            .map(|(cause, lasted)| {
                let wait = backoff.after(*cause, Duration::from_secs(*lasted)).as_millis();
                let plain =
                    [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 60_000, 120_000, 240_000, 300_000, 480_000, 600_000];
                let base = plain.into_iter().rev().find(|base| *base <= wait).expect("at least the first wait");
                assert!(wait < base * 5 / 4, "{wait} is more than a quarter over {base}");
                base / 100
            })
            .collect()
    }

    #[test]
    fn doubles_up_to_half_a_minute() {
        let lost = [(GapCause::CameraLost, 0); 9];
        assert_eq!(waits(&lost), [5, 10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn only_a_good_run_makes_it_short_again() {
        use GapCause::{CameraGarbage, CameraLost, CameraStalled};
        assert_eq!(waits(&[(CameraLost, 0), (CameraStalled, 59), (CameraGarbage, 1)]), [5, 10, 20]);
        assert_eq!(waits(&[(CameraLost, 0), (CameraLost, 0), (CameraLost, 60), (CameraLost, 0)]), [5, 10, 5, 10]);
    }

    #[test]
    fn what_a_policy_forbids_waits_apart_from_the_rest() {
        use GapCause::{AboveCap, CameraLost, MaskNotKept};
        assert_eq!(waits(&[(AboveCap, 0), (MaskNotKept, 0), (AboveCap, 1), (CameraLost, 0)]), [300, 600, 1200, 5]);
        assert_eq!(waits(&[(AboveCap, 0); 6]), [300, 600, 1200, 2400, 3000, 3000]);
        assert_eq!(waits(&[(AboveCap, 0), (AboveCap, 0), (CameraLost, 60), (AboveCap, 0)]), [300, 600, 5, 300]);
    }

    #[test]
    fn a_refusal_waits_longer_and_apart_from_the_rest() {
        use GapCause::{CameraLost, CameraRefusedUs};
        assert_eq!(waits(&[(CameraRefusedUs, 0); 6]), [600, 1200, 2400, 4800, 6000, 6000]);
        assert_eq!(
            waits(&[
                (CameraRefusedUs, 0),
                (CameraLost, 0),
                (CameraRefusedUs, 0),
                (CameraLost, 3),
                (CameraRefusedUs, 0)
            ]),
            [600, 5, 1200, 10, 600]
        );
    }

    proptest! {
        #[test]
        fn two_streams_drift_apart(a in any::<u64>(), b in any::<u64>()) {
            prop_assume!(a != b);
            let waits = |seed| {
                let mut backoff = Backoff::new(seed);
                (0..16).map(|_| backoff.after(GapCause::CameraLost, Duration::ZERO)).collect::<Vec<_>>()
            };
            prop_assert_ne!(waits(a), waits(b));
        }
    }
}
