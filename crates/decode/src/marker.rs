//! Looking at a stream while it comes. *Mark* looks as little as can be: asleep, only some key frames are decoded, and the pictures after one that
//! differs; whatever hints at motion has everything since the last quiet one decoded, and then what comes until it is quiet again. For marks on a
//! timeline; nothing is ever deleted by it.
//! *Throughout* everything is decoded and at least five pictures of every second are looked at; what falls short of that, or was not whole, is a doubt.

use std::collections::VecDeque;

use bytes::Bytes;
use candour_motion::{
    Detector, Doubt, Event, Finding, Observation, Plane, Report, Settings, Sighting, Story, Watch, Watchdog,
    WatchdogSettings, Zones,
};
use candour_units::{Clock, MediaTime, TICKS_PER_SECOND};

use crate::client::{DecodeError, Decoder, Fed, Picture};
use crate::trouble::Trouble;

/// Bytes of access units that are remembered for waking up: four seconds of a stream of 16 Mbit/s.
const MOST_REMEMBERED: usize = 8 << 20;

/// When it sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkSettings {
    /// Asleep, one key frame in so many milliseconds is enough.
    pub key_every_ms: u32,
    /// It stays awake for so many milliseconds after the last motion.
    pub awake_ms: u32,
    /// Where a key frame differs from the one before, what follows it for so many milliseconds must show something moving, or it sleeps on.
    pub second_glance_ms: u32,
}

impl Default for MarkSettings {
    fn default() -> Self {
        Self { key_every_ms: 2_000, awake_ms: 3_000, second_glance_ms: 500 }
    }
}

/// A second glance ends after so many pictures at the earliest, as many as a slow stream has in a second, and after so long at the latest.
const GLANCE_PICTURES: usize = 5;
const LONGEST_GLANCE_MS: u32 = 2_000;

/// Looking throughout, five pictures following one another may lie so far apart: a second, and what a camera's clock may sway.
const FIVE_WITHIN_MS: u32 = 1_050;
/// So many pictures after something could not be decoded are in doubt: as many as one second is judged by.
const HURT_PICTURES: u8 = 5;

/// Whether what was looked at is enough to say that nothing moved.
#[derive(Debug, Clone, Default)]
struct Care {
    /// The times of the pictures before, newest last; five at most.
    before: VecDeque<MediaTime>,
    /// Pictures that are in doubt still.
    hurt: u8,
    /// The decoder paints over what it cannot decode.
    concealed: bool,
}

impl Care {
    fn troubled(&mut self, troubles: &[Trouble]) {
        if !troubles.is_empty() {
            self.hurt = HURT_PICTURES;
        }
        self.concealed |= troubles.contains(&Trouble::NoPicture);
    }

    /// The next picture; what is not shown by enough of them is in doubt.
    fn weigh(&mut self, seen: Observation) -> Observation {
        let in_time = self.before.len() < 5
            || self.before.front().is_some_and(|fifth| seen.at.ticks() - fifth.ticks() <= ticks(FIVE_WITHIN_MS));
        let enough = in_time && self.hurt == 0 && !self.concealed;
        self.hurt = self.hurt.saturating_sub(1);
        if self.before.len() == 5 {
            self.before.pop_front();
        }
        self.before.push_back(seen.at);
        match seen.finding {
            Finding::Still if !enough => Observation { finding: Finding::Unsure(Doubt::Apart), ..seen },
            _ => seen,
        }
    }
}

#[derive(Debug, Clone)]
struct Unit {
    pts: MediaTime,
    key: bool,
    data: Bytes,
}

/// Asleep, a key frame differed from the one before it. Key frames seconds apart differ for a mast in the wind as for a person: pictures that follow
/// one another tell which, and are a few, where waking up decodes everything since the last quiet key frame.
struct Glance {
    /// What was known before, for waking up.
    detector: Detector,
    /// What would be told with what it sees.
    trial: Story,
    seen: Vec<Observation>,
    /// The key frame.
    began: MediaTime,
}

