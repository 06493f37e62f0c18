//! Which storage directory is which: markers on the disks against numbers in the catalogue.
//!
//! A directory is written only when its marker says what the catalogue expects, or when it is new on both sides. A path
//! that was used before and has no marker now is a disk that is not mounted, whatever empty directory lies there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use candour_db::{Db, StorageRow};
use candour_files::{Disk, FoundDirectory, Marker, SegmentFiles};
use candour_units::{Clock, Entropy, RecorderId, StorageId};

use crate::ArchiveError;
use crate::recover::blocking;
use crate::store::Directory;

/// A disk that does not answer for this long at the start is left out until it does.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The one with that number.
    Known(i64),
    /// A new one: it gets a number, and this id or a new one.
    New(Option<StorageId>),
    /// Not to be touched, for this reason. The number it should have had, if it had one.
    Refused { number: Option<i64>, why: String },
}

/// Judges what was found at `path`; `taken` are the ids recognised before, with their paths.
pub(crate) fn recognise(
    path: &str,
    found: &FoundDirectory,
    recorder: RecorderId,
    known: &[StorageRow],
    taken: &[(StorageId, String)],
) -> Verdict {
    let before = known.iter().find(|row| row.path == path);
    let number = before.map(|row| row.number);
    let refused = |why: String| Verdict::Refused { number, why };
    match (found, before) {
        (FoundDirectory::Marked(marker), _) => {
            if marker.recorder != recorder {
                let whose = marker.recorder;
                return refused(format!("it belongs to another recorder ({whose}); name a directory of its own"));
            }
            if let Some((_, other)) = taken.iter().find(|(id, _)| *id == marker.storage) {
                return refused(format!("it is the same directory as {other}; name it once"));
            }
            match known.iter().find(|row| row.id == marker.storage) {
                Some(row) => Verdict::Known(row.number),
                None => Verdict::New(Some(marker.storage)),
            }
        }
        (FoundDirectory::Absent, Some(_)) => refused("it is not there; is its disk mounted?".to_owned()),
        (FoundDirectory::Unmarked { .. }, Some(row)) => {
            let id = row.id;
            refused(format!(
                "its marker file is not there, so this is not the disk that was used before (storage {id}). Mount that disk; \
                 if it is gone for good, name a new directory in the configuration"
            ))
        }
        (FoundDirectory::Absent | FoundDirectory::Unmarked { .. }, None) => Verdict::New(None),
    }
}

/// What opening directories needs.
#[derive(Clone)]
pub(crate) struct Opening {
    pub(crate) disk: Disk,
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) recorder: RecorderId,
    /// The directories named in the configuration.
    pub(crate) configured: Vec<PathBuf>,
}

impl Opening {
    /// Every directory that is configured or holds footage, by number; one that has no number yet and cannot be used
    /// comes with a negative one. No directory's trouble keeps the others from being opened.
    ///
    /// # Errors
    /// [`ArchiveError::Db`].
    pub(crate) async fn open_all(&self) -> Result<Vec<(i64, Directory)>, ArchiveError> {
        let mut opened = Vec::new();
        let mut taken = Vec::new();
        for (path, place) in self.in_order().await?.into_iter().zip(1..) {
            let (number, directory) = self.open(&path, &mut taken).await?;
            opened.push((number.unwrap_or(-place), directory));
        }
        for row in self.db.storages().await? {
            let is_open = opened.iter().any(|(number, _)| *number == row.number);
            if !is_open && self.db.storage_is_used(row.number).await? {
                let why = "it holds footage, but is no longer named in the configuration".to_owned();
                opened.push((row.number, Directory::new(row.path.into(), Err(why))));
            }
        }
        Ok(opened)
    }

    /// One configured directory, with its number if it has one.
    ///
    /// # Errors
    /// [`ArchiveError::Db`].
    pub(crate) async fn open(
        &self,
        path: &Path,
        taken: &mut Vec<(StorageId, String)>,
    ) -> Result<(Option<i64>, Directory), ArchiveError> {
        let known = self.db.storages().await?;
        let name = path.display().to_string();
        let before = known.iter().find(|row| row.path == name).map(|row| row.number);
        let refused = |number, why| (number, Directory::new(path.to_owned(), Err(why)));
        let found = match look(path).await {
            Ok(found) => found,
            Err(why) => return Ok(refused(before, why)),
        };
        let (number, id) = match recognise(&name, &found, self.recorder, &known, taken) {
            Verdict::Refused { number, why } => return Ok(refused(number, why)),
            Verdict::Known(number) => {
                (number, known.iter().find(|row| row.number == number).expect("it was found there").id)
            }
            Verdict::New(id) => {
                let id = id.unwrap_or_else(|| StorageId::from_bytes(self.entropy.id()));
                (known.iter().map(|row| row.number + 1).max().unwrap_or(0), id)
            }
        };
        let files = match self.make(path, id, &found).await {
            Ok(files) => files,
            Err(why) => return Ok(refused(before, why)),
        };
        let row = StorageRow { number, id, path: name.clone(), seen: self.clock.wall() };
        self.db.put_storage(&row).await?;
        taken.push((id, name));
        Ok((Some(number), Directory::new(path.to_owned(), Ok(files))))
    }

