//! The ONVIF device: who may ask, and what is answered.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use camera_sim::footage::hex;
use camera_sim::onvif::answer::{DEVICE, MEDIA, MEDIA2};
use camera_sim::onvif::soap::{Element, parse};
use camera_sim::process::{http, http_with_headers};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::rig::Rig;

const DEVICE_PATH: &str = "/onvif/device_service";
const WSS: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";

fn envelope(header: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header>{header}</s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn operation(namespace: &str, name: &str, inner: &str) -> String {
    format!("<{name} xmlns=\"{namespace}\">{inner}</{name}>")
}

fn username_token(password: &str, created: OffsetDateTime, nonce: &str) -> String {
    let created = created.format(&Rfc3339).expect("a time of this century");
    let mut digest = Sha1::new();
    for part in [nonce, created.as_str(), password] {
        digest.update(part.as_bytes());
    }
    let (digest, nonce) = (STANDARD.encode(digest.finalize()), STANDARD.encode(nonce));
    format!(
        "<w:Security xmlns:w=\"{WSS}-wssecurity-secext-1.0.xsd\" xmlns:u=\"{WSS}-wssecurity-utility-1.0.xsd\">\
         <w:UsernameToken><w:Username>viewer</w:Username>\
         <w:Password Type=\"{WSS}-username-token-profile-1.0#PasswordDigest\">{digest}</w:Password>\
         <w:Nonce>{nonce}</w:Nonce><u:Created>{created}</u:Created></w:UsernameToken></w:Security>"
    )
}

fn address(rig: &Rig) -> SocketAddr {
    SocketAddr::new(rig.camera().address, rig.camera().onvif_port)
}

/// Sends one request without HTTP credentials; status and answer.
fn send(rig: &Rig, path: &str, xml: &str) -> (u16, String) {
    http(address(rig), &format!("POST {path}"), "", xml).expect("the device answers")
}

/// Asks with a good UsernameToken and returns the response element.
pub fn ask(rig: &Rig, path: &str, namespace: &str, name: &str, inner: &str) -> Element {
    let nonce = hex(&getrandom::u64().expect("the system has randomness").to_be_bytes());
    let token = username_token("secret", OffsetDateTime::now_utc(), &nonce);
    let (status, xml) = send(rig, path, &envelope(&token, &operation(namespace, name, inner)));
    assert_eq!(status, 200, "{name}: {xml}");
    let response = body(&xml);
    assert_eq!((response.namespace.as_str(), response.name), (namespace, format!("{name}Response")));
    body(&xml)
}

/// Asks with a good UsernameToken and expects a fault with this subcode.
pub fn ask_for_fault(rig: &Rig, path: &str, namespace: &str, name: &str, inner: &str, subcode: &str) {
    let nonce = hex(&getrandom::u64().expect("the system has randomness").to_be_bytes());
    let token = username_token("secret", OffsetDateTime::now_utc(), &nonce);
    let (status, xml) = send(rig, path, &envelope(&token, &operation(namespace, name, inner)));
    assert_eq!(status, 400, "{name}: {xml}");
    assert!(xml.contains(&format!("<env:Value>ter:{subcode}</env:Value>")), "{name}: {xml}");
}

/// The first element of the body.
fn body(xml: &str) -> Element {
    let envelope = parse(xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    envelope.children[0].children[0].clone()
}

/// Text at the end of a path of local names, the first of each.
pub fn text(element: &Element, path: &str) -> String {
    let find = |parent: &Element, name: &str| parent.children.iter().find(|child| child.name == name).cloned();
    let found = path.split('/').try_fold(element.clone(), |parent, name| find(&parent, name));
    found.unwrap_or_else(|| panic!("no {path} in {element:?}")).text
}

pub fn texts(element: &Element, path: &str) -> Vec<String> {
    element.children.iter().map(|child| text(child, path)).collect()
}

#[test]
fn the_device_says_what_the_file_says() {
    let rig = Rig::start(
        "scopes = ['onvif://www.onvif.org/name/A%20B', 'onvif://www.onvif.org/x?a=1&b=2']\n\
         endpoint_uuid = ['aa', 'bb']\n\
         [[extra_services]]\nnamespace = 'urn:vendor'\npath = '/onvif/hik_ext'\n\
         capability = { prefix = 'hikxsd', namespace = 'urn:vendor:schema', element = 'hikCapabilities' }",
    );
    let device = |name: &str, inner: &str| ask(&rig, DEVICE_PATH, DEVICE, name, inner);
    let here = format!("http://{}", address(&rig));

    let information = device("GetDeviceInformation", "");
    let names = ["Manufacturer", "Model", "FirmwareVersion", "SerialNumber", "HardwareId"];
    let found = names.map(|name| text(&information, name));
    assert_eq!(found, ["Candour Lab", "Lab <Fixed> & \"1080\"", "1.0", "L1", "H1"]);

    assert_eq!(text(&device("GetNetworkInterfaces", ""), "NetworkInterfaces/Info/HwAddress"), "FC:00:0C:00:00:09");
    assert_eq!(
        texts(&device("GetScopes", ""), "ScopeItem"),
        ["onvif://www.onvif.org/name/A%20B", "onvif://www.onvif.org/x?a=1&b=2"]
    );
    for include in ["false", "true"] {
        let services = device("GetServices", &format!("<IncludeCapability>{include}</IncludeCapability>"));
        assert_eq!(texts(&services, "Namespace"), [DEVICE, MEDIA, MEDIA2, "urn:vendor"]);
        assert_eq!(texts(&services, "XAddr")[3], format!("{here}/onvif/hik_ext"));
        assert_eq!(services.children[1].children.iter().any(|c| c.name == "Capabilities"), include == "true");
    }
    let capabilities = device("GetCapabilities", "<Category>All</Category>");
    assert_eq!(text(&capabilities, "Capabilities/Media/XAddr"), format!("{here}/onvif/media_service"));
    assert_eq!(text(&capabilities, "Capabilities/Extension/hikCapabilities/XAddr"), format!("{here}/onvif/hik_ext"));
    let media_only = device("GetCapabilities", "<Category>Media</Category>");
    assert_eq!(media_only.children[0].children.len(), 1, "{media_only:?}");
    assert_eq!(text(&device("GetHostname", ""), "HostnameInformation/Name"), "camera-l1");
    device("GetServiceCapabilities", "");
    let guids: Vec<_> = (0..3).map(|_| text(&device("GetEndpointReference", ""), "GUID")).collect();
    assert_eq!(guids, ["urn:uuid:aa", "urn:uuid:bb", "urn:uuid:bb"]);
}

#[test]
fn both_media_services_describe_both_streams() {
    let rig = Rig::start("");
    let setup = "<StreamSetup><Stream xmlns=\"http://www.onvif.org/ver10/schema\">RTP-Unicast</Stream></StreamSetup>";
    let streams = [
        ("profile_main", ["1920", "1080", "25", "50", "High"], &rig.camera().main_url),
        ("profile_sub", ["640", "360", "10", "10", "Baseline"], &rig.camera().sub_url),
    ];
    let profiles = ask(&rig, "/onvif/media_service", MEDIA, "GetProfiles", "");
    let profiles2 = ask(&rig, "/onvif/media2_service", MEDIA2, "GetProfiles", "<Type>All</Type>");
    for (index, (token, expected, url)) in streams.into_iter().enumerate() {
        let profile = &profiles.children[index];
        let encoder = "VideoEncoderConfiguration";
        let found = [
            "Resolution/Width",
            "Resolution/Height",
            "RateControl/FrameRateLimit",
            "H264/GovLength",
            "H264/H264Profile",
        ]
        .map(|path| text(profile, &format!("{encoder}/{path}")));
        assert_eq!(found, expected);
        assert_eq!(profile.attributes[0], ("token".to_owned(), token.to_owned()));

        let profile = &profiles2.children[index];
        let found = ["Resolution/Width", "Resolution/Height", "RateControl/FrameRateLimit"]
            .map(|path| text(profile, &format!("Configurations/VideoEncoder/{path}")));
        assert_eq!(found, expected[..3]);
        assert_eq!(profile.attributes[0], ("token".to_owned(), token.to_owned()));

        let token = format!("<ProfileToken>{token}</ProfileToken>");
        let answer = ask(&rig, "/onvif/media_service", MEDIA, "GetStreamUri", &format!("{setup}{token}"));
        assert_eq!(&text(&answer, "MediaUri/Uri"), url);
        let answer =
            ask(&rig, "/onvif/media2_service", MEDIA2, "GetStreamUri", &format!("<Protocol>RTSP</Protocol>{token}"));
        assert_eq!(&text(&answer, "Uri"), url);
    }
    let bare = ask(&rig, "/onvif/media2_service", MEDIA2, "GetProfiles", "<Token>profile_sub</Token>");
    assert_eq!(bare.children.len(), 1);
    assert!(bare.children[0].children.iter().all(|child| child.children.is_empty()), "no Type, no configurations");
}

#[test]
fn faults_are_soap_faults() {
    let rig = Rig::start("");
    let check = |path: &str, xml: &str, status: u16, subcode: &str| {
        let (found, answer) = send(&rig, path, xml);
        assert_eq!(found, status, "{answer}");
        if !subcode.is_empty() {
            let fault = body(&answer);
            assert_eq!(text(&fault, "Code/Value"), "env:Sender");
            assert!(answer.contains(&format!("<env:Value>ter:{subcode}</env:Value>")), "{answer}");
            assert!(!text(&fault, "Reason/Text").is_empty());
        }
    };
    let token = |nonce: &str| username_token("secret", OffsetDateTime::now_utc(), nonce);
    let users = operation(DEVICE, "GetUsers", "");
    check(DEVICE_PATH, &envelope(&token("a"), &users), 400, "ActionNotSupported");
    check(DEVICE_PATH, &envelope(&token("b"), &operation("urn:none", "X", "")), 400, "ActionNotSupported");
    let unknown = operation(MEDIA, "GetStreamUri", "<ProfileToken>other</ProfileToken>");
    check("/onvif/media_service", &envelope(&token("c"), &unknown), 400, "NoProfile");
    check(DEVICE_PATH, "<not-soap/>", 400, "WellFormed");
    check(DEVICE_PATH, "<!DOCTYPE x []><x/>", 400, "WellFormed");
    check(DEVICE_PATH, &envelope("", &users), 401, "NotAuthorized");
    check("/elsewhere", &envelope("", &users), 404, "");
    check(DEVICE_PATH, &"x".repeat(300_000), 413, "");
    assert!(rig.contacts().contains("\"operation\":\"GetUsers\",\"status\":400"));
}

#[test]
fn a_username_token_is_judged_by_the_cameras_wrong_clock_and_works_once() {
    let rig = Rig::start("clock_error_s = 3600");
    let date = body(&send(&rig, DEVICE_PATH, &envelope("", &operation(DEVICE, "GetSystemDateAndTime", ""))).1);
    let part =
        |path: &str| -> i64 { text(&date, &format!("SystemDateAndTime/UTCDateTime/{path}")).parse().expect("numbers") };
    let camera_second = (part("Time/Hour") * 60 + part("Time/Minute")) * 60 + part("Time/Second");
    let now = OffsetDateTime::now_utc();
    let (hour, minute, second) = now.to_hms();
    let own_second = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    let ahead = (camera_second - own_second).rem_euclid(86_400);
    assert!((3590..=3600).contains(&ahead), "the camera's clock is {ahead} s ahead");

    let question = operation(DEVICE, "GetDeviceInformation", "");
    let check = |token: &str, expected: u16| {
        let (status, answer) = send(&rig, DEVICE_PATH, &envelope(token, &question));
        assert_eq!(status, expected, "{answer}");
    };
    let corrected = now + Duration::seconds(ahead);
    check(&username_token("secret", now, "one"), 400);
    check(&username_token("secret", corrected, "two"), 200);
    check(&username_token("secret", corrected, "two"), 400);
    check(&username_token("wrong", corrected, "three"), 400);
}

/// The answer to one challenge of `header`.
fn digest(header: &str, algorithm: &str, password: &str) -> String {
    let challenge = header.lines().find(|line| line.contains(&format!("algorithm={algorithm}")));
    let challenge = challenge.unwrap_or_else(|| panic!("no challenge for {algorithm} in {header}"));
    let field = |name: &str| challenge.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let (realm, nonce) = (field("realm").expect("a realm"), field("nonce").expect("a nonce"));
    let hash = |text: String| if algorithm == "MD5" { hex(&Md5::digest(text)) } else { hex(&Sha256::digest(text)) };
    let (a1, a2) = (hash(format!("viewer:{realm}:{password}")), hash(format!("POST:{DEVICE_PATH}")));
    let response = hash(format!("{a1}:{nonce}:00000001:c:auth:{a2}"));
    format!(
        "Authorization: Digest username=\"viewer\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{DEVICE_PATH}\", \
         algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"c\", response=\"{response}\"\r\n"
    )
}

#[test]
fn http_digest_with_either_algorithm() {
    let question = envelope("", &operation(DEVICE, "GetDeviceInformation", ""));
    let request = format!("POST {DEVICE_PATH}");
    let rig = Rig::start("");
    for first in [question.as_str(), ""] {
        let (status, header, _) = http_with_headers(address(&rig), &request, "", first).expect("the device answers");
        assert_eq!(status, 401);
        for algorithm in ["MD5", "SHA-256"] {
            for (password, expected) in [("secret", 200), ("wrong", 401)] {
                let signed = digest(&header, algorithm, password);
                let (status, _) = http(address(&rig), &request, &signed, &question).expect("the device answers");
                assert_eq!(status, expected, "{algorithm} {password}");
            }
        }
    }
    let old = Rig::start("digest_sha256 = false");
    let (_, header, _) = http_with_headers(address(&old), &request, "", &question).expect("the device answers");
    assert!(header.contains("algorithm=MD5") && !header.contains("SHA-256"), "{header}");
}

#[test]
fn asking_onvif_opens_no_rtsp_connection() {
    let rig = Rig::start("");
    ask(&rig, DEVICE_PATH, DEVICE, "GetDeviceInformation", "");
    ask(&rig, "/onvif/media_service", MEDIA, "GetProfiles", "");
    let state = rig.simulator.state("Camera").expect("the simulator answers");
    assert_eq!((state.rtsp_connections, state.onvif_requests), (0, 2));
    assert!(!rig.contacts().contains("rtsp_connection"));
}
