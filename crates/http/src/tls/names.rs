//! Host names a certificate is good for.

use std::net::IpAddr;

use rcgen::{CidrSubnet, GeneralSubtree, SanType};

/// What every certificate of the site is good for: the machine itself.
const OWN: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Names under which people reach the recorder: lower-case DNS names and IP addresses, sorted, `localhost` included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostNames(Vec<String>);

/// Why a text is no host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{name}\" is neither a host name nor an IP address")]
pub struct NotAHostName {
    /// The text, shortened.
    pub name: String,
}

impl HostNames {
    /// Reads names as people type them; `localhost` and the loopback addresses are always added.
    pub(crate) fn parse<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Result<Self, NotAHostName> {
        let mut all: Vec<String> = OWN.iter().map(|&name| name.to_owned()).collect();
        for name in names {
            all.push(parse_one(name.as_ref().trim())?);
        }
        all.sort();
        all.dedup();
        Ok(Self(all))
    }

    pub(crate) fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether everything in `other` is in here.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|name| self.0.contains(name))
    }

    /// As alternative names of a server certificate.
    pub(crate) fn alternative_names(&self) -> Vec<SanType> {
        self.0
            .iter()
            .map(|name| match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => {
                    SanType::DnsName(name.as_str().try_into().expect("host names are ASCII: checked when parsed"))
                }
            })
            .collect()
    }

    /// As the only names an authority may vouch for (RFC 5280 4.2.1.10).
    pub(crate) fn permitted(&self) -> Vec<GeneralSubtree> {
        self.0
            .iter()
            .map(|name| match name.parse::<IpAddr>() {
                Ok(IpAddr::V4(address)) => GeneralSubtree::IpAddress(CidrSubnet::V4(address.octets(), [255; 4])),
                Ok(IpAddr::V6(address)) => GeneralSubtree::IpAddress(CidrSubnet::V6(address.octets(), [255; 16])),
                Err(_) => GeneralSubtree::DnsName(name.clone()),
            })
            .collect()
    }
}

fn parse_one(name: &str) -> Result<String, NotAHostName> {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits alone would be taken for an address by browsers.
    let last_is_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if name.len() <= 253 && name.split('.').all(label) && !last_is_number {
        Ok(name)
    } else {
        Err(NotAHostName { name: name.chars().take(80).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(parse_one(name).ok().as_deref(), expected, "{name}");
    }

    #[test]
    fn names_as_people_type_them() {
        check("cctv.example.gov.uk", Some("cctv.example.gov.uk"));
        check("CCTV.Example.", Some("cctv.example"));
        check("10.0.0.7", Some("10.0.0.7"));
        check("[::1]", Some("::1"));
        check("2001:DB8::1", Some("2001:db8::1"));
        check("10.0.0", None);
        check("", None);
        check("a b", None);
        check("-a", None);
        check("a..b", None);
        check("*.example", None);
        check("https://a", None);
        check("caf\u{e9}.example", None);
    }

    #[test]
    fn the_machine_itself_is_always_named() {
        let names = HostNames::parse(["b", "a", "b"]).expect("plain names");
        assert_eq!(names.as_slice(), ["127.0.0.1", "::1", "a", "b", "localhost"]);
        let fewer = HostNames::parse(["a"]).expect("a plain name");
        assert!(names.covers(&fewer) && !fewer.covers(&names));
    }
}
