//! Reading an interval: pieces of one sample entry each, whole GOPs, every fragment checked before a byte is given out.

use std::sync::Arc;

use bytes::Bytes;
use candour_audit::{NotCovered, Receipt};
use candour_db::{SegmentRow, SegmentState};
use candour_files::SegmentReader;
use candour_media::SampleEntry;
use candour_seal::{FragmentInfo, Opener, SYNC_BEFORE_SEGMENT};
use candour_units::{CameraId, SegmentId, StreamId, WallDuration, WallRange, WallTime};

use crate::index::Known;
use crate::mend::missing_or;
use crate::open::Inner;
use crate::recover::{blocking, loss};
use crate::store::Store;
use crate::{Archive, ArchiveError};

/// A stretch of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The segment it lies in.
    pub segment: SegmentId,
    /// What is given out: whole GOPs around what was asked.
    pub disclosed: WallRange,
    /// Wall-clock time of the segment's decode time 0.
    pub origin: WallTime,
    /// How to decode it.
    pub entry: Arc<SampleEntry>,
}

/// One sample read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSample {
    /// Decode time in ticks since the segment's origin.
    pub dts: i64,
    /// Presentation time minus decode time, in ticks.
    pub composition_offset: i32,
    /// Ticks.
    pub duration: u32,
    /// Whether decoding can start here.
    pub sync: bool,
    /// NAL units with 4-byte lengths.
    pub data: Bytes,
}

/// A segment of the interval that cannot be opened at all, and why.
#[derive(Debug)]
pub struct Lost {
    /// What it covered.
    pub range: WallRange,
    /// [`ArchiveError::DataLoss`] or [`ArchiveError::Key`].
    pub error: ArchiveError,
}

/// An opened interval.
pub struct Reading {
    pub(crate) pieces: Vec<Piece>,
    walks: Vec<Walk>,
    lost: Vec<Lost>,
    receipt: Receipt,
    camera: CameraId,
    asked: WallRange,
    archive: Arc<Inner>,
}

/// How far a piece was read.
struct Walk {
    opened: Arc<Opened>,
    row: SegmentRow,
    fragments: Vec<FragmentInfo>,
    /// How many of them were given out.
    given: usize,
    /// What is wrong behind the last fragment that can be read.
    damage: Option<ArchiveError>,
}

/// A segment file with its key in use.
struct Opened {
    reader: SegmentReader,
    opener: Opener,
}

impl Archive {
    /// Opens an interval for reading, the newest durable second included.
    ///
    /// Segments that cannot be opened at all are told of by [`Reading::lost`]; if nothing else is left, that is the error.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`] when the receipt does not name the camera, the interval or this way of looking, or
    /// the stream is another camera's; [`ArchiveError::Db`]; [`ArchiveError::DataLoss`].
    pub async fn read(
        &self,
        receipt: &Receipt,
        camera: CameraId,
        stream: StreamId,
        range: WallRange,
    ) -> Result<Reading, ArchiveError> {
        let inner = &self.inner;
        receipt.covers_recorded(camera, range, inner.clock.mono())?;
        let mut segments = inner.readable(stream, range).await?;
        if let Some(first) = segments.first() {
            let earlier = inner.before(first).await?;
            segments.splice(0..0, earlier);
        }
        // A receipt names cameras: the stream of another one is not covered, whatever it is called by.
        if let Some(other) = segments.iter().find(|known| known.row.camera != camera) {
            return Err(NotCovered::Camera { camera: other.row.camera }.into());
        }
        let store = inner.store.clone();
        let opened = blocking(move || Ok(open_all(&store, segments, range))).await?;
        let (mut pieces, mut walks, mut lost) = (Vec::new(), Vec::new(), Vec::new());
        for found in opened {
            match found {
                Ok((piece, walk)) => {
                    pieces.push(piece);
                    walks.push(walk);
                }
                Err(missing) => lost.push(missing),
            }
        }
        if pieces.is_empty()
            && let Some(first) = lost.pop()
        {
            return Err(first.error);
        }
        let (receipt, archive) = (receipt.clone(), Arc::clone(inner));
        Ok(Reading { pieces, walks, lost, receipt, camera, asked: range, archive })
    }
}

impl Inner {
    /// Segments that can be read and overlap `range`, oldest first.
    async fn readable(&self, stream: StreamId, range: WallRange) -> Result<Vec<Readable>, ArchiveError> {
        // Memory first: a segment leaves it only when its row is stored.
        let known = self.index.of(stream, range);
        let mut rows = self.db.segments_in(stream, range).await?;
        rows.retain(|row| matches!(row.state, SegmentState::Open | SegmentState::Closed));
        rows.retain(|row| known.iter().all(|known| known.row.id != row.id));
        let stored = rows.into_iter().map(|row| Readable { row, table: None });
        let mut all: Vec<_> = known.into_iter().map(Readable::from).chain(stored).collect();
        all.sort_by_key(|readable| readable.row.start);
        Ok(all)
    }

