//! Brand names and whose equipment they sell. A brand may only refuse: the list is never complete.

use super::groups::Groups;
use super::{ListError, each_row};
use crate::Confidence;

/// One brand that sells a listed group's equipment.
#[derive(Debug, Clone)]
pub(crate) struct Brand {
    pub brand: String,
    pub relation: String,
    pub group: String,
    pub confidence: Confidence,
    /// The names devices use, folded and lower case.
    names: Vec<String>,
}

impl Brand {
    /// Whether `text` (folded, lower case) is one of the names or begins with one as a whole word. Names of three
    /// letters or less are words of their own in many languages and must be the whole text.
    pub(crate) fn names(&self, text: &str) -> bool {
        self.names.iter().any(|name| {
            text == name
                || (name.chars().count() > 3
                    && text
                        .strip_prefix(name.as_str())
                        .and_then(|rest| rest.chars().next())
                        .is_some_and(|c| !c.is_alphanumeric()))
        })
    }
}

pub(super) fn parse(bytes: &[u8], groups: &Groups) -> Result<Vec<Brand>, ListError> {
    let mut brands = Vec::new();
    each_row("brands", bytes, |row| {
        let (group, names) = (row.get("group")?, row.get("names")?);
        // Rows without a group are makers that may be used, and rows without names are parts of a range that cannot be
        // told from the rest by name: both stand in the list for readers only.
        if group.is_empty() || names.is_empty() {
            return Ok(());
        }
        if groups.get(group).is_none_or(|g| g.standing.may_be_used()) {
            return Err(row.wrong("group"));
        }
        brands.push(Brand {
            brand: row.get("brand")?.to_owned(),
            relation: row.get("relation")?.to_owned(),
            group: group.to_owned(),
            confidence: Confidence::parse(row.get("confidence")?).ok_or_else(|| row.wrong("confidence"))?,
            names: names.split(';').map(|name| crate::fold(name).to_lowercase()).filter(|n| !n.is_empty()).collect(),
        });
        Ok(())
    })?;
    Ok(brands)
}
