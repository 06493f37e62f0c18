//! Public lists of flaws as rows of the firmware list: the catalogue of known exploited vulnerabilities (KEV) and
//! advisories in CSAF 2.0 with their VEX status. What comes out is a list like any other, to be looked at and signed.

mod csaf;
mod kev;

pub use csaf::with_csaf;
pub use kev::with_kev;

use serde::{Deserialize, Serialize};

use crate::Day;
use crate::lists::{Groups, ListError};

/// Why an advisory could not be read. The list stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum AdvisoryError {
    /// Not JSON of that form.
    #[error("this is no {form} document: {why}; ask for the file again")]
    Form {
        /// `KEV` or `CSAF 2.0`.
        form: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The list it should be added to is broken.
    #[error("the {list} list cannot be read")]
    List {
        /// Which.
        list: &'static str,
        /// Why.
        source: csv::Error,
    },
    /// The groups it should be matched with are broken.
    #[error(transparent)]
    Groups(#[from] ListError),
}

/// A firmware list with an advisory worked into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The list, CSV.
    pub firmware: String,
    /// Rows that are new.
    pub added: usize,
    /// Rows that say more than before.
    pub changed: usize,
    /// Entries about makers that are in no group, or about nothing that has a name here.
    pub passed_over: usize,
}

/// One row of the firmware list, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Row {
    cve: String,
    group: String,
    models: String,
    shape: String,
    from: String,
    below: String,
    #[serde(default)]
    status: String,
    kev: String,
    cvss: String,
    words: String,
    source: String,
}

fn rows(firmware: &[u8]) -> Result<Vec<Row>, AdvisoryError> {
    let all: Result<_, _> = csv::Reader::from_reader(firmware).deserialize().collect();
    all.map_err(|source| AdvisoryError::List { list: "firmware", source })
}

fn text(rows: &[Row]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("plain rows into memory");
    }
    String::from_utf8(writer.into_inner().expect("memory takes everything")).expect("rows are text")
}

fn groups(groups: &[u8]) -> Result<Groups, AdvisoryError> {
    Ok(Groups::parse(groups)?)
}

/// The models that a product's name names: words with letters and digits. None stands for every model of the maker, for
/// then nothing can be ruled out.
fn models(product: &str) -> String {
    let mut names: Vec<String> = product
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '(' | ')'))
        .filter(|word| {
            word.len() >= 3
                && word.chars().any(|c| c.is_ascii_digit())
                && word.chars().any(char::is_alphabetic)
                && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        })
        .map(regex::escape)
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { String::new() } else { format!("(?i)^({})", names.join("|")) }
}

/// The manifest with a list's version counted up and its day set.
///
/// # Errors
/// [`AdvisoryError::List`] when it is no manifest.
pub fn bump(manifest: &[u8], list: &str, date: Day) -> Result<String, AdvisoryError> {
    let fail = |source| AdvisoryError::List { list: "manifest", source };
    let mut reader = csv::Reader::from_reader(manifest);
    let headers = reader.headers().map_err(fail)?.clone();
    let at = |name: &str| headers.iter().position(|header| header == name);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&headers).expect("memory takes everything");
    for record in reader.records() {
        let record = record.map_err(fail)?;
        let is_it = at("id").and_then(|at| record.get(at)) == Some(list);
        let fields = record.iter().enumerate().map(|(place, field)| match field.parse::<u32>() {
            Ok(version) if is_it && at("version") == Some(place) => version.saturating_add(1).to_string(),
            _ if is_it && at("date") == Some(place) => date.to_string(),
            _ => field.to_owned(),
        });
        writer.write_record(fields).expect("memory takes everything");
    }
    Ok(String::from_utf8(writer.into_inner().expect("memory takes everything")).expect("rows are text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ListFiles, Lists};

    #[test]
    fn models_of_products() {
        assert_eq!(models("RLC-410W IP Camera"), r"(?i)^(RLC\-410W)");
        assert_eq!(models("DCS-2530L and DCS-2670L Devices"), r"(?i)^(DCS\-2530L|DCS\-2670L)");
        assert_eq!(models("Multiple Products"), "");
    }

    #[test]
    fn a_list_counts_up() {
        let day = Day::parse("2026-12-01").expect("a day");
        let manifest = bump(ListFiles::SHIPPED.manifest, "firmware", day).expect("the shipped manifest");
        let lists = Lists::parse(&ListFiles { manifest: manifest.as_bytes(), ..ListFiles::SHIPPED }).expect("lists");
        let firmware = lists.infos().iter().find(|info| info.id == "firmware").expect("listed");
        assert_eq!((firmware.version, firmware.date.as_str()), (3, "2026-12-01"));
        assert!(lists.infos().iter().filter(|info| info.id != "firmware").all(|info| info.date != "2026-12-01"));
    }

    #[test]
    fn the_shipped_list_is_written_as_it_was_read() {
        let shipped = ListFiles::SHIPPED.firmware;
        assert_eq!(text(&rows(shipped).expect("rows")).as_bytes(), shipped);
    }
}
