//! The streams of one channel and what is answered to each request.

use std::collections::BTreeMap;

use candour_decode::{Answer, Request, Trouble};

use crate::still;
use crate::stream::Stream;

/// Streams one program takes at most.
const MOST_STREAMS: usize = 32;

/// All streams.
#[derive(Default)]
pub struct Session {
    streams: BTreeMap<u16, Stream>,
}

impl Session {
    /// Answers one request; the last answer is always [`Answer::Done`].
    pub fn answer(&mut self, request: &Request<'_>, mut say: impl FnMut(&Answer<'_>)) {
        let stream = match *request {
            Request::Open { stream, coding, wanted } => {
                self.open(stream, &mut say, || Stream::open(coding, wanted));
                stream
            }
            Request::Recode { stream, coding, target } => {
                self.open(stream, &mut say, || Stream::recode(coding, target));
                stream
            }
            Request::Key { stream } => {
                self.with(stream, &mut say, |known, _| known.want_key());
                stream
            }
            Request::Unit { stream, pts, data } => {
                self.with(stream, &mut say, |known, say| known.decode(stream, pts, data, say));
                stream
            }
            Request::Glimpse { stream, pts, data } => {
                self.with(stream, &mut say, |known, say| known.glimpse(stream, pts, data, say));
                stream
            }
            Request::Drain { stream } => {
                self.with(stream, &mut say, |known, say| known.drain(stream, say));
                self.streams.remove(&stream);
                stream
            }
            Request::Close { stream } => {
                self.streams.remove(&stream);
                stream
            }
            Request::Still(ref of) => {
                still::answer(of, &mut say);
                of.stream
            }
        };
        say(&Answer::Done { stream });
    }

    fn open(&mut self, stream: u16, say: &mut impl FnMut(&Answer<'_>), open: impl FnOnce() -> Result<Stream, Trouble>) {
        self.streams.remove(&stream);
        let opened = match self.streams.len() {
            MOST_STREAMS.. => Err(Trouble::TooManyStreams),
            _ => open(),
        };
        match opened {
            Ok(opened) => drop(self.streams.insert(stream, opened)),
            Err(what) => say(&Answer::Trouble { stream, what }),
        }
    }

    fn with<S: FnMut(&Answer<'_>)>(&mut self, stream: u16, say: &mut S, act: impl FnOnce(&mut Stream, &mut S)) {
        match self.streams.get_mut(&stream) {
            Some(known) => act(known, say),
            None => say(&Answer::Trouble { stream, what: Trouble::UnknownStream }),
        }
    }
}
