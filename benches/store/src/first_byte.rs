//! How long until the first byte of footage of a range leaves, with nothing of the footage in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use candour_archive::{Movie, Walked};
use candour_audit::Receipt;
use candour_units::{WallDuration, WallRange};
use serde_json::{Map, Value, json};

use crate::Bench;
use crate::percentile::percentile_ms;
use crate::store::{CAMERA, STREAM, Store};

pub(crate) fn run(bench: &Bench) -> Result<Map<String, Value>> {
    let hours = if bench.quick { 3 } else { 24 };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(bench, hours))
}

async fn measure(bench: &Bench, hours: i64) -> Result<Map<String, Value>> {
    let store = Store::record(&bench.scratch, &bench.small, hours * 3600).await?;
    let rounds = if bench.quick { 10 } else { 60 };
    let mut short = Vec::new();
    for round in 0..rounds {
        let range = some_range(&store, round);
        let receipts = store.receipts(range).await?;
        store.make_cold()?;
        short.push(first_byte_of_a_file(&store, &receipts, range).await?);
    }
    let (mut day, mut day_file) = (Vec::new(), Vec::new());
    for _ in 0..rounds.min(20) {
        let receipts = store.receipts(store.recorded).await?;
        store.make_cold()?;
        day.push(first_samples(&store, &receipts, store.recorded).await?);
        store.make_cold()?;
        day_file.push(first_byte_of_a_file(&store, &receipts, store.recorded).await?);
    }
    let mut found = Map::new();
    found.insert("first_byte_p95_ms".to_owned(), json!(percentile_ms(short, 95)));
    found.insert("day_p95_ms".to_owned(), json!(percentile_ms(day, 95)));
    found.insert("day_file_p95_ms".to_owned(), json!(percentile_ms(day_file, 95)));
    found.insert("day_hours".to_owned(), json!(hours));
    Ok(found)
}

/// From ten seconds to an hour, anywhere; every third an hour.
fn some_range(store: &Store, round: i64) -> WallRange {
    let seconds = if round % 3 == 0 { 3600 } else { 10 + round * 7919 % 3590 };
    let room = store.recorded.duration().seconds_floor() - seconds;
    let start =
        store.recorded.start + WallDuration::from_millis(round * 104_729 % room.max(1) * 1000 + round * 137 % 1000);
    let end = (start + WallDuration::from_seconds(seconds)).min(store.recorded.end);
    WallRange { start, end }
}

/// The whole file is planned, its front made, and the first fragment opened.
async fn first_byte_of_a_file(store: &Store, receipts: &[Receipt], range: WallRange) -> Result<Duration> {
    let began = Instant::now();
    let reading = store.archive.read_undamaged(receipts, CAMERA, STREAM, range).await?;
    let movie: Arc<Movie> = Arc::new(reading.into_movie()?.finish(String::new())?);
    let mut bytes = movie.bytes(receipts, 0..movie.len());
    bytes.next().await?.context("a file has a front")?;
    let footage = bytes.next().await?.context("a file has footage")?;
    let took = began.elapsed();
    anyhow::ensure!(footage.samples > 0, "no footage came behind the front");
    Ok(took)
}

/// The first samples of a walk.
async fn first_samples(store: &Store, receipts: &[Receipt], range: WallRange) -> Result<Duration> {
    let began = Instant::now();
    let mut walk = store.archive.walk(receipts, CAMERA, STREAM, range)?;
    loop {
        match walk.next().await?.context("there is footage")? {
            Walked::Samples(samples) if !samples.is_empty() => return Ok(began.elapsed()),
            Walked::Lost(lost) => return Err(lost.error.into()),
            _ => {}
        }
    }
}
