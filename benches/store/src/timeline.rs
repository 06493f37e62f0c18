//! The catalogue at full scale: 1 000 streams, 30 days, 43 million segments, on SQLite. Rows only, no footage.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use candour_db::fill::{Filled, Scale, fill};
use candour_db::{Db, SegmentRow, SegmentState};
use candour_units::{CameraId, Hash, PurposeId, RunId, SegmentId, StreamId, WallDuration, WallRange, WallTime};
use serde_json::{Map, Value, json};

use crate::Bench;
use crate::percentile::percentile_ms;

const DAY: i64 = 86_400;
/// 2026-01-01, plus what comes.
const BEGIN: i64 = 1_767_225_600;

/// Fills a catalogue and asks it what the program asks. `timeline_ms` is the worst of a hundred days of a hundred cameras,
/// each asked for the first time after the file left the page cache.
pub(crate) fn run(bench: &Bench) -> Result<Map<String, Value>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(bench))
}

async fn measure(bench: &Bench) -> Result<Map<String, Value>> {
    let path = bench.scratch.join("catalogue.db");
    let (streams, days) = if bench.quick { (50, 3) } else { (1000, 30) };
    let scale = Scale { streams, days, last_day: WallTime::from_unix_seconds(BEGIN + (days - 1) * DAY) };
    let started = Instant::now();
    let filled = fill(&path, scale).await?;
    let mut found = Map::new();
    let size = std::fs::metadata(&path)?.len();
    found.insert("segments".into(), json!(filled.segments));
    found.insert("catalogue_fill_s".into(), json!(started.elapsed().as_secs()));
    found.insert("catalogue_bytes_per_segment".into(), json!(size / filled.segments.unsigned_abs()));
    let db = Db::open(&path).await?;
    timelines(&db, &filled, &path, &mut found).await?;
    questions(&db, &filled, &mut found).await?;
    recording(&db, &filled, &mut found).await?;
    db.close().await;
    std::fs::remove_file(&path)?;
    Ok(found)
}

/// A day of a hundred cameras, first with nothing of the file in memory, then again.
async fn timelines(db: &Db, filled: &Filled, path: &Path, found: &mut Map<String, Value>) -> Result<()> {
    forget(path)?;
    let mut times = [Vec::new(), Vec::new()];
    for (round, times) in times.iter_mut().enumerate() {
        for (number, (_, stream)) in spread(&filled.cameras, 100).enumerate() {
            let days = filled.range.duration().ticks() / WallDuration::from_seconds(DAY).ticks();
            let start = filled.range.start + WallDuration::from_seconds((number as i64 * 7 % days) * DAY);
            let day = WallRange { start, end: start + WallDuration::from_seconds(DAY) };
            let began = Instant::now();
            let recorded = db.recorded_in(*stream, day).await?;
            db.gaps_in(*stream, day).await?;
            db.deleted_in(*stream, day).await?;
            db.deleted_stretches_in(*stream, day).await?;
            times.push(began.elapsed());
            anyhow::ensure!(!recorded.is_empty(), "round {round}: nothing was recorded on {day:?}");
        }
    }
    let [cold, warm] = times;
    found.insert("timeline_ms".into(), json!(percentile_ms(cold, 95)));
    found.insert("timeline_warm_ms".into(), json!(percentile_ms(warm, 95)));
    Ok(())
}

