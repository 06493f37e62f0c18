//! Which bytes of a file a request wants (RFC 9110 14).

use std::ops::Range;

/// What is to be sent of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it (200).
    Whole,
    /// These bytes (206).
    Part(Range<u64>),
    /// None of it lies in the file (416).
    Outside,
}

/// Reads a `Range` header for a file of `len` bytes. What is not understood, and several ranges at once, count as if
/// nobody had asked (14.2 allows it): the whole is always a right answer.
pub(crate) fn wanted(header: Option<&str>, len: u64) -> Wanted {
    let Some(set) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else { return Wanted::Whole };
    let Some((first, last)) = set.split_once('-').map(|(first, last)| (first.trim(), last.trim())) else {
        return Wanted::Whole;
    };
    match (number(first), number(last)) {
        // The last so many bytes.
        (None, Some(last_bytes)) if first.is_empty() => match last_bytes.min(len) {
            0 => Wanted::Outside,
            tail => Wanted::Part(len - tail..len),
        },
        (Some(start), None) if last.is_empty() => part(start, len, len),
        (Some(start), Some(end)) if start <= end => part(start, end.saturating_add(1), len),
        _ => Wanted::Whole,
    }
}

fn part(start: u64, end: u64, len: u64) -> Wanted {
    if start < len { Wanted::Part(start..end.min(len)) } else { Wanted::Outside }
}

/// Digits only: `u64::from_str` would take a sign. More digits than fit are a place behind every file.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Whether a `Range` counts at all: only for the file its `If-Range` means (13.1.5). A date never fits, for the file has none.
pub(crate) fn still_the_same(if_range: Option<&str>, tag: &str) -> bool {
    if_range.is_none_or(|wanted| wanted.trim() == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Wanted) {
        assert_eq!(wanted(Some(header), 1000), expected, "{header}");
    }

    #[test]
    fn ranges() {
        let part = |start, end| Wanted::Part(start..end);
        check("bytes=0-", part(0, 1000));
        check("bytes=0-0", part(0, 1));
        check("bytes=999-", part(999, 1000));
        check("bytes=10-99999999999999999999999", part(10, 1000));
        check("bytes=-1", part(999, 1000));
        check("bytes=-5000", part(0, 1000));
        check(" bytes= 1 - 2 ", part(1, 3));
        check("bytes=1000-", Wanted::Outside);
        check("bytes=1000-2000", Wanted::Outside);
        check("bytes=-0", Wanted::Outside);
        check("bytes=99999999999999999999999-", Wanted::Outside);
        for nonsense in
            ["bytes=2-1", "bytes=-", "bytes=", "bytes=a-b", "bytes=+1-2", "bytes=0-1,5-6", "lines=1-2", "bytes=1"]
        {
            check(nonsense, Wanted::Whole);
        }
        assert_eq!(wanted(None, 1000), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Outside);
    }

    #[test]
    fn only_for_the_same_file() {
        assert!(still_the_same(None, "\"a\"") && still_the_same(Some("\"a\""), "\"a\""));
        assert!(!still_the_same(Some("\"b\""), "\"a\"") && !still_the_same(Some("W/\"a\""), "\"a\""));
        assert!(!still_the_same(Some("Sun, 06 Nov 1994 08:49:37 GMT"), "\"a\""));
    }

    proptest::proptest! {
        /// Whatever the header says, what is sent lies in the file and is not nothing.
        #[test]
        fn no_header_reaches_outside(
            header in "(bytes=)?[ 0-9,-]{0,30}|bytes=-?[0-9]{1,25}-?[0-9]{0,25}|\\PC{0,20}", len in 0_u64..5000,
        ) {
            if let Wanted::Part(part) = wanted(Some(&header), len) {
                proptest::prop_assert!(part.start < part.end && part.end <= len, "{header}: {part:?} of {len}");
            }
        }
    }
}
