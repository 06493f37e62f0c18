//! Named parts of the picture: privacy masks, which a camera must not show, and where motion counts or does not.

use std::cmp::Ordering;

/// Corners a mask may have at most.
pub const MOST_CORNERS: usize = 32;
/// Masks a camera may have at most.
pub const MOST_MASKS: usize = 32;
/// Parts a camera may have in which motion counts, and as many in which it does not.
pub const MOST_ZONES: usize = 32;

/// A corner, in ten-thousandths of the picture's width from its left and of its height from its top edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Corner {
    /// 0 at the left, 10 000 at the right.
    pub x: u16,
    /// 0 at the top, 10 000 at the bottom.
    pub y: u16,
}

/// One part of the picture: not shown, or where motion counts or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Its name.
    pub name: String,
    /// Why the camera may not see what lies there, or why motion there counts or does not.
    pub reason: String,
    /// Its corners in order; the last is joined to the first.
    pub corners: Vec<Corner>,
}

/// Why corners make no mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPolygon {
    /// Too few or too many.
    #[error("an outline has 3 to {MOST_CORNERS} corners, this one has {0}")]
    Corners(usize),
    /// Two neighbours are the same.
    #[error("corner {0} is the same as the one after it")]
    Repeated(usize),
    /// It covers nothing.
    #[error("its corners lie on one line, so it covers nothing")]
    Flat,
    /// Two of its sides cross or touch.
    #[error("its sides after corner {0} and corner {1} meet; name the corners in order around it")]
    Crosses(usize, usize),
}

/// Whether these corners, in order, enclose a part of the picture. Corners are counted from 1.
///
/// # Errors
/// [`NoPolygon`].
pub fn check_polygon(corners: &[Corner]) -> Result<(), NoPolygon> {
    let count = corners.len();
    if !(3..=MOST_CORNERS).contains(&count) {
        return Err(NoPolygon::Corners(count));
    }
    let at = |index: usize| corners[index % count];
    if let Some(same) = (0..count).find(|index| at(*index) == at(index + 1)) {
        return Err(NoPolygon::Repeated(same + 1));
    }
    let doubled: i64 = (0..count).map(|index| cross(Corner { x: 0, y: 0 }, at(index), at(index + 1))).sum();
    let sides: Vec<_> = (0..count).map(|index| (at(index), at(index + 1))).collect();
    for first in 0..count {
        for second in first + 2..count {
            // The last side and the first are neighbours too.
            if (first, second) != (0, count - 1) && meet(sides[first], sides[second]) {
                return Err(NoPolygon::Crosses(first + 1, second + 1));
            }
        }
    }
    if doubled == 0 { Err(NoPolygon::Flat) } else { Ok(()) }
}

/// Twice the area of the triangle; its sign says on which side of a line the third corner lies.
fn cross(a: Corner, b: Corner, c: Corner) -> i64 {
    let (ax, ay) = (i64::from(a.x), i64::from(a.y));
    (i64::from(b.x) - ax) * (i64::from(c.y) - ay) - (i64::from(b.y) - ay) * (i64::from(c.x) - ax)
}

fn side(a: Corner, b: Corner, c: Corner) -> Ordering {
    cross(a, b, c).cmp(&0)
}

fn meet((a, b): (Corner, Corner), (c, d): (Corner, Corner)) -> bool {
    let (c_side, d_side, a_side, b_side) = (side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b));
    let within = |p: Corner, q: Corner, r: Corner| {
        (p.x.min(q.x)..=p.x.max(q.x)).contains(&r.x) && (p.y.min(q.y)..=p.y.max(q.y)).contains(&r.y)
    };
    (c_side != d_side && a_side != b_side && ![c_side, d_side, a_side, b_side].contains(&Ordering::Equal))
        || (c_side.is_eq() && within(a, b, c))
        || (d_side.is_eq() && within(a, b, d))
        || (a_side.is_eq() && within(c, d, a))
        || (b_side.is_eq() && within(c, d, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(corners: &[(u16, u16)], expected: Result<(), NoPolygon>) {
        let corners: Vec<_> = corners.iter().map(|(x, y)| Corner { x: *x, y: *y }).collect();
        assert_eq!(check_polygon(&corners), expected);
    }

    #[test]
    fn a_mask_is_a_simple_polygon() {
        check(&[(0, 0), (5000, 0), (5000, 5000), (0, 5000)], Ok(()));
        check(&[(0, 0), (0, 10_000), (10_000, 10_000)], Ok(()));
        // Not convex.
        check(&[(0, 0), (4, 0), (4, 4), (2, 1), (0, 4)], Ok(()));
        check(&[(0, 0), (5, 0)], Err(NoPolygon::Corners(2)));
        check(&[(0, 0), (5, 0), (5, 0), (0, 5)], Err(NoPolygon::Repeated(2)));
        check(&[(0, 0), (5, 5), (5, 0), (0, 0)], Err(NoPolygon::Repeated(4)));
        check(&[(0, 0), (5, 0), (9, 0)], Err(NoPolygon::Flat));
        // A bow tie, and a corner that touches a side.
        check(&[(0, 0), (5, 5), (5, 0), (0, 5)], Err(NoPolygon::Crosses(1, 3)));
        check(&[(0, 0), (8, 0), (8, 8), (4, 0), (0, 8)], Err(NoPolygon::Crosses(1, 3)));
    }
}
