//! What the timeline draws: every moment of a range has exactly one span.

use candour_db::{CertificateRow, DeletedStretch, GapRow, Recorded, SegmentRow, SegmentState};
use candour_recording::GapCause;
use candour_units::{StreamId, WallRange, WallTime};

use crate::open::Inner;
use crate::{Archive, ArchiveError};

/// Two segments that lie no further apart than this (in ticks) are one stretch: rounding, not missing time.
const JOINT: i64 = 1;

/// What a stretch of time is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpanKind {
    /// Footage is there and can be played.
    Recorded,
    /// Footage is missing, and why.
    Gap {
        /// Why.
        cause: GapCause,
    },
    /// Footage was deleted, by that rule; the certificate (of what is long gone, the last of several) is this log entry.
    Deleted {
        /// The rule in words.
        rule: String,
        /// Position of the certificate in the log.
        entry: Option<i64>,
    },
    /// Footage is there, but the storage directory it lies in cannot be reached now. It is not lost.
    Unavailable {
        /// Number of the directory.
        storage: i64,
    },
    /// Before the first or after the last moment anything is known about.
    Unknown,
}

/// A stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// From, to.
    pub range: WallRange,
    /// What it is.
    pub kind: SpanKind,
}

/// Spans in order, without holes or overlaps, that tile the range asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// The spans.
    pub spans: Vec<Span>,
}

impl Archive {
    /// What is recorded, missing and deleted in `range`: no footage, no receipt. A gap that lasts reaches to now.
    ///
    /// # Errors
    /// [`ArchiveError::Db`].
    pub async fn timeline(&self, stream: StreamId, range: WallRange) -> Result<Timeline, ArchiveError> {
        // First what is in memory, then the rows: a segment leaves memory only when its row is stored.
        let known = self.inner.index.of(stream, range);
        let waiting_gaps = self.inner.rows.gaps_of(stream);
        let mut recorded = self.inner.db.recorded_in(stream, range).await?;
        let is_playable = |state| matches!(state, SegmentState::Open | SegmentState::Closed);
        let known = known.into_iter().map(|known| known.row).filter(|row| is_playable(row.state));
        let extent =
            |row: SegmentRow| Recorded { range: WallRange { start: row.start, end: row.end }, storage: row.storage };
        recorded.extend(known.map(extent));
        let mut gaps = self.inner.db.gaps_in(stream, range).await?;
        gaps.retain(|gap| waiting_gaps.iter().all(|newer| newer.start != gap.start));
        gaps.extend(waiting_gaps);
        // A row is folded into a stretch in one transaction: asked first, it can be told twice and never not at all.
        let deleted = self.inner.db.deleted_in(stream, range).await?;
        let folded = self.inner.db.deleted_stretches_in(stream, range).await?;
        let deleted = deleted.into_iter().map(certified).chain(folded.into_iter().map(stretch)).collect();
        let is_near = |recorded: &Recorded| self.inner.store.is_available(recorded.storage);
        let (near, away): (Vec<_>, Vec<_>) = recorded.into_iter().partition(is_near);
        let layers = [deleted, away.into_iter().map(unavailable).collect(), joined(near)];
        Ok(Timeline { spans: tile(range, self.inner.clock.wall(), &gaps, layers) })
    }
}

impl Inner {
    /// Footage that was found to be damaged, in `range`.
    pub(crate) async fn known_losses(
        &self,
        stream: StreamId,
        range: WallRange,
    ) -> Result<Vec<WallRange>, ArchiveError> {
        let mut gaps = self.db.gaps_in(stream, range).await?;
        gaps.extend(self.rows.gaps_of(stream));
        let lost = gaps.iter().filter(|gap| gap.cause == GapCause::DataLoss.word());
        Ok(lost.filter_map(|gap| WallRange::new(gap.start, gap.end?)).collect())
    }
}

/// Lays the layers over each other: nothing known, gaps, deletions, footage out of reach, footage (each over the one
/// before it), and loss found in it.
fn tile(range: WallRange, now: WallTime, gaps: &[GapRow], [deleted, away, near]: [Vec<Span>; 3]) -> Vec<Span> {
    if range.start >= range.end {
        return Vec::new();
    }
    let (loss, gaps): (Vec<Span>, Vec<Span>) = gaps
        .iter()
        .filter_map(|gap| gap_span(gap, now))
        .partition(|span| span.kind == SpanKind::Gap { cause: GapCause::DataLoss });
    let mut spans = vec![Span { range, kind: SpanKind::Unknown }];
    for layer in [gaps, deleted, away, near, loss] {
        spans = overlay(&spans, layer);
    }
    spans
}

