//! Whole interrogations against devices that are functions.

use candour_onvif::{
    Credentials, HttpAnswer, HttpRequest, Input, Interrogation, MediaVersion, Onboarded, OnvifError, Operation, Output,
    Secret, Testimony, TransportFailure,
};
use candour_units::WallTime;

const NOW: WallTime = WallTime::from_unix_seconds(1_795_461_180);

fn at() -> Onboarded {
    Onboarded { host: "10.20.0.7".parse().expect("an address"), port: 80, tls: false }
}

fn credentials() -> Option<Credentials> {
    Some(Credentials { user: "recorder".into(), password: Secret::new("correct horse".into()) })
}

/// Asks a device until it is over; returns what was sent beside the outcome.
fn interrogate(device: impl FnMut(&HttpRequest) -> Input) -> (Result<Testimony, OnvifError>, Vec<HttpRequest>) {
    interrogate_as(credentials(), device)
}

fn interrogate_as(
    credentials: Option<Credentials>,
    mut device: impl FnMut(&HttpRequest) -> Input,
) -> (Result<Testimony, OnvifError>, Vec<HttpRequest>) {
    let mut machine = Interrogation::new(at(), credentials, [7; 32], NOW);
    let mut sent = Vec::new();
    loop {
        match machine.poll().expect("either a request or the end") {
            Output::Send(request) => {
                let input = device(&request);
                sent.push(request);
                assert!(sent.len() < 100, "the interrogation must end");
                machine.handle(NOW, input);
            }
            Output::Finished(outcome) => {
                assert!(machine.poll().is_none());
                return (*outcome, sent);
            }
        }
    }
}

fn soap(status: u16, body: &str) -> Input {
    let envelope =
        format!("<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body>{body}</e:Body></e:Envelope>");
    Input::Answer(HttpAnswer { status, body: envelope.into_bytes(), ..HttpAnswer::default() })
}

fn fault(status: u16, code: &str) -> Input {
    soap(
        status,
        &format!(
            "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:{code}</e:Value></e:Subcode></e:Code></e:Fault>"
        ),
    )
}

fn challenge(status: u16, header: &str) -> Input {
    Input::Answer(HttpAnswer {
        status,
        challenges: vec![header.into()],
        server: Some("sim/1".into()),
        body: Vec::new(),
    })
}

const DIGEST: &str = "Digest realm=\"cam\", nonce=\"abc\", qop=\"auth\", algorithm=MD5";

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

/// What a well-behaved camera says to each question, ten minutes slow.
fn good(operation: &Operation) -> Input {
    let body = match operation {
        Operation::GetSystemDateAndTime => "<R><SystemDateAndTime><UTCDateTime><Time><Hour>19</Hour><Minute>3</Minute>\
            <Second>0</Second></Time><Date><Year>2026</Year><Month>11</Month><Day>23</Day></Date></UTCDateTime></SystemDateAndTime></R>".into(),
        Operation::GetDeviceInformation => "<R><Manufacturer>Candour Lab</Manufacturer><Model>Lab Fixed 1080</Model>\
            <FirmwareVersion>1.0.0</FirmwareVersion><SerialNumber>LAB-1</SerialNumber><HardwareId>h</HardwareId></R>".into(),
        Operation::GetServices => "<R><Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace><XAddr>http://10.20.0.7:8000/onvif/media</XAddr></Service>\
            <Service><Namespace>http://www.onvif.org/ver20/media/wsdl</Namespace><XAddr>http://192.168.0.90/onvif/media2</XAddr></Service></R>".into(),
        Operation::GetCapabilities => "<R><Capabilities><Media><XAddr>http://10.20.0.7:8000/onvif/media</XAddr></Media></Capabilities></R>".into(),
        Operation::GetNetworkInterfaces => "<R><NetworkInterfaces token='e'><Info><HwAddress>fc-00-0c-00-00-01</HwAddress></Info></NetworkInterfaces></R>".into(),
        Operation::GetEndpointReference => "<R><GUID>urn:uuid:00000000-0000-0000-0000-fc000c000001</GUID></R>".into(),
        Operation::GetHostname => "<R><HostnameInformation><Name>camera-1</Name></HostnameInformation></R>".into(),
        Operation::GetCertificates | Operation::GetUsers => "<R/>".into(),
        Operation::GetScopes => "<R><Scopes><ScopeItem>onvif://www.onvif.org/name/Lab</ScopeItem></Scopes></R>".into(),
        Operation::GetProfiles(MediaVersion::Two) => "<R>".to_owned() + &["main 1920 1080 H265", "sub 640 360 H264"].map(|p| {
            let f: Vec<_> = p.split(' ').collect();
            format!("<Profiles token='{0}'><Name>{0}</Name><Configurations><VideoEncoder GovLength='50'><Encoding>{3}</Encoding>\
                <Resolution><Width>{1}</Width><Height>{2}</Height></Resolution><RateControl><FrameRateLimit>25.0</FrameRateLimit>\
                <BitrateLimit>4096</BitrateLimit></RateControl></VideoEncoder></Configurations></Profiles>", f[0], f[1], f[2], f[3])
        }).concat() + "</R>",
        Operation::GetProfiles(MediaVersion::One) => "<R><Profiles token='p0'><Name>only</Name><VideoEncoderConfiguration><Encoding>H264</Encoding>\
            <Resolution><Width>1280</Width><Height>720</Height></Resolution></VideoEncoderConfiguration></Profiles></R>".into(),
        Operation::GetStreamUri { token, .. } => format!("<R><Uri>rtsp://10.20.0.7:8554/{token}</Uri></R>"),
        other => panic!("an interrogation does not ask {}", other.name()),
    };
    soap(200, &body)
}

