//! How many subscriptions watch each camera, how many sockets are open, and what each sign-in watches: its own watch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use candour_units::{CameraId, SessionId, WallDuration, WallTime};
use tokio::sync::Notify;

use crate::app::App;
use crate::port::Site;

/// Sockets at once: pages of a large site.
const SOCKETS: usize = 256;
/// Sockets of one sign-in at once.
const SOCKETS_PER_PERSON: usize = 16;

/// Whoever looks away for longer than this begins another watch. A page that goes from the wall to a replay and back does not.
const WATCH_GOES_ON: WallDuration = candour_policy::INSTANT_REPLAY;

/// The watch of one sign-in over one camera.
#[derive(Debug, Clone, Copy)]
struct Watch {
    /// Subscriptions now.
    open: usize,
    /// Since when.
    since: WallTime,
    /// When the last one closed.
    last: WallTime,
}

impl Watch {
    fn goes_on(&self, now: WallTime) -> bool {
        self.open > 0 || now - self.last <= WATCH_GOES_ON
    }
}

/// The counts.
#[derive(Default)]
pub(crate) struct Watchers {
    cameras: Mutex<HashMap<CameraId, usize>>,
    sockets: Mutex<HashMap<candour_units::PersonId, usize>>,
    watches: Mutex<HashMap<(SessionId, CameraId), Watch>>,
    closed: Notify,
}

/// One subscription's share; dropping it takes it back.
pub(crate) struct Watching {
    app: App,
    session: SessionId,
    camera: CameraId,
}

/// One socket's share; dropping it takes it back.
pub(crate) struct OpenSocket {
    app: App,
    person: candour_units::PersonId,
}

impl Watchers {
    /// Counts one more subscription to a camera and tells the program.
    pub(crate) fn watch(app: &App, session: SessionId, camera: CameraId) -> Watching {
        app.watchers.change(&app.site, camera, |viewers| viewers + 1);
        app.watchers.begin_watch(session, camera, app.clock.wall());
        Watching { app: app.clone(), session, camera }
    }

    /// The cameras that a sign-in watches, or watched a moment ago, each with since when.
    pub(crate) fn of_session(&self, session: SessionId, now: WallTime) -> Vec<(CameraId, WallTime)> {
        let watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        let own = watches.iter().filter(|((of, _), watch)| *of == session && watch.goes_on(now));
        own.map(|((_, camera), watch)| (*camera, watch.since)).collect()
    }

    fn begin_watch(&self, session: SessionId, camera: CameraId, now: WallTime) {
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        watches.retain(|_, watch| watch.goes_on(now));
        watches.entry((session, camera)).or_insert(Watch { open: 0, since: now, last: now }).open += 1;
    }

    fn end_watch(&self, session: SessionId, camera: CameraId, now: WallTime) {
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watch) = watches.get_mut(&(session, camera)) {
            watch.open = watch.open.saturating_sub(1);
            watch.last = now;
        }
    }

    /// Counts one more socket, if there is room.
    pub(crate) fn open_socket(app: &App, person: candour_units::PersonId) -> Option<OpenSocket> {
        let mut sockets = app.watchers.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = sockets.values().sum();
        let own = sockets.entry(person).or_default();
        if all >= SOCKETS || *own >= SOCKETS_PER_PERSON {
            return None;
        }
        *own += 1;
        Some(OpenSocket { app: app.clone(), person })
    }

    /// Waits until every socket is closed, at most `patience`.
    pub(crate) async fn all_closed(&self, patience: Duration) {
        let wait = async {
            loop {
                let closed = self.closed.notified();
                if self.sockets.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                    return;
                }
                closed.await;
            }
        };
        if tokio::time::timeout(patience, wait).await.is_err() {
            tracing::warn!("some live sockets did not close in time");
        }
    }

    /// The program is told under the lock, so that it hears of changes in their order.
    fn change(&self, site: &Arc<dyn Site>, camera: CameraId, change: impl FnOnce(usize) -> usize) {
        let mut cameras = self.cameras.lock().unwrap_or_else(PoisonError::into_inner);
        let viewers = change(cameras.get(&camera).copied().unwrap_or(0));
        if viewers == 0 {
            cameras.remove(&camera);
        } else {
            cameras.insert(camera, viewers);
        }
        site.watched(camera, viewers);
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.app.watchers.change(&self.app.site, self.camera, |viewers| viewers.saturating_sub(1));
        self.app.watchers.end_watch(self.session, self.camera, self.app.clock.wall());
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        let mut sockets = self.app.watchers.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = sockets.get_mut(&self.person) {
            *own -= 1;
            if *own == 0 {
                sockets.remove(&self.person);
            }
        }
        drop(sockets);
        self.app.watchers.closed.notify_waiters();
    }
}
