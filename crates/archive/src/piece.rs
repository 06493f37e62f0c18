//! What of one segment is given out for an interval: whole GOPs around it, known from the segment's tables alone.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use candour_media::SampleEntry;
use candour_seal::{FragmentInfo, SampleRow};
use candour_units::{RunId, SegmentId, WallDuration, WallRange, WallTime};

/// A stretch of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The segment it lies in.
    pub segment: SegmentId,
    /// What is given out: whole GOPs around what was asked.
    pub disclosed: WallRange,
    /// Wall-clock time of the segment's decode time 0.
    pub origin: WallTime,
    /// How to decode it.
    pub entry: Arc<SampleEntry>,
    /// The unbroken connection it was received over: pieces of one run follow each other on the camera's own clock.
    pub run: RunId,
    /// Ticks from the first decode time given out of the whole interval to the segment's decode time 0; may be
    /// negative. Runs are placed by our clock, the segments of a run by the camera's.
    pub at: i64,
    /// What is given out of each stored fragment, in order.
    pub fragments: Vec<PieceFragment>,
}

/// What is given out of one stored fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PieceFragment {
    pub(crate) info: FragmentInfo,
    /// Which of the fragment's samples.
    pub(crate) within: Range<usize>,
    /// Size and times of each sample that is given out; `dts` counts from the segment's first sample.
    pub samples: Vec<SampleRow>,
    /// Where the last of them ends, in the same ticks.
    pub end: i64,
    /// Our clock from the first of them to the end of the last.
    pub wall: WallRange,
}

impl PieceFragment {
    /// Number of the stored fragment in its segment, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.info.index
    }

    /// Bytes of media.
    #[must_use]
    pub fn len_bytes(&self) -> u64 {
        self.samples.iter().map(|row| u64::from(row.size)).sum()
    }

    /// Whether decoding can start at its first sample.
    #[must_use]
    pub fn starts_at_sync(&self) -> bool {
        self.samples.first().is_some_and(|row| row.sync)
    }

    /// Leaves out everything before the first sync sample; false, and nothing is changed, when there is none.
    pub(crate) fn begin_at_sync(&mut self) -> bool {
        let Some(first) = self.samples.iter().position(|row| row.sync) else { return false };
        self.samples.drain(..first);
        self.within.start += first;
        if let Some(row) = self.samples.first() {
            self.wall.start = wall_of(&self.info, row.dts);
        }
        true
    }

    /// Decode time of the first sample.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.samples.first().map_or(self.end, |row| row.dts)
    }
}

/// Everything known about a segment's samples without opening one.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(crate) fragments: Arc<Vec<FragmentInfo>>,
    pub(crate) samples: Arc<Vec<SampleRow>>,
}

impl Tables {
    /// Whether the first sample can be decoded without a segment before.
    pub(crate) fn starts_at_sync(&self) -> bool {
        self.samples.first().is_some_and(|row| row.sync)
    }

    /// Whether any sample can be decoded.
    pub(crate) fn holds_sync(&self) -> bool {
        self.samples.iter().any(|row| row.sync)
    }

    /// Whether the picture shown at `moment` needs one that lies before the segment.
    pub(crate) fn needs_before(&self, moment: WallTime) -> bool {
        !self.starts_at_sync() && self.sync_at_or_before(self.sample_at(moment)).is_none()
    }

    /// Whether the GOP that holds the last moment before `end` reaches to the end of the segment.
    pub(crate) fn runs_over(&self, end: WallTime) -> bool {
        !self.samples.is_empty() && self.gop_end(self.first_from(end)) == self.samples.len()
    }

    /// The samples of the whole GOPs around the part of `range` in the segment.
    pub(crate) fn gops(&self, range: WallRange) -> Range<usize> {
        let first = self.sync_at_or_before(self.sample_at(range.start)).unwrap_or(0);
        let end = self.gop_end(self.first_from(range.end).max(first + 1));
        first..end.max(first)
    }

    /// The samples of the last GOP: what a picture in the segment behind needs.
    pub(crate) fn last_gop(&self) -> Range<usize> {
        let last = self.samples.len().saturating_sub(1);
        self.sync_at_or_before(last).unwrap_or(0)..self.samples.len()
    }

    /// The samples before the first GOP: the end of one that began in the segment before.
    pub(crate) fn rest_of_gop(&self) -> Range<usize> {
        0..self.gop_end(0)
    }

    /// The sample shown at `moment`, or the first.
    fn sample_at(&self, moment: WallTime) -> usize {
        self.first_from(WallTime::from_ticks(moment.ticks().saturating_add(1))).saturating_sub(1)
    }

