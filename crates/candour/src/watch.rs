//! Every camera is looked at again by itself: the whole evidence, once a night, each at its own time.

use std::collections::HashMap;

use candour_units::{CameraId, WallDuration, WallTime};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::estate::Estate;
use crate::gate::Dossier;

/// How often it is seen whose turn it is.
const PERIOD: std::time::Duration = std::time::Duration::from_secs(20);
/// The night, UTC: from one to five in the morning.
const NIGHT_BEGINS_S: i64 = 3_600;
const NIGHT_S: i64 = 4 * 3_600;
const DAY_S: i64 = 86_400;
/// After a look that failed.
const AGAIN: WallDuration = WallDuration::from_seconds(1_800);

/// When cameras are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Once each night.
    Nightly,
    /// This often, by day as well.
    Every(WallDuration),
}

impl Schedule {
    /// Whether a camera last looked at at `last` is to be looked at now. By night each camera has a time of its own, so that not
    /// all are asked at once; one that missed its time is looked at when the recorder runs again.
    fn is_due(self, camera: CameraId, last: WallTime, now: WallTime) -> bool {
        match self {
            Self::Every(period) => now >= last + period,
            Self::Nightly => {
                let second = now.unix_seconds_floor();
                let midnight = second - second.rem_euclid(DAY_S);
                let today = midnight + NIGHT_BEGINS_S + own_time(camera);
                let turn = if second >= today { today } else { today - DAY_S };
                last.unix_seconds_floor() < turn
            }
        }
    }
}

/// A camera's own time of the night, in seconds.
fn own_time(camera: CameraId) -> i64 {
    let hash = Sha256::digest(camera.as_bytes());
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    i64::from(number) % NIGHT_S
}

/// Looks at each camera at its time until `stopping`. One after the other: a look takes seconds, and nobody waits for it.
pub async fn run(estate: Estate, schedule: Schedule, stopping: CancellationToken) {
    let (mut last, mut not_before) = (HashMap::new(), HashMap::new());
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        let parts = estate.parts();
        let Ok(rows) = parts.db.cameras().await else { continue };
        for row in rows.into_iter().filter(|row| row.removed.is_none()) {
            let now = parts.clock.wall();
            let looked = *last.entry(row.id).or_insert_with(|| looked_at(&row.judgement).unwrap_or(row.judged));
            let waits = not_before.get(&row.id).is_some_and(|until| now < *until);
            if waits || !schedule.is_due(row.id, looked.max(row.judged), now) {
                continue;
            }
            let looking = estate.look_by_itself(row.id);
            let outcome = tokio::select! {
                () = stopping.cancelled() => return,
                outcome = looking => outcome,
            };
            match outcome {
                Ok(()) => drop(last.insert(row.id, now)),
                Err(error) => {
                    tracing::warn!(camera = %row.name, %error, "a look by night was not possible; tried again later");
                    not_before.insert(row.id, now + AGAIN);
                }
            }
        }
    }
}

/// When stored evidence was taken.
fn looked_at(stored: &str) -> Option<WallTime> {
    let dossier: Dossier = serde_json::from_str(stored).ok()?;
    dossier
        .evidence
        .iter()
        .filter(|item| item.kind == candour_vetting::Kind::OnvifAnswer)
        .map(|item| item.taken_at)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text_s: i64) -> WallTime {
        // 2026-11-26, midnight UTC.
        WallTime::from_unix_seconds(1_795_651_200 + text_s)
    }

    #[test]
    fn each_night_once_at_a_time_of_its_own() {
        let cameras: Vec<_> = (0..200u8).map(|n| CameraId::from_bytes([n; 16])).collect();
        let times: std::collections::BTreeSet<_> = cameras.iter().map(|camera| own_time(*camera)).collect();
        assert!(times.len() > 150, "{} different times", times.len());
        assert!(times.iter().all(|time| (0..NIGHT_S).contains(time)));
        for camera in cameras {
            let turn = NIGHT_BEGINS_S + own_time(camera);
            let due = |last, now| Schedule::Nightly.is_due(camera, at(last), at(now));
            assert!(!due(turn - 60, turn - 1), "not before its time");
            assert!(due(turn - 60, turn));
            assert!(!due(turn + 5, turn + 3600), "once a night");
            assert!(!due(turn + 5, turn + DAY_S - 1));
            assert!(due(turn + 5, turn + DAY_S));
            assert!(due(turn - 3 * DAY_S, turn + 12 * 3600), "the recorder was off for days");
        }
    }

    #[test]
    fn or_more_often() {
        let every = Schedule::Every(WallDuration::from_seconds(600));
        let camera = CameraId::from_bytes([1; 16]);
        assert!(!every.is_due(camera, at(0), at(599)) && every.is_due(camera, at(0), at(600)));
    }
}
