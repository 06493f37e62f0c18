//! Opening a segment file for reading: header, table of fragments, one fragment.

use candour_files::SegmentReader;
use candour_keyring::SegmentKey;
use candour_seal::{
    Footer, FragmentInfo, HEADER_PREFIX_LEN, MAX_FOOTER_LEN, Opener, footer_record_len, header_record_len, sealed,
};
use candour_units::SegmentId;

use crate::ArchiveError;

/// Read at once in the hope that header or footer are no longer.
const USUAL_LEN: usize = 16 * 1024;

/// Reads and checks the header against the key.
///
/// # Errors
/// [`ArchiveError::DataLoss`], [`ArchiveError::Storage`].
pub(crate) fn opener(reader: &SegmentReader, segment: SegmentId, key: &SegmentKey) -> Result<Opener, ArchiveError> {
    let damage = |damage| ArchiveError::damage(segment, &damage);
    let failed = |error| ArchiveError::storage("read a segment", &error);
    let mut head = reader.read_up_to(0, USUAL_LEN).map_err(failed)?;
    let len = header_record_len(&head[..head.len().min(HEADER_PREFIX_LEN)]).map_err(damage)?;
    if len > head.len() {
        head = reader.read_up_to(0, len).map_err(failed)?;
    }
    let opener = Opener::new(&head, key.bytes()).map_err(damage)?;
    if opener.header().segment != segment {
        return Err(ArchiveError::DataLoss { segment, offset: 0, what: "the file is another segment's".to_owned() });
    }
    Ok(opener)
}

/// Reads and opens the footer.
///
/// # Errors
/// [`ArchiveError::DataLoss`] also when the file does not end with one.
pub(crate) fn footer(reader: &SegmentReader, opener: &Opener) -> Result<Footer, ArchiveError> {
    let segment = opener.header().segment;
    let failed = |error| ArchiveError::storage("read a segment", &error);
    let len = reader.len().map_err(failed)?;
    let tail_at = len.saturating_sub(USUAL_LEN as u64);
    let tail = reader.read_up_to(tail_at, USUAL_LEN).map_err(failed)?;
    let loss = |what: &str| ArchiveError::DataLoss { segment, offset: len, what: what.to_owned() };
    let record_len =
        footer_record_len(&tail).filter(|record| *record <= MAX_FOOTER_LEN).ok_or_else(|| loss("no footer"))?;
    let offset = len.checked_sub(record_len as u64).ok_or_else(|| loss("the footer does not fit into the file"))?;
    let record = if offset >= tail_at {
        tail[(offset - tail_at) as usize..].to_vec()
    } else {
        reader.read_at(offset, record_len).map_err(failed)?
    };
    opener.open_footer(offset, record).map_err(|damage| ArchiveError::damage(segment, &damage))
}

/// The fragments of a file, and what is wrong behind the last of them.
pub(crate) struct Table {
    pub(crate) fragments: Vec<FragmentInfo>,
    pub(crate) damage: Option<ArchiveError>,
}

/// The table of a file that nobody writes any more: from its footer, or from what can be found without one.
///
/// # Errors
/// [`ArchiveError::Storage`].
pub(crate) fn table(reader: &SegmentReader, opener: &Opener) -> Result<Table, ArchiveError> {
    let no_footer = match footer(reader, opener) {
        Ok(footer) => return Ok(Table { fragments: footer.fragments, damage: None }),
        Err(error @ ArchiveError::DataLoss { .. }) => error,
        Err(error) => return Err(error),
    };
    let segment = opener.header().segment;
    let (fragments, damage) = match sealed::check(reader.bytes()) {
        Ok(found) if found.closed => (found.table, Some(no_footer)),
        Ok(found) => (found.table, None),
        Err(damage) => {
            let bytes = reader.read_up_to(0, usize::try_from(damage.intact_len).unwrap_or(0));
            let bytes = bytes.map_err(|error| ArchiveError::storage("read a segment", &error))?;
            let found = sealed::check(bytes.as_slice()).map(|found| found.table).unwrap_or_default();
            (found, Some(ArchiveError::damage(segment, &damage)))
        }
    };
    Ok(Table { fragments, damage })
}
