//! The segments an interval is read from: found in memory and in the rows, opened one by one, with what their
//! neighbours must lend them.

use std::sync::Arc;

use candour_audit::NotCovered;
use candour_db::{SegmentRow, SegmentState};
use candour_files::SegmentReader;
use candour_seal::Opener;
use candour_units::{CameraId, RunId, StreamId, WallDuration, WallRange, WallTime};

use crate::ArchiveError;
use crate::index::Known;
use crate::mend::missing_or;
use crate::open::Inner;
use crate::piece::{Piece, Placing, Tables, entry_of};
use crate::recover::blocking;
use crate::store::Store;

/// A GOP that lies in more segments than that is not followed any further.
const MOST_NEIGHBOURS: usize = 8;
/// Files opened side by side when many are: waiting for a disk is what takes long with a cold index.
const AT_ONCE: usize = 8;

/// A segment of the interval that cannot be opened at all, and why.
#[derive(Debug)]
pub struct Lost {
    /// What it covered.
    pub range: WallRange,
    /// [`ArchiveError::DataLoss`] or [`ArchiveError::Key`].
    pub error: ArchiveError,
}

/// A segment that may be read: what memory or the catalogue knows of it.
pub(crate) struct Readable {
    pub(crate) row: SegmentRow,
    /// Its tables if it is not the file that says them.
    tables: Option<Tables>,
}

impl From<Known> for Readable {
    fn from(known: Known) -> Self {
        Self { row: known.row, tables: Some(Tables { fragments: known.table, samples: known.samples }) }
    }
}

/// A segment whose header and tables were opened. Its file is closed again: an interval of a day must not hold a
/// thousand handles.
pub(crate) struct Source {
    pub(crate) row: SegmentRow,
    tables: Tables,
    run: RunId,
    run_dts: i64,
    origin: WallTime,
    entry: Arc<candour_media::SampleEntry>,
    /// What is wrong behind the last fragment that the tables know of.
    damage: Option<ArchiveError>,
    /// Why it is among the segments of the interval.
    part: Part,
}

/// Which part of a segment is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What was asked, in whole GOPs.
    Asked,
    /// The GOP that the first picture needs.
    Before,
    /// The rest of the GOP that holds the last picture.
    Behind,
}

/// A segment file with its key in use.
pub(crate) struct Opened {
    pub(crate) reader: SegmentReader,
    pub(crate) opener: Opener,
}

/// A piece with what it takes to read it.
pub(crate) struct Found {
    pub(crate) piece: Piece,
    pub(crate) row: SegmentRow,
    pub(crate) damage: Option<ArchiveError>,
}

/// What was opened of an interval, oldest first.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) found: Vec<Source>,
    pub(crate) lost: Vec<Lost>,
}

impl Source {
    /// What is given out of it for `asked`; `None` when nothing of it can be read.
    pub(crate) fn cut(self, asked: WallRange, place: &mut Place) -> Option<Found> {
        let wanted = match self.part {
            Part::Asked => self.tables.gops(asked),
            Part::Before => self.tables.last_gop(),
            Part::Behind => self.tables.rest_of_gop(),
        };
        let fragments = self.tables.fragments_of(wanted.clone());
        // Damage behind what is given out is not this reader's business.
        let damage = self.damage.filter(|_| wanted.end == self.tables.samples.len());
        let (first, last) = (fragments.first()?, fragments.last()?);
        let disclosed = WallRange { start: first.wall.start, end: last.wall.end };
        let mut piece = Piece {
            segment: self.row.id,
            disclosed,
            origin: self.origin,
            entry: self.entry,
            run: self.run,
            at: 0,
            fragments,
        };
        place.put(&mut piece, self.run_dts);
        Some(Found { piece, row: self.row, damage })
    }
}

/// Puts the pieces of an interval onto its clock, one after the other.
#[derive(Default)]
pub(crate) struct Place {
    began: Option<WallTime>,
    last: Option<Placing>,
}

impl Place {
    fn put(&mut self, piece: &mut Piece, run_dts: i64) {
        let began = *self.began.get_or_insert(piece.disclosed.start);
        self.last = Some(Placing::place(self.last, piece, run_dts, began));
    }
}

/// Opens the file of a segment with its key.
pub(crate) fn open_file(store: &Store, row: &SegmentRow) -> Result<Opened, ArchiveError> {
    let missing = |error| missing_or(row.storage, row.id, "open a segment", error);
    let reader = store.files(row.storage)?.reader(row.id).map_err(missing)?;
    let key = store.keyring.key_of(row.stream, row.id, row.start)?;
    let opener = crate::segment::opener(&reader, row.id, &key)?;
    // A row is anybody's who can write the database; whose footage it is and from when, the header alone can say.
    let header = opener.header();
    if (header.camera, header.stream, header.start) != (row.camera, row.stream, row.start) {
        let what = format!("its row calls it footage of camera {} from {}, and it is not", row.camera, row.start);
        return Err(ArchiveError::DataLoss { segment: row.id, offset: 0, what });
    }
    Ok(Opened { reader, opener })
}

fn open_source(store: &Store, Readable { row, tables }: Readable, part: Part) -> Result<Source, Lost> {
    let covers = WallRange { start: row.start, end: row.end };
    let opened = open_file(store, &row).and_then(|opened| {
        let (tables, damage) = match tables {
            Some(tables) => (tables, None),
            None => crate::segment::tables(&opened.reader, &opened.opener, row.state == SegmentState::Closed)?,
        };
        Ok((opened, tables, damage))
    });
    let (opened, tables, damage) = opened.map_err(|error| Lost { range: covers, error })?;
    let header = opened.opener.header();
    Ok(Source {
        row,
        tables,
        run: header.run,
        run_dts: header.run_dts,
        origin: header.start,
        entry: Arc::new(entry_of(header)),
        damage,
        part,
    })
}

