//! What was found in a stretch of time, as parts that leave no hole.

use candour_units::WallRange;

/// Tiles `range`: what moved lies over what is in doubt, and that over what was still. Both lists are in order, lie inside `range` and do not
/// overlap themselves.
#[must_use]
pub fn tile<T: Copy>(
    range: WallRange,
    moved: Vec<(WallRange, T)>,
    doubted: Vec<(WallRange, T)>,
    still: T,
) -> Vec<(WallRange, T)> {
    let mut over = cut_out(doubted, &moved);
    over.extend(moved);
    over.sort_by_key(|(part, _)| part.start);
    let mut all = Vec::with_capacity(over.len() * 2 + 1);
    let mut at = range.start;
    for (part, what) in over {
        let Some(part) = WallRange::new(part.start.max(at), part.end) else { continue };
        all.extend(WallRange::new(at, part.start).map(|part| (part, still)));
        at = part.end;
        all.push((part, what));
    }
    all.extend(WallRange::new(at, range.end).map(|part| (part, still)));
    all
}

/// What of `from` lies outside `holes`, which are in order.
fn cut_out<T: Copy>(from: Vec<(WallRange, T)>, holes: &[(WallRange, T)]) -> Vec<(WallRange, T)> {
    let mut left = Vec::with_capacity(from.len());
    for (part, what) in from {
        let mut at = part.start;
        for (hole, _) in holes.iter().filter(|(hole, _)| hole.overlaps(&part)) {
            left.extend(WallRange::new(at, hole.start).map(|part| (part, what)));
            at = at.max(hole.end);
        }
        left.extend(WallRange::new(at, part.end).map(|part| (part, what)));
    }
    left
}