    /// The first sample that does not begin before `moment`.
    fn first_from(&self, moment: WallTime) -> usize {
        let fragment = self.fragments.partition_point(|info| info.wall_start < moment);
        let Some(at) = fragment.checked_sub(1) else { return 0 };
        let first: usize = self.fragments[..at].iter().map(|info| info.samples as usize).sum();
        let info = &self.fragments[at];
        let end = (first + info.samples as usize).min(self.samples.len());
        let inside = self.samples.get(first..end).unwrap_or_default();
        first + inside.partition_point(|row| wall_of(info, row.dts) < moment)
    }

    fn sync_at_or_before(&self, sample: usize) -> Option<usize> {
        self.samples.get(..=sample)?.iter().rposition(|row| row.sync)
    }

    /// The first sync sample at or behind `sample`, or the end.
    fn gop_end(&self, sample: usize) -> usize {
        let behind = self.samples.get(sample..).unwrap_or_default();
        sample + behind.iter().position(|row| row.sync).unwrap_or(behind.len())
    }

    /// The stored fragments that hold those samples, and which of theirs they are.
    pub(crate) fn fragments_of(&self, wanted: Range<usize>) -> Vec<PieceFragment> {
        let mut first = 0;
        let mut out = Vec::new();
        for info in self.fragments.iter() {
            let here = first..first + info.samples as usize;
            first = here.end;
            let (start, end) = (wanted.start.max(here.start), wanted.end.min(here.end).min(self.samples.len()));
            if start < end {
                out.push(self.part(info, start - here.start..end - here.start, &self.samples[start..end]));
            }
        }
        out
    }

    fn part(&self, info: &FragmentInfo, within: Range<usize>, samples: &[SampleRow]) -> PieceFragment {
        let of_fragment = info.samples as usize;
        let fragment_end = info.first_dts.saturating_add_unsigned(info.media_duration);
        let next = (within.end < of_fragment).then(|| self.next_dts(info, within.end)).flatten();
        let end = next.unwrap_or(fragment_end);
        let start = samples.first().map_or(info.first_dts, |row| row.dts);
        let wall = WallRange { start: wall_of(info, start), end: wall_of(info, end) };
        PieceFragment { info: *info, within, samples: samples.to_vec(), end, wall }
    }

    fn next_dts(&self, info: &FragmentInfo, within: usize) -> Option<i64> {
        let before: usize = self.fragments[..info.index as usize - 1].iter().map(|info| info.samples as usize).sum();
        self.samples.get(before + within).map(|row| row.dts)
    }
}

/// Our clock at a decode time inside a fragment: what the fragment says of its ends, and evenly between.
pub(crate) fn wall_of(info: &FragmentInfo, dts: i64) -> WallTime {
    let length = i128::from(info.media_duration.max(1));
    let into = i128::from(dts.saturating_sub(info.first_dts)).clamp(0, length);
    let wall = i128::from((info.wall_end - info.wall_start).ticks());
    info.wall_start + WallDuration::from_ticks(i64::try_from(wall * into / length).unwrap_or(0))
}

/// The sample entry as it was when the segment began.
pub(crate) fn entry_of(header: &candour_seal::SegmentHeader) -> SampleEntry {
    SampleEntry::parse(&header.sample_entry, header.timescale).unwrap_or_else(|_| SampleEntry {
        codec: codec_of(header.codec),
        codec_string: header.codec_string.clone(),
        width: header.width,
        height: header.height,
        timescale: header.timescale,
        entry: Bytes::copy_from_slice(&header.sample_entry),
        decoder_config: Bytes::new(),
        reorder_depth: None,
    })
}

fn codec_of(code: candour_seal::CodecCode) -> candour_media::Codec {
    use candour_media::Codec;
    use candour_seal::CodecCode;
    match code {
        CodecCode::H264 => Codec::H264,
        CodecCode::H265 => Codec::H265,
        CodecCode::Mjpeg => Codec::Mjpeg,
        CodecCode::Aac => Codec::Aac,
        CodecCode::Pcma => Codec::Pcma,
        CodecCode::Pcmu => Codec::Pcmu,
    }
}

/// What places a piece on the clock of the interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placing {
    run: RunId,
    run_dts: i64,
    at: i64,
    /// Where its last sample ends, on the clock of the interval.
    end: i64,
}

