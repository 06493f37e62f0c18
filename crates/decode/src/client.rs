//! The client: streams in, pictures out, whatever happens to the program in between.

use std::collections::BTreeMap;

use candour_media::{Codec, SampleEntry};
use candour_units::{Clock, MediaTime, MonoTime};

use crate::Loss;
use crate::annexb::{AnnexBError, annex_b, parameter_sets};
use crate::blame::{Blame, Standing};
use crate::child::{Child, Program, StartError};
use crate::message::{Answer, Coding, MOST_UNIT, Request, Wanted};
use crate::recode::{Recoded, Target};
use crate::trouble::{Mechanisms, Trouble};

/// A reduced picture that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// When it is to be shown.
    pub pts: MediaTime,
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Brightness values, row after row.
    pub luma: Vec<u8>,
}

/// What became of one access unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fed {
    /// Pictures that came out, by growing time; none, one, or a few that were held back.
    pub pictures: Vec<Picture>,
    /// Pictures that were coded anew, where that is wanted, by growing time of presentation.
    pub recoded: Vec<Recoded>,
    /// What went wrong, each once.
    pub troubles: Vec<Trouble>,
    /// The unit was not decoded, because a decoder that just started waits for a key frame of this stream.
    pub waits_for_key: bool,
}

impl Fed {
    /// Takes an answer about that stream, of which pictures for that purpose were asked.
    fn take(&mut self, stream: u16, purpose: Option<Purpose>, answer: &Answer<'_>) {
        let what = match *answer {
            // Answers about other streams are not asked for and not believed.
            Answer::Plane { stream: of, .. }
            | Answer::Recoded { stream: of, .. }
            | Answer::Trouble { stream: of, .. }
                if of != stream =>
            {
                return;
            }
            Answer::Plane { pts, width, height, luma, .. } if matches!(purpose, Some(Purpose::Planes(_))) => {
                return self.pictures.push(Picture { pts, width, height, luma: luma.to_vec() });
            }
            Answer::Recoded { pts, key, data, .. } if matches!(purpose, Some(Purpose::Recoded(_))) => {
                return self.recoded.push(Recoded { pts, key, data: data.to_vec() });
            }
            Answer::Plane { .. } | Answer::Recoded { .. } => Trouble::NotAsked,
            Answer::Trouble { what, .. } => what,
            _ => return,
        };
        if !self.troubles.contains(&what) {
            self.troubles.push(what);
        }
    }
}

/// Why an access unit was not decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No decoder runs.
    #[error("no decoder runs")]
    Start(#[from] StartError),
    /// The decoder ended over this unit. Another one starts after a while.
    #[error("stream {}: {}; it is the {}. that this stream has ended", .0.stream, .0.death, .0.kills)]
    Lost(Loss),
    /// One ended a moment ago; the next starts later.
    #[error("a decoder ended a moment ago; the next one starts in {ms} ms")]
    Resting {
        /// Milliseconds until then.
        ms: i64,
    },
    /// The stream ended too many decoders.
    #[error("stream {stream} has ended {kills} decoders and is not decoded any more")]
    Barred {
        /// Which.
        stream: u16,
        /// How many.
        kills: u32,
    },
    /// Larger than anything that is decoded.
    #[error("stream {stream}: an access unit of {len} bytes is larger than {MOST_UNIT}")]
    TooLarge {
        /// Of which stream.
        stream: u16,
        /// Its length.
        len: usize,
    },
    /// Nobody opened the stream.
    #[error("stream {stream} was not opened")]
    NotOpen {
        /// Which.
        stream: u16,
    },
    /// The bytes cannot be split into NAL units.
    #[error("stream {stream}: the access unit cannot be read")]
    Unreadable {
        /// Of which stream.
        stream: u16,
        /// Why.
        source: AnnexBError,
    },
}

/// What is wanted of a stream.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Planes(Wanted),
    Recoded(Target),
}

#[derive(Debug, Clone)]
struct Stream {
    coding: Coding,
    purpose: Purpose,
    /// Parameter sets with start codes, for samples of a track, which come without.
    sets: Vec<u8>,
    phase: Phase,
}

