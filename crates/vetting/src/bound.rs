//! What a camera is bound to: the things about it that stay as long as it is the same device.
//!
//! Bound are the address on the wire, the addresses it declares, the serial number it gives after log-in, its maker and model, the
//! key of its TLS certificate, and the realm of its log-in. Firmware is not: it changes, and is judged. The binding is the evidence
//! of the last look that a person asked for, or that came with the camera; every look that nobody asked for is held against it.

use std::collections::BTreeSet;

use candour_units::WallTime;

use crate::{Evidence, Kind, Mac, fold};

/// One thing that stays.
struct Trait {
    kind: Kind,
    what: &'static str,
    /// What of a text is compared; nothing for a text that says nothing.
    reduce: fn(&str) -> String,
}

const TRAITS: [Trait; 7] = [
    Trait { kind: Kind::NeighbourMac, what: "hardware address on the wire", reduce: address },
    Trait { kind: Kind::OnvifHwAddress, what: "hardware address it declares", reduce: address },
    Trait { kind: Kind::OnvifSerial, what: "serial number", reduce: exactly },
    Trait { kind: Kind::OnvifManufacturer, what: "maker", reduce: exactly },
    Trait { kind: Kind::OnvifModel, what: "model", reduce: exactly },
    Trait { kind: Kind::TlsKey, what: "key of the TLS certificate", reduce: exactly },
    Trait { kind: Kind::HttpRealm, what: "log-in realm", reduce: exactly },
];

fn exactly(text: &str) -> String {
    fold(text)
}

fn address(text: &str) -> String {
    text.parse::<Mac>().map_or_else(|_| fold(text), |mac| mac.to_string())
}

/// What of `bound` is another thing in `seen`, as items of evidence of their own; nothing for the same device.
///
/// A thing that only one of the two tells is no change: a cheap look asks for less, and silence is judged elsewhere. Of things of
/// which a device may tell several, one in common is enough.
#[must_use]
pub fn changes(bound: &[Evidence], seen: &[Evidence], taken_at: WallTime) -> Vec<Evidence> {
    TRAITS
        .iter()
        .filter_map(|one| {
            let (was, is) = (said(bound, one, taken_at), said(seen, one, taken_at));
            let changed = !was.is_empty() && !is.is_empty() && was.is_disjoint(&is);
            changed.then(|| {
                let list = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
                let text = format!("the {} was {} and is {}", one.what, list(was), list(is));
                Evidence::answer(Kind::IdentityChange, &text, "another look", taken_at)
            })
        })
        .collect()
}

fn said(evidence: &[Evidence], one: &Trait, now: WallTime) -> BTreeSet<String> {
    let of_kind = evidence.iter().filter(|item| item.kind == one.kind && item.disregarded(now).is_none());
    of_kind.filter_map(Evidence::text).map(one.reduce).filter(|text| !text.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: Kind, text: &str) -> Evidence {
        Evidence::answer(kind, text, "test", WallTime::EPOCH)
    }

    #[track_caller]
    fn check(was: &[(Kind, &str)], is: &[(Kind, &str)], expected: &[&str]) {
        let items = |all: &[(Kind, &str)]| all.iter().map(|(kind, text)| item(*kind, text)).collect::<Vec<_>>();
        let found = changes(&items(was), &items(is), WallTime::EPOCH);
        assert_eq!(found.iter().filter_map(Evidence::text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_makes_another_device() {
        use Kind::{HttpRealm, OnvifFirmware, OnvifHwAddress, OnvifSerial, TlsKey};
        check(&[(OnvifSerial, "A1")], &[(OnvifSerial, "B2")], &["the serial number was A1 and is B2"]);
        check(&[(OnvifSerial, "A1")], &[], &[]);
        check(&[], &[(TlsKey, "00")], &[]);
        check(&[(OnvifFirmware, "1")], &[(OnvifFirmware, "2")], &[]);
        // Another spelling is the same address, and one of two interfaces is enough.
        check(
            &[(OnvifHwAddress, "B8:A4:4F:00:00:01")],
            &[(OnvifHwAddress, "b8a44f000001"), (OnvifHwAddress, "B8:A4:4F:00:00:02")],
            &[],
        );
        check(
            &[(HttpRealm, "AXIS_B8A44F000001")],
            &[(HttpRealm, "Login to 1")],
            &["the log-in realm was AXIS_B8A44F000001 and is Login to 1"],
        );
    }
}
