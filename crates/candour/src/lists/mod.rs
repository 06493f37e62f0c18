//! `candour lists`: the lists a camera is judged by, their trust anchors, and new ones.

mod keeper;
mod store;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use candour_audit::{Actor, Event, EventKind, Subject};
use candour_db::Db;
use candour_units::Clock;
use candour_vetting::{Anchors, Bundle, Day};
use serde_json::json;

use crate::config::{Config, Overrides};
use crate::gate::{Gate, PlannedChange, plan};
use crate::machine::SystemClock;
use crate::people::two_people;

pub use store::ListStore;

/// What is done with lists.
#[derive(clap::Subcommand)]
pub enum ListsCommand {
    /// Shows the lists in force, how old they are, and whose signatures count.
    Show(Where),
    /// Shows the trust anchors, or changes them: two people, while the recorder is stopped.
    Anchors(AnchorsArguments),
    /// Verifies a signed bundle and shows which cameras it would stop and why; two people put it in force, or its
    /// signers did by marking it urgent. While the recorder is stopped; a running one imports on its System page's
    /// address /api/v1/lists.
    Import(ImportArguments),
    /// For keepers of lists: makes an unsigned bundle from the lists of this program or of another bundle.
    Compose(keeper::ComposeArguments),
    /// For keepers of lists: adds a signature.
    Sign(keeper::SignArguments),
    /// For keepers of lists: makes a signing key and prints its public half.
    Key(keeper::KeyArguments),
}

/// Which recorder.
#[derive(clap::Args)]
pub struct Where {
    /// Configuration file; deploy/candour.toml is the manual.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of all data, in place of the configuration's.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// The trust anchors.
#[derive(clap::Args)]
pub struct AnchorsArguments {
    #[command(flatten)]
    place: Where,
    /// The new anchors, JSON: {"threshold":2,"keys":[{"name":…,"key":…}]}. Without it they are shown.
    #[arg(value_name = "FILE", requires = "by", requires = "and")]
    file: Option<PathBuf>,
    /// Who changes them: full name or sign-in name.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The second person.
    #[arg(long, value_name = "NAME")]
    and: Option<String>,
}

/// An import.
#[derive(clap::Args)]
pub struct ImportArguments {
    /// The signed bundle.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Where,
    /// Who puts it in force: full name or sign-in name. Without two people only the plan is shown.
    #[arg(long, value_name = "NAME", requires = "and")]
    by: Option<String>,
    /// The second person.
    #[arg(long, value_name = "NAME", requires = "by")]
    and: Option<String>,
}

/// Does it.
///
/// # Errors
/// What could not be done, with its cause; the lists in force stay then.
pub async fn run(command: ListsCommand) -> anyhow::Result<()> {
    match command {
        ListsCommand::Show(place) => show(&place).await,
        ListsCommand::Anchors(arguments) => anchors(&arguments).await,
        ListsCommand::Import(arguments) => import(&arguments).await,
        ListsCommand::Compose(arguments) => keeper::compose(&arguments),
        ListsCommand::Sign(arguments) => keeper::sign(&arguments),
        ListsCommand::Key(arguments) => keeper::key(&arguments),
    }
}

/// Reads anchors from a file.
///
/// # Errors
/// With the file's name.
pub fn read_anchors(path: &Path) -> anyhow::Result<Anchors> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Anchors::read(&text).with_context(|| format!("{} is not used", path.display()))
}

impl Where {
    async fn open(&self) -> anyhow::Result<(Config, Db, ListStore)> {
        let overrides = Overrides { data: self.data.clone(), ..Overrides::default() };
        let config = Config::read(self.config.as_deref(), overrides)?;
        let db = crate::database::open_existing(&config).await?;
        let store = ListStore::new(&config, db.clone());
        Ok((config, db, store))
    }
}

async fn show(place: &Where) -> anyhow::Result<()> {
    let (_, db, store) = place.open().await?;
    let found = store.in_force().await;
    let anchors = store.anchors().await;
    db.close().await;
    let (found, today) = (found?, Day::of(SystemClock::new().wall()));
    println!("{}", about(&found.bundle));
    for list in found.bundle.lists.infos() {
        println!("  {} {} of {}: {} rows ({})", list.id, list.version, list.date, list.rows, list.source);
    }
    for words in found.trouble.into_iter().chain(found.bundle.info.stale(today)) {
        println!("{words}");
    }
    print_anchors(anchors?.as_ref());
    Ok(())
}

fn about(bundle: &Bundle) -> String {
    let info = &bundle.info;
    let signed =
        if info.signed_by.is_empty() { String::new() } else { format!(", signed by {}", info.signed_by.join(", ")) };
    format!("bundle {} of {} ({}{signed})", info.version, info.date, info.source)
}

fn print_anchors(anchors: Option<&Anchors>) {
    match anchors {
        None => println!("No trust anchors are set: no bundle can be imported. candour lists anchors sets them."),
        Some(anchors) => {
            println!("{} of these keys must sign a bundle:", anchors.threshold);
            anchors.keys.iter().for_each(|anchor| println!("  {} {}", anchor.key, anchor.name));
        }
    }
}