/// One stream that is looked at.
pub struct Marker {
    stream: u16,
    /// When it sleeps; `None` when never.
    settings: Option<MarkSettings>,
    care: Care,
    watchdog: Watchdog,
    sightings: Vec<Sighting>,
    /// What every picture showed, where somebody wants to know.
    seen: Option<Vec<Observation>>,
    detector: Detector,
    story: Story,
    watch: Watch,
    /// Asleep, everything from the last key frame on in which nothing moved.
    since_quiet: Vec<Unit>,
    asleep: bool,
    glance: Option<Glance>,
    /// When a picture was looked at last, and when one moved.
    looked: Option<MediaTime>,
    moved: Option<MediaTime>,
    decoded: u64,
    pictures: u64,
}

impl Marker {
    /// Looks at a stream that was opened in the decoder by [`Decoder::open_track`], as little as can be.
    #[must_use]
    pub fn new(stream: u16, settings: MarkSettings, motion: Settings, zones: Zones) -> Self {
        Self::with(stream, Some(settings), motion, zones)
    }

    /// The same, at five pictures of every second at least: what it finds still may shorten a life.
    #[must_use]
    pub fn throughout(stream: u16, motion: Settings, zones: Zones) -> Self {
        Self::with(stream, None, motion, zones)
    }

    fn with(stream: u16, settings: Option<MarkSettings>, motion: Settings, zones: Zones) -> Self {
        Self {
            stream,
            settings,
            care: Care::default(),
            watchdog: Watchdog::new(WatchdogSettings::default()),
            sightings: Vec::new(),
            seen: None,
            detector: Detector::new(motion, zones),
            story: Story::new(motion),
            watch: Watch::new(),
            since_quiet: Vec::new(),
            asleep: false,
            glance: None,
            looked: None,
            moved: None,
            decoded: 0,
            pictures: 0,
        }
    }

    /// Takes the next sample of the track, in decode order. Gives the events that are over.
    ///
    /// # Errors
    /// What the decoder says. The marker is awake then and goes on with the next key frame.
    pub fn sample<C: Clock>(
        &mut self,
        decoder: &mut Decoder<C>,
        pts: MediaTime,
        key: bool,
        data: &Bytes,
    ) -> Result<Vec<Event>, DecodeError> {
        let unit = Unit { pts, key, data: data.clone() };
        let hint = self.watch.unit(key, data.len());
        let taken = match self.asleep {
            false => self.awake(decoder, unit),
            true => self.while_asleep(decoder, unit, hint),
        };
        if taken.is_err() {
            self.asleep = false;
            self.glance = None;
        }
        taken
    }

    /// Everything that was found up to here, without the pictures that are still inside.
    #[must_use]
    pub fn told(self) -> Report {
        self.story.finish()
    }

    /// What was found since the last time; see [`Story::take`].
    pub fn take(&mut self) -> Report {
        self.story.take()
    }

    /// What the picture as a whole gave rise to since the last time.
    pub fn take_sightings(&mut self) -> Vec<Sighting> {
        std::mem::take(&mut self.sightings)
    }

    /// Keeps what every picture showed, for [`Self::take_seen`].
    #[must_use]
    pub fn keeping_seen(mut self) -> Self {
        self.seen = Some(Vec::new());
        self
    }

