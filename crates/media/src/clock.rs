//! Decode times for a stream that names only presentation times, in decoding order, without waiting for later samples.
//!
//! RTP carries when a picture is to be shown, not when it is to be decoded. When at most N pictures are decoded before
//! one that is shown earlier, the decode time of sample `i` may be the `(i - N)`-th smallest presentation time: it is
//! never later than the sample's own, and it is known as soon as the sample is. The first N decode times lie one frame
//! duration apart before the first presentation time.
//!
//! N comes from the parameter sets. Where they promise nothing it starts at 0 and grows when reordering is seen. Decode
//! times are then ahead of what they should be and creep on by an eighth of a frame until they are right again:
//! composition offsets may be negative there, which a version 1 `trun` can say. N never grows beyond [`MAX_REORDER`], so memory and delay are bounded.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use candour_units::MediaTime;

use crate::SampleEntry;

/// The greatest reordering depth any H.264 or H.265 stream may have.
pub const MAX_REORDER: usize = 16;

/// A step forward of more than this is no pause between pictures but another timeline.
const MAX_STEP_S: i128 = 10;
/// A step back of more than this is never reordering, whatever the frame rate.
const MAX_BACK_S: i128 = 2;

/// The camera's timeline broke at this sample. Times go on as if the sample had come one frame after the last; the
/// run should be ended and a new one begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// Presentation time went back further than reordering can explain.
    Backward {
        /// How far, in ticks of the track; saturates.
        ticks: i64,
    },
    /// Presentation time leapt ahead by more than 10 s.
    Forward {
        /// How far, in ticks of the track; saturates.
        ticks: i64,
    },
}

/// The times of one sample on the run's own timeline, whose first decode time is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamped {
    /// When it is shown.
    pub pts: MediaTime,
    /// When it is decoded: greater than that of every sample before.
    pub dts: MediaTime,
    /// Set when the camera's timeline broke here.
    pub jump: Option<Jump>,
}

/// Gives decode times to the samples of one run; see the module's text.
#[derive(Debug, Clone)]
pub struct DecodeClock {
    second: i64,
    depth: usize,
    /// Frame duration estimate in ticks, always above 0.
    frame: i64,
    /// What is added to the camera's presentation time; `None` before the first sample.
    shift: Option<i128>,
    /// Presentation times not yet used as a decode time, at most `depth` between samples.
    waiting: BinaryHeap<Reverse<i64>>,
    /// The last presentation times, to see how deep reordering goes.
    recent: VecDeque<i64>,
    newest: i64,
    last_dts: i64,
    /// Decode times still in the queue that we put there ourselves: they say nothing about the frame rate.
    invented: usize,
    /// The last of the stream's own presentation times that left the queue.
    last_released: Option<i64>,
    /// Whether `frame` comes from the stream.
    frame_seen: bool,
    /// Whether decode times are still ahead since the depth last grew.
    creeping: bool,
}

impl DecodeClock {
    /// A clock for a new run of this track. `frame` is the nominal frame duration in ticks where one is known (it only
    /// places the first few decode times); without it a 25th of a second is assumed until the stream shows better.
    #[must_use]
    pub fn new(entry: &SampleEntry, frame: Option<u32>) -> Self {
        Self::with_depth(entry.timescale, entry.reorder_depth, frame)
    }

    /// The same from bare facts: ticks per second, and the reordering depth if the stream declares one.
    #[must_use]
    pub fn with_depth(timescale: u32, reorder_depth: Option<u8>, frame: Option<u32>) -> Self {
        let second = i64::from(timescale.max(1));
        let frame = frame.map_or(second / 25, i64::from).clamp(1, second * 2);
        Self {
            second,
            depth: usize::from(reorder_depth.unwrap_or(0)).min(MAX_REORDER),
            frame,
            shift: None,
            waiting: BinaryHeap::with_capacity(MAX_REORDER + 1),
            recent: VecDeque::with_capacity(MAX_REORDER),
            newest: 0,
            last_dts: -1,
            invented: 0,
            last_released: None,
            frame_seen: false,
            creeping: false,
        }
    }

