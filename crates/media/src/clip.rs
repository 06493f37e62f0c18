//! Reading an MP4 file (ISO/IEC 14496-12): the first video track's samples, their places and times, from the tables of the file and from those
//! of its fragments. For clips that people bring; what we store ourselves is read elsewhere.
//!
//! Nothing is believed: every table is bounded by the file's own length, and a sample that lies outside the file ends the reading.

mod fragments;
#[cfg(test)]
mod tests;

use candour_units::{MediaTime, TICKS_PER_SECOND};

use crate::boxes::{Boxes, Found};
use crate::{BoxKind, MediaError, SampleEntry};

/// Samples a clip may have: two days at 25 a second.
const MOST_SAMPLES: usize = 1 << 22;
/// The farthest time, in ticks: three years. It keeps sums and differences far from the ends of the number.
const MOST_TICKS: u64 = 1 << 43;

/// The first video track of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    /// How it is coded. Its timescale is 90 000.
    pub entry: SampleEntry,
    /// By growing decode time.
    pub samples: Vec<ClipSample>,
}

/// One access unit of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipSample {
    /// Position of its first byte in the file.
    pub at: usize,
    /// Bytes.
    pub len: usize,
    /// When it is to be shown, in ticks of 90 kHz; edit lists are not applied.
    pub pts: MediaTime,
    /// Whether decoding can start here.
    pub sync: bool,
}

impl ClipSample {
    /// The sample's bytes in the file it was read from; empty in any other.
    #[must_use]
    pub fn data<'a>(&self, file: &'a [u8]) -> &'a [u8] {
        file.get(self.at..).and_then(|rest| rest.get(..self.len)).unwrap_or_default()
    }
}

impl Clip {
    /// Reads the tables of a whole file.
    ///
    /// # Errors
    /// No video track, a coding we do not know, or tables that contradict the file or each other.
    pub fn read(file: &[u8]) -> Result<Self, MediaError> {
        let moov = top(file, b"moov")?;
        for track in moov.children(0)? {
            let track = track?;
            if track.kind.0 == *b"trak"
                && let Ok(media) = track.child(0, b"mdia")
                && media.child(0, b"hdlr")?.array::<4>(8)? == *b"vide"
            {
                return video(file, &moov, &track, &media);
            }
        }
        Err(MediaError::BoxMissing { inside: moov.kind, missing: BoxKind(*b"vide") })
    }
}

fn top<'a>(file: &'a [u8], kind: &[u8; 4]) -> Result<Found<'a>, MediaError> {
    for found in Boxes::new(file) {
        let found = found?;
        if found.kind.0 == *kind {
            return Ok(found);
        }
    }
    Err(MediaError::BoxMissing { inside: BoxKind(*b"file"), missing: BoxKind(*kind) })
}

fn video(file: &[u8], moov: &Found, track: &Found, media: &Found) -> Result<Clip, MediaError> {
    let header = media.child(0, b"mdhd")?;
    // Version 1 has times of 64 bits before the timescale.
    let timescale = header.u32(if header.array::<1>(0)? == [1] { 20 } else { 12 })?;
    if timescale == 0 {
        return Err(MediaError::ZeroTimescale);
    }
    let table = media.child(0, b"minf")?.child(0, b"stbl")?;
    let described = table.child(0, b"stsd")?;
    let entry = described
        .children(8)?
        .next()
        .ok_or(MediaError::BoxMissing { inside: described.kind, missing: BoxKind(*b"avc1") })??;
    let entry_box = &file[entry.at..entry.body_at + entry.body.len()];
    let entry = SampleEntry::parse(entry_box, TICKS_PER_SECOND as u32)?;
    let sizes = sizes(&table.child(0, b"stsz")?, file.len())?;
    let places = places(&table, &sizes)?;
    let (times, end) = times(&table, sizes.len(), timescale)?;
    let syncs = Syncs::of(&table)?;
    let mut samples = Vec::with_capacity(sizes.len());
    for (number, ((at, len), pts)) in (1u32..).zip(places.into_iter().zip(sizes).zip(times)) {
        if at.checked_add(len).is_none_or(|end| end > file.len()) {
            return Err(contradiction(&table, "a sample outside the file"));
        }
        samples.push(ClipSample { at, len, pts, sync: syncs.holds(number) });
    }
    fragments::add(file, moov, fragments::Track { id: track_id(track)?, timescale, end }, &mut samples)?;
    Ok(Clip { entry, samples })
}

/// 8.3.2.
fn track_id(track: &Found) -> Result<u32, MediaError> {
    let header = track.child(0, b"tkhd")?;
    header.u32(if header.array::<1>(0)? == [1] { 20 } else { 12 })
}

/// When a sample is to be shown that is decoded at `dts`.
fn shown(table: &Found, dts: u64, offset: i32, timescale: u32) -> Result<MediaTime, MediaError> {
    let ticks = (i128::from(dts) + i128::from(offset)) * i128::from(TICKS_PER_SECOND) / i128::from(timescale);
    let sensible = i64::try_from(ticks).ok().filter(|ticks| ticks.unsigned_abs() <= MOST_TICKS);
    sensible.map(MediaTime::from_ticks).ok_or(contradiction(table, "a time beyond all clips"))
}

