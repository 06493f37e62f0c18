//! `candour policy`: what a file says, what it would change, and proposing it. Beside a recorder that runs, or without one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use candour_archive::plan_policy;
use candour_db::{Db, NewPolicyVersion, PersonRow, PolicyAct, PolicyOrigin};
use candour_policy::{Policy, Role, earliest_force, policy_hash};
use candour_units::{Clock, Entropy, PolicyId, WallTime};

use super::not_possible;
use crate::config::{Config, Overrides};
use crate::machine::{SystemClock, SystemEntropy};
use crate::policy_file::{FileArguments, check_file};

/// The commands.
#[derive(clap::Subcommand)]
pub enum PolicyCommand {
    /// Reads a policy file and names every mistake in it, and what this recorder cannot do. Exit code: 0 it can come into
    /// force, 1 it cannot, 2 it could not be read.
    Check(FileArguments),
    /// Says what a policy file would change on this recorder: what is recorded, stopped, deleted and published.
    Plan(PlanArguments),
    /// Proposes a policy file as the next version, as the Policy page does; it is advised on and approved there.
    Import(ImportArguments),
}

/// `candour policy plan`.
#[derive(clap::Args)]
pub struct PlanArguments {
    /// The policy file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Configuration file; deploy/candour.toml is the manual.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// `candour policy import`.
#[derive(clap::Args)]
pub struct ImportArguments {
    /// The policy file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Configuration file; deploy/candour.toml is the manual.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Who proposes it: full name or sign-in name of somebody who may. That person does not approve it.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why.
    #[arg(long, value_name = "WORDS", default_value = "")]
    reason: String,
}

/// Runs one of them; the exit code says how it went.
///
/// # Errors
/// Every mistake of the file, or what could not be read or stored.
pub async fn run(command: PolicyCommand) -> anyhow::Result<ExitCode> {
    match command {
        PolicyCommand::Check(arguments) => return check_file(&arguments),
        PolicyCommand::Plan(arguments) => {
            let (_, policy) = read(&arguments.file)?;
            let db = open(arguments.config.as_deref(), arguments.data).await?;
            let words = plan(&db, &policy).await;
            db.close().await;
            print!("{}", words?);
        }
        PolicyCommand::Import(arguments) => {
            let (text, policy) = read(&arguments.file)?;
            if let Some(why) = not_possible(&policy, SystemClock::new().wall()) {
                bail!("{} cannot come into force on this recorder: {why}", arguments.file.display());
            }
            let db = open(arguments.config.as_deref(), arguments.data).await?;
            let imported = import(&db, text, &arguments.by, &arguments.reason).await;
            db.close().await;
            let (number, by) = imported?;
            println!(
                "Version {number} is proposed by {by}. It is advised on and approved on the Policy page; the recorder writes it into the log."
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The plan in words: what would happen now, and when the version could take force.
async fn plan(db: &Db, policy: &Policy) -> anyhow::Result<String> {
    let now = SystemClock::new().wall();
    let old = match db.policy_in_force().await? {
        Some(version) => Policy::parse(db.policy_text(version.number).await?.unwrap_or_default().as_bytes()).ok(),
        None => None,
    };
    let impact = plan_policy(db, old.as_ref(), policy, now).await?;
    let mut text = String::new();
    // Writing to a string cannot fail.
    for line in impact.summary(&policy.site.time_zone) {
        let _ = writeln!(text, "{line}");
    }
    for change in &impact.difference.changes {
        let _ = writeln!(text, "  {change}");
    }
    for (purpose, answer, camera) in impact
        .cameras
        .iter()
        .flat_map(|of| of.footage.iter().map(move |(purpose, answer)| (purpose, answer, &of.camera)))
    {
        let (gone, held, sooner) = (answer.destroyed, answer.held, answer.shortened);
        if answer.ends_sooner() {
            let _ = writeln!(
                text,
                "  {camera} ({purpose}): {} segments ({} bytes) are destroyed, {} when their hold ends, {} sooner than promised",
                gone.segments, gone.bytes, held.segments, sooner.segments
            );
        }
    }
    let cameras = db.cameras().await?;
    let unnamed: Vec<_> =
        cameras.iter().filter(|row| policy.terms(&row.name).is_none()).map(|row| row.name.as_str()).collect();
    if !unnamed.is_empty() {
        let _ = writeln!(text, "Not named, so they record nothing: {}.", unnamed.join(", "));
    }
    if let Some(why) = not_possible(policy, now) {
        let _ = writeln!(text, "It cannot come into force on this recorder: {why}");
    }
    let _ = writeln!(text, "{}", earliest_force(now, &impact, None).because.words);
    Ok(text)
}

fn read(file: &Path) -> anyhow::Result<(String, Policy)> {
    let name = file.display();
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {name}"))?;
    match Policy::parse(&bytes) {
        Ok(policy) => Ok((String::from_utf8(bytes).context("a policy is text")?, policy)),
        Err(mistakes) => {
            bail!("{name} has mistakes, so it cannot come into force; what is in force stays.\n{mistakes}")
        }
    }
}

async fn open(config: Option<&Path>, data: Option<PathBuf>) -> anyhow::Result<Db> {
    let config = Config::read(config, Overrides { data, ..Overrides::default() })?;
    crate::database::open_existing(&config).await
}

async fn import(db: &Db, text: String, by: &str, reason: &str) -> anyhow::Result<(i64, String)> {
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
    let everybody = db.people().await?;
    let now = clock.wall();
    let person = may_propose(&everybody, by, now)?;
    let new = NewPolicyVersion {
        id: PolicyId::from_bytes(entropy.id()),
        hash: policy_hash(text.as_bytes()),
        text,
        origin: PolicyOrigin::Import,
    };
    let act = PolicyAct { person: Some(person.id), by: &person.full_name, at: now, reason, detail: "{}" };
    Ok((db.draft_policy(&new, act).await?, person.full_name.clone()))
}

fn may_propose<'a>(everybody: &'a [PersonRow], name: &str, now: WallTime) -> anyhow::Result<&'a PersonRow> {
    let person = crate::people::find(everybody, name, now)?;
    let roles: Vec<Role> = person.roles.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    if !candour_policy::may(&roles, candour_policy::Act::DraftPolicy) {
        bail!("{}", candour_policy::refusal(candour_policy::Act::DraftPolicy));
    }
    Ok(person)
}
