//! What stands behind a read: one receipt, or several that cover a longer interval together.

use candour_audit::{NotCovered, Receipt};
use candour_units::{CameraId, MonoTime, WallRange};

/// Receipts that together allow a read. One covers at most an hour; a day takes twenty-four.
#[derive(Debug, Clone)]
pub struct Cover(Vec<Receipt>);

impl From<&Receipt> for Cover {
    fn from(receipt: &Receipt) -> Self {
        Self(vec![receipt.clone()])
    }
}

impl From<&[Receipt]> for Cover {
    fn from(receipts: &[Receipt]) -> Self {
        Self(receipts.to_vec())
    }
}

impl Cover {
    /// Whether every moment of `range` is allowed now by one of the receipts.
    ///
    /// # Errors
    /// The first thing that is not covered; [`NotCovered::Lapsed`] when a receipt that would be needed has lapsed.
    pub(crate) fn covers(&self, camera: CameraId, range: WallRange, now: MonoTime) -> Result<(), NotCovered> {
        let mut at = range.start;
        while at < range.end {
            at = self.reach(camera, WallRange { start: at, end: range.end }, now)?;
        }
        Ok(())
    }

    /// How far `range` is allowed without a hole from its start.
    fn reach(&self, camera: CameraId, range: WallRange, now: MonoTime) -> Result<candour_units::WallTime, NotCovered> {
        let mut refused = None;
        let mut furthest = None;
        for receipt in &self.0 {
            let allowed = receipt.look().interval.filter(|allowed| allowed.contains(range.start));
            // One that says nothing about this moment is asked all the same, for the reason it gives.
            let end = allowed.map_or(range.end, |allowed| allowed.end.min(range.end));
            match receipt.covers_recorded(camera, WallRange { start: range.start, end }, now) {
                Ok(()) => furthest = furthest.max(Some(end)),
                // What lapsed can be renewed: that is the more useful answer.
                Err(why) if allowed.is_some() || refused.is_none() => refused = Some(why),
                Err(_) => {}
            }
        }
        furthest.ok_or(refused.unwrap_or(NotCovered::Interval))
    }
}
