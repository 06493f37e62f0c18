//! Clips in memory: an MP4 file of ours becomes a list of access units with their times.
//!
//! In: reading the sample tables of ISO/IEC 14496-12 8.6 and 8.7 for one track of H.264, H.265 or Motion JPEG. Out: fragmented files, edit lists
//! (only differences between times matter in a loop) and sound. Access units stay length-prefixed, exactly the bytes of
//! the file: that is what a recorder should have stored in the end, so their SHA-256 can be compared.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use mp4_atom::{Atom, Decode, DecodeAtom, Header, Moov, Stbl, StszSamples, Trak};
use sha2::{Digest, Sha256};

use crate::coding::{Coding, Unusable};
use crate::fault::StreamName;

/// Ticks per second of every time in this crate.
pub const TICKS_PER_SECOND: i64 = 90_000;

/// Both clips of one scene.
#[derive(Debug, Clone)]
pub struct Footage {
    /// Name in the camera file.
    pub name: String,
    /// The main stream's clip.
    pub main: Arc<Clip>,
    /// The sub-stream's clip.
    pub sub: Arc<Clip>,
}

impl Footage {
    /// One of the two clips.
    #[must_use]
    pub fn clip(&self, name: StreamName) -> &Arc<Clip> {
        match name {
            StreamName::Main => &self.main,
            StreamName::Sub => &self.sub,
        }
    }
}

/// One clip: what is sent over and over.
#[derive(Debug)]
pub struct Clip {
    /// Width and height in pixels, from the sample entry.
    pub size: (u16, u16),
    /// How the pictures are coded, with the parameter sets.
    pub coding: Coding,
    /// Access units in decode order; the first is a sync sample; never empty.
    pub units: Vec<AccessUnit>,
    /// Sum of all durations: the length of one loop, in ticks.
    pub duration: i64,
}

/// One picture: all its NAL units, or a JPEG file.
#[derive(Debug, Clone)]
pub struct AccessUnit {
    /// NAL units, each after a length of four bytes; Motion JPEG as it is.
    pub data: Bytes,
    /// Decode time in ticks from the start of the clip.
    pub dts: i64,
    /// Presentation time minus decode time, in ticks.
    pub composition_offset: i64,
    /// Whether decoding can start here.
    pub sync: bool,
    /// SHA-256 of `data`, hex; computed once at start because the journal repeats it at every loop.
    pub sha256: Arc<str>,
}

/// Why a clip cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FootageError {
    /// The file could not be read.
    #[error("cannot read the footage {path}; tests/footage/README.md says how to make it")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no MP4 that the reader understands.
    #[error("{path} is not a readable MP4 file; make it again with tests/footage/prepare")]
    Mp4 {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: mp4_atom::Error,
    },
    /// The file lacks something or contradicts itself.
    #[error("{path}: {what}; make it again with tests/footage/prepare")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

impl Clip {
    /// Reads a clip from a file.
    ///
    /// # Errors
    /// [`FootageError`] with the path.
    pub fn read(path: &Path) -> Result<Self, FootageError> {
        let file = std::fs::read(path).map_err(|source| FootageError::Read { path: path.to_owned(), source })?;
        Self::parse(&Bytes::from(file)).map_err(|fault| match fault {
            Fault::Mp4(source) => FootageError::Mp4 { path: path.to_owned(), source },
            Fault::Content(what) => FootageError::Content { path: path.to_owned(), what },
        })
    }

    /// Frames per second, rounded; what the ONVIF profile claims.
    #[must_use]
    pub fn frame_rate(&self) -> i64 {
        (self.units.len() as i64 * TICKS_PER_SECOND + self.duration / 2) / self.duration
    }

    /// Access units from one sync sample to the next, at the start of the clip.
    #[must_use]
    pub fn gop_length(&self) -> usize {
        self.units.iter().skip(1).position(|unit| unit.sync).map_or(self.units.len(), |index| index + 1)
    }

