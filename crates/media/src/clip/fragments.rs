//! The samples of one track in the fragments of a file (ISO/IEC 14496-12 8.8).

use super::{ClipSample, MOST_SAMPLES, contradiction, shown};
use crate::MediaError;
use crate::boxes::{Boxes, Found};
use crate::read::{Defaults, TrackHeader, decode_time, read_runs};

/// Whose samples are read.
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) timescale: u32,
    /// When what the tables of the file hold is over, in its own ticks.
    pub(super) end: u64,
}

/// Adds the samples that lie in fragments, where the file says that it has any.
pub(super) fn add(file: &[u8], moov: &Found, track: Track, samples: &mut Vec<ClipSample>) -> Result<(), MediaError> {
    let Some(extends) = moov.child_if_any(0, b"mvex")? else { return Ok(()) };
    let mut of_all = Defaults::default();
    for trex in extends.children(0)? {
        let trex = trex?;
        if trex.kind.0 == *b"trex" && trex.u32(4)? == track.id {
            of_all = Defaults::of_all(&trex)?;
        }
    }
    let mut end = track.end;
    for moof in Boxes::new(file) {
        let moof = moof?;
        if moof.kind.0 == *b"moof" {
            end = add_one(file, &moof, &track, (of_all, end), samples)?;
        }
    }
    Ok(())
}

/// Adds those of one fragment; returns when the last one ends.
fn add_one(
    file: &[u8],
    moof: &Found,
    track: &Track,
    (of_all, mut end): (Defaults, u64),
    samples: &mut Vec<ClipSample>,
) -> Result<u64, MediaError> {
    // Where a track says nothing of its data, they follow those of the track before (8.8.7.1).
    let mut follows = moof.at as u64;
    for traf in moof.children(0)? {
        let traf = traf?;
        if traf.kind.0 != *b"traf" {
            continue;
        }
        let header = TrackHeader::read(&traf.child(0, b"tfhd")?, of_all)?;
        let base = header.base.unwrap_or(if header.base_is_moof { moof.at as u64 } else { follows });
        let mut read = Vec::new();
        follows = read_runs(&traf, &header.defaults, base, file.len(), &mut read)?;
        if header.track != track.id {
            continue;
        }
        if samples.len().saturating_add(read.len()) > MOST_SAMPLES {
            return Err(contradiction(moof, "more samples than a clip may have"));
        }
        let mut dts = traf.child_if_any(0, b"tfdt")?.map_or(Ok(end), |tfdt| decode_time(&tfdt))?;
        for one in read {
            let pts = shown(moof, dts, one.sample.composition_offset, track.timescale)?;
            samples.push(ClipSample { at: one.bytes.start, len: one.bytes.len(), pts, sync: one.sample.sync });
            dts = dts.saturating_add(one.sample.duration.into());
        }
        end = dts;
    }
    Ok(end)
}
