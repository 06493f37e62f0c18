//! What the light did: how a picture of the same place looks under the light of now.
//!
//! Two steps. A *tone curve* says which brightness each brightness of the usual picture has become: exposure, gain, offset and
//! gamma are all curves of this kind. Then each tile of the picture may be a little brighter or darker as a whole, and has its
//! own noise. Both are medians, so what covers less than half of the pixels they are taken from does not bend them.

/// Pixels along a side of a tile.
pub(crate) const TILE: usize = 32;
/// Every so many pixels are counted for the curve, and every so many rows for the tiles; the first is odd, so that it meets all columns.
const SAMPLE: usize = 3;
const SAMPLE_ROWS: usize = 2;
/// Brightness values that share one point of the tone curve.
const BIN: usize = 8;
const BINS: usize = 256 / BIN;
/// A point of the curve needs one pixel in so many.
const POINT_SHARE: usize = 400;
/// And at least so many.
const POINT_LEAST: u32 = 24;
/// How far a curve may lie off a straight line, in [`FINE`] parts of a level; and an eighth of the line's own height more.
const BEND: i32 = 10 * FINE;
/// The most that noise can add to a threshold, in [`FINE`] parts of a level.
const MOST_SLACK: i32 = 100 * FINE;
/// Denominator of slopes.
const SLOPE: i32 = 1 << 10;
/// Sub-levels in a level wherever fractions matter.
pub(crate) const FINE: i32 = 16;

/// Brightness of black in video of limited range; an exposure stretches the distance from it.
const BLACK: i32 = 16 * FINE;

/// A tone curve: the brightness of now for each usual brightness. Where too few pixels have a brightness to measure it, it is between
/// what an offset and what a gain would make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Curve {
    /// The best guess.
    pub(crate) likely: [u8; 256],
    /// The least it may be.
    pub(crate) low: [u8; 256],
    /// The most it may be.
    pub(crate) high: [u8; 256],
}

/// What the pixels of one usual brightness have become.
#[derive(Debug, Clone, Copy)]
struct Point {
    /// Their mean usual brightness, in [`FINE`] parts of a level.
    usual: i32,
    /// By how much they are brighter now, by their median, in [`FINE`] parts.
    shift: i32,
    pixels: u32,
}

/// The medians of `now` over the pixels of each usual brightness, joined by straight lines.
pub(crate) fn tone_curve(usual: &[u8], now: &[u8]) -> Curve {
    let mut counts = vec![[0u32; 256]; BINS];
    let mut sums = [0u64; BINS];
    let pairs = usual.iter().zip(now).step_by(SAMPLE);
    for (usual, now) in pairs {
        let bin = usize::from(*usual) / BIN;
        counts[bin][usize::from(*now)] += 1;
        sums[bin] += u64::from(*usual);
    }
    let least = ((usual.len() / SAMPLE / POINT_SHARE) as u32).max(POINT_LEAST);
    let mut points: Vec<Point> = Vec::with_capacity(BINS);
    for (count, sum) in counts.iter().zip(sums) {
        let pixels: u32 = count.iter().sum();
        if pixels >= least {
            let middle = (sum * FINE as u64 / u64::from(pixels)) as i32;
            points.push(Point { usual: middle, shift: quantile(count, pixels, 2) - middle, pixels });
        }
    }
    straighten(&mut points);
    curve_through(&points)
}

/// Brings points that lie far from a straight line back to it: whoever stands before the few bright pixels of a road does not
/// make everything bright as dark as himself. The line is the median of the lines through two points each (after Theil and
/// Sen), weighted by pixels.
fn straighten(points: &mut [Point]) {
    let pairs = points.iter().enumerate().flat_map(|(at, one)| points[at + 1..].iter().map(move |other| (one, other)));
    let slopes = pairs.map(|(one, other)| {
        let run = (other.usual - one.usual).max(1);
        ((other.shift - one.shift) * SLOPE / run, u64::from(one.pixels.min(other.pixels)) * run as u64)
    });
    let Some(slope) = weighted_median(slopes.collect()) else { return };
    let height = |point: &Point| point.shift - slope * point.usual / SLOPE;
    let Some(base) = weighted_median(points.iter().map(|point| (height(point), u64::from(point.pixels))).collect())
    else {
        return;
    };
    for point in points {
        let line = base + slope * point.usual / SLOPE;
        let room = BEND + line.abs() / 8;
        point.shift = point.shift.clamp(line - room, line + room);
    }
}

