//! What each item says, rule by rule. Rules only find; `judge` decides.

mod addresses;
mod decoders;
mod firmware;
mod identity;
mod names;
mod papers;
mod trust;
mod whereabouts;

pub use decoders::{DECIDE_DAYS, KEEP_UNDECODED, QUARANTINE};
pub(crate) use papers::{Need, missing, needs, unknown};

use crate::{Confidence, Day, Effect, Evidence, Kind, Layer, Lists, Standing, Subject};

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
    /// Whether other makers' firmware is known to send this sign on purpose.
    pub imitable: bool,
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
            imitable: false,
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

    /// Speaks about a group with this weight: for it if it may be used, against it otherwise. What stands for other
    /// devices is quarantined by any sign that is more than a hint.
    fn about(rule: impl Into<String>, group: &str, standing: Standing, confidence: Confidence) -> Self {
        let effect = match standing {
            Standing::Accepted | Standing::AcceptedMixed => Effect::For,
            Standing::Carrier if confidence == Confidence::Low => Effect::Notes,
            Standing::Carrier => Effect::Quarantines,
            Standing::Banned | Standing::Watch => Effect::Against,
        };
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
    /// The day on which it is judged.
    pub today: Day,
    items: Vec<Item<'a>>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(subject: &'a Subject<'a>, lists: &'a Lists) -> Self {
        Self::of_items(subject, lists, |item| !(item.is_datagram() && subject.was_accepted()))
    }

    /// What datagrams say at the address of a camera that is accepted already. Anybody on the wire can forge one, so
    /// they are judged apart: they call for a look over a connection and stop nothing.
    pub(crate) fn of_datagrams(subject: &'a Subject<'a>, lists: &'a Lists) -> Option<Self> {
        subject.was_accepted().then(|| Self::of_items(subject, lists, Evidence::is_datagram))
    }

    fn of_items(subject: &'a Subject<'a>, lists: &'a Lists, counts: impl Fn(&Evidence) -> bool) -> Self {
        let mut case = Self { subject, lists, today: Day::of(subject.now), items: Vec::new() };
        case.items = subject
            .evidence
            .iter()
            .enumerate()
            .map(|(index, evidence)| Item { index, evidence })
            .filter(|item| case.disregarded(item.evidence).is_none() && counts(item.evidence))
            .collect();
        case
    }

    /// Why an item may not count. A table that has grown old speaks for nobody any more, but what it says against a camera does not
    /// lapse by waiting: a newer table of the same source takes it back.
    fn disregarded(&self, evidence: &Evidence) -> Option<&'static str> {
        let why = evidence.disregarded(self.subject.now)?;
        let stays = evidence.is_of_old_table(self.subject.now) && self.is_registered_against(evidence);
        (!stays).then_some(why)
    }

    /// Whether its hardware address is registered to a maker that may not be used here.
    fn is_registered_against(&self, evidence: &Evidence) -> bool {
        let mac = evidence.text().and_then(|text| text.parse().ok());
        let Some(prefix) = mac.and_then(|mac| self.lists.prefix(mac)) else { return false };
        let listed = prefix.status.weight(true).map(|(standing, _)| standing);
        let by_group = self.standing(&prefix.group);
        listed.is_some_and(|standing| !standing.may_be_used() || by_group == Some(Standing::Watch))
    }

    /// What a group comes to at this site.
    fn standing(&self, group: &str) -> Option<Standing> {
        let group = self.lists.groups().get(group)?;
        Some(self.lists.site_classes().standing(self.subject.site_class, group))
    }

    /// What a group comes to at this site, as it ends a sentence.
    fn standing_words(&self, group: &str, standing: Standing) -> String {
        let listed = self.lists.groups().get(group);
        match standing {
            Standing::Banned => "which is on the refused list".into(),
            Standing::Watch => match listed.filter(|group| group.standing.may_be_used()) {
                Some(group) => format!(
                    "which is subject to {} and may not be used at a site of this class",
                    self.lists.jurisdictions().words(&group.jurisdiction)
                ),
                None => "which is on the watch list".into(),
            },
            Standing::Carrier => "which stands for other devices".into(),
            Standing::Accepted => "a maker whose equipment may be used".into(),
            Standing::AcceptedMixed => "a maker of whom some models may be used".into(),
        }
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
    findings.extend(identity::find(case, &addresses));
    soften_imitations(&mut findings);
    findings.extend(addresses.against_claims(case, &findings));
    findings.extend(firmware::find(case, &findings));
    findings.extend(firmware::lapsed_exceptions(case));
    findings.extend(firmware::ending_exceptions(case));
    findings.extend(papers::find_vendor_interface(case, &addresses, &findings));
    findings.extend(papers::support_ends(case));
    findings.extend(papers::table_ends(case));
    findings.extend(papers::find_lab(case));
    findings.extend(decoders::find(case));
    findings
}

/// What datagrams say against a camera that is accepted already: somebody imitates it, or it is no longer what it was.
pub(crate) fn imitations(case: &Case<'_>) -> Vec<Finding> {
    let mut found = trust::find_unreadable(case);
    found.extend(names::find(case));
    found
        .into_iter()
        .filter(|finding| matches!(finding.effect, Effect::Against | Effect::Quarantines))
        .map(|mut finding| {
            finding.words = format!(
                "A datagram from this address speaks against an accepted camera; anybody on the wire can forge one, so look over a connection. It said: {}",
                finding.words
            );
            finding.rule = "datagram.imitation".into();
            finding.effect = Effect::Notes;
            finding
        })
        .collect()
}

/// Signs that other makers' firmware is known to send on purpose are no certainty beside proof, other than text, of a
/// maker that may be used: then the camera contradicts itself, and people look.
fn soften_imitations(findings: &mut [Finding]) {
    let proved = findings.iter().any(|f| {
        let seen_on_the_wire = f.layer == Some(Layer::L1) && f.rule.starts_with("prefix.");
        f.standing == Some(Standing::Accepted)
            && f.effect == Effect::For
            && (seen_on_the_wire || f.rule.starts_with("identity."))
    });
    for finding in findings.iter_mut().filter(|f| proved && f.imitable) {
        finding.confidence = finding.confidence.min(Some(Confidence::Medium));
    }
}

/// A stranger's words as shown inside a sentence.
fn quoted(text: &str) -> String {
    format!("\u{201c}{}\u{201d}", crate::neutralise(text, 80))
}
