//! The body of a backup as sections in sealed pieces: written and read back as a stream, so that its size is no matter.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use candour_durable::{AppendFile, Disk};
use candour_seal::backup::BackupHead;
use candour_seal::backup::{HEAD_LEN, PIECE_LEN, Pieces, SEALED_PIECE_LEN, decode_body_head};
use zeroize::{Zeroize, Zeroizing};

const MODE: u32 = 0o600;
/// Bytes before a section: its kind and length.
const SECTION_HEAD_LEN: usize = 9;

/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Epoch keys and the key for small secrets.
    Ring = 1,
    /// A day file of the keyring.
    Day = 2,
    /// The database file.
    Catalogue = 3,
    /// A supplier's declaration or an address table: SHA-256 (32 bytes), then the file.
    Paper = 4,
    /// Nothing follows.
    End = 255,
}

impl Section {
    fn of(kind: u8) -> Option<Self> {
        [Self::Ring, Self::Day, Self::Catalogue, Self::Paper, Self::End]
            .into_iter()
            .find(|section| *section as u8 == kind)
    }
}

/// A body being written.
pub struct BodyWriter {
    file: AppendFile,
    pieces: Pieces,
    /// Clear bytes not sealed yet; wiped before they are dropped.
    waiting: Zeroizing<Vec<u8>>,
}

impl BodyWriter {
    /// Makes the file, which must not exist.
    pub fn create(disk: &Disk, path: &Path, head: &BackupHead, key: &[u8; 32]) -> anyhow::Result<Self> {
        let pieces = Pieces::new(head, key);
        let mut file = disk.create_new(path, MODE)?;
        file.append(pieces.head())?;
        Ok(Self { file, pieces, waiting: Zeroizing::new(Vec::with_capacity(SEALED_PIECE_LEN)) })
    }

    /// A whole section.
    pub fn section(&mut self, kind: Section, bytes: &[u8]) -> anyhow::Result<()> {
        self.begin(kind, bytes.len() as u64)?;
        self.write(bytes)
    }

    /// A section from a file.
    pub fn section_of_file(&mut self, kind: Section, path: &Path) -> anyhow::Result<()> {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        self.begin(kind, len)?;
        let mut buffer = vec![0; PIECE_LEN];
        let mut left = len;
        while left > 0 {
            let part = usize::try_from(left).unwrap_or(PIECE_LEN).min(PIECE_LEN);
            file.read_exact(&mut buffer[..part])?;
            self.write(&buffer[..part])?;
            left -= part as u64;
        }
        Ok(())
    }

    /// Seals what is left and makes it all durable.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.begin(Section::End, 0)?;
        self.seal(true)?;
        self.file.sync_data()?;
        Ok(())
    }

    fn begin(&mut self, kind: Section, len: u64) -> anyhow::Result<()> {
        let mut head = [0; SECTION_HEAD_LEN];
        head[0] = kind as u8;
        head[1..].copy_from_slice(&len.to_le_bytes());
        self.write(&head)
    }

    fn write(&mut self, mut bytes: &[u8]) -> anyhow::Result<()> {
        while !bytes.is_empty() {
            let room = PIECE_LEN - self.waiting.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.waiting.extend_from_slice(now);
            bytes = later;
            // The last piece is never sealed here, for only `finish` knows that it is the last.
            if self.waiting.len() == PIECE_LEN && !bytes.is_empty() {
                self.seal(false)?;
            }
        }
        Ok(())
    }

    fn seal(&mut self, last: bool) -> anyhow::Result<()> {
        let mut piece = std::mem::take(&mut *self.waiting);
        self.pieces.seal(&mut piece, last);
        self.file.append(&piece)?;
        piece.zeroize();
        *self.waiting = piece;
        Ok(())
    }
}

/// A body being read.
pub struct BodyReader {
    file: File,
    pieces: Pieces,
    left: u64,
    open: Zeroizing<Vec<u8>>,
    at: usize,
}

/// The head of a body file.
pub fn head_of(path: &Path) -> anyhow::Result<BackupHead> {
    let mut head = [0; HEAD_LEN];
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.read_exact(&mut head).with_context(|| format!("cannot read {}", path.display()))?;
    decode_body_head(&head).with_context(|| path.display().to_string())
}

