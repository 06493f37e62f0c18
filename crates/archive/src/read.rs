//! Reading an interval: pieces of one sample entry each, whole GOPs, every fragment checked before a byte is given out.

use std::sync::Arc;

use bytes::Bytes;
use candour_media::SampleEntry;
use candour_units::{SegmentId, WallRange, WallTime};

use crate::ArchiveError;

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

/// An opened interval.
pub struct Reading {
    pub(crate) pieces: Vec<Piece>,
}

impl Reading {
    /// The stretches, oldest first. Between them lie gaps.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The samples of the next fragment of piece `piece`, from the sync sample at or before its start; `None` at its end.
    ///
    /// # Errors
    /// [`ArchiveError::DataLoss`] at the first fragment that does not open or verify; [`ArchiveError::Key`] when it was deleted.
    pub async fn next_fragment(&mut self, _piece: usize) -> Result<Option<Vec<ReadSample>>, ArchiveError> {
        todo!()
    }
}
