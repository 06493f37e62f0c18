//! One plain MP4 file of an interval. Its front is made from the segments' tables, so its length is known before a byte of
//! footage is read; any part of it is made when it is asked for, from the fragments it lies in. Nothing is written to disk.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use candour_db::SegmentRow;
use candour_media::{MovieError, MovieFacts, MovieFront, MovieSample, MovieTables};
use candour_units::{CameraId, SegmentId, WallRange};

use crate::access::Access;
use crate::open::Inner;
use crate::piece::{Piece, PieceFragment};
use crate::{Archive, ArchiveError, Cover, Reading};

/// Fragments read with one go to the disk, and about how many bytes that may be.
const AT_ONCE: usize = 16;
const AT_ONCE_BYTES: u64 = 2 << 20;

/// Which time lies where in the file: without a hole between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The segment it comes from.
    pub segment: SegmentId,
    /// Our clock.
    pub wall: WallRange,
    /// Ticks of the track at its start.
    pub at: u64,
    /// Ticks of the track at its end.
    pub end: u64,
}

/// Why no file can be made.
#[derive(Debug, thiserror::Error)]
pub enum MovieRefused {
    /// There is nothing in the interval.
    #[error("there is no footage in this interval")]
    Empty,
    /// One file cannot hold it.
    #[error("one file cannot hold what comes at {at}")]
    Split {
        /// The first moment that does not fit.
        at: candour_units::WallTime,
        /// Why.
        #[source]
        why: MovieError,
    },
}

/// A file, as yet without words of its own.
pub struct MovieDraft {
    tables: MovieTables,
    stretches: Vec<Stretch>,
    body: Body,
    disclosed: WallRange,
    asked: WallRange,
    timescale: u32,
}

/// Where the bytes behind the front come from.
struct Body {
    pieces: Vec<Piece>,
    rows: Vec<SegmentRow>,
    /// Piece and fragment of each chunk.
    places: Vec<(usize, usize)>,
    archive: Arc<Inner>,
    camera: CameraId,
}

/// A file that can be read from, any part of it, as often as receipts allow.
pub struct Movie {
    front: Bytes,
    chunks: Vec<u64>,
    len: u64,
    stretches: Vec<Stretch>,
    body: Body,
    disclosed: WallRange,
    asked: WallRange,
}

impl Reading {
    /// Makes one file of everything in it.
    ///
    /// # Errors
    /// [`MovieRefused`].
    pub fn into_movie(self) -> Result<MovieDraft, MovieRefused> {
        let disclosed = self.disclosed().ok_or(MovieRefused::Empty)?;
        let (pieces, rows, _, access) = self.into_parts();
        let timescale = pieces.first().map_or(90_000, |piece| piece.entry.timescale);
        let (mut tables, mut stretches, mut places) = (MovieTables::new(), Vec::<Stretch>::new(), Vec::new());
        for (number, piece) in pieces.iter().enumerate() {
            for (index, part) in piece.fragments.iter().enumerate() {
                let ticks = |dts: i64| u64::try_from(piece.at.saturating_add(dts)).unwrap_or(0);
                let samples = part.samples.iter().map(|row| MovieSample {
                    dts: ticks(row.dts),
                    composition_offset: row.composition_offset,
                    size: row.size,
                    sync: row.sync,
                });
                let (at, end) = (ticks(part.start()), ticks(part.end));
                let split = |why| MovieRefused::Split { at: part.wall.start, why };
                tables.push_chunk(&piece.entry, samples, end).map_err(split)?;
                places.push((number, index));
                match stretches.last_mut().filter(|last| last.segment == piece.segment && last.end == at) {
                    Some(last) => (last.end, last.wall.end) = (end, part.wall.end),
                    None => stretches.push(Stretch { segment: piece.segment, wall: part.wall, at, end }),
                }
            }
        }
        let (archive, camera, asked) = (access.archive, access.camera, access.asked);
        let body = Body { pieces, rows, places, archive, camera };
        Ok(MovieDraft { tables, stretches, body, disclosed, asked, timescale })
    }
}

impl MovieDraft {
    /// Which time will lie where.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// What is given out: whole GOPs.
    #[must_use]
    pub fn disclosed(&self) -> WallRange {
        self.disclosed
    }

    /// Ticks of the track in a second.
    #[must_use]
    pub fn timescale(&self) -> u32 {
        self.timescale
    }

    /// Writes the front, with `story` inside as the file's word about itself.
    ///
    /// # Errors
    /// [`MovieRefused::Split`].
    pub fn finish(self, story: String) -> Result<Movie, MovieRefused> {
        let created = self.disclosed.start.unix_seconds_floor();
        let facts = MovieFacts { created_unix_s: u64::try_from(created).unwrap_or(0), story };
        let front = self.tables.front(&facts);
        let MovieFront { bytes, chunks, len } =
            front.map_err(|why| MovieRefused::Split { at: self.disclosed.end, why })?;
        let Self { stretches, body, disclosed, asked, .. } = self;
        Ok(Movie { front: bytes.into(), chunks, len, stretches, body, disclosed, asked })
    }
}