/// The value below which half of all weight lies.
fn weighted_median(mut values: Vec<(i32, u64)>) -> Option<i32> {
    values.sort_unstable();
    let total: u64 = values.iter().map(|(_, weight)| weight).sum();
    let mut below = 0;
    values
        .iter()
        .find(|(_, weight)| {
            below += weight;
            below * 2 >= total
        })
        .map(|(value, _)| *value)
}

/// Points come by growing brightness.
fn curve_through(points: &[Point]) -> Curve {
    let level = |value: i32| (value + FINE / 2).div_euclid(FINE).clamp(0, 255) as u8;
    let mut curve = Curve { likely: [0; 256], low: [0; 256], high: [0; 256] };
    for (usual, at) in (0..256).map(|usual| (usual as usize, usual * FINE)) {
        let (one, other) = shifts(points, at);
        curve.likely[usual] = level(at + (one + other) / 2);
        curve.low[usual] = level(at + one.min(other));
        curve.high[usual] = level(at + one.max(other));
    }
    curve
}

/// The shift at a brightness: measured between the outermost points (twice the same), and beyond them as an offset and as a gain.
fn shifts(points: &[Point], at: i32) -> (i32, i32) {
    let after = points.partition_point(|point| point.usual <= at);
    let beyond = |edge: &Point| {
        let gain = edge.shift * (at - BLACK) / (edge.usual - BLACK).max(BLACK);
        // Below the darkest point a gain does less than at it.
        (edge.shift, if at > edge.usual { gain } else { gain.clamp(-edge.shift.abs(), edge.shift.abs()) })
    };
    match (after.checked_sub(1).and_then(|before| points.get(before)), points.get(after)) {
        (Some(before), Some(after)) => {
            let shift =
                before.shift + (after.shift - before.shift) * (at - before.usual) / (after.usual - before.usual).max(1);
            (shift, shift)
        }
        (Some(edge), None) | (None, Some(edge)) => beyond(edge),
        (None, None) => (0, 0),
    }
}

/// The value below which one `parts`-th of `total` counted values lie, in [`FINE`] parts, as if each value were spread
/// evenly over its level.
fn quantile(counts: &[u32], total: u32, parts: u32) -> i32 {
    let wanted = total.div_ceil(parts).max(1);
    let mut below = 0;
    for (value, count) in counts.iter().enumerate() {
        if below + count >= wanted {
            let inside = ((wanted - below) as i32 * FINE * 2 - FINE) / (2 * *count as i32).max(1);
            return value as i32 * FINE - FINE / 2 + inside.min(FINE);
        }
        below += count;
    }
    0
}

/// What one tile's light and noise are, in [`FINE`] parts of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TileLight {
    /// How much brighter the tile is than the curve says.
    pub(crate) shift: i32,
    /// Median distance of its pixels from that.
    pub(crate) noise: i32,
}

/// The tiles of a plane, row by row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tiles {
    across: usize,
    tiles: Vec<TileLight>,
}

impl Tiles {
    /// Measures how `now` lies against `expected`, both rows of `width`.
    pub(crate) fn measure(&mut self, expected: &[u8], now: &[u8], width: usize) {
        self.across = width.div_ceil(TILE);
        self.tiles.clear();
        let band = width * TILE;
        for (expected, now) in expected.chunks(band).zip(now.chunks(band)) {
            let mut counts = vec![[0u32; 512]; self.across];
            for (expected, now) in expected.chunks_exact(width).zip(now.chunks_exact(width)).step_by(SAMPLE_ROWS) {
                for ((count, expected), now) in counts.iter_mut().zip(expected.chunks(TILE)).zip(now.chunks(TILE)) {
                    for (expected, now) in expected.iter().zip(now) {
                        count[(256 + i32::from(*now) - i32::from(*expected)) as usize] += 1;
                    }
                }
            }
            self.tiles.extend(counts.iter().map(tile_light));
        }
    }

    /// How much brighter tile `at`, counted row by row, is than expected, in levels.
    pub(crate) fn shift_levels(&self, at: usize) -> i16 {
        self.tiles.get(at).map_or(0, |tile| (tile.shift / FINE) as i16)
    }

    /// Light at each pixel of row `y`, and so many sixteenths of its noise, straight lines between the middles of tiles. Both slices are one
    /// row long.
    pub(crate) fn row(&self, y: usize, noise_sixteenths: u16, shift: &mut [i16], slack: &mut [i16]) {
        let down = self.tiles.len() / self.across.max(1);
        let (upper, lower, of_lower) = between(y, down);
        let column = |column: usize, pick: fn(&TileLight) -> i32| {
            let at = |row: usize| pick(&self.tiles[row * self.across + column]);
            (at(upper) * (TILE as i32 - of_lower) + at(lower) * of_lower) / TILE as i32
        };
        let noise = |at: usize| column(at, |tile| tile.noise) * i32::from(noise_sixteenths) / 16;
        self.stretch(shift, |at| column(at, |tile| tile.shift));
        self.stretch(slack, |at| noise(at).min(MOST_SLACK));
    }

