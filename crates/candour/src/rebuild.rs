//! `candour rebuild`: a new catalogue from segment files, keyring and log, put in the place of the old one.
//!
//! The old catalogue is kept beside it under a name with the date. Nothing is put in place before it is whole and
//! durable; a rebuild that ends half-way leaves everything as it was.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use candour_archive::{
    CheckConfig, CheckOptions, CheckProgress, Depth, RebuildConfig, RebuildReport, Weight, check_at_rest,
};
use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::{Db, NewAlarm};
use candour_durable::Disk;
use candour_units::{AlarmId, Clock, Entropy, WallTime};

use crate::config::{Config, Overrides};
use crate::machine::{SystemClock, SystemEntropy};
use crate::{check, serve};

/// What the command line says.
#[derive(clap::Args)]
pub struct RebuildArguments {
    /// Configuration file of the recorder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Write the report as JSON.
    #[arg(long)]
    json: bool,
}

const NAME: &str = "candour.db";
/// Where the new one is made.
const NEW: &str = "candour.db.rebuilding";
/// What SQLite keeps beside a database.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// Makes the catalogue anew.
///
/// # Errors
/// What could not be read or written, with its cause; then the old catalogue is as it was.
pub async fn rebuild(arguments: RebuildArguments) -> anyhow::Result<ExitCode> {
    let overrides = Overrides { data: arguments.data.clone(), ..Overrides::default() };
    let config = Config::read(arguments.config.as_deref(), overrides)?;
    if config.database.is_some() {
        bail!(
            "the catalogue is in PostgreSQL, which has backups of its own. Restore one of those; or take [database] out of the \
             configuration and rebuild into the data directory"
        );
    }
    let lock = check::lock(&config)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (report, lost) = make(&config, &clock).await?;
    let old = put_in_place(&config.data, clock.wall())?;
    drop(lock);
    finish(&config, &report, lost, &clock).await?;
    if arguments.json {
        println!("{}", json(&report, lost, old.as_deref()));
    } else {
        print!("{}", words(&report, lost, old.as_deref()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The new catalogue, whole and closed; what was made, and how much the check of it calls lost.
async fn make(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<(RebuildReport, u64)> {
    let path = config.data.join(NEW);
    for ending in BESIDE {
        let left = beside(&path, ending);
        if left.exists() {
            // Of a rebuild that came to no end.
            Disk::real().remove(&left).with_context(|| format!("{} is in the way", left.display()))?;
        }
    }
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let keyring = serve::open_keyring(config, &entropy).await?;
    let db = Db::open(&path).await.context("the new catalogue cannot be made")?;
    let directories = serve::storage_directories(config);
    let from = RebuildConfig { directories: directories.clone(), log: config.log.clone() };
    let made = candour_archive::rebuild(from, &db, keyring.clone(), &**clock).await;
    let report = made.context("the catalogue cannot be made anew")?;
    if !report.log_findings.is_empty() {
        eprintln!("candour: the log does not verify, and deletions it certifies are taken from it all the same:");
        report.log_findings.iter().for_each(|finding| eprintln!("    {finding}"));
    }
    let place = CheckConfig { directories, log: config.log.clone() };
    let progress = Arc::new(CheckProgress::default());
    let options = CheckOptions::fast(Depth::Quick);
    let checked = check_at_rest(place, &db, keyring, &**clock, &options, &progress).await?;
    let lost = checked.findings.iter().filter(|finding| finding.kind.weight() == Weight::Loss).count();
    for finding in &checked.findings {
        eprintln!("candour: {finding}");
    }
    db.close().await;
    Ok((report, lost as u64))
}

/// Puts the new file in the place of the old, which is kept with the date in its name.
fn put_in_place(data: &Path, now: WallTime) -> anyhow::Result<Option<PathBuf>> {
    let (current, new) = (data.join(NAME), data.join(NEW));
    if beside(&new, "-wal").metadata().is_ok_and(|wal| wal.len() > 0) {
        bail!("the new catalogue {} was not closed in order; try again", new.display());
    }
    let date = now.to_string().replace(':', "-");
    let kept = data.join(format!("{NAME}.before-{date}"));
    let mut old = None;
    let disk = Disk::real();
    // The old one's log of writes goes along with it, or it would be taken for the new one's.
    for ending in ["-wal", "-shm"] {
        let from = beside(&current, ending);
        if from.exists() {
            disk.rename(&from, &beside(&kept, ending)).with_context(|| format!("{} cannot be kept", from.display()))?;
        }
    }
    if current.exists() {
        disk.keep_as(&current, &kept).with_context(|| format!("{} cannot be kept", current.display()))?;
        old = Some(kept);
    }
    disk.rename(&new, &current).context("the new catalogue cannot be put in place")?;
    Ok(old)
}

/// With the new catalogue in place: deletions whose certificates the log has are finished, the loss is alarmed, and the log
/// hears of all of it.
async fn finish(config: &Config, report: &RebuildReport, lost: u64, clock: &Arc<dyn Clock>) -> anyhow::Result<()> {
    let rooms = serve::open_rooms(config).await?;
    let options = CheckOptions::fast(Depth::Quick);
    let progress = Arc::new(CheckProgress::default());
    let found = rooms.archive.check_resting(&config.log, &options, &progress).await?;
    rooms.archive.mend(&config.log, &found.findings).await;
    let outcome = serde_json::json!({
        "act": "catalogue_rebuilt",
        "segments": report.segments,
        "certificates": report.certificates,
        "lost": lost,
        "missing": report.missing.len(),
    });
    let event = Event {
        kind: EventKind::ConfigurationChanged,
        actor: Actor::Recorder,
        subject: Subject { reason: Some("the catalogue was rebuilt".to_owned()), ..Subject::default() },
        outcome: outcome.to_string(),
    };
    rooms.log.append(event).await.context("the rebuild cannot be written into the log")?;
    if lost > 0 {
        let words = format!(
            "After the catalogue was rebuilt, {lost} segments are lost in whole or in part: their files or keys are gone or \
             damaged, and no certificate says why. Run `candour check` and look for a disk that fails."
        );
        let alarm = NewAlarm {
            id: AlarmId::from_bytes(SystemEntropy.id()),
            kind: "data_loss".into(),
            camera: None,
            severity: "red".into(),
            words,
            raised: clock.wall(),
        };
        rooms.db.raise_alarm(&alarm).await?;
    }
    rooms.archive.close().await;
    rooms.log.close().await;
    rooms.db.close().await;
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

const GONE: &str = "People, purposes, holds, grants, the evidence and passwords of cameras, and alarms stand in no file and are gone: \
    set the recorder up again, add its cameras' passwords and purposes. Deletion waits until the holds are restored or two \
    people say there were none (candour holds confirm).";

fn words(report: &RebuildReport, lost: u64, old: Option<&Path>) -> String {
    let mut out = format!(
        "rebuilt: {} segments of {} cameras, {} certificates, {} gaps; {} stretches of time that nothing explains; what moved \
         is known again for {} segments\n",
        report.segments, report.cameras, report.certificates, report.gaps, report.unexplained, report.noted
    );
    for (path, why) in &report.unusable {
        out.push_str(&format!("not usable: {}: {why}\n", path.display()));
    }
    for segment in &report.missing {
        out.push_str(&format!("missing: segment {segment}: the log knows it, and no file or certificate is there\n"));
    }
    if lost > 0 {
        out.push_str(&format!("LOSS: {lost} segments in whole or in part; `candour check` names them\n"));
    }
    if let Some(old) = old {
        out.push_str(&format!("The old catalogue is {}\n", old.display()));
    }
    out.push_str(GONE);
    out.push('\n');
    out
}

fn json(report: &RebuildReport, lost: u64, old: Option<&Path>) -> String {
    let missing: Vec<String> = report.missing.iter().map(ToString::to_string).collect();
    let unusable: Vec<_> = report
        .unusable
        .iter()
        .map(|(path, why)| serde_json::json!({ "path": path.display().to_string(), "why": why }))
        .collect();
    serde_json::json!({
        "segments": report.segments,
        "bytes": report.bytes,
        "cameras": report.cameras,
        "certificates": report.certificates,
        "gaps": report.gaps,
        "unexplained": report.unexplained,
        "noted": report.noted,
        "missing": missing,
        "unusable": unusable,
        "lost": lost,
        "log_findings": report.log_findings,
        "old": old.map(|old| old.display().to_string()),
        "deletion_off": true,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_catalogue_goes_with_its_log_of_writes() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let data = directory.path();
        for (name, text) in [(NAME, "old"), ("candour.db-wal", "old log"), (NEW, "new")] {
            std::fs::write(data.join(name), text).expect("a file");
        }
        let kept = put_in_place(data, WallTime::from_unix_seconds(0)).expect("in place").expect("an old one");
        let read = |path: &Path| std::fs::read_to_string(path).expect("a file");
        assert_eq!(
            (read(&data.join(NAME)), read(&kept), read(&beside(&kept, "-wal"))),
            ("new".into(), "old".into(), "old log".into())
        );
        assert!(!data.join("candour.db-wal").exists() && !data.join(NEW).exists());
    }
}
