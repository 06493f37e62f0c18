//! What has been counted of a segment so far: the chain of digests, the table, the totals.

use candour_units::{Hash, WallTime};

use crate::FragmentInfo;
use crate::record::{Marker, RecordHead};

/// The chain and the table of the fragments seen so far.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) chain: Hash,
    pub(crate) offset: u64,
    pub(crate) samples: u32,
    pub(crate) table: Vec<FragmentInfo>,
    start: WallTime,
}

impl Tally {
    /// Behind the header, whose sealed digest is `chain`.
    pub(crate) fn behind_header(start: WallTime, chain: Hash, offset: u64) -> Self {
        Self { chain, offset, samples: 0, table: Vec::new(), start }
    }

    pub(crate) fn fragments(&self) -> u32 {
        self.table.len() as u32
    }

    pub(crate) fn wall_end(&self) -> WallTime {
        self.table.last().map_or(self.start, |last| last.wall_end)
    }

    /// `None` when the segment would hold more samples than can be numbered.
    pub(crate) fn add(&mut self, info: FragmentInfo, chain: Hash) -> Option<()> {
        self.samples = self.samples.checked_add(info.samples)?;
        self.offset = info.end();
        self.chain = chain;
        self.table.push(info);
        Some(())
    }

    /// The clear head of the footer that belongs behind these fragments.
    pub(crate) fn footer_head(&self, plaintext_len: u32) -> RecordHead {
        let (first_dts, end_dts) = match (self.table.first(), self.table.last()) {
            (Some(first), Some(last)) => (first.first_dts, last.first_dts.saturating_add_unsigned(last.media_duration)),
            _ => (0, 0),
        };
        RecordHead {
            marker: Marker::Footer,
            info: FragmentInfo {
                index: self.fragments(),
                offset: self.offset,
                plaintext_len,
                samples: self.samples,
                first_dts,
                media_duration: end_dts.saturating_sub(first_dts).max(0) as u64,
                wall_start: self.table.first().map_or(self.start, |first| first.wall_start),
                wall_end: self.wall_end(),
                starts_at_sync: false,
                sync_back: 0,
            },
            previous: self.chain,
        }
    }
}
