//! How large a still is, and a plane of it.

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

    proptest! {
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
