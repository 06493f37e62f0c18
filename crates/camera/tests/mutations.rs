//! Answers as devices send them, changed at random a great many times: whatever comes, it is read within bounds, never stops the
//! reader, and never stands in for what only people and the wire can give.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use candour_camera::received::{CertificateFrom, Form, Received};
use candour_units::{CameraId, WallTime};
use candour_vetting::{
    Evidence, FirmwareVersion, Kind, Lists, Outcome, Paper, SiteClass, Source, Subject, Value, judge,
};
use proptest::prelude::*;

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 20, 0, 7));
const NOW: WallTime = WallTime::from_unix_seconds(1_795_700_000);
static LISTS: LazyLock<Lists> = LazyLock::new(Lists::shipped);

fn onvif(operation: &str, body: &str) -> (Form, Vec<u8>) {
    let envelope =
        format!("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>{body}</s:Body></s:Envelope>");
    (Form::Onvif { operation: operation.into() }, envelope.into_bytes())
}

/// One answer of each form, of makers that may be used and of such as may not.
fn corpus() -> Vec<(Form, Vec<u8>)> {
    let text = |form: Form, raw: &str| (form, raw.as_bytes().to_vec());
    let dhip = br#"{"mac":"90:02:a9:00:00:32","method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceType":"IPC-HFW1200S","Version":"2.400"}}}"#;
    let header =
        [b"\x20\0\0\0DHIP".as_slice(), &[0; 8], &(dhip.len() as u64).to_le_bytes(), &(dhip.len() as u64).to_le_bytes()]
            .concat();
    vec![
        onvif(
            "GetDeviceInformation",
            "<R><Manufacturer>AXIS</Manufacturer><Model>P3818-PVE</Model><FirmwareVersion>11.11.181</FirmwareVersion><SerialNumber>B8A44FA04F26</SerialNumber><HardwareId>92A.3</HardwareId></R>",
        ),
        onvif(
            "GetDeviceInformation",
            "<R><Manufacturer>HIKVISION</Manufacturer><Model>DS-2CD2143G0-I</Model><FirmwareVersion>V5.5.61 build 180718</FirmwareVersion></R>",
        ),
        onvif(
            "GetScopes",
            "<R><Scopes><ScopeItem>onvif://www.onvif.org/name/AXIS%20P3818</ScopeItem></Scopes><Scopes><ScopeItem>onvif://www.onvif.org/MAC/58:03:fb:00:00:01</ScopeItem></Scopes></R>",
        ),
        onvif(
            "GetNetworkInterfaces",
            "<R><NetworkInterfaces token='e'><Info><HwAddress>B8:A4:4F:A0:4F:26</HwAddress></Info></NetworkInterfaces></R>",
        ),
        onvif(
            "GetServices",
            "<R><Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace><XAddr>http://10.20.0.7/onvif/services</XAddr></Service></R>",
        ),
        onvif(
            "GetCertificates",
            "<R><NvtCertificate><Certificate><Data>MIIBAQ==</Data></Certificate></NvtCertificate></R>",
        ),
        text(
            Form::Discovery,
            "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header><RelatesTo>urn:uuid:1</RelatesTo></s:Header><s:Body><ProbeMatches><ProbeMatch><EndpointReference><Address>urn:uuid:aa85c000-6324-11b3-819e-5850ed1fe385</Address></EndpointReference><Scopes>onvif://www.onvif.org/name/HIKVISION</Scopes><XAddrs>http://10.20.0.7/onvif http://[fe80::5a50:edff:fe1f:e385]/onvif</XAddrs></ProbeMatch></ProbeMatches></s:Body></s:Envelope>",
        ),
        text(
            Form::Sadp,
            "<?xml version=\"1.0\"?><ProbeMatch><Uuid>1</Uuid><DeviceDescription>DS-2CD2032-I</DeviceDescription><DeviceSN>DS-2CD2032-I20140721AAWR474529187</DeviceSN><MAC>c0-56-e3-00-00-31</MAC><SoftwareVersion>V5.6.2build 190701</SoftwareVersion></ProbeMatch>\0",
        ),
        (Form::Dhip, [header.as_slice(), dhip].concat()),
        text(
            Form::Rtsp { request: "DESCRIBE rtsp://10.20.0.7/cam/realmonitor?channel=1 RTSP/1.0".into() },
            "RTSP/1.0 200 OK\r\nServer: Rtsp Server/3.0\r\nContent-Base: rtsp://10.20.0.7/\r\nContent-Length: 70\r\n\r\nv=0\r\nc=IN IP4 0.0.0.0\r\na=control:rtsp://10.20.0.7/track1\r\na=packetization-supported:DH\r\n",
        ),
        text(
            Form::Sdp,
            "v=0\r\ns=Media Presentation\r\nc=IN IP4 203.0.113.5\r\na=Media_header:MEDIAINFO=494D4B48010200000400000100\r\na=control:*\r\n",
        ),
        text(
            Form::Http { request: "GET / HTTP/1.0".into(), control: false },
            "HTTP/1.1 200 OK\r\nServer: App-webs/\r\nTransfer-Encoding: chunked\r\n\r\n1c\r\n<html><title>AXIS</title> \"/\r\n0\r\n\r\n",
        ),
        text(
            Form::Http { request: "GET /ISAPI/System/deviceInfo HTTP/1.0".into(), control: false },
            "HTTP/1.1 200 OK\r\n\r\n<DeviceInfo xmlns=\"http://www.hikvision.com/ver20/XMLSchema\"><model>DS-2CD2532F-IWS</model><firmwareVersion>V5.2.0</firmwareVersion><firmwareReleasedDate>build 140721</firmwareReleasedDate></DeviceInfo>",
        ),
        text(
            Form::Vendor,
            "{\"apiVersion\":\"1.0\",\"data\":{\"propertyList\":{\"Brand\":\"AXIS\",\"SerialNumber\":\"B8A44FA04F26\",\"Soc\":\"Ambarella S2L\"}}}",
        ),
        text(Form::Vendor, "Brand=AXIS\nVersion=11.11.181\nMac=B8:A4:4F:A0:4F:26\n"),
        text(
            Form::Certificate { from: CertificateFrom::Handshake },
            "-----BEGIN CERTIFICATE-----\nMIIBAQ==\n-----END CERTIFICATE-----\n",
        ),
        (Form::Icon, vec![0; 64]),
    ]
}

