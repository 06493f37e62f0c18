//! When something moved in a part of the picture: a question to what was found already, without a picture being looked at again.

use candour_units::{WallDuration, WallRange};

use crate::grid::Area;

/// What a stretch of time showed, as it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It was looked at, and nothing moved.
    Still,
    /// Something moved within `area`, `score` hundredths of a level of brightness outside what its place may show, at most.
    Moved {
        /// Hundredths of a level.
        score: u32,
        /// The rectangle around everything that moved in the stretch.
        area: Area,
    },
    /// Nothing can be said.
    Unsure,
}

/// A stretch of a camera's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// From, to.
    pub range: WallRange,
    /// What it showed.
    pub shown: Shown,
}

/// Something moved, and the rectangle around it touches what was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// From, to.
    pub range: WallRange,
    /// The highest score of it, in hundredths of a level.
    pub score: u32,
    /// The rectangle around all of it.
    pub area: Area,
}

/// What a search came to. The three lengths add up to what was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Searched {
    /// Oldest first.
    pub hits: Vec<Hit>,
    /// There were more than these.
    pub more: bool,
    /// How long something can be said of.
    pub looked_at: WallDuration,
    /// How long was looked at and nothing can be said of.
    pub unsure: WallDuration,
    /// How long nobody looked.
    pub not_looked_at: WallDuration,
}

/// Movements that follow each other within so much are one hit: a person who stops for a moment is one.
const ONE_HIT: WallDuration = WallDuration::from_seconds(3);

/// Searches `stretches`, which are in order of their starts, for what moved in `within` during `range`. Gives `most` hits at most.
///
/// What is stored of a movement is the rectangle around all of it, for a minute at most. So what moved left and right of the place, and never in it,
/// is a hit too; what moved in the place is never missed.
#[must_use]
pub fn search(stretches: &[Stretch], range: WallRange, within: Area, most: usize) -> Searched {
    let mut found = Searched::default();
    let mut told_to = range.start;
    for Stretch { range: stretch, shown } in stretches {
        let Some(inside) = WallRange::new(stretch.start.max(range.start), stretch.end.min(range.end)) else { continue };
        if let Shown::Moved { score, area } = *shown
            && touch(area, within)
        {
            found.add(Hit { range: inside, score, area }, most);
        }
        // Where two overlap, as after a clock that was set back, the time counts once.
        let Some(part) = WallRange::new(inside.start.max(told_to), inside.end) else { continue };
        told_to = part.end;
        match shown {
            Shown::Unsure => found.unsure = found.unsure + part.duration(),
            Shown::Still | Shown::Moved { .. } => found.looked_at = found.looked_at + part.duration(),
        }
    }
    let said = found.looked_at + found.unsure;
    found.not_looked_at = WallDuration::from_ticks(range.duration().ticks() - said.ticks());
    found
}

impl Searched {
    fn add(&mut self, hit: Hit, most: usize) {
        if let Some(last) = self.hits.last_mut().filter(|last| hit.range.start - last.range.end <= ONE_HIT) {
            last.range.end = last.range.end.max(hit.range.end);
            last.score = last.score.max(hit.score);
            last.area = last.area.around(hit.area);
        } else if self.hits.len() < most {
            self.hits.push(hit);
        } else {
            self.more = true;
        }
    }
}

/// Whether two rectangles have a part of the picture in common.
fn touch(one: Area, other: Area) -> bool {
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
}

#[cfg(test)]
mod tests {
    use candour_units::WallTime;
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 90_000;

    fn range(start: i64, end: i64) -> WallRange {
        WallRange { start: WallTime::from_ticks(start * SECOND), end: WallTime::from_ticks(end * SECOND) }
    }

    fn area(left: u16, top: u16, right: u16, bottom: u16) -> Area {
        Area { left, top, right, bottom }
    }

    fn moved(start: i64, end: i64, area: Area) -> Stretch {
        Stretch { range: range(start, end), shown: Shown::Moved { score: start as u32, area } }
    }

