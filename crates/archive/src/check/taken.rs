//! The row of a file, from its header and footer alone; a file that nobody closed is closed on the way, as recovery does.

use candour_db::{SegmentRow, SegmentState};
use candour_keyring::KeyError;
use candour_seal::SegmentHeader;
use candour_units::SegmentId;

use super::contents::{self, Contents, Depth, FileState};
use super::pace::{CheckProgress, Pace};
use crate::ArchiveError;
use crate::mend::{Known, Mended, bounded_end};
use crate::store::Store;

/// A file, as the catalogue will know it.
pub(crate) enum Taken {
    /// Its row, and what is wrong with it.
    Row { header: Box<SegmentHeader>, row: Box<SegmentRow>, hurt: Option<String> },
    /// Nothing was ever stored in it.
    Empty,
    /// No row can be made of it, and why.
    Unusable(String),
}

/// Takes a file in.
///
/// # Errors
/// [`ArchiveError`] when the storage or the keyring fails.
pub(crate) fn take_file(store: &Store, storage: i64, segment: SegmentId) -> Result<Taken, ArchiveError> {
    let files = store.files(storage)?;
    let reader = files.reader(segment).map_err(|error| ArchiveError::storage("open a segment", &error))?;
    let (header, head) = match contents::header_of(&reader) {
        Ok(found) => found,
        Err(FileState::Empty) => return Ok(Taken::Empty),
        Err(state) => return Ok(Taken::Unusable(words(&state))),
    };
    if header.segment != segment {
        return Ok(Taken::Unusable(format!("the file says it is segment {}", header.segment)));
    }
    let (key, gone) = match store.keyring.key_of(header.stream, header.segment, header.start) {
        Ok(key) => (Some(key), None),
        Err(gone @ KeyError::Gone { .. }) => (None, Some(gone.to_string())),
        Err(error) => return Err(error.into()),
    };
    let progress = CheckProgress::default();
    // Without the key only a walk over the sealed digests tells how long it is.
    let depth = if key.is_some() { Depth::Quick } else { Depth::Deep };
    let state = contents::read(&reader, (header.clone(), head), key.as_ref(), None, depth, &Pace::new(&progress, None));
    let FileState::Read(read) = state else { return Ok(Taken::Unusable(words(&state))) };
    let header = Box::new(header);
    if read.opened && !read.closed && read.hurt.is_empty() {
        return left_open(store, storage, segment, header);
    }
    let hurt = read.hurt.first().map(|hurt| format!("damaged at byte {}: {}", hurt.offset, hurt.what)).or(gone);
    if read.fragments == 0 && hurt.is_some() {
        return Ok(Taken::Unusable(hurt.unwrap_or_default()));
    }
    let row = Box::new(row_of(&read, storage, hurt.is_none()));
    Ok(Taken::Row { header, row, hurt })
}

fn left_open(
    store: &Store,
    storage: i64,
    segment: SegmentId,
    header: Box<SegmentHeader>,
) -> Result<Taken, ArchiveError> {
    Ok(match store.mend(storage, segment, Known::Otherwise)? {
        Mended::Closed { row, .. } => Taken::Row { header, row: Box::new(row), hurt: None },
        Mended::Lost { row, why } => Taken::Row { header, row: Box::new(row), hurt: Some(why) },
        Mended::Empty { .. } => Taken::Empty,
        Mended::Unreadable { why } | Mended::NeverWritten { why, .. } => Taken::Unusable(why),
    })
}

fn row_of(read: &Contents, storage: i64, whole: bool) -> SegmentRow {
    let header = &read.header;
    SegmentRow {
        id: header.segment,
        stream: header.stream,
        camera: header.camera,
        run: header.run,
        purpose: header.purpose,
        storage,
        start: header.start,
        end: bounded_end(header.start, read.end),
        keep_until: header.keep_until,
        len_bytes: i64::try_from(read.len).unwrap_or(i64::MAX),
        samples: i64::from(read.samples),
        state: SegmentState::Closed,
        sealed_digest: whole.then_some(read.sealed_digest),
        content_commitment: read.commitment.filter(|_| whole),
        logged: false,
    }
}

fn words(state: &FileState) -> String {
    match state {
        FileState::Hopeless(hurt) => format!("damaged at byte {}: {}", hurt.offset, hurt.what),
        FileState::Unreadable(why) => why.clone(),
        FileState::Empty => "it holds nothing".to_owned(),
        FileState::Read(_) => String::new(),
    }
}
