//! A backup onto a new or emptied machine: everything is checked, then what was deleted since is deleted again, before
//! anything can be served.
//!
//! The order: the key file opens → a mark that forbids serving → keyring, catalogue → what the log certifies as deleted goes
//! from both, and from the storage → deletion by rule is off until two people confirm the holds → the mark goes. A restore
//! that was interrupted is begun again from the start; what it wrote is recognised by the mark.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use candour_archive::certified_row;
use candour_audit::Log;
use candour_db::{CertificateRow, DELETION_OFF, Db};
use candour_durable::Disk;
use candour_files::{Found, SegmentFiles};
use candour_keyring::{Destruction, Keyring, RestoredRing, open_backup_key};
use candour_ledger::{FOOTAGE_DELETED, certificates_of};
use candour_seal::backup::{BackupHead, decode_key_file};
use candour_seal::{HEADER_PREFIX_LEN, SegmentHeader, header_record_len};
use candour_units::{Clock, Entropy, Hash, SegmentId, StreamId, WallDuration, WallRange, WallTime};

use super::backup::{blocking, heads_in, write_down};
use super::body::{BodyReader, Section, head_of};
use crate::config::Config;
use crate::papers::PaperStore;

/// While this file is in the data directory, nothing is served.
pub const MARK: &str = "restore-unfinished";
const MODE: u32 = 0o600;
const ENTRIES: u64 = 1024;
const HOUR_S: i64 = 3600;
/// Tag and digest behind the clear bytes of a segment's header (segment.md).
const BEHIND_HEADER: usize = 48;

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made.
    pub made: WallTime,
    /// Days of keys.
    pub days: usize,
    /// Deletions of the log that were carried out again.
    pub replayed: usize,
}

