//! Reading an interval: pieces of one sample entry each, whole GOPs, every fragment checked before a byte is given out.

use std::sync::Arc;

use candour_db::SegmentRow;
use candour_units::{CameraId, StreamId, WallRange};

use crate::access::{Access, ReadSample};
use crate::piece::Piece;
use crate::source::{Found, Lost, Place};
use crate::{Archive, ArchiveError, Cover};

/// An opened interval. Its tables are in memory, its files are not held: one at a time is opened as it is read.
pub struct Reading {
    pieces: Vec<Piece>,
    walks: Vec<Walked>,
    lost: Vec<Lost>,
    access: Access,
}

/// How far a piece was read.
struct Walked {
    row: SegmentRow,
    /// How many of its fragments were given out.
    given: usize,
    /// What is wrong behind the last fragment that can be read.
    damage: Option<ArchiveError>,
    /// Nothing more comes: damage was told.
    ended: bool,
}

impl Archive {
    /// Opens an interval for reading, the newest durable second included. For much more than an hour
    /// [`Archive::walk`] needs less memory.
    ///
    /// Segments that cannot be opened at all are told of by [`Reading::lost`]; if nothing else is left, that is the error.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`] when the receipts do not name the camera, the interval or this way of looking, or
    /// the stream is another camera's; [`ArchiveError::Db`]; [`ArchiveError::DataLoss`].
    pub async fn read(
        &self,
        cover: impl Into<Cover>,
        camera: CameraId,
        stream: StreamId,
        range: WallRange,
    ) -> Result<Reading, ArchiveError> {
        let (inner, cover) = (&self.inner, cover.into());
        cover.covers(camera, range, inner.clock.mono())?;
        let mut sources = inner.sources(camera, stream, range).await?;
        let (mut pieces, mut walks) = (Vec::new(), Vec::new());
        let mut place = Place::default();
        for source in sources.found {
            if let Some(Found { piece, row, damage }) = source.cut(range, &mut place) {
                pieces.push(piece);
                walks.push(Walked { row, given: 0, damage, ended: false });
            }
        }
        if pieces.is_empty()
            && let Some(first) = sources.lost.pop()
        {
            return Err(first.error);
        }
        let access = Access::new(Arc::clone(inner), cover, camera, range);
        Ok(Reading { pieces, walks, lost: sources.lost, access })
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

    /// What was asked for.
    #[must_use]
    pub fn asked(&self) -> WallRange {
        self.access.asked
    }

    /// What is given out: from the first picture to the end of the last, whole GOPs; `None` when there is nothing.
    #[must_use]
    pub fn disclosed(&self) -> Option<WallRange> {
        let (first, last) = (self.pieces.first()?, self.pieces.last()?);
        Some(WallRange { start: first.disclosed.start, end: last.disclosed.end })
    }

    /// Goes on under renewed receipts for the same camera and interval.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`]; then the old ones count.
    pub fn renew(&mut self, cover: impl Into<Cover>) -> Result<(), ArchiveError> {
        self.access.renew(cover.into())
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
        let absent = || ArchiveError::NotFound { what: format!("piece {piece}") };
        let walk = self.walks.get_mut(piece).ok_or_else(absent)?;
        let fragments = self.pieces.get(piece).map(|piece| &piece.fragments[..]).unwrap_or_default();
        let next = fragments.get(walk.given).filter(|_| !walk.ended);
        let Some(next) = next else {
            self.access.still_covered()?;
            return match walk.damage.take() {
                Some(damage) => {
                    let from = fragments.last().map_or(walk.row.start, |last| last.info.wall_end);
                    Err(self.access.archive.lose_behind(&walk.row, from, damage))
                }
                None => Ok(None),
            };
        };
        match self.access.fragments(&walk.row, std::slice::from_ref(next)).await {
            Ok(given) => {
                walk.given += 1;
                Ok(given.into_iter().next().map(|given| given.samples))
            }
            Err(error) => {
                // A receipt can be renewed; what is damaged or deleted stays so.
                if !matches!(error, ArchiveError::NotCovered(_)) {
                    (walk.ended, walk.damage) = (true, None);
                }
                Err(error)
            }
        }
    }

    /// The samples of fragment `index` of piece `piece`, in any order: for players that jump.
    ///
    /// # Errors
    /// As [`Self::next_fragment`]; [`ArchiveError::NotFound`] for one that is not there.
    pub async fn fragment(&mut self, piece: usize, index: usize) -> Result<Vec<ReadSample>, ArchiveError> {
        let absent = || ArchiveError::NotFound { what: format!("fragment {index} of piece {piece}") };
        let walk = self.walks.get(piece).ok_or_else(absent)?;
        let wanted = self.pieces.get(piece).and_then(|piece| piece.fragments.get(index)).ok_or_else(absent)?;
        let given = self.access.fragments(&walk.row, std::slice::from_ref(wanted)).await?;
        given.into_iter().next().map(|given| given.samples).ok_or_else(absent)
    }

    /// Leaves out fragments that overlap what is known to be lost, and behind each what cannot be decoded without it.
    pub(crate) fn leave_out(&mut self, lost: &[WallRange]) {
        if lost.is_empty() {
            return;
        }
        let mut broken = None;
        for piece in &mut self.pieces {
            // A run that begins anew begins with a sync sample, or is not decodable from its start anyway.
            let mut needs_sync = broken == Some(piece.run);
            piece.fragments.retain_mut(|part| {
                let whole = WallRange { start: part.info.wall_start, end: part.info.wall_end };
                if lost.iter().any(|lost| lost.overlaps(&whole)) {
                    needs_sync = true;
                    return false;
                }
                if needs_sync && !part.begin_at_sync() {
                    return false;
                }
                needs_sync = false;
                true
            });
            broken = needs_sync.then_some(piece.run);
            if let (Some(first), Some(last)) = (piece.fragments.first(), piece.fragments.last()) {
                piece.disclosed = WallRange { start: first.wall.start, end: last.wall.end };
            }
        }
        let keep: Vec<bool> = self.pieces.iter().map(|piece| !piece.fragments.is_empty()).collect();
        let mut kept = keep.iter();
        self.walks.retain(|_| *kept.next().unwrap_or(&true));
        self.pieces.retain(|piece| !piece.fragments.is_empty());
        // The clock of the interval begins with the first sample that is left.
        let first = self.pieces.first().and_then(|piece| Some(piece.at + piece.fragments.first()?.start()));
        if let Some(first) = first {
            self.pieces.iter_mut().for_each(|piece| piece.at -= first);
        }
    }

    /// Takes it apart, for a file made of it.
    pub(crate) fn into_parts(self) -> (Vec<Piece>, Vec<SegmentRow>, Vec<Option<ArchiveError>>, Access) {
        let (rows, damage) = self.walks.into_iter().map(|walk| (walk.row, walk.damage)).unzip();
        (self.pieces, rows, damage, self.access)
    }
}
