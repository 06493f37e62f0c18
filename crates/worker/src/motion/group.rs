//! The thread of a small group of streams, with a decoder of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use candour_decode::{DecodeError, Decoder, Loss, Mechanisms, Program, Wanted};
use candour_media::Sample;
use candour_motion::Sighting;
use candour_units::{CameraId, Clock, StreamId, WallTime, chain};

use super::line::{Begin, Message};
use super::seen::Seen;
use super::tiles::Found;

/// What a lookout tells.
#[derive(Debug)]
pub enum Told {
    /// Stretches of time, to be stored. One with the camera and start of an earlier one takes its place.
    Found(Vec<Found>),
    /// A decoder ended while it had bytes of that camera.
    Killed {
        /// Whose bytes.
        camera: CameraId,
        /// Of which stream.
        stream: StreamId,
        /// How it ended, and how many this stream has ended.
        loss: Loss,
    },
    /// The picture of a camera as a whole gives rise to a suspicion, or no longer does.
    Sighted {
        /// Which camera.
        camera: CameraId,
        /// What, with its evidence.
        seen: Sighting,
        /// Since when, or until when.
        at: WallTime,
    },
    /// A decoder runs; what this kernel lacks of its cage.
    Runs {
        /// Nothing, where the cage is whole.
        missing: Mechanisms,
    },
    /// No decoder can be started.
    NoDecoder {
        /// Why, and what to do.
        words: String,
    },
}

/// Whoever hears it. May take its time: only the group's thread waits.
pub(super) type Tell = Arc<dyn Fn(Told) + Send + Sync>;

/// A stream that is looked at.
struct Looked {
    camera: CameraId,
    id: StreamId,
    seen: Seen,
}

pub(super) struct Group {
    decoder: Decoder<Arc<dyn Clock>>,
    streams: BTreeMap<u16, Looked>,
    tell: Tell,
    /// What was said last of the decoder itself: the missing parts, or why there is none.
    said: Option<Result<Mechanisms, String>>,
}

impl Group {
    pub(super) fn new(program: Program, clock: Arc<dyn Clock>, tell: Tell) -> Self {
        Self { decoder: Decoder::new(program, clock), streams: BTreeMap::new(), tell, said: None }
    }

    /// Looks until nobody can send samples any more.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(message) = messages.recv() {
            let mut found = Vec::new();
            match message {
                Message::Begin(begin) => {
                    self.end(begin.stream, &mut found);
                    self.begin(&begin);
                    if let (Some(since), Some(of)) = (begin.unseen_since, self.streams.get_mut(&begin.stream)) {
                        of.seen.unseen(since, &mut found);
                    }
                }
                Message::Pardon { stream } => self.decoder.pardon(stream),
                Message::Sample { stream, sample, waiting } => {
                    self.sample(stream, &sample, &mut found);
                    waiting.done(sample.data.len());
                }
                Message::End { stream } => self.end(stream, &mut found),
            }
            if !found.is_empty() {
                (self.tell)(Told::Found(found));
            }
        }
    }

    fn begin(&mut self, begin: &Begin) {
        let Begin { stream, camera, id, .. } = *begin;
        self.decoder.recall(stream, begin.kills);
        match self.decoder.start() {
            Ok(missing) => self.say(Ok(missing)),
            Err(DecodeError::Start(error)) => self.say(Err(chain(&error))),
            // Another one starts by itself, later.
            Err(_) => {}
        }
        // A stream that cannot be opened says so at each sample: it is not open.
        if let Err(error) = self.decoder.open_track(stream, &begin.entry, Wanted::default()) {
            tracing::warn!(%camera, error = %chain(&error), "a stream cannot be looked at");
        }
        let seen = Seen::begin(camera, stream, begin.how.clone(), begin.at);
        self.streams.insert(stream, Looked { camera, id, seen });
    }

    fn sample(&mut self, stream: u16, sample: &Sample, found: &mut Vec<Found>) {
        let Some(looked) = self.streams.get_mut(&stream) else { return };
        let (camera, id) = (looked.camera, looked.id);
        let sampled = looked.seen.sample(&mut self.decoder, sample, found);
        for (seen, at) in looked.seen.take_sightings() {
            (self.tell)(Told::Sighted { camera, seen, at });
        }
        match sampled {
            Ok(()) => {}
            Err(DecodeError::Lost(loss)) if loss.death.blames() => {
                (self.tell)(Told::Killed { camera, stream: id, loss })
            }
            Err(DecodeError::Start(error)) => self.say(Err(chain(&error))),
            Err(error) => tracing::debug!(%camera, error = %chain(&error), "a sample was not looked at"),
        }
        // One that could not be started at first runs by now.
        if self.said.as_ref().is_none_or(Result::is_err)
            && self.decoder.process().is_some()
            && let Ok(missing) = self.decoder.start()
        {
            self.say(Ok(missing));
        }
    }

    fn end(&mut self, stream: u16, found: &mut Vec<Found>) {
        if let Some(looked) = self.streams.remove(&stream) {
            looked.seen.end(&mut self.decoder, found);
        }
    }

    /// Tells of the decoder itself, once for each change.
    fn say(&mut self, now: Result<Mechanisms, String>) {
        if self.said.as_ref() == Some(&now) {
            return;
        }
        (self.tell)(match &now {
            Ok(missing) => Told::Runs { missing: *missing },
            Err(words) => Told::NoDecoder { words: words.clone() },
        });
        self.said = Some(now);
    }
}
