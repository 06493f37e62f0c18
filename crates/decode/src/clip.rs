//! Through a whole clip: what `candour motion` does.

use bytes::Bytes;
use candour_media::{Clip, MediaError, SampleEntry};
use candour_motion::{Detector, Report, Settings, Story, Zones};
use candour_units::{Clock, MediaTime};

use crate::client::{DecodeError, Decoder};
use crate::marker::{MarkSettings, Marker, look};
use crate::message::Wanted;
use crate::trouble::Trouble;

/// The number of the clip's stream in the decoder.
const STREAM: u16 = 0;

/// How thoroughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every access unit is decoded and five pictures a second are looked at: what could shorten a life.
    Shorten,
    /// Key frames while nothing happens: what draws a timeline.
    Mark,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct How {
    /// How thoroughly.
    pub mode: Mode,
    /// Parameters of the method.
    pub settings: Settings,
    /// Where.
    pub zones: Zones,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Events and doubts, in times of the file.
    pub report: Report,
    /// The time of the first picture, from which people count.
    pub first: MediaTime,
    /// Access units in the clip.
    pub units: u64,
    /// Access units that were decoded.
    pub decoded: u64,
    /// What went wrong, each once.
    pub troubles: Vec<Trouble>,
}

/// Why nothing can be said about a clip.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// The file is no MP4 with a video track that we read.
    #[error("the file cannot be read as an MP4 with a video track")]
    File(#[from] MediaError),
    /// The decoder did not survive it, or there is none.
    #[error("the clip was not decoded to its end")]
    Decode(#[from] DecodeError),
    /// Not one picture came out.
    #[error("no picture came out of {units} access units{}", said(.troubles))]
    NoPicture {
        /// Access units in the clip.
        units: u64,
        /// What went wrong.
        troubles: Vec<Trouble>,
    },
}

fn said(troubles: &[Trouble]) -> String {
    troubles.iter().map(|what| format!("; {what}")).collect()
}

/// Looks through the video track of an MP4 file, all of it in memory.
///
/// # Errors
/// [`ClipError`].
pub fn look_through<C: Clock>(file: &Bytes, how: &How, decoder: &mut Decoder<C>) -> Result<Found, ClipError> {
    let clip = Clip::read(file)?;
    decoder.open_track(STREAM, &clip.entry, Wanted::default())?;
    let found = match how.mode {
        Mode::Shorten => shorten(file, &clip, how, decoder),
        Mode::Mark => mark(file, &clip, how, decoder),
    };
    decoder.close(STREAM);
    found
}

fn first(clip: &Clip) -> MediaTime {
    clip.samples.iter().map(|sample| sample.pts).min().unwrap_or_default()
}

fn shorten<C: Clock>(file: &Bytes, clip: &Clip, how: &How, decoder: &mut Decoder<C>) -> Result<Found, ClipError> {
    let samples = clip.samples.iter().map(|sample| (sample.pts, sample.sync, sample.data(file)));
    let All { report, troubles, pictures } = everything(samples, how.settings, how.zones.clone(), decoder)?;
    let units = clip.samples.len() as u64;
    if pictures == 0 {
        return Err(ClipError::NoPicture { units, troubles });
    }
    Ok(Found { report, first: first(clip), units, decoded: units, troubles })
}

/// What a second look at footage found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookedAgain {
    /// Nothing moves in it.
    Still,
    /// Something does.
    Moved,
    /// Nothing can be said of all of it.
    Unsure,
}

/// How long after its first picture footage may be in doubt because its place is not known yet.
const LEARNS: i64 = 2 * candour_units::TICKS_PER_SECOND;

/// Looks at every picture of a track with the method's own parameters, whatever a site has turned, where `zones` has motion count. `samples` are (presentation time, sync
/// sample, bytes) in decode order. The decoder should be a fresh one.
///
/// # Errors
/// What the decoder says.
pub fn look_again<'a, C: Clock>(
    entry: &SampleEntry,
    samples: impl IntoIterator<Item = (MediaTime, bool, &'a [u8])>,
    zones: Zones,
    decoder: &mut Decoder<C>,
) -> Result<LookedAgain, DecodeError> {
    decoder.open_track(STREAM, entry, Wanted { every_ms: 0, ..Wanted::default() })?;
    let mut first: Option<MediaTime> = None;
    let samples = samples.into_iter().inspect(|(pts, ..)| first = Some(first.map_or(*pts, |first| first.min(*pts))));
    let found = everything(samples, Settings::default(), zones, decoder);
    decoder.close(STREAM);
    let All { report, troubles, pictures } = found?;
    let known = first.map_or(i64::MIN, |first| first.ticks().saturating_add(LEARNS));
    Ok(match () {
        () if !report.events.is_empty() => LookedAgain::Moved,
        () if pictures == 0 || !troubles.is_empty() => LookedAgain::Unsure,
        () if report.doubts.iter().any(|doubt| doubt.end.ticks() > known) => LookedAgain::Unsure,
        () => LookedAgain::Still,
    })
}

/// What all of a track shows.
struct All {
    report: Report,
    troubles: Vec<Trouble>,
    pictures: u64,
}

fn everything<'a, C: Clock>(
    samples: impl Iterator<Item = (MediaTime, bool, &'a [u8])>,
    settings: Settings,
    zones: Zones,
    decoder: &mut Decoder<C>,
) -> Result<All, DecodeError> {
    let (mut detector, mut story) = (Detector::new(settings, zones), Story::new(settings));
    let (mut troubles, mut pictures) = (Vec::new(), 0u64);
    let mut see = |fed: crate::client::Fed| {
        for picture in &fed.pictures {
            pictures += 1;
            if let Some(seen) = look(&mut detector, picture) {
                story.push(seen);
            }
        }
        troubles.extend(fed.troubles);
    };
    for (pts, sync, data) in samples {
        see(decoder.feed_sample(STREAM, pts, sync, data)?);
    }
    see(decoder.drain(STREAM)?);
    troubles.sort_unstable_by_key(|what| what.code());
    troubles.dedup();
    Ok(All { report: story.finish(), troubles, pictures })
}

fn mark<C: Clock>(file: &Bytes, clip: &Clip, how: &How, decoder: &mut Decoder<C>) -> Result<Found, ClipError> {
    let mut marker = Marker::new(STREAM, MarkSettings::default(), how.settings, how.zones.clone());
    for sample in &clip.samples {
        let data = file.slice(sample.at..sample.at + sample.len);
        marker.sample(decoder, sample.pts, sample.sync, &data)?;
    }
    let (units, decoded) = (clip.samples.len() as u64, marker.decoded());
    marker.drain(decoder)?;
    if marker.pictures() == 0 {
        return Err(ClipError::NoPicture { units, troubles: Vec::new() });
    }
    Ok(Found { report: marker.told(), first: first(clip), units, decoded, troubles: Vec::new() })
}
