//! A deep check, every byte hashed, beside reading the same files and doing nothing with them.

use anyhow::Result;
use candour_archive::{CheckConfig, check_speed};
use serde_json::{Map, Value, json};

use crate::Bench;
use crate::percentile::median;
use crate::store::Store;

pub(crate) fn run(bench: &Bench) -> Result<Map<String, Value>> {
    let seconds = if bench.quick { 360 } else { 3600 };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(bench, seconds))
}

async fn measure(bench: &Bench, seconds: i64) -> Result<Map<String, Value>> {
    let store = Store::record(&bench.scratch, &bench.main, seconds).await?;
    // As a recorder does every minute: what it closed stands in the log.
    store.archive.log_closed_segments().await?;
    let (mut ratios, mut speeds) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let place = CheckConfig { directories: vec![store.storage()], log: store.log.directory().to_owned() };
        let speed = check_speed(place, &store.db, store.keyring.clone(), &*store.clock).await?;
        ratios.push(speed.ratio());
        speeds.push(speed.bytes as f64 / 1e6 / speed.checking.as_secs_f64());
    }
    let mut found = Map::new();
    found.insert("check_ratio_to_read".to_owned(), json!((median(ratios) * 100.0).round() / 100.0));
    found.insert("check_mb_per_s".to_owned(), json!(median(speeds).round()));
    Ok(found)
}
