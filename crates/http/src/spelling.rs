//! Random bits as people type them: Crockford's digits in groups, read back in any case, with or without the dashes.

use candour_units::Hash;
use candour_wire::secret::Secret;

use crate::digest::token_hash;

/// Crockford's digits: no letter that can be taken for a digit.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The lowest bits, five to a digit, in groups with dashes between.
pub(crate) fn spelt(mut bits: u128, digits: usize, group: usize) -> Secret {
    let digits: Vec<u8> = (0..digits)
        .map(|_| {
            let digit = DIGITS[(bits % 32) as usize];
            bits /= 32;
            digit
        })
        .collect();
    let groups: Vec<_> = digits.chunks(group).map(String::from_utf8_lossy).collect();
    Secret::new(groups.join("-"))
}

/// The hash to store: of what is left when case, spaces and dashes do not count.
pub(crate) fn stored(typed: &Secret) -> Hash {
    let plain: String = typed.expose().chars().filter(char::is_ascii_alphanumeric).collect();
    token_hash(plain.to_ascii_lowercase().as_bytes())
}
