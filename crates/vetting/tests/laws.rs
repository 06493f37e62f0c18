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
