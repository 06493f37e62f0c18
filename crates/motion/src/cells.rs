//! Connected groups of marked pixels, found on cells of four by four.

use crate::grid::Area;
use crate::model::{DIFFERS, MOVES};

/// Pixels along a side of a cell.
const CELL: usize = 4;
/// Differing pixels that make a cell part of a group.
const JOINS: u16 = 4;

/// A group of touching cells in which pixels differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    /// Pixels that differ.
    pub(crate) differing: u32,
    /// Pixels that move.
    pub(crate) moving: u32,
    /// Left and top cell, and right and bottom cell; all inside.
    corners: (usize, usize, usize, usize),
}

impl Group {
    /// The group's rectangle in a plane of that many pixels.
    pub(crate) fn area(&self, width: usize, height: usize) -> Area {
        let share = |cell: usize, of: usize| ((cell * CELL).min(of) * 10_000 / of.max(1)) as u16;
        let (left, top, right, bottom) = self.corners;
        Area {
            left: share(left, width),
            top: share(top, height),
            right: share(right + 1, width),
            bottom: share(bottom + 1, height),
        }
    }
}

/// Room that is used again for every picture.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cells {
    across: usize,
    /// Differing and moving pixels of each cell.
    counts: Vec<(u16, u16)>,
    taken: Vec<bool>,
    todo: Vec<usize>,
}

impl Cells {
    /// The groups in `marks` (rows of `width`), looking only where `watched` is not zero.
    pub(crate) fn groups(&mut self, marks: &[u8], watched: &[u8], width: usize) -> Vec<Group> {
        self.count(marks, watched, width);
        self.taken.clear();
        self.taken.resize(self.counts.len(), false);
        let mut groups = Vec::new();
        for first in 0..self.counts.len() {
            if self.counts[first].0 >= JOINS && !self.taken[first] {
                groups.push(self.group_from(first));
            }
        }
        groups
    }

    fn count(&mut self, marks: &[u8], watched: &[u8], width: usize) {
        self.across = width.div_ceil(CELL);
        let down = (marks.len() / width).div_ceil(CELL);
        self.counts.clear();
        self.counts.resize(self.across * down, (0, 0));
        let rows = marks.chunks_exact(width).zip(watched.chunks_exact(width)).enumerate();
        for (y, (marks, watched)) in rows {
            if marks.iter().fold(0, |any, mark| any | mark) == 0 {
                continue;
            }
            let cells = &mut self.counts[y / CELL * self.across..][..self.across];
            for ((cell, marks), watched) in cells.iter_mut().zip(marks.chunks(CELL)).zip(watched.chunks(CELL)) {
                for (mark, watched) in marks.iter().zip(watched) {
                    let mark = mark & watched;
                    cell.0 += u16::from(mark & DIFFERS);
                    cell.1 += u16::from((mark & MOVES) >> 1);
                }
            }
        }
    }

    fn group_from(&mut self, first: usize) -> Group {
        let place = |cell: usize, across: usize| (cell % across, cell / across);
        let (x, y) = place(first, self.across);
        let mut group = Group { differing: 0, moving: 0, corners: (x, y, x, y) };
        self.taken[first] = true;
        self.todo.push(first);
        while let Some(cell) = self.todo.pop() {
            let (x, y) = place(cell, self.across);
            group.differing += u32::from(self.counts[cell].0);
            group.moving += u32::from(self.counts[cell].1);
            let (left, top, right, bottom) = group.corners;
            group.corners = (left.min(x), top.min(y), right.max(x), bottom.max(y));
            let down = self.counts.len() / self.across;
            for y in y.saturating_sub(1)..(y + 2).min(down) {
                for x in x.saturating_sub(1)..(x + 2).min(self.across) {
                    let near = y * self.across + x;
                    if self.counts[near].0 >= JOINS && !self.taken[near] {
                        self.taken[near] = true;
                        self.todo.push(near);
                    }
                }
            }
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_cells_are_one_group() {
        let mut marks = vec![0u8; 32 * 32];
        for (x, y, mark) in [(0, 0, 3), (4, 4, 1), (20, 20, 1)] {
            for row in 0..4 {
                marks[(y + row) * 32 + x..][..4].fill(mark);
            }
        }
        let watched = vec![u8::MAX; marks.len()];
        let mut cells = Cells::default();
        let groups = cells.groups(&marks, &watched, 32);
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[0].differing, groups[0].moving), (32, 16));
        assert_eq!(groups[0].area(32, 32), Area { left: 0, top: 0, right: 2500, bottom: 2500 });
        assert!(cells.groups(&marks, &vec![0; marks.len()], 32).is_empty(), "nobody watches");
    }
}
