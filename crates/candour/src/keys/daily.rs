//! What goes on with keys by itself: a backup a day, the end of those that expired, copies that failed tried again, and
//! backups that somebody on this machine asks for while the recorder runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use candour_durable::Disk;
use candour_units::{WallDuration, WallTime};
use tokio_util::sync::CancellationToken;

use super::backup::{self, BackupParts};
use crate::alarms::Alarms;
use crate::estate::Parts;

/// How often it looks.
const PERIOD: Duration = Duration::from_secs(2);
/// Rounds between two looks at what is due.
const DUE_EVERY: u32 = 15;
const A_DAY: WallDuration = WallDuration::from_seconds(86_400);
/// A backup that failed is tried again after this long.
const AGAIN: WallDuration = WallDuration::from_seconds(600);
/// An alarm says that the newest backup is old from this age on.
const OLD: WallDuration = WallDuration::from_seconds(129_600);

/// The file in which somebody asks for a backup, and the one in which it is answered; both in the data directory, which
/// is the recorder's alone.
pub const REQUEST: &str = "backup-request";
/// See [`REQUEST`].
pub const ANSWER: &str = "backup-answer";

/// What it is told.
pub struct Daily {
    /// What a backup is made of.
    pub backup: BackupParts,
    /// Where one is made each day.
    pub directory: Option<PathBuf>,
    /// Whether the clock may be believed when something is to be destroyed.
    pub proved: Box<dyn Fn() -> bool + Send + Sync>,
}

/// Runs until `stopping`.
pub async fn run(daily: Daily, parts: Arc<Parts>, stopping: CancellationToken) {
    let mut round = 0u32;
    let mut state = State::default();
    loop {
        answer_request(&daily.backup).await;
        if round.is_multiple_of(DUE_EVERY) {
            look(&daily, &parts, &mut state).await;
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

#[derive(Default)]
struct State {
    noted: bool,
    tried: Option<WallTime>,
    failure: Option<String>,
}

async fn look(daily: &Daily, parts: &Parts, state: &mut State) {
    let alarms = Alarms::of(parts);
    let keyring = daily.backup.keyring.clone();
    if keyring.status().trouble().is_some() {
        let retried = backup::blocking(move || {
            keyring.retry();
            Ok(())
        });
        if let Err(error) = retried.await {
            tracing::error!(error = format!("{error:#}"), "the copies of the keyring could not be tried again");
        }
    }
    let trouble = daily.backup.keyring.status().trouble().map(|words| {
        format!("{words}. Recording goes on, but nothing can be deleted until every copy is written. Check its disk.")
    });
    alarms.follow("keyring_copy", None, "red", trouble).await;

    let now = daily.backup.clock.wall();
    if let Some(directory) = daily.directory.as_deref().filter(|directory| directory.is_dir() && !state.noted) {
        state.noted = backup::note_found(&daily.backup.keyring, directory).await.is_ok();
    }
    if (daily.proved)() {
        let ended = backup::end_expired(&daily.backup, daily.directory.as_deref(), now).await;
        let trouble =
            ended.err().map(|error| format!("{error:#}. What was deleted since may still be opened with it."));
        alarms.follow("backup_not_ended", None, "red", trouble).await;
    }
    if let Some(directory) = &daily.directory {
        make_due(daily, directory, now, state).await;
        let newest = newest(daily);
        alarms.follow("backup_failing", None, "amber", failing(state, newest, now)).await;
    }
}

async fn make_due(daily: &Daily, directory: &Path, now: WallTime, state: &mut State) {
    let is_due = newest(daily).is_none_or(|newest| now - newest >= A_DAY || newest > now);
    let is_tried = state.tried.is_some_and(|tried| now - tried < AGAIN && tried <= now);
    if !is_due || is_tried {
        return;
    }
    state.tried = Some(now);
    state.failure = match backup::make(&daily.backup, directory).await {
        Ok(made) => {
            tracing::info!(body = %made.body.display(), "keyring and catalogue backed up");
            None
        }
        Err(error) => Some(format!("{error:#}")),
    };
}

fn newest(daily: &Daily) -> Option<WallTime> {
    daily.backup.keyring.backups().iter().map(|backup| backup.made).max()
}

fn failing(state: &State, newest: Option<WallTime>, now: WallTime) -> Option<String> {
    if let Some(cause) = &state.failure {
        return Some(format!("The backup of keyring and catalogue failed: {cause}. It is tried again."));
    }
    let old = newest.is_none_or(|newest| now - newest > OLD);
    old.then(|| "The newest backup of keyring and catalogue is older than a day and a half.".to_owned())
}

/// Makes the backup that somebody asked for in a file, and says in another what came of it.
async fn answer_request(parts: &BackupParts) {
    let (request, answer) = (parts.data.join(REQUEST), parts.data.join(ANSWER));
    let Ok(directory) = std::fs::read_to_string(&request) else { return };
    let words = match backup::make(parts, Path::new(directory.trim_end())).await {
        Ok(made) => format!("made {}\n", made.body.display()),
        Err(error) => format!("failed {error:#}\n"),
    };
    let said = backup::blocking(move || {
        let disk = Disk::real();
        disk.write_atomically(&answer, words.as_bytes(), 0o600)?;
        disk.remove(&request)?;
        Ok(())
    });
    if let Err(error) = said.await {
        tracing::error!(error = format!("{error:#}"), "a request for a backup could not be answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_backup_and_a_failing_one_are_alarms() {
        let at = WallTime::from_unix_seconds;
        let fine = State::default();
        assert_eq!(failing(&fine, Some(at(0)), at(100_000)), None);
        assert!(failing(&fine, Some(at(0)), at(130_000)).is_some());
        assert!(failing(&fine, None, at(0)).is_some());
        let failed = State { failure: Some("no room".into()), ..State::default() };
        assert!(failing(&failed, Some(at(0)), at(1)).is_some_and(|words| words.contains("no room")));
    }
}
