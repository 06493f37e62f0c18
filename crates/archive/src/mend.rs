//! Closing a segment file that was left open, by a crash or by a disk that failed. The one place that does it.

use candour_db::{SegmentRow, SegmentState};
use candour_files::{FilesError, SegmentFiles, SegmentReader};
use candour_keyring::KeyError;
use candour_seal::sealed::{self, SealedSummary};
use candour_seal::{Damage, Opener, SealedFooter, SegmentHeader, What};
use candour_units::{SegmentId, WallDuration, WallTime};

use crate::ArchiveError;
use crate::store::Store;

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Mended {
    /// It is closed; its row, and the bytes cut off behind the last whole fragment.
    Closed { row: SegmentRow, cut: u64 },
    /// It held no whole fragment and was removed: nothing was ever stored in it.
    Empty { cut: u64 },
    /// Parts of it, or its key, are gone. The row says what the file claims; what still opens can be read.
    Lost { row: SegmentRow, why: String },
    /// It is no segment file of ours, or nothing of it can be understood.
    Unreadable { why: String },
    /// The same, and its beginning never reached the disk: if no row knows it, nothing was ever stored in it.
    NeverWritten { why: String, cut: u64 },
}

/// What the catalogue knew of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It was being written when the recorder died; so many bytes were durable before.
    Open { durable: u64 },
    /// Nothing, or that it was closed.
    Otherwise,
}

impl Store {
    /// Cuts a file back behind its last whole fragment, closes it with the footer that belongs there, and makes it
    /// durable. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`ArchiveError::Unavailable`], [`ArchiveError::Storage`], [`ArchiveError::DataLoss`] without a file,
    /// [`ArchiveError::Key`] when keys cannot be read at all. Then the file is as it was, or cut.
    pub(crate) fn mend(&self, storage: i64, segment: SegmentId, known: Known) -> Result<Mended, ArchiveError> {
        let files = self.files(storage)?;
        Mender { store: self, storage, files, known }.mend(segment)
    }
}

/// Mending in one directory.
struct Mender<'a> {
    store: &'a Store,
    storage: i64,
    files: SegmentFiles,
    known: Known,
}

impl Mender<'_> {
    fn mend(&self, segment: SegmentId) -> Result<Mended, ArchiveError> {
        let missing = |error| missing_or(self.storage, segment, "open a segment", error);
        let reader = self.files.reader(segment).map_err(missing)?;
        let len = reader.len().map_err(|error| ArchiveError::storage("measure a segment", &error))?;
        let summary = match sealed::check(reader.bytes()) {
            Ok(summary) if summary.segment != segment => {
                return Ok(Mended::Unreadable { why: format!("it says it is segment {}", summary.segment) });
            }
            Ok(summary) => summary,
            Err(damage) if matches!(damage.what, What::HeaderIncomplete) => return self.empty(segment, len),
            Err(damage) if damage.fragment == 0 => {
                let why = candour_units::chain(&damage);
                let never = never_written(&reader)?;
                return Ok(if never { Mended::NeverWritten { why, cut: len } } else { Mended::Unreadable { why } });
            }
            Err(damage) => return self.damaged(segment, &reader, damage),
        };
        self.close(segment, &reader, summary)
    }

    fn empty(&self, segment: SegmentId, cut: u64) -> Result<Mended, ArchiveError> {
        self.files.remove(segment).map_err(|error| ArchiveError::storage("remove an empty segment", &error))?;
        Ok(Mended::Empty { cut })
    }

    /// A torn tail is what an interrupted write leaves. But a file that ends with a footer that opens was whole once:
    /// what is wrong in its middle is loss, and cutting it would destroy what is still good behind. Unless the footer
    /// itself was not durable: a power cut may keep its page and lose one before it.
    fn damaged(&self, segment: SegmentId, reader: &SegmentReader, damage: Damage) -> Result<Mended, ArchiveError> {
        let file = whole(reader)?;
        let intact = usize::try_from(damage.intact_len).unwrap_or(usize::MAX).min(file.len());
        let summary = match sealed::check(&file[..intact]) {
            Ok(summary) => summary,
            Err(_) => return Ok(Mended::Unreadable { why: candour_units::chain(&damage) }),
        };
        if self.ends_whole(reader, &summary.header) && !self.is_torn(&file, intact) {
            let why = candour_units::chain(&damage);
            return Ok(Mended::Lost { row: self.row(&summary, None), why });
        }
        self.close(segment, reader, summary)
    }

    /// Whether what is wrong at `from` is what a power cut leaves: behind all that was durable, and a page that never
    /// arrived, which reads as zeros up to its end.
    fn is_torn(&self, file: &[u8], from: usize) -> bool {
        let Known::Open { durable } = self.known else { return false };
        let ends_in_zeros = |sector: &[u8]| sector.ends_with(&[0; ZEROS]);
        let (first, rest) = file[from..].split_at((SECTOR - from % SECTOR).min(file.len() - from));
        from as u64 >= durable && std::iter::once(first).chain(rest.chunks(SECTOR)).any(ends_in_zeros)
    }

    fn ends_whole(&self, reader: &SegmentReader, header: &SegmentHeader) -> bool {
        let opened = self.opener(reader, header).ok().and_then(Result::ok);
        opened.is_some_and(|opener| crate::segment::footer(reader, &opener).is_ok())
    }

    fn opener(&self, reader: &SegmentReader, header: &SegmentHeader) -> Result<Result<Opener, KeyError>, ArchiveError> {
        let key = match self.store.keyring.key_of(header.stream, header.segment, header.start) {
            Ok(key) => key,
            Err(gone @ KeyError::Gone { .. }) => return Ok(Err(gone)),
            Err(error) => return Err(error.into()),
        };
        crate::segment::opener(reader, header.segment, &key).map(Ok)
    }

    fn close(
        &self,
        segment: SegmentId,
        reader: &SegmentReader,
        summary: SealedSummary,
    ) -> Result<Mended, ArchiveError> {
        let len = reader.len().map_err(|error| ArchiveError::storage("measure a segment", &error))?;
        if summary.fragments == 0 && !summary.closed {
            return self.empty(segment, len);
        }
        let opener = match self.opener(reader, &summary.header) {
            Ok(Ok(opener)) => opener,
            Ok(Err(gone)) => {
                let row = self.row(&summary, None);
                return Ok(Mended::Lost { row, why: gone.to_string() });
            }
            Err(ArchiveError::DataLoss { what, .. }) => {
                let row = self.row(&summary, None);
                return Ok(Mended::Lost { row, why: what });
            }
            Err(error) => return Err(error),
        };
        let mut closer = opener.closer();
        for info in &summary.table {
            let record = read(reader, info.offset, info.record_len())?;
            if let Err(damage) = closer.take(record) {
                let row = self.row(&summary, None);
                return Ok(Mended::Lost { row, why: candour_units::chain(&damage) });
            }
        }
        let footer = closer.close();
        let mut cut = 0;
        if !summary.closed {
            cut = len.saturating_sub(summary.intact_len);
            self.append_footer(segment, summary.intact_len, &footer)?;
        }
        Ok(Mended::Closed { row: self.row(&summary, Some(&footer)), cut })
    }

    fn append_footer(&self, segment: SegmentId, intact_len: u64, footer: &SealedFooter) -> Result<(), ArchiveError> {
        let failed = |error: FilesError| ArchiveError::storage("close a segment", &error);
        let mut file = self.files.reopen(segment).map_err(failed)?;
        if file.len() > intact_len {
            file.truncate_to(intact_len).map_err(failed)?;
        }
        file.append(&footer.bytes).map_err(failed)?;
        file.sync().map_err(failed)
    }

    /// The row of a file, from what it says of itself.
    fn row(&self, summary: &SealedSummary, footer: Option<&SealedFooter>) -> SegmentRow {
        let header = &summary.header;
        let len = footer.map_or(summary.bytes, |footer| footer.offset + footer.bytes.len() as u64);
        SegmentRow {
            id: header.segment,
            stream: header.stream,
            camera: header.camera,
            run: header.run,
            purpose: header.purpose,
            storage: self.storage,
            start: header.start,
            end: bounded_end(header.start, summary.wall_end),
            keep_until: header.keep_until,
            len_bytes: i64::try_from(len).unwrap_or(i64::MAX),
            samples: i64::from(summary.samples),
            state: SegmentState::Closed,
            sealed_digest: footer.map(|footer| footer.sealed_digest),
            content_commitment: footer.map(|footer| footer.content_commitment),
            logged: false,
        }
    }
}

