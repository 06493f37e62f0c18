//! How many subscriptions watch each camera, and how many sockets are open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use candour_units::CameraId;
use tokio::sync::Notify;

use crate::app::App;
use crate::port::Site;

/// Sockets at once: pages of a large site.
const SOCKETS: usize = 256;
/// Sockets of one sign-in at once.
const SOCKETS_PER_PERSON: usize = 16;

/// The counts.
#[derive(Default)]
pub(crate) struct Watchers {
    cameras: Mutex<HashMap<CameraId, usize>>,
    sockets: Mutex<HashMap<candour_units::PersonId, usize>>,
    closed: Notify,
}

/// One subscription's share; dropping it takes it back.
pub(crate) struct Watching {
    app: App,
    camera: CameraId,
}

/// One socket's share; dropping it takes it back.
pub(crate) struct OpenSocket {
    app: App,
    person: candour_units::PersonId,
}

impl Watchers {
    /// Counts one more subscription to a camera and tells the program.
    pub(crate) fn watch(app: &App, camera: CameraId) -> Watching {
        app.watchers.change(&app.site, camera, |viewers| viewers + 1);
        Watching { app: app.clone(), camera }
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
