//! Reading the journal of a disk. `disk/journal.c` describes the records.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

/// What was asked of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A new file.
    Create,
    /// Bytes into a file.
    Write,
    /// Another length.
    Truncate,
    /// Another name.
    Rename,
    /// A name goes.
    Unlink,
    /// A new directory.
    Mkdir,
    /// A directory goes.
    Rmdir,
    /// A file with its length is made durable.
    Fsync,
    /// The same without times.
    Fdatasync,
    /// Everything on the disk is made durable.
    Syncfs,
    /// The names in a directory are made durable.
    Dirsync,
}

impl Kind {
    fn of(number: u16) -> Option<Self> {
        Some(match number {
            2 => Self::Create,
            4 => Self::Write,
            5 => Self::Truncate,
            6 => Self::Rename,
            7 => Self::Unlink,
            8 => Self::Mkdir,
            9 => Self::Rmdir,
            10 => Self::Fsync,
            11 => Self::Fdatasync,
            12 => Self::Syncfs,
            13 => Self::Dirsync,
            _ => return None,
        })
    }
}

/// One call.
#[derive(Debug, Clone)]
pub struct Record {
    /// What was asked.
    pub kind: Kind,
    /// Whether it was carried out.
    pub done: bool,
    /// Whether a sync said yes and did nothing.
    pub lied: bool,
    /// What the program was told: 0 for success, else an errno.
    pub error: i32,
    /// Of the file or directory; numbers are used again once one is gone.
    pub inode: u64,
    /// Where bytes went, or the new length.
    pub offset: u64,
    /// Within the disk.
    pub path: String,
    /// Where a rename leads.
    pub second: String,
    data: Range<usize>,
}

/// A whole journal.
#[derive(Debug)]
pub struct Journal {
    bytes: Vec<u8>,
    records: Vec<Record>,
}

const HEAD: usize = 4 + 2 + 2 + 4 + 4 + 8 + 8 + 4 + 2 + 2;
const CARRIED_OUT: u16 = 1;
const LIED: u16 = 2;
const UNSEEN: u16 = 15;

impl Journal {
    /// Reads a journal.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or holds a call that the layer could not follow.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let (mut records, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let (record, next) = parse(&bytes, at).with_context(|| format!("record {}", records.len()))?;
            records.push(record);
            at = next;
        }
        Ok(Self { bytes, records })
    }

    /// The calls in the order in which they happened.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The bytes a write put into its file.
    #[must_use]
    pub fn data(&self, record: &Record) -> &[u8] {
        &self.bytes[record.data.clone()]
    }
}

fn parse(bytes: &[u8], at: usize) -> Result<(Record, usize)> {
    let head = bytes.get(at..at + HEAD).context("the journal ends within a record")?;
    let number = |from: usize, len: usize| -> u64 {
        head[from..from + len].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let (total, kind, flags) = (number(0, 4) as usize, number(4, 2) as u16, number(6, 2) as u16);
    let (data_len, path_len, second_len) = (number(32, 4) as usize, number(36, 2) as usize, number(38, 2) as usize);
    ensure!(total == HEAD + path_len + second_len + data_len, "its lengths do not fit");
    let text = |from: usize, len: usize| -> Result<String> {
        Ok(std::str::from_utf8(bytes.get(from..from + len).context("the journal ends within a record")?)?.to_owned())
    };
    let path = text(at + HEAD, path_len)?;
    let second = text(at + HEAD + path_len, second_len)?;
    let data = at + HEAD + path_len + second_len..at + total;
    ensure!(data.end <= bytes.len(), "the journal ends within a record");
    if kind == UNSEEN {
        bail!("{path}: {second} passes beside the layer, so nothing built from this journal is true");
    }
    let kind = Kind::of(kind).with_context(|| format!("there is no kind {kind}"))?;
    let (done, lied) = (flags & CARRIED_OUT != 0, flags & LIED != 0);
    let (error, inode, offset) = (number(8, 4) as u32 as i32, number(16, 8), number(24, 8));
    Ok((Record { kind, done, lied, error, inode, offset, path, second, data }, at + total))
}
