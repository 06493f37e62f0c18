//! From findings in single pictures to events and doubts.

use candour_units::MediaTime;

use crate::detector::TICKS_PER_MS;
use crate::grid::Area;
use crate::interval::{Interval, merge};
use crate::{Finding, Observation, Settings};

/// How far two findings may lie apart in the picture and still be one movement, in ten-thousandths.
const NEAR: u16 = 800;

/// Something moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The first picture in which it moved.
    pub start: MediaTime,
    /// The last picture in which it moved.
    pub end: MediaTime,
    /// The highest score of its pictures; see [`Observation::score`].
    pub score: u32,
    /// The largest extent of its pictures; see [`Observation::extent`].
    pub extent: u16,
    /// The rectangle around everything that moved.
    pub area: Area,
}

/// All of a stretch of footage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// By time, never overlapping.
    pub events: Vec<Event>,
    /// Stretches about which nothing can be said, by time, never overlapping; each begins at the picture before the doubt.
    pub doubts: Vec<Interval>,
}

/// Joins observations. A movement counts when pictures close together in time show it close together in the picture: two where it is
/// large, three else. What a key frame, a drop of rain or a switched lamp changes, it changes once.
#[derive(Debug, Clone)]
pub struct Story {
    settings: Settings,
    before: Option<MediaTime>,
    chain: Option<Chain>,
    open: Option<Event>,
    report: Report,
}

/// Pictures that moved, each close to the one before in time and place.
#[derive(Debug, Clone, Copy)]
struct Chain {
    all: Event,
    last: (MediaTime, Area),
    pictures: u32,
    /// Still pictures since the last of them.
    quiet: u32,
}

impl Story {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, before: None, chain: None, open: None, report: Report::default() }
    }

    /// Takes the next observation; they come by growing time. Gives an event when one is over.
    pub fn push(&mut self, seen: Observation) -> Option<Event> {
        if matches!(seen.finding, Finding::Unsure(_)) {
            self.doubt(Interval { start: self.before.unwrap_or(seen.at), end: seen.at });
        }
        let closed = self.open.filter(|open| apart_ms(open.end, seen.at) > i64::from(self.settings.merge_ms));
        if closed.is_some() {
            self.close();
        }
        if let Some(area) = seen.area {
            let chain = self.chain.filter(|chain| self.joins(chain, seen.at, area));
            let chain = chain.map_or_else(|| Chain::new(&seen, area), |chain| chain.and(&seen, area));
            if chain.counts(&self.settings) {
                self.open = Some(self.open.map_or(chain.all, |open| open.and(&chain.all)));
            }
            self.chain = Some(chain);
        } else if let Some(chain) = &mut self.chain {
            chain.quiet = chain.quiet.saturating_add(1);
        }
        self.before = Some(seen.at);
        closed
    }

    /// Whether something is moving that is not over yet.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.open.is_some()
    }

    /// Gives what was found since the last time, and forgets it: whoever looks for days must not remember them. A movement that is not over
    /// is told up to its last picture, and from there on the next time.
    pub fn take(&mut self) -> Report {
        let going_on = self.open;
        self.close();
        self.open = going_on.map(|open| Event { start: open.end, score: 0, extent: 0, ..open });
        let settings = self.settings;
        if let Some(chain) = self.chain.as_mut().filter(|chain| chain.counts(&settings)) {
            // Where it moved before is told.
            chain.pictures = 3;
            chain.all = Event { start: chain.last.0, end: chain.last.0, score: 0, extent: 0, area: chain.last.1 };
        }
        std::mem::take(&mut self.report)
    }

    /// Everything up to here; what is not over ends with its last picture.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.close();
        self.report
    }

    /// The open event is over. What was told up to its last picture already has nothing left to tell.
    fn close(&mut self) {
        self.report.events.extend(self.open.take().filter(|event| event.start < event.end));
    }

    fn joins(&self, chain: &Chain, at: MediaTime, area: Area) -> bool {
        let in_time = chain.quiet == 0 || apart_ms(chain.last.0, at) <= i64::from(self.settings.confirm_ms);
        in_time && chain.last.1.touches(area, NEAR)
    }

    fn doubt(&mut self, doubt: Interval) {
        let last = self.report.doubts.pop();
        self.report.doubts.extend(merge(last.into_iter().chain([doubt]), 0));
    }
}

impl Chain {
    fn new(seen: &Observation, area: Area) -> Self {
        let all = Event { start: seen.at, end: seen.at, score: seen.score, extent: seen.extent, area };
        Self { all, last: (seen.at, area), pictures: 1, quiet: 0 }
    }

    fn and(self, seen: &Observation, area: Area) -> Self {
        let next = Self::new(seen, area);
        Self { all: self.all.and(&next.all), pictures: self.pictures.saturating_add(1), ..next }
    }

    fn counts(&self, settings: &Settings) -> bool {
        self.pictures >= if self.all.extent >= settings.large_extent { 2 } else { 3 }
    }
}

impl Event {
    /// Both as one.
    fn and(self, other: &Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
            score: self.score.max(other.score),
            extent: self.extent.max(other.extent),
            area: self.area.around(other.area),
        }
    }
}

fn apart_ms(earlier: MediaTime, later: MediaTime) -> i64 {
    later.ticks().saturating_sub(earlier.ticks()) / TICKS_PER_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pictures a fifth of a second apart, or further; each shows something somewhere, nothing, or leaves a doubt.
    fn seen() -> impl Strategy<Value = Vec<(Observation, bool)>> {
        let one = (prop_oneof![9 => Just(200i64), 1 => 200i64..3_000], 0u8..10, 0u16..4, 0u16..200, any::<bool>());
        proptest::collection::vec(one, 0..120).prop_map(|drawn| {
            let mut at = 0;
            let seen = drawn.into_iter().map(|(after_ms, what, place, extent, takes)| {
                at += after_ms * TICKS_PER_MS;
                let left = place * 2_500;
                let area = (what < 6).then_some(Area { left, top: 0, right: left + 500, bottom: 500 });
                let finding = match what {
                    0..6 => Finding::Moving,
                    9 => Finding::Unsure(crate::Doubt::Dark),
                    _ => Finding::Still,
                };
                let extent = if area.is_some() { extent } else { 0 };
                (Observation { at: MediaTime::from_ticks(at), finding, score: u32::from(extent), extent, area }, takes)
            });
            seen.collect()
        })
    }

    fn moments(report: &Report) -> Vec<Interval> {
        merge(report.events.iter().map(|event| Interval { start: event.start, end: event.end }), 0)
    }

    proptest! {
        /// Told piece by piece it is the same story: the same moments moved, the same were in doubt.
        #[test]
        fn pieces_are_the_whole(seen in seen()) {
            let (mut whole, mut pieces) = (Story::new(Settings::default()), Story::new(Settings::default()));
            let mut told = Report::default();
            for (seen, takes) in seen {
                whole.push(seen);
                pieces.push(seen);
                if takes {
                    let piece = pieces.take();
                    told.events.extend(piece.events);
                    told.doubts.extend(piece.doubts);
                }
            }
            let rest = pieces.finish();
            told.events.extend(rest.events);
            told.doubts.extend(rest.doubts);
            let whole = whole.finish();
            prop_assert_eq!(moments(&told), moments(&whole));
            prop_assert_eq!(merge(told.doubts, 0), whole.doubts);
        }
    }
}
