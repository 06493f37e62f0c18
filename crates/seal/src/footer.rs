//! The last record of a closed segment: where its fragments lie, how long each sample is, and the root of its content.
//!
//! With this one record a reader knows every position, size and time of the segment's samples without opening a
//! fragment: what a file that leaves must say in front, before a byte of footage was read.
//!
//! Its plaintext is a function of the fragments before it and of nothing else. Whoever closes the segment, at once or
//! after a crash, seals the same bytes under the same nonce (rule 5).

use candour_units::{Hash, WallTime};

use crate::FragmentInfo;
use crate::cursor::Cursor;
use crate::fragment::SAMPLE_ROW_LEN;
use crate::record::{MAX_PLAINTEXT_LEN, RECORD_OVERHEAD, RECORD_TAIL_LEN};

const FIXED_LEN: usize = 36;
const ROW_LEN: usize = 56;
/// Bytes of a sample's row.
const SIZE_ROW_LEN: usize = 12;
/// The bit of a sample's size that says it is a sync sample; no sample is that long.
const SYNC_BIT: u32 = 1 << 31;
/// No footer record is longer: nothing is sealed that the footer could not tell of.
pub const MAX_FOOTER_LEN: usize = MAX_PLAINTEXT_LEN + RECORD_OVERHEAD;

/// What the footer says of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleRow {
    /// Decode time in ticks since the segment's first sample.
    pub dts: i64,
    /// Presentation time minus decode time.
    pub composition_offset: i32,
    /// Bytes of the sample.
    pub size: u32,
    /// Whether decoding can start here.
    pub sync: bool,
}

/// The table of a closed segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// The root of the tree over the content.
    pub content_root: Hash,
    /// Every fragment in order.
    pub fragments: Vec<FragmentInfo>,
    /// Every sample of every fragment, in order.
    pub samples: Vec<SampleRow>,
}

impl Footer {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(plaintext_len(self.fragments.len(), self.samples.len()));
        out.extend_from_slice(self.content_root.as_bytes());
        out.extend_from_slice(&(self.fragments.len() as u32).to_le_bytes());
        for info in &self.fragments {
            out.extend_from_slice(&info.offset.to_le_bytes());
            out.extend_from_slice(&info.plaintext_len.to_le_bytes());
            out.extend_from_slice(&info.samples.to_le_bytes());
            out.extend_from_slice(&info.first_dts.to_le_bytes());
            out.extend_from_slice(&info.media_duration.to_le_bytes());
            out.extend_from_slice(&info.wall_start.ticks().to_le_bytes());
            out.extend_from_slice(&info.wall_end.ticks().to_le_bytes());
            out.extend_from_slice(&info.sync_back.to_le_bytes());
            out.extend_from_slice(&info.flags().to_le_bytes());
        }
        let mut samples = self.samples.iter();
        for info in &self.fragments {
            for row in samples.by_ref().take(info.samples as usize) {
                // Fits: a fragment is no longer than 32 bits of ticks.
                out.extend_from_slice(&((row.dts - info.first_dts) as u32).to_le_bytes());
                out.extend_from_slice(&row.composition_offset.to_le_bytes());
                let sync = if row.sync { SYNC_BIT } else { 0 };
                out.extend_from_slice(&(row.size | sync).to_le_bytes());
            }
        }
        out
    }

    pub(crate) fn decode(plaintext: &[u8]) -> Option<Self> {
        let mut fields = Cursor::over(plaintext);
        let content_root = Hash(fields.array()?);
        let count = fields.u32()?;
        // Asked before anything is made as large as the count says.
        let rows = plaintext.len().checked_sub(FIXED_LEN)?;
        if (count as usize).checked_mul(ROW_LEN)? > rows {
            return None;
        }
        let fragments: Vec<FragmentInfo> =
            (1..=count).map(|index| decode_row(index, &mut fields)).collect::<Option<_>>()?;
        let mut samples = Vec::with_capacity((rows - fragments.len() * ROW_LEN) / SIZE_ROW_LEN);
        for info in &fragments {
            decode_samples(info, &mut fields, &mut samples)?;
        }
        fields.is_at_end().then_some(Self { content_root, fragments, samples })
    }
}

/// How long the plaintext of a footer is.
fn plaintext_len(fragments: usize, samples: usize) -> usize {
    FIXED_LEN.saturating_add(fragments.saturating_mul(ROW_LEN)).saturating_add(samples.saturating_mul(SIZE_ROW_LEN))
}

/// Whether a footer can tell of that many; a segment that it could not tell of must be closed earlier.
pub(crate) fn fits(fragments: usize, samples: usize) -> bool {
    plaintext_len(fragments, samples) <= MAX_PLAINTEXT_LEN
}

/// Reads the rows of a fragment's samples; `None` when they are not those of that fragment.
fn decode_samples(info: &FragmentInfo, fields: &mut Cursor<'_>, out: &mut Vec<SampleRow>) -> Option<()> {
    let (mut before, mut bytes) = (None, (info.samples as usize).checked_mul(SAMPLE_ROW_LEN)?);
    for _ in 0..info.samples {
        let delta = fields.u32()?;
        let composition_offset = fields.i32()?;
        let size = fields.u32()?;
        let row = SampleRow {
            dts: info.first_dts.checked_add(i64::from(delta))?,
            composition_offset,
            size: size & !SYNC_BIT,
            sync: size & SYNC_BIT != 0,
        };
        let in_order = match before {
            None => delta == 0,
            Some(before) => before < delta,
        };
        if !in_order {
            return None;
        }
        before = Some(delta);
        bytes = bytes.checked_add(row.size as usize)?;
        out.push(row);
    }
    (bytes == info.plaintext_len as usize).then_some(())
}

fn decode_row(index: u32, fields: &mut Cursor<'_>) -> Option<FragmentInfo> {
    let info = FragmentInfo {
        index,
        offset: fields.u64()?,
        plaintext_len: fields.u32()?,
        samples: fields.u32()?,
        first_dts: fields.i64()?,
        media_duration: fields.u64()?,
        wall_start: WallTime::from_ticks(fields.i64()?),
        wall_end: WallTime::from_ticks(fields.i64()?),
        starts_at_sync: false,
        sync_back: fields.u32()?,
    };
    info.with_flags(fields.u32()?)
}

/// How long the last record of a file is, told from the file's last bytes (at least [`RECORD_TAIL_LEN`] of them).
/// Whether that record is a footer is known when it is opened. `None` when the bytes cannot end a record.
#[must_use]
pub fn footer_record_len(tail: &[u8]) -> Option<usize> {
    let at = tail.len().checked_sub(RECORD_TAIL_LEN)?;
    let len = Cursor::over(&tail[at..]).u32()? as usize;
    (RECORD_OVERHEAD + FIXED_LEN..=MAX_FOOTER_LEN).contains(&len).then_some(len)
}
