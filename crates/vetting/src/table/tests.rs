//! Tables as switches and servers print them, by hand; arbitrary ones are in `tests/tables.rs`.

use super::*;

const AXIS: &str = "B8:A4:4F:A0:4F:26";

fn says(file: &str, address: &str) -> String {
    let table = AddressTable::read(file.as_bytes());
    match table.says(address.parse().expect("an address")) {
        Said::Nothing => "nothing".into(),
        Said::One(row) => row.mac.to_string(),
        Said::Several(rows) => rows.iter().map(|row| row.mac.to_string()).collect::<Vec<_>>().join(" and "),
        Said::Shared(row) => format!("shared {}", row.mac),
    }
}

#[track_caller]
fn check(file: &str, expected: &str) {
    assert_eq!(says(file, "10.20.0.7"), expected, "{file}");
}

#[test]
fn what_people_have() {
    for line in [
        "10.20.0.7,b8:a4:4f:a0:4f:26",
        "\"10.20.0.7\";\"B8-A4-4F-A0-4F-26\"",
        "Internet  10.20.0.7               5   b8a4.4fa0.4f26  ARPA   Vlan20",
        "10.20.0.7       01b8.a44f.a04f.26       Nov 27 2026 10:00 AM    Automatic",
        "? (10.20.0.7) at b8:a4:4f:a0:4f:26 [ether] on eth0",
        "  10.20.0.7             b8-a4-4f-a0-4f-26     dynamic",
        "10.20.0.7 dev eth0 lladdr b8:a4:4f:a0:4f:26 REACHABLE",
        "b8:a4:4f:a0:4f:26 10.20.0.7       10.20.0.7                 irb.20               none",
        "10.20.0.7  b8a44f-a04f26  dynamic  A1",
        "10.20.0.7  b8a4-4fa0-4f26  20  Eth-Trunk1  D-0",
        "1795687200 b8:a4:4f:a0:4f:26 10.20.0.7 axis-b8a44fa04f26 01:b8:a4:4f:a0:4f:26",
        "10.20.0.7        0x1         0x2         b8:a4:4f:a0:4f:26     *        eth1",
        "10.20.0.7 255.255.255.0 b8:a4:4f:a0:4f:26",
        "10.20.0.7 b8a44fa04f26",
    ] {
        check(line, AXIS);
    }
    // As BSD and macOS print them, and as PowerShell keeps them.
    check("? (10.20.0.7) at 0:18:82:aa:b:c on en0 ifscope [ethernet]", "00:18:82:AA:0B:0C");
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("10.20.0.7 b8-a4-4f-a0-4f-26\r\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(AddressTable::read(&wide).addresses(), 1);
    assert_eq!(says("fe80::baa4:4fff:fea0:4f26%eth0 lladdr b8:a4:4f:a0:4f:26", "fe80::baa4:4fff:fea0:4f26"), AXIS);
}

#[test]
fn leases_of_isc_dhcpd_are_a_log() {
    let lease = |mac: &str, day: u8, state: &str| {
        format!(
            "lease 10.20.0.7 {{\n  starts 4 2026/11/{day:02} 10:00:00;\n  ends never;\n  binding state {state};\n  next binding state free;\n  hardware ethernet {mac};\n}}\n"
        )
    };
    let (axis, other) = ("b8:a4:4f:a0:4f:26", "00:11:22:33:44:55");
    check(&lease(axis, 20, "active"), AXIS);
    check(&format!("{}{}", lease(other, 3, "active"), lease(axis, 20, "active")), AXIS);
    check(&format!("{}{}", lease(axis, 20, "active"), lease(other, 3, "active")), AXIS);
    check(&format!("{}{}", lease(axis, 3, "active"), lease(axis, 20, "free")), "nothing");
    check(
        &format!("{}{}", lease(other, 20, "active"), lease(axis, 20, "active")),
        "00:11:22:33:44:55 and B8:A4:4F:A0:4F:26",
    );
    check("lease 10.20.0.7 {\n hardware ethernet b8:a4:4f:a0:4f:26;", AXIS);
}

#[test]
fn leases_of_kea_too() {
    let head =
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n";
    let row =
        |mac: &str, expire: u32, state: u8| format!("10.20.0.7,{mac},01:{mac},4000,{expire},1,0,0,axis,{state},\n");
    let (axis, other) = ("b8:a4:4f:a0:4f:26", "00:11:22:33:44:55");
    check(&format!("{head}{}", row(axis, 1_795_687_200, 0)), AXIS);
    check(&format!("{head}{}{}", row(axis, 1_795_687_200, 0), row(other, 1_795_600_000, 0)), AXIS);
    check(&format!("{head}{}{}", row(axis, 1_795_600_000, 0), row(axis, 1_795_687_200, 2)), "nothing");
}

#[test]
fn everything_else_is_left_out_and_told() {
    let file = "Vlan    Mac Address       Type        Ports
  20    b8a4.4fa0.4f26    DYNAMIC     Gi1/0/7
Interface: 10.20.0.1 --- 0x5
  10.20.0.255           ff-ff-ff-ff-ff-ff     static
  224.0.0.22            01-00-5e-00-00-16     static

10.20.0.8 10.20.0.9 b8:a4:4f:a0:4f:27
10.20.0.10 (incomplete)
10.20.0.11 202611261200
";
    let table = AddressTable::read(file.as_bytes());
    assert_eq!(table.addresses(), 0, "{table:?}");
    let counted: Vec<_> = table.left_out().iter().map(|(why, count)| (*why, *count)).collect();
    use LeftOut::{Neither, NoAddress, NoDevice, NoMac, Several};
    assert_eq!(counted, [(Neither, 1), (NoAddress, 2), (NoMac, 3), (Several, 1), (NoDevice, 1)]);
    let shown: Vec<_> = table.left_out_shown().iter().map(|(line, _)| line.number).collect();
    assert_eq!(shown, [1, 2, 3, 4, 5, 7, 8, 9]);
}

#[test]
fn two_devices_at_one_address_and_one_device_at_two() {
    let two = "10.20.0.7 b8:a4:4f:a0:4f:26\n10.20.0.7 00:11:22:33:44:55\n10.20.0.7 b8a4.4fa0.4f26\n";
    check(two, "B8:A4:4F:A0:4F:26 and 00:11:22:33:44:55");
    let table = AddressTable::read(two.as_bytes());
    let (address, rows) = table.contradictions().next().expect("one");
    assert_eq!(
        (address.to_string().as_str(), rows.iter().map(|row| row.line.number).collect::<Vec<_>>()),
        ("10.20.0.7", vec![1, 2])
    );
    // A router stands at many addresses and says nothing about any, whatever else a device may have.
    let router = "10.20.0.7 00:18:82:aa:bb:cc\n10.20.0.8 00:18:82:aa:bb:cc\n";
    check(router, "shared 00:18:82:AA:BB:CC");
    check(&format!("{router}10.20.0.7 b8:a4:4f:a0:4f:26\n"), AXIS);
    check("10.20.0.7 b8:a4:4f:a0:4f:26\nfe80::1 b8:a4:4f:a0:4f:26\nfe80::2 b8:a4:4f:a0:4f:26\n", AXIS);
}
