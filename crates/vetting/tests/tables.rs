//! Tables of any content: read within bounds, whatever the order of their lines, and never a way in for a device that is refused.

mod support;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use candour_units::WallTime;
use candour_vetting::{AddressTable, Mac, Outcome, Said, Vouched};
use proptest::prelude::*;
use support::{AMCREST, AXIS, DAHUA, HIKVISION, HOST, items, judged, paper, subject};

/// A row as one of the usual programs prints it.
fn printed(address: Ipv4Addr, mac: Mac, how: usize) -> String {
    let colons = mac.to_string().to_lowercase();
    let dashes = colons.replace(':', "-");
    let digits = mac.digits().to_lowercase();
    let dots = [&digits[..4], &digits[4..8], &digits[8..]].join(".");
    match how % 8 {
        0 => format!("{address},{colons}"),
        1 => format!("Internet  {address}   5   {dots}  ARPA   Vlan20"),
        2 => format!("? ({address}) at {colons} [ether] on eth0"),
        3 => format!("  {address}   {}   dynamic", dashes.to_uppercase()),
        4 => format!("{address} dev eth0 lladdr {colons} REACHABLE"),
        5 => format!("1795687200 {colons} {address} camera-{digits} 01:{colons}"),
        6 => format!(
            "lease {address} {{\n  starts 4 2026/11/26 10:00:00;\n  binding state active;\n  hardware ethernet {colons};\n}}"
        ),
        _ => format!("\"{}\";\"{address}\"", [&digits[..6], &digits[6..]].join("-")),
    }
}

const NOISE: [&str; 6] = [
    "Vlan    Mac Address       Type        Ports",
    "  20    b8a4.4fa0.4f26    DYNAMIC     Gi1/0/7",
    "10.99.0.1 (incomplete)",
    "10.99.0.1 10.99.0.2 b8:a4:4f:a0:4f:26",
    "10.99.0.255 ff-ff-ff-ff-ff-ff static",
    "",
];

/// Different devices at different addresses.
fn rows() -> impl Strategy<Value = BTreeMap<u16, usize>> {
    prop::collection::btree_map(any::<u16>(), 0usize..64, 0..40)
}

fn address(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(10, 20, high, low)
}

fn mac(number: u16) -> Mac {
    let [high, low] = number.to_be_bytes();
    // A letter in it, for bare digits have to have one.
    Mac::new([0xb8, 0xa4, 0x4f, 0xa0, high, low])
}

