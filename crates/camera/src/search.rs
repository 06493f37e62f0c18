//! Looking at an address nobody has named yet: whether a device is there, and what it shows to those who do not log in.
//!
//! One address at a time, because it was typed in: nothing is sent to a group. No password is offered, and no RTSP connection is
//! made; whoever wants more adds the device, which is then asked everything.

use std::net::{IpAddr, SocketAddr};

use candour_onvif::{Interrogation, Secret};
use candour_units::{Clock, Entropy};
use candour_vetting::{Evidence, Kind, Source, Value};

use crate::asking::{Spoken, converse};
use crate::examine::{bound, offered_transport, tls};
use crate::{Dossier, Target, neighbour, probe};

/// What an address showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Everything that was said, for `vetting`. It is never enough for an acceptance: nobody has logged in.
    pub evidence: Vec<Evidence>,
    /// The port of its ONVIF service, as far as it is known.
    pub onvif_port: u16,
    /// Its name, maker and model in its own words, as far as it said them to anybody; may be empty.
    pub says: Vec<String>,
}

/// Looks at an address: calls it by the discovery protocols and tries its web port. `None` if nobody answers either way. A device that
/// is there is then asked what it shows without log-in: its web pages, its certificate, its ONVIF service.
///
/// `port` is tried where a device does not name its own. An address that may be no camera is not called.
pub async fn glance(host: IpAddr, port: u16, lab: bool, clock: &dyn Clock, entropy: &dyn Entropy) -> Option<Glance> {
    if !crate::address::may_be_camera(host, lab) {
        return None;
    }
    let (called, listens) =
        tokio::join!(probe::by_datagram(host, clock, entropy), probe::listens(SocketAddr::new(host, port)),);
    let named = called.iter().find_map(|item| named_port(item, host));
    if !listens && !called.iter().any(is_answer) {
        return None;
    }
    let onvif_port = named.unwrap_or(port);
    let transport = offered_transport(host, onvif_port, lab).await;
    let (user, password) = (String::new(), Secret::new(String::new()));
    let target = Target { host, port: onvif_port, transport, user, password, lab };
    let asking =
        converse(&target, clock, |at, credentials| Interrogation::new(at, credentials, entropy.key(), clock.wall()));
    // Most want a log-in first, and their silence is no evidence here.
    let (testimony, certificates) = match asking.await {
        Ok(Spoken { end, certificates }) => (Some(end), certificates),
        Err(_) => (None, None),
    };
    let now = clock.wall();
    let neighbour = neighbour::look_up(host, now).await;
    let mut evidence = match testimony {
        Some(testimony) => Dossier::of(testimony, neighbour, now).evidence,
        None => vec![neighbour],
    };
    evidence.extend(called);
    let at = (SocketAddr::new(host, onvif_port), bound(&target, certificates.as_deref()));
    let (web, tls) =
        tokio::join!(probe::web(at, &evidence, clock, entropy), tls(&target, certificates.as_deref(), clock));
    evidence.extend(web);
    evidence.extend(tls);
    let says = says(&evidence);
    Some(Glance { evidence, onvif_port, says })
}

/// Whether somebody said something to us.
fn is_answer(item: &Evidence) -> bool {
    !matches!(item.value, Value::NotAvailable(_)) && item.source != Source::Datagram { asked_by_us: false }
}

/// The port of a service address that a device announces on its own host. One on another host is evidence, and is not called.
fn named_port(item: &Evidence, host: IpAddr) -> Option<u16> {
    if item.kind != Kind::DiscoveryXaddr || !is_answer(item) {
        return None;
    }
    let address = item.text()?.trim();
    let (rest, usual) = match address.strip_prefix("https://") {
        Some(rest) => (rest, 443),
        None => (address.strip_prefix("http://")?, 80),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let at = authority.parse::<SocketAddr>().ok();
    let at = at.or_else(|| authority.parse::<IpAddr>().ok().map(|host| SocketAddr::new(host, usual)))?;
    (at.ip() == host && at.port() != 0).then_some(at.port())
}

/// The most words of a device that are shown.
const MOST_WORDS: usize = 4;
/// The longest of them.
const LONGEST: usize = 80;
/// ONVIF scopes whose last part is for people (ONVIF Core 7.3.2.2).
const NAMING_SCOPES: [&str; 2] = ["onvif://www.onvif.org/name/", "onvif://www.onvif.org/hardware/"];

fn says(evidence: &[Evidence]) -> Vec<String> {
    let word = |item: &Evidence| {
        let text = item.text()?;
        let shown = match item.kind {
            Kind::DiscoveryScope | Kind::OnvifScope => {
                NAMING_SCOPES.iter().find_map(|scope| text.strip_prefix(scope))?
            }
            Kind::OnvifManufacturer
            | Kind::OnvifModel
            | Kind::DiscoveryName
            | Kind::DiscoveryModel
            | Kind::VendorName
            | Kind::VendorModel
            | Kind::HttpTitle => text,
            _ => return None,
        };
        let shown = candour_vetting::neutralise(&shown.replace("%20", " "), LONGEST);
        Some(shown.trim().to_owned()).filter(|shown| !shown.is_empty())
    };
    let mut said: Vec<String> = Vec::new();
    for word in evidence.iter().filter(|item| is_answer(item)).filter_map(word) {
        if said.len() < MOST_WORDS && !said.iter().any(|known| known.eq_ignore_ascii_case(&word)) {
            said.push(word);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use candour_units::WallTime;

    use super::*;

    fn item(kind: Kind, text: &str, asked_by_us: bool) -> Evidence {
        Evidence { source: Source::Datagram { asked_by_us }, ..Evidence::answer(kind, text, "", WallTime::EPOCH) }
    }

    #[test]
    fn only_a_port_on_the_device_itself_is_called() {
        let host: IpAddr = "10.0.20.31".parse().expect("an address");
        let port = |text: &str, ours| named_port(&item(Kind::DiscoveryXaddr, text, ours), host);
        assert_eq!(port("http://10.0.20.31/onvif/device_service", true), Some(80));
        assert_eq!(port("http://10.0.20.31:8080/onvif/device_service", true), Some(8080));
        assert_eq!(port("https://10.0.20.31/onvif/device_service", true), Some(443));
        for elsewhere in ["http://10.0.20.32:8080/", "http://camera/", "ftp://10.0.20.31/", "http://10.0.20.31:0/", "x"]
        {
            assert_eq!(port(elsewhere, true), None, "{elsewhere}");
        }
        assert_eq!(port("http://10.0.20.31:8080/", false), None, "nobody had asked for that");
    }

    #[test]
    fn a_device_is_shown_by_its_own_words_once_each() {
        let all = [
            item(Kind::DiscoveryScope, "onvif://www.onvif.org/name/AXIS%20P3245", true),
            item(Kind::DiscoveryScope, "onvif://www.onvif.org/type/video_encoder", true),
            item(Kind::DiscoveryScope, "onvif://www.onvif.org/hardware/axis p3245", true),
            item(Kind::HttpTitle, "Camera\u{202e}\u{7}", true),
            item(Kind::DiscoveryName, "forged", false),
        ];
        let said = says(&all);
        assert_eq!(said[0], "AXIS P3245");
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(!said[1].contains('\u{202e}'));
    }
}
