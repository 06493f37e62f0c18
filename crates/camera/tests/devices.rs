//! What comes of asking devices of all sorts.

mod support;

use candour_camera::{CameraError, ErrorKind, choose_streams};
use candour_units::CameraId;
use candour_vetting::{Evidence, Kind, LabList, Lists, Outcome, SiteClass, Subject, judge};
use support::{Device, HOST, ask, http, lab_camera, soap};

fn outcome(evidence: &[Evidence]) -> Outcome {
    let lab = LabList::shipped();
    let subject = Subject {
        camera: CameraId::from_bytes([1; 16]),
        host: HOST,
        evidence,
        site_class: SiteClass::Standard,
        lab: Some(&lab),
        previous: None,
        now: candour_units::WallTime::EPOCH,
    };
    judge(&subject, &Lists::shipped()).outcome()
}

#[tokio::test]
async fn a_lab_camera_is_read_judged_and_accepted() {
    let device = Device::start(|asked| lab_camera(asked, "127.0.0.1:8554")).await;
    let dossier = device.interrogate().await.expect("a dossier");
    assert_eq!(dossier.clock_offset.map(|offset| offset.seconds_floor()), Some(7));
    assert_eq!(dossier.information.as_ref().map(|info| info.manufacturer.as_str()), Some("Candour Lab"));
    let streams = choose_streams(&dossier.profiles).expect("two streams");
    assert_eq!(streams.main.stream_uri.as_deref(), Some("rtsp://127.0.0.1:8554/main"));
    assert_eq!(streams.sub.and_then(|sub| sub.stream_uri).as_deref(), Some("rtsp://127.0.0.1:8554/sub"));
    assert_eq!(outcome(&dossier.evidence), Outcome::Accepted);
    let of = |kind: Kind| dossier.evidence.iter().filter(move |item| item.kind == kind);
    assert!(
        of(Kind::OnvifAnswer).any(|item| String::from_utf8_lossy(&item.raw).contains("<Model>Lab Fixed 1080</Model>"))
    );
    assert_eq!(of(Kind::HttpRealm).next().and_then(Evidence::text), Some("lab"));
    assert!(of(Kind::NeighbourMac).all(|item| item.text().is_none()), "loopback has no neighbours");
}

#[tokio::test]
async fn streams_of_another_host_are_pinned_and_keep_the_camera_out() {
    let device = Device::start(|asked| lab_camera(asked, "169.254.169.254:80")).await;
    let dossier = device.interrogate().await.expect("a dossier");
    assert!(
        dossier
            .profiles
            .iter()
            .all(|p| p.stream_uri.as_deref().is_some_and(|uri| uri.starts_with("rtsp://127.0.0.1:554/")))
    );
    assert_eq!(outcome(&dossier.evidence), Outcome::Quarantined);
}

/// Each failure: what the device does, and the sentence that follows.
#[track_caller]
fn check(error: &CameraError, kind: ErrorKind, sentence: &str) {
    assert_eq!(error.to_string(), sentence);
    assert_eq!(error.kind(), kind);
}

#[tokio::test]
async fn nobody_there() {
    let listener = std::net::TcpListener::bind((HOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let asking = Box::pin(ask(port, true));
    // Services run this on any thread of their runtime.
    let asking: std::pin::Pin<Box<dyn Future<Output = _> + Send>> = asking;
    let error = asking.await.expect_err("nothing listens");
    let sentence =
        format!("nothing answers at 127.0.0.1 port {port}; check the address, the cable and that the camera is on");
    check(&error, ErrorKind::Unavailable, &sentence);
}

#[tokio::test]
async fn a_web_server_is_no_camera() {
    let device = Device::start(|_| http("200 OK", "", "<!DOCTYPE html><html>hello</html>")).await;
    let error = device.interrogate().await.expect_err("no camera");
    let sentence = format!(
        "something answers at 127.0.0.1 port {}, but it is no ONVIF camera; check address and port, or switch ONVIF on in the camera",
        device.port
    );
    check(&error, ErrorKind::InvalidArgument, &sentence);
    let device = Device::start(|_| b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()).await;
    assert!(matches!(device.interrogate().await, Err(CameraError::NotOnvif { .. })));
}

#[tokio::test]
async fn a_wrong_password() {
    let device =
        Device::start(
            |asked| if asked.is("GetSystemDateAndTime") { lab_camera(asked, "") } else { support::challenge() },
        )
        .await;
    let error = device.interrogate().await.expect_err("refused");
    let sentence = "the camera at 127.0.0.1 does not accept this user and password; check both and try again";
    check(&error, ErrorKind::PermissionDenied, sentence);
}

#[tokio::test]
async fn basic_gets_nothing() {
    let device = Device::start(|asked| {
        assert!(!asked.text.to_ascii_lowercase().contains("authorization"), "nothing may be sent");
        http("401 Unauthorized", "WWW-Authenticate: Basic realm=\"cam\"\r\n", "")
    })
    .await;
    assert!(matches!(device.interrogate().await, Err(CameraError::BasicOnly { .. })));
}

#[tokio::test]
async fn a_locked_camera() {
    let device = Device::start(|_| http("503 Service Unavailable", "", "")).await;
    assert!(matches!(device.interrogate().await, Err(CameraError::Busy { .. })));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Device::start(|_| soap("<R/>")).await;
    let location = format!("Location: http://127.0.0.1:{}/\r\n", elsewhere.port);
    let device = Device::start(move |_| http("307 Temporary Redirect", &location, "")).await;
    assert!(matches!(device.interrogate().await, Err(CameraError::NotOnvif { .. })));
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_and_kept_as_evidence() {
    let long = soap(&"x".repeat(3 * 1024 * 1024));
    let device = Device::start(
        move |asked| if asked.is("GetScopes") { long.clone() } else { lab_camera(asked, "127.0.0.1:8554") },
    )
    .await;
    let dossier = device.interrogate().await.expect("a dossier");
    assert_eq!(outcome(&dossier.evidence), Outcome::Quarantined);
    assert!(dossier.evidence.iter().map(|item| item.raw.len()).sum::<usize>() < 5 * 1024 * 1024);
}

#[tokio::test]
async fn loopback_is_for_the_lab() {
    let device = Device::start(|asked| lab_camera(asked, "127.0.0.1:8554")).await;
    let error = ask(device.port, false).await.expect_err("not allowed");
    let sentence = "no camera may have the address 127.0.0.1; give its address on the camera network";
    check(&error, ErrorKind::InvalidArgument, sentence);
    assert_eq!(device.connections(), 0);
}
