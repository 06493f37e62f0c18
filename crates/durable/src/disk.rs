//! The handle through which files are written.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::fault::{self, Injected};
use crate::{AppendFile, DirectoryLock, DurableError, Fault, Faults, Filesystem, Space, Step};

/// A handle on the file systems of this machine; clones are the same. Calls block: use it on a thread of its own.
#[derive(Clone, Default)]
pub struct Disk {
    faults: Option<Arc<dyn Faults>>,
}

impl Disk {
    /// The disk as it is.
    #[must_use]
    pub fn real() -> Self {
        Self::default()
    }

    /// The disk as it is, with chosen calls failing.
    #[must_use]
    pub fn with_faults(faults: Arc<dyn Faults>) -> Self {
        Self { faults: Some(faults) }
    }

    /// Replaces (or makes) the file so that after a crash there is either all of the old or all of the new one:
    /// temporary file beside it, fsync, rename, fsync of the directory. `mode` is the permission bits of the new file,
    /// not reduced by the umask. One writer per path at a time.
    ///
    /// # Errors
    /// The step that failed. After a failed [`Step::Rename`] or [`Step::SyncDirectory`] either file may be there.
    pub fn write_atomically(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), DurableError> {
        let temporary = temporary_beside(path)?;
        let written = self.write_new(&temporary, bytes, mode).and_then(|()| {
            self.run(Step::Rename, path, || fs::rename(&temporary, path))?;
            self.sync_directory(parent_of(path))
        });
        if written.is_err() {
            // A left-over is harmless: the next write to this path removes it first.
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn write_new(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), DurableError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(DurableError::at(path, Step::Unlink, error));
            }
            _ => {}
        }
        let file = self.run(Step::Create, path, || {
            let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
            file.set_permissions(fs::Permissions::from_mode(mode))?;
            Ok(file)
        })?;
        self.write_at(&file, path, bytes, 0)?;
        self.sync(Step::Sync, path, || file.sync_all())
    }

    /// Opens a file for appending, made with `mode` (and its name made durable) when absent. Everything it holds is
    /// taken as durable; a caller that recovers decides about the tail.
    ///
    /// # Errors
    /// The step that failed.
    pub fn append_to(&self, path: &Path, mode: u32) -> Result<AppendFile, DurableError> {
        AppendFile::open_or_create(self.clone(), path, mode)
    }

    /// Makes a file for appending that must not exist yet, and makes its name durable.
    ///
    /// # Errors
    /// The step that failed; an existing file is [`Step::Create`] with `AlreadyExists`.
    pub fn create_new(&self, path: &Path, mode: u32) -> Result<AppendFile, DurableError> {
        AppendFile::create_new(self.clone(), path, mode)
    }

    /// Removes the name and makes the removal durable. A file that is not there is no error: the outcome is the same,
    /// and a repeated removal after a crash must succeed. Returns whether it was there.
    ///
    /// # Errors
    /// The step that failed; after [`Step::SyncDirectory`] the file may come back after a crash.
    pub fn remove(&self, path: &Path) -> Result<bool, DurableError> {
        let was_there = self.unlink(path)?;
        self.sync_directory(parent_of(path))?;
        Ok(was_there)
    }

    /// As [`Self::remove`] for many names, with one sync for each directory they lie in. One that fails keeps none of the
    /// others; the answers come in the order of `paths`.
    #[must_use]
    pub fn remove_many(&self, paths: &[PathBuf]) -> Vec<Result<bool, DurableError>> {
        let mut removed: Vec<_> = paths.iter().map(|path| self.unlink(path)).collect();
        let mut directories: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
        for (at, path) in paths.iter().enumerate().filter(|(at, _)| removed[*at].is_ok()) {
            directories.entry(parent_of(path)).or_default().push(at);
        }
        for (directory, of) in directories {
            // Without the directory nothing in it was there, or will come back.
            let Err(error) = self.sync_directory(directory) else { continue };
            if error.is_absent() {
                continue;
            }
            let DurableError { path, step, source } = error;
            for at in of {
                let again = io::Error::new(source.kind(), source.to_string());
                removed[at] = Err(DurableError { path: path.clone(), step, source: again });
            }
        }
        removed
    }

    fn unlink(&self, path: &Path) -> Result<bool, DurableError> {
        self.run(Step::Unlink, path, || match fs::remove_file(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        })
    }

    /// Makes a directory and its missing parents (mode 0700 for each new one), each durable in its parent.
    ///
    /// # Errors
    /// The step that failed; something that exists and is no directory is an error.
    pub fn create_dir_durably(&self, path: &Path) -> Result<(), DurableError> {
        if path.is_dir() {
            return Ok(());
        }
        let parent = parent_of(path);
        if parent != path && !parent.is_dir() {
            self.create_dir_durably(parent)?;
        }
        self.run(Step::CreateDirectory, path, || match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            other => other,
        })?;
        let synced = self.sync_directory(path).and_then(|()| self.sync_directory(parent));
        if synced.is_err() {
            // Were it still there, the next call would take it for durable. Should it not go, nothing is worse than before.
            let _ = fs::remove_dir(path);
        }
        synced
    }

    /// Puts a file in the place of another, durably; one that is there is replaced at once, never half.
    ///
    /// # Errors
    /// [`Step::Rename`], [`Step::SyncDirectory`].
    pub fn rename(&self, from: &Path, to: &Path) -> Result<(), DurableError> {
        self.run(Step::Rename, to, || fs::rename(from, to))?;
        self.sync_directory(parent_of(to))
    }

    /// Gives a file a second name, durably: to keep it when another takes its place.
    ///
    /// # Errors
    /// [`Step::Create`], [`Step::SyncDirectory`].
    pub fn keep_as(&self, path: &Path, second: &Path) -> Result<(), DurableError> {
        self.run(Step::Create, second, || fs::hard_link(path, second))?;
        self.sync_directory(parent_of(second))
    }

    /// Asks the system to forget what it holds of a file in memory, so that the next reading comes from the disk: for
    /// measurements. What is not written out yet stays.
    ///
    /// # Errors
    /// [`Step::Open`].
    pub fn forget_cached(&self, path: &Path) -> Result<(), DurableError> {
        self.run(Step::Open, path, || {
            let file = File::open(path)?;
            Ok(rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?)
        })
    }

    /// Makes durable the names in a directory.
    ///
    /// # Errors
    /// [`Step::SyncDirectory`].
    pub fn sync_directory(&self, directory: &Path) -> Result<(), DurableError> {
        self.sync(Step::SyncDirectory, directory, || File::open(directory)?.sync_all())
    }

    /// Writes out everything dirty on the file system the directory lies on. Whoever does this again and again should
    /// hold a [`Filesystem`], which also hears of errors between two calls.
    ///
    /// # Errors
    /// [`Step::Open`] or [`Step::SyncFilesystem`].
    pub fn sync_filesystem(&self, directory: &Path) -> Result<(), DurableError> {
        self.filesystem(directory)?.sync()
    }

    /// A handle for repeated `syncfs` of the file system a directory lies on.
    ///
    /// # Errors
    /// [`Step::Open`].
    pub fn filesystem(&self, directory: &Path) -> Result<Filesystem, DurableError> {
        Filesystem::open(self.clone(), directory)
    }

    /// How much room there is on the file system of a directory.
    ///
    /// # Errors
    /// [`Step::Stat`].
    pub fn free_space(&self, directory: &Path) -> Result<Space, DurableError> {
        self.run(Step::Stat, directory, || Space::of(directory))
    }

    /// Takes the directory for this process alone until the lock is dropped (or the process ends).
    ///
    /// # Errors
    /// [`Step::Lock`] when another process holds it, or the lock file cannot be made.
    pub fn lock_directory(&self, directory: &Path) -> Result<DirectoryLock, DurableError> {
        let path = directory.join("lock");
        self.run(Step::Lock, &path, || DirectoryLock::acquire(&path))
    }

    pub(crate) fn run<T>(
        &self,
        step: Step,
        path: &Path,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, DurableError> {
        fault::run(self.fault(step, path), step, path, act)
    }

    /// As [`Self::run`], for the calls that only make durable what was done before.
    pub(crate) fn sync(
        &self,
        step: Step,
        path: &Path,
        act: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), DurableError> {
        match self.fault(step, path) {
            Some(Fault::Lie) => Ok(()),
            fault => fault::run(fault, step, path, act),
        }
    }

    /// Writes all bytes at an offset; the system may take them in several pieces.
    pub(crate) fn write_at(&self, file: &File, path: &Path, bytes: &[u8], offset: u64) -> Result<(), DurableError> {
        let fault = self.fault(Step::Write, path);
        if let Some(Fault::Partial(count, kind)) = fault {
            let part = &bytes[..count.min(bytes.len())];
            return file
                .write_all_at(part, offset)
                .and_then(|()| Err(Injected::of(kind)))
                .map_err(|source| DurableError::at(path, Step::Write, source));
        }
        fault::run(fault, Step::Write, path, || file.write_all_at(bytes, offset))
    }

    fn fault(&self, step: Step, path: &Path) -> Option<Fault> {
        self.faults.as_ref().and_then(|faults| faults.next(step, path))
    }
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.faults.is_some() { "Disk(with faults)" } else { "Disk" })
    }
}

/// The directory a path lies in; the working directory for a bare name.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

fn temporary_beside(path: &Path) -> Result<PathBuf, DurableError> {
    let Some(name) = path.file_name() else {
        let no_name = io::Error::new(io::ErrorKind::InvalidInput, "the path names no file");
        return Err(DurableError::at(path, Step::Create, no_name));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".tmp");
    Ok(path.with_file_name(hidden))
}
