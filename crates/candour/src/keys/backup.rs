//! Making a backup of keyring, catalogue and papers, and ending it when it expires.
//!
//! The order: note it in the keyring (from now on certificates name it) → copy the catalogue → write the body, sync it,
//! read it back → write its key file, and with that it is a backup. Whatever fails before leaves no key file, and what
//! was noted is struck off again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use candour_audit::{Actor, Event, EventKind, Log, Subject};
use candour_db::Db;
use candour_durable::Disk;
use candour_keyring::{Keyring, KeyringBackup};
use candour_seal::backup::{BackupHead, decode_key_file, encode_key_file};
use candour_seal::keyfile::BackupEntry;
use candour_units::{Clock, RecorderId, WallDuration, WallTime};

use super::body::{BodyReader, BodyWriter, Section};
use crate::papers::PaperStore;

const MODE: u32 = 0o600;
const SECONDS_PER_DAY: i64 = 86_400;

/// What making a backup needs.
#[derive(Clone)]
pub struct BackupParts {
    /// Rows.
    pub db: Db,
    /// Keys.
    pub keyring: Keyring,
    /// The log that says so.
    pub log: Log,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// The recorder.
    pub recorder: RecorderId,
    /// Its data directory: the copy of the catalogue waits there until it is sealed.
    pub data: PathBuf,
    /// Days until a backup expires.
    pub days: u32,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its body.
    pub body: PathBuf,
    /// Its key file.
    pub key: PathBuf,
    /// From when on it opens nothing.
    pub expires: WallTime,
}

/// Names of the two files of a backup.
pub fn files_of(directory: &Path, id: [u8; 16]) -> (PathBuf, PathBuf) {
    let name: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    (directory.join(format!("candour-{name}.backup")), directory.join(format!("candour-{name}.key")))
}

