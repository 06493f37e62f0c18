//! The check that needs no key: does every byte fit the sealed digests?
//!
//! A change is found where it is. That the digests themselves are the ones made at capture is for the log to say: compare
//! [`SealedSummary::sealed_digest`] with the entry.

use std::io::{self, Read};

use candour_units::{Hash, SegmentId, WallTime};

use crate::header::{DIGEST_LEN, HEADER_PREFIX_LEN, TAG_LEN, header_damage, header_record_len};
use crate::record::{Marker, RECORD_HEAD_LEN, RECORD_OVERHEAD, RECORD_TAIL_LEN, RecordHead};
use crate::tally::Tally;
use crate::{Damage, FragmentInfo, SegmentHeader, What};

/// What a segment file holds, as far as can be told without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSummary {
    /// Which segment it says it is.
    pub segment: SegmentId,
    /// The rest of what it says about itself.
    pub header: SegmentHeader,
    /// How many whole fragments there are.
    pub fragments: u32,
    /// How many samples they hold.
    pub samples: u32,
    /// Our clock at the end of the last of them.
    pub wall_end: WallTime,
    /// Where they lie.
    pub table: Vec<FragmentInfo>,
    /// The last sealed digest: of the footer when closed, else of the last whole fragment.
    pub sealed_digest: Hash,
    /// Whether it ends with a footer. A segment the catalogue calls closed must.
    pub closed: bool,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes that form whole records; what lies behind is the torn tail of an interrupted write.
    pub intact_len: u64,
}

/// Checks a segment file from its first byte; reads it once, in order, in pieces. Also known as [`check_file`].
///
/// A file that ends in the middle of a record is no damage but an interrupted write (`intact_len` < `bytes`).
///
/// # Errors
/// [`Damage`] at the first place that does not fit; its `intact_len` says how much before it does.
pub fn check(reader: impl Read) -> Result<SealedSummary, Damage> {
    let mut check = Check { source: Source { reader, position: 0 }, piece: vec![0; 64 * 1024] };
    let (header, mut tally) = check.header()?;
    while let Some(end) = check.record(&mut tally)? {
        match end {
            End::Fragment => {}
            End::Footer(digest) => {
                let bytes = check.source.position;
                return Ok(summary(header, tally, digest, Extent { closed: true, bytes, intact_len: bytes }));
            }
        }
    }
    let (digest, extent) =
        (tally.chain, Extent { closed: false, bytes: check.source.position, intact_len: tally.offset });
    Ok(summary(header, tally, digest, extent))
}

/// The same as [`check`].
///
/// # Errors
/// As [`check`].
pub fn check_file(reader: impl Read) -> Result<SealedSummary, Damage> {
    check(reader)
}

/// The sealed digest of a record: BLAKE3 over all of it but the 32 bytes at its end, which should be this digest.
#[must_use]
pub fn digest_of_record(record: &[u8]) -> Hash {
    let hashed = record.len().saturating_sub(DIGEST_LEN);
    Hash(*blake3::hash(&record[..hashed]).as_bytes())
}

struct Extent {
    closed: bool,
    bytes: u64,
    intact_len: u64,
}

fn summary(header: SegmentHeader, tally: Tally, sealed_digest: Hash, extent: Extent) -> SealedSummary {
    SealedSummary {
        segment: header.segment,
        header,
        fragments: tally.fragments(),
        samples: tally.samples,
        wall_end: tally.wall_end(),
        table: tally.table,
        sealed_digest,
        closed: extent.closed,
        bytes: extent.bytes,
        intact_len: extent.intact_len,
    }
}

enum End {
    Fragment,
    Footer(Hash),
}

struct Check<R> {
    source: Source<R>,
    piece: Vec<u8>,
}

impl<R: Read> Check<R> {
    fn header(&mut self) -> Result<(SegmentHeader, Tally), Damage> {
        let mut record = vec![0; HEADER_PREFIX_LEN];
        self.header_bytes(&mut record, 0)?;
        record.resize(header_record_len(&record)?, 0);
        self.header_bytes(&mut record, HEADER_PREFIX_LEN)?;
        let (sealed, digest) = record.split_at(record.len() - DIGEST_LEN);
        let computed = blake3::hash(sealed);
        if computed.as_bytes() != digest {
            return Err(header_damage(0, What::SealedDigest));
        }
        let header = SegmentHeader::decode(&sealed[..sealed.len() - TAG_LEN])
            .map_err(|error| header_damage(0, What::Header(error)))?;
        let tally = Tally::behind_header(header.start, Hash(*computed.as_bytes()), record.len() as u64);
        Ok((header, tally))
    }

