//! The plaintext of a fragment: the bytes of its samples, then their table.
//!
//! The bytes come first so that they can be appended one by one into the buffer that is later sealed in place and
//! written with one call: a sample is copied once on its way to the disk.

use std::ops::Range;

use candour_units::Hash;

use crate::SampleRow;
use crate::content::{self, SampleTimes};
use crate::cursor::Cursor;
use crate::record::{FragmentInfo, MAX_PLAINTEXT_LEN, RECORD_HEAD_LEN, RECORD_OVERHEAD};

/// Bytes of one row of the sample table.
pub(crate) const SAMPLE_ROW_LEN: usize = 20;
const FLAG_SYNC: u32 = 1;

/// A fragment being filled. Samples are appended into the buffer that will be sealed and written.
#[derive(Debug)]
pub struct FragmentBuilder {
    pub(crate) buffer: Vec<u8>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) times: SampleTimes,
    pub(crate) size: u32,
    pub(crate) digest: Hash,
}

impl Row {
    /// What the footer will say of the sample.
    pub(crate) fn in_footer(&self) -> SampleRow {
        let SampleTimes { dts, composition_offset, sync, .. } = self.times;
        SampleRow { dts, composition_offset, size: self.size, sync }
    }
}

impl Default for FragmentBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl FragmentBuilder {
    /// An empty fragment with a buffer of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::reusing(Vec::new())
    }

    /// An empty fragment in a buffer used before (from `Sealer::written`): fresh memory costs more than sealing.
    #[must_use]
    pub fn reusing(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        buffer.resize(RECORD_HEAD_LEN, 0);
        Self { buffer, rows: Vec::new() }
    }

    /// Appends one sample. Order and sizes are judged when the fragment is sealed.
    pub fn push(&mut self, times: SampleTimes, data: &[u8]) {
        self.buffer.extend_from_slice(data);
        // A size past 32 bits lies far above MAX_PLAINTEXT_LEN, which sealing refuses.
        let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
        self.rows.push(Row { times, size, digest: content::sample_digest(data) });
    }

    /// Corrects the duration of the newest sample, once the next one has come.
    pub fn set_last_duration(&mut self, duration: u32) {
        if let Some(last) = self.rows.last_mut() {
            last.times.duration = duration;
        }
    }

    /// Bytes a fragment of samples of these sizes will take in the file, and its buffer in memory.
    #[must_use]
    pub fn record_len_of(sizes: impl Iterator<Item = usize>) -> usize {
        sizes.map(|size| size + SAMPLE_ROW_LEN).sum::<usize>() + RECORD_OVERHEAD
    }

    /// Bytes this fragment will take in the file.
    #[must_use]
    pub fn record_len(&self) -> usize {
        self.buffer.len() - RECORD_HEAD_LEN + self.rows.len() * SAMPLE_ROW_LEN + RECORD_OVERHEAD
    }

    /// How many samples it holds.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The decode time of the first sample.
    #[must_use]
    pub fn first_dts(&self) -> Option<i64> {
        self.rows.first().map(|row| row.times.dts)
    }

    /// Where the last sample ends, in decode time.
    #[must_use]
    pub fn end_dts(&self) -> Option<i64> {
        self.rows.last().map(|row| row.times.dts.saturating_add(i64::from(row.times.duration)))
    }

    /// Appends the table; the buffer then holds the room for the head and the whole plaintext. `None` when the samples
    /// are none, too large, or not in order of decode time.
    pub(crate) fn finish(&mut self) -> Option<Totals> {
        let (first, end) = (self.first_dts()?, self.end_dts()?);
        let media_duration = u64::try_from(end.checked_sub(first)?).ok()?;
        let in_order = self.rows.is_sorted_by(|a, b| a.times.dts < b.times.dts);
        let plaintext_len = self.record_len() - RECORD_OVERHEAD;
        if !in_order || plaintext_len > MAX_PLAINTEXT_LEN || media_duration > u64::from(u32::MAX) {
            return None;
        }
        for row in &self.rows {
            // Fits: the whole fragment is no longer than 32 bits of ticks.
            let delta = (row.times.dts - first) as u32;
            let flags = if row.times.sync { FLAG_SYNC } else { 0 };
            self.buffer.extend_from_slice(&delta.to_le_bytes());
            self.buffer.extend_from_slice(&row.times.composition_offset.to_le_bytes());
            self.buffer.extend_from_slice(&row.times.duration.to_le_bytes());
            self.buffer.extend_from_slice(&row.size.to_le_bytes());
            self.buffer.extend_from_slice(&flags.to_le_bytes());
        }
        Some(Totals { plaintext_len: plaintext_len as u32, samples: self.rows.len() as u32, first, media_duration })
    }
}

