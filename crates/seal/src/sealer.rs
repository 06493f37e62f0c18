//! Sealing a segment, one record after the other.

use candour_units::{Hash, SegmentId, WallRange};
use zeroize::Zeroizing;

use crate::cipher::{Cipher, Place};
use crate::content::{self, Frontier};
use crate::fragment::Row;
use crate::record::{FragmentInfo, Marker, RECORD_HEAD_LEN, RECORD_TAIL_LEN, RecordHead, SYNC_BEFORE_SEGMENT};
use crate::tally::Tally;
use crate::{Footer, FragmentBuilder, HeaderError, OpenSample, SampleRow, SegmentHeader, footer, key};

/// Why something cannot be sealed: a fault of the caller, never of a camera's bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The header cannot be written.
    #[error("the header of the segment cannot be written")]
    Header(#[from] HeaderError),
    /// The fragment holds no samples, too many bytes, too long a time, or samples not in order of decode time, be it among
    /// each other or after those before.
    #[error("fragment {index} cannot be sealed: its samples are none, too large or not in order; close it earlier")]
    Samples {
        /// The fragment.
        index: u32,
    },
    /// The fragment before was neither written nor given up by closing.
    #[error("fragment {index} was sealed but not reported as written; write its bytes, or close the segment")]
    Unwritten {
        /// The fragment.
        index: u32,
    },
    /// What is reported as written is not what was sealed last.
    #[error("fragment {index} is not the one this segment waits for")]
    NotOurs {
        /// The fragment reported.
        index: u32,
    },
}

/// One sealed fragment: its bytes are appended with one write, and again the same bytes if that fails (rule 5).
#[derive(Debug)]
pub struct SealedFragment {
    segment: SegmentId,
    info: FragmentInfo,
    bytes: Vec<u8>,
}

impl SealedFragment {
    /// The whole record, to be appended at [`FragmentInfo::offset`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a reader will find.
    #[must_use]
    pub fn info(&self) -> &FragmentInfo {
        &self.info
    }
}

/// The last record of a segment and what the log and the catalogue keep of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFooter {
    /// The whole record, to be appended at `offset`.
    pub bytes: Vec<u8>,
    /// Where it belongs: the length of the file without it.
    pub offset: u64,
    /// The digest over the whole file, chained.
    pub sealed_digest: Hash,
    /// The root of the tree over the content.
    pub content_root: Hash,
    /// What the log carries instead of the root.
    pub content_commitment: Hash,
    /// Every fragment of the segment.
    pub fragments: Vec<FragmentInfo>,
    /// Every sample of the segment.
    pub samples: Vec<SampleRow>,
}

/// Everything counted of a segment; what a footer is made of.
pub(crate) struct Progress {
    pub(crate) tally: Tally,
    pub(crate) tree: Frontier,
    pub(crate) samples: Vec<SampleRow>,
    /// The fragment that holds the newest sync sample, 0 before there is one.
    last_sync: u32,
    /// Decode time of the newest sample.
    pub(crate) last_dts: Option<i64>,
}

/// What a fragment will add to the progress once it is written.
struct Pending {
    info: FragmentInfo,
    chain: Hash,
    tree: Frontier,
    samples: Vec<SampleRow>,
    last_sync: u32,
    last_dts: Option<i64>,
}

impl Progress {
    pub(crate) fn behind_header(header: &SegmentHeader, chain: Hash, offset: u64) -> Self {
        let mut tree = Frontier::default();
        tree.push(content::segment_leaf(header));
        Self {
            tally: Tally::behind_header(header.start, chain, offset),
            tree,
            samples: Vec::new(),
            last_sync: 0,
            last_dts: None,
        }
    }

    /// Whether a sample at `first_dts` may come next: the segment's first is at 0, each other one later than the one before.
    pub(crate) fn goes_on_at(&self, first_dts: i64) -> bool {
        self.last_dts.map_or(first_dts == 0, |last| first_dts > last)
    }

    /// Whether all of these samples may come next, each later than the one before.
    pub(crate) fn goes_on_with(&self, samples: &[OpenSample]) -> bool {
        samples.first().is_some_and(|first| self.goes_on_at(first.times.dts))
            && samples.is_sorted_by(|a, b| a.times.dts < b.times.dts)
    }

    pub(crate) fn footer(&self, cipher: &Cipher, salt: &[u8; 32]) -> SealedFooter {
        let content_root = self.tree.root().expect("leaf 0 is always there");
        let footer = Footer { content_root, fragments: self.tally.table.clone(), samples: self.samples.clone() };
        let mut bytes = vec![0; RECORD_HEAD_LEN];
        let plaintext = footer.encode();
        bytes.extend_from_slice(&plaintext);
        let head = self.tally.footer_head(plaintext.len() as u32);
        let sealed_digest = seal_record(cipher, Place::Footer(head.info.index), &head, &mut bytes);
        SealedFooter {
            bytes,
            offset: head.info.offset,
            sealed_digest,
            content_root,
            content_commitment: content::commitment(salt, &content_root),
            fragments: footer.fragments,
            samples: footer.samples,
        }
    }
}

/// Seals the segments' records in order. It cannot seal one index twice: every call takes the next one.
pub struct Sealer {
    segment: SegmentId,
    cipher: Cipher,
    salt: Zeroizing<[u8; 32]>,
    written: Progress,
    sealed: Option<Pending>,
}

