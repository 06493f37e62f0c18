//! What was found between two moments, as stretches that leave no hole. Pure.

use candour_motion::{Event, Report, tile};
use candour_units::{CameraId, MediaTime, WallDuration, WallRange, WallTime};

/// A stretch is told in one piece up to this length.
pub(super) const LONGEST: WallDuration = WallDuration::from_seconds(60);

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubted {
    /// The picture does not tell: dark, changed as a whole, or new.
    Picture,
    /// More came than could be looked at.
    Behind,
    /// The decoder ended, or none runs.
    Decoder,
    /// The stream ended too many decoders and is given to none any more.
    Barred,
    /// What came is no picture, or none that can be decoded.
    NoPicture,
}

impl Doubted {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Behind => "behind",
            Self::Decoder => "decoder",
            Self::Barred => "barred",
            Self::NoPicture => "no_picture",
        }
    }
}

/// What a stretch of time showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It was looked at, and nothing moved.
    Still {
        /// In at least five pictures of every second; only that may shorten a life.
        throughout: bool,
    },
    /// Something moved.
    Moved {
        /// How far what moved lay outside what its place may show, in hundredths of a level of brightness, at most.
        score: u32,
        /// The share of the watched picture that moved, in ten-thousandths, at most.
        extent: u16,
        /// Left, top, right and bottom of the rectangle around it, in ten-thousandths of the picture.
        area: [u16; 4],
    },
    /// Nothing can be said, and why.
    Unsure(Doubted),
}

impl What {
    fn of(event: &Event) -> Self {
        let area = [event.area.left, event.area.top, event.area.right, event.area.bottom];
        Self::Moved { score: event.score, extent: event.extent, area }
    }

    /// Both as one stretch; `None` where they are of different kinds.
    fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (
                Self::Moved { score, extent, area },
                Self::Moved { score: score2, extent: extent2, area: [l, t, r, b] },
            ) => {
                let area = [area[0].min(l), area[1].min(t), area[2].max(r), area[3].max(b)];
                Some(Self::Moved { score: score.max(score2), extent: extent.max(extent2), area })
            }
            (one, other) if one == other => Some(one),
            _ => None,
        }
    }
}

/// A stretch of a camera's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Of which camera.
    pub camera: CameraId,
    /// From, to; at most a minute.
    pub range: WallRange,
    /// What it showed.
    pub what: What,
}

/// Media times of one run on the wall clock: where its newest sample stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    pub(super) media: MediaTime,
    pub(super) wall: WallTime,
}

impl Anchor {
    pub(super) fn wall_of(self, media: MediaTime) -> WallTime {
        self.wall - WallDuration::from_ticks(self.media.ticks().saturating_sub(media.ticks()))
    }
}

/// Tiles `range`: what moved, over what is in doubt, over what was `still`.
pub(super) fn tiles(range: WallRange, report: &Report, anchor: Anchor, still: What) -> Vec<(WallRange, What)> {
    let within = |start: MediaTime, end: MediaTime| {
        let clip = |at: WallTime| at.clamp(range.start, range.end);
        WallRange::new(clip(anchor.wall_of(start)), clip(anchor.wall_of(end)))
    };
    let moved = report.events.iter().filter_map(|event| Some((within(event.start, event.end)?, What::of(event))));
    let doubted = report.doubts.iter();
    let doubted = doubted.filter_map(|doubt| Some((within(doubt.start, doubt.end)?, What::Unsure(Doubted::Picture))));
    tile(range, moved.collect(), doubted.collect(), still)
}

/// Joins what is told one after the other, so that an hour in which nothing moves is sixty stretches and not thousands. A stretch that
/// grows is told again with the same start.
#[derive(Debug)]
pub(super) struct Joiner {
    camera: CameraId,
    last: Option<(WallRange, What)>,
}

impl Joiner {
    pub(super) fn new(camera: CameraId) -> Self {
        Self { camera, last: None }
    }

    /// Gives what is to be stored for a stretch that follows: all of it, in pieces of a minute at most.
    pub(super) fn push(&mut self, range: WallRange, what: What, told: &mut Vec<Found>) {
        let mut range = range;
        if let Some((last, before)) = self.last
            && last.end == range.start
            && let Some(both) = before.and(what)
            && range.end - last.start <= LONGEST
        {
            return self.tell(WallRange { start: last.start, end: range.end }, both, told);
        }
        while range.end - range.start > LONGEST {
            self.tell(WallRange { start: range.start, end: range.start + LONGEST }, what, told);
            range.start = range.start + LONGEST;
        }
        self.tell(range, what, told);
    }

