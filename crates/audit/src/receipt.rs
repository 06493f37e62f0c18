//! Receipts: proof, in a type, that the log entry of a look is durable.

use candour_units::{
    CameraId, GrantId, MonoTime, PersonId, PurposeId, ReceiptId, SessionId, StationId, WallDuration, WallRange,
};

use crate::{Actor, Event, EventKind, Subject};

/// Most cameras of one look.
const MAX_CAMERAS: usize = 64;
/// Longest recorded interval of one look, in seconds.
const MAX_INTERVAL_S: i64 = 3600;

/// The ways of looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LookKind {
    /// Pictures as they arrive.
    Live,
    /// Recorded footage.
    Playback,
    /// One picture at a time as they arrive of a camera that is being set up, or the still that is kept of it for masks.
    Commissioning,
}

impl LookKind {
    /// How long a receipt stands without renewal, in seconds.
    #[must_use]
    pub const fn lasts_s(self) -> i64 {
        match self {
            Self::Live | Self::Commissioning => 60,
            Self::Playback => 5 * 60,
        }
    }

    const fn event(self) -> EventKind {
        match self {
            Self::Live => EventKind::LookLive,
            Self::Playback => EventKind::LookPlayback,
            Self::Commissioning => EventKind::LookCommissioning,
        }
    }
}

/// What a look stands under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Under {
    /// Stable word: `grant`, `break_glass`, `replay`, `not_in_force` or `agreed`.
    pub ground: &'static str,
    /// The grant, if it is one.
    pub grant: Option<GrantId>,
    /// Its case reference.
    pub case: Option<String>,
}

/// What somebody is about to look at. Permission was decided before (`policy`); this is what is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Who looks.
    pub person: PersonId,
    /// The name as shown at that time.
    pub name: String,
    /// Under which sign-in.
    pub session: SessionId,
    /// At which enrolled screen, if any.
    pub station: Option<StationId>,
    /// From which network address.
    pub address: String,
    /// Why, as the person or the duty says it.
    pub reason: String,
    /// The purpose the look serves, when one purpose covers all cameras.
    pub purpose: Option<PurposeId>,
    /// At which cameras; one to 64.
    pub cameras: Vec<CameraId>,
    /// Live or recorded.
    pub kind: LookKind,
    /// The recorded interval; `None` for live.
    pub interval: Option<WallRange>,
    /// What it stands under; `None` for a live watch, which is a duty.
    pub under: Option<Under>,
}

/// Why no receipt can stand for a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLook {
    /// No camera, or too many for one receipt.
    #[error("a look names 1 to 64 cameras, this one names {count}")]
    Cameras {
        /// Cameras named.
        count: usize,
    },
    /// Recorded footage without saying which.
    #[error("a look at recorded footage says from when to when")]
    NoInterval,
    /// Longer than one receipt may cover; ask for several looks.
    #[error("one look covers at most 3600 s of recorded footage, this one asks for {seconds} s")]
    IntervalTooLong {
        /// Length asked for, rounded up.
        seconds: i64,
    },
    /// A live look has no interval.
    #[error("a live look has no interval")]
    LiveInterval,
    /// A camera is set up by itself.
    #[error("a look that sets a camera up names one camera, this one names {count}")]
    ManyCommissioned {
        /// Cameras named.
        count: usize,
    },
}

impl Look {
    /// Whether a receipt can stand for this look.
    pub(crate) fn check(&self) -> Result<(), BadLook> {
        let count = self.cameras.len();
        if !(1..=MAX_CAMERAS).contains(&count) {
            return Err(BadLook::Cameras { count });
        }
        match (self.kind, self.interval.map(|interval| interval.duration())) {
            (LookKind::Commissioning, None) if count > 1 => Err(BadLook::ManyCommissioned { count }),
            (LookKind::Live | LookKind::Commissioning, None) => Ok(()),
            (LookKind::Live | LookKind::Commissioning, Some(_)) => Err(BadLook::LiveInterval),
            (LookKind::Playback, None) => Err(BadLook::NoInterval),
            (LookKind::Playback, Some(length)) if length > WallDuration::from_seconds(MAX_INTERVAL_S) => {
                let almost_a_second = WallDuration::from_ticks(candour_units::TICKS_PER_SECOND - 1);
                Err(BadLook::IntervalTooLong { seconds: (length + almost_a_second).seconds_floor() })
            }
            (LookKind::Playback, Some(_)) => Ok(()),
        }
    }
}