fn gap_span(gap: &GapRow, now: WallTime) -> Option<Span> {
    let range = WallRange::new(gap.start, gap.end.unwrap_or(now))?;
    // A word from a newer program is still a gap.
    let cause = gap.cause.parse().unwrap_or(GapCause::DataLoss);
    Some(Span { range, kind: SpanKind::Gap { cause } })
}

fn certified(row: CertificateRow) -> Span {
    Span { range: row.interval, kind: SpanKind::Deleted { rule: row.rule, entry: row.entry } }
}

fn stretch(stretch: DeletedStretch) -> Span {
    let kind = SpanKind::Deleted { rule: stretch.rule, entry: Some(stretch.entries.1) };
    Span { range: stretch.interval, kind }
}

fn unavailable(recorded: Recorded) -> Span {
    Span { range: recorded.range, kind: SpanKind::Unavailable { storage: recorded.storage } }
}

fn joined(mut recorded: Vec<Recorded>) -> Vec<Span> {
    recorded.sort_by_key(|recorded| (recorded.range.start, recorded.range.end));
    let mut stretches: Vec<WallRange> = Vec::new();
    for Recorded { range, .. } in recorded {
        match stretches.last_mut() {
            Some(last) if (range.start - last.end).ticks() <= JOINT => last.end = last.end.max(range.end),
            _ => stretches.push(range),
        }
    }
    stretches.into_iter().map(|range| Span { range, kind: SpanKind::Recorded }).collect()
}

/// Puts `over` on top of spans that tile a range; they tile it still. Of two that overlap in `over` the earlier counts.
fn overlay(under: &[Span], mut over: Vec<Span>) -> Vec<Span> {
    over.sort_by_key(|span| span.range.start);
    let mut out: Vec<Span> = Vec::with_capacity(under.len() + 2 * over.len());
    let mut over = over.into_iter().peekable();
    for below in under {
        let mut at = below.range.start;
        while at < below.range.end {
            let Some(above) = over.peek() else { break };
            if above.range.end <= at {
                over.next();
                continue;
            }
            if above.range.start >= below.range.end {
                break;
            }
            push(&mut out, at, above.range.start, &below.kind);
            let start = at.max(above.range.start);
            let end = above.range.end.min(below.range.end);
            push(&mut out, start, end, &above.kind);
            at = end;
        }
        push(&mut out, at, below.range.end, &below.kind);
    }
    out
}

