//! The journal as a stream of frames.

use std::io::{self, Read};
use std::ops::Range;

use candour_units::Hash;

use crate::frame::{Frame, FrameField, HEADER_LEN, decode_checked, frame_length, may_begin};

/// What comes next in a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A frame that fits in itself.
    Frame {
        /// Byte offset of its beginning.
        offset: u64,
        /// Its length in bytes.
        len: u64,
        /// The entry in it.
        frame: Box<Frame>,
    },
    /// A frame of which a field was changed.
    Damaged {
        /// Byte offset of its beginning.
        offset: u64,
        /// The field.
        field: FrameField,
        /// The leaf hash it most likely had; `None` when the reader cannot know where the next frame begins and stops.
        leaf_hash: Option<Hash>,
    },
    /// The journal stops in the middle of a frame, or in zeros where blocks were never written.
    Torn {
        /// Byte offset of the beginning of what is incomplete.
        offset: u64,
        /// How many bytes are there.
        len: u64,
    },
    /// The journal ends after a whole frame.
    End,
}

/// Reads frames one after the other from the beginning of a journal.
#[derive(Debug)]
pub struct Journal<R> {
    reader: R,
    offset: u64,
    number: u64,
    stopped: bool,
    /// Room for one frame.
    frame: Vec<u8>,
}

/// What lies next in a journal, as far as headers say.
pub(crate) enum Piece {
    Frame(RawFrame),
    Last(Last),
}

/// Where no frame can be cut out any more.
pub(crate) struct Last {
    /// What a reader is told.
    pub(crate) next: Next,
    /// How many bytes are left, if all of them are zero.
    pub(crate) zeros: Option<u64>,
}

/// A frame whose header fits, cut out into a buffer; what is in it is not checked yet.
pub(crate) struct RawFrame {
    offset: u64,
    number: u64,
    /// Where it lies in the buffer.
    at: Range<usize>,
}

/// A frame after its bytes were checked.
pub(crate) enum Checked {
    /// Nothing more to ask.
    Known(Next),
    /// It does not fit and ends in zeros: what follows says whether it was changed or never wholly written.
    Suspect(Suspect),
}

/// A frame that does not fit and ends in zeros.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suspect {
    offset: u64,
    len: u64,
    field: FrameField,
}

impl RawFrame {
    /// Reads what is in the frame, in the buffer into which it was cut, and checks all of it.
    pub(crate) fn check(&self, buffer: &[u8]) -> Checked {
        let bytes = &buffer[self.at.clone()];
        let (offset, len) = (self.offset, bytes.len() as u64);
        match decode_checked(bytes, self.number) {
            Ok(frame) => Checked::Known(Next::Frame { offset, len, frame: Box::new(frame) }),
            // Eight zeros are no check, and part of one may be missing: perhaps the end of this frame was not written.
            Err((field, _)) if bytes.ends_with(&[0; 8]) || (field == FrameField::Check && bytes.ends_with(&[0])) => {
                Checked::Suspect(Suspect { offset, len, field })
            }
            Err((field, leaf_hash)) => Checked::Known(Next::Damaged { offset, field, leaf_hash }),
        }
    }
}

impl Suspect {
    /// Unwritten when nothing but zeros follows it, otherwise changed; there is no way on from it.
    pub(crate) fn before(&self, zeros: Option<u64>) -> Next {
        match zeros {
            Some(rest) => Next::Torn { offset: self.offset, len: self.len + rest },
            None => Next::Damaged { offset: self.offset, field: self.field, leaf_hash: None },
        }
    }
}

impl<R: Read> Journal<R> {
    /// From a reader that stands at the beginning; it is read in small pieces, so hand in a buffered one.
    pub fn new(reader: R) -> Self {
        Self { reader, offset: 0, number: 0, stopped: false, frame: Vec::new() }
    }

    /// The next frame, or why there is none. After anything without a way on it answers [`Next::End`].
    ///
    /// # Errors
    /// What the reader says.
    pub fn next_frame(&mut self) -> io::Result<Next> {
        let mut buffer = std::mem::take(&mut self.frame);
        buffer.clear();
        let next = self.next_in(&mut buffer);
        self.frame = buffer;
        next
    }