impl Placing {
    /// Puts `piece`, whose segment began at `run_dts` of its run, behind the one before; the first begins at 0.
    /// `began` is our clock at the first sample of the interval.
    pub(crate) fn place(before: Option<Self>, piece: &mut Piece, run_dts: i64, began: WallTime) -> Self {
        let first = piece.fragments.first().map_or(0, PieceFragment::start);
        let last = piece.fragments.last().map_or(0, |fragment| fragment.end);
        let by_wall = || {
            let since = i128::from((piece.disclosed.start - began).ticks());
            let ticks = since * i128::from(piece.entry.timescale) / i128::from(candour_units::TICKS_PER_SECOND);
            i64::try_from(ticks).unwrap_or(0).saturating_sub(first)
        };
        let at = match before {
            None => -first,
            Some(before) if before.run == piece.run => {
                before.at.saturating_add(run_dts.saturating_sub(before.run_dts)).max(before.end - first)
            }
            // Two runs never overlap, whatever was done to the clock between them.
            Some(before) => by_wall().max(before.end - first),
        };
        piece.at = at;
        Self { run: piece.run, run_dts, at, end: at.saturating_add(last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A segment of samples 100 ticks long: `true` for a sync sample, fragments of `per` samples, from wall time 1000.
    fn tables(syncs: &[bool], per: usize) -> Tables {
        let samples: Vec<SampleRow> = syncs
            .iter()
            .enumerate()
            .map(|(at, sync)| SampleRow { dts: at as i64 * 100, composition_offset: 0, size: 10, sync: *sync })
            .collect();
        let fragments = samples.chunks(per).enumerate().map(|(number, rows)| FragmentInfo {
            index: number as u32 + 1,
            offset: number as u64 * 1000,
            plaintext_len: 30 * rows.len() as u32,
            samples: rows.len() as u32,
            first_dts: rows[0].dts,
            media_duration: 100 * rows.len() as u64,
            wall_start: WallTime::from_ticks(1000 + rows[0].dts),
            wall_end: WallTime::from_ticks(1000 + rows[0].dts + 100 * rows.len() as i64),
            starts_at_sync: rows[0].sync,
            sync_back: 0,
        });
        Tables { fragments: Arc::new(fragments.collect()), samples: Arc::new(samples) }
    }

    fn range(start: i64, end: i64) -> WallRange {
        WallRange { start: WallTime::from_ticks(start), end: WallTime::from_ticks(end) }
    }

    #[track_caller]
    fn check(syncs: &str, per: usize, asked: (i64, i64), expected: Range<usize>) {
        let syncs: Vec<bool> = syncs.chars().map(|letter| letter == 'S').collect();
        assert_eq!(tables(&syncs, per).gops(range(asked.0, asked.1)), expected, "{syncs:?} {asked:?}");
    }

    #[test]
    fn whole_gops_and_no_more() {
        check("S..S..S..", 2, (1000, 1100), 0..3);
        check("S..S..S..", 2, (1000, 1900), 0..9);
        check("S..S..S..", 2, (1299, 1300), 0..3);
        check("S..S..S..", 2, (1300, 1301), 3..6);
        check("S..S..S..", 4, (1299, 1301), 0..6);
        // Before and behind the segment.
        check("S..S..S..", 2, (0, 1001), 0..3);
        check("S..S..S..", 2, (1850, 9000), 6..9);
        // Every picture a GOP of its own: none that was not asked for, though the fragment holds more.
        check("SSSSSSSS", 4, (1150, 1250), 1..3);
        // The start of the segment is the rest of a GOP.
        check("...S..S..", 2, (1100, 1150), 0..3);
        check("........", 2, (1100, 1150), 0..8);
    }

    #[test]
    fn what_lies_in_neighbours() {
        let late = tables(&[false, false, true, false], 2);
        assert!(late.needs_before(WallTime::from_ticks(1150)) && !late.needs_before(WallTime::from_ticks(1250)));
        assert!(late.runs_over(WallTime::from_ticks(1350)) && !late.runs_over(WallTime::from_ticks(1150)));
        assert_eq!((late.last_gop(), late.rest_of_gop()), (2..4, 0..2));
    }

    proptest! {
        #[test]
        fn the_parts_are_the_samples(
            syncs in prop::collection::vec(any::<bool>(), 1..60), per in 1usize..9, a in 0i64..8000, len in 1i64..6000,
        ) {
            let tables = tables(&syncs, per);
            let asked = range(a, a + len);
            let wanted = tables.gops(asked);
            let parts = tables.fragments_of(wanted.clone());
            let given: Vec<SampleRow> = parts.iter().flat_map(|part| part.samples.clone()).collect();
            prop_assert_eq!(&given[..], &tables.samples[wanted.clone()]);
            prop_assert!(parts.iter().all(|part| part.within.len() == part.samples.len()));
            prop_assert!(parts.windows(2).all(|two| two[0].end == two[1].start() && two[0].wall.end == two[1].wall.start));
            // Every sample shown in the interval is given, and what is given beside them is the rest of their GOPs.
            for (at, row) in tables.samples.iter().enumerate() {
                let shown = range(1000 + row.dts, 1100 + row.dts);
                if shown.overlaps(&asked) {
                    prop_assert!(wanted.contains(&at), "{at} of {wanted:?}");
                }
            }
            let inside = 1000 < a + len && a < 1000 + 100 * syncs.len() as i64;
            if inside && syncs[0] {
                prop_assert!(tables.samples[wanted.start].sync);
                prop_assert!(tables.samples.get(wanted.end).is_none_or(|row| row.sync));
            }
        }
    }
}
