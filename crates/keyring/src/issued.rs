//! Segments that were given a key by this process: a guard against a list of survivors that misses the newest.
//!
//! A segment gets its key before the catalogue knows it. If a neighbour in the same hour is destroyed in that moment,
//! the list of survivors that comes with the order cannot name it. So the keyring remembers whom it gave keys to.

use std::collections::{BTreeMap, BTreeSet};

use candour_units::{SegmentId, StreamId};

#[derive(Default)]
pub(crate) struct Issued {
    segments: BTreeMap<(StreamId, i64), BTreeSet<SegmentId>>,
}

impl Issued {
    /// Remembers the segment; of each stream only this hour and the one before are kept, for by then the catalogue knows.
    pub(crate) fn remember(&mut self, stream: StreamId, hour: i64, segment: SegmentId) {
        let known = self.segments.entry((stream, hour)).or_default();
        let first = known.is_empty();
        known.insert(segment);
        if first {
            let old: Vec<_> = self
                .segments
                .range((stream, i64::MIN)..(stream, hour.saturating_sub(1)))
                .map(|(key, _)| *key)
                .collect();
            for key in old {
                self.segments.remove(&key);
            }
        }
    }

    pub(crate) fn of(&self, stream: StreamId, hour: i64) -> impl Iterator<Item = SegmentId> {
        self.segments.get(&(stream, hour)).into_iter().flatten().copied()
    }

    pub(crate) fn forget(&mut self, stream: StreamId, hour: i64, segment: SegmentId) {
        if let Some(known) = self.segments.get_mut(&(stream, hour)) {
            known.remove(&segment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hours_of_each_stream_are_remembered() {
        let (one, two) = (StreamId::from_bytes([1; 16]), StreamId::from_bytes([2; 16]));
        let segment = |byte| SegmentId::from_bytes([byte; 16]);
        let mut issued = Issued::default();
        issued.remember(two, 5, segment(0));
        for hour in 5..9 {
            issued.remember(one, hour, segment(hour as u8));
        }
        let hours: Vec<_> = issued.segments.keys().copied().collect();
        assert_eq!(hours, [(one, 7), (one, 8), (two, 5)]);
        issued.forget(one, 8, segment(8));
        assert_eq!((issued.of(one, 8).count(), issued.of(two, 5).count()), (0, 1));
    }
}
