//! The key to a stream.

use std::net::IpAddr;

use candour_units::{CameraId, Hash};

use crate::Judgement;

/// Proof that this camera's evidence was judged and accepted. Opening an RTSP connection takes a reference to one, so
/// that a connection to a camera that was not accepted cannot be written down.
///
/// The fields are private and the only way to one is [`Judgement::acceptance`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedCamera {
    camera: CameraId,
    host: IpAddr,
    judgement: Hash,
    lab: bool,
}

impl AcceptedCamera {
    pub(crate) fn new(judgement: &Judgement) -> Self {
        let record = judgement.record();
        Self { camera: judgement.camera, host: record.host, judgement: judgement.id(), lab: record.lab }
    }

    /// The camera.
    #[must_use]
    pub const fn camera(&self) -> CameraId {
        self.camera
    }

    /// The address that was judged: the only one its streams may be read from.
    #[must_use]
    pub const fn host(&self) -> IpAddr {
        self.host
    }

    /// The decision, as [`Judgement::id`] names it.
    #[must_use]
    pub const fn judgement(&self) -> Hash {
        self.judgement
    }

    /// Whether the acceptance was given in lab mode.
    #[must_use]
    pub const fn lab(&self) -> bool {
        self.lab
    }
}
