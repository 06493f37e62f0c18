//! What a trial came to, put together. Pure.

use candour_db::{SegmentRow, Stillness, Weighed};
use candour_motion::{Shown, Stretch, stretches, trace};
use candour_policy::{Candidate, NotStill, Seen, Shown as Seems, Tried as Judged, length, tried};
use candour_recording::{LeftOut, Rolls, left_out};
use candour_units::{WallDuration, WallRange, WallTime};
use candour_wire::playback::MotionHit;
use candour_wire::trial::{TrialDetail, TrialFate, TrialFootage, TrialPoint, TrialSpan, TrialSums};

use super::LookedThrough;

/// A piece of footage as it stands.
pub(crate) struct Standing {
    pub(crate) row: SegmentRow,
    /// `main` or `sub`.
    pub(crate) stream: &'static str,
    pub(crate) weighed: Option<Weighed>,
    /// Why it ends when it does, where what moved matters.
    pub(crate) because: Option<String>,
}

/// The terms that are tried.
pub(crate) struct Terms {
    /// How long footage lives.
    pub(crate) keep: WallDuration,
    /// How long it lives in which nothing moved; `None`: as all other.
    pub(crate) keep_if_still: Option<WallDuration>,
    /// Recording around what moves.
    pub(crate) rolls: Option<Rolls>,
}

impl Terms {
    /// The candidate over what is in force.
    pub(crate) fn of(candidate: &Candidate, keep: WallDuration, in_force: Option<WallDuration>) -> Self {
        Self {
            keep,
            keep_if_still: candidate.keep_if_still.or(in_force).filter(|still| *still < keep),
            rolls: candidate.rolls.map(|(pre, post)| Rolls { pre, post }),
        }
    }
}

/// Everything but who may know it.
pub(crate) struct Answer {
    /// Seconds moved, still, unsure, without footage.
    pub(crate) lengths: [f64; 4],
    pub(crate) in_force: TrialSums,
    pub(crate) tried: TrialSums,
    pub(crate) detail: TrialDetail,
}

/// Puts it together for what was asked, `range`.
pub(crate) fn answer(range: WallRange, through: &LookedThrough, standing: &[Standing], terms: &Terms) -> Answer {
    let range = WallRange { start: range.start, end: through.to };
    // Pictures come as whole groups; nothing outside of what was asked is told.
    let looked = through
        .tried
        .looked
        .and_then(|looked| WallRange::new(looked.start.max(range.start), looked.end.min(range.end)));
    let found = looked.map(|looked| stretches(&through.tried.report, looked)).unwrap_or_default();
    let seen: Vec<Seen> = found.iter().map(|one| Seen { range: one.range, shown: seems(one.shown) }).collect();
    let footage: Vec<TrialFootage> = standing.iter().map(|one| judged(one, looked, &seen, terms)).collect();
    let gate = terms.rolls.map(|rolls| around_motion(range, through, &found, rolls));
    let inside = |taken: &&candour_recording::Taken| range.contains(taken.at);
    let looked_bytes = through.samples.iter().filter(inside).map(|taken| taken.len as u64).sum();
    let sums = TrialSums { looked_bytes, ..TrialSums::default() };
    let detail = TrialDetail {
        trace: trace(&through.tried.seen, range, WallDuration::from_seconds(1)).iter().map(point).collect(),
        events: found.iter().filter_map(hit).collect(),
        left_out: gate.as_ref().map(|gate| gate.ranges.iter().map(span).collect()),
        footage,
    };
    Answer {
        lengths: lengths(range, &through.footage, &found),
        in_force: standing
            .iter()
            .zip(&detail.footage)
            .fold(sums, |sums, (one, told)| counted(sums, told, is_shortened(one))),
        tried: detail
            .footage
            .iter()
            .fold(TrialSums { left_out_bytes: gate.map(|gate| gate.bytes), ..sums }, |sums, told| {
                counted(sums, told, told.tried == TrialFate::Shortened)
            }),
        detail,
    }
}

/// Adds a piece that was judged; of one that reaches beyond what was looked through neither side counts it, so that both are of the same footage.
fn counted(sums: TrialSums, told: &TrialFootage, shortened: bool) -> TrialSums {
    if told.tried == TrialFate::Beyond {
        return sums;
    }
    let bytes = u64::try_from(told.bytes).unwrap_or(0);
    TrialSums {
        pieces: sums.pieces + 1,
        bytes: sums.bytes + bytes,
        shortened_pieces: sums.shortened_pieces + u64::from(shortened),
        shortened_bytes: sums.shortened_bytes + if shortened { bytes } else { 0 },
        ..sums
    }
}

