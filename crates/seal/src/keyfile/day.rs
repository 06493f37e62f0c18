//! The file of one day of UTC: the keys of all streams, and those appended since it was written.

use super::row::decode_row;
use super::{KeyFileError, ROW_LEN, RowName, Rows, SUITE, TAIL_LEN, Tail, VERSION, Wrapped, begin, tail_at};

const MAGIC: &[u8; 8] = b"CANDODAY";
const HOURS_PER_DAY: i64 = 24;

/// Bytes of the head of a day file.
pub const DAY_HEAD_LEN: usize = 48;

/// The day of UTC since 1970 that an hour lies in.
#[must_use]
pub fn day_of(hour: i64) -> i64 {
    hour.div_euclid(HOURS_PER_DAY)
}

/// The names and counts of a day file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayHead {
    /// Days of UTC since 1970.
    pub day: i64,
    /// How often keys of this day were destroyed; of two files of a day the one with the higher count is right.
    pub destructions: u64,
    /// Which epoch key wrapped its rows.
    pub epoch: [u8; 16],
}

impl DayHead {
    /// The part of a day file that its tail covers: head and rows.
    #[must_use]
    pub fn encode(&self, rows: &Rows) -> Vec<u8> {
        let mut out = Vec::with_capacity(DAY_HEAD_LEN + rows.len() * ROW_LEN + TAIL_LEN);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&[VERSION, SUITE, 0, 0]);
        out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.epoch);
        out.extend_from_slice(&self.day.to_le_bytes());
        out.extend_from_slice(&self.destructions.to_le_bytes());
        for (name, key) in rows {
            out.extend_from_slice(&super::encode_row(name, key));
        }
        out
    }
}

/// A day file as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFile {
    /// Names and counts.
    pub head: DayHead,
    /// Digest and proof; see `Epoch::proves`.
    pub tail: Tail,
    /// Every good row, those appended since the rewrite included.
    pub rows: Rows,
    /// How many were appended since the rewrite.
    pub appended: usize,
    /// Where appended rows do not fit their check value, or the file ends inside one: an append that was cut short,
    /// or damage; the other copy knows.
    pub bad_rows: Vec<u64>,
}

impl DayFile {
    /// Reads a day file. Nothing is authenticated before the tail is proved and a row unwrapped.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut fields = begin(bytes, MAGIC, DAY_HEAD_LEN)?;
        let short = KeyFileError::Short { expected: DAY_HEAD_LEN as u64, actual: bytes.len() as u64 };
        let (count, head) = head(&mut fields).ok_or(short)?;
        let written = count.saturating_mul(ROW_LEN).saturating_add(DAY_HEAD_LEN);
        let (tail, appended) = tail_at(bytes, written)?;
        let mut file = Self { head, tail, rows: Rows::new(), appended: 0, bad_rows: Vec::new() };
        for (number, row) in bytes[DAY_HEAD_LEN..written].chunks_exact(ROW_LEN).enumerate() {
            let offset = (DAY_HEAD_LEN + number * ROW_LEN) as u64;
            let (name, key) = file.row(row).ok_or(KeyFileError::Row { offset })?;
            file.rows.insert(name, key);
        }
        file.take_appended(appended, written + TAIL_LEN);
        Ok(file)
    }

    fn row(&self, row: &[u8]) -> Option<(RowName, Wrapped)> {
        decode_row(row).filter(|(name, _)| day_of(name.hour) == self.head.day)
    }

    fn take_appended(&mut self, appended: &[u8], at: usize) {
        for (number, row) in appended.chunks(ROW_LEN).enumerate() {
            match self.row(row) {
                Some((name, key)) => {
                    self.rows.insert(name, key);
                    self.appended += 1;
                }
                None => self.bad_rows.push((at + number * ROW_LEN) as u64),
            }
        }
    }
}

fn head(fields: &mut crate::cursor::Cursor<'_>) -> Option<(usize, DayHead)> {
    let _zeros: [u8; 2] = fields.array()?;
    let count = fields.u32()? as usize;
    let epoch = fields.array()?;
    Some((count, DayHead { epoch, day: fields.i64()?, destructions: fields.u64()? }))
}
