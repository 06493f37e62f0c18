//! Calendar days, for lists that age and exceptions that end.

use std::fmt;

use candour_units::WallTime;

/// A day of the Gregorian calendar, UTC. Ordered; the text form is `yyyy-mm-dd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: i32,
    month: u8,
    day: u8,
}

impl Day {
    /// Reads `yyyy-mm-dd`; `None` for anything else and for days that do not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let form = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !form {
            return None;
        }
        let (year, month, day) = (text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?);
        let read = Self { year, month, day };
        // A day that does not exist comes back as another one.
        (read.since_epoch().map(Self::from_days)? == read).then_some(read)
    }

    /// The day on which a moment lies.
    #[must_use]
    pub fn of(moment: WallTime) -> Self {
        Self::from_days(moment.unix_seconds_floor().div_euclid(86_400))
    }

    /// Whole days from `earlier` to this one; negative when it comes before.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.since_epoch().unwrap_or(0) - earlier.since_epoch().unwrap_or(0)
    }

    /// Days since 1 January 1970 by the proleptic calendar; `None` for a month that is none.
    fn since_epoch(self) -> Option<i64> {
        if !(1..=12).contains(&self.month) {
            return None;
        }
        // Years counted from March, so that the leap day is the last of its year.
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    fn from_days(days: i64) -> Self {
        let days = days + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (year, month) = (year + era * 400, if month < 10 { month + 3 } else { month - 9 });
        let year = if month <= 2 { year + 1 } else { year };
        // Years of 90 kHz ticks in 64 bits stay far within these types.
        Self { year: year as i32, month: month as u8, day: day as u8 }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_exist() {
        for text in ["1970-01-01", "2024-02-29", "2026-11-26", "9999-12-31", "1999-12-31"] {
            assert_eq!(Day::parse(text).map(|day| day.to_string()).as_deref(), Some(text));
        }
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "26-1-1", "2026/11/26", ""] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        let day = Day::of(WallTime::from_unix_seconds(1_795_461_180));
        assert_eq!(day.to_string(), "2026-11-23");
        assert_eq!(Day::parse("2026-12-07").expect("a day").days_since(day), 14);
    }
}
