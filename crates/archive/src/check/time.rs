//! The time of every stream: rows, certificates and gaps, merged in the order of their starts, page by page.

use std::collections::BTreeMap;

use candour_db::{AfterStart, Db, SegmentRow, SegmentState};
use candour_recording::GapCause;
use candour_units::{CameraId, StreamId, WallDuration, WallRange, WallTime};

use super::Checked;
use super::compare::Seen;
use super::finding::{Finding, FindingKind};
use super::tiling::{Layer, Stretch, Tiling, Untiled};
use crate::ArchiveError;

/// Rows of a page.
const PAGE: i64 = 2048;

/// Checks the time of these streams and of those that only gaps speak of.
pub(crate) async fn check(
    of: &Checked<'_>,
    streams: &BTreeMap<StreamId, CameraId>,
) -> Result<Vec<Finding>, ArchiveError> {
    let mut all: BTreeMap<StreamId, CameraId> = of.db.streams_spoken_of().await?.into_iter().collect();
    all.extend(streams);
    let mut findings = Vec::new();
    for (stream, camera) in all {
        findings.extend(check_stream(of, stream, camera).await?);
    }
    Ok(findings)
}

async fn check_stream(of: &Checked<'_>, stream: StreamId, camera: CameraId) -> Result<Vec<Finding>, ArchiveError> {
    let mut merged = Merged::new(of.db, stream);
    let mut tiling = Tiling::default();
    let mut untiled = Vec::new();
    while let Some(stretch) = merged.next().await? {
        untiled.extend(tiling.next(stretch));
    }
    untiled.extend(tiling.finish());
    let seen = of.seen(of.clock.wall());
    untiled.retain(|found| match (seen, found) {
        (Seen::AtRest, _) => true,
        (Seen::Running { .. }, Untiled::Ends(_)) => false,
        (Seen::Running { since }, Untiled::Hidden(range) | Untiled::Overlap { shared: range, .. }) => range.end < since,
    });
    let whose = |finding: Finding| Finding { camera: Some(camera), stream: Some(stream), ..finding };
    Ok(untiled.iter().map(|found| whose(told(found))).collect())
}

/// Stretches of a stream's time that nothing covers, in order.
///
/// # Errors
/// [`ArchiveError::Db`].
pub(crate) async fn untold(db: &Db, stream: StreamId) -> Result<Vec<WallRange>, ArchiveError> {
    let mut merged = Merged::new(db, stream);
    let mut tiling = Tiling::default();
    let mut hidden = Vec::new();
    while let Some(stretch) = merged.next().await? {
        hidden.extend(tiling.next(stretch).into_iter().filter_map(|found| match found {
            Untiled::Hidden(range) => Some(range),
            Untiled::Ends(_) | Untiled::Overlap { .. } => None,
        }));
    }
    Ok(hidden)
}

fn told(untiled: &Untiled) -> Finding {
    match untiled {
        Untiled::Hidden(WallRange { start, end }) => {
            let length = seconds(*end - *start);
            let words = format!("{length} s that are neither footage nor gap nor certificate");
            Finding::new(FindingKind::HiddenGap, words, "a gap with its cause").between(*start, *end)
        }
        Untiled::Ends(end) => {
            let words = format!("the footage ends at {end}, and nothing says why");
            Finding::new(FindingKind::HiddenGap, words, "an open segment or a gap that lasts")
        }
        Untiled::Overlap { shared, gap } => {
            let words = format!("the gap that begins at {gap} lies over footage for {} s", seconds(shared.duration()));
            Finding::new(FindingKind::GapOverFootage, words, "one of the two")
                .between(shared.start, shared.end)
                .at(format!("gap {}", gap.ticks()))
        }
    }
}

fn seconds(length: WallDuration) -> f64 {
    length.ticks() as f64 / 90_000.0
}

/// Sorted sources in pages, merged by start.
pub(crate) struct Merged<'a> {
    db: &'a Db,
    stream: StreamId,
    sources: Vec<Source>,
}

/// Where spans come from, and behind which row the next page begins.
enum From {
    Segments(SegmentState, AfterStart),
    Certificates(AfterStart),
    /// Certificates that were folded into stretches of at most a day.
    Stretches(WallTime, i64),
    Gaps(WallTime),
}

struct Source {
    from: From,
    /// The rest of the page, last first.
    page: Vec<Stretch>,
    ended: bool,
}

impl<'a> Merged<'a> {
    pub(crate) fn new(db: &'a Db, stream: StreamId) -> Self {
        let (beginning, never) = (AfterStart::BEGINNING, WallTime::from_ticks(i64::MIN));
        let sources = [
            From::Segments(SegmentState::Closed, beginning),
            From::Segments(SegmentState::Deleting, beginning),
            From::Segments(SegmentState::Open, beginning),
            From::Certificates(beginning),
            From::Stretches(never, i64::MIN),
            From::Gaps(never),
        ];
        let sources = sources.into_iter().map(|from| Source { from, page: Vec::new(), ended: false }).collect();
        Self { db, stream, sources }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Stretch>, ArchiveError> {
        for source in &mut self.sources {
            if source.page.is_empty() && !source.ended {
                source.fill(self.db, self.stream).await?;
            }
        }
        let first = self.sources.iter_mut().filter(|source| !source.page.is_empty());
        let first = first.min_by_key(|source| source.page.last().map(|stretch| stretch.start));
        Ok(first.and_then(|source| source.page.pop()))
    }
}

impl Source {
    async fn fill(&mut self, db: &Db, stream: StreamId) -> Result<(), ArchiveError> {
        let certified =
            |range: WallRange| Stretch { start: range.start, end: Some(range.end), layer: Layer::Certificate };
        match &mut self.from {
            From::Segments(state, after) => {
                let rows = db.segments_by_start(stream, *state, *after, PAGE).await?;
                if let Some(last) = rows.last() {
                    *after = AfterStart { start: last.start, segment: last.id };
                }
                self.page.extend(rows.iter().map(footage));
            }
            From::Certificates(after) => {
                let rows = db.certificates_by_start(stream, *after, PAGE).await?;
                if let Some(last) = rows.last() {
                    *after = AfterStart { start: last.interval.start, segment: last.segment };
                }
                self.page.extend(rows.iter().map(|row| certified(row.interval)));
            }
            From::Stretches(start, entry) => {
                let rows = db.stretches_by_start(stream, (*start, *entry), PAGE).await?;
                if let Some(last) = rows.last() {
                    (*start, *entry) = (last.interval.start, last.entries.0);
                }
                self.page.extend(rows.iter().map(|row| certified(row.interval)));
            }
            From::Gaps(after) => {
                let rows = db.gaps_by_start(stream, *after, PAGE).await?;
                if let Some(last) = rows.last() {
                    *after = last.start;
                }
                self.page.extend(rows.iter().map(|row| {
                    let lost = row.cause.parse() == Ok(GapCause::DataLoss);
                    Stretch { start: row.start, end: row.end, layer: if lost { Layer::Loss } else { Layer::Gap } }
                }));
            }
        }
        self.ended = self.page.is_empty();
        self.page.reverse();
        Ok(())
    }
}

fn footage(row: &SegmentRow) -> Stretch {
    let layer = if row.state == SegmentState::Deleting { Layer::Certificate } else { Layer::Footage };
    // What is being written covers what comes: its row is seconds behind.
    let end = if row.state == SegmentState::Open { None } else { Some(row.end) };
    Stretch { start: row.start, end, layer }
}
