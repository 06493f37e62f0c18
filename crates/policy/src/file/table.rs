//! A table of the file while it is read: takes its keys one by one, each as its type, and in the end names those that nobody
//! knows. What goes wrong is noted where it stands, and reading goes on.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::terms::{Term, article};
use super::{Lines, Mistake};
use crate::model::{Position, RuleId};

/// Whether a mistake may be the consequence of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// The text itself is no TOML.
    Syntax,
    /// This very value is wrong.
    Own,
    /// Something is missing, or does not fit something else: not said where the text itself is broken.
    Consequence,
}

/// What the whole reading shares.
pub(super) struct Reader<'t> {
    lines: Lines<'t>,
    mistakes: RefCell<Vec<(Certainty, Mistake)>>,
    places: RefCell<BTreeMap<RuleId, Position>>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(lines: Lines<'t>) -> Self {
        Self { lines, mistakes: RefCell::default(), places: RefCell::default() }
    }

    pub(super) fn syntax(&self, error: &toml::de::Error) {
        let at = self.lines.position(error.span().map_or(0, |span| span.start));
        let mistake =
            Mistake { at, rule: RuleId::of::<&str>(&[]), words: format!("this is no TOML: {}", error.message()) };
        self.mistakes.borrow_mut().push((Certainty::Syntax, mistake));
    }

    fn note(&self, certainty: Certainty, at: Position, rule: RuleId, words: String) {
        self.mistakes.borrow_mut().push((certainty, Mistake { at, rule, words }));
    }

    fn stands(&self, rule: RuleId, span: &Range<usize>) -> Position {
        let at = self.lines.position(span.start);
        self.places.borrow_mut().insert(rule, at);
        at
    }

    /// Something does not fit: said where `rule` stands, or what it stands in.
    pub(super) fn misfit(&self, rule: &RuleId, words: impl Into<String>) {
        let at = self.place(rule).unwrap_or(Position { line: 1, column: 1 });
        self.note(Certainty::Consequence, at, rule.clone(), words.into());
    }

    /// Whether the file has that table or key.
    pub(super) fn has(&self, rule: &RuleId) -> bool {
        self.places.borrow().contains_key(rule)
    }

    /// Where a rule stands, or the table it would stand in.
    fn place(&self, rule: &RuleId) -> Option<Position> {
        let places = self.places.borrow();
        let mut name = rule.as_str();
        loop {
            if let Some(found) = places.get(&RuleId::written(name)) {
                return Some(*found);
            }
            name = &name[..name.rfind(['.', '['])?];
        }
    }

    /// The mistakes worth saying, and where everything stands.
    pub(super) fn finish(self) -> (Vec<Mistake>, BTreeMap<RuleId, Position>) {
        let found = self.mistakes.into_inner();
        let broken = found.iter().any(|(certainty, _)| *certainty == Certainty::Syntax);
        let told = found.into_iter().filter(|(certainty, _)| !broken || *certainty != Certainty::Consequence);
        (told.map(|(_, mistake)| mistake).collect(), self.places.into_inner())
    }
}

/// A table of the file.
pub(super) struct Table<'r, 't> {
    reader: &'r Reader<'t>,
    rule: RuleId,
    at: Position,
    entries: &'r DeTable<'t>,
    known: RefCell<BTreeSet<&'static str>>,
    /// Whether its keys are names that the file chooses.
    by_name: Cell<bool>,
}

impl<'r, 't> Table<'r, 't> {
    pub(super) fn top(reader: &'r Reader<'t>, entries: &'r DeTable<'t>) -> Self {
        let (rule, at) = (RuleId::of::<&str>(&[]), Position { line: 1, column: 1 });
        Self { reader, rule, at, entries, known: RefCell::default(), by_name: Cell::default() }
    }

    /// A key as its type, if it is there and right.
    pub(super) fn may<T: Term>(&self, key: &'static str) -> Option<T> {
        self.known.borrow_mut().insert(key);
        let (name, value) = self.entries.get_key_value(key)?;
        let rule = self.rule.key(key);
        self.reader.stands(rule.clone(), &name.span());
        match T::read(value.get_ref()) {
            Ok(term) => Some(term),
            Err(words) => {
                let at = self.reader.lines.position(value.span().start);
                self.reader.note(Certainty::Own, at, rule, words);
                None
            }
        }
    }

    /// A key that must be there; `meaning` says what belongs there.
    pub(super) fn need<T: Term>(&self, key: &'static str, meaning: &str) -> Option<T> {
        if !self.entries.contains_key(key) {
            self.known.borrow_mut().insert(key);
            let words = format!("`{key}` is missing: {meaning}");
            self.reader.note(Certainty::Consequence, self.at, self.rule.clone(), words);
            return None;
        }
        self.may(key)
    }

