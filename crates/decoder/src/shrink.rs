//! A plane made as small as it is asked for: each pixel is the mean of those it stands for. Any ratio, never larger.

use crate::reduce::Depth;

/// A size in pixels, both sides even and at least 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Size {
    /// The largest even size of the same shape with no side longer than `most`, nor than the picture. None for a picture without an even size.
    pub fn within(width: u32, height: u32, most: u16) -> Option<Self> {
        let longest = u64::from(width.max(height));
        // A picture on its side is as high as one that lies is wide.
        let most = u64::from(most).min(longest);
        let side = |side: u32| {
            let scaled = (u64::from(side) * most + longest / 2) / longest.max(1);
            u16::try_from((scaled / 2 * 2).max(2)).ok().filter(|even| u32::from(*even) <= side)
        };
        Some(Self { width: side(width)?, height: side(height)? })
    }

    /// Half of it each way, rounded up as planes of colour are.
    pub fn halved(self) -> Self {
        Self { width: self.width.div_ceil(2), height: self.height.div_ceil(2) }
    }
}

/// A plane as a decoder leaves it.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
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

/// A plane of eight bits without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    /// Pixels in a row.
    pub width: u16,
    /// `width` values for each row.
    pub data: Vec<u8>,
}

impl Small {
    /// One value all over.
    pub fn filled(size: Size, value: u8) -> Self {
        Self { width: size.width, data: vec![value; usize::from(size.width) * usize::from(size.height)] }
    }
}

/// Shrinks. A plane that is smaller than what is wanted (colour of a small picture) has pixels repeated. None where the plane is smaller than it
/// says, or has no pixel.
pub fn shrink(source: &Plane<'_>, wanted: Size) -> Option<Small> {
    if source.width == 0 || source.height == 0 || source.width > usize::from(u16::MAX) {
        return None;
    }
    let (width, height) = (usize::from(wanted.width), usize::from(wanted.height));
    let columns: Vec<(usize, usize)> = (0..width).map(|at| share(at, width, source.width)).collect();
    let mut data = Vec::with_capacity(width * height);
    let mut sums = vec![0u32; source.width];
    for y in 0..height {
        let (top, bottom) = share(y, height, source.height);
        sums.fill(0);
        for row in top..bottom {
            add_row(source, row, &mut sums)?;
        }
        data.extend(columns.iter().map(|&(left, right)| {
            let pixels = ((right - left) * (bottom - top)) as u64;
            let sum: u64 = sums[left..right].iter().map(|sum| u64::from(*sum)).sum();
            ((sum + pixels / 2) / pixels).min(255) as u8
        }));
    }
    Some(Small { width: wanted.width, data })
}

/// The pixels of `from` that stand behind pixel `at` of `count`: at least one, all of them once where there are more than wanted.
fn share(at: usize, count: usize, from: usize) -> (usize, usize) {
    let start = (at * from / count).min(from - 1);
    let end = ((at + 1) * from / count).clamp(start + 1, from);
    (start, end)
}

/// Adds one row, in eight bits, to the sums of its columns. 2^24 rows would fit a sum.
fn add_row(source: &Plane<'_>, row: usize, sums: &mut [u32]) -> Option<()> {
    let rest = source.data.get(row.checked_mul(source.stride)?..)?;
    match source.depth {
        Depth::Eight => {
            let pixels = rest.get(..sums.len())?;
            sums.iter_mut().zip(pixels).for_each(|(sum, level)| *sum += u32::from(*level));
        }
        Depth::Low(_) | Depth::High => {
            let shift = match source.depth {
                Depth::Low(bits) => bits.clamp(8, 16) - 8,
                _ => 8,
            };
            let pixels = rest.get(..sums.len() * 2)?.chunks_exact(2);
            sums.iter_mut().zip(pixels).for_each(|(sum, pixel)| {
                *sum += u32::from((u16::from_le_bytes([pixel[0], pixel[1]]) >> shift).min(255));
            });
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(from: (u32, u32), most: u16, expected: Option<(u16, u16)>) {
        let expected = expected.map(|(width, height)| Size { width, height });
        assert_eq!(Size::within(from.0, from.1, most), expected, "{from:?} within {most}");
    }

    #[test]
    fn sizes_keep_their_shape() {
        check((1920, 1080), 320, Some((320, 180)));
        check((1920, 1080), 1920, Some((1920, 1080)));
        check((640, 360), 1920, Some((640, 360)));
        check((704, 576), 320, Some((320, 262)));
        check((1080, 1920), 320, Some((180, 320)));
        check((641, 361), 1920, Some((640, 360)));
        check((4000, 3), 320, Some((320, 2)));
        check((3, 3), 320, Some((2, 2)));
        check((1, 100), 320, None);
        check((0, 0), 320, None);
    }

    #[test]
    fn means_of_what_they_stand_for() {
        let data: Vec<u8> = (0..6 * 4).map(|at| [10, 20, 30, 40, 50, 60][at % 6] + (at / 6) as u8).collect();
        let plane = Plane { data: &data, stride: 6, width: 6, height: 4, depth: Depth::Eight };
        let small = shrink(&plane, Size { width: 2, height: 2 }).expect("whole");
        // Means of 10 20 30 and 40 50 60, over rows 0 and 1, then 2 and 3; halves are rounded up.
        assert_eq!(small.data, [21, 51, 23, 53]);
        let same = shrink(&plane, Size { width: 6, height: 4 }).expect("whole");
        assert_eq!(same.data, data);
        let short = Plane { height: 5, ..plane };
        assert_eq!(shrink(&short, Size { width: 2, height: 2 }), None);
    }

    #[test]
    fn deeper_pixels_keep_their_highest_bits() {
        let low: Vec<u8> = (0..16u16).flat_map(|level| (level * 64 + 3).to_le_bytes()).collect();
        let plane = Plane { data: &low, stride: 32, width: 16, height: 1, depth: Depth::Low(10) };
        let same = shrink(&plane, Size { width: 16, height: 1 }).expect("whole");
        assert_eq!(same.data, (0..16).map(|level| level * 16).collect::<Vec<u8>>());
    }

    proptest! {
        #[test]
        fn any_plane_ends(
            len in 0usize..3_000, stride in 0usize..80, width in 0usize..100, height in 0usize..100,
            to in (1u16..90, 1u16..90), level in any::<u8>(),
        ) {
            let data = vec![level; len];
            let plane = Plane { data: &data, stride, width, height, depth: Depth::Eight };
            if let Some(small) = shrink(&plane, Size { width: to.0, height: to.1 }) {
                prop_assert_eq!(small.data, vec![level; usize::from(to.0) * usize::from(to.1)]);
            }
        }

        #[test]
        fn sizes_fit(width in 0u32..5_000, height in 0u32..5_000, most in 16u16..=1_920) {
            if let Some(size) = Size::within(width, height, most) {
                prop_assert!(size.width.max(size.height) <= most && size.width % 2 == 0 && size.height % 2 == 0);
                prop_assert!(u32::from(size.width) <= width && u32::from(size.height) <= height);
            } else {
                prop_assert!(width < 2 || height < 2);
            }
        }
    }
}
