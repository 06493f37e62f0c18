//! Single values of the file: each type with what it looks like.

use candour_units::WallDuration;
use toml::de::{DeString, DeValue};

use super::table::distance;
use crate::mask::Corner;
use crate::schedule::Days;
use crate::vocabulary::{Weekday, Word};
use crate::zone::{LocalDate, TimeOfDay, Zone};

/// The longest sentence, in characters.
const LONGEST_TEXT: usize = 2000;
/// The longest name, in characters.
pub(super) const LONGEST_NAME: usize = 100;

/// A value of the file.
pub(super) trait Term: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong and what would be right, in words.
    fn read(value: &DeValue<'_>) -> Result<Self, String>;
}

fn string<'v>(value: &'v DeValue<'_>, expected: &str) -> Result<&'v DeString<'v>, String> {
    match value {
        DeValue::String(text) => Ok(text),
        other => Err(format!("expected {expected}, found {}", article(other.type_str()))),
    }
}

pub(super) fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// What was found, short enough to be shown.
fn found(text: &str) -> String {
    let short: String = text.chars().filter(|character| !character.is_control()).take(60).collect();
    format!("\"{short}\"")
}

/// A sentence: white space and line breaks count as one blank.
impl Term for String {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let text = string(value, "words between quotation marks")?;
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            return Err("nothing is written here; say it in words".to_owned());
        }
        if words.chars().count() > LONGEST_TEXT {
            return Err(format!("this has more than {LONGEST_TEXT} characters; say it shorter"));
        }
        match words.chars().find(|character| is_hidden(*character)) {
            Some(hidden) => {
                Err(format!("there is a character that nobody sees ({}); remove it", hidden.escape_unicode()))
            }
            None => Ok(words),
        }
    }
}

/// Words that say something: "Security" is the name of an aim, not an aim.
#[derive(Debug, Clone)]
pub(super) struct Sentence(pub(super) String);

/// Fewer words are a heading.
const FEWEST_WORDS: usize = 4;

impl Term for Sentence {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let words = String::read(value)?;
        if words.split(' ').count() < FEWEST_WORDS {
            return Err(format!(
                "{} is a word or two; say it in a sentence that somebody who is filmed understands",
                found(&words)
            ));
        }
        Ok(Self(words))
    }
}

/// Control characters, and those that turn the direction of writing or take no room: a sentence must read as it is.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The name of a purpose, class, area, schedule: small letters, digits, `-`, `_`.
pub(super) fn is_plain_name(name: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(fine)
}

/// A name in words: of a camera, of an assessment.
pub(super) fn is_spoken_name(name: &str) -> bool {
    !name.trim().is_empty()
        && name.trim() == name
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(|character| is_hidden(character) || (character.is_whitespace() && character != ' '))
}

impl Term for bool {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        match value {
            DeValue::Boolean(answer) => Ok(*answer),
            other => {
                Err(format!("expected true or false without quotation marks, found {}", article(other.type_str())))
            }
        }
    }
}

impl Term for i64 {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let DeValue::Integer(number) = value else {
            return Err(format!("expected a whole number, found {}", article(value.type_str())));
        };
        Self::from_str_radix(number.as_str(), number.radix()).map_err(|_| "this number is too large".to_owned())
    }
}

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within<const LEAST: i64, const MOST: i64>(pub(super) i64);

impl<const LEAST: i64, const MOST: i64> Term for Within<LEAST, MOST> {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let number = i64::read(value)?;
        if (LEAST..=MOST).contains(&number) {
            Ok(Self(number))
        } else {
            Err(format!("{number} is not between {LEAST} and {MOST}"))
        }
    }
}

/// A length in metres, kept in whole centimetres.
#[derive(Debug, Clone, Copy)]
pub(super) struct Centimetres(pub(super) u32);

impl Term for Centimetres {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let metres = number(value)
            .ok_or_else(|| format!("expected metres as a number, like 7.5, found {}", article(value.type_str())))?;
        let centimetres = (metres * 100.0).round();
        if (10.0..=100_000.0).contains(&centimetres) {
            Ok(Self(centimetres as u32))
        } else {
            Err(format!("{metres} m is not between 0.1 m and 1000 m"))
        }
    }
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(number) => number.as_str().parse().ok(),
        DeValue::Integer(_) => i64::read(value).ok().map(|number| number as f64),
        _ => None,
    }
}

