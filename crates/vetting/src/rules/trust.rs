//! Whether the items themselves can be relied upon: readable, ours to count, not at odds with each other.

use std::collections::BTreeSet;

use super::{Case, Finding, Item, quoted};
use crate::{Effect, Kind, Value};

/// Kinds of which a device has exactly one; two different answers mean that two devices answered, or one that changes.
const SINGLE: [Kind; 4] = [Kind::OnvifManufacturer, Kind::OnvifModel, Kind::OnvifFirmware, Kind::OnvifSerial];

pub(super) fn find(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, evidence) in case.subject.evidence.iter().enumerate() {
        let item = Item { index, evidence };
        let kind = evidence.kind.words();
        if let Some(why) = evidence.disregarded() {
            findings.push(
                Finding::new("item.disregarded", Effect::Notes)
                    .words(format!("The {kind} does not count: {why}."))
                    .seen_in(item),
            );
            continue;
        }
        match &evidence.value {
            Value::Unreadable(why) => findings.push(
                Finding::new("answer.unreadable", Effect::Quarantines)
                    .words(format!("An answer about the {kind} could not be read: {}.", crate::neutralise(why, 160)))
                    .seen_in(item),
            ),
            Value::NotAvailable(why) => findings.push(
                Finding::new("layer.not-available", Effect::Notes)
                    .words(format!("The {kind} is not available: {}.", crate::neutralise(why, 160)))
                    .seen_in(item),
            ),
            Value::Text(_) | Value::Paper(_) => {}
        }
    }
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
