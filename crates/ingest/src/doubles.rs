//! Doubles for tests: a sink that keeps what it hears, and the real clock.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};

use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{Clock, MonoTime, WallTime};

use crate::Sink;

/// The machine's own clocks.
struct RealClock(Instant);

pub(crate) fn real_clock() -> Arc<dyn Clock> {
    Arc::new(RealClock(Instant::now()))
}

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "these tests talk to programs that live in real time")]
    fn wall(&self) -> WallTime {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        WallTime::from_unix_nanos_floor(i128::try_from(since.as_nanos()).expect("before the year 10^21"))
    }
    fn mono(&self) -> MonoTime {
        MonoTime::from_nanos(i64::try_from(self.0.elapsed().as_nanos()).expect("less than centuries"))
    }
}

/// What a sink heard.
#[derive(Debug, Clone)]
pub(crate) enum Heard {
    Started(SampleEntry, ClockEvidence, WallTime),
    Sample(Arc<Sample>),
    Entry(SampleEntry),
    Evidence(ClockEvidence),
    Ended(GapCause, String),
}

/// Keeps everything, and lets a test wait for it.
#[derive(Default)]
pub(crate) struct Notebook {
    heard: Mutex<Vec<Heard>>,
    more: Condvar,
    /// Panics when it hears its nth sample.
    pub(crate) panic_at: Mutex<Option<usize>>,
}

impl Notebook {
    fn note(&self, heard: Heard) {
        self.heard.lock().expect("no panic while noting").push(heard);
        self.more.notify_all();
    }

    pub(crate) fn all(&self) -> Vec<Heard> {
        self.heard.lock().expect("no panic while noting").clone()
    }

    /// One word per call, repeated samples as one: `started samples ended:camera_lost`.
    pub(crate) fn story(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        for heard in self.all() {
            let word = match heard {
                Heard::Started(..) => "started".to_owned(),
                Heard::Sample(_) => "samples".to_owned(),
                Heard::Entry(_) => "entry".to_owned(),
                Heard::Evidence(_) => continue,
                Heard::Ended(cause, ..) => format!("ended:{cause}"),
            };
            if words.last() != Some(&word) {
                words.push(word);
            }
        }
        words.join(" ")
    }

    pub(crate) fn samples(&self) -> Vec<Arc<Sample>> {
        self.all().into_iter().filter_map(|heard| if let Heard::Sample(s) = heard { Some(s) } else { None }).collect()
    }

    /// Cause and detail of every end.
    pub(crate) fn ends(&self) -> Vec<(GapCause, String)> {
        let ended = |heard| if let Heard::Ended(cause, detail) = heard { Some((cause, detail)) } else { None };
        self.all().into_iter().filter_map(ended).collect()
    }

    /// Waits until `enough` says so of what was heard.
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, limit: Duration, enough: impl Fn(&[Heard]) -> bool) {
        let until = Instant::now() + limit;
        let mut heard = self.heard.lock().expect("no panic while noting");
        while !enough(&heard) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(heard);
                panic!("{what} did not come within {limit:?}; heard: {}; ends: {:?}", self.story(), self.ends());
            }
            heard = self.more.wait_timeout(heard, left).expect("no panic while noting").0;
        }
    }

    #[track_caller]
    pub(crate) fn wait_for_end(&self, cause: GapCause, limit: Duration) {
        self.wait_for(cause.word(), limit, |heard| {
            heard.iter().any(|h| matches!(h, Heard::Ended(c, ..) if *c == cause))
        });
    }

    #[track_caller]
    pub(crate) fn wait_for_samples(&self, count: usize, limit: Duration) {
        self.wait_for("enough samples", limit, |heard| {
            heard.iter().filter(|h| matches!(h, Heard::Sample(_))).count() >= count
        });
    }
}

impl Sink for Notebook {
    fn run_started(&self, entry: SampleEntry, evidence: ClockEvidence, at: WallTime) {
        self.note(Heard::Started(entry, evidence, at));
    }
    fn sample(&self, sample: Arc<Sample>) {
        self.note(Heard::Sample(sample));
        let mut panic_at = self.panic_at.lock().expect("only this");
        if panic_at.is_some_and(|n| self.samples().len() >= n) {
            *panic_at = None;
            drop(panic_at);
            panic!("asked to by a test");
        }
    }
    fn entry_changed(&self, entry: SampleEntry) {
        self.note(Heard::Entry(entry));
    }
    fn clock_evidence(&self, evidence: ClockEvidence) {
        self.note(Heard::Evidence(evidence));
    }
    fn run_ended(&self, cause: GapCause, _at: WallTime, detail: &str) {
        self.note(Heard::Ended(cause, detail.to_owned()));
    }
}
