//! What a place usually looks like, and which pixels of a picture differ from it.

use crate::Settings;
use crate::filter::{Scratch, neighbourhood};
use crate::light::{FINE, Tiles, tone_curve};
use crate::steady;

/// The pixel lies outside what its place may show.
pub(crate) const DIFFERS: u8 = 1;
/// It differs, and from the picture before too.
pub(crate) const MOVES: u8 = 2;

/// Sub-levels of the usual picture: all of it fits 16 bits with a sign, so eight pixels are worked on at once.
const DEEP: i16 = 128;
/// Denominator of the shares in [`Shares`].
const WHOLE: i64 = 1 << 16;
/// Milliseconds that one picture may weigh at most.
const MOST_WEIGHT_MS: i64 = 2_000;
/// What moves is absorbed so many times more slowly than what stays.
const MOVING_SLOWER: i16 = 8;

/// The usual picture of one place at one size, and what is remembered of each pixel.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    width: usize,
    /// Brightness in [`DEEP`] parts of a level.
    usual: Vec<i16>,
    /// How far the pixel lay from the expected one in the picture before, in [`FINE`] parts.
    before: Vec<i16>,
    /// What the threshold of the pixel grew by, in [`FINE`] parts.
    sway: Vec<i16>,
    /// [`DIFFERS`] and [`MOVES`] of the picture before.
    marks: Vec<u8>,
    /// The usual picture in whole levels.
    levels: Vec<u8>,
    /// The same under the light of this picture.
    expected: Vec<u8>,
    low: Vec<u8>,
    high: Vec<u8>,
    scratch: Scratch,
    tiles: Tiles,
    shift: Vec<i16>,
    slack: Vec<i16>,
}

/// Thresholds in [`FINE`] parts of a level.
#[derive(Debug, Clone, Copy)]
struct Limits {
    contrast: i16,
    step: i16,
    sway: i16,
    sway_most: i16,
    sway_leak: i16,
}

/// What share of a difference becomes usual with this picture, in parts of [`WHOLE`].
#[derive(Debug, Clone, Copy)]
struct Shares {
    follow: i16,
    absorb: i16,
    absorb_moving: i16,
}

impl Model {
    /// A place that looks like this.
    pub(crate) fn of(width: usize, luma: &[u8]) -> Self {
        let count = luma.len();
        Self {
            width,
            usual: luma.iter().map(|level| i16::from(*level) * DEEP).collect(),
            before: vec![0; count],
            sway: vec![0; count],
            marks: vec![0; count],
            levels: vec![0; count],
            expected: vec![0; count],
            low: vec![0; count],
            high: vec![0; count],
            scratch: Scratch::new(count),
            tiles: Tiles::default(),
            shift: vec![0; width],
            slack: vec![0; width],
        }
    }

    /// From now on the place looks like this; what was learnt about swaying stays.
    pub(crate) fn begin_again(&mut self, luma: &[u8]) {
        self.usual.iter_mut().zip(luma).for_each(|(usual, level)| *usual = i16::from(*level) * DEEP);
        self.before.fill(0);
        self.marks.fill(0);
    }

    /// Marks of the picture looked at last, one byte a pixel.
    pub(crate) fn marks(&self) -> &[u8] {
        &self.marks
    }

    /// How far pixel `at` of the picture looked at last lies outside what it may show, in [`FINE`] parts of a level.
    pub(crate) fn outside(&self, at: usize, luma: &[u8]) -> i32 {
        let (low, high, now) = (i32::from(self.low[at]), i32::from(self.high[at]), i32::from(luma[at]));
        (now - high).max(low - now).max(0) * FINE
    }

    /// Compares a picture with the usual one, marks what differs and lets the usual one follow. `luma` has as many pixels as
    /// the model; `after_ms` is the time since the picture before.
    pub(crate) fn look(&mut self, luma: &[u8], after_ms: i64, settings: &Settings) {
        self.expect(luma);
        let (limits, shares) = (Limits::of(settings, after_ms), Shares::of(settings, after_ms));
        let width = self.width;
        for (y, now) in luma.chunks_exact(width).enumerate() {
            let row = y * width..(y + 1) * width;
            self.tiles.row(y, settings.noise_sixteenths, &mut self.shift, &mut self.slack);
            let expected = &self.expected[row.clone()];
            let around = Around {
                low: &self.low[row.clone()],
                high: &self.high[row.clone()],
                shift: &self.shift,
                slack: &self.slack,
            };
            let kept = Kept {
                before: &mut self.before[row.clone()],
                sway: &mut self.sway[row.clone()],
                marks: &mut self.marks[row.clone()],
            };
            mark_row(now, expected, &around, kept, &limits);
            follow_row(now, expected, &self.shift, &self.marks[row.clone()], &mut self.usual[row], &shares);
        }
    }

    /// The usual picture under the light of this one.
    fn expect(&mut self, luma: &[u8]) {
        self.levels.iter_mut().zip(&self.usual).for_each(|(level, usual)| *level = (*usual >> 7) as u8);
        let mut curve = tone_curve(&self.levels, luma);
        lit(&mut self.expected, &self.levels, &curve.likely);
        self.tiles.measure(&self.expected, luma, self.width);
        if self.follow_camera(luma) {
            curve = tone_curve(&self.levels, luma);
            lit(&mut self.expected, &self.levels, &curve.likely);
            self.tiles.measure(&self.expected, luma, self.width);
        }
        let Self { scratch, low, high, levels, .. } = self;
        lit(&mut scratch.low, levels, &curve.low);
        lit(&mut scratch.high, levels, &curve.high);
        neighbourhood(self.width, scratch, low, high);
    }