/// One change to bytes.
#[derive(Debug, Clone)]
enum Change {
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Repeat(usize, usize, u8),
    Splice(usize, usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let odd = prop::sample::select(vec![
        b"<!DOCTYPE x>".to_vec(),
        b"&lol;".to_vec(),
        b"\0".to_vec(),
        vec![0xff, 0xfe],
        b"\r\n\r\n".to_vec(),
        b"<a>".to_vec(),
        b"]]>".to_vec(),
        b"AXIS".to_vec(),
        b"accepted".to_vec(),
        b"10.20.0.7@".to_vec(),
        "\u{202e}\u{200b}".as_bytes().to_vec(),
        b"4294967296".to_vec(),
        b"\"".to_vec(),
    ]);
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, by)| Change::Flip(at, by)),
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), odd).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<usize>(), 1usize..64, 1u8..200).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        (any::<usize>(), any::<usize>(), any::<usize>()).prop_map(|(which, from, to)| Change::Splice(which, from, to)),
    ]
}

fn changed(mut raw: Vec<u8>, changes: &[Change], all: &[(Form, Vec<u8>)]) -> Vec<u8> {
    for change in changes {
        let place = |at: usize, raw: &[u8]| at % (raw.len() + 1);
        match change {
            Change::Flip(at, by) if !raw.is_empty() => {
                let at = at % raw.len();
                raw[at] ^= by;
            }
            Change::Flip(..) => {}
            Change::Cut(at) => raw.truncate(place(*at, &raw)),
            Change::Insert(at, bytes) => {
                let at = place(*at, &raw);
                raw.splice(at..at, bytes.iter().copied());
            }
            Change::Repeat(at, length, times) => {
                let at = place(*at, &raw);
                let part = raw[at..(at + length).min(raw.len())].repeat(usize::from(*times));
                raw.splice(at..at, part);
            }
            Change::Splice(which, from, to) => {
                let other = &all[which % all.len()].1;
                let (from, to) = (from % (other.len() + 1), place(*to, &raw));
                raw.truncate(to);
                raw.extend_from_slice(&other[from..]);
            }
        }
    }
    raw
}

