//! Hardware addresses from every place they turn up in: who registered them, and whether they agree.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv6Addr;

use super::{Case, Finding, Item, quoted};
use crate::lists::Prefix;
use crate::{Effect, Kind, Mac, Standing};

/// One address and where it was found.
struct Found<'a> {
    mac: Mac,
    item: Item<'a>,
}

/// Every address of a case.
pub(super) struct Addresses<'a> {
    found: Vec<Found<'a>>,
    /// Findings about items that should hold an address and do not hold a usable one.
    odd: Vec<Finding>,
}

const fn is_observed(kind: Kind) -> bool {
    matches!(kind, Kind::NeighbourMac | Kind::ImportedMac)
}

impl<'a> Addresses<'a> {
    pub(super) fn collect(case: &Case<'a>) -> Self {
        let mut all = Self { found: Vec::new(), odd: Vec::new() };
        for (item, text) in case.texts() {
            match item.evidence.kind {
                Kind::NeighbourMac
                | Kind::ImportedMac
                | Kind::OnvifHwAddress
                | Kind::DiscoveryMac
                | Kind::VendorMac => all.stated(item, text),
                Kind::OnvifScope | Kind::DiscoveryScope => {
                    if let Some(at) = text.to_ascii_lowercase().find("/mac/") {
                        all.stated(item, &crate::fold(&text[at + 5..]));
                    }
                }
                Kind::OnvifXaddr | Kind::DiscoveryXaddr => {
                    let inside = text.split(['[', ']']).nth(1).and_then(|host| host.split('%').next());
                    let address = inside.and_then(|host| host.parse::<Ipv6Addr>().ok());
                    // Only link-local addresses are made from the device's own address without anybody's choosing.
                    if let Some(mac) = address.filter(|a| a.segments()[0] & 0xffc0 == 0xfe80).and_then(Mac::from_eui64)
                    {
                        all.found.push(Found { mac, item });
                    }
                }
                // Some makers use their address as serial number or write it into names. Other texts look alike by
                // accident, so only an address whose prefix is registered to a listed maker is taken for one.
                Kind::OnvifSerial | Kind::DiscoverySerial | Kind::VendorSerial => {
                    if let Some(mac) = text.parse().ok().filter(|mac| is_listed(case, *mac)) {
                        all.found.push(Found { mac, item });
                    }
                }
                Kind::OnvifHostname
                | Kind::RtspRealm
                | Kind::HttpRealm
                | Kind::TlsSubject
                | Kind::TlsChain
                | Kind::OnvifCertificate => {
                    if let Some(mac) = Mac::inside_name(text).filter(|mac| is_listed(case, *mac)) {
                        all.found.push(Found { mac, item });
                    }
                }
                _ => {}
            }
        }
        all.endpoints(case);
        all
    }

    /// An item that says "this is my address".
    fn stated(&mut self, item: Item<'a>, text: &str) {
        let words = item.evidence.kind.words();
        match text.parse::<Mac>() {
            Ok(mac) if mac.digits() == "000000000000" => self.odd.push(
                Finding::new("mac.zero", Effect::Notes)
                    .words(format!("The {words} is all zeros; it says nothing."))
                    .seen_in(item),
            ),
            Ok(mac) if mac.is_nobody() => self.odd.push(
                Finding::new("mac.group", Effect::Quarantines)
                    .words(format!("The {words} is {mac}, which no single device can have."))
                    .seen_in(item),
            ),
            Ok(mac) => self.found.push(Found { mac, item }),
            Err(_) => self.odd.push(
                Finding::new("mac.unreadable", Effect::Quarantines)
                    .words(format!("The {words} says {}, which is no hardware address.", quoted(text)))
                    .seen_in(item),
            ),
        }
    }

    /// Endpoint ids carry the address at either end, or not at all: an end counts if another place shows the same
    /// address, or else if its prefix is registered to a listed maker.
    fn endpoints(&mut self, case: &Case<'a>) {
        let elsewhere: BTreeSet<Mac> = self.found.iter().map(|found| found.mac).collect();
        for (item, text) in case.of(Kind::EndpointUuid).chain(case.of(Kind::OnvifEndpoint)) {
            let Some(ends) = Mac::ends_of_uuid(text) else { continue };
            let known = ends.into_iter().find(|mac| elsewhere.contains(mac));
            let listed = ends.into_iter().filter(|mac| is_listed(case, *mac));
            match known {
                Some(mac) => self.found.push(Found { mac, item }),
                None => self.found.extend(listed.map(|mac| Found { mac, item })),
            }
        }
    }

