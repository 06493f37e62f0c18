//! Files of notes beside the footage: `notes/2026-11-26`, one for each day of its segments' beginnings, appended to and removed whole. The
//! bytes mean nothing here; `seal` knows them.

use std::fs;
use std::io;
use std::path::PathBuf;

use candour_units::{TICKS_PER_SECOND, WallTime};

use crate::{FilesError, SegmentFiles};

const NOTES: &str = "notes";
const MODE: u32 = 0o600;
/// Nobody reads more of one file at once.
const MOST: u64 = 1 << 30;

/// A day, counted from 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotesDay(i64);

impl NotesDay {
    /// The day of that moment.
    #[must_use]
    pub fn of(moment: WallTime) -> Self {
        Self(moment.ticks().div_euclid(86_400 * TICKS_PER_SECOND))
    }

    fn path(self, files: &SegmentFiles) -> PathBuf {
        directory(files).join(self.0.to_string())
    }
}

fn directory(files: &SegmentFiles) -> PathBuf {
    files.directory().with_file_name(NOTES)
}

impl SegmentFiles {
    /// Appends records to the notes of a day, durably.
    ///
    /// # Errors
    /// [`FilesError::Elsewhere`], [`FilesError::Write`]; what was written of them is passed over by whoever reads.
    pub fn append_notes(&self, day: NotesDay, records: &[u8]) -> Result<(), FilesError> {
        self.here()?;
        self.disk().create_dir_durably(&directory(self))?;
        let mut file = self.disk().append_to(&day.path(self), MODE)?;
        file.append(records)?;
        Ok(file.sync_data()?)
    }

    /// The days of which there are notes, the oldest first.
    ///
    /// # Errors
    /// [`FilesError::Read`].
    pub fn days_of_notes(&self) -> Result<Vec<NotesDay>, FilesError> {
        let path = directory(self);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(FilesError::Read { path, source }),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut days: Vec<_> = names.filter_map(|name| Some(NotesDay(name.parse().ok()?))).collect();
        days.sort_unstable();
        Ok(days)
    }

    /// The notes of a day; nothing where there are none.
    ///
    /// # Errors
    /// [`FilesError::Read`], also for a file of more than a gibibyte.
    pub fn notes(&self, day: NotesDay) -> Result<Vec<u8>, FilesError> {
        let path = day.path(self);
        match fs::metadata(&path).and_then(|found| match found.len() {
            0..=MOST => fs::read(&path),
            _ => Err(io::Error::other("it is longer than a gibibyte")),
        }) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(FilesError::Read { path, source }),
        }
    }

    /// Removes the notes of a day, durably.
    ///
    /// # Errors
    /// [`FilesError::Elsewhere`], [`FilesError::Write`].
    pub fn remove_notes(&self, day: NotesDay) -> Result<(), FilesError> {
        self.here()?;
        self.disk().remove(&day.path(self))?;
        Ok(())
    }
}