    /// What every picture showed since the last time, by time; nothing without [`Self::keeping_seen`].
    pub fn take_seen(&mut self) -> Vec<Observation> {
        self.seen.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Gives out the pictures that are still inside; the stream then waits for a key frame.
    ///
    /// # Errors
    /// What the decoder says.
    pub fn drain<C: Clock>(&mut self, decoder: &mut Decoder<C>) -> Result<(), DecodeError> {
        let fed = decoder.drain(self.stream)?;
        self.look_at(&fed);
        Ok(())
    }

    fn watch(&mut self, picture: &Picture) {
        self.pictures += 1;
        if let Ok(plane) = Plane::new(picture.width, picture.height, &picture.luma) {
            self.sightings.extend(self.watchdog.look(picture.pts, &plane));
        }
    }

    /// The newest picture that was looked at. Asleep it lies a few seconds back.
    #[must_use]
    pub fn looked(&self) -> Option<MediaTime> {
        self.looked
    }

    /// Access units that were decoded.
    #[must_use]
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Pictures that came out of them; some that are looked at twice are counted twice.
    #[must_use]
    pub fn pictures(&self) -> u64 {
        self.pictures
    }

    fn awake<C: Clock>(&mut self, decoder: &mut Decoder<C>, unit: Unit) -> Result<Vec<Event>, DecodeError> {
        // Only at a key frame: what is asleep begins with one.
        if let Some(settings) = self.settings.filter(|_| unit.key)
            && self.is_quiet(unit.pts, settings)
        {
            self.asleep = true;
            let fed = decoder.drain(self.stream)?;
            let mut events = self.look_at(&fed);
            events.extend(self.while_asleep(decoder, unit, false)?);
            return Ok(events);
        }
        self.decode(decoder, &unit)
    }

    fn is_quiet(&self, now: MediaTime, settings: MarkSettings) -> bool {
        let long_ago = |then: MediaTime| now.ticks() - then.ticks() > ticks(settings.awake_ms);
        !self.story.is_moving() && self.moved.is_some_and(long_ago)
    }

    fn while_asleep<C: Clock>(
        &mut self,
        decoder: &mut Decoder<C>,
        unit: Unit,
        hint: bool,
    ) -> Result<Vec<Event>, DecodeError> {
        let every = ticks(self.settings.unwrap_or_default().key_every_ms);
        let due = self.looked.is_none_or(|looked| unit.pts.ticks() - looked.ticks() >= every);
        let peek = unit.key && due;
        self.remember(unit.clone());
        if hint {
            return self.wake(decoder);
        }
        if let Some(glance) = self.glance.take() {
            return self.glance_on(decoder, glance, &unit);
        }
        if !peek {
            return Ok(Vec::new());
        }
        let before = self.detector.clone();
        self.decoded += 1;
        let fed = decoder.glimpse_sample(self.stream, unit.pts, &unit.data)?;
        fed.pictures.iter().for_each(|picture| self.watch(picture));
        let seen: Vec<_> = fed.pictures.iter().filter_map(|picture| look(&mut self.detector, picture)).collect();
        if seen.iter().any(|seen| seen.finding == Finding::Unsure(Doubt::OtherScene)) {
            self.detector = before;
            return self.wake(decoder);
        }
        let seen: Vec<_> = seen.into_iter().map(far_apart_on_purpose).collect();
        if seen.iter().any(|seen| seen.area.is_some()) {
            let mut glance = Glance::new(before, &self.story, unit.pts);
            glance.sees(seen);
            // What follows the key frame needs it whole.
            return self.glance_on(decoder, glance, &unit);
        }
        self.looked = Some(unit.pts);
        self.since_quiet = vec![unit];
        Ok(seen.into_iter().filter_map(|seen| self.story.push(seen)).collect())
    }

    /// The next access unit of a second glance: it wakes, looks on, or sleeps on.
    fn glance_on<C: Clock>(
        &mut self,
        decoder: &mut Decoder<C>,
        mut glance: Glance,
        unit: &Unit,
    ) -> Result<Vec<Event>, DecodeError> {
        let mut pictures = self.fed(decoder, unit)?.pictures;
        let over = glance.is_over(unit.pts, self.settings.unwrap_or_default());
        if over {
            pictures.extend(decoder.drain(self.stream)?.pictures);
        }
        glance.sees(pictures.iter().filter_map(|picture| look(&mut self.detector, picture)));
        if glance.trial.is_moving() {
            self.glance = Some(glance);
            return self.wake(decoder);
        }
        if !over {
            self.glance = Some(glance);
            return Ok(Vec::new());
        }
        self.looked = Some(glance.began);
        let key = self.since_quiet.iter().position(|unit| unit.pts == glance.began).unwrap_or(0);
        self.since_quiet.drain(..key);
        Ok(glance.seen.into_iter().filter_map(|seen| self.story.push(seen)).collect())
    }

    fn remember(&mut self, unit: Unit) {
        if unit.key || !self.since_quiet.is_empty() {
            self.since_quiet.push(unit);
        }
        let bytes = |units: &[Unit]| units.iter().map(|unit| unit.data.len()).sum::<usize>();
        if bytes(&self.since_quiet) > MOST_REMEMBERED {
            let newest_key = self.since_quiet.iter().rposition(|unit| unit.key).unwrap_or(0);
            self.since_quiet.drain(..newest_key);
            if bytes(&self.since_quiet) > MOST_REMEMBERED {
                self.since_quiet.clear();
            }
        }
    }

    /// Decodes what is remembered, so that the beginning of what moves is not missed.
    fn wake<C: Clock>(&mut self, decoder: &mut Decoder<C>) -> Result<Vec<Event>, DecodeError> {
        self.asleep = false;
        if let Some(glance) = self.glance.take() {
            // It decodes those pictures anew, from earlier ones on.
            decoder.drain(self.stream)?;
            self.detector = glance.detector;
        }
        let remembered = std::mem::take(&mut self.since_quiet);
        let mut events = Vec::new();
        for unit in remembered {
            events.extend(self.decode(decoder, &unit)?);
        }
        Ok(events)
    }

    fn decode<C: Clock>(&mut self, decoder: &mut Decoder<C>, unit: &Unit) -> Result<Vec<Event>, DecodeError> {
        let fed = self.fed(decoder, unit)?;
        self.moved = self.moved.or(Some(unit.pts));
        Ok(self.look_at(&fed))
    }

    fn fed<C: Clock>(&mut self, decoder: &mut Decoder<C>, unit: &Unit) -> Result<Fed, DecodeError> {
        self.decoded += 1;
        decoder.feed_sample(self.stream, unit.pts, unit.key, &unit.data)
    }

    fn look_at(&mut self, fed: &Fed) -> Vec<Event> {
        let mut events = Vec::new();
        if self.settings.is_none() {
            self.care.troubled(&fed.troubles);
        }
        for picture in &fed.pictures {
            self.watch(picture);
            // Pictures that were looked at while asleep come again when it wakes, and are passed over.
            if let Some(seen) = look(&mut self.detector, picture) {
                self.looked = Some(seen.at);
                let seen = if self.settings.is_none() { self.care.weigh(seen) } else { seen };
                self.seen.iter_mut().for_each(|kept| kept.push(seen));
                events.extend(self.story.push(seen));
                if seen.area.is_some() && self.story.is_moving() {
                    self.moved = Some(seen.at);
                }
            }
        }
        events
    }
}

impl Glance {
    fn new(detector: Detector, story: &Story, began: MediaTime) -> Self {
        Self { detector, trial: story.clone(), seen: Vec::new(), began }
    }

