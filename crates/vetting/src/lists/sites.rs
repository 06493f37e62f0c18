//! What the class of a site forbids: groups on watch, and makers under a law that the class names.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::{Group, Groups};
use super::{ListError, each_row};
use crate::{SiteClass, Standing};

/// Jurisdictions by code.
#[derive(Debug, Default)]
pub(crate) struct Jurisdictions(BTreeMap<String, Jurisdiction>);

/// One of them, in words.
#[derive(Debug)]
struct Jurisdiction {
    name: String,
    law: String,
}

impl Jurisdictions {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ListError> {
        let mut all = BTreeMap::new();
        each_row("jurisdictions", bytes, |row| {
            let jurisdiction = Jurisdiction { name: row.get("name")?.to_owned(), law: row.get("law")?.to_owned() };
            match all.insert(row.get("code")?.to_owned(), jurisdiction) {
                None => Ok(()),
                Some(_) => Err(row.wrong("code")),
            }
        })?;
        Ok(Self(all))
    }

    pub(super) fn has(&self, code: &str) -> bool {
        self.0.contains_key(code)
    }

    /// The law of a jurisdiction as it stands in a sentence; the place where the list names no law.
    pub(crate) fn words(&self, code: &str) -> String {
        match self.0.get(code) {
            Some(found) if !found.law.is_empty() => format!("the {} of {}", found.law, found.name),
            Some(found) => format!("the law of {}", found.name),
            None => code.to_owned(),
        }
    }
}

/// What one class of site forbids beyond the refused list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Class {
    watch_refused: bool,
    jurisdictions: BTreeSet<String>,
}

/// The classes of sites.
#[derive(Debug, Default)]
pub(crate) struct SiteClasses {
    standard: Class,
    sensitive: Class,
}

impl SiteClasses {
    pub(super) fn parse(bytes: &[u8], known: &Jurisdictions) -> Result<Self, ListError> {
        let mut all = BTreeMap::new();
        each_row("site-classes", bytes, |row| {
            let watch_refused = match row.get("watch")? {
                "refused" => true,
                "quarantined" => false,
                _ => return Err(row.wrong("watch")),
            };
            let jurisdictions: BTreeSet<String> = row
                .get("refused_jurisdictions")?
                .split(';')
                .map(|code| code.trim().to_owned())
                .filter(|code| !code.is_empty())
                .collect();
            if jurisdictions.iter().any(|code| !known.has(code)) {
                return Err(row.wrong("refused_jurisdictions"));
            }
            match all.insert(row.get("class")?.to_owned(), Class { watch_refused, jurisdictions }) {
                None => Ok(()),
                Some(_) => Err(row.wrong("class")),
            }
        })?;
        let mut take = |class: &'static str| {
            all.remove(class).ok_or_else(|| ListError::Field {
                list: "site-classes",
                line: 0,
                column: "class",
                value: format!("no line for {class}"),
            })
        };
        Ok(Self { standard: take("standard")?, sensitive: take("sensitive")? })
    }

    fn class(&self, class: SiteClass) -> &Class {
        match class {
            SiteClass::Standard => &self.standard,
            SiteClass::Sensitive => &self.sensitive,
        }
    }

    /// What a group comes to at a site of this class: one whose law the class refuses can be no better than on watch.
    pub(crate) fn standing(&self, class: SiteClass, group: &Group) -> Standing {
        let by_law = self.class(class).jurisdictions.contains(&group.jurisdiction);
        if by_law && group.standing.may_be_used() { Standing::Watch } else { group.standing }
    }

    /// Whether a group on watch is refused there, and not only quarantined.
    pub(crate) fn refuses_watch(&self, class: SiteClass, group: &str, groups: &Groups) -> bool {
        let class = self.class(class);
        class.watch_refused || groups.get(group).is_some_and(|g| class.jurisdictions.contains(&g.jurisdiction))
    }
}
