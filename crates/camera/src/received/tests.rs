//! What single answers say, and that no bytes are left out or stop the reader.

use candour_units::WallTime;
use candour_vetting::{Evidence, Kind, Value};

use super::{CertificateFrom, Form, Received};

fn read(form: &Form, raw: &[u8]) -> Vec<Evidence> {
    let host = Some("192.0.2.7".parse().expect("an address"));
    Received { form, raw, host, asked_by_us: true, taken_at: WallTime::EPOCH }.evidence()
}

#[track_caller]
fn check(form: &Form, raw: &str, expected: &[(Kind, &str)]) {
    let items = read(form, raw.as_bytes());
    for (kind, text) in expected {
        let said: Vec<_> = items.iter().filter(|item| item.kind == *kind).filter_map(Evidence::text).collect();
        assert!(said.contains(text), "{kind:?} says {said:?}, not {text:?}");
    }
}

#[test]
fn an_rtsp_answer() {
    let form = Form::Rtsp { request: "DESCRIBE rtsp://192.0.2.7/cam/realmonitor?channel=1&subtype=0 RTSP/1.0".into() };
    let raw = "RTSP/1.0 200 OK\r\nServer: Rtsp Server/3.0\r\nx-Accept-Dynamic-Rate: 1\r\n\
               Content-Base: rtsp://198.51.100.9/x/\r\n\r\nv=0\r\nc=IN IP4 203.0.113.5\r\na=rtppayload-supported:DH\r\n";
    check(
        &form,
        raw,
        &[
            (Kind::RtspServer, "Rtsp Server/3.0"),
            (Kind::RtspHeader, "x-Accept-Dynamic-Rate: 1"),
            (Kind::RtspPath, "/cam/realmonitor?channel=1&subtype=0"),
            (Kind::SdpLine, "a=rtppayload-supported:DH"),
            (Kind::ForeignStreamAddress, "rtsp://198.51.100.9/x/"),
            (Kind::ForeignStreamAddress, "203.0.113.5"),
        ],
    );
    // Before log-in nothing is known about the path.
    let raw = "RTSP/1.0 401 Unauthorized\nWWW-Authenticate: Basic realm=\"IP Camera(12345)\"\n\n";
    check(&form, raw, &[(Kind::RtspRealm, "IP Camera(12345)"), (Kind::RtspLogin, "basic")]);
    assert!(read(&form, raw.as_bytes()).iter().all(|item| item.kind != Kind::RtspPath));
}

#[test]
fn a_web_page() {
    let form = Form::Http { request: "GET / HTTP/1.1".into(), control: false };
    let raw = "HTTP/1.1 302 Found\r\nServer: webs\r\nLocation: /doc/page/login.asp\r\n\r\n<TITLE> AXIS </title>";
    check(
        &form,
        raw,
        &[(Kind::HttpServer, "webs"), (Kind::HttpPath, "/doc/page/login.asp"), (Kind::HttpTitle, "AXIS")],
    );
    let form = Form::Http { request: "GET /ISAPI/System/deviceInfo HTTP/1.1".into(), control: false };
    check(&form, "HTTP/1.1 401 Unauthorized\r\n\r\n", &[(Kind::HttpPath, "/ISAPI/System/deviceInfo")]);
    assert!(read(&form, b"HTTP/1.1 404 Not Found\r\n\r\n").iter().all(|item| item.kind != Kind::HttpPath));
}

#[test]
fn vendor_interfaces() {
    let isapi = "<DeviceInfo xmlns='http://www.hikvision.com/ver20/XMLSchema'><firmwareVersion>V5.7.18</firmwareVersion>\
                 <firmwareReleasedDate>build 240826</firmwareReleasedDate><systemContact>Hikvision.China</systemContact></DeviceInfo>";
    check(
        &Form::Isapi,
        isapi,
        &[
            (Kind::IsapiXmlns, "http://www.hikvision.com/ver20/XMLSchema"),
            (Kind::IsapiField, "systemContact=Hikvision.China"),
            (Kind::VendorFirmware, "V5.7.18 build 240826"),
        ],
    );
    let lines = "table.Brand=Dahua\r\nversion=2.800.0000016.0.R,build:2021-07-01\r\nsn=3EPAA7\r\n";
    check(
        &Form::Vendor,
        lines,
        &[(Kind::VendorName, "Dahua"), (Kind::VendorSerial, "3EPAA7"), (Kind::VendorField, "sn=3EPAA7")],
    );
}

/// Shapes that are nothing, cut off or hostile: each gives an item, and none that could be taken for an answer.
#[test]
fn what_does_not_read_is_an_item_that_says_so() {
    let forms = [
        Form::Onvif { operation: "GetDeviceInformation".into() },
        Form::Discovery,
        Form::Sadp,
        Form::Dhip,
        Form::Rtsp { request: String::new() },
        Form::Sdp,
        Form::Http { request: String::new(), control: false },
        Form::Isapi,
        Form::Vendor,
        Form::Certificate { from: CertificateFrom::Handshake },
    ];
    let bomb = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
    let deep = "<a>".repeat(10_000);
    let large = "x".repeat(3_000_000);
    for form in &forms {
        for raw in ["\u{0}\u{1}\u{2}", "<", bomb, &deep, &large] {
            let items = read(form, raw.as_bytes());
            let unreadable = items.iter().filter(|item| matches!(item.value, Value::Unreadable(_))).count();
            assert_eq!((items.len(), unreadable), (1, 1), "{form:?} {}", &raw[..raw.len().min(20)]);
            assert!(items[0].raw.len() <= super::MAX_RAW);
        }
    }
}

/// Found by fuzzing: the name of an element is a device's word as much as what stands in it.
#[test]
fn no_word_of_a_device_holds_what_a_terminal_or_page_obeys() {
    for raw in ["\u{3}d<\u{f}S0c/>", "<a\u{1b}b xmlns='\u{202e}x'/>", "<\u{202e}gnp.exe>\u{7}</\u{202e}gnp.exe>"] {
        for form in [Form::Isapi, Form::Onvif { operation: "GetUsers".into() }, Form::Discovery, Form::Vendor] {
            for item in read(&form, raw.as_bytes()) {
                let (Value::Text(said) | Value::Unreadable(said)) = &item.value else { continue };
                assert!(!said.chars().any(|c| c.is_control() || c == '\u{202e}'), "{form:?}: {said:?}");
            }
        }
    }
}

#[test]
fn the_icon_hash_has_lines() {
    // Python: mmh3.hash(base64.encodebytes(bytes(range(100)))) over two lines of base64.
    let icon: Vec<u8> = (0..100).collect();
    let items = read(&Form::Icon, &icon);
    assert_eq!((items[0].kind, items[0].text()), (Kind::Favicon, Some("-1165240594")));
}
