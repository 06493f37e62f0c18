//! What an acceptance needs: a maker that may be used, every answer, a second layer, and paper.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::addresses::Addresses;
use super::{Case, Finding, Item, LAB, quoted};
use crate::{Confidence, Day, Effect, Kind, Layer, Mac, Missing, Paper, Source, Standing, TABLE_AGE, Value};

/// What stands between the case and acceptance, as far as positive evidence goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing identifies a maker that may be used.
    Unknown,
    /// A maker is identified; these things are missing (none: all is there).
    Papers(BTreeSet<Missing>),
}

/// Answers that every acceptable camera gives. A device cannot improve its standing by keeping silent.
const REQUIRED: [Kind; 5] =
    [Kind::OnvifManufacturer, Kind::OnvifModel, Kind::OnvifFirmware, Kind::OnvifHwAddress, Kind::OnvifScope];

/// What the case needs, given what was found.
pub(crate) fn needs(case: &Case<'_>, findings: &[Finding]) -> Need {
    let mut missing: BTreeSet<_> =
        REQUIRED.into_iter().filter(|kind| case.of(*kind).next().is_none()).map(Missing::Answer).collect();
    if lab_maker(case).is_some() {
        return Need::Papers(missing);
    }
    let speaks_for = |f: &&Finding| f.effect == Effect::For;
    let Some(claim) = findings.iter().filter(speaks_for).find(|f| f.rule.starts_with("maker.")) else {
        return Need::Unknown;
    };
    let prefixes: Vec<_> = findings
        .iter()
        .filter(speaks_for)
        .filter(|f| f.rule.starts_with("prefix.") && f.group == claim.group)
        .collect();
    if prefixes.is_empty() {
        return Need::Unknown;
    }
    let second_layer = prefixes.iter().any(|f| f.layer == Some(Layer::L1))
        || findings.iter().filter(speaks_for).any(|f| f.group == claim.group && is_second_layer(&f.rule));
    if !second_layer {
        missing.insert(Missing::SecondLayer);
    }
    let papers: Vec<&Paper> = case
        .items
        .iter()
        .filter(|item| item.evidence.kind == Kind::Declaration)
        .filter_map(|item| match &item.evidence.value {
            Value::Paper(paper) => Some(paper),
            _ => None,
        })
        .collect();
    if !papers.iter().any(|paper| paper.has_file()) {
        missing.insert(Missing::Declaration);
    }
    let complete: Vec<_> = papers.into_iter().filter(|paper| paper.is_complete()).collect();
    if complete.is_empty() {
        missing.insert(Missing::SecondPerson);
    }
    let mixed = prefixes.iter().chain([&claim]).any(|f| f.standing == Some(Standing::AcceptedMixed));
    let names_model = |paper: &&Paper| {
        let named = paper.model.as_deref().map(crate::fold);
        named.is_some_and(|named| {
            !named.is_empty() && case.of(Kind::OnvifModel).any(|(_, model)| crate::fold(model) == named)
        })
    };
    if mixed && !complete.iter().any(names_model) {
        missing.insert(Missing::ModelProof);
    }
    Need::Papers(missing)
}

/// What stands beside names as something else than text, apart from the prefix seen on the wire.
fn is_second_layer(rule: &str) -> bool {
    rule.starts_with("identity.") || rule.starts_with("vendor-interface.")
}

/// The maker's own interface answering for the device that ONVIF speaks of: it names the same maker and carries the
/// hardware address that the device declares.
pub(super) fn find_vendor_interface(
    case: &Case<'_>,
    addresses: &Addresses<'_>,
    findings: &[Finding],
) -> Option<Finding> {
    let named = findings.iter().find(|f| f.effect == Effect::For && f.layer == Some(Layer::L6))?;
    let group = named.group.as_deref()?;
    let same = addresses.of_vendor_interface().any(|mac| addresses.declared().any(|declared| declared == mac));
    same.then(|| {
        let standing = named.standing.unwrap_or(Standing::Accepted);
        let words = format!(
            "The maker's own interface names {} and the hardware address that the device declares.",
            case.lists.groups().name(group)
        );
        let mut finding =
            Finding::about(format!("vendor-interface.{group}"), group, standing, Confidence::Medium).words(words);
        (finding.layer, finding.evidence) = (named.layer, named.evidence);
        finding
    })
}