/// A camera that wants Digest for everything but the time.
fn with_digest(request: &HttpRequest) -> Input {
    let asks_time = request.operation == Operation::GetSystemDateAndTime;
    if asks_time || header(request, "Authorization").is_some() {
        good(&request.operation)
    } else {
        challenge(401, DIGEST)
    }
}

#[test]
fn a_well_behaved_camera() {
    let (outcome, sent) = interrogate(with_digest);
    let said = outcome.expect("a testimony");
    assert_eq!(said.information.as_ref().map(|i| i.model.as_str()), Some("Lab Fixed 1080"));
    assert_eq!(said.clock.map(|c| c.offset.seconds_floor()), Some(-600));
    assert_eq!(said.hardware_addresses, ["fc-00-0c-00-00-01"]);
    assert_eq!(said.endpoint.as_deref(), Some("urn:uuid:00000000-0000-0000-0000-fc000c000001"));
    assert_eq!(said.hostname.as_deref(), Some("camera-1"));
    let streams: Vec<_> = said
        .profiles
        .iter()
        .map(|p| (p.video.width, p.video.frame_rate, p.video.gop_length, p.stream.as_deref()))
        .collect();
    assert_eq!(
        streams,
        [(1920, 25, 50, Some("rtsp://10.20.0.7:8554/main")), (640, 25, 50, Some("rtsp://10.20.0.7:8554/sub")),]
    );
    // One challenge, answered once and then known; each raw answer is kept.
    assert_eq!(said.answers.len(), sent.len());
    assert_eq!(said.answers.iter().filter(|a| a.status == 401).count(), 1);
    assert!(header(&sent[0], "Authorization").is_none() && header(&sent[1], "Authorization").is_none());
    assert!(sent.iter().all(|r| !r.body.contains("Password") && !r.body.contains("correct horse")));
    // The media service is asked where the device says, as long as that is the device; a foreign address loses its port.
    let ports: Vec<_> = sent
        .iter()
        .filter(|r| matches!(r.operation, Operation::GetProfiles(_)))
        .map(|r| (r.port, r.path.as_str()))
        .collect();
    assert_eq!(ports, [(80, "/onvif/media2"), (8000, "/onvif/media")]);
    assert_eq!(
        said.foreign.iter().map(|f| f.address.as_str()).collect::<Vec<_>>(),
        ["http://192.168.0.90/onvif/media2"]
    );
}

#[test]
fn a_camera_that_checks_the_envelope() {
    let (outcome, sent) = interrogate(|request| match &request.operation {
        Operation::GetSystemDateAndTime => good(&request.operation),
        operation if request.body.contains("PasswordDigest") => good(operation),
        _ => fault(400, "NotAuthorized"),
    });
    assert_eq!(outcome.expect("a testimony").profiles.len(), 2);
    let token = sent.iter().find(|r| r.body.contains("PasswordDigest")).expect("sent after the fault");
    assert!(token.body.contains("<wsu:Created>2026-11-23T19:03:00.000Z</wsu:Created>"), "the device's own time");
    assert!(!token.body.contains("correct horse"));
}