impl Movie {
    /// Bytes of the whole file.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Never: a file has at least its front.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Everything before the first byte of footage. Equal fronts mean equal files: sizes, times and segments stand in it.
    #[must_use]
    pub fn front(&self) -> &Bytes {
        &self.front
    }

    /// Which time lies where.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// What is given out: whole GOPs.
    #[must_use]
    pub fn disclosed(&self) -> WallRange {
        self.disclosed
    }

    /// What was asked for.
    #[must_use]
    pub fn asked(&self) -> WallRange {
        self.asked
    }

    /// Its bytes `range`, read as they are taken. What lies behind the end is left out.
    #[must_use]
    pub fn bytes(self: &Arc<Self>, cover: impl Into<Cover>, range: Range<u64>) -> MovieBytes {
        let body = &self.body;
        let access = Access::new(Arc::clone(&body.archive), cover.into(), body.camera, self.asked);
        let (at, end) = (range.start, range.end.min(self.len));
        MovieBytes { movie: Arc::clone(self), access, at, end, ready: VecDeque::new() }
    }

    /// The chunk in which the byte `at` behind the front lies.
    fn chunk_at(&self, at: u64) -> usize {
        self.chunks.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The chunks from `first` on that are read together: of one piece, and not too much.
    fn batch(&self, first: usize, end: u64) -> (usize, &[PieceFragment]) {
        let (piece, index) = self.body.places[first];
        let all = &self.body.pieces[piece].fragments;
        let mut bytes = 0;
        let wanted = all[index..].iter().take(AT_ONCE).zip(first..).take_while(|(part, chunk)| {
            let room = bytes < AT_ONCE_BYTES && self.chunks.get(*chunk).is_some_and(|start| *start < end);
            bytes += part.len_bytes();
            room
        });
        let count = wanted.count().max(1);
        (piece, &all[index..index + count])
    }
}

/// Part of a file on its way out.
#[derive(Debug, Clone)]
pub struct MoviePart {
    /// The bytes.
    pub bytes: Bytes,
    /// The time they show; `None` for the front.
    pub wall: Option<WallRange>,
    /// How many samples they are of.
    pub samples: u64,
}

/// Reads part of a file.
pub struct MovieBytes {
    movie: Arc<Movie>,
    access: Access,
    at: u64,
    end: u64,
    ready: VecDeque<MoviePart>,
}

impl MovieBytes {
    /// Goes on under renewed receipts.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`]; then the old ones count.
    pub fn renew(&mut self, cover: impl Into<Cover>) -> Result<(), ArchiveError> {
        self.access.renew(cover.into())
    }

    /// The next bytes; `None` at the end of what was asked. Receipt and key are asked for again at every fragment.
    ///
    /// # Errors
    /// As [`Reading::next_fragment`]: what was promised and cannot be given ends with an error, never with other bytes.
    pub async fn next(&mut self) -> Result<Option<MoviePart>, ArchiveError> {
        if let Some(part) = self.ready.pop_front() {
            return Ok(Some(part));
        }
        if self.at >= self.end {
            return Ok(None);
        }
        self.access.still_covered()?;
        let front_len = self.movie.front.len() as u64;
        if self.at < front_len {
            let bytes = slice(&self.movie.front, self.at, self.end);
            self.at += bytes.len() as u64;
            return Ok(Some(MoviePart { bytes, wall: None, samples: 0 }));
        }
        let movie = Arc::clone(&self.movie);
        let first = movie.chunk_at(self.at);
        let (piece, parts) = movie.batch(first, self.end);
        let given = self.access.fragments(&movie.body.rows[piece], parts).await?;
        for ((given, part), chunk) in given.into_iter().zip(parts).zip(first..) {
            let start = movie.chunks[chunk];
            let bytes = slice(&given.data, self.at.saturating_sub(start), self.end.saturating_sub(start));
            self.at = start + given.data.len() as u64;
            if !bytes.is_empty() {
                self.ready.push_back(MoviePart { bytes, wall: Some(part.wall), samples: given.samples.len() as u64 });
            }
        }
        Ok(self.ready.pop_front())
    }
}

fn slice(bytes: &Bytes, from: u64, to: u64) -> Bytes {
    let end = bytes.len().min(usize::try_from(to).unwrap_or(usize::MAX));
    bytes.slice(usize::try_from(from).unwrap_or(usize::MAX).min(end)..end)
}

impl Archive {
    /// Opens an interval for a file: as [`Archive::read`], without what is known to be damaged, so that the file can be
    /// whole. What is left out is a gap in it.
    ///
    /// # Errors
    /// As [`Archive::read`].
    pub async fn read_undamaged(
        &self,
        cover: impl Into<Cover>,
        camera: CameraId,
        stream: candour_units::StreamId,
        range: WallRange,
    ) -> Result<Reading, ArchiveError> {
        let mut reading = self.read(cover, camera, stream, range).await?;
        let Some(disclosed) = reading.disclosed() else { return Ok(reading) };
        let lost = self.inner.known_losses(stream, disclosed).await?;
        reading.leave_out(&lost);
        Ok(reading)
    }
}