/// How far a stream has come in the program that runs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It does not know it.
    Closed,
    /// It knows it, and begins with a key frame.
    Waits,
    /// It has seen a key frame of it.
    Runs,
}

/// One decoder program for a small group of streams. Blocking: a named thread owns it. Nothing is queued: one access unit is in the
/// program at a time, so whoever's it was is known when the program ends.
pub struct Decoder<C> {
    program: Program,
    clock: C,
    child: Option<Child>,
    missing: Mechanisms,
    streams: BTreeMap<u16, Stream>,
    blame: Blame,
    /// Room for the Annex B form of one access unit.
    unit: Vec<u8>,
}

impl<C: Clock> Decoder<C> {
    /// Will start that program when it is needed.
    #[must_use]
    pub fn new(program: Program, clock: C) -> Self {
        let (streams, blame) = (BTreeMap::new(), Blame::new());
        Self { program, clock, child: None, missing: Mechanisms::NONE, streams, blame, unit: Vec::new() }
    }

    /// Starts the program now, so that a kernel without the cage is noticed before the first camera. Gives what the kernel lacks, which is
    /// nothing where the program is strict.
    ///
    /// # Errors
    /// [`DecodeError::Start`] and [`DecodeError::Resting`].
    pub fn start(&mut self) -> Result<Mechanisms, DecodeError> {
        self.child()?;
        Ok(self.missing)
    }

    /// Takes a stream in. One that is open already begins anew.
    pub fn open(&mut self, stream: u16, coding: Coding, wanted: Wanted) {
        let purpose = Purpose::Planes(wanted);
        self.streams.insert(stream, Stream { coding, purpose, sets: Vec::new(), phase: Phase::Closed });
    }

    /// Takes in a track whose samples are fed by [`Self::feed_sample`].
    ///
    /// # Errors
    /// [`DecodeError::Unreadable`]: sound, or a decoder configuration record that ends too early.
    pub fn open_track(&mut self, stream: u16, entry: &SampleEntry, wanted: Wanted) -> Result<(), DecodeError> {
        self.open_for(stream, entry, Purpose::Planes(wanted))
    }

    /// Takes in a track whose samples are fed by [`Self::feed_sample`], to be coded anew as H.264: [`Fed::recoded`].
    ///
    /// # Errors
    /// As [`Self::open_track`].
    pub fn open_recoded(&mut self, stream: u16, entry: &SampleEntry, target: Target) -> Result<(), DecodeError> {
        self.open_for(stream, entry, Purpose::Recoded(target))
    }

