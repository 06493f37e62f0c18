//! Opening a segment with its key, and closing one that a crash left open.

use candour_units::Hash;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, Place};
use crate::content;
use crate::cursor::Cursor;
use crate::fragment::OpenFragment;
use crate::header::{DIGEST_LEN, TAG_LEN, header_damage, header_record_len};
use crate::record::{Marker, RECORD_HEAD_LEN, RECORD_TAIL_LEN, RecordHead};
use crate::sealer::{Progress, SealedFooter};
use crate::{Damage, Footer, FragmentInfo, SegmentHeader, What, key};

/// Opens the records of one segment. It reads nothing itself: whoever calls brings the bytes.
pub struct Opener {
    cipher: Cipher,
    salt: Zeroizing<[u8; 32]>,
    header: SegmentHeader,
    chain: Hash,
    header_len: usize,
}

impl Opener {
    /// Checks the header against the key. `head` holds the file's first [`header_record_len`] bytes, or more.
    ///
    /// # Errors
    /// [`Damage`] at the header; [`What::NotAuthentic`] also when the key is that of another segment.
    pub fn new(head: &[u8], segment_key: &[u8; 32]) -> Result<Self, Damage> {
        let header_len = header_record_len(head)?;
        let record = head.get(..header_len).ok_or_else(|| header_damage(head.len() as u64, What::HeaderIncomplete))?;
        let (clear, behind) = record.split_at(header_len - TAG_LEN - DIGEST_LEN);
        let (tag, digest) = behind.split_at(TAG_LEN);
        let cipher = Cipher::new(segment_key);
        if !cipher.open(Place::Header, clear, &mut tag.to_vec()) {
            return Err(header_damage(0, What::NotAuthentic));
        }
        let chain = Hash(*blake3::hash(&record[..header_len - DIGEST_LEN]).as_bytes());
        if chain.as_bytes() != digest {
            return Err(header_damage((header_len - DIGEST_LEN) as u64, What::SealedDigest));
        }
        let header = SegmentHeader::decode(clear).map_err(|error| header_damage(0, What::Header(error)))?;
        Ok(Self { cipher, salt: key::content_salt(segment_key), header, chain, header_len })
    }

    /// Whether `key` is the cipher key itself, which is derived from the segment key and stored nowhere: for whoever
    /// searches for keys that should be gone.
    #[must_use]
    pub fn is_cipher_key(head: &[u8], key: &[u8; 32]) -> bool {
        let record = header_record_len(head).ok().and_then(|len| head.get(..len));
        let Some((clear, behind)) =
            record.and_then(|record| record.split_at_checked(record.len() - TAG_LEN - DIGEST_LEN))
        else {
            return false;
        };
        Cipher::of_cipher_key(key).open(Place::Header, clear, &mut behind[..TAG_LEN].to_vec())
    }

    /// What the header says; authenticated.
    #[must_use]
    pub fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// Where the first fragment begins.
    #[must_use]
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// The salt of the commitment in the log.
    #[must_use]
    pub fn content_salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// Opens fragment `index`, whose whole record (`FragmentInfo::record_len` bytes from `offset`) is in `record`.
    /// The samples' bytes, times and order are authentic when this succeeds; the digest behind the record is left to
    /// [`sealed::check`](crate::sealed::check), so that playing does not hash what it has already authenticated.
    ///
    /// # Errors
    /// [`Damage`] in this fragment.
    pub fn open_fragment(&self, offset: u64, index: u32, mut record: Vec<u8>) -> Result<OpenFragment, Damage> {
        let damage = |what| Damage { offset, fragment: index, intact_len: offset, what };
        let head = self.open_record(Marker::Fragment, offset, index, &mut record).map_err(damage)?;
        OpenFragment::parse(head.info, record).ok_or_else(|| damage(What::Table))
    }

    /// Opens the footer: the record that ends the file ([`footer_record_len`](crate::footer_record_len)).
    ///
    /// # Errors
    /// [`Damage`]; [`What::Marker`] when the last record is no footer, as in a segment still open.
    pub fn open_footer(&self, offset: u64, mut record: Vec<u8>) -> Result<Footer, Damage> {
        let count = record.get(4..).and_then(|bytes| Cursor::over(bytes).u32()).unwrap_or(0);
        let damage = |what| Damage { offset, fragment: count.saturating_add(1), intact_len: offset, what };
        let head = self.open_record(Marker::Footer, offset, count, &mut record).map_err(damage)?;
        let plaintext = &record[RECORD_HEAD_LEN..RECORD_HEAD_LEN + head.info.plaintext_len as usize];
        let footer = Footer::decode(plaintext).ok_or_else(|| damage(What::Table))?;
        if footer.fragments.len() as u32 != count {
            return Err(damage(What::Table));
        }
        Ok(footer)
    }

