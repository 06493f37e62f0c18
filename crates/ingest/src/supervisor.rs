//! One task per stream: connect, read until something ends it, leave the camera alone for a while, and again.
//!
//! Each connection is a task of its own, so that a panic in the code that reads one camera ends there and is counted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use candour_recording::GapCause;
use candour_units::{Clock, WallDuration};

use crate::backoff::Backoff;
use crate::failure::{Failure, harmless};
use crate::feed::Feed;
use crate::session::{Item, Playing, Sessions};
use crate::shared::{Shared, Signal};
use crate::source::Order;
use crate::status::StreamState;
use crate::tempo::{HURRY_FOR, Tempo};
use crate::watchdog::PATIENCE;
use crate::{NotCleared, Sink};

/// How long somebody may take to say whether a camera may be received: an answer means asking the camera.
const CLEARANCE_WITHIN: Duration = Duration::from_secs(120);

/// Everything a stream's task needs.
#[derive(Clone)]
pub(crate) struct Stream {
    pub(crate) order: Arc<Order>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tempo: Arc<Tempo>,
}

/// How a connection ended.
enum Ended {
    Stopped(GapCause),
    Failed(Failure),
}

impl Stream {
    /// Runs until the stream is stopped.
    pub(crate) async fn supervise(self) {
        let mut backoff = Backoff::new(self.seed());
        let sessions = Sessions::default();
        // A stream that came too fast is measured before any more of it is handed on.
        let mut on_probation = false;
        let cause = loop {
            self.shared.set_state(StreamState::Connecting, self.clock.wall());
            self.shared.receiving_since.store(0, Ordering::Relaxed);
            let attempt = tokio::spawn(self.clone().attempt(sessions.clone(), on_probation)).await;
            self.shared.not_due();
            let failure = match attempt {
                Ok(Ended::Stopped(cause)) => break cause,
                Ok(Ended::Failed(failure)) => failure,
                Err(_) => {
                    self.shared.panics.fetch_add(1, Ordering::Relaxed);
                    Failure::Panicked
                }
            };
            on_probation = matches!(failure, Failure::TooFast { .. })
                || on_probation && self.shared.receiving_since.load(Ordering::Relaxed) == 0;
            if let Some(cause) = self.wait_after(&failure, &mut backoff).await {
                break cause;
            }
        };
        self.shared.set_state(StreamState::Stopped { cause }, self.clock.wall());
        self.tell_end(cause, "stopped");
        sessions.let_go().await;
    }

    /// Reports the failure and waits; answers the cause if the stream is stopped meanwhile.
    async fn wait_after(&self, failure: &Failure, backoff: &mut Backoff) -> Option<GapCause> {
        let (cause, detail) = (failure.cause(), failure.to_string());
        let since = self.shared.receiving_since.load(Ordering::Relaxed);
        let lasted = if since == 0 { 0 } else { self.clock.mono().nanos().saturating_sub(since).max(1) };
        let wait = backoff.after(cause, Duration::from_nanos(lasted.unsigned_abs()));
        self.shared.failed(&detail);
        let now = self.clock.wall();
        let wait_ms = i64::try_from(wait.as_millis()).expect("minutes at most");
        let until = now + WallDuration::from_millis(wait_ms);
        self.shared.set_state(StreamState::Waiting { until, cause }, now);
        // The status first: who hears of the end and looks, sees it.
        self.tell_end(cause, &detail);
        let (label, stream) = (self.order.label.as_str(), self.order.kind.word());
        tracing::debug!(camera = %self.order.camera, label, stream, %cause, detail, wait_ms, "no pictures from this camera");
        let waited = tokio::time::sleep(wait);
        tokio::pin!(waited);
        loop {
            tokio::select! {
                () = &mut waited => return None,
                () = self.shared.woken() => {
                    // Silence and clock steps mean nothing to who does not listen.
                    if let Some(cause) = self.shared.stop_asked() {
                        return Some(cause);
                    }
                }
            }
        }
    }

    fn tell_end(&self, cause: GapCause, detail: &str) {
        let at = self.clock.wall();
        // The panic that ended the run may have been the sink's own; the supervisor goes on all the same.
        if catch_unwind(AssertUnwindSafe(|| self.sink.run_ended(cause, at, detail))).is_err() {
            self.shared.panics.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One connection, from asking for it to its end.
    async fn attempt(self, sessions: Sessions, on_probation: bool) -> Ended {
        let opened = {
            let opening = self.open(&sessions);
            tokio::pin!(opening);
            loop {
                tokio::select! {
                    opened = &mut opening => break opened,
                    () = self.shared.woken() => {
                        if let Some(cause) = self.shared.stop_asked() {
                            return Ended::Stopped(cause);
                        }
                    }
                }
            }
        };
        match opened {
            Ok(playing) => self.read(playing, on_probation).await,
            Err(failure) => Ended::Failed(failure),
        }
    }

    /// Asks whether the camera may be received, and connects at a quick pace while it answers quickly.
    async fn open(&self, sessions: &Sessions) -> Result<Playing, Failure> {
        sessions.let_go().await;
        self.clearance().await?;
        let opening = sessions.open(&self.order.target, self.order.credentials.as_ref(), self.order.limits);
        tokio::pin!(opening);
        let hurry = self.tempo.hurry();
        match tokio::time::timeout(HURRY_FOR, &mut opening).await {
            Ok(opened) => opened,
            Err(_) => {
                drop(hurry);
                opening.await
            }
        }
    }

    async fn clearance(&self) -> Result<(), Failure> {
        let Some(clearance) = &self.order.clearance else { return Ok(()) };
        match tokio::time::timeout(CLEARANCE_WITHIN, clearance.ask()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(NotCleared { cause, detail })) => Err(Failure::NotCleared { cause, detail: harmless(&detail) }),
            Err(_) => Err(Failure::NoClearance { seconds: CLEARANCE_WITHIN.as_secs() }),
        }
    }

    async fn read(self, mut playing: Playing, on_probation: bool) -> Ended {
        let Self { order, sink, shared, clock, tempo } = self;
        shared.due_from(clock.mono());
        let mut feed = Feed::new(sink, Arc::clone(&shared), clock, tempo.pace.length(), order.limits);
        if on_probation {
            feed.hold_back_until_measured();
        }
        loop {
            let item = tokio::select! {
                biased;
                () = shared.woken() => {
                    match shared.take() {
                        Signal::Stop(cause) => return Ended::Stopped(cause),
                        Signal::Stalled => return Ended::Failed(Failure::Stalled { seconds: PATIENCE.as_secs() }),
                        Signal::ClockStepped => feed.clock_stepped(),
                        Signal::None => {}
                    }
                    continue;
                }
                item = playing.next() => item,
            };
            let taken = item.and_then(|item| match item {
                Item::Frame(frame) => feed.frame(frame),
                Item::SenderReport(ntp) => {
                    feed.sender_report(ntp);
                    Ok(())
                }
            });
            if let Err(failure) = taken {
                return Ended::Failed(failure);
            }
        }
    }

    /// Different for every stream, the same after a restart.
    fn seed(&self) -> u64 {
        let camera =
            self.order.camera.as_bytes().iter().fold(0u64, |seed, byte| seed.rotate_left(8) ^ u64::from(*byte));
        camera ^ self.order.kind as u64
    }
}
