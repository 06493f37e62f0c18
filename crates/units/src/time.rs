//! Three times that must not be mixed up: the wall's, the media's and the machine's own.

use std::fmt;
use std::ops::{Add, Sub};

/// Ticks in a second of [`WallTime`] and of every video track.
pub const TICKS_PER_SECOND: i64 = 90_000;

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// Divides rounding towards minus infinity, also below zero.
const fn floor_div(a: i128, b: i128) -> i128 {
    a.div_euclid(b)
}

/// A moment of UTC: 90 kHz ticks since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Ticks of this size make `start + duration == end` exact for video and fit a JavaScript number for 3 000 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WallTime(i64);

/// A span of wall-clock time in 90 kHz ticks; may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WallDuration(i64);

/// A time of the media itself: ticks of the track's timescale (90 kHz for video), widened to 64 bits and unwrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MediaTime(i64);

/// A reading of a clock that never steps, in nanoseconds since an arbitrary start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MonoTime(i64);

impl WallTime {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// Later than everything we will ever record.
    pub const MAX: Self = Self(i64::MAX);

    /// From 90 kHz ticks since 1970.
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }
    /// 90 kHz ticks since 1970.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }
    /// From whole seconds since 1970.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds * TICKS_PER_SECOND)
    }
    /// From nanoseconds since 1970, rounded down to a tick.
    #[must_use]
    pub const fn from_unix_nanos_floor(nanos: i128) -> Self {
        Self(floor_div(nanos * TICKS_PER_SECOND as i128, NANOS_PER_SECOND) as i64)
    }
    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_seconds_floor(self) -> i64 {
        self.0.div_euclid(TICKS_PER_SECOND)
    }
    /// Microseconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_micros_floor(self) -> i64 {
        floor_div(self.0 as i128 * 1_000_000, TICKS_PER_SECOND as i128) as i64
    }
    /// Milliseconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_millis_floor(self) -> i64 {
        floor_div(self.0 as i128 * 1_000, TICKS_PER_SECOND as i128) as i64
    }
    /// The start of the hour this moment lies in, counted from 1970 (hours of UTC): names the hour key.
    #[must_use]
    pub const fn hour_floor(self) -> i64 {
        self.0.div_euclid(TICKS_PER_SECOND * 3600)
    }
    /// The moment `duration` later, or the end of time.
    #[must_use]
    pub const fn saturating_add(self, duration: WallDuration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

impl fmt::Display for WallTime {
    /// ISO 8601 in UTC with milliseconds: `2026-11-23T19:13:00.000Z` (proleptic Gregorian calendar).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.unix_millis_floor();
        let (days, of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(days);
        let (h, m, s, ms) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60, of_day % 1000);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{ms:03}Z")
    }
}

/// Days since 1970 to year, month, day: the calendar repeats every 400 years, and years are counted from March so
/// that the leap day is the last of its year.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let since_march_0000 = days + 719_468;
    let era = since_march_0000.div_euclid(DAYS_IN_400_YEARS);
    let day_of_era = since_march_0000.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl WallDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From 90 kHz ticks.
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }
    /// From whole seconds.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * TICKS_PER_SECOND)
    }
    /// From whole milliseconds (exact: 90 ticks each).
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis * 90)
    }
    /// 90 kHz ticks.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }
    /// Whole seconds, rounded down.
    #[must_use]
    pub const fn seconds_floor(self) -> i64 {
        self.0.div_euclid(TICKS_PER_SECOND)
    }
}

impl MediaTime {
    /// From ticks of the track's timescale.
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }
    /// Ticks of the track's timescale.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }
}

impl MonoTime {
    /// From nanoseconds since the clock's start.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }
    /// Nanoseconds since the clock's start.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }
    /// The moment `millis` milliseconds later.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0 + millis * 1_000_000)
    }
}

impl Add<WallDuration> for WallTime {
    type Output = Self;
    fn add(self, duration: WallDuration) -> Self {
        Self(self.0 + duration.0)
    }
}

impl Sub<WallDuration> for WallTime {
    type Output = Self;
    fn sub(self, duration: WallDuration) -> Self {
        Self(self.0 - duration.0)
    }
}

impl Sub for WallTime {
    type Output = WallDuration;
    fn sub(self, earlier: Self) -> WallDuration {
        WallDuration(self.0 - earlier.0)
    }
}

impl Add for WallDuration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// An interval of wall-clock time, start included, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WallRange {
    /// First moment inside.
    pub start: WallTime,
    /// First moment after.
    pub end: WallTime,
}

impl WallRange {
    /// The interval, or `None` if it would be empty or run backwards.
    #[must_use]
    pub fn new(start: WallTime, end: WallTime) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }
    /// Whether the two share a moment.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
    /// Whether `other` lies wholly inside.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
    /// Whether the moment lies inside.
    #[must_use]
    pub fn contains(&self, moment: WallTime) -> bool {
        self.start <= moment && moment < self.end
    }
    /// How long it is; never negative.
    #[must_use]
    pub fn duration(&self) -> WallDuration {
        self.end - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, expected: &str) {
        assert_eq!(WallTime::from_unix_seconds(seconds).to_string(), expected);
    }

    #[test]
    fn shows_utc() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(-1, "1969-12-31T23:59:59.000Z");
        check(951_782_400, "2000-02-29T00:00:00.000Z");
        check(1_795_461_180, "2026-11-23T19:13:00.000Z");
        check(4_107_542_400, "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn rounds_down_below_zero_too() {
        assert_eq!(WallTime::from_unix_nanos_floor(-1).ticks(), -1);
        assert_eq!(WallTime::from_ticks(-1).unix_seconds_floor(), -1);
        assert_eq!(WallTime::from_ticks(-1).hour_floor(), -1);
        assert_eq!(WallTime::from_ticks(89_999).unix_millis_floor(), 999);
    }

    #[test]
    fn ranges_exclude_their_end() {
        let at = WallTime::from_unix_seconds;
        let minute = WallRange::new(at(0), at(60)).expect("0 is before 60");
        assert!(minute.contains(at(0)) && !minute.contains(at(60)));
        assert!(!minute.overlaps(&WallRange { start: at(60), end: at(61) }));
        assert!(WallRange::new(at(1), at(1)).is_none() && WallRange::new(at(2), at(1)).is_none());
    }
}