/// What stands in the log of a look or of its renewal, but for whom and what it is about.
pub(crate) fn look_outcome(id: ReceiptId, look: &Look, renewal: bool) -> serde_json::Value {
    let mut outcome = serde_json::json!({
        "lasts_s": look.kind.lasts_s(),
        "receipt": id.to_string(),
        "renewal": renewal,
    });
    if let Some(under) = &look.under {
        outcome["under"] = under.ground.into();
    }
    if let Some(grant) = look.under.as_ref().and_then(|under| under.grant) {
        outcome["grant"] = grant.to_string().into();
    }
    if let Some(case) = look.under.as_ref().and_then(|under| under.case.as_deref()) {
        outcome["case"] = case.into();
    }
    outcome
}

/// The log entry of a look or of its renewal.
pub(crate) fn look_event(id: ReceiptId, look: &Look, renewal: bool) -> Event {
    Event {
        kind: look.kind.event(),
        actor: Actor::Person {
            person: look.person,
            name: look.name.clone(),
            session: look.session,
            station: look.station,
            address: look.address.clone(),
        },
        subject: Subject {
            cameras: look.cameras.clone(),
            interval: look.interval,
            purpose: look.purpose,
            reason: Some(look.reason.clone()),
            ..Subject::default()
        },
        outcome: look_outcome(id, look, renewal).to_string(),
    }
}

/// Permission to read, given by [`crate::Log::look`] after the entry is durable. It cannot be made in any other way.
///
/// It lapses 60 s (live) or 5 min (recorded) after it was given, unless [`crate::Log::renew`] writes another entry.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub(crate) id: ReceiptId,
    pub(crate) entry: u64,
    pub(crate) look: Look,
    pub(crate) lapses: MonoTime,
}

/// Why a receipt does not allow a read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCovered {
    /// Its time is over.
    #[error("the permission to look has lapsed; it must be renewed")]
    Lapsed,
    /// It is for other cameras.
    #[error("the permission to look does not name camera {camera}")]
    Camera {
        /// The camera asked for.
        camera: CameraId,
    },
    /// It is for live pictures or for recorded footage, not for both.
    #[error("the permission is for another way of looking")]
    Kind,
    /// It is for another interval.
    #[error("the permission to look does not cover the whole interval asked for")]
    Interval,
}

impl Receipt {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> ReceiptId {
        self.id
    }
    /// Position in the log of the entry that stands behind it.
    #[must_use]
    pub fn entry(&self) -> u64 {
        self.entry
    }
    /// What was written down.
    #[must_use]
    pub fn look(&self) -> &Look {
        &self.look
    }
    /// When it ends unless renewed.
    #[must_use]
    pub fn lapses(&self) -> MonoTime {
        self.lapses
    }

    /// Whether it allows live pictures of `camera` now.
    ///
    /// # Errors
    /// The first thing that is not covered.
    pub fn covers_live(&self, camera: CameraId, now: MonoTime) -> Result<(), NotCovered> {
        self.covers(LookKind::Live, camera, now)
    }

    /// Whether it allows looking at `camera` now to set it up.
    ///
    /// # Errors
    /// The first thing that is not covered.
    pub fn covers_commissioning(&self, camera: CameraId, now: MonoTime) -> Result<(), NotCovered> {
        self.covers(LookKind::Commissioning, camera, now)
    }

    /// Whether it allows reading `interval` of `camera` now.
    ///
    /// # Errors
    /// The first thing that is not covered.
    pub fn covers_recorded(&self, camera: CameraId, interval: WallRange, now: MonoTime) -> Result<(), NotCovered> {
        self.covers(LookKind::Playback, camera, now)?;
        match self.look.interval {
            Some(allowed) if allowed.covers(&interval) => Ok(()),
            _ => Err(NotCovered::Interval),
        }
    }

    fn covers(&self, kind: LookKind, camera: CameraId, now: MonoTime) -> Result<(), NotCovered> {
        if now >= self.lapses {
            return Err(NotCovered::Lapsed);
        }
        if self.look.kind != kind {
            return Err(NotCovered::Kind);
        }
        if !self.look.cameras.contains(&camera) {
            return Err(NotCovered::Camera { camera });
        }
        Ok(())
    }
}
