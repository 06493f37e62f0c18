//! Brand names and whose equipment they sell. A brand may only refuse: the list is never complete.

use regex::Regex;

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

/// Where in a text a brand's name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BrandMatch {
    /// The text is the name, or begins with it.
    Begins,
    /// It stands further on, as words of its own.
    Somewhere,
}

impl Brand {
    /// Where `text` (folded, lower case) holds one of the names as whole words. Names of three letters or less are words
    /// of their own in many languages and must be the whole text; those of four or less must begin it.
    fn names(&self, text: &str) -> Option<BrandMatch> {
        let found = |name: &String| {
            if text == name {
                return Some(BrandMatch::Begins);
            }
            let letters = name.chars().count();
            let at = text.match_indices(name.as_str()).map(|(at, _)| at).find(|at| {
                let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
                apart(text[..*at].chars().next_back()) && apart(text[at + name.len()..].chars().next())
            })?;
            match at {
                0 if letters > 3 => Some(BrandMatch::Begins),
                at if at > 0 && letters > 4 => Some(BrandMatch::Somewhere),
                _ => None,
            }
        };
        self.names.iter().filter_map(found).min_by_key(|how| *how == BrandMatch::Somewhere)
    }
}

/// Every brand of the list.
#[derive(Debug)]
pub(crate) struct Brands {
    all: Vec<Brand>,
    /// Any of their names, anywhere in a text: most texts hold none, and one pass says so. `None` where it cannot be compiled.
    any_name: Option<Regex>,
}

impl Brands {
    fn new(all: Vec<Brand>) -> Self {
        let names: Vec<_> = all.iter().flat_map(|brand| &brand.names).map(|name| regex::escape(name)).collect();
        Self { any_name: Regex::new(&names.join("|")).ok(), all }
    }

    /// The brands that `text` (folded, lower case) names, and where.
    pub(crate) fn named_in(&self, text: &str) -> impl Iterator<Item = (&Brand, BrandMatch)> {
        let some = self.any_name.as_ref().is_none_or(|any| any.is_match(text));
        self.all.iter().filter(move |_| some).filter_map(move |brand| Some((brand, brand.names(text)?)))
    }
}

pub(super) fn parse(bytes: &[u8], groups: &Groups) -> Result<Brands, ListError> {
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
    Ok(Brands::new(brands))
}
