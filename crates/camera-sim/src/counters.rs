//! What a camera has seen and sent since the program started; read through `GET /sim/state`.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// The running counts of one camera, shared by its services.
#[derive(Debug, Default)]
pub struct Counters {
    /// RTSP TCP connections accepted, whatever became of them.
    pub rtsp_connections: AtomicU64,
    /// Those of them that ended.
    pub rtsp_closed: AtomicU64,
    /// SETUP requests: somebody wants pictures, not only to know who answers.
    pub rtsp_setups: AtomicU64,
    /// SOAP requests received, refused ones included; `/sim/...` is not counted.
    pub onvif_requests: AtomicU64,
    /// Requests for pages.
    pub page_requests: AtomicU64,
    /// Discovery datagrams received.
    pub datagrams: AtomicU64,
    /// SOAP requests that carried a password in clear (Basic).
    pub passwords_heard: AtomicU64,
    /// Answers that are being kept back.
    pub held: AtomicU64,
    /// SOAP requests that proved a wrong password.
    pub logins_failed: AtomicU64,
    /// Access units of the main stream handed to the RTSP server.
    pub main_sent: AtomicU64,
    /// Access units of the sub-stream handed to the RTSP server.
    pub sub_sent: AtomicU64,
}

/// The body of `GET /sim/state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// RTSP TCP connections accepted. Zero proves that nobody ever spoke RTSP to this camera.
    pub rtsp_connections: u64,
    /// Those of them that are open now.
    pub rtsp_open: u64,
    /// SETUP requests. Zero proves that nobody ever asked for pictures.
    #[serde(default)]
    pub rtsp_setups: u64,
    /// SOAP requests received.
    pub onvif_requests: u64,
    /// Requests for pages.
    #[serde(default)]
    pub page_requests: u64,
    /// Discovery datagrams received.
    #[serde(default)]
    pub datagrams: u64,
    /// Requests that carried a password in clear.
    #[serde(default)]
    pub passwords_heard: u64,
    /// SOAP requests that proved a wrong password.
    #[serde(default)]
    pub logins_failed: u64,
    /// Answers that are kept back now.
    #[serde(default)]
    pub held: u64,
    /// Access units sent, by stream.
    pub access_units_sent: Sent,
    /// Privacy masks that it holds, switched on or off.
    pub masks: usize,
    /// Subscriptions to its events that stand.
    #[serde(default)]
    pub subscriptions: usize,
}

/// Access units sent while at least one client watched, by stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// On the main stream.
    pub main: u64,
    /// On the sub-stream.
    pub sub: u64,
}

impl Counters {
    /// Adds one.
    pub fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts as they are now, beside the masks that the camera holds and the subscriptions to its events.
    #[must_use]
    pub fn read(&self, masks: usize, subscriptions: usize) -> State {
        // In this order: one that ends meanwhile is counted as open, never the other way round.
        let closed = self.rtsp_closed.load(Ordering::Relaxed);
        let rtsp_connections = self.rtsp_connections.load(Ordering::Relaxed);
        State {
            masks,
            subscriptions,
            rtsp_connections,
            rtsp_open: rtsp_connections.saturating_sub(closed),
            rtsp_setups: self.rtsp_setups.load(Ordering::Relaxed),
            onvif_requests: self.onvif_requests.load(Ordering::Relaxed),
            page_requests: self.page_requests.load(Ordering::Relaxed),
            datagrams: self.datagrams.load(Ordering::Relaxed),
            passwords_heard: self.passwords_heard.load(Ordering::Relaxed),
            logins_failed: self.logins_failed.load(Ordering::Relaxed),
            held: self.held.load(Ordering::Relaxed),
            access_units_sent: Sent {
                main: self.main_sent.load(Ordering::Relaxed),
                sub: self.sub_sent.load(Ordering::Relaxed),
            },
        }
    }
}
