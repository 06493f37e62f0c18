//! Break-glass: looking at once, without anybody's approval, when waiting would cost more. It is loud, and reviewed.

use candour_units::{GrantId, PersonId, WallDuration, WallRange, WallTime};

use crate::grant::{DecideRefused, Deciding, says_nothing};
use crate::role::{Act, may, refusal};
use crate::vocabulary::Weekday;
use crate::zone::{TimeOfDay, Zone};

/// How old its footage may be.
pub const GLASS_REACHES: WallDuration = WallDuration::from_seconds(24 * 3600);
/// How long one use stands: one incident.
pub const GLASS_STANDS: WallDuration = WallDuration::from_seconds(2 * 3600);
/// Cameras of one use.
pub const MOST_BROKEN: usize = 9;
/// Working days until it must have been reviewed.
pub const REVIEW_DAYS: u8 = 3;

/// One use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlassUse {
    /// The grant it made.
    pub grant: GrantId,
    /// Who.
    pub by: PersonId,
    /// When.
    pub used: WallTime,
    /// When it was reviewed.
    pub reviewed: Option<WallTime>,
}

impl GlassUse {
    /// Whether nobody reviewed it in time.
    #[must_use]
    pub fn is_overdue(&self, zone: &Zone, now: WallTime) -> bool {
        self.reviewed.is_none() && now >= review_due(self.used, zone)
    }
}

/// Until when a use must be reviewed: the end of the third working day after it. Working days are Monday to Friday by the
/// site's clock; bank holidays count as working days, so that the answer needs no calendar that could be out of date.
#[must_use]
pub fn review_due(used: WallTime, zone: &Zone) -> WallTime {
    let mut day = zone.date_of(used);
    let mut left = REVIEW_DAYS;
    while left > 0 {
        day = day.plus_days(1);
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    zone.moment(day, TimeOfDay::END)
}

/// Whether the right of that person is suspended: a use of theirs was not reviewed in time. The review gives it back.
#[must_use]
pub fn is_suspended(by: PersonId, uses: &[GlassUse], zone: &Zone, now: WallTime) -> bool {
    uses.iter().any(|one| one.by == by && one.is_overdue(zone, now))
}

/// Why the glass does not break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlassRefused {
    /// The role is missing.
    #[error("{0}")]
    Role(crate::Refusal),
    /// An earlier use waits for its review.
    #[error(
        "your right to break the glass is suspended: an earlier use was not reviewed in time. An approver or the system owner can review it"
    )]
    Suspended,
    /// None, or too many.
    #[error("name 1 to {MOST_BROKEN} cameras")]
    Cameras,
    /// Too old.
    #[error("it reaches 24 hours back and no further; ask for a grant for what is older")]
    TooOld,
    /// It has not begun.
    #[error("the footage must have begun, and end within two hours from now")]
    NotYet,
    /// It says nothing.
    #[error("say what is happening, in {0} characters or more", crate::grant::LEAST_WORDS)]
    Words,
}

/// Whether somebody may break the glass for that many cameras and that footage.
///
/// # Errors
/// [`GlassRefused`]: the first rule that it breaks.
pub fn may_break_glass(
    breaking: &Deciding<'_>,
    cameras: usize,
    footage: WallRange,
    uses: &[GlassUse],
    zone: &Zone,
) -> Result<(), GlassRefused> {
    if !may(breaking.roles, Act::BreakGlass) {
        return Err(GlassRefused::Role(refusal(Act::BreakGlass)));
    }
    if is_suspended(breaking.by, uses, zone, breaking.now) {
        return Err(GlassRefused::Suspended);
    }
    if cameras == 0 || cameras > MOST_BROKEN {
        return Err(GlassRefused::Cameras);
    }
    if footage.start < breaking.now - GLASS_REACHES {
        return Err(GlassRefused::TooOld);
    }
    if footage.start > breaking.now || footage.end > breaking.now + GLASS_STANDS {
        return Err(GlassRefused::NotYet);
    }
    if says_nothing(breaking.words) { Err(GlassRefused::Words) } else { Ok(()) }
}

/// Whether somebody may review a use.
///
/// # Errors
/// [`DecideRefused`]: the first rule that it breaks.
pub fn may_review(used: &GlassUse, reviewing: &Deciding<'_>) -> Result<(), DecideRefused> {
    if !may(reviewing.roles, Act::ReviewBreakGlass) {
        return Err(DecideRefused::Role(refusal(Act::ReviewBreakGlass)));
    }
    if used.by == reviewing.by {
        return Err(DecideRefused::OwnUse);
    }
    if used.reviewed.is_some() {
        return Err(DecideRefused::Reviewed);
    }
    if says_nothing(reviewing.words) { Err(DecideRefused::Words) } else { Ok(()) }
}
