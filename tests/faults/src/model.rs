//! What of everything written is durable: the model of a disk.
//!
//! Strict where POSIX is strict: bytes are durable once `fsync`, `fdatasync` or `syncfs` returned, names once `fsync` of
//! their directory or `syncfs` did. Until then each page and each name is on its own. A sync that fails may have
//! dropped the pages it was for: a later success says nothing about them, unless they were written again (as on ext4
//! and xfs, whose page cache keeps such a page and calls it clean).
//!
//! Every directory at the top of the disk counts as a file system of its own, as a site would mount its storage: a
//! `syncfs` of one makes nothing durable in another.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::journal::{Journal, Kind, Record};

/// Bytes of a page of the page cache.
pub const PAGE: usize = 4096;

/// A change of a file's bytes that is not durable.
#[derive(Debug, Clone)]
pub enum Change {
    /// Bytes at an offset.
    Write {
        /// Where.
        offset: usize,
        /// What.
        data: Vec<u8>,
        /// A sync that was to make it durable has failed.
        doomed: bool,
    },
    /// Another length.
    Resize(usize),
}

impl Change {
    /// Carries it out.
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data, .. } => {
                if bytes.len() < offset + data.len() {
                    bytes.resize(offset + data.len(), 0);
                }
                bytes[*offset..offset + data.len()].copy_from_slice(data);
            }
            Self::Resize(len) => bytes.resize(*len, 0),
        }
    }

    /// Whether it changes bytes between two offsets.
    #[must_use]
    pub fn touches(&self, from: usize, to: usize) -> bool {
        match self {
            Self::Write { offset, data, .. } => *offset < to && offset + data.len() > from,
            Self::Resize(len) => *len < to,
        }
    }
}

/// A file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// What a crash leaves in any case.
    pub durable: Vec<u8>,
    /// What it may leave, in the order in which it was done.
    pub pending: Vec<Change>,
}

impl File {
    /// What a reader sees now.
    #[must_use]
    pub fn now(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        self.pending.iter().for_each(|change| change.apply(&mut bytes));
        bytes
    }

    fn synced(&mut self) {
        let doomed = self.doomed_pages();
        let now = self.now();
        let before = std::mem::replace(&mut self.durable, now);
        self.pending.clear();
        for page in doomed {
            let (from, to) = (page * PAGE, ((page + 1) * PAGE).min(self.durable.len()));
            if from >= to {
                continue;
            }
            let data = self.durable[from..to].to_vec();
            let old = before.get(from..to.min(before.len())).unwrap_or_default();
            self.durable[from..to].fill(0);
            self.durable[from..from + old.len()].copy_from_slice(old);
            self.pending.push(Change::Write { offset: from, data, doomed: true });
        }
    }

    /// Pages whose sync has failed and that nothing wrote to again.
    fn doomed_pages(&self) -> BTreeSet<usize> {
        let mut pages = BTreeSet::new();
        for change in &self.pending {
            match change {
                Change::Write { offset, data, doomed } => {
                    for page in offset / PAGE..(offset + data.len()).div_ceil(PAGE) {
                        if *doomed {
                            pages.insert(page)
                        } else {
                            pages.remove(&page)
                        };
                    }
                }
                Change::Resize(len) => pages.retain(|page| page * PAGE < *len),
            }
        }
        pages
    }

    fn sync_failed(&mut self) {
        for change in &mut self.pending {
            if let Change::Write { doomed, .. } = change {
                *doomed = true;
            }
        }
    }
}

/// Files and directories go by the order in which they were made.
pub type Id = usize;

/// A change of names that is not durable.
#[derive(Debug, Clone)]
pub struct Naming {
    /// What changes.
    pub what: Rename,
    /// Whether a journaling file system has committed it: any later `fsync` does that.
    pub committed: bool,
}

/// A change of names.
#[derive(Debug, Clone)]
pub enum Rename {
    /// A new file or directory.
    Made(String, Id),
    /// A name is gone.
    Gone(String),
    /// A name is replaced by another at once.
    Moved(String, String),
}

impl Rename {
    /// The names it is about.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::Made(name, _) | Self::Gone(name) => (name, None),
            Self::Moved(from, to) => (from, Some(to)),
        };
        std::iter::once(first.as_str()).chain(second.map(String::as_str))
    }

    /// Carries it out.
    pub fn apply(&self, names: &mut BTreeMap<String, Id>) {
        match self {
            Self::Made(name, id) => drop(names.insert(name.clone(), *id)),
            Self::Gone(name) => drop(names.remove(name)),
            Self::Moved(from, to) => {
                if let Some(id) = names.remove(from) {
                    names.insert(to.clone(), id);
                }
            }
        }
    }
}