    #[track_caller]
    fn check(stretches: &[Stretch], within: Area, expected: &str) {
        let found = search(stretches, range(0, 100), within, 3);
        let at = |time: WallTime| time.ticks() / SECOND;
        let hits = found.hits.iter().map(|hit| format!("{}-{}:{}", at(hit.range.start), at(hit.range.end), hit.score));
        let lengths = [found.looked_at, found.unsure, found.not_looked_at].map(|length| length.ticks() / SECOND);
        assert_eq!(format!("{} {lengths:?} {}", hits.collect::<Vec<_>>().join(" "), found.more), expected);
    }

    #[test]
    fn what_touches_the_place_is_found() {
        let (left, right) = (area(0, 0, 5_000, 10_000), area(5_000, 0, 10_000, 10_000));
        let still = Stretch { range: range(10, 20), shown: Shown::Still };
        let unsure = Stretch { range: range(30, 40), shown: Shown::Unsure };
        let all = [moved(-5, 5, left), still, moved(20, 30, right), unsure, moved(90, 120, left)];
        check(&all, left, "0-5:4294967291 90-100:90 [35, 10, 55] false");
        check(&all, right, "20-30:20 [35, 10, 55] false");
        check(&all, area(4_999, 0, 5_001, 1), "0-5:4294967291 20-30:20 90-100:90 [35, 10, 55] false");
        check(&[], left, " [0, 0, 100] false");
    }

    #[test]
    fn what_follows_closely_is_one_hit_and_there_are_so_many_at_most() {
        let place = area(0, 0, 10, 10);
        let all: Vec<Stretch> =
            [(0, 2), (5, 6), (10, 11), (20, 21), (30, 31)].map(|(a, b)| moved(a, b, place)).to_vec();
        check(&all, place, "0-6:5 10-11:10 20-21:20 [6, 0, 94] true");
        let overlapping = [moved(0, 50, place), moved(40, 60, place)];
        check(&overlapping, place, "0-60:40 [60, 0, 40] false");
    }

    proptest! {
        /// The lengths add up, hits lie inside what was asked about, in order, and every movement that touches lies in one.
        #[test]
        fn any_search_adds_up(
            parts in prop::collection::vec((-15i64..20, 1i64..20, 0u8..3, 0u16..90, 0u16..90), 0..40), start in 0i64..50, length in 1i64..200,
            place in (0u16..90, 1u16..40),
        ) {
            let (mut at, mut last) = (-10, -10);
            let mut all = Vec::new();
            for (after, length, kind, left, top) in parts {
                // In order of their starts, which may lie inside the one before.
                let begins = (at + after).max(last);
                (last, at) = (begins, begins + length);
                let shown = match kind {
                    0 => Shown::Still,
                    1 => Shown::Unsure,
                    _ => Shown::Moved { score: 1, area: area(left, top, left + 10, top + 10) },
                };
                all.push(Stretch { range: range(begins, at), shown });
            }
            let (asked, within) = (range(start, start + length), area(place.0, place.0, place.0 + place.1, place.0 + place.1));
            let found = search(&all, asked, within, usize::MAX);
            prop_assert_eq!(found.looked_at + found.unsure + found.not_looked_at, asked.duration());
            prop_assert!(!found.more && found.not_looked_at >= WallDuration::ZERO);
            prop_assert!(found.hits.windows(2).all(|two| two[1].range.start - two[0].range.end > ONE_HIT));
            prop_assert!(found.hits.iter().all(|hit| hit.range.start >= asked.start && hit.range.end <= asked.end));
            for stretch in &all {
                let Shown::Moved { area, .. } = stretch.shown else { continue };
                if stretch.range.overlaps(&asked) && touch(area, within) {
                    prop_assert!(found.hits.iter().any(|hit| hit.range.overlaps(&stretch.range)));
                }
            }
        }
    }
}
