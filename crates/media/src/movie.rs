//! A plain MP4 file of one track (ISO/IEC 14496-12): `ftyp`, `moov` with every table, then one `mdat`. The front is
//! written from sizes and times alone, so the length of the file is known before a byte of footage is read.

mod runs;
#[cfg(test)]
mod tests;

use mp4_atom::{Dinf, Dref, DrefEntry, FourCC, Ftyp, Hdlr, Smhd, Url, Vmhd};

use crate::boxes::{write_atom, write_box};
use crate::init::{TRACK_ID, is_video};
use crate::{Codec, SampleEntry};
use runs::Runs;

/// Seconds from 1904-01-01, where the times of such a file begin (8.2.2.3), to 1970-01-01.
const EPOCH_1904_S: u64 = 2_082_844_800;
/// Names the box of ours in `moov` that says what the file holds: `8e2c5f0a-6d41-4b6e-9c36-5a1f8a70c4d3`.
pub const STORY_UUID: [u8; 16] =
    [0x8e, 0x2c, 0x5f, 0x0a, 0x6d, 0x41, 0x4b, 0x6e, 0x9c, 0x36, 0x5a, 0x1f, 0x8a, 0x70, 0xc4, 0xd3];

/// Why samples do not go into one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MovieError {
    /// One track holds one coding; players refuse more.
    #[error("the coding changes from {before:?} to {after:?} at {at} ticks; end the file before that")]
    CodingChanges {
        /// What came before.
        before: Codec,
        /// What comes now.
        after: Codec,
        /// Where, in ticks of the track.
        at: u64,
    },
    /// The clock of a track is one for all of it.
    #[error("the timescale changes from {before} to {after} at {at} ticks; end the file before that")]
    TimescaleChanges {
        /// What came before.
        before: u32,
        /// What comes now.
        after: u32,
        /// Where, in ticks of the track.
        at: u64,
    },
    /// The tables hold distances of 32 bits: 13 hours at 90 kHz.
    #[error("nothing comes for {ticks} ticks after {at}; end the file before that")]
    GapTooLong {
        /// Where the gap begins.
        at: u64,
        /// How long it is.
        ticks: u64,
    },
    /// More samples than the tables can count.
    #[error("more than {limit} samples; ask for less")]
    TooManySamples {
        /// The most there may be.
        limit: u32,
    },
    /// Times that do not grow.
    #[error("the decode time {at} does not come after the one before")]
    NotInOrder {
        /// The time.
        at: u64,
    },
}

/// What a table says about one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovieSample {
    /// Decode time in ticks of the track; grows from sample to sample. A jump is a gap: the sample before lasts over it.
    pub dts: u64,
    /// Presentation minus decode time in ticks.
    pub composition_offset: i32,
    /// Bytes.
    pub size: u32,
    /// Whether decoding can start here.
    pub sync: bool,
}

/// What stands in the front beside the tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MovieFacts {
    /// Seconds since 1970 of the first picture: `creation_time` of movie, track and media (8.2.2, 8.3.2, 8.4.2).
    pub created_unix_s: u64,
    /// What the file holds, as UTF-8 text: the payload of the box [`STORY_UUID`] in `moov`. Empty: no box.
    pub story: String,
}

/// The tables of a file, filled chunk by chunk.
#[derive(Debug, Clone, Default)]
pub struct MovieTables {
    entries: Vec<SampleEntry>,
    /// Number of samples of each chunk and its entry, counted from 1.
    chunks: Vec<(u32, u32)>,
    chunk_lens: Vec<u64>,
    sizes: Vec<u32>,
    deltas: Runs<u32>,
    offsets: Runs<i32>,
    syncs: Vec<u32>,
    first_dts: Option<u64>,
    last_dts: Option<u64>,
    end: u64,
    first_shown: Option<u64>,
    /// When the sample pushed last is shown, and how far those before it are.
    last_shown: u64,
    shown_to: u64,
}

/// The front of a file, and where its chunks follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovieFront {
    /// `ftyp`, `moov` and the header of `mdat`: everything before the first byte of the first chunk.
    pub bytes: Vec<u8>,
    /// Position of each chunk in the file.
    pub chunks: Vec<u64>,
    /// Length of the file.
    pub len: u64,
}

