//! `candour check`: a data directory at rest, checked and, if asked, mended. Decides nothing: the check is the archive's.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use candour_archive::{
    CheckConfig, CheckOptions, CheckProgress, CheckReport, CheckStanding, Depth, Finding, Weight, check_at_rest,
};
use candour_db::Db;
use candour_durable::{DirectoryLock, Disk};
use candour_units::{Clock, Entropy};
use serde_json::json;

use crate::config::{Config, Overrides};
use crate::machine::{SystemClock, SystemEntropy};
use crate::serve;

/// What the command line says.
#[derive(clap::Args)]
pub struct CheckArguments {
    /// Configuration file of the recorder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Read and open every byte; without it names, lengths, rows, headers, footers, keys and the log.
    #[arg(long)]
    deep: bool,
    /// Mend what can be mended; what cannot is shown as lost on the timeline.
    #[arg(long)]
    mend: bool,
    /// Write the report as JSON.
    #[arg(long)]
    json: bool,
    /// Read at most so many megabytes a second.
    #[arg(long, value_name = "MB")]
    rate: Option<u64>,
}

/// Exit codes: monitoring is built on them.
const FINDINGS: u8 = 1;
const MENDED: u8 = 3;

/// Runs the check; the exit code says how it went: 0 clean, 1 findings are left, 3 all findings were mended. An error
/// (exit code 2) means that it could not be checked.
///
/// # Errors
/// What could not be opened, with its cause; that a recorder runs there.
pub async fn check(arguments: CheckArguments) -> anyhow::Result<ExitCode> {
    let overrides = Overrides { data: arguments.data.clone(), ..Overrides::default() };
    let config = Config::read(arguments.config.as_deref(), overrides)?;
    let depth = if arguments.deep { Depth::Deep } else { Depth::Quick };
    let options = CheckOptions {
        bytes_per_second: arguments.rate.map(|rate| rate.saturating_mul(1_000_000)),
        ..CheckOptions::fast(depth)
    };
    let lock = lock(&config)?;
    let before = at_rest(&config, &options).await?;
    let mut after = None;
    if arguments.mend && !before.is_clean() {
        drop(lock);
        mend(&config, &before.findings).await?;
        let _lock = self::lock(&config)?;
        after = Some(at_rest(&config, &options).await?);
    }
    let outcome = Outcome { before, after };
    let text = if arguments.json { outcome.json() } else { outcome.words() };
    print!("{text}");
    Ok(outcome.code())
}

/// Takes the directory, or says who has it.
pub fn lock(config: &Config) -> anyhow::Result<DirectoryLock> {
    if !config.log.is_dir() {
        bail!("{} holds no recorder's data: there is no log in {}", config.data.display(), config.log.display());
    }
    Disk::real().lock_directory(&config.log).with_context(|| {
        format!(
            "a recorder runs on {}, or another check does. Stop it first, or ask the running recorder: System page, \
             \"Check the footage\"",
            config.data.display()
        )
    })
}

/// Opens the catalogue that is there; never makes one.
async fn catalogue(config: &Config) -> anyhow::Result<Db> {
    let path = config.data.join("candour.db");
    if config.database.is_none() && !path.is_file() {
        bail!("there is no catalogue at {}; `candour rebuild` makes it from files, keyring and log", path.display());
    }
    let hint = "the catalogue cannot be opened; `candour rebuild` makes a new one from files, keyring and log";
    crate::database::open(config).await.context(hint)
}

async fn at_rest(config: &Config, options: &CheckOptions) -> anyhow::Result<CheckReport> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let keyring = serve::open_keyring(config, &entropy).await?;
    let db = catalogue(config).await?;
    let progress = Arc::new(CheckProgress::default());
    let told = tokio::spawn(tell(Arc::clone(&progress)));
    let place = CheckConfig { directories: serve::storage_directories(config), log: config.log.clone() };
    let report = check_at_rest(place, &db, keyring, &*clock, options, &progress).await;
    told.abort();
    db.close().await;
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    report.context("the check came to no end")
}

/// Starts the archive as a recorder does, without recording: recovery runs, then what was found is mended.
async fn mend(config: &Config, findings: &[Finding]) -> anyhow::Result<()> {
    let rooms = serve::open_rooms(config).await?;
    let report = rooms.archive.mend(&config.log, findings).await;
    tracing::info!(?report, "mended");
    rooms.archive.close().await;
    rooms.log.close().await;
    rooms.db.close().await;
    Ok(())
}

/// Says now and then how far it has come.
async fn tell(progress: Arc<CheckProgress>) {
    let terminal = std::io::stderr().is_terminal();
    let every = if terminal { Duration::from_millis(500) } else { Duration::from_secs(10) };
    let began = Instant::now();
    loop {
        tokio::time::sleep(every).await;
        let line = standing(&progress.now(), began.elapsed());
        // A closed terminal is no reason to end.
        let _ =
            if terminal { write!(std::io::stderr(), "\r{line}\x1b[K") } else { writeln!(std::io::stderr(), "{line}") };
    }
}

