//! Names, paths, banners: what the device says of itself, against fingerprints, brands and makers.

use super::{Case, Finding, Item, quoted};
use crate::lists::{Brand, BrandMatch, Fingerprint};
use crate::{Confidence, Effect, Kind, fold};

pub(super) fn find(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (item, text) in case.texts() {
        for part in parts(item, text) {
            findings.extend(fingerprints(case, item, &part));
            if part.is_name {
                findings.extend(brands(case, item, &part));
            }
        }
        if matches!(item.evidence.kind, Kind::OnvifManufacturer | Kind::VendorName | Kind::DiscoveryName) {
            findings.extend(maker(case, item, text));
        }
    }
    without_paths_that_mean_nothing(case, findings)
}

/// A web server that answers for a path nobody has says nothing by answering for any other of that directory.
fn without_paths_that_mean_nothing(case: &Case<'_>, mut findings: Vec<Finding>) -> Vec<Finding> {
    for (item, path) in case.of(Kind::HttpAnyPath) {
        let directory = &path[..path.rfind('/').map_or(0, |at| at + 1)];
        let means_nothing = |at: usize| {
            let evidence = &case.subject.evidence[at];
            evidence.kind == Kind::HttpPath && evidence.text().is_some_and(|other| other.starts_with(directory))
        };
        findings.retain(|finding| !finding.evidence.is_some_and(means_nothing));
        findings.push(
            Finding::new("http_path.any", Effect::Notes)
                .words(format!(
                    "It answers for {}, which no device has, so the paths in {} that it answers for are not counted.",
                    quoted(path),
                    quoted(directory)
                ))
                .seen_in(item),
        );
    }
    findings
}

/// A text of an item and the list kind it is compared with.
struct Part {
    kind: &'static str,
    text: String,
    /// The same in lower case.
    lower: String,
    /// Whether people put names of makers there.
    is_name: bool,
}

impl Part {
    fn new(kind: &'static str, text: String, is_name: bool) -> Self {
        Self { kind, lower: text.to_lowercase(), text, is_name }
    }
}

/// What an item is compared as. A scope is compared whole, and what it says as a name or a model is compared as a
/// name or a model: a scope `hardware/DS-…` speaks as loudly as the model itself.
fn parts(item: Item<'_>, text: &str) -> Vec<Part> {
    let kind = item.evidence.kind;
    let part = |kind: &'static str, text: &str, is_name: bool| Part::new(kind, fold(text), is_name);
    let mut parts = Vec::new();
    let list_kind = kind.list_kind();
    match kind {
        Kind::OnvifAnswer | Kind::DiscoveryAnswer => {
            let raw = String::from_utf8_lossy(&item.evidence.raw);
            parts.push(Part::new(list_kind, raw.into_owned(), false));
        }
        Kind::OnvifManufacturer
        | Kind::OnvifModel
        | Kind::OnvifHardware
        | Kind::DiscoveryName
        | Kind::DiscoveryModel
        | Kind::VendorName
        | Kind::VendorModel
        | Kind::HttpServer
        | Kind::HttpRealm
        | Kind::HttpTitle
        | Kind::RtspServer
        | Kind::RtspRealm => parts.push(part(list_kind, text, true)),
        // `manufacturer=…` names somebody as much as the maker's own field does.
        Kind::IsapiField | Kind::VendorField => {
            parts.push(part(list_kind, text, false));
            parts.extend(text.split_once('=').map(|(_, value)| part("", value, true)));
        }
        Kind::TlsSubject | Kind::TlsIssuer | Kind::TlsChain | Kind::OnvifCertificate => {
            parts.push(part(list_kind, text, false));
            parts.extend(text.split(',').filter_map(|one| one.split_once('=')).map(|(_, value)| part("", value, true)));
        }
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
    let matching =
        |print: &&Fingerprint| print.kind == part.kind && print.matches(&part.text, &part.lower, case.subject.host);
    case.lists
        .fingerprints()
        .iter()
        .filter(|_| !part.kind.is_empty())
        .filter(matching)
        .filter_map(|print| {
            let standing = case.standing(&print.group)?;
            let kind = item.evidence.kind;
            // A whole XML answer is too long to quote; its name says where to look.
            let said = match item.evidence.text() {
                Some(name) if matches!(kind, Kind::OnvifAnswer | Kind::DiscoveryAnswer) => {
                    format!("{} {} carries", kind.words(), quoted(name))
                }
                _ => format!("{} says {},", kind.words(), quoted(&part.text)),
            };
            let words = format!(
                "The {said} a sign of {}, {} ({}).",
                case.lists.groups().name(&print.group),
                case.standing_words(&print.group, standing),
                print.confidence.word()
            );
            let mut finding = Finding::about(&print.rule, &print.group, standing, print.confidence);
            finding.imitable = print.imitable;
            Some(finding.words(words).seen_in(item).on_list("fingerprints"))
        })
        .collect()
}

/// Fields in which makers name themselves. Elsewhere people write what they like: `Beverly Hills entrance`.
const fn names_its_maker(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::OnvifManufacturer
            | Kind::DiscoveryName
            | Kind::VendorName
            | Kind::HttpServer
            | Kind::RtspServer
            | Kind::TlsSubject
            | Kind::TlsIssuer
            | Kind::OnvifCertificate
    )
}

