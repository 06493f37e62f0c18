//! What a trial found: the score over time, and stretches that leave no hole. Moments of pictures are wall-clock ticks here, because a trial
//! looks at footage whose place in time is known.

use candour_units::{MediaTime, WallDuration, WallRange, WallTime};

use crate::detector::{Finding, Observation};
use crate::search::{Shown, Stretch};
use crate::story::{Event, Report};
use crate::tile::tile;

/// The highest score of a step of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// From; the next one begins where it ends.
    pub start: WallTime,
    /// Pictures that were looked at. Nought: there is no footage, or none that could be decoded.
    pub pictures: u32,
    /// The highest score of its pictures, in hundredths of a level; 0 where nothing moved.
    pub score: u32,
    /// The largest extent of its pictures, in ten-thousandths of the watched picture.
    pub extent: u16,
    /// Of one of its pictures nothing can be said.
    pub unsure: bool,
}

/// Steps a trace has at most.
pub const MOST_STEPS: i64 = 3_600;

/// The score over `range` in steps of `step`, which is made longer where there would be more than [`MOST_STEPS`]. Pictures outside are left out.
#[must_use]
pub fn trace(seen: &[Observation], range: WallRange, step: WallDuration) -> Vec<Point> {
    let (length, least) = (range.duration().ticks(), step.ticks().max(1));
    let step = least.max(length.div_euclid(MOST_STEPS) + i64::from(length.rem_euclid(MOST_STEPS) > 0));
    let start = |at: i64| range.start.saturating_add(WallDuration::from_ticks(at * step));
    let count = length.div_euclid(step) + i64::from(length.rem_euclid(step) > 0);
    let empty = |at| Point { start: start(at), pictures: 0, score: 0, extent: 0, unsure: false };
    let mut points: Vec<Point> = (0..count).map(empty).collect();
    for one in seen.iter().filter(|one| range.contains(wall(one.at))) {
        let place = (wall(one.at) - range.start).ticks().div_euclid(step);
        let Some(point) = usize::try_from(place).ok().and_then(|place| points.get_mut(place)) else { continue };
        point.pictures = point.pictures.saturating_add(1);
        point.score = point.score.max(one.score);
        point.extent = point.extent.max(one.extent);
        point.unsure |= matches!(one.finding, Finding::Unsure(_));
    }
    points
}

/// What was found over `looked`, from the first picture to the last, as stretches without a hole.
#[must_use]
pub fn stretches(report: &Report, looked: WallRange) -> Vec<Stretch> {
    let within = |start: MediaTime, end: MediaTime| {
        let clip = |at: MediaTime| wall(at).clamp(looked.start, looked.end);
        WallRange::new(clip(start), clip(end))
    };
    let of = |event: &Event| Shown::Moved { score: event.score, area: event.area };
    let moved = report.events.iter().filter_map(|event| Some((within(event.start, event.end)?, of(event))));
    let doubted = report.doubts.iter().filter_map(|doubt| Some((within(doubt.start, doubt.end)?, Shown::Unsure)));
    let tiled = tile(looked, moved.collect(), doubted.collect(), Shown::Still);
    tiled.into_iter().map(|(range, shown)| Stretch { range, shown }).collect()
}

fn wall(at: MediaTime) -> WallTime {
    WallTime::from_ticks(at.ticks())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detector::Doubt;
    use crate::grid::Area;
    use crate::interval::Interval;

    const SECOND: i64 = 90_000;

    fn range(start: i64, end: i64) -> WallRange {
        WallRange { start: WallTime::from_ticks(start * SECOND), end: WallTime::from_ticks(end * SECOND) }
    }

    fn seen(tenths: i64, score: u32, finding: Finding) -> Observation {
        let at = MediaTime::from_ticks(tenths * SECOND / 10);
        Observation { at, finding, score, extent: score as u16 / 10, area: None }
    }

    #[test]
    fn a_second_has_the_highest_score_of_its_pictures() {
        let pictures = [
            seen(99, 900, Finding::Moving),
            seen(100, 0, Finding::Still),
            seen(104, 700, Finding::Moving),
            seen(108, 300, Finding::Moving),
            seen(120, 0, Finding::Unsure(Doubt::Dark)),
            seen(130, 800, Finding::Moving),
        ];
        let points = trace(&pictures, range(10, 13), WallDuration::from_seconds(1));
        let told: Vec<_> =
            points.iter().map(|point| (point.pictures, point.score, point.extent, point.unsure)).collect();
        assert_eq!(told, [(3, 700, 70, false), (0, 0, 0, false), (1, 0, 0, true)]);
        assert_eq!(points[1].start, WallTime::from_ticks(11 * SECOND));
    }

    #[test]
    fn a_long_time_has_longer_steps() {
        assert_eq!(trace(&[], range(0, 3_600), WallDuration::from_seconds(1)).len(), 3_600);
        assert_eq!(trace(&[], range(0, 7_200), WallDuration::from_seconds(1)).len(), 3_600);
        assert_eq!(trace(&[], range(5, 5), WallDuration::from_seconds(1)).len(), 0);
    }

    #[test]
    fn motion_lies_over_doubt_over_stillness() {
        let time = |second: i64| MediaTime::from_ticks(second * SECOND);
        let area = Area { left: 1, top: 2, right: 3, bottom: 4 };
        let report = Report {
            events: vec![Event { start: time(12), end: time(14), score: 9, extent: 1, area }],
            doubts: vec![Interval { start: time(8), end: time(13) }],
        };
        let told: Vec<_> = stretches(&report, range(10, 20)).iter().map(|one| (one.range, one.shown)).collect();
        let moved = Shown::Moved { score: 9, area };
        assert_eq!(told, [(range(10, 12), Shown::Unsure), (range(12, 14), moved), (range(14, 20), Shown::Still)]);
    }

    proptest! {
        /// Every picture of the range is in exactly one step, and no step says more than its pictures.
        #[test]
        fn every_picture_counts_once(at in prop::collection::vec((0i64..400, 0u32..500), 0..60), from in 0i64..20, length in 1i64..20, step in 1i64..200) {
            let pictures: Vec<_> = at.iter().map(|(tenth, score)| seen(*tenth, *score, Finding::Moving)).collect();
            let asked = range(from, from + length);
            let points = trace(&pictures, asked, WallDuration::from_ticks(step * 1_000));
            let inside: Vec<_> = at.iter().filter(|(tenth, _)| (from * 10..(from + length) * 10).contains(tenth)).collect();
            prop_assert_eq!(points.iter().map(|point| point.pictures as usize).sum::<usize>(), inside.len());
            prop_assert_eq!(points.iter().map(|point| point.score).max().unwrap_or(0), inside.iter().map(|(_, score)| *score).max().unwrap_or(0));
            prop_assert!(points.windows(2).all(|two| two[0].start < two[1].start));
            prop_assert!(points.iter().all(|point| asked.contains(point.start)));
        }
    }
}
