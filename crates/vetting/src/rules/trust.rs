//! Whether the items themselves can be relied upon: readable, ours to count, not at odds with each other.

use std::collections::BTreeSet;

use super::{Case, Finding, Item, quoted};
use crate::{Effect, FirmwareVersion, Kind, Value};

/// Kinds of which a device has exactly one; two different answers mean that two devices answered, or one that changes.
const SINGLE: [Kind; 4] = [Kind::OnvifManufacturer, Kind::OnvifModel, Kind::OnvifFirmware, Kind::OnvifSerial];

/// Kinds that name the same thing in different layers, and how two of them are compared.
const SAME: [Same; 2] = [
    Same { what: "model", kinds: [Kind::OnvifModel, Kind::DiscoveryModel, Kind::VendorModel], reduce: model },
    Same {
        what: "firmware version",
        kinds: [Kind::OnvifFirmware, Kind::DiscoveryFirmware, Kind::VendorFirmware],
        reduce: version,
    },
];

/// One thing that several layers name.
struct Same {
    what: &'static str,
    kinds: [Kind; 3],
    /// What of a text is compared.
    reduce: fn(&str) -> String,
}

pub(super) fn find(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, evidence) in case.subject.evidence.iter().enumerate() {
        let item = Item { index, evidence };
        let kind = evidence.kind.words();
        if let Some(why) = case.disregarded(evidence) {
            findings.push(
                Finding::new("item.disregarded", Effect::Notes)
                    .words(format!("The {kind} does not count: {why}."))
                    .seen_in(item),
            );
        } else if let Value::NotAvailable(why) = &evidence.value {
            findings.push(
                Finding::new("layer.not-available", Effect::Notes)
                    .words(format!("The {kind} is not available: {}.", crate::neutralise(why, 160)))
                    .seen_in(item),
            );
        }
    }
    findings.extend(find_unreadable(case));
    findings.extend(changes(case));
    findings.extend(case.of(Kind::IdentityChange).map(|(item, text)| {
        Finding::new("identity.changed", Effect::Quarantines)
            .words(format!(
                "It is not the device it was: {}. Look at it; judging it again by hand takes it for the camera from then on.",
                crate::neutralise(text, 300)
            ))
            .seen_in(item)
    }));
    findings.extend(SAME.iter().filter_map(|same| contradiction(case, same)));
    findings
}

/// Answers that came and could not be read.
pub(super) fn find_unreadable(case: &Case<'_>) -> Vec<Finding> {
    case.items
        .iter()
        .filter_map(|item| match &item.evidence.value {
            Value::Unreadable(why) => Some(
                Finding::new("answer.unreadable", Effect::Quarantines)
                    .words(format!(
                        "An answer about the {} could not be read: {}.",
                        item.evidence.kind.words(),
                        crate::neutralise(why, 160)
                    ))
                    .seen_in(*item),
            ),
            _ => None,
        })
        .collect()
}

fn changes(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for kind in SINGLE {
        let said: BTreeSet<_> = case.of(kind).map(|(_, text)| crate::fold(text)).collect();
        if said.len() > 1 {
            let said: Vec<_> = said.iter().map(|text| quoted(text)).collect();
            let mut finding = Finding::new("answer.changes", Effect::Quarantines).words(format!(
                "The {} is not the same every time: {}.",
                kind.words(),
                said.join(", ")
            ));
            finding.layer = Some(kind.layer());
            findings.push(finding);
        }
    }
    findings
}

/// One thing that a device says differently in different layers.
fn contradiction(case: &Case<'_>, same: &Same) -> Option<Finding> {
    let Same { what, kinds, reduce } = same;
    let said: BTreeSet<(Kind, String)> = kinds
        .iter()
        .flat_map(|kind| case.of(*kind))
        .map(|(item, text)| (item.evidence.kind, reduce(text)))
        .filter(|(_, reduced)| !reduced.is_empty())
        .collect();
    // One may say more than the other: `P3818-PVE` and `AXIS P3818-PVE` are the same model.
    let apart = said.iter().any(|(kind, text)| {
        said.iter()
            .any(|(other, others)| kind < other && !text.contains(others.as_str()) && !others.contains(text.as_str()))
    });
    apart.then(|| {
        let texts: BTreeSet<_> = kinds.iter().flat_map(|kind| case.of(*kind)).map(|(_, text)| quoted(text)).collect();
        let texts: Vec<_> = texts.into_iter().collect();
        Finding::new("answer.contradiction", Effect::Quarantines)
            .words(format!("It names its {what} differently in different places: {}.", texts.join(", ")))
    })
}

/// Letters and digits of a model name.
fn model(text: &str) -> String {
    crate::fold(text).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The numbers of a version; nothing where there are none, for then there is nothing to compare.
fn version(text: &str) -> String {
    FirmwareVersion::parse(text).map_or_else(String::new, |version| {
        let last = version.numbers.iter().rposition(|n| *n != 0).map_or(0, |at| at + 1);
        version.numbers[..last].iter().map(|n| format!(".{n}")).collect()
    })
}
