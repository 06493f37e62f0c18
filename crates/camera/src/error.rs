//! Why a device could not be asked: one sentence each that says what, where and what to do.

use std::net::IpAddr;

use candour_onvif::OnvifError;
use candour_units::Hash;

/// The family of an error, for whoever maps it to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The address is wrong, or what answers there is no camera.
    InvalidArgument,
    /// User or password.
    PermissionDenied,
    /// Not now.
    Unavailable,
    /// Ours.
    Internal,
}

/// Why a device could not be asked. Nothing is half-done then.
#[derive(Debug, thiserror::Error)]
pub enum CameraError {
    /// No camera may be there.
    #[error("no camera may have the address {host}; give its address on the camera network")]
    AddressNotAllowed {
        /// The address.
        host: IpAddr,
    },
    /// Nothing answers.
    #[error("nothing answers at {host} port {port}; check the address, the cable and that the camera is on")]
    Unreachable {
        /// The address.
        host: IpAddr,
        /// The port.
        port: u16,
    },
    /// Something answers that is no ONVIF device.
    #[error(
        "something answers at {host} port {port}, but it is no ONVIF camera; check address and port, or switch ONVIF on in the camera"
    )]
    NotOnvif {
        /// The address.
        host: IpAddr,
        /// The port.
        port: u16,
    },
    /// User or password are wrong.
    #[error("the camera at {host} does not accept this user and password; check both and try again{}", clock_hint(*clock_suspect))]
    NotAuthorised {
        /// The address.
        host: IpAddr,
        /// Whether the camera's clock is unknown or more than five minutes off.
        clock_suspect: bool,
    },
    /// Log-in is offered in a way that would give the password away.
    #[error(
        "the camera at {host} wants the password in clear (Basic); nothing was sent, switch Digest log-in on in the camera"
    )]
    BasicOnly {
        /// The address.
        host: IpAddr,
    },
    /// The realm of the log-in changed.
    #[error(
        "the camera at {host} changed its log-in realm while it was asked; no password was sent to the new one, find out what answers there"
    )]
    RealmChanged {
        /// The address.
        host: IpAddr,
    },
    /// The device that was added by TLS shows another key.
    #[error(
        "the camera at {host} shows another TLS key than the one it was added with; nothing was asked of it, find out what answers there"
    )]
    OtherKey {
        /// The address.
        host: IpAddr,
        /// SHA-256 over the key it shows, if what it shows reads.
        is: Option<Hash>,
    },
    /// The device that was added by TLS answers in clear.
    #[error(
        "the camera at {host} port {port} was added with an encrypted service (TLS) and answers in clear; it is not asked in clear, find out what answers there"
    )]
    InClear {
        /// The address.
        host: IpAddr,
        /// The port.
        port: u16,
    },
    /// A password would have to go out in clear.
    #[error(
        "the camera at {host} is asked in clear, so no password is set there; switch HTTPS on in the camera and add it again"
    )]
    PasswordInClear {
        /// The address.
        host: IpAddr,
    },
    /// The device that was added by TLS finishes no handshake.
    #[error(
        "the camera at {host} port {port} takes connections and does not come to TLS 1.2 or 1.3; restart it, or look at its security settings"
    )]
    NoTls {
        /// The address.
        host: IpAddr,
        /// The port.
        port: u16,
    },
    /// Locked or overloaded.
    #[error("the camera at {host} says that it is locked or busy; wait five minutes and try again")]
    Busy {
        /// The address.
        host: IpAddr,
    },
    /// Too slow.
    #[error("the camera at {host} stopped answering at {operation}; check the network and try again")]
    Slow {
        /// The address.
        host: IpAddr,
        /// What had been asked.
        operation: &'static str,
    },
    /// Our own HTTP client could not be made.
    #[error("no connection to cameras can be made from this machine; see the cause in the log")]
    Client {
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}

const fn clock_hint(clock_suspect: bool) -> &'static str {
    if clock_suspect { " (its clock is also unknown or wrong, which can spoil the log-in: set it)" } else { "" }
}

impl CameraError {
    /// The family.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::AddressNotAllowed { .. } | Self::NotOnvif { .. } | Self::PasswordInClear { .. } => {
                ErrorKind::InvalidArgument
            }
            Self::NotAuthorised { .. }
            | Self::BasicOnly { .. }
            | Self::RealmChanged { .. }
            | Self::OtherKey { .. }
            | Self::InClear { .. } => ErrorKind::PermissionDenied,
            Self::Unreachable { .. } | Self::NoTls { .. } | Self::Busy { .. } | Self::Slow { .. } => {
                ErrorKind::Unavailable
            }
            Self::Client { .. } => ErrorKind::Internal,
        }
    }

    pub(crate) fn from_onvif(error: OnvifError, host: IpAddr, port: u16) -> Self {
        match error {
            OnvifError::NotOnvif { .. } => Self::NotOnvif { host, port },
            OnvifError::NotAuthorised { clock_suspect } => Self::NotAuthorised { host, clock_suspect },
            OnvifError::BasicOnly => Self::BasicOnly { host },
            OnvifError::InClear => Self::PasswordInClear { host },
            OnvifError::RealmChanged => Self::RealmChanged { host },
            OnvifError::Busy { .. } => Self::Busy { host },
            OnvifError::Unreachable => Self::Unreachable { host, port },
            OnvifError::TimedOut { operation } => Self::Slow { host, operation },
        }
    }
}
