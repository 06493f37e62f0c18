//! The one program: configuration, wiring, start and stop. What it does is done in the rooms below; the order is in
//! [`serve`].

mod accounts;
mod alarms;
mod check;
mod claims;
mod config;
mod database;
mod erasing;
mod estate;
mod gate;
mod holds;
mod judge;
mod keys;
mod lists;
mod log_config;
mod lookout;
mod machine;
mod monitor;
mod motion;
mod onboard;
mod papers;
mod people;
mod policy;
mod policy_file;
mod rebuild;
mod retention;
mod room;
mod second_look;
mod serve;
mod sink;
mod status_file;
mod tables;
mod watch;
mod witnesses;
mod words;

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// The open video management system for public buildings.
#[derive(Parser)]
#[command(name = "candour", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Records the cameras and opens the door for browsers.
    Serve(ServeArguments),
    /// The master key and the keyring: recovery, rotation, copies.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Backs up keyring and catalogue, while the recorder runs or not.
    Backup(keys::BackupArguments),
    /// Restores a backup onto a new or emptied data directory, and deletes again what was deleted since.
    Restore(keys::RestoreArguments),
    /// Checks footage, catalogue, keys, certificates and log against each other. Exit code: 0 everything fits, 1 findings
    /// are left, 2 it could not be checked, 3 all findings were mended.
    Check(check::CheckArguments),
    /// Makes the catalogue anew from segment files, keyring and log; the old one is kept. Deletion then waits until the
    /// holds are restored.
    Rebuild(rebuild::RebuildArguments),
    /// Judges a file of evidence offline and prints outcome, reasons, rules and list versions.
    Judge(judge::JudgeArguments),
    /// The lists that cameras are judged by: show, import, trust anchors, and tools for their keepers.
    #[command(subcommand)]
    Lists(lists::ListsCommand),
    /// Holds on footage.
    #[command(subcommand)]
    Holds(HoldsCommand),
    /// Ways back in from the recorder's own console: a lost second factor, a forgotten password, a lost last administrator.
    #[command(subcommand)]
    People(accounts::PeopleCommand),
    /// The policy: what a file says, what it would change, and proposing it.
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Looks through a clip for motion, with the method and the caged decoder of a recorder.
    Motion(motion::MotionArguments),
}

#[derive(Subcommand)]
enum HoldsCommand {
    /// After a restore or a rebuild: two people say that the holds are complete, and deletion goes on.
    Confirm(ConfirmArguments),
}

#[derive(clap::Args)]
struct ConfirmArguments {
    /// Configuration file; deploy/candour.toml is the manual.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Who says so: full name or sign-in name.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The second person.
    #[arg(long, value_name = "NAME")]
    and: String,
}

#[derive(clap::Args)]
struct ServeArguments {
    /// Configuration file; deploy/candour.toml is the manual.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port to listen on, in place of the configuration's.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Host name people will use; may be given again for more.
    #[arg(long = "host", value_name = "NAME")]
    host_names: Vec<String>,
    /// The policy that comes into force on a recorder that never had one; docs/policy.md is the manual.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Accept simulated cameras (own signed list; a banner on every page). Never on a real site.
    #[arg(long)]
    lab: bool,
    /// Add the cameras of this file if they are not there yet; it must be readable by its owner alone.
    #[arg(long, value_name = "FILE")]
    onboard: Option<PathBuf>,
    /// Keep a small status file up to date, for people and monitoring on this machine.
    #[arg(long, value_name = "FILE")]
    status_file: Option<PathBuf>,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("CANDOUR_LOG").unwrap_or_else(|_| EnvFilter::new("info,retina=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("candour: {:#}", error.0);
            ExitCode::from(error.1)
        }
    }
}

/// An error, and the exit code that stands for it.
struct Failed(anyhow::Error, u8);

fn run(command: Command) -> Result<ExitCode, Failed> {
    let (failed, unchecked) = (|error| Failed(error, 1), |error| Failed(error, 2));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(error.into()))?;
    match command {
        Command::Serve(arguments) => runtime.block_on(record(arguments)).map(|()| ExitCode::SUCCESS).map_err(failed),
        Command::Holds(HoldsCommand::Confirm(arguments)) => {
            runtime.block_on(confirm_holds(arguments)).map(|()| ExitCode::SUCCESS).map_err(failed)
        }
        Command::Judge(arguments) => {
            let now = candour_units::Clock::wall(&machine::SystemClock::new());
            judge::run(&arguments, now).map_err(unchecked)
        }
        Command::Lists(command) => runtime.block_on(lists::run(command)).map(|()| ExitCode::SUCCESS).map_err(failed),
        Command::People(command) => {
            runtime.block_on(accounts::run(command)).map(|()| ExitCode::SUCCESS).map_err(failed)
        }
        Command::Policy(command) => runtime.block_on(policy::run(command)).map_err(unchecked),
        Command::Keys(command) => runtime.block_on(keys::keys(command)).map(|()| ExitCode::SUCCESS).map_err(failed),
        Command::Backup(arguments) => {
            runtime.block_on(keys::backup(arguments)).map(|()| ExitCode::SUCCESS).map_err(failed)
        }
        Command::Restore(arguments) => {
            runtime.block_on(keys::restore(arguments)).map(|()| ExitCode::SUCCESS).map_err(failed)
        }
        Command::Rebuild(arguments) => runtime.block_on(rebuild::rebuild(arguments)).map_err(unchecked),
        Command::Check(arguments) => runtime.block_on(check::check(arguments)).map_err(unchecked),
        Command::Motion(arguments) => motion::run(&arguments).map_err(failed),
    }
}

async fn confirm_holds(arguments: ConfirmArguments) -> anyhow::Result<()> {
    let overrides = config::Overrides { data: arguments.data, ..config::Overrides::default() };
    let config = config::Config::read(arguments.config.as_deref(), overrides)?;
    holds::confirm(&config, &arguments.by, &arguments.and).await
}

async fn record(arguments: ServeArguments) -> anyhow::Result<()> {
    let overrides = config::Overrides {
        data: arguments.data,
        listen: arguments.listen,
        host_names: arguments.host_names,
        policy: arguments.policy,
    };
    let config = config::Config::read(arguments.config.as_deref(), overrides)?;
    let options = serve::Options {
        lab: arguments.lab,
        onboard: arguments.onboard.as_deref().map(onboard::read).transpose()?.unwrap_or_default(),
        status_file: arguments.status_file,
    };
    serve::serve(config, options).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The manual's commands are commands.
    #[test]
    fn the_commands_of_the_manual_parse() {
        let manual = |name: &str| {
            let path = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).expect("it is in the tree")
        };
        let text = manual("keys.md") + &manual("vetting.md") + &manual("motion.md") + &manual("lost.md");
        let commands = text.lines().map(str::trim).filter(|line| line.starts_with("candour "));
        let mut count = 0;
        for line in commands {
            let words = line.split_whitespace().take_while(|word| *word != "|");
            if let Err(error) = Arguments::try_parse_from(words) {
                panic!("{line}: {error}");
            }
            count += 1;
        }
        assert!(count >= 7, "{count} commands");
    }
}
