//! Which firmware is open to attack: rules with three answers.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};

use super::groups::Groups;
use super::{ListError, each_row};
use crate::{BuildDate, FirmwareVersion, Verdict3};

/// One range of one CVE record. A record with several tracks has several rows.
#[derive(Debug, Clone)]
pub(crate) struct FirmwareRule {
    pub cve: String,
    pub group: String,
    /// The models it is about; none means every model of the group.
    models: Option<Regex>,
    shape: Shape,
    /// What being inside the range means.
    pub status: RangeStatus,
    /// Day on which it was listed as exploited, if it was.
    pub known_exploited: Option<String>,
    /// CVSS base score times ten, where one is stated.
    pub severity: Option<u16>,
    /// The range in words.
    pub words: String,
}

/// What it means to lie inside a range (the words of VEX).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RangeStatus {
    /// Open to the flaw.
    Affected,
    /// Not open to it, whatever other ranges of the same record say: not affected, or fixed.
    Clear,
    /// Nobody knows yet.
    UnderInvestigation,
}

#[derive(Debug, Clone)]
enum Shape {
    /// Builds of that day or later are fixed, and versions before `from` never had the flaw.
    BuildBefore { from: Option<Vec<u64>>, day: BuildDate },
    /// Below one version, build and running number.
    BuildBelow(Point),
    /// Every version of these tracks: numbers that begin so.
    Tracks(Vec<Vec<u64>>),
    /// Exactly these texts, as words of what the device says.
    Listed(Vec<String>),
    /// From one version and build through another, both included; no start means from the first.
    BuildThrough { from: Option<Point>, through: Point },
    /// Versions from one (included) up to another (excluded).
    Version { from: Vec<u64>, below: Vec<u64> },
    /// The record names no version: nothing can be ruled out.
    Any,
    /// Every version there is.
    All,
}

#[derive(Debug, Clone)]
struct Point {
    numbers: Vec<u64>,
    built: BuildDate,
    release: Option<u64>,
}

impl FirmwareRule {
    pub(crate) fn is_about(&self, model: Option<&str>) -> bool {
        // A device that does not name its model is not excused by that.
        self.models.as_ref().is_none_or(|models| model.is_none_or(|model| models.is_match(model)))
    }

    /// Whether this flaw keeps a camera out: exploited in the world, or critical (9.0 and above).
    pub(crate) fn blocks(&self) -> bool {
        self.known_exploited.is_some() || self.severity.is_some_and(|tenths| tenths >= 90)
    }

    /// What the rule says about the version in `text`. No readable version is `Unknown`.
    pub(crate) fn evaluate(&self, text: &str) -> Verdict3 {
        match (self.status, self.inside(text)) {
            (RangeStatus::Affected, inside) => inside,
            (RangeStatus::UnderInvestigation, Verdict3::NotAffected) | (RangeStatus::Clear, _) => Verdict3::NotAffected,
            (RangeStatus::UnderInvestigation, _) => Verdict3::Unknown,
        }
    }

    /// Whether it says of this very version that it is not open to the flaw.
    pub(crate) fn clears(&self, text: &str) -> bool {
        self.status == RangeStatus::Clear && self.inside(text) == Verdict3::Affected
    }

    fn inside(&self, text: &str) -> Verdict3 {
        let version = FirmwareVersion::parse(text);
        let version = version.as_ref();
        match &self.shape {
            Shape::Any => Verdict3::Unknown,
            Shape::All => Verdict3::Affected,
            Shape::Listed(texts) => listed(texts, text),
            Shape::BuildBefore { from, day } => build_before(from.as_deref(), *day, version),
            Shape::BuildBelow(point) => build_below(point, version),
            Shape::BuildThrough { from, through } => build_through(from.as_ref(), through, version),
            Shape::Version { from, below } => told(
                version.map(|version| version.compare_numbers(from).is_ge() && version.compare_numbers(below).is_lt()),
            ),
            Shape::Tracks(tracks) => {
                told(version.map(|version| tracks.iter().any(|track| version.numbers.starts_with(track))))
            }
        }
    }
}

/// What a plain yes or no comes to; nothing is `Unknown`.
fn told(inside: Option<bool>) -> Verdict3 {
    match inside {
        None => Verdict3::Unknown,
        Some(true) => Verdict3::Affected,
        Some(false) => Verdict3::NotAffected,
    }
}

fn listed(texts: &[String], text: &str) -> Verdict3 {
    let text = crate::fold(text).to_lowercase();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    told((!text.is_empty()).then(|| words.any(|word| texts.iter().any(|listed| listed == word))))
}

