//! One stream's segmenter: takes what happens, says what the writer must do.
//!
//! It holds back one sample: a sample is appended when the next one has shown how long it lasted, or when its fragment
//! may not wait any longer. Live viewers get samples before this room sees them.

mod joint;
mod open;

use std::collections::VecDeque;

use candour_media::SampleEntry;
use candour_units::{MediaTime, MonoTime, RunId, TICKS_PER_SECOND, WallDuration, WallTime};

use crate::line::Line;
use crate::{ClockEvidence, Discarded, Gap, GapCause, Input, Output, SampleFacts, SegmentEnd, SegmentStart};
use joint::Joint;
use open::{Last, Open};

/// Sizes and ages the segmenter keeps. [`Default`] gives the values of the rules of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A fragment closes when its first sample is this old, in milliseconds.
    pub fragment_age_ms: i64,
    /// A fragment closes before it grows beyond this, in bytes (unless one sample alone is larger).
    pub fragment_bytes: u64,
    /// A segment is cut at the first sync sample after this.
    pub segment_usual: WallDuration,
    /// A segment is cut after this, sync sample or not.
    pub segment_longest: WallDuration,
    /// A segment is cut before its samples exceed this, in bytes, sync sample or not.
    pub segment_bytes: u64,
    /// A hole between two samples of a run is a gap when it is longer than this.
    pub pause: WallDuration,
    /// Clocks that differ by more than this no longer agree: the segment is cut.
    pub step: WallDuration,
    /// When the clock was set back by at most this, times wait for it; beyond, they go back with it.
    pub hold: WallDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fragment_age_ms: 500,
            fragment_bytes: 4 << 20,
            segment_usual: WallDuration::from_seconds(60),
            segment_longest: WallDuration::from_seconds(300),
            segment_bytes: 64 << 20,
            pause: WallDuration::from_seconds(2),
            step: WallDuration::from_seconds(5),
            hold: WallDuration::from_seconds(60),
        }
    }
}

/// The run that stands.
#[derive(Debug)]
struct Run {
    id: RunId,
    entry: SampleEntry,
    evidence: ClockEvidence,
    last_dts: Option<MediaTime>,
    /// Duration of the last sample whose duration is known, in ticks of the track.
    nominal: i64,
    since_sync: u32,
}

impl Run {
    fn new(id: RunId, entry: SampleEntry, evidence: ClockEvidence) -> Self {
        let nominal = i64::from(entry.timescale / 25).max(1);
        Self { id, entry, evidence, last_dts: None, nominal, since_sync: 0 }
    }
}

/// Decides for one stream when fragments close, segments are cut and gaps begin and end.
///
/// Call [`handle`](Self::handle) with everything that happens, then [`poll`](Self::poll) until it is empty, and
/// [`Input::Tick`] at [`next_deadline`](Self::next_deadline) if nothing else came before. Nothing in here panics,
/// whatever a camera sends.
#[derive(Debug)]
pub struct Segmenter {
    limits: Limits,
    out: VecDeque<Output>,
    next_index: u64,
    run: Option<Run>,
    open: Option<Open>,
    /// The gap that lasts.
    gap: Option<Gap>,
    /// First moment about which nothing has been said yet.
    told: Option<WallTime>,
}

/// Where the first sample after a break is put.
struct Place {
    wall: WallTime,
    /// Arrival has not reached it yet.
    holding: bool,
    /// It lies so far before what is told that times go back.
    back: bool,
}

impl Segmenter {
    /// A segmenter of a stream whose footage ends at `previous_end`, for that reason (after a crash: the end of the
    /// last whole fragment and `RecorderDied`); `None` if it never recorded.
    #[must_use]
    pub fn new(limits: Limits, previous_end: Option<(WallTime, GapCause)>) -> Self {
        let mut segmenter =
            Self { limits, out: VecDeque::new(), next_index: 0, run: None, open: None, gap: None, told: None };
        if let Some((end, cause)) = previous_end {
            segmenter.open_gap(end, cause);
        }
        segmenter
    }

