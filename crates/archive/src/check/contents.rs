//! Reading one segment file for the check: header and footer, or every byte, once, from front to back.
//!
//! A file whose sealed digest is the one in the log is, byte for byte, what was written when it was closed: hashing it
//! once and opening both its ends says all there is to say. Where the log says nothing or something else, one walk with the
//! key does everything: each record is hashed for the sealed digest, opened, and its samples are hashed for the content root.
//! Without the key the sealed digests alone are checked.

use std::io::{BufReader, Read};

use candour_files::SegmentReader;
use candour_keyring::SegmentKey;
use candour_seal::{
    Damage, FragmentInfo, HEADER_PREFIX_LEN, Opener, RECORD_HEAD_LEN, SegmentHeader, What, content, header_record_len,
    record_at, sealed,
};
use candour_units::{Hash, SegmentId, WallRange, WallTime};

use super::pace::{CheckProgress, Pace};

/// Read at once from the disk: large enough that the seek between two pieces does not count.
const PIECE: usize = 1 << 20;
/// Behind the header record: its tag and its digest.
const BEHIND_CLEAR: usize = 16 + 32;
/// Of a file that is damaged all over, so many places are named.
const PLACES: usize = 8;

/// How much of each file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Names, lengths, rows, headers, footers, keys.
    Quick,
    /// Every byte.
    Deep,
}

/// A place in a file that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hurt {
    pub(crate) offset: u64,
    /// Counted from 1; 0 is the header.
    pub(crate) fragment: u32,
    pub(crate) what: String,
    /// The time that is lost by it, where an authentic table tells.
    pub(crate) interval: Option<WallRange>,
}

/// What a file holds, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) header: SegmentHeader,
    pub(crate) len: u64,
    pub(crate) end: WallTime,
    pub(crate) samples: u32,
    pub(crate) fragments: u32,
    /// Whether it ends with a footer.
    pub(crate) closed: bool,
    /// Whole records end here; what lies behind is a torn tail.
    pub(crate) intact_len: u64,
    pub(crate) sealed_digest: Hash,
    /// Only known with the key.
    pub(crate) commitment: Option<Hash>,
    /// Whether the key opened it.
    pub(crate) opened: bool,
    pub(crate) hurt: Vec<Hurt>,
}

/// A file, as the check found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileState {
    /// Its header can be read; the rest may be hurt.
    Read(Box<Contents>),
    /// It ends inside its header: nothing was ever stored in it.
    Empty,
    /// Nothing of it can be understood.
    Hopeless(Hurt),
    /// The system would not read it.
    Unreadable(String),
}

/// The clear header of a file; its first bytes, read on the way.
pub(crate) fn header_of(reader: &SegmentReader) -> Result<(SegmentHeader, Vec<u8>), FileState> {
    let unreadable = |error: candour_files::FilesError| FileState::Unreadable(candour_units::chain(&error));
    let mut head = reader.read_up_to(0, 16 * 1024).map_err(unreadable)?;
    let len = header_record_len(&head[..head.len().min(HEADER_PREFIX_LEN)]).map_err(hopeless)?;
    if head.len() < len {
        head = reader.read_up_to(0, len).map_err(unreadable)?;
    }
    if head.len() < len {
        return Err(FileState::Empty);
    }
    head.truncate(len);
    let header = SegmentHeader::decode(&head[..len - BEHIND_CLEAR])
        .map_err(|error| hopeless(Damage { offset: 0, fragment: 0, intact_len: 0, what: What::Header(error) }))?;
    Ok((header, head))
}

fn hopeless(damage: Damage) -> FileState {
    if matches!(damage.what, What::HeaderIncomplete) {
        return FileState::Empty;
    }
    FileState::Hopeless(hurt(&damage, None))
}

fn hurt(damage: &Damage, interval: Option<WallRange>) -> Hurt {
    let what = candour_units::chain(&damage.what);
    Hurt { offset: damage.offset, fragment: damage.fragment, what, interval }
}

