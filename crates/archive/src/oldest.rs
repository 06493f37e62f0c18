//! The oldest footage of a stream, as the catalogue has it and as the disk has it: a promise is kept on the disk or not at all.

use candour_db::SegmentRow;
use candour_units::{StreamId, WallTime};

use crate::check::header_of;
use crate::recover::blocking;
use crate::{Archive, ArchiveError};

/// What the disk says of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnDisk {
    /// The file is there, and its header says the same stream and start.
    Fits,
    /// No file is there.
    Missing,
    /// A file is there, and it says something else.
    Differs(String),
    /// The directory it lies in cannot be reached now.
    Unavailable(String),
}

/// The oldest footage of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oldest {
    /// Its row.
    pub row: SegmentRow,
    /// What its header promised at capture, if it could be read.
    pub promised: Option<WallTime>,
    /// What the disk says of it.
    pub on_disk: OnDisk,
}

impl Archive {
    /// The oldest closed footage of a stream, held against the disk.
    ///
    /// # Errors
    /// [`ArchiveError::Db`].
    pub async fn oldest(&self, stream: StreamId) -> Result<Option<Oldest>, ArchiveError> {
        let Some(row) = self.inner.db.oldest_segment(stream).await? else { return Ok(None) };
        let files = match self.inner.store.files(row.storage) {
            Ok(files) => files,
            Err(error) => {
                let on_disk = OnDisk::Unavailable(candour_units::chain(&error));
                return Ok(Some(Oldest { row, promised: None, on_disk }));
            }
        };
        let asked = row.clone();
        let (promised, on_disk) = blocking(move || {
            if !files.path(asked.id).is_file() {
                return Ok((None, OnDisk::Missing));
            }
            let header = match files.reader(asked.id) {
                Ok(reader) => header_of(&reader).map(|(header, _)| header).map_err(|_| "it cannot be read".to_owned()),
                Err(error) => Err(candour_units::chain(&error)),
            };
            Ok(match header {
                Ok(header)
                    if (header.segment, header.stream, header.start) == (asked.id, asked.stream, asked.start) =>
                {
                    (Some(header.keep_until), OnDisk::Fits)
                }
                Ok(header) => {
                    let words = format!("the file says it is segment {} of {}", header.segment, header.start);
                    (Some(header.keep_until), OnDisk::Differs(words))
                }
                Err(why) => (None, OnDisk::Differs(why)),
            })
        })
        .await?;
        Ok(Some(Oldest { row, promised, on_disk }))
    }
}