async fn anchors(arguments: &AnchorsArguments) -> anyhow::Result<()> {
    let (config, db, store) = arguments.place.open().await?;
    let done = change_anchors(arguments, &config, &db, &store).await;
    db.close().await;
    print_anchors(done?.as_ref());
    Ok(())
}

async fn change_anchors(
    arguments: &AnchorsArguments,
    config: &Config,
    db: &Db,
    store: &ListStore,
) -> anyhow::Result<Option<Anchors>> {
    let (Some(file), Some(by), Some(and)) = (&arguments.file, &arguments.by, &arguments.and) else {
        return store.anchors().await;
    };
    let anchors = read_anchors(file)?;
    let (by, and) = two_people(db, by, and).await?;
    let before = store.anchors().await?.map(|anchors| anchors.to_json());
    let outcome = json!({
        "act": "list_anchors", "by": by.full_name, "and": and.full_name,
        "before": before, "after": anchors.to_json(),
    });
    write_down(config, "whose signatures count under vetting lists was changed", outcome).await?;
    store.set_anchors(&anchors).await?;
    Ok(Some(anchors))
}

/// First the entry, then the effect: what is in force was always written down.
async fn write_down(config: &Config, reason: &str, outcome: serde_json::Value) -> anyhow::Result<()> {
    let log = crate::holds::open_log(config).await?;
    let subject = Subject { reason: Some(reason.to_owned()), ..Subject::default() };
    let (kind, actor) = (EventKind::ConfigurationChanged, Actor::Recorder);
    let written = log.append(Event { kind, actor, subject, outcome: outcome.to_string() }).await;
    log.close().await;
    written.context("the log cannot be written").map(|_| ())
}

async fn import(arguments: &ImportArguments) -> anyhow::Result<()> {
    let (config, db, store) = arguments.place.open().await?;
    let done = import_in(arguments, &config, &db, &store).await;
    db.close().await;
    done
}

async fn import_in(arguments: &ImportArguments, config: &Config, db: &Db, store: &ListStore) -> anyhow::Result<()> {
    let path = arguments.file.display();
    let bytes = std::fs::read(&arguments.file).with_context(|| format!("cannot read {path}"))?;
    let bundle = verify(store, &bytes).await.with_context(|| format!("{path} is not imported"))?;
    let now = SystemClock::new().wall();
    let gate = Gate::new(false, config.sensitive, Bundle::shipped())?;
    let planned = plan(&gate, &bundle, &db.cameras().await?, now);
    println!("{}", about(&bundle));
    print_plan(&planned);
    let people = match (&arguments.by, &arguments.and) {
        (Some(by), Some(and)) => Some(two_people(db, by, and).await?),
        _ => None,
    };
    if people.is_none() && !bundle.info.urgent {
        println!("Nothing was changed. Two people put it in force: --by NAME --and NAME.");
        return Ok(());
    }
    let names = people.map(|(by, and)| [by.full_name, and.full_name]);
    write_down(config, "vetting lists were imported", in_force_entry(&bundle, names.as_ref(), &planned)).await?;
    store.keep(&bytes, bundle.info.version).await?;
    println!("In force when the recorder starts.");
    Ok(())
}

/// So many cameras are named in one entry; the rest have entries of their own when they are judged.
pub const NAMED: usize = 200;

/// What the log says of a bundle that is put in force.
#[must_use]
pub fn in_force_entry(bundle: &Bundle, people: Option<&[String; 2]>, planned: &[PlannedChange]) -> serde_json::Value {
    let info = &bundle.info;
    let stops: Vec<&str> = planned.iter().filter(|change| change.stops()).map(|change| change.name.as_str()).collect();
    json!({
        "act": "lists_in_force", "version": info.version, "date": info.date.to_string(), "digest": info.digest.to_string(),
        "urgent": info.urgent, "signed_by": info.signed_by,
        "by": people.map(|people| &people[0]), "and": people.map(|people| &people[1]),
        "stops_total": stops.len(), "stops": &stops[..stops.len().min(NAMED)],
    })
}

/// Verifies a bundle under the site's anchors, and that nothing in it goes back.
///
/// # Errors
/// By name: no anchors, too few signatures, a broken list, an older one.
pub async fn verify(store: &ListStore, bytes: &[u8]) -> anyhow::Result<Bundle> {
    let Some(anchors) = store.anchors().await? else {
        bail!("this site trusts no keys yet; two people set them with candour lists anchors");
    };
    let in_force = store.in_force().await?.bundle;
    let bytes = bytes.to_vec();
    let opened = tokio::task::spawn_blocking(move || {
        let bundle = Bundle::open(&bytes, &anchors)?;
        bundle.may_follow(&in_force)?;
        Ok::<_, candour_vetting::BundleError>(bundle)
    });
    Ok(opened.await??)
}

fn print_plan(planned: &[PlannedChange]) {
    if planned.is_empty() {
        println!("No camera changes.");
    }
    for change in planned {
        let stops = if change.stops() { "stops: " } else { "" };
        println!("  {stops}{} becomes {} (it is {}). {}", change.name, change.after, change.before, change.why);
    }
}

#[cfg(test)]
mod tests;