/// What the head of a record says about the samples in it.
pub(crate) struct Totals {
    pub(crate) plaintext_len: u32,
    pub(crate) samples: u32,
    pub(crate) first: i64,
    pub(crate) media_duration: u64,
}

/// One sample of an opened fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSample {
    /// Its times.
    pub times: SampleTimes,
    /// Where its bytes lie in the fragment's buffer.
    pub range: Range<usize>,
}

/// A fragment opened in place: one buffer, and where the samples lie in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFragment {
    pub(crate) info: FragmentInfo,
    pub(crate) buffer: Vec<u8>,
    pub(crate) samples: Vec<OpenSample>,
}

impl OpenFragment {
    /// What its clear head says.
    #[must_use]
    pub fn info(&self) -> &FragmentInfo {
        &self.info
    }

    /// The samples in decode order.
    #[must_use]
    pub fn samples(&self) -> &[OpenSample] {
        &self.samples
    }

    /// The bytes of one of its samples.
    #[must_use]
    pub fn data(&self, sample: &OpenSample) -> &[u8] {
        self.buffer.get(sample.range.clone()).unwrap_or_default()
    }

    /// The buffer and the places of the samples in it, for handing them on without a copy.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, Vec<OpenSample>) {
        (self.buffer, self.samples)
    }

    /// What the footer says of its samples.
    #[must_use]
    pub fn rows(&self) -> Vec<SampleRow> {
        let row = |OpenSample { times, range }: &OpenSample| SampleRow {
            dts: times.dts,
            composition_offset: times.composition_offset,
            // Fits: a fragment is far shorter than 4 GiB.
            size: range.len() as u32,
            sync: times.sync,
        };
        self.samples.iter().map(row).collect()
    }

    /// Reads the table of a plaintext that lies in `buffer` behind the head; `None` when it does not fit.
    pub(crate) fn parse(info: FragmentInfo, buffer: Vec<u8>) -> Option<Self> {
        let plaintext = RECORD_HEAD_LEN..RECORD_HEAD_LEN + info.plaintext_len as usize;
        let table_len = (info.samples as usize).checked_mul(SAMPLE_ROW_LEN)?;
        let table_at = plaintext.end.checked_sub(table_len).filter(|at| *at >= plaintext.start)?;
        let samples = parse_table(buffer.get(table_at..plaintext.end)?, info.first_dts, plaintext.start)?;
        let reaches_table = samples.last().is_some_and(|last| last.range.end == table_at);
        reaches_table.then_some(Self { info, buffer, samples })
    }
}

fn parse_table(table: &[u8], first_dts: i64, data_at: usize) -> Option<Vec<OpenSample>> {
    let mut at = data_at;
    table
        .chunks_exact(SAMPLE_ROW_LEN)
        .map(|row| {
            let mut fields = Cursor::over(row);
            let dts = first_dts.checked_add(i64::from(fields.u32()?))?;
            let (composition_offset, duration) = (fields.i32()?, fields.u32()?);
            let size = fields.u32()? as usize;
            let flags = fields.u32().filter(|flags| flags & !FLAG_SYNC == 0)?;
            let range = at..at.checked_add(size)?;
            at = range.end;
            let times = SampleTimes { dts, composition_offset, duration, sync: flags & FLAG_SYNC != 0 };
            Some(OpenSample { times, range })
        })
        .collect()
}
