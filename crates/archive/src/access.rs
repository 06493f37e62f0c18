//! Taking fragments out of segment files: the receipt and the key are asked for at each, and nothing that does not
//! authenticate is given on.

use std::sync::Arc;

use bytes::Bytes;
use candour_db::SegmentRow;
use candour_units::{CameraId, SegmentId, WallRange, WallTime};

use crate::open::Inner;
use crate::piece::PieceFragment;
use crate::recover::{blocking, loss};
use crate::source::{Opened, open_file};
use crate::store::Store;
use crate::{ArchiveError, Cover};

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

/// What was opened of one fragment.
pub(crate) struct Given {
    pub(crate) samples: Vec<ReadSample>,
    /// The bytes of all of them, one after the other.
    pub(crate) data: Bytes,
}

/// One reader's way to footage. It holds one file at a time.
pub(crate) struct Access {
    pub(crate) archive: Arc<Inner>,
    pub(crate) cover: Cover,
    pub(crate) camera: CameraId,
    pub(crate) asked: WallRange,
    open: Option<(SegmentId, Arc<Opened>)>,
}

impl Access {
    pub(crate) fn new(archive: Arc<Inner>, cover: Cover, camera: CameraId, asked: WallRange) -> Self {
        Self { archive, cover, camera, asked, open: None }
    }

    /// Whether everything asked for is still covered, or would be by another one.
    pub(crate) fn renew(&mut self, cover: Cover) -> Result<(), ArchiveError> {
        cover.covers(self.camera, self.asked, self.archive.clock.mono())?;
        self.cover = cover;
        Ok(())
    }

    /// Whether all of it is still covered.
    pub(crate) fn still_covered(&self) -> Result<(), ArchiveError> {
        Ok(self.cover.covers(self.camera, self.asked, self.archive.clock.mono())?)
    }

    /// Reads and opens fragments of one segment, in order. Fewer come back only before damage: what was good before it
    /// is given, and the error comes with the next call. Cancel-safe.
    ///
    /// # Errors
    /// As [`crate::Reading::next_fragment`].
    pub(crate) async fn fragments(
        &mut self,
        row: &SegmentRow,
        parts: &[PieceFragment],
    ) -> Result<Vec<Given>, ArchiveError> {
        let now = self.archive.clock.mono();
        for part in parts {
            self.cover.covers(self.camera, within(self.asked, part.wall), now)?;
        }
        let store = self.archive.store.clone();
        let opened = self.open.take().filter(|(segment, _)| *segment == row.id).map(|(_, opened)| opened);
        let (row_, parts_) = (row.clone(), parts.to_vec());
        let (opened, read) = blocking(move || {
            let opened = match opened {
                Some(opened) => opened,
                None => Arc::new(open_file(&store, &row_)?),
            };
            let read = read_all(&store, &opened, &row_, &parts_);
            Ok((opened, read))
        })
        .await
        .map_err(|error| self.archive.lose(row, None, error))?;
        self.open = Some((row.id, opened));
        let Read { given, error } = read;
        match error {
            Some(error) if given.is_empty() => Err(self.archive.lose(row, parts.first(), error)),
            _ => Ok(given),
        }
    }
}

/// What came out before the first error.
struct Read {
    given: Vec<Given>,
    error: Option<ArchiveError>,
}

fn read_all(store: &Store, opened: &Opened, row: &SegmentRow, parts: &[PieceFragment]) -> Read {
    let mut given = Vec::with_capacity(parts.len());
    for part in parts {
        // Deleted meanwhile: a file that is still open must not be read without its key.
        let key = store.keyring.key_of(row.stream, row.id, row.start).map_err(ArchiveError::from);
        match key.and_then(|_| open_part(opened, row.id, part)) {
            Ok(fragment) => given.push(fragment),
            Err(error) => return Read { given, error: Some(error) },
        }
    }
    Read { given, error: None }
}

fn open_part(opened: &Opened, segment: SegmentId, part: &PieceFragment) -> Result<Given, ArchiveError> {
    let fragment = crate::segment::fragment(&opened.reader, &opened.opener, &part.info)?;
    // The footer said these sizes and times; the fragment must say the same, or one of them is not what was sealed.
    if fragment.rows().get(part.within.clone()) != Some(&part.samples[..]) {
        let what = "the table in front differs from the fragment's own".to_owned();
        return Err(ArchiveError::DataLoss { segment, offset: part.info.offset, what });
    }
    let (buffer, samples) = fragment.into_parts();
    let samples = samples.get(part.within.clone()).unwrap_or_default();
    let (start, end) = match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => (first.range.start, last.range.end),
        _ => (0, 0),
    };
    let buffer = Bytes::from(buffer);
    let read = |sample: &candour_seal::OpenSample| ReadSample {
        dts: sample.times.dts,
        composition_offset: sample.times.composition_offset,
        duration: sample.times.duration,
        sync: sample.times.sync,
        data: buffer.slice(sample.range.clone()),
    };
    Ok(Given { samples: samples.iter().map(read).collect(), data: buffer.slice(start..end) })
}

/// The part of `asked` that stands for a fragment: what it shares with it, or the moment next to it.
fn within(asked: WallRange, wall: WallRange) -> WallRange {
    let tick = candour_units::WallDuration::from_ticks(1);
    let last = asked.end - tick;
    let start = wall.start.clamp(asked.start, last);
    let end: WallTime = wall.end.clamp(start + tick, asked.end);
    WallRange { start, end }
}

impl Inner {
    /// What lies behind `from` in a segment cannot be read any more: a gap from there to the segment's end.
    pub(crate) fn lose_behind(&self, row: &SegmentRow, from: WallTime, error: ArchiveError) -> ArchiveError {
        if matches!(error, ArchiveError::DataLoss { .. }) && from < row.end {
            let mut gap = loss(row);
            gap.start = from;
            self.rows.gap(gap);
        }
        self.lose(row, None, error)
    }

    /// Footage that turned out to be damaged is a gap from now on, from where the damage is known to begin.
    pub(crate) fn lose(&self, row: &SegmentRow, from: Option<&PieceFragment>, error: ArchiveError) -> ArchiveError {
        if matches!(error, ArchiveError::DataLoss { .. }) {
            tracing::error!(error = %candour_units::chain(&error), "footage is damaged");
            if let Some(part) = from {
                let mut gap = loss(row);
                (gap.start, gap.end) = (part.info.wall_start, Some(part.info.wall_end));
                self.rows.gap(gap);
            }
        }
        error
    }
}
