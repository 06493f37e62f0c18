//! Which firmware is open to attack: rules with three answers.

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
    /// Day on which it was listed as exploited, if it was.
    pub known_exploited: Option<String>,
    /// CVSS base score times ten, where one is stated.
    pub severity: Option<u16>,
    /// The range in words.
    pub words: String,
}

#[derive(Debug, Clone)]
enum Shape {
    /// Builds of that day or later are fixed.
    BuildBefore(BuildDate),
    /// From one version and build through another, both included; no start means from the first.
    BuildThrough { from: Option<Point>, through: Point },
    /// Versions from one (included) up to another (excluded).
    Version { from: Vec<u64>, below: Vec<u64> },
    /// The record names no version: nothing can be ruled out.
    Any,
}

#[derive(Debug, Clone)]
struct Point {
    numbers: Vec<u64>,
    built: BuildDate,
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

    /// Whether the version lies in the range. No readable version is `Unknown`.
    pub(crate) fn evaluate(&self, version: Option<&FirmwareVersion>) -> Verdict3 {
        let Some(version) = version else { return Verdict3::Unknown };
        let inside = match &self.shape {
            Shape::Any => return Verdict3::Unknown,
            Shape::BuildBefore(day) => match version.built {
                Some(built) => built < *day,
                None => return Verdict3::Unknown,
            },
            Shape::Version { from, below } => {
                version.compare_numbers(from).is_ge() && version.compare_numbers(below).is_lt()
            }
            Shape::BuildThrough { from, through } => {
                // Between two versions the build does not matter; at either end it decides.
                let at = |point: &Point| version.compare_numbers(&point.numbers);
                let needs_date = at(through).is_eq() || from.as_ref().is_some_and(|from| at(from).is_eq());
                match version.built {
                    None if needs_date => return Verdict3::Unknown,
                    built => {
                        let after_start = from.as_ref().is_none_or(|from| {
                            at(from).is_gt() || (at(from).is_eq() && built.is_some_and(|b| b >= from.built))
                        });
                        let before_end =
                            at(through).is_lt() || (at(through).is_eq() && built.is_some_and(|b| b <= through.built));
                        after_start && before_end
                    }
                }
            }
        };
        if inside { Verdict3::Affected } else { Verdict3::NotAffected }
    }
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
            "build-date" => Shape::BuildBefore(BuildDate::from_digits(below).ok_or_else(|| row.wrong("below"))?),
            "build-through" => Shape::BuildThrough {
                from: if from.is_empty() { None } else { Some(point(from).ok_or_else(|| row.wrong("from"))?) },
                through: point(below).ok_or_else(|| row.wrong("below"))?,
            },
            "version" => Shape::Version {
                from: numbers(from).ok_or_else(|| row.wrong("from"))?,
                below: numbers(below).ok_or_else(|| row.wrong("below"))?,
            },
            "any" => Shape::Any,
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

/// `5.4.0 160530`: a version and its build.
fn point(text: &str) -> Option<Point> {
    let (version, build) = text.split_once(' ')?;
    Some(Point { numbers: numbers(version)?, built: BuildDate::from_digits(build)? })
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
        let version = FirmwareVersion::parse(version);
        let answer = lists
            .firmware()
            .iter()
            .filter(|rule| rule.cve == cve && rule.is_about(Some(model)))
            .map(|rule| rule.evaluate(version.as_ref()))
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
    }
}