    /// The next picture that is coded anew shall be a key frame. One that is not running begins with one anyway.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn want_key(&mut self, stream: u16) -> Result<(), DecodeError> {
        if self.welcome(stream)?.phase == Phase::Runs {
            self.ask(stream, &Request::Key { stream }, &mut Fed::default())?;
        }
        Ok(())
    }

    fn open_for(&mut self, stream: u16, entry: &SampleEntry, purpose: Purpose) -> Result<(), DecodeError> {
        let (coding, sets) = match entry.codec {
            Codec::Mjpeg => (Coding::Mjpeg, Ok(Vec::new())),
            Codec::H265 => (Coding::H265, parameter_sets(Codec::H265, &entry.decoder_config)),
            codec => (Coding::H264, parameter_sets(codec, &entry.decoder_config)),
        };
        let sets = sets.map_err(|source| DecodeError::Unreadable { stream, source })?;
        self.streams.insert(stream, Stream { coding, purpose, sets, phase: Phase::Closed });
        Ok(())
    }

    /// Decodes one sample of a track: NAL units after lengths of four bytes, or a JPEG.
    ///
    /// # Errors
    /// As [`Self::feed`], and [`DecodeError::Unreadable`].
    pub fn feed_sample(&mut self, stream: u16, pts: MediaTime, key: bool, data: &[u8]) -> Result<Fed, DecodeError> {
        self.as_unit(stream, key, data, |decoder, unit| decoder.feed(stream, pts, key, unit))
    }

    /// [`Self::glimpse`] of a sample of a track.
    ///
    /// # Errors
    /// As [`Self::feed_sample`].
    pub fn glimpse_sample(&mut self, stream: u16, pts: MediaTime, data: &[u8]) -> Result<Fed, DecodeError> {
        self.as_unit(stream, true, data, |decoder, unit| decoder.glimpse(stream, pts, unit))
    }

    /// Has something done with a sample of a track as an access unit.
    fn as_unit(
        &mut self,
        stream: u16,
        key: bool,
        data: &[u8],
        act: impl FnOnce(&mut Self, &[u8]) -> Result<Fed, DecodeError>,
    ) -> Result<Fed, DecodeError> {
        if self.welcome(stream)?.coding == Coding::Mjpeg {
            return act(self, data);
        }
        let mut unit = std::mem::take(&mut self.unit);
        let known = self.welcome(stream)?;
        let fed = match annex_b(if key { &known.sets } else { &[] }, data, &mut unit) {
            Ok(()) => act(self, &unit),
            Err(source) => Err(DecodeError::Unreadable { stream, source }),
        };
        self.unit = unit;
        fed
    }

    /// The stream had ended so many decoders before this one counted.
    pub fn recall(&mut self, stream: u16, kills: u32) {
        self.blame.recall(stream, kills);
    }

    /// A person looked into what a stream did: it is decoded again.
    pub fn pardon(&mut self, stream: u16) {
        self.blame.pardon(stream);
    }

    /// Lets a stream go; its kills stay known.
    pub fn close(&mut self, stream: u16) {
        if self.streams.remove(&stream).is_some_and(|stream| stream.phase != Phase::Closed)
            && let Some(child) = &mut self.child
            && child.ask(&Request::Close { stream }, |_| ()).is_err()
        {
            self.gone();
        }
    }

    /// Decodes one access unit (Annex B with parameter sets before each key frame, or a JPEG). `key` says whether decoding can start
    /// here.
    ///
    /// # Errors
    /// [`DecodeError`]; only [`DecodeError::Start`] concerns other streams too, and all of them may be tried again.
    pub fn feed(&mut self, stream: u16, pts: MediaTime, key: bool, data: &[u8]) -> Result<Fed, DecodeError> {
        self.may_be_asked(stream, data)?;
        if !key && self.welcome(stream)?.phase != Phase::Runs {
            return Ok(Fed { waits_for_key: true, ..Fed::default() });
        }
        let mut fed = Fed::default();
        self.make_known(stream, &mut fed)?;
        self.comes_to(stream, Phase::Runs);
        self.ask(stream, &Request::Unit { stream, pts, data }, &mut fed)?;
        Ok(fed)
    }

    /// Decodes one key frame by itself, which costs least: its picture comes out at once, and edges between its blocks are left as they are. What
    /// follows it cannot be decoded then; the stream waits for a key frame.
    ///
    /// # Errors
    /// As [`Self::feed`].
    pub fn glimpse(&mut self, stream: u16, pts: MediaTime, data: &[u8]) -> Result<Fed, DecodeError> {
        self.may_be_asked(stream, data)?;
        let mut fed = Fed::default();
        self.make_known(stream, &mut fed)?;
        self.comes_to(stream, Phase::Waits);
        self.ask(stream, &Request::Glimpse { stream, pts, data }, &mut fed)?;
        Ok(fed)
    }

    /// A program runs, and the unit is none that it is never given.
    fn may_be_asked(&mut self, stream: u16, data: &[u8]) -> Result<(), DecodeError> {
        if data.len() > MOST_UNIT {
            return Err(DecodeError::TooLarge { stream, len: data.len() });
        }
        self.welcome(stream)?;
        self.child().map(|_| ())
    }

    /// The program that runs knows the stream.
    fn make_known(&mut self, stream: u16, fed: &mut Fed) -> Result<(), DecodeError> {
        let Stream { coding, purpose, phase, .. } = *self.welcome(stream)?;
        if phase == Phase::Closed {
            let open = match purpose {
                Purpose::Planes(wanted) => Request::Open { stream, coding, wanted },
                Purpose::Recoded(target) => Request::Recode { stream, coding, target },
            };
            self.ask(stream, &open, fed)?;
            self.comes_to(stream, Phase::Waits);
        }
        Ok(())
    }

    fn comes_to(&mut self, stream: u16, phase: Phase) {
        if let Some(known) = self.streams.get_mut(&stream) {
            known.phase = phase;
        }
    }

    /// Gives out the pictures that are still inside, as at the end of a clip. The stream then waits for a key frame.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn drain(&mut self, stream: u16) -> Result<Fed, DecodeError> {
        let mut fed = Fed::default();
        if self.welcome(stream)?.phase == Phase::Runs {
            self.ask(stream, &Request::Drain { stream }, &mut fed)?;
            self.comes_to(stream, Phase::Closed);
        }
        Ok(fed)
    }

    /// How many decoders each stream has ended.
    #[must_use]
    pub fn blame(&self) -> &Blame {
        &self.blame
    }

    /// The number of the process that runs, if one does.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    fn welcome(&self, stream: u16) -> Result<&Stream, DecodeError> {
        match self.blame.standing(stream) {
            Standing::Barred => Err(DecodeError::Barred { stream, kills: self.blame.kills(stream) }),
            Standing::Welcome => self.streams.get(&stream).ok_or(DecodeError::NotOpen { stream }),
        }
    }

    fn child(&mut self) -> Result<&mut Child, DecodeError> {
        if self.child.is_none() {
            let now = self.clock.mono();
            if let Some(ms) = self.blame.not_before().and_then(|then| wait_ms(now, then)) {
                return Err(DecodeError::Resting { ms });
            }
            match Child::start(&self.program) {
                Ok((child, missing)) => {
                    tracing::info!(process = child.id(), "decoder started");
                    if !missing.is_empty() {
                        tracing::warn!("this kernel lacks parts of the decoder's cage: {missing}");
                    }
                    self.blame.born(now);
                    self.missing = missing;
                    self.child = Some(child);
                }
                Err(error) => {
                    self.blame.stillborn(now);
                    return Err(error.into());
                }
            }
        }
        self.child.as_mut().ok_or(DecodeError::Resting { ms: 0 })
    }

    fn ask(&mut self, stream: u16, request: &Request<'_>, fed: &mut Fed) -> Result<(), DecodeError> {
        let purpose = self.streams.get(&stream).map(|known| known.purpose);
        let answered = |answer: Answer<'_>| fed.take(stream, purpose, &answer);
        let death = match self.child()?.ask(request, answered) {
            Ok(()) => return Ok(()),
            Err(death) => death,
        };
        self.gone();
        let loss = self.blame.died(stream, death, self.clock.mono());
        tracing::warn!(stream, kills = loss.kills, "{death}");
        Err(DecodeError::Lost(loss))
    }

    /// The program is gone, and with it all it knew.
    fn gone(&mut self) {
        self.child = None;
        self.streams.values_mut().for_each(|stream| stream.phase = Phase::Closed);
    }
}

