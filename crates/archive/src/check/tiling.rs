//! The time of one stream: footage, gaps and certificates must tile it. Pure: spans in order of their start go in, one by
//! one, so that the rows of months need no memory.

use candour_units::{WallRange, WallTime};

/// Two spans that lie no further apart than this (in ticks) touch: rounding, not missing time.
const JOINT: i64 = 1;

/// What a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// A segment that is there, or should be.
    Footage,
    /// A certificate.
    Certificate,
    /// A gap; one that tells of loss found in footage lies over the footage, and is [`Layer::Loss`].
    Gap,
    /// Footage that was found to be lost.
    Loss,
}

/// A stretch of time with a reason; without an end it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: WallTime,
    pub(crate) end: Option<WallTime>,
    pub(crate) layer: Layer,
}

/// What does not tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untiled {
    /// Nothing covers it.
    Hidden(WallRange),
    /// Nothing follows what ends here.
    Ends(WallTime),
    /// A gap lies over footage.
    Overlap {
        /// The time both claim.
        shared: WallRange,
        /// Where the gap begins: with the stream, its name.
        gap: WallTime,
    },
}

/// The sweep over one stream.
#[derive(Debug, Default)]
pub(crate) struct Tiling {
    covered: Option<Covered>,
    footage_end: Option<WallTime>,
    /// The gap that reaches furthest: its start, and its end if it has one.
    gap: Option<(WallTime, Option<WallTime>)>,
}

#[derive(Debug, Clone, Copy)]
enum Covered {
    Until(WallTime),
    /// A gap without an end.
    Lasting,
}

impl Tiling {
    /// The next span; `start` never goes back.
    pub(crate) fn next(&mut self, stretch: Stretch) -> Vec<Untiled> {
        let mut found = Vec::new();
        if let Some(Covered::Until(end)) = self.covered
            && (stretch.start - end).ticks() > JOINT
            && let Some(hidden) = WallRange::new(end, stretch.start)
        {
            found.push(Untiled::Hidden(hidden));
        }
        found.extend(self.overlap(&stretch));
        self.covered = Some(match (self.covered, stretch.end) {
            (Some(Covered::Lasting), _) | (_, None) => Covered::Lasting,
            (Some(Covered::Until(before)), Some(end)) => Covered::Until(before.max(end)),
            (None, Some(end)) => Covered::Until(end),
        });
        found
    }

    fn overlap(&mut self, stretch: &Stretch) -> Option<Untiled> {
        match stretch.layer {
            Layer::Footage => {
                let end = stretch.end.unwrap_or(stretch.start);
                let over = self.gap.and_then(|(gap, gap_end)| {
                    let shared_end = gap_end.map_or(end, |gap_end| gap_end.min(end));
                    over(stretch.start, shared_end, gap)
                });
                self.footage_end = self.footage_end.max(Some(end));
                over
            }
            Layer::Gap => {
                let over = self.footage_end.and_then(|footage| {
                    let shared_end = stretch.end.map_or(footage, |end| end.min(footage));
                    over(stretch.start, shared_end, stretch.start)
                });
                let reaches = |end: Option<WallTime>| end.map_or((1, WallTime::from_ticks(0)), |end| (0, end));
                if self.gap.is_none_or(|(_, end)| reaches(stretch.end) > reaches(end)) {
                    self.gap = Some((stretch.start, stretch.end));
                }
                over
            }
            Layer::Certificate | Layer::Loss => None,
        }
    }

    /// There is nothing more. What lasts covers the rest; else the stream ends without a word.
    pub(crate) fn finish(self) -> Option<Untiled> {
        match self.covered {
            Some(Covered::Until(end)) => Some(Untiled::Ends(end)),
            Some(Covered::Lasting) | None => None,
        }
    }
}