fn item(kind: Kind, text: &str) -> Evidence {
    Evidence::answer(kind, text, "test", NOW)
}

/// An Axis camera for which everything speaks but one thing: that a second person signed.
fn almost() -> Vec<Evidence> {
    let mut wire = item(Kind::NeighbourMac, "B8:A4:4F:A0:4F:26");
    wire.source = Source::NeighbourTable { same_segment: true };
    let paper = Paper {
        declaration: "5a".repeat(32),
        model: None,
        signed_off_by: "Ada Brown".into(),
        second_person: None,
        support_until: None,
    };
    let paper = Evidence {
        value: Value::Paper(paper),
        source: Source::Person { name: "Ada Brown".into() },
        ..item(Kind::Declaration, "")
    };
    let said = [
        (Kind::OnvifManufacturer, "AXIS"),
        (Kind::OnvifModel, "P3818-PVE"),
        (Kind::OnvifFirmware, "11.11.181"),
        (Kind::OnvifSerial, "B8A44FA04F26"),
        (Kind::OnvifHwAddress, "B8:A4:4F:A0:4F:26"),
        (Kind::OnvifScope, "onvif://www.onvif.org/name/AXIS%20P3818-PVE"),
    ];
    said.into_iter().map(|(kind, text)| item(kind, text)).chain([wire, paper]).collect()
}

/// The same camera with both signatures: all that a refusal has to hold against.
fn signed() -> Vec<Evidence> {
    let mut evidence = almost();
    for item in &mut evidence {
        if let Value::Paper(paper) = &mut item.value {
            paper.second_person = Some("Chris Dean".into());
        }
    }
    evidence
}

fn outcome(evidence: &[Evidence]) -> Outcome {
    let subject = Subject {
        camera: CameraId::from_bytes([1; 16]),
        host: HOST,
        evidence,
        site_class: SiteClass::Standard,
        lab: None,
        previous: None,
        now: NOW,
    };
    judge(&subject, &LISTS).outcome()
}