    fn tell(&mut self, range: WallRange, what: What, told: &mut Vec<Found>) {
        self.last = Some((range, what));
        let found = Found { camera: self.camera, range, what };
        match told.last_mut() {
            // The longer one says all that the shorter one did.
            Some(last) if last.camera == self.camera && last.range.start == range.start => *last = found,
            _ => told.push(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use candour_motion::{Area, Interval};
    use proptest::prelude::*;

    use super::*;

    fn wall(ticks: i64) -> WallTime {
        WallTime::from_ticks(1_000_000 + ticks)
    }

    fn anchor() -> Anchor {
        Anchor { media: MediaTime::from_ticks(500), wall: wall(500) }
    }

    fn event(start: i64, end: i64) -> Event {
        let area = Area { left: 1, top: 2, right: 3, bottom: 4 };
        let [start, end] = [start, end].map(MediaTime::from_ticks);
        Event { start, end, score: 100, extent: 5, area }
    }

    fn doubt(start: i64, end: i64) -> Interval {
        Interval { start: MediaTime::from_ticks(start), end: MediaTime::from_ticks(end) }
    }

    fn letter(what: &What) -> char {
        match what {
            What::Still { .. } => 's',
            What::Moved { .. } => 'm',
            What::Unsure(_) => 'u',
        }
    }

    #[track_caller]
    fn check(events: &[Event], doubts: &[Interval], expected: &str) {
        let report = Report { events: events.to_vec(), doubts: doubts.to_vec() };
        let still = What::Still { throughout: true };
        let found = tiles(WallRange { start: wall(0), end: wall(100) }, &report, anchor(), still);
        let said: Vec<_> = found
            .iter()
            .map(|(part, what)| {
                let of = |at: WallTime| (at - wall(0)).ticks();
                format!("{}{}-{}", letter(what), of(part.start), of(part.end))
            })
            .collect();
        assert_eq!(said.join(" "), expected);
    }

    #[test]
    fn motion_lies_over_doubt_over_stillness() {
        check(&[], &[], "s0-100");
        check(&[event(20, 30)], &[], "s0-20 m20-30 s30-100");
        check(&[event(-50, 10), event(90, 400)], &[], "m0-10 s10-90 m90-100");
        check(&[event(20, 30)], &[doubt(10, 40)], "s0-10 u10-20 m20-30 u30-40 s40-100");
        check(&[event(20, 60)], &[doubt(10, 40), doubt(50, 70)], "s0-10 u10-20 m20-60 u60-70 s70-100");
        check(&[event(200, 300)], &[doubt(-20, -10)], "s0-100");
    }

    proptest! {
        #[test]
        fn nothing_is_left_out_and_nothing_twice(
            moves in prop::collection::vec((0i64..30, 1i64..40), 0..8),
            doubts in prop::collection::vec((0i64..30, 1i64..40), 0..8),
        ) {
            let in_order = |lengths: &[(i64, i64)]| {
                let mut at = -20;
                lengths.iter().map(|(after, length)| { let start = at + after; at = start + length; (start, at) }).collect::<Vec<_>>()
            };
            let (moves, doubts) = (in_order(&moves), in_order(&doubts));
            let report = Report {
                events: moves.iter().map(|(start, end)| event(*start, *end)).collect(),
                doubts: doubts.iter().map(|(start, end)| doubt(*start, *end)).collect(),
            };
            let range = WallRange { start: wall(0), end: wall(100) };
            let found = tiles(range, &report, anchor(), What::Still { throughout: false });
            prop_assert_eq!(found.first().map(|(part, _)| part.start), Some(range.start));
            prop_assert_eq!(found.last().map(|(part, _)| part.end), Some(range.end));
            prop_assert!(found.windows(2).all(|two| two[0].0.end == two[1].0.start));
            prop_assert!(found.iter().all(|(part, _)| part.start < part.end));
            for moment in 0..100 {
                let holds = |(start, end): &(i64, i64)| (*start..*end).contains(&moment);
                let expected = if moves.iter().any(holds) { 'm' } else if doubts.iter().any(holds) { 'u' } else { 's' };
                let shown = found.iter().find(|(part, _)| part.contains(wall(moment))).expect("they tile");
                prop_assert_eq!(letter(&shown.1), expected, "{}", moment);
            }
        }

        /// Stored by camera and start, the last one told counting, the stretches are the same moments as were pushed, each a minute at most.
        #[test]
        fn joined_stretches_are_the_same_moments(parts in prop::collection::vec((1i64..9_000_000, 0u8..3), 1..40)) {
            let mut joiner = Joiner::new(CameraId::from_bytes([1; 16]));
            let (mut at, mut told, mut pushed) = (0, Vec::new(), Vec::new());
            for (length, kind) in parts {
                let what = match kind {
                    0 => What::Still { throughout: true },
                    1 => What::of(&event(0, 1)),
                    _ => What::Unsure(Doubted::Picture),
                };
                let range = WallRange { start: wall(at), end: wall(at + length) };
                at += length;
                joiner.push(range, what, &mut told);
                pushed.push((range, letter(&what)));
            }
            let stored: std::collections::BTreeMap<_, _> = told.iter().map(|found| (found.range.start, found)).collect();
            let stored: Vec<_> = stored.into_values().collect();
            prop_assert!(stored.iter().all(|found| found.range.end - found.range.start <= LONGEST));
            prop_assert!(stored.windows(2).all(|two| two[0].range.end == two[1].range.start));
            prop_assert_eq!(stored.first().map(|found| found.range.start), Some(wall(0)));
            prop_assert_eq!(stored.last().map(|found| found.range.end), Some(wall(at)));
            for (range, kind) in pushed {
                let shown = stored.iter().find(|found| found.range.contains(range.start)).expect("they tile");
                prop_assert_eq!(letter(&shown.what), kind);
            }
        }
    }
}