fn over(start: WallTime, end: WallTime, gap: WallTime) -> Option<Untiled> {
    let shared = WallRange::new(start, end).filter(|shared| shared.duration().ticks() > JOINT)?;
    Some(Untiled::Overlap { shared, gap })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ticks: i64) -> WallTime {
        WallTime::from_ticks(ticks)
    }

    fn stretch(layer: Layer, start: i64, end: i64) -> Stretch {
        Stretch { start: at(start), end: (end > 0).then(|| at(end)), layer }
    }

    fn hidden(start: i64, end: i64) -> Untiled {
        Untiled::Hidden(WallRange { start: at(start), end: at(end) })
    }

    #[track_caller]
    fn check(stretches: &[Stretch], expected: &[Untiled]) {
        let mut tiling = Tiling::default();
        let mut found: Vec<Untiled> = stretches.iter().flat_map(|stretch| tiling.next(*stretch)).collect();
        found.extend(tiling.finish());
        assert_eq!(found, expected);
    }

    use Layer::{Certificate, Footage, Gap, Loss};

    #[test]
    fn time_is_tiled_or_the_hole_is_named() {
        check(&[], &[]);
        check(&[stretch(Footage, 10, 20), stretch(Gap, 20, 0)], &[]);
        check(&[stretch(Footage, 10, 20), stretch(Footage, 21, 30), stretch(Gap, 30, 0)], &[]);
        check(&[stretch(Footage, 10, 20), stretch(Footage, 25, 30), stretch(Gap, 30, 0)], &[hidden(20, 25)]);
        check(
            &[stretch(Certificate, 10, 20), stretch(Gap, 20, 25), stretch(Footage, 25, 30)],
            &[Untiled::Ends(at(30))],
        );
        // A short span inside a long one hides nothing and opens nothing.
        check(&[stretch(Footage, 10, 40), stretch(Loss, 12, 14), stretch(Gap, 40, 0)], &[]);
        check(&[stretch(Footage, 10, 40), stretch(Loss, 12, 14), stretch(Gap, 50, 0)], &[hidden(40, 50)]);
    }

    #[test]
    fn a_gap_over_footage_is_named() {
        let overlap =
            |start, end, gap| Untiled::Overlap { shared: WallRange { start: at(start), end: at(end) }, gap: at(gap) };
        check(&[stretch(Footage, 10, 20), stretch(Gap, 15, 0)], &[overlap(15, 20, 15)]);
        check(&[stretch(Gap, 10, 20), stretch(Footage, 15, 30), stretch(Gap, 30, 0)], &[overlap(15, 20, 10)]);
        check(&[stretch(Gap, 10, 0), stretch(Footage, 15, 30)], &[overlap(15, 30, 10)]);
        check(&[stretch(Footage, 10, 20), stretch(Loss, 15, 18), stretch(Gap, 20, 0)], &[]);
    }

    proptest! {
        /// Against a slow model: a moment is hidden exactly when no span covers it.
        #[test]
        fn hidden_time_is_what_nothing_covers(mut spans in proptest::collection::vec((0_i64..100, 2_i64..20, 0_usize..4), 1..20)) {
            spans.sort_unstable();
            let layers = [Footage, Certificate, Gap, Loss];
            let mut tiling = Tiling::default();
            let mut found: Vec<Untiled> = Vec::new();
            for (start, len, layer) in &spans {
                found.extend(tiling.next(stretch(layers[*layer], *start, start + len)));
            }
            let last = spans.iter().map(|(start, len, _)| start + len).max().expect("one at least");
            prop_assert_eq!(tiling.finish(), Some(Untiled::Ends(at(last))));
            let named: Vec<WallRange> = found.iter().filter_map(|found| match found {
                Untiled::Hidden(range) => Some(*range),
                _ => None,
            }).collect();
            for moment in spans[0].0..last {
                let covered = spans.iter().any(|(start, len, _)| (*start..start + len).contains(&moment));
                let within_joint = spans.iter().any(|(start, _, _)| *start == moment + 1)
                    && (moment == 0 || spans.iter().any(|(start, len, _)| (*start..start + len).contains(&(moment - 1))));
                let told = named.iter().any(|range| range.contains(at(moment)));
                prop_assert!(told != covered || (!covered && within_joint), "{} in {:?}", moment, spans);
            }
        }
    }
}
