//! Watches what nobody asked about: lost cameras, gaps, full disks, a log that cannot be written.

use std::collections::HashMap;
use std::time::Duration;

use candour_archive::{CheckDesk, Finding, StorageStatus, Weight};
use candour_http::port::CameraNow;
use candour_units::{CameraId, WallDuration, WallRange, WallTime};
use candour_wire::cameras::CameraState;

use crate::alarms::Alarms;
use crate::estate::{Estate, Parts};

/// How often it looks.
pub const PERIOD: Duration = Duration::from_secs(2);
/// A camera is given this long before its silence is an alarm; every gap is on the timeline from its first moment.
const PATIENCE: WallDuration = WallDuration::from_seconds(8);
/// Below this part of the file system the storage is low.
const LOW_PARTS: u64 = 20;
/// Or when it will be full sooner than this at today's rate.
const LOW_DAYS: f64 = 3.0;
const SECONDS_PER_DAY: f64 = 86_400.0;

/// Gaps are looked up every so many rounds; each is on the timeline at once.
const GAPS_EVERY: u32 = 5;

/// What the monitor said last, so that a round in which nothing changed touches no table.
#[derive(Default)]
pub struct Monitor {
    round: u32,
    said: HashMap<(&'static str, Option<CameraId>), Option<String>>,
}

impl Monitor {
    /// One round.
    pub async fn look(&mut self, estate: &Estate, parts: &Parts) {
        let alarms = Alarms::of(parts);
        let now = parts.clock.wall();
        let standing = estate.now();
        for (camera, standing) in &standing {
            self.follow(alarms, "camera_lost", Some(*camera), "red", lost(standing, now)).await;
        }
        if self.round.is_multiple_of(GAPS_EVERY) {
            for camera in standing.keys() {
                let trouble = own_gap(parts, *camera, now).await;
                self.follow(alarms, "gap", Some(*camera), "amber", trouble).await;
            }
        }
        let storage = parts.archive.status();
        self.follow(alarms, "storage_failing", None, "red", failing(&storage)).await;
        self.follow(alarms, "disk_low", None, "amber", low(&storage)).await;
        self.follow(alarms, "log_not_writable", None, "red", parts.log.status().failing.map(log_words)).await;
        let checks = parts.archive.check_desk();
        self.follow(alarms, "check_findings", None, check_severity(&checks), check_words(&checks)).await;
        self.round = self.round.wrapping_add(1);
    }

    async fn follow(
        &mut self,
        alarms: Alarms<'_>,
        kind: &'static str,
        camera: Option<CameraId>,
        severity: &str,
        trouble: Option<String>,
    ) {
        if self.said.get(&(kind, camera)) == Some(&trouble) {
            return;
        }
        alarms.follow(kind, camera, severity, trouble.clone()).await;
        self.said.insert((kind, camera), trouble);
    }
}

/// Loss is red; anything else that a check found needs a person.
fn check_severity(checks: &CheckDesk) -> &'static str {
    let lost = checks.last.iter().flat_map(|report| &report.findings).any(|found| found.kind.weight() == Weight::Loss);
    if lost { "red" } else { "amber" }
}

/// What the last check found, while it stands. What is only unfinished finishes itself.
fn check_words(checks: &CheckDesk) -> Option<String> {
    let report = checks.last.as_ref()?;
    let counts = |finding: &&Finding| finding.kind.weight() > Weight::Pending;
    let first = report.findings.iter().find(counts)?;
    let many = report.findings.iter().filter(counts).count();
    Some(format!(
        "The last check found {many} things that do not fit; the first: {first}. {} The System page has the report.",
        first.kind.advice()
    ))
}

fn log_words(cause: String) -> String {
    format!(
        "The log cannot be written ({cause}). Nobody can see footage until it can; recording goes on. Check the log's disk."
    )
}

/// The newest gap of the last minute that is not the camera's doing, in words.
async fn own_gap(parts: &Parts, camera: CameraId, now: WallTime) -> Option<String> {
    let recent = WallRange { start: now - WallDuration::from_seconds(60), end: now };
    for stream in parts.db.streams(camera).await.unwrap_or_default() {
        let gaps = parts.db.gaps_in(stream.id, recent).await.unwrap_or_default();
        if let Some(words) = gaps.iter().rev().find_map(|gap| ours(&gap.cause)) {
            return Some(words);
        }
    }
    None
}

/// A camera that has been lost for longer than our patience.
fn lost(standing: &CameraNow, now: WallTime) -> Option<String> {
    let long = now - standing.since > PATIENCE;
    (standing.state == CameraState::Lost && long).then(|| standing.words.clone())
}

/// Gaps that are not the camera's doing, in words; a lost camera has an alarm of its own.
fn ours(cause: &str) -> Option<String> {
    let words = match cause {
        "packet_loss" => "Packets were lost within the last minute: footage is missing. Check the camera's network.",
        "storage_slow" => "The storage did not keep up within the last minute: footage is missing. Check the disk.",
        "storage_full" => "The storage is full: footage is missing. Free space or add a disk.",
        "storage_failed" => "Writing to the storage failed: footage is missing. Check the disk.",
        "clock_step" => "The clock stepped within the last minute; recordings were cut there. Check the time service.",
        _ => return None,
    };
    Some(words.to_owned())
}

/// A storage that cannot be written.
fn failing(all: &[StorageStatus]) -> Option<String> {
    let broken = all.iter().find_map(|s| Some((s, s.failing.as_ref()?)));
    broken.map(|(s, cause)| format!("Footage cannot be written to {}: {cause}. Check the disk.", s.directory.display()))
}

/// A storage that is nearly full, or will be soon. Whole gigabytes and days, so that the words change seldom.
fn low(all: &[StorageStatus]) -> Option<String> {
    all.iter().find_map(|s| {
        let days = days_left(s.free_bytes, s.written_last_minute);
        let small = s.free_bytes < s.total_bytes / LOW_PARTS;
        let soon = days.is_some_and(|days| days < LOW_DAYS);
        (small || soon).then(|| {
            let gigabytes = s.free_bytes / 1_000_000_000;
            let when =
                days.map(|days| format!(", enough for {:.0} days at this rate", days.floor())).unwrap_or_default();
            format!(
                "{} has {gigabytes} GB left{when}. Add storage or shorten a purpose's maximum age.",
                s.directory.display()
            )
        })
    })
}

/// Days until `free` bytes are written at the last minute's rate.
fn days_left(free: u64, last_minute: u64) -> Option<f64> {
    (last_minute > 0).then(|| free as f64 / (last_minute as f64 / 60.0) / SECONDS_PER_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_left_follow_the_rate() {
        assert_eq!(days_left(1, 0), None);
        assert_eq!(days_left(86_400 * 100, 60 * 100), Some(1.0));
    }

    #[test]
    fn patience_before_alarm() {
        let at = WallTime::from_unix_seconds;
        let standing = |state| CameraNow { state, words: "w".into(), since: at(100), streams: vec![] };
        assert_eq!(lost(&standing(CameraState::Lost), at(105)), None);
        assert_eq!(lost(&standing(CameraState::Lost), at(109)), Some("w".into()));
        assert_eq!(lost(&standing(CameraState::Recording), at(500)), None);
    }

    #[test]
    fn only_our_own_gaps() {
        assert!(ours("storage_full").is_some());
        assert!(ours("camera_lost").is_none() && ours("recorder_stopped").is_none());
    }
}
