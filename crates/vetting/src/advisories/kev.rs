//! The catalogue of known exploited vulnerabilities, as its publisher gives it out in JSON.

use serde::Deserialize;

use super::{AdvisoryError, Merged, Row, groups, models, rows, text};
use crate::Day;

#[derive(Deserialize)]
struct Catalogue {
    vulnerabilities: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "cveID")]
    cve: String,
    vendor_project: String,
    product: String,
    date_added: String,
}

/// Works the catalogue into a firmware list. A flaw that the list has gets its day; one that it does not have becomes a
/// row that can rule nothing out, for the catalogue names no versions.
///
/// # Errors
/// [`AdvisoryError`].
pub fn with_kev(firmware: &[u8], group_list: &[u8], catalogue: &[u8]) -> Result<Merged, AdvisoryError> {
    let form = |why: String| AdvisoryError::Form { form: "KEV", why };
    let catalogue: Catalogue = serde_json::from_slice(catalogue).map_err(|error| form(error.to_string()))?;
    let groups = groups(group_list)?;
    let mut rows = rows(firmware)?;
    let (mut added, mut changed, mut passed_over) = (0, 0, 0);
    for entry in catalogue.vulnerabilities {
        let named = entry.cve.starts_with("CVE-") && entry.cve.len() <= 20;
        if !named || Day::parse(&entry.date_added).is_none() {
            return Err(form(format!("entry {:?}", crate::neutralise(&entry.cve, 40))));
        }
        let mut known = false;
        for row in rows.iter_mut().filter(|row| row.cve == entry.cve) {
            known = true;
            if row.kev.is_empty() {
                row.kev.clone_from(&entry.date_added);
                changed += 1;
            }
        }
        match groups.by_vendor(&entry.vendor_project) {
            _ if known => {}
            None => passed_over += 1,
            Some((group, _)) => {
                let product = crate::neutralise(&entry.product, 120);
                rows.push(Row {
                    cve: entry.cve,
                    group: group.to_owned(),
                    models: models(&product),
                    shape: "any".into(),
                    kev: entry.date_added,
                    words: format!("{product}; the catalogue names no version"),
                    source: "CISA KEV".into(),
                    ..Row::default()
                });
                added += 1;
            }
        }
    }
    Ok(Merged { firmware: text(&rows), added, changed, passed_over })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ListFiles, Lists};

    #[test]
    fn known_flaws_get_their_day_and_new_ones_a_row() {
        let catalogue = br#"{"title":"x","vulnerabilities":[
            {"cveID":"CVE-2025-0324","vendorProject":"Axis","product":"AXIS OS","dateAdded":"2026-11-01","dueDate":"2026-11-20"},
            {"cveID":"CVE-2026-11111","vendorProject":"reolink","product":"RLC-811A IP Camera","dateAdded":"2026-11-02"},
            {"cveID":"CVE-2026-22222","vendorProject":"Some Router Maker","product":"Router","dateAdded":"2026-11-02"}]}"#;
        let shipped = ListFiles::SHIPPED;
        let merged = with_kev(shipped.firmware, shipped.groups, catalogue).expect("it reads");
        assert_eq!((merged.added, merged.changed, merged.passed_over), (1, 2, 1));
        let lists = Lists::parse(&ListFiles { firmware: merged.firmware.as_bytes(), ..shipped }).expect("a list");
        let rule = lists.firmware().iter().find(|rule| rule.cve == "CVE-2026-11111").expect("a row");
        assert!(rule.blocks() && rule.is_about(Some("RLC-811A")) && !rule.is_about(Some("E1 Zoom")));
        let axis: Vec<_> = lists.firmware().iter().filter(|rule| rule.cve == "CVE-2025-0324").collect();
        assert!(axis.len() == 2 && axis.iter().all(|rule| rule.known_exploited.as_deref() == Some("2026-11-01")));
        assert!(with_kev(shipped.firmware, shipped.groups, b"[]").is_err());
    }
}
