//! Where the device is, where it points to, and whether it stands for others.

use std::net::IpAddr;

use super::{Case, Finding, quoted};
use crate::{Effect, Kind};

pub(super) fn find(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(own_address(case));
    for (item, text) in case.texts() {
        match item.evidence.kind {
            // Cameras list addresses of theirs that nobody uses; a picture from elsewhere is another matter.
            Kind::ForeignServiceAddress if !is_elsewhere(text) => findings.push(
                Finding::new("address.foreign-service", Effect::Notes)
                    .words(format!(
                        "It names {} for a service; only the address it was added at is used.",
                        quoted(text)
                    ))
                    .seen_in(item),
            ),
            Kind::ForeignServiceAddress | Kind::ForeignStreamAddress => findings.push(
                Finding::new("address.foreign", Effect::Quarantines)
                    .words(format!("It sends us to another host, {}; nothing was sent there.", quoted(text)))
                    .seen_in(item),
            ),
            Kind::HttpLogin | Kind::RtspLogin if text.trim() == "basic" => findings.push(
                Finding::new("login.basic-only", Effect::Quarantines)
                    .words(format!(
                        "The {} takes nothing but the plain password; it was not sent, and never is.",
                        item.evidence.kind.words()
                    ))
                    .seen_in(item),
            ),
            _ => {}
        }
    }
    findings
}

fn own_address(case: &Case<'_>) -> Option<Finding> {
    let host = case.subject.host;
    let wrong = host.is_unspecified()
        || host.is_multicast()
        || (case.subject.lab.is_none() && (host.is_loopback() || is_link_local(host)));
    wrong.then(|| {
        Finding::new("address.not-a-camera-network", Effect::Quarantines).words(format!(
            "{host} is not an address on a camera network; loopback and link-local addresses count in lab mode only."
        ))
    })
}

fn is_link_local(host: IpAddr) -> bool {
    match host {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => {
            v6.segments()[0] & 0xffc0 == 0xfe80
                || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_link_local() || v4.is_loopback())
        }
    }
}

/// Whether a foreign service address can only be meant to lead us astray: a name to be resolved, this very machine, the
/// metadata service of a cloud, a group, or the world outside. What is left are private addresses.
fn is_elsewhere(uri: &str) -> bool {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default().split('%').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    match host.parse() {
        Ok(IpAddr::V4(v4)) => !(v4.is_private() || (v4.is_link_local() && v4.octets() != [169, 254, 169, 254])),
        Ok(IpAddr::V6(v6)) => !matches!(v6.segments()[0] & 0xffc0, 0xfe80 | 0xfc00..=0xfdc0),
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(uri: &str, expected: bool) {
        assert_eq!(super::is_elsewhere(uri), expected, "{uri}");
    }

    #[test]
    fn what_leads_astray() {
        check("http://192.168.0.90/onvif/services", false);
        check("http://169.254.12.13/onvif/services", false);
        check("http://[fe80::aecc:8eff:fe3a:a8f%eth0]/onvif", false);
        check("http://[fd00::1]:80/onvif", false);
        check("http://169.254.169.254/latest/meta-data", true);
        check("http://127.0.0.1:8080/", true);
        check("http://10.0.0.1@8.8.8.8/", true);
        check("http://[2001:db8::1]/", true);
        check("http://camera.example/onvif", true);
        check("", true);
    }
}
