//! Asking a device everything the gate wants to know.

use std::net::{IpAddr, SocketAddr};

use candour_onvif::{Interrogation, Secret};
use candour_units::{Clock, Entropy};
use candour_vetting::{Evidence, Kind};

use crate::asking::{Spoken, converse};
use crate::secure::{self, Transport};
use crate::{CameraError, Dossier, neighbour, probe};

/// Whom to ask. Has no `Debug`: it holds a password.
pub struct Target {
    /// The address; never a name.
    pub host: IpAddr,
    /// The ONVIF port, usually 80, or 443 by TLS.
    pub port: u16,
    /// How that port is spoken to.
    pub transport: Transport,
    /// The user; an empty one means that no log-in is offered.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Whether loopback and link-local addresses count.
    pub lab: bool,
}

/// Where devices answer by TLS.
const TLS_PORT: u16 = 443;

/// Asks a device everything the gate wants to know, in this order: ONVIF with three discovery datagrams beside it; the neighbour
/// table; the web server and TLS before anybody logs in; and RTSP before anybody logs in, if `may_ask_rtsp` says so of
/// everything learned until then. A camera that will be refused must not see an RTSP connection, so the caller judges first.
///
/// Nothing is sent to another host than `target.host`. The password is proved by digest, after the device demanded it, and never
/// sent.
///
/// # Errors
/// [`CameraError`], one sentence each. A device that answers strangely is no error: its answers are the evidence.
pub async fn examine(
    target: &Target,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    may_ask_rtsp: &(dyn Fn(&[Evidence]) -> bool + Sync),
) -> Result<Dossier, CameraError> {
    let asking =
        converse(target, clock, |at, credentials| Interrogation::new(at, credentials, entropy.key(), clock.wall()));
    let (testimony, datagrams) = tokio::join!(asking, called(target, clock, entropy));
    // Asked last: talking to the device is what puts it into the table.
    let now = clock.wall();
    let neighbour = neighbour::look_up(target.host, now).await;
    let Spoken { end: testimony, certificates } = testimony?;
    let mut dossier = Dossier::of(testimony, neighbour, now);
    dossier.evidence.extend(datagrams);
    let at = (SocketAddr::new(target.host, target.port), bound(target, certificates.as_deref()));
    let (web, tls) =
        tokio::join!(probe::web(at, &dossier.evidence, clock, entropy), tls(target, certificates.as_deref(), clock));
    dossier.evidence.extend(web);
    dossier.evidence.extend(tls);
    dossier.certificates = certificates;
    if may_ask_rtsp(&dossier.evidence) {
        let named = dossier.profiles.iter().find_map(|profile| profile.stream_uri.clone());
        let stream = named.unwrap_or_else(|| format!("rtsp://{}/", SocketAddr::new(target.host, 554)));
        dossier.evidence.extend(probe::rtsp(&stream, target.host, clock).await);
    } else {
        let why = "what is known already refuses the device, so no RTSP connection was made to it";
        dossier.evidence.push(probe::left_out(Kind::RtspAnswer, why, clock.wall()));
    }
    Ok(dossier)
}

/// Asks a device who it is, in four requests: to be held against what is known before each connection to its stream. The
/// evidence is what the device says of itself after log-in, the realm it demands that in, and the neighbour table.
///
/// # Errors
/// As [`examine`].
pub async fn recognise(
    target: &Target,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Vec<Evidence>, CameraError> {
    let asking =
        converse(target, clock, |at, credentials| Interrogation::short(at, credentials, entropy.key(), clock.wall()));
    let Spoken { end: testimony, certificates } = asking.await?;
    let now = clock.wall();
    let neighbour = neighbour::look_up(target.host, now).await;
    let mut evidence = Dossier::of(testimony, neighbour, now).evidence;
    evidence.extend(certificates.iter().flat_map(|chain| probe::certificates(chain, target.host, now)));
    Ok(evidence)
}

/// How a device that nobody knows yet is to be spoken to: by TLS, to the key that it shows, where its port speaks that. Whoever adds
/// a camera asks this once; from then on it is what was stored.
pub async fn offered_transport(host: IpAddr, port: u16, lab: bool) -> Transport {
    if !crate::address::may_be_camera(host, lab) {
        return Transport::Clear;
    }
    match secure::key_at(SocketAddr::new(host, port)).await {
        Some(key) => Transport::Tls { key: Some(key) },
        None => Transport::Clear,
    }
}

/// The transport of what follows a conversation: with whoever that was with.
pub(crate) fn bound(target: &Target, certificates: Option<&[u8]>) -> Transport {
    match target.transport {
        Transport::Clear => Transport::Clear,
        Transport::Tls { key } => Transport::Tls { key: certificates.and_then(secure::key_of).or(key) },
    }
}

async fn called(target: &Target, clock: &dyn Clock, entropy: &dyn Entropy) -> Vec<Evidence> {
    // Checked again by the conversation beside, which then fails with the reason.
    if !crate::address::may_be_camera(target.host, target.lab) {
        return Vec::new();
    }
    probe::by_datagram(target.host, clock, entropy).await
}

/// The certificates of the conversation, where there were some; else those of the usual port. On this machine that may be anybody's,
/// the recorder's own included.
pub(crate) async fn tls(target: &Target, certificates: Option<&[u8]>, clock: &dyn Clock) -> Vec<Evidence> {
    if let Some(chain) = certificates {
        return probe::certificates(chain, target.host, clock.wall());
    }
    if target.host.to_canonical().is_loopback() {
        return vec![probe::left_out(Kind::TlsSubject, "the device is on this machine", clock.wall())];
    }
    probe::tls(SocketAddr::new(target.host, TLS_PORT), clock).await
}
