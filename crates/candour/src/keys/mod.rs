//! What people who run a recorder do with its keys: print shares and recover, rotate, make a copy anew, back up, restore.
//!
//! No secret is ever an argument: shares are typed in or lie in files, a PIN lies in a file or a credential.

pub mod backup;
mod body;
pub mod daily;
mod recovery;
pub mod restore;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use candour_durable::Disk;
use candour_units::{Clock, Entropy};
use clap::Subcommand;

use crate::config::{Config, Overrides};
use crate::machine::{SystemClock, SystemEntropy};
use backup::{BackupParts, blocking, write_down};

/// Looks for the answer of a running recorder this often.
const POLL: Duration = Duration::from_millis(250);

/// Which recorder is meant.
#[derive(clap::Args, Clone)]
pub struct Where {
    /// Configuration file; deploy/candour.toml is the manual.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Where {
    fn read(self) -> anyhow::Result<Config> {
        Config::read(self.config.as_deref(), Overrides { data: self.data, ..Overrides::default() })
    }
}

/// `candour keys …`
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Prints three shares of the master key; any two of them recover it. Send it to a printer, not to a file.
    Recovery {
        #[command(flatten)]
        place: Where,
    },
    /// Writes the master key file of a new machine from two shares: from two files, or typed in.
    Recover {
        #[command(flatten)]
        place: Where,
        /// Two files with a share each.
        #[arg(value_name = "SHARE")]
        shares: Vec<PathBuf>,
    },
    /// Replaces the epoch key now; the recorder must be stopped. It does so itself on each day on which it deleted.
    Rotate {
        #[command(flatten)]
        place: Where,
    },
    /// Makes a missing copy of the keyring anew; the recorder must be stopped. Say so only if the disk that held it is gone
    /// for good.
    Renew {
        #[command(flatten)]
        place: Where,
        /// The directory of the copy, as the configuration names it.
        #[arg(long, value_name = "DIR")]
        copy: PathBuf,
    },
}

