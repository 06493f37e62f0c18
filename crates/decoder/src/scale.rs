//! A plane made smaller for eyes: each pixel is the mean of the area that it covers. First the rows of a column, then the columns of a row.

use crate::reduce::{Depth, Source};

/// Weights of one mean add up to this.
const WHOLE: u32 = 256;

/// A plane whose pixels do not lie side by side: both colours of one share a row in some formats.
#[derive(Debug, Clone, Copy)]
pub struct Strided<'a> {
    /// The rows.
    pub source: Source<'a>,
    /// Bytes from one pixel of the plane to the next.
    pub step: usize,
    /// Bytes before the first.
    pub offset: usize,
}

/// Makes a plane of `width` by `height` of it in `into`, whose old content goes. False where the source is smaller than it says, or than
/// what is wanted.
pub fn scale(plane: &Strided<'_>, width: usize, height: usize, into: &mut Vec<u8>) -> bool {
    into.clear();
    let source = &plane.source;
    let (Some(columns), Some(rows)) = (Shares::of(source.width, width), Shares::of(source.height, height)) else {
        return false;
    };
    into.reserve(width * height);
    let (mut sums, mut row) = (vec![0u16; source.width], Vec::with_capacity(source.width));
    for y in 0..height {
        sums.fill(0);
        for (from, weight) in rows.of_one(y) {
            let Some(levels) = levels(plane, from, &mut row) else { return false };
            // 256 times 255 fits.
            sums.iter_mut().zip(levels).for_each(|(sum, level)| *sum += weight * u16::from(*level));
        }
        columns.means(&sums, into);
    }
    true
}

/// One row in eight bits, as it lies there where it lies there like that.
fn levels<'a>(plane: &Strided<'a>, row: usize, room: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let Source { data, stride, width, depth, .. } = plane.source;
    let rest = data.get(row.checked_mul(stride)?..)?.get(plane.offset..)?;
    if depth == Depth::Eight && plane.step == 1 {
        return rest.get(..width);
    }
    room.clear();
    match depth {
        Depth::Eight => room.extend(rest.iter().step_by(plane.step).take(width)),
        Depth::Low(_) | Depth::High => {
            let shift = match depth {
                Depth::Low(bits) => bits.clamp(8, 16) - 8,
                _ => 8,
            };
            let pixels = rest.windows(2).step_by(plane.step).take(width);
            room.extend(pixels.map(|two| (u16::from_le_bytes([two[0], two[1]]) >> shift).min(255) as u8));
        }
    }
    (room.len() == width).then_some(room)
}

/// Which pixels of a longer line make up each pixel of a shorter one, and how much of each.
struct Shares {
    /// Pixels that one mean is made of, at most.
    most: usize,
    /// The first of each.
    first: Vec<usize>,
    /// `most` weights for each; those of no pixel are nought.
    weights: Vec<u16>,
}

impl Shares {
    /// None where the line would grow, or has no pixel.
    fn of(long: usize, short: usize) -> Option<Self> {
        if short == 0 || short > long {
            return None;
        }
        let most = (long.div_ceil(short) + 1).min(long);
        let (mut firsts, mut weights) = (Vec::with_capacity(short), Vec::with_capacity(short * most));
        for at in 0..short {
            // In parts of which a pixel of the long line has `short`: this one reaches from `from` to `to`.
            let (from, to) = (at * long, (at + 1) * long);
            let first = (from / short).min(long - most);
            let parts = (first..first + most).map(|pixel| {
                let (start, end) = ((pixel * short).max(from), ((pixel + 1) * short).min(to));
                end.saturating_sub(start)
            });
            firsts.push(first);
            let (mut left, mut rest) = (WHOLE, long);
            for part in parts {
                // What rounding leaves goes to those that follow, so that the sum is whole.
                let weight = if rest == 0 { 0 } else { (left as usize * part).div_ceil(rest) as u32 };
                weights.push(weight as u16);
                (left, rest) = (left - weight.min(left), rest - part);
            }
        }
        Some(Self { most, first: firsts, weights })
    }

    fn of_one(&self, at: usize) -> impl Iterator<Item = (usize, u16)> {
        let weights = &self.weights[at * self.most..(at + 1) * self.most];
        let first = self.first[at];
        weights.iter().enumerate().filter(|(_, weight)| **weight > 0).map(move |(nth, weight)| (first + nth, *weight))
    }

