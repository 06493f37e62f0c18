//! How far each stream's footage is told, and who may tell of its gaps.
//!
//! A stream moves from one storage directory to another, and the writer it leaves may stand still in a call and come back
//! late. So one writer *owns* the stream at each moment, and the one that takes over begins its gap where what is known to
//! be durable ends. Whatever the former owner stores after all lies over that gap; what it says of gaps in that time counts
//! no more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_db::GapRow;
use candour_recording::{Gap, GapCause};
use candour_units::{CameraId, StreamId, WallTime};

use crate::rows::Rows;

/// One turn of writing a stream; every take-over makes a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn(u64);

/// What a writer begins a stream with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begin {
    pub(crate) turn: Turn,
    /// Where footage ends and why nothing came after; `None` for a stream that never recorded.
    pub(crate) gap: Option<(WallTime, GapCause)>,
    /// Nothing is missing if the first sample comes at that very moment: the gap is told only when it gets a length.
    pub(crate) quiet: bool,
}

/// How a stream comes to a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handover {
    /// Its former writer works and stores everything before `at`.
    Whole { at: WallTime, cause: GapCause },
    /// What its former writer has not made durable may never be.
    Broken { cause: GapCause },
}

/// Where all streams stand.
pub(crate) struct Lines {
    rows: Arc<Rows>,
    state: Mutex<State>,
}

struct State {
    lines: HashMap<StreamId, Line>,
    turns: u64,
}

struct Line {
    owner: Turn,
    /// From here on only the owner tells.
    since: WallTime,
    /// Up to here everything is durable or told to be missing.
    known: WallTime,
    /// The gap that lasts.
    gap: Option<(WallTime, GapCause)>,
}

impl Lines {
    /// `ends`: where each stream's footage ends, and why nothing came after.
    pub(crate) fn new(rows: Arc<Rows>, ends: HashMap<StreamId, (WallTime, GapCause)>) -> Self {
        let line =
            |(stream, (end, cause))| (stream, Line { owner: Turn(0), since: end, known: end, gap: Some((end, cause)) });
        let lines = ends.into_iter().map(line).collect();
        Self { rows, state: Mutex::new(State { lines, turns: 0 }) }
    }

    /// From now on somebody else writes the stream.
    pub(crate) fn take_over(&self, stream: StreamId, now: WallTime, handover: Handover) -> Begin {
        let mut state = self.lock();
        let turn = state.next_turn();
        let Some(line) = state.lines.get_mut(&stream) else {
            state.lines.insert(stream, Line { owner: turn, since: now, known: now, gap: None });
            return Begin { turn, gap: None, quiet: false };
        };
        line.owner = turn;
        let (gap, quiet) = match (line.gap, handover) {
            (Some(lasts), _) => (lasts, false),
            (None, Handover::Whole { at, cause }) => ((at, cause), true),
            (None, Handover::Broken { cause }) => ((line.known, cause), false),
        };
        line.since = gap.0;
        Begin { turn, gap: Some(gap), quiet }
    }

    /// Nobody can write the stream now: its gap begins, or goes on for this cause.
    pub(crate) fn nobody(&self, camera: CameraId, stream: StreamId, now: WallTime, cause: GapCause) {
        let mut state = self.lock();
        let turn = state.next_turn();
        let Some(line) = state.lines.get_mut(&stream) else {
            // Of a stream that never recorded, nothing was missing before.
            state.lines.insert(stream, Line { owner: turn, since: now, known: now, gap: Some((now, cause)) });
            return self.rows.gap(row(camera, stream, Gap { start: now, end: None, cause }));
        };
        if line.gap.is_some_and(|(_, same)| same == cause) {
            return;
        }
        line.owner = turn;
        let start = match line.gap.take() {
            Some((start, before)) => {
                let at = now.max(start);
                self.rows.gap(row(camera, stream, Gap { start, end: Some(at), cause: before }));
                at
            }
            None => line.known,
        };
        line.since = line.since.min(start);
        line.gap = Some((start, cause));
        self.rows.gap(row(camera, stream, Gap { start, end: None, cause }));
    }

    /// Tells of a gap. Of one who no longer owns the stream only what lies before the owner's time counts.
    pub(crate) fn tell(&self, turn: Turn, camera: CameraId, stream: StreamId, gap: Gap) {
        let mut state = self.lock();
        let Some(line) = state.lines.get_mut(&stream) else {
            return self.rows.gap(row(camera, stream, gap));
        };
        if line.owner != turn {
            if gap.start < line.since {
                let end = gap.end.map_or(line.since, |end| end.min(line.since));
                self.rows.gap(row(camera, stream, Gap { end: Some(end), ..gap }));
            }
            return;
        }
        match gap.end {
            None => line.gap = Some((gap.start, gap.cause)),
            Some(end) => {
                line.gap.take_if(|(start, _)| *start == gap.start);
                line.known = line.known.max(end);
            }
        }
        self.rows.gap(row(camera, stream, gap));
    }

