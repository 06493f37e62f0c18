//! What requests bring, read once at the door: bodies, queries, ids and texts, each with an answer a person understands.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use candour_units::{WallRange, WallTime};
use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem};

/// Most bytes of a request.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// Most bytes of a request that brings a policy file: the largest file, with room for JSON's escapes.
pub(crate) const FILE_LIMIT: usize = candour_policy::LARGEST_FILE + (1 << 20);

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Sync + Send, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status().as_u16() == Kind::TooLarge.status() {
                Problem::new(Kind::TooLarge, "Requests are at most 64 KiB, those with a policy file 5 MiB.")
            } else {
                Problem::new(Kind::Malformed, "The request ended before its end.")
            }
        })?;
        json(&bytes).map(Self)
    }
}

/// Reads what a request brings.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // A struct could be read from an array too, by position: nobody means that.
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first.is_some_and(|first| *first != b'{') {
        return Err(Problem::new(Kind::Invalid, "The request must be a JSON object."));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let kind = if error.is_data() { Kind::Invalid } else { Kind::Malformed };
        Problem::new(kind, format!("The request is not the JSON it should be: {error}."))
    })
}

/// A query string.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Sync + Send, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Self(asked)).map_err(|error| {
            Problem::new(Kind::Invalid, format!("The query is not as it should be: {}.", error.body_text()))
        })
    }
}

/// Reads an id of a path or query; one that cannot be an id names nothing.
pub(crate) fn id<T: FromStr>(text: &str, what: impl Display) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found(what))
}

/// Reads a text people typed: trimmed, of that many characters, on one line, without characters that change how the
/// rest is shown (T6).
pub(crate) fn text(field: &'static str, typed: &str, length: RangeInclusive<usize>) -> Result<String, Problem> {
    let trimmed = typed.trim();
    let count = trimmed.chars().count();
    if !length.contains(&count) {
        let (least, most) = (length.start(), length.end());
        return Err(Problem::invalid(field, format!("It has {count} characters; {least} to {most} are needed.")));
    }
    if trimmed.chars().any(is_harmful) {
        return Err(Problem::invalid(field, "It holds control characters; use letters, digits and punctuation."));
    }
    Ok(trimmed.to_owned())
}

/// Controls, line ends, and marks that turn the direction of writing or hide text.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Times no request may name: they keep sums far from the ends of the number.
const SENSIBLE: RangeInclusive<i64> = 0..=(1 << 52);

/// Reads a time.
pub(crate) fn moment(field: &'static str, ticks: i64) -> Result<WallTime, Problem> {
    if !SENSIBLE.contains(&ticks) {
        return Err(Problem::invalid(field, "It is not a time in ticks of 1/90000 s since 1970."));
    }
    Ok(WallTime::from_ticks(ticks))
}

/// Reads a range of times, end excluded, at most `longest_s` seconds long.
pub(crate) fn range(from_90k: i64, to_90k: i64, longest_s: i64) -> Result<WallRange, Problem> {
    if !SENSIBLE.contains(&from_90k) {
        return Err(Problem::invalid("from_90k", "It is not a time in ticks of 1/90000 s since 1970."));
    }
    if !SENSIBLE.contains(&to_90k) {
        return Err(Problem::invalid("to_90k", "It is not a time in ticks of 1/90000 s since 1970."));
    }
    let Some(range) = WallRange::new(WallTime::from_ticks(from_90k), WallTime::from_ticks(to_90k)) else {
        return Err(Problem::invalid("to_90k", "The end must lie after the start."));
    };
    if range.duration().seconds_floor() > longest_s || range.duration().ticks() > longest_s * 90_000 {
        return Err(Problem::invalid("to_90k", format!("At most {} at once.", length_words(longest_s))));
    }
    Ok(range)
}

fn length_words(seconds: i64) -> String {
    match seconds {
        3600 => "an hour".to_owned(),
        s if s % 86_400 == 0 => format!("{} days", s / 86_400),
        s => format!("{s} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        assert_eq!(text("name", typed, 1..=10).ok().as_deref(), expected, "{typed:?}");
    }

    #[test]
    fn texts() {
        check("  Gate 4 ", Some("Gate 4"));
        check("Tür", Some("Tür"));
        check("", None);
        check("   ", None);
        check("12345678901", None);
        check("a\nb", None);
        check("a\u{202e}b", None);
        check("a\u{0}b", None);
    }

    #[test]
    fn ranges() {
        assert!(range(0, 3600 * 90_000, 3600).is_ok());
        assert!(range(0, 3600 * 90_000 + 1, 3600).is_err());
        assert!(range(5, 5, 3600).is_err());
        assert!(range(-1, 5, 3600).is_err());
        assert!(range(0, i64::MAX, i64::MAX).is_err());
    }
}
