//! The groups every other list speaks of.

use std::collections::BTreeMap;

use super::{ListError, each_row};
use crate::Standing;

/// One group: a maker with all its labels, or a sign that points at a jurisdiction.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub standing: Standing,
    /// The name used in sentences.
    pub name: String,
    /// The manufacturer names, lower case, by which a maker that may be used calls itself.
    pub makers: Vec<String>,
    /// The code of the law it is subject to; empty where nobody can say.
    pub jurisdiction: String,
    /// The names, lower case, under which public lists of flaws speak of it.
    pub vendors: Vec<String>,
}

/// All groups by id.
#[derive(Debug, Default)]
pub(crate) struct Groups(BTreeMap<String, Group>);

impl Groups {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ListError> {
        let mut groups = BTreeMap::new();
        each_row("groups", bytes, |row| {
            let standing = Standing::parse(row.get("standing")?).ok_or_else(|| row.wrong("standing"))?;
            let names = |text: &str| -> Vec<String> {
                text.split(';').map(|m| m.trim().to_lowercase()).filter(|m| !m.is_empty()).collect()
            };
            let (makers, vendors) = (names(row.get("makers")?), names(row.get("vendors")?));
            let jurisdiction = row.get("jurisdiction")?.to_owned();
            // Names of groups that may not be used stand in the brand list; a name here can only speak for a maker.
            if !makers.is_empty() && !standing.may_be_used() {
                return Err(row.wrong("makers"));
            }
            let group = Group { standing, name: row.get("name")?.to_owned(), makers, jurisdiction, vendors };
            if groups.insert(row.get("group")?.to_owned(), group).is_some() {
                return Err(row.wrong("group"));
            }
            Ok(())
        })?;
        Ok(Self(groups))
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Group> {
        self.0.get(id)
    }

    /// The group of which a public list of flaws speaks by this name (any case).
    pub(crate) fn by_vendor(&self, name: &str) -> Option<(&str, &Group)> {
        let name = name.trim().to_lowercase();
        self.0.iter().find(|(_, group)| group.vendors.contains(&name)).map(|(id, group)| (id.as_str(), group))
    }

    /// Every jurisdiction that a group names.
    pub(crate) fn jurisdictions(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|group| group.jurisdiction.as_str()).filter(|code| !code.is_empty())
    }

    /// The name for sentences; the id itself for a group that is not listed.
    pub(crate) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).map_or(id, |group| &group.name)
    }

    /// The group that calls itself exactly so (any case).
    pub(crate) fn by_maker(&self, name: &str) -> Option<(&str, &Group)> {
        let name = name.to_lowercase();
        self.0.iter().find(|(_, group)| group.makers.contains(&name)).map(|(id, group)| (id.as_str(), group))
    }
}
