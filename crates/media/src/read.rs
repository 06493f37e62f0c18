//! Reading a fragment back: ours, or any single-track one whose data offsets count from its `moof`.

use std::ops::Range;

use crate::boxes::{Boxes, Found};
use crate::fragment::FragmentSample;
use crate::{BoxKind, MediaError};

/// More samples than any fragment of 4 MiB holds.
const MAX_SAMPLES: u32 = 1 << 20;
/// `sample_is_non_sync_sample`.
const IS_NON_SYNC: u32 = 0x0001_0000;

/// One `moof` with its `mdat`, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFragment {
    /// `sequence_number`.
    pub sequence: u32,
    /// Decode time of the first sample in ticks of the track.
    pub base_decode_time: u64,
    /// The samples in decoding order.
    pub samples: Vec<ReadSample>,
}

/// One sample of a fragment, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSample {
    /// What the table says.
    pub sample: FragmentSample,
    /// Where its bytes lie in the slice that was read.
    pub bytes: Range<usize>,
}

/// Reads the first fragment in `data`, which begins at or before its `moof`. Boxes before it (`styp`, `sidx`) and
/// after its `mdat` are passed over. Defaults come from `tfhd`; a default only in the init segment's `trex` counts as 0.
///
/// # Errors
/// A box is missing or cut off, or a sample lies outside `data`.
pub fn read_fragment(data: &[u8]) -> Result<ReadFragment, MediaError> {
    let file = Found { kind: BoxKind(*b"file"), at: 0, body: data, body_at: 0 };
    let moof = file.child(0, b"moof")?;
    // Only its presence matters: sample positions come from the table.
    Boxes::new(&data[moof.at..])
        .find_map(|found| found.map(|found| (found.kind.0 == *b"mdat").then_some(())).transpose())
        .ok_or(MediaError::BoxMissing { inside: file.kind, missing: BoxKind(*b"mdat") })??;
    let traf = moof.child(0, b"traf")?;
    let mut samples = Vec::new();
    let header = TrackHeader::read(&traf.child(0, b"tfhd")?, Defaults::default())?;
    read_runs(&traf, &header.defaults, moof.at as u64, data.len(), &mut samples)?;
    Ok(ReadFragment {
        sequence: moof.child(0, b"mfhd")?.u32(4)?,
        base_decode_time: decode_time(&traf.child(0, b"tfdt")?)?,
        samples,
    })
}

/// `baseMediaDecodeTime` of 8.8.12.
pub(crate) fn decode_time(tfdt: &Found) -> Result<u64, MediaError> {
    let [version] = tfdt.array(0)?;
    if version == 0 { tfdt.u32(4).map(u64::from) } else { tfdt.array(4).map(u64::from_be_bytes) }
}

/// What is said for samples that say nothing themselves: by `trex` for all of a file (8.8.3), by `tfhd` for a fragment (8.8.7).
#[derive(Clone, Copy, Default)]
pub(crate) struct Defaults {
    duration: u32,
    size: u32,
    flags: u32,
}

impl Defaults {
    /// Of `trex`.
    pub(crate) fn of_all(trex: &Found) -> Result<Self, MediaError> {
        Ok(Self { duration: trex.u32(12)?, size: trex.u32(16)?, flags: trex.u32(20)? })
    }
}

/// A `tfhd`.
pub(crate) struct TrackHeader {
    pub(crate) track: u32,
    /// From where data offsets count, if it says so: a place in the file.
    pub(crate) base: Option<u64>,
    /// They count from the `moof` otherwise, also in a track that is not the first.
    pub(crate) base_is_moof: bool,
    pub(crate) defaults: Defaults,
}

/// Passes over the optional fields of a full box in order.
struct Fields<'a, 'b> {
    found: &'b Found<'a>,
    flags: u32,
    at: usize,
}

impl Fields<'_, '_> {
    /// The next 32-bit field if `flag` says it is there.
    fn optional(&mut self, flag: u32) -> Result<Option<u32>, MediaError> {
        if self.flags & flag == 0 {
            return Ok(None);
        }
        let value = self.found.u32(self.at)?;
        self.at += 4;
        Ok(Some(value))
    }
}

impl TrackHeader {
    pub(crate) fn read(tfhd: &Found, of_all: Defaults) -> Result<Self, MediaError> {
        let mut fields = Fields { found: tfhd, flags: tfhd.u32(0)? & 0x00ff_ffff, at: 8 };
        let track = tfhd.u32(4)?;
        let base = (fields.flags & 1 != 0).then(|| tfhd.array(8).map(u64::from_be_bytes)).transpose()?;
        fields.at += if base.is_some() { 8 } else { 0 };
        fields.optional(2)?;
        let defaults = Defaults {
            duration: fields.optional(8)?.unwrap_or(of_all.duration),
            size: fields.optional(0x10)?.unwrap_or(of_all.size),
            flags: fields.optional(0x20)?.unwrap_or(of_all.flags),
        };
        Ok(Self { track, base, base_is_moof: fields.flags & 0x2_0000 != 0, defaults })
    }
}

/// Reads all runs of a track fragment; returns where its data ends.
pub(crate) fn read_runs(
    traf: &Found,
    defaults: &Defaults,
    base: u64,
    len: usize,
    samples: &mut Vec<ReadSample>,
) -> Result<u64, MediaError> {
    let mut next_at = base;
    for run in traf.children(0)? {
        let run = run?;
        if run.kind.0 == *b"trun" {
            next_at = read_run(&run, defaults, base, next_at, len, samples)?;
        }
    }
    Ok(next_at)
}

/// Reads one `trun` (8.8.8); returns where its data ends, which is where that of a run without offset begins.
fn read_run(
    run: &Found,
    defaults: &Defaults,
    base: u64,
    next_at: u64,
    len: usize,
    samples: &mut Vec<ReadSample>,
) -> Result<u64, MediaError> {
    let mut fields = Fields { found: run, flags: run.u32(0)? & 0x00ff_ffff, at: 8 };
    let signed = run.body[0] > 0;
    let count = run.u32(4)?;
    let per_sample = (fields.flags & 0xf00).count_ones() as usize * 4;
    let room = run.body.len().saturating_sub(8) / per_sample.max(1);
    if count > MAX_SAMPLES || count as usize > room && per_sample > 0 || samples.len() > MAX_SAMPLES as usize {
        return Err(MediaError::TooManySamples { count, limit: MAX_SAMPLES });
    }
    let mut at = match fields.optional(1)? {
        Some(offset) => base.saturating_add_signed(i64::from(offset as i32)),
        None => next_at,
    };
    let mut first_flags = fields.optional(4)?;
    for _ in 0..count {
        let duration = fields.optional(0x100)?.unwrap_or(defaults.duration);
        let size = fields.optional(0x200)?.unwrap_or(defaults.size);
        let own_flags = fields.optional(0x400)?;
        let flags = first_flags.take().or(own_flags).unwrap_or(defaults.flags);
        let offset = fields.optional(0x800)?.unwrap_or(0);
        let composition_offset = if signed { offset as i32 } else { i32::try_from(offset).unwrap_or(i32::MAX) };
        let end = at.saturating_add(size.into());
        if end > len as u64 {
            return Err(MediaError::SampleOutside { index: samples.len(), start: at, end, len });
        }
        samples.push(ReadSample {
            sample: FragmentSample { duration, size, composition_offset, sync: flags & IS_NON_SYNC == 0 },
            bytes: at as usize..end as usize,
        });
        at = end;
    }
    Ok(at)
}
