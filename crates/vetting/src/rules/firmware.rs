//! Known flaws of the firmware a device says it runs. Three answers; unknown blocks when the flaw is being exploited.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Finding, Item, quoted};
use crate::{Confidence, Effect, FirmwareVersion, Kind, Verdict3};

pub(super) fn find(case: &Case<'_>, findings: &[Finding]) -> Vec<Finding> {
    let groups: BTreeSet<&str> = findings
        .iter()
        .filter(|f| f.confidence >= Some(Confidence::Medium))
        .filter_map(|f| f.group.as_deref())
        .collect();
    let models: Vec<String> = case.of(Kind::OnvifModel).map(|(_, text)| crate::fold(text)).collect();
    let said: Vec<_> = case.of(Kind::OnvifFirmware).collect();
    // Without any version the rules are asked about "no version".
    let versions: Vec<(Option<Item<'_>>, &str)> = match said.as_slice() {
        [] => vec![(None, "")],
        said => said.iter().map(|(item, text)| (Some(*item), *text)).collect(),
    };
    versions.into_iter().flat_map(|(item, text)| about(case, &groups, &models, item, text)).collect()
}

fn about(
    case: &Case<'_>,
    groups: &BTreeSet<&str>,
    models: &[String],
    item: Option<Item<'_>>,
    text: &str,
) -> Vec<Finding> {
    let version = FirmwareVersion::parse(text);
    let mut worst = BTreeMap::new();
    for rule in case.lists.firmware().iter().filter(|rule| groups.contains(rule.group.as_str())) {
        let is_about =
            if models.is_empty() { rule.is_about(None) } else { models.iter().any(|m| rule.is_about(Some(m))) };
        if is_about {
            let answer = rule.evaluate(version.as_ref());
            let entry = worst.entry(&rule.cve).or_insert((answer, rule));
            if answer < entry.0 {
                *entry = (answer, rule);
            }
        }
    }
    worst
        .into_values()
        .filter_map(|(answer, rule)| {
            let exploited =
                rule.known_exploited.as_deref().map(|day| format!(", exploited in the world since before {day}"));
            let shown = if text.is_empty() { "no version".to_owned() } else { quoted(text) };
            let (effect, words) = match answer {
                Verdict3::NotAffected => return None,
                Verdict3::Affected => (
                    if rule.blocks() { Effect::Quarantines } else { Effect::Notes },
                    format!(
                        "Firmware {shown} is open to {} ({}{}).",
                        rule.cve,
                        rule.words,
                        exploited.unwrap_or_default()
                    ),
                ),
                Verdict3::Unknown => (
                    if rule.known_exploited.is_some() { Effect::Quarantines } else { Effect::Notes },
                    format!(
                        "Firmware {shown} does not tell whether it is open to {} ({}{}).",
                        rule.cve,
                        rule.words,
                        exploited.unwrap_or_default()
                    ),
                ),
            };
            let mut finding = Finding::new(format!("firmware.{}", rule.cve), effect).words(words).on_list("firmware");
            finding.group = Some(rule.group.clone());
            Some(match item {
                Some(item) => finding.seen_in(item),
                None => finding,
            })
        })
        .collect()
}
