//! How fast a deep check is beside plain reading of the same files: for the bench (`benches/archive`).

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use candour_db::Db;
use candour_files::SegmentFiles;
use candour_keyring::Keyring;
use candour_units::{Clock, SegmentId};

use super::{CheckConfig, CheckOptions, CheckProgress, Depth, check_at_rest};
use crate::ArchiveError;
use crate::recover::blocking;
use crate::store::Store;

/// What was measured; both times with nothing of the files in the cache of the system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckSpeed {
    /// Bytes of all files.
    pub bytes: u64,
    /// Reading them, by as many threads as the check has, and doing nothing with what was read.
    pub reading: Duration,
    /// The whole deep check: reading, hashing, opening what the log does not vouch for, rows and log.
    pub checking: Duration,
}

impl CheckSpeed {
    /// `check_ratio_to_read`: the check's speed over that of reading.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.reading.as_secs_f64() / self.checking.as_secs_f64().max(1e-9)
    }
}

/// Reads everything, then checks everything.
///
/// # Errors
/// [`ArchiveError`].
pub async fn check_speed(
    config: CheckConfig,
    db: &Db,
    keyring: Keyring,
    clock: &dyn Clock,
) -> Result<CheckSpeed, ArchiveError> {
    let options = CheckOptions::fast(Depth::Deep);
    let store = super::at_rest(config.directories.clone(), db.storages().await?, keyring.clone()).await?;
    let (workers, reading) = (options.workers, store.clone());
    let (bytes, reading) = blocking(move || read_all(&reading, workers)).await?;
    blocking(move || forget_all(&store)).await?;
    let began = Instant::now();
    check_at_rest(config, db, keyring, clock, &options, &Arc::new(CheckProgress::default())).await?;
    Ok(CheckSpeed { bytes, reading, checking: began.elapsed() })
}

fn every_file(store: &Store) -> Result<Vec<(SegmentFiles, SegmentId)>, ArchiveError> {
    let failed = |error: candour_files::FilesError| ArchiveError::storage("list the footage", &error);
    let mut all = Vec::new();
    for (_, files) in store.available() {
        for found in files.list().map_err(failed)? {
            if let candour_files::Found::Segment { segment, .. } = found.map_err(failed)? {
                all.push((files.clone(), segment));
            }
        }
    }
    Ok(all)
}

fn forget_all(store: &Store) -> Result<(), ArchiveError> {
    let failed = |error: candour_files::FilesError| ArchiveError::storage("empty the cache", &error);
    every_file(store)?.iter().try_for_each(|(files, segment)| files.forget_cached(*segment)).map_err(failed)
}

fn read_all(store: &Store, workers: usize) -> Result<(u64, Duration), ArchiveError> {
    forget_all(store)?;
    let files = every_file(store)?;
    let next = AtomicUsize::new(0);
    let total: Mutex<Result<u64, ArchiveError>> = Mutex::new(Ok(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((files, segment)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let read = read_one(files, *segment);
                    let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                    let before = std::mem::replace(&mut *total, Ok(0));
                    *total = before.and_then(|sum| read.map(|read| sum + read));
                }
            });
        }
    });
    let bytes = total.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    Ok((bytes, began.elapsed()))
}

fn read_one(files: &SegmentFiles, segment: SegmentId) -> Result<u64, ArchiveError> {
    let reader = files.reader(segment).map_err(|error| ArchiveError::storage("open a segment", &error))?;
    let (mut bytes, mut piece, mut total) = (reader.bytes(), vec![0; 1 << 20], 0);
    loop {
        match bytes.read(&mut piece) {
            Ok(0) => return Ok(total),
            Ok(read) => total += read as u64,
            Err(error) => return Err(ArchiveError::storage("read a segment", &error)),
        }
    }
}
