//! The worked cases of `docs/vetting.md`, through one `check`.

mod support;

use candour_units::WallDuration;
use candour_vetting::{Evidence, Judgement, Kind, Missing, Outcome, SiteClass, Source, Value};
use support::{
    AMCREST, AXIS, BOSCH, DAHUA, HIKVISION, HOST, LAB, LAB_CAMERA, axis_on_the_wire, item, items, judged, paper,
    subject,
};

/// Judges on a standard site and compares outcome and the rules that must have spoken.
#[track_caller]
fn check(evidence: &[Evidence], expected: Outcome, rules: &[&str]) -> Judgement {
    let judgement = judged(&subject(evidence));
    assert_eq!(judgement.outcome(), expected, "{:#?}", judgement.reasons());
    for rule in rules {
        assert!(judgement.reasons().iter().any(|r| r.rule.starts_with(rule)), "{rule} in {:#?}", judgement.reasons());
    }
    assert_eq!(judgement.acceptance().is_some(), expected == Outcome::Accepted);
    judgement
}

#[track_caller]
fn check_missing(evidence: &[Evidence], missing: &[Missing]) {
    let judgement = check(evidence, Outcome::Conditional, &[]);
    assert_eq!(judgement.missing(), missing);
}

#[test]
fn case_1_hikvision_with_full_answers() {
    let rules = [
        "onvif_manufacturer.hikvision",
        "onvif_scope.hikvision",
        "prefix.5803FB",
        "onvif_xaddr.hikvision",
        "onvif_serial.hikvision",
    ];
    let judgement = check(&items(HIKVISION), Outcome::Refused, &rules);
    assert_eq!(
        judgement.reasons()[0].words,
        "The manufacturer name says “HIKVISION”, the name of Hikvision, which is on the refused list (certain)."
    );
}

#[test]
fn case_2_dahua_hello() {
    let hello = items(
        "discovery_scope: onvif://www.onvif.org/name/Dahua
         discovery_scope: onvif://www.onvif.org/location/country/china
         discovery_scope: onvif://www.onvif.org/extension/unique_identifier",
    );
    check(&hello, Outcome::Refused, &["onvif_scope.dahua"]);
    check(&items(DAHUA), Outcome::Refused, &["prefix.9002A9", "onvif_model.dahua"]);
}

#[test]
fn case_3_rebrand_names_the_maker() {
    let judgement = check(&items(AMCREST), Outcome::Refused, &["brand.amcrest", "prefix.9C8ECD"]);
    assert!(judgement.reasons()[0].words.contains("equipment of Dahua"), "{}", judgement.reasons()[0].words);
}

#[test]
fn case_4_axis_needs_paper_and_then_is_accepted() {
    check_missing(&axis_on_the_wire(), &[Missing::Declaration, Missing::SecondPerson]);
    let mut with_paper = axis_on_the_wire();
    with_paper.push(paper(None));
    let judgement = check(&with_paper, Outcome::Accepted, &["prefix.B8A44F", "maker.axis"]);
    let key = judgement.acceptance().expect("accepted");
    assert_eq!((key.host(), key.judgement(), key.lab()), (HOST, judgement.id(), false));
    // Its own word for its address is not a second layer.
    let mut own_word = items(AXIS);
    own_word.push(paper(None));
    check_missing(&own_word, &[Missing::SecondLayer]);
}

#[test]
fn case_5_serial_contradicts_address() {
    let other = items(&AXIS.replace("B8:A4:4F:A0:4F:26", "00:11:22:33:44:55"));
    check(&other, Outcome::Quarantined, &["mac.contradiction"]);
    // The same with the serial left out: silence does not help.
    let silent: Vec<_> =
        other.into_iter().filter(|i| i.kind != Kind::OnvifSerial && i.kind != Kind::HttpRealm).collect();
    check(&silent, Outcome::Quarantined, &["maker.foreign-prefix"]);
}

#[test]
fn case_6_bosch_with_its_address_at_the_head() {
    check_missing(&items(BOSCH), &[Missing::SecondLayer, Missing::Declaration, Missing::SecondPerson]);
}

#[test]
fn case_7_watch_group() {
    let reolink = items(
        "onvif_manufacturer: Reolink
         onvif_model: E1 Zoom
         onvif_firmware: v3.1.0.2649_23083101
         onvif_serial: 192168261
         onvif_hw_address: ec:71:db:11:22:33
         onvif_scope: onvif://www.onvif.org/name/IPC-BO",
    );
    check(&reolink, Outcome::Quarantined, &["prefix.EC71DB"]);
    let mut sensitive = subject(&reolink);
    sensitive.site_class = SiteClass::Sensitive;
    assert_eq!(judged(&sensitive).outcome(), Outcome::Refused);
}

