//! The decision model: findings in, outcome out. `docs/vetting.md` says the same in words.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use candour_units::{CameraId, WallTime};
use serde::{Deserialize, Serialize};

use crate::rules::{self, Case, Finding, Need};
use crate::{
    Confidence, Effect, Evidence, Judgement, JudgementRecord, LabList, Layer, ListUsed, Lists, Missing, Outcome,
    Reason, Standing,
};

/// How careful the place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteClass {
    /// Groups on watch are quarantined.
    #[default]
    Standard,
    /// Groups on watch are refused.
    Sensitive,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The camera.
    pub camera: CameraId,
    /// The address it was onboarded at.
    pub host: IpAddr,
    /// Everything learned about it, in any order.
    pub evidence: &'a [Evidence],
    /// The class of the site.
    pub site_class: SiteClass,
    /// The verified lab list; giving one is lab mode.
    pub lab: Option<&'a LabList>,
    /// The judgement in force so far, so that a change of lists alone can be told from a change of the device.
    pub previous: Option<&'a JudgementRecord>,
    /// The moment: exceptions end, certificates and lists age.
    pub now: WallTime,
}

impl Subject<'_> {
    /// Whether this very camera was accepted at this very address by the judgement in force.
    pub(crate) fn was_accepted(&self) -> bool {
        self.previous.is_some_and(|previous| {
            previous.outcome == Outcome::Accepted
                && previous.camera == self.camera.to_string()
                && previous.host == self.host
        })
    }
}

/// Judges a camera. Never fails: whatever cannot be read or is not known leads away from acceptance.
#[must_use]
pub fn judge(subject: &Subject<'_>, lists: &Lists) -> Judgement {
    let case = Case::new(subject, lists);
    let mut findings = rules::apply(&case);
    let needs = rules::needs(&case, &findings);
    let decide = |findings: &[Finding]| decide(findings, &needs, subject.site_class, lists);
    let mut outcome = decide(&findings);
    if outcome == Outcome::Refused
        && let Some(finding) = list_change(subject, lists, &findings, decide)
    {
        findings.push(finding);
        outcome = Outcome::Quarantined;
    }
    if needs == Need::Unknown && outcome != Outcome::Refused {
        findings.push(rules::unknown());
    }
    let missing: Vec<Missing> = match (&needs, outcome) {
        (Need::Papers(missing), Outcome::Conditional) => missing.iter().copied().collect(),
        _ => Vec::new(),
    };
    if outcome == Outcome::Conditional {
        findings.extend(missing.iter().map(|m| rules::missing(*m)));
    }
    if let Some(datagrams) = Case::of_datagrams(subject, lists) {
        findings.extend(rules::imitations(&datagrams));
    }
    let reasons = reasons(findings, lists, subject.lab);
    let record = JudgementRecord {
        format: 1,
        camera: subject.camera.to_string(),
        host: subject.host,
        site_class: subject.site_class,
        lab: subject.lab.is_some(),
        outcome,
        missing,
        reasons,
        evidence: fingerprints(subject),
        lists: lists_used(lists, subject.lab),
    };
    Judgement { camera: subject.camera, record }
}

fn fingerprints(subject: &Subject<'_>) -> Vec<String> {
    subject.evidence.iter().map(|item| item.fingerprint().to_string()).collect()
}

fn decide(findings: &[Finding], needs: &Need, site: SiteClass, lists: &Lists) -> Outcome {
    match against(findings, site, lists) {
        Some(Outcome::Refused) => Outcome::Refused,
        Some(_) => Outcome::Quarantined,
        None if findings.iter().any(|f| f.effect == Effect::Quarantines) => Outcome::Quarantined,
        None => match needs {
            Need::Unknown => Outcome::Quarantined,
            Need::Papers(missing) if missing.is_empty() => Outcome::Accepted,
            Need::Papers(_) => Outcome::Conditional,
        },
    }
}

/// What the evidence against groups alone leads to. Each rule counts once, however often its sign was seen.
fn against(findings: &[Finding], site: SiteClass, lists: &Lists) -> Option<Outcome> {
    let mut tallies: BTreeMap<(Standing, &str), Tally> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for finding in findings.iter().filter(|f| f.effect == Effect::Against) {
        let (Some(standing), Some(group), Some(confidence)) = (finding.standing, &finding.group, finding.confidence)
        else {
            continue;
        };
        let tally = tallies.entry((standing, group)).or_default();
        if confidence == Confidence::Medium {
            tally.medium_layers.extend(finding.layer);
        }
        if seen.insert((&finding.rule, standing, group)) {
            tally.strong |= confidence >= Confidence::High;
            tally.low += usize::from(confidence == Confidence::Low);
        }
    }
    let refuses_watch = |group| lists.site_classes().refuses_watch(site, group, lists.groups());
    tallies.iter().filter_map(|((standing, group), tally)| tally.outcome(*standing, || refuses_watch(group))).min()
}

