//! The clear header of a segment: whose footage this is, from when, for what purpose and how long.

use std::num::NonZeroU8;

use candour_units::{
    CameraId, Hash, PurposeId, RecorderId, RunId, SegmentId, StreamId, StreamKind, WallDuration, WallTime,
};

use crate::cursor::Cursor;
use crate::{Damage, What};

pub(crate) const MAGIC: &[u8; 8] = b"CANDOSEG";
const VERSION: u8 = 1;
/// AES-256-GCM, HKDF-SHA256, BLAKE3.
const SUITE: u8 = 1;
const FIXED_LEN: usize = 212;
/// The tag over the clear header, then the first sealed digest.
pub(crate) const TAG_LEN: usize = 16;
pub(crate) const DIGEST_LEN: usize = 32;

const FLAG_CAMERA_AHEAD: u8 = 1;
const FLAG_KERNEL_SYNCHRONISED: u8 = 2;

/// Bytes needed to learn how long the header record is ([`header_record_len`]).
pub const HEADER_PREFIX_LEN: usize = 16;
/// No header record is longer: more is not a header.
pub const MAX_HEADER_LEN: usize = 256 * 1024;

/// How samples are coded, as the number in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CodecCode {
    /// ITU-T H.264.
    H264 = 1,
    /// ITU-T H.265.
    H265 = 2,
    /// Motion JPEG.
    Mjpeg = 3,
    /// MPEG-4 AAC.
    Aac = 4,
    /// G.711 A-law.
    Pcma = 5,
    /// G.711 mu-law.
    Pcmu = 6,
}

impl CodecCode {
    /// Every code of format version 1.
    pub const ALL: [Self; 6] = [Self::H264, Self::H265, Self::Mjpeg, Self::Aac, Self::Pcma, Self::Pcmu];

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as u8 == byte)
    }
}

/// What was known about time when the segment began; evidence beside the record, never in its place (rule 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClockClaim {
    /// Camera's clock minus ours, if the camera had claimed anything.
    pub camera_ahead: Option<WallDuration>,
    /// How late our reading of the socket may have been.
    pub read_pace: WallDuration,
    /// Whether the kernel called its own clock synchronised.
    pub kernel_synchronised: bool,
}

/// Missing time directly before the segment; it ends where the segment starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapBefore {
    /// First missing moment.
    pub start: WallTime,
    /// Why: the stable number of the cause (`recording`); zero would be "no gap".
    pub cause: NonZeroU8,
}

/// Everything that is true of a whole segment, fixed when it begins. Stored in clear, authenticated by the segment key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Who wrote it.
    pub recorder: RecorderId,
    /// Which device it shows the view of.
    pub camera: CameraId,
    /// Which of its feeds.
    pub stream: StreamId,
    /// Which unbroken connection.
    pub run: RunId,
    /// This file. One id is sealed once: never begin two segments with one id.
    pub segment: SegmentId,
    /// Main or sub.
    pub kind: StreamKind,
    /// Arrival of the first sample; the wall clock of decode time 0 of this segment.
    pub start: WallTime,
    /// Decode time of the first sample within its run, in ticks of `timescale`: says whether two segments of a run join.
    pub run_dts: i64,
    /// What was known about time.
    pub clock: ClockClaim,
    /// The written purpose in force.
    pub purpose: PurposeId,
    /// Digest of the policy version in force.
    pub policy_hash: Hash,
    /// End of life promised at capture; later policies may only lower it (rule 9).
    pub keep_until: WallTime,
    /// Missing time directly before.
    pub gap: Option<GapBefore>,
    /// How samples are coded.
    pub codec: CodecCode,
    /// Ticks per second of every media time in the segment.
    pub timescale: u32,
    /// RFC 6381 name.
    pub codec_string: String,
    /// Pixels; 0 for audio.
    pub width: u16,
    /// Pixels; 0 for audio.
    pub height: u16,
    /// The whole sample entry box (ISO/IEC 14496-12 8.5.2), parameter sets inside.
    pub sample_entry: Vec<u8>,
}

/// Why a header cannot be written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Not a segment file.
    #[error("the file does not begin with the magic of a segment")]
    Magic,
    /// Made by a later program.
    #[error("format version {version}, cipher suite {suite} is not known; a newer program wrote it")]
    Version {
        /// Format version.
        version: u8,
        /// Cipher suite.
        suite: u8,
    },
    /// A field has a value version 1 does not have, or lengths do not add up.
    #[error("the field {field} does not fit")]
    Field {
        /// Its name as in `docs/design/segment.md`.
        field: &'static str,
    },
}

