//! Holds: a dated reason to keep footage past the end its purpose promised. Which footage a hold covers, what terms it may
//! have, and when it lapses. Nothing else extends life.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use candour_units::{CameraId, HoldId, WallDuration, WallRange, WallTime};

use crate::time::ProvedTime;

/// The furthest end of a hold, from the act that places or extends it: a year. Whoever needs longer says so again, with a
/// reason, a year later.
pub const LONGEST_HOLD: WallDuration = WallDuration::from_seconds(366 * 86_400);
/// The longest interval of one hold: a month. A longer one is several acts, each of them visible.
pub const LONGEST_HELD: WallDuration = WallDuration::from_seconds(31 * 86_400);

/// Why footage is held, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldClass {
    /// A claim, a court order, a request of the police.
    Legal,
    /// Something happened, and it is being looked into.
    Incident,
    /// Somebody on watch marked it: kept for a week, so that there is time to ask for it. Nobody places one by hand.
    Marked,
}

impl HoldClass {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Legal, Self::Incident, Self::Marked];

    /// The stable word in rows, JSON and the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Legal => "legal",
            Self::Incident => "incident",
            Self::Marked => "marked",
        }
    }
}

impl fmt::Display for HoldClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for HoldClass {
    type Err = ();
    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|class| class.word() == word).ok_or(())
    }
}

/// A hold that stands, as far as footage is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Which.
    pub id: HoldId,
    /// The camera; both of its streams are held.
    pub camera: CameraId,
    /// The footage.
    pub interval: WallRange,
    /// When it lapses by itself.
    pub ends: WallTime,
}

impl Hold {
    /// Whether it is over at that proved time. On an unproved one nothing lapses, as nothing is deleted.
    #[must_use]
    pub fn lapses(&self, now: ProvedTime) -> bool {
        self.ends <= now.wall()
    }

    /// Whether it covers footage of that camera and interval: any of it, for a segment goes or stays as a whole.
    #[must_use]
    pub fn covers(&self, camera: CameraId, footage: WallRange) -> bool {
        // A segment cut after one sample may have no length; it is where it starts.
        let end = footage.end.max(footage.start.saturating_add(WallDuration::from_ticks(1)));
        self.camera == camera && self.interval.start < end && self.interval.end > footage.start
    }
}

/// Why the terms of a hold cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefused {
    /// It says nothing.
    #[error("a hold needs a reason")]
    Reason,
    /// Nobody answers for it.
    #[error("a hold needs an owner: the person or office that answers for it")]
    Owner,
    /// Its footage does not exist yet.
    #[error("the footage begins after now; hold it once it is being recorded")]
    NotYet,
    /// The interval is longer than a month.
    #[error("one hold covers at most 31 days; place several, each with its reason")]
    TooMuch,
    /// It would be over at once.
    #[error("the end of the hold must lie after now")]
    Past,
    /// It would end before the footage does.
    #[error("the hold must end after the footage it holds")]
    EndsWithin,
    /// It ends more than a year ahead.
    #[error("a hold ends at most a year ahead; extend it then, with a new reason")]
    TooFar,
    /// An extension that does not extend.
    #[error("the new end must lie after the present one; to end it sooner, lift it")]
    NotLater,
}

/// What somebody asks of a new hold.
#[derive(Debug, Clone, Copy)]
pub struct HoldTerms<'a> {
    /// Why.
    pub reason: &'a str,
    /// Who answers for it.
    pub owner: &'a str,
    /// The footage.
    pub interval: WallRange,
    /// When it lapses.
    pub ends: WallTime,
}

/// Whether a hold with these terms may be placed now.
///
/// # Errors
/// The first term that cannot be.
pub fn may_place(terms: &HoldTerms<'_>, now: WallTime) -> Result<(), HoldRefused> {
    if terms.reason.trim().is_empty() {
        return Err(HoldRefused::Reason);
    }
    if terms.owner.trim().is_empty() {
        return Err(HoldRefused::Owner);
    }
    if terms.interval.start > now {
        return Err(HoldRefused::NotYet);
    }
    if terms.interval.duration() > LONGEST_HELD {
        return Err(HoldRefused::TooMuch);
    }
    may_end(terms.ends, now)?;
    if terms.ends < terms.interval.end { Err(HoldRefused::EndsWithin) } else { Ok(()) }
}

/// Whether a hold may be extended to `ends` now, for that reason.
///
/// # Errors
/// What cannot be.
pub fn may_extend(hold: &Hold, ends: WallTime, reason: &str, now: WallTime) -> Result<(), HoldRefused> {
    if reason.trim().is_empty() {
        return Err(HoldRefused::Reason);
    }
    if ends <= hold.ends {
        return Err(HoldRefused::NotLater);
    }
    may_end(ends, now)
}

fn may_end(ends: WallTime, now: WallTime) -> Result<(), HoldRefused> {
    if ends <= now {
        return Err(HoldRefused::Past);
    }
    if ends > now.saturating_add(LONGEST_HOLD) { Err(HoldRefused::TooFar) } else { Ok(()) }
}

/// What keeps a segment, and until when if nobody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// The hold that lasts longest.
    pub hold: HoldId,
    /// When it lapses: no sooner need anybody look at the segment again, unless a hold is lifted.
    pub until: WallTime,
}

