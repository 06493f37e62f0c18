//! One record of a table: which addresses it holds, and how new it says it is.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;

use super::LeftOut;
use crate::Mac;

/// A lease of ISC dhcpd is no longer than this; a longer one is read up to here.
const LONGEST_LEASE: usize = 64;

/// A line, or a lease of several.
pub(super) struct Record<'a> {
    /// Number of its (first) line, from 1.
    pub number: u64,
    pub text: Cow<'a, str>,
    pub says: Result<(IpAddr, Mac), LeftOut>,
    /// Of several dated records about one address the one with the highest number counts; `None` where none is given.
    pub newness: Option<u64>,
    pub in_force: bool,
}

/// The text of a file. What PowerShell writes is UTF-16, with its mark in front.
pub(super) fn decode(file: &[u8]) -> Cow<'_, str> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = file[2..].chunks_exact(2).map(|two| from([two[0], two[1]]));
        char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect::<String>().into()
    };
    match file {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(file),
    }
}

/// Every record of a text that is not empty.
pub(super) fn records(text: &str) -> Vec<Record<'_>> {
    let columns = text.lines().find_map(Columns::of);
    let mut lines = text.lines().zip(1u64..).peekable();
    let mut out = Vec::new();
    while let Some((line, number)) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        if trimmed.starts_with("lease ") && trimmed.ends_with('{') {
            let mut lease = line.to_owned();
            for _ in 0..LONGEST_LEASE {
                let Some((line, _)) = lines.next() else { break };
                lease.push('\n');
                lease.push_str(line);
                if line.trim() == "}" {
                    break;
                }
            }
            out.push(of_lease(number, lease));
        } else {
            let dated = columns.as_ref().map_or((None, true), |columns| columns.dated(line));
            out.push(Record {
                number,
                says: addresses(trimmed),
                text: line.into(),
                newness: dated.0,
                in_force: dated.1,
            });
        }
    }
    out
}

/// A lease of ISC dhcpd (dhcpd.leases(5)): the file is a log, in which the newest lease of an address is the one that counts.
fn of_lease(number: u64, text: String) -> Record<'static> {
    let after = |word: &str| {
        let mut lines = text.lines().filter_map(|line| line.trim().strip_prefix(word));
        lines.next_back().map(|rest| rest.split(';').next().unwrap_or_default().trim())
    };
    // `starts 4 2026/11/26 10:00:00;` or `starts epoch 1795687200;`
    let newness = after("starts ").and_then(|starts| {
        let digits: String = starts.split_once(' ')?.1.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let in_force = after("binding state ").is_none_or(|state| state == "active");
    Record { number, says: addresses(&text), newness, in_force, text: text.into() }
}

/// Where a lease file of Kea keeps what dates a row (its first line names the columns).
struct Columns {
    expire: usize,
    state: Option<usize>,
}

impl Columns {
    fn of(line: &str) -> Option<Self> {
        let names: Vec<_> = line.split(',').map(str::trim).collect();
        let at = |name: &str| names.iter().position(|other| *other == name);
        at("address")?;
        at("hwaddr")?;
        Some(Self { expire: at("expire")?, state: at("state") })
    }

    fn dated(&self, line: &str) -> (Option<u64>, bool) {
        let fields: Vec<_> = line.split(',').map(str::trim).collect();
        let newness = fields.get(self.expire).and_then(|expire| expire.parse().ok());
        let state = self.state.and_then(|at| fields.get(at));
        (newness, state.is_none_or(|state| *state == "0"))
    }
}

/// The one network address and the one hardware address of a record.
fn addresses(text: &str) -> Result<(IpAddr, Mac), LeftOut> {
    let (mut hosts, mut macs, mut bare) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let between = |c: char| c.is_whitespace() || ",;\"'()[]{}<>|=".contains(c);
    for word in text.split(between).filter(|word| !word.is_empty()) {
        if let Some(host) = host(word) {
            hosts.extend(Some(host).filter(is_host));
        } else if let Some(mac) = mac(word) {
            macs.insert(mac);
        } else if let Some(mac) = bare_mac(word) {
            bare.insert(mac);
        }
    }
    // Twelve digits without signs between them may be something else where a plain one stands beside.
    let macs = if macs.is_empty() { bare } else { macs };
    let (one_host, one_mac) = (hosts.len() == 1, macs.len() == 1);
    match (hosts.pop_first(), macs.into_iter().next()) {
        (None, None) => Err(LeftOut::Neither),
        (None, Some(_)) => Err(LeftOut::NoAddress),
        (Some(_), None) => Err(LeftOut::NoMac),
        (Some(host), Some(mac)) if one_host && one_mac => {
            if mac.is_nobody() {
                Err(LeftOut::NoDevice)
            } else {
                Ok((host, mac))
            }
        }
        _ => Err(LeftOut::Several),
    }
}

fn host(word: &str) -> Option<IpAddr> {
    let word = word.split('%').next().unwrap_or_default();
    let parsed = word.parse().or_else(|_| word.trim_end_matches([':', '.']).parse::<IpAddr>());
    parsed.ok().map(|address| address.to_canonical())
}

/// Masks, groups and the unspecified address stand beside hosts' addresses and are none.
fn is_host(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[0] < 224 && !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_multicast() && !v6.is_unspecified(),
    }
}

/// A hardware address with signs between its digits: pairs (`aa:bb:…`, `aa-bb-…`, single digits after colons as BSD prints them), fours
/// (`aabb.ccdd.eeff`), sixes (`aabbcc-ddeeff`), and Cisco's client identifier (`01aa.bbcc.ddee.ff`).
fn mac(word: &str) -> Option<Mac> {
    let word = word.trim_end_matches([':', '.', '-']);
    let sign = word.chars().find(|c| matches!(c, ':' | '-' | '.'))?;
    let groups: Vec<&str> = word.split(sign).collect();
    if !groups.iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_hexdigit())) {
        return None;
    }
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    let digits = match lengths.as_slice() {
        [2, 2, 2, 2, 2, 2] | [4, 4, 4] | [6, 6] => groups.concat(),
        [a, b, c, d, e, f] if sign == ':' && [a, b, c, d, e, f].iter().all(|n| **n <= 2) => {
            groups.iter().map(|group| format!("{group:0>2}")).collect()
        }
        [4, 4, 4, 2] if sign == '.' => groups.concat().strip_prefix("01")?.to_owned(),
        _ => return None,
    };
    digits.parse().ok()
}

/// Twelve hex digits. Without a letter among them they may be a date or a number, so they are none.
fn bare_mac(word: &str) -> Option<Mac> {
    let has_letter = word.bytes().any(|b| b.is_ascii_alphabetic());
    (word.len() == 12 && has_letter).then(|| word.parse().ok()).flatten()
}