#[test]
fn case_8_one_layer_of_imitable_signs() {
    let describe = items(
        "rtsp_path: /Streaming/Channels/101\nsdp_line: a=Media_header:MEDIAINFO=494D4B48010100000400010000000000",
    );
    check(&describe, Outcome::Quarantined, &["onvif_stream_uri.hikvision", "sdp_line.hikvision"]);
}

#[test]
fn case_9_nothing_known() {
    check(&items("rtsp_realm: Surveillance Server"), Outcome::Quarantined, &["maker.unknown"]);
    check(&[], Outcome::Quarantined, &["maker.unknown"]);
}

#[test]
fn case_10_vendor_discovery_wins_over_perfect_answers() {
    let mut evidence = axis_on_the_wire();
    evidence.push(paper(None));
    let mut reply = item(Kind::UdpDiscovery, "37020 ProbeMatch");
    reply.source = Source::Datagram { asked_by_us: true };
    evidence.push(reply.clone());
    check(&evidence, Outcome::Refused, &["udp_discovery.hikvision"]);
    // A forged datagram is no blackout.
    reply.source = Source::Datagram { asked_by_us: false };
    *evidence.last_mut().expect("just pushed") = reply;
    check(&evidence, Outcome::Accepted, &["item.disregarded"]);
}

#[test]
fn case_11_maker_and_flaw_are_both_listed() {
    let old = items(
        &HIKVISION.replace("DS-2CD2143G0-I", "DS-2CD2532F-IWS").replace("V5.5.61 build 180718", "V5.2.0 build 140721"),
    );
    check(
        &old,
        Outcome::Refused,
        &["onvif_manufacturer.hikvision", "firmware.CVE-2017-7921", "firmware.CVE-2021-36260"],
    );
}

#[test]
fn case_12_decoy_prefix() {
    let judgement =
        check(&items("neighbour_mac: 40:2c:76:1a:bc:de"), Outcome::Quarantined, &["prefix.402C761", "maker.unknown"]);
    assert!(judgement.reasons().iter().all(|r| r.group.is_none()));
}

#[test]
fn case_13_the_routers_prefix_never_counts() {
    let mut router = item(Kind::NeighbourMac, "00:18:82:11:22:33");
    router.source = Source::NeighbourTable { same_segment: false };
    let mut evidence = items(AXIS);
    evidence.push(router.clone());
    let judgement = check(&evidence, Outcome::Conditional, &["item.disregarded"]);
    assert!(judgement.reasons().iter().all(|r| r.group.as_deref() != Some("huawei")));
    // On our own segment it would be the camera's.
    router.source = Source::NeighbourTable { same_segment: true };
    *evidence.last_mut().expect("just pushed") = router;
    check(&evidence, Outcome::Refused, &["prefix.001882"]);
}

#[test]
fn case_14_a_list_update_stops_and_people_look() {
    let mut evidence = axis_on_the_wire();
    evidence.push(paper(None));
    let before = judged(&subject(&evidence));
    let changed = std::str::from_utf8(candour_vetting::ListFiles::SHIPPED.prefixes)
        .expect("text")
        .replace("B8A44F,Axis Communications AB,axis,accepted", "B8A44F,Hangzhou Hikvision,hikvision,banned");
    let manifest = std::str::from_utf8(candour_vetting::ListFiles::SHIPPED.manifest)
        .expect("text")
        .replace("prefixes,1,2026-08-26", "prefixes,2,2026-11-20");
    let files = candour_vetting::ListFiles {
        prefixes: changed.as_bytes(),
        manifest: manifest.as_bytes(),
        ..candour_vetting::ListFiles::SHIPPED
    };
    let lists = candour_vetting::Lists::parse(&files).expect("a list with one row changed");
    let mut again = subject(&evidence);
    // A camera never seen before with such a prefix is simply refused.
    assert_eq!(candour_vetting::judge(&again, &lists).outcome(), Outcome::Refused);
    again.previous = Some(before.record());
    let after = candour_vetting::judge(&again, &lists);
    assert_eq!(after.outcome(), Outcome::Quarantined);
    let reason = after.reasons().iter().find(|r| r.rule == "list.changed").expect("says that a list changed");
    assert!(
        reason.words.contains("prefixes version 1 of 2026-08-26 became version 2 of 2026-11-20"),
        "{}",
        reason.words
    );
    // Judged again, as at every start, it stays so; when a person had it asked again and it says something else, it is
    // what the lists say, and a corrected list lets it in again.
    again.previous = Some(after.record());
    let later = candour_vetting::judge(&again, &lists);
    assert_eq!(
        (later.outcome(), &later.reasons().iter().find(|r| r.rule == "list.changed")),
        (Outcome::Quarantined, &Some(reason))
    );
    let mut asked_again = evidence.clone();
    asked_again.push(item(Kind::OnvifHostname, "camera-7"));
    let mut looked_at = subject(&asked_again);
    looked_at.previous = Some(after.record());
    assert_eq!(candour_vetting::judge(&looked_at, &lists).outcome(), Outcome::Refused);
    assert_eq!(judged(&again).outcome(), Outcome::Accepted);
}