    /// Checks the head and opens what is behind it in place.
    fn open_record(&self, marker: Marker, offset: u64, index: u32, record: &mut [u8]) -> Result<RecordHead, What> {
        let (clear, behind) = record.split_first_chunk_mut::<RECORD_HEAD_LEN>().ok_or(What::Length)?;
        let head = RecordHead::decode(clear, offset)?;
        if head.marker != marker {
            return Err(What::Marker);
        }
        if head.info.index != index {
            return Err(What::Order { expected: index, found: head.info.index });
        }
        let stated = head.info.record_len();
        if behind.len() + RECORD_HEAD_LEN != stated {
            return Err(What::Length);
        }
        let (sealed, tail) = behind.split_at_mut(stated - RECORD_HEAD_LEN - RECORD_TAIL_LEN);
        if tail[..RECORD_TAIL_LEN - DIGEST_LEN] != (stated as u32).to_le_bytes() {
            return Err(What::Length);
        }
        let place = match marker {
            Marker::Fragment => Place::Fragment(index),
            Marker::Footer => Place::Footer(index),
        };
        if self.cipher.open(place, clear, sealed) { Ok(head) } else { Err(What::NotAuthentic) }
    }

    /// Begins to walk the segment from its first fragment, to close it after a crash or to check all of it.
    #[must_use]
    pub fn closer(self) -> Closer {
        let progress = Progress::behind_header(&self.header, self.chain, self.header_len as u64);
        Closer { opener: self, progress }
    }
}

/// Walks a segment's fragments in order; then closes it, or compares it with its footer.
pub struct Closer {
    opener: Opener,
    progress: Progress,
}

impl Closer {
    /// The opener.
    #[must_use]
    pub fn opener(&self) -> &Opener {
        &self.opener
    }

    /// Where the next record begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.progress.tally.offset
    }

    /// The sealed digest of the last record taken, of the header before there is one.
    #[must_use]
    pub fn sealed_digest(&self) -> Hash {
        self.progress.tally.chain
    }

    /// The fragments taken so far.
    #[must_use]
    pub fn fragments(&self) -> &[FragmentInfo] {
        &self.progress.tally.table
    }

    /// Takes the next fragment: its whole record, from [`Self::offset`] on. Every byte of it is checked, the sealed
    /// digest too.
    ///
    /// # Errors
    /// [`Damage`] in this fragment.
    pub fn take(&mut self, record: Vec<u8>) -> Result<OpenFragment, Damage> {
        let (offset, index) = (self.offset(), self.progress.tally.fragments() + 1);
        let damage = |what| Damage { offset, fragment: index, intact_len: offset, what };
        let digest = digest_of(&record).map_err(damage)?;
        let previous = self.progress.tally.chain;
        if record.get(56..88).is_none_or(|stored| stored != previous.as_bytes()) {
            return Err(damage(What::PreviousDigest));
        }
        let fragment = self.opener.open_fragment(offset, index, record)?;
        if !self.progress.goes_on_with(fragment.samples()) {
            return Err(damage(What::Times));
        }
        let first_number = self.progress.tally.samples + 1;
        for (sample, number) in fragment.samples().iter().zip(first_number..) {
            let digest = content::sample_digest(fragment.data(sample));
            self.progress.tree.push(content::sample_leaf(number, &sample.times, &digest));
        }
        self.progress.tally.add(fragment.info, digest).ok_or_else(|| damage(What::Totals))?;
        self.progress.samples.extend(fragment.rows());
        self.progress.last_dts = fragment.samples().last().map(|sample| sample.times.dts);
        Ok(fragment)
    }

    /// The footer that belongs behind the fragments taken. Cut the file back to [`Self::offset`] and append it.
    #[must_use]
    pub fn close(self) -> SealedFooter {
        self.progress.footer(&self.opener.cipher, &self.opener.salt)
    }

    /// Compares the footer found in the file with the one that belongs there; they are the same bytes or it is damage.
    ///
    /// # Errors
    /// [`Damage`] in the footer.
    pub fn check_footer(self, record: &[u8]) -> Result<SealedFooter, Damage> {
        let expected = self.progress.footer(&self.opener.cipher, &self.opener.salt);
        if expected.bytes == record {
            return Ok(expected);
        }
        let fragment = self.progress.tally.fragments() + 1;
        let damage = |what| Damage { offset: expected.offset, fragment, intact_len: expected.offset, what };
        digest_of(record).map_err(damage)?;
        let found = self.opener.open_footer(expected.offset, record.to_vec())?;
        Err(damage(if found.content_root == expected.content_root { What::Table } else { What::ContentRoot }))
    }
}

/// The digest of a record, which must be the one stored behind it.
fn digest_of(record: &[u8]) -> Result<Hash, What> {
    let (hashed, stored) = record.split_last_chunk::<DIGEST_LEN>().ok_or(What::Length)?;
    let digest = blake3::hash(hashed);
    if digest.as_bytes() == stored { Ok(Hash(*stored)) } else { Err(What::SealedDigest) }
}