impl MovieTables {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds samples whose bytes will lie one after the other. `end` is where the last of them ends, in ticks.
    ///
    /// # Errors
    /// [`MovieError`]; then the tables are of no further use. No samples are no error.
    pub fn push_chunk(
        &mut self,
        entry: &SampleEntry,
        samples: impl IntoIterator<Item = MovieSample>,
        end: u64,
    ) -> Result<(), MovieError> {
        let (mut count, mut len) = (0, 0);
        for sample in samples {
            if count == 0 {
                self.enter(entry, sample.dts)?;
            }
            self.push(sample)?;
            count += 1;
            len += u64::from(sample.size);
        }
        if count > 0 {
            let entry = self.entries.iter().position(|known| known.entry == entry.entry);
            let number = entry.expect("it was entered with the first sample") as u32 + 1;
            self.chunks.push((count, number));
            self.chunk_lens.push(len);
            self.end = self.end.max(end);
        }
        Ok(())
    }

    /// Bytes of media so far.
    #[must_use]
    pub fn media_len(&self) -> u64 {
        self.chunk_lens.iter().sum()
    }

    /// Samples so far.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.sizes.len()
    }

    fn enter(&mut self, entry: &SampleEntry, at: u64) -> Result<(), MovieError> {
        if let Some(first) = self.entries.first() {
            // A parameter set that changes is another entry; another box type is another coding to a player.
            if (first.codec, first.entry.get(4..8)) != (entry.codec, entry.entry.get(4..8)) {
                return Err(MovieError::CodingChanges { before: first.codec, after: entry.codec, at });
            }
            if first.timescale != entry.timescale {
                return Err(MovieError::TimescaleChanges { before: first.timescale, after: entry.timescale, at });
            }
        }
        if self.entries.iter().all(|known| known.entry != entry.entry) {
            self.entries.push(entry.clone());
        }
        Ok(())
    }

    fn push(&mut self, sample: MovieSample) -> Result<(), MovieError> {
        let at = sample.dts;
        if let Some(before) = self.last_dts {
            let ticks = at.checked_sub(before).filter(|ticks| *ticks > 0).ok_or(MovieError::NotInOrder { at })?;
            self.shown_to = self.shown_to.max(self.last_shown.saturating_add(ticks));
            let delta = u32::try_from(ticks).map_err(|_| MovieError::GapTooLong { at: before, ticks })?;
            self.deltas.push(delta);
        }
        let number = u32::try_from(self.sizes.len() + 1).map_err(|_| MovieError::TooManySamples { limit: u32::MAX })?;
        self.first_dts.get_or_insert(at);
        self.last_dts = Some(at);
        self.sizes.push(sample.size);
        self.offsets.push(sample.composition_offset);
        if sample.sync {
            self.syncs.push(number);
        }
        // The tables count from the first sample, wherever the caller's clock stood.
        let of_file = at - self.first_dts.unwrap_or(at);
        let shown = of_file.saturating_add_signed(sample.composition_offset.into());
        self.first_shown = Some(self.first_shown.map_or(shown, |first| first.min(shown)));
        self.last_shown = shown;
        Ok(())
    }

    /// Writes the front. Equal tables and facts give equal bytes.
    ///
    /// # Errors
    /// [`MovieError::GapTooLong`] when the last sample lasts too long.
    pub fn front(&self, facts: &MovieFacts) -> Result<MovieFront, MovieError> {
        let mut deltas = self.deltas.clone();
        if let Some(last) = self.last_dts {
            let ticks = self.end.saturating_sub(last);
            deltas.push(u32::try_from(ticks).map_err(|_| MovieError::GapTooLong { at: last, ticks })?);
        }
        let mut bytes = Vec::with_capacity(1024 + facts.story.len() + 12 * self.sizes.len() + 8 * self.chunks.len());
        write_atom(
            &mut bytes,
            &Ftyp {
                major_brand: FourCC::new(b"isom"),
                minor_version: 0,
                compatible_brands: vec![FourCC::new(b"isom"), FourCC::new(b"iso6"), FourCC::new(b"mp41")],
            },
        );
        let media_len = self.media_len();
        // Offsets of 64 bits as soon as the last chunk might lie behind 4 GiB; the front is far below 1 GiB.
        let wide = media_len > u64::from(u32::MAX) - (1 << 30);
        let mut places = 0;
        write_box(&mut bytes, b"moov", |out| {
            self.movie(out, facts);
            places = self.track(out, facts, &deltas, wide);
            if !facts.story.is_empty() {
                write_box(out, b"uuid", |out| {
                    out.extend_from_slice(&STORY_UUID);
                    out.extend_from_slice(facts.story.as_bytes());
                });
            }
        });
        media_data_header(&mut bytes, media_len);
        let chunks = self.place_chunks(&mut bytes, places, wide);
        let len = bytes.len() as u64 + media_len;
        Ok(MovieFront { bytes, chunks, len })
    }

    /// Fills in the offsets, now that the length of the front is known.
    fn place_chunks(&self, bytes: &mut [u8], places: usize, wide: bool) -> Vec<u64> {
        let mut at = bytes.len() as u64;
        let mut chunks = Vec::with_capacity(self.chunk_lens.len());
        let slots = bytes[places..].chunks_exact_mut(if wide { 8 } else { 4 });
        for (slot, len) in slots.zip(&self.chunk_lens) {
            match slot.len() {
                8 => slot.copy_from_slice(&at.to_be_bytes()),
                // Fits: narrow offsets are chosen only for files below 4 GiB.
                _ => slot.copy_from_slice(&(at as u32).to_be_bytes()),
            }
            chunks.push(at);
            at += len;
        }
        chunks
    }

    /// From the first picture to the end of the one that is shown last, which need not be the last one decoded.
    fn duration(&self) -> u64 {
        let of_last = self.end.saturating_sub(self.last_dts.unwrap_or(self.end));
        let shown_to = self.shown_to.max(self.last_shown.saturating_add(of_last));
        shown_to.saturating_sub(self.first_shown.unwrap_or(0))
    }

    /// The sum of all sample durations (8.4.2.3).
    fn media_duration(&self) -> u64 {
        self.end.saturating_sub(self.first_dts.unwrap_or(0))
    }

    fn timescale(&self) -> u32 {
        self.entries.first().map_or(90_000, |entry| entry.timescale)
    }

    fn movie(&self, out: &mut Vec<u8>, facts: &MovieFacts) {
        full_box(out, b"mvhd", 1, 0, |out| {
            times(out, facts);
            out.extend_from_slice(&self.timescale().to_be_bytes());
            out.extend_from_slice(&self.duration().to_be_bytes());
            out.extend_from_slice(&0x0001_0000u32.to_be_bytes()); // rate 1
            out.extend_from_slice(&[1, 0]); // volume 1
            out.extend_from_slice(&[0; 10]);
            matrix(out);
            out.extend_from_slice(&[0; 24]);
            out.extend_from_slice(&(TRACK_ID + 1).to_be_bytes());
        });
    }

    /// Writes the track; gives where the offsets of the chunks are to be filled in.
    fn track(&self, out: &mut Vec<u8>, facts: &MovieFacts, deltas: &Runs<u32>, wide: bool) -> usize {
        let video = self.entries.first().is_none_or(|entry| is_video(entry.codec));
        let mut places = 0;
        write_box(out, b"trak", |out| {
            self.track_header(out, facts, video);
            self.edit(out);
            write_box(out, b"mdia", |out| {
                full_box(out, b"mdhd", 1, 0, |out| {
                    times(out, facts);
                    out.extend_from_slice(&self.timescale().to_be_bytes());
                    out.extend_from_slice(&self.media_duration().to_be_bytes());
                    out.extend_from_slice(&[0x55, 0xc4, 0, 0]); // "und"
                });
                let (handler, name) = if video { (b"vide", "video") } else { (b"soun", "audio") };
                write_atom(out, &Hdlr { handler: FourCC::new(handler), name: name.into() });
                write_box(out, b"minf", |out| {
                    if video {
                        write_atom(out, &Vmhd::default());
                    } else {
                        write_atom(out, &Smhd::default());
                    }
                    write_atom(out, &Dinf { dref: Dref { entries: vec![DrefEntry::Url(Url::default())] } });
                    write_box(out, b"stbl", |out| places = self.sample_table(out, deltas, wide));
                });
            });
        });
        places
    }

    fn track_header(&self, out: &mut Vec<u8>, facts: &MovieFacts, video: bool) {
        let widest = self.entries.iter().map(|entry| entry.width).max().unwrap_or(0);
        let highest = self.entries.iter().map(|entry| entry.height).max().unwrap_or(0);
        full_box(out, b"tkhd", 1, 3, |out| {
            times(out, facts);
            out.extend_from_slice(&TRACK_ID.to_be_bytes());
            out.extend_from_slice(&[0; 4]);
            out.extend_from_slice(&self.duration().to_be_bytes());
            out.extend_from_slice(&[0; 12]); // reserved, layer, alternate group
            out.extend_from_slice(&[u8::from(!video), 0, 0, 0]); // volume
            matrix(out);
            for side in [widest, highest] {
                out.extend_from_slice(&(u32::from(side) << 16).to_be_bytes());
            }
        });
    }

    /// One edit: the film begins with the first picture, however late its decoding lets it be shown (8.6.6).
    fn edit(&self, out: &mut Vec<u8>) {
        write_box(out, b"edts", |out| {
            full_box(out, b"elst", 1, 0, |out| {
                out.extend_from_slice(&1u32.to_be_bytes());
                out.extend_from_slice(&self.duration().to_be_bytes());
                out.extend_from_slice(&self.first_shown.unwrap_or(0).to_be_bytes());
                out.extend_from_slice(&0x0001_0000u32.to_be_bytes()); // rate 1
            });
        });
    }

    fn sample_table(&self, out: &mut Vec<u8>, deltas: &Runs<u32>, wide: bool) -> usize {
        full_box(out, b"stsd", 0, 0, |out| {
            count(out, self.entries.len());
            self.entries.iter().for_each(|entry| out.extend_from_slice(&entry.entry));
        });
        full_box(out, b"stts", 0, 0, |out| deltas.write(out, |delta| *delta));
        if self.offsets.iter().any(|(_, offset)| *offset != 0) {
            // Version 1: offsets may be negative (8.6.1.3).
            full_box(out, b"ctts", 1, 0, |out| self.offsets.write(out, |offset| *offset as u32));
        }
        if self.syncs.len() < self.sizes.len() {
            full_box(out, b"stss", 0, 0, |out| {
                count(out, self.syncs.len());
                self.syncs.iter().for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
            });
        }
        self.chunk_table(out);
        full_box(out, b"stsz", 0, 0, |out| {
            out.extend_from_slice(&[0; 4]); // sizes differ
            count(out, self.sizes.len());
            self.sizes.iter().for_each(|size| out.extend_from_slice(&size.to_be_bytes()));
        });
        let mut places = 0;
        full_box(out, if wide { b"co64" } else { b"stco" }, 0, 0, |out| {
            count(out, self.chunks.len());
            places = out.len();
            out.resize(places + self.chunks.len() * if wide { 8 } else { 4 }, 0);
        });
        places
    }

    /// `stsc`: runs of chunks alike in samples and entry (8.7.4).
    fn chunk_table(&self, out: &mut Vec<u8>) {
        let mut runs: Vec<(u32, (u32, u32))> = Vec::new();
        for (number, chunk) in (1..).zip(&self.chunks) {
            if runs.last().is_none_or(|(_, last)| last != chunk) {
                runs.push((number, *chunk));
            }
        }
        full_box(out, b"stsc", 0, 0, |out| {
            count(out, runs.len());
            for (first, (samples, entry)) in &runs {
                [first, samples, entry].iter().for_each(|field| out.extend_from_slice(&field.to_be_bytes()));
            }
        });
    }
}

