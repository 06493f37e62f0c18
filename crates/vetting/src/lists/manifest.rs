//! Which lists there are, how old they are and where they come from.

use candour_units::Hash;

use super::{ListError, each_row};
use crate::Day;

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
    /// Lines without the header.
    pub rows: u64,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Vec<ListInfo>, ListError> {
    let mut infos = Vec::new();
    each_row("manifest", bytes, |row| {
        let date = row.get("date")?;
        if Day::parse(date).is_none() {
            return Err(row.wrong("date"));
        }
        infos.push(ListInfo {
            id: row.get("id")?.to_owned(),
            version: row.get("version")?.parse().map_err(|_| row.wrong("version"))?,
            date: date.to_owned(),
            source: row.get("source")?.to_owned(),
            digest: Hash::default(),
            rows: 0,
        });
        Ok(())
    })?;
    Ok(infos)
}