/// What a disk writes whole.
const SECTOR: usize = 512;
/// Fewer zeros than these at the end of a short file may be chance.
const ZEROS: usize = 8;

/// Whether a sector of the beginning is all zeros: a power cut may keep a file's length and lose its pages. No header and no
/// ciphertext has five hundred zeros, and damage to either is no sector of them. A short file ends within a sector, behind a digest:
/// that is no [`ZEROS`] zeros either.
fn never_written(reader: &SegmentReader) -> Result<bool, ArchiveError> {
    const PAGE: usize = 4096;
    let page = reader.read_up_to(0, PAGE).map_err(|error| ArchiveError::storage("read a segment", &error))?;
    Ok(page.chunks(SECTOR).any(|sector| sector.len() >= ZEROS && sector.iter().all(|byte| *byte == 0)))
}

/// A whole file in memory; at most 64 MiB and a fragment.
fn whole(reader: &SegmentReader) -> Result<Vec<u8>, ArchiveError> {
    let len = reader.len().map_err(|error| ArchiveError::storage("measure a segment", &error))?;
    let len = usize::try_from(len).unwrap_or(usize::MAX).min(256 << 20);
    reader.read_up_to(0, len).map_err(|error| ArchiveError::storage("read a segment", &error))
}

fn read(reader: &SegmentReader, offset: u64, len: usize) -> Result<Vec<u8>, ArchiveError> {
    reader.read_at(offset, len).map_err(|error| ArchiveError::storage("read a segment", &error))
}

/// A file that is not there is lost, unless it is the whole directory that is not there.
pub(crate) fn missing_or(storage: i64, segment: SegmentId, doing: &'static str, error: FilesError) -> ArchiveError {
    if error.is_elsewhere() {
        ArchiveError::Unavailable { storage, why: candour_units::chain(&error) }
    } else if error.is_absent() {
        ArchiveError::DataLoss { segment, offset: 0, what: "its file is gone".to_owned() }
    } else {
        ArchiveError::storage(doing, &error)
    }
}

/// The catalogue takes no segment longer than an hour; ours end after five minutes.
pub(crate) fn bounded_end(start: WallTime, end: WallTime) -> WallTime {
    end.clamp(start, start + WallDuration::from_seconds(3600))
}