impl BodyReader {
    /// Opens a body under its key.
    pub fn open(path: &Path, key: &[u8; 32]) -> anyhow::Result<Self> {
        let head = head_of(path)?;
        let mut file = File::open(path)?;
        file.read_exact(&mut [0; HEAD_LEN])?;
        let left = file.metadata()?.len() - HEAD_LEN as u64;
        Ok(Self { file, pieces: Pieces::new(&head, key), left, open: Zeroizing::default(), at: 0 })
    }

    /// The next section: its kind and its length in bytes, which are then read by [`Self::read`].
    pub fn section(&mut self) -> anyhow::Result<(Section, u64)> {
        let mut head = [0; SECTION_HEAD_LEN];
        self.read(&mut head)?;
        let kind = Section::of(head[0]).context("the backup holds a section that this program does not know")?;
        Ok((kind, u64::from_le_bytes(*head[1..].first_chunk().expect("nine bytes less one"))))
    }

    /// A whole section's bytes; for what fits into memory.
    pub fn bytes(&mut self, len: u64) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        const MOST: u64 = 1 << 30;
        if len > MOST {
            bail!("a section of the backup claims {len} bytes");
        }
        let mut bytes = Zeroizing::new(vec![0; usize::try_from(len)?]);
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills `out`.
    pub fn read(&mut self, out: &mut [u8]) -> anyhow::Result<()> {
        let mut done = 0;
        while done < out.len() {
            if self.at == self.open.len() {
                self.next()?;
            }
            let part = (self.open.len() - self.at).min(out.len() - done);
            out[done..done + part].copy_from_slice(&self.open[self.at..self.at + part]);
            self.at += part;
            done += part;
        }
        Ok(())
    }

    fn next(&mut self) -> anyhow::Result<()> {
        if self.left == 0 {
            bail!("the backup ends too early");
        }
        let len = self.left.min(SEALED_PIECE_LEN as u64);
        self.left -= len;
        let mut sealed = vec![0; usize::try_from(len)?];
        self.file.read_exact(&mut sealed)?;
        self.open = self.pieces.open(sealed, self.left == 0)?;
        self.at = 0;
        if self.open.is_empty() {
            bail!("the backup has an empty piece");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_seal::keyfile::MasterKind;
    use candour_units::{RecorderId, WallTime};

    #[test]
    fn sections_of_any_length_come_back() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let head = BackupHead {
            id: [1; 16],
            ring: [2; 16],
            recorder: RecorderId::from_bytes([3; 16]),
            master: MasterKind::Held,
            made: WallTime::from_unix_seconds(1),
            expires: WallTime::from_unix_seconds(2),
        };
        // Lengths around the end of a piece: that is where the last one must be told from one before.
        for len in [0, 1, PIECE_LEN - 19, PIECE_LEN - 18, PIECE_LEN - 17, PIECE_LEN, 3 * PIECE_LEN + 5] {
            let path = directory.path().join(len.to_string());
            let bytes: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let source = directory.path().join(format!("{len}-source"));
            std::fs::write(&source, &bytes).expect("there is room");
            let mut writer = BodyWriter::create(&Disk::real(), &path, &head, &[7; 32]).expect("a new file");
            writer.section_of_file(Section::Catalogue, &source).expect("there is room");
            writer.finish().expect("there is room");
            let mut reader = BodyReader::open(&path, &[7; 32]).expect("its key");
            assert_eq!(reader.section().expect("it is whole"), (Section::Catalogue, len as u64));
            assert!(*reader.bytes(len as u64).expect("it is whole") == bytes, "{len}");
            assert_eq!(reader.section().expect("it is whole"), (Section::End, 0));
            assert!(BodyReader::open(&path, &[8; 32]).expect("a head").section().is_err());
            let whole = std::fs::read(&path).expect("it is there");
            std::fs::write(&path, &whole[..whole.len() - 1]).expect("there is room");
            let mut cut = BodyReader::open(&path, &[7; 32]).expect("a head");
            let all = cut.section().and_then(|(_, len)| cut.bytes(len)).and_then(|_| cut.section());
            assert!(all.is_err(), "{len}");
        }
    }
}