/// Whether it ends sooner as things stand, or has by the time that is asked.
fn is_shortened(one: &Standing) -> bool {
    one.weighed.is_some_and(|weighed| weighed.stillness == Stillness::Still && weighed.still_until.is_some())
}

fn judged(one: &Standing, looked: Option<WallRange>, seen: &[Seen], terms: &Terms) -> TrialFootage {
    let row = &one.row;
    let full = row.start.saturating_add(terms.keep);
    let judged =
        looked.map_or(Judged::Beyond, |looked| tried(WallRange { start: row.start, end: row.end }, looked, seen));
    let life = length(terms.keep);
    let (fate, until, because) = match (judged, terms.keep_if_still) {
        (Judged::Beyond, _) => {
            (TrialFate::Beyond, None, "It reaches beyond what was looked through, so nothing is said of it.".to_owned())
        }
        (_, None) => (TrialFate::Kept, Some(full), format!("The terms know one life only: it is kept for {life}.")),
        (Judged::Still, Some(still)) => {
            let until = row.start.saturating_add(still);
            (TrialFate::Shortened, Some(until), format!("Nothing moved; kept for {} of {life}.", length(still)))
        }
        (Judged::NotStill(why), Some(_)) => {
            (TrialFate::Kept, Some(full), format!("{} It is kept for {life}.", not_still(why)))
        }
    };
    let still_until = one.weighed.and_then(|weighed| weighed.still_until).unwrap_or(row.keep_until);
    TrialFootage {
        segment: row.id.to_string(),
        stream: one.stream.to_owned(),
        start_90k: row.start.ticks(),
        end_90k: row.end.ticks(),
        bytes: row.len_bytes,
        until_90k: row.keep_until.min(still_until).ticks(),
        because: one.because.clone(),
        tried: fate,
        tried_until_90k: until.map(WallTime::ticks),
        tried_because: because,
    }
}

const fn not_still(why: NotStill) -> &'static str {
    match why {
        NotStill::Moved => "Something moved in it, or within a second of it.",
        NotStill::Doubtful => "Of some of it nothing can be said.",
        NotStill::Unseen(_) => "Not all of it could be looked at.",
    }
}

fn around_motion(range: WallRange, through: &LookedThrough, found: &[Stretch], rolls: Rolls) -> LeftOut {
    let of = |shown| match shown {
        Shown::Still => candour_recording::Shown::Stillness,
        Shown::Moved { .. } | Shown::Unsure => candour_recording::Shown::Anything,
    };
    let seen: Vec<_> = found.iter().map(|one| (one.range, of(one.shown))).collect();
    let samples: Vec<_> = through.samples.iter().filter(|taken| range.contains(taken.at)).copied().collect();
    left_out(&samples, &seen, rolls)
}

const fn seems(shown: Shown) -> Seems {
    match shown {
        Shown::Still => Seems::Stillness,
        Shown::Moved { .. } => Seems::Motion,
        Shown::Unsure => Seems::Nothing,
    }
}

/// Seconds moved, still, unsure and without footage: they add up to what was asked.
fn lengths(range: WallRange, footage: &[WallRange], found: &[Stretch]) -> [f64; 4] {
    let (mut moved, mut still, mut there) = (0, 0, 0);
    for piece in
        footage.iter().filter_map(|piece| WallRange::new(piece.start.max(range.start), piece.end.min(range.end)))
    {
        there += piece.duration().ticks();
        for one in found {
            let Some(part) = WallRange::new(one.range.start.max(piece.start), one.range.end.min(piece.end)) else {
                continue;
            };
            match one.shown {
                Shown::Moved { .. } => moved += part.duration().ticks(),
                Shown::Still => still += part.duration().ticks(),
                Shown::Unsure => {}
            }
        }
    }
    // Footage before the first picture, and after the last, is in doubt.
    let (unsure, none) = (there - moved - still, range.duration().ticks() - there);
    [moved, still, unsure, none].map(|ticks| ticks as f64 / 90_000.0)
}

fn point(point: &candour_motion::Point) -> TrialPoint {
    TrialPoint {
        at_90k: point.start.ticks(),
        pictures: point.pictures,
        score: f64::from(point.score) / 100.0,
        extent: f64::from(point.extent) / 10_000.0,
        unsure: point.unsure,
    }
}

fn hit(one: &Stretch) -> Option<MotionHit> {
    let Shown::Moved { score, area } = one.shown else { return None };
    Some(MotionHit {
        start_90k: one.range.start.ticks(),
        end_90k: one.range.end.ticks(),
        score: f64::from(score) / 100.0,
        area: [area.left, area.top, area.right, area.bottom].map(|side| f64::from(side) / 10_000.0),
    })
}

fn span(range: &WallRange) -> TrialSpan {
    TrialSpan { start_90k: range.start.ticks(), end_90k: range.end.ticks() }
}
