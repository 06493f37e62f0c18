//! Pictures coded anew: how they are wanted, and what comes back as samples of an H.264 track.

use bytes::Bytes;
use candour_media::{MediaError, SampleEntry, h264};
use candour_units::MediaTime;

use crate::annexb::between_start_codes;
use crate::message::{Fields, MessageError};

/// The largest picture that is coded anew, in bytes. At 8 Mbit/s it is a whole second.
pub const MOST_RECODED: usize = 1 << 20;
/// Pixels of the longer and of the shorter side at most: 1280x720, upright too.
const MOST_LONG: u16 = 1280;
const MOST_SHORT: u16 = 720;
const LEAST_SIDE: u16 = 16;
const MOST_PER_SECOND: u8 = 30;
const KILOBITS: std::ops::RangeInclusive<u16> = 64..=8_000;

/// How a stream is to be coded anew. Pictures are made smaller where they are larger, and never larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Pixels of the longer side at most: 16 to 1280.
    pub long: u16,
    /// Pixels of the shorter side at most: 16 to 720.
    pub short: u16,
    /// Pictures in a second at most: 1 to 30. Those between are not coded.
    pub per_second: u8,
    /// Thousand bits in a second on average: 64 to 8000.
    pub kilobits: u16,
}

impl Default for Target {
    /// 1280x720, 30 pictures and 3 Mbit a second.
    fn default() -> Self {
        Self { long: MOST_LONG, short: MOST_SHORT, per_second: MOST_PER_SECOND, kilobits: 3_000 }
    }
}

impl Target {
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.long.to_be_bytes());
        out.extend_from_slice(&self.short.to_be_bytes());
        out.push(self.per_second);
        out.extend_from_slice(&self.kilobits.to_be_bytes());
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, MessageError> {
        let side = |most: u16| move |side: u16| (LEAST_SIDE..=most).contains(&side).then_some(side);
        Ok(Self {
            long: fields.checked("long", Fields::u16, side(MOST_LONG))?,
            short: fields.checked("short", Fields::u16, side(MOST_SHORT))?,
            per_second: fields
                .checked("per_second", Fields::u8, |n| (1..=MOST_PER_SECOND).contains(&n).then_some(n))?,
            kilobits: fields.checked("kilobits", Fields::u16, |n| KILOBITS.contains(&n).then_some(n))?,
        })
    }

    /// The size in which a picture of this size is coded: even, in its own shape, no larger than it is. None where it is too small to be
    /// coded.
    #[must_use]
    pub fn fit(self, width: u32, height: u32) -> Option<(u16, u16)> {
        let (long, short) = (u64::from(width.max(height)), u64::from(width.min(height)));
        let (most_long, most_short) = (u64::from(self.long), u64::from(self.short));
        // The side that sticks out further, in comparison, decides by how much both shrink.
        let (most, of) = match () {
            () if long <= most_long && short <= most_short => (1, 1),
            () if long * most_short >= short * most_long => (most_long, long),
            () => (most_short, short),
        };
        let scaled =
            |side: u32| u16::try_from((u64::from(side) * most / of) & !1).ok().filter(|side| *side >= LEAST_SIDE);
        Some((scaled(width)?, scaled(height)?))
    }
}

/// A picture that was coded anew, as it came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoded {
    /// When it is to be shown.
    pub pts: MediaTime,
    /// Decoding can start here.
    pub key: bool,
    /// H.264 in Annex B form, parameter sets before each key frame.
    pub data: Vec<u8>,
}

/// The same as a sample of a track: no picture refers to a later one, so it is decoded in the order in which it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecodedSample {
    /// When it is to be decoded and shown.
    pub pts: MediaTime,
    /// Decoding can start here.
    pub key: bool,
    /// NAL units after lengths of four bytes, no parameter sets.
    pub data: Bytes,
    /// What a decoder must know from here on, where that is new.
    pub entry: Option<SampleEntry>,
}

/// Why what came back is no part of a track. The program that said it is not to be believed any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotATrack {
    /// A key frame without parameter sets, or anything before the first.
    #[error("the converted stream does not say how to decode it")]
    NoParameterSets,
    /// The parameter sets cannot be read.
    #[error("the converted stream's parameter sets cannot be read")]
    Sets(#[from] MediaError),
    /// Pictures are larger than they were wanted.
    #[error("converted pictures are {width}x{height}, which is larger than was asked for")]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Times do not grow.
    #[error("a converted picture at {pts} ticks comes after one at {before}")]
    Backwards {
        /// Its time.
        pts: i64,
        /// The time of the one before.
        before: i64,
    },
}

/// Makes a track of what comes back. Pure.
#[derive(Debug)]
pub struct RecodedTrack {
    target: Target,
    timescale: u32,
    sets: Option<(Vec<u8>, Vec<u8>)>,
    before: Option<MediaTime>,
}

impl RecodedTrack {
    /// A track that begins, with so many ticks a second.
    #[must_use]
    pub fn new(target: Target, timescale: u32) -> Self {
        Self { target, timescale, sets: None, before: None }
    }