    /// Everything before `end` is durable.
    pub(crate) fn durable(&self, turn: Turn, stream: StreamId, end: WallTime) {
        if let Some(line) = self.lock().lines.get_mut(&stream).filter(|line| line.owner == turn) {
            line.known = line.known.max(end);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Changes are small and whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_turn(&mut self) -> Turn {
        self.turns += 1;
        Turn(self.turns)
    }
}

fn row(camera: CameraId, stream: StreamId, gap: Gap) -> GapRow {
    GapRow { stream, camera, start: gap.start, end: gap.end, cause: gap.cause.word().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA: CameraId = CameraId::from_bytes([2; 16]);
    const STREAM: StreamId = StreamId::from_bytes([1; 16]);
    use GapCause::{CameraLost, StorageFailed, StorageFull, StorageSlow};

    fn at(seconds: i64) -> WallTime {
        WallTime::from_unix_seconds(seconds)
    }

    fn gap(start: i64, end: Option<i64>, cause: GapCause) -> Gap {
        Gap { start: at(start), end: end.map(at), cause }
    }

    fn told(lines: &Lines) -> Vec<String> {
        let seconds = |time: WallTime| time.unix_seconds_floor();
        let words = |gap: GapRow| format!("{} {}-{:?}", gap.cause, seconds(gap.start), gap.end.map(seconds));
        lines.rows.gaps_of(STREAM).into_iter().map(words).collect()
    }

    fn lines() -> (Lines, Turn) {
        let lines = Lines::new(Arc::default(), HashMap::new());
        let begin = lines.take_over(STREAM, at(0), Handover::Broken { cause: StorageFailed });
        assert_eq!((begin.gap, begin.quiet), (None, false));
        lines.durable(begin.turn, STREAM, at(10));
        (lines, begin.turn)
    }

    #[test]
    fn who_takes_over_from_a_stalled_writer_begins_where_it_was_durable() {
        let (lines, old) = lines();
        let begin = lines.take_over(STREAM, at(40), Handover::Broken { cause: StorageSlow });
        assert_eq!((begin.gap, begin.quiet), (Some((at(10), StorageSlow)), false));
        lines.tell(begin.turn, CAMERA, STREAM, gap(10, Some(41), StorageSlow));
        // The old one comes back: what it says of that time counts no more, nor does it make a gap that never ends.
        lines.tell(old, CAMERA, STREAM, gap(10, Some(12), StorageFailed));
        lines.tell(old, CAMERA, STREAM, gap(20, None, StorageFailed));
        lines.durable(old, STREAM, at(99));
        assert_eq!(told(&lines), ["storage_slow 10-Some(41)"]);
        let again = lines.take_over(STREAM, at(60), Handover::Broken { cause: StorageFailed });
        assert_eq!(again.gap, Some((at(41), StorageFailed)));
    }

    #[test]
    fn a_whole_handover_leaves_no_gap_unless_the_old_writer_fails_after_all() {
        let (lines, old) = lines();
        let begin = lines.take_over(STREAM, at(12), Handover::Whole { at: at(12), cause: StorageFull });
        assert_eq!((begin.gap, begin.quiet), (Some((at(12), StorageFull)), true));
        lines.tell(old, CAMERA, STREAM, gap(11, None, StorageFailed));
        assert_eq!(told(&lines), ["storage_failed 11-Some(12)"]);
    }

    #[test]
    fn a_gap_that_lasts_is_inherited() {
        let (lines, old) = lines();
        lines.tell(old, CAMERA, STREAM, gap(10, None, StorageFailed));
        let begin = lines.take_over(STREAM, at(12), Handover::Whole { at: at(12), cause: StorageFull });
        assert_eq!((begin.gap, begin.quiet), (Some((at(10), StorageFailed)), false));
    }

    #[test]
    fn without_a_writer_the_gap_is_told_all_the_same() {
        let (lines, old) = lines();
        lines.nobody(CAMERA, STREAM, at(15), StorageFailed);
        lines.nobody(CAMERA, STREAM, at(16), StorageFailed);
        lines.tell(old, CAMERA, STREAM, gap(10, None, StorageSlow));
        assert_eq!(told(&lines), ["storage_failed 10-None"]);
        let ends = HashMap::from([(STREAM, (at(3), CameraLost))]);
        let lines = Lines::new(Arc::default(), ends);
        lines.nobody(CAMERA, STREAM, at(15), StorageFailed);
        assert_eq!(told(&lines), ["camera_lost 3-Some(15)", "storage_failed 15-None"]);
        let lines = Lines::new(Arc::default(), HashMap::new());
        lines.nobody(CAMERA, STREAM, at(4), GapCause::OutsideHours);
        assert_eq!(told(&lines), ["outside_hours 4-None"], "it never recorded");
        let begin = lines.take_over(STREAM, at(9), Handover::Broken { cause: StorageFailed });
        assert_eq!(begin.gap, Some((at(4), GapCause::OutsideHours)));
    }
}
