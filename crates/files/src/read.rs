//! Reading ranges of a segment file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::FilesError;

/// An open segment file. It stays readable to its end even when the file is removed meanwhile.
#[derive(Debug)]
pub struct SegmentReader {
    file: File,
    path: PathBuf,
}

impl SegmentReader {
    pub(crate) fn open(path: PathBuf) -> Result<Self, FilesError> {
        let file = File::open(&path).map_err(|source| FilesError::reading(&path, source))?;
        Ok(Self { file, path })
    }

    /// Bytes in the file now.
    ///
    /// # Errors
    /// [`FilesError::Read`].
    pub fn len(&self) -> Result<u64, FilesError> {
        self.file.metadata().map(|metadata| metadata.len()).map_err(|source| FilesError::reading(&self.path, source))
    }

    /// Whether the file holds nothing now.
    ///
    /// # Errors
    /// [`FilesError::Read`].
    pub fn is_empty(&self) -> Result<bool, FilesError> {
        self.len().map(|len| len == 0)
    }

    /// Reads exactly `len` bytes from `offset`.
    ///
    /// # Errors
    /// [`FilesError::Short`] when the file ends before, [`FilesError::Read`].
    pub fn read_at(&self, offset: u64, len: usize) -> Result<Vec<u8>, FilesError> {
        let mut bytes = vec![0; len];
        match self.file.read_exact_at(&mut bytes, offset) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(FilesError::Short {
                path: self.path.clone(),
                wanted_from: offset,
                wanted_to: offset.saturating_add(len as u64),
                actual: self.len()?,
            }),
            Err(source) => Err(FilesError::reading(&self.path, source)),
        }
    }

    /// Reads at most `len` bytes from `offset`: fewer where the file ends, none behind it.
    ///
    /// # Errors
    /// [`FilesError::Read`].
    pub fn read_up_to(&self, offset: u64, len: usize) -> Result<Vec<u8>, FilesError> {
        let there = usize::try_from(self.len()?.saturating_sub(offset)).unwrap_or(usize::MAX);
        self.read_at(offset, len.min(there))
    }

    /// All bytes from the first, in pieces, for a check of the whole file.
    pub fn bytes(&self) -> impl Read {
        self.bytes_from(0)
    }

    /// All bytes from that position on, in pieces.
    pub fn bytes_from(&self, offset: u64) -> impl Read {
        Bytes { reader: self, offset }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

struct Bytes<'a> {
    reader: &'a SegmentReader,
    offset: u64,
}

impl Read for Bytes<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.file.read_at(out, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}