    fn sees(&mut self, seen: impl IntoIterator<Item = Observation>) {
        for seen in seen {
            self.trial.push(seen);
            self.seen.push(seen);
        }
    }

    fn is_over(&self, now: MediaTime, settings: MarkSettings) -> bool {
        let since = now.ticks() - self.began.ticks();
        let enough = since >= ticks(settings.second_glance_ms) && self.seen.len() >= GLANCE_PICTURES;
        enough || since >= ticks(LONGEST_GLANCE_MS)
    }
}

/// Asleep, pictures lie seconds apart because nobody asked for those between: for a mark that is no doubt.
fn far_apart_on_purpose(seen: Observation) -> Observation {
    match seen.finding {
        Finding::Unsure(Doubt::Apart) => Observation { finding: Finding::Still, ..seen },
        _ => seen,
    }
}

/// What a picture shows; nothing where it is no plane or does not come after the one before.
pub(crate) fn look(detector: &mut Detector, picture: &Picture) -> Option<Observation> {
    let plane = Plane::new(picture.width, picture.height, &picture.luma).ok()?;
    detector.look(picture.pts, &plane).ok()
}

fn ticks(ms: u32) -> i64 {
    i64::from(ms) * TICKS_PER_SECOND / 1000
}

#[cfg(test)]
mod tests {
    use candour_motion::Area;