#[test]
fn datagrams_stop_no_accepted_camera() {
    let mut evidence = axis_on_the_wire();
    evidence.push(paper(None));
    let before = judged(&subject(&evidence));
    for reply in [
        item(Kind::UdpDiscovery, "37020 ProbeMatch"),
        Evidence { value: Value::Unreadable("garbage".into()), ..item(Kind::DiscoveryAnswer, "") },
        item(Kind::DiscoveryMac, "58:03:fb:11:22:33"),
    ] {
        let mut forged = evidence.clone();
        forged.push(Evidence { source: Source::Datagram { asked_by_us: true }, ..reply });
        let mut accepted = subject(&forged);
        assert_ne!(judged(&accepted).outcome(), Outcome::Accepted, "at onboarding it decides");
        accepted.previous = Some(before.record());
        let after = judged(&accepted);
        assert_eq!(after.outcome(), Outcome::Accepted, "{:#?}", after.reasons());
        assert_eq!(after.missing(), []);
    }
}

#[test]
fn exceptions_end_and_help_no_banned_maker() {
    let exception = |until: &str, second: Option<&str>| Evidence {
        value: Value::Exception(candour_vetting::Exception {
            covers: "CVE-2025-0324".into(),
            reason: "isolated".into(),
            owner: "Facilities".into(),
            until: until.into(),
            signed_off_by: "Ada Brown".into(),
            second_person: second.map(Into::into),
        }),
        ..item(Kind::Exception, "")
    };
    let mut evidence = axis_on_the_wire();
    evidence.push(paper(None));
    let firmware = evidence.iter().position(|i| i.kind == Kind::OnvifFirmware).expect("stated");
    evidence[firmware] = item(Kind::OnvifFirmware, "12.1.3");
    for (exception, expected) in [
        (exception("2026-12-31", Some("Chris Dean")), Outcome::Accepted),
        (exception("2026-11-26", Some("Chris Dean")), Outcome::Accepted),
        (exception("2026-11-25", Some("Chris Dean")), Outcome::Quarantined),
        (exception("2026-12-31", None), Outcome::Quarantined),
        (exception("2026-12-31", Some("ada brown")), Outcome::Quarantined),
        (exception("some day", Some("Chris Dean")), Outcome::Quarantined),
    ] {
        let mut with = evidence.clone();
        with.push(exception);
        check(&with, expected, &["firmware.CVE-2025-0324"]);
    }
    for (until, told) in [
        ("2026-11-26", Some("today")),
        ("2026-11-27", Some("tomorrow")),
        ("2026-12-10", Some("in 14 days")),
        ("2026-12-11", None),
    ] {
        let mut with = evidence.clone();
        with.push(exception(until, Some("Chris Dean")));
        let judged = judged(&subject(&with));
        let found = judged.reasons().iter().find(|reason| reason.rule == "exception.ends").map(|reason| &reason.words);
        assert_eq!(
            found.map(|words| told.is_some_and(|told| words.contains(told))),
            told.map(|_| true),
            "{until}: {found:?}"
        );
    }
    // A law of the site makes a maker one that may not be used, and no exception helps that.
    let files = candour_vetting::ListFiles {
        groups: &String::from_utf8_lossy(candour_vetting::ListFiles::SHIPPED.groups)
            .replace(
                "axis,accepted,Axis,Axis;Axis Communications;Axis Communications AB,SE",
                "axis,accepted,Axis,Axis;Axis Communications;Axis Communications AB,CN",
            )
            .into_bytes(),
        ..candour_vetting::ListFiles::SHIPPED
    };
    let lists = candour_vetting::Lists::parse(&files).expect("lists");
    evidence.push(exception("2026-12-31", Some("Chris Dean")));
    let mut sensitive = subject(&evidence);
    sensitive.site_class = SiteClass::Sensitive;
    let judgement = candour_vetting::judge(&sensitive, &lists);
    assert_eq!(judgement.outcome(), Outcome::Refused);
    assert!(
        judgement.reasons().iter().any(|r| r.words.contains("National Intelligence Law")),
        "{:#?}",
        judgement.reasons()
    );
    assert_eq!(candour_vetting::judge(&subject(&evidence), &lists).outcome(), Outcome::Accepted);
}

