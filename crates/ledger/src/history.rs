//! The checkpoints file: every checkpoint this log signed, one signed note after the other, sizes rising.

use std::io::{self, BufRead, Read};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::key::VerifierKey;

/// Longer than any line that belongs here.
const MAX_LINE: u64 = 8192;
/// Origin, size, root, nothing, signature.
const LINES: usize = 5;
const ROOT_CHARS: usize = 44;
const SIGNATURE_CHARS: usize = 92;
const SIZE_DIGITS: usize = 20;

/// What is wrong with a stored checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// It is not five lines: origin, size, root, an empty one and one signature.
    #[error("it is not origin, size, root, an empty line and one signature")]
    Form,
    /// It is not a checkpoint of this log with a good signature.
    #[error(transparent)]
    Content(CheckpointError),
    /// Its size is not above that of the one before.
    #[error("its size {size} is not above {before} of the one before")]
    NotLater {
        /// Its size.
        size: u64,
        /// The size of the last good one before it.
        before: u64,
    },
}

/// What comes next in a checkpoints file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// A checkpoint with a good signature.
    Checkpoint {
        /// Its number in the file, from 0.
        number: u64,
        /// What it says.
        checkpoint: Checkpoint,
        /// The note, to be shown as it is.
        note: String,
        /// Byte offset after it.
        end: u64,
    },
    /// One that was changed.
    Damaged {
        /// Its number in the file, from 0.
        number: u64,
        /// Byte offset of its beginning.
        offset: u64,
        /// What is wrong.
        fault: CheckpointFault,
    },
    /// The file stops in the middle of a checkpoint.
    Torn {
        /// Byte offset of the beginning of what is incomplete.
        offset: u64,
        /// How many bytes are there.
        len: u64,
    },
    /// The file ends after a whole checkpoint.
    End,
}

/// Reads the checkpoints of one log one after the other.
#[derive(Debug)]
pub struct History<'a, R> {
    reader: R,
    key: &'a VerifierKey,
    offset: u64,
    number: u64,
    size: Option<u64>,
    /// A line that was read while looking for the beginning of the next checkpoint.
    ahead: Option<Vec<u8>>,
}

impl<'a, R: BufRead> History<'a, R> {
    /// From a reader that stands at the beginning.
    pub fn new(reader: R, key: &'a VerifierKey) -> Self {
        Self { reader, key, offset: 0, number: 0, size: None, ahead: None }
    }

    /// The next checkpoint, or why there is none. After a damaged one it goes on at the next line that is the origin.
    ///
    /// # Errors
    /// What the reader says.
    pub fn next_checkpoint(&mut self) -> io::Result<Stored> {
        let mut note = Vec::new();
        for _ in 0..LINES {
            let line = self.line()?;
            let whole = line.ends_with(b"\n");
            note.extend_from_slice(&line);
            if !whole {
                return self.unfinished(&note);
            }
        }
        let number = self.number;
        let fault = match Checkpoint::open(&note, self.key) {
            Ok(checkpoint) if !checkpoint.extensions.is_empty() => CheckpointFault::Form,
            Ok(checkpoint) => match self.size {
                Some(before) if checkpoint.size <= before => {
                    CheckpointFault::NotLater { size: checkpoint.size, before }
                }
                _ => {
                    self.number += 1;
                    self.offset += note.len() as u64;
                    self.size = Some(checkpoint.size);
                    let note = String::from_utf8(note).expect("a note that was read as text");
                    return Ok(Stored::Checkpoint { number, checkpoint, note, end: self.offset });
                }
            },
            Err(error) => CheckpointFault::Content(error),
        };
        self.skip(&note, fault)
    }

    fn line(&mut self) -> io::Result<Vec<u8>> {
        if let Some(line) = self.ahead.take() {
            return Ok(line);
        }
        let mut line = Vec::new();
        self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        Ok(line)
    }

    /// A line without its end: the file stops here, or the line is none of ours.
    fn unfinished(&mut self, note: &[u8]) -> io::Result<Stored> {
        let written = note.len() - note.iter().rev().take_while(|byte| **byte == 0).count();
        if note.is_empty() {
            Ok(Stored::End)
        } else if is_beginning(&note[..written], self.key.name()) {
            let torn = Stored::Torn { offset: self.offset, len: note.len() as u64 };
            Ok(torn)
        } else {
            self.skip(note, CheckpointFault::Form)
        }
    }

    /// Reports a damaged checkpoint and moves to the next line that can begin another.
    fn skip(&mut self, note: &[u8], fault: CheckpointFault) -> io::Result<Stored> {
        let damaged = Stored::Damaged { number: self.number, offset: self.offset, fault };
        self.number += 1;
        let origin = format!("{}\n", self.key.name()).into_bytes();
        // The damage may have eaten a line end, so the next beginning may already have been read.
        let mut lines: Vec<Vec<u8>> = note.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        self.offset += lines.first().map_or(0, Vec::len) as u64;
        let mut read = lines.drain(1.min(lines.len())..).collect::<std::collections::VecDeque<_>>();
        loop {
            let line = match read.pop_front() {
                Some(line) => line,
                None => self.line()?,
            };
            if line.is_empty() || line == origin {
                self.ahead = (!line.is_empty()).then_some(line);
                return Ok(damaged);
            }
            self.offset += line.len() as u64;
        }
    }
}

/// Whether the bytes are the beginning, but not the whole, of a checkpoint as this log writes them.
fn is_beginning(mut tail: &[u8], name: &str) -> bool {
    let exact = |tail: &mut &[u8], text: &str| {
        let count = tail.len().min(text.len());
        let fits = tail[..count] == text.as_bytes()[..count];
        *tail = &tail[count..];
        fits
    };
    let class = |tail: &mut &[u8], most: usize, allowed: fn(u8) -> bool| {
        let count = tail.iter().take(most).take_while(|byte| allowed(**byte)).count();
        *tail = &tail[count..];
    };
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let tail = &mut tail;
    if !exact(tail, &format!("{name}\n")) {
        return false;
    }
    class(tail, SIZE_DIGITS, |byte| byte.is_ascii_digit());
    if !exact(tail, "\n") {
        return false;
    }
    class(tail, ROOT_CHARS, base64);
    if !exact(tail, &format!("\n\n\u{2014} {name} ")) {
        return false;
    }
    class(tail, SIGNATURE_CHARS, base64);
    tail.is_empty()
}
