//! Files of evidence with raw answers, judged as the command judges them.

use std::path::Path;

use candour_units::{CameraId, WallTime};
use candour_vetting::{Bundle, Judgement, Outcome, SiteClass, Subject, judge};

use super::file::EvidenceFile;

/// 26 November 2026.
const NOW: WallTime = WallTime::from_unix_seconds(1_795_700_000);

fn judged(file: &EvidenceFile, bundle: &Bundle, site_class: SiteClass) -> Judgement {
    judge(
        &Subject {
            camera: CameraId::from_bytes([0; 16]),
            host: file.host,
            evidence: &file.evidence,
            site_class,
            lab: None,
            previous: file.previous.as_ref(),
            now: file.at,
        },
        &bundle.lists,
    )
}

/// The cases in `cases/`: file, outcome at a standard site, outcome at a sensitive one, rules that must have spoken.
const CASES: &[(&str, Outcome, Outcome, &[&str])] = {
    use Outcome::{Accepted, Conditional, Quarantined, Refused};
    &[
        (
            "01-hikvision",
            Refused,
            Refused,
            &[
                "onvif_manufacturer.hikvision",
                "onvif_scope.hikvision",
                "prefix.5803FB",
                "onvif_xaddr.hikvision",
                "onvif_serial.hikvision",
                "onvif_stream_uri.hikvision",
                "http_server.hikvision",
                "http_path.hikvision.1",
            ],
        ),
        ("02-dahua-hello", Refused, Refused, &["brand.dahua", "onvif_scope.dahua.3"]),
        ("03-amcrest", Refused, Refused, &["brand.amcrest", "onvif_scope.dahua.3"]),
        ("04-axis", Conditional, Conditional, &["prefix.B8A44F", "missing.declaration", "missing.second-person"]),
        ("04-axis-with-paper", Accepted, Accepted, &["maker.axis", "prefix.B8A44F"]),
        ("04-axis-11.9.60", Quarantined, Quarantined, &["firmware.CVE-2025-0324"]),
        ("05-axis-wrong-address", Quarantined, Quarantined, &["mac.contradiction"]),
        ("06-bosch", Conditional, Conditional, &["maker.bosch", "prefix.00075F", "missing.second-layer"]),
        ("07-reolink", Quarantined, Refused, &["prefix.EC71DB", "onvif_serial.reolink"]),
        ("08-imkh", Quarantined, Quarantined, &["onvif_stream_uri.hikvision", "sdp_line.hikvision"]),
        ("09-surveillance-server", Quarantined, Refused, &["maker.unknown", "rtsp_realm.longse"]),
        ("10-sadp", Refused, Refused, &["udp_discovery.hikvision"]),
        ("10-dhip", Refused, Refused, &["udp_discovery.dahua", "prefix.9002A9"]),
        (
            "11-old-hikvision",
            Refused,
            Refused,
            &["isapi_xmlns.hikvision", "firmware.CVE-2017-7921", "firmware.CVE-2021-36260", "prefix.4419B6"],
        ),
        ("12-decoy", Quarantined, Quarantined, &["prefix.402C761", "maker.unknown"]),
        ("13-router", Conditional, Conditional, &["item.disregarded", "missing.second-layer"]),
        ("15-axis-12.1.3", Quarantined, Quarantined, &["firmware.CVE-2025-0324"]),
        ("15-axis-excepted", Accepted, Accepted, &["firmware.CVE-2025-0324"]),
        ("16-dahua-undated", Refused, Refused, &["firmware.CVE-2021-33044", "prefix.3CEF8C"]),
        ("20-unknown-rebrand", Refused, Refused, &["rtsp_realm.dahua", "sdp_line.dahua", "onvif_stream_uri.dahua"]),
        ("21-axis-denies-everything", Quarantined, Quarantined, &["onvif_xml.axis", "maker.unknown"]),
        ("22-axis-for-dahua-recorders", Quarantined, Quarantined, &["onvif_scope.dahua.3"]),
        ("23-xml-bomb", Quarantined, Quarantined, &["answer.unreadable"]),
        ("24-led-astray", Quarantined, Quarantined, &["address.foreign"]),
        ("25-axis-vendor-interface", Accepted, Accepted, &["vendor-interface.axis", "item.disregarded"]),
        ("26-hisilicon", Quarantined, Refused, &["vendor_field.huawei-chip"]),
        ("27-recorder", Quarantined, Quarantined, &["onvif_model.carrier"]),
        ("28-garbage", Quarantined, Quarantined, &["answer.unreadable", "maker.unknown"]),
        ("29-answers-for-anything", Accepted, Accepted, &["http_path.any"]),
        // Not accepted before: what a person decided about a camera that is recorded lets none in.
        ("30-axis-ends-decoders", Quarantined, Quarantined, &["decoder.deaths"]),
    ]
};