    /// Takes one input that is handled at `now`, a clock that never steps.
    pub fn handle(&mut self, now: MonoTime, input: Input) {
        match input {
            Input::Sample(facts) => self.sample(now, facts),
            Input::RunStarted { run, entry, evidence } => {
                self.stop(SegmentEnd::RunEnded(GapCause::CameraLost), GapCause::CameraLost);
                self.run = Some(Run::new(run, entry, evidence));
            }
            Input::RunEnded { cause, at } => {
                if !self.stop(SegmentEnd::RunEnded(cause), cause) {
                    self.change_cause(cause, at);
                }
                self.run = None;
            }
            Input::CauseChanged { cause, at } => self.change_cause(cause, at),
            Input::EntryChanged(entry) => self.change_entry(entry),
            Input::Evidence(evidence) => self.run.iter_mut().for_each(|run| run.evidence = evidence),
            Input::TermsChanged => self.open.iter_mut().for_each(|open| open.terms_changed = true),
            Input::ClockStepped => self.open.iter_mut().for_each(|open| open.clock_stepped = true),
            Input::StorageRefused { since, cause } => self.refused(since, cause),
            Input::Tick => {}
        }
        if let (Some(run), Some(open)) = (&self.run, &mut self.open) {
            open.age_out(now, &self.limits, run.nominal, &mut self.out);
        }
    }

    /// The next thing to do, in order; `None` when everything is said.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When [`Input::Tick`] is due: the open fragment must close then.
    #[must_use]
    pub fn next_deadline(&self) -> Option<MonoTime> {
        Some(self.open.as_ref()?.oldest()?.plus_millis(self.limits.fragment_age_ms))
    }

    /// The gap that lasts, if nothing is recorded now.
    #[must_use]
    pub fn open_gap_now(&self) -> Option<Gap> {
        self.gap
    }

    fn sample(&mut self, now: MonoTime, facts: SampleFacts) {
        let index = self.next_index;
        self.next_index += 1;
        let Some(run) = &mut self.run else {
            return self.discard(index, Discarded::NoRun);
        };
        if run.last_dts.is_some_and(|last| facts.dts <= last) {
            return self.discard(index, Discarded::NotLater);
        }
        run.last_dts = Some(facts.dts);
        if self.open.as_ref().is_some_and(|open| open.entry_next.is_some()) && !facts.sync {
            self.leave_entry();
        }
        if self.open.is_none() && !facts.sync {
            return self.discard(index, Discarded::BeforeSync);
        }
        let Some(run) = &mut self.run else { return };
        run.since_sync = if facts.sync { 0 } else { run.since_sync.saturating_add(1) };
        let sync_back = run.since_sync;
        let last = |wall| Last { index, facts, wall, taken: now, sync_back, appended: false };
        match self.open.take() {
            None => self.begin(last),
            Some(open) => self.follow(open, last),
        }
    }

    fn discard(&mut self, index: u64, why: Discarded) {
        self.out.push_back(Output::Discard { index, why });
    }

    /// The first sample after a gap, or of all.
    fn begin(&mut self, last: impl FnOnce(WallTime) -> Last) {
        let Some(run) = &self.run else { return };
        let last = last(WallTime::EPOCH);
        let place = self.limits.place(last.facts.arrival, self.told);
        let zero = |cause| Gap { start: place.wall, end: Some(place.wall), cause };
        let gap_before = match self.gap.take() {
            None => zero(GapCause::FirstStart),
            Some(gap) => {
                let over = Gap { end: Some(if place.back { gap.start } else { place.wall }), ..gap };
                self.out.push_back(Output::Gap(over));
                if place.back { zero(GapCause::ClockStep) } else { over }
            }
        };
        let last = Last { wall: place.wall, ..last };
        let line = Line::new(place.wall, last.facts.dts, run.entry.timescale, place.holding);
        self.open_segment(line, last, Some(gap_before));
    }

    /// A sample after another one of the same segment.
    fn follow(&mut self, mut open: Open, last: impl FnOnce(WallTime) -> Last) {
        let Some(run) = &mut self.run else { return };
        let last = last(WallTime::EPOCH);
        let Joint { wall, end, gap, cut, anew, duration, nominal } =
            Joint::of(&mut open, &last, run.nominal, &self.limits);
        open.append_last(duration, end, &self.limits, &mut self.out);
        run.nominal = nominal;
        let last = Last { wall, ..last };
        if let Some(reason) = cut {
            run.entry = open.entry_next.take().unwrap_or_else(|| run.entry.clone());
            open.close(end, reason, &mut self.out);
        } else if gap.is_some() {
            open.close_fragment(crate::FragmentEnd::Gap, &mut self.out);
        }
        // A gap without length says only why a segment begins; there is nothing missing.
        if let Some(gap) = gap.filter(|gap| gap.end != Some(gap.start)) {
            self.out.push_back(Output::Gap(gap));
        }
        if cut.is_some() {
            let (dts, timescale) = (last.facts.dts, run.entry.timescale);
            let line = match anew {
                Some(holding) => Line::new(wall, dts, timescale, holding),
                None => open.line.continued(wall, dts, timescale),
            };
            self.open_segment(line, last, gap);
        } else {
            open.bytes += u64::from(last.facts.len);
            open.last = last;
            self.open = Some(open);
        }
    }