    /// Straight lines between the values at the middles of tiles.
    fn stretch(&self, out: &mut [i16], value: impl Fn(usize) -> i32) {
        let (first, rest) = out.split_at_mut((TILE / 2).min(out.len()));
        first.fill(value(0) as i16);
        for (left, stretch) in rest.chunks_mut(TILE).enumerate() {
            let (from, to) = (value(left) as i16, value((left + 1).min(self.across - 1)) as i16);
            // In sixteenths of the way: a difference of all levels, FINE parts each, times FINE would not fit 16 bits.
            let step = to.saturating_sub(from) >> 4;
            for (x, out) in (0i16..).zip(stretch.iter_mut()) {
                *out = from.saturating_add(step * (x >> 1));
            }
        }
    }
}

/// The two tiles of `count` between whose middles `at` lies, and the share of the second, in parts of [`TILE`].
fn between(at: usize, count: usize) -> (usize, usize, i32) {
    let last = count.saturating_sub(1);
    let Some(past) = at.checked_sub(TILE / 2) else { return (0, 0, 0) };
    ((past / TILE).min(last), (past / TILE + 1).min(last), (past % TILE) as i32)
}

fn tile_light(counts: &[u32; 512]) -> TileLight {
    let total: u32 = counts.iter().sum();
    let shift = quantile(counts, total, 2) - 256 * FINE;
    let middle = (shift + FINE / 2).div_euclid(FINE) + 256;
    let mut away = [0u32; 512];
    for (value, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        away[(value as i32 - middle).unsigned_abs().min(511) as usize] += count;
    }
    TileLight { shift, noise: quantile(&away, total, 2).max(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slope() -> Vec<u8> {
        (0..64 * 64).map(|index| (40 + index % 160) as u8).collect()
    }

    #[test]
    fn gain_and_offset_are_a_curve() {
        let usual = slope();
        let now: Vec<u8> = usual.iter().map(|level| (u16::from(*level) * 5 / 4 + 9).min(255) as u8).collect();
        let curve = tone_curve(&usual, &now);
        for level in 48..180u16 {
            let expected = level * 5 / 4 + 9;
            assert!(
                u16::from(curve.likely[usize::from(level)]).abs_diff(expected.min(255)) <= 3,
                "{level}: {}",
                curve.likely[usize::from(level)]
            );
        }
    }

    #[test]
    fn what_was_not_measured_may_be_an_offset_or_a_gain() {
        let curve = tone_curve(&[66; 64 * 64], &[76; 64 * 64]);
        assert_eq!(curve.likely[66], 76);
        assert_eq!((curve.low[166], curve.high[166]), (176, 196));
        assert_eq!((curve.low[16], curve.high[16]), (16, 26));
    }

    #[test]
    fn what_covers_a_third_does_not_bend_it() {
        let usual = slope();
        let mut now = usual.clone();
        now[..64 * 21].fill(250);
        let curve = tone_curve(&usual, &now);
        // A third of the pixels moves the median inside its bin, no further.
        assert!((48..190).all(|level| curve.likely[level].abs_diff(level as u8) <= 3));
    }

    #[test]
    fn a_tile_has_a_light_and_a_noise_of_its_own() {
        let expected = vec![100u8; 64 * 64];
        let now: Vec<u8> = (0..64 * 64).map(|at| if at % 64 < 32 { 110 } else { 97 + (at % 2 * 6) as u8 }).collect();
        let mut tiles = Tiles::default();
        tiles.measure(&expected, &now, 64);
        assert_eq!(tiles.tiles.len(), 4);
        let near = |shift: i32, levels: i32| (shift - levels * FINE).abs() <= FINE / 2;
        assert!(near(tiles.tiles[0].shift, 10) && tiles.tiles[0].noise <= FINE / 2, "{:?}", tiles.tiles[0]);
        assert!(near(tiles.tiles[1].shift.abs(), 3), "either half is a median: {:?}", tiles.tiles[1]);
        let (mut shift, mut noise) = ([0; 64], [9; 64]);
        tiles.row(63, 16, &mut shift, &mut noise);
        assert!(near(i32::from(shift[0]), 10) && noise[0] <= FINE as i16 / 2);
        assert!(shift.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 13), "{shift:?}");
    }
}