#[test]
fn case_15_affected_firmware() {
    let mut evidence = axis_on_the_wire();
    evidence.push(paper(None));
    let firmware = evidence.iter().position(|i| i.kind == Kind::OnvifFirmware).expect("stated");
    evidence[firmware] = item(Kind::OnvifFirmware, "12.1.3");
    check(&evidence, Outcome::Quarantined, &["firmware.CVE-2025-0324"]);
    // The other track of the same record.
    evidence[firmware] = item(Kind::OnvifFirmware, "11.9.60");
    check(&evidence, Outcome::Quarantined, &["firmware.CVE-2025-0324"]);
    // Unknown is not enough to block where nobody exploits it, and is still missing as an answer where it is absent.
    evidence.remove(firmware);
    check_missing(&evidence, &[Missing::Answer(Kind::OnvifFirmware)]);
}

#[test]
fn case_16_a_version_without_a_date() {
    let undated = items(
        &DAHUA
            .replace("IPC-HFW2228M-I1-V2", "IPC-HFW5442E")
            .replace("2.800.0000016.0.R, Build Date 2020-07-01", "3.142.0000000.8.R"),
    );
    let judgement = check(&undated, Outcome::Refused, &["firmware.CVE-2021-33044"]);
    let reason = judgement.reasons().iter().find(|r| r.rule == "firmware.CVE-2021-33044").expect("listed");
    assert_eq!(reason.effect, candour_vetting::Effect::Quarantines);
    assert!(reason.words.contains("does not tell"), "{}", reason.words);
}

#[test]
fn two_medium_signs_of_two_layers_refuse() {
    check(&items("onvif_stream_uri: rtsp://10.20.0.7/Streaming/Channels/101"), Outcome::Quarantined, &[]);
    check(
        &items("onvif_stream_uri: rtsp://10.20.0.7/Streaming/Channels/101\nrtsp_path: /Streaming/Channels/101"),
        Outcome::Refused,
        &["onvif_stream_uri.hikvision"],
    );
    // The same sign seen again in the same layer adds nothing.
    check(&items("rtsp_path: /Streaming/Channels/101\nrtsp_path: /Streaming/Channels/102"), Outcome::Quarantined, &[]);
}

#[test]
fn disguised_names_are_seen_through() {
    for name in ["hikvision", "HIK\u{200b}VISION", "ＨＩＫＶＩＳＩＯＮ", " HIKVISION ", "Hikvision Digital Technology"]
    {
        check(&[item(Kind::OnvifManufacturer, name)], Outcome::Refused, &["brand.hikvision"]);
    }
    check(&items("onvif_scope: onvif://www.onvif.org/name/%48IKVISION"), Outcome::Refused, &["onvif_scope.hikvision"]);
    check(
        &items("onvif_scope: onvif://www.onvif.org/hardware/DS-2CD2143G0-I"),
        Outcome::Refused,
        &["onvif_model.hikvision"],
    );
    check(&items("endpoint_uuid: urn:uuid:aa85c000-6324-11b3-819e-5850ed1fe385"), Outcome::Refused, &["prefix.5850ED"]);
    check(&items("onvif_endpoint: aa85c000-6324-11b3-819e-5850ed1fe385"), Outcome::Refused, &["prefix.5850ED"]);
    check(
        &items("onvif_xaddr: http://[fe80::5a50:edff:fe1f:e385]/onvif/device_service"),
        Outcome::Refused,
        &["prefix.5850ED"],
    );
}

#[test]
fn what_only_sounds_like_a_listed_maker() {
    for name in ["Hikari", "Dahuaco Scales", "Axisoft", "Loreximo", "Aztech", "Hillsdale"] {
        let judgement = judged(&subject(&[item(Kind::OnvifManufacturer, name)]));
        let about: Vec<_> = judgement.reasons().iter().filter(|r| r.rule.starts_with("brand.")).collect();
        assert!(about.is_empty() || name.starts_with("Dahua"), "{name}: {about:?}");
        assert_ne!(judgement.outcome(), Outcome::Accepted);
    }
}

