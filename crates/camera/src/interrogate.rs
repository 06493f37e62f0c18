//! Asking a device everything the gate wants to know.

use std::net::IpAddr;

use candour_onvif::{Interrogation, Secret};
use candour_units::{Clock, Entropy};

use crate::asking::converse;
use crate::{CameraError, Dossier, neighbour};

/// Whom to ask. Has no `Debug`: it holds a password.
pub struct Target {
    /// The address; never a name.
    pub host: IpAddr,
    /// The ONVIF port, usually 80.
    pub port: u16,
    /// The user; an empty one means that no log-in is offered.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Whether loopback and link-local addresses count.
    pub lab: bool,
}

/// Asks a device everything the gate wants to know. Opens HTTP connections to `target.host` only, and no RTSP
/// connection at all. The password is proved by digest, after the device demanded it, and never sent.
///
/// # Errors
/// [`CameraError`], one sentence each. A device that answers strangely is no error: its answers are the evidence.
pub async fn interrogate(target: &Target, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Dossier, CameraError> {
    let testimony =
        converse(target, clock, |at, credentials| Interrogation::new(at, credentials, entropy.key(), clock.wall()));
    let testimony = testimony.await?;
    // Asked last: talking to the device is what puts it into the table.
    let now = clock.wall();
    let neighbour = neighbour::look_up(target.host, now).await;
    Ok(Dossier::of(testimony, neighbour, now))
}
