//! Certificates: what they name, and when one is proof of identity (IEEE 802.1AR).
//!
//! Three conditions make a chain a second layer: it ends in a root that the maker gave out (a list, never the camera);
//! the device proved in a TLS handshake that it holds the key; and the subject's serial number is the hardware address
//! it declares and its ONVIF serial number. A certificate alone can be copied.

use super::addresses::Addresses;
use super::{Case, Finding, Item, quoted};
use crate::certificate::ends_in;
use crate::{Certificate, Confidence, Effect, Kind, Mac};

pub(super) fn find(case: &Case<'_>, addresses: &Addresses<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (item, _) in case.of(Kind::TlsChain) {
        match Certificate::read_all(&item.evidence.raw) {
            Ok(chain) => findings.push(judge(case, addresses, item, &chain)),
            Err(why) => findings.push(
                Finding::new("identity.unreadable", Effect::Quarantines)
                    .words(format!("The TLS identity could not be read: {why}."))
                    .seen_in(item),
            ),
        }
    }
    for (item, _) in case.of(Kind::OnvifUsers) {
        findings.push(
            Finding::new("account.too-wide", Effect::Notes)
                .words("The account we use may read the list of users; give it the right to media only.")
                .seen_in(item),
        );
    }
    findings
}

fn judge(case: &Case<'_>, addresses: &Addresses<'_>, item: Item<'_>, chain: &[Certificate]) -> Finding {
    let device = &chain[0];
    let roots = case.lists.device_roots();
    let Some(root) = roots.iter().find(|root| ends_in(chain, &root.anchor, case.subject.now)) else {
        return Finding::new("identity.no-root", Effect::Notes)
            .words(format!(
                "The TLS identity {} does not end in a root that a maker gave out; it proves nothing.",
                quoted(&device.subject)
            ))
            .seen_in(item)
            .on_list("device-roots");
    };
    let serial = device.serial.as_deref().and_then(|text| text.parse::<Mac>().ok());
    let declared = serial.is_some_and(|mac| addresses.declared().any(|other| other == mac));
    let in_onvif = serial.is_some_and(|mac| case.of(Kind::OnvifSerial).any(|(_, text)| text.parse() == Ok(mac)));
    if !(declared && in_onvif) {
        return Finding::new("identity.contradiction", Effect::Quarantines)
            .words(format!(
                "The TLS identity {} is good, but its serial number is not both the hardware address that the device \
                 declares and its ONVIF serial number.",
                quoted(&device.subject)
            ))
            .seen_in(item)
            .on_list("device-roots");
    }
    let group = &root.group;
    let standing = case.standing(group).expect("the list was read with its groups");
    let words = format!(
        "It proved in TLS that it holds the key of {}, which ends in {} of {}, {} (certain).",
        quoted(&device.subject),
        quoted(&root.name),
        case.lists.groups().name(group),
        case.standing_words(group, standing)
    );
    let finding = Finding::about(format!("identity.{group}"), group, standing, Confidence::Certain);
    finding.words(words).seen_in(item).on_list("device-roots")
}