#[test]
fn a_camera_that_does_not_even_tell_the_time() {
    let (outcome, _) = interrogate(|request| {
        if header(request, "Authorization").is_some() {
            good(&request.operation)
        } else if request.operation == Operation::GetSystemDateAndTime {
            fault(400, "NotAuthorized")
        } else {
            challenge(401, DIGEST)
        }
    });
    let said = outcome.expect("a testimony");
    assert!(said.clock.is_some(), "asked again once logged in");
    assert_eq!(said.profiles.len(), 2);
}

#[test]
fn a_nonce_for_every_request() {
    let mut count = 0;
    let mut valid = String::new();
    let (outcome, _) = interrogate(|request| {
        if header(request, "Authorization").is_some_and(|a| a.contains(&format!("nonce=\"{valid}\"")))
            && !valid.is_empty()
        {
            valid.clear();
            return good(&request.operation);
        }
        count += 1;
        valid = format!("n{count}");
        challenge(401, &DIGEST.replace("abc", &valid))
    });
    assert_eq!(outcome.expect("a testimony").profiles.len(), 2);
}

#[track_caller]
fn check_error(
    device: impl FnMut(&HttpRequest) -> Input,
    expected: OnvifError,
    most_requests: usize,
) -> Vec<HttpRequest> {
    let (outcome, sent) = interrogate(device);
    assert_eq!(outcome.expect_err("no testimony"), expected);
    assert!(sent.len() <= most_requests, "{} requests", sent.len());
    sent
}

#[test]
fn each_failure_has_its_own_error() {
    let html = || {
        Input::Answer(HttpAnswer {
            status: 404,
            body: b"<!DOCTYPE html><html>no</html>".to_vec(),
            ..HttpAnswer::default()
        })
    };
    check_error(|_| html(), OnvifError::NotOnvif { status: 404 }, 2);
    check_error(
        |_| Input::Answer(HttpAnswer { status: 200, ..HttpAnswer::default() }),
        OnvifError::NotOnvif { status: 200 },
        2,
    );
    check_error(|_| Input::Failed(TransportFailure::NotHttp), OnvifError::NotOnvif { status: 0 }, 1);
    check_error(|_| Input::Failed(TransportFailure::Unreachable), OnvifError::Unreachable, 1);
    check_error(
        |_| Input::Failed(TransportFailure::TimedOut),
        OnvifError::TimedOut { operation: "GetSystemDateAndTime" },
        1,
    );
    check_error(|_| challenge(503, ""), OnvifError::Busy { status: 503 }, 1);
    // A wrong password: one try each way and no more, for cameras lock accounts.
    let device = |r: &HttpRequest| {
        if r.operation == Operation::GetSystemDateAndTime { good(&r.operation) } else { challenge(401, DIGEST) }
    };
    let sent = check_error(device, OnvifError::NotAuthorised { clock_suspect: true }, 4);
    assert_eq!(sent.iter().filter(|r| header(r, "Authorization").is_some()).count(), 1);
    assert_eq!(sent.iter().filter(|r| r.body.contains("PasswordDigest")).count(), 1);
    // Nobody gave a password.
    let (outcome, sent) = interrogate_as(None, device);
    assert_eq!((outcome, sent.len()), (Err(OnvifError::NotAuthorised { clock_suspect: false }), 2));
}

#[test]
fn no_secret_for_a_downgrade() {
    let sent = check_error(|_| challenge(401, "Basic realm=\"cam\""), OnvifError::BasicOnly, 2);
    let proof = |r: &HttpRequest| header(r, "Authorization").is_some() || r.body.contains("PasswordDigest");
    assert!(!sent.iter().any(proof));
    // Another realm in the middle: not answered.
    let mut answered = 0;
    let sent = check_error(
        |request| {
            answered += usize::from(header(request, "Authorization").is_some());
            if answered > 2 { challenge(401, &DIGEST.replace("cam", "bank")) } else { with_digest(request) }
        },
        OnvifError::RealmChanged,
        12,
    );
    assert!(!sent.iter().any(|r| header(r, "Authorization").is_some_and(|a| a.contains("bank"))));
}

