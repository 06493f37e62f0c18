//! A picture, reduced to brightness and to few pixels.

/// Fewest pixels a side of a plane may have.
pub const LEAST_SIDE: u16 = 16;
/// Most pixels a side of a plane may have.
pub const MOST_SIDE: u16 = 512;

/// The brightness of one picture: row after row from the top, each from the left, one byte a pixel, no padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plane<'a> {
    width: u16,
    height: u16,
    luma: &'a [u8],
}

/// Why bytes are no plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaneError {
    /// Too small or too large.
    #[error("a plane is {LEAST_SIDE} to {MOST_SIDE} pixels wide and high, this one is {width}x{height}")]
    Size {
        /// Pixels in a row.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// Not one byte for each pixel.
    #[error("a plane of {width}x{height} has one byte a pixel, this one has {len}")]
    Length {
        /// Pixels in a row.
        width: u16,
        /// Rows.
        height: u16,
        /// Bytes given.
        len: usize,
    },
}

impl<'a> Plane<'a> {
    /// Looks at `luma` as `height` rows of `width` pixels.
    ///
    /// # Errors
    /// [`PlaneError`].
    pub fn new(width: u16, height: u16, luma: &'a [u8]) -> Result<Self, PlaneError> {
        let side = LEAST_SIDE..=MOST_SIDE;
        if !side.contains(&width) || !side.contains(&height) {
            return Err(PlaneError::Size { width, height });
        }
        if luma.len() != usize::from(width) * usize::from(height) {
            return Err(PlaneError::Length { width, height, len: luma.len() });
        }
        Ok(Self { width, height, luma })
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u16 {
        self.height
    }

    /// The brightness values, `width * height` of them.
    #[must_use]
    pub fn luma(&self) -> &'a [u8] {
        self.luma
    }
}
