//! `candour policy check`: reads a policy file and says everything that stands between it and coming into force here. Needs
//! no recorder and no database. Decides nothing: reader and rules are the policy room's.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use candour_policy::{
    Capabilities, Capability, Finding, LARGEST_FILE, Mistakes, Policy, Position, RuleId, Weight, Word as _, check,
    policy_hash,
};
use candour_units::{Clock, Hash, WallTime};
use serde_json::json;

use crate::machine::SystemClock;

/// Which file.
#[derive(clap::Args)]
pub struct FileArguments {
    /// The policy file; docs/policy.md is the manual.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write what was found as JSON.
    #[arg(long)]
    json: bool,
}

/// What this recorder can do of what a policy may ask for.
#[must_use]
pub fn capabilities() -> Capabilities {
    // No sound yet. What learns to do it says so here.
    [Capability::MotionDetection, Capability::Masks, Capability::StreamCaps].into_iter().collect()
}

/// Runs the command; the exit code says how it went.
///
/// # Errors
/// The file cannot be read from the disk, with its cause.
pub fn check_file(FileArguments { file, json }: &FileArguments) -> anyhow::Result<ExitCode> {
    let size = std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    anyhow::ensure!(
        size <= LARGEST_FILE as u64,
        "{} has {size} bytes; a policy has at most {LARGEST_FILE}",
        file.display()
    );
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let report = Report::of(&bytes, &capabilities(), SystemClock::new().wall());
    print!("{}", if *json { report.json(file) } else { report.words(file) });
    Ok(ExitCode::from(u8::from(!report.can_come_into_force())))
}

/// One thing that was found.
struct Found {
    /// `mistake`, or the weight of a finding.
    weight: &'static str,
    at: Option<Position>,
    rule: RuleId,
    words: String,
}

/// What was found in a file.
struct Report {
    hash: Hash,
    /// Cameras and purposes of a policy without mistakes.
    counts: Option<(usize, usize)>,
    found: Vec<Found>,
}

impl Report {
    fn of(file: &[u8], can: &Capabilities, now: WallTime) -> Self {
        let (counts, found) = match Policy::parse(file) {
            Ok(policy) => {
                let found = check(&policy, can, now).into_iter().map(|Finding { weight, reason }| Found {
                    weight: weight.word(),
                    at: reason.place,
                    rule: reason.rule,
                    words: reason.words,
                });
                (Some((policy.cameras.len(), policy.purposes.len())), found.collect())
            }
            Err(Mistakes(mistakes)) => {
                let found = mistakes.into_iter().map(|mistake| Found {
                    weight: "mistake",
                    at: Some(mistake.at),
                    rule: mistake.rule,
                    words: mistake.words,
                });
                (None, found.collect())
            }
        };
        Self { hash: policy_hash(file), counts, found }
    }

    fn can_come_into_force(&self) -> bool {
        self.found.iter().all(|found| found.weight == Weight::Advice.word())
    }

    /// A line for each thing found, in the form that editors jump to, and a last one that sums up.
    fn words(&self, file: &Path) -> String {
        let (file, mut text) = (file.display(), String::new());
        for Found { weight, at, rule, words } in &self.found {
            let at = at.map_or_else(String::new, |at| format!("{}:{}:", at.line, at.column));
            let rule = if rule.as_str().is_empty() { String::new() } else { format!(" {rule}:") };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{file}:{at} {weight}:{rule} {words}");
        }
        let verdict = match (self.counts, self.can_come_into_force()) {
            (None, _) => "is no policy yet".to_owned(),
            (Some(_), false) => "cannot come into force on this recorder".to_owned(),
            (Some((cameras, purposes)), true) => {
                format!("can come into force: {cameras} cameras, {purposes} purposes; version {}", self.hash)
            }
        };
        let _ = writeln!(text, "{file} {verdict}");
        text
    }

    fn json(&self, file: &Path) -> String {
        let found = |found: &Found| {
            json!({
                "weight": found.weight,
                "line": found.at.map(|at| at.line),
                "column": found.at.map(|at| at.column),
                "rule": found.rule.as_str(),
                "words": found.words,
            })
        };
        let whole = json!({
            "file": file.display().to_string(),
            "version": self.hash.to_string(),
            "can_come_into_force": self.can_come_into_force(),
            "cameras": self.counts.map(|(cameras, _)| cameras),
            "purposes": self.counts.map(|(_, purposes)| purposes),
            "found": self.found.iter().map(found).collect::<Vec<_>>(),
        });
        format!("{whole}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: WallTime = WallTime::from_unix_seconds(1_795_651_200);

    fn sample() -> String {
        let manual = include_str!("../../../docs/policy.md");
        let (_, from) = manual.split_once("```toml\n").expect("the manual has a sample");
        from.split_once("```").expect("the sample ends").0.to_owned()
    }

    #[test]
    fn what_this_recorder_cannot_do_is_named() {
        let report = Report::of(sample().as_bytes(), &capabilities(), NOW);
        let words = report.words(Path::new("town-hall.toml"));
        assert!(!report.can_come_into_force());
        assert!(
            words.contains("refused: cameras.\"Counting table\".audio: this recorder does not receive sound yet"),
            "{words}"
        );
        assert!(words.ends_with("town-hall.toml cannot come into force on this recorder\n"), "{words}");
        let report = Report::of(sample().as_bytes(), &Capabilities::all(), NOW);
        assert!(report.can_come_into_force(), "{}", report.words(Path::new("town-hall.toml")));
    }

    #[test]
    fn mistakes_are_told_for_editors_and_for_programs() {
        let text = sample().replace("keep = \"2 days\"", "keep = \"2 months\"");
        let report = Report::of(text.as_bytes(), &Capabilities::all(), NOW);
        let line = text.lines().position(|line| line.contains("2 months")).expect("it is there") + 1;
        let words = report.words(Path::new("x.toml"));
        assert!(
            words.starts_with(&format!("x.toml:{line}:8: mistake: purposes.plant-watch.keep: \"2 months\"")),
            "{words}"
        );
        let json: serde_json::Value = serde_json::from_str(&report.json(Path::new("x.toml"))).expect("it is JSON");
        assert_eq!(json["can_come_into_force"], false);
        assert_eq!((&json["found"][0]["line"], &json["found"][0]["column"]), (&json!(line), &json!(8)));
        assert_eq!(json["found"][0]["rule"], "purposes.plant-watch.keep");
    }
}
