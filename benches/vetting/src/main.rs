//! Judges one well-behaved camera's evidence many times, and a whole site's stored evidence once, as it is after an import.
//! Prints one line of JSON: `judge_us` (median of one judgement) and `rejudge_10000_s` (10 000 stored cameras read from
//! their JSON, judged and written back as JSON, on every processor; `rejudge_10000_one_thread_s` on one).

use std::time::Instant;

use candour_camera::received::{Form, Received};
use candour_units::{CameraId, WallTime};
use candour_vetting::{Bundle, Evidence, Kind, Outcome, Paper, SiteClass, Source, Subject, Value, judge};

const HOST: &str = "10.20.0.7";
const NOW: WallTime = WallTime::from_unix_seconds(1_795_700_000);
const ROUNDS: usize = 2_000;
const CAMERAS: usize = 10_000;

fn main() {
    let bundle = Bundle::shipped();
    let evidence = camera();
    let host = HOST.parse().expect("an address");
    let subject = Subject {
        camera: CameraId::from_bytes([1; 16]),
        host,
        evidence: &evidence,
        site_class: SiteClass::Standard,
        lab: None,
        previous: None,
        now: NOW,
    };
    assert_eq!(judge(&subject, &bundle.lists).outcome(), Outcome::Accepted, "it measures a camera that is let in");
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            std::hint::black_box(judge(&subject, &bundle.lists));
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let record = judge(&subject, &bundle.lists).record().clone();
    let stored = serde_json::to_string(&(&record, &evidence)).expect("plain data");
    let again = |cameras: usize| -> usize {
        let one = |_| {
            let (record, evidence): (candour_vetting::JudgementRecord, Vec<Evidence>) =
                serde_json::from_str(&stored).expect("our own form");
            let again = judge(&Subject { evidence: &evidence, previous: Some(&record), ..subject }, &bundle.lists);
            std::hint::black_box(serde_json::to_string(&(again.record(), &evidence)).expect("plain data"));
            usize::from(again.outcome() == Outcome::Accepted)
        };
        (0..cameras).map(one).sum()
    };
    let began = Instant::now();
    assert_eq!(again(CAMERAS), CAMERAS);
    let alone = began.elapsed().as_secs_f64();
    // As the program does it.
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let began = Instant::now();
    let accepted: usize = std::thread::scope(|scope| {
        let share = |n: usize| CAMERAS * (n + 1) / processors - CAMERAS * n / processors;
        let shares: Vec<_> = (0..processors).map(|n| scope.spawn(move || again(share(n)))).collect();
        shares.into_iter().map(|share| share.join().expect("no panic")).sum()
    });
    let rejudge = began.elapsed().as_secs_f64();
    assert_eq!(accepted, CAMERAS);
    println!(
        "{}",
        serde_json::json!({
            "judge_us": (times[ROUNDS / 2] * 10.0).round() / 10.0,
            "judge_p99_us": (times[ROUNDS * 99 / 100] * 10.0).round() / 10.0,
            "rejudge_10000_s": (rejudge * 1000.0).round() / 1000.0,
            "rejudge_10000_one_thread_s": (alone * 1000.0).round() / 1000.0,
            "processors": processors,
            "stored_bytes": stored.len(),
            "items": evidence.len(),
        })
    );
}

/// What a camera says in fourteen answers, and how long such answers are.
fn camera() -> Vec<Evidence> {
    let answer = |operation: &str, body: &str| {
        let padding = "<!-- namespaces and fields that nobody asked about -->".repeat(30);
        let raw = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">\
             {padding}<s:Body><r>{body}</r></s:Body></s:Envelope>"
        );
        let form = Form::Onvif { operation: operation.into() };
        let host = HOST.parse().ok();
        Received { form: &form, raw: raw.as_bytes(), host, asked_by_us: true, taken_at: NOW }.evidence()
    };
    let scope = |text: &str| format!("<Scopes><ScopeItem>onvif://www.onvif.org/{text}</ScopeItem></Scopes>");
    let scopes: String = ["name/AXIS%20P3818-PVE", "hardware/P3818-PVE", "Profile/Streaming", "Profile/T", "location/"]
        .map(scope)
        .concat();
    let service =
        |n: usize| format!("<Service><Namespace>n{n}</Namespace><XAddr>http://{HOST}/onvif/services</XAddr></Service>");
    let services: String = (0..12).map(service).collect();
    let mut items = answer(
        "GetDeviceInformation",
        "<Manufacturer>AXIS</Manufacturer><Model>P3818-PVE</Model><FirmwareVersion>11.11.181</FirmwareVersion>\
         <SerialNumber>B8A44FA04F26</SerialNumber><HardwareId>7F2</HardwareId>",
    );
    items.extend(answer("GetScopes", &scopes));
    items.extend(answer("GetServices", &services));
    items.extend(answer(
        "GetNetworkInterfaces",
        "<NetworkInterfaces><Info><HwAddress>B8:A4:4F:A0:4F:26</HwAddress></Info></NetworkInterfaces>",
    ));
    for operation in ["GetCapabilities", "GetEndpointReference", "GetHostname", "GetProfiles", "GetSystemDateAndTime"] {
        items.extend(answer(operation, "<Nothing/>"));
    }
    for profile in 1..=4 {
        let uri = format!("<Uri>rtsp://{HOST}/onvif-media/media.amp?profile=profile_{profile}_h264</Uri>");
        items.extend(answer("GetStreamUri", &uri));
    }
    items.push(Evidence {
        source: Source::NeighbourTable { same_segment: true },
        ..Evidence::answer(Kind::NeighbourMac, "b8:a4:4f:a0:4f:26", "", NOW)
    });
    let paper = Paper {
        declaration: "5a".repeat(32),
        model: None,
        signed_off_by: "Ada Brown".into(),
        second_person: Some("Chris Dean".into()),
        support_until: None,
    };
    items.push(Evidence {
        value: Value::Paper(paper),
        source: Source::Person { name: "Ada Brown".into() },
        ..Evidence::answer(Kind::Declaration, "", "", NOW)
    });
    items
}
