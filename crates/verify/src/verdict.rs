//! What was found: lines, and one line that sums them up.

use std::fmt;

/// Everything that is said about what was checked.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// What was changed or is missing.
    pub findings: Vec<String>,
    /// What should be known but is nothing wrong.
    pub notes: Vec<String>,
    /// What verifies, for the closing line.
    pub good: Vec<String>,
}

impl Verdict {
    /// Whether nothing was changed and nothing is missing.
    pub(crate) fn is_good(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        match &self.findings[..] {
            [] => writeln!(f, "{}", self.good.join("; ")),
            [only] => writeln!(f, "{only}"),
            [first, rest @ ..] => {
                for finding in &self.findings {
                    writeln!(f, "{finding}")?;
                }
                writeln!(f, "does not verify, {} findings; the first: {first}", grouped(rest.len() as u64 + 1))
            }
        }
    }
}

/// A number with a space between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A number with its noun.
pub(crate) fn count(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, expected) in [(0, "0"), (999, "999"), (1284, "1 284"), (1_000_000, "1 000 000")] {
            assert_eq!(grouped(number), expected);
        }
        assert_eq!(
            (count(1, "entry", "entries").as_str(), count(2, "entry", "entries").as_str()),
            ("1 entry", "2 entries")
        );
    }
}
