//! Laws that hold for any device, not only for those we know.

mod support;

use candour_vetting::{Evidence, Kind, Outcome};
use proptest::prelude::*;
use support::{
    AMCREST, AXIS, BOSCH, DAHUA, HIKVISION, LAB, LAB_CAMERA, axis_on_the_wire, item, items, judged, paper, subject,
};

const BANNED: [&str; 3] = [HIKVISION, DAHUA, AMCREST];

fn outcome(evidence: &[Evidence]) -> Outcome {
    judged(&subject(evidence)).outcome()
}

/// A device of any sort, with papers so that only the evidence keeps it out.
fn any_device() -> impl Strategy<Value = Vec<Evidence>> {
    prop_oneof![Just(HIKVISION), Just(DAHUA), Just(AMCREST), Just(AXIS), Just(BOSCH), Just(LAB_CAMERA)].prop_map(
        |lines| {
            let mut evidence = items(lines);
            evidence.push(paper(None));
            evidence
        },
    )
}

fn banned_device() -> impl Strategy<Value = Vec<Evidence>> {
    prop::sample::select(BANNED.to_vec()).prop_map(|lines| {
        let mut evidence = items(lines);
        evidence.push(paper(None));
        evidence
    })
}

/// Things devices say that no rule knows.
fn neutral() -> impl Strategy<Value = Evidence> {
    let kinds =
        [Kind::HttpTitle, Kind::SdpLine, Kind::RtspHeader, Kind::OnvifStreamUri, Kind::DnsName, Kind::TlsSubject];
    (prop::sample::select(kinds.to_vec()), "[qxyz]{3,9}").prop_map(|(kind, text)| item(kind, &text))
}

/// More banned devices: brands with prefixes of their own, one on no list, one seen by its web server alone.
const MORE_BANNED: [&str; 4] = [
    "onvif_manufacturer: LTS
     onvif_model: CMIP9743W-SZ
     onvif_firmware: V5.5.71 build 181015
     onvif_hw_address: 14:2f:fd:11:22:33
     onvif_scope: onvif://www.onvif.org/name/LTS
     onvif_stream_uri: rtsp://10.20.0.7/Streaming/Channels/101
     rtsp_realm: IP Camera(C6496)",
    "onvif_manufacturer: Securetex
     onvif_model: ST-4000
     onvif_firmware: 2.800.0000000.18.R
     onvif_hw_address: 00:12:34:56:78:9a
     onvif_scope: onvif://www.onvif.org/name/Securetex
     onvif_scope: onvif://www.onvif.org/extension/unique_identifier
     onvif_stream_uri: rtsp://10.20.0.7/cam/realmonitor?channel=1&subtype=0
     rtsp_realm: Login to 8d1aa2e9cd1b1f3a1c0a36bd2ab34567
     sdp_line: a=packetization-supported:DH",
    "onvif_manufacturer: EZVIZ
     onvif_model: CS-C6N-A0-1C2WFR
     onvif_firmware: V5.3.0 build 210415
     onvif_hw_address: 58:8f:cf:11:22:33
     onvif_scope: onvif://www.onvif.org/name/EZVIZ",
    "http_server: App-webs/
     http_path: /doc/page/login.asp
     isapi_xmlns: http://www.hikvision.com/ver20/XMLSchema
     isapi_field: systemContact=Hikvision.China
     vendor_model: DS-2CD2043G2-I
     vendor_firmware: V5.7.18 build 240826",
];

/// A generator that gives the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }
}

/// One change that an attacker, a vendor or chance might make.
fn mutate(device: &mut Vec<Evidence>, numbers: &mut Numbers) {
    if device.is_empty() {
        return;
    }
    let which = numbers.below(device.len());
    let kind = device[which].kind;
    let Some(text) = device[which].text().map(str::to_owned) else { return };
    let mut letters: Vec<char> = text.chars().collect();
    let at = numbers.below(letters.len());
    let odd = ['\u{200b}', 'x', '0', ' ', '/', '%', 'É', '\u{202e}', '-', ':'][numbers.below(10)];
    match numbers.below(9) {
        0 if !letters.is_empty() => letters[at] = odd,
        1 if !letters.is_empty() => drop(letters.remove(at)),
        2 => letters.insert(at, odd),
        3 => letters = text.to_uppercase().chars().collect(),
        4 => letters = text.to_lowercase().chars().collect(),
        5 => drop(device.remove(which)),
        6 => device.push(device[which].clone()),
        7 => {
            let name = ["AXIS", "Bosch", "Hanwha Vision", "i-PRO", "Candour Lab"][numbers.below(5)];
            device.retain(|item| item.kind != Kind::OnvifManufacturer);
            device.push(item(Kind::OnvifManufacturer, name));
        }
        _ => {
            let other = numbers.below(device.len());
            letters = device[other].text().unwrap_or_default().chars().collect();
        }
    }
    if which < device.len() && device[which].kind == kind && device[which].text() == Some(text.as_str()) {
        device[which] = item(kind, &letters.into_iter().collect::<String>());
    }
}