    /// The addresses that the device declares over ONVIF.
    pub(super) fn declared(&self) -> impl Iterator<Item = Mac> + '_ {
        self.found.iter().filter(|f| f.item.evidence.kind == Kind::OnvifHwAddress).map(|f| f.mac)
    }

    /// The addresses that the vendor interface names.
    pub(super) fn of_vendor_interface(&self) -> impl Iterator<Item = Mac> + '_ {
        let kinds = [Kind::VendorMac, Kind::VendorSerial];
        self.found.iter().filter(move |f| kinds.contains(&f.item.evidence.kind)).map(|f| f.mac)
    }

    pub(super) fn find(&self, case: &Case<'_>) -> Vec<Finding> {
        let mut findings = self.odd.clone();
        for found in &self.found {
            findings.extend(local_bit(found));
            findings.extend(case.lists.prefix(found.mac).and_then(|prefix| registered(case, found, prefix)));
        }
        findings.extend(self.disagreement());
        findings
    }

    /// Any two places that show addresses must have one in common, and the wire shows one address only.
    fn disagreement(&self) -> Option<Finding> {
        let mut places: BTreeMap<Kind, BTreeSet<Mac>> = BTreeMap::new();
        for found in &self.found {
            places.entry(found.item.evidence.kind).or_default().insert(found.mac);
        }
        let two_on_wire = places.iter().any(|(kind, macs)| is_observed(*kind) && macs.len() > 1);
        let apart = places
            .iter()
            .any(|(kind, macs)| places.iter().any(|(other, others)| kind < other && macs.is_disjoint(others)));
        (two_on_wire || apart).then(|| {
            let said: Vec<_> = places
                .iter()
                .map(|(kind, macs)| {
                    let macs: Vec<_> = macs.iter().map(ToString::to_string).collect();
                    format!("{} {}", kind.words(), macs.join(" and "))
                })
                .collect();
            Finding::new("mac.contradiction", Effect::Quarantines)
                .words(format!("The hardware addresses do not agree: {}.", said.join("; ")))
        })
    }

    /// A maker's name over an address that the maker never registered is a contradiction, and so are two makers.
    pub(super) fn against_claims(&self, case: &Case<'_>, findings: &[Finding]) -> Vec<Finding> {
        let mut out = Vec::new();
        let mut claimed: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in
            findings.iter().filter(|f| f.effect == Effect::For && f.confidence >= Some(crate::Confidence::Medium))
        {
            claimed.entry(finding.group.as_deref().unwrap_or_default()).or_default().push(finding);
        }
        if claimed.len() > 1 {
            let names: Vec<_> = claimed.keys().map(|group| case.lists.groups().name(group)).collect();
            out.push(
                Finding::new("maker.contradiction", Effect::Quarantines)
                    .words(format!("Its answers speak for different makers: {}.", names.join(", "))),
            );
        }
        let registrants: BTreeSet<&str> =
            self.found.iter().filter_map(|f| case.lists.prefix(f.mac)).map(|p| p.group.as_str()).collect();
        for (group, _) in claimed.iter().filter(|(group, _)| !self.found.is_empty() && !registrants.contains(*group)) {
            let macs: BTreeSet<_> = self.found.iter().map(|f| f.mac.to_string()).collect();
            let macs: Vec<_> = macs.into_iter().collect();
            out.push(Finding::new("maker.foreign-prefix", Effect::Quarantines).words(format!(
                "It speaks as {}, but no address of it is registered to that maker: {}.",
                case.lists.groups().name(group),
                macs.join(", ")
            )));
        }
        out
    }
}

fn is_listed(case: &Case<'_>, mac: Mac) -> bool {
    case.lists.prefix(mac).is_some_and(|prefix| prefix.status.weight(false).is_some())
}

fn local_bit(found: &Found<'_>) -> Option<Finding> {
    found.mac.is_locally_administered().then(|| {
        Finding::new("mac.local-bit", Effect::Quarantines)
            .words(format!(
                "The address {} ({}) is locally administered: somebody chose it, no maker registered it.",
                found.mac,
                found.item.evidence.kind.words()
            ))
            .seen_in(found.item)
    })
}

fn registered(case: &Case<'_>, found: &Found<'_>, prefix: &Prefix) -> Option<Finding> {
    let kind = found.item.evidence.kind;
    let Some((listed, confidence)) = prefix.status.weight(is_observed(kind)) else {
        let words = format!(
            "The address {} ({}) is registered to {}, which only sounds like a listed maker.",
            found.mac,
            kind.words(),
            quoted(&prefix.organisation)
        );
        let rule = format!("prefix.{}", prefix.digits);
        return Some(Finding::new(rule, Effect::Notes).words(words).seen_in(found.item).on_list(prefix.list));
    };
    // The row decides, for a maker may own prefixes of several kinds; but no row is better than the law of the site.
    let by_group = case.standing(&prefix.group);
    let standing = if listed.may_be_used() && by_group == Some(Standing::Watch) { Standing::Watch } else { listed };
    let words = format!(
        "The address {} ({}) is registered to {} ({}), {} ({}).",
        found.mac,
        kind.words(),
        prefix.organisation,
        case.lists.groups().name(&prefix.group),
        case.standing_words(&prefix.group, standing),
        confidence.word()
    );
    let finding = Finding::about(format!("prefix.{}", prefix.digits), &prefix.group, standing, confidence);
    Some(finding.words(words).seen_in(found.item).on_list(prefix.list))
}
