//! Everything a device said, with the raw answers it said it in.

use candour_units::{WallDuration, WallTime};

use crate::xml::XmlError;
use crate::{Challenge, DeviceInformation, Fault, Operation, Service, VideoEncoder};

/// What an interrogation brought to light. Evidence, not truth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Testimony {
    /// Every answer as received, in the order asked.
    pub answers: Vec<RawAnswer>,
    /// The device's clock, if it told.
    pub clock: Option<ClockReading>,
    /// Maker, model and so on, if it told.
    pub information: Option<DeviceInformation>,
    /// Service addresses as the device names them.
    pub services: Vec<Service>,
    /// Hardware addresses in the device's spelling.
    pub hardware_addresses: Vec<String>,
    /// Scopes.
    pub scopes: Vec<String>,
    /// The id it announces itself by, if it told.
    pub endpoint: Option<String>,
    /// Its host name, if it told.
    pub hostname: Option<String>,
    /// Profiles with video, with their streams pinned to the onboarded host.
    pub profiles: Vec<Profile>,
    /// Addresses of other hosts that the device named. Nothing was sent there.
    pub foreign: Vec<Foreign>,
    /// Questions the device would not answer.
    pub faults: Vec<(Operation, Fault)>,
    /// Answers that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Log-in challenges, each once.
    pub challenges: Vec<Challenge>,
    /// Names of its web server, each once.
    pub servers: Vec<String>,
}

/// One answer as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    /// What was asked.
    pub operation: Operation,
    /// HTTP status.
    pub status: u16,
    /// The body, at most 1 MiB.
    pub body: Vec<u8>,
}

/// The device's clock against ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// What it said.
    pub device: WallTime,
    /// Its clock minus ours when the answer came.
    pub offset: WallDuration,
}

/// A profile with video and, if the device told, where its stream is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The token.
    pub token: String,
    /// The name.
    pub name: String,
    /// The video.
    pub video: VideoEncoder,
    /// The stream on the onboarded host, without user and password.
    pub stream: Option<String>,
    /// The stream as the device named it.
    pub stream_as_named: Option<String>,
}

/// An address of another host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The answer it stood in.
    pub operation: Operation,
    /// The address.
    pub address: String,
}

/// An answer that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What was asked.
    pub operation: Operation,
    /// Why it could not be read.
    pub why: XmlError,
}
