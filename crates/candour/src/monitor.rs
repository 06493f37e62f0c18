//! Watches what nobody asked about: lost cameras, gaps, full disks, a log that cannot be written.

use std::time::Duration;

use candour_http::port::CameraNow;
use candour_units::{WallDuration, WallRange, WallTime};
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

/// One round.
pub async fn look(estate: &Estate, parts: &Parts) {
    let alarms = Alarms::of(parts);
    cameras(estate, parts, alarms).await;
    storage(parts, alarms).await;
    let failing = parts.log.status().failing;
    let words = failing.map(|cause| {
        format!(
            "The log cannot be written ({cause}). Nobody can see footage until it can; recording goes on. Check the log's disk."
        )
    });
    alarms.follow("log_not_writable", None, "red", words).await;
}

async fn cameras(estate: &Estate, parts: &Parts, alarms: Alarms<'_>) {
    let now = parts.clock.wall();
    for (camera, standing) in estate.now() {
        alarms.follow("camera_lost", Some(camera), "red", lost(&standing, now)).await;
        let recent = WallRange { start: now - WallDuration::from_seconds(60), end: now };
        let mut trouble = None;
        for stream in parts.db.streams(camera).await.unwrap_or_default() {
            let gaps = parts.db.gaps_in(stream.id, recent).await.unwrap_or_default();
            trouble = trouble.or_else(|| gaps.iter().rev().find_map(|gap| ours(&gap.cause)));
        }
        alarms.follow("gap", Some(camera), "amber", trouble).await;
    }
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

async fn storage(parts: &Parts, alarms: Alarms<'_>) {
    let all = parts.archive.status();
    let failing = all.iter().find_map(|s| {
        let cause = s.failing.as_ref()?;
        Some(format!("Footage cannot be written to {}: {cause}. Check the disk.", s.directory.display()))
    });
    alarms.follow("storage_failing", None, "red", failing).await;
    let low = all.iter().find_map(|s| {
        let days = days_left(s.free_bytes, s.written_last_minute);
        let small = s.free_bytes < s.total_bytes / LOW_PARTS;
        let soon = days.is_some_and(|days| days < LOW_DAYS);
        (small || soon).then(|| {
            let gigabytes = s.free_bytes as f64 / 1e9;
            let when = days.map(|days| format!(", enough for {days:.1} days at this rate")).unwrap_or_default();
            format!(
                "{} has {gigabytes:.1} GB left{when}. Add storage or shorten a purpose's maximum age.",
                s.directory.display()
            )
        })
    });
    alarms.follow("disk_low", None, "amber", low).await;
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
