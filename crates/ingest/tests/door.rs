//! From outside: a stream is opened with the gate's token, at the token's own address, or not at all.

use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use candour_ingest::{Credentials, LaneConfig, Lanes, Limits, Sink, Source, SourceError};
use candour_media::{Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{CameraId, SimClock, StreamKind, WallTime};
use candour_vetting::{AcceptedCamera, Evidence, Kind, LabList, Lists, SiteClass, Subject, judge};

/// A lab camera at that address, judged and accepted.
fn accepted(host: IpAddr) -> AcceptedCamera {
    let answers = [
        (Kind::OnvifManufacturer, "Candour Lab"),
        (Kind::OnvifModel, "Lab Fixed 1080"),
        (Kind::OnvifFirmware, "1.0.0"),
        (Kind::OnvifSerial, "LAB-0001"),
        (Kind::OnvifHwAddress, "FC:00:0C:00:00:01"),
        (Kind::OnvifScope, "onvif://www.onvif.org/name/Lab"),
    ];
    let evidence = answers.map(|(kind, text)| Evidence::answer(kind, text, "test", WallTime::EPOCH));
    let lab = LabList::shipped();
    let subject = Subject {
        camera: CameraId::from_bytes([1; 16]),
        host,
        evidence: &evidence,
        site_class: SiteClass::Standard,
        lab: Some(&lab),
        previous: None,
        now: WallTime::EPOCH,
    };
    judge(&subject, &Lists::shipped()).acceptance().expect("the lab list accepts it")
}

/// Hears of ends only.
struct Ends(Mutex<mpsc::Sender<(GapCause, String)>>);

impl Sink for Ends {
    fn run_started(&self, _: SampleEntry, _: ClockEvidence, _: WallTime) {}
    fn sample(&self, _: Arc<Sample>) {}
    fn entry_changed(&self, _: SampleEntry) {}
    fn run_ended(&self, cause: GapCause, _: WallTime, detail: &str) {
        // The test may have heard enough.
        let _ = self.0.lock().expect("nothing panics here").send((cause, detail.to_owned()));
    }
}

#[test]
fn only_the_accepted_address_is_connected_to() {
    let listen = |host: &str| {
        let listener = TcpListener::bind((host, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket of ours");
        listener
    };
    let (camera, elsewhere) = (listen("127.0.0.1"), listen("127.0.0.2"));
    let address = |listener: &TcpListener| listener.local_addr().expect("bound");
    let lanes = Lanes::start(LaneConfig::default(), Arc::new(SimClock::at(WallTime::from_unix_seconds(1_795_461_180))));
    let (sender, ends) = mpsc::channel();
    let sink = Arc::new(Ends(Mutex::new(sender)));
    let add = |uri: String| {
        let source = Source {
            accepted: accepted(address(&camera).ip()),
            uri,
            credentials: Some(Credentials { username: "viewer".into(), password: "secret".into() }),
            kind: StreamKind::Main,
            label: "door".into(),
            limits: Limits::NONE,
            clearance: None,
        };
        lanes.add(source, sink.clone())
    };
    for uri in [
        format!("rtsp://{}/main", address(&elsewhere)),
        format!("rtsp://localhost:{}/main", address(&camera).port()),
        format!("rtsp://viewer:secret@{}/main", address(&camera)),
        format!("rtsps://{}/main", address(&camera)),
        format!("http://{}/main", address(&camera)),
    ] {
        let refused = add(uri.clone()).err().unwrap_or_else(|| panic!("{uri} was taken"));
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
    let refused = add(format!("rtsp://{}/main", address(&elsewhere))).err();
    assert!(matches!(refused, Some(SourceError::OtherHost { .. })));

    let handle = add(format!("rtsp://{}/main", address(&camera))).expect("its own address");
    let connection = (0..200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(25));
        camera.accept().ok()
    });
    drop(connection.expect("the accepted address is connected to"));
    let (cause, detail) = ends.recv_timeout(Duration::from_secs(20)).expect("the camera hung up");
    assert_eq!(cause, GapCause::CameraLost, "{detail}");
    drop(handle);
    lanes.stop();
    assert!(elsewhere.accept().is_err(), "a packet went to another host");
}