fn contradiction(table: &Found, what: &'static str) -> MediaError {
    MediaError::TablesContradict { kind: table.kind, what }
}

/// A table after its version and flags: how many rows, and where the first begins.
fn rows(table: &Found, count_at: usize, row: usize) -> Result<usize, MediaError> {
    let count = table.u32(count_at)? as usize;
    let room = table.body.len().saturating_sub(count_at + 4) / row;
    if count > room { Err(contradiction(table, "more rows than it has room for")) } else { Ok(count) }
}

/// 8.7.3: bytes of each sample.
fn sizes(stsz: &Found, file_len: usize) -> Result<Vec<usize>, MediaError> {
    let same = stsz.u32(4)? as usize;
    if same != 0 {
        let count = stsz.u32(8)? as usize;
        let fits = count <= MOST_SAMPLES && count.checked_mul(same).is_some_and(|all| all <= file_len);
        return if fits { Ok(vec![same; count]) } else { Err(contradiction(stsz, "more bytes than the file has")) };
    }
    let count = rows(stsz, 8, 4)?;
    if count > MOST_SAMPLES {
        return Err(contradiction(stsz, "more samples than a clip may have"));
    }
    (0..count).map(|row| stsz.u32(12 + 4 * row).map(|size| size as usize)).collect()
}

/// 8.7.4 and 8.7.5: where each sample lies.
fn places(table: &Found, sizes: &[usize]) -> Result<Vec<usize>, MediaError> {
    let (offsets, wide) = match table.child(0, b"stco") {
        Ok(offsets) => (offsets, 4),
        Err(_) => (table.child(0, b"co64")?, 8),
    };
    let chunks = rows(&offsets, 4, wide)?;
    let stsc = table.child(0, b"stsc")?;
    let runs = rows(&stsc, 4, 12)?;
    let mut places = Vec::with_capacity(sizes.len());
    let (mut run, mut in_chunk) = (0, 0);
    for chunk in 0..chunks {
        while run < runs && stsc.u32(8 + 12 * run)? as usize <= chunk + 1 {
            in_chunk = stsc.u32(12 + 12 * run)?;
            run += 1;
        }
        let at = 8 + wide * chunk;
        let offset = if wide == 4 { u64::from(offsets.u32(at)?) } else { u64::from_be_bytes(offsets.array(at)?) };
        let mut place = usize::try_from(offset).map_err(|_| contradiction(table, "a chunk outside the file"))?;
        for _ in 0..in_chunk {
            let Some(size) = sizes.get(places.len()) else { return Ok(places) };
            places.push(place);
            place = place.checked_add(*size).ok_or(contradiction(table, "a sample outside the file"))?;
        }
    }
    if places.len() == sizes.len() { Ok(places) } else { Err(contradiction(table, "samples that are in no chunk")) }
}

/// 8.6.1: when each sample is to be shown, from decode times and composition offsets; and when the last one ends.
fn times(table: &Found, count: usize, timescale: u32) -> Result<(Vec<MediaTime>, u64), MediaError> {
    let stts = table.child(0, b"stts")?;
    let mut deltas = Runs::of(&stts)?;
    let ctts = table.child(0, b"ctts").ok();
    let mut offsets = ctts.as_ref().map(Runs::of).transpose()?;
    let (mut times, mut dts) = (Vec::with_capacity(count), 0u64);
    for _ in 0..count {
        // Offsets are read as signed in both versions: nobody writes unsigned ones beyond 2^31.
        let offset = offsets.as_mut().map_or(Some(0), Runs::next).unwrap_or(0) as i32;
        times.push(shown(table, dts, offset, timescale)?);
        dts += u64::from(deltas.next().ok_or(contradiction(table, "fewer times than samples"))?);
    }
    Ok((times, dts))
}

/// A table of (count, value) rows, value by value.
struct Runs<'a, 'b> {
    table: &'b Found<'a>,
    rows: usize,
    row: usize,
    left: u32,
    value: u32,
}

impl<'a, 'b> Runs<'a, 'b> {
    fn of(table: &'b Found<'a>) -> Result<Self, MediaError> {
        Ok(Self { table, rows: rows(table, 4, 8)?, row: 0, left: 0, value: 0 })
    }

    fn next(&mut self) -> Option<u32> {
        while self.left == 0 {
            if self.row == self.rows {
                return None;
            }
            self.left = self.table.u32(8 + 8 * self.row).ok()?;
            self.value = self.table.u32(12 + 8 * self.row).ok()?;
            self.row += 1;
        }
        self.left -= 1;
        Some(self.value)
    }
}

/// 8.6.2: the samples at which decoding can start; all of them where there is no table.
struct Syncs(Option<Vec<u32>>);

impl Syncs {
    fn of(table: &Found) -> Result<Self, MediaError> {
        let Ok(stss) = table.child(0, b"stss") else { return Ok(Self(None)) };
        let mut numbers = (0..rows(&stss, 4, 4)?).map(|row| stss.u32(8 + 4 * row)).collect::<Result<Vec<_>, _>>()?;
        numbers.sort_unstable();
        Ok(Self(Some(numbers)))
    }

    fn holds(&self, number: u32) -> bool {
        self.0.as_ref().is_none_or(|numbers| numbers.binary_search(&number).is_ok())
    }
}
