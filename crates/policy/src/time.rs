//! Whether the clock may be trusted with a deletion (rule 11 of the store). A wrong clock must not destroy footage early.

use candour_units::{WallDuration, WallTime};

/// How far the clock may have run on while nobody measured: a recorder that was off overnight needs no proof.
const UNWATCHED: WallDuration = WallDuration::from_seconds(86_400);
/// How far both clocks of the machine may drift apart between two sweeps.
const DRIFT: WallDuration = WallDuration::from_seconds(60);

/// What is known about the time now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeEvidence {
    /// What the machine believes.
    pub wall: WallTime,
    /// The latest proved time, as stored; `None` before the first sweep of all.
    pub high_water: Option<WallTime>,
    /// How long ago that was on a clock that never steps; `None` after a restart, when nobody knows.
    pub elapsed: Option<WallDuration>,
    /// Whether the kernel calls its own clock synchronised.
    pub kernel_synchronised: bool,
}

/// A moment that deletion may rely on; only [`prove`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProvedTime(WallTime);

impl ProvedTime {
    /// The moment. Store it as the next high-water mark.
    #[must_use]
    pub const fn wall(self) -> WallTime {
        self.0
    }
}

/// Why deletion waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// Nothing to compare with yet. Store `wall` as the first mark; the next sweep can go on.
    #[error("the clock is watched from now on; deletion begins with the next sweep")]
    First {
        /// The mark to store.
        wall: WallTime,
    },
    /// The clock was set back behind a time already proved.
    #[error(
        "the clock says {wall}, but it was {high_water} already; deletion waits until it is later, or the clock is corrected"
    )]
    Behind {
        /// What the machine believes.
        wall: WallTime,
        /// What was proved.
        high_water: WallTime,
    },
    /// The clock ran ahead of what can have passed.
    #[error(
        "the clock jumped from {high_water} to {wall} and no time service vouches for it; deletion waits until the kernel's clock is synchronised"
    )]
    Ahead {
        /// What the machine believes.
        wall: WallTime,
        /// What was proved.
        high_water: WallTime,
    },
}

/// The time that a plan of deletions goes by.
pub type DeletionTime = Result<ProvedTime, Unproved>;

/// Judges the clock.
///
/// Proved is a time that is not before the stored mark, and that either the kernel calls synchronised, or that lies no
/// further past the mark than can have passed: what the monotonic clock measured and a minute, or a day after a restart.
///
/// # Errors
/// [`Unproved`], with the reason to show.
pub fn prove(evidence: &TimeEvidence) -> DeletionTime {
    let TimeEvidence { wall, high_water, elapsed, kernel_synchronised } = *evidence;
    let Some(high_water) = high_water else { return Err(Unproved::First { wall }) };
    if wall < high_water {
        return Err(Unproved::Behind { wall, high_water });
    }
    let can_have_passed = elapsed.map_or(UNWATCHED, |elapsed| elapsed + DRIFT);
    if kernel_synchronised || wall <= high_water.saturating_add(can_have_passed) {
        Ok(ProvedTime(wall))
    } else {
        Err(Unproved::Ahead { wall, high_water })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> WallTime {
        WallTime::from_unix_seconds(1_000_000 + seconds)
    }

    /// The mark lies at 0.
    #[track_caller]
    fn check(wall: i64, elapsed: Option<i64>, kernel_synchronised: bool, proved: bool) {
        let elapsed = elapsed.map(WallDuration::from_seconds);
        let answer = prove(&TimeEvidence { wall: at(wall), high_water: Some(at(0)), elapsed, kernel_synchronised });
        assert_eq!(answer.is_ok(), proved, "{answer:?}");
        assert!(answer.is_err() || answer.map(ProvedTime::wall) == Ok(at(wall)));
    }

    #[test]
    fn the_clock_is_believed_as_far_as_it_can_have_run() {
        check(60, Some(60), false, true);
        check(120, Some(60), false, true);
        check(121, Some(60), false, false);
        check(121, Some(60), true, true);
        check(86_400, None, false, true);
        check(86_401, None, false, false);
        check(86_401, None, true, true);
        check(-1, Some(60), false, false);
        check(-1, None, true, false);
        check(0, None, false, true);
    }

    #[test]
    fn the_first_sweep_only_looks_at_the_clock() {
        let evidence = TimeEvidence { wall: at(5), high_water: None, elapsed: None, kernel_synchronised: true };
        assert_eq!(prove(&evidence), Err(Unproved::First { wall: at(5) }));
    }
}