/// The setting that says where a backup was put.
fn place_of(id: [u8; 16]) -> String {
    format!("backup_place_{}", id.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Makes a backup in a directory that is there.
///
/// # Errors
/// With the step in words; then there is no backup, and none is noted.
pub async fn make(parts: &BackupParts, directory: &Path) -> anyhow::Result<Made> {
    if !directory.is_dir() {
        anyhow::bail!("{} is not a directory; is the disk for backups mounted?", directory.display());
    }
    let made = parts.clock.wall();
    let expires = made + WallDuration::from_seconds(i64::from(parts.days) * SECONDS_PER_DAY);
    let (keyring, recorder) = (parts.keyring.clone(), parts.recorder);
    let begun = blocking(move || Ok(keyring.begin_backup(recorder, made, expires)?)).await;
    let begun = begun.context("the keyring could not note the backup")?;
    let head = begun.head;
    match carry_out(parts, directory, begun).await {
        Ok(made) => {
            let sentence = serde_json::json!({ "act": "backup_made", "until_90k": made.expires.ticks() });
            write_down(&parts.log, sentence.to_string()).await;
            Ok(made)
        }
        Err(error) => {
            abandon(parts, directory, head.id).await;
            Err(error)
        }
    }
}

async fn carry_out(parts: &BackupParts, directory: &Path, begun: KeyringBackup) -> anyhow::Result<Made> {
    let disk = Disk::real();
    let copy = parts.data.join("catalogue-for-backup.db");
    disk.remove(&copy)?;
    let place = std::path::absolute(directory)?;
    parts.db.set_setting(&place_of(begun.head.id), &place.to_string_lossy()).await?;
    let copied = parts.db.copy_into(&copy).await.context("the catalogue could not be copied");
    let (keyring, from) = (parts.keyring.clone(), copy.clone());
    let papers = PaperStore::new(&parts.data);
    let result = match copied {
        Ok(()) => blocking(move || write(&keyring, &begun, &place, &from, &papers)).await,
        Err(error) => Err(error),
    };
    disk.remove(&copy)?;
    result
}

fn write(
    keyring: &Keyring,
    begun: &KeyringBackup,
    directory: &Path,
    catalogue: &Path,
    papers: &PaperStore,
) -> anyhow::Result<Made> {
    let disk = Disk::real();
    let (body, key) = files_of(directory, begun.head.id);
    let mut writer =
        BodyWriter::create(&disk, &body, &begun.head, &begun.key).context("the backup cannot be written")?;
    writer.section(Section::Ring, &begun.ring())?;
    for day in begun.days() {
        writer.section(Section::Day, &day)?;
    }
    writer.section_of_file(Section::Catalogue, catalogue)?;
    // After the catalogue was copied: papers are only ever added, so all that it names are among them.
    papers.each(|digest, file| writer.section(Section::Paper, &[digest.0.as_slice(), file].concat()))?;
    writer.finish().context("the backup cannot be written")?;
    let key_file = encode_key_file(&begun.head, &begun.wrapped);
    prove(keyring, &key_file, &body).context("the backup does not read back")?;
    disk.write_atomically(&key, &key_file, MODE)?;
    Ok(Made { body, key, expires: begun.head.expires })
}

/// Reads the body back under the key as it is wrapped in the key file: what is found now need not be found at a restore.
fn prove(keyring: &Keyring, key_file: &[u8], body: &Path) -> anyhow::Result<()> {
    let (head, wrapped) = decode_key_file(key_file)?;
    let key = keyring.backup_key(&head, &wrapped)?;
    let mut reader = BodyReader::open(body, &key)?;
    let mut buffer = vec![0; 65_536];
    loop {
        let (kind, mut left) = reader.section()?;
        if kind == Section::End {
            return Ok(());
        }
        while left > 0 {
            let part = usize::try_from(left).unwrap_or(buffer.len()).min(buffer.len());
            reader.read(&mut buffer[..part])?;
            left -= part as u64;
        }
    }
}

/// Strikes off a backup that did not come about.
async fn abandon(parts: &BackupParts, directory: &Path, id: [u8; 16]) {
    let (body, key) = files_of(directory, id);
    let keyring = parts.keyring.clone();
    let done = blocking(move || {
        let disk = Disk::real();
        if directory_is_there(&key) {
            disk.remove(&key)?;
            disk.remove(&body)?;
        }
        Ok(keyring.end_backup(id)?)
    });
    if let Err(error) = done.await {
        tracing::error!(
            error = format!("{error:#}"),
            "a backup that failed could not be struck off; it is when it expires"
        );
    }
}

fn directory_is_there(path: &Path) -> bool {
    path.parent().is_some_and(Path::is_dir)
}

/// Ends every backup that has expired: its key file is destroyed, then its body, then it is struck off. Gives how many.
///
/// # Errors
/// The first that could not be ended, with the reason; the others were tried. Call again.
pub async fn end_expired(parts: &BackupParts, fallback: Option<&Path>, now: WallTime) -> anyhow::Result<u64> {
    let mut ended = 0;
    let mut first = None;
    for backup in parts.keyring.backups().into_iter().filter(|backup| backup.expires <= now) {
        match end(parts, fallback, backup).await {
            Ok(()) => ended += 1,
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(ended), Err)
}

async fn end(parts: &BackupParts, fallback: Option<&Path>, backup: BackupEntry) -> anyhow::Result<()> {
    let place = parts.db.setting(&place_of(backup.id)).await?.map(PathBuf::from);
    if let Some(directory) = place.or_else(|| fallback.map(Path::to_owned)) {
        let (body, key) = files_of(&directory, backup.id);
        if !directory.is_dir() {
            let where_to = directory.display();
            anyhow::bail!("the expired backup in {where_to} cannot be destroyed: the directory is not there; mount it");
        }
        blocking(move || {
            let disk = Disk::real();
            disk.remove(&key)?;
            disk.remove(&body)?;
            Ok(())
        })
        .await
        .with_context(|| format!("the expired backup in {} cannot be destroyed", directory.display()))?;
    }
    let keyring = parts.keyring.clone();
    blocking(move || Ok(keyring.end_backup(backup.id)?)).await.context("the keyring could not strike off a backup")?;
    let sentence = serde_json::json!({ "act": "backup_ended", "until_90k": backup.expires.ticks() });
    write_down(&parts.log, sentence.to_string()).await;
    Ok(())
}

/// Takes note of backups of this keyring that lie in a directory and are not known: after a restore there may be newer
/// ones than the one that was restored.
///
/// # Errors
/// When the directory cannot be read or the keyring cannot be written.
pub async fn note_found(keyring: &Keyring, directory: &Path) -> anyhow::Result<()> {
    let heads = heads_in(directory)?;
    let known: Vec<_> = keyring.backups().iter().map(|backup| backup.id).collect();
    for (_, head) in heads.into_iter().filter(|(_, head)| !known.contains(&head.id)) {
        let keyring = keyring.clone();
        let entry = BackupEntry { id: head.id, made: head.made, expires: head.expires };
        blocking(move || Ok(keyring.note_backup(head.ring, entry)?)).await?;
    }
    Ok(())
}

/// The key files of a directory that can be read, newest first.
pub fn heads_in(directory: &Path) -> anyhow::Result<Vec<(PathBuf, BackupHead)>> {
    let mut found = Vec::new();
    let listing = std::fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in listing {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "key")
            && let Ok((head, _)) = decode_key_file(&std::fs::read(&path)?)
        {
            found.push((path, head));
        }
    }
    found.sort_by_key(|(_, head)| std::cmp::Reverse(head.made));
    Ok(found)
}

/// What happened to keys and backups stands in the log.
pub async fn write_down(log: &Log, outcome: String) {
    let event = Event { kind: EventKind::KeysChanged, actor: Actor::Recorder, subject: Subject::default(), outcome };
    if let Err(error) = log.append(event).await {
        tracing::error!(%error, "what happened to the keys could not be logged");
    }
}

/// Runs what waits for disks off the asynchronous threads.
pub async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(act).await?
}
