//! Advisories in CSAF 2.0 (OASIS), with the status of each product as VEX has it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{AdvisoryError, Merged, Row, groups, models, rows, text};
use crate::lists::Groups;

/// Branches are not nested deeper than this by anybody.
const MAX_DEPTH: usize = 16;

/// What a product id stands for.
#[derive(Debug, Clone, Default)]
struct Product {
    vendor: String,
    name: String,
    version: Version,
}

/// The versions that a product id is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Version {
    /// None is named.
    #[default]
    Every,
    /// Between the two, the second excluded; empty: no bound.
    Range(String, String),
    /// Named in a way that cannot be evaluated.
    Unreadable,
}

/// Works one advisory into a firmware list; its rows take the place of those that the same advisory brought before.
///
/// # Errors
/// [`AdvisoryError`].
pub fn with_csaf(firmware: &[u8], group_list: &[u8], advisory: &[u8]) -> Result<Merged, AdvisoryError> {
    let form = |why: &str| AdvisoryError::Form { form: "CSAF 2.0", why: why.to_owned() };
    let advisory: Json = serde_json::from_slice(advisory).map_err(|error| form(&error.to_string()))?;
    if advisory.pointer("/document/csaf_version").and_then(Json::as_str) != Some("2.0") {
        return Err(form("document.csaf_version is not 2.0"));
    }
    let id = advisory.pointer("/document/tracking/id").and_then(Json::as_str).ok_or_else(|| form("it has no id"))?;
    let source = format!("CSAF {}", crate::neutralise(id, 80));
    let groups = groups(group_list)?;
    let products = products(&advisory);
    let mut all = rows(firmware)?;
    let before = all.len();
    all.retain(|row| row.source != source);
    let changed = before - all.len();
    let exploited: BTreeMap<String, String> =
        all.iter().filter(|row| !row.kev.is_empty()).map(|row| (row.cve.clone(), row.kev.clone())).collect();
    let (mut added, mut passed_over) = (0, 0);
    for flaw in advisory.get("vulnerabilities").and_then(Json::as_array).into_iter().flatten() {
        let Some(cve) = flaw.get("cve").and_then(Json::as_str).filter(|cve| cve.len() <= 40) else {
            passed_over += 1;
            continue;
        };
        let known = Row {
            cve: cve.to_owned(),
            kev: exploited.get(cve).cloned().unwrap_or_default(),
            cvss: score(flaw),
            source: source.clone(),
            ..Row::default()
        };
        for (status, product) in statuses(flaw) {
            match products.get(product).and_then(|product| row(&known, status, product, &groups)) {
                Some(row) => {
                    if !all.contains(&row) {
                        all.push(row);
                        added += 1;
                    }
                }
                None => passed_over += 1,
            }
        }
    }
    Ok(Merged { firmware: text(&all), added, changed, passed_over })
}

/// Status and product id of every product that a vulnerability speaks of.
fn statuses(flaw: &Json) -> Vec<(&'static str, &str)> {
    const WORDS: [(&str, &str); 6] = [
        ("known_affected", "affected"),
        ("first_affected", "affected"),
        ("known_not_affected", "not_affected"),
        ("fixed", "fixed"),
        ("first_fixed", "fixed"),
        ("under_investigation", "under_investigation"),
    ];
    let of = |word: &str| flaw.pointer(&format!("/product_status/{word}")).and_then(Json::as_array);
    WORDS
        .into_iter()
        .flat_map(|(word, status)| of(word).into_iter().flatten().filter_map(move |id| Some((status, id.as_str()?))))
        .collect()
}