    use super::*;

    /// Still pictures at these milliseconds, with trouble before those marked; how many are in doubt from the sixth on.
    #[track_caller]
    fn check(pictures: impl IntoIterator<Item = (i64, bool)>, doubted: usize) {
        let mut care = Care::default();
        let weighed = pictures.into_iter().map(|(ms, trouble)| {
            if trouble {
                care.troubled(&[Trouble::Undecodable]);
            }
            let at = MediaTime::from_ticks(ms * TICKS_PER_SECOND / 1000);
            care.weigh(Observation { at, finding: Finding::Still, score: 0, extent: 0, area: None })
        });
        let found = weighed.filter(|seen| matches!(seen.finding, Finding::Unsure(_))).count();
        assert_eq!(found, doubted);
    }

    #[test]
    fn fewer_than_five_pictures_of_a_second_are_a_doubt() {
        check((0..100).map(|number| (number * 200, false)), 0);
        check((0..100).map(|number| (number * 200 + number % 3 * 15, false)), 0);
        check((0..100).map(|number| (number * 220, false)), 95);
        // One picture that did not come leaves a doubt over the five around it.
        check((0..50).filter(|number| *number != 20).map(|number| (number * 200, false)), 5);
        // At ten pictures a second one may be missing.
        check((0..50).filter(|number| *number != 20).map(|number| (number * 100, false)), 0);
    }

    #[test]
    fn what_cannot_be_decoded_leaves_a_doubt_and_what_is_painted_over_always_does() {
        check((0..50).map(|number| (number * 100, number == 20)), usize::from(HURT_PICTURES));
        let mut care = Care::default();
        care.troubled(&[Trouble::NoPicture]);
        for number in 0..50 {
            let at = MediaTime::from_ticks(number * 9_000);
            let seen = care.weigh(Observation { at, finding: Finding::Still, score: 0, extent: 0, area: None });
            assert!(matches!(seen.finding, Finding::Unsure(_)));
        }
    }

    /// A second glance at pictures so many milliseconds apart, of which these show something: whether it wakes, and after how many it is over.
    #[track_caller]
    fn check_glance(apart_ms: i64, shows: &[usize], wakes: bool, over_after: usize) {
        let at = |number: usize| MediaTime::from_ticks(number as i64 * apart_ms * TICKS_PER_SECOND / 1000);
        let area = Area { left: 100, top: 100, right: 900, bottom: 900 };
        let seen = |number: usize| {
            let (finding, area) = match shows.contains(&number) {
                true => (Finding::Moving, Some(area)),
                false => (Finding::Still, None),
            };
            Observation { at: at(number), finding, score: 10, extent: 5, area }
        };
        let (settings, zones) = (Settings::default(), Zones::default());
        let mut glance = Glance::new(Detector::new(settings, zones), &Story::new(settings), at(0));
        let mut number = 0;
        loop {
            glance.sees([seen(number)]);
            if glance.trial.is_moving() || glance.is_over(at(number), MarkSettings::default()) {
                break;
            }
            number += 1;
        }
        assert_eq!((glance.trial.is_moving(), number), (wakes, over_after));
    }

    #[test]
    fn a_second_glance_wakes_for_what_goes_on_moving_and_ends_at_any_rate() {
        check_glance(100, &[0], false, 5);
        check_glance(100, &[0, 1], false, 5);
        check_glance(100, &[0, 1, 2], true, 2);
        check_glance(100, &[0, 2, 4], true, 4);
        check_glance(40, &[0], false, 13);
        // Five pictures a second and fewer.
        check_glance(200, &[0, 1, 2], true, 2);
        check_glance(500, &[0], false, 4);
        check_glance(1_000, &[0], false, 2);
    }
}
