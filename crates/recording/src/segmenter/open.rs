//! The open segment: its open fragment and the sample held back.

use std::collections::VecDeque;

use candour_media::SampleEntry;
use candour_units::{MonoTime, WallDuration, WallTime};

use super::Limits;
use crate::line::Line;
use crate::{FragmentEnd, FragmentEntry, Output, SampleFacts, SegmentEnd};

/// The newest sample. It is appended when the next one comes, or when it may wait no longer.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) index: u64,
    pub(super) facts: SampleFacts,
    pub(super) wall: WallTime,
    /// When it was given to us.
    pub(super) taken: MonoTime,
    pub(super) sync_back: u32,
    pub(super) appended: bool,
}

#[derive(Debug)]
struct Fragment {
    entry: FragmentEntry,
    taken: MonoTime,
    arrival: WallTime,
}

#[derive(Debug)]
pub(super) struct Open {
    pub(super) line: Line,
    pub(super) start: WallTime,
    pub(super) first_arrival: WallTime,
    /// Bytes of all its samples, the one held back included.
    pub(super) bytes: u64,
    pub(super) last: Last,
    /// The entry of the samples that follow.
    pub(super) entry_next: Option<SampleEntry>,
    pub(super) clock_stepped: bool,
    /// It is to end at the next sync sample.
    pub(super) terms_changed: bool,
    fragment: Option<Fragment>,
    /// How many fragments before the next one that begins the last one lies that begins with a sync sample.
    sync_fragments_back: Option<u32>,
}

impl Open {
    pub(super) fn new(line: Line, last: Last) -> Self {
        Self {
            line,
            start: last.wall,
            first_arrival: last.facts.arrival,
            bytes: last.facts.len.into(),
            last,
            entry_next: None,
            clock_stepped: false,
            terms_changed: false,
            fragment: None,
            sync_fragments_back: None,
        }
    }

    /// When the oldest sample was taken that is in no closed fragment.
    pub(super) fn oldest(&self) -> Option<MonoTime> {
        let held = (!self.last.appended).then_some(self.last.taken);
        self.fragment.as_ref().map(|fragment| fragment.taken).or(held)
    }

    /// `nominal` ticks of the track on the wall clock: how long the last sample counts. While times are held back by
    /// the clock it is a tick, so that the end does not run further ahead.
    pub(super) fn nominal_wall(&self, nominal: i64) -> i64 {
        if self.line.is_holding() { 1 } else { self.line.wall_ticks(nominal).max(1) }
    }

    pub(super) fn nominal_end(&self, nominal: i64) -> WallTime {
        self.last.wall.saturating_add(WallDuration::from_ticks(self.nominal_wall(nominal)))
    }

    /// The next sample happened at this moment or later: after the last one, or after the end that was already given out.
    pub(super) fn not_before(&self, nominal: i64) -> WallTime {
        if self.last.appended {
            self.nominal_end(nominal)
        } else {
            self.last.wall.saturating_add(WallDuration::from_ticks(1))
        }
    }

    /// Up to where its time is in closed fragments: what comes after was given to nobody yet.
    pub(super) fn closed_until(&self, nominal: i64) -> WallTime {
        match &self.fragment {
            Some(fragment) => fragment.entry.wall_start,
            None if self.last.appended => self.nominal_end(nominal),
            None => self.last.wall,
        }
    }

    /// Appends the sample held back, if it is not already, after closing a fragment it does not belong into. It lasts
    /// `duration` ticks of the track, until `end`.
    pub(super) fn append_last(&mut self, duration: i64, end: WallTime, limits: &Limits, out: &mut VecDeque<Output>) {
        if self.last.appended {
            return;
        }
        let len = u64::from(self.last.facts.len);
        match &self.fragment {
            Some(fragment) if fragment.entry.bytes + len > limits.fragment_bytes => {
                self.close_fragment(FragmentEnd::Bytes, out);
            }
            Some(fragment) if self.last.facts.sync && !fragment.entry.sync => {
                self.close_fragment(FragmentEnd::Sync, out);
            }
            _ => {}
        }
        let duration = u32::try_from(duration).unwrap_or(u32::MAX);
        let last = &mut self.last;
        last.appended = true;
        out.push_back(Output::Append { index: last.index, wall: last.wall, duration });
        let back = if last.facts.sync { Some(0) } else { self.sync_fragments_back };
        let fragment = self.fragment.get_or_insert_with(|| Fragment::beginning_with(last, back));
        fragment.entry.wall_end = end;
        fragment.entry.samples += 1;
        fragment.entry.bytes += len;
        fragment.entry.duration += u64::from(duration);
    }

    pub(super) fn close_fragment(&mut self, reason: FragmentEnd, out: &mut VecDeque<Output>) {
        if let Some(Fragment { entry, .. }) = self.fragment.take() {
            self.sync_fragments_back = entry.sync_fragments_back.map(|back| back.saturating_add(1));
            out.push_back(Output::CloseFragment { entry, reason });
        }
    }

    /// Closes the fragment and the segment, whose time ends at `end`.
    pub(super) fn close(&mut self, end: WallTime, reason: SegmentEnd, out: &mut VecDeque<Output>) {
        self.close_fragment(FragmentEnd::Segment, out);
        out.push_back(Output::CloseSegment { end, reason });
    }

    /// Closes a fragment whose first sample is too old, on our clock or by arrivals; a sample that is too old itself
    /// does not wait for the next one any more.
    pub(super) fn age_out(&mut self, now: MonoTime, limits: &Limits, nominal: i64, out: &mut VecDeque<Output>) {
        let ripe = |taken: MonoTime| now >= taken.plus_millis(limits.fragment_age_ms);
        let arrival_age = WallDuration::from_millis(limits.fragment_age_ms);
        if self
            .fragment
            .as_ref()
            .is_some_and(|fragment| ripe(fragment.taken) || self.last.facts.arrival - fragment.arrival >= arrival_age)
        {
            self.close_fragment(FragmentEnd::Age, out);
        }
        if self.fragment.is_none() && !self.last.appended && ripe(self.last.taken) {
            self.append_last(nominal, self.nominal_end(nominal), limits, out);
            self.close_fragment(FragmentEnd::Age, out);
        }
    }
}

impl Fragment {
    fn beginning_with(last: &Last, sync_fragments_back: Option<u32>) -> Self {
        let entry = FragmentEntry {
            first_dts: last.facts.dts,
            wall_start: last.wall,
            wall_end: last.wall,
            duration: 0,
            samples: 0,
            bytes: 0,
            sync: last.facts.sync,
            sync_back: last.sync_back,
            sync_fragments_back,
        };
        Self { entry, taken: last.taken, arrival: last.facts.arrival }
    }
}
