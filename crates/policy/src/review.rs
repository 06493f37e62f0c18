//! Whether the assessment behind a camera is still reviewed in time, and what follows when it is not (principle 2 of the
//! Surveillance Camera Code: regular review).

use candour_units::WallTime;

use crate::model::{Policy, Terms};
use crate::vocabulary::WhenOverdue;
use crate::zone::TimeOfDay;

/// How a camera stands with the review of its assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// Its kind of place needs no assessment, and its purpose names none.
    NotNeeded,
    /// Reviewed; overdue from then on.
    InTime {
        /// The first moment after the day of the review.
        until: WallTime,
    },
    /// Overdue; it still records.
    Grace {
        /// Since when.
        since: WallTime,
        /// When it stops.
        until: WallTime,
    },
    /// Overdue for longer than the days of grace: nothing is recorded.
    Stopped {
        /// Since when.
        since: WallTime,
    },
    /// Overdue, in a class whose cameras go on: a warning stands.
    Warning {
        /// Since when.
        since: WallTime,
    },
}

impl Review {
    /// The next moment at which this changes by itself.
    #[must_use]
    pub const fn until(self) -> Option<WallTime> {
        match self {
            Self::InTime { until } | Self::Grace { until, .. } => Some(until),
            Self::NotNeeded | Self::Stopped { .. } | Self::Warning { .. } => None,
        }
    }
}

/// How that camera stands with its review at that moment. Dates are those of the site's zone, and a day counts to its end.
#[must_use]
pub fn review(policy: &Policy, terms: &Terms<'_>, now: WallTime) -> Review {
    let Some((_, dpia)) = terms.dpia else { return Review::NotNeeded };
    let zone = &policy.site.time_zone;
    let since = zone.moment(dpia.review_by, TimeOfDay::END);
    let until = zone.moment(dpia.review_by.plus_days(i32::from(terms.class.grace_days)), TimeOfDay::END);
    match terms.class.when_overdue {
        _ if now < since => Review::InTime { until: since },
        WhenOverdue::KeepWarning => Review::Warning { since },
        WhenOverdue::Stop if now < until => Review::Grace { since, until },
        WhenOverdue::Stop => Review::Stopped { since: until },
    }
}