/// Adds a span if it has a length, or lengthens the last one if it is of the same kind.
fn push(out: &mut Vec<Span>, start: WallTime, end: WallTime, kind: &SpanKind) {
    let Some(range) = WallRange::new(start, end) else { return };
    match out.last_mut() {
        Some(last) if last.kind == *kind && last.range.end == range.start => last.range.end = range.end,
        _ => out.push(Span { range, kind: kind.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::CameraId;
    use proptest::prelude::*;

    fn at(ticks: i64) -> WallTime {
        WallTime::from_ticks(ticks)
    }

    fn range(start: i64, end: i64) -> WallRange {
        WallRange { start: at(start), end: at(end) }
    }

    fn gap(start: i64, end: Option<i64>, cause: GapCause) -> GapRow {
        GapRow {
            stream: StreamId::from_bytes([1; 16]),
            camera: CameraId::from_bytes([2; 16]),
            start: at(start),
            end: end.map(at),
            cause: cause.word().to_owned(),
        }
    }

    fn on_disk(storage: i64, start: i64, end: i64) -> Recorded {
        Recorded { range: range(start, end), storage }
    }

    fn deleted(start: i64, end: i64) -> Span {
        Span { range: range(start, end), kind: SpanKind::Deleted { rule: "a day".to_owned(), entry: Some(7) } }
    }

    fn letter(span: &Span) -> String {
        let letter = match &span.kind {
            SpanKind::Recorded => "R",
            SpanKind::Gap { cause: GapCause::DataLoss } => "L",
            SpanKind::Gap { .. } => "G",
            SpanKind::Deleted { .. } => "D",
            SpanKind::Unavailable { .. } => "U",
            SpanKind::Unknown => "?",
        };
        format!("{letter}{}-{}", span.range.start.ticks(), span.range.end.ticks())
    }

    #[track_caller]
    fn check(recorded: &[(i64, i64)], gaps: &[GapRow], deleted: &[Span], expected: &str) {
        let near = joined(recorded.iter().map(|(start, end)| on_disk(0, *start, *end)).collect());
        let spans = tile(range(0, 100), at(90), gaps, [deleted.to_vec(), vec![], near]);
        assert_eq!(spans.iter().map(letter).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn layers() {
        use GapCause::{CameraLost, DataLoss};
        check(&[], &[], &[], "?0-100");
        check(&[(10, 20), (32, 40), (21, 30)], &[], &[], "?0-10 R10-30 ?30-32 R32-40 ?40-100");
        check(&[(-50, 20)], &[gap(20, None, CameraLost)], &[], "R0-20 G20-90 ?90-100");
        check(&[(0, 50)], &[gap(10, Some(60), CameraLost)], &[], "R0-50 G50-60 ?60-100");
        check(&[(0, 50)], &[gap(10, Some(20), DataLoss)], &[deleted(40, 70)], "R0-10 L10-20 R20-50 D50-70 ?70-100");
        check(&[], &[gap(30, Some(30), CameraLost)], &[deleted(-10, 10), deleted(95, 200)], "D0-10 ?10-95 D95-100");
        check(&[(60, 300)], &[], &[], "?0-60 R60-100");
    }

    #[test]
    fn footage_out_of_reach_is_neither_recorded_nor_missing() {
        let near = joined(vec![on_disk(0, 20, 50)]);
        let away = vec![unavailable(on_disk(1, 0, 20)), unavailable(on_disk(1, 45, 70))];
        let spans = tile(range(0, 100), at(90), &[gap(60, Some(80), GapCause::CameraLost)], [vec![], away, near]);
        let found: Vec<_> = spans.iter().map(letter).collect();
        assert_eq!(found, ["U0-20", "R20-50", "U50-70", "G70-80", "?80-100"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
        #[test]
        fn spans_tile_the_range(
            rows in prop::collection::vec((-50_i64..150, 0_i64..60), 0..12),
            gaps in prop::collection::vec((-50_i64..150, prop::option::of(0_i64..60), any::<bool>()), 0..12),
            gone in prop::collection::vec((-50_i64..150, 0_i64..60), 0..12),
        ) {
            let rows: Vec<_> = rows.iter().map(|(start, len)| range(*start, start + len)).collect();
            let gaps: Vec<_> = gaps.iter().map(|(start, len, loss)| {
                let cause = if *loss { GapCause::DataLoss } else { GapCause::CameraLost };
                gap(*start, len.map(|len| start + len), cause)
            }).collect();
            let gone: Vec<_> = gone.iter().map(|(start, len)| deleted(*start, start + len)).collect();
            let near = joined(rows.iter().map(|it| Recorded { range: *it, storage: 0 }).collect());
            let spans = tile(range(0, 100), at(90), &gaps, [gone, vec![], near]);
            prop_assert_eq!(spans.first().map(|span| span.range.start), Some(at(0)));
            prop_assert_eq!(spans.last().map(|span| span.range.end), Some(at(100)));
            prop_assert!(spans.iter().all(|span| span.range.start < span.range.end));
            prop_assert!(spans.windows(2).all(|two| two[0].range.end == two[1].range.start));
            // Every moment says what the strongest thing known about it says.
            for moment in 0..100 {
                let kind = &spans.iter().find(|span| span.range.contains(at(moment))).expect("they tile").kind;
                let lost = gaps.iter().any(|gap| gap.cause == "data_loss" && gap_span(gap, at(90)).is_some_and(|span| span.range.contains(at(moment))));
                let stored = rows.iter().any(|row| row.contains(at(moment)));
                prop_assert_eq!(lost, *kind == SpanKind::Gap { cause: GapCause::DataLoss });
                prop_assert!(lost || !stored || *kind == SpanKind::Recorded);
            }
        }
    }
}
