//! For keepers of lists: making a bundle, working advisories into it, signing it. None of this touches a recorder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_durable::Disk;
use candour_units::{Clock, Entropy};
use candour_vetting::{Day, ListFiles, Merged, bump, files_of, public_key_of, texts, with_csaf, with_kev};
use zeroize::Zeroizing;

use crate::machine::{SystemClock, SystemEntropy};

/// A new bundle.
#[derive(clap::Args)]
pub struct ComposeArguments {
    /// Where the bundle is written.
    #[arg(value_name = "FILE")]
    out: PathBuf,
    /// Its version; above that of every bundle before.
    #[arg(long, value_name = "N")]
    version: u64,
    /// A bundle to begin with, in place of the lists of this program.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// A directory with lists as CSV that take the place of the bundle's: prefixes.csv, manifest.csv …
    #[arg(long, value_name = "DIR")]
    lists: Option<PathBuf>,
    /// The catalogue of known exploited vulnerabilities, JSON.
    #[arg(long, value_name = "FILE")]
    kev: Option<PathBuf>,
    /// An advisory in CSAF 2.0; may be given again for more.
    #[arg(long, value_name = "FILE")]
    csaf: Vec<PathBuf>,
    /// The day it describes the world of; today where it is not said.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
    /// Where it comes from, for people.
    #[arg(long, value_name = "WORDS", default_value = "")]
    source: String,
    /// Sites need not wait for two people of their own.
    #[arg(long)]
    urgent: bool,
}

/// A signature.
#[derive(clap::Args)]
pub struct SignArguments {
    /// The bundle; the signature is added to it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The signing key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// A key.
#[derive(clap::Args)]
pub struct KeyArguments {
    /// Where the key is written, for its owner alone. A file that is there is never overwritten.
    #[arg(value_name = "FILE")]
    out: PathBuf,
}

pub fn compose(arguments: &ComposeArguments) -> anyhow::Result<()> {
    let date = match arguments.date.as_deref() {
        None => Day::of(SystemClock::new().wall()),
        Some(text) => Day::parse(text).with_context(|| format!("--date: {text:?} is no day (yyyy-mm-dd)"))?,
    };
    let mut lists = match &arguments.from {
        None => shipped(),
        Some(path) => texts(&read(path)?).with_context(|| path.display().to_string())?,
    };
    if let Some(directory) = &arguments.lists {
        replace(&mut lists, directory)?;
    }
    let mut merged = false;
    if let Some(path) = &arguments.kev {
        merged |= merge(&mut lists, path, with_kev)?;
    }
    for path in &arguments.csaf {
        merged |= merge(&mut lists, path, with_csaf)?;
    }
    if merged {
        let manifest = lists.get("manifest").cloned().unwrap_or_default();
        lists.insert("manifest".into(), bump(manifest.as_bytes(), "firmware", date)?);
    }
    let files = files_of(&lists).map_err(|id| anyhow::anyhow!("there is no {id} list"))?;
    let bundle = candour_vetting::compose(&files, arguments.version, date, &arguments.source, arguments.urgent)?;
    Disk::real().write_atomically(&arguments.out, &bundle, 0o644)?;
    println!("{} holds bundle {} of {date}, which nobody signed yet.", arguments.out.display(), arguments.version);
    Ok(())
}

fn shipped() -> BTreeMap<String, String> {
    let files = ListFiles::SHIPPED;
    let all = files.by_id().into_iter().chain([("manifest", files.manifest)]);
    all.map(|(id, bytes)| (id.to_owned(), String::from_utf8_lossy(bytes).into_owned())).collect()
}

/// Takes every list that lies in the directory under its id or under the name of the file it is shipped as.
fn replace(lists: &mut BTreeMap<String, String>, directory: &Path) -> anyhow::Result<()> {
    let mut found = 0;
    for (id, text) in lists.iter_mut() {
        let path = directory.join(format!("{}.csv", id.replace('-', "_")));
        if path.is_file() {
            *text = String::from_utf8(read(&path)?).with_context(|| format!("{} is no text", path.display()))?;
            found += 1;
        }
    }
    if found == 0 {
        bail!("{} holds no list", directory.display());
    }
    Ok(())
}

type Merge = fn(&[u8], &[u8], &[u8]) -> Result<Merged, candour_vetting::AdvisoryError>;

/// Works a document into the firmware list; gives whether it changed anything.
fn merge(lists: &mut BTreeMap<String, String>, path: &Path, merge: Merge) -> anyhow::Result<bool> {
    let get = |id: &str| lists.get(id).map(String::as_bytes).unwrap_or_default();
    let done = merge(get("firmware"), get("groups"), &read(path)?).with_context(|| path.display().to_string())?;
    println!(
        "{}: {} rows new, {} changed, {} entries about makers or things that are in no group.",
        path.display(),
        done.added,
        done.changed,
        done.passed_over
    );
    let differs = lists.get("firmware") != Some(&done.firmware);
    lists.insert("firmware".into(), done.firmware);
    Ok(differs)
}

pub fn sign(arguments: &SignArguments) -> anyhow::Result<()> {
    let seed = read_key(&arguments.key)?;
    let signed = candour_vetting::sign(&read(&arguments.file)?, &seed)
        .with_context(|| format!("{} is not signed", arguments.file.display()))?;
    Disk::real().write_atomically(&arguments.file, &signed, 0o644)?;
    println!("{} is signed by {}", arguments.file.display(), public_key_of(&seed));
    Ok(())
}

pub fn key(arguments: &KeyArguments) -> anyhow::Result<()> {
    if arguments.out.exists() {
        bail!("{} is there already and is not overwritten", arguments.out.display());
    }
    let seed = Zeroizing::new(SystemEntropy.key());
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(*seed)));
    Disk::real().write_atomically(&arguments.out, text.as_bytes(), 0o600)?;
    println!("public key: {}", public_key_of(&seed));
    Ok(())
}

fn read_key(path: &Path) -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let text = Zeroizing::new(read(path)?);
    let seed = std::str::from_utf8(&text).ok().and_then(|text| STANDARD.decode(text.trim()).ok());
    let seed: Option<[u8; 32]> = seed.and_then(|seed| seed.try_into().ok());
    seed.map(Zeroizing::new).with_context(|| format!("{} holds no signing key", path.display()))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
