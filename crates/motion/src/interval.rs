//! Stretches of media time.

use candour_units::MediaTime;

/// From `start` to `end`, both inside; `start <= end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// First moment.
    pub start: MediaTime,
    /// Last moment.
    pub end: MediaTime,
}

impl Interval {
    /// The stretch between two moments, whichever comes first.
    #[must_use]
    pub fn between(one: MediaTime, other: MediaTime) -> Self {
        Self { start: one.min(other), end: one.max(other) }
    }
}

/// The same moments as `intervals` in as few stretches as possible: by growing time, and those that overlap or have at most
/// `gap_ticks` (90 kHz) between them joined. The order of the input does not matter, and doing it twice changes nothing.
#[must_use]
pub fn merge(intervals: impl IntoIterator<Item = Interval>, gap_ticks: i64) -> Vec<Interval> {
    let mut sorted: Vec<Interval> = intervals.into_iter().collect();
    sorted.sort_unstable();
    let mut merged: Vec<Interval> = Vec::with_capacity(sorted.len());
    for next in sorted {
        match merged.last_mut() {
            Some(last) if next.start.ticks() <= last.end.ticks().saturating_add(gap_ticks) => {
                last.end = last.end.max(next.end);
            }
            _ => merged.push(next),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn intervals() -> impl Strategy<Value = Vec<Interval>> {
        let time = || (-500i64..500).prop_map(MediaTime::from_ticks);
        proptest::collection::vec((time(), time()).prop_map(|(one, other)| Interval::between(one, other)), 0..20)
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_twice_is_once(given in intervals(), gap in 0i64..40) {
            let merged = merge(given.iter().copied(), gap);
            let reversed = merge(given.iter().rev().copied(), gap);
            prop_assert_eq!(&merged, &reversed);
            prop_assert_eq!(&merged, &merge(merged.iter().copied(), gap));
            for pair in merged.windows(2) {
                prop_assert!(pair[1].start.ticks() > pair[0].end.ticks() + gap);
            }
            for one in &given {
                prop_assert!(merged.iter().any(|whole| whole.start <= one.start && one.end <= whole.end));
            }
            for whole in &merged {
                prop_assert!(given.iter().any(|one| one.start == whole.start) && given.iter().any(|one| one.end == whole.end));
            }
        }
    }
}