fn row(known: &Row, status: &'static str, product: &Product, groups: &Groups) -> Option<Row> {
    let (group, _) = groups.by_vendor(&product.vendor)?;
    let (shape, from, below) = match (&product.version, status) {
        (Version::Range(from, below), _) => ("version", from.clone(), below.clone()),
        // "Fixed" or "not affected" without a version that can be read clears nothing.
        (Version::Every, "fixed") | (Version::Unreadable, "fixed" | "not_affected") => return None,
        (Version::Every, _) => ("all", String::new(), String::new()),
        (Version::Unreadable, _) => ("any", String::new(), String::new()),
    };
    let versions = match shape {
        "version" => format!(" {from} up to {below}").replace("  ", " the first "),
        "all" => " in every version".to_owned(),
        _ => " in versions that cannot be compared".to_owned(),
    };
    Some(Row {
        group: group.to_owned(),
        models: models(&product.name),
        shape: shape.into(),
        from,
        below,
        status: status.into(),
        words: format!("{}{versions}: {}", product.name, status.replace('_', " ")),
        ..known.clone()
    })
}

/// The highest base score, as the list writes it.
fn score(flaw: &Json) -> String {
    let scores = flaw.get("scores").and_then(Json::as_array).into_iter().flatten();
    let base = |score: &Json| {
        ["cvss_v4", "cvss_v3"]
            .iter()
            .find_map(|kind| score.pointer(&format!("/{kind}/baseScore")).and_then(Json::as_f64))
    };
    let highest = scores.filter_map(base).filter(|score| (0.0..=10.0).contains(score)).reduce(f64::max);
    highest.map_or_else(String::new, |score| format!("{score:.1}"))
}

fn products(advisory: &Json) -> BTreeMap<String, Product> {
    let mut all = BTreeMap::new();
    let publisher = advisory.pointer("/document/publisher/name").and_then(Json::as_str).unwrap_or_default();
    let tree = advisory.get("product_tree");
    for product in tree.and_then(|tree| tree.get("full_product_names")).and_then(Json::as_array).into_iter().flatten() {
        let name = text_of(product, "name");
        note(&mut all, product, Product { vendor: publisher.to_owned(), name, version: Version::Unreadable });
    }
    if let Some(branches) = tree.and_then(|tree| tree.get("branches")) {
        walk(branches, &Product::default(), MAX_DEPTH, &mut all);
    }
    all
}

fn walk(branches: &Json, above: &Product, depth: usize, all: &mut BTreeMap<String, Product>) {
    if depth == 0 {
        return;
    }
    for branch in branches.as_array().into_iter().flatten() {
        let mut here = above.clone();
        let name = text_of(branch, "name");
        match branch.get("category").and_then(Json::as_str).unwrap_or_default() {
            "vendor" => here.vendor = name,
            "product_name" | "product_family" => here.name = format!("{} {name}", here.name).trim().to_owned(),
            "product_version" => here.version = exact(&name),
            "product_version_range" => here.version = range(&name),
            _ => {}
        }
        if let Some(product) = branch.get("product") {
            note(all, product, here.clone());
        }
        if let Some(below) = branch.get("branches") {
            walk(below, &here, depth - 1, all);
        }
    }
}

fn note(all: &mut BTreeMap<String, Product>, product: &Json, stands_for: Product) {
    if let Some(id) = product.get("product_id").and_then(Json::as_str) {
        all.insert(id.to_owned(), stands_for);
    }
}

fn text_of(json: &Json, name: &str) -> String {
    crate::neutralise(json.get(name).and_then(Json::as_str).unwrap_or_default(), 120)
}

/// One version: from itself up to the next of its last number.
fn exact(text: &str) -> Version {
    numbers(text).map_or(Version::Unreadable, |numbers| Version::Range(dotted(&numbers), dotted(&next(&numbers))))
}

/// `vers:generic/>=11.8.0|<11.11.140`, with or without its scheme.
fn range(text: &str) -> Version {
    let text = text.strip_prefix("vers:").and_then(|rest| rest.split_once('/')).map_or(text, |(_, rest)| rest);
    let (mut from, mut below) = (String::new(), String::new());
    for term in text.split(['|', ' ', ',']).filter(|term| !term.is_empty()) {
        let operator: String = term.chars().take_while(|c| "<>=".contains(*c)).collect();
        let Some(version) = numbers(&term[operator.len()..]) else { return Version::Unreadable };
        match operator.as_str() {
            ">=" => from = dotted(&version),
            ">" => from = dotted(&next(&version)),
            "<" => below = dotted(&version),
            "<=" => below = dotted(&next(&version)),
            _ => return Version::Unreadable,
        }
    }
    if below.is_empty() { Version::Unreadable } else { Version::Range(from, below) }
}