impl Sealer {
    /// Begins a segment: the sealer and the bytes of the header record, to be written first. Its key must be durable
    /// before that (rule 7), and its id freshly minted: a segment is begun once.
    ///
    /// # Errors
    /// [`SealError::Header`].
    pub fn begin(header: &SegmentHeader, segment_key: &[u8; 32]) -> Result<(Self, Vec<u8>), SealError> {
        let cipher = Cipher::new(segment_key);
        let mut bytes = header.encode()?;
        let tag = cipher.seal(Place::Header, &bytes, &mut []);
        bytes.extend_from_slice(&tag);
        let chain = Hash(*blake3::hash(&bytes).as_bytes());
        bytes.extend_from_slice(chain.as_bytes());
        let written = Progress::behind_header(header, chain, bytes.len() as u64);
        let salt = key::content_salt(segment_key);
        Ok((Self { segment: header.segment, cipher, salt, written, sealed: None }, bytes))
    }

    /// Seals the next fragment in the builder's own buffer. `wall` is our clock from its first sample to its end.
    /// Append the bytes, then call [`Self::written`]; if they cannot be written, [`Self::close`] without them.
    ///
    /// # Errors
    /// [`SealError::Samples`], [`SealError::Unwritten`].
    pub fn seal(&mut self, mut builder: FragmentBuilder, wall: WallRange) -> Result<SealedFragment, SealError> {
        let index = self.written.tally.fragments() + 1;
        if self.sealed.is_some() {
            return Err(SealError::Unwritten { index });
        }
        let totals = builder.finish().ok_or(SealError::Samples { index })?;
        let tally = &self.written.tally;
        let first_number = tally.samples + 1;
        let samples_after = first_number.checked_add(totals.samples).ok_or(SealError::Samples { index })? as usize;
        if !footer::fits(index as usize, samples_after) || !self.written.goes_on_at(totals.first) {
            return Err(SealError::Samples { index });
        }
        let mut tree = self.written.tree.clone();
        for (row, number) in builder.rows.iter().zip(first_number..) {
            tree.push(content::sample_leaf(number, &row.times, &row.digest));
        }
        let samples = builder.rows.iter().map(Row::in_footer).collect();
        let starts_at_sync = builder.rows.first().is_some_and(|row| row.times.sync);
        let holds_sync = builder.rows.iter().any(|row| row.times.sync);
        let info = FragmentInfo {
            index,
            offset: tally.offset,
            plaintext_len: totals.plaintext_len,
            samples: totals.samples,
            first_dts: totals.first,
            media_duration: totals.media_duration,
            wall_start: wall.start,
            wall_end: wall.end,
            starts_at_sync,
            sync_back: sync_back(starts_at_sync, index, self.written.last_sync),
        };
        let head = RecordHead { marker: Marker::Fragment, info, previous: tally.chain };
        let mut bytes = builder.buffer;
        let chain = seal_record(&self.cipher, Place::Fragment(index), &head, &mut bytes);
        let last_sync = if holds_sync { index } else { self.written.last_sync };
        let last_dts = builder.rows.last().map(|row| row.times.dts);
        self.sealed = Some(Pending { info, chain, tree, samples, last_sync, last_dts });
        Ok(SealedFragment { segment: self.segment, info, bytes })
    }

    /// Notes that all bytes of the fragment were appended. Gives the buffer back for the next [`FragmentBuilder`].
    ///
    /// # Errors
    /// [`SealError::NotOurs`] for a fragment of another segment.
    pub fn written(&mut self, fragment: SealedFragment) -> Result<Vec<u8>, SealError> {
        let ours = fragment.segment == self.segment;
        let Some(pending) = self.sealed.take_if(|pending| ours && pending.info == fragment.info) else {
            return Err(SealError::NotOurs { index: fragment.info.index });
        };
        self.written
            .tally
            .add(pending.info, pending.chain)
            .expect("sealing saw to it that the samples can be numbered");
        self.written.tree = pending.tree;
        self.written.samples.extend(pending.samples);
        self.written.last_sync = pending.last_sync;
        self.written.last_dts = pending.last_dts;
        Ok(fragment.bytes)
    }

    /// Length of the file with everything reported as written.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.written.tally.offset
    }

    /// Whether no fragment was reported as written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.written.tally.table.is_empty()
    }

    /// The fragments reported as written.
    #[must_use]
    pub fn fragments(&self) -> &[FragmentInfo] {
        &self.written.tally.table
    }

    /// The samples of the fragments reported as written.
    #[must_use]
    pub fn samples(&self) -> &[SampleRow] {
        &self.written.samples
    }

    /// Ends the segment behind the last fragment reported as written; nothing more is sealed under its key.
    #[must_use]
    pub fn close(self) -> SealedFooter {
        self.written.footer(&self.cipher, &self.salt)
    }
}

fn sync_back(starts_at_sync: bool, index: u32, last_sync: u32) -> u32 {
    match (starts_at_sync, last_sync) {
        (true, _) => 0,
        (false, 0) => SYNC_BEFORE_SEGMENT,
        (false, last_sync) => index - last_sync,
    }
}

/// Fills in the head, seals the plaintext behind it in place, appends tag, length and digest; gives the digest.
fn seal_record(cipher: &Cipher, place: Place, head: &RecordHead, bytes: &mut Vec<u8>) -> Hash {
    let (clear, plaintext) = bytes.split_at_mut(RECORD_HEAD_LEN);
    clear.copy_from_slice(&head.encode());
    let tag = cipher.seal(place, clear, plaintext);
    bytes.reserve(tag.len() + RECORD_TAIL_LEN);
    bytes.extend_from_slice(&tag);
    bytes.extend_from_slice(&(head.info.record_len() as u32).to_le_bytes());
    let digest = Hash(*blake3::hash(bytes).as_bytes());
    bytes.extend_from_slice(digest.as_bytes());
    digest
}
