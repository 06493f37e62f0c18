//! Hardware addresses: the three spellings met in the field, and the addresses hidden in other values.

use std::fmt;
use std::str::FromStr;

/// A 48-bit hardware address (EUI-48). Shown in capitals with colons.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac([u8; 6]);

/// The text is not a hardware address: twelve hex digits, bare or in pairs joined by `:` or `-`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a hardware address; expected twelve hex digits such as 00:07:5F:CA:F8:FA")]
pub struct MacError {
    /// What was read, shortened and made harmless.
    pub text: String,
}

impl Mac {
    /// The address of these six bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }

    /// The twelve hex digits in capitals: what prefixes are compared with.
    #[must_use]
    pub fn digits(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// Whether somebody made this address up on the spot (IEEE 802, bit 1 of the first byte).
    #[must_use]
    pub const fn is_locally_administered(self) -> bool {
        self.0[0] & 0b10 != 0
    }

    /// Whether no single device can own this address: a group address, or all zeros.
    #[must_use]
    pub const fn is_nobody(self) -> bool {
        self.0[0] & 1 != 0 || matches!(self.0, [0, 0, 0, 0, 0, 0])
    }

    /// The address inside an IPv6 interface identifier (EUI-64, RFC 4291 appendix A): `…5a50:edff:fe1f:e385`.
    #[must_use]
    pub fn from_eui64(address: std::net::Ipv6Addr) -> Option<Self> {
        match address.octets()[8..] {
            [a, b, c, 0xff, 0xfe, d, e, f] => Some(Self([a ^ 0b10, b, c, d, e, f])),
            _ => None,
        }
    }

    /// The first and the last twelve digits of a UUID, as addresses. Makers put theirs at either end, or nowhere.
    #[must_use]
    pub fn ends_of_uuid(text: &str) -> Option<[Self; 2]> {
        let body = text.trim();
        let body = body.get(..9).filter(|p| p.eq_ignore_ascii_case("urn:uuid:")).map_or(body, |_| &body[9..]);
        let bytes = body.as_bytes();
        let groups = body.split('-').map(str::len).collect::<Vec<_>>();
        if groups != [8, 4, 4, 4, 12] || !bytes.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-') {
            return None;
        }
        let digits: String = body.chars().filter(|c| *c != '-').collect();
        Some([digits[..12].parse().ok()?, digits[20..].parse().ok()?])
    }

    /// An address written into a name: twelve hex digits standing alone, as in `axis-accc8e3a0a8f` or `AXIS_WS_ACCC8E…`.
    #[must_use]
    pub fn inside_name(text: &str) -> Option<Self> {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .find(|part| part.len() == 12 && part.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|part| part.parse().ok())
    }
}

impl FromStr for Mac {
    type Err = MacError;

    fn from_str(text: &str) -> Result<Self, MacError> {
        let wrong = || MacError { text: crate::neutralise(text, 40) };
        let trimmed = text.trim();
        let bare = trimmed.len() == 12;
        if !bare && trimmed.len() != 17 {
            return Err(wrong());
        }
        let mut bytes = [0; 6];
        let mut characters = trimmed.bytes();
        let mut separator = None;
        for (at, byte) in bytes.iter_mut().enumerate() {
            if at > 0 && !bare {
                let found = characters.next().filter(|c| matches!(c, b':' | b'-')).ok_or_else(wrong)?;
                if *separator.get_or_insert(found) != found {
                    return Err(wrong());
                }
            }
            for _ in 0..2 {
                let digit = characters.next().and_then(|c| char::from(c).to_digit(16)).ok_or_else(wrong)?;
                *byte = *byte << 4 | digit as u8;
            }
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Mac>().ok().map(|mac| mac.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn three_spellings() {
        check("B8:A4:4F:A0:4F:26", Some("B8:A4:4F:A0:4F:26"));
        check("ec:71:db:00:01:02", Some("EC:71:DB:00:01:02"));
        check("00-07-5f-ca-f8-fa", Some("00:07:5F:CA:F8:FA"));
        check("B8A44FA04F26", Some("B8:A4:4F:A0:4F:26"));
    }

    #[test]
    fn nothing_else() {
        for text in ["", "B8:A4:4F:A0:4F", "B8:A4-4F:A0:4F:26", "B8:A4:4F:A0:4F:2G", "+8:A4:4F:A0:4F:26", "éééééé"]
        {
            check(text, None);
        }
    }

    #[test]
    fn hidden_in_other_values() {
        let hik: Mac = "58:50:ED:1F:E3:85".parse().expect("an address");
        let ends = Mac::ends_of_uuid("urn:uuid:aa85c000-6324-11b3-819e-5850ed1fe385").expect("a UUID");
        assert_eq!(ends[1], hik);
        let bosch = Mac::ends_of_uuid("00075fca-f8fa-faf8-ca5f-0700075fca5f").expect("a UUID");
        assert_eq!(bosch[0].to_string(), "00:07:5F:CA:F8:FA");
        assert_eq!(Mac::from_eui64("fe80::5a50:edff:fe1f:e385".parse().expect("an address")), Some(hik));
        assert_eq!(Mac::inside_name("AXIS_WS_ACCC8E3A0A8F").map(Mac::digits).as_deref(), Some("ACCC8E3A0A8F"));
        assert_eq!(Mac::inside_name("Login to 3EPAA7EF4DC8055"), None);
        assert_eq!(Mac::ends_of_uuid("urn:uuid:é"), None);
        assert_eq!(Mac::ends_of_uuid("0007é5fca-f8fa-faf8-ca5f-0700075fca5f"), None);
    }
}
