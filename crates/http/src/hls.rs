//! HLS of a look: which stored fragments make a media segment, what the playlist says, and the names that lead back.
//! Everything follows from what is stored, so the playlist of a look that reaches to now only grows at its end.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use candour_archive::{Piece, ReadSample, Reading, Span, SpanKind};
use candour_media::playlist::{Entry, Playlist, TARGET_S};
use candour_media::{FragmentSample, SampleEntry, fragment};
use candour_units::{SegmentId, WallRange, WallTime};

use crate::digest::hex;
use crate::sentences;

/// A media segment ends at the first sync sample after half of the longest.
const ENOUGH_S: u64 = TARGET_S / 2;
/// Missing time shorter than that is rounding.
const LEAST_GAP_90K: i64 = 9_000;

/// The name of a media segment: which stored fragments it is made of, and where they lie in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaName {
    pub(crate) segment: SegmentId,
    /// Number of its first stored fragment.
    pub(crate) first: u32,
    /// How many stored fragments.
    pub(crate) count: u32,
    /// Decode time of its first sample on the playlist's clock.
    pub(crate) at: u64,
    /// Our clock.
    pub(crate) from_90k: i64,
    pub(crate) to_90k: i64,
}

/// What a file of a playlist's directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    Playlist,
    Init(String),
    Media(MediaName),
}

impl fmt::Display for MediaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segment, first, count, at, from_90k, to_90k } = self;
        write!(f, "{segment}-{first}-{count}-{at}-{from_90k}-{to_90k}.m4s")
    }
}

impl FromStr for Name {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "index.m3u8" {
            return Ok(Self::Playlist);
        }
        if let Some(mark) = text.strip_prefix("init-").and_then(|rest| rest.strip_suffix(".mp4")) {
            return Ok(Self::Init(mark.to_owned()));
        }
        let fields: Vec<&str> = text.strip_suffix(".m4s").ok_or(())?.split('-').collect();
        let [segment, first, count, at, from, to] = fields[..] else { return Err(()) };
        let name = MediaName {
            segment: segment.parse().map_err(|_| ())?,
            first: first.parse().map_err(|_| ())?,
            count: count.parse().map_err(|_| ())?,
            at: at.parse().map_err(|_| ())?,
            from_90k: from.parse().map_err(|_| ())?,
            to_90k: to.parse().map_err(|_| ())?,
        };
        Ok(Self::Media(name))
    }
}

/// The name of the init segment of an entry; equal entries have one.
pub(crate) fn init_name(entry: &SampleEntry) -> String {
    format!("init-{}.mp4", init_mark(entry))
}

/// What tells one entry from another.
pub(crate) fn init_mark(entry: &SampleEntry) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&entry.timescale.to_le_bytes()).update(&entry.entry);
    hex(&hasher.finalize().as_bytes()[..8])
}

/// Stored fragments that make one media segment.
struct Group<'a> {
    piece: &'a Piece,
    first: usize,
    end: usize,
}

impl Group<'_> {
    fn start(&self) -> i64 {
        self.piece.fragments[self.first].start()
    }

    fn finish(&self) -> i64 {
        self.piece.fragments[self.end - 1].end
    }

    fn wall(&self) -> WallRange {
        let fragments = &self.piece.fragments;
        WallRange { start: fragments[self.first].wall.start, end: fragments[self.end - 1].wall.end }
    }

    fn entry(&self, new_run: bool) -> Entry {
        let wall = self.wall();
        let name = MediaName {
            segment: self.piece.segment,
            first: self.piece.fragments[self.first].number(),
            count: (self.end - self.first) as u32,
            at: u64::try_from(self.piece.at + self.start()).unwrap_or(0),
            from_90k: wall.start.ticks(),
            to_90k: wall.end.ticks(),
        };
        Entry::Media {
            uri: name.to_string(),
            map: init_name(&self.piece.entry),
            duration: u64::try_from(self.finish() - self.start()).unwrap_or(0),
            timescale: self.piece.entry.timescale,
            start: wall.start,
            new_run,
        }
    }
}

/// How a playlist stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The look reached to now when it was asked for: its playlist grows.
    pub(crate) grows: bool,
    /// Nothing more will come.
    pub(crate) ended: bool,
}

/// The playlist of an opened interval; `spans` say why something is missing.
pub(crate) fn playlist(reading: &Reading, spans: &[Span], standing: Standing) -> Playlist {
    let mut groups: Vec<Group> = reading.pieces().iter().flat_map(groups_of).collect();
    if !standing.ended {
        // The last one may still become longer.
        groups.pop();
    }
    let asked = reading.asked();
    let (mut entries, mut last): (Vec<Entry>, Option<&Group>) = (Vec::new(), None);
    for group in &groups {
        // What is missing before the first picture is not played over: a player that begins with a gap stays in it (hls.js does).
        if let Some(last) = last {
            entries.extend(gap(WallRange { start: last.wall().end, end: group.wall().start }, spans));
        }
        entries.push(group.entry(last.is_some_and(|last| last.piece.run != group.piece.run)));
        last = Some(group);
    }
    if let (true, Some(last)) = (standing.ended, last) {
        entries.extend(gap(WallRange { start: last.wall().end, end: asked.end }, spans));
    }
    Playlist { entries, ended: standing.ended, fixed: !standing.grows }
}

