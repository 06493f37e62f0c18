//! The messages: what is asked of the decoder and what it answers. One byte for the kind, then fixed fields in network order, then
//! the bytes that are left. Nothing nested, nothing counted, so nothing to get wrong.

use candour_motion::MOST_SIDE;
use candour_units::MediaTime;

use crate::recode::{MOST_RECODED, Target};
use crate::trouble::{Mechanisms, Trouble};

mod still;

pub use still::{LEAST_STILL_WIDTH, MOST_JPEG, MOST_STILL_WIDTH, MadeStill, StillOf};

/// The largest access unit that is handed on. Cameras send 200 kB for a key frame of eight megapixels; what is larger than this is
/// not decoded.
pub const MOST_UNIT: usize = 4 << 20;
/// The largest request, kind included.
pub const MOST_REQUEST: usize = MOST_UNIT + 16;
/// The largest answer, kind included: a still or a picture coded anew; a plane of the largest size is less.
pub const MOST_ANSWER: usize = if MOST_JPEG > MOST_RECODED { MOST_JPEG + 32 } else { MOST_RECODED + 32 };
const _: () = assert!(MOST_ANSWER >= (MOST_SIDE as usize) * (MOST_SIDE as usize) + 32, "a plane fits into an answer");

/// How a stream is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// ITU-T H.264 in Annex B form.
    H264,
    /// ITU-T H.265 in Annex B form.
    H265,
    /// One JPEG after another.
    Mjpeg,
}

/// What pictures are wanted of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Reduced planes have at most so many pixels on a side; [`candour_motion::LEAST_SIDE`] to [`MOST_SIDE`].
    pub most_side: u16,
    /// One plane in so many milliseconds is enough; 0 for every picture.
    pub every_ms: u16,
}

impl Default for Wanted {
    /// Planes of 256 pixels, five in a second.
    fn default() -> Self {
        Self { most_side: 256, every_ms: 200 }
    }
}

/// What is asked of the decoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request<'a> {
    /// A stream begins, or begins anew.
    Open {
        /// Its number in this channel.
        stream: u16,
        /// How it is coded.
        coding: Coding,
        /// What is wanted.
        wanted: Wanted,
    },
    /// One access unit, whole. Answered by planes and troubles, then [`Answer::Done`].
    Unit {
        /// Of which stream.
        stream: u16,
        /// When it is to be shown.
        pts: MediaTime,
        /// Annex B, or a JPEG.
        data: &'a [u8],
    },
    /// One key frame that is looked at by itself: its picture is given out at once, and nothing after it refers to it, so its edges need not be
    /// smoothed. The stream then begins with a key frame. Answered like a unit.
    Glimpse {
        /// Of which stream.
        stream: u16,
        /// When it is to be shown.
        pts: MediaTime,
        /// Annex B, or a JPEG.
        data: &'a [u8],
    },
    /// Gives out the pictures that are still inside. Answered like a unit.
    Drain {
        /// Of which stream.
        stream: u16,
    },
    /// A stream begins, or begins anew, of which not planes are wanted but pictures coded anew as H.264.
    Recode {
        /// Its number in this channel.
        stream: u16,
        /// How it is coded.
        coding: Coding,
        /// How it is to be coded.
        target: Target,
    },
    /// The next picture that is coded anew shall be one with which decoding can start. Answered by [`Answer::Done`].
    Key {
        /// Of which stream.
        stream: u16,
    },
    /// The stream is over. Answered by [`Answer::Done`].
    Close {
        /// Which.
        stream: u16,
    },
    /// One key frame as a JPEG; concerns no stream that is open.
    Still(StillOf<'a>),
}

