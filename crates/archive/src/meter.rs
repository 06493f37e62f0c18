//! How the storage stands: what was written, how long samples wait until they are durable, what fails.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candour_files::Space;
use candour_units::MonoTime;

const MINUTE_MS: i64 = 60_000;
/// Grain of the minute that is looked back on.
const SLOT_MS: i64 = 1000;
/// How long a failure is shown at least.
const FAILURE_LASTS_MS: u64 = 6000;
/// A writer that has stood in one call for longer than this is told of.
const STALL_SHOWS_MS: u64 = 5000;

/// One writer's figures; written by its thread, read by whoever asks.
#[derive(Default)]
pub(crate) struct Meter(Mutex<Figures>);

#[derive(Default)]
struct Figures {
    slots: VecDeque<Slot>,
    /// When the oldest sample came in that is written or waits and is not durable.
    oldest: Option<MonoTime>,
    space: Option<Space>,
    failing: Option<Failing>,
    /// How often the writer looked at its queue, and when it did last.
    turns: u64,
    turned: Option<MonoTime>,
    /// The path no longer leads to the directory.
    gone: bool,
}

struct Failing {
    began: MonoTime,
    last: MonoTime,
    words: String,
    /// Nothing worked since it began.
    lasts: bool,
}

struct Slot {
    start: MonoTime,
    bytes: u64,
    bound_ms: u64,
}

/// What the figures say at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) written: u64,
    pub(crate) bound_ms: u64,
    pub(crate) space: Option<Space>,
    pub(crate) failing: Option<String>,
    /// For how many milliseconds everything that was tried has failed.
    pub(crate) failing_ms: Option<u64>,
    pub(crate) turns: u64,
    /// For how many milliseconds the writer has not looked at its queue.
    pub(crate) still_ms: u64,
    pub(crate) gone: bool,
}

impl Meter {
    pub(crate) fn wrote(&self, now: MonoTime, bytes: u64) {
        self.lock().slot(now).bytes += bytes;
    }

    /// Samples taken from `oldest` on are durable now.
    pub(crate) fn durable(&self, oldest: MonoTime, now: MonoTime) {
        let age = millis(oldest, now);
        let mut figures = self.lock();
        let slot = figures.slot(now);
        slot.bound_ms = slot.bound_ms.max(age);
    }

    pub(crate) fn waits(&self, oldest: Option<MonoTime>) {
        self.lock().oldest = oldest;
    }

    pub(crate) fn space(&self, space: Space) {
        self.lock().space = Some(space);
    }

    pub(crate) fn fails(&self, now: MonoTime, words: String) {
        let mut figures = self.lock();
        let began = figures.failing.as_ref().filter(|failing| failing.lasts).map_or(now, |failing| failing.began);
        figures.failing = Some(Failing { began, last: now, words, lasts: true });
    }

    /// The writer looks at its queue.
    pub(crate) fn turns(&self, now: MonoTime) {
        let mut figures = self.lock();
        figures.turns += 1;
        figures.turned = Some(now);
    }

    /// The path no longer leads to the directory that was opened.
    pub(crate) fn gone(&self) {
        self.lock().gone = true;
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.lock().failing.is_some()
    }

    /// Something was made durable. A failure is over when nothing failed for longer than recorders wait before they try
    /// again: one stream's success says nothing about another one's.
    pub(crate) fn works(&self, now: MonoTime) {
        let mut figures = self.lock();
        figures.failing.iter_mut().for_each(|failing| failing.lasts = false);
        figures.failing.take_if(|failing| millis(failing.last, now) >= FAILURE_LASTS_MS);
    }

    pub(crate) fn read(&self, now: MonoTime, queued: Option<MonoTime>) -> Reading {
        let figures = self.lock();
        let recent = figures.slots.iter().filter(|slot| millis(slot.start, now) < MINUTE_MS as u64);
        let (written, bound) =
            recent.fold((0, 0), |(bytes, bound), slot| (bytes + slot.bytes, bound.max(slot.bound_ms)));
        let waiting = figures.oldest.into_iter().chain(queued).min().map_or(0, |oldest| millis(oldest, now));
        let still_ms = figures.turned.map_or(0, |turned| millis(turned, now));
        Reading {
            written,
            bound_ms: bound.max(waiting),
            space: figures.space,
            failing: figures.failing.as_ref().map(|failing| failing.words.clone()).or_else(|| stalled(still_ms)),
            failing_ms: figures
                .failing
                .as_ref()
                .filter(|failing| failing.lasts)
                .map(|failing| millis(failing.began, now)),
            turns: figures.turns,
            still_ms,
            gone: figures.gone,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Figures> {
        // Figures only; the next ones are right again.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stalled(still_ms: u64) -> Option<String> {
    (still_ms >= STALL_SHOWS_MS).then(|| format!("the disk has not answered for {} s", still_ms / 1000))
}

impl Figures {
    fn slot(&mut self, now: MonoTime) -> &mut Slot {
        if self.slots.back().is_none_or(|slot| millis(slot.start, now) >= SLOT_MS as u64) {
            self.slots.push_back(Slot { start: now, bytes: 0, bound_ms: 0 });
        }
        while self.slots.front().is_some_and(|slot| millis(slot.start, now) >= MINUTE_MS as u64) {
            self.slots.pop_front();
        }
        self.slots.back_mut().expect("one was put in above, and it is not a minute old")
    }
}

/// Milliseconds from one reading to a later one, rounded down; 0 if it is not later.
pub(crate) fn millis(from: MonoTime, to: MonoTime) -> u64 {
    u64::try_from(to.nanos().saturating_sub(from.nanos()) / 1_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> MonoTime {
        MonoTime::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn looks_back_a_minute() {
        let meter = Meter::default();
        meter.wrote(at(0), 100);
        meter.durable(at(0), at(900));
        meter.wrote(at(30_000), 50);
        meter.durable(at(29_300), at(30_000));
        let read = |now: i64| {
            let reading = meter.read(at(now), None);
            (reading.written, reading.bound_ms)
        };
        assert_eq!(read(30_000), (150, 900));
        assert_eq!(read(59_999), (150, 900));
        assert_eq!(read(60_000), (50, 700));
        assert_eq!(read(90_000), (0, 0));
    }

    #[test]
    fn a_failure_lasts_from_the_first_to_what_works() {
        let meter = Meter::default();
        let failing = |now: i64| meter.read(at(now), None).failing_ms;
        meter.fails(at(1000), "no room".to_owned());
        meter.fails(at(3000), "no room".to_owned());
        assert_eq!(failing(4000), Some(3000));
        meter.works(at(4000));
        assert_eq!((failing(4000), meter.read(at(4000), None).failing.is_some()), (None, true));
        meter.works(at(9000));
        assert!(meter.read(at(9000), None).failing.is_none());
    }

    #[test]
    fn a_writer_that_stands_still_is_told_of() {
        let meter = Meter::default();
        meter.turns(at(1000));
        assert_eq!(meter.read(at(5999), None).failing, None);
        let words = meter.read(at(31_000), None).failing;
        assert_eq!(words.as_deref(), Some("the disk has not answered for 30 s"));
    }

    #[test]
    fn what_still_waits_counts() {
        let meter = Meter::default();
        meter.waits(Some(at(5000)));
        assert_eq!(meter.read(at(8000), None).bound_ms, 3000);
        assert_eq!(meter.read(at(8000), Some(at(1000))).bound_ms, 7000);
        meter.waits(None);
        assert_eq!(meter.read(at(8000), None).bound_ms, 0);
    }
}