#[test]
fn the_oracle_is_one_signature_away() {
    assert_eq!(outcome(&almost()), Outcome::Conditional);
    assert_eq!(outcome(&signed()), Outcome::Accepted);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    /// Read within bounds, and at least one item that says that something came.
    #[test]
    fn answers_are_read_within_bounds(which in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 0..6)) {
        let all = corpus();
        let (form, raw) = &all[which.index(all.len())];
        let raw = changed(raw.clone(), &changes, &all);
        let items = Received { form, raw: &raw, host: Some(HOST), asked_by_us: true, taken_at: NOW }.evidence();
        // An empty answer to some questions says nothing at all.
        prop_assert!(!items.is_empty() || raw.iter().all(u8::is_ascii_whitespace) || matches!(form, Form::Vendor), "{form:?}: {raw:?}");
        prop_assert!(items.len() <= 500, "{} items", items.len());
        for item in &items {
            prop_assert!(item.raw.len() <= 1024 * 1024);
            if let Some(text) = item.text() {
                prop_assert!(text.chars().count() <= candour_vetting::VALUE_LIMIT + 1);
                prop_assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
            }
        }
    }

    /// Nothing that a device sends replaces a signature.
    #[test]
    fn no_answer_accepts(answers in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(change(), 0..4)), 1..4)) {
        let all = corpus();
        let mut evidence = almost();
        for (which, changes) in answers {
            let (form, raw) = &all[which.index(all.len())];
            let raw = changed(raw.clone(), &changes, &all);
            evidence.extend(Received { form, raw: &raw, host: Some(HOST), asked_by_us: true, taken_at: NOW }.evidence());
        }
        prop_assert_ne!(outcome(&evidence), Outcome::Accepted);
    }

    /// Version strings as devices write them, changed.
    #[test]
    fn versions_are_read_or_not(which in 0usize..10, changes in prop::collection::vec(change(), 0..5)) {
        const SEEN: [&str; 10] = [
            "V5.5.61 build 180718", "V5.6.2build 190701", "V5.7.18 build 240826", "DH_IPC-HX5XXX_V2.400.0000.14.R.20170713", "3.142.0000000.8.R",
            "11.11.181", "8.71.0066", "v3.1.0.2649_23083101", "3.1.0_Build_250820_Rel.57668n", "01.16.42-20180912",
        ];
        let raw = changed(SEEN[which].as_bytes().to_vec(), &changes, &[(Form::Sdp, b"99999999999999999999.1".to_vec())]);
        let text = String::from_utf8_lossy(&raw);
        prop_assert_eq!(FirmwareVersion::parse(&text), FirmwareVersion::parse(&text));
        if let Some(version) = FirmwareVersion::parse(&text) {
            prop_assert!(version.numbers.len() <= text.len());
        }
    }

    /// Bytes of no form at all, in the place of every form.
    #[test]
    fn arbitrary_bytes_are_read_within_bounds_and_accept_nothing(which in any::<prop::sample::Index>(), raw in prop::collection::vec(any::<u8>(), 0..600)) {
        let all = corpus();
        let (form, _) = &all[which.index(all.len())];
        let items = Received { form, raw: &raw, host: Some(HOST), asked_by_us: true, taken_at: NOW }.evidence();
        prop_assert!(items.len() <= 500, "{} items", items.len());
        for text in items.iter().filter_map(Evidence::text) {
            prop_assert!(text.chars().count() <= candour_vetting::VALUE_LIMIT + 1 && !text.chars().any(char::is_control), "{text:?}");
        }
        let mut evidence = almost();
        evidence.extend(items);
        prop_assert_ne!(outcome(&evidence), Outcome::Accepted);
    }

    /// A device that is refused stays refused, whatever else it sends: nothing it says takes back what gave it away.
    #[test]
    fn no_answer_takes_a_refusal_back(sign in 0usize..4, answers in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(change(), 0..4)), 1..4)) {
        const SIGNS: [(Kind, &str); 4] = [
            (Kind::OnvifManufacturer, "HIKVISION"),
            (Kind::DiscoveryMac, "90:02:A9:00:00:07"),
            (Kind::IsapiXmlns, "http://www.hikvision.com/ver20/XMLSchema"),
            (Kind::OnvifScope, "onvif://www.onvif.org/name/Dahua"),
        ];
        let all = corpus();
        let mut evidence = signed();
        evidence.push(item(SIGNS[sign].0, SIGNS[sign].1));
        prop_assert_eq!(outcome(&evidence), Outcome::Refused);
        for (which, changes) in answers {
            let (form, raw) = &all[which.index(all.len())];
            let raw = changed(raw.clone(), &changes, &all);
            evidence.extend(Received { form, raw: &raw, host: Some(HOST), asked_by_us: true, taken_at: NOW }.evidence());
        }
        prop_assert_eq!(outcome(&evidence), Outcome::Refused);
    }

    /// Any text in the place of a version: read the same way twice, with no more numbers than it has digits.
    #[test]
    fn any_text_is_a_version_or_none(text in prop_oneof![any::<String>(), "[vVrRbBuild0-9._ -]{0,60}"]) {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let read = FirmwareVersion::parse(&text);
        prop_assert_eq!(&read, &FirmwareVersion::parse(&text));
        prop_assert!(read.is_none_or(|version| version.numbers.len() <= digits), "{text:?}");
        let mut evidence = signed();
        evidence.retain(|item| item.kind != Kind::OnvifFirmware);
        evidence.push(item(Kind::OnvifFirmware, &text));
        evidence.push(item(Kind::OnvifManufacturer, "HIKVISION"));
        prop_assert_eq!(outcome(&evidence), Outcome::Refused);
    }
}
