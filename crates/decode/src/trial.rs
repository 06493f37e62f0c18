//! Looking through stored footage once more, in other parts of the picture, to see what would be found: throughout, as where a life may be
//! shortened.

use std::sync::Arc;

use bytes::Bytes;
use candour_media::SampleEntry;
use candour_motion::{Observation, Report, Settings, Zones};
use candour_units::{Clock, MediaTime, WallRange, WallTime};

use crate::client::{DecodeError, Decoder};
use crate::marker::Marker;
use crate::message::Wanted;

const STREAM: u16 = 0;

/// One look through. Blocking: it belongs on a thread that may wait. Moments are those of the wall clock.
pub struct Trial<C> {
    decoder: Decoder<C>,
    marker: Marker,
    entry: Option<Arc<SampleEntry>>,
    /// Presentation times of the first and the newest sample.
    fed: Option<(WallTime, WallTime)>,
    /// Samples that are no access units.
    unreadable: u64,
}

/// What it found. Times of `report` and `seen` are wall-clock ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Events and doubts.
    pub report: Report,
    /// What every picture showed, by time.
    pub seen: Vec<Observation>,
    /// From the first picture to the last; `None` when not one came out.
    pub looked: Option<WallRange>,
    /// Samples that could not be read or were too large.
    pub unreadable: u64,
}

impl<C: Clock> Trial<C> {
    /// Looks with that decoder, which should be a fresh one; `kills`: how many decoders the stream has ended before.
    #[must_use]
    pub fn new(mut decoder: Decoder<C>, settings: Settings, zones: Zones, kills: u32) -> Self {
        decoder.recall(STREAM, kills);
        let marker = Marker::throughout(STREAM, settings, zones).keeping_seen();
        Self { decoder, marker, entry: None, fed: None, unreadable: 0 }
    }

    /// The next sample in decode order, shown at that moment.
    ///
    /// # Errors
    /// [`DecodeError`]: the program ended over it, may not be tried again, or cannot be started. What is no access unit is counted and passed over.
    pub fn sample(
        &mut self,
        entry: &Arc<SampleEntry>,
        at: WallTime,
        sync: bool,
        data: &Bytes,
    ) -> Result<(), DecodeError> {
        if self.entry.as_ref().is_none_or(|open| open != entry) {
            if self.entry.is_some() {
                self.marker.drain(&mut self.decoder)?;
            }
            self.decoder.open_track(STREAM, entry, Wanted::default())?;
            self.entry = Some(Arc::clone(entry));
        }
        match self.marker.sample(&mut self.decoder, MediaTime::from_ticks(at.ticks()), sync, data) {
            Ok(_) => {
                let first = self.fed.map_or(at, |(first, _)| first.min(at));
                self.fed = Some((first, self.fed.map_or(at, |(_, last)| last.max(at))));
                Ok(())
            }
            Err(DecodeError::TooLarge { .. } | DecodeError::Unreadable { .. }) => {
                self.unreadable += 1;
                Ok(())
            }
            // The program used up its processor time: nobody is to blame, and the next key frame begins another.
            Err(DecodeError::Lost(loss)) if !loss.death.blames() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Up to where samples came.
    #[must_use]
    pub fn fed_to(&self) -> Option<WallTime> {
        self.fed.map(|(_, last)| last)
    }

    /// Everything that was found.
    ///
    /// # Errors
    /// [`DecodeError`] about the pictures that are still inside.
    pub fn finish(mut self) -> Result<Tried, DecodeError> {
        if self.entry.is_some() {
            self.marker.drain(&mut self.decoder)?;
        }
        let seen = self.marker.take_seen();
        let wall = |one: &Observation| WallTime::from_ticks(one.at.ticks());
        let looked = seen.first().zip(seen.last()).and_then(|(first, last)| WallRange::new(wall(first), wall(last)));
        Ok(Tried { report: self.marker.told(), seen, looked, unreadable: self.unreadable })
    }
}
