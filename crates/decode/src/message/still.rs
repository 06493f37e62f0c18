//! The messages of a still: one key frame in, one JPEG out. Nothing is kept between two of them.

use super::{Coding, Fields, MOST_UNIT, MessageError};

/// The widest still, in pixels; no still is higher than this either.
pub const MOST_STILL_WIDTH: u16 = 1_920;
/// The narrowest still that may be asked for.
pub const LEAST_STILL_WIDTH: u16 = 16;
/// The largest JPEG of a still: more than any picture of [`MOST_STILL_WIDTH`] takes at the quality of the encoder, noise included.
pub const MOST_JPEG: usize = 4 << 20;

/// One key frame of which a JPEG is wanted. Answered by a still or a trouble, then by [`super::Answer::Done`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillOf<'a> {
    /// Whose picture it is: comes back in each answer.
    pub stream: u16,
    /// How it is coded.
    pub coding: Coding,
    /// Pixels in a row of the still at most, [`LEAST_STILL_WIDTH`] to [`MOST_STILL_WIDTH`]; a smaller picture stays as it is.
    pub width: u16,
    /// Annex B with its parameter sets, or a JPEG.
    pub data: &'a [u8],
}

/// A JPEG that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeStill<'a> {
    /// Whose picture it is.
    pub stream: u16,
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// A baseline JPEG (ITU-T T.81), at most [`MOST_JPEG`] bytes.
    pub jpeg: &'a [u8],
}

impl<'a> StillOf<'a> {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.stream.to_be_bytes());
        out.push(self.coding.code());
        out.extend_from_slice(&self.width.to_be_bytes());
        out.extend_from_slice(self.data);
    }

    pub(super) fn decode(fields: &mut Fields<'a>) -> Result<Self, MessageError> {
        let widths = LEAST_STILL_WIDTH..=MOST_STILL_WIDTH;
        Ok(Self {
            stream: fields.u16()?,
            coding: fields.checked("coding", Fields::u8, Coding::from_code)?,
            width: fields.checked("width", Fields::u16, |width| widths.contains(&width).then_some(width))?,
            data: fields.rest_checked("data", |data| data.len() <= MOST_UNIT)?,
        })
    }
}

impl<'a> MadeStill<'a> {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.stream.to_be_bytes());
        out.extend_from_slice(&self.width.to_be_bytes());
        out.extend_from_slice(&self.height.to_be_bytes());
        out.extend_from_slice(self.jpeg);
    }

    pub(super) fn decode(fields: &mut Fields<'a>) -> Result<Self, MessageError> {
        let side = |side: u16| (1..=MOST_STILL_WIDTH).contains(&side).then_some(side);
        Ok(Self {
            stream: fields.u16()?,
            width: fields.checked("width", Fields::u16, side)?,
            height: fields.checked("height", Fields::u16, side)?,
            jpeg: fields.rest_checked("jpeg", is_jpeg)?,
        })
    }
}

/// Begins and ends as a JPEG does (SOI and EOI) and is not too long: a browser gets nothing else from a program that is not trusted.
fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.len() <= MOST_JPEG && bytes.starts_with(&[0xff, 0xd8, 0xff]) && bytes.ends_with(&[0xff, 0xd9])
}
