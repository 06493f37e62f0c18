//! What a device may send, made of arbitrary bytes and of pieces of the real thing: read within the bounds of `xml`, never leading to
//! another host, never giving the password away.

use std::net::IpAddr;

use candour_onvif::xml::{Element, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT};
use candour_onvif::{
    Challenge, Credentials, DigestLogin, Onboarded, Said, Secret, is_foreign, pin_service, pin_stream,
    read_announcements, read_answer,
};
use proptest::prelude::*;

const OPERATIONS: [&str; 12] = [
    "GetDeviceInformation",
    "GetServices",
    "GetCapabilities",
    "GetNetworkInterfaces",
    "GetScopes",
    "GetEndpointReference",
    "GetHostname",
    "GetStreamUri",
    "GetSnapshotUri",
    "GetCertificates",
    "GetUsers",
    "GetProfiles",
];

/// Pieces of SOAP, put together anyhow, with something odd in between.
fn soap() -> impl Strategy<Value = Vec<u8>> {
    let names = vec![
        "Envelope",
        "s:Body",
        "Fault",
        "ProbeMatches",
        "ProbeMatch",
        "Scopes",
        "XAddrs",
        "EndpointReference",
        "Address",
        "ScopeItem",
        "Service",
        "XAddr",
        "Namespace",
        "Manufacturer",
        "HwAddress",
        "NvtCertificate",
        "Certificate",
        "Data",
        "MediaUri",
        "Uri",
        "User",
    ];
    let texts = vec![
        "AXIS",
        "&amp;",
        "&#x41;",
        "&lol;",
        "&#0;",
        "<![CDATA[<x>]]>",
        "]]>",
        "<!-- -->",
        "<?xml version='1.0' encoding='UTF-16'?>",
        "<!DOCTYPE html>",
        "<!DOCTYPE l [<!ENTITY a 'a'>]>",
        "\u{202e}",
        "\u{1}",
        "\0",
        "\u{feff}",
        "http://10.20.0.7/onvif",
        "AQID\nBA==",
    ];
    let opened = (prop::sample::select(names.clone()), any::<bool>());
    let piece = prop_oneof![
        opened.prop_map(|(name, with)| if with {
            format!("<{name} a='1 &lt; 2' b:c=\"\">")
        } else {
            format!("<{name}>")
        }),
        prop::sample::select(names).prop_map(|name| format!("</{name}>")),
        prop::sample::select(texts).prop_map(str::to_owned),
        (1usize..80).prop_map(|times| "<a>".repeat(times)),
        (1usize..80).prop_map(|times| format!("<x{}/>", " y=''".repeat(times))),
    ];
    let body = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let wrapped = |body: String| {
        format!("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>{body}</s:Body></s:Envelope>")
    };
    prop_oneof![
        body.clone().prop_map(String::into_bytes),
        body.prop_map(move |body| wrapped(body).into_bytes()),
        prop::collection::vec(any::<u8>(), 0..400),
    ]
}