fn build_before(from: Option<&[u64]>, day: BuildDate, version: Option<&FirmwareVersion>) -> Verdict3 {
    let Some(version) = version else { return Verdict3::Unknown };
    if from.is_some_and(|from| version.compare_numbers(from).is_lt()) {
        return Verdict3::NotAffected;
    }
    told(version.built.map(|built| built < day))
}

/// Lower numbers are below whatever their build; of the same numbers the build decides, then the running number.
fn build_below(point: &Point, version: Option<&FirmwareVersion>) -> Verdict3 {
    let Some(version) = version else { return Verdict3::Unknown };
    match version.compare_numbers(&point.numbers) {
        Ordering::Less => Verdict3::Affected,
        Ordering::Greater => Verdict3::NotAffected,
        Ordering::Equal => match version.built.map(|built| built.cmp(&point.built)) {
            None => Verdict3::Unknown,
            Some(Ordering::Less) => Verdict3::Affected,
            Some(Ordering::Greater) => Verdict3::NotAffected,
            Some(Ordering::Equal) => match point.release {
                None => Verdict3::NotAffected,
                Some(fixed) => told(version.release.map(|release| release < fixed)),
            },
        },
    }
}

/// Between two versions the build does not matter; at either end it decides.
fn build_through(from: Option<&Point>, through: &Point, version: Option<&FirmwareVersion>) -> Verdict3 {
    let Some(version) = version else { return Verdict3::Unknown };
    let at = |point: &Point| version.compare_numbers(&point.numbers);
    let built = version.built;
    if built.is_none() && (at(through).is_eq() || from.is_some_and(|from| at(from).is_eq())) {
        return Verdict3::Unknown;
    }
    let after_start =
        from.is_none_or(|from| at(from).is_gt() || (at(from).is_eq() && built.is_some_and(|b| b >= from.built)));
    let before_end = at(through).is_lt() || (at(through).is_eq() && built.is_some_and(|b| b <= through.built));
    told(Some(after_start && before_end))
}

pub(super) fn parse(bytes: &[u8], groups: &Groups) -> Result<Vec<FirmwareRule>, ListError> {
    let mut rules = Vec::new();
    each_row("firmware", bytes, |row| {
        let group = row.get("group")?.to_owned();
        if groups.get(&group).is_none() {
            return Err(row.wrong("group"));
        }
        let models = match row.get("models")? {
            "" => None,
            pattern => {
                Some(RegexBuilder::new(pattern).size_limit(256 * 1024).build().map_err(|_| row.wrong("models"))?)
            }
        };
        let (from, below) = (row.get("from")?, row.get("below")?);
        let shape = match row.get("shape")? {
            "build-date" => Shape::BuildBefore {
                from: if from.is_empty() { None } else { Some(numbers(from).ok_or_else(|| row.wrong("from"))?) },
                day: BuildDate::from_digits(below).ok_or_else(|| row.wrong("below"))?,
            },
            "build-below" => Shape::BuildBelow(point(below).ok_or_else(|| row.wrong("below"))?),
            "tracks" => {
                let tracks: Option<Vec<_>> = below.split(';').map(numbers).collect();
                Shape::Tracks(tracks.ok_or_else(|| row.wrong("below"))?)
            }
            "listed" => Shape::Listed(below.split(';').map(|text| crate::fold(text).to_lowercase()).collect()),
            "build-through" => Shape::BuildThrough {
                from: if from.is_empty() { None } else { Some(point(from).ok_or_else(|| row.wrong("from"))?) },
                through: point(below).ok_or_else(|| row.wrong("below"))?,
            },
            "version" => Shape::Version {
                from: if from.is_empty() { vec![0] } else { numbers(from).ok_or_else(|| row.wrong("from"))? },
                below: numbers(below).ok_or_else(|| row.wrong("below"))?,
            },
            "any" => Shape::Any,
            "all" => Shape::All,
            _ => return Err(row.wrong("shape")),
        };
        let severity = match row.get("cvss")? {
            "" => None,
            score => Some(tenths(score).ok_or_else(|| row.wrong("cvss"))?),
        };
        rules.push(FirmwareRule {
            cve: row.get("cve")?.to_owned(),
            group,
            models,
            shape,
            status: match row.get("status")? {
                "" | "affected" => RangeStatus::Affected,
                "not_affected" | "fixed" => RangeStatus::Clear,
                "under_investigation" => RangeStatus::UnderInvestigation,
                _ => return Err(row.wrong("status")),
            },
            known_exploited: Some(row.get("kev")?.to_owned()).filter(|day| !day.is_empty()),
            severity,
            words: row.get("words")?.to_owned(),
        });
        Ok(())
    })?;
    Ok(rules)
}

