//! What devices say of themselves, as patterns.

use std::net::IpAddr;

use regex::{Regex, RegexBuilder};

use super::groups::Groups;
use super::{ListError, each_row};
use crate::Confidence;

/// One pattern.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprint {
    pub rule: String,
    pub kind: String,
    pub group: String,
    pub confidence: Confidence,
    /// Whether other makers' firmware is known to send it on purpose: beside proof of another maker it is a
    /// contradiction, not a certainty.
    pub imitable: bool,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Regex(Regex),
    /// The text holds these words, any case.
    Literal(String),
    /// The text is these words.
    Exact(String),
    /// The text is the digits of the address the device was added at.
    OwnAddress,
}

impl Fingerprint {
    /// Whether `text`, said by the device at `host`, carries this sign; `lower` is the text in lower case, made once for all
    /// patterns.
    pub(crate) fn matches(&self, text: &str, lower: &str, host: IpAddr) -> bool {
        match &self.matcher {
            Matcher::OwnAddress => {
                let digits: String = host.to_string().chars().filter(char::is_ascii_digit).collect();
                text == digits
            }
            Matcher::Regex(regex) => regex.is_match(text),
            Matcher::Literal(words) => lower.contains(words),
            Matcher::Exact(words) => text == words,
        }
    }
}

/// A row's pattern may not grow past this when compiled; a list is data and must not exhaust the machine.
const COMPILED_LIMIT: usize = 256 * 1024;

pub(super) fn parse(bytes: &[u8], groups: &Groups) -> Result<Vec<Fingerprint>, ListError> {
    let mut prints = Vec::new();
    each_row("fingerprints", bytes, |row| {
        let pattern = row.get("pattern")?;
        let matcher = match row.get("match")? {
            // Case never tells makers apart, and a device that changes it must not slip through.
            "regex" => RegexBuilder::new(pattern)
                .case_insensitive(true)
                .size_limit(COMPILED_LIMIT)
                .build()
                .map(Matcher::Regex)
                .map_err(|_| row.wrong("pattern"))?,
            "literal" => Matcher::Literal(pattern.to_lowercase()),
            "exact" => Matcher::Exact(pattern.to_owned()),
            "own-address" => Matcher::OwnAddress,
            // Rows that need code rather than a pattern (where an address hides) are there for readers.
            "builtin" => return Ok(()),
            _ => return Err(row.wrong("match")),
        };
        let group = row.get("indicates")?.to_owned();
        if groups.get(&group).is_none() {
            return Err(row.wrong("indicates"));
        }
        prints.push(Fingerprint {
            rule: row.get("rule")?.to_owned(),
            kind: row.get("kind")?.to_owned(),
            group,
            confidence: Confidence::parse(row.get("confidence")?).ok_or_else(|| row.wrong("confidence"))?,
            imitable: match row.get("imitable")? {
                "" => false,
                "yes" => true,
                _ => return Err(row.wrong("imitable")),
            },
            matcher,
        });
        Ok(())
    })?;
    Ok(prints)
}