/// Restores the newest backup of a directory, or the one whose key file is named.
///
/// # Errors
/// What does not fit, in words; nothing can be served until a restore succeeds.
pub async fn restore(
    config: &Config,
    from: &Path,
    without_log: bool,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> anyhow::Result<Restored> {
    let disk = Disk::real();
    refuse_unfit(config, without_log)?;
    let (key_file, head) = choose(from)?;
    if head.expires <= clock.wall() {
        bail!("{} has expired; its key was to be destroyed, and what it holds was deleted since", key_file.display());
    }
    let body = key_file.with_extension("backup");
    if head_of(&body)? != head {
        bail!("{} is not the body of {}", body.display(), key_file.display());
    }
    let (_, wrapped) = decode_key_file(&std::fs::read(&key_file)?)?;
    let key = open_backup_key(&disk, &config.master, &**entropy, &head, &wrapped)?;

    begin(config, &disk)?;
    let reader = BodyReader::open(&body, &key)?;
    let (disk_2, config_2, entropy_2) = (disk.clone(), config.clone(), entropy.clone());
    let keyring = blocking(move || unpack(reader, &config_2, &disk_2, &head, entropy_2)).await?;
    recorder_id(config, &disk, &head)?;
    let db = Db::open(&config.data.join("candour.db")).await.context("the restored database cannot be opened")?;
    if let Some(fault) = db.fault().await? {
        bail!("the restored database is damaged: {fault}");
    }
    let log = crate::serve::open_log(config, head.recorder, clock, entropy).await?;
    let deleted = certified(&log, head.made).await?;
    replay(config, &keyring, &db, &deleted).await?;
    let made = head.made.ticks();
    db.set_setting(DELETION_OFF, "restored").await?;
    let keyring_2 = keyring.clone();
    blocking(move || Ok(keyring_2.rotate_epoch()?)).await.context("the epoch key could not be replaced")?;
    let replayed = deleted.len();
    write_down(&log, serde_json::json!({ "act": "restored", "made_90k": made, "replayed": replayed }).to_string())
        .await;
    log.close().await;
    db.close().await;
    disk.remove(&config.data.join(MARK))?;
    Ok(Restored { made: head.made, days: keyring.status().days, replayed })
}

/// A restore is for a place where there is nothing to lose.
fn refuse_unfit(config: &Config, without_log: bool) -> anyhow::Result<()> {
    if config.database.is_some() {
        bail!(
            "a backup holds a SQLite catalogue, and [database] names PostgreSQL. Take [database] out of the configuration to \
             restore; a dump of PostgreSQL does not know what was deleted since"
        );
    }
    let began = config.data.join(MARK).exists();
    let database = config.data.join("candour.db");
    if database.exists() && !began {
        bail!("{} is there; a restore is for a new or emptied data directory", database.display());
    }
    if let Some(copy) = config.keyring_copies.iter().find(|copy| copy.join("keyring").exists() && !began) {
        bail!("there is a keyring in {}; move it aside first: nothing is restored over it", copy.display());
    }
    let log_is_there = std::fs::read_dir(&config.log).is_ok_and(|mut entries| entries.next().is_some());
    if !log_is_there && !without_log {
        bail!(
            "there is no log in {}: put it back first, for it says what was deleted since the backup. If it is lost for \
             good, --without-log restores all the same: footage that was deleted since may then be readable again, and \
             the log begins anew",
            config.log.display()
        );
    }
    Ok(())
}

fn choose(from: &Path) -> anyhow::Result<(PathBuf, BackupHead)> {
    if from.is_dir() {
        let newest = heads_in(from)?.into_iter().next();
        return newest.with_context(|| format!("there is no key file of a backup in {}", from.display()));
    }
    let path = from.with_extension("key");
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (head, _) = decode_key_file(&bytes).with_context(|| path.display().to_string())?;
    Ok((path, head))
}

/// Forbids serving, and removes what an interrupted restore left.
fn begin(config: &Config, disk: &Disk) -> anyhow::Result<()> {
    disk.create_dir_durably(&config.data)?;
    disk.write_atomically(&config.data.join(MARK), b"A restore was begun. Run candour restore again.\n", MODE)?;
    for ending in ["", "-wal", "-shm"] {
        disk.remove(&config.data.join(format!("candour.db{ending}")))?;
    }
    for copy in &config.keyring_copies {
        let days = copy.join("days");
        let listing = std::fs::read_dir(&days).map(Iterator::collect::<Result<Vec<_>, _>>);
        for entry in listing.unwrap_or(Ok(Vec::new()))? {
            disk.remove(&entry.path())?;
        }
        if copy.is_dir() {
            disk.remove(&copy.join("keyring"))?;
        }
    }
    Ok(())
}

/// Takes the body apart: the keyring into its copies, catalogue and papers into their places.
fn unpack(
    mut reader: BodyReader,
    config: &Config,
    disk: &Disk,
    head: &BackupHead,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Keyring> {
    let mut ring: Option<RestoredRing> = None;
    let mut has_catalogue = false;
    let papers = PaperStore::new(&config.data);
    loop {
        let (kind, len) = reader.section()?;
        match (kind, &mut ring) {
            (Section::Ring, None) => {
                let bytes = reader.bytes(len)?;
                ring = Some(RestoredRing::read(&bytes).context("the keyring of the backup makes no sense")?);
            }
            (Section::Day, Some(ring)) => {
                let bytes = reader.bytes(len)?;
                ring.take_day(&bytes).map_err(anyhow::Error::msg)?;
            }
            (Section::Catalogue, Some(_)) => {
                catalogue(&mut reader, len, disk, &config.data.join("candour.db"))?;
                has_catalogue = true;
            }
            (Section::Paper, Some(_)) if has_catalogue => {
                let bytes = reader.bytes(len)?;
                let (digest, file) = bytes.split_first_chunk().context("a paper of the backup is cut short")?;
                papers.put_back(Hash(*digest), file)?;
            }
            (Section::End, Some(_)) if has_catalogue => break,
            _ => bail!("the sections of the backup are not in their order"),
        }
    }
    let ring = ring.context("the backup holds no keyring")?;
    Ok(Keyring::restore(disk.clone(), &config.master, &config.keyring_copies, head, ring, entropy)?)
}

fn catalogue(reader: &mut BodyReader, len: u64, disk: &Disk, path: &Path) -> anyhow::Result<()> {
    let mut file = disk.create_new(path, MODE)?;
    let mut buffer = vec![0; 65_536];
    let mut left = len;
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(buffer.len()).min(buffer.len());
        reader.read(&mut buffer[..part])?;
        file.append(&buffer[..part])?;
        left -= part as u64;
    }
    Ok(file.sync_data()?)
}

fn recorder_id(config: &Config, disk: &Disk, head: &BackupHead) -> anyhow::Result<()> {
    let path = config.data.join("recorder-id");
    match std::fs::read_to_string(&path) {
        Ok(text) if text.trim() == head.recorder.to_string() => Ok(()),
        Ok(text) => bail!("the backup is of recorder {}, this is {}", head.recorder, text.trim()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(disk.write_atomically(&path, format!("{}\n", head.recorder).as_bytes(), MODE)?)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Every deletion that the log certifies, as rows. A deletion whose details were erased from the log is left out only if it is older
/// than the backup: then the backup does not hold its key.
async fn certified(log: &Log, made: WallTime) -> anyhow::Result<Vec<CertificateRow>> {
    let mut certified = Vec::new();
    let mut next = 0;
    loop {
        let entries = log.entries(next, ENTRIES).await.context("the log cannot be read")?;
        let Some(last) = entries.last() else { return Ok(certified) };
        next = last.index + 1;
        for entry in entries.iter().filter(|entry| entry.kind == FOOTAGE_DELETED) {
            match certificates_of(entry.what.as_deref().unwrap_or("{}"), entry.sent.as_deref().unwrap_or("{}")) {
                Some(told) => certified.extend(told.into_iter().map(|one| certified_row(entry.index, one))),
                None if entry.what.is_none() && entry.at < made => {}
                None => bail!(
                    "entry {} of the log tells of a deletion that cannot be read; what it deleted may be in the backup. \
                     Use a backup that is younger than this entry",
                    entry.index
                ),
            }
        }
    }
}

/// Destroys again what the log says was destroyed: keys, files, rows.
async fn replay(config: &Config, keyring: &Keyring, db: &Db, deleted: &[CertificateRow]) -> anyhow::Result<()> {
    let doomed: BTreeSet<SegmentId> = deleted.iter().map(|certificate| certificate.segment).collect();
    let stores = stores(config)?;
    let survivors = not_in_catalogue(db, &stores, &doomed).await?;
    let mut hours: BTreeMap<(StreamId, i64), Vec<&CertificateRow>> = BTreeMap::new();
    for certificate in deleted {
        let hour = (certificate.stream, certificate.interval.start.hour_floor());
        hours.entry(hour).or_default().push(certificate);
    }
    for ((stream, hour), certificates) in hours {
        let start = WallTime::from_unix_seconds(hour * HOUR_S);
        let range = WallRange { start, end: start + WallDuration::from_seconds(HOUR_S) };
        let mut staying: BTreeSet<SegmentId> = survivors.get(&(stream, hour)).cloned().unwrap_or_default();
        let rows = db.segments_in(stream, range).await?;
        staying.extend(rows.iter().filter(|row| row.start.hour_floor() == hour).map(|row| row.id));
        let staying: Vec<_> = staying.difference(&doomed).copied().collect();
        let segments: Vec<_> = certificates.iter().map(|certificate| certificate.segment).collect();
        let keyring = keyring.clone();
        blocking(move || {
            let order = Destruction { stream, start, segments: &segments, survivors: &staying };
            Ok(keyring.destroy_batch(&[order])?)
        })
        .await
        .context("a key that was destroyed before could not be destroyed again")?;
    }
    for certificate in deleted {
        for files in &stores {
            files.remove(certificate.segment)?;
        }
        db.put_certificate(certificate).await?;
    }
    Ok(())
}

fn stores(config: &Config) -> anyhow::Result<Vec<SegmentFiles>> {
    let open = |directory: &PathBuf| {
        // Files on a disk that is not mounted would lose their keys with those that were deleted in their hour.
        if !directory.join("footage").is_dir() {
            let place = directory.display();
            bail!("there is no footage in {place}; mount it. If it is lost for good, make the directory footage in it");
        }
        let opened = SegmentFiles::open(Disk::real(), directory);
        opened.with_context(|| format!("the storage {} cannot be opened; mount it first", directory.display()))
    };
    config.storage.iter().map(open).collect()
}

/// Segments that were recorded after the backup: their files are there, and no row. They share hour keys with older ones.
async fn not_in_catalogue(
    db: &Db,
    stores: &[SegmentFiles],
    doomed: &BTreeSet<SegmentId>,
) -> anyhow::Result<BTreeMap<(StreamId, i64), BTreeSet<SegmentId>>> {
    let mut found: BTreeMap<(StreamId, i64), BTreeSet<SegmentId>> = BTreeMap::new();
    for files in stores {
        for file in files.list()? {
            let Ok(Found::Segment { segment, .. }) = file else { continue };
            if doomed.contains(&segment) || db.segment(segment).await?.is_some() {
                continue;
            }
            if let Some(header) = header(files, segment) {
                found.entry((header.stream, header.start.hour_floor())).or_default().insert(segment);
            }
        }
    }
    Ok(found)
}

/// The clear header of a file; nothing when it is no longer to be made out.
fn header(files: &SegmentFiles, segment: SegmentId) -> Option<SegmentHeader> {
    let reader = files.reader(segment).ok()?;
    let len = header_record_len(&reader.read_up_to(0, HEADER_PREFIX_LEN).ok()?).ok()?;
    let record = reader.read_up_to(0, len).ok()?;
    SegmentHeader::decode(record.get(..len.checked_sub(BEHIND_HEADER)?)?).ok()
}
