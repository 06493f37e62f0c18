//! Whether the clock is proved (rule 11 of the store), for whoever only asks: the mark itself is the sweep's to move.

use std::sync::Arc;

use candour_db::{Db, DbError};
use candour_policy::{DeletionTime, TimeEvidence, prove};
use candour_units::{Clock, MonoTime, WallDuration, WallTime};

/// The latest proved time, as the sweep stores it.
pub(crate) const HIGH_WATER: &str = "time_high_water_90k";

/// What a clock is judged by.
pub struct ProofConfig {
    /// Where the mark is.
    pub db: Db,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Asks whether the kernel calls its clock synchronised (or somebody vouches for it).
    pub synchronised: Box<dyn Fn() -> bool + Send + Sync>,
}

/// Judges the clock.
pub struct Proof {
    parts: ProofConfig,
    /// The stored mark as it was found, and when on the clock that never steps.
    mark: Option<(WallTime, MonoTime)>,
}

impl Proof {
    /// One that has not looked yet.
    #[must_use]
    pub const fn new(parts: ProofConfig) -> Self {
        Self { parts, mark: None }
    }

    /// The time now, if it is proved.
    ///
    /// # Errors
    /// [`DbError`]: the mark cannot be read.
    pub async fn time(&mut self) -> Result<DeletionTime, DbError> {
        let stored = self.parts.db.setting(HIGH_WATER).await?;
        let high_water = stored.and_then(|text| text.parse().ok()).map(WallTime::from_ticks);
        let (wall, mono) = (self.parts.clock.wall(), self.parts.clock.mono());
        match (high_water, self.mark) {
            (Some(mark), Some((known, _))) if mark == known => {}
            (Some(mark), _) => self.mark = Some((mark, mono)),
            (None, _) => self.mark = None,
        }
        let elapsed = self.mark.map(|(_, seen)| passed(seen, mono));
        let kernel_synchronised = (self.parts.synchronised)();
        Ok(prove(&TimeEvidence { wall, high_water, elapsed, kernel_synchronised }))
    }
}

/// Time between two readings of the clock that never steps.
pub(crate) fn passed(from: MonoTime, to: MonoTime) -> WallDuration {
    let nanos = i128::from(to.nanos()) - i128::from(from.nanos());
    WallDuration::from_ticks(i64::try_from(nanos * 9 / 100_000).unwrap_or(0))
}