fn check_text(text: &str) {
    assert!(text.chars().count() <= MAX_TEXT, "{} characters", text.chars().count());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

/// Depth and number of elements below and with this one.
fn measure(element: &Element, depth: usize) -> (usize, usize) {
    check_text(&element.text());
    ["a", "c", "y"].iter().filter_map(|name| element.attribute(name)).for_each(|value| check_text(&value));
    element
        .children()
        .iter()
        .map(|child| measure(child, depth + 1))
        .fold((depth, 1), |(deepest, count), (depth, more)| (deepest.max(depth), count + more))
}

fn check_said(said: Said) {
    match said {
        Said::Services(all) | Said::HardwareAddresses(all) | Said::Scopes(all) => {
            all.iter().for_each(|one| check_text(one))
        }
        Said::Endpoint(one) | Said::Hostname(one) | Said::Stream(one) | Said::Snapshot(one) => check_text(&one),
        Said::Information(told) => {
            for text in [told.manufacturer, told.model, told.firmware, told.serial, told.hardware] {
                check_text(&text);
            }
        }
        Said::Certificates(_) | Said::Users(_) | Said::Fault(_) | Said::Nothing => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_read_within_bounds_or_not_at_all(bytes in soap()) {
        if let Ok(root) = Element::parse(&bytes) {
            let (depth, elements) = measure(&root, 1);
            prop_assert!(depth <= MAX_DEPTH && elements <= MAX_ELEMENTS, "{depth} deep, {elements} elements");
        }
        for operation in OPERATIONS {
            if let Ok(said) = read_answer(operation, &bytes) {
                check_said(said);
            }
        }
        for device in read_announcements(&bytes).unwrap_or_default() {
            device.endpoint.iter().chain(&device.scopes).chain(&device.addresses).for_each(|text| check_text(text));
        }
    }

    /// What is too much is refused whole, however it is spread.
    #[test]
    fn too_much_is_refused(depth in 1usize..80, attributes in 0usize..100) {
        let given: String = (0..attributes).map(|at| format!(" a{at}=''")).collect();
        let document = format!("{}<x{given}/>{}", "<a>".repeat(depth), "</a>".repeat(depth));
        let fits = depth < MAX_DEPTH && attributes <= MAX_ATTRIBUTES;
        prop_assert_eq!(Element::parse(document.as_bytes()).is_ok(), fits);
    }

    /// No address that a device names is ever gone to, whatever it looks like.
    #[test]
    fn every_address_leads_back(
        scheme in prop::sample::select(vec!["http://", "rtsp://", "rtsp:", "http:/\\", "RTSP://", "file://", ""]),
        host in prop_oneof![
            prop::sample::select(vec!["10.20.0.7", "0x0a140007", "[::ffff:10.20.0.7]", "10.20.0.7@evil.example", "a:b@10.20.0.7", "169.254.169.254", "camera.local", "[fd00::7]", "10.20.0.7.", "10.20.0.7#@evil.example"]).prop_map(str::to_owned),
            any::<String>(),
        ],
        rest in prop_oneof![prop::sample::select(vec![":554/main", ":99999/", "/a?b=c", "\\..\\x", "//evil.example/x", "\r\nHost: evil"]).prop_map(str::to_owned), any::<String>()],
    ) {
        let address = format!("{scheme}{host}{rest}");
        let at = Onboarded { host: IpAddr::from([10, 20, 0, 7]), port: 8080, tls: false };
        if let Some(pinned) = pin_stream(&address, at) {
            let after = pinned.to.strip_prefix("rtsp://10.20.0.7:");
            let path = after.and_then(|after| after.find('/').map(|slash| (&after[..slash], &after[slash..])));
            let (port, path) = path.unwrap_or_else(|| panic!("{address:?} became {:?}", pinned.to));
            prop_assert!(port.parse::<u16>().is_ok(), "{:?}", pinned.to);
            prop_assert!(!path.chars().any(|c| c.is_control() || c == ' '), "{:?}", pinned.to);
        }
        if let Some(pinned) = pin_service(&address, at) {
            prop_assert!(pinned.to.1.starts_with('/') && !pinned.to.1.chars().any(|c| c.is_control() || c == ' '), "{:?}", pinned.to);
        }
        prop_assert!(is_foreign(&address, at.host).is_none() || !address.is_empty());
    }

    /// Whatever log-in is demanded: it is read within the header, and no answer to it carries the password.
    #[test]
    fn no_challenge_gets_the_password(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec!["Basic ", "Digest ", "digest ", "realm=\"", "nonce=\"", "qop=\"auth,auth-int\"", "algorithm=MD5", "algorithm=SHA-256", "\"", ",", "\\", "=", "stale=true", "opaque=\"x\""]).prop_map(str::to_owned),
                any::<String>(),
            ],
            0..20,
        ),
    ) {
        let header = pieces.concat();
        let challenges = Challenge::parse(&header);
        prop_assert!(challenges.len() <= header.len());
        for challenge in &challenges {
            let realm = challenge.realm().unwrap_or_default();
            prop_assert!(realm.len() <= header.len() && !realm.chars().any(char::is_control), "{realm:?}");
        }
        if let Some(mut login) = DigestLogin::choose(&challenges) {
            let credentials = Credentials { user: "operator".into(), password: Secret::new("correct-horse-7".into()) };
            let said = login.authorise(&credentials, "POST", "/onvif/device_service", "0123456789abcdef");
            prop_assert!(said.starts_with("Digest ") && !said.contains("correct-horse-7"), "{said}");
            // What it hands back unchanged cannot end the header line.
            prop_assert!(!said.contains(['\r', '\n']), "{said:?}");
        }
    }
}