fn full_box(out: &mut Vec<u8>, kind: &[u8; 4], version: u8, flags: u32, body: impl FnOnce(&mut Vec<u8>)) {
    write_box(out, kind, |out| {
        out.push(version);
        out.extend_from_slice(&flags.to_be_bytes()[1..]);
        body(out);
    });
}

fn count(out: &mut Vec<u8>, entries: usize) {
    let entries = u32::try_from(entries).expect("tables are no longer than the samples, which are counted in 32 bits");
    out.extend_from_slice(&entries.to_be_bytes());
}

/// Creation and modification: the moment of the first picture, never that of writing.
fn times(out: &mut Vec<u8>, facts: &MovieFacts) {
    let created = facts.created_unix_s.saturating_add(EPOCH_1904_S);
    [created, created].iter().for_each(|time| out.extend_from_slice(&time.to_be_bytes()));
}

/// The picture as it is: not turned, not scaled.
fn matrix(out: &mut Vec<u8>) {
    for field in [0x0001_0000u32, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] {
        out.extend_from_slice(&field.to_be_bytes());
    }
}

fn media_data_header(out: &mut Vec<u8>, len: u64) {
    match u32::try_from(len.saturating_add(8)) {
        Ok(size) => {
            out.extend_from_slice(&size.to_be_bytes());
            out.extend_from_slice(b"mdat");
        }
        Err(_) => {
            out.extend_from_slice(&1u32.to_be_bytes());
            out.extend_from_slice(b"mdat");
            out.extend_from_slice(&(len + 16).to_be_bytes());
        }
    }
}