    fn open_segment(&mut self, line: Line, last: Last, gap_before: Option<Gap>) {
        let Some(run) = &self.run else { return };
        self.out.push_back(Output::OpenSegment(SegmentStart {
            run: run.id,
            start: last.wall,
            first_dts: last.facts.dts,
            entry: run.entry.clone(),
            evidence: run.evidence,
            gap_before,
            bend_ppm: line.bend_ppm(),
        }));
        self.open = Some(Open::new(line, last));
    }

    /// Closes what is open at the nominal end of its last sample and begins a gap. False if nothing was open.
    fn stop(&mut self, reason: SegmentEnd, cause: GapCause) -> bool {
        let (Some(run), Some(mut open)) = (&self.run, self.open.take()) else {
            return false;
        };
        let end = open.nominal_end(run.nominal);
        open.append_last(run.nominal, end, &self.limits, &mut self.out);
        open.close(end, reason, &mut self.out);
        self.open_gap(end, cause);
        true
    }

    fn open_gap(&mut self, start: WallTime, cause: GapCause) {
        let gap = Gap { start, end: None, cause };
        self.told = Some(start);
        self.gap = Some(gap);
        self.out.push_back(Output::Gap(gap));
    }

    fn change_cause(&mut self, cause: GapCause, at: WallTime) {
        match self.gap {
            Some(gap) if gap.cause != cause => {
                let at = at.max(gap.start);
                self.out.push_back(Output::Gap(Gap { end: Some(at), ..gap }));
                self.open_gap(at, cause);
            }
            None if self.open.is_none() => self.open_gap(at, cause),
            _ => {}
        }
    }

    fn change_entry(&mut self, entry: SampleEntry) {
        match (&mut self.open, &mut self.run) {
            (Some(open), _) => open.entry_next = Some(entry),
            (None, Some(run)) => run.entry = entry,
            (None, None) => {}
        }
    }

    /// The entry changed, but the sample after the change is no sync sample: nothing can be decoded until one comes.
    fn leave_entry(&mut self) {
        let entry = self.open.as_mut().and_then(|open| open.entry_next.take());
        self.stop(SegmentEnd::EntryChanged, GapCause::CameraGarbage);
        if let (Some(run), Some(entry)) = (&mut self.run, entry) {
            run.entry = entry;
        }
    }

    fn refused(&mut self, since: WallTime, cause: GapCause) {
        let Some(open) = self.open.take() else {
            // The end of what was closed just now: the gap that follows begins earlier.
            if let Some(gap) = self.gap.filter(|gap| since < gap.start) {
                self.out.push_back(Output::Gap(Gap { start: since, end: Some(gap.start), cause }));
            }
            return;
        };
        let nominal = self.run.as_ref().map_or(1, |run| run.nominal);
        let since = since.clamp(open.start, open.closed_until(nominal));
        if !open.last.appended {
            self.discard(open.last.index, Discarded::Storage);
        }
        if let (Some(run), Some(entry)) = (&mut self.run, open.entry_next) {
            run.entry = entry;
        }
        self.out.push_back(Output::CloseSegment { end: since, reason: SegmentEnd::Storage(cause) });
        self.open_gap(since, cause);
    }
}

impl Limits {
    /// Where a sample goes that does not follow the line before it: where it arrived, but not into time already told.
    fn place(&self, arrival: WallTime, told: Option<WallTime>) -> Place {
        match told {
            Some(told) if arrival < told && told - arrival <= self.hold => {
                Place { wall: told, holding: true, back: false }
            }
            told => Place { wall: arrival, holding: false, back: told.is_some_and(|told| arrival < told) },
        }
    }
}

/// Nanoseconds of the machine's clock in ticks of the wall clock, rounded down.
fn mono_ticks(nanos: i64) -> i64 {
    (i128::from(nanos) * i128::from(TICKS_PER_SECOND)).div_euclid(1_000_000_000) as i64
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
