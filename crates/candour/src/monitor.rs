//! Watches what nobody asked about: lost cameras, gaps, full disks, a log that cannot be written.

use std::collections::HashMap;
use std::time::Duration;

use candour_archive::{CheckDesk, Finding, StorageState, StorageStatus, Weight};
use candour_http::port::CameraNow;
use candour_policy::Forecast;
use candour_units::{CameraId, WallDuration, WallRange, WallTime};
use candour_wire::cameras::CameraState;
use candour_worker::StoppedStream;

use crate::alarms::Alarms;
use crate::estate::{Estate, Parts};
use crate::words;

/// How often it looks.
pub const PERIOD: Duration = Duration::from_secs(2);
/// A camera is given this long before its silence is an alarm; every gap is on the timeline from its first moment.
const PATIENCE: WallDuration = WallDuration::from_seconds(8);
/// A disk that will be full sooner than this is told of.
const AHEAD_DAYS: i64 = 7;
const SECONDS_PER_DAY: i64 = 86_400;

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
            self.follow(alarms, "policy_not_kept", Some(*camera), "red", not_kept(standing, now)).await;
        }
        if self.round.is_multiple_of(GAPS_EVERY) {
            for camera in standing.keys() {
                let trouble = own_gap(parts, *camera, now).await;
                self.follow(alarms, "gap", Some(*camera), "amber", trouble).await;
            }
        }
        let storage = parts.archive.status();
        self.follow(alarms, "storage_failing", None, "red", failing(&storage)).await;
        let room = estate.room();
        self.follow(alarms, "disk_low", None, "amber", low(&storage, &room.forecasts, now)).await;
        let names = if room.stopped.is_empty() { HashMap::new() } else { names(parts).await };
        self.follow(alarms, "recording_stopped", None, "red", stopped(&room.stopped, &names)).await;
        self.follow(alarms, "log_not_writable", None, "red", parts.log.status().failing.map(log_words)).await;
        self.follow(alarms, "log_copy_failing", None, "amber", parts.log.status().copy_failing.map(copy_words)).await;
        self.follow(alarms, "log_contradicted", None, "red", parts.witnesses.tampering()).await;
        self.follow(alarms, "witness_silent", None, "amber", parts.witnesses.silence()).await;
        let checks = parts.archive.check_desk();
        let stale = parts.gate.bundle().info.stale(candour_vetting::Day::of(now));
        self.follow(alarms, "lists_old", None, "amber", stale).await;
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

async fn names(parts: &Parts) -> HashMap<CameraId, String> {
    parts.db.cameras().await.unwrap_or_default().into_iter().map(|row| (row.id, row.name)).collect()
}

fn log_words(cause: String) -> String {
    format!(
        "The log cannot be written ({cause}). Nobody can see footage until it can; recording goes on. Check the log's disk."
    )
}

