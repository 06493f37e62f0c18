//! What cameras say that they see, for the timeline: rows joined to what a screen can show.

use candour_db::{ClaimKind, ClaimRow};
use candour_units::{CameraId, WallDuration, WallRange};
use candour_wire::playback::{ClaimKind as Kind, ClaimSpan};

use super::motion::SHARE;
use crate::app::App;
use crate::problem::Problem;

/// What the camera said in the parts of `range` that may be told, oldest first.
pub(crate) async fn read(
    app: &App,
    camera: CameraId,
    range: WallRange,
    parts: &[WallRange],
) -> Result<Vec<ClaimSpan>, Problem> {
    let mut rows = Vec::new();
    for part in parts {
        // Nothing beyond the part is told, not even how long it went on.
        let cut = |row: ClaimRow| {
            let range = WallRange::new(row.range.start.max(part.start), row.range.end.min(part.end))?;
            Some(ClaimRow { range, ..row })
        };
        rows.extend(app.db.claims_in(camera, *part).await?.into_iter().filter_map(cut));
    }
    Ok(joined(&rows, WallDuration::from_ticks(range.duration().ticks() / SHARE)).iter().map(span).collect())
}

/// Joins rows of one kind with at most `apart` between them.
fn joined(rows: &[ClaimRow], apart: WallDuration) -> Vec<ClaimRow> {
    let mut spans: Vec<ClaimRow> = Vec::new();
    let mut newest: [Option<usize>; 3] = [None; 3];
    for row in rows {
        let before = &mut newest[row.what as usize];
        match before.and_then(|at| spans.get_mut(at)) {
            Some(last) if row.range.start - last.range.end <= apart => {
                last.range.end = last.range.end.max(row.range.end);
            }
            _ => {
                *before = Some(spans.len());
                spans.push(*row);
            }
        }
    }
    spans
}

fn span(row: &ClaimRow) -> ClaimSpan {
    let (kind, words) = match row.what {
        ClaimKind::Motion => (Kind::Motion, "The camera says: motion"),
        ClaimKind::Tamper => (Kind::Tamper, "The camera says: it is covered, turned or blinded"),
        ClaimKind::VideoLoss => (Kind::VideoLoss, "The camera says: it has no picture"),
    };
    ClaimSpan { start_90k: row.range.start.ticks(), end_90k: row.range.end.ticks(), kind, words: words.to_owned() }
}

#[cfg(test)]
mod tests {
    use candour_units::WallTime;

    use super::*;

    fn row(what: ClaimKind, start: i64, end: i64) -> ClaimRow {
        let range = WallRange { start: WallTime::from_ticks(start), end: WallTime::from_ticks(end) };
        ClaimRow { camera: CameraId::from_bytes([1; 16]), what, range }
    }

    #[test]
    fn stretches_of_one_kind_are_one() {
        use ClaimKind::{Motion, Tamper};
        let rows = [row(Motion, 0, 60), row(Tamper, 10, 20), row(Motion, 60, 70), row(Motion, 75, 80)];
        let expected = [row(Motion, 0, 70), row(Tamper, 10, 20), row(Motion, 75, 80)];
        assert_eq!(joined(&rows, WallDuration::ZERO), expected);
        let expected = [row(Motion, 0, 80), row(Tamper, 10, 20)];
        assert_eq!(joined(&rows, WallDuration::from_ticks(5)), expected);
        assert_eq!(joined(&[], WallDuration::ZERO), []);
    }
}