impl SegmentHeader {
    /// The clear bytes of the header, without tag and digest.
    ///
    /// # Errors
    /// [`HeaderError::Field`] when the codec string or the sample entry is too long, or the timescale is 0.
    pub fn encode(&self) -> Result<Vec<u8>, HeaderError> {
        let string_len = u16::try_from(self.codec_string.len()).map_err(|_| field("codec string"))?;
        let len = FIXED_LEN + self.codec_string.len() + self.sample_entry.len();
        if len + TAG_LEN + DIGEST_LEN > MAX_HEADER_LEN {
            return Err(field("sample entry"));
        }
        if self.timescale == 0 {
            return Err(field("timescale"));
        }
        let mut out = Vec::with_capacity(len + TAG_LEN + DIGEST_LEN);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&[VERSION, SUITE]);
        out.extend_from_slice(&prefix_check(len as u32));
        out.extend_from_slice(&(len as u32).to_le_bytes());
        for id in [
            self.recorder.as_bytes(),
            self.camera.as_bytes(),
            self.stream.as_bytes(),
            self.run.as_bytes(),
            self.segment.as_bytes(),
            self.purpose.as_bytes(),
        ] {
            out.extend_from_slice(id);
        }
        out.extend_from_slice(self.policy_hash.as_bytes());
        for time in [
            self.start.ticks(),
            self.run_dts,
            self.keep_until.ticks(),
            self.gap.map_or(0, |gap| gap.start.ticks()),
            self.clock.camera_ahead.map_or(0, WallDuration::ticks),
            self.clock.read_pace.ticks(),
        ] {
            out.extend_from_slice(&time.to_le_bytes());
        }
        out.extend_from_slice(&[
            kind_byte(self.kind),
            self.codec as u8,
            self.gap.map_or(0, |gap| gap.cause.get()),
            self.clock_flags(),
        ]);
        out.extend_from_slice(&self.timescale.to_le_bytes());
        out.extend_from_slice(&self.width.to_le_bytes());
        out.extend_from_slice(&self.height.to_le_bytes());
        out.extend_from_slice(&string_len.to_le_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(self.sample_entry.len() as u32).to_le_bytes());
        out.extend_from_slice(self.codec_string.as_bytes());
        out.extend_from_slice(&self.sample_entry);
        Ok(out)
    }

    fn clock_flags(&self) -> u8 {
        let ahead = if self.clock.camera_ahead.is_some() { FLAG_CAMERA_AHEAD } else { 0 };
        let synchronised = if self.clock.kernel_synchronised { FLAG_KERNEL_SYNCHRONISED } else { 0 };
        ahead | synchronised
    }

    /// Reads the clear bytes back (tag and digest not included). Nothing is authenticated here.
    ///
    /// # Errors
    /// [`HeaderError`]; exactly the bytes that [`Self::encode`] can give are accepted.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        if clear_len(bytes)? != bytes.len() {
            return Err(field("header length"));
        }
        let mut fields = Cursor::over(&bytes[HEADER_PREFIX_LEN..]);
        Self::decode_fields(&mut fields).ok_or(field("header length"))?.checked(fields.is_at_end())
    }

    /// `None` when the bytes end too early.
    fn decode_fields(fields: &mut Cursor<'_>) -> Option<Decoded> {
        let recorder = RecorderId::from_bytes(fields.array()?);
        let camera = CameraId::from_bytes(fields.array()?);
        let stream = StreamId::from_bytes(fields.array()?);
        let run = RunId::from_bytes(fields.array()?);
        let segment = SegmentId::from_bytes(fields.array()?);
        let purpose = PurposeId::from_bytes(fields.array()?);
        let policy_hash = Hash(fields.array()?);
        let start = WallTime::from_ticks(fields.i64()?);
        let run_dts = fields.i64()?;
        let keep_until = WallTime::from_ticks(fields.i64()?);
        let gap_start = fields.i64()?;
        let camera_ahead = fields.i64()?;
        let read_pace = WallDuration::from_ticks(fields.i64()?);
        let [kind, codec, cause, flags] = fields.array()?;
        let timescale = fields.u32()?;
        let (width, height) = (fields.u16()?, fields.u16()?);
        let (string_len, zero) = (fields.u16()?, fields.u16()?);
        let entry_len = fields.u32()?;
        let codec_string = fields.slice(usize::from(string_len))?.to_vec();
        let sample_entry = fields.slice(entry_len as usize)?.to_vec();
        let header = Self {
            recorder,
            camera,
            stream,
            run,
            segment,
            kind: if kind == kind_byte(StreamKind::Sub) { StreamKind::Sub } else { StreamKind::Main },
            start,
            run_dts,
            clock: ClockClaim {
                camera_ahead: (flags & FLAG_CAMERA_AHEAD != 0).then_some(WallDuration::from_ticks(camera_ahead)),
                read_pace,
                kernel_synchronised: flags & FLAG_KERNEL_SYNCHRONISED != 0,
            },
            purpose,
            policy_hash,
            keep_until,
            gap: NonZeroU8::new(cause).map(|cause| GapBefore { start: WallTime::from_ticks(gap_start), cause }),
            codec: CodecCode::from_byte(codec).unwrap_or(CodecCode::H264),
            timescale,
            codec_string: String::new(),
            width,
            height,
            sample_entry,
        };
        Some(Decoded { header, codec_string, kind, codec, flags, gap_start, camera_ahead, zero })
    }
}