/// When the supplier's promise of security updates ends within half a year, or has ended.
pub(super) fn support_ends(case: &Case<'_>) -> Vec<Finding> {
    let paper = |item: &Item<'_>| match &item.evidence.value {
        Value::Paper(paper) if item.evidence.kind == Kind::Declaration => {
            paper.support_until.clone().map(|until| (item.index, until))
        }
        _ => None,
    };
    let papers: Vec<(usize, String)> = case.items.iter().filter_map(paper).collect();
    papers
        .into_iter()
        .filter_map(|(index, until)| {
            let words = match Day::parse(&until).map(|day| day.days_since(case.today)) {
                None => format!("The declaration's end of support, {}, is no day.", quoted(&until)),
                Some(left) if left < 0 => {
                    format!("The supplier's security updates ended on {until}: plan a replacement.")
                }
                Some(left) if left <= SUPPORT_NOTICE_DAYS => {
                    format!("The supplier's security updates end on {until}, in {left} days: plan a replacement.")
                }
                Some(_) => return None,
            };
            let item = Item { index, evidence: &case.subject.evidence[index] };
            Some(Finding::new("paper.support-ends", Effect::Notes).words(words).seen_in(item))
        })
        .collect()
}

/// When a table that speaks for the camera will soon be too old to count.
pub(super) fn table_ends(case: &Case<'_>) -> Vec<Finding> {
    let now = case.subject.now;
    let of_table = |item: &&Item<'_>| item.evidence.kind == Kind::ImportedMac && !item.evidence.is_of_old_table(now);
    let items = case.items.iter().filter(of_table);
    items
        .filter_map(|item| {
            let Source::ImportedTable { origin, .. } = &item.evidence.source else { return None };
            let left = Day::of(item.evidence.taken_at + TABLE_AGE).days_since(case.today);
            (left <= TABLE_NOTICE_DAYS).then(|| {
                Finding::new("table.ends", Effect::Notes)
                    .words(format!(
                        "The address table of {} was taken on {} and counts for {left} more days: bring a newer one.",
                        quoted(origin),
                        Day::of(item.evidence.taken_at)
                    ))
                    .seen_in(*item)
            })
        })
        .collect()
}

/// People hear of the end of a table this long before: a week holds a working day on which somebody can fetch a newer one.
const TABLE_NOTICE_DAYS: i64 = 7;

/// People hear of the end of support this long before.
const SUPPORT_NOTICE_DAYS: i64 = 180;

/// The lab list speaking for a simulated camera.
pub(super) fn find_lab(case: &Case<'_>) -> Option<Finding> {
    let (item, name) = lab_maker(case)?;
    let words = format!(
        "{} is on this lab's own list, which stands in for the address seen on the wire and for the papers; lab mode only.",
        quoted(&name)
    );
    Some(Finding::new("lab.maker", Effect::For).words(words).seen_in(item).on_list(LAB))
}

/// The lab maker, if every name, model and address of the case fits one entry and the host is on a private network.
fn lab_maker<'a>(case: &Case<'a>) -> Option<(Item<'a>, String)> {
    let lab = case.subject.lab?;
    if !is_private(case.subject.host) {
        return None;
    }
    let macs: Vec<Mac> = case.of(Kind::OnvifHwAddress).map(|(_, text)| text.parse().ok()).collect::<Option<_>>()?;
    let models: Vec<_> = case.of(Kind::OnvifModel).collect();
    let mut first = None;
    for (item, name) in case.of(Kind::OnvifManufacturer) {
        let fits = !models.is_empty()
            && !macs.is_empty()
            && models.iter().all(|(_, model)| macs.iter().all(|mac| lab.maker(name, model, *mac).is_some()));
        if !fits {
            return None;
        }
        first.get_or_insert((item, name.to_owned()));
    }
    first
}

fn is_private(host: IpAddr) -> bool {
    match host {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.segments()[0] & 0xfe00 == 0xfc00,
    }
}

/// The reason for a case in which nothing identifies a maker that may be used.
pub(crate) fn unknown() -> Finding {
    Finding::new("maker.unknown", Effect::Quarantines).words(
        "Nothing received shows, by name and by registered address, a maker whose equipment may be used; unknown is never accepted.",
    )
}

/// The reason for one missing thing.
pub(crate) fn missing(what: Missing) -> Finding {
    let rule = match what {
        Missing::Answer(_) => "missing.answer",
        Missing::SecondLayer => "missing.second-layer",
        Missing::Declaration => "missing.declaration",
        Missing::SecondPerson => "missing.second-person",
        Missing::ModelProof => "missing.model-proof",
    };
    Finding::new(rule, Effect::Missing).words(what.words())
}