    /// Mean bit rate in kbit/s.
    #[must_use]
    pub fn kilobits_per_second(&self) -> i64 {
        let bytes: usize = self.units.iter().map(|unit| unit.data.len()).sum();
        bytes as i64 * 8 * TICKS_PER_SECOND / self.duration / 1000
    }

    fn parse(file: &Bytes) -> Result<Self, Fault> {
        let moov = find_moov(file)?;
        let coding = |trak: &Trak| trak.mdia.minf.stbl.stsd.codecs.first().and_then(Coding::of);
        let found = moov.trak.iter().find_map(|trak| coding(trak).map(|coding| (trak, coding)));
        let (trak, coding) = found.ok_or(Fault::Content("no track of H.264, H.265 (hvc1) or Motion JPEG"))?;
        let (coding, size) = coding?;
        let (units, duration) = access_units(file, &trak.mdia.minf.stbl, i64::from(trak.mdia.mdhd.timescale))?;
        Ok(Self { size, coding, units, duration })
    }
}

enum Fault {
    Mp4(mp4_atom::Error),
    Content(&'static str),
}

impl From<mp4_atom::Error> for Fault {
    fn from(error: mp4_atom::Error) -> Self {
        Self::Mp4(error)
    }
}

impl From<Unusable> for Fault {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Mp4(error) => Self::Mp4(error),
            Unusable::Because(what) => Self::Content(what),
        }
    }
}

fn find_moov(file: &Bytes) -> Result<Moov, Fault> {
    let mut rest = file.clone();
    while !rest.is_empty() {
        let header = Header::decode(&mut rest)?;
        let size = header.size.unwrap_or(rest.len());
        if size > rest.len() {
            return Err(Fault::Content("the file ends inside a box"));
        }
        let mut body = rest.split_to(size);
        if header.kind == Moov::KIND {
            return Ok(Moov::decode_atom(&header, &mut body)?);
        }
    }
    Err(Fault::Content("no moov box"))
}

/// Joins the sample tables: sizes, places, times, offsets and sync flags.
fn access_units(file: &Bytes, stbl: &Stbl, timescale: i64) -> Result<(Vec<AccessUnit>, i64), Fault> {
    let sizes = match &stbl.stsz.samples {
        StszSamples::Different { sizes } => sizes.clone(),
        StszSamples::Identical { count, size } => vec![*size; *count as usize],
    };
    let places = places(stbl, &sizes)?;
    let mut durations = stbl.stts.entries.iter().flat_map(|e| repeat(e.sample_delta, e.sample_count));
    let mut offsets = stbl.ctts.iter().flat_map(|c| &c.entries).flat_map(|e| repeat(e.sample_offset, e.sample_count));
    let ticks = |value: i64| value * TICKS_PER_SECOND / timescale.max(1);

    let (mut units, mut dts) = (Vec::with_capacity(sizes.len()), 0);
    for (index, (place, size)) in places.into_iter().zip(sizes).enumerate() {
        let end = place.checked_add(size as usize).filter(|end| *end <= file.len());
        let data = file.slice(place..end.ok_or(Fault::Content("a sample lies outside the file"))?);
        let number = index as u32 + 1;
        units.push(AccessUnit {
            sha256: hex(&Sha256::digest(&data)).into(),
            data,
            dts: ticks(dts),
            composition_offset: ticks(offsets.next().unwrap_or(0)),
            sync: stbl.stss.as_ref().is_none_or(|stss| stss.entries.contains(&number)),
        });
        dts += i64::from(durations.next().ok_or(Fault::Content("the time table is too short"))?);
    }
    match units.first() {
        Some(first) if first.sync && dts > 0 => Ok((units, ticks(dts))),
        Some(_) => Err(Fault::Content("the first sample is no key frame, or nothing has a duration")),
        None => Err(Fault::Content("the track has no samples")),
    }
}

