//! A clip taken apart into samples, to be recorded over and over.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use candour_media::{SampleEntry, read_fragment};

/// One sample of a clip.
#[derive(Debug, Clone)]
pub(crate) struct ClipSample {
    /// Ticks of 90 kHz since the clip's first sample.
    pub(crate) dts: i64,
    pub(crate) pts: i64,
    pub(crate) sync: bool,
    pub(crate) data: Bytes,
}

/// A clip: whole GOPs, 90 kHz.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    pub(crate) entry: SampleEntry,
    pub(crate) samples: Vec<ClipSample>,
    /// Ticks until it begins anew.
    pub(crate) length: i64,
}

impl Clip {
    /// Reads a fragmented file of one track.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let file = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let stsd = file.windows(4).position(|kind| kind == b"stsd").context("the clip has no sample entry")?;
        let at = stsd + 12;
        let entry = file.get(at..at + u32_at(&file, at)?).context("the sample entry is cut off")?;
        let entry = SampleEntry::parse(entry, 90_000)?;
        let (mut samples, mut length, mut at) = (Vec::new(), 0, 0);
        while at + 8 <= file.len() {
            if &file[at + 4..at + 8] == b"moof" {
                let fragment = read_fragment(&file[at..])?;
                let mut dts = i64::try_from(fragment.base_decode_time)?;
                for read in fragment.samples {
                    let data = Bytes::copy_from_slice(&file[at..][read.bytes]);
                    let pts = dts + i64::from(read.sample.composition_offset);
                    samples.push(ClipSample { dts, pts, sync: read.sample.sync, data });
                    dts += i64::from(read.sample.duration);
                }
                length = dts;
            }
            at += u32_at(&file, at)?.max(8);
        }
        ensure!(samples.first().is_some_and(|first| first.sync), "the clip begins with no sync sample");
        Ok(Self { entry, samples, length })
    }
}

fn u32_at(file: &[u8], at: usize) -> Result<usize> {
    let bytes = file.get(at..at + 4).context("the clip is cut off")?;
    Ok(u32::from_be_bytes(bytes.try_into()?) as usize)
}
