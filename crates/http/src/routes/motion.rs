//! What moved, for the timeline: rows joined to what a screen can show.

use candour_db::{FindingKind, FindingRow};
use candour_units::{CameraId, WallDuration, WallRange};
use candour_wire::playback::{MotionKind, MotionSpan};

use crate::app::App;
use crate::problem::Problem;
use crate::sentences;

/// Of a longer stretch of time nothing is told: it would be a hundred thousand rows, and a day is a pixel.
const LONGEST: WallDuration = WallDuration::from_seconds(8 * 86_400);
/// Stretches of one kind that lie no further apart than this share of the whole are one.
pub(super) const SHARE: i64 = 4_000;

/// What moved in the parts of `range` that may be told, oldest first; `None` where it is too long to be told.
pub(crate) async fn read(
    app: &App,
    camera: CameraId,
    range: WallRange,
    parts: &[WallRange],
) -> Result<Option<Vec<MotionSpan>>, Problem> {
    if range.duration() > LONGEST {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for part in parts {
        // Nothing beyond the part is told, not even how long it went on.
        let cut = |row: FindingRow| {
            let range = WallRange::new(row.range.start.max(part.start), row.range.end.min(part.end))?;
            Some(FindingRow { range, ..row })
        };
        rows.extend(app.db.findings_in(camera, *part).await?.into_iter().filter_map(cut));
    }
    Ok(Some(joined(&rows, WallDuration::from_ticks(range.duration().ticks() / SHARE)).iter().map(span).collect()))
}

/// Joins rows of one kind with at most `apart` between them. Motion is never joined over what is not motion unless that is shorter.
fn joined(rows: &[FindingRow], apart: WallDuration) -> Vec<FindingRow> {
    let mut spans: Vec<FindingRow> = Vec::new();
    let mut newest: [Option<usize>; 3] = [None; 3];
    for row in rows {
        let before = &mut newest[row.kind as usize];
        if let Some(last) = before.and_then(|at| spans.get_mut(at))
            && row.range.start - last.range.end <= apart
            && row.why == last.why
        {
            last.range.end = last.range.end.max(row.range.end);
            last.part.score = last.part.score.max(row.part.score);
            last.part.extent = last.part.extent.max(row.part.extent);
            let [left, top, right, bottom] = row.part.area;
            let area = last.part.area;
            last.part.area = [area[0].min(left), area[1].min(top), area[2].max(right), area[3].max(bottom)];
            continue;
        }
        *before = Some(spans.len());
        spans.push(row.clone());
    }
    spans
}

fn span(row: &FindingRow) -> MotionSpan {
    let kind = match row.kind {
        FindingKind::Still => MotionKind::Still,
        FindingKind::Moved => MotionKind::Moved,
        FindingKind::Unsure => MotionKind::Unsure,
    };
    MotionSpan {
        start_90k: row.range.start.ticks(),
        end_90k: row.range.end.ticks(),
        kind,
        score: f64::from(row.part.score) / 100.0,
        extent: f64::from(row.part.extent) / 10_000.0,
        area: (row.kind == FindingKind::Moved).then(|| row.part.area.map(|side| f64::from(side) / 10_000.0)),
        words: row.why.as_deref().map(|why| sentences::no_motion_known(why).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use candour_db::MovedPart;
    use candour_units::WallTime;

    use super::*;

    fn row(kind: FindingKind, start: i64, end: i64) -> FindingRow {
        let range = WallRange { start: WallTime::from_ticks(start), end: WallTime::from_ticks(end) };
        let part = MovedPart { score: start as u32, extent: 5, area: [start as u16, 0, 100, end as u16] };
        let part = if kind == FindingKind::Moved { part } else { MovedPart::default() };
        FindingRow { camera: CameraId::from_bytes([1; 16]), range, kind, part, why: None, throughout: false }
    }

    #[track_caller]
    fn check(rows: &[FindingRow], apart: i64, expected: &str) {
        let spans = joined(rows, WallDuration::from_ticks(apart));
        let said: Vec<_> = spans
            .iter()
            .map(|row| format!("{:?}{}-{}", row.kind, row.range.start.ticks(), row.range.end.ticks()))
            .collect();
        assert_eq!(said.join(" "), expected);
    }

    #[test]
    fn stretches_of_one_kind_are_one() {
        use FindingKind::{Moved, Still, Unsure};
        check(&[], 0, "");
        check(&[row(Still, 0, 60), row(Still, 60, 120)], 0, "Still0-120");
        check(&[row(Still, 0, 60), row(Still, 70, 120)], 0, "Still0-60 Still70-120");
        let mixed =
            [row(Moved, 0, 10), row(Still, 10, 15), row(Moved, 15, 20), row(Unsure, 20, 30), row(Moved, 40, 50)];
        check(&mixed, 0, "Moved0-10 Still10-15 Moved15-20 Unsure20-30 Moved40-50");
        check(&mixed, 5, "Moved0-20 Still10-15 Unsure20-30 Moved40-50");
    }

    #[test]
    fn what_is_joined_keeps_the_strongest_and_the_whole_place() {
        let spans = joined(&[row(FindingKind::Moved, 7, 10), row(FindingKind::Moved, 10, 20)], WallDuration::ZERO);
        assert_eq!(spans[0].part, MovedPart { score: 10, extent: 5, area: [7, 0, 100, 20] });
        let span = span(&spans[0]);
        assert_eq!((span.score, span.extent, span.area.map(|area| area[3])), (0.1, 0.0005, Some(0.002)));
    }
}