/// `candour backup`
#[derive(clap::Args)]
pub struct BackupArguments {
    #[command(flatten)]
    place: Where,
    /// Directory for the backup, on another disk.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// `candour restore`
#[derive(clap::Args)]
pub struct RestoreArguments {
    #[command(flatten)]
    place: Where,
    /// Directory with backups (the newest is taken), or one key file.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The log is lost for good. What was deleted since the backup may then be readable again.
    #[arg(long)]
    without_log: bool,
}

/// Runs `candour keys …`.
pub async fn keys(command: KeysCommand) -> anyhow::Result<()> {
    match command {
        KeysCommand::Recovery { place } => {
            recovery::print(&place.read()?, &SystemClock::new(), &SystemEntropy, &mut std::io::stdout().lock())
        }
        KeysCommand::Recover { place, shares } => {
            if shares.is_empty() {
                eprintln!("Type two shares, each beginning with candour-share-1, then end the input (Ctrl-D).");
            }
            let fingerprint = recovery::recover(&place.read()?, &shares, &mut std::io::stdin().lock())?;
            println!("The master key {fingerprint} is in its place.");
            Ok(())
        }
        KeysCommand::Rotate { place } => {
            let stopped = Stopped::open(place.read()?).await?;
            let keyring = stopped.parts.keyring.clone();
            blocking(move || Ok(keyring.rotate_epoch()?)).await.context("the epoch key could not be replaced")?;
            write_down(&stopped.parts.log, serde_json::json!({ "act": "rotated" }).to_string()).await;
            stopped.close().await;
            println!("All keys are wrapped under a new epoch key; the old one is destroyed.");
            Ok(())
        }
        KeysCommand::Renew { place, copy } => {
            let stopped = Stopped::open(place.read()?).await?;
            let (keyring, directory) = (stopped.parts.keyring.clone(), copy.clone());
            blocking(move || Ok(keyring.renew_copy(&directory)?)).await.context("the copy could not be made anew")?;
            let outcome = serde_json::json!({ "act": "copy_renewed", "directory": copy });
            write_down(&stopped.parts.log, outcome.to_string()).await;
            stopped.close().await;
            println!("The copy in {} is made anew.", copy.display());
            Ok(())
        }
    }
}

/// Runs `candour backup`: through the recorder when it runs, else by itself.
pub async fn backup(arguments: BackupArguments) -> anyhow::Result<()> {
    let config = arguments.place.read()?;
    let directory = std::path::absolute(&arguments.to)?;
    if is_running(&config) {
        return ask_for_backup(&config, &directory).await;
    }
    let stopped = Stopped::open(config).await?;
    let made = backup::make(&stopped.parts, &directory).await;
    stopped.close().await;
    println!("made {}", made?.body.display());
    Ok(())
}

async fn ask_for_backup(config: &Config, directory: &Path) -> anyhow::Result<()> {
    let disk = Disk::real();
    let (request, answer) = (config.data.join(daily::REQUEST), config.data.join(daily::ANSWER));
    if request.exists() {
        bail!("another backup was asked for and is under way");
    }
    disk.remove(&answer)?;
    disk.write_atomically(&request, format!("{}\n", directory.display()).as_bytes(), 0o600)?;
    loop {
        tokio::time::sleep(POLL).await;
        let Ok(words) = std::fs::read_to_string(&answer) else {
            if !is_running(config) {
                disk.remove(&request)?;
                bail!("the recorder stopped before it made the backup; run this again");
            }
            continue;
        };
        disk.remove(&answer)?;
        return match words.trim_end().split_once(' ') {
            Some(("made", _)) => {
                println!("{}", words.trim_end());
                Ok(())
            }
            Some(("failed", why)) => bail!("{why}"),
            _ => bail!("the recorder answered {words:?}"),
        };
    }
}

/// Runs `candour restore`.
pub async fn restore(arguments: RestoreArguments) -> anyhow::Result<()> {
    let config = arguments.place.read()?;
    refuse_running(&config)?;
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
    let done = restore::restore(&config, &arguments.from, arguments.without_log, &clock, &entropy).await?;
    println!("restored: {} days of keys; {} deletions of the log carried out again", done.days, done.replayed);
    println!(
        "Start the recorder. Nothing is deleted by rule until two people confirm on the Retention page that the holds are complete."
    );
    Ok(())
}

/// Whether a recorder runs on this data: it holds its log.
fn is_running(config: &Config) -> bool {
    config.log.is_dir() && Disk::real().lock_directory(&config.log).is_err()
}

fn refuse_running(config: &Config) -> anyhow::Result<()> {
    if is_running(config) {
        bail!("the recorder is running; stop it first");
    }
    Ok(())
}

/// A recorder that is not running, opened by somebody on its machine.
struct Stopped {
    parts: BackupParts,
}

impl Stopped {
    async fn open(config: Config) -> anyhow::Result<Self> {
        refuse_running(&config)?;
        let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
            (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
        refuse_unfinished(&config)?;
        let db = crate::database::open_existing(&config).await?;
        let recorder = crate::serve::recorder_id(&Disk::real(), &config.data, &*entropy)?;
        let log = crate::serve::open_log(&config, recorder, &clock, &entropy).await?;
        let keyring = crate::serve::open_keyring(&config, &entropy).await?;
        let days = config.backup_days;
        Ok(Self { parts: BackupParts { db, keyring, log, clock, recorder, data: config.data, days } })
    }

    async fn close(self) {
        self.parts.db.close().await;
        self.parts.log.close().await;
    }
}

/// A restore that was interrupted leaves keys that were destroyed before: nothing is served with them.
pub fn refuse_unfinished(config: &Config) -> anyhow::Result<()> {
    if config.data.join(restore::MARK).exists() {
        bail!("a restore was begun in {} and not finished; run candour restore again", config.data.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
