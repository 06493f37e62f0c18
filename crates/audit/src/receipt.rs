//! Receipts: proof, in a type, that the log entry of a look is durable.

use candour_units::{CameraId, MonoTime, PersonId, PurposeId, ReceiptId, SessionId, StationId, WallRange};

/// The ways of looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LookKind {
    /// Pictures as they arrive.
    Live,
    /// Recorded footage.
    Playback,
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
