//! The journal as a stream of frames.

use std::io::{self, Read};

use candour_units::Hash;

use crate::frame::{Frame, FrameField, HEADER_LEN, decode_frame, frame_length, may_begin};

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
}

impl<R: Read> Journal<R> {
    /// From a reader that stands at the beginning; it is read in small pieces, so hand in a buffered one.
    pub fn new(reader: R) -> Self {
        Self { reader, offset: 0, number: 0, stopped: false }
    }

    /// The next frame, or why there is none. After anything without a way on it answers [`Next::End`].
    ///
    /// # Errors
    /// What the reader says.
    pub fn next_frame(&mut self) -> io::Result<Next> {
        if self.stopped {
            return Ok(Next::End);
        }
        let mut bytes = vec![0; HEADER_LEN];
        let got = read_full(&mut self.reader, &mut bytes)?;
        if got < HEADER_LEN {
            return self.short(&bytes[..got]);
        }
        let header = bytes.first_chunk().expect("as long as a header");
        let len = match frame_length(header, self.number) {
            Ok(len) => len,
            Err(field) => return self.stop_at(field, &bytes),
        };
        bytes.resize(len, 0);
        let got = HEADER_LEN + read_full(&mut self.reader, &mut bytes[HEADER_LEN..])?;
        if got < len {
            return self.short(&bytes[..got]);
        }
        let next = match decode_frame(&bytes, self.number) {
            Ok(frame) => Next::Frame { offset: self.offset, len: len as u64, frame: Box::new(frame) },
            // Eight zeros are no check, and part of one may be missing: perhaps the end of this frame was not written.
            Err((field, _)) if bytes.ends_with(&[0; 8]) || (field == FrameField::Check && bytes.ends_with(&[0])) => {
                return self.stop_at(field, &bytes);
            }
            Err((field, leaf_hash)) => Next::Damaged { offset: self.offset, field, leaf_hash },
        };
        self.offset += len as u64;
        self.number += 1;
        Ok(next)
    }

    /// Fewer bytes than a frame has, and then the end.
    fn short(&mut self, tail: &[u8]) -> io::Result<Next> {
        self.stopped = true;
        if tail.is_empty() {
            return Ok(Next::End);
        }
        let written = tail.len() - tail.iter().rev().take_while(|byte| **byte == 0).count();
        Ok(if may_begin(&tail[..written], self.number) {
            Next::Torn { offset: self.offset, len: tail.len() as u64 }
        } else {
            Next::Damaged { offset: self.offset, field: FrameField::Magic, leaf_hash: None }
        })
    }

    /// A frame that cannot be read: unwritten when nothing but zeros follows its beginning, otherwise changed.
    fn stop_at(&mut self, field: FrameField, bytes: &[u8]) -> io::Result<Next> {
        self.stopped = true;
        let written = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
        let unwritten = bytes.ends_with(&[0]) && may_begin(&bytes[..written], self.number);
        let rest = if unwritten { zeros_to_end(&mut self.reader)? } else { None };
        Ok(match rest {
            Some(rest) => Next::Torn { offset: self.offset, len: bytes.len() as u64 + rest },
            None => Next::Damaged { offset: self.offset, field, leaf_hash: None },
        })
    }
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