#[test]
fn brands_inside_a_text_count_where_makers_name_themselves() {
    let rule = |kind: Kind, text: &str| {
        let judgement = judged(&subject(&[item(kind, text)]));
        judgement.reasons().iter().any(|r| r.rule.starts_with("brand."))
    };
    assert!(rule(Kind::OnvifManufacturer, "Network camera by Hikvision"));
    assert!(rule(Kind::TlsSubject, "CN=camera,O=Zhejiang Dahua Technology Co. Ltd"));
    assert!(!rule(Kind::OnvifScope, "onvif://www.onvif.org/name/Beverly%20Hills%20entrance"));
    assert!(!rule(Kind::OnvifManufacturer, "Attorney General"));
    assert!(!rule(Kind::HttpTitle, "Not a Hikvision"));
}

#[test]
fn addresses_nobody_registered() {
    for (mac, rule) in [
        ("02:00:00:00:00:01", "mac.local-bit"),
        ("01:00:5e:00:00:01", "mac.group"),
        ("not an address", "mac.unreadable"),
    ] {
        let mut evidence = axis_on_the_wire();
        evidence.push(paper(None));
        evidence.push(item(Kind::OnvifHwAddress, mac));
        check(&evidence, Outcome::Quarantined, &[rule]);
    }
}

#[test]
fn anything_wrong_beside_perfect_answers_quarantines() {
    let perfect = || {
        let mut evidence = axis_on_the_wire();
        evidence.push(paper(None));
        evidence
    };
    let unreadable =
        Evidence { value: Value::Unreadable("it has a document type".into()), ..item(Kind::OnvifAnswer, "") };
    let cases = [
        (unreadable, "answer.unreadable"),
        (item(Kind::OnvifModel, "P1445-LE"), "answer.changes"),
        (item(Kind::ForeignStreamAddress, "rtsp://10.20.0.9/media.amp"), "address.foreign"),
        (item(Kind::ForeignServiceAddress, "http://169.254.169.254/latest"), "address.foreign"),
        (item(Kind::OnvifScope, "onvif://www.onvif.org/type/Network_Video_Storage"), "onvif_scope.carrier"),
        (item(Kind::NeighbourMac, "b8:a4:4f:00:00:01"), "mac.contradiction"),
        (item(Kind::OnvifStreamUri, "rtsp://10.20.0.7/rtsp_tunnel"), "maker.contradiction"),
    ];
    for (wrong, rule) in cases {
        let mut evidence = perfect();
        evidence.push(wrong);
        check(&evidence, Outcome::Quarantined, &[rule]);
    }
    let mut harmless = perfect();
    harmless.push(item(Kind::ForeignServiceAddress, "http://192.168.0.90/onvif/services"));
    check(&harmless, Outcome::Accepted, &["address.foreign-service"]);
}

#[test]
fn mixed_makers_need_proof_for_the_model() {
    let mut evidence = items(
        "onvif_manufacturer: Honeywell
         onvif_model: HC30W45R3
         onvif_firmware: 1.0.0
         onvif_hw_address: 00:40:84:11:22:33
         onvif_scope: onvif://www.onvif.org/name/cam
         neighbour_mac: 00:40:84:11:22:33",
    );
    evidence.push(paper(None));
    check_missing(&evidence, &[Missing::ModelProof]);
    *evidence.last_mut().expect("just pushed") = paper(Some("another model"));
    check_missing(&evidence, &[Missing::ModelProof]);
    *evidence.last_mut().expect("just pushed") = paper(Some("HC30W45R3"));
    check(&evidence, Outcome::Accepted, &[]);
}

