//! Footage that knows itself: each picture carries its source and number, so that whatever is read back can be judged
//! alone. Shaped like H.264 (one NAL unit of an IDR or another picture, length-prefixed); nothing decodes it.

use bytes::Bytes;
use candour_media::{Codec, Sample, SampleEntry};
use candour_units::{MediaTime, WallDuration, WallTime};

use crate::chance::Chance;

/// Pictures a second.
pub const RATE: i64 = 10;
/// Ticks of a picture.
pub const PICTURE: i64 = 90_000 / RATE;
/// Pictures of a GOP: two seconds.
const GOP: i64 = 2 * RATE;

/// One of the scene's cameras.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source(pub u8);

/// An unbroken run of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Whose.
    pub source: Source,
    /// Number of its first picture.
    pub first: i64,
    /// When that one came.
    pub start: WallTime,
}

impl Run {
    /// When a picture of the run came.
    #[must_use]
    pub fn time_of(&self, number: i64) -> WallTime {
        self.start + WallDuration::from_ticks((number - self.first) * PICTURE)
    }

    /// A picture of the run.
    #[must_use]
    pub fn sample(&self, number: i64) -> Sample {
        let time = MediaTime::from_ticks((number - self.first) * PICTURE);
        let sync = (number - self.first) % GOP == 0;
        Sample {
            pts: time,
            dts: time,
            duration: 0,
            sync,
            arrival: self.time_of(number),
            loss_before: 0,
            data: picture(self.source, number, sync),
        }
    }
}

fn picture(source: Source, number: i64, sync: bool) -> Bytes {
    let mut chance = Chance::new(u64::from(source.0) << 48 ^ number as u64);
    let len = if sync { 5000 } else { 300 } + chance.below(500);
    let mut data = Vec::with_capacity(len + 8);
    data.extend_from_slice(&(len as u32).to_be_bytes());
    data.extend_from_slice(&[if sync { 0x65 } else { 0x41 }, source.0]);
    data.extend_from_slice(&number.to_be_bytes());
    while data.len() < len + 4 {
        data.extend_from_slice(&chance.number().to_le_bytes());
    }
    data.truncate(len + 4);
    Bytes::from(data)
}

/// Which picture this is; `None` when a byte of it is another than was sent.
#[must_use]
pub fn recognise(data: &[u8]) -> Option<(Source, i64)> {
    let (head, source) = (*data.get(4)?, Source(*data.get(5)?));
    let number = i64::from_be_bytes(data.get(6..14)?.try_into().ok()?);
    (picture(source, number, head == 0x65) == data).then_some((source, number))
}

/// How to decode it.
#[must_use]
pub fn entry() -> SampleEntry {
    SampleEntry {
        codec: Codec::H264,
        codec_string: "avc1.640028".to_owned(),
        width: 1920,
        height: 1080,
        timescale: 90_000,
        entry: Bytes::from_static(b"a sample entry box"),
        decoder_config: Bytes::new(),
        reorder_depth: None,
    }
}