/// What sweeps, pages and a start ask.
async fn questions(db: &Db, filled: &Filled, found: &mut Map<String, Value>) -> Result<()> {
    // An hour of footage of every camera is due.
    let now = filled.range.start + filled.range.duration() + WallDuration::from_seconds(3600);
    let mut told = |name: &str, began: Instant| found.insert(name.into(), json!(ms(began.elapsed())));
    let began = Instant::now();
    let due = db.segments_due(now, 512).await?;
    anyhow::ensure!(due.len() == 512, "only {} segments are due", due.len());
    told("due_512_ms", began);
    let began = Instant::now();
    db.overdue(now).await?;
    told("overdue_count_ms", began);
    let began = Instant::now();
    for (_, stream) in &filled.cameras {
        anyhow::ensure!(db.stream_extent(*stream).await?.is_some(), "a stream holds nothing");
    }
    told("extent_of_all_streams_ms", began);
    let began = Instant::now();
    db.segments_in_state(SegmentState::Open, 10_000).await?;
    db.segments_in_state(SegmentState::Deleting, 10_000).await?;
    db.unfinished_deletions(None, 10_000).await?;
    db.segments_to_log(10_000).await?;
    told("unfinished_ms", began);
    let (_, stream) = &filled.cameras[filled.cameras.len() / 2];
    let day = WallRange { start: filled.range.start, end: filled.range.start + WallDuration::from_seconds(DAY) };
    let began = Instant::now();
    db.segments_in(*stream, day).await?;
    told("rows_of_a_day_ms", began);
    let began = Instant::now();
    db.fold_deleted(now, 2000).await?;
    told("fold_2000_ms", began);
    Ok(())
}

/// What recording costs beside that many rows: every stream begins a segment, reports it eleven times, closes it.
async fn recording(db: &Db, filled: &Filled, found: &mut Map<String, Value>) -> Result<()> {
    let start = filled.range.end + WallDuration::from_seconds(120);
    let mut rows: Vec<_> =
        filled.cameras.iter().enumerate().map(|(number, feed)| new_row(number, *feed, start)).collect();
    let mut times = [Duration::ZERO; 3];
    for report in 0..13 {
        for row in &mut rows {
            row.end = start + WallDuration::from_seconds(report * 5);
            row.len_bytes = 2_500_000 * report;
            if report == 12 {
                row.state = SegmentState::Closed;
                (row.sealed_digest, row.content_commitment) = (Some(Hash([7; 32])), Some(Hash([8; 32])));
            }
        }
        let began = Instant::now();
        db.put_segments(&rows).await?;
        times[match report {
            0 => 0,
            12 => 2,
            _ => 1,
        }] += began.elapsed();
    }
    let each = |time: Duration, count: usize| (time.as_secs_f64() * 1e6 / (count * rows.len()) as f64).round();
    found.insert("row_begun_us".into(), json!(each(times[0], 1)));
    found.insert("row_reported_us".into(), json!(each(times[1], 11)));
    found.insert("row_closed_us".into(), json!(each(times[2], 1)));
    Ok(())
}

fn new_row(number: usize, (camera, stream): (CameraId, StreamId), start: WallTime) -> SegmentRow {
    // Ids are random in life; these are spread as random ones are.
    let mut id = [0; 16];
    id[..8].copy_from_slice(&(number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    SegmentRow {
        id: SegmentId::from_bytes(id),
        stream,
        camera,
        run: RunId::from_bytes([1; 16]),
        purpose: PurposeId::from_bytes([2; 16]),
        storage: 0,
        start,
        end: start,
        keep_until: start + WallDuration::from_seconds(30 * DAY),
        len_bytes: 0,
        samples: 0,
        state: SegmentState::Open,
        sealed_digest: None,
        content_commitment: None,
        logged: false,
    }
}

/// Every `n`th, so that there are `count`.
fn spread<T>(all: &[T], count: usize) -> impl Iterator<Item = &T> {
    all.iter().step_by((all.len() / count).max(1)).take(count)
}

/// Asks the kernel to drop what it remembers of a file.
pub(crate) fn forget(path: &Path) -> Result<()> {
    let of = |word: &str| format!("{word}={}", path.display());
    Command::new("sync").arg(path).status()?;
    let done = Command::new("dd").arg(of("if")).args(["iflag=nocache", "count=0", "status=none"]).status()?;
    anyhow::ensure!(done.success(), "dd could not drop the page cache of {}", path.display());
    Ok(())
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e4).round() / 10.0
}