/// Reads a file whose clear header is known. `key` is the one its header names, if there is one; `logged` is the sealed digest
/// with which the log says it was closed.
pub(crate) fn read(
    reader: &SegmentReader,
    (header, head): (SegmentHeader, Vec<u8>),
    key: Option<&SegmentKey>,
    logged: Option<Hash>,
    depth: Depth,
    pace: &Pace,
) -> FileState {
    let read = match (key, depth) {
        (Some(key), Depth::Deep) => match as_logged(reader, &header, &head, key, logged, pace) {
            Ok(Some(state)) => Ok(state),
            Ok(None) => every_byte(reader, header, &head, key, pace),
            Err(error) => Err(error),
        },
        (Some(key), Depth::Quick) => both_ends(reader, header, &head, key, pace),
        (None, Depth::Deep) => without_key(reader, header, pace),
        (None, Depth::Quick) => tail_only(reader, header, &head),
    };
    read.unwrap_or_else(|error| FileState::Unreadable(error.to_string()))
}

impl Contents {
    fn behind_header(header: SegmentHeader, len: u64, head_len: u64) -> Self {
        let end = header.start;
        Self {
            header,
            len,
            end,
            samples: 0,
            fragments: 0,
            closed: false,
            intact_len: head_len,
            sealed_digest: Hash::default(),
            commitment: None,
            opened: false,
            hurt: Vec::new(),
        }
    }

    fn take_table(&mut self, table: &[FragmentInfo]) {
        self.end = table.last().map_or(self.header.start, |last| last.wall_end);
        self.samples = table.iter().map(|info| info.samples).fold(0, u32::saturating_add);
        self.fragments = u32::try_from(table.len()).unwrap_or(u32::MAX);
    }
}

fn other(error: candour_files::FilesError) -> std::io::Error {
    std::io::Error::other(candour_units::chain(&error))
}

/// Header and footer, both authenticated: what a row is made of.
fn both_ends(
    reader: &SegmentReader,
    header: SegmentHeader,
    head: &[u8],
    key: &SegmentKey,
    pace: &Pace,
) -> std::io::Result<FileState> {
    let len = reader.len().map_err(other)?;
    let opener = match Opener::new(head, key.bytes()) {
        Ok(opener) => opener,
        Err(damage) => return Ok(hurt_header(header, len, head, &damage)),
    };
    pace.read(head.len() as u64);
    let mut contents = Contents { opened: true, ..Contents::behind_header(header, len, head.len() as u64) };
    match crate::segment::footer_record(reader, &opener) {
        Ok((footer, offset, record)) => {
            pace.read(record.len() as u64);
            contents.take_table(&footer.fragments);
            contents.closed = true;
            contents.intact_len = len;
            contents.sealed_digest = sealed::digest_of_record(&record);
            contents.commitment = Some(content::commitment(opener.content_salt(), &footer.content_root));
            let table_end = footer.fragments.last().map_or(head.len() as u64, FragmentInfo::end);
            if table_end != offset || contents.sealed_digest != digest_behind(&record) {
                let what = "the footer does not fit the fragments before it".to_owned();
                let fragment = contents.fragments + 1;
                contents.hurt.push(Hurt { offset, fragment, what, interval: None });
            }
        }
        // Without a footer only a walk over the file tells where it ends; so a file left open is read whole.
        Err(crate::ArchiveError::DataLoss { .. }) => return every_byte(reader, contents.header, head, key, pace),
        Err(error) => return Err(std::io::Error::other(candour_units::chain(&error))),
    }
    Ok(FileState::Read(Box::new(contents)))
}

fn digest_behind(record: &[u8]) -> Hash {
    record.last_chunk::<32>().map_or(Hash::default(), |digest| Hash(*digest))
}

/// A header that its key does not open: everything else in the file stands on it.
fn hurt_header(header: SegmentHeader, len: u64, head: &[u8], damage: &Damage) -> FileState {
    let mut contents = Contents::behind_header(header, len, head.len() as u64);
    contents.hurt.push(hurt(damage, None));
    FileState::Read(Box::new(contents))
}

