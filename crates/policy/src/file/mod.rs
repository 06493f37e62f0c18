//! Reading the policy file. It is TOML; every key is known, every value is of its type, and every mistake is named with its
//! line and column, all of them in one go. `docs/policy.md` is the manual.
//!
//! Three steps: the TOML itself; each table into its type (`sections`); what must fit together (`rules`). Where a step finds
//! mistakes, the next ones say only what cannot be a consequence of them.

mod rules;
mod sections;
mod table;
mod terms;

use std::fmt;

use candour_units::Hash;
use sha2::{Digest, Sha256};

use crate::model::{Policy, Position, RuleId};
use table::Reader;

/// The version of the file's format that this reader knows: its first key, `format`.
pub const FORMAT: i64 = 1;
/// The largest file that is read, in bytes: a thousand cameras take less than a megabyte.
pub const LARGEST_FILE: usize = 4 << 20;

/// One mistake in a policy file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where.
    pub at: Position,
    /// The key or table it is about.
    pub rule: RuleId,
    /// What is wrong and what would be right, in a sentence.
    pub words: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule.as_str() {
            "" => write!(f, "{}: {}", self.at, self.words),
            rule => write!(f, "{}: {rule}: {}", self.at, self.words),
        }
    }
}

/// Every mistake that was found, in the order of the file. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            mistake.fmt(f)?;
        }
        Ok(())
    }
}

/// Names a version: SHA-256 of the file's bytes as they are, comments included.
#[must_use]
pub fn policy_hash(file: &[u8]) -> Hash {
    Hash(Sha256::digest(file).into())
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// [`Mistakes`]: all that were found.
    pub fn parse(file: &[u8]) -> Result<Self, Mistakes> {
        let only = |at: Position, words: String| Mistakes(vec![Mistake { at, rule: RuleId::of::<&str>(&[]), words }]);
        let start = Position { line: 1, column: 1 };
        if file.len() > LARGEST_FILE {
            let words = format!("the file has {} bytes; a policy has at most {LARGEST_FILE}", file.len());
            return Err(only(start, words));
        }
        let text = std::str::from_utf8(file).map_err(|error| {
            let (before, _) = file.split_at(error.valid_up_to());
            let at = Lines::of(std::str::from_utf8(before).unwrap_or_default()).position(before.len());
            only(at, "this is no UTF-8 text; save the file as UTF-8".to_owned())
        })?;
        let (document, errors) = toml::de::DeTable::parse_recoverable(text);
        let reader = Reader::new(Lines::of(text));
        for error in &errors {
            reader.syntax(error);
        }
        let draft = sections::read(&reader, document.get_ref());
        rules::check(&reader, &draft);
        let (mut mistakes, places) = reader.finish();
        mistakes.sort();
        mistakes.dedup();
        if !mistakes.is_empty() {
            return Err(Mistakes(mistakes));
        }
        draft.whole(policy_hash(file), places).ok_or_else(|| only(start, "site and controller are missing".to_owned()))
    }
}

/// Where the lines of a text begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
        Self { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// Line and column of a byte; past the end, of the end.
    fn position(&self, byte: usize) -> Position {
        let byte = byte.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= byte).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let characters = self.text.get(start..byte).map_or(byte - start, |before| before.chars().count());
        let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(characters) }
    }
}