#[test]
fn imported_tables_need_a_second_person() {
    let mut evidence = items(AXIS);
    evidence.push(paper(None));
    let before = evidence.len();
    let now = subject(&[]).now;
    let table = |mac: &str, second: Option<&str>, days: i64| Evidence {
        source: Source::ImportedTable {
            origin: "switch B2".into(),
            brought_by: Some("Ada Brown".into()),
            second_person: second.map(Into::into),
        },
        taken_at: now - WallDuration::from_seconds(days * 86_400),
        ..item(Kind::ImportedMac, mac)
    };
    let mut with = |table: Evidence, outcome, rules: &[&str]| {
        evidence.truncate(before);
        evidence.push(table);
        check(&evidence, outcome, rules);
    };
    let axis = "B8A44FA04F26";
    with(table(axis, None, 1), Outcome::Conditional, &["missing.second-layer", "item.disregarded"]);
    with(table(axis, Some("ada brown "), 1), Outcome::Conditional, &["missing.second-layer", "item.disregarded"]);
    with(table(axis, Some("Chris Dean"), 1), Outcome::Accepted, &[]);
    // It ages: told a week before, then of no use. One from the future never was.
    with(table(axis, Some("Chris Dean"), 24), Outcome::Accepted, &["table.ends"]);
    with(table(axis, Some("Chris Dean"), 30), Outcome::Accepted, &["table.ends"]);
    with(table(axis, Some("Chris Dean"), 31), Outcome::Conditional, &["missing.second-layer", "item.disregarded"]);
    with(table(axis, Some("Chris Dean"), -2), Outcome::Conditional, &["missing.second-layer", "item.disregarded"]);
    // What it says against a camera does not lapse by waiting.
    let dahua = "90:02:A9:00:00:36";
    with(table(dahua, Some("Chris Dean"), 1), Outcome::Refused, &["prefix.9002A9", "mac.contradiction"]);
    with(table(dahua, Some("Chris Dean"), 400), Outcome::Refused, &["prefix.9002A9"]);
    with(table(dahua, None, 1), Outcome::Conditional, &["missing.second-layer", "item.disregarded"]);
    // Another device of the same maker is another device.
    with(table("B8:A4:4F:00:00:01", Some("Chris Dean"), 1), Outcome::Quarantined, &["mac.contradiction"]);
}

#[test]
fn lab_cameras_count_in_the_lab_only() {
    let loopback = "127.0.0.11".parse().expect("an address");
    let lab = items(LAB_CAMERA);
    let outcome = |lab_list, host, evidence: &[Evidence]| {
        let mut subject = subject(evidence);
        (subject.lab, subject.host) = (lab_list, host);
        judged(&subject).outcome()
    };
    assert_eq!(outcome(Some(&*LAB), loopback, &lab), Outcome::Accepted);
    assert_eq!(outcome(Some(&*LAB), HOST, &lab), Outcome::Accepted);
    assert_eq!(outcome(None, loopback, &lab), Outcome::Quarantined);
    assert_eq!(outcome(None, HOST, &lab), Outcome::Quarantined);
    assert_eq!(outcome(Some(&*LAB), "203.0.113.7".parse().expect("an address"), &lab), Outcome::Quarantined);
    for (from, to) in [
        ("Candour Lab", "Candour Labs"),
        ("FC:00:0C", "FC:00:0D"),
        ("Lab Fixed", "Fixed"),
        ("onvif_model", "onvif_hardware"),
    ] {
        assert_ne!(outcome(Some(&*LAB), loopback, &items(&LAB_CAMERA.replace(from, to))), Outcome::Accepted, "{from}");
    }
    // What the list does not stand in for: answers, and evidence against a group.
    let silent = items(&LAB_CAMERA.replace("onvif_firmware: 1.0.0", ""));
    assert_eq!(outcome(Some(&*LAB), loopback, &silent), Outcome::Conditional);
    for evidence in [HIKVISION, AMCREST, DAHUA] {
        assert_eq!(outcome(Some(&*LAB), loopback, &items(evidence)), Outcome::Refused);
    }
    let mut two_faced = lab.clone();
    two_faced.push(item(Kind::OnvifScope, "onvif://www.onvif.org/name/HIKVISION"));
    assert_eq!(outcome(Some(&*LAB), loopback, &two_faced), Outcome::Refused);
    // A real maker's camera on loopback, lab or not, is nothing to receive.
    let mut axis = axis_on_the_wire();
    axis.push(paper(None));
    assert_eq!(outcome(None, loopback, &axis), Outcome::Quarantined);
}

#[test]
fn a_judgement_is_the_same_bytes_every_time() {
    let evidence = items(HIKVISION);
    let (one, two) = (judged(&subject(&evidence)), judged(&subject(&evidence)));
    assert_eq!(one.to_json(), two.to_json());
    assert_eq!(one.id(), two.id());
    let record: candour_vetting::JudgementRecord = serde_json::from_str(&one.to_json()).expect("our own form");
    assert_eq!(&record, one.record());
    assert!(one.reasons().iter().all(|r| r.evidence.is_none_or(|i| i < evidence.len()) && r.words.ends_with('.')));
    assert!(one.reasons().iter().filter(|r| r.effect == candour_vetting::Effect::Against).all(|r| r.list.is_some()));
}