/// Milliseconds until then, rounded up; `None` when it is past.
pub(crate) fn wait_ms(now: MonoTime, then: MonoTime) -> Option<i64> {
    let ms = (then.nanos() - now.nanos() + 999_999) / 1_000_000;
    (ms > 0).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_a_kind_that_was_not_asked_for_are_trouble() {
        let pts = MediaTime::from_ticks(5);
        let plane = |stream| Answer::Plane { stream, pts, width: 1, height: 1, luma: &[7] };
        let recoded = |stream| Answer::Recoded { stream, pts, key: true, data: &[7] };
        let planes = Some(Purpose::Planes(Wanted::default()));
        let converted = Some(Purpose::Recoded(Target::default()));
        let taken = |purpose, answers: &[Answer<'_>]| {
            let mut fed = Fed::default();
            answers.iter().for_each(|answer| fed.take(3, purpose, answer));
            (fed.pictures.len(), fed.recoded.len(), fed.troubles)
        };
        assert_eq!(taken(planes, &[plane(3), plane(4)]), (1, 0, Vec::new()));
        assert_eq!(taken(converted, &[recoded(3), recoded(4)]), (0, 1, Vec::new()));
        assert_eq!(taken(planes, &[recoded(3), recoded(3)]), (0, 0, vec![Trouble::NotAsked]));
        assert_eq!(taken(converted, &[plane(3)]), (0, 0, vec![Trouble::NotAsked]));
        assert_eq!(taken(None, &[plane(3), recoded(4)]), (0, 0, vec![Trouble::NotAsked]));
    }
}