/// What the decoder answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The first message: the cage is shut.
    Ready {
        /// What the kernel lacks for it.
        missing: Mechanisms,
    },
    /// A reduced picture.
    Plane {
        /// Of which stream.
        stream: u16,
        /// When it is to be shown.
        pts: MediaTime,
        /// Pixels in a row of the plane.
        width: u16,
        /// Rows of the plane.
        height: u16,
        /// `width * height` brightness values.
        luma: &'a [u8],
    },
    /// A picture that was coded anew.
    Recoded {
        /// Of which stream.
        stream: u16,
        /// When it is to be shown: the time of the picture that it was.
        pts: MediaTime,
        /// Decoding can start here.
        key: bool,
        /// H.264 in Annex B form, parameter sets before each key frame.
        data: &'a [u8],
    },
    /// A still.
    Still(MadeStill<'a>),
    /// No picture, and why.
    Trouble {
        /// Of which stream.
        stream: u16,
        /// Why.
        what: Trouble,
    },
    /// The request is finished.
    Done {
        /// Of which stream it was.
        stream: u16,
    },
}

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// No message has this kind.
    #[error("there is no message of kind {0}")]
    Kind(u8),
    /// It ends too early.
    #[error("a message of kind {kind} ends after {len} bytes")]
    Short {
        /// The kind.
        kind: u8,
        /// Bytes there are.
        len: usize,
    },
    /// Bytes after its end.
    #[error("a message of kind {kind} has {extra} bytes too many")]
    Long {
        /// The kind.
        kind: u8,
        /// Bytes left over.
        extra: usize,
    },
    /// A field has a value that it cannot have.
    #[error("a message of kind {kind} has a field {field} of {value}")]
    Field {
        /// The kind.
        kind: u8,
        /// Which field.
        field: &'static str,
        /// Its value.
        value: u64,
    },
    /// Nothing at all.
    #[error("a message of no bytes")]
    Empty,
}

const OPEN: u8 = 1;
const UNIT: u8 = 2;
const DRAIN: u8 = 3;
const CLOSE: u8 = 4;
const RECODE: u8 = 5;
const KEY: u8 = 6;
const STILL: u8 = 7;
const GLIMPSE: u8 = 8;
const READY: u8 = 65;
const PLANE: u8 = 66;
const TROUBLE: u8 = 67;
const DONE: u8 = 68;
const RECODED: u8 = 69;
const MADE_STILL: u8 = 70;

impl Request<'_> {
    /// Writes the message into `out`, which is emptied first.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.clear();
        match self {
            Self::Open { stream, coding, wanted } => {
                out.push(OPEN);
                out.extend_from_slice(&stream.to_be_bytes());
                out.push(coding.code());
                out.extend_from_slice(&wanted.most_side.to_be_bytes());
                out.extend_from_slice(&wanted.every_ms.to_be_bytes());
            }
            Self::Unit { stream, pts, data } => with_unit(out, UNIT, *stream, *pts, data),
            Self::Glimpse { stream, pts, data } => with_unit(out, GLIMPSE, *stream, *pts, data),
            Self::Drain { stream } => with_stream(out, DRAIN, *stream),
            Self::Close { stream } => with_stream(out, CLOSE, *stream),
            Self::Recode { stream, coding, target } => {
                with_stream(out, RECODE, *stream);
                out.push(coding.code());
                target.write(out);
            }
            Self::Key { stream } => with_stream(out, KEY, *stream),
            Self::Still(of) => {
                out.push(STILL);
                of.encode(out);
            }
        }
    }
}

impl<'a> Request<'a> {
    /// Reads one message of exactly these bytes.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::of(bytes)?;
        let request = match fields.kind {
            OPEN => Self::Open {
                stream: fields.u16()?,
                coding: fields.checked("coding", Fields::u8, Coding::from_code)?,
                wanted: Wanted {
                    most_side: fields.checked("most_side", Fields::u16, |side| {
                        (candour_motion::LEAST_SIDE..=MOST_SIDE).contains(&side).then_some(side)
                    })?,
                    every_ms: fields.u16()?,
                },
            },
            UNIT => Self::Unit {
                stream: fields.u16()?,
                pts: fields.time()?,
                data: fields.rest_checked("data", |data| data.len() <= MOST_UNIT)?,
            },
            GLIMPSE => Self::Glimpse {
                stream: fields.u16()?,
                pts: fields.time()?,
                data: fields.rest_checked("data", |data| data.len() <= MOST_UNIT)?,
            },
            DRAIN => Self::Drain { stream: fields.u16()? },
            CLOSE => Self::Close { stream: fields.u16()? },
            RECODE => Self::Recode {
                stream: fields.u16()?,
                coding: fields.checked("coding", Fields::u8, Coding::from_code)?,
                target: Target::read(&mut fields)?,
            },
            KEY => Self::Key { stream: fields.u16()? },
            STILL => Self::Still(StillOf::decode(&mut fields)?),
            kind => return Err(MessageError::Kind(kind)),
        };
        fields.end(request)
    }
}

