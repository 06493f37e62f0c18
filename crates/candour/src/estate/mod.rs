//! The site's cameras as they stand: who was judged how, what streams, and the acts people do to them.
//!
//! One lock serialises acts on cameras, so that adding, judging and stopping never overlap. States are answered from
//! memory.

mod acts;
mod decoders;
pub mod exceptions;
mod known;
mod lens;
mod lists;
mod look;
mod obeying;
pub mod papers;
pub mod passwords;
mod recognise;
mod search;
mod setting_up;
mod states;
mod streams;
mod tables;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candour_archive::Archive;
use candour_audit::Log;
use candour_db::Db;
use candour_http::port::{CameraNow, SweepState};
use candour_ingest::{Lanes, StreamHandle};
use candour_keyring::Keyring;
use candour_units::{CameraId, Clock, Entropy, MonoTime, StreamId, StreamKind, WallTime};
use candour_worker::{Eye, Lookout, RoomReport};

use crate::gate::Gate;
use crate::lists::ListStore;
use crate::papers::PaperStore;
use crate::policy::{Holder, Ruling};
use crate::witnesses::Witnesses;

/// What the estate is made of.
pub struct Parts {
    /// Rows.
    pub db: Db,
    /// Footage.
    pub archive: Archive,
    /// Credentials are sealed with it.
    pub keyring: Keyring,
    /// The log.
    pub log: Log,
    /// Who cosigns the log.
    pub witnesses: Arc<Witnesses>,
    /// Where streams are received.
    pub lanes: Lanes,
    /// Who looks for motion.
    pub lookout: Lookout,
    /// Who makes pictures for people.
    pub stills: Arc<candour_decode::Stills>,
    /// What ended decoders while pictures were converted for browsers.
    pub conversion_deaths: candour_http::ConversionDeaths,
    /// Lists and site class.
    pub gate: Gate,
    /// Where imported lists are kept.
    pub lists: ListStore,
    /// Where suppliers' declarations are kept.
    pub papers: PaperStore,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Whether a time service vouched for our clock.
    pub kernel_synchronised: bool,
}

/// The cameras of this recorder. Clones share them.
#[derive(Clone)]
pub struct Estate {
    parts: Arc<Parts>,
    /// Held during an act on any camera.
    acting: Arc<tokio::sync::Mutex<()>>,
    cameras: Arc<Mutex<HashMap<CameraId, Standing>>>,
    sweep: Arc<Mutex<SweepState>>,
    room: Arc<Mutex<RoomReport>>,
    set_up: Arc<tokio::sync::Notify>,
    /// A bundle of lists that waits for two people.
    offered: Arc<Mutex<Option<lists::Offered>>>,
    /// The search for cameras that goes on, or the last one.
    searching: Arc<Mutex<Option<search::Search>>>,
    /// Held while lists are offered or put in force.
    listing: Arc<tokio::sync::Mutex<()>>,
    /// Held while address tables are filed, signed, taken back or followed.
    tabling: Arc<tokio::sync::Mutex<()>>,
    /// Another table is in force, or one less.
    tabled: Arc<tokio::sync::Notify>,
    /// Who logs in to which camera, and whose password is being set or found out.
    turns: Arc<passwords::Turns>,
    policy: Holder,
    /// Cameras that are received although nothing is recorded of them, because somebody sets them up; and until when.
    being_set_up: Arc<Mutex<HashMap<CameraId, MonoTime>>>,
    /// When a camera's streams were last exchanged for others that lie under its caps.
    exchanged: Arc<Mutex<HashMap<CameraId, MonoTime>>>,
}

/// How one camera stands, in memory.
struct Standing {
    name: String,
    since: WallTime,
    body: Body,
    /// What the policy says of it, for an accepted one, and when it was asked.
    ruling: Option<(Ruling, WallTime)>,
}

enum Body {
    /// The gate does not let it in; the outcome's word.
    NotAccepted(String),
    /// Accepted, and the policy says not to record: no purpose, outside its hours, a review overdue. The ruling says which.
    Silent,
    /// Received, or being tried to.
    Streams(Vec<Streaming>),
    /// As silent, but received for somebody who sets it up; nothing of it is recorded.
    SetUp(Vec<Streaming>),
    /// It should stream and cannot; why.
    Broken(String),
}

struct Streaming {
    id: StreamId,
    kind: StreamKind,
    handle: StreamHandle,
    /// Looks for motion, in the smallest stream of the camera.
    eye: Option<Arc<Eye>>,
}

impl Estate {
    /// An estate without cameras in motion; [`Self::start_all`] sets them going.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            acting: Arc::default(),
            cameras: Arc::default(),
            sweep: Arc::default(),
            room: Arc::default(),
            set_up: Arc::default(),
            offered: Arc::default(),
            searching: Arc::default(),
            listing: Arc::default(),
            tabling: Arc::default(),
            tabled: Arc::default(),
            turns: Arc::default(),
            policy: Holder::default(),
            being_set_up: Arc::default(),
            exchanged: Arc::default(),
        }
    }

    /// How the policy stands.
    #[must_use]
    pub const fn policy(&self) -> &Holder {
        &self.policy
    }

    /// While this is held, no camera is added, changed, judged or removed, and no version comes into force.
    pub async fn lock_acts(&self) -> tokio::sync::OwnedMutexGuard<()> {
        self.acting.clone().lock_owned().await
    }

    /// What the estate is made of.
    #[must_use]
    pub fn parts(&self) -> Arc<Parts> {
        self.parts.clone()
    }

    /// Name, outcome and state of every camera, by name; a database that cannot be read gives none.
    pub async fn overview(&self) -> Vec<(String, String, CameraNow)> {
        let mut now = self.now();
        let rows = self.parts.db.cameras().await.unwrap_or_default();
        rows.into_iter().filter_map(|row| Some((row.name, row.outcome, now.remove(&row.id)?))).collect()
    }

    /// Notes how the last sweep went, for the retention page.
    pub fn note_sweep(&self, state: SweepState) {
        *self.sweep.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Notes how room stands, for the System page and the monitor.
    pub fn note_room(&self, report: RoomReport) {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = report;
    }

    /// How room stood at the last round.
    #[must_use]
    pub fn room(&self) -> RoomReport {
        self.room.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Resolves when somebody finished the set-up.
    pub async fn set_up(&self) {
        self.set_up.notified().await;
    }

    fn standing(&self) -> std::sync::MutexGuard<'_, HashMap<CameraId, Standing>> {
        self.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
