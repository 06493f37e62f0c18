//! The addresses that a search walks: typed in by a person, few, and of a private network. No I/O.

use std::net::Ipv4Addr;

/// The most addresses of one search: a camera network of four `/24`.
pub const MOST_ADDRESSES: u32 = 1024;

/// Addresses one after the other, ends included: at least one, at most [`MOST_ADDRESSES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    first: Ipv4Addr,
    last: Ipv4Addr,
}

/// Why what was typed is no range to search.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It does not read.
    #[error("type a network like 10.0.20.0/24, or a range like 10.0.20.10-10.0.20.80; names and IPv6 are not searched")]
    Unreadable,
    /// The end comes before the beginning.
    #[error("the range ends at {last}, before it begins at {first}; exchange the two")]
    Backwards {
        /// The beginning.
        first: Ipv4Addr,
        /// The end.
        last: Ipv4Addr,
    },
    /// Too many addresses.
    #[error("these are {addresses} addresses, and a search walks at most {MOST_ADDRESSES}; search part by part")]
    TooLarge {
        /// How many.
        addresses: u64,
    },
    /// Addresses that are nobody's camera network.
    #[error(
        "{address} is in no private network (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10); nothing outside is called"
    )]
    NotPrivate {
        /// The first such address.
        address: Ipv4Addr,
    },
}

impl AddressRange {
    /// Reads `10.0.20.31`, `10.0.20.0/24`, `10.0.20.10-10.0.20.80` or `10.0.20.10-80`. Of a network the first and the last
    /// address, which no device has, are left out. `lab` allows loopback and link-local addresses.
    ///
    /// # Errors
    /// [`RangeError`], one sentence each.
    pub fn parse(typed: &str, lab: bool) -> Result<Self, RangeError> {
        let typed = typed.trim();
        let (first, last) = if let Some((network, length)) = typed.split_once('/') {
            network_of(address(network)?, length)?
        } else if let Some((first, last)) = typed.split_once('-') {
            let first = address(first)?;
            (first, end_of(first, last.trim())?)
        } else {
            let only = address(typed)?;
            (only, only)
        };
        if last < first {
            return Err(RangeError::Backwards { first, last });
        }
        let addresses = u64::from(last.to_bits() - first.to_bits()) + 1;
        if addresses > u64::from(MOST_ADDRESSES) {
            return Err(RangeError::TooLarge { addresses });
        }
        let range = Self { first, last };
        match range.addresses().find(|address| !is_private(*address, lab)) {
            Some(address) => Err(RangeError::NotPrivate { address }),
            None => Ok(range),
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.last.to_bits() - self.first.to_bits() + 1
    }

    /// Every one, in order.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        (self.first.to_bits()..=self.last.to_bits()).map(Ipv4Addr::from_bits)
    }
}

impl std::fmt::Display for AddressRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

fn address(typed: &str) -> Result<Ipv4Addr, RangeError> {
    typed.trim().parse().map_err(|_| RangeError::Unreadable)
}

fn network_of(inside: Ipv4Addr, length: &str) -> Result<(Ipv4Addr, Ipv4Addr), RangeError> {
    let length: u32 = length.trim().parse().map_err(|_| RangeError::Unreadable)?;
    let host_bits = 32_u32.checked_sub(length).ok_or(RangeError::Unreadable)?;
    let hosts = u32::try_from((1_u64 << host_bits) - 1).map_err(|_| RangeError::Unreadable)?;
    let first = inside.to_bits() & !hosts;
    // RFC 3021: two addresses are both devices'.
    let edge = u32::from(host_bits > 1);
    Ok((Ipv4Addr::from_bits(first + edge), Ipv4Addr::from_bits(first + hosts - edge)))
}

/// A whole address, or the last number of one.
fn end_of(first: Ipv4Addr, last: &str) -> Result<Ipv4Addr, RangeError> {
    if let Ok(number) = last.parse::<u8>() {
        let [a, b, c, _] = first.octets();
        return Ok(Ipv4Addr::new(a, b, c, number));
    }
    address(last)
}

/// RFC 1918 and RFC 6598; in a lab also what reaches this machine or its own wire.
const fn is_private(address: Ipv4Addr, lab: bool) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private() || (a == 100 && b & 0xc0 == 64) || (lab && (address.is_loopback() || address.is_link_local()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: &str, count: u32) {
        let range = AddressRange::parse(typed, false).expect(typed);
        assert_eq!((range.to_string().as_str(), range.count()), (expected, count), "{typed}");
        assert_eq!(range.addresses().count(), count as usize);
    }

    #[test]
    fn as_people_type_them() {
        check("10.0.20.31", "10.0.20.31", 1);
        check(" 10.0.20.0/24 ", "10.0.20.1-10.0.20.254", 254);
        check("10.0.20.77/24", "10.0.20.1-10.0.20.254", 254);
        check("192.168.1.0/22", "192.168.0.1-192.168.3.254", 1022);
        check("172.16.0.4/31", "172.16.0.4-172.16.0.5", 2);
        check("172.16.0.4/32", "172.16.0.4", 1);
        check("10.0.20.10 - 10.0.20.80", "10.0.20.10-10.0.20.80", 71);
        check("10.0.20.10-80", "10.0.20.10-10.0.20.80", 71);
        check("100.64.0.1-2", "100.64.0.1-100.64.0.2", 2);
    }

    #[test]
    fn what_is_not_searched() {
        let why = |typed: &str, lab| AddressRange::parse(typed, lab).expect_err(typed).to_string();
        for typed in ["", "camera.local", "fd00::/64", "10.0.20.0/33", "10.0.20.0/", "10.0.20", "10.0.20.1-", "1-2"] {
            assert!(why(typed, true).contains("10.0.20.0/24"), "{typed}");
        }
        assert!(why("10.0.0.0/8", false).contains("16777214 addresses"));
        assert!(why("0.0.0.0/0", false).contains("4294967294 addresses"));
        assert!(why("10.0.20.80-10.0.20.10", false).contains("before it begins"));
        assert!(why("8.8.8.8", true).contains("no private network"));
        assert!(why("127.0.0.0/28", false).contains("no private network"));
        assert!(why("169.254.169.254", false).contains("no private network"));
        assert!(why("192.168.255.250-192.169.0.5", false).starts_with("192.169.0.0 "));
        assert!(AddressRange::parse("127.0.0.0/28", true).is_ok());
    }

    proptest! {
        /// Whatever is typed, a range that is taken is small, private and in order.
        #[test]
        fn nothing_else_is_ever_called(typed in "[0-9./ -]{0,40}|\\PC{0,40}") {
            if let Ok(range) = AddressRange::parse(&typed, false) {
                prop_assert!((1..=MOST_ADDRESSES).contains(&range.count()));
                prop_assert!(range.addresses().all(|address| crate::address::may_be_camera(address.into(), false)));
                prop_assert!(range.addresses().all(|address| is_private(address, false)));
            }
        }
    }
}