/// `30 days`, `72 hours`, `15 minutes`, `5 seconds`, `2 weeks`. No months: they differ in length.
impl Term for WallDuration {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        const UNITS: [(&str, i64); 5] =
            [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400), ("week", 7 * 86_400)];
        const EXPECTED: &str = "a length like \"30 days\", in seconds, minutes, hours, days or weeks";
        let text = string(value, EXPECTED)?;
        let wrong = || format!("{} is not {EXPECTED}", found(text));
        let (count, unit) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let digits = !count.is_empty() && count.len() <= 9 && count.bytes().all(|byte| byte.is_ascii_digit());
        let count: i64 = if digits { count.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
        let unit = unit.trim();
        let size = UNITS.iter().find(|(name, _)| unit.strip_suffix('s').unwrap_or(unit) == *name);
        let (_, size) = size.ok_or_else(wrong)?;
        Ok(Self::from_seconds(count * size))
    }
}

impl Term for LocalDate {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        const EXPECTED: &str = "expected a date without quotation marks, like 2027-03-31";
        match value {
            DeValue::Datetime(when) => match (when.date, when.time, when.offset) {
                (Some(date), None, None) => i16::try_from(date.year)
                    .ok()
                    .zip(i8::try_from(date.month).ok().zip(i8::try_from(date.day).ok()))
                    .and_then(|(year, (month, day))| Self::new(year, month, day))
                    .ok_or_else(|| "there is no such day".to_owned()),
                _ => Err(format!("{EXPECTED}, found a time")),
            },
            other => Err(format!("{EXPECTED}, found {}", article(other.type_str()))),
        }
    }
}

impl Term for TimeOfDay {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        const EXPECTED: &str = "a time of day between quotation marks, \"00:00\" to \"24:00\"";
        let text = string(value, EXPECTED)?;
        Self::parse(text).ok_or_else(|| format!("{} is not {EXPECTED}", found(text)))
    }
}

impl Term for Zone {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let text = string(value, "the name of a time zone, like \"Europe/London\"")?;
        Self::named(text)
            .ok_or_else(|| format!("{} is no time zone of the IANA list, like \"Europe/London\"", found(text)))
    }
}

/// A word of an enumeration.
impl<W: Word> Term for One<W> {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let all: Vec<&str> = W::WORDS.iter().map(|(_, word)| *word).collect();
        let text = string(value, &format!("one of {}", all.join(", ")))?;
        W::of_word(text).map(Self).ok_or_else(|| unknown_word(text, &all))
    }
}

/// A value that is written as a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct One<W>(pub(super) W);

/// `"x" is none of a, b, c; did you mean b?`
pub(super) fn unknown_word(text: &str, all: &[&str]) -> String {
    let near = all.iter().map(|word| (distance(text, word), *word)).min().filter(|(far, _)| *far <= 2);
    let help = near.map_or_else(String::new, |(_, word)| format!("; did you mean \"{word}\"?"));
    format!("{} is none of {}{help}", found(text), all.join(", "))
}

/// `"every_day"`, `"weekdays"`, `"weekend"`, `"mon"`, or a list of such words.
impl Term for Days {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let words = match value {
            DeValue::Array(entries) => entries.iter().map(toml::Spanned::get_ref).collect(),
            single => vec![single],
        };
        let mut days = Self::default();
        for word in words {
            days = days.and(days_of(string(word, "days: \"weekdays\", \"mon\", or a list of such words")?)?);
        }
        if days.is_empty() { Err("this names no day".to_owned()) } else { Ok(days) }
    }
}

fn days_of(word: &str) -> Result<Days, String> {
    match word {
        "every_day" => Ok(Days::EVERY_DAY),
        "weekdays" => Ok(Days::WEEKDAYS),
        "weekend" => Ok(Days::WEEKEND),
        day => Weekday::of_word(day).map(|day| Days::default().with(day)).ok_or_else(|| {
            let days = Weekday::WORDS.iter().map(|(_, word)| *word);
            unknown_word(day, &["every_day", "weekdays", "weekend"].into_iter().chain(days).collect::<Vec<_>>())
        }),
    }
}

/// A list of one or more.
impl<T: Term> Term for Vec<T> {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        match value {
            DeValue::Array(entries) => entries.iter().map(|entry| T::read(entry.get_ref())).collect(),
            single => Err(format!("expected a list between [ and ], found {}", article(single.type_str()))),
        }
    }
}

/// `[0.25, 0.5]`: from the left and from the top, 0 to 1.
impl Term for Corner {
    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        const EXPECTED: &str = "a corner is two numbers from 0 to 1, from the left and from the top, like [0.25, 0.5]";
        let DeValue::Array(pair) = value else { return Err(EXPECTED.to_owned()) };
        let parts: Vec<f64> = pair.iter().filter_map(|part| number(part.get_ref())).collect();
        let part = |share: f64| (0.0..=1.0).contains(&share).then(|| (share * 10_000.0).round() as u16);
        match parts[..] {
            [x, y] if pair.len() == 2 => part(x).zip(part(y)).map(|(x, y)| Self { x, y }),
            _ => None,
        }
        .ok_or_else(|| EXPECTED.to_owned())
    }
}