/// The same for the same seed, and any order for some seed.
fn shuffled<T>(items: Vec<T>, seed: u64) -> Vec<T> {
    let mut keyed: Vec<_> = items.into_iter().enumerate().collect();
    keyed.sort_by_key(|(at, _)| (seed ^ *at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(*at as u32 % 64));
    keyed.into_iter().map(|(_, item)| item).collect()
}

fn summary(table: &AddressTable, addresses: impl Iterator<Item = IpAddr>) -> Vec<(IpAddr, &'static str, Vec<Mac>)> {
    let mut told: Vec<_> = addresses
        .map(|address| match table.says(address) {
            Said::Nothing => (address, "nothing", Vec::new()),
            Said::One(row) => (address, "one", vec![row.mac]),
            Said::Several(rows) => (address, "several", rows.iter().map(|row| row.mac).collect()),
            Said::Shared(_) => (address, "shared", Vec::new()),
        })
        .collect();
    told.iter_mut().for_each(|(_, _, macs)| macs.sort());
    told
}

fn check_bounds(file: &[u8]) -> AddressTable {
    let table = AddressTable::read(file);
    let lines = file.iter().filter(|byte| **byte == b'\n').count() + 1;
    let left_out: u64 = table.left_out().values().sum();
    assert!(table.addresses() as u64 + left_out <= lines as u64, "{} lines gave {table:?}", lines);
    assert!(table.left_out_shown().len() as u64 <= left_out.min(20));
    let shown = table.left_out_shown().iter().map(|(line, _)| line);
    let rows = table.contradictions().flat_map(|(_, rows)| rows).map(|row| &row.line);
    for line in shown.chain(rows) {
        assert!(line.number >= 1 && line.number <= lines as u64);
        assert!(line.text.chars().count() <= 201 && !line.text.chars().any(char::is_control), "{:?}", line.text);
    }
    table
}

fn signed() -> Vouched {
    Vouched {
        origin: "switch B2".into(),
        brought_by: "Ada Brown".into(),
        second_person: "Chris Dean".into(),
        taken_at: WallTime::from_unix_seconds(1_795_600_000),
    }
}

/// Bytes of the sort a table is made of, put together anyhow.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "10.20.0.7",
            "10.20.0.8",
            "b8:a4:4f:a0:4f:26",
            "90:02:a9:00:00:07",
            "9002.a900.0007",
            "9002a9000007",
            "00-00-00-00-00-00",
            "lease ",
            " {",
            "}",
            ";",
            "\n",
            "\r\n",
            ",",
            " ",
            "\t",
            "starts 4 2026/11/26 10:00:00;",
            "binding state active;",
            "binding state free;",
            "address,hwaddr,expire,state\n",
            "fe80::1%eth0",
            "255.255.255.255",
            "\u{feff}",
            "\u{202e}",
            "é",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_within_bounds(file in prop::collection::vec(any::<u8>(), 0..2_000), wide in any::<bool>()) {
        let mark: &[u8] = if wide { &[0xff, 0xfe] } else { &[] };
        let _ = AddressTable::read(&[mark, &file].concat());
        check_bounds(&[b"\n".as_slice(), &file].concat());
    }

    #[test]
    fn so_are_pieces_of_tables(file in pieces()) {
        check_bounds(&[b"\n".as_slice(), &file].concat());
    }

    #[test]
    fn what_was_printed_is_read_in_any_order(rows in rows(), noise in prop::collection::vec(0usize..NOISE.len(), 0..12), seed in any::<u64>()) {
        let mut records: Vec<String> = rows.iter().map(|(number, how)| printed(address(*number), mac(*number), *how)).collect();
        records.extend(noise.iter().map(|at| NOISE[*at].to_owned()));
        let table = check_bounds(shuffled(records, seed).join("\r\n").as_bytes());
        prop_assert_eq!(table.addresses(), rows.len());
        for number in rows.keys() {
            let found = table.says(IpAddr::V4(address(*number)));
            prop_assert!(matches!(found, Said::One(row) if row.mac == mac(*number)), "{:?}", found);
        }
        let said = noise.iter().filter(|at| !NOISE[**at].is_empty()).count() as u64;
        prop_assert_eq!(table.left_out().values().sum::<u64>(), said);
    }

    #[test]
    fn the_order_of_lines_does_not_matter(lines in prop::collection::vec((0u16..12, 0u16..12, 0usize..6), 0..30), seed in any::<u64>()) {
        let records: Vec<_> = lines.iter().map(|(at, who, how)| printed(address(*at), mac(*who), *how)).collect();
        let (one, other) = (records.join("\n"), shuffled(records, seed).join("\n"));
        let all = || (0..12).map(|number| IpAddr::V4(address(number)));
        let (one, other) = (AddressTable::read(one.as_bytes()), AddressTable::read(other.as_bytes()));
        prop_assert_eq!(summary(&one, all()), summary(&other, all()));
        prop_assert_eq!(one.left_out(), other.left_out());
    }

    #[test]
    fn no_table_lets_in_what_is_refused_without_it(device in prop::sample::select(vec![HIKVISION, DAHUA, AMCREST]), file in pieces()) {
        let mut evidence = items(device);
        evidence.push(paper(None));
        prop_assert_eq!(judged(&subject(&evidence)).outcome(), Outcome::Refused);
        evidence.extend(AddressTable::read(&file).evidence(HOST, &signed()));
        prop_assert_eq!(judged(&subject(&evidence)).outcome(), Outcome::Refused);
    }

    #[test]
    fn a_table_accepts_nobody_but_the_device_it_shows(file in pieces()) {
        let mut evidence = items(AXIS);
        evidence.push(paper(None));
        let table = AddressTable::read(&file);
        evidence.extend(table.evidence(HOST, &signed()));
        let shows_it = matches!(table.says(HOST), Said::One(row) if row.mac.to_string() == "B8:A4:4F:A0:4F:26");
        prop_assert_eq!(judged(&subject(&evidence)).outcome() == Outcome::Accepted, shows_it);
    }
}