#[test]
fn every_case_file_has_its_outcome() {
    let directory = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/judge/cases"));
    let bundle = Bundle::shipped();
    for (name, standard, sensitive, rules) in CASES {
        let file = EvidenceFile::read(&directory.join(format!("{name}.json")), NOW).expect("a file of evidence");
        let judgement = judged(&file, &bundle, SiteClass::Standard);
        assert_eq!(judgement.outcome(), *standard, "{name}: {:#?}", judgement.reasons());
        let there = judged(&file, &bundle, SiteClass::Sensitive);
        assert_eq!(there.outcome(), *sensitive, "{name}, sensitive: {:#?}", there.reasons());
        for rule in *rules {
            let spoke = judgement.reasons().iter().any(|r| r.rule.starts_with(rule));
            assert!(spoke, "{name}: {rule} in {:#?}", judgement.reasons());
        }
        // The same file gives the same bytes.
        assert_eq!(judgement.to_json(), judged(&file, &bundle, SiteClass::Standard).to_json(), "{name}");
    }
    let files = std::fs::read_dir(directory).expect("the cases").count();
    assert_eq!(files, CASES.len(), "every file is in the table");
}

#[track_caller]
fn refused(text: &str, words: &str) {
    let error = match EvidenceFile::parse(text, Path::new("."), NOW) {
        Ok(_) => panic!("{text} is no file of evidence"),
        Err(error) => format!("{error:#}"),
    };
    assert!(error.contains(words), "{error}");
}

#[test]
fn what_a_person_wrote_wrong_is_named() {
    refused("{", "EOF");
    refused(r#"{"format":2,"evidence":[]}"#, "format");
    refused(r#"{"evidence":[{"form":"onvif","raw":"<a/>"}]}"#, "needs operation");
    refused(r#"{"evidence":[{"form":"sadp"}]}"#, "needs one of raw");
    refused(r#"{"evidence":[{"form":"sadp","raw":"x","raw_base64":"eA=="}]}"#, "needs one of raw");
    refused(r#"{"evidence":[{"form":"rtps","raw":"x"}]}"#, "evidence[0]");
    refused(r#"{"evidence":[{"form":"mac","adress":"x"}]}"#, "adress");
    refused(r#"{"at":"26.11.2026","evidence":[]}"#, "no day");
    refused(r#"{"evidence":[{"form":"sadp","raw_base64":"%"}]}"#, "base64");
}

/// Case 14, and the datagram of T12 against an accepted camera: what was accepted before decides what happens.
#[test]
fn a_judgement_before_is_part_of_the_file() {
    let directory = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/judge/cases"));
    let bundle = Bundle::shipped();
    let read = |name: &str| EvidenceFile::read(&directory.join(name), NOW).expect("a file of evidence");
    let accepted = judged(&read("04-axis-with-paper.json"), &bundle, SiteClass::Standard);
    let text = std::fs::read_to_string(directory.join("10-sadp.json")).expect("the case");
    let mut file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    file["previous"] = serde_json::from_str(&super::json(&accepted).expect("JSON")).expect("JSON");
    let file = EvidenceFile::parse(&file.to_string(), directory, NOW).expect("a file of evidence");
    let judgement = judged(&file, &bundle, SiteClass::Standard);
    assert_eq!(judgement.outcome(), Outcome::Accepted, "anybody on the wire can forge a datagram");
    let imitation = judgement.reasons().iter().find(|reason| reason.rule == "datagram.imitation");
    assert!(imitation.expect("it is told of").words.contains("can forge"));
}

/// Bytes of raw answers changed, cut and doubled: nothing stops the judge, and no device that is refused gets accepted.
#[test]
fn raw_answers_of_refused_devices_mutated_are_never_accepted() {
    let directory = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/judge/cases"));
    let bundle = Bundle::shipped();
    let mut state = 7u64;
    let mut below = |end: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % end.max(1)
    };
    let refused: Vec<_> = CASES.iter().filter(|case| case.1 == Outcome::Refused).map(|case| case.0).collect();
    for _ in 0..2_000 {
        let name = refused[below(refused.len())];
        let text = std::fs::read_to_string(directory.join(format!("{name}.json"))).expect("the case");
        let mut file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let items = file["evidence"].as_array_mut().expect("items");
        for item in items.iter_mut() {
            let Some(raw) = item["raw"].as_str().map(str::to_owned) else { continue };
            let mut raw: Vec<char> = raw.chars().collect();
            for _ in 0..below(4) {
                let at = below(raw.len());
                match below(3) {
                    0 if at < raw.len() => raw[at] = ['<', '>', '\0', 'x', ' ', '\u{200b}'][below(6)],
                    1 => raw.truncate(at),
                    _ => raw.extend_from_within(at..(at + 40).min(raw.len())),
                }
            }
            item["raw"] = raw.into_iter().collect::<String>().into();
        }
        items.push(serde_json::json!({
            "form": "paper", "declaration": "5a".repeat(32), "signed_off_by": "Ada", "second_person": "Chris",
        }));
        let file = EvidenceFile::parse(&file.to_string(), directory, NOW).expect("a file of evidence");
        // Case 10 is a perfect Axis but for its datagram: cut that away and nothing speaks against it.
        if name != "10-sadp" {
            let judgement = judged(&file, &bundle, SiteClass::Standard);
            assert_ne!(judgement.outcome(), Outcome::Accepted, "{name}: {:#?}", judgement.reasons());
        }
    }
}
