//! Names, paths, banners: what the device says of itself, against fingerprints, brands and makers.

use super::{Case, Finding, Item, quoted, standing_words};
use crate::lists::Fingerprint;
use crate::{Kind, fold};

pub(super) fn find(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (item, text) in case.texts() {
        for part in parts(item, text) {
            findings.extend(fingerprints(case, item, &part));
            if part.is_name {
                findings.extend(brands(case, item, &part));
            }
        }
        if item.evidence.kind == Kind::OnvifManufacturer {
            findings.extend(maker(case, item, text));
        }
    }
    findings
}

/// A text of an item and the list kind it is compared with.
struct Part {
    kind: &'static str,
    text: String,
    /// Whether people put names of makers there.
    is_name: bool,
}

/// What an item is compared as. A scope is compared whole, and what it says as a name or a model is compared as a
/// name or a model: a scope `hardware/DS-…` speaks as loudly as the model itself.
fn parts(item: Item<'_>, text: &str) -> Vec<Part> {
    let kind = item.evidence.kind;
    let part = |kind: &'static str, text: &str, is_name: bool| Part { kind, text: fold(text), is_name };
    let mut parts = Vec::new();
    let list_kind = kind.list_kind();
    match kind {
        Kind::OnvifAnswer => {
            let raw = String::from_utf8_lossy(&item.evidence.raw);
            parts.push(Part { kind: list_kind, text: raw.into_owned(), is_name: false });
        }
        Kind::OnvifManufacturer => parts.push(part(list_kind, text, true)),
        Kind::OnvifModel | Kind::OnvifHardware => parts.push(part(list_kind, text, true)),
        Kind::OnvifScope | Kind::DiscoveryScope => {
            parts.push(part(list_kind, text, false));
            let lower = text.to_ascii_lowercase();
            if let Some(at) = lower.find("/name/") {
                let name = fold(&text[at + 6..]);
                parts.push(part("onvif_manufacturer", &name, true));
                parts.extend(name.split(' ').map(|word| part("onvif_model", word, false)));
            }
            if let Some(at) = lower.find("/hardware/") {
                parts.push(part("onvif_model", &text[at + 10..], true));
            }
        }
        _ if list_kind.is_empty() => {}
        _ => parts.push(part(list_kind, text, false)),
    }
    parts
}

fn fingerprints(case: &Case<'_>, item: Item<'_>, part: &Part) -> Vec<Finding> {
    let matching = |print: &&Fingerprint| print.kind == part.kind && print.matches(&part.text);
    case.lists
        .fingerprints()
        .iter()
        .filter(matching)
        .filter_map(|print| {
            let group = case.lists.groups().get(&print.group)?;
            let kind = item.evidence.kind;
            // A whole XML answer is too long to quote; its name says where to look.
            let said = match item.evidence.text() {
                Some(name) if kind == Kind::OnvifAnswer => format!("{} {} carries", kind.words(), quoted(name)),
                _ => format!("{} says {},", kind.words(), quoted(&part.text)),
            };
            let words = format!(
                "The {said} a sign of {}, {} ({}).",
                group.name,
                standing_words(group.standing),
                print.confidence.word()
            );
            let finding = Finding::about(&print.rule, &print.group, group.standing, print.confidence);
            Some(finding.words(words).seen_in(item).on_list("fingerprints"))
        })
        .collect()
}

/// Brands refuse and never accept: the list knows only labels of groups that may not be used.
fn brands(case: &Case<'_>, item: Item<'_>, part: &Part) -> Vec<Finding> {
    let text = part.text.to_lowercase();
    case.lists
        .brands()
        .iter()
        .filter(|brand| brand.names(&text))
        .filter_map(|brand| {
            let group = case.lists.groups().get(&brand.group)?;
            let link = match brand.relation.as_str() {
                "self" | "legal-name" => format!("the name of {}", group.name),
                relation => format!("a name under which equipment of {} is sold ({relation})", group.name),
            };
            let words = format!(
                "The {} says {}, {link}, {} ({}).",
                item.evidence.kind.words(),
                quoted(&part.text),
                standing_words(group.standing),
                brand.confidence.word()
            );
            let rule = format!("brand.{}", brand.brand.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-"));
            let finding = Finding::about(rule, &brand.group, group.standing, brand.confidence);
            Some(finding.words(words).seen_in(item).on_list("brands"))
        })
        .collect()
}

/// A maker that may be used, by the name it gives itself. Worth little alone.
fn maker(case: &Case<'_>, item: Item<'_>, text: &str) -> Option<Finding> {
    let name = fold(text);
    let (id, group) = case.lists.groups().by_maker(&name)?;
    let words = format!(
        "The manufacturer name says {}: {}, {}; a name alone proves nothing.",
        quoted(&name),
        group.name,
        standing_words(group.standing)
    );
    let finding = Finding::about(format!("maker.{id}"), id, group.standing, crate::Confidence::Medium);
    Some(finding.words(words).seen_in(item).on_list("groups"))
}
