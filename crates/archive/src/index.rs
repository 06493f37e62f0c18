//! Segments that the catalogue does not know as closed yet: what of them is durable, for readers.
//!
//! Ask here first and the catalogue after: a segment leaves this index only when its closed row is stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_db::SegmentRow;
use candour_seal::{FragmentInfo, SampleRow};
use candour_units::{SegmentId, StreamId, WallRange};

/// A segment in memory.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// Its row as far as it is durable.
    pub(crate) row: SegmentRow,
    /// Its durable fragments.
    pub(crate) table: Arc<Vec<FragmentInfo>>,
    /// The samples in them.
    pub(crate) samples: Arc<Vec<SampleRow>>,
}

/// Adds what is new at the end. A reader that holds the list keeps it as it was.
fn extend<T: Copy>(list: &mut Arc<Vec<T>>, all: &[T]) {
    let list = Arc::make_mut(list);
    list.extend_from_slice(all.get(list.len()..).unwrap_or_default());
}

/// The segments being written, and those closed a moment ago.
#[derive(Default)]
pub(crate) struct Index(Mutex<HashMap<SegmentId, Known>>);

impl Index {
    /// Notes what is durable of a segment now; true when it was not known before.
    pub(crate) fn put(&self, row: SegmentRow, fragments: &[FragmentInfo], samples: &[SampleRow]) -> bool {
        let mut known = self.lock();
        match known.get_mut(&row.id) {
            Some(found) => {
                extend(&mut found.table, fragments);
                extend(&mut found.samples, samples);
                found.row = row;
                false
            }
            None => {
                let (table, samples) = (Arc::new(fragments.to_vec()), Arc::new(samples.to_vec()));
                known.insert(row.id, Known { row, table, samples });
                true
            }
        }
    }

    pub(crate) fn remove(&self, segment: SegmentId) {
        self.lock().remove(&segment);
    }

    /// Forgets what lies in a directory: its rows are whole.
    pub(crate) fn forget_storage(&self, storage: i64) {
        self.lock().retain(|_, known| known.row.storage != storage);
    }

    /// What there is of a stream that overlaps `range`.
    pub(crate) fn of(&self, stream: StreamId, range: WallRange) -> Vec<Known> {
        let inside =
            |known: &&Known| known.row.stream == stream && known.row.start < range.end && known.row.end > range.start;
        self.lock().values().filter(inside).cloned().collect()
    }

    /// Segments of a stream that start in that hour of UTC.
    pub(crate) fn in_hour(&self, stream: StreamId, hour: i64) -> Vec<SegmentId> {
        let known = self.lock();
        let found = known.values().filter(|known| known.row.stream == stream && known.row.start.hour_floor() == hour);
        found.map(|known| known.row.id).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SegmentId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