    /// A table below a key; `None` if it is not there or is no table.
    pub(super) fn table(&self, key: &'static str) -> Option<Self> {
        self.known.borrow_mut().insert(key);
        let (name, value) = self.entries.get_key_value(key)?;
        self.below(self.rule.key(key), &name.span(), value.get_ref(), &value.span())
    }

    /// A table that must be there.
    pub(super) fn need_table(&self, key: &'static str, meaning: &str) -> Option<Self> {
        if !self.entries.contains_key(key) {
            self.known.borrow_mut().insert(key);
            let words = format!("`[{}]` is missing: {meaning}", self.rule.key(key));
            self.reader.note(Certainty::Consequence, self.at, self.rule.clone(), words);
        }
        self.table(key)
    }

    /// The tables by name below a key, each with its name.
    pub(super) fn named_tables(&self, key: &'static str) -> Vec<(String, Self)> {
        let Some(all) = self.table(key) else { return Vec::new() };
        all.by_name.set(true);
        let below = |(name, value): (&'r toml::Spanned<toml::de::DeString<'t>>, &'r toml::Spanned<DeValue<'t>>)| {
            let table = all.below(all.rule.key(name.get_ref()), &name.span(), value.get_ref(), &value.span())?;
            Some((name.get_ref().to_string(), table))
        };
        all.entries.iter().filter_map(below).collect()
    }

    /// The list of tables below a key, each with its number in its rule, from 1.
    pub(super) fn list(&self, key: &'static str) -> Vec<Self> {
        self.known.borrow_mut().insert(key);
        let Some((name, value)) = self.entries.get_key_value(key) else { return Vec::new() };
        let rule = self.rule.key(key);
        let at = self.reader.stands(rule.clone(), &name.span());
        let DeValue::Array(entries) = value.get_ref() else {
            let words = format!("this is a list of tables: write [[{rule}]] above each of them");
            self.reader.note(Certainty::Own, at, rule, words);
            return Vec::new();
        };
        let below = |(index, entry): (usize, &'r toml::Spanned<DeValue<'t>>)| {
            self.below(rule.entry(index + 1), &entry.span(), entry.get_ref(), &entry.span())
        };
        entries.iter().enumerate().filter_map(below).collect()
    }

    fn below(&self, rule: RuleId, name: &Range<usize>, value: &'r DeValue<'t>, span: &Range<usize>) -> Option<Self> {
        let at = self.reader.stands(rule.clone(), name);
        match value {
            DeValue::Table(entries) => Some(Self {
                reader: self.reader,
                rule,
                at,
                entries,
                known: RefCell::default(),
                by_name: Cell::default(),
            }),
            other => {
                let words =
                    format!("this is a table, not {}: write [{rule}] and its keys below", article(other.type_str()));
                self.reader.note(Certainty::Own, self.reader.lines.position(span.start), rule, words);
                None
            }
        }
    }

    /// Something is wrong with this table as a whole, or with one of its keys.
    pub(super) fn mistake(&self, key: Option<&str>, words: impl Into<String>) {
        let rule = key.map_or_else(|| self.rule.clone(), |key| self.rule.key(key));
        self.reader.misfit(&rule, words);
    }

    /// Something is wrong with a table further down.
    pub(super) fn mistake_below(&self, path: &[&str], words: &str) {
        self.reader.misfit(&RuleId::of(path), words);
    }
}

/// Names the keys that nobody took.
impl Drop for Table<'_, '_> {
    fn drop(&mut self) {
        if self.by_name.get() {
            return;
        }
        let known = self.known.borrow();
        for (name, _) in self.entries.iter().filter(|(name, _)| !known.contains(name.get_ref().as_ref())) {
            let key = name.get_ref().as_ref();
            let near = known.iter().map(|word| (distance(key, word), *word)).min().filter(|(far, _)| *far <= 2);
            let help = match near {
                Some((_, word)) => format!("did you mean `{word}`?"),
                None => format!("known here: {}", known.iter().copied().collect::<Vec<_>>().join(", ")),
            };
            let at = self.reader.lines.position(name.span().start);
            let words = format!("nobody knows the key `{}`; {help}", shown(key));
            self.reader.note(Certainty::Own, at, self.rule.key(key), words);
        }
    }
}

/// A key as it may be shown: short, and without control characters.
fn shown(key: &str) -> String {
    key.chars().filter(|character| !character.is_control()).take(60).collect()
}

/// How many letters must be changed, put in or left out to come from one word to the other (Levenshtein).
pub(super) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for column in 0..to.len() {
            let changed = diagonal + usize::from(to[column] != letter);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_look_alike_are_near() {
        for (from, to, expected) in
            [("keep", "keep", 0), ("kep", "keep", 1), ("aim", "mai", 2), ("", "abc", 3), ("schedul", "schedule", 1)]
        {
            assert_eq!((distance(from, to), distance(to, from)), (expected, expected), "{from} {to}");
        }
    }
}
