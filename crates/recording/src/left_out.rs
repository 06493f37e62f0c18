//! What recording around motion would have left out of footage that is there: [`OnMotion`] itself, told what was found as late as it is told
//! where somebody records.

use candour_units::{WallDuration, WallRange, WallTime};

use crate::on_motion::{OnMotion, Rolls, Shown, Verdict};

/// The newest pictures are told about so late, and then once a second.
const TOLD_LATE: WallDuration = WallDuration::from_millis(1_500);
const TOLD_EVERY: WallDuration = WallDuration::from_seconds(1);

/// A sample, as far as this depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// When it arrived.
    pub at: WallTime,
    /// Whether a group of pictures begins with it.
    pub sync: bool,
    /// Its length.
    pub len: usize,
}

/// What would have been left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// Where, in order.
    pub ranges: Vec<WallRange>,
    /// Bytes of it.
    pub bytes: u64,
    /// Bytes of everything that was there.
    pub of: u64,
}

/// Records `samples`, in order of arrival, around what `seen` says moved; `seen` is in order. What is not known about the time before and after
/// them is taken for motion, as where a recorder starts and stops.
#[must_use]
pub fn left_out(samples: &[Taken], seen: &[(WallRange, Shown)], rolls: Rolls) -> LeftOut {
    let mut gate = OnMotion::new(rolls, usize::MAX);
    let mut out = LeftOut { of: samples.iter().map(|taken| taken.len as u64).sum(), ..LeftOut::default() };
    let (mut since, mut kept): (Option<WallTime>, u64) = (None, 0);
    let mut told = seen.first().map_or(WallTime::EPOCH, |(range, _)| range.start);
    let mut take = |verdicts: Vec<Verdict<Taken>>, ranges: &mut Vec<WallRange>| {
        for verdict in verdicts {
            match verdict {
                Verdict::LeaveOut(at) => since = since.or(Some(at)),
                Verdict::Write(taken) => {
                    kept += taken.len as u64;
                    ranges.extend(since.take().and_then(|since| WallRange::new(since, taken.at)));
                }
            }
        }
        (since, kept)
    };
    for taken in samples {
        let known = taken.at - TOLD_LATE;
        if known - told >= TOLD_EVERY {
            for (range, shown) in between(seen, told, known) {
                take(gate.seen(range, shown), &mut out.ranges);
            }
            told = known;
        }
        take(gate.sample(taken.at, taken.sync, taken.len, *taken), &mut out.ranges);
    }
    let end = samples.last().map_or(told, |last| last.at);
    for (range, shown) in between(seen, told, end.max(told)) {
        take(gate.seen(range, shown), &mut out.ranges);
    }
    let (open, kept) = take(gate.flush(), &mut out.ranges);
    out.ranges.extend(open.and_then(|since| WallRange::new(since, end)));
    out.bytes = out.of - kept;
    out
}

/// The parts of `seen` from one moment to another.
fn between(seen: &[(WallRange, Shown)], from: WallTime, to: WallTime) -> impl Iterator<Item = (WallRange, Shown)> + '_ {
    let first = seen.partition_point(|(range, _)| range.end <= from);
    let overlapping = seen[first..].iter().take_while(move |(range, _)| range.start < to);
    overlapping
        .filter_map(move |(range, shown)| Some((WallRange::new(range.start.max(from), range.end.min(to))?, *shown)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(tenths: i64) -> WallTime {
        WallTime::from_ticks(1_000_000_000 + tenths * 9_000)
    }

    fn range(start: i64, end: i64) -> WallRange {
        WallRange { start: at(start), end: at(end) }
    }

    /// A sample each tenth of a second, a group each second.
    fn samples(count: i64) -> Vec<Taken> {
        (0..count).map(|tenth| Taken { at: at(tenth), sync: tenth % 10 == 0, len: 100 }).collect()
    }

    fn rolls(pre: i64, post: i64) -> Rolls {
        Rolls { pre: WallDuration::from_seconds(pre), post: WallDuration::from_seconds(post) }
    }

    #[test]
    fn what_lies_around_motion_is_kept_and_the_rest_left_out() {
        let seen = [
            (range(0, 300), Shown::Stillness),
            (range(300, 310), Shown::Anything),
            (range(310, 900), Shown::Stillness),
        ];
        let found = left_out(&samples(900), &seen, rolls(2, 3));
        // As where it records: from 27 to 36 s around what moved from 30 to 31 s; the beginning and the end are not known to be still.
        let middle: Vec<_> = found
            .ranges
            .iter()
            .map(|range| ((range.start - at(0)).ticks() / 9_000, (range.end - at(0)).ticks() / 9_000))
            .collect();
        assert_eq!(middle.len(), 2, "{middle:?}");
        assert_eq!((middle[0].1, middle[1].0), (270, 360));
        assert!(middle[0].0 <= 60 && middle[1].1 >= 850, "{middle:?}");
        assert_eq!(found.of, 90_000);
        assert!(found.bytes > 70_000 && found.bytes < 80_000, "{}", found.bytes);
    }

    #[test]
    fn without_a_finding_nothing_is_left_out() {
        assert_eq!(left_out(&samples(300), &[], rolls(2, 3)), LeftOut { of: 30_000, ..LeftOut::default() });
        let doubt = [(range(0, 300), Shown::Anything)];
        assert_eq!(left_out(&samples(300), &doubt, rolls(0, 0)).bytes, 0);
        assert_eq!(left_out(&[], &[], rolls(2, 3)), LeftOut::default());
    }

    proptest! {
        /// Nothing is left out in or around what moved or is in doubt, and the ranges are in order, inside and apart.
        #[test]
        fn nothing_around_motion_is_left_out(parts in prop::collection::vec((1i64..120, any::<bool>()), 1..12), pre in 0i64..5, post in 0i64..5) {
            let (mut from, mut seen) = (0, Vec::new());
            for (length, still) in parts {
                seen.push((range(from, from + length), if still { Shown::Stillness } else { Shown::Anything }));
                from += length;
            }
            let found = left_out(&samples(from), &seen, rolls(pre, post));
            prop_assert!(found.bytes <= found.of);
            prop_assert!(found.ranges.windows(2).all(|two| two[0].end <= two[1].start));
            for (moved, _) in seen.iter().filter(|(_, shown)| *shown == Shown::Anything) {
                let around = WallRange { start: moved.start - rolls(pre, 0).pre, end: moved.end + rolls(0, post).post };
                prop_assert!(found.ranges.iter().all(|range| !range.overlaps(&around)), "{:?} {:?}", found.ranges, around);
            }
        }
    }
}