fn numbers(text: &str) -> Option<Vec<u64>> {
    let text = text.trim().trim_start_matches(['v', 'V']);
    text.split('.').map(|part| part.parse().ok()).collect()
}

fn next(numbers: &[u64]) -> Vec<u64> {
    let mut numbers = numbers.to_vec();
    if let Some(last) = numbers.last_mut() {
        *last = last.saturating_add(1);
    }
    numbers
}

fn dotted(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ListFiles, Lists, Verdict3};

    const ADVISORY: &str = r#"{
      "document": {"category":"csaf_vex","csaf_version":"2.0","tracking":{"id":"AXIS-2026-7"},"publisher":{"name":"Axis"}},
      "product_tree": {"branches":[{"category":"vendor","name":"Axis","branches":[
        {"category":"product_name","name":"AXIS OS","branches":[
          {"category":"product_version_range","name":"vers:semver/>=12.0.0|<12.9.33","product":{"name":"a","product_id":"A"}},
          {"category":"product_version","name":"12.6.104","product":{"name":"b","product_id":"B"}},
          {"category":"product_version_range","name":"<=11.11.2","product":{"name":"c","product_id":"C"}}]},
        {"category":"product_name","name":"P3265-LVE","product":{"name":"d","product_id":"D"}}]},
        {"category":"vendor","name":"Nobody here","branches":[{"category":"product_name","name":"X","product":{"name":"x","product_id":"X"}}]}]},
      "vulnerabilities": [{"cve":"CVE-2026-77777","scores":[{"products":["A"],"cvss_v3":{"baseScore":9.8}}],
        "product_status":{"known_affected":["A","X"],"fixed":["B"],"under_investigation":["C"],"known_not_affected":["D"]}}]}"#;

    #[track_caller]
    fn check(lists: &Lists, model: &str, version: &str, expected: Verdict3) {
        let rules: Vec<_> =
            lists.firmware().iter().filter(|r| r.cve == "CVE-2026-77777" && r.is_about(Some(model))).collect();
        let answer = if rules.iter().any(|rule| rule.clears(version)) {
            Verdict3::NotAffected
        } else {
            rules.iter().map(|rule| rule.evaluate(version)).min().unwrap_or(Verdict3::NotAffected)
        };
        assert_eq!(answer, expected, "{model} {version}");
    }

    #[test]
    fn every_status_has_its_answer() {
        let shipped = ListFiles::SHIPPED;
        let merged = with_csaf(shipped.firmware, shipped.groups, ADVISORY.as_bytes()).expect("it reads");
        assert_eq!((merged.added, merged.changed, merged.passed_over), (4, 0, 1));
        let lists = Lists::parse(&ListFiles { firmware: merged.firmware.as_bytes(), ..shipped }).expect("a list");
        check(&lists, "P1445-LE", "12.1.3", Verdict3::Affected);
        check(&lists, "P1445-LE", "12.6.104", Verdict3::NotAffected);
        check(&lists, "P1445-LE", "12.9.33", Verdict3::NotAffected);
        check(&lists, "P1445-LE", "11.11.2", Verdict3::Unknown);
        check(&lists, "P1445-LE", "11.11.3", Verdict3::NotAffected);
        check(&lists, "P1445-LE", "", Verdict3::Unknown);
        check(&lists, "P3265-LVE", "12.1.3", Verdict3::NotAffected);
        // The same advisory again takes the place of what it brought before.
        let again = with_csaf(merged.firmware.as_bytes(), shipped.groups, ADVISORY.as_bytes()).expect("it reads");
        assert_eq!((again.firmware == merged.firmware, again.changed), (true, 4));
        for broken in ["", "{}", r#"{"document":{"csaf_version":"1.2"}}"#] {
            assert!(with_csaf(shipped.firmware, shipped.groups, broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