    /// The next picture of the track.
    ///
    /// # Errors
    /// [`NotATrack`].
    pub fn take(&mut self, unit: &Recoded) -> Result<RecodedSample, NotATrack> {
        if let Some(before) = self.before.filter(|before| *before >= unit.pts) {
            return Err(NotATrack::Backwards { pts: unit.pts.ticks(), before: before.ticks() });
        }
        let (mut sps, mut pps, mut data) = (None, None, Vec::with_capacity(unit.data.len() + 16));
        for nal in between_start_codes(&unit.data).map(without_trailing_zeros) {
            match h264::NalType::of(nal) {
                Some(h264::NalType::Sps) => sps = Some(nal),
                Some(h264::NalType::Pps) => pps = Some(nal),
                Some(_) => {
                    data.extend_from_slice(&u32::try_from(nal.len()).unwrap_or(0).to_be_bytes());
                    data.extend_from_slice(nal);
                }
                None => {}
            }
        }
        let entry = match (unit.key, sps, pps) {
            (true, Some(sps), Some(pps)) => self.entry(sps, pps)?,
            (false, ..) if self.sets.is_some() => None,
            _ => return Err(NotATrack::NoParameterSets),
        };
        self.before = Some(unit.pts);
        Ok(RecodedSample { pts: unit.pts, key: unit.key, data: data.into(), entry })
    }

    /// The sample entry, where it is another than before.
    fn entry(&mut self, sps: &[u8], pps: &[u8]) -> Result<Option<SampleEntry>, NotATrack> {
        if self.sets.as_ref().is_some_and(|(known, other)| known == sps && other == pps) {
            return Ok(None);
        }
        let h264::Sps { width, height, .. } = h264::Sps::parse(sps)?;
        let (long, short) = (width.max(height), width.min(height));
        if long > u32::from(self.target.long) || short > u32::from(self.target.short) {
            return Err(NotATrack::TooLarge { width, height });
        }
        let entry = SampleEntry::h264(sps, pps, self.timescale)?;
        self.sets = Some((sps.to_vec(), pps.to_vec()));
        Ok(Some(entry))
    }
}

/// Zeros before the next start code belong to it (H.264 B.1.1).
fn without_trailing_zeros(nal: &[u8]) -> &[u8] {
    let end = nal.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &nal[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 320x240, Baseline, level 1.3, written by x264.
    const SPS: &[u8] = &[
        0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0xfb, 0x01, 0x10, 0, 0, 3, 0, 16, 0, 0, 3, 3, 32, 0xf1, 0x42, 0xa4,
        0x80,
    ];
    const PPS: &[u8] = &[0x68, 0xcb, 0x83, 0xcb, 0x20];

    fn unit(pts: i64, key: bool, nals: &[&[u8]]) -> Recoded {
        let data = nals.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect();
        Recoded { pts: MediaTime::from_ticks(pts), key, data }
    }

    fn check_fit(size: (u32, u32), expected: Option<(u16, u16)>) {
        assert_eq!(Target::default().fit(size.0, size.1), expected, "{size:?}");
    }

    #[test]
    fn pictures_keep_their_shape_and_never_grow() {
        check_fit((1920, 1080), Some((1280, 720)));
        check_fit((1080, 1920), Some((720, 1280)));
        check_fit((2592, 1944), Some((960, 720)));
        check_fit((4096, 800), Some((1280, 250)));
        check_fit((641, 361), Some((640, 360)));
        check_fit((15, 400), None);
        check_fit((16_384, 64), None);
        check_fit((0, 0), None);
    }

    #[test]
    fn units_become_samples() {
        let mut track = RecodedTrack::new(Target::default(), 90_000);
        assert_eq!(track.take(&unit(0, false, &[&[0x41, 7]])), Err(NotATrack::NoParameterSets));
        assert_eq!(track.take(&unit(0, true, &[&[0x65, 7]])), Err(NotATrack::NoParameterSets));
        let first = track.take(&unit(0, true, &[SPS, PPS, &[0x65, 7, 0]])).expect("a key frame");
        assert_eq!(&first.data[..], [0, 0, 0, 2, 0x65, 7]);
        let entry = first.entry.expect("a new track");
        assert_eq!((entry.width, entry.height, entry.codec_string.as_str()), (320, 240, "avc1.42c00d"));
        let second = track.take(&unit(3_600, true, &[SPS, PPS, &[0x65, 8]])).expect("another");
        assert_eq!(second.entry, None, "nothing new");
        let backwards = NotATrack::Backwards { pts: 3_600, before: 3_600 };
        assert_eq!(track.take(&unit(3_600, false, &[&[0x41, 7]])), Err(backwards));
    }

    #[test]
    fn larger_than_asked_for_is_refused() {
        let mut track = RecodedTrack::new(Target { long: 160, short: 120, ..Target::default() }, 90_000);
        let refused = track.take(&unit(0, true, &[SPS, PPS, &[0x65, 7]]));
        assert_eq!(refused, Err(NotATrack::TooLarge { width: 320, height: 240 }));
    }

    proptest! {
        #[test]
        fn any_size_fits_or_is_none(width in 0u32..20_000, height in 0u32..20_000, long in 16u16..=1280, short in 16u16..=720) {
            let target = Target { long, short, ..Target::default() };
            if let Some((w, h)) = target.fit(width, height) {
                prop_assert!(w.max(h) <= long.max(short) && w % 2 == 0 && h % 2 == 0);
                prop_assert!(u32::from(w) <= width && u32::from(h) <= height);
                prop_assert!(w.max(h) <= long && w.min(h) <= short);
            }
        }

        #[test]
        fn any_unit_ends(pts in any::<i64>(), key in any::<bool>(), data in proptest::collection::vec(prop_oneof![3 => Just(0u8), 2 => Just(1), 1 => Just(0x67), 1 => Just(0x68), 2 => any::<u8>()], 0..120)) {
            let mut track = RecodedTrack::new(Target::default(), 90_000);
            if let Ok(sample) = track.take(&Recoded { pts: MediaTime::from_ticks(pts), key, data: data.clone() }) {
                prop_assert!(sample.data.len() <= data.len() * 2);
            }
        }
    }
}
