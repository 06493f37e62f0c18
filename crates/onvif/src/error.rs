//! Why an interrogation ended without a testimony.

/// One clear outcome per cause; the shell that knows host and port completes the sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnvifError {
    /// Something answers, and it does not speak ONVIF.
    #[error("something answers, but it does not speak ONVIF (HTTP status {status})")]
    NotOnvif {
        /// Status of the last answer; 0 if it did not even speak HTTP.
        status: u16,
    },
    /// User or password are wrong, or none were given and the device wants them.
    #[error("the device does not accept this user and password")]
    NotAuthorised {
        /// Whether the device's clock is unknown or far off, which spoils one way of logging in.
        clock_suspect: bool,
    },
    /// The device wants the password in clear.
    #[error("the device offers only Basic log-in, which would send the password in clear; nothing was sent")]
    BasicOnly,
    /// A password would have to go out in clear.
    #[error("the device is asked in clear, so no password was set; nothing was sent")]
    InClear,
    /// The device changed the realm of its challenge half-way.
    #[error("the device changed its log-in realm half-way; no password was sent to the new one")]
    RealmChanged,
    /// The device says that the account is locked, or that it has no time.
    #[error("the device says that it is locked or busy (HTTP status {status})")]
    Busy {
        /// HTTP status.
        status: u16,
    },
    /// Nobody answers.
    #[error("nothing answers there")]
    Unreachable,
    /// An answer did not come in time.
    #[error("the device stopped answering at {operation}")]
    TimedOut {
        /// What had been asked.
        operation: &'static str,
    },
}

/// The family of an [`OnvifError`], in the words of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnvifErrorKind {
    /// The address does not belong to a camera.
    InvalidArgument,
    /// User or password.
    PermissionDenied,
    /// Try again later.
    Unavailable,
}

impl OnvifError {
    /// The family.
    #[must_use]
    pub const fn kind(&self) -> OnvifErrorKind {
        match self {
            Self::NotOnvif { .. } | Self::InClear => OnvifErrorKind::InvalidArgument,
            Self::NotAuthorised { .. } | Self::BasicOnly | Self::RealmChanged => OnvifErrorKind::PermissionDenied,
            Self::Busy { .. } | Self::Unreachable | Self::TimedOut { .. } => OnvifErrorKind::Unavailable,
        }
    }
}
