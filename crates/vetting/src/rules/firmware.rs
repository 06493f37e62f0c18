//! Known flaws of the firmware a device says it runs. Three answers; unknown blocks when the flaw is being exploited.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Finding, Item, quoted};
use crate::lists::FirmwareRule;
use crate::{Confidence, Effect, Exception, Kind, Standing, Value, Verdict3};

pub(super) fn find(case: &Case<'_>, findings: &[Finding]) -> Vec<Finding> {
    let groups: BTreeSet<&str> = findings
        .iter()
        .filter(|f| f.confidence >= Some(Confidence::Medium))
        .filter_map(|f| f.group.as_deref())
        .collect();
    let models: Vec<String> =
        MODELS.into_iter().flat_map(|kind| case.of(kind)).map(|(_, text)| crate::fold(text)).collect();
    let said: Vec<_> = FIRMWARE.into_iter().flat_map(|kind| case.of(kind)).collect();
    // Without any version the rules are asked about "no version".
    let versions: Vec<(Option<Item<'_>>, &str)> = match said.as_slice() {
        [] => vec![(None, "")],
        said => said.iter().map(|(item, text)| (Some(*item), *text)).collect(),
    };
    versions.into_iter().flat_map(|(item, text)| about(case, &groups, &models, item, text)).collect()
}

/// Wherever a device may name its model and its firmware; each answer counts.
const MODELS: [Kind; 3] = [Kind::OnvifModel, Kind::DiscoveryModel, Kind::VendorModel];
const FIRMWARE: [Kind; 3] = [Kind::OnvifFirmware, Kind::DiscoveryFirmware, Kind::VendorFirmware];

fn about(
    case: &Case<'_>,
    groups: &BTreeSet<&str>,
    models: &[String],
    item: Option<Item<'_>>,
    text: &str,
) -> Vec<Finding> {
    let (mut worst, mut cleared) = (BTreeMap::new(), BTreeSet::new());
    for rule in case.lists.firmware().iter().filter(|rule| groups.contains(rule.group.as_str())) {
        let is_about =
            if models.is_empty() { rule.is_about(None) } else { models.iter().any(|m| rule.is_about(Some(m))) };
        if is_about && rule.clears(text) {
            cleared.insert(&rule.cve);
        } else if is_about {
            let answer = rule.evaluate(text);
            let entry = worst.entry(&rule.cve).or_insert((answer, rule));
            if answer < entry.0 {
                *entry = (answer, rule);
            }
        }
    }
    worst.retain(|cve, _| !cleared.contains(cve));
    worst.into_values().filter_map(|(answer, rule)| finding(case, answer, rule, item, text)).collect()
}

fn finding(
    case: &Case<'_>,
    answer: Verdict3,
    rule: &FirmwareRule,
    item: Option<Item<'_>>,
    text: &str,
) -> Option<Finding> {
    let (says, blocks) = match answer {
        Verdict3::NotAffected => return None,
        Verdict3::Affected => ("is open to", rule.blocks()),
        Verdict3::Unknown => ("does not tell whether it is open to", rule.known_exploited.is_some()),
    };
    let shown = if text.is_empty() { "no version".to_owned() } else { quoted(text) };
    let exploited = rule.known_exploited.as_deref().map(|day| format!(", exploited in the world since before {day}"));
    let mut words = format!("Firmware {shown} {says} {} ({}{}).", rule.cve, rule.words, exploited.unwrap_or_default());
    let mut effect = if blocks { Effect::Quarantines } else { Effect::Notes };
    if let Some(exception) = exception(case, rule).filter(|_| blocks) {
        effect = Effect::Notes;
        words = format!(
            "{words} {} answers for using it until {}: {}.",
            crate::neutralise(&exception.owner, 80),
            exception.until,
            crate::neutralise(exception.reason.trim_end_matches('.'), 160)
        );
    }
    let mut finding = Finding::new(format!("firmware.{}", rule.cve), effect).words(words).on_list("firmware");
    finding.group = Some(rule.group.clone());
    Some(match item {
        Some(item) => finding.seen_in(item),
        None => finding,
    })
}

/// The exception in force for this flaw. There is none for makers that may not be used.
fn exception<'a>(case: &Case<'a>, rule: &FirmwareRule) -> Option<&'a Exception> {
    let may = case.standing(&rule.group).is_some_and(Standing::may_be_used);
    exceptions(case)
        .filter(|_| may)
        .map(|(_, exception)| exception)
        .find(|exception| exception.covers.trim() == rule.cve && exception.fails(case.today).is_none())
}

fn exceptions<'a>(case: &Case<'a>) -> impl Iterator<Item = (Item<'a>, &'a Exception)> {
    case.items.iter().filter_map(|item| match &item.evidence.value {
        Value::Exception(exception) if item.evidence.kind == Kind::Exception => Some((*item, exception)),
        _ => None,
    })
}

/// People hear of the end of an exception this long before.
const EXCEPTION_NOTICE_DAYS: i64 = 14;

/// Exceptions that hold and are about to end: the camera stops then.
pub(super) fn ending_exceptions(case: &Case<'_>) -> Vec<Finding> {
    exceptions(case)
        .filter(|(_, exception)| exception.fails(case.today).is_none())
        .filter_map(|(item, exception)| {
            let left = crate::Day::parse(&exception.until)?.days_since(case.today);
            let words = format!(
                "The exception for {} ends with {}, {}: update the firmware or decide anew, or the camera stops.",
                crate::neutralise(&exception.covers, 80),
                exception.until,
                match left {
                    0 => "today".to_owned(),
                    1 => "tomorrow".to_owned(),
                    days => format!("in {days} days"),
                }
            );
            let ending = Finding::new("exception.ends", Effect::Notes).words(words).seen_in(item);
            (left <= EXCEPTION_NOTICE_DAYS).then_some(ending)
        })
        .collect()
}

/// Exceptions that do not hold, so that nobody believes they do.
pub(super) fn lapsed_exceptions(case: &Case<'_>) -> Vec<Finding> {
    exceptions(case)
        .filter_map(|(item, exception)| {
            let why = exception.fails(case.today)?;
            let words = format!("The exception for {} does not hold: {why}.", crate::neutralise(&exception.covers, 80));
            Some(Finding::new("exception.void", Effect::Notes).words(words).seen_in(item))
        })
        .collect()
}