#[test]
fn hostile_answers_are_kept_as_evidence() {
    let bomb = "<!DOCTYPE l [<!ENTITY a 'aaaa'>]><l>&a;</l>";
    let (outcome, _) =
        interrogate(|_| Input::Answer(HttpAnswer { status: 200, body: bomb.into(), ..HttpAnswer::default() }));
    let said = outcome.expect("a testimony to judge");
    assert!(said.information.is_none() && said.profiles.is_empty());
    assert!(!said.unreadable.is_empty());
    assert!(said.answers.iter().all(|answer| answer.body == bomb.as_bytes()));
}

#[test]
fn questions_a_camera_does_not_know_are_no_failure() {
    let (outcome, _) = interrogate(|request| match &request.operation {
        Operation::GetServices | Operation::GetNetworkInterfaces => fault(500, "ActionNotSupported"),
        operation => good(operation),
    });
    let said = outcome.expect("a testimony");
    assert_eq!(said.faults.len(), 2);
    assert_eq!(said.profiles.len(), 1, "media from GetCapabilities");
}

#[test]
fn streams_that_lead_elsewhere_are_pinned_and_told() {
    for named in ["rtsp://10.20.0.9/main", "rtsp://127.0.0.1:22/main", "file:///etc/passwd", "rtsp://camera.local/main"]
    {
        let (outcome, _) = interrogate(|request| match &request.operation {
            Operation::GetStreamUri { .. } => soap(200, &format!("<R><Uri>{named}</Uri></R>")),
            operation => good(operation),
        });
        let said = outcome.expect("a testimony");
        let pinned = |uri: &str| uri.starts_with("rtsp://10.20.0.7:554/");
        assert!(said.profiles.iter().all(|p| p.stream.as_deref().is_none_or(pinned)), "{named}");
        assert!(said.foreign.iter().any(|f| f.address == named), "{named}");
    }
}

mod any_bytes {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn never_panic_and_always_end(
            bodies in prop::collection::vec(prop_oneof![any::<Vec<u8>>(), "(<[a-zRS]{1,9}>|</[a-zRS]{1,9}>|[a-z&;: ]{0,9}){0,20}".prop_map(String::into_bytes)], 1..6),
            status in prop::sample::select(vec![200u16, 400, 401, 404, 500]),
            header in ".{0,80}",
        ) {
            let mut turn = 0;
            let (_, sent) = interrogate(|_| {
                turn += 1;
                let body = bodies[turn % bodies.len()].clone();
                Input::Answer(HttpAnswer { status, challenges: vec![header.clone()], server: Some(header.clone()), body })
            });
            prop_assert!(sent.len() <= 65);
        }

        #[test]
        fn mutated_answers_end_too(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let (_, sent) = interrogate(|request| match with_digest(request) {
                Input::Answer(mut answer) if !answer.body.is_empty() => {
                    let at = at.index(answer.body.len());
                    answer.body[at] = byte;
                    Input::Answer(answer)
                }
                other => other,
            });
            prop_assert!(sent.iter().all(|request| request.path.starts_with('/')));
        }
    }
}

/// Before each connection four requests are enough to know whether it is still the same device.
#[test]
fn a_short_interrogation_asks_who_it_is_and_no_more() {
    let at = Onboarded { host: "10.20.0.7".parse().expect("an address"), port: 80, tls: false };
    let credentials = Credentials { user: "recorder".into(), password: Secret::new("correct horse".into()) };
    let mut asked = Vec::new();
    let mut machine = Interrogation::short(at, Some(credentials), [7; 32], WallTime::from_unix_seconds(1_795_461_180));
    let testimony = loop {
        match machine.poll().expect("every answer was handed in") {
            Output::Send(request) => {
                asked.push(request.operation.name());
                machine.handle(WallTime::from_unix_seconds(1_795_461_180), with_digest(&request));
            }
            Output::Finished(outcome) => break outcome.expect("a testimony"),
        }
    };
    assert_eq!(asked, ["GetSystemDateAndTime", "GetDeviceInformation", "GetDeviceInformation", "GetNetworkInterfaces"]);
    assert_eq!(testimony.hardware_addresses, ["fc-00-0c-00-00-01"]);
    assert!(testimony.profiles.is_empty() && testimony.information.is_some());
}