/// Without a key and in haste: whether the last record calls itself a footer cannot be told from its end alone, so only
/// the digest at the end is taken, for comparison with row and log.
fn tail_only(reader: &SegmentReader, header: SegmentHeader, head: &[u8]) -> std::io::Result<FileState> {
    let len = reader.len().map_err(other)?;
    let mut contents = Contents::behind_header(header, len, head.len() as u64);
    let tail = reader.read_up_to(len.saturating_sub(36), 36).map_err(other)?;
    contents.sealed_digest = digest_behind(&tail);
    contents.intact_len = len;
    contents.closed = true;
    Ok(FileState::Read(Box::new(contents)))
}

fn without_key(reader: &SegmentReader, header: SegmentHeader, pace: &Pace) -> std::io::Result<FileState> {
    let len = reader.len().map_err(other)?;
    let paced = Paced { reader: BufReader::with_capacity(PIECE, reader.bytes()), pace };
    let mut contents = Contents::behind_header(header, len, 0);
    match sealed::check(paced) {
        Ok(found) => {
            contents.take_table(&found.table);
            contents.closed = found.closed;
            contents.intact_len = found.intact_len;
            contents.sealed_digest = found.sealed_digest;
        }
        Err(Damage { what: What::Unreadable(kind), .. }) => return Err(kind.into()),
        Err(damage) => {
            contents.intact_len = damage.intact_len;
            contents.hurt.push(hurt(&damage, None));
        }
    }
    Ok(FileState::Read(Box::new(contents)))
}

/// The file, if every byte of it is as the log says; `None` if it must be looked into.
fn as_logged(
    reader: &SegmentReader,
    header: &SegmentHeader,
    head: &[u8],
    key: &SegmentKey,
    logged: Option<Hash>,
    pace: &Pace,
) -> std::io::Result<Option<FileState>> {
    let sound = |state: &FileState| match state {
        FileState::Read(read) => read.closed && read.hurt.is_empty() && Some(read.sealed_digest) == logged,
        FileState::Empty | FileState::Hopeless(_) | FileState::Unreadable(_) => false,
    };
    if logged.is_none() || !sound(&without_key(reader, header.clone(), pace)?) {
        return Ok(None);
    }
    // Its bytes have been counted.
    let (progress, uncounted) = (CheckProgress::default(), None);
    let state = both_ends(reader, header.clone(), head, key, &Pace::new(&progress, uncounted))?;
    Ok(sound(&state).then_some(state))
}

/// One walk over the whole file.
fn every_byte(
    reader: &SegmentReader,
    header: SegmentHeader,
    head: &[u8],
    key: &SegmentKey,
    pace: &Pace,
) -> std::io::Result<FileState> {
    let len = reader.len().map_err(other)?;
    let opener = match Opener::new(head, key.bytes()) {
        Ok(opener) => opener,
        Err(damage) => return Ok(hurt_header(header, len, head, &damage)),
    };
    let mut source = Paced { reader: BufReader::with_capacity(PIECE, reader.bytes_from(head.len() as u64)), pace };
    pace.read(head.len() as u64);
    let mut contents = Contents { opened: true, ..Contents::behind_header(header, len, head.len() as u64) };
    let mut closer = opener.closer();
    let broken: Option<Damage> = loop {
        let offset = closer.offset();
        let number = closer.fragments().len() as u32 + 1;
        let damage = |what| Damage { offset, fragment: number, intact_len: offset, what };
        let Some(record_head) = source.whole(RECORD_HEAD_LEN)? else { break None };
        let record = match record_at(offset, &record_head) {
            Ok(record) => record,
            Err(what) => break Some(damage(what)),
        };
        let Some(bytes) = source.rest_of(record_head, record.info.record_len())? else { break None };
        if !record.footer {
            match closer.take(bytes) {
                Ok(_) => continue,
                Err(damage) => break Some(damage),
            }
        }
        let end = offset + bytes.len() as u64;
        contents.take_table(closer.fragments());
        match closer.check_footer(&bytes) {
            Ok(footer) => {
                contents.closed = true;
                contents.intact_len = end;
                contents.sealed_digest = footer.sealed_digest;
                contents.commitment = Some(footer.content_commitment);
                if end < len {
                    contents.hurt.push(hurt(&Damage { offset: end, ..damage(What::Trailing) }, None));
                }
            }
            Err(damage) => contents.hurt.push(hurt(&damage, None)),
        }
        return Ok(FileState::Read(Box::new(contents)));
    };
    contents.intact_len = closer.offset();
    contents.take_table(closer.fragments());
    contents.sealed_digest = closer.sealed_digest();
    if let Some(damage) = broken {
        beyond(reader, closer.opener(), &damage, &mut contents, pace)?;
    }
    Ok(FileState::Read(Box::new(contents)))
}