fn standing(now: &CheckStanding, elapsed: Duration) -> String {
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let (done, total) = if now.bytes_total > 0 {
        (now.bytes_done as f64, now.bytes_total as f64)
    } else {
        (now.files_done as f64, now.files_total as f64)
    };
    let left = (done > 0.0 && total > done).then(|| elapsed.mul_f64((total - done) / done));
    let left = left.map(|left| format!(", {} s left", left.as_secs())).unwrap_or_default();
    let bytes = if now.bytes_total > 0 { format!(" of {:.1}", gigabytes(now.bytes_total)) } else { String::new() };
    format!(
        "checking: {} of {} files, {:.1}{bytes} GB, {} findings{left}",
        now.files_done,
        now.files_total,
        gigabytes(now.bytes_done),
        now.findings
    )
}

/// A check, and the one after mending.
struct Outcome {
    before: CheckReport,
    after: Option<CheckReport>,
}

impl Outcome {
    fn is_left(&self, finding: &Finding) -> bool {
        self.after.as_ref().is_none_or(|after| after.findings.iter().any(|other| finding.is_same(other)))
    }

    fn new_ones(&self) -> impl Iterator<Item = &Finding> {
        let after = self.after.iter().flat_map(|after| &after.findings);
        after.filter(|finding| !self.before.findings.iter().any(|other| finding.is_same(other)))
    }

    /// Findings with whether they are still there, the heaviest first.
    fn findings(&self) -> Vec<(&Finding, bool)> {
        let known = self.before.findings.iter().map(|finding| (finding, self.is_left(finding)));
        known.chain(self.new_ones().map(|finding| (finding, true))).collect()
    }

    fn word(&self) -> &'static str {
        match self.findings() {
            all if all.is_empty() => "clean",
            all if all.iter().any(|(_, left)| *left) => "findings",
            _ => "mended",
        }
    }

    fn code(&self) -> ExitCode {
        match self.word() {
            "clean" => ExitCode::SUCCESS,
            "mended" => ExitCode::from(MENDED),
            _ => ExitCode::from(FINDINGS),
        }
    }

    fn json(&self) -> String {
        let report = &self.before;
        let findings: Vec<_> = self.findings().into_iter().map(|(finding, left)| finding_json(finding, left)).collect();
        let seconds = report.took.as_secs_f64();
        let whole = json!({
            "result": self.word(),
            "depth": depth_word(report.depth),
            "began_90k": report.began.ticks(),
            "seconds": seconds,
            "files": report.files,
            "bytes": report.bytes,
            "bytes_per_second": report.bytes as f64 / seconds.max(1e-9),
            "log_entries": report.entries,
            "findings": findings,
        });
        format!("{whole}\n")
    }

    fn words(&self) -> String {
        let report = &self.before;
        let mut out = String::new();
        for (finding, left) in self.findings() {
            let standing = match (left, finding.kind.weight()) {
                (false, _) => "mended",
                (true, Weight::Loss) => "LOSS",
                (true, Weight::Fault) => "fault",
                (true, Weight::Pending) => "unfinished",
            };
            out.push_str(&format!("{standing}: {finding}\n"));
            if left {
                out.push_str(&format!("    {}\n", finding.kind.advice()));
            }
        }
        let seconds = report.took.as_secs_f64();
        let speed = report.bytes as f64 / 1e6 / seconds.max(1e-9);
        let (all, left) = (self.findings().len(), self.findings().iter().filter(|(_, left)| *left).count());
        let verdict = match self.word() {
            "clean" => "everything fits".to_owned(),
            "mended" => format!("{all} findings, all mended"),
            _ => format!("{all} findings, {left} of them left"),
        };
        out.push_str(&format!(
            "{verdict}: {} files and {} log entries, {} check, {:.1} MB in {seconds:.1} s ({speed:.0} MB/s)\n",
            report.files,
            report.entries,
            depth_word(report.depth),
            report.bytes as f64 / 1e6,
        ));
        out
    }
}

const fn depth_word(depth: Depth) -> &'static str {
    match depth {
        Depth::Quick => "quick",
        Depth::Deep => "deep",
    }
}

/// One finding for machines; absent things are null.
pub fn finding_json(finding: &Finding, left: bool) -> serde_json::Value {
    let text = |id: Option<String>| id.map_or(serde_json::Value::Null, serde_json::Value::String);
    json!({
        "kind": finding.kind.word(),
        "weight": finding.kind.weight().word(),
        "segment": text(finding.segment.map(|id| id.to_string())),
        "camera": text(finding.camera.map(|id| id.to_string())),
        "stream": text(finding.stream.map(|id| id.to_string())),
        "start_90k": finding.interval.map(|interval| interval.start.ticks()),
        "end_90k": finding.interval.map(|interval| interval.end.ticks()),
        "place": finding.place,
        "found": finding.found,
        "expected": finding.expected,
        "advice": finding.kind.advice(),
        "mended": !left,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_has_come_is_told_with_an_estimate() {
        let now = CheckStanding {
            bytes_total: 4_000_000_000,
            bytes_done: 1_000_000_000,
            files_total: 8,
            files_done: 2,
            findings: 1,
        };
        let words = standing(&now, Duration::from_secs(10));
        assert_eq!(words, "checking: 2 of 8 files, 1.0 of 4.0 GB, 1 findings, 30 s left");
        let quick = CheckStanding { bytes_total: 0, bytes_done: 500_000_000, ..now };
        assert_eq!(standing(&quick, Duration::from_secs(1)), "checking: 2 of 8 files, 0.5 GB, 1 findings, 3 s left");
    }
}
