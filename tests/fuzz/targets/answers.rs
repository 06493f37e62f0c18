//! Any answer of a device, of any form.

#![no_main]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use candour_camera::received::{CertificateFrom, Form, Received};
use candour_units::{CameraId, WallTime};
use candour_vetting::{Evidence, Kind, Lists, Outcome, SiteClass, Subject, VALUE_LIMIT, Value, judge};
use libfuzzer_sys::fuzz_target;

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 20, 0, 7));
const NOW: WallTime = WallTime::from_unix_seconds(1_795_700_000);
static LISTS: LazyLock<Lists> = LazyLock::new(Lists::shipped);
const OPERATIONS: [&str; 10] = [
    "GetSystemDateAndTime",
    "GetDeviceInformation",
    "GetScopes",
    "GetNetworkInterfaces",
    "GetServices",
    "GetCapabilities",
    "GetCertificates",
    "GetUsers",
    "GetProfiles",
    "GetStreamUri",
];

fn form(pick: u8) -> Form {
    let request = String::new();
    match pick % 22 {
        0 => Form::Discovery,
        1 => Form::Sadp,
        2 => Form::Dhip,
        3 => Form::Udp { port: 5678 },
        4 => Form::Rtsp { request },
        5 => Form::Sdp,
        6 => Form::Http { request, control: false },
        7 => Form::Http { request, control: true },
        8 => Form::Isapi,
        9 => Form::Vendor,
        10 => Form::Certificate { from: CertificateFrom::Handshake },
        11 => Form::Icon,
        other => Form::Onvif { operation: OPERATIONS[usize::from(other - 12)].into() },
    }
}

fn outcome(evidence: &[Evidence]) -> Outcome {
    let camera = CameraId::from_bytes([1; 16]);
    let site_class = SiteClass::Standard;
    judge(&Subject { camera, host: HOST, evidence, site_class, lab: None, previous: None, now: NOW }, &LISTS).outcome()
}

fuzz_target!(|data: &[u8]| {
    let Some((pick, raw)) = data.split_first() else { return };
    let form = form(*pick);
    let read = || Received { form: &form, raw, host: Some(HOST), asked_by_us: true, taken_at: NOW }.evidence();
    let items = read();
    assert_eq!(items, read(), "read the same twice");
    let said = |item: &Evidence| match &item.value {
        Value::Text(text) | Value::Unreadable(text) => Some(text.clone()),
        _ => None,
    };
    for text in items.iter().filter_map(said) {
        assert!(text.chars().count() <= VALUE_LIMIT + 1);
        assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'));
    }
    assert_ne!(outcome(&items), Outcome::Accepted);
    let banned = Evidence::answer(Kind::OnvifManufacturer, "HIKVISION", "GetDeviceInformation", NOW);
    let beside: Vec<_> = std::iter::once(banned).chain(items).collect();
    assert_eq!(outcome(&beside), Outcome::Refused);
});
