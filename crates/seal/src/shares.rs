//! Three shares of a key of which any two give it back, and no one says anything about it.
//!
//! Shamir's scheme over GF(2^8) with the polynomial of AES (FIPS 197 4.2): byte by byte a straight line `key + slope * x`
//! with a random slope; share number x is its value there. Two points give the line, one fits every key. Arithmetic is
//! without tables and branches, so that time says nothing either. The text of a share is described in
//! `docs/design/keyring.md`; it is made to be printed, read aloud and typed.

use zeroize::Zeroizing;

use crate::key::{Secret, master_fingerprint};

/// Letters of a share: RFC 4648 6 (base32), which has no 0, 1, 8 and 9 to confuse with letters.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BEGINNING: &str = "candour-share-1";
/// Letters of one group.
const GROUP: usize = 5;
/// Number, fingerprint of the key, day, the share itself, check.
const LEN: usize = 1 + 8 + 4 + 32 + CHECK_LEN;
const CHECK_LEN: usize = 5;
const CHECK_DOMAIN: &[u8] = b"candour share check v1\0";

/// One of three shares. Without `Debug`; wiped when dropped.
pub struct Share {
    /// 1, 2 or 3.
    pub number: u8,
    /// Tells the key it belongs to from others.
    pub fingerprint: [u8; 8],
    /// Day of UTC since 1970 on which it was printed.
    pub day: u32,
    value: Secret,
}

/// Why shares give no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// It does not look like a share.
    #[error("this is no share: it must begin with {BEGINNING} and hold {} letters after it, not {letters}", LEN * 8 / 5)]
    Shape {
        /// Letters and digits behind the beginning.
        letters: usize,
    },
    /// A character that no share has.
    #[error("a share has the letters A to Z and the digits 2 to 7 only; group {group} has {character:?}")]
    Character {
        /// Which group of five, from 1.
        group: usize,
        /// What stands there.
        character: char,
    },
    /// Its check does not fit.
    #[error(
        "a letter was mistyped, or two were swapped: the check at the end does not fit; read it again from the paper"
    )]
    Mistyped,
    /// The same share twice.
    #[error("both are share {number} of the same key; two different ones are needed")]
    Same {
        /// Which.
        number: u8,
    },
    /// Shares of different keys or printings.
    #[error(
        "these two do not belong together: share {first} is of key {first_key}, share {second} of key {second_key}"
    )]
    Mixed {
        /// Number of the one.
        first: u8,
        /// Fingerprint of its key.
        first_key: String,
        /// Number of the other.
        second: u8,
        /// Fingerprint of its key.
        second_key: String,
    },
    /// The shares name one key and give another: they come from two printings of it.
    #[error("the two shares were printed at different times; take two of the same day")]
    Printings,
}

/// Splits a key. `slope` must be fresh random bytes; `day` is the day of printing.
#[must_use]
pub fn split(key: &[u8; 32], slope: &[u8; 32], day: u32) -> [Share; 3] {
    let fingerprint = master_fingerprint(key);
    [1, 2, 3].map(|number| {
        let mut value = Secret::default();
        for (out, (key, slope)) in value.iter_mut().zip(key.iter().zip(slope)) {
            *out = key ^ multiply(*slope, number);
        }
        Share { number, fingerprint, day, value }
    })
}

/// The key of two shares.
///
/// # Errors
/// [`ShareError::Same`], [`ShareError::Mixed`], [`ShareError::Printings`].
pub fn join(one: &Share, other: &Share) -> Result<Secret, ShareError> {
    if one.fingerprint != other.fingerprint {
        return Err(ShareError::Mixed {
            first: one.number,
            first_key: hex(&one.fingerprint),
            second: other.number,
            second_key: hex(&other.fingerprint),
        });
    }
    if one.number == other.number {
        return Err(ShareError::Same { number: one.number });
    }
    let mut key = Secret::default();
    for (out, (a, b)) in key.iter_mut().zip(one.value.iter().zip(other.value.iter())) {
        *out = line(0, (one.number, *a), (other.number, *b));
    }
    if master_fingerprint(&key) != one.fingerprint {
        return Err(ShareError::Printings);
    }
    Ok(key)
}

