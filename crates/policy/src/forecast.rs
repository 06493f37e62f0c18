//! When a storage directory will be full: what is written at the measured rate, less what will be deleted as promised.

use candour_units::{WallDuration, WallRange, WallTime};

const TICKS_PER_DAY: f64 = 86_400.0 * 90_000.0;

/// What one purpose writes into the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Bytes a day, measured over a long window.
    pub bytes_per_day: u64,
    /// How long it is kept: what is written from now on leaves again after this.
    pub keep: WallDuration,
}

/// Footage that is stored now and leaves in this stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// When.
    pub range: WallRange,
    /// How much, in bytes.
    pub bytes: u64,
}

/// What is to be expected of a storage directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forecast {
    /// Nothing is measured yet, or nothing is written.
    Unknown,
    /// It lasts at least until then; further nobody looked.
    LastsUntil(WallTime),
    /// It will be full then.
    FullAt(WallTime),
}

/// When `free` bytes will have shrunk to `floor`, looking `horizon` ahead.
///
/// Every purpose writes at its rate; what is stored leaves as `leaving` says (stretches that do not overlap each other;
/// within one at an even pace), and what is written from now on leaves when its purpose's `keep` is over.
#[must_use]
pub fn forecast(
    now: WallTime,
    free: u64,
    floor: u64,
    flows: &[Flow],
    leaving: &[Leaving],
    horizon: WallDuration,
) -> Forecast {
    if flows.iter().all(|flow| flow.bytes_per_day == 0) {
        return Forecast::Unknown;
    }
    let end = now.saturating_add(horizon);
    let mut room = free as f64 - floor as f64;
    if room <= 0.0 {
        return Forecast::FullAt(now);
    }
    for (from, to) in stretches(now, end, flows, leaving) {
        let days = (to - from).ticks() as f64 / TICKS_PER_DAY;
        let shrinks = written_per_day(now, from, flows) - leaving_per_day(from, leaving);
        let left = room - shrinks * days;
        if left <= 0.0 {
            let until = (room / shrinks * TICKS_PER_DAY) as i64;
            return Forecast::FullAt(from.saturating_add(WallDuration::from_ticks(until)));
        }
        room = left;
    }
    Forecast::LastsUntil(end)
}

/// The stretches between two moments at which a rate changes.
fn stretches(now: WallTime, end: WallTime, flows: &[Flow], leaving: &[Leaving]) -> Vec<(WallTime, WallTime)> {
    let ends = flows.iter().map(|flow| now.saturating_add(flow.keep));
    let edges = leaving.iter().flat_map(|leaving| [leaving.range.start, leaving.range.end]);
    let inside = ends.chain(edges).filter(|moment| now < *moment && *moment < end);
    let mut moments: Vec<WallTime> = inside.chain([now, end]).collect();
    moments.sort_unstable();
    moments.dedup();
    moments.windows(2).map(|two| (two[0], two[1])).collect()
}

/// From `keep` after now on a purpose frees what it writes.
fn written_per_day(now: WallTime, moment: WallTime, flows: &[Flow]) -> f64 {
    flows.iter().filter(|flow| moment < now.saturating_add(flow.keep)).map(|flow| flow.bytes_per_day as f64).sum()
}

fn leaving_per_day(moment: WallTime, leaving: &[Leaving]) -> f64 {
    let going = leaving.iter().filter(|leaving| leaving.range.contains(moment));
    let per_day = |leaving: &Leaving| leaving.bytes as f64 / (leaving.range.duration().ticks() as f64 / TICKS_PER_DAY);
    going.map(per_day).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GB: u64 = 1_000_000_000;
    const DAY: i64 = 86_400;

    fn at(days: f64) -> WallTime {
        WallTime::from_unix_seconds(1_700_000_000 + (days * DAY as f64) as i64)
    }

    fn days(days: i64) -> WallDuration {
        WallDuration::from_seconds(days * DAY)
    }

    fn flow(gigabytes: u64, keep: i64) -> Flow {
        Flow { bytes_per_day: gigabytes * GB, keep: days(keep) }
    }

    fn leaving(from: i64, to: i64, gigabytes: u64) -> Leaving {
        let range = WallRange { start: at(from as f64), end: at(to as f64) };
        Leaving { range, bytes: gigabytes * GB }
    }

    #[track_caller]
    fn check(free: u64, flows: &[Flow], going: &[Leaving], expected: Forecast) {
        let found = forecast(at(0.0), free * GB, 0, flows, going, days(14));
        match (found, expected) {
            (Forecast::FullAt(found), Forecast::FullAt(expected)) => {
                assert!((found - expected).seconds_floor().abs() <= 60, "{found} {expected}");
            }
            _ => assert_eq!(found, expected),
        }
    }

    #[test]
    fn by_hand() {
        let lasts = Forecast::LastsUntil(at(14.0));
        let full = |days: f64| Forecast::FullAt(at(days));
        check(40, &[], &[], Forecast::Unknown);
        check(40, &[flow(10, 30)], &[], full(4.0));
        check(140, &[flow(10, 30)], &[], full(14.0));
        check(141, &[flow(10, 30)], &[], lasts);
        // Two days' writing is kept back for a day by what leaves.
        check(40, &[flow(10, 30)], &[leaving(1, 2, 20)], full(6.0));
        // It comes too late.
        check(40, &[flow(10, 30)], &[leaving(5, 6, 500)], full(4.0));
        // A store in balance lasts with next to no room: all that is written leaves at the same pace.
        let balance: Vec<_> = (0..14).map(|day| leaving(day, day + 1, 10)).collect();
        check(1, &[flow(10, 30)], &balance, lasts);
        // What is written from now on leaves after two days.
        check(21, &[flow(10, 2)], &[], lasts);
        check(19, &[flow(10, 2)], &[], full(1.9));
        check(0, &[flow(10, 2)], &[], full(0.0));
    }

    #[test]
    fn the_floor_is_not_room() {
        let found = forecast(at(0.0), 40 * GB, 30 * GB, &[flow(10, 30)], &[], days(14));
        assert_eq!(found, Forecast::FullAt(at(1.0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
        #[test]
        fn more_room_or_more_deletion_never_brings_the_day_nearer(
            free in 0_u64..200, flows in prop::collection::vec((0_u64..20, 1_i64..20), 1..4),
            going in prop::collection::vec(0_u64..30, 0..14), more in 1_u64..50, which in 0_usize..14,
        ) {
            let flows: Vec<_> = flows.iter().map(|(rate, keep)| flow(*rate, *keep)).collect();
            let going: Vec<_> = going.iter().zip(0..).map(|(bytes, day)| leaving(day, day + 1, *bytes)).collect();
            let when = |free: u64, going: &[Leaving]| match forecast(at(0.0), free * GB, 0, &flows, going, days(14)) {
                Forecast::Unknown => None,
                Forecast::LastsUntil(_) => Some(at(1000.0)),
                Forecast::FullAt(at) => Some(at),
            };
            let base = when(free, &going);
            prop_assert!(when(free + more, &going) >= base);
            let mut richer = going.clone();
            if let Some(one) = richer.get_mut(which) {
                one.bytes += more * GB;
            }
            prop_assert!(when(free, &richer) >= base);
        }
    }
}
