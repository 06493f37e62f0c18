//! Whether nothing moved in a piece of footage, and when that may shorten its life. Analysis only ever shortens, and only by a positive
//! finding over the whole of it; whatever is missing, in doubt or late means the full life.

use candour_units::{WallDuration, WallRange, WallTime};

/// Findings are asked for so long before and after the footage: pictures of two streams of a camera do not arrive at one moment, and a
/// movement is known as one only by the pictures around it.
pub const MARGIN: WallDuration = WallDuration::from_seconds(1);
/// Of so many pieces in which nothing moved, one is drawn to be looked at again.
pub const ONE_IN: u64 = 100;
/// Nothing is shortened any more when more than one in so many second looks finds what the first one missed: half of a hundredth.
const MOST_MISSED_ONE_IN: u64 = 200;

/// What a stretch of time showed, as far as the life of footage depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    /// Nothing moved, in at least five pictures of every second.
    Stillness,
    /// Something moved.
    Motion,
    /// Nothing can be said, or too few pictures were looked at.
    Nothing,
}

/// A stretch of a camera's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// From, to.
    pub range: WallRange,
    /// What it showed.
    pub shown: Shown,
}

/// Why footage is not shown to be still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotStill {
    /// Something moved in it.
    Moved,
    /// Of some of it nothing can be said.
    Doubtful,
    /// Nobody looked from this moment on.
    Unseen(WallTime),
}

/// What is asked of findings about footage of `interval`: it and the time around it.
#[must_use]
pub fn around(interval: WallRange) -> WallRange {
    WallRange { start: interval.start - MARGIN, end: interval.end.saturating_add(MARGIN) }
}

/// Whether nothing moved in footage of `interval`: findings must tile it and the time around it, and each must say so. `seen` is in any
/// order and may overlap.
///
/// # Errors
/// [`NotStill`]: then it lives its full life.
pub fn still(interval: WallRange, seen: &[Seen]) -> Result<(), NotStill> {
    let asked = around(interval);
    let mut about: Vec<Seen> = seen.iter().filter(|seen| seen.range.overlaps(&asked)).copied().collect();
    if about.iter().any(|seen| seen.shown == Shown::Motion) {
        return Err(NotStill::Moved);
    }
    if about.iter().any(|seen| seen.shown == Shown::Nothing) {
        return Err(NotStill::Doubtful);
    }
    about.sort_by_key(|seen| seen.range.start);
    let mut shown_to = asked.start;
    for seen in about {
        if seen.range.start > shown_to {
            break;
        }
        shown_to = shown_to.max(seen.range.end);
    }
    if shown_to < asked.end { Err(NotStill::Unseen(shown_to)) } else { Ok(()) }
}

/// Whether still footage is drawn to be looked at again; `random` is evenly spread.
#[must_use]
pub const fn is_drawn(random: u64) -> bool {
    random.is_multiple_of(ONE_IN)
}

/// How second looks have gone since a person last let lives be shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecondLooks {
    /// Those that came to an answer.
    pub checked: u64,
    /// Those that found motion.
    pub missed: u64,
}

impl SecondLooks {
    /// One more.
    #[must_use]
    pub const fn and(self, missed: bool) -> Self {
        Self { checked: self.checked.saturating_add(1), missed: self.missed.saturating_add(missed as u64) }
    }

    /// Whether shortening stops by itself: more than half of a hundredth were missed.
    #[must_use]
    pub const fn stop(self) -> bool {
        self.missed.saturating_mul(MOST_MISSED_ONE_IN) > self.checked
    }

    /// The share that is missed, and between which shares it lies with 95 % confidence (E. B. Wilson's score interval, 1927). `None`
    /// before the first answer.
    #[must_use]
    pub fn rate(self) -> Option<MissRate> {
        if self.checked == 0 {
            return None;
        }
        let (n, share) = (self.checked as f64, self.missed as f64 / self.checked as f64);
        let z2 = 1.959_964_f64 * 1.959_964;
        let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = (z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))).sqrt() / (1.0 + z2 / n);
        Some(MissRate { share, least: (middle - half).max(0.0), most: (middle + half).min(1.0) })
    }
}

