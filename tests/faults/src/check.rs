//! Holding what a restart finds against what was claimed before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use candour_archive::{RecoveryReport, Span, SpanKind};
use candour_audit::{Look, LookKind};
use candour_db::DeletionStep;
use candour_ledger::{CHECKPOINTS_FILE, JOURNAL_FILE, Tree, VERIFIER_KEY_FILE, VerifierKey, check_ledger};
use candour_units::{Hash, PersonId, SessionId, SimClock, WallDuration, WallRange, WallTime};

use crate::facts::Facts;
use crate::footage::{Source, recognise};
use crate::rooms::{Rooms, STORAGES, camera_of, stream_of};
use crate::scene::{SETTING, picture};

/// Starts a recorder on what a crash left, and checks all of it; then once more, which must find nothing to do.
///
/// # Errors
/// The first thing that is not as it must be.
pub async fn check_image(directory: &Path, facts: &Facts) -> Result<()> {
    let now = facts.now.unwrap_or(WallTime::from_unix_seconds(1_795_460_000)) + WallDuration::from_seconds(10);
    let clock = Arc::new(SimClock::at(now));
    let rooms = Rooms::open(directory, &clock, 1000).await.context("the first start")?;
    let RecoveryReport { lost, unknown, .. } = &rooms.report;
    ensure!(*lost == 0 && unknown.is_empty(), "the start reports loss: {:?}", rooms.report);
    ensure!(!facts.stopped || rooms.report.closed == 0, "a stop in order left work: {:?}", rooms.report);
    let mut timelines = Vec::new();
    for source in facts.sources() {
        let checked = check_source(&rooms, facts, source, now).await;
        timelines.push(checked.with_context(|| format!("camera {}", source.0))?);
    }
    check_deletions(&rooms, facts).await.context("deletions")?;
    check_rows(&rooms, facts).await?;
    rooms.abandon().await;
    check_log(&directory.join("log"), facts).context("the log")?;

    let files = sizes(directory)?;
    let rooms = Rooms::open(directory, &clock, 1001).await.context("the second start")?;
    ensure!(rooms.report == RecoveryReport::default(), "the second start found work: {:?}", rooms.report);
    for (source, first) in facts.sources().into_iter().zip(timelines) {
        let second = timeline(&rooms, facts, source, now).await?;
        ensure!(first == second, "the second start tells another story: {first:?}, then {second:?}");
    }
    ensure!(files == sizes(directory)?, "the second start changed files");
    rooms.abandon().await;
    Ok(())
}

async fn timeline(rooms: &Rooms, facts: &Facts, source: Source, now: WallTime) -> Result<Vec<Span>> {
    let first = facts.runs.iter().find(|(run, _)| run.source == source).context("a run")?;
    let range = WallRange { start: first.0.start, end: now };
    Ok(rooms.archive.timeline(stream_of(source), range).await?.spans)
}

/// Every picture claimed is there or was to go, what is shown as recorded can be read, and no moment is without a word.
async fn check_source(rooms: &Rooms, facts: &Facts, source: Source, now: WallTime) -> Result<Vec<Span>> {
    let spans = timeline(rooms, facts, source, now).await?;
    let durable = facts.is_known(source);
    let known = spans.iter().position(|span| span.kind != SpanKind::Unknown);
    // A crash before the first durable fragment may leave nothing that tells of the stream.
    let first_known = if durable { 0 } else { known.unwrap_or(spans.len()) };
    let unknown = spans.iter().skip(first_known).find(|span| span.kind == SpanKind::Unknown);
    if let Some(span) = unknown {
        bail!("nobody knows what was {span:?} in {spans:?}");
    }
    let found = read(rooms, source, spans.iter().map(|span| span.range)).await?;
    let shown = |time: WallTime| spans.iter().any(|span| span.kind == SpanKind::Recorded && span.range.contains(time));
    for (number, time) in facts.pictures(source) {
        let there = found.contains(&number);
        if shown(time) != there {
            bail!(
                "picture {number} of {time} is {} in {spans:?}",
                if there { "there, and not shown" } else { "shown, and not there" }
            );
        }
        let lasts = WallRange { start: time, end: time + picture() };
        if !there && facts.is_durable(source, lasts) && !facts.is_leaving(source, time) {
            bail!("picture {number} of {time} was durable and is gone; {spans:?}");
        }
    }
    Ok(spans)
}