/// The disk at one point of its journal.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Names that a crash leaves in any case.
    pub durable: BTreeMap<String, Id>,
    /// What it may leave, in order.
    pub pending: Vec<Naming>,
    /// `None` for a directory.
    pub objects: Vec<Option<File>>,
    /// The file system of each.
    systems: Vec<String>,
    by_inode: HashMap<u64, Id>,
}

/// The directory a name lies in; "" for the disk's own.
#[must_use]
pub fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The file system a name lies on: the directory at the top of the disk; "" for the disk itself.
#[must_use]
pub fn system(name: &str) -> &str {
    let directory = parent(name);
    directory.split_once('/').map_or(directory, |(top, _)| top)
}

/// The file system that a directory holds a part of.
fn inside(directory: &str) -> &str {
    directory.split_once('/').map_or(directory, |(top, _)| top)
}

impl Model {
    /// Takes the next record of the journal.
    pub fn take(&mut self, journal: &Journal, record: &Record) {
        if record.lied {
            return;
        }
        match record.kind {
            Kind::Create => self.made(record, Some(File::default())),
            Kind::Mkdir => self.made(record, None),
            Kind::Unlink | Kind::Rmdir => self.renamed(Rename::Gone(record.path.clone())),
            Kind::Rename => self.renamed(Rename::Moved(record.path.clone(), record.second.clone())),
            Kind::Write => {
                let (offset, data) = (record.offset as usize, journal.data(record).to_vec());
                self.change(record, Change::Write { offset, data, doomed: false });
            }
            Kind::Truncate => self.change(record, Change::Resize(record.offset as usize)),
            Kind::Fsync | Kind::Fdatasync if record.done => {
                if let Some(file) = self.file(record) {
                    file.synced();
                }
                if record.kind == Kind::Fsync {
                    self.commit(system(&record.path));
                }
            }
            Kind::Fsync | Kind::Fdatasync => {
                if let Some(file) = self.file(record) {
                    file.sync_failed();
                }
            }
            Kind::Syncfs => self.sync_system(inside(&record.path), record.done),
            Kind::Dirsync if record.done => {
                self.sync_names(|name| parent(name) == record.path);
                self.commit(inside(&record.path));
            }
            Kind::Dirsync => {}
        }
    }

    /// The names as a program sees them.
    #[must_use]
    pub fn names_now(&self) -> BTreeMap<String, Id> {
        let mut names = self.durable.clone();
        self.pending.iter().for_each(|naming| naming.what.apply(&mut names));
        names
    }

    fn made(&mut self, record: &Record, object: Option<File>) {
        let id = self.objects.len();
        self.objects.push(object);
        self.systems.push(system(&record.path).to_owned());
        self.by_inode.insert(record.inode, id);
        self.renamed(Rename::Made(record.path.clone(), id));
    }

    fn renamed(&mut self, what: Rename) {
        self.pending.push(Naming { what, committed: false });
    }

    fn change(&mut self, record: &Record, change: Change) {
        if let Some(file) = self.file(record) {
            file.pending.push(change);
        }
    }

    fn file(&mut self, record: &Record) -> Option<&mut File> {
        let id = self.by_inode.get(&record.inode)?;
        self.objects[*id].as_mut()
    }

    fn sync_system(&mut self, of: &str, done: bool) {
        let files = self.objects.iter_mut().zip(&self.systems).filter(|(_, system)| *system == of);
        for file in files.filter_map(|(file, _)| file.as_mut()).filter(|file| !file.pending.is_empty()) {
            if done { file.synced() } else { file.sync_failed() }
        }
        if done {
            self.sync_names(|name| system(name) == of);
        }
    }

    /// A journaling file system commits everything before an `fsync` with it.
    fn commit(&mut self, of: &str) {
        let committed = |naming: &&mut Naming| naming.what.names().any(|name| system(name) == of);
        self.pending.iter_mut().filter(committed).for_each(|naming| naming.committed = true);
    }

    fn sync_names(&mut self, covers: impl Fn(&str) -> bool) {
        let durable = &mut self.durable;
        self.pending.retain(|naming| {
            let inside = naming.what.names().any(&covers);
            if inside {
                naming.what.apply(durable);
            }
            !inside
        });
    }
}