impl Answer<'_> {
    /// Writes the message into `out`, which is emptied first.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.clear();
        match self {
            Self::Ready { missing } => out.extend_from_slice(&[READY, missing.bits()]),
            Self::Plane { stream, pts, width, height, luma } => {
                out.push(PLANE);
                out.extend_from_slice(&stream.to_be_bytes());
                out.extend_from_slice(&pts.ticks().to_be_bytes());
                out.extend_from_slice(&width.to_be_bytes());
                out.extend_from_slice(&height.to_be_bytes());
                out.extend_from_slice(luma);
            }
            Self::Trouble { stream, what } => {
                with_stream(out, TROUBLE, *stream);
                out.push(what.code());
            }
            Self::Done { stream } => with_stream(out, DONE, *stream),
            Self::Recoded { stream, pts, key, data } => {
                with_stream(out, RECODED, *stream);
                out.extend_from_slice(&pts.ticks().to_be_bytes());
                out.push(u8::from(*key));
                out.extend_from_slice(data);
            }
            Self::Still(made) => {
                out.push(MADE_STILL);
                made.encode(out);
            }
        }
    }
}

impl<'a> Answer<'a> {
    /// Reads one message of exactly these bytes. A plane is as long as its size says.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::of(bytes)?;
        let answer = match fields.kind {
            READY => Self::Ready { missing: fields.checked("missing", Fields::u8, Mechanisms::from_bits)? },
            PLANE => {
                let (stream, pts, width, height) = (fields.u16()?, fields.time()?, fields.u16()?, fields.u16()?);
                let len = usize::from(width) * usize::from(height);
                let luma = fields.rest_checked("luma", |luma| {
                    luma.len() == len && width.max(height) <= MOST_SIDE && width.min(height) > 0
                })?;
                Self::Plane { stream, pts, width, height, luma }
            }
            TROUBLE => {
                Self::Trouble { stream: fields.u16()?, what: fields.checked("what", Fields::u8, Trouble::from_code)? }
            }
            DONE => Self::Done { stream: fields.u16()? },
            RECODED => Self::Recoded {
                stream: fields.u16()?,
                pts: fields.time()?,
                key: fields.checked("key", Fields::u8, |key| (key <= 1).then_some(key == 1))?,
                data: fields.rest_checked("data", |data| data.len() <= MOST_RECODED)?,
            },
            MADE_STILL => Self::Still(MadeStill::decode(&mut fields)?),
            kind => return Err(MessageError::Kind(kind)),
        };
        fields.end(answer)
    }
}

impl Coding {
    fn code(self) -> u8 {
        match self {
            Self::H264 => 1,
            Self::H265 => 2,
            Self::Mjpeg => 3,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::H264, Self::H265, Self::Mjpeg].into_iter().find(|coding| coding.code() == code)
    }
}

fn with_stream(out: &mut Vec<u8>, kind: u8, stream: u16) {
    out.push(kind);
    out.extend_from_slice(&stream.to_be_bytes());
}

fn with_unit(out: &mut Vec<u8>, kind: u8, stream: u16, pts: MediaTime, data: &[u8]) {
    with_stream(out, kind, stream);
    out.extend_from_slice(&pts.ticks().to_be_bytes());
    out.extend_from_slice(data);
}

/// The fields of one message, taken from the front.
pub(crate) struct Fields<'a> {
    kind: u8,
    len: usize,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let (kind, rest) = bytes.split_first().ok_or(MessageError::Empty)?;
        Ok(Self { kind: *kind, len: bytes.len(), rest })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MessageError> {
        let (field, rest) =
            self.rest.split_first_chunk().ok_or(MessageError::Short { kind: self.kind, len: self.len })?;
        self.rest = rest;
        Ok(*field)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, MessageError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, MessageError> {
        self.array().map(u16::from_be_bytes)
    }

    fn time(&mut self) -> Result<MediaTime, MessageError> {
        self.array().map(i64::from_be_bytes).map(MediaTime::from_ticks)
    }

    pub(crate) fn checked<T: Copy + Into<u64>, U>(
        &mut self,
        field: &'static str,
        take: fn(&mut Self) -> Result<T, MessageError>,
        check: impl Fn(T) -> Option<U>,
    ) -> Result<U, MessageError> {
        let value = take(self)?;
        check(value).ok_or(MessageError::Field { kind: self.kind, field, value: value.into() })
    }

    fn rest_checked(&mut self, field: &'static str, fits: impl Fn(&[u8]) -> bool) -> Result<&'a [u8], MessageError> {
        let rest = std::mem::take(&mut self.rest);
        if fits(rest) {
            Ok(rest)
        } else {
            Err(MessageError::Field { kind: self.kind, field, value: rest.len() as u64 })
        }
    }

    fn end<T>(self, message: T) -> Result<T, MessageError> {
        match self.rest.len() {
            0 => Ok(message),
            extra => Err(MessageError::Long { kind: self.kind, extra }),
        }
    }
}

#[cfg(test)]
mod tests;