    /// The segment directly before, of the same run: decoding may have to begin there.
    async fn before(&self, first: &Readable) -> Result<Option<Readable>, ArchiveError> {
        let start = first.row.start;
        let Some(range) = WallRange::new(start - WallDuration::from_seconds(1), start) else { return Ok(None) };
        let found = self.readable(first.row.stream, range).await?.pop();
        Ok(found.filter(|before| before.row.run == first.row.run && before.row.start < start))
    }
}

/// A segment, and its table if it is not the file that says it.
struct Readable {
    row: SegmentRow,
    table: Option<Arc<Vec<FragmentInfo>>>,
}

impl From<Known> for Readable {
    fn from(known: Known) -> Self {
        Self { row: known.row, table: Some(known.table) }
    }
}

/// A segment opened, with the fragments of it that can be read.
struct Whole {
    row: SegmentRow,
    opened: Opened,
    fragments: Vec<FragmentInfo>,
    damage: Option<ArchiveError>,
}

fn open_all(store: &Store, segments: Vec<Readable>, range: WallRange) -> Vec<Result<(Piece, Walk), Lost>> {
    let opened = segments.into_iter().map(|readable| {
        let covers = WallRange { start: readable.row.start, end: readable.row.end };
        open_one(store, readable).map_err(|error| Lost { range: covers, error })
    });
    let mut found: Vec<Result<Whole, Lost>> = opened.collect();
    // The segment before the interval is there only for a first picture that lies in it.
    let starts_before = |whole: &Result<Whole, Lost>| match whole {
        Ok(whole) => whole.row.end <= range.start,
        Err(lost) => lost.range.end <= range.start,
    };
    let needs_before = |whole: &Result<Whole, Lost>| matches!(whole, Ok(whole) if begins_before(whole, range.start));
    if found.first().is_some_and(starts_before) && !found.get(1).is_some_and(needs_before) {
        drop(found.remove(0));
    }
    found.into_iter().filter_map(|whole| whole.map(|whole| cut(whole, range)).transpose()).collect()
}

fn open_one(store: &Store, readable: Readable) -> Result<Whole, ArchiveError> {
    let Readable { row, table } = readable;
    let files = store.files(row.storage)?;
    let missing = |error| missing_or(row.storage, row.id, "open a segment", error);
    let reader = files.reader(row.id).map_err(missing)?;
    let key = store.keyring.key_of(row.stream, row.id, row.start)?;
    let opener = crate::segment::opener(&reader, row.id, &key)?;
    let (fragments, damage) = match table {
        Some(table) => (table.to_vec(), None),
        None => {
            let table = crate::segment::table(&reader, &opener)?;
            (table.fragments, table.damage)
        }
    };
    Ok(Whole { row, opened: Opened { reader, opener }, fragments, damage })
}

/// The fragment in which `moment` lies, or the first.
fn fragment_at(fragments: &[FragmentInfo], moment: WallTime) -> usize {
    fragments.partition_point(|fragment| fragment.wall_start <= moment).saturating_sub(1)
}

/// Whether the picture at `moment` needs one that lies before the segment.
fn begins_before(whole: &Whole, moment: WallTime) -> bool {
    let fragments = &whole.fragments;
    fragments.get(fragment_at(fragments, moment)).is_some_and(|first| first.sync_back == SYNC_BEFORE_SEGMENT)
}

/// The whole GOPs of a segment around the part of `range` in it; `None` when nothing of it can be read.
fn cut(whole: Whole, range: WallRange) -> Option<(Piece, Walk)> {
    let Whole { row, opened, fragments, damage } = whole;
    // Of a segment that lies before the interval only the last GOP is wanted.
    let at =
        if row.end <= range.start { fragments.len().checked_sub(1)? } else { fragment_at(&fragments, range.start) };
    let back = fragments.get(at)?.sync_back;
    let first = if back == SYNC_BEFORE_SEGMENT { at } else { at.saturating_sub(back as usize) };
    let wanted = fragments.iter().rposition(|fragment| fragment.wall_start < range.end).unwrap_or(at).max(at);
    let next_gop = fragments[wanted + 1..].iter().position(|fragment| fragment.starts_at_sync);
    let end = next_gop.map_or(fragments.len(), |ahead| wanted + 1 + ahead);
    let given: Vec<FragmentInfo> = fragments[first..end].to_vec();
    // Damage behind what was asked for is not this reader's business.
    let damage = damage.filter(|_| end == fragments.len());
    let disclosed = WallRange { start: given.first()?.wall_start, end: given.last()?.wall_end };
    let header = opened.opener.header();
    let piece = Piece { segment: row.id, disclosed, origin: header.start, entry: Arc::new(entry_of(header)) };
    let walk = Walk { opened: Arc::new(opened), row, fragments: given, given: 0, damage };
    Some((piece, walk))
}