/// Not one of a hundred thousand mutations of banned devices, with all papers there, is accepted.
#[test]
fn a_hundred_thousand_mutations_and_none_is_accepted() {
    let corpus: Vec<_> = BANNED.into_iter().chain(MORE_BANNED).map(items).collect();
    let half = |from: u64| {
        let corpus = &corpus;
        move || {
            for round in from..from + 50_000 {
                let mut numbers = Numbers(round.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let mut device = corpus[numbers.below(corpus.len())].clone();
                for _ in 0..=numbers.below(10) {
                    mutate(&mut device, &mut numbers);
                }
                device.push(paper(Some("P3818-PVE")));
                let mut subject = subject(&device);
                if round % 2 == 0 {
                    subject.lab = Some(&LAB);
                }
                let judgement = judged(&subject);
                assert_ne!(judgement.outcome(), Outcome::Accepted, "round {round}: {device:#?}");
            }
        }
    };
    std::thread::scope(|threads| {
        threads.spawn(half(0));
        half(50_000)();
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn neutral_evidence_never_moves_towards_acceptance(device in any_device(), more in prop::collection::vec(neutral(), 1..5)) {
        let before = outcome(&device);
        let mut after = device;
        after.extend(more);
        prop_assert!(outcome(&after) <= before);
    }

    #[test]
    fn silence_never_accepts(device in any_device(), keep in prop::collection::vec(any::<bool>(), 16)) {
        let before = outcome(&device);
        let fewer: Vec<_> = device.into_iter().zip(keep).filter_map(|(item, keep)| keep.then_some(item)).collect();
        let after = outcome(&fewer);
        prop_assert!(after != Outcome::Accepted || before == Outcome::Accepted);
    }

    #[test]
    fn a_perfect_case_gets_no_better_with_less(keep in prop::collection::vec(any::<bool>(), 16)) {
        let mut device = axis_on_the_wire();
        device.push(paper(None));
        let fewer: Vec<_> = device.into_iter().zip(keep).filter_map(|(item, keep)| keep.then_some(item)).collect();
        prop_assert!(outcome(&fewer) <= Outcome::Accepted);
    }

    #[test]
    fn order_does_not_matter(device in any_device(), seed in any::<u64>()) {
        let mut shuffled: Vec<_> = device.iter().cloned().enumerate().collect();
        shuffled.sort_by_key(|(i, _)| (seed.rotate_left(*i as u32 * 7) ^ *i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let shuffled: Vec<_> = shuffled.into_iter().map(|(_, item)| item).collect();
        let (one, two) = (judged(&subject(&device)), judged(&subject(&shuffled)));
        let words = |j: &candour_vetting::Judgement| j.reasons().iter().map(|r| r.words.clone()).collect::<Vec<_>>();
        prop_assert_eq!(one.outcome(), two.outcome());
        prop_assert_eq!(one.missing(), two.missing());
        prop_assert_eq!(words(&one), words(&two));
    }

    #[test]
    fn a_banned_device_that_borrows_a_name_is_not_accepted(device in banned_device(), name in prop::sample::select(vec!["AXIS", "Bosch", "i-PRO", "Candour Lab"])) {
        let mut device = device;
        for item in device.iter_mut().filter(|i| i.kind == Kind::OnvifManufacturer) {
            *item = support::item(Kind::OnvifManufacturer, name);
        }
        prop_assert!(outcome(&device) < Outcome::Conditional);
    }

    #[test]
    fn mutated_banned_devices_are_never_accepted(
        device in banned_device(),
        mutations in prop::collection::vec((0usize..16, 0usize..64, any::<char>()), 1..12),
        drop in prop::collection::vec(any::<bool>(), 16),
    ) {
        let mut device: Vec<_> = device.into_iter().zip(drop).filter_map(|(i, d)| (!d || i.kind == Kind::Declaration).then_some(i)).collect();
        for (which, at, to) in mutations {
            if device.is_empty() { break; }
            let which = which % device.len();
            let Some(text) = device[which].text().map(str::to_owned) else { continue };
            let mut text: Vec<char> = text.chars().collect();
            if text.is_empty() { continue; }
            let at = at % text.len();
            text[at] = to;
            device[which] = item(device[which].kind, &text.into_iter().collect::<String>());
        }
        let mut subject = subject(&device);
        prop_assert_ne!(judged(&subject).outcome(), Outcome::Accepted);
        subject.lab = Some(&LAB);
        prop_assert_ne!(judged(&subject).outcome(), Outcome::Accepted);
    }

    #[test]
    fn no_bytes_panic(kind in prop::sample::select(Kind::ALL.to_vec()), text in any::<String>()) {
        let evidence = [item(kind, &text)];
        prop_assert_ne!(outcome(&evidence), Outcome::Accepted);
    }

    #[test]
    fn renaming_the_camera_changes_no_other_layer(device in any_device(), name in "[a-z ]{1,20}") {
        let mut renamed = device.clone();
        renamed.push(item(Kind::OnvifScope, &format!("onvif://www.onvif.org/name/{name}")));
        let others = |evidence: &[Evidence]| {
            let judgement = judged(&subject(evidence));
            judgement.reasons().iter().filter(|r| r.layer.is_some_and(|l| l != candour_vetting::Layer::L3)).map(|r| r.words.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(others(&device), others(&renamed));
    }
}
