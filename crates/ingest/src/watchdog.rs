//! One watchdog per lane: a timer per sample would cost more than the samples.

use std::sync::{Arc, Weak};
use std::time::Duration;

use candour_units::Clock;

use crate::arrival::RunClock;
use crate::shared::Shared;

/// How often it looks.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a camera may send no picture while it should.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Looks after the streams of one lane: silent cameras, and a wall clock that was set.
pub(crate) struct Watchdog {
    streams: Vec<Weak<Shared>>,
    clock: Arc<dyn Clock>,
    wall: RunClock,
}

impl Watchdog {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let wall = RunClock::begin(&*clock);
        Self { streams: Vec::new(), clock, wall }
    }

    /// Looks after one more stream, for as long as somebody else holds it.
    pub(crate) fn add(&mut self, stream: &Arc<Shared>) {
        self.streams.push(Arc::downgrade(stream));
    }

    pub(crate) fn look(&mut self) {
        let now = self.clock.mono();
        let patience = i64::try_from(PATIENCE.as_nanos()).expect("a few seconds");
        let stepped = self.wall.step(&*self.clock);
        if let Some(step) = stepped {
            tracing::warn!(step_ms = step.ticks() / 90, "the wall clock was set; recordings are cut here");
            self.wall = RunClock::begin(&*self.clock);
        }
        self.streams.retain(|stream| {
            let Some(stream) = stream.upgrade() else { return false };
            if stream.overdue(now, patience) {
                stream.stalled();
            }
            if stepped.is_some() {
                stream.clock_stepped();
            }
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Signal;
    use candour_units::{SimClock, WallTime};

    #[test]
    fn barks_at_silence_and_at_a_step_and_at_nothing_else() {
        let sim = Arc::new(SimClock::at(WallTime::from_unix_seconds(1000)));
        let mut dog = Watchdog::new(sim.clone());
        let (due, idle) = (Arc::new(Shared::new(sim.wall())), Arc::new(Shared::new(sim.wall())));
        dog.add(&due);
        dog.add(&idle);
        due.heard(sim.mono());
        sim.advance_s(5);
        dog.look();
        assert_eq!((due.take(), idle.take()), (Signal::None, Signal::None));
        sim.advance_s(1);
        dog.look();
        assert_eq!((due.take(), idle.take()), (Signal::Stalled, Signal::None));
        due.heard(sim.mono());
        sim.step_wall(WallTime::from_unix_seconds(2000));
        dog.look();
        assert_eq!((due.take(), idle.take()), (Signal::ClockStepped, Signal::ClockStepped));
        dog.look();
        assert_eq!((due.take(), idle.take()), (Signal::None, Signal::None));
    }

    #[test]
    fn forgets_who_is_gone() {
        let sim = Arc::new(SimClock::at(WallTime::EPOCH));
        let mut dog = Watchdog::new(sim.clone());
        dog.add(&Arc::new(Shared::new(sim.wall())));
        dog.look();
        assert!(dog.streams.is_empty());
    }
}
