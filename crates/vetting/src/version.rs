//! Firmware versions as makers write them, and three-valued answers about them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// A rule's answer about a version: yes, no, or that the text does not say enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict3 {
    /// Inside the range.
    Affected,
    /// Cannot be told: no version, or no date where the rule needs one.
    Unknown,
    /// Outside the range.
    NotAffected,
}

/// A build date; compares by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildDate {
    year: u16,
    month: u8,
    day: u8,
}

impl BuildDate {
    /// From six (`yymmdd`, meaning 20yy) or eight (`yyyymmdd`) digits; `None` when that is no date.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (year, rest) = match digits.len() {
            6 => (2000 + digits[..2].parse::<u16>().ok()?, &digits[2..]),
            8 => (digits[..4].parse().ok()?, &digits[4..]),
            _ => return None,
        };
        let (month, day) = (rest[..2].parse().ok()?, rest[2..].parse().ok()?);
        ((1990..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Self {
            year,
            month,
            day,
        })
    }
}

impl fmt::Display for BuildDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A firmware version: its numbers and, where the maker writes one, its build date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwareVersion {
    /// The dotted numbers from the left; `2.400.0000.14` and `2.400.0.14` are the same.
    pub numbers: Vec<u64>,
    /// The build date, if the text holds one.
    pub built: Option<BuildDate>,
    /// The running number behind the date, if the maker writes one: `…_Rel.57668n`.
    pub release: Option<u64>,
}

/// `V5.5.61`, `v3.1.0.2649`, or a bare `11.11.181`, not in the middle of a longer number or word.
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[_\s,;:(])[Vv]?([0-9]{1,9}(?:\.[0-9]{1,9})+)").expect("our own pattern compiles")
});

/// The ways of writing a build date, the most explicit first.
static DATES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        // `build 180718`, `V5.6.2build 190701`, `_Build_250820_Rel…`, `Build Date: 20210701`.
        r"(?i)build[ _:]*(?:date[ _:]*)?([0-9]{8}|[0-9]{6})(?:[^0-9]|$)",
        // `Build Date 2021-07-01`.
        r"(?i)build[ _:]*(?:date[ _:]*)?([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[^0-9]|$)",
        // `….R.20170713`, `01.16.42-20180912`.
        r"[._-](20[0-9]{6})(?:[^0-9]|$)",
        // `v3.1.0.2649_23083101`: a day and its running number.
        r"_([0-9]{6})[0-9]{2}$",
    ]
    .map(|pattern| Regex::new(pattern).expect("our own pattern compiles"))
});

static RELEASE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)[_ ]Rel[._ ]?([0-9]{1,9})").expect("our own pattern compiles"));

impl FirmwareVersion {
    /// Reads a maker's version text; `None` when it holds no dotted numbers.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = crate::fold(text);
        let numbers =
            NUMBERS.captures(&text)?[1].split('.').map(|part| part.parse().expect("at most nine digits")).collect();
        let built = DATES
            .iter()
            .find_map(|pattern| pattern.captures(&text))
            .and_then(|found| BuildDate::from_digits(&found[1].replace('-', "")));
        let release = RELEASE.captures(&text).map(|found| found[1].parse().expect("at most nine digits"));
        Some(Self { numbers, built, release })
    }

    /// Compares the numbers; a missing one counts as zero.
    #[must_use]
    pub fn compare_numbers(&self, other: &[u64]) -> Ordering {
        let longest = self.numbers.len().max(other.len());
        let at = |numbers: &[u64], i: usize| numbers.get(i).copied().unwrap_or(0);
        (0..longest).map(|i| at(&self.numbers, i).cmp(&at(other, i))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, numbers: &[u64], built: Option<&str>) {
        let version = FirmwareVersion::parse(text).unwrap_or_else(|| panic!("{text} must parse"));
        assert_eq!(version.numbers, numbers, "{text}");
        assert_eq!(version.built.map(|d| d.to_string()).as_deref(), built, "{text}");
    }

    #[test]
    fn every_string_met_in_the_field() {
        check("V5.5.61 build 180718", &[5, 5, 61], Some("2018-07-18"));
        check("V5.6.2build 190701", &[5, 6, 2], Some("2019-07-01"));
        check("V5.7.18 build 240826", &[5, 7, 18], Some("2024-08-26"));
        check("DH_IPC-HX5X3X-Rhea_V2.400.0000.14.R.20170713", &[2, 400, 0, 14], Some("2017-07-13"));
        check("3.142.0000000.8.R", &[3, 142, 0, 8], None);
        check("2.800.0000016.0.R, Build Date 2021-07-01", &[2, 800, 16, 0], Some("2021-07-01"));
        check("11.11.181", &[11, 11, 181], None);
        check("8.71.0066", &[8, 71, 66], None);
        check("7.70.0126", &[7, 70, 126], None);
        check("v3.1.0.2649_23083101", &[3, 1, 0, 2649], Some("2023-08-31"));
        check("3.1.0_Build_250820_Rel.57668n", &[3, 1, 0], Some("2025-08-20"));
        check("01.16.42-20180912", &[1, 16, 42], Some("2018-09-12"));
    }

    #[test]
    fn release_numbers() {
        let version = FirmwareVersion::parse("3.1.0_Build_250820_Rel.57668n").expect("a version");
        assert_eq!(version.release, Some(57_668));
        assert_eq!(FirmwareVersion::parse("3.1.0_Build_250820").and_then(|v| v.release), None);
    }

    #[test]
    fn what_is_no_version() {
        for text in ["", "unknown", "20170713", "R.8"] {
            assert_eq!(FirmwareVersion::parse(text), None, "{text}");
        }
        assert_eq!(FirmwareVersion::parse("1.2 build 991399").and_then(|v| v.built), None);
    }
}
