//! The device's clock, as GetSystemDateAndTime tells it.

use candour_units::WallTime;

use crate::xml::Element;

/// `UTCDateTime` of the answer as a moment; `None` if it is missing or no date.
pub(crate) fn read(answer: &Element) -> Option<WallTime> {
    let utc = answer.at(&["SystemDateAndTime", "UTCDateTime"])?;
    let number = |path: &[&str]| utc.text_at(path)?.parse::<i64>().ok();
    let (year, month, day) = (number(&["Date", "Year"])?, number(&["Date", "Month"])?, number(&["Date", "Day"])?);
    let (hour, minute, second) =
        (number(&["Time", "Hour"])?, number(&["Time", "Minute"])?, number(&["Time", "Second"])?);
    let plausible = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    plausible.then(|| {
        let days = days_from_civil(year, month, day);
        WallTime::from_unix_seconds(((days * 24 + hour) * 60 + minute) * 60 + second)
    })
}

/// Days since 1970 of a date in the Gregorian calendar, years counted from March so that the leap day comes last.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(date: [i64; 3], time: [i64; 3], expected: Option<&str>) {
        let [y, mo, d] = date;
        let [h, mi, s] = time;
        let document = format!(
            "<R><SystemDateAndTime><UTCDateTime><Time><Hour>{h}</Hour><Minute>{mi}</Minute><Second>{s}</Second></Time>\
             <Date><Year>{y}</Year><Month>{mo}</Month><Day>{d}</Day></Date></UTCDateTime></SystemDateAndTime></R>"
        );
        let answer = Element::parse(document.as_bytes()).expect("well formed");
        assert_eq!(read(&answer).map(|t| t.to_string()).as_deref(), expected);
    }

    #[test]
    fn dates() {
        check([2026, 11, 23], [19, 13, 0], Some("2026-11-23T19:13:00.000Z"));
        check([2000, 2, 29], [0, 0, 0], Some("2000-02-29T00:00:00.000Z"));
        check([1970, 1, 1], [0, 0, 0], Some("1970-01-01T00:00:00.000Z"));
        check([2026, 13, 1], [0, 0, 0], None);
        check([i64::MAX, 1, 1], [0, 0, 0], None);
    }
}