fn numbers(text: &str) -> Option<Vec<u64>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// `5.4.0 160530`: a version and its build, and for some makers a running number behind them.
fn point(text: &str) -> Option<Point> {
    let mut parts = text.split(' ');
    let (numbers, built) = (numbers(parts.next()?)?, BuildDate::from_digits(parts.next()?)?);
    let release = match parts.next() {
        None => None,
        Some(release) => Some(release.parse().ok()?),
    };
    parts.next().is_none().then_some(Point { numbers, built, release })
}

/// `9.8` to 98.
fn tenths(text: &str) -> Option<u16> {
    let (whole, tenth) = text.split_once('.')?;
    let score = whole.parse::<u16>().ok()?.checked_mul(10)? + tenth.parse::<u16>().ok().filter(|t| *t < 10)?;
    (score <= 100).then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lists;

    #[track_caller]
    fn check(cve: &str, model: &str, version: &str, expected: Verdict3) {
        let lists = Lists::shipped();
        let answer = lists
            .firmware()
            .iter()
            .filter(|rule| rule.cve == cve && rule.is_about(Some(model)))
            .map(|rule| rule.evaluate(version))
            .min()
            .unwrap_or(Verdict3::NotAffected);
        assert_eq!(answer, expected, "{cve} {model} {version:?}");
    }

    #[test]
    fn ranges_and_their_ends() {
        use Verdict3::{Affected, NotAffected, Unknown};
        check("CVE-2017-7921", "DS-2CD2532F-IWS", "V5.2.0 build 140721", Affected);
        check("CVE-2017-7921", "DS-2CD2532F-IWS", "V5.2.0 build 140720", NotAffected);
        check("CVE-2017-7921", "DS-2CD2532F-IWS", "V5.3.0", Affected);
        check("CVE-2017-7921", "DS-2CD2532F-IWS", "V5.4.0 build 160530", Affected);
        check("CVE-2017-7921", "DS-2CD2532F-IWS", "V5.4.0 build 160531", NotAffected);
        check("CVE-2017-7921", "DS-2CD2532F-IWS", "V5.4.0", Unknown);
        check("CVE-2017-7921", "DS-2CD2143G0-I", "V5.2.0 build 140721", NotAffected);
        check("CVE-2021-36260", "DS-2CD2143G0-I", "V5.5.61 build 180718", Affected);
        check("CVE-2021-36260", "DS-2CD2143G0-I", "V5.7.18 build 240826", NotAffected);
        check("CVE-2021-36260", "DS-2CD2143G0-I", "", Unknown);
        check("CVE-2021-33044", "IPC-HFW5442E", "3.142.0000000.8.R", Unknown);
        check("CVE-2021-33044", "DH-IPC-HDBW5442E", "2.800.0000016.0.R, Build Date 2020-07-01", Affected);
        check("CVE-2025-0324", "P3818-PVE", "12.1.3", Affected);
        check("CVE-2025-0324", "P3818-PVE", "12.3.33", NotAffected);
        check("CVE-2025-0324", "P3818-PVE", "11.11.181", NotAffected);
        check("CVE-2025-0324", "P3818-PVE", "11.9.60", Affected);
        check("CVE-2024-6047", "GV-VS12", "1.0.0", Unknown);
        check("CVE-2023-28811", "DS-7608NI-K2", "V4.1.50 build 200101", NotAffected);
        check("CVE-2023-28811", "DS-7608NI-K2", "V4.30.085 build 221116", Affected);
        check("CVE-2023-28811", "HWD-6108MH", "V4.30.085 build 230821", NotAffected);
        check("CVE-2023-28811", "HWD-6108MH", "V4.30.085", Unknown);
        check("CVE-2023-5677", "P1365", "6.50.5.2", Affected);
        check("CVE-2023-5677", "P1365", "6.5.0", NotAffected);
        check("CVE-2023-5677", "P1365", "65.0.1", NotAffected);
        check("CVE-2026-22755", "FD9187-HT", "FD9187-VVTK-0121d", Affected);
        check("CVE-2026-22755", "FD9187-HT", "0121d_48573_1", Affected);
        check("CVE-2026-22755", "FD9187-HT", "0126a", NotAffected);
        check("CVE-2026-22755", "FD9187-HT", "", Unknown);
        check("CVE-2026-0629", "VIGI C345", "3.1.0_Build_250820_Rel.57668n", NotAffected);
        check("CVE-2026-0629", "VIGI C345", "3.1.0_Build_250820_Rel.57667n", Affected);
        check("CVE-2026-0629", "VIGI C345", "3.1.0_Build_250819_Rel.99999n", Affected);
        check("CVE-2026-0629", "VIGI C355", "3.1.0_Build_250820_Rel.57668n", Affected);
        check("CVE-2026-0629", "VIGI C345", "3.1.0_Build_250820", Unknown);
        check("CVE-2026-0629", "VIGI C345", "3.0.9", Affected);
    }
}
