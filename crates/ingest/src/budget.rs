//! What one camera may take of the machine before its run is ended as garbage.

use candour_units::MonoTime;

use crate::failure::Failure;

/// The largest access unit taken: an uncompressed-looking key frame of a 33-megapixel camera still fits.
pub(crate) const LARGEST_SAMPLE: usize = 8 << 20;
/// 64 Mbit/s: eight times what a 4K camera should be set to.
const BYTES_PER_SECOND: i64 = 8_000_000;
/// The shutter speed of no surveillance camera.
const SAMPLES_PER_SECOND: i64 = 240;
/// Both rates must hold over this span; a key frame or a burst after a pause may exceed them for a moment.
const OVER_SECONDS: i64 = 2;
/// Each new set of parameters or broken timeline cuts a segment, a file.
const CUTS: i64 = 5;
const CUTS_OVER_SECONDS: i64 = 10;

/// A bucket that runs out at a steady rate and must not overflow.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    /// Units times one second in nanoseconds, so that no fraction is lost.
    level: i128,
    units_per_second: i64,
    capacity: i64,
    emptied: MonoTime,
}

const NANOS: i128 = 1_000_000_000;

impl Bucket {
    pub(crate) fn new(now: MonoTime, units_per_second: i64, capacity: i64) -> Self {
        Self { level: 0, units_per_second, capacity, emptied: now }
    }

    /// Pours `units` in; false when it overflows.
    pub(crate) fn pour(&mut self, now: MonoTime, units: i64) -> bool {
        let passed = i128::from(now.nanos().saturating_sub(self.emptied.nanos()).max(0));
        self.emptied = self.emptied.max(now);
        self.level = (self.level - passed * i128::from(self.units_per_second)).max(0) + i128::from(units) * NANOS;
        self.level <= i128::from(self.capacity) * NANOS
    }
}

/// The budgets of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    bytes: Bucket,
    samples: Bucket,
    cuts: Bucket,
}

impl Budget {
    pub(crate) fn new(now: MonoTime) -> Self {
        Self {
            bytes: Bucket::new(now, BYTES_PER_SECOND, BYTES_PER_SECOND * OVER_SECONDS),
            samples: Bucket::new(now, SAMPLES_PER_SECOND, SAMPLES_PER_SECOND * OVER_SECONDS),
            // At rest the bucket holds CUTS; it runs out over the span.
            cuts: Bucket::new(now, 1, CUTS_OVER_SECONDS),
        }
    }

    /// Takes one access unit of `len` bytes into account.
    ///
    /// # Errors
    /// It is too large, or comes on top of too many.
    pub(crate) fn sample(&mut self, now: MonoTime, len: usize) -> Result<(), Failure> {
        if len > LARGEST_SAMPLE {
            return Err(Failure::SampleTooLarge { bytes: len, limit: LARGEST_SAMPLE });
        }
        if !self.bytes.pour(now, i64::try_from(len).expect("at most 8 MiB")) {
            return Err(Failure::TooManyBytes { limit_mbit: BYTES_PER_SECOND * 8 / 1_000_000 });
        }
        if !self.samples.pour(now, 1) {
            return Err(Failure::TooManySamples { limit: SAMPLES_PER_SECOND });
        }
        Ok(())
    }

    /// Takes into account that the stream goes on under other terms.
    ///
    /// # Errors
    /// It does so all the time.
    pub(crate) fn cut(&mut self, now: MonoTime) -> Result<(), Failure> {
        if self.cuts.pour(now, CUTS_OVER_SECONDS / CUTS) {
            Ok(())
        } else {
            Err(Failure::TooManyCuts { limit: CUTS, seconds: CUTS_OVER_SECONDS })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds samples of `len` bytes `per_second` times a second for `seconds`; says after how many milliseconds it ended.
    #[track_caller]
    fn check(len: usize, per_second: i64, seconds: i64, expected: Option<i64>) {
        let mut budget = Budget::new(MonoTime::from_nanos(0));
        let ended = (0..per_second * seconds).find_map(|i| {
            let at = MonoTime::from_nanos(i * 1_000_000_000 / per_second);
            budget.sample(at, len).is_err().then_some(at.nanos() / 1_000_000)
        });
        assert_eq!(ended, expected, "{len} bytes {per_second} times a second");
    }

    #[test]
    fn ordinary_cameras_never_meet_it() {
        check(20_000, 25, 600, None); // 4 Mbit/s
        check(250_000, 25, 60, None); // 50 Mbit/s
        check(4_000_000, 1, 60, None); // large key frames only
        check(5_000, 120, 60, None);
    }

    #[test]
    fn a_flood_ends_within_seconds() {
        check(LARGEST_SAMPLE + 1, 1, 10, Some(0));
        check(LARGEST_SAMPLE, 25, 10, Some(40));
        check(500_000, 25, 60, Some(3480)); // 100 Mbit/s
        check(5_000_000, 25, 10, Some(120)); // 1 Gbit/s
        check(1, 10_000, 60, Some(49));
    }

    #[test]
    fn a_burst_after_a_pause_is_no_flood() {
        let mut budget = Budget::new(MonoTime::from_nanos(0));
        let after_stall = MonoTime::from_nanos(4_000_000_000);
        for _ in 0..100 {
            budget.sample(after_stall, 20_000).expect("four seconds of an ordinary camera at once");
        }
    }

    #[test]
    fn cuts_are_rare() {
        let mut budget = Budget::new(MonoTime::from_nanos(0));
        let at = |seconds: i64| MonoTime::from_nanos(seconds * 1_000_000_000);
        for _ in 0..5 {
            budget.cut(at(0)).expect("five at once");
        }
        assert!(budget.cut(at(0)).is_err());
        let mut budget = Budget::new(at(0));
        for i in 0..100 {
            budget.cut(at(2 * i)).expect("one every two seconds");
        }
    }

    #[test]
    fn a_clock_that_goes_back_does_not_empty_the_bucket() {
        let mut bucket = Bucket::new(MonoTime::from_nanos(1_000_000_000), 1, 2);
        assert!(bucket.pour(MonoTime::from_nanos(1_000_000_000), 2));
        assert!(!bucket.pour(MonoTime::from_nanos(0), 1));
    }
}