    fn header_bytes(&mut self, record: &mut [u8], from: usize) -> Result<(), Damage> {
        let wanted = record.len() - from;
        let read = self.source.fill(&mut record[from..]).map_err(|what| header_damage(self.source.position, what))?;
        if read < wanted {
            return Err(header_damage(self.source.position, What::HeaderIncomplete));
        }
        Ok(())
    }

    /// One record; `None` when the file ends before it does.
    fn record(&mut self, tally: &mut Tally) -> Result<Option<End>, Damage> {
        let offset = tally.offset;
        let number = tally.fragments() + 1;
        let damage = |at: u64, what| Damage { offset: at, fragment: number, intact_len: offset, what };

        let mut head_bytes = [0; RECORD_HEAD_LEN];
        let read = self.source.fill(&mut head_bytes).map_err(|what| damage(self.source.position, what))?;
        if read < RECORD_HEAD_LEN {
            return Ok(None);
        }
        let head = RecordHead::decode(&head_bytes, offset).map_err(|what| damage(offset, what))?;
        let expected = if head.marker == Marker::Footer { number - 1 } else { number };
        if head.info.index != expected {
            return Err(damage(offset + 4, What::Order { expected, found: head.info.index }));
        }
        if head.previous != tally.chain {
            return Err(damage(offset + 56, What::PreviousDigest));
        }

        let mut hasher = blake3::Hasher::new();
        hasher.update(&head_bytes);
        let sealed_len = head.info.record_len() - RECORD_HEAD_LEN - RECORD_TAIL_LEN;
        if !self.hash(sealed_len, &mut hasher).map_err(|what| damage(self.source.position, what))? {
            return Ok(None);
        }
        let mut tail = [0; RECORD_TAIL_LEN];
        let read = self.source.fill(&mut tail).map_err(|what| damage(self.source.position, what))?;
        if read < RECORD_TAIL_LEN {
            return Ok(None);
        }
        let (len, digest) = tail.split_at(RECORD_TAIL_LEN - DIGEST_LEN);
        if len != (head.info.record_len() as u32).to_le_bytes() {
            return Err(damage(self.source.position - RECORD_TAIL_LEN as u64, What::Length));
        }
        let computed = Hash(*hasher.update(len).finalize().as_bytes());
        if computed.as_bytes() != digest {
            return Err(damage(offset, What::SealedDigest));
        }
        match head.marker {
            Marker::Fragment => tally.add(head.info, computed).ok_or(damage(offset, What::Totals))?,
            Marker::Footer => {
                if head != tally.footer_head(head.info.plaintext_len) {
                    return Err(damage(offset, What::Totals));
                }
                let behind = self.source.fill(&mut [0]).map_err(|what| damage(self.source.position, what))?;
                if behind > 0 {
                    return Err(Damage { intact_len: head.info.end(), ..damage(head.info.end(), What::Trailing) });
                }
                return Ok(Some(End::Footer(computed)));
            }
        }
        Ok(Some(End::Fragment))
    }

    /// Hashes the next `len` bytes; false when there are fewer.
    fn hash(&mut self, mut len: usize, hasher: &mut blake3::Hasher) -> Result<bool, What> {
        while len > 0 {
            let wanted = len.min(self.piece.len());
            let read = self.source.fill(&mut self.piece[..wanted])?;
            hasher.update(&self.piece[..read]);
            if read < wanted {
                return Ok(false);
            }
            len -= read;
        }
        Ok(true)
    }
}

/// A reader that knows how far it has come.
struct Source<R> {
    reader: R,
    position: u64,
}

impl<R: Read> Source<R> {
    /// Fills `out` as far as there are bytes.
    fn fill(&mut self, out: &mut [u8]) -> Result<usize, What> {
        let mut filled = 0;
        while filled < out.len() {
            match self.reader.read(&mut out[filled..]) {
                Ok(0) => break,
                Ok(read) => {
                    filled += read;
                    self.position += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(What::Unreadable(error.kind())),
            }
        }
        Ok(filled)
    }
}

const _: () = assert!(RECORD_OVERHEAD == RECORD_HEAD_LEN + TAG_LEN + RECORD_TAIL_LEN);
