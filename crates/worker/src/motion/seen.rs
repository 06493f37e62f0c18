//! One stream on its group's thread: what was looked at so far, and up to where it was told.

use candour_decode::{DecodeError, Decoder, MarkSettings, Marker};
use candour_media::Sample;
use candour_motion::{Report, Settings, Sighting, Zones};
use candour_units::{CameraId, Clock, MediaTime, WallDuration, WallRange, WallTime};

use super::tiles::{Anchor, Doubted, Found, Joiner, What, tiles};

/// What was found is told this often.
const TELL_EVERY: WallDuration = WallDuration::from_seconds(5);
/// And this often where recording may wait for it.
const TELL_EVERY_THROUGHOUT: WallDuration = WallDuration::from_seconds(1);
/// The newest pictures wait to be told: what moves in them may be known as a movement only by those that follow.
const HOLD_BACK: WallDuration = WallDuration::from_millis(1_500);
/// Samples come and no picture of them for so long, which is longer than key frames lie apart: nothing can be said.
const NO_PICTURE: WallDuration = WallDuration::from_seconds(40);

/// A stream from one beginning to its end.
pub(super) struct Seen {
    number: u16,
    how: How,
    marker: Marker,
    /// The newest sample.
    anchor: Option<Anchor>,
    /// Everything before is told.
    from: WallTime,
    /// The first picture that this marker looked at.
    first: Option<MediaTime>,
    /// What was found behind `from`.
    held: Report,
    /// Why nothing can be said since `from`.
    why: Option<Doubted>,
    joiner: Joiner,
}

impl Seen {
    /// A stream that was opened in the decoder under that number.
    pub(super) fn begin(camera: CameraId, number: u16, how: How, at: WallTime) -> Self {
        Self {
            number,
            marker: how.marker(number),
            how,
            anchor: None,
            from: at,
            first: None,
            held: Report::default(),
            why: None,
            joiner: Joiner::new(camera),
        }
    }

    /// From then up to the beginning nothing was taken.
    pub(super) fn unseen(&mut self, since: WallTime, told: &mut Vec<Found>) {
        if let Some(range) = WallRange::new(since, self.from) {
            self.joiner.push(range, What::Unsure(Doubted::Behind), told);
        }
    }

    /// Looks at the next sample. Gives what the decoder said against it.
    pub(super) fn sample<C: Clock>(
        &mut self,
        decoder: &mut Decoder<C>,
        sample: &Sample,
        told: &mut Vec<Found>,
    ) -> Result<(), DecodeError> {
        let now = sample.arrival;
        let looked = self.marker.sample(decoder, sample.pts, sample.sync, &sample.data);
        self.anchor = Some(Anchor { media: sample.pts, wall: now });
        match &looked {
            Ok(_) => {
                if self.why.is_some() {
                    self.tell_unsure(now, told);
                }
                self.first = self.first.or(self.marker.looked());
            }
            Err(error) => {
                let why = doubted(error);
                if self.why.is_none() {
                    self.tell_looked(WallDuration::ZERO, told);
                    self.why = Some(why);
                }
                if self.why != Some(why) || now - self.from >= self.how.tell_every() {
                    self.tell_unsure(now, told);
                }
                // What it knew of the place is old by the time that it sees again.
                (self.marker, self.first, self.why) = (self.how.marker(self.number), None, Some(why));
            }
        }
        if self.why.is_none() && now - self.from >= self.how.tell_every() {
            self.tell_looked(HOLD_BACK, told);
        }
        if self.why.is_none() && now - self.from > NO_PICTURE {
            self.why = Some(Doubted::NoPicture);
            self.tell_unsure(now, told);
        }
        looked.map(|_| ())
    }

    /// What the picture as a whole gave rise to since the last time, with the moment on the wall clock.
    pub(super) fn take_sightings(&mut self) -> Vec<(Sighting, WallTime)> {
        let Some(anchor) = self.anchor else { return Vec::new() };
        self.marker.take_sightings().into_iter().map(|seen| (seen, anchor.wall_of(seen.since))).collect()
    }

    /// Nothing more comes: tells what is left.
    pub(super) fn end<C: Clock>(mut self, decoder: &mut Decoder<C>, told: &mut Vec<Found>) {
        match self.why {
            Some(_) => self.tell_unsure(self.anchor.map_or(self.from, |anchor| anchor.wall), told),
            None => self.tell_looked(WallDuration::ZERO, told),
        }
        decoder.close(self.number);
    }

    /// Nothing can be said from what was told last up to `to`.
    fn tell_unsure(&mut self, to: WallTime, told: &mut Vec<Found>) {
        let why = self.why.take().unwrap_or(Doubted::Picture);
        self.marker.take();
        self.held = Report::default();
        if let Some(range) = WallRange::new(self.from, to) {
            self.joiner.push(range, What::Unsure(why), told);
            self.from = to;
        }
    }

    /// Tells what was looked at, but for the newest of it.
    fn tell_looked(&mut self, hold_back: WallDuration, told: &mut Vec<Found>) {
        let (Some(anchor), Some(first), Some(looked)) = (self.anchor, self.first, self.marker.looked()) else { return };
        let report = self.marker.take();
        self.held.events.extend(report.events);
        self.held.doubts.extend(report.doubts);
        let to = anchor.wall_of(looked) - hold_back;
        // Before the first picture nothing was seen.
        if let Some(before) = WallRange::new(self.from, anchor.wall_of(first).min(to)) {
            self.joiner.push(before, What::Unsure(Doubted::Picture), told);
            self.from = before.end;
        }
        let Some(range) = WallRange::new(self.from, to) else { return };
        let still = What::Still { throughout: self.how.throughout };
        for (part, what) in tiles(range, &self.held, anchor, still) {
            self.joiner.push(part, what, told);
        }
        self.from = to;
        self.held.events.retain(|event| anchor.wall_of(event.end) > to);
        self.held.doubts.retain(|doubt| anchor.wall_of(doubt.end) > to);
    }
}

/// How a stream is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct How {
    /// Five pictures of every second, and not as little as can be.
    pub(super) throughout: bool,
    /// Parameters of the method.
    pub(super) settings: Settings,
    /// Where in the picture motion counts.
    pub(super) zones: Zones,
}

impl How {
    fn marker(&self, number: u16) -> Marker {
        match self.throughout {
            true => Marker::throughout(number, self.settings, self.zones.clone()),
            false => Marker::new(number, MarkSettings::default(), self.settings, self.zones.clone()),
        }
    }

    const fn tell_every(&self) -> WallDuration {
        if self.throughout { TELL_EVERY_THROUGHOUT } else { TELL_EVERY }
    }
}

fn doubted(error: &DecodeError) -> Doubted {
    match error {
        DecodeError::Start(_) | DecodeError::Lost(_) | DecodeError::Resting { .. } => Doubted::Decoder,
        DecodeError::Barred { .. } => Doubted::Barred,
        DecodeError::TooLarge { .. } | DecodeError::NotOpen { .. } | DecodeError::Unreadable { .. } => {
            Doubted::NoPicture
        }
    }
}