/// Opens many, some of them side by side; in the order given.
fn open_sources(store: &Store, mut segments: Vec<Readable>) -> Vec<Result<Source, Lost>> {
    if segments.len() <= 2 {
        return segments.into_iter().map(|readable| open_source(store, readable, Part::Asked)).collect();
    }
    let share = segments.len().div_ceil(AT_ONCE);
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        while !segments.is_empty() {
            let rest = segments.split_off(segments.len().min(share));
            let mine = std::mem::replace(&mut segments, rest);
            threads.push(scope.spawn(move || {
                mine.into_iter().map(|readable| open_source(store, readable, Part::Asked)).collect::<Vec<_>>()
            }));
        }
        threads.into_iter().flat_map(|thread| thread.join().expect("opening a segment does not panic")).collect()
    })
}

impl Inner {
    /// Opens every segment of an interval, and those before and behind that its first and last GOP reach into.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`] when the stream is another camera's; [`ArchiveError::Db`].
    pub(crate) async fn sources(
        &self,
        camera: CameraId,
        stream: StreamId,
        asked: WallRange,
    ) -> Result<Sources, ArchiveError> {
        let segments = self.readable(stream, asked).await?;
        of_camera(&segments, camera)?;
        let store = self.store.clone();
        let opened = blocking(move || Ok(open_sources(&store, segments))).await?;
        let mut sources = Sources::default();
        for source in opened {
            match source {
                Ok(source) => sources.found.push(source),
                Err(lost) => sources.lost.push(lost),
            }
        }
        if let Some(first) = sources.found.first() {
            let before = self.before(first, asked.start).await?;
            sources.found.splice(0..0, before);
        }
        if let Some(last) = sources.found.last() {
            let behind = self.behind(last, asked.end).await?;
            sources.found.extend(behind);
        }
        Ok(sources)
    }

    /// Opens one segment.
    pub(crate) async fn source(&self, readable: Readable) -> Result<Result<Source, Lost>, ArchiveError> {
        let store = self.store.clone();
        blocking(move || Ok(open_source(&store, readable, Part::Asked))).await
    }

    /// Segments that can be read and overlap `range`, oldest first.
    pub(crate) async fn readable(&self, stream: StreamId, range: WallRange) -> Result<Vec<Readable>, ArchiveError> {
        // Memory first: a segment leaves it only when its row is stored.
        let known = self.index.of(stream, range);
        let mut rows = self.db.segments_in(stream, range).await?;
        rows.retain(|row| matches!(row.state, SegmentState::Open | SegmentState::Closed));
        rows.retain(|row| known.iter().all(|known| known.row.id != row.id));
        let stored = rows.into_iter().map(|row| Readable { row, tables: None });
        let mut all: Vec<_> = known.into_iter().map(Readable::from).chain(stored).collect();
        all.sort_by_key(|readable| readable.row.start);
        Ok(all)
    }

    /// The segments before `first` that its first picture needs, oldest first; none if they are not there any more.
    pub(crate) async fn before(&self, first: &Source, moment: WallTime) -> Result<Vec<Source>, ArchiveError> {
        let mut out: Vec<Source> = Vec::new();
        if !first.tables.needs_before(moment) {
            return Ok(out);
        }
        while out.len() < MOST_NEIGHBOURS {
            let (row, run) = (&out.last().unwrap_or(first).row, first.run);
            let Some(range) = WallRange::new(row.start - WallDuration::from_seconds(1), row.start) else { break };
            let start = row.start;
            let neighbour = self.readable(row.stream, range).await?.pop();
            let Some(neighbour) = neighbour.filter(|found| found.row.run == run && found.row.start < start) else {
                break;
            };
            let store = self.store.clone();
            let opened = blocking(move || Ok(open_source(&store, neighbour, Part::Before))).await?;
            let Ok(source) = opened else { break };
            let enough = source.tables.holds_sync();
            out.push(source);
            if enough {
                out.reverse();
                return Ok(out);
            }
        }
        // Without a sync sample what lies before helps nobody, and nobody asked for it.
        Ok(Vec::new())
    }

    /// The segments behind `last` into which the GOP of the last moment before `end` reaches.
    pub(crate) async fn behind(&self, last: &Source, end: WallTime) -> Result<Vec<Source>, ArchiveError> {
        let mut out: Vec<Source> = Vec::new();
        if last.damage.is_some() || !last.tables.runs_over(end) {
            return Ok(out);
        }
        while out.len() < MOST_NEIGHBOURS {
            let before = out.last().unwrap_or(last);
            let (row, id) = (&before.row, before.row.id);
            let range = WallRange::new(row.end, row.end + WallDuration::from_seconds(1));
            let Some(range) = range else { break };
            let mut found = self.readable(row.stream, range).await?;
            found.retain(|found| found.row.run == before.run && found.row.id != id && found.row.start > row.start);
            let Some(neighbour) = found.into_iter().next() else { break };
            let store = self.store.clone();
            let opened = blocking(move || Ok(open_source(&store, neighbour, Part::Behind))).await?;
            let Ok(source) = opened else { break };
            if source.tables.starts_at_sync() {
                break;
            }
            let goes_on = !source.tables.holds_sync();
            out.push(source);
            if !goes_on {
                break;
            }
        }
        Ok(out)
    }
}

/// A receipt names cameras: the stream of another one is not covered, whatever it is called by.
pub(crate) fn of_camera(segments: &[Readable], camera: CameraId) -> Result<(), ArchiveError> {
    match segments.iter().find(|found| found.row.camera != camera) {
        Some(other) => Err(NotCovered::Camera { camera: other.row.camera }.into()),
        None => Ok(()),
    }
}
