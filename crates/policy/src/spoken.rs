//! Rules as people say them.

use candour_units::WallDuration;

use crate::schedule::{Days, Mode, Part, Schedule};
use crate::vocabulary::Weekday;
use crate::zone::TimeOfDay;

/// `3 days`, `90 minutes`, `1 hour`: in the largest unit that it is a whole number of.
#[must_use]
pub fn length(keep: WallDuration) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let seconds = keep.seconds_floor();
    let (size, name) = UNITS.into_iter().find(|(size, _)| seconds % size == 0).unwrap_or((1, "second"));
    counted(seconds / size, name)
}

/// `1 day`, `2 days`.
pub(crate) fn counted(count: i64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

/// How a camera records, after "it": `records all the time`.
pub(crate) fn mode(mode: Mode) -> String {
    match mode {
        Mode::Off => "does not record".to_owned(),
        Mode::Continuous => "records all the time".to_owned(),
        Mode::OnMotion { pre_roll, post_roll } => {
            format!("records while something moves, from {} before to {} after", length(pre_roll), length(post_roll))
        }
    }
}

/// `every day`, `from Monday to Friday`, `on Monday and Friday`.
pub(crate) fn days(days: Days) -> String {
    let named: Vec<Weekday> = days.iter().collect();
    let run = named.windows(2).all(|pair| pair[0].number() + 1 == pair[1].number());
    match named[..] {
        _ if days == Days::EVERY_DAY => "every day".to_owned(),
        [first, .., last] if run && named.len() > 2 => format!("from {} to {}", first.spoken(), last.spoken()),
        _ => format!("on {}", listed(&named.iter().map(|day| day.spoken()).collect::<Vec<_>>())),
    }
}

/// `all day`, `from 07:00 to 19:00`, `from 19:00 to 07:00 on the next day`.
pub(crate) fn window(from: TimeOfDay, to: TimeOfDay) -> String {
    if (from, to) == (TimeOfDay::START, TimeOfDay::END) {
        return "all day".to_owned();
    }
    format!("from {from} to {to}{}", if to <= from { " on the next day" } else { "" })
}

/// When a part of a schedule holds: `from Monday to Friday from 07:00 to 19:00`; for what holds otherwise, `at all other times`.
pub(crate) fn when(schedule: &Schedule, part: Part) -> String {
    match part {
        Part::Otherwise if schedule.rules.is_empty() && schedule.exceptions.is_empty() => "at all times".to_owned(),
        Part::Otherwise => "at all other times".to_owned(),
        Part::Rule(index) => schedule
            .rules
            .get(index)
            .map_or_else(String::new, |rule| format!("{} {}", days(rule.days), window(rule.from, rule.to))),
        Part::Exception(index) => schedule.exceptions.get(index).map_or_else(String::new, |rule| {
            let dates: Vec<_> = rule.dates.iter().map(|date| date.spoken()).collect();
            format!("on {} {} ({})", listed(&dates), window(rule.from, rule.to), rule.reason.trim_end_matches('.'))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_people_say_them() {
        for (seconds, words) in [(86_400, "1 day"), (259_200, "3 days"), (5400, "90 minutes"), (61, "61 seconds")] {
            assert_eq!(length(WallDuration::from_seconds(seconds)), words);
        }
    }

    #[test]
    fn days_read_as_people_say_them() {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let check = |given: &[Weekday], expected: &str| {
            let set = given.iter().fold(Days::default(), |set, day| set.with(*day));
            assert_eq!(days(set), expected);
        };
        check(&[Mon, Tue, Wed, Thu, Fri, Sat, Sun], "every day");
        check(&[Fri, Thu, Wed, Tue, Mon], "from Monday to Friday");
        check(&[Sat, Sun], "on Saturday and Sunday");
        check(&[Mon, Wed, Fri], "on Monday, Wednesday and Friday");
        check(&[Tue], "on Tuesday");
    }
}
