//! The clear head that every record behind the header begins with, and the row of a fragment made of it.

use candour_units::{Hash, WallTime};

use crate::What;
use crate::cursor::Cursor;
use crate::header::{DIGEST_LEN, TAG_LEN};

/// Bytes of the clear head of a record.
pub const RECORD_HEAD_LEN: usize = 96;
/// Bytes behind the ciphertext and its tag: the record's length, then the sealed digest.
pub const RECORD_TAIL_LEN: usize = 4 + DIGEST_LEN;
/// Bytes of a record that are not plaintext.
pub const RECORD_OVERHEAD: usize = RECORD_HEAD_LEN + TAG_LEN + RECORD_TAIL_LEN;
/// No record holds more plaintext; a segment ends at 64 MiB, so twice that is out of reach.
pub const MAX_PLAINTEXT_LEN: usize = 128 * 1024 * 1024;
/// The value of `sync_back` when no sync sample lies at or before the fragment within its segment.
pub const SYNC_BEFORE_SEGMENT: u32 = u32::MAX;

const CHECK_AT: usize = 88;
const FLAG_STARTS_AT_SYNC: u32 = 1;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    Fragment,
    Footer,
}

impl Marker {
    const fn bytes(self) -> [u8; 4] {
        match self {
            Self::Fragment => *b"CFRG",
            Self::Footer => *b"CFTR",
        }
    }
}

/// Where a fragment lies and which time it covers: a row of the footer's table, and all a seek needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentInfo {
    /// Counted from 1.
    pub index: u32,
    /// Position of its record in the file.
    pub offset: u64,
    /// Bytes of plaintext: samples and their table.
    pub plaintext_len: u32,
    /// How many samples.
    pub samples: u32,
    /// Decode time of the first sample, in ticks since the segment's first sample.
    pub first_dts: i64,
    /// From the first decode time to the end of the last sample, in ticks of the camera's clock.
    pub media_duration: u64,
    /// Our clock at the first sample.
    pub wall_start: WallTime,
    /// Our clock at the end of the last sample.
    pub wall_end: WallTime,
    /// Whether decoding can start at its first sample.
    pub starts_at_sync: bool,
    /// How many fragments back lies the one that holds the latest sync sample at or before the first sample: 0 is this
    /// one, [`SYNC_BEFORE_SEGMENT`] says there is none in this segment.
    pub sync_back: u32,
}

impl FragmentInfo {
    /// Bytes of the whole record.
    #[must_use]
    pub fn record_len(&self) -> usize {
        self.plaintext_len as usize + RECORD_OVERHEAD
    }

    /// Where the next record begins.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset + self.record_len() as u64
    }

    #[cfg(feature = "crypto")]
    pub(crate) fn flags(&self) -> u32 {
        if self.starts_at_sync { FLAG_STARTS_AT_SYNC } else { 0 }
    }

    /// `None` when the flags or `sync_back` are none that version 1 has.
    pub(crate) fn with_flags(mut self, flags: u32) -> Option<Self> {
        self.starts_at_sync = flags & FLAG_STARTS_AT_SYNC != 0;
        let fits = flags & !FLAG_STARTS_AT_SYNC == 0 && (!self.starts_at_sync || self.sync_back == 0);
        fits.then_some(self)
    }
}

/// The clear head of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordHead {
    pub(crate) marker: Marker,
    /// For the footer: `index` counts the fragments, times and samples are totals.
    pub(crate) info: FragmentInfo,
    pub(crate) previous: Hash,
}

impl RecordHead {
    #[cfg(feature = "crypto")]
    pub(crate) fn encode(&self) -> [u8; RECORD_HEAD_LEN] {
        let info = &self.info;
        let mut out = [0; RECORD_HEAD_LEN];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            out[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(&self.marker.bytes());
        put(&info.index.to_le_bytes());
        put(&info.plaintext_len.to_le_bytes());
        put(&info.samples.to_le_bytes());
        put(&info.first_dts.to_le_bytes());
        put(&info.media_duration.to_le_bytes());
        put(&info.wall_start.ticks().to_le_bytes());
        put(&info.wall_end.ticks().to_le_bytes());
        put(&info.sync_back.to_le_bytes());
        put(&info.flags().to_le_bytes());
        put(self.previous.as_bytes());
        let check = check_of(&out);
        out[CHECK_AT..].copy_from_slice(&check);
        out
    }

    /// Reads the head of a record that lies at `offset`; it fits its own check value when this succeeds.
    pub(crate) fn decode(bytes: &[u8; RECORD_HEAD_LEN], offset: u64) -> Result<Self, What> {
        let marker = [Marker::Fragment, Marker::Footer]
            .into_iter()
            .find(|marker| bytes.starts_with(&marker.bytes()))
            .ok_or(What::Marker)?;
        if check_of(bytes) != bytes[CHECK_AT..] {
            return Err(What::HeadCheck);
        }
        Self::decode_fields(marker, &mut Cursor::over(&bytes[4..]), offset).ok_or(What::HeadCheck)
    }

    fn decode_fields(marker: Marker, fields: &mut Cursor<'_>, offset: u64) -> Option<Self> {
        let info = FragmentInfo {
            index: fields.u32()?,
            offset,
            plaintext_len: fields.u32().filter(|len| *len as usize <= MAX_PLAINTEXT_LEN)?,
            samples: fields.u32()?,
            first_dts: fields.i64()?,
            media_duration: fields.u64()?,
            wall_start: WallTime::from_ticks(fields.i64()?),
            wall_end: WallTime::from_ticks(fields.i64()?),
            starts_at_sync: false,
            sync_back: fields.u32()?,
        };
        let info = info.with_flags(fields.u32()?)?;
        Some(Self { marker, info, previous: Hash(fields.array()?) })
    }
}

/// What the clear head of a record says of it, before a byte of the record is opened: how a reader walks a file.
///
/// # Errors
/// [`What::Length`] for fewer bytes than a head has; [`What::Marker`] and [`What::HeadCheck`] when it is none.
pub fn record_at(offset: u64, head: &[u8]) -> Result<RecordAt, What> {
    let head = head.first_chunk::<RECORD_HEAD_LEN>().ok_or(What::Length)?;
    let RecordHead { marker, info, .. } = RecordHead::decode(head, offset)?;
    Ok(RecordAt { footer: marker == Marker::Footer, info })
}

/// A record as its own head describes it; nothing of it is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordAt {
    /// Whether it is a footer: then `info` holds the totals.
    pub footer: bool,
    /// Where it lies and what it covers.
    pub info: FragmentInfo,
}

fn check_of(head: &[u8; RECORD_HEAD_LEN]) -> [u8; RECORD_HEAD_LEN - CHECK_AT] {
    let digest = blake3::hash(&head[..CHECK_AT]);
    *digest.as_bytes().first_chunk().expect("a digest is longer than a check value")
}
