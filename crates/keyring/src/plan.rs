//! What a destruction does to the rows: decided before anything is touched.

use std::collections::{BTreeMap, BTreeSet};

use candour_seal::keyfile::{RowName, day_of};
use candour_units::{SegmentId, StreamId, WallTime};

use crate::memory::Memory;

/// An order: segments of one stream and hour that lose their keys.
#[derive(Debug, Clone, Copy)]
pub struct Destruction<'a> {
    /// The stream.
    pub stream: StreamId,
    /// The start of one of the segments as in its header; all of them start in the same hour of UTC.
    pub start: WallTime,
    /// Which lose their keys.
    pub segments: &'a [SegmentId],
    /// Every other segment of that stream and hour that must stay readable, the open one too.
    pub survivors: &'a [SegmentId],
}

/// The rows that go and come.
pub(crate) struct Plan {
    /// Hour rows that go, with the segments whose derived keys become rows of their own.
    pub(crate) split: BTreeMap<RowName, BTreeSet<SegmentId>>,
    /// Rows of single segments that go.
    pub(crate) removed: Vec<RowName>,
}

impl Plan {
    /// Orders of one batch know of each other: who is destroyed by one survives by none.
    pub(crate) fn new(orders: &[Destruction<'_>], memory: &Memory) -> Self {
        let has = |name: &RowName| memory.row(name).is_some();
        let doomed: BTreeSet<_> =
            orders.iter().flat_map(|order| order.segments.iter().map(|segment| (order.stream, *segment))).collect();
        let mut plan = Self { split: BTreeMap::new(), removed: Vec::new() };
        for order in orders {
            let hour = RowName { stream: order.stream, hour: order.start.hour_floor(), segment: None };
            let own = |segment: &SegmentId| RowName { segment: Some(*segment), ..hour };
            let (with_row, under_hour): (Vec<_>, Vec<_>) =
                order.segments.iter().partition(|segment| has(&own(segment)));
            plan.removed.extend(with_row.iter().copied().map(own));
            if under_hour.is_empty() || !has(&hour) {
                continue;
            }
            let survivors = order
                .survivors
                .iter()
                .copied()
                .chain(memory.issued.of(order.stream, hour.hour))
                .filter(|segment| !doomed.contains(&(order.stream, *segment)) && !has(&own(segment)));
            plan.split.entry(hour).or_default().extend(survivors);
        }
        plan
    }

    /// Days whose files change.
    pub(crate) fn days(&self) -> BTreeSet<i64> {
        self.split.keys().chain(&self.removed).map(|name| day_of(name.hour)).collect()
    }
}
