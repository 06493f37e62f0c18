//! A camera on a mast: whether the whole picture has moved by a pixel.

use crate::light::TILE;

/// Tiles must agree with so many hundredths of what they would lie off otherwise.
const CLEARLY_PERCENT: u32 = 85;
/// Every so many rows are compared.
const EVERY_ROW: usize = 2;

/// Steps that are tried: no step first.
const STEPS: [(isize, isize); 9] = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)];

/// The step (right, down) by which `now` lies off `expected` in most tiles that have anything to hold on to; (0, 0) where they
/// do not agree. `shift` is how much brighter each tile is than expected, in levels, row by row.
pub(crate) fn step(expected: &[u8], now: &[u8], width: usize, shift: impl Fn(usize) -> i16) -> (isize, isize) {
    let across = width.div_ceil(TILE);
    let height = now.len() / width;
    let mut votes = [0u32; STEPS.len()];
    for tile in 0..across * height.div_ceil(TILE) {
        let (left, top) = (tile % across * TILE, tile / across * TILE);
        let bounds = Bounds {
            left: left.max(1),
            right: (left + TILE).min(width - 1),
            top: top.max(1),
            bottom: (top + TILE).min(height - 1),
        };
        let off = STEPS.map(|step| bounds.distance(expected, now, width, step, shift(tile)));
        if let Some((step, weight)) = vote(&off) {
            votes[step] += weight;
        }
    }
    let total: u32 = votes.iter().sum();
    STEPS.iter().zip(votes).find(|(_, count)| count * 2 > total).map_or((0, 0), |(step, _)| *step)
}

/// The step that fits clearly better than most, and how much a tile has to hold on to; none where that is nothing.
fn vote(off: &[u32; STEPS.len()]) -> Option<(usize, u32)> {
    let (best, least) = off.iter().enumerate().min_by_key(|(_, off)| **off)?;
    let clearly = |other: u32| u64::from(*least) * 100 < u64::from(other) * u64::from(CLEARLY_PERCENT);
    let mean = off.iter().sum::<u32>() / STEPS.len() as u32;
    let step = if best != 0 && clearly(off[0]) { Some(best) } else { clearly(mean).then_some(0) };
    step.map(|step| (step, mean.saturating_sub(*least).isqrt()))
}

struct Bounds {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
}

impl Bounds {
    /// Sum of differences inside, if the expected picture were moved by `step`.
    fn distance(&self, expected: &[u8], now: &[u8], width: usize, step: (isize, isize), shift: i16) -> u32 {
        let mut sum = 0;
        for y in (self.top..self.bottom).step_by(EVERY_ROW) {
            let seen = &now[y * width + self.left..y * width + self.right];
            let from = (y * width + self.left).wrapping_add_signed(-step.1 * width as isize - step.0);
            let thought = &expected[from..from + seen.len()];
            sum += seen
                .iter()
                .zip(thought)
                .map(|(seen, thought)| u32::from((i16::from(*seen) - i16::from(*thought) - shift).unsigned_abs()))
                .sum::<u32>();
        }
        sum
    }
}

/// Moves what is known of each pixel by a step; at the edges it stays.
pub(crate) fn moved<T: Copy>(pixels: &mut [T], width: usize, step: (isize, isize)) {
    let by = step.1 * width as isize + step.0;
    let count = pixels.len().saturating_sub(by.unsigned_abs());
    if by > 0 {
        pixels.copy_within(..count, by.unsigned_abs());
    } else {
        pixels.copy_within(by.unsigned_abs().., 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texture(x: isize, y: isize) -> u8 {
        (((x / 3 * 37 + y / 4 * 91) % 61 + 61) % 61 * 3 + 20) as u8
    }

    fn picture(width: isize, height: isize, (right, down): (isize, isize)) -> Vec<u8> {
        (0..height).flat_map(|y| (0..width).map(move |x| texture(x - right, y - down))).collect()
    }

    #[test]
    fn a_moved_picture_is_recognised_and_followed() {
        let (width, height) = (96, 64);
        for step_made in STEPS {
            let mut expected = picture(width, height, (0, 0));
            let now = picture(width, height, step_made);
            let found = step(&expected, &now, width as usize, |_| 0);
            assert_eq!(found, step_made);
            moved(&mut expected, width as usize, found);
            let inside = |at: &usize| (2..94).contains(&(at % 96)) && (2..62).contains(&(at / 96));
            assert!((0..now.len()).filter(inside).all(|at| now[at] == expected[at]), "{step_made:?}");
        }
    }

    #[test]
    fn something_in_the_picture_moves_nothing() {
        let expected = picture(96, 64, (0, 0));
        let mut now = expected.clone();
        let object = picture(96, 64, (1, 0));
        now[..96 * 24].copy_from_slice(&object[..96 * 24]);
        assert_eq!(step(&expected, &now, 96, |_| 0), (0, 0));
        assert_eq!(step(&[90; 96 * 64], &[90; 96 * 64], 96, |_| 0), (0, 0), "nothing to hold on to");
    }
}