    fn next_in(&mut self, buffer: &mut Vec<u8>) -> io::Result<Next> {
        let raw = match self.cut(buffer)? {
            Piece::Frame(raw) => raw,
            Piece::Last(last) => return Ok(last.next),
        };
        Ok(match raw.check(buffer) {
            Checked::Known(next) => next,
            Checked::Suspect(suspect) => {
                let zeros = match self.cut(buffer)? {
                    Piece::Last(last) => last.zeros,
                    Piece::Frame(_) => None,
                };
                self.stopped = true;
                suspect.before(zeros)
            }
        })
    }

    /// Cuts the next frame out by its header alone, to the end of `buffer`. After [`Piece::Last`] it answers the end.
    ///
    /// # Errors
    /// What the reader says.
    pub(crate) fn cut(&mut self, buffer: &mut Vec<u8>) -> io::Result<Piece> {
        if self.stopped {
            return Ok(Piece::Last(Last { next: Next::End, zeros: Some(0) }));
        }
        let mut header = [0; HEADER_LEN];
        let got = read_full(&mut self.reader, &mut header)?;
        if got < HEADER_LEN {
            return Ok(self.short(&header[..got]));
        }
        let len = match frame_length(&header, self.number) {
            Ok(len) => len,
            Err(field) => return self.stop_at(field, &header),
        };
        let start = buffer.len();
        buffer.extend_from_slice(&header);
        // A header may be wrong and still fit: only what is really there takes memory.
        (&mut self.reader).take((len - HEADER_LEN) as u64).read_to_end(buffer)?;
        if buffer.len() - start < len {
            let last = self.short(&buffer[start..]);
            buffer.truncate(start);
            return Ok(last);
        }
        let raw = RawFrame { offset: self.offset, number: self.number, at: start..buffer.len() };
        self.offset += len as u64;
        self.number += 1;
        Ok(Piece::Frame(raw))
    }

    /// Fewer bytes than a frame has, and then the end.
    fn short(&mut self, tail: &[u8]) -> Piece {
        self.stopped = true;
        let (offset, len) = (self.offset, tail.len() as u64);
        let written = written(tail);
        let next = if tail.is_empty() {
            Next::End
        } else if may_begin(written, self.number) {
            Next::Torn { offset, len }
        } else {
            Next::Damaged { offset, field: FrameField::Magic, leaf_hash: None }
        };
        Piece::Last(Last { next, zeros: written.is_empty().then_some(len) })
    }

    /// A header that cannot be read: unwritten when nothing but zeros follows its beginning, otherwise changed.
    fn stop_at(&mut self, field: FrameField, header: &[u8]) -> io::Result<Piece> {
        self.stopped = true;
        let (offset, written) = (self.offset, written(header));
        let unwritten = header.ends_with(&[0]) && may_begin(written, self.number);
        let rest = if unwritten { zeros_to_end(&mut self.reader)? } else { None };
        Ok(Piece::Last(match rest {
            Some(rest) => {
                let len = header.len() as u64 + rest;
                Last { next: Next::Torn { offset, len }, zeros: written.is_empty().then_some(len) }
            }
            None => Last { next: Next::Damaged { offset, field, leaf_hash: None }, zeros: None },
        }))
    }
}

/// The bytes without the zeros at their end.
fn written(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    &bytes[..bytes.len() - zeros]
}

/// Fills as much of `out` as there is; less than all only at the end.
fn read_full(reader: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < out.len() {
        match reader.read(&mut out[got..]) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

/// How many bytes are left, if all of them are zero.
fn zeros_to_end(reader: &mut impl Read) -> io::Result<Option<u64>> {
    let (mut buffer, mut total) = ([0; 4096], 0);
    loop {
        match read_full(reader, &mut buffer)? {
            0 => return Ok(Some(total)),
            got if buffer[..got].iter().all(|byte| *byte == 0) => total += got as u64,
            _ => return Ok(None),
        }
    }
}
