//! Where to look: watched and ignored parts of the picture.

/// Corners a polygon may have at most.
pub const MOST_CORNERS: usize = 32;
/// Polygons there may be at most, watched and ignored together.
pub const MOST_POLYGONS: usize = 64;

/// A corner in ten-thousandths of the picture's width from its left and of its height from its top edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Corner {
    /// 0 at the left, 10 000 at the right.
    pub x: u16,
    /// 0 at the top, 10 000 at the bottom.
    pub y: u16,
}

/// Corners in order; the last is joined to the first. Where its sides cross, what is encircled twice is outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polygon(Vec<Corner>);

/// Why there are no such zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// Too few or too many corners.
    #[error("a zone has 3 to {MOST_CORNERS} corners, this one has {0}")]
    Corners(usize),
    /// A corner outside the picture.
    #[error("corner {0} lies outside the picture; coordinates go from 0 to 10000")]
    Outside(usize),
    /// Too many zones.
    #[error("there may be {MOST_POLYGONS} zones, these are {0}")]
    Polygons(usize),
}

impl Polygon {
    /// # Errors
    /// [`ZoneError`]; corners are counted from 1.
    pub fn new(corners: Vec<Corner>) -> Result<Self, ZoneError> {
        if !(3..=MOST_CORNERS).contains(&corners.len()) {
            return Err(ZoneError::Corners(corners.len()));
        }
        match corners.iter().position(|corner| corner.x > 10_000 || corner.y > 10_000) {
            Some(outside) => Err(ZoneError::Outside(outside + 1)),
            None => Ok(Self(corners)),
        }
    }

    /// Whether a point, in ten-thousandths, lies inside: an even-odd count of the sides to its right.
    fn holds(&self, x: i64, y: i64) -> bool {
        let next = self.0.iter().cycle().skip(1);
        let crossed = self.0.iter().zip(next).filter(|(from, to)| {
            let (x0, y0, x1, y1) = (i64::from(from.x), i64::from(from.y), i64::from(to.x), i64::from(to.y));
            (y0 > y) != (y1 > y) && {
                let left_of = (x - x0) * (y1 - y0) < (x1 - x0) * (y - y0);
                left_of == (y1 > y0)
            }
        });
        crossed.count() % 2 == 1
    }
}

/// Watched zones and, inside them, ignored ones. No watched zone means the whole picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zones {
    watch: Vec<Polygon>,
    ignore: Vec<Polygon>,
}

impl Zones {
    /// # Errors
    /// [`ZoneError::Polygons`].
    pub fn new(watch: Vec<Polygon>, ignore: Vec<Polygon>) -> Result<Self, ZoneError> {
        let count = watch.len() + ignore.len();
        if count > MOST_POLYGONS { Err(ZoneError::Polygons(count)) } else { Ok(Self { watch, ignore }) }
    }

    /// One byte a pixel of a plane of that size: 255 where the middle of the pixel is watched, else 0.
    pub(crate) fn watched(&self, width: usize, height: usize) -> Vec<u8> {
        let middle = |at: usize, of: usize| ((2 * at + 1) * 10_000 / (2 * of.max(1))) as i64;
        let looked_at = |x: i64, y: i64| {
            (self.watch.is_empty() || self.watch.iter().any(|zone| zone.holds(x, y)))
                && !self.ignore.iter().any(|zone| zone.holds(x, y))
        };
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (middle(x, width), middle(y, height))));
        places.map(|(x, y)| if looked_at(x, y) { u8::MAX } else { 0 }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(left: u16, top: u16, right: u16, bottom: u16) -> Polygon {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        Polygon::new(corners.map(|(x, y)| Corner { x, y }).to_vec()).expect("a rectangle is a polygon")
    }

    #[track_caller]
    fn check(zones: &Zones, expected: [&str; 4]) {
        let watched = zones.watched(4, 4);
        let rows: Vec<String> =
            watched.chunks(4).map(|row| row.iter().map(|w| if *w > 0 { '#' } else { '.' }).collect()).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn zones_are_where_one_looks() {
        let zones = |watch: Vec<Polygon>, ignore: Vec<Polygon>| Zones::new(watch, ignore).expect("few");
        check(&Zones::default(), ["####", "####", "####", "####"]);
        check(&zones(vec![rectangle(0, 0, 5000, 10_000)], vec![]), ["##..", "##..", "##..", "##.."]);
        check(&zones(vec![], vec![rectangle(2500, 2500, 7500, 7500)]), ["####", "#..#", "#..#", "####"]);
        let backwards = Polygon::new([(0, 0), (0, 10_000), (10_000, 0)].map(|(x, y)| Corner { x, y }).to_vec());
        check(&zones(vec![backwards.expect("a triangle")], vec![]), ["####", "###.", "##..", "#..."]);
    }

    #[test]
    fn mistakes_are_named() {
        let corner = Corner { x: 0, y: 0 };
        assert_eq!(Polygon::new(vec![corner; 2]), Err(ZoneError::Corners(2)));
        assert_eq!(Polygon::new(vec![corner, corner, Corner { x: 10_001, y: 0 }]), Err(ZoneError::Outside(3)));
        assert_eq!(Zones::new(vec![rectangle(0, 0, 1, 1); 65], vec![]), Err(ZoneError::Polygons(65)));
    }
}
