//! Where in the picture, coarsely: what a search in a drawn rectangle asks.

/// A rectangle in ten-thousandths of the picture's width and height; `right` and `bottom` are not inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Area {
    /// Left edge, 0 to 10 000.
    pub left: u16,
    /// Top edge, 0 to 10 000.
    pub top: u16,
    /// Right edge, 0 to 10 000.
    pub right: u16,
    /// Bottom edge, 0 to 10 000.
    pub bottom: u16,
}

impl Area {
    /// The smallest area that holds both.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Whether the two come within `margin` of each other, in ten-thousandths.
    #[must_use]
    pub fn touches(self, other: Self, margin: u16) -> bool {
        let reach = |from: u16, to: u16| from <= to.saturating_add(margin);
        reach(self.left, other.right)
            && reach(other.left, self.right)
            && reach(self.top, other.bottom)
            && reach(other.top, self.bottom)
    }
}
