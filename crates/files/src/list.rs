//! What lies in the directory.

use std::fs::{self, DirEntry, ReadDir};
use std::path::{Path, PathBuf};

use candour_units::SegmentId;

use crate::FilesError;
use crate::store::ENDING;

/// One thing in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The file of a segment, where it belongs.
    Segment {
        /// Which.
        segment: SegmentId,
        /// Its length.
        bytes: u64,
    },
    /// Something else, or a segment in the wrong place: left alone and reported.
    Unknown {
        /// Where.
        path: PathBuf,
    },
}

/// Walks the directory without holding it in memory; order is the file system's.
#[derive(Debug)]
pub struct Listing {
    footage: PathBuf,
    directories: ReadDir,
    current: Option<(PathBuf, ReadDir)>,
}

impl Listing {
    pub(crate) fn of(footage: &Path) -> Result<Self, FilesError> {
        let directories = fs::read_dir(footage).map_err(|source| FilesError::reading(footage, source))?;
        Ok(Self { footage: footage.to_owned(), directories, current: None })
    }

    /// The one directory of all segments whose id begins with that byte; nothing where it is not there yet.
    pub(crate) fn of_shard(footage: &Path, first: u8) -> Result<Shard, FilesError> {
        let path = footage.join(format!("{first:02x}"));
        match fs::read_dir(&path) {
            Ok(files) => Ok(Shard { path, files: Some(files) }),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Shard { path, files: None }),
            Err(source) => Err(FilesError::reading(&path, source)),
        }
    }

    /// Steps into the next directory, or says what stands in the place of one.
    fn next_directory(&mut self) -> Option<Result<Option<Found>, FilesError>> {
        let entry = match self.directories.next()? {
            Ok(entry) => entry,
            Err(source) => return Some(Err(FilesError::reading(&self.footage, source))),
        };
        let path = entry.path();
        if !is_shard(&path) || !path.is_dir() {
            return Some(Ok(Some(Found::Unknown { path })));
        }
        Some(match fs::read_dir(&path) {
            Ok(files) => {
                self.current = Some((path, files));
                Ok(None)
            }
            Err(source) => Err(FilesError::reading(&path, source)),
        })
    }
}

impl Iterator for Listing {
    type Item = Result<Found, FilesError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((directory, files)) = &mut self.current {
                match files.next() {
                    Some(Ok(entry)) => return Some(found(&entry)),
                    Some(Err(source)) => return Some(Err(FilesError::reading(directory, source))),
                    None => self.current = None,
                }
            }
            match self.next_directory()? {
                Ok(None) => {}
                Ok(Some(found)) => return Some(Ok(found)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Walks the files of one directory of the 256; order is the file system's.
#[derive(Debug)]
pub struct Shard {
    path: PathBuf,
    files: Option<ReadDir>,
}

impl Iterator for Shard {
    type Item = Result<Found, FilesError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.files.as_mut()?.next()? {
            Ok(entry) => found(&entry),
            Err(source) => Err(FilesError::reading(&self.path, source)),
        })
    }
}

fn is_shard(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() == 2 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn found(entry: &DirEntry) -> Result<Found, FilesError> {
    let path = entry.path();
    let metadata = match entry.metadata() {
        Ok(metadata) => metadata,
        Err(source) => return Err(FilesError::reading(&path, source)),
    };
    Ok(match segment_of(&path) {
        Some(segment) if metadata.is_file() => Found::Segment { segment, bytes: metadata.len() },
        _ => Found::Unknown { path },
    })
}

/// The segment a path names; `None` when it is no segment's, or not in the directory where that one belongs.
fn segment_of(path: &Path) -> Option<SegmentId> {
    let name = path.file_stem()?.to_str()?;
    let directory = path.parent()?.file_name()?.to_str()?;
    let ending = path.extension()?.to_str()?;
    (ending == ENDING && name.get(..2) == Some(directory)).then(|| name.parse().ok()).flatten()
}
