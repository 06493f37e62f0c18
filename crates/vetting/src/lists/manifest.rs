//! Which lists there are, how old they are and where they come from.

use candour_units::Hash;

use super::{ListError, each_row};

/// Identity of one list. The register publishes these for the lists in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInfo {
    /// Its name, for example `prefixes`.
    pub id: String,
    /// Counts up with every change; an older one is never put in force after a newer.
    pub version: u32,
    /// The day it describes the world of, `yyyy-mm-dd`.
    pub date: String,
    /// Where it comes from.
    pub source: String,
    /// SHA-256 of its bytes.
    pub digest: Hash,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Vec<ListInfo>, ListError> {
    let mut infos = Vec::new();
    each_row("manifest", bytes, |row| {
        let date = row.get("date")?;
        let is_date = date.len() == 10
            && date.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !is_date {
            return Err(row.wrong("date"));
        }
        infos.push(ListInfo {
            id: row.get("id")?.to_owned(),
            version: row.get("version")?.parse().map_err(|_| row.wrong("version"))?,
            date: date.to_owned(),
            source: row.get("source")?.to_owned(),
            digest: Hash::default(),
        });
        Ok(())
    })?;
    Ok(infos)
}
