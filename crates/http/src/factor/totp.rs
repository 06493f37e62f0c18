//! Time-based one-time passwords (RFC 6238 over RFC 4226): HMAC-SHA-1, six digits, steps of 30 s, which is what every
//! authenticator understands.

use candour_units::WallTime;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::digest::same;

/// Bytes of a secret: as long as the hash (RFC 4226, section 4, R6).
pub(crate) const SECRET_BYTES: usize = 20;
/// Length of a step, in seconds.
pub(crate) const STEP_S: i64 = 30;
/// Digits of a code.
pub(crate) const DIGITS: usize = 6;
/// Steps before and after the present one whose codes are taken too: clocks differ, and typing takes time.
const WINDOW: i64 = 1;

/// The step a moment lies in, counted from 1970.
pub(crate) fn step(now: WallTime) -> i64 {
    now.unix_seconds_floor().div_euclid(STEP_S)
}

/// The code of a step.
fn code(secret: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    // RFC 4226, section 5.3: the last four bits say where 31 bits are taken from; 15 + 4 is within the 20 bytes.
    let at = usize::from(hash[19] & 0x0f);
    let number = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
    format!("{:0DIGITS$}", number % 1_000_000)
}

/// The step whose code was typed, if it is one of those taken now; the newest where two have the same code.
pub(crate) fn matching_step(secret: &[u8], typed: &str, now: WallTime) -> Option<i64> {
    let present = step(now);
    // All are computed and compared, whichever fits.
    let fitting: Vec<i64> = (present - WINDOW..=present + WINDOW)
        .filter(|step| same(code(secret, *step).as_bytes(), typed.as_bytes()))
        .collect();
    fitting.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    /// The vectors of RFC 6238, appendix B, for SHA-1; ours are their last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let check = |seconds: i64, expected: &str| {
            let now = WallTime::from_unix_seconds(seconds);
            assert_eq!(code(SECRET, step(now)), expected[2..], "{seconds}");
            assert_eq!(matching_step(SECRET, &expected[2..], now), Some(step(now)), "{seconds}");
        };
        check(59, "94287082");
        check(1_111_111_109, "07081804");
        check(1_111_111_111, "14050471");
        check(1_234_567_890, "89005924");
        check(2_000_000_000, "69279037");
        check(20_000_000_000, "65353130");
    }

    #[test]
    fn a_step_early_or_late_is_taken_and_no_more() {
        let now = WallTime::from_unix_seconds(1_234_567_890);
        for (away, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(SECRET, step(now) + away);
            assert_eq!(matching_step(SECRET, &typed, now), taken.then_some(step(now) + away), "{away}");
        }
        for typed in ["", "5924", "89005924", "００５９２４"] {
            assert_eq!(matching_step(SECRET, typed, now), None, "{typed}");
        }
    }
}
