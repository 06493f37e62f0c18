//! A picture made small: means of squares of brightness.

/// A plane of brightness as a decoder leaves it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Rows of `stride` bytes, the last may be shorter.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// How a pixel lies in memory.
    pub depth: Depth,
}

/// How a pixel lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// One byte.
    Eight,
    /// Two bytes, the low one first, brightness in the lowest so many bits.
    Low(u32),
    /// Two bytes, the low one first, brightness in the highest eight and more.
    High,
}

/// A reduced plane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reduced {
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Brightness, row after row.
    pub luma: Vec<u8>,
}

/// Reduces by the least whole factor with which no side is longer than `most_side`. What is left over at the right and the bottom is less
/// than a square and is cut off. None where the source is smaller than it says, or too small to be a plane.
pub fn reduce(source: &Source<'_>, most_side: u16) -> Option<Reduced> {
    let most = usize::from(most_side.max(1));
    let factor = source.width.max(source.height).div_ceil(most).max(1);
    let (width, height) = (source.width / factor, source.height / factor);
    let least = usize::from(candour_motion::LEAST_SIDE);
    if width < least || height < least || factor > 255 {
        return None;
    }
    let mut luma = Vec::with_capacity(width * height);
    let mut sums = vec![0u16; width * factor];
    for y in 0..height {
        sums.fill(0);
        for row in y * factor..(y + 1) * factor {
            add_row(source, row, &mut sums)?;
        }
        match factor {
            1 => means::<1>(&sums, &mut luma),
            2 => means::<2>(&sums, &mut luma),
            3 => means::<3>(&sums, &mut luma),
            4 => means::<4>(&sums, &mut luma),
            5 => means::<5>(&sums, &mut luma),
            6 => means::<6>(&sums, &mut luma),
            7 => means::<7>(&sums, &mut luma),
            8 => means::<8>(&sums, &mut luma),
            _ => luma.extend(sums.chunks_exact(factor).map(|square| mean(square, share_of(factor)))),
        }
    }
    Some(Reduced { width: width as u16, height: height as u16, luma })
}

/// The usual factors, known when this is compiled: four times as fast.
fn means<const FACTOR: usize>(sums: &[u16], luma: &mut Vec<u8>) {
    let squares = sums.as_chunks::<FACTOR>().0;
    luma.extend(squares.iter().map(|square| mean(square, share_of(FACTOR))));
}

/// One pixel's share of a square, in parts of 2^32, rounded up: multiplying by it is dividing, without a division.
const fn share_of(factor: usize) -> u64 {
    (1u64 << 32).div_ceil((factor * factor) as u64)
}

fn mean(square: &[u16], share: u64) -> u8 {
    let sum: u32 = square.iter().map(|sum| u32::from(*sum)).sum();
    let half = 1 << 31;
    ((u64::from(sum) * share + half) >> 32).min(255) as u8
}

/// Adds the brightness of one row, in eight bits, to the sums of its columns. 255 rows fit a sum.
fn add_row(source: &Source<'_>, row: usize, sums: &mut [u16]) -> Option<()> {
    let from = row.checked_mul(source.stride)?;
    let rest = source.data.get(from..)?;
    match source.depth {
        Depth::Eight => {
            let pixels = rest.get(..sums.len())?;
            sums.iter_mut().zip(pixels).for_each(|(sum, level)| *sum += u16::from(*level));
        }
        Depth::Low(_) | Depth::High => {
            let shift = match source.depth {
                Depth::Low(bits) => bits.clamp(8, 16) - 8,
                _ => 8,
            };
            let pixels = rest.get(..sums.len() * 2)?.chunks_exact(2);
            sums.iter_mut().zip(pixels).for_each(|(sum, pixel)| {
                *sum += (u16::from_le_bytes([pixel[0], pixel[1]]) >> shift).min(255);
            });
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eight(data: &[u8], stride: usize, width: usize, height: usize) -> Source<'_> {
        Source { data, stride, width, height, depth: Depth::Eight }
    }

    #[test]
    fn squares_become_means() {
        let data: Vec<u8> = (0..64 * 40).map(|at| if at / 64 % 2 == 0 { 10 } else { 20 }).collect();
        let reduced = reduce(&eight(&data, 64, 63, 40), 32).expect("large enough");
        assert_eq!((reduced.width, reduced.height), (31, 20));
        assert!(reduced.luma.iter().all(|level| *level == 15));
    }

    #[test]
    fn deeper_pixels_keep_their_highest_bits() {
        let levels: Vec<u16> = (0..16 * 16).map(|at| at * 4 + 3).collect();
        let low: Vec<u8> = levels.iter().flat_map(|level| level.to_le_bytes()).collect();
        let high: Vec<u8> = levels.iter().flat_map(|level| (level << 6).to_le_bytes()).collect();
        for (data, depth) in [(low, Depth::Low(10)), (high, Depth::High)] {
            let source = Source { data: &data, stride: 32, width: 16, height: 16, depth };
            let expected: Vec<u8> = (0..=255).collect();
            assert_eq!(reduce(&source, 16).expect("16 by 16").luma, expected);
        }
    }

    #[test]
    fn means_are_rounded_to_the_nearest() {
        for factor in 1..=255usize {
            for level in [0u32, 1, 77, 254, 255] {
                let whole = vec![(level * factor as u32) as u16; factor];
                assert_eq!(u32::from(mean(&whole, share_of(factor))), level, "{factor}");
            }
        }
        assert_eq!(mean(&[3, 4, 3], share_of(3)), 1);
        assert_eq!(mean(&[5, 5, 4], share_of(3)), 2);
    }

    proptest! {
        #[test]
        fn any_source_ends(len in 0usize..3_000, stride in 0usize..80, width in 0usize..100, height in 0usize..100, most in any::<u16>(), kind in 0usize..3) {
            let data = vec![200; len];
            let depth = [Depth::Eight, Depth::Low(10), Depth::High][kind];
            if let Some(reduced) = reduce(&Source { data: &data, stride, width, height, depth }, most) {
                prop_assert_eq!(reduced.luma.len(), usize::from(reduced.width) * usize::from(reduced.height));
                prop_assert!(reduced.width.max(reduced.height) <= most.max(1));
            }
        }
    }
}
