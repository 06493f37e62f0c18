//! Rules as people say them.

use candour_units::WallDuration;

use crate::dori::Cap;
use crate::mask::{Corner, Mask};
use crate::model::Camera;
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

/// How a camera records, after "it": `records continuously`.
fn mode(mode: Mode) -> String {
    match mode {
        Mode::Off => "does not record".to_owned(),
        Mode::Continuous => "records continuously".to_owned(),
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

/// How and when by that part, after "it": `records continuously from Monday to Friday from 07:00 to 19:00`.
pub(crate) fn part(schedule: &Schedule, part: Part) -> String {
    let mode = mode(schedule.mode_of(part));
    match (part, schedule.mode_of(part)) {
        _ if schedule.rules.is_empty() && schedule.exceptions.is_empty() => mode,
        (Part::Otherwise, Mode::Off) => format!("{mode} at any other time"),
        _ => format!("{mode} {}", when(schedule, part)),
    }
}

/// When a part of a schedule holds: `from Monday to Friday from 07:00 to 19:00`; for what holds otherwise, `at all other times`.
fn when(schedule: &Schedule, part: Part) -> String {
    match part {
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

/// All of a schedule: `records continuously from Monday to Friday from 07:00 to 19:00; does not record at all other times`.
pub(crate) fn schedule(schedule: &Schedule) -> String {
    schedule.parts().map(|one| part(schedule, one)).collect::<Vec<_>>().join("; ")
}

/// `at most 1280 pixels across and 12 pictures a second`; `None` without a cap.
pub(crate) fn cap(cap: Cap) -> Option<String> {
    let across = cap.most_across.map(|most| format!("{most} pixels across"));
    let rate = cap.frames_per_second.map(|most| counted(i64::from(most), "picture") + " a second");
    let limits: Vec<_> = across.into_iter().chain(rate).collect();
    if limits.is_empty() { None } else { Some(format!("at most {}", listed(&limits))) }
}

/// Masks by name, with where they lie, in hundredths of the picture.
pub(crate) fn masks(masks: &[Mask]) -> String {
    let corner =
        |corner: &Corner| format!("{}.{:02} {}.{:02}", corner.x / 100, corner.x % 100, corner.y / 100, corner.y % 100);
    let named = masks.iter().map(|mask| {
        let corners: Vec<_> = mask.corners.iter().map(corner).collect();
        format!("{} ({})", mask.name, corners.join(", "))
    });
    listed(&named.collect::<Vec<_>>())
}

/// Where motion counts, and where it does not; `None` where it does in the whole picture.
pub(crate) fn motion_zones(camera: &Camera) -> Option<String> {
    let watched = (!camera.watch.is_empty()).then(|| format!("only in {}", masks(&camera.watch)));
    let ignored = (!camera.ignore.is_empty()).then(|| format!("not in {}", masks(&camera.ignore)));
    let said: Vec<_> = watched.into_iter().chain(ignored).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// `3.4 GB`: in the unit that leaves one to three digits before the point.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return counted(i64::try_from(count).unwrap_or(i64::MAX), "byte");
    }
    let (mut tenths, mut unit) = (count / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
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
    fn bytes_read_as_people_say_them() {
        for (count, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (3_400_000_000, "3.4 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(count), words);
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