fn copy_words(cause: String) -> String {
    format!(
        "One of the two directories of the log fails ({cause}). The log goes on in the other, so people can look; if that fails too, nobody can. \
         Check its disk: it is brought up to date by itself when it can be written again."
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
    (standing.state == CameraState::Lost && is_long(standing, now)).then(|| standing.words.clone())
}

/// A camera that could be received and does not keep what the policy demands of it. One that the policy stops by itself, because
/// a review is overdue, has no stream and is told of with the review.
fn not_kept(standing: &CameraNow, now: WallTime) -> Option<String> {
    let is_so = standing.state == CameraState::StoppedByPolicy && !standing.streams.is_empty();
    (is_so && is_long(standing, now)).then(|| standing.words.clone())
}

fn is_long(standing: &CameraNow, now: WallTime) -> bool {
    now - standing.since > PATIENCE
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

/// Directories that cannot be written, all of them, in one sentence each.
fn failing(all: &[StorageStatus]) -> Option<String> {
    let trouble = all.iter().filter_map(|status| {
        let cause = status.failing.as_ref()?;
        let directory = status.directory.display();
        Some(match status.state {
            StorageState::Unavailable => {
                format!("The storage directory {directory} is not available: {cause}. What lies there is not lost.")
            }
            // Its seconds would change the words every round.
            StorageState::Stalled => format!("The disk of {directory} does not answer. Check it."),
            _ => format!("Footage cannot be written to {directory}: {cause}. Check the disk."),
        })
    });
    let words: Vec<String> = trouble.collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Directories that are full, or will be within days.
fn low(all: &[StorageStatus], forecasts: &HashMap<i64, Forecast>, now: WallTime) -> Option<String> {
    let words: Vec<String> =
        all.iter().filter_map(|status| low_one(status, forecasts.get(&status.number), now)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn low_one(status: &StorageStatus, forecast: Option<&Forecast>, now: WallTime) -> Option<String> {
    let directory = status.directory.display();
    if status.state == StorageState::Full {
        return Some(format!(
            "{directory} is full: footage goes elsewhere, makes room before its end where a purpose allows it, or stops. Add storage."
        ));
    }
    let Some(Forecast::FullAt(at)) = forecast else { return None };
    let days = (*at - now).seconds_floor().div_euclid(SECONDS_PER_DAY);
    if days >= AHEAD_DAYS {
        return None;
    }
    let when = match days {
        ..=0 => "within a day".to_owned(),
        days => format!("on {}, in {days} day{}", words::weekday(*at), if days == 1 { "" } else { "s" }),
    };
    Some(format!(
        "{directory} will be full {when}, at the rate of the last day. Add storage or shorten a purpose's maximum age."
    ))
}

/// Streams that do not record because every disk is full, by name.
fn stopped(streams: &[StoppedStream], names: &HashMap<CameraId, String>) -> Option<String> {
    if streams.is_empty() {
        return None;
    }
    let one = |stopped: &StoppedStream| {
        let camera = names.get(&stopped.stream.camera).map_or("a removed camera", String::as_str);
        format!("{camera} ({}) since {}", stopped.stream.kind, words::moment(stopped.since))
    };
    let list: Vec<String> = streams.iter().map(one).collect();
    Some(format!(
        "Every disk is full and nothing more may be deleted, so the least important streams are not recorded: {}. Add storage.",
        list.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use candour_http::port::{StreamNow, StreamState};
    use candour_units::StreamKind;

    use super::*;
    use candour_policy::Reserve;

    #[test]
    fn a_full_disk_is_told_of_days_before() {
        let now = WallTime::from_unix_seconds(1_795_461_000);
        let status = |state| StorageStatus {
            number: 1,
            directory: "/srv/b".into(),
            total_bytes: 100,
            free_bytes: 50,
            reserve: Reserve::of(100),
            written_last_minute: 1,
            durable_bound_ms: 0,
            streams: 1,
            state,
            failing: None,
        };
        let said = |state, forecast: Forecast| low(&[status(state)], &HashMap::from([(1, forecast)]), now);
        let full_in = |days: i64| Forecast::FullAt(now + WallDuration::from_seconds(days * 86_400 + 5));
        assert_eq!(said(StorageState::Works, Forecast::Unknown), None);
        assert_eq!(said(StorageState::Works, Forecast::LastsUntil(now)), None);
        assert_eq!(said(StorageState::Works, full_in(7)), None);
        let words = said(StorageState::Works, full_in(4)).expect("it is said");
        assert!(words.starts_with("/srv/b will be full on ") && words.contains(", in 4 days, at"), "{words}");
        assert!(said(StorageState::Works, full_in(0)).expect("it is said").contains("within a day"));
        assert!(said(StorageState::Full, Forecast::Unknown).expect("it is said").contains("is full"));
    }

    #[test]
    fn patience_before_alarm() {
        let at = WallTime::from_unix_seconds;
        let standing = |state| CameraNow { state, words: "w".into(), since: at(100), streams: vec![] };
        assert_eq!(lost(&standing(CameraState::Lost), at(105)), None);
        assert_eq!(lost(&standing(CameraState::Lost), at(109)), Some("w".into()));
        assert_eq!(lost(&standing(CameraState::Recording), at(500)), None);
        let stream = StreamNow { kind: StreamKind::Main, state: StreamState::Waiting, trouble: None, measured: None };
        let stopped = CameraNow { streams: vec![stream], ..standing(CameraState::StoppedByPolicy) };
        assert_eq!((not_kept(&stopped, at(105)), not_kept(&stopped, at(109))), (None, Some("w".into())));
        assert_eq!(not_kept(&standing(CameraState::StoppedByPolicy), at(109)), None, "its review is overdue");
    }

    #[test]
    fn only_our_own_gaps() {
        assert!(ours("storage_full").is_some());
        assert!(ours("camera_lost").is_none() && ours("recorder_stopped").is_none());
    }
}
