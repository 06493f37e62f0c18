//! What a stream's task, its lane's watchdog and its handle share. Counters are loose, locks are for rare changes.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use candour_recording::GapCause;
use candour_units::{MonoTime, WallDuration, WallTime};
use tokio::sync::Notify;

use crate::Cadence;
use crate::status::{StreamState, StreamStatus};

/// No picture is due.
const NOT_DUE: i64 = i64::MAX;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Shared {
    shown: Mutex<Shown>,
    pub(crate) samples: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) lost_packets: AtomicU64,
    failures: AtomicU64,
    pub(crate) panics: AtomicU64,
    /// Monotonic time of the last picture, while pictures are due.
    heard: AtomicI64,
    /// Monotonic time at which the current connection's first sample came; 0 before.
    pub(crate) receiving_since: AtomicI64,
    /// Camera's clock minus ours in ticks, as last said; outlives connections. `i64::MIN` before the first.
    camera_ahead: AtomicI64,
    stalled: AtomicBool,
    stepped: AtomicBool,
    stop: Mutex<Option<GapCause>>,
    wake: Notify,
}

#[derive(Debug)]
struct Shown {
    state: StreamState,
    since: WallTime,
    outage: Option<(WallTime, GapCause)>,
    last_error: Option<String>,
    cadence: Option<Cadence>,
}

/// What a task was woken for, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Stop(GapCause),
    Stalled,
    ClockStepped,
    /// It has been seen to already.
    None,
}

impl Shared {
    pub(crate) fn new(now: WallTime) -> Self {
        Self {
            shown: Mutex::new(Shown {
                state: StreamState::Connecting,
                since: now,
                outage: None,
                last_error: None,
                cadence: None,
            }),
            samples: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            lost_packets: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            heard: AtomicI64::new(NOT_DUE),
            receiving_since: AtomicI64::new(0),
            camera_ahead: AtomicI64::new(i64::MIN),
            stalled: AtomicBool::new(false),
            stepped: AtomicBool::new(false),
            stop: Mutex::new(None),
            wake: Notify::new(),
        }
    }

    pub(crate) fn set_state(&self, state: StreamState, now: WallTime) {
        let mut shown = lock(&self.shown);
        shown.state = state;
        shown.since = now;
        // The newest cause counts, the first moment stays: what people ask is since when there is no picture.
        shown.outage = match state {
            StreamState::Receiving => None,
            StreamState::Connecting => shown.outage,
            StreamState::Waiting { cause, .. } | StreamState::Stopped { cause } => {
                Some((shown.outage.map_or(now, |(since, _)| since), cause))
            }
        };
    }

    /// What the stream sends now.
    pub(crate) fn measured(&self, cadence: Cadence) {
        lock(&self.shown).cadence = Some(cadence);
    }

    pub(crate) fn failed(&self, detail: &str) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        lock(&self.shown).last_error = Some(detail.to_owned());
    }

    pub(crate) fn status(&self) -> StreamStatus {
        let shown = lock(&self.shown);
        StreamStatus {
            state: shown.state,
            since: shown.since,
            outage: shown.outage,
            samples: self.samples.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            lost_packets: self.lost_packets.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            panics: self.panics.load(Ordering::Relaxed),
            last_error: shown.last_error.clone(),
            cadence: shown.cadence,
        }
    }

    /// Pictures are due from now on; what was signalled before is over.
    pub(crate) fn due_from(&self, now: MonoTime) {
        self.stalled.store(false, Ordering::Relaxed);
        self.stepped.store(false, Ordering::Relaxed);
        self.heard(now);
    }

    /// A picture came.
    pub(crate) fn heard(&self, now: MonoTime) {
        self.heard.store(now.nanos(), Ordering::Relaxed);
    }

    /// No picture is due: connecting, waiting, stopped.
    pub(crate) fn not_due(&self) {
        self.heard.store(NOT_DUE, Ordering::Relaxed);
    }

    /// For the watchdog: nothing heard for longer than `patience_nanos`.
    pub(crate) fn overdue(&self, now: MonoTime, patience_nanos: i64) -> bool {
        now.nanos().saturating_sub(self.heard.load(Ordering::Relaxed)) > patience_nanos
    }

    pub(crate) fn camera_ahead(&self) -> Option<WallDuration> {
        let ticks = self.camera_ahead.load(Ordering::Relaxed);
        (ticks != i64::MIN).then_some(WallDuration::from_ticks(ticks))
    }

    pub(crate) fn set_camera_ahead(&self, ahead: WallDuration) {
        self.camera_ahead.store(ahead.ticks(), Ordering::Relaxed);
    }

    /// Asks the task to end; the first cause given holds.
    pub(crate) fn stop(&self, cause: GapCause) {
        lock(&self.stop).get_or_insert(cause);
        self.wake.notify_one();
    }

    /// Tells the task that its camera is silent.
    pub(crate) fn stalled(&self) {
        self.stalled.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Tells the task that the wall clock was set.
    pub(crate) fn clock_stepped(&self) {
        self.stepped.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    pub(crate) fn stop_asked(&self) -> Option<GapCause> {
        *lock(&self.stop)
    }

    /// Waits until something was signalled; the signal is then [`Self::take`]n.
    pub(crate) fn woken(&self) -> impl Future<Output = ()> + Send + '_ {
        self.wake.notified()
    }

    pub(crate) fn take(&self) -> Signal {
        if let Some(cause) = self.stop_asked() {
            return Signal::Stop(cause);
        }
        // One wake-up may stand for both, so the one that does not end the run is left for the next turn.
        if self.stalled.swap(false, Ordering::Relaxed) {
            return Signal::Stalled;
        }
        if self.stepped.swap(false, Ordering::Relaxed) {
            return Signal::ClockStepped;
        }
        Signal::None
    }
}

/// The values behind these locks are whole at every moment, so a panic elsewhere does not spoil them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_come_in_order_of_weight() {
        let shared = Shared::new(WallTime::EPOCH);
        assert_eq!(shared.take(), Signal::None);
        shared.clock_stepped();
        shared.stalled();
        assert_eq!(shared.take(), Signal::Stalled);
        assert_eq!(shared.take(), Signal::ClockStepped);
        assert_eq!(shared.take(), Signal::None);
        shared.stalled();
        shared.stop(GapCause::NotAccepted);
        shared.stop(GapCause::RecorderStopped);
        assert_eq!(shared.take(), Signal::Stop(GapCause::NotAccepted));
        assert_eq!(shared.take(), Signal::Stop(GapCause::NotAccepted));
    }

    #[test]
    fn only_what_is_due_can_be_overdue() {
        let shared = Shared::new(WallTime::EPOCH);
        let at = MonoTime::from_nanos;
        assert!(!shared.overdue(at(i64::MAX - 1), 0));
        shared.heard(at(100));
        assert!(!shared.overdue(at(105), 5));
        assert!(shared.overdue(at(106), 5));
        shared.not_due();
        assert!(!shared.overdue(at(106), 5));
    }
}
