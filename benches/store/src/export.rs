//! An hour as one file, beside reading and opening the same bytes and doing nothing with them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use candour_durable::Disk;
use candour_files::{Found, SegmentFiles};
use candour_seal::{Opener, footer_record_len};
use serde_json::{Map, Value, json};

use crate::Bench;
use crate::percentile::median;
use crate::store::{CAMERA, STREAM, Store};

pub(crate) fn run(bench: &Bench) -> Result<Map<String, Value>> {
    let seconds = if bench.quick { 360 } else { 3600 };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(bench, seconds))
}

async fn measure(bench: &Bench, seconds: i64) -> Result<Map<String, Value>> {
    let store = Store::record(&bench.scratch, &bench.main, seconds).await?;
    let (mut ratios, mut speeds) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        store.make_cold()?;
        let (read, read_bytes) = read_and_open(&store).await?;
        store.make_cold()?;
        let (export, bytes) = export(&store).await?;
        ensure!(read_bytes == bytes, "both must be of the same footage: {read_bytes} and {bytes}");
        ratios.push(read.as_secs_f64() / export.as_secs_f64());
        speeds.push(bytes as f64 / 1e6 / export.as_secs_f64());
    }
    let mut found = Map::new();
    found.insert("export_ratio_to_read".to_owned(), json!((median(ratios) * 100.0).round() / 100.0));
    found.insert("export_mb_per_s".to_owned(), json!(median(speeds).round()));
    Ok(found)
}

/// Every fragment of every segment in order, on one thread.
async fn read_and_open(store: &Store) -> Result<(Duration, u64)> {
    let rows = store.db.segments_in(STREAM, store.recorded).await?;
    let files = SegmentFiles::open(Disk::real(), &store.storage())?;
    ensure!(matches!(files.list()?.next(), Some(Ok(Found::Segment { .. }))), "the store is empty");
    let keyring = store.keyring.clone();
    tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let mut bytes = 0;
        for row in rows {
            let key = keyring.key_of(row.stream, row.id, row.start)?;
            let reader = files.reader(row.id)?;
            let opener = Opener::new(&reader.read_up_to(0, 4096)?, key.bytes())?;
            let len = reader.len()?;
            let tail = reader.read_up_to(len.saturating_sub(64), 64)?;
            let footer_len = footer_record_len(&tail).context("the segment is closed")?;
            let at = len - footer_len as u64;
            let footer = opener.open_footer(at, reader.read_at(at, footer_len)?)?;
            for info in &footer.fragments {
                let record = reader.read_at(info.offset, info.record_len())?;
                let fragment = opener.open_fragment(info.offset, info.index, record)?;
                bytes += fragment.samples().iter().map(|sample| sample.range.len() as u64).sum::<u64>();
            }
        }
        Ok((began.elapsed(), bytes))
    })
    .await?
}

/// The file, byte for byte, into nothing.
async fn export(store: &Store) -> Result<(Duration, u64)> {
    let receipts = store.receipts(store.recorded).await?;
    let began = Instant::now();
    let reading = store.archive.read_undamaged(&receipts[..], CAMERA, STREAM, store.recorded).await?;
    let movie = Arc::new(reading.into_movie()?.finish(String::new())?);
    let mut bytes = movie.bytes(&receipts[..], 0..movie.len());
    let (mut sent, mut media) = (0, 0);
    while let Some(part) = bytes.next().await? {
        sent += part.bytes.len() as u64;
        media += if part.wall.is_some() { part.bytes.len() as u64 } else { 0 };
    }
    ensure!(sent == movie.len(), "the file is {} bytes and {sent} came", movie.len());
    Ok((began.elapsed(), media))
}