/// Fields as read, beside the header made of them, until it is known that they are values version 1 has.
struct Decoded {
    header: SegmentHeader,
    codec_string: Vec<u8>,
    kind: u8,
    codec: u8,
    flags: u8,
    gap_start: i64,
    camera_ahead: i64,
    zero: u16,
}

impl Decoded {
    fn checked(self, at_end: bool) -> Result<SegmentHeader, HeaderError> {
        let mut header = self.header;
        let fits: [(bool, &'static str); 8] = [
            (at_end, "header length"),
            (self.kind <= kind_byte(StreamKind::Sub), "stream kind"),
            (header.codec as u8 == self.codec, "codec"),
            (self.flags & !(FLAG_CAMERA_AHEAD | FLAG_KERNEL_SYNCHRONISED) == 0, "clock flags"),
            (header.gap.is_some() || self.gap_start == 0, "gap start"),
            (header.clock.camera_ahead.is_some() || self.camera_ahead == 0, "camera ahead"),
            (self.zero == 0, "zero"),
            (header.timescale != 0, "timescale"),
        ];
        if let Some((_, name)) = fits.into_iter().find(|(fits, _)| !fits) {
            return Err(field(name));
        }
        header.codec_string = String::from_utf8(self.codec_string).map_err(|_| field("codec string"))?;
        Ok(header)
    }
}

const fn field(field: &'static str) -> HeaderError {
    HeaderError::Field { field }
}

const fn kind_byte(kind: StreamKind) -> u8 {
    match kind {
        StreamKind::Main => 0,
        StreamKind::Sub => 1,
    }
}

/// Length of the clear bytes, from the first [`HEADER_PREFIX_LEN`] of them.
fn clear_len(bytes: &[u8]) -> Result<usize, HeaderError> {
    let mut prefix = Cursor::over(bytes);
    let magic: [u8; 8] = prefix.array().ok_or(HeaderError::Magic)?;
    if &magic != MAGIC {
        return Err(HeaderError::Magic);
    }
    let [version, suite, check @ ..]: [u8; 4] = prefix.array().ok_or(field("version"))?;
    if (version, suite) != (VERSION, SUITE) {
        return Err(HeaderError::Version { version, suite });
    }
    let len = prefix.u32().ok_or(field("header length"))?;
    if check != prefix_check(len) {
        return Err(field("prefix check"));
    }
    let len = len as usize;
    if !(FIXED_LEN..=MAX_HEADER_LEN - TAG_LEN - DIGEST_LEN).contains(&len) {
        return Err(field("header length"));
    }
    Ok(len)
}

/// Lets a damaged length be told from a file that ends inside its header.
fn prefix_check(len: u32) -> [u8; 2] {
    let digest = blake3::hash(&[MAGIC.as_slice(), &[VERSION, SUITE], &len.to_le_bytes()].concat());
    *digest.as_bytes().first_chunk().expect("a digest is longer than a check value")
}

/// How many bytes the whole header record has (clear header, tag, digest), told from its first
/// [`HEADER_PREFIX_LEN`] bytes. The first fragment begins there.
///
/// # Errors
/// [`Damage`] at the header; [`What::HeaderIncomplete`] for a shorter prefix.
pub fn header_record_len(prefix: &[u8]) -> Result<usize, Damage> {
    if prefix.len() < HEADER_PREFIX_LEN {
        return Err(header_damage(prefix.len() as u64, What::HeaderIncomplete));
    }
    let clear = clear_len(prefix).map_err(|error| header_damage(0, What::Header(error)))?;
    Ok(clear + TAG_LEN + DIGEST_LEN)
}

pub(crate) fn header_damage(offset: u64, what: What) -> Damage {
    Damage { offset, fragment: 0, intact_len: 0, what }
}