/// What speaks against one group.
#[derive(Default)]
struct Tally {
    strong: bool,
    medium_layers: BTreeSet<Layer>,
    low: usize,
}

impl Tally {
    fn outcome(&self, standing: Standing, refuses_watch: impl Fn() -> bool) -> Option<Outcome> {
        let suspect = self.strong || !self.medium_layers.is_empty() || self.low >= 2;
        let refuse = match standing {
            Standing::Banned => self.strong || self.medium_layers.len() >= 2,
            Standing::Watch => suspect && refuses_watch(),
            Standing::Carrier | Standing::Accepted | Standing::AcceptedMixed => return None,
        };
        if refuse { Some(Outcome::Refused) } else { suspect.then_some(Outcome::Quarantined) }
    }
}

/// A camera that was accepted and is now refused by nothing but lists that changed since: it stops at once, and people
/// look at it before it is called refused. The reason shows the old and the new version.
fn list_change(
    subject: &Subject<'_>,
    lists: &Lists,
    findings: &[Finding],
    decide: impl Fn(&[Finding]) -> Outcome,
) -> Option<Finding> {
    if let Some(words) = standing_list_change(subject) {
        return Some(Finding::new(LIST_CHANGED, Effect::Quarantines).words(words));
    }
    let previous = subject.previous.filter(|_| subject.was_accepted())?;
    let changed: Vec<_> = lists
        .infos()
        .iter()
        .filter_map(|now| {
            let then = previous.lists.iter().find(|then| then.id == now.id)?;
            (then.digest != now.digest.to_string()).then_some((then, now))
        })
        .collect();
    let unchanged: Vec<_> = findings
        .iter()
        .filter(|f| f.list.is_none_or(|l| changed.iter().all(|(_, now)| now.id != l)))
        .cloned()
        .collect();
    if changed.is_empty() || decide(&unchanged) == Outcome::Refused {
        return None;
    }
    let names: Vec<_> = changed
        .iter()
        .map(|(then, now)| {
            format!(
                "{} version {} of {} became version {} of {}",
                now.id, then.version, then.date, now.version, now.date
            )
        })
        .collect();
    Some(Finding::new(LIST_CHANGED, Effect::Quarantines).words(format!(
        "The camera was accepted before a list changed ({}); it is stopped until people have looked at it.",
        names.join("; ")
    )))
}

const LIST_CHANGED: &str = "list.changed";

/// What was said when lists stopped this camera, while nobody has asked it again: judging the stored evidence anew, as every
/// start and every import does, must not say something else.
fn standing_list_change(subject: &Subject<'_>) -> Option<String> {
    let previous = subject.previous.filter(|previous| {
        previous.outcome == Outcome::Quarantined
            && previous.camera == subject.camera.to_string()
            && previous.host == subject.host
            && previous.evidence == fingerprints(subject)
    })?;
    previous.reasons.iter().find(|reason| reason.rule == LIST_CHANGED).map(|reason| reason.words.clone())
}

/// Findings as reasons: strongest first, each thing said once.
fn reasons(mut findings: Vec<Finding>, lists: &Lists, lab: Option<&LabList>) -> Vec<Reason> {
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    findings.dedup_by(|a, b| a.rule == b.rule && a.words == b.words && a.layer == b.layer);
    let version = |id: &str| match (id, lab) {
        (rules::LAB, Some(lab)) => format!("{}/{}", lab.id(), lab.version()),
        _ => lists
            .infos()
            .iter()
            .find(|info| info.id == id)
            .map_or(id.to_owned(), |info| format!("{id}/{}", info.version)),
    };
    findings
        .into_iter()
        .map(|f| Reason {
            list: f.list.map(version),
            rule: f.rule,
            layer: f.layer,
            confidence: f.confidence,
            group: f.group,
            effect: f.effect,
            words: f.words,
            evidence: f.evidence,
        })
        .collect()
}

fn lists_used(lists: &Lists, lab: Option<&LabList>) -> Vec<ListUsed> {
    let shipped = lists.infos().iter().map(|info| ListUsed {
        id: info.id.clone(),
        version: info.version,
        date: info.date.clone(),
        digest: info.digest.to_string(),
    });
    let lab = lab.map(|lab| ListUsed {
        id: lab.id().to_owned(),
        version: lab.version(),
        date: lab.date().to_owned(),
        digest: lab.digest().to_string(),
    });
    shipped.chain(lab).collect()
}