    /// The reordering depth in use: declared, or the deepest seen.
    #[must_use]
    pub fn reorder_depth(&self) -> usize {
        self.depth
    }

    /// Takes the presentation time of the next sample in decoding order, in the camera's ticks (unwrapped, any start).
    pub fn stamp(&mut self, pts: i64) -> Stamped {
        let Some(shift) = self.shift else {
            return self.begin_at(pts, 0, None);
        };
        let ahead = i128::from(pts) + shift - i128::from(self.newest);
        if ahead > MAX_STEP_S * i128::from(self.second) {
            return self.begin_at(pts, self.after_last(), Some(Jump::Forward { ticks: saturate(ahead) }));
        }
        if -ahead > self.reorder_window() {
            return self.begin_at(pts, self.after_last(), Some(Jump::Backward { ticks: saturate(-ahead) }));
        }
        // Within 10 s of `newest`, which itself grows by at most that per sample from 0: far inside 64 bits.
        let pts = saturate(i128::from(pts) + shift);
        self.note_depth(pts);
        self.place(pts, None)
    }

    /// Starts the timeline so that this sample's decode time is `dts` and its presentation time N frames later.
    fn begin_at(&mut self, pts: i64, dts: i64, jump: Option<Jump>) -> Stamped {
        self.waiting.clear();
        self.recent.clear();
        self.last_released = None;
        self.invented = self.depth;
        self.waiting.extend((0..self.depth as i64).map(|i| Reverse(dts + i * self.frame)));
        let shown = dts + self.depth as i64 * self.frame;
        self.shift = Some(i128::from(shown) - i128::from(pts));
        self.newest = shown;
        self.place(shown, jump)
    }

    fn after_last(&self) -> i64 {
        self.last_dts + self.frame
    }

    /// How far back a picture may reach: the deepest reordering at the frame rate seen, within reason.
    fn reorder_window(&self) -> i128 {
        let widest = i128::from(self.second) * MAX_BACK_S;
        if !self.frame_seen {
            return widest;
        }
        (i128::from(self.frame) * MAX_REORDER as i128).clamp(i128::from(self.second / 4), widest)
    }

    /// Raises the depth to the number of samples that came before this one and are shown after it.
    fn note_depth(&mut self, pts: i64) {
        let later = self.recent.iter().filter(|earlier| **earlier > pts).count();
        self.depth = self.depth.max(later).min(MAX_REORDER);
    }

    fn place(&mut self, pts: i64, jump: Option<Jump>) -> Stamped {
        if self.recent.len() == MAX_REORDER {
            self.recent.pop_front();
        }
        self.recent.push_back(pts);
        self.newest = self.newest.max(pts);
        self.waiting.push(Reverse(pts));
        // When the depth has just grown, the queue fills up first and nothing leaves it.
        let due =
            if self.waiting.len() > self.depth { self.waiting.pop().map(|Reverse(smallest)| smallest) } else { None };
        if let Some(smallest) = due {
            self.learn_frame(smallest);
        }
        let dts = self.after(due);
        self.last_dts = dts;
        Stamped { pts: MediaTime::from_ticks(pts), dts: MediaTime::from_ticks(dts), jump }
    }

    /// The decode time that is due, or the smallest step on where that is not later than the last one.
    fn after(&mut self, due: Option<i64>) -> i64 {
        self.creeping |= due.is_none();
        let step = if self.creeping { (self.frame / 8).max(1) } else { 1 };
        match due {
            Some(due) if due >= self.last_dts + step => {
                self.creeping = false;
                due
            }
            _ => self.last_dts + step,
        }
    }

    /// Presentation times leave the queue in order, so their steps are frame durations.
    fn learn_frame(&mut self, released: i64) {
        if self.invented > 0 {
            self.invented -= 1;
            return;
        }
        if let Some(before) = self.last_released {
            let step = released - before;
            if step > 0 && step <= self.second * 2 {
                self.frame = step;
                self.frame_seen = true;
            }
        }
        self.last_released = Some(self.last_released.map_or(released, |before| before.max(released)));
    }
}

fn saturate(ticks: i128) -> i64 {
    i64::try_from(ticks).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