/// The numbers of all pictures of the source that can be read; each is what was sent.
async fn read(rooms: &Rooms, source: Source, spans: impl Iterator<Item = WallRange>) -> Result<BTreeSet<i64>> {
    let all = spans.reduce(|all, span| WallRange { start: all.start, end: span.end });
    let Some(range) = all.filter(|range| range.start < range.end) else { return Ok(BTreeSet::new()) };
    let receipt = rooms.log.look(look(source, range)).await?;
    let mut reading = rooms.archive.read(&receipt, camera_of(source), stream_of(source), range).await?;
    ensure!(reading.lost().is_empty(), "footage cannot be opened: {:?}", reading.lost());
    let mut found = BTreeSet::new();
    for piece in 0..reading.pieces().len() {
        while let Some(samples) = reading.next_fragment(piece).await? {
            for sample in samples {
                let known = recognise(&sample.data).filter(|(of, _)| *of == source);
                let (_, number) = known.context("a picture is not what was sent")?;
                ensure!(found.insert(number), "picture {number} is there twice");
            }
        }
    }
    Ok(found)
}

fn look(source: Source, range: WallRange) -> Look {
    Look {
        person: PersonId::from_bytes([1; 16]),
        name: "Ann".to_owned(),
        session: SessionId::from_bytes([2; 16]),
        station: None,
        address: "192.0.2.7".to_owned(),
        reason: "a test".to_owned(),
        purpose: None,
        cameras: vec![camera_of(source)],
        kind: LookKind::Playback,
        interval: Some(range),
        under: None,
    }
}

/// A deletion is whole or has not begun, and one that was certified stays so.
async fn check_deletions(rooms: &Rooms, facts: &Facts) -> Result<()> {
    for (segment, source, range, opened) in &facts.deleting {
        let row = rooms.db.certificate(*segment).await?;
        // A new key of that hour gives another key for it, which opens nothing.
        let key = rooms.keyring.key_of(stream_of(*source), *segment, range.start);
        let opens = key.is_ok_and(|key| Hash(*key.bytes()) == *opened);
        let Some(row) = row else {
            ensure!(!facts.deleted.contains(segment), "the certificate of {segment} is gone");
            ensure!(opens, "segment {segment} has no key, and nobody ordered its deletion");
            continue;
        };
        ensure!(row.step == DeletionStep::Certified, "the deletion of {segment} stands at {:?}", row.step);
        ensure!(!opens, "the key of {segment} is back");
        let entry = row.entry.context("a certificate without an entry")? as u64;
        let logged = rooms.log.entries(entry, 1).await?;
        let sent = logged.first().filter(|entry| entry.kind == "footage_deleted").and_then(|entry| entry.sent.clone());
        let commitment = candour_archive::certificate(&row).commitment().to_string();
        ensure!(sent.is_some_and(|sent| sent.contains(&commitment)), "entry {entry} is not of {segment}");
    }
    Ok(())
}

async fn check_rows(rooms: &Rooms, facts: &Facts) -> Result<()> {
    let setting = rooms.db.setting(SETTING).await?.and_then(|value| value.parse().ok()).unwrap_or(0_u32);
    ensure!(setting >= facts.setting, "setting {} was durable, {setting} is there", facts.setting);
    Ok(())
}

/// What a stranger finds: the log verifies, and it goes on from the tree that was claimed.
fn check_log(directory: &Path, facts: &Facts) -> Result<()> {
    let key = std::fs::read_to_string(directory.join(VERIFIER_KEY_FILE)).context("the key")?;
    let key = VerifierKey::parse(key.trim()).context("the key")?;
    let open = |name| File::open(directory.join(name)).map(BufReader::new).with_context(|| format!("opening {name}"));
    let mut hashes = Vec::new();
    let report = check_ledger(open(JOURNAL_FILE)?, open(CHECKPOINTS_FILE)?, &key, |frame, _| {
        hashes.push(frame.entry.leaf.hash())
    })?;
    ensure!(report.findings.is_empty(), "{:?}", report.findings);
    let Some((size, root)) = facts.log else { return Ok(()) };
    let mut tree = Tree::default();
    ensure!(hashes.len() as u64 >= size, "{size} entries were durable, {} are there", hashes.len());
    hashes.iter().take(size as usize).for_each(|hash| tree.push(*hash));
    ensure!(tree.root() == root, "the first {size} entries are others than were durable");
    Ok(())
}

/// Every segment file with its length.
fn sizes(directory: &Path) -> Result<BTreeMap<String, u64>> {
    let mut sizes = BTreeMap::new();
    let mut left = STORAGES.map(|name| directory.join(name)).to_vec();
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                left.push(entry.path());
            } else {
                sizes.insert(entry.path().display().to_string(), metadata.len());
            }
        }
    }
    Ok(sizes)
}
