//! Devices and clients that nobody here wrote: our questions are understood by another's device, and our simulator answers
//! another's client.

use std::net::{IpAddr, Ipv4Addr};

use camera_sim::process::{Simulator, program};
use candour_camera::{CameraError, Dossier, Secret, Target, Transport, choose_streams, examine};
use candour_units::{CameraId, SeededEntropy, SimClock, WallTime};
use candour_vetting::{Evidence, LabList, Lists, Outcome, SiteClass, Subject, judge};
use oxvif::mock::MockServer;
use oxvif::{OnvifClient, OnvifError};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn ask(port: u16, password: &str) -> Result<Dossier, CameraError> {
    let password = Secret::new(password.to_owned());
    let target = Target { host: HOST, port, transport: Transport::Clear, user: "admin".into(), password, lab: true };
    // Its nonces and times are compared with the clock of this machine.
    let clock = SimClock::at(WallTime::from_unix_seconds(1_795_461_180));
    examine(&target, &clock, &SeededEntropy::new(5), &|_| false).await
}

#[tokio::test]
async fn another_ones_device_is_asked_and_is_nobodys() {
    for enforces in [false, true] {
        let device = MockServer::builder().enforce_auth(enforces).start().await.expect("a device");
        let dossier = ask(device.port(), "admin").await.expect("it answers");
        let information = dossier.information.as_ref().expect("it says who it is");
        assert_eq!(information.manufacturer, "oxvif-mock");
        assert!(dossier.clock_offset.is_some());
        let streams = choose_streams(&dossier.profiles).expect("it has streams");
        assert!(streams.main.width > 0 && streams.main.height > 0, "{streams:?}");
        assert!(streams.main.stream_uri.is_some_and(|uri| uri.starts_with("rtsp://127.0.0.1")), "pinned to the device");
        assert_ne!(outcome(&dossier.evidence), Outcome::Accepted, "a maker that nobody knows");
    }
}

#[tokio::test]
async fn another_ones_device_refuses_a_wrong_password() {
    let device = MockServer::builder().enforce_auth(true).start().await.expect("a device");
    let error = ask(device.port(), "wrong").await.expect_err("the password is wrong");
    assert!(matches!(error, CameraError::NotAuthorised { .. }), "{error}");
}

fn outcome(evidence: &[Evidence]) -> Outcome {
    let (lab, now) = (LabList::shipped(), WallTime::EPOCH);
    let camera = CameraId::from_bytes([1; 16]);
    let site_class = SiteClass::Standard;
    let subject = Subject { camera, host: HOST, evidence, site_class, lab: Some(&lab), previous: None, now };
    judge(&subject, &Lists::shipped()).outcome()
}

/// The demo's first camera, as another's client sees it.
const CAMERA: &str = r#"
[[footage]]
name = "cars"
main = "MAIN"
sub = "SUB"
[[camera]]
name = "Lab"
address = "127.0.0.1"
make = "Candour Lab"
model = "Lab Fixed 1080"
firmware = "1.4.2"
serial = "FC000C000001"
hardware = "1.0"
mac = "FC:00:0C:00:00:01"
scopes = ["onvif://www.onvif.org/name/Lab"]
user = "viewer"
password = "planted-secret"
footage = "cars"
"#;

#[tokio::test]
async fn our_simulator_answers_another_ones_client() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let clips = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage");
    let clip = |name: &str| clips.join(name).display().to_string();
    let file = CAMERA.replace("MAIN", &clip("cars-main.mp4")).replace("SUB", &clip("cars-sub.mp4"));
    let path = directory.path().join("cameras.toml");
    std::fs::write(&path, file).expect("the temporary directory is ours");
    let simulator = Simulator::start(&program(), &path, &[]).expect("the simulator starts");
    let ready = simulator.camera("Lab").expect("it is there");

    let client = OnvifClient::new(&ready.onvif_url).with_credentials("viewer", "planted-secret");
    let information = client.get_device_info().await.expect("who it is");
    assert_eq!((information.manufacturer.as_str(), information.model.as_str()), ("Candour Lab", "Lab Fixed 1080"));
    assert_eq!(client.get_scopes().await.expect("its scopes"), ["onvif://www.onvif.org/name/Lab"]);
    let interfaces = client.get_network_interfaces().await.expect("its interfaces");
    assert!(format!("{interfaces:?}").contains("FC:00:0C:00:00:01"), "{interfaces:?}");
    let services = client.get_services().await.expect("its services");
    let media = services.iter().find(|service| service.namespace.ends_with("ver10/media/wsdl")).expect("media");
    let profiles = client.get_profiles(&media.url).await.expect("its profiles");
    assert_eq!(profiles.len(), 2, "{profiles:?}");
    let stream = client.get_stream_uri(&media.url, &profiles[0].token).await.expect("a stream");
    assert_eq!(stream.uri, ready.main_url);

    let stranger = OnvifClient::new(&ready.onvif_url).with_credentials("viewer", "wrong");
    let refused: Result<_, OnvifError> = stranger.get_device_info().await;
    assert!(refused.is_err(), "a wrong password is refused");
}
