//! `[log]` of the configuration, as far as it is about what becomes of the log: how long details stay, and which looks stand out.

use anyhow::{Context, bail};
use candour_policy::{AnomalyRules, TimeOfDay};
use candour_units::WallDuration;
use serde::Deserialize;

/// Thirteen months: a year, and time to ask about its last days.
pub const DETAILS_DAYS: u32 = 396;

/// `[log.anomalies]` as written; what is absent is as it is by default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnomaliesFile {
    opens: Option<String>,
    closes: Option<String>,
    bulk_footage_minutes: Option<u32>,
    bulk_cameras: Option<usize>,
    bulk_within_minutes: Option<u32>,
    refused: Option<usize>,
    refused_within_minutes: Option<u32>,
}

/// Days that details stay.
///
/// # Errors
/// With the field, for less than a month (nobody could ask about it) or more than ten years.
pub fn details_days(days: Option<u32>) -> anyhow::Result<u32> {
    match days.unwrap_or(DETAILS_DAYS) {
        days @ 30..=3660 => Ok(days),
        days => bail!("log.details_days: between 30 and 3660 days, not {days}"),
    }
}

/// The rule.
///
/// # Errors
/// With the field, for what would make everything or nothing stand out.
pub fn anomaly_rules(file: &AnomaliesFile) -> anyhow::Result<AnomalyRules> {
    let usual = AnomalyRules::default();
    let time = |text: &Option<String>, field: &str, usual| match text {
        Some(text) => {
            TimeOfDay::parse(text).with_context(|| format!("log.anomalies.{field}: {text:?} is no time like 07:30"))
        }
        None => Ok(usual),
    };
    let minutes = |given: Option<u32>, field: &str, usual| match given {
        None => Ok(usual),
        Some(minutes @ 1..=100_000) => Ok(WallDuration::from_seconds(i64::from(minutes) * 60)),
        Some(minutes) => bail!("log.anomalies.{field}: between 1 and 100000 minutes, not {minutes}"),
    };
    let many = |given: Option<usize>, field: &str, usual| match given {
        None => Ok(usual),
        Some(many @ 2..=10_000) => Ok(many),
        Some(many) => bail!("log.anomalies.{field}: between 2 and 10000, not {many}"),
    };
    let rules = AnomalyRules {
        opens: time(&file.opens, "opens", usual.opens)?,
        closes: time(&file.closes, "closes", usual.closes)?,
        bulk_footage: minutes(file.bulk_footage_minutes, "bulk_footage_minutes", usual.bulk_footage)?,
        bulk_cameras: many(file.bulk_cameras, "bulk_cameras", usual.bulk_cameras)?,
        bulk_within: minutes(file.bulk_within_minutes, "bulk_within_minutes", usual.bulk_within)?,
        refused: many(file.refused, "refused", usual.refused)?,
        refused_within: minutes(file.refused_within_minutes, "refused_within_minutes", usual.refused_within)?,
    };
    if rules.opens >= rules.closes {
        bail!(
            "log.anomalies: the day opens at {} and closes at {}; say them the other way round",
            rules.opens,
            rules.closes
        );
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        let check = |text: &str, expected: &str| {
            let file: AnomaliesFile = toml::from_str(text).expect("it parses");
            let error = anomaly_rules(&file).expect_err("it is refused");
            assert!(error.to_string().contains(expected), "{error}");
        };
        check("opens = \"25:00\"", "log.anomalies.opens");
        check("opens = \"19:00\"\ncloses = \"07:00\"", "the other way round");
        check("refused = 1", "log.anomalies.refused");
        check("bulk_within_minutes = 0", "log.anomalies.bulk_within_minutes");
        assert!(details_days(Some(29)).is_err() && details_days(Some(30)).is_ok());
        assert_eq!(anomaly_rules(&AnomaliesFile::default()).expect("the usual"), AnomalyRules::default());
    }
}