    /// The means of one row, whose sums are 256 times as large as levels.
    fn means(&self, sums: &[u16], into: &mut Vec<u8>) {
        match self.most {
            // The usual numbers, known when this is compiled.
            1 => into.extend(sums.iter().take(self.first.len()).map(|sum| (sum >> 8) as u8)),
            3 => self.means_of::<3>(sums, into),
            4 => self.means_of::<4>(sums, into),
            _ => {
                let all = self.first.iter().zip(self.weights.chunks_exact(self.most));
                into.extend(all.map(|(first, weights)| mean(&sums[*first..*first + self.most], weights)));
            }
        }
    }

    fn means_of<const MOST: usize>(&self, sums: &[u16], into: &mut Vec<u8>) {
        let weights = self.weights.as_chunks::<MOST>().0;
        into.extend(self.first.iter().zip(weights).map(|(first, weights)| mean(&sums[*first..*first + MOST], weights)));
    }
}

fn mean(sums: &[u16], weights: &[u16]) -> u8 {
    let sum: u32 = sums.iter().zip(weights).map(|(sum, weight)| u32::from(*sum) * u32::from(*weight)).sum();
    ((sum + (1 << 15)) >> 16).min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eight(data: &[u8], width: usize, height: usize) -> Strided<'_> {
        Strided { source: Source { data, stride: width, width, height, depth: Depth::Eight }, step: 1, offset: 0 }
    }

    fn check(data: &[u8], size: (usize, usize), wanted: (usize, usize), expected: &[u8]) {
        let mut into = vec![9];
        assert!(scale(&eight(data, size.0, size.1), wanted.0, wanted.1, &mut into));
        assert_eq!(into, expected);
    }

    #[test]
    fn areas_become_means() {
        check(&[1, 2, 3, 4], (2, 2), (2, 2), &[1, 2, 3, 4]);
        check(&[0, 100, 200, 255], (2, 2), (1, 1), &[139]);
        // Three to two: each takes a whole pixel and half of the one between.
        check(&[90, 30, 0], (3, 1), (2, 1), &[70, 10]);
        check(&[90, 30, 0], (1, 3), (1, 2), &[70, 10]);
    }

    #[test]
    fn both_colours_of_a_shared_row_are_told_apart() {
        let data = [10, 20, 10, 20, 10, 20, 10, 20];
        let source = Source { data: &data, stride: 4, width: 2, height: 2, depth: Depth::Eight };
        let mut into = Vec::new();
        for (offset, level) in [(0, 10), (1, 20)] {
            assert!(scale(&Strided { source, step: 2, offset }, 2, 1, &mut into));
            assert_eq!(into, [level, level]);
        }
        let deep: Vec<u8> = [40u16, 80, 120, 160].iter().flat_map(|level| level.to_le_bytes()).collect();
        let source = Source { data: &deep, stride: 8, width: 4, height: 1, depth: Depth::Low(10) };
        assert!(scale(&Strided { source, step: 2, offset: 0 }, 4, 1, &mut into));
        assert_eq!(into, [10, 20, 30, 40]);
    }

    #[test]
    fn nothing_grows() {
        assert!(!scale(&eight(&[1; 4], 2, 2), 3, 1, &mut Vec::new()));
        assert!(!scale(&eight(&[1; 4], 2, 2), 0, 1, &mut Vec::new()));
        assert!(!scale(&eight(&[1; 4], 2, 3), 2, 2, &mut Vec::new()), "a row is missing");
    }

    proptest! {
        #[test]
        fn an_even_plane_stays_even(level in any::<u8>(), width in 1usize..70, height in 1usize..40, by in (1usize..70, 1usize..40)) {
            let (wanted_width, wanted_height) = (by.0.min(width), by.1.min(height));
            let mut into = Vec::new();
            prop_assert!(scale(&eight(&vec![level; width * height], width, height), wanted_width, wanted_height, &mut into));
            prop_assert_eq!(into, vec![level; wanted_width * wanted_height]);
        }

        #[test]
        fn any_source_ends(len in 0usize..3_000, stride in 0usize..80, width in 0usize..60, height in 0usize..60, wanted in (0usize..60, 0usize..60), kind in 0usize..3, step in 1usize..5, offset in 0usize..4) {
            let data = vec![200; len];
            let depth = [Depth::Eight, Depth::Low(10), Depth::High][kind];
            let source = Source { data: &data, stride, width, height, depth };
            let mut into = Vec::new();
            if scale(&Strided { source, step, offset }, wanted.0, wanted.1, &mut into) {
                prop_assert_eq!(into.len(), wanted.0 * wanted.1);
            }
        }
    }
}
