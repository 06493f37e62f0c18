//! Cases in a few lines: one item per line, as a person would write them down.
#![allow(dead_code, reason = "each test program uses a part of these")]

use std::net::IpAddr;
use std::sync::LazyLock;

use candour_units::{CameraId, WallTime};
use candour_vetting::{Evidence, Judgement, Kind, LabList, Lists, Paper, SiteClass, Source, Subject, Value, judge};

/// The shipped lists, compiled once per test program.
pub static LISTS: LazyLock<Lists> = LazyLock::new(Lists::shipped);
/// The shipped lab list.
pub static LAB: LazyLock<LabList> = LazyLock::new(LabList::shipped);

/// An address on a camera network.
pub const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 20, 0, 7));

/// A camera network address, a standard site, no lab.
pub fn subject(evidence: &[Evidence]) -> Subject<'_> {
    Subject {
        camera: CameraId::from_bytes([1; 16]),
        host: HOST,
        evidence,
        site_class: SiteClass::Standard,
        lab: None,
        previous: None,
        now: WallTime::from_unix_seconds(1_795_700_000),
    }
}

/// Judges with the shipped lists.
pub fn judged(subject: &Subject<'_>) -> Judgement {
    judge(subject, &LISTS)
}

/// One text of one kind.
pub fn item(kind: Kind, text: &str) -> Evidence {
    let mut item = Evidence::answer(kind, text, "test", WallTime::EPOCH);
    if kind == Kind::NeighbourMac {
        item.source = Source::NeighbourTable { same_segment: true };
    }
    item
}

/// One text per line: `kind: text`, the kind in its JSON spelling.
pub fn items(lines: &str) -> Vec<Evidence> {
    lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (kind, text) = line.split_once(": ").unwrap_or_else(|| panic!("{line} has no kind"));
            let kind = serde_json::from_value(kind.into()).unwrap_or_else(|e| panic!("{line}: {e}"));
            item(kind, text)
        })
        .collect()
}

/// A declaration signed by two people.
pub fn paper(model: Option<&str>) -> Evidence {
    Evidence {
        kind: Kind::Declaration,
        value: Value::Paper(Paper {
            declaration: "5a".repeat(32),
            model: model.map(Into::into),
            signed_off_by: "Ada Brown".into(),
            second_person: Some("Chris Dean".into()),
            support_until: None,
        }),
        raw: Vec::new(),
        source: Source::Person { name: "Ada Brown".into() },
        taken_at: WallTime::EPOCH,
    }
}

/// An Axis camera as captured, with firmware that is not known to be open; no address seen on the wire.
pub const AXIS: &str = "
    onvif_manufacturer: AXIS
    onvif_model: P3818-PVE
    onvif_firmware: 11.11.181
    onvif_serial: B8A44FA04F26
    onvif_hardware: 7F2
    onvif_hw_address: B8:A4:4F:A0:4F:26
    onvif_scope: onvif://www.onvif.org/name/AXIS%20P3818-PVE
    onvif_scope: onvif://www.onvif.org/hardware/P3818-PVE
    onvif_xaddr: http://10.20.0.7/onvif/services
    onvif_stream_uri: rtsp://10.20.0.7/onvif-media/media.amp?profile=profile_1_h264
    http_realm: AXIS_B8A44FA04F26";

/// The same camera on our own segment.
pub fn axis_on_the_wire() -> Vec<Evidence> {
    let mut items = items(AXIS);
    items.push(item(Kind::NeighbourMac, "b8:a4:4f:a0:4f:26"));
    items
}

/// A Bosch camera as captured: the address is at the head of its endpoint id.
pub const BOSCH: &str = "
    onvif_manufacturer: Bosch
    onvif_model: FLEXIDOME IP starlight 8000i
    onvif_firmware: 7.70.0126
    onvif_serial: 044518807630421013
    onvif_hw_address: 00-07-5f-ca-f8-fa
    endpoint_uuid: urn:uuid:00075fca-f8fa-faf8-ca5f-0700075fca5f
    onvif_scope: onvif://www.onvif.org/type/Network_Video_Transmitter
    onvif_scope: onvif://www.onvif.org/name/Bosch
    onvif_xaddr: http://10.20.0.7/onvif/Rec_service
    onvif_stream_uri: rtsp://10.20.0.7/rtsp_tunnel?p=0&h26x=4";

/// A Hikvision camera with full answers.
pub const HIKVISION: &str = "
    onvif_manufacturer: HIKVISION
    onvif_model: DS-2CD2143G0-I
    onvif_firmware: V5.5.61 build 180718
    onvif_serial: DS-2CD2143G0-I20180829AAWRC46851082
    onvif_hw_address: 58:03:fb:11:22:33
    onvif_scope: onvif://www.onvif.org/name/HIKVISION%20DS-2CD2143G0-I
    onvif_scope: onvif://www.onvif.org/MAC/58:03:fb:11:22:33
    onvif_scope: onvif://www.onvif.org/location/city/hangzhou
    onvif_xaddr: http://10.20.0.7/onvif/hik_ext
    onvif_stream_uri: rtsp://10.20.0.7:554/Streaming/Channels/101";

/// A Dahua camera with full answers.
pub const DAHUA: &str = "
    onvif_manufacturer: Dahua
    onvif_model: IPC-HFW2228M-I1-V2
    onvif_firmware: 2.800.0000016.0.R, Build Date 2020-07-01
    onvif_hw_address: 90:02:a9:11:22:33
    onvif_scope: onvif://www.onvif.org/name/Dahua
    onvif_scope: onvif://www.onvif.org/location/country/china
    onvif_scope: onvif://www.onvif.org/extension/unique_identifier
    onvif_stream_uri: rtsp://10.20.0.7:554/cam/realmonitor?channel=1&subtype=0";

/// A rebrand with its own name and its own prefix.
pub const AMCREST: &str = "
    onvif_manufacturer: Amcrest
    onvif_model: IP2M-841B
    onvif_firmware: 2.520.AC00.18.R, Build Date 2018-06-29
    onvif_hw_address: 9c:8e:cd:11:22:33
    onvif_scope: onvif://www.onvif.org/name/Amcrest
    onvif_scope: onvif://www.onvif.org/extension/unique_identifier";

/// A camera of the lab.
pub const LAB_CAMERA: &str = "
    onvif_manufacturer: Candour Lab
    onvif_model: Lab Fixed 1080
    onvif_firmware: 1.0.0
    onvif_serial: LAB-0001
    onvif_hw_address: FC:00:0C:00:00:01
    onvif_scope: onvif://www.onvif.org/name/Lab";
