//! Opening a segment file for reading: header, table of fragments, one fragment.

use candour_files::SegmentReader;
use candour_keyring::SegmentKey;
use candour_seal::{
    Footer, FragmentInfo, HEADER_PREFIX_LEN, MAX_FOOTER_LEN, OpenFragment, Opener, footer_record_len,
    header_record_len, sealed,
};
use candour_units::SegmentId;

use crate::ArchiveError;
use crate::piece::Tables;

/// Read at once in the hope that the header is no longer.
const USUAL_HEADER: usize = 4 * 1024;
/// Read at once in the hope that the footer is no longer: a minute of video has one of 25 KiB.
const USUAL_FOOTER: usize = 32 * 1024;

/// Reads and checks the header against the key.
///
/// # Errors
/// [`ArchiveError::DataLoss`], [`ArchiveError::Storage`].
pub(crate) fn opener(reader: &SegmentReader, segment: SegmentId, key: &SegmentKey) -> Result<Opener, ArchiveError> {
    let damage = |damage| ArchiveError::damage(segment, &damage);
    let failed = |error| ArchiveError::storage("read a segment", &error);
    let mut head = reader.read_up_to(0, USUAL_HEADER).map_err(failed)?;
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
    footer_record(reader, opener).map(|(footer, _, _)| footer)
}

/// The same, with the position and the bytes of its record.
///
/// # Errors
/// As [`footer`].
pub(crate) fn footer_record(reader: &SegmentReader, opener: &Opener) -> Result<(Footer, u64, Vec<u8>), ArchiveError> {
    let segment = opener.header().segment;
    let failed = |error| ArchiveError::storage("read a segment", &error);
    let len = reader.len().map_err(failed)?;
    let tail_at = len.saturating_sub(USUAL_FOOTER as u64);
    let tail = reader.read_up_to(tail_at, USUAL_FOOTER).map_err(failed)?;
    let loss = |what: &str| ArchiveError::DataLoss { segment, offset: len, what: what.to_owned() };
    let record_len =
        footer_record_len(&tail).filter(|record| *record <= MAX_FOOTER_LEN).ok_or_else(|| loss("no footer"))?;
    let offset = len.checked_sub(record_len as u64).ok_or_else(|| loss("the footer does not fit into the file"))?;
    let record = if offset >= tail_at {
        tail[(offset - tail_at) as usize..].to_vec()
    } else {
        reader.read_at(offset, record_len).map_err(failed)?
    };
    let footer = opener.open_footer(offset, record.clone());
    footer.map(|footer| (footer, offset, record)).map_err(|damage| ArchiveError::damage(segment, &damage))
}

/// Reads and opens one fragment.
///
/// # Errors
/// [`ArchiveError::DataLoss`], [`ArchiveError::Storage`].
pub(crate) fn fragment(
    reader: &SegmentReader,
    opener: &Opener,
    info: &FragmentInfo,
) -> Result<OpenFragment, ArchiveError> {
    let segment = opener.header().segment;
    let record = reader.read_at(info.offset, info.record_len()).map_err(|error| match error {
        candour_files::FilesError::Short { actual, .. } => {
            ArchiveError::DataLoss { segment, offset: actual, what: "the file ends inside this fragment".to_owned() }
        }
        error => ArchiveError::storage("read a segment", &error),
    })?;
    let opened = opener.open_fragment(info.offset, info.index, record);
    opened.map_err(|damage| ArchiveError::damage(segment, &damage))
}

/// The tables of a file that nobody writes any more, and what is wrong behind what they tell of: from its footer, or
/// from what can be found without one.
///
/// # Errors
/// [`ArchiveError::Storage`].
pub(crate) fn tables(
    reader: &SegmentReader,
    opener: &Opener,
    closed: bool,
) -> Result<(Tables, Option<ArchiveError>), ArchiveError> {
    let no_footer = match footer(reader, opener) {
        Ok(Footer { fragments, samples, .. }) => {
            return Ok((Tables { fragments: fragments.into(), samples: samples.into() }, None));
        }
        Err(error @ ArchiveError::DataLoss { .. }) => error,
        Err(error) => return Err(error),
    };
    let segment = opener.header().segment;
    let (fragments, damage) = match sealed::check(reader.bytes()) {
        Ok(found) if found.closed => (found.table, Some(no_footer)),
        // A closed segment without a footer was cut off, however whole its fragments are.
        Ok(found) => {
            let what = "its end was cut off: there is no footer".to_owned();
            (found.table, closed.then_some(ArchiveError::DataLoss { segment, offset: found.intact_len, what }))
        }
        Err(damage) => {
            let bytes = reader.read_up_to(0, usize::try_from(damage.intact_len).unwrap_or(0));
            let bytes = bytes.map_err(|error| ArchiveError::storage("read a segment", &error))?;
            let found = sealed::check(bytes.as_slice()).map(|found| found.table).unwrap_or_default();
            (found, Some(ArchiveError::damage(segment, &damage)))
        }
    };
    rows_of(reader, opener, fragments, damage)
}

/// Without a footer the fragments themselves are asked, up to the first that does not open.
fn rows_of(
    reader: &SegmentReader,
    opener: &Opener,
    mut fragments: Vec<FragmentInfo>,
    mut damage: Option<ArchiveError>,
) -> Result<(Tables, Option<ArchiveError>), ArchiveError> {
    let mut samples = Vec::new();
    for at in 0..fragments.len() {
        match fragment(reader, opener, &fragments[at]) {
            Ok(opened) => samples.extend(opened.rows()),
            Err(error @ ArchiveError::DataLoss { .. }) => {
                fragments.truncate(at);
                damage = Some(error);
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((Tables { fragments: fragments.into(), samples: samples.into() }, damage))
}
