//! What a policy demands of one camera, as plain values; the program maps its policy to these.

use std::fmt;

use crate::VideoEncoder;

/// The most that a camera may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps {
    /// Pixels across at most; `None` for no cap.
    pub pixels_across: Option<u32>,
    /// Pictures a second at most; `None` for no cap.
    pub frames_per_second: Option<u32>,
}

/// Everything demanded of one camera.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CameraDemands {
    /// The most that it may send.
    pub caps: Caps,
    /// Whether sound may be received. No machine here ever asks a camera for sound; who receives streams reads this.
    pub audio: bool,
    /// Areas that must be hidden on the camera, before a picture leaves it.
    pub masks: Vec<DemandedMask>,
}

/// An area that must be hidden.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DemandedMask {
    /// The name people know it by; cameras know none.
    pub name: String,
    /// Its corners in order, at least three; the last joins the first.
    pub polygon: Vec<PicturePoint>,
}

/// A point of the picture in ten-thousandths of its width from the left and of its height from the top, each at most
/// [`PicturePoint::MOST`]. Whole numbers, so that a policy hashes and compares exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PicturePoint {
    across: u16,
    down: u16,
}

impl PicturePoint {
    /// The right and the lower edge.
    pub const MOST: u16 = 10_000;

    /// A point; `None` outside the picture.
    #[must_use]
    pub const fn new(across: u16, down: u16) -> Option<Self> {
        if across <= Self::MOST && down <= Self::MOST { Some(Self { across, down }) } else { None }
    }

    /// Ten-thousandths of the width from the left.
    #[must_use]
    pub const fn across(self) -> u16 {
        self.across
    }

    /// Ten-thousandths of the height from the top.
    #[must_use]
    pub const fn down(self) -> u16 {
        self.down
    }
}

/// A picture's size and rate, as offered, asked for or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Picture {
    /// Pixels across; 0 where not said.
    pub width: u32,
    /// Pixels down; 0 where not said.
    pub height: u32,
    /// Pictures a second, rounded down; 0 where not said.
    pub frame_rate: u32,
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.width, self.frame_rate) {
            (0, 0) => f.write_str("a picture of unknown size and rate"),
            (0, rate) => write!(f, "a picture of unknown size, {rate} a second"),
            (width, 0) => write!(f, "{width}x{}", self.height),
            (width, rate) => write!(f, "{width}x{}, {rate} a second", self.height),
        }
    }
}

impl From<&VideoEncoder> for Picture {
    fn from(video: &VideoEncoder) -> Self {
        Self { width: video.width, height: video.height, frame_rate: video.frame_rate }
    }
}

/// How a picture exceeds a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Excess {
    /// Too many pixels across.
    Wide {
        /// Pixels across; 0 where the camera does not say, which may be any number.
        width: u32,
        /// The cap.
        most: u32,
    },
    /// Too many pictures a second.
    Fast {
        /// Pictures a second.
        rate: u32,
        /// The cap.
        most: u32,
    },
}

impl Caps {
    /// No caps at all.
    pub const NONE: Self = Self { pixels_across: None, frames_per_second: None };

    /// How a picture exceeds these caps; `None` where it lies under them. A size that is not said counts as too large,
    /// because nobody can choose by it. A rate that is not said does not: many cameras never say it, and it is measured
    /// where the stream is received.
    #[must_use]
    pub fn excess(&self, picture: Picture) -> Option<Excess> {
        let Picture { width, frame_rate: rate, .. } = picture;
        let wide = self.pixels_across.filter(|most| width == 0 || width > *most);
        let fast = self.frames_per_second.filter(|most| rate > *most);
        wide.map(|most| Excess::Wide { width, most }).or(fast.map(|most| Excess::Fast { rate, most }))
    }
}

impl fmt::Display for Caps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pixels_across, self.frames_per_second) {
            (None, None) => f.write_str("any picture"),
            (Some(across), None) => write!(f, "at most {across} pixels across"),
            (None, Some(rate)) => write!(f, "at most {rate} pictures a second"),
            (Some(across), Some(rate)) => write!(f, "at most {across} pixels across and {rate} pictures a second"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(caps: (Option<u32>, Option<u32>), picture: (u32, u32), expected: Option<Excess>) {
        let caps = Caps { pixels_across: caps.0, frames_per_second: caps.1 };
        let picture = Picture { width: picture.0, height: 1, frame_rate: picture.1 };
        assert_eq!(caps.excess(picture), expected, "{picture} under {caps}");
    }

    #[test]
    fn what_lies_under_a_cap() {
        let (wide, fast) =
            (|width| Some(Excess::Wide { width, most: 1280 }), |rate| Some(Excess::Fast { rate, most: 10 }));
        check((None, None), (9999, 999), None);
        check((Some(1280), Some(10)), (1280, 10), None);
        check((Some(1280), Some(10)), (1281, 10), wide(1281));
        check((Some(1280), Some(10)), (1280, 11), fast(11));
        check((Some(1280), None), (0, 10), wide(0));
        check((None, Some(10)), (0, 0), None);
    }
}
