//! A long interval, segment by segment: at no moment more than one file and the tables of one segment are held.

use std::collections::VecDeque;
use std::sync::Arc;

use candour_units::{CameraId, StreamId, WallDuration, WallRange, WallTime};

use crate::access::{Access, ReadSample};
use crate::piece::Piece;
use crate::source::{Found, Lost, Place, Readable, Source, of_camera};
use crate::{Archive, ArchiveError, Cover};

/// Rows are asked for that far ahead.
const AHEAD: WallDuration = WallDuration::from_seconds(3600);

/// What comes next of an interval.
#[derive(Debug)]
pub enum Walked {
    /// Another segment begins; its samples follow.
    Piece(Box<Piece>),
    /// The next samples of the piece that was named last.
    Samples(Vec<ReadSample>),
    /// A segment, or the rest of one, that cannot be read. What lies behind follows.
    Lost(Lost),
}

/// A walk through an interval of any length.
pub struct Walk {
    access: Access,
    stream: StreamId,
    /// Rows from here on were not asked for yet.
    ahead: WallTime,
    /// Segments that begin before this were given already.
    given_to: Option<WallTime>,
    rows: VecDeque<Readable>,
    sources: VecDeque<Source>,
    place: Place,
    begun: bool,
    now: Option<(Found, usize)>,
}

impl Archive {
    /// Begins a walk through an interval, oldest first; nothing is opened yet.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`] when the receipts together do not cover all of it now.
    pub fn walk(
        &self,
        cover: impl Into<Cover>,
        camera: CameraId,
        stream: StreamId,
        range: WallRange,
    ) -> Result<Walk, ArchiveError> {
        let access = Access::new(Arc::clone(&self.inner), cover.into(), camera, range);
        access.still_covered()?;
        Ok(Walk {
            access,
            stream,
            ahead: range.start,
            given_to: None,
            rows: VecDeque::new(),
            sources: VecDeque::new(),
            place: Place::default(),
            begun: false,
            now: None,
        })
    }
}

impl Walk {
    /// Goes on under other receipts. They need to cover only what is still to come.
    pub fn renew(&mut self, cover: impl Into<Cover>) {
        self.access.cover = cover.into();
    }

    /// What comes next; `None` at the end. Each fragment needs its own moment to be covered.
    ///
    /// # Errors
    /// [`ArchiveError::NotCovered`] when a receipt has lapsed: renew and go on. [`ArchiveError::Db`].
    pub async fn next(&mut self) -> Result<Option<Walked>, ArchiveError> {
        loop {
            if let Some(walked) = self.rest_of_piece().await? {
                return Ok(Some(walked));
            }
            let Some(source) = self.next_source().await? else { return Ok(None) };
            match source {
                Err(lost) => return Ok(Some(Walked::Lost(lost))),
                Ok(source) => {
                    if let Some(found) = source.cut(self.access.asked, &mut self.place) {
                        let piece = Box::new(found.piece.clone());
                        self.now = Some((found, 0));
                        return Ok(Some(Walked::Piece(piece)));
                    }
                }
            }
        }
    }

    async fn rest_of_piece(&mut self) -> Result<Option<Walked>, ArchiveError> {
        let Some((found, given)) = &mut self.now else { return Ok(None) };
        let range = found.piece.disclosed;
        if let Some(part) = found.piece.fragments.get(*given) {
            match self.access.fragments(&found.row, std::slice::from_ref(part)).await {
                Ok(read) => {
                    *given += 1;
                    return Ok(read.into_iter().next().map(|given| Walked::Samples(given.samples)));
                }
                Err(why @ ArchiveError::NotCovered(_)) => return Err(why),
                Err(error) => {
                    let lost = Lost { range: WallRange { start: part.wall.start, end: range.end }, error };
                    self.now = None;
                    return Ok(Some(Walked::Lost(lost)));
                }
            }
        }
        let damage = found.damage.take();
        self.now = None;
        Ok(damage.map(|error| Walked::Lost(Lost { range: WallRange { start: range.end, end: range.end }, error })))
    }

    async fn next_source(&mut self) -> Result<Option<Result<Source, Lost>>, ArchiveError> {
        if let Some(source) = self.sources.pop_front() {
            return Ok(Some(Ok(source)));
        }
        let Some(readable) = self.next_row().await? else { return Ok(None) };
        let archive = Arc::clone(&self.access.archive);
        let source = match archive.source(readable).await? {
            Ok(source) => source,
            Err(lost) => return Ok(Some(Err(lost))),
        };
        let asked = self.access.asked;
        if !std::mem::replace(&mut self.begun, true) {
            self.sources.extend(archive.before(&source, asked.start).await?);
        }
        let is_last = source.row.end >= asked.end;
        let behind = if is_last { archive.behind(&source, asked.end).await? } else { Vec::new() };
        self.sources.push_back(source);
        self.sources.extend(behind);
        Ok(self.sources.pop_front().map(Ok))
    }

    async fn next_row(&mut self) -> Result<Option<Readable>, ArchiveError> {
        let end = self.access.asked.end;
        while self.rows.is_empty() && self.ahead < end {
            let upto = (self.ahead + AHEAD).min(end);
            let window = WallRange { start: self.ahead, end: upto };
            let mut found = self.access.archive.readable(self.stream, window).await?;
            of_camera(&found, self.access.camera)?;
            found.retain(|found| self.given_to.is_none_or(|given| found.row.start > given));
            (self.rows, self.ahead) = (found.into(), upto);
        }
        let next = self.rows.pop_front();
        if let Some(next) = &next {
            self.given_to = Some(next.row.start);
        }
        Ok(next)
    }
}