/// The sample entry as it was when the segment began.
fn entry_of(header: &candour_seal::SegmentHeader) -> SampleEntry {
    SampleEntry::parse(&header.sample_entry, header.timescale).unwrap_or_else(|_| SampleEntry {
        codec: codec_of(header.codec),
        codec_string: header.codec_string.clone(),
        width: header.width,
        height: header.height,
        timescale: header.timescale,
        entry: Bytes::copy_from_slice(&header.sample_entry),
        decoder_config: Bytes::new(),
        reorder_depth: None,
    })
}

fn codec_of(code: candour_seal::CodecCode) -> candour_media::Codec {
    use candour_media::Codec;
    use candour_seal::CodecCode;
    match code {
        CodecCode::H264 => Codec::H264,
        CodecCode::H265 => Codec::H265,
        CodecCode::Mjpeg => Codec::Mjpeg,
        CodecCode::Aac => Codec::Aac,
        CodecCode::Pcma => Codec::Pcma,
        CodecCode::Pcmu => Codec::Pcmu,
    }
}

impl Reading {
    /// The stretches, oldest first. Between them lie gaps.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Segments of the interval that cannot be opened at all.
    #[must_use]
    pub fn lost(&self) -> &[Lost] {
        &self.lost
    }

    /// Goes on under a renewed receipt for the same camera and interval.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`]; then the old one counts.
    pub fn renew(&mut self, receipt: &Receipt) -> Result<(), ArchiveError> {
        receipt.covers_recorded(self.camera, self.asked, self.archive.clock.mono())?;
        self.receipt = receipt.clone();
        Ok(())
    }

    /// The samples of the next fragment of piece `piece`, from the sync sample at or before its start; `None` at its end.
    ///
    /// The receipt and the segment's key are asked for again at every fragment: what lapsed or was deleted meanwhile
    /// gives no more bytes. Cancel-safe.
    ///
    /// # Errors
    /// [`ArchiveError::DataLoss`] at the first fragment that does not open or verify; [`ArchiveError::Key`] when it was
    /// deleted; [`ArchiveError::NotCovered`] when the receipt has lapsed; [`ArchiveError::NotFound`] for a piece that
    /// is not there.
    pub async fn next_fragment(&mut self, piece: usize) -> Result<Option<Vec<ReadSample>>, ArchiveError> {
        self.receipt.covers_recorded(self.camera, self.asked, self.archive.clock.mono())?;
        let walk =
            self.walks.get_mut(piece).ok_or_else(|| ArchiveError::NotFound { what: format!("piece {piece}") })?;
        let Some(info) = walk.fragments.get(walk.given).copied() else {
            return match walk.damage.take() {
                Some(damage) => Err(self.archive.lose(&walk.row, None, damage)),
                None => Ok(None),
            };
        };
        let (opened, keyring) = (Arc::clone(&walk.opened), self.archive.store.keyring.clone());
        let (stream, segment, start) = (walk.row.stream, walk.row.id, walk.row.start);
        let read = blocking(move || {
            keyring.key_of(stream, segment, start)?;
            open_fragment(&opened, segment, &info)
        });
        match read.await {
            Ok(samples) => {
                walk.given += 1;
                Ok(Some(samples))
            }
            Err(error) => {
                walk.fragments.clear();
                walk.damage = None;
                Err(self.archive.lose(&walk.row, Some(&info), error))
            }
        }
    }
}

impl Inner {
    /// Footage that turned out to be damaged is a gap from now on, from where the damage is known to begin.
    fn lose(&self, row: &SegmentRow, from: Option<&FragmentInfo>, error: ArchiveError) -> ArchiveError {
        if matches!(error, ArchiveError::DataLoss { .. }) {
            tracing::error!(error = %candour_units::chain(&error), "footage is damaged");
            if let Some(info) = from {
                let mut gap = loss(row);
                (gap.start, gap.end) = (info.wall_start, Some(info.wall_end));
                self.rows.gap(gap);
            }
        }
        error
    }
}

fn open_fragment(opened: &Opened, segment: SegmentId, info: &FragmentInfo) -> Result<Vec<ReadSample>, ArchiveError> {
    let record = opened.reader.read_at(info.offset, info.record_len()).map_err(|error| match error {
        candour_files::FilesError::Short { actual, .. } => {
            ArchiveError::DataLoss { segment, offset: actual, what: "the file ends inside this fragment".to_owned() }
        }
        error => ArchiveError::storage("read a segment", &error),
    })?;
    let fragment = opened
        .opener
        .open_fragment(info.offset, info.index, record)
        .map_err(|damage| ArchiveError::damage(segment, &damage))?;
    let (buffer, samples) = fragment.into_parts();
    let buffer = Bytes::from(buffer);
    Ok(samples
        .into_iter()
        .map(|sample| ReadSample {
            dts: sample.times.dts,
            composition_offset: sample.times.composition_offset,
            duration: sample.times.duration,
            sync: sample.times.sync,
            data: buffer.slice(sample.range),
        })
        .collect())
}
