//! Resting outside epoll, so that packets of all cameras pile up and one wake-up reads them all.
//!
//! The lane's runtime calls [`Pace::rest`] when no task can run, before it asks the kernel what is ready. Tasks stay
//! ordinary async code; what they wait for is late by at most the pace. Measured, this is what makes a camera-second
//! cost less than a millisecond: being woken costs more than reading.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// The pace of one lane; anybody may change it at any time.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    micros: AtomicU64,
    /// The rest going on is to end now.
    interrupted: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Pace {
    pub(crate) fn new(pace: Duration) -> Self {
        Self { micros: AtomicU64::new(in_micros(pace)), ..Self::default() }
    }

    /// Names the calling thread as the one that rests. Called once, by the lane.
    pub(crate) fn adopt(&self) {
        let _ = self.thread.set(std::thread::current()); // A second call changes nothing.
    }

    /// A new pace, in force at once: a longer rest going on is cut to it.
    pub(crate) fn set(&self, pace: Duration) {
        self.micros.store(in_micros(pace), Ordering::Relaxed);
        self.unpark();
    }

    /// Ends the rest going on, if any, because there is something to do that is no packet.
    pub(crate) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Release);
        self.unpark();
    }

    fn unpark(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// How long one rest lasts at present.
    pub(crate) fn length(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }

    /// Rests until one pace after the last rest ended; `last` remembers that.
    pub(crate) fn rest(&self, last: &Cell<Instant>) {
        loop {
            if self.interrupted.swap(false, Ordering::Acquire) {
                break;
            }
            // Read again after every unpark: the pace may be another now.
            let due = last.get() + self.length();
            match due.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => std::thread::park_timeout(left),
                _ => break,
            }
        }
        last.set(Instant::now());
    }
}

fn in_micros(pace: Duration) -> u64 {
    u64::try_from(pace.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, mpsc};

    const FOREVER: Duration = Duration::from_secs(3600);

    /// Rests on a thread of its own, after saying that it begins; the answer comes when the rest is over.
    fn rest(pace: &Arc<Pace>) -> mpsc::Receiver<()> {
        let (done, over) = mpsc::channel();
        let (began, begun) = mpsc::channel();
        let pace = Arc::clone(pace);
        std::thread::spawn(move || {
            pace.adopt();
            let last = Cell::new(Instant::now());
            began.send(()).expect("the test listens");
            pace.rest(&last);
            done.send(()).expect("the test listens");
        });
        begun.recv().expect("the thread begins");
        over
    }

    #[test]
    fn without_a_pace_there_is_no_rest() {
        Pace::default().rest(&Cell::new(Instant::now()));
    }

    #[test]
    fn a_rest_lasts_one_pace_from_the_one_before() {
        let pace = Pace::new(Duration::from_millis(20));
        let last = Cell::new(Instant::now());
        let before = last.get();
        pace.rest(&last);
        assert!(before.elapsed() >= Duration::from_millis(20));
        assert!(last.get() >= before + Duration::from_millis(20));
        // One that is already due is none.
        let long_ago = Cell::new(Instant::now() - Duration::from_millis(20));
        Pace::new(Duration::from_millis(20)).rest(&long_ago);
    }

    #[test]
    fn a_new_pace_holds_at_once() {
        let pace = Arc::new(Pace::new(FOREVER));
        let over = rest(&pace);
        pace.set(Duration::ZERO);
        over.recv_timeout(Duration::from_secs(10)).expect("the rest ends");
    }

    #[test]
    fn an_interruption_ends_one_rest() {
        let pace = Arc::new(Pace::new(FOREVER));
        let over = rest(&pace);
        pace.interrupt();
        over.recv_timeout(Duration::from_secs(10)).expect("the rest ends");
        assert_eq!(pace.length(), FOREVER);
    }
}