/// Cuts a piece into media segments: at a sync sample once there is enough, at any fragment before there is too much.
fn groups_of(piece: &Piece) -> Vec<Group<'_>> {
    let ticks = |seconds: u64| i64::try_from(seconds * u64::from(piece.entry.timescale)).unwrap_or(i64::MAX);
    let mut groups: Vec<Group> = Vec::new();
    for (number, part) in piece.fragments.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if group.finish() == part.start() => {
                let so_far = group.finish() - group.start();
                let enough = part.starts_at_sync() && so_far >= ticks(ENOUGH_S);
                let too_much = part.end - group.start() > ticks(TARGET_S);
                if enough || too_much {
                    groups.push(Group { piece, first: number, end: number + 1 });
                } else {
                    group.end = number + 1;
                }
            }
            _ => groups.push(Group { piece, first: number, end: number + 1 }),
        }
    }
    groups
}

/// What is missing there, and why: what covers most of it.
fn gap(range: WallRange, spans: &[Span]) -> Option<Entry> {
    if (range.end - range.start).ticks() < LEAST_GAP_90K {
        return None;
    }
    let overlap = |span: &&Span| (span.range.end.min(range.end) - span.range.start.max(range.start)).ticks();
    let missing = spans.iter().filter(|span| span.kind != SpanKind::Recorded && span.range.overlaps(&range));
    let (cause, words) = match missing.max_by_key(overlap).map(|span| &span.kind) {
        Some(SpanKind::Gap { cause }) => (cause.word().to_owned(), sentences::gap(cause.word()).to_owned()),
        Some(SpanKind::Deleted { rule, entry }) => ("deleted".to_owned(), sentences::deleted(rule, *entry)),
        Some(SpanKind::Unavailable { .. }) => ("unavailable".to_owned(), sentences::UNAVAILABLE.to_owned()),
        _ => ("unknown".to_owned(), "Nothing was recorded, and nothing is known about why.".to_owned()),
    };
    Some(Entry::Gap { range, cause, words })
}

/// A media segment of read fragments: a `moof` and an `mdat` for each, the first at `at`.
pub(crate) fn media(at: u64, fragments: &[Vec<ReadSample>]) -> Bytes {
    let first = fragments.first().and_then(|samples| samples.first()).map_or(0, |sample| sample.dts);
    let mut out = Vec::new();
    for (samples, sequence) in fragments.iter().zip(1..) {
        let table: Vec<FragmentSample> = samples
            .iter()
            .map(|sample| FragmentSample {
                duration: sample.duration,
                size: u32::try_from(sample.data.len()).expect("a stored sample is far below 4 GiB"),
                composition_offset: sample.composition_offset,
                sync: sample.sync,
            })
            .collect();
        let data: Vec<&[u8]> = samples.iter().map(|sample| sample.data.as_ref()).collect();
        let start = samples.first().map_or(0, |sample| sample.dts.saturating_sub(first));
        out.extend(fragment(sequence, at.saturating_add_signed(start), &table, &data));
    }
    out.into()
}

/// The nearest part of `allowed` to what a name says: groups reach over both ends of what was asked.
pub(crate) fn inside(name: &MediaName, allowed: WallRange) -> WallRange {
    let tick = candour_units::WallDuration::from_ticks(1);
    let start = WallTime::from_ticks(name.from_90k).clamp(allowed.start, allowed.end - tick);
    let end = WallTime::from_ticks(name.to_90k).clamp(start + tick, allowed.end);
    WallRange { start, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        let name = MediaName {
            segment: SegmentId::from_bytes([7; 16]),
            first: 3,
            count: 8,
            at: 90_000,
            from_90k: 161_591_490_720_000,
            to_90k: 161_591_491_080_000,
        };
        assert_eq!(name.to_string().parse(), Ok(Name::Media(name)));
        assert_eq!("index.m3u8".parse(), Ok(Name::Playlist));
        assert_eq!("init-0a.mp4".parse(), Ok(Name::Init("0a".to_owned())));
        for nonsense in ["", "gap-1.m4s", "index.m3u", "1-2-3-4-5-6.m4s", "../index.m3u8", "init-"] {
            assert_eq!(nonsense.parse::<Name>(), Err(()), "{nonsense}");
        }
    }

    #[test]
    fn a_name_never_reaches_out_of_the_look() {
        let at = WallTime::from_ticks;
        let allowed = WallRange { start: at(1000), end: at(2000) };
        let name = |from_90k, to_90k| MediaName {
            segment: SegmentId::from_bytes([7; 16]),
            first: 1,
            count: 1,
            at: 0,
            from_90k,
            to_90k,
        };
        for (from, to, start, end) in
            [(0, 500, 1000, 1001), (900, 1100, 1000, 1100), (1990, 5000, 1990, 2000), (5000, 1, 1999, 2000)]
        {
            assert_eq!(inside(&name(from, to), allowed), WallRange { start: at(start), end: at(end) });
        }
    }
}