fn repeat<T: Clone>(value: T, count: u32) -> impl Iterator<Item = T> {
    std::iter::repeat_n(value, count as usize)
}

/// Byte position of every sample: chunks from `stco`, samples per chunk from `stsc`.
fn places(stbl: &Stbl, sizes: &[u32]) -> Result<Vec<usize>, Fault> {
    let chunks: Vec<usize> = match (&stbl.stco, &stbl.co64) {
        (Some(stco), _) => stco.entries.iter().map(|place| *place as usize).collect(),
        (None, Some(co64)) => co64.entries.iter().map(|place| *place as usize).collect(),
        (None, None) => return Err(Fault::Content("no chunk table")),
    };
    let mut places = Vec::with_capacity(sizes.len());
    for (index, chunk) in chunks.into_iter().enumerate() {
        let run = stbl.stsc.entries.iter().rev().find(|run| run.first_chunk as usize <= index + 1);
        let mut place = chunk;
        for _ in 0..run.ok_or(Fault::Content("a chunk is in no run"))?.samples_per_chunk {
            let Some(size) = sizes.get(places.len()) else { break };
            places.push(place);
            place += *size as usize;
        }
    }
    if places.len() == sizes.len() { Ok(places) } else { Err(Fault::Content("the chunk table is too short")) }
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(name: &str) -> Clip {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage").join(name);
        Clip::read(&path).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Size, coding, profile, units, loop length, GOP and whether presentation order differs from decode order.
    fn check(name: &str, expected: ((u16, u16), &str, Option<&str>, usize, i64, usize, bool)) {
        let clip = clip(name);
        let reordered = clip.units.iter().any(|unit| unit.composition_offset != clip.units[0].composition_offset);
        let (coding, profile) = (clip.coding.onvif_name(), clip.coding.profile());
        let found = (clip.size, coding, profile, clip.units.len(), clip.duration, clip.gop_length(), reordered);
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn our_footage_is_what_its_readme_says() {
        check("pedestrians-main.mp4", ((1920, 1080), "H264", Some("High"), 350, 14 * 90_000, 50, true));
        check("pedestrians-sub.mp4", ((640, 360), "H264", Some("Baseline"), 140, 14 * 90_000, 10, false));
        check("cars-main.mp4", ((1920, 1080), "H264", Some("Main"), 300, 12 * 90_000, 50, false));
        check("cars-sub.mp4", ((640, 360), "H264", Some("Baseline"), 120, 12 * 90_000, 10, false));
        check("cars-h265.mp4", ((1280, 720), "H265", Some("Main"), 300, 12 * 90_000, 50, true));
        check("cars-jpeg.mov", ((640, 360), "JPEG", None, 10, 2 * 90_000, 1, false));
    }

    #[test]
    fn every_access_unit_is_a_chain_of_whole_nal_units_with_one_picture() {
        for name in ["pedestrians-main.mp4", "pedestrians-sub.mp4", "cars-main.mp4", "cars-sub.mp4"] {
            for unit in clip(name).units {
                let (mut rest, mut types) = (&unit.data[..], Vec::new());
                while let Some((length, body)) = rest.split_first_chunk::<4>() {
                    let (nal, after) = body.split_at(u32::from_be_bytes(*length) as usize);
                    types.push(nal[0] & 31);
                    rest = after;
                }
                assert!(rest.is_empty(), "{name}: bytes after the last NAL unit");
                let slice = if unit.sync { 5 } else { 1 };
                assert!(types.contains(&slice) && !types.contains(&(6 - slice)), "{name}: {types:?}");
            }
        }
    }

    #[test]
    fn broken_files_are_refused_and_never_panic() {
        let file = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage/cars-sub.mp4"))
            .expect("the footage is in the repository");
        for length in (0..8_000).step_by(37) {
            assert!(Clip::parse(&Bytes::copy_from_slice(&file[..length])).is_err(), "cut to {length} bytes");
        }
    }
}