/// Behind the first damage the authentic table of the footer shows the way: every fragment is opened on its own, so that
/// each damaged one is named with its time, and no other.
fn beyond(
    reader: &SegmentReader,
    opener: &Opener,
    first: &Damage,
    contents: &mut Contents,
    pace: &Pace,
) -> std::io::Result<()> {
    let Ok((footer, _, record)) = crate::segment::footer_record(reader, opener) else {
        contents.hurt.push(hurt(first, None));
        return Ok(());
    };
    contents.take_table(&footer.fragments);
    contents.closed = true;
    contents.sealed_digest = sealed::digest_of_record(&record);
    contents.commitment = Some(content::commitment(opener.content_salt(), &footer.content_root));
    let from = (first.fragment.max(1) - 1) as usize;
    for info in footer.fragments.get(from..).unwrap_or_default() {
        if contents.hurt.len() >= PLACES {
            break;
        }
        let bytes = reader.read_up_to(info.offset, info.record_len()).map_err(other)?;
        pace.read(bytes.len() as u64);
        let whole = bytes.len() == info.record_len() && sealed::digest_of_record(&bytes) == digest_behind(&bytes);
        let opens = opener.open_fragment(info.offset, info.index, bytes);
        let interval = WallRange::new(info.wall_start, info.wall_end);
        match opens {
            Ok(opened) if whole && *opened.info() == *info => {}
            Ok(_) => {
                let damage =
                    Damage { offset: info.offset, fragment: info.index, intact_len: 0, what: What::SealedDigest };
                contents.hurt.push(hurt(&damage, interval));
            }
            Err(damage) => contents.hurt.push(hurt(&damage, interval)),
        }
    }
    if contents.hurt.is_empty() {
        // Each fragment opens by itself: it is their order, or what lies between them, that was changed.
        contents.hurt.push(hurt(first, None));
    }
    Ok(())
}

/// A reader that keeps to a pace.
struct Paced<'a, R> {
    reader: R,
    pace: &'a Pace<'a>,
}

impl<R: Read> Read for Paced<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(out)?;
        self.pace.read(read as u64);
        Ok(read)
    }
}

impl<R: Read> Paced<'_, R> {
    /// The next `len` bytes; `None` when the file ends before.
    fn whole(&mut self, len: usize) -> std::io::Result<Option<Vec<u8>>> {
        self.rest_of(Vec::with_capacity(len), len)
    }

    /// Fills `bytes` up to `len`; `None` when the file ends before.
    fn rest_of(&mut self, mut bytes: Vec<u8>, len: usize) -> std::io::Result<Option<Vec<u8>>> {
        let wanted = len - bytes.len().min(len);
        bytes.reserve_exact(wanted);
        let read = self.by_ref().take(wanted as u64).read_to_end(&mut bytes)?;
        Ok((read == wanted).then_some(bytes))
    }
}

/// The clear header of a segment's file, where there is one.
pub(crate) fn header_in(store: &crate::store::Store, segment: SegmentId) -> Option<SegmentHeader> {
    let readers = store.available().into_iter().filter_map(|(_, files)| files.reader(segment).ok());
    readers.filter_map(|reader| header_of(&reader).ok()).map(|(header, _)| header).next()
}