impl Share {
    /// As it is printed: groups of five letters behind the name of the format.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let bytes = self.to_bytes();
        let mut text = Zeroizing::new(String::with_capacity(BEGINNING.len() + LEN * 2));
        text.push_str(BEGINNING);
        for at in 0..LEN * 8 / 5 {
            if at % GROUP == 0 {
                text.push(' ');
            }
            text.push(char::from(LETTERS[usize::from(five_bits(&bytes, at))]));
        }
        text
    }

    /// Reads what was typed: small letters, other spaces and line breaks are as good.
    ///
    /// # Errors
    /// [`ShareError::Shape`], [`ShareError::Character`], [`ShareError::Mistyped`].
    pub fn parse(text: &str) -> Result<Self, ShareError> {
        let text = text.trim_start();
        let (start, rest) = text.split_at_checked(BEGINNING.len()).unwrap_or((text, ""));
        let letters = rest.chars().filter(|character| !character.is_whitespace()).count();
        if !start.eq_ignore_ascii_case(BEGINNING) || letters != LEN * 8 / 5 {
            return Err(ShareError::Shape { letters });
        }
        let mut bytes = Zeroizing::new([0; LEN]);
        for (at, character) in rest.chars().filter(|character| !character.is_whitespace()).enumerate() {
            let wanted = character.to_ascii_uppercase();
            let value = LETTERS.iter().position(|letter| char::from(*letter) == wanted);
            let value = value.ok_or(ShareError::Character { group: at / GROUP + 1, character })?;
            put_five_bits(&mut bytes, at, value as u8);
        }
        let (body, check) = bytes.split_at(LEN - CHECK_LEN);
        if check_of(body) != check || !(1..=3).contains(&bytes[0]) {
            return Err(ShareError::Mistyped);
        }
        let mut share = Self { number: bytes[0], fingerprint: [0; 8], day: 0, value: Secret::default() };
        share.fingerprint.copy_from_slice(&bytes[1..9]);
        share.day = bytes[9..13].iter().fold(0, |day, byte| day << 8 | u32::from(*byte));
        share.value.copy_from_slice(&bytes[13..45]);
        Ok(share)
    }

    fn to_bytes(&self) -> Zeroizing<[u8; LEN]> {
        let mut bytes = Zeroizing::new([0; LEN]);
        bytes[0] = self.number;
        bytes[1..9].copy_from_slice(&self.fingerprint);
        bytes[9..13].copy_from_slice(&self.day.to_be_bytes());
        bytes[13..45].copy_from_slice(&*self.value);
        let check = check_of(&bytes[..45]);
        bytes[45..].copy_from_slice(&check);
        bytes
    }
}

/// The fingerprint as people compare it.
#[must_use]
pub fn hex(fingerprint: &[u8; 8]) -> String {
    fingerprint.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_of(body: &[u8]) -> [u8; CHECK_LEN] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(CHECK_DOMAIN).update(body);
    *hasher.finalize().as_bytes().first_chunk().expect("a digest is longer than a check")
}

fn five_bits(bytes: &[u8; LEN], at: usize) -> u8 {
    (at * 5..at * 5 + 5).fold(0, |value, bit| value << 1 | bytes[bit / 8] >> (7 - bit % 8) & 1)
}

fn put_five_bits(bytes: &mut [u8; LEN], at: usize, value: u8) {
    for (number, bit) in (at * 5..at * 5 + 5).enumerate() {
        bytes[bit / 8] |= (value >> (4 - number) & 1) << (7 - bit % 8);
    }
}

/// The line through two points, at `x` (Lagrange).
fn line(x: u8, one: (u8, u8), other: (u8, u8)) -> u8 {
    let span = inverse(one.0 ^ other.0);
    multiply(multiply(one.1, x ^ other.0), span) ^ multiply(multiply(other.1, x ^ one.0), span)
}

/// Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
fn multiply(a: u8, b: u8) -> u8 {
    let (mut a, mut product) = (a, 0);
    for bit in 0..8 {
        product ^= a & 0u8.wrapping_sub(b >> bit & 1);
        a = a << 1 ^ 0x1b & 0u8.wrapping_sub(a >> 7);
    }
    product
}

/// `a` to the power of 254, which is its inverse.
fn inverse(a: u8) -> u8 {
    let (mut power, mut product) = (a, 1);
    for _ in 0..7 {
        power = multiply(power, power);
        product = multiply(product, power);
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn products_are_those_of_fips_197() {
        // FIPS 197 4.2 and 4.2.1.
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
        for (by, product) in [(0x02, 0xae), (0x04, 0x47), (0x08, 0x8e), (0x10, 0x07)] {
            assert_eq!(multiply(0x57, by), product);
        }
        assert!((1..=255).all(|a| multiply(a, inverse(a)) == 1));
    }

    /// One share fits every key: for each byte that a key might have there is a slope that gives the same share.
    #[test]
    fn one_share_tells_nothing() {
        for number in 1..=3 {
            for seen in [0u8, 1, 0x5a, 0xff] {
                let mut keys: Vec<u8> = (0..=255).map(|slope| seen ^ multiply(slope, number)).collect();
                keys.sort_unstable();
                assert!(keys.into_iter().eq(0..=255), "share {number}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_two_give_the_key_and_text_comes_back(key: [u8; 32], slope: [u8; 32], day: u32) {
            let shares = split(&key, &slope, day).map(|share| Share::parse(&share.to_text()).expect("it is whole"));
            for (one, other) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
                prop_assert_eq!(*join(&shares[one], &shares[other]).expect("two of one key"), key);
            }
            prop_assert_eq!(shares[2].day, day);
        }

        #[test]
        fn a_mistyped_letter_is_found(key: [u8; 32], slope: [u8; 32], at in 0usize..80, other in 0usize..32) {
            let text = split(&key, &slope, 20_000)[0].to_text();
            let typed: Vec<char> = text.chars().collect();
            let place = BEGINNING.len() + 1 + at + at / GROUP;
            let mut wrong = typed.clone();
            wrong[place] = char::from(LETTERS[other]);
            prop_assume!(wrong != typed);
            let wrong: String = wrong.into_iter().collect();
            prop_assert_eq!(Share::parse(&wrong).err(), Some(ShareError::Mistyped));
        }
    }

    #[test]
    fn what_does_not_belong_together_is_named() {
        let [one, two, _] = split(&[1; 32], &[7; 32], 1);
        let [_, other, _] = split(&[2; 32], &[7; 32], 1);
        let [_, printed_again, _] = split(&[1; 32], &[8; 32], 2);
        assert!(matches!(join(&one, &other), Err(ShareError::Mixed { first: 1, second: 2, .. })));
        assert_eq!(join(&one, &one).err(), Some(ShareError::Same { number: 1 }));
        assert_eq!(join(&one, &printed_again).err(), Some(ShareError::Printings));
        assert!(join(&one, &two).is_ok());
    }

    #[test]
    fn typing_is_forgiven_what_can_be_forgiven() {
        let text = split(&[1; 32], &[7; 32], 20_418)[1].to_text();
        let typed = text.to_lowercase().replace(' ', "\n  ");
        assert_eq!(Share::parse(&typed).map(|share| share.number), Ok(2));
        assert_eq!(Share::parse("hello").err(), Some(ShareError::Shape { letters: 0 }));
        assert!(matches!(Share::parse(&text[..text.len() - 1]).err(), Some(ShareError::Shape { letters: 79 })));
        let odd = text.replacen(text.chars().last().expect("it has letters"), "0", 1);
        assert!(matches!(
            Share::parse(&odd),
            Err(ShareError::Character { character: '0', .. } | ShareError::Shape { .. })
        ));
    }
}
