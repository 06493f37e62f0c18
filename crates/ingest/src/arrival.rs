//! Our own clock as the record of when things happened.

use candour_units::{Clock, MonoTime, WallDuration, WallTime};

/// A larger difference between the two clocks than when they were last read together is a step. The kernel slews both
/// alike, so the difference only changes when somebody sets the wall clock.
const STEP: WallDuration = WallDuration::from_millis(100);
/// Two readings further apart than this (the thread was put aside between them) prove nothing.
const APART_NANOS: i64 = 5_000_000;

/// The wall clock of one run: read once, then carried on by the clock that never steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunClock {
    wall: WallTime,
    mono: MonoTime,
}

impl RunClock {
    pub(crate) fn begin(clock: &dyn Clock) -> Self {
        // A thread put aside between two readings would shift the whole run, so it tries a few times.
        let mut readings = (0..4).map(|_| {
            let before = clock.mono();
            let wall = clock.wall();
            (clock.mono().nanos().saturating_sub(before.nanos()), Self { wall, mono: before })
        });
        let first = readings.next().expect("there are four");
        if first.0 <= APART_NANOS {
            first.1
        } else {
            readings.fold(first, |best, next| if next.0 < best.0 { next } else { best }).1
        }
    }

    /// The moment at which the monotonic clock showed `mono`, rounded down to a tick.
    pub(crate) fn at(&self, mono: MonoTime) -> WallTime {
        let passed = i128::from(mono.nanos()) - i128::from(self.mono.nanos());
        // Nine ticks of 90 kHz are 100 000 ns.
        let ticks = i64::try_from((passed * 9).div_euclid(100_000)).unwrap_or(i64::MAX);
        self.wall.saturating_add(WallDuration::from_ticks(ticks))
    }

    /// How far the wall clock has been set since, or `None` if it has not.
    pub(crate) fn step(&self, clock: &dyn Clock) -> Option<WallDuration> {
        let before = clock.mono();
        let wall = clock.wall();
        let after = clock.mono();
        if after.nanos().saturating_sub(before.nanos()) > APART_NANOS {
            return None;
        }
        let step = wall - self.at(before);
        (step.ticks().abs() > STEP.ticks()).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::SimClock;

    #[test]
    fn carries_the_wall_clock_on_exactly() {
        let sim = SimClock::at(WallTime::from_unix_seconds(1_795_461_180));
        sim.advance_s(5);
        let run = RunClock::begin(&sim);
        let at = |nanos: i64| run.at(MonoTime::from_nanos(5_000_000_000 + nanos)) - run.wall;
        assert_eq!(at(0), WallDuration::ZERO);
        assert_eq!(at(40_000_000), WallDuration::from_millis(40));
        assert_eq!(at(11_111).ticks(), 0);
        assert_eq!(at(11_112).ticks(), 1);
        assert_eq!(at(-1).ticks(), -1);
        assert_eq!(at(86_400_000_000_000), WallDuration::from_seconds(86_400));
    }

    /// The wall clock is set by `millis` a minute into the run.
    #[track_caller]
    fn check(millis: i64, expected: Option<i64>) {
        let sim = SimClock::at(WallTime::from_unix_seconds(1000));
        let run = RunClock::begin(&sim);
        sim.advance_s(60);
        sim.step_wall(WallTime::from_unix_seconds(1060) + WallDuration::from_millis(millis));
        assert_eq!(run.step(&sim), expected.map(WallDuration::from_millis));
    }

    #[test]
    fn a_step_is_told_from_none() {
        check(0, None);
        check(100, None);
        check(-100, None);
        check(101, Some(101));
        check(-3_600_000, Some(-3_600_000));
    }
}