/// A share between 0 and 1 and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissRate {
    /// As counted.
    pub share: f64,
    /// The true one is hardly smaller.
    pub least: f64,
    /// The true one is hardly larger.
    pub most: f64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ticks: i64) -> WallTime {
        WallTime::from_ticks(1_000_000_000 + ticks)
    }

    const SECOND: i64 = 90_000;

    fn seen(start: i64, end: i64, shown: Shown) -> Seen {
        Seen { range: WallRange { start: at(start * SECOND), end: at(end * SECOND) }, shown }
    }

    /// Footage from second 10 to 70.
    #[track_caller]
    fn check(findings: &[Seen], expected: Result<(), NotStill>) {
        let interval = WallRange { start: at(10 * SECOND), end: at(70 * SECOND) };
        assert_eq!(still(interval, findings), expected);
    }

    #[test]
    fn only_stillness_without_a_hole_is_still() {
        use Shown::{Motion, Nothing, Stillness};
        check(&[seen(0, 60, Stillness), seen(60, 90, Stillness)], Ok(()));
        check(&[seen(60, 71, Stillness), seen(9, 60, Stillness)], Ok(()));
        check(&[], Err(NotStill::Unseen(at(9 * SECOND))));
        check(&[seen(10, 90, Stillness)], Err(NotStill::Unseen(at(9 * SECOND))));
        check(&[seen(0, 40, Stillness), seen(41, 90, Stillness)], Err(NotStill::Unseen(at(40 * SECOND))));
        check(&[seen(0, 70, Stillness)], Err(NotStill::Unseen(at(70 * SECOND))));
        check(&[seen(0, 90, Stillness), seen(69, 70, Motion)], Err(NotStill::Moved));
        check(&[seen(0, 70, Stillness), seen(70, 90, Motion)], Err(NotStill::Moved));
        check(&[seen(0, 70, Stillness), seen(70, 90, Nothing)], Err(NotStill::Doubtful));
        check(&[seen(0, 71, Stillness), seen(71, 90, Motion)], Ok(()));
    }

    #[test]
    fn one_miss_in_two_hundred_is_the_most() {
        let of = |missed, checked| SecondLooks { missed, checked };
        assert!(!of(0, 0).stop() && !of(0, 1000).stop() && !of(1, 200).stop() && !of(5, 1000).stop());
        assert!(of(1, 1).stop() && of(1, 199).stop() && of(6, 1199).stop());
        assert_eq!(SecondLooks::default().and(true).and(false), of(1, 2));
    }

    /// Against the published values of the interval: 0 of 10 is 0 to 0.2775, 1 of 10 is 0.0179 to 0.4042.
    #[test]
    fn the_confidence_is_wilsons() {
        assert_eq!(SecondLooks::default().rate(), None);
        let of = |missed, checked| SecondLooks { missed, checked }.rate().expect("some were checked");
        let near = |a: f64, b: f64| (a - b).abs() < 0.0001;
        let none = of(0, 10);
        assert!(near(none.share, 0.0) && near(none.least, 0.0) && near(none.most, 0.2775), "{none:?}");
        let one = of(1, 10);
        assert!(near(one.share, 0.1) && near(one.least, 0.0179) && near(one.most, 0.4042), "{one:?}");
    }

    fn shown() -> impl Strategy<Value = Shown> {
        prop_oneof![8 => Just(Shown::Stillness), 1 => Just(Shown::Motion), 1 => Just(Shown::Nothing)]
    }

    proptest! {
        /// Held against every moment by itself: still is what every moment shows, and nothing else. Faults of any kind (a stretch that is
        /// missing, late, doubtful, told twice or out of order) end in the full life.
        #[test]
        fn still_is_what_every_moment_shows(
            findings in prop::collection::vec((0i64..30, 1i64..40, shown()), 0..8),
            start in 2i64..12,
            length in 1i64..12,
        ) {
            let findings: Vec<Seen> =
                findings.iter().map(|(start, length, shown)| seen(*start, start + length, *shown)).collect();
            let interval = WallRange { start: at(start * SECOND), end: at((start + length) * SECOND) };
            let moments = (start - 1) * 2..(start + length + 1) * 2;
            let every = moments.into_iter().all(|half| {
                let moment = at(half * SECOND / 2);
                let mut about = findings.iter().filter(|seen| seen.range.contains(moment)).peekable();
                about.peek().is_some() && about.all(|seen| seen.shown == Shown::Stillness)
            });
            prop_assert_eq!(still(interval, &findings).is_ok(), every);
        }

        /// Losing a finding of stillness, or turning one into motion or doubt, never makes footage still.
        #[test]
        fn less_is_never_more(
            findings in prop::collection::vec((0i64..30, 1i64..40, shown()), 1..8),
            lost: prop::sample::Index,
            becomes in prop::option::of(prop_oneof![Just(Shown::Motion), Just(Shown::Nothing)]),
        ) {
            let mut findings: Vec<Seen> =
                findings.iter().map(|(start, length, shown)| seen(*start, start + length, *shown)).collect();
            let interval = WallRange { start: at(5 * SECOND), end: at(9 * SECOND) };
            let before = still(interval, &findings).is_ok();
            let place = lost.index(findings.len());
            match becomes {
                Some(shown) => findings[place].shown = shown,
                None if findings[place].shown == Shown::Stillness => drop(findings.remove(place)),
                None => {}
            }
            prop_assert!(before || still(interval, &findings).is_err());
        }

        #[test]
        fn the_rate_lies_within_its_bounds(missed in 0u64..50, more in 0u64..5_000) {
            let rate = SecondLooks { missed, checked: missed + more }.rate();
            if let Some(MissRate { share, least, most }) = rate {
                prop_assert!(0.0 <= least && least <= share + 1e-12 && share <= most + 1e-12 && most <= 1.0);
            }
        }
    }
}