    /// Marks the directory if it is new, and opens it.
    async fn make(&self, path: &Path, id: StorageId, found: &FoundDirectory) -> Result<SegmentFiles, String> {
        let is_marked = matches!(found, FoundDirectory::Marked(_));
        let marker = Marker { storage: id, recorder: self.recorder };
        let (disk, path) = (self.disk.clone(), path.to_owned());
        let made = move || {
            if !is_marked {
                disk.create_dir_durably(&path)?;
                marker.write(&disk, &path)?;
            }
            SegmentFiles::open(disk, &path)
        };
        patiently(move || made().map_err(|error| candour_units::chain(&error))).await
    }

    /// A catalogue that knows no directory may be older than markers: what holds footage gets the first number then.
    async fn in_order(&self) -> Result<Vec<PathBuf>, ArchiveError> {
        let mut paths = self.configured.clone();
        if self.db.storages().await?.is_empty() {
            let mut first = Vec::new();
            for path in &paths {
                first.push(matches!(look(path).await, Ok(FoundDirectory::Unmarked { footage: true })));
            }
            let mut both: Vec<_> = first.into_iter().zip(paths).collect();
            both.sort_by_key(|(footage, _)| !footage);
            paths = both.into_iter().map(|(_, path)| path).collect();
        }
        Ok(paths)
    }
}

async fn look(path: &Path) -> Result<FoundDirectory, String> {
    let path = path.to_owned();
    patiently(move || Marker::look(&path).map_err(|error| candour_units::chain(&error))).await
}

/// Runs `act` where it may block, and waits for it no longer than a disk deserves.
async fn patiently<T: Send + 'static>(act: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, blocking(move || Ok(act()))).await {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => Err(candour_units::chain(&error)),
        Err(_) => Err(format!("it has not answered for {} s", PATIENCE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::WallTime;

    const OURS: RecorderId = RecorderId::from_bytes([0x4e; 16]);

    fn id(number: u8) -> StorageId {
        StorageId::from_bytes([number; 16])
    }

    fn marked(number: u8) -> FoundDirectory {
        FoundDirectory::Marked(Marker { storage: id(number), recorder: OURS })
    }

    fn row(number: i64, path: &str) -> StorageRow {
        StorageRow { number, id: id(number as u8), path: path.to_owned(), seen: WallTime::EPOCH }
    }

    #[track_caller]
    fn check(path: &str, found: &FoundDirectory, expected: &str) {
        let known = [row(0, "/a"), row(1, "/b")];
        let verdict = match recognise(path, found, OURS, &known, &[(id(0), "/a".to_owned())]) {
            Verdict::Known(number) => format!("known {number}"),
            Verdict::New(Some(_)) => "new to the catalogue".to_owned(),
            Verdict::New(None) => "new".to_owned(),
            Verdict::Refused { number, why } => format!("refused {number:?}: {why}"),
        };
        assert!(verdict.starts_with(expected), "{verdict}");
    }

    #[test]
    fn a_directory_is_what_its_marker_says() {
        let empty = FoundDirectory::Unmarked { footage: false };
        let stranger = FoundDirectory::Marked(Marker { storage: id(5), recorder: RecorderId::from_bytes([1; 16]) });
        check("/b", &marked(1), "known 1");
        check("/elsewhere", &marked(1), "known 1");
        check("/c", &marked(7), "new to the catalogue");
        check("/b", &marked(7), "new to the catalogue");
        check("/c", &empty, "new");
        check("/c", &FoundDirectory::Absent, "new");
        check("/b", &empty, "refused Some(1): its marker file is not there");
        check("/b", &FoundDirectory::Unmarked { footage: true }, "refused Some(1): its marker file is not there");
        check("/b", &FoundDirectory::Absent, "refused Some(1): it is not there; is its disk mounted?");
        check("/b", &marked(0), "refused Some(1): it is the same directory as /a");
        check("/c", &stranger, "refused None: it belongs to another recorder");
    }
}
