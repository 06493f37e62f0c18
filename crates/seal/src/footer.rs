//! The last record of a closed segment: where its fragments lie, and the root of its content.
//!
//! Its plaintext is a function of the fragments before it and of nothing else. Whoever closes the segment, at once or
//! after a crash, seals the same bytes under the same nonce (rule 5).

use candour_units::{Hash, WallTime};

use crate::FragmentInfo;
use crate::cursor::Cursor;
use crate::record::{RECORD_OVERHEAD, RECORD_TAIL_LEN};

const FIXED_LEN: usize = 36;
const ROW_LEN: usize = 56;
/// No footer record is longer: a segment of 5 min has some hundreds of fragments.
pub const MAX_FOOTER_LEN: usize = 16 * 1024 * 1024;

/// The table of a closed segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// The root of the tree over the content.
    pub content_root: Hash,
    /// Every fragment in order.
    pub fragments: Vec<FragmentInfo>,
}

impl Footer {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(FIXED_LEN + self.fragments.len() * ROW_LEN);
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
        out
    }

    pub(crate) fn decode(plaintext: &[u8]) -> Option<Self> {
        let mut fields = Cursor::over(plaintext);
        let content_root = Hash(fields.array()?);
        let count = fields.u32()?;
        if plaintext.len() != FIXED_LEN + (count as usize).checked_mul(ROW_LEN)? {
            return None;
        }
        let fragments = (1..=count).map(|index| decode_row(index, &mut fields)).collect::<Option<_>>()?;
        Some(Self { content_root, fragments })
    }
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