/// The holds that stand, by camera.
#[derive(Debug, Clone, Default)]
pub struct Holds(BTreeMap<CameraId, Vec<Hold>>);

impl Holds {
    /// What suspends the end of that footage, if anything does.
    #[must_use]
    pub fn suspend(&self, camera: CameraId, footage: WallRange) -> Option<Suspension> {
        let of = self.0.get(&camera).into_iter().flatten().filter(|hold| hold.covers(camera, footage));
        of.max_by_key(|hold| (hold.ends, hold.id)).map(|hold| Suspension { hold: hold.id, until: hold.ends })
    }
}

impl FromIterator<Hold> for Holds {
    fn from_iter<I: IntoIterator<Item = Hold>>(holds: I) -> Self {
        let mut by_camera: BTreeMap<_, Vec<_>> = BTreeMap::new();
        holds.into_iter().for_each(|hold| by_camera.entry(hold.camera).or_default().push(hold));
        Self(by_camera)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAMERA: CameraId = CameraId::from_bytes([1; 16]);
    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> WallTime {
        WallTime::from_unix_seconds(1_000_000_000 + seconds)
    }

    fn span(start: i64, end: i64) -> WallRange {
        WallRange { start: at(start), end: at(end) }
    }

    fn hold(number: u8, start: i64, end: i64, ends: i64) -> Hold {
        Hold { id: HoldId::from_bytes([number; 16]), camera: CAMERA, interval: span(start, end), ends: at(ends) }
    }

    /// Now is 0.
    #[track_caller]
    fn check(reason: &str, owner: &str, interval: WallRange, ends: i64, expected: Result<(), HoldRefused>) {
        assert_eq!(may_place(&HoldTerms { reason, owner, interval, ends: at(ends) }, at(0)), expected);
    }

    #[test]
    fn terms() {
        let hour = span(-3600, 0);
        check("theft", "Ann", hour, 1, Ok(()));
        check("theft", "Ann", span(-60, 60), 60, Ok(()));
        check("theft", "Ann", hour, 366 * DAY, Ok(()));
        check(" ", "Ann", hour, 1, Err(HoldRefused::Reason));
        check("theft", "\t", hour, 1, Err(HoldRefused::Owner));
        check("theft", "Ann", span(1, 60), 99, Err(HoldRefused::NotYet));
        check("theft", "Ann", span(-31 * DAY - 1, 0), 1, Err(HoldRefused::TooMuch));
        check("theft", "Ann", hour, 0, Err(HoldRefused::Past));
        check("theft", "Ann", span(-60, 60), 59, Err(HoldRefused::EndsWithin));
        check("theft", "Ann", hour, 366 * DAY + 1, Err(HoldRefused::TooFar));
    }

    #[test]
    fn an_extension_extends_with_a_reason_and_at_most_a_year() {
        let standing = hold(1, -3600, 0, 100);
        assert_eq!(may_extend(&standing, at(101), "the court asks", at(0)), Ok(()));
        assert_eq!(may_extend(&standing, at(100), "the court asks", at(0)), Err(HoldRefused::NotLater));
        assert_eq!(may_extend(&standing, at(101), "", at(0)), Err(HoldRefused::Reason));
        assert_eq!(may_extend(&standing, at(366 * DAY + 1), "x", at(0)), Err(HoldRefused::TooFar));
        // The hold is over by the clock and has not lapsed yet, for the time is not proved: it may still be extended.
        assert_eq!(may_extend(&standing, at(150), "x", at(200)), Err(HoldRefused::Past));
        assert_eq!(may_extend(&standing, at(300), "x", at(200)), Ok(()));
    }

    #[test]
    fn a_segment_that_touches_the_interval_is_held_as_a_whole() {
        let held = |start, end| hold(1, 100, 200, 900).covers(CAMERA, span(start, end));
        assert!(held(40, 101) && held(199, 260) && held(120, 130) && held(0, 900));
        assert!(!held(40, 100) && !held(200, 260));
        assert!(held(150, 150) && held(100, 100) && !held(200, 200), "a segment without length is where it starts");
        assert!(!hold(1, 100, 200, 900).covers(CameraId::from_bytes([2; 16]), span(120, 130)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
        /// The answer is that of asking each hold, and names the one that lasts longest.
        #[test]
        fn suspended_by_the_longest(
            holds in prop::collection::vec((0_i64..100, 1_i64..50, 0_i64..300), 0..12), start in 0_i64..150, len in 0_i64..20,
        ) {
            let all: Vec<_> = holds.iter().enumerate().map(|(n, (from, len, ends))| hold(n as u8, *from, from + len, *ends)).collect();
            let footage = span(start, start + len);
            let found = all.iter().copied().collect::<Holds>().suspend(CAMERA, footage);
            let longest = all.iter().filter(|hold| hold.covers(CAMERA, footage)).map(|hold| hold.ends).max();
            prop_assert_eq!(found.map(|found| found.until), longest);
            if let Some(found) = found {
                let of = all.iter().find(|hold| hold.id == found.hold).expect("it is one of them");
                prop_assert!(of.ends == found.until && of.covers(CAMERA, footage));
            }
        }
    }
}
