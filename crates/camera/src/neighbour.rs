//! The neighbour table of this machine: the one address of a device that the device does not tell us itself.

use std::net::{IpAddr, Ipv4Addr};

use candour_units::WallTime;
use candour_vetting::{Evidence, Kind, Source, Value};

const TABLE: &str = "/proc/net/arp";

/// What the table says about `host`, as an item of evidence: an address, or why none can be had.
pub(crate) async fn look_up(host: IpAddr, taken_at: WallTime) -> Evidence {
    let found = match host.to_canonical() {
        host if host.is_loopback() => Err("the device is on this machine"),
        IpAddr::V6(_) => Err("only IPv4 neighbours are read"),
        IpAddr::V4(v4) => match tokio::fs::read_to_string(TABLE).await {
            Ok(table) => in_table(&table, v4).map(str::to_owned),
            Err(_) => Err("this machine does not show its neighbours"),
        },
    };
    let (value, raw) = match found {
        Ok(line) => (Value::Text(hardware_address(&line).to_owned()), line.into_bytes()),
        Err(why) => (Value::NotAvailable(why.into()), Vec::new()),
    };
    Evidence { kind: Kind::NeighbourMac, value, raw, source: Source::NeighbourTable { same_segment: true }, taken_at }
}

/// The line of a complete entry for `host` (Linux `/proc/net/arp`: address, type, flags, hardware address, mask, device).
///
/// Only hosts on our own segment have an entry: across a router the entry is the router's, under the router's address.
/// A router that answers in a device's place gives several hosts the same hardware address; that entry says nothing.
fn in_table(table: &str, host: Ipv4Addr) -> Result<&str, &'static str> {
    const NOT_HERE: &str = "the device is not on this machine's segment, or has not been heard yet";
    let entry = |line: &str| {
        let mut fields = line.split_whitespace();
        let address: Ipv4Addr = fields.next()?.parse().ok()?;
        let complete = fields.nth(1)? != "0x0";
        complete.then_some(address)
    };
    let line = table.lines().find(|line| entry(line) == Some(host)).ok_or(NOT_HERE)?;
    let mac = hardware_address(line);
    let shared = table.lines().any(|other| {
        entry(other).is_some_and(|address| address != host) && hardware_address(other).eq_ignore_ascii_case(mac)
    });
    if shared {
        Err("another host has the same hardware address, so a router answers in the device's place")
    } else {
        Ok(line)
    }
}

fn hardware_address(line: &str) -> &str {
    line.split_whitespace().nth(3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "IP address       HW type     Flags       HW address            Mask     Device
10.20.0.1        0x1         0x2         00:18:82:aa:bb:cc     *        eth1
10.20.0.7        0x1         0x2         b8:a4:4f:a0:4f:26     *        eth1
10.20.0.8        0x1         0x0         00:00:00:00:00:00     *        eth1
10.30.0.9        0x1         0x2         00:18:82:aa:bb:cc     *        eth1
";

    #[track_caller]
    fn check(host: &str, expected: Option<&str>) {
        let found = in_table(SHOWN, host.parse().expect("an address"));
        assert_eq!(found.ok().map(hardware_address), expected, "{host}");
    }

    #[test]
    fn only_a_device_of_our_own_segment() {
        check("10.20.0.7", Some("b8:a4:4f:a0:4f:26"));
        check("10.20.0.8", None);
        check("10.20.0.70", None);
        check("10.30.0.9", None);
        assert!(in_table("garbage\n\n", Ipv4Addr::LOCALHOST).is_err());
    }
}