    /// Moves everything with a camera that sways; whether it did. Asked only where something differed: a quiet place costs
    /// nothing.
    fn follow_camera(&mut self, luma: &[u8]) -> bool {
        if self.marks.iter().fold(0, |any, mark| any | mark) == 0 {
            return false;
        }
        let step = steady::step(&self.expected, luma, self.width, |tile| self.tiles.shift_levels(tile));
        if step == (0, 0) {
            return false;
        }
        steady::moved(&mut self.usual, self.width, step);
        steady::moved(&mut self.sway, self.width, step);
        steady::moved(&mut self.before, self.width, step);
        steady::moved(&mut self.marks, self.width, step);
        steady::moved(&mut self.levels, self.width, step);
        true
    }
}

/// `levels` under the light of a curve.
fn lit(out: &mut [u8], levels: &[u8], curve: &[u8; 256]) {
    out.iter_mut().zip(levels).for_each(|(out, level)| *out = curve[usize::from(*level)]);
}

struct Around<'a> {
    low: &'a [u8],
    high: &'a [u8],
    shift: &'a [i16],
    slack: &'a [i16],
}

struct Kept<'a> {
    before: &'a mut [i16],
    sway: &'a mut [i16],
    marks: &'a mut [u8],
}

/// All slices are one row. Written so that the compiler works on many pixels at once: no branches, one type.
#[allow(
    clippy::needless_range_loop,
    reason = "eight slices walk together; an index keeps the loop one that works on many pixels at once"
)]
fn mark_row(now: &[u8], expected: &[u8], around: &Around<'_>, kept: Kept<'_>, limits: &Limits) {
    let count = now.len();
    let (expected, low, high) = (&expected[..count], &around.low[..count], &around.high[..count]);
    let (shift, slack) = (&around.shift[..count], &around.slack[..count]);
    let (before, sway, marks) = (&mut kept.before[..count], &mut kept.sway[..count], &mut kept.marks[..count]);
    for x in 0..count {
        let level = i16::from(now[x]) * FINE as i16 - shift[x];
        let outside = (level - i16::from(high[x]) * FINE as i16).max(i16::from(low[x]) * FINE as i16 - level);
        let differs = u8::from(outside > limits.contrast + slack[x] + sway[x]);
        let away = level - i16::from(expected[x]) * FINE as i16;
        let stepped = u8::from((away - before[x]).abs() > limits.step + slack[x]);
        let toggled = i16::from(differs ^ (marks[x] & DIFFERS));
        sway[x] = (sway[x] - limits.sway_leak).max(0) + toggled * limits.sway;
        sway[x] = sway[x].min(limits.sway_most);
        before[x] = away;
        marks[x] = differs | (differs & stepped) << 1;
    }
}

/// Moves the usual picture: where nothing differs towards what is seen, elsewhere only as the light moved, and slowly towards
/// what has come to stay.
#[allow(clippy::needless_range_loop, reason = "five slices walk together, as in `mark_row`")]
fn follow_row(now: &[u8], expected: &[u8], shift: &[i16], marks: &[u8], usual: &mut [i16], shares: &Shares) {
    let count = now.len();
    let (expected, shift, marks, usual) = (&expected[..count], &shift[..count], &marks[..count], &mut usual[..count]);
    for x in 0..count {
        let (was, seen) = (usual[x], i16::from(now[x]) * DEEP);
        let lit = (i16::from(expected[x]) * DEEP).saturating_add(shift[x].saturating_mul(DEEP / FINE as i16));
        let slow = if marks[x] & MOVES == 0 { shares.absorb } else { shares.absorb_moving };
        let (near, slow) = if marks[x] & DIFFERS == 0 { (seen, 0) } else { (lit, slow) };
        let moved = part(near.saturating_sub(was), shares.follow) + part(seen - was, slow);
        usual[x] = was.saturating_add(moved).clamp(0, 255 * DEEP);
    }
}

/// That share of a difference, rounded down.
fn part(difference: i16, share: i16) -> i16 {
    ((i32::from(difference) * i32::from(share)) >> 16) as i16
}

impl Limits {
    fn of(settings: &Settings, after_ms: i64) -> Self {
        let fine = |levels: u8| i16::from(levels) * FINE as i16;
        let weight = after_ms.clamp(0, MOST_WEIGHT_MS);
        let leak = weight * i64::from(FINE) / i64::from(settings.sway_forget_ms.max(1));
        Self {
            contrast: fine(settings.contrast_levels),
            step: fine(settings.step_levels),
            sway: fine(settings.sway_levels),
            sway_most: fine(settings.sway_most_levels.min(100)),
            sway_leak: leak.clamp(1, 1_000) as i16,
        }
    }
}

impl Shares {
    fn of(settings: &Settings, after_ms: i64) -> Self {
        let weight = after_ms.clamp(0, MOST_WEIGHT_MS);
        // Never more than half at once: the sum of two shares must not overshoot.
        let share = |time_ms: u32| (weight * WHOLE / (i64::from(time_ms) + weight).max(1)).min(WHOLE / 2 - 1) as i16;
        let (follow, absorb) = (share(settings.follow_ms), share(settings.absorb_ms));
        Self { follow, absorb, absorb_moving: absorb / MOVING_SLOWER }
    }
}
