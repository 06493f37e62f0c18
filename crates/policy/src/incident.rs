//! Incidents: somebody on watch marks a camera and an interval. It is held for a week by itself, which is time enough to ask
//! for it, and no longer.

use candour_units::{WallDuration, WallRange, WallTime};

/// How long the footage of a marked incident is held.
pub const MARKED_FOR: WallDuration = WallDuration::from_seconds(7 * 86_400);
/// How far back one may be marked: as far as the longest instant replay reaches.
pub const MARK_REACHES: WallDuration = WallDuration::from_seconds(3600);
/// How far ahead it may end: what goes on is marked while it does.
const MARK_AHEAD: WallDuration = WallDuration::from_seconds(15 * 60);

/// Why an incident cannot be marked so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MarkRefused {
    /// It says nothing.
    #[error("say what happened")]
    Words,
    /// Too old.
    #[error("an incident is marked within an hour of its beginning; hold older footage on the Retention page")]
    TooOld,
    /// Not begun, or too far ahead.
    #[error("it must have begun, and end within 15 minutes from now")]
    NotYet,
}

/// Whether an incident may be marked so; gives the end of its hold.
///
/// # Errors
/// [`MarkRefused`]: the first rule that it breaks.
pub fn may_mark(footage: WallRange, words: &str, now: WallTime) -> Result<WallTime, MarkRefused> {
    if words.trim().is_empty() {
        return Err(MarkRefused::Words);
    }
    if footage.start < now - MARK_REACHES {
        return Err(MarkRefused::TooOld);
    }
    if footage.start > now || footage.end > now + MARK_AHEAD {
        return Err(MarkRefused::NotYet);
    }
    Ok(now + MARKED_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_the_hour_with_words() {
        let at = |minutes: i64| WallTime::from_unix_seconds(1_800_000_000 + minutes * 60);
        let mark = |from, to, words| may_mark(WallRange { start: at(from), end: at(to) }, words, at(0));
        assert_eq!(mark(-5, 0, "A fight"), Ok(at(7 * 24 * 60)));
        assert_eq!(mark(-60, 15, "A fight"), Ok(at(7 * 24 * 60)));
        assert_eq!(mark(-61, 0, "A fight"), Err(MarkRefused::TooOld));
        assert_eq!(mark(-5, 16, "A fight"), Err(MarkRefused::NotYet));
        assert_eq!(mark(1, 2, "A fight"), Err(MarkRefused::NotYet));
        assert_eq!(mark(-5, 0, " "), Err(MarkRefused::Words));
    }
}