/// Brands refuse and never accept: the list knows only labels of groups that may not be used.
fn brands(case: &Case<'_>, item: Item<'_>, part: &Part) -> Vec<Finding> {
    let named = case.lists.brands().named_in(&part.lower);
    named.filter_map(|(brand, how)| brand_finding(case, item, part, brand, how)).collect()
}

fn brand_finding(case: &Case<'_>, item: Item<'_>, part: &Part, brand: &Brand, how: BrandMatch) -> Option<Finding> {
    if how == BrandMatch::Somewhere && !(brand.confidence >= Confidence::High && names_its_maker(item.evidence.kind)) {
        return None;
    }
    let standing = case.standing(&brand.group)?;
    let name = case.lists.groups().name(&brand.group);
    // Somewhere in a text, a name may be somebody's remark.
    let confidence = match how {
        BrandMatch::Begins => brand.confidence,
        BrandMatch::Somewhere => brand.confidence.min(Confidence::Medium),
    };
    let link = match brand.relation.as_str() {
        "self" | "legal-name" => format!("the name of {name}"),
        relation => format!("a name under which equipment of {name} is sold ({relation})"),
    };
    let words = format!(
        "The {} says {}, {link}, {} ({}).",
        item.evidence.kind.words(),
        quoted(&part.text),
        case.standing_words(&brand.group, standing),
        confidence.word()
    );
    let rule = format!("brand.{}", brand.brand.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-"));
    let finding = Finding::about(rule, &brand.group, standing, confidence);
    Some(finding.words(words).seen_in(item).on_list("brands"))
}

/// A maker that may be used, by the name it gives itself. Worth little alone, and most where ONVIF asks for it.
fn maker(case: &Case<'_>, item: Item<'_>, text: &str) -> Option<Finding> {
    let name = fold(text);
    let (id, group) = case.lists.groups().by_maker(&name)?;
    let standing = case.standing(id)?;
    let kind = item.evidence.kind;
    let words = format!(
        "The {} says {}: {}, {}; a name alone proves nothing.",
        kind.words(),
        quoted(&name),
        group.name,
        case.standing_words(id, standing)
    );
    let rule = match kind {
        Kind::OnvifManufacturer => format!("maker.{id}"),
        _ => format!("maker-elsewhere.{id}"),
    };
    let finding = Finding::about(rule, id, standing, Confidence::Medium);
    Some(finding.words(words).seen_in(item).on_list("groups"))
}
