//! How a sample joins the one before it: when it happened, whether time is missing between them, and whether the segment
//! is cut there and why.

use candour_units::{WallDuration, WallTime};

use super::open::{Last, Open};
use super::{Limits, Place, mono_ticks};
use crate::{Gap, GapCause, SegmentEnd};

pub(super) struct Joint {
    /// When the sample happened.
    pub(super) wall: WallTime,
    /// Where the time of the samples before it ends: at `wall`, or at the start of the gap.
    pub(super) end: WallTime,
    /// What is missing between; of length 0 where times go back.
    pub(super) gap: Option<Gap>,
    pub(super) cut: Option<SegmentEnd>,
    /// The old line cannot go on here; the new one begins held back, or not.
    pub(super) anew: Option<bool>,
    /// Duration of the sample before, in ticks of the track.
    pub(super) duration: i64,
    /// What a sample's duration is taken to be from here on.
    pub(super) nominal: i64,
}

impl Joint {
    /// `next` after the last sample of `open`; the `wall` of `next` is not read.
    pub(super) fn of(open: &mut Open, next: &Last, nominal: i64, limits: &Limits) -> Self {
        let media = next.facts.dts.ticks().saturating_sub(open.last.facts.dts.ticks());
        let apart = WallDuration::from_ticks(open.line.wall_ticks(media));
        let (wall, end, gap, cut, anew) = if open.clock_stepped || clock_stepped(open, next, apart, limits) {
            after_step(open, next, nominal, apart, limits)
        } else {
            let arrival = next.facts.arrival;
            let wall = open.line.place(next.facts.dts, arrival, open.not_before(nominal));
            if !open.line.is_holding() && wall - arrival > limits.step {
                ahead_of_arrival(open, next, wall, nominal, limits)
            } else if let Some(behind) = open.line.note(wall, arrival).filter(|behind| *behind > limits.step) {
                let wall = wall.saturating_add(behind);
                (wall, wall, None, Some(SegmentEnd::MediaClock), Some(false))
            } else {
                let gap = missing(open, next, wall, nominal, limits);
                let end = gap.map_or(wall, |gap| gap.start);
                (wall, end, gap, limits.cut(open, next, wall), None)
            }
        };
        // How far apart two samples are says how long one lasts, unless something is missing between them.
        let usual = apart <= limits.pause && (gap.is_none() || cut == Some(SegmentEnd::ClockStep));
        Self {
            wall,
            end,
            gap,
            cut,
            anew,
            duration: if gap.is_none() || usual { media } else { nominal },
            nominal: if usual { media } else { nominal },
        }
    }
}

type Parts = (WallTime, WallTime, Option<Gap>, Option<SegmentEnd>, Option<bool>);

/// Whether arrivals moved by what neither our steady clock nor the camera's knows of.
fn clock_stepped(open: &Open, next: &Last, apart: WallDuration, limits: &Limits) -> bool {
    let by_wall = (next.facts.arrival - open.last.facts.arrival).ticks();
    let by_mono = mono_ticks(next.taken.nanos().saturating_sub(open.last.taken.nanos()));
    let differs = |other: i64| by_wall.abs_diff(other) > limits.step.ticks().unsigned_abs();
    differs(by_mono) && differs(apart.ticks())
}

/// The wall clock was set: the camera's clock says how long the last sample was, arrival where the new one is.
fn after_step(open: &Open, next: &Last, nominal: i64, apart: WallDuration, limits: &Limits) -> Parts {
    let length = if open.line.is_holding() {
        1
    } else if apart <= limits.pause {
        apart.ticks().max(1)
    } else {
        open.nominal_wall(nominal)
    };
    let end = open.last.wall.saturating_add(WallDuration::from_ticks(length)).max(open.not_before(nominal));
    let place = limits.place(next.facts.arrival, Some(end));
    let gap = gap_between(&place, end, GapCause::ClockStep);
    (place.wall, end, gap, Some(SegmentEnd::ClockStep), Some(place.holding))
}

/// Media time runs ahead: the line begins anew where the sample arrived, or as near to it as is not told yet.
fn ahead_of_arrival(open: &Open, next: &Last, wall: WallTime, nominal: i64, limits: &Limits) -> Parts {
    let end = open.nominal_end(nominal).min(wall);
    let place = limits.place(next.facts.arrival, Some(end));
    let gap = gap_between(&place, end, GapCause::CameraStalled)
        .filter(|gap| place.back || gap.end.is_some_and(|over| over - gap.start > limits.pause))
        .map(|gap| if place.back { Gap { cause: GapCause::ClockStep, ..gap } } else { gap });
    let end = if gap.is_some() { end } else { place.wall };
    (place.wall, end, gap, Some(SegmentEnd::MediaClock), Some(place.holding))
}

/// The time between `end` and where the next sample was put, if there is any or if times go back there.
fn gap_between(place: &Place, end: WallTime, cause: GapCause) -> Option<Gap> {
    let start = if place.back { place.wall } else { end };
    (place.back || place.wall > end).then_some(Gap { start, end: Some(place.wall), cause })
}

/// Time between two samples on one line in which there should have been a picture: after lost packets half a usual
/// duration is enough to say so, else it takes a pause.
fn missing(open: &Open, next: &Last, wall: WallTime, nominal: i64, limits: &Limits) -> Option<Gap> {
    let start = open.nominal_end(nominal);
    let hole = (wall - start).ticks();
    let cause = if next.facts.loss_before > 0 && hole > 0 && hole.saturating_mul(2) >= open.nominal_wall(nominal) {
        GapCause::PacketLoss
    } else if hole > limits.pause.ticks() {
        GapCause::CameraStalled
    } else {
        return None;
    };
    Some(Gap { start, end: Some(wall), cause })
}

impl Limits {
    /// Whether the segment ends before this sample.
    fn cut(&self, open: &Open, next: &Last, wall: WallTime) -> Option<SegmentEnd> {
        let elapsed = (wall - open.start).max(next.facts.arrival - open.first_arrival);
        if open.entry_next.is_some() {
            Some(SegmentEnd::EntryChanged)
        } else if next.facts.sync && open.terms_changed {
            Some(SegmentEnd::TermsChanged)
        } else if next.facts.sync && elapsed >= self.segment_usual {
            Some(SegmentEnd::Duration)
        } else if elapsed >= self.segment_longest {
            Some(SegmentEnd::Longest)
        } else if open.bytes + u64::from(next.facts.len) > self.segment_bytes {
            Some(SegmentEnd::Bytes)
        } else {
            None
        }
    }
}
