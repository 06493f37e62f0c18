//! What each item says, rule by rule. Rules only find; `judge` decides.

mod addresses;
mod firmware;
mod names;
mod papers;
mod trust;
mod whereabouts;

pub(crate) use papers::{Need, missing, needs, unknown};

use crate::{Confidence, Effect, Evidence, Kind, Layer, Lists, Standing, Subject};

/// Stands for the lab list where a rule names the list it rests on.
pub(crate) const LAB: &str = "lab";

/// One thing a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub rule: String,
    pub effect: Effect,
    pub layer: Option<Layer>,
    pub confidence: Option<Confidence>,
    pub group: Option<String>,
    pub standing: Option<Standing>,
    pub words: String,
    pub evidence: Option<usize>,
    pub list: Option<&'static str>,
}

impl Finding {
    pub(crate) fn new(rule: impl Into<String>, effect: Effect) -> Self {
        Self {
            rule: rule.into(),
            effect,
            layer: None,
            confidence: None,
            group: None,
            standing: None,
            words: String::new(),
            evidence: None,
            list: None,
        }
    }

    pub(crate) fn words(mut self, words: impl Into<String>) -> Self {
        self.words = words.into();
        self
    }

    pub(crate) fn seen_in(mut self, item: Item<'_>) -> Self {
        self.layer = Some(item.evidence.layer());
        self.evidence = Some(item.index);
        self
    }

    /// Speaks about a group with this weight: for it if it may be used, against it otherwise.
    fn about(rule: impl Into<String>, group: &str, standing: Standing, confidence: Confidence) -> Self {
        let effect = if standing.may_be_used() { Effect::For } else { Effect::Against };
        let mut finding = Self::new(rule, effect);
        finding.group = Some(group.to_owned());
        finding.standing = Some(standing);
        finding.confidence = Some(confidence);
        finding
    }

    fn on_list(mut self, list: &'static str) -> Self {
        self.list = Some(list);
        self
    }

    /// Sorts the strongest first, then by fixed text, so that the order of evidence does not matter.
    pub(crate) fn order(&self) -> (u8, Option<Layer>, &str, &str, Option<usize>) {
        let rank = match (self.effect, self.confidence) {
            (Effect::Against, Some(Confidence::Certain)) => 0,
            (Effect::Against, Some(Confidence::High)) => 1,
            (Effect::Quarantines, _) => 2,
            (Effect::Against, Some(Confidence::Medium)) => 3,
            (Effect::Missing, _) => 4,
            (Effect::Against, _) => 5,
            (Effect::For, _) => 6,
            (Effect::Notes, _) => 7,
        };
        (rank, self.layer, &self.rule, &self.words, self.evidence)
    }
}

/// An item of evidence and its place in the order given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    pub index: usize,
    pub evidence: &'a Evidence,
}

/// The subject with the items that count.
pub(crate) struct Case<'a> {
    pub subject: &'a Subject<'a>,
    pub lists: &'a Lists,
    items: Vec<Item<'a>>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(subject: &'a Subject<'a>, lists: &'a Lists) -> Self {
        let items = subject
            .evidence
            .iter()
            .enumerate()
            .map(|(index, evidence)| Item { index, evidence })
            .filter(|item| item.evidence.disregarded().is_none())
            .collect();
        Self { subject, lists, items }
    }

    /// Items that count and say a text, with that text.
    fn texts(&self) -> impl Iterator<Item = (Item<'a>, &'a str)> {
        self.items.iter().filter_map(|item| Some((*item, item.evidence.text()?)))
    }

    /// The texts of one kind.
    fn of(&self, kind: Kind) -> impl Iterator<Item = (Item<'a>, &'a str)> {
        self.texts().filter(move |(item, text)| item.evidence.kind == kind && !text.trim().is_empty())
    }
}

/// Everything every rule finds.
pub(crate) fn apply(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = trust::find(case);
    findings.extend(names::find(case));
    let addresses = addresses::Addresses::collect(case);
    findings.extend(addresses.find(case));
    findings.extend(whereabouts::find(case));
    findings.extend(addresses.against_claims(case, &findings));
    findings.extend(firmware::find(case, &findings));
    findings.extend(papers::find_lab(case));
    findings
}

/// The standing as it ends a sentence.
fn standing_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Banned => "which is on the refused list",
        Standing::Watch => "which is on the watch list",
        Standing::Accepted => "a maker whose equipment may be used",
        Standing::AcceptedMixed => "a maker of whom some models may be used",
    }
}

/// A stranger's words as shown inside a sentence.
fn quoted(text: &str) -> String {
    format!("\u{201c}{}\u{201d}", crate::neutralise(text, 80))
}
