//! Simulated cameras over real TLS on loopback: met by their key, asked everything, given passwords; some say what is not so.

use std::path::Path;

use camera_sim::process::{Simulator, program};
use candour_camera::{
    CameraError, NotSettled, Secret, Settled, Target, Transport, Why, examine, look_again, offered_transport,
    set_password, which_password,
};
use candour_units::{Hash, SeededEntropy, SimClock, WallTime};
use candour_vetting::{Evidence, Kind};

const OLD: &str = "planted-secret";
const NEW: &str = "Kq7-vWm.2xRb_9Ta";

/// Simulated cameras, each with keys of its own.
struct Rig {
    simulator: Simulator,
    _directory: tempfile::TempDir,
    clock: SimClock,
    entropy: SeededEntropy,
}

impl Rig {
    fn start(cameras: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage");
        let clip = |name: &str| clips.join(name).display().to_string();
        let mut file = format!(
            "[[footage]]\nname = \"cars\"\nmain = {:?}\nsub = {:?}\n",
            clip("cars-main.mp4"),
            clip("cars-sub.mp4")
        );
        for (name, keys) in cameras {
            file += &format!(
                "[[camera]]\nname = {name:?}\naddress = \"127.0.0.1\"\nmake = \"Candour Lab\"\nmodel = \"Lab\"\nfirmware = \"1\"\n\
                 serial = {name:?}\nhardware = \"1\"\nmac = \"FC:00:0C:00:00:01\"\nuser = \"viewer\"\npassword = {OLD:?}\n\
                 footage = \"cars\"\n{keys}\n"
            );
        }
        let path = directory.path().join("cameras.toml");
        std::fs::write(&path, file).expect("the temporary directory is ours");
        let simulator = Simulator::start(&program(), &path, &[]).unwrap_or_else(|error| panic!("{error}"));
        let clock = SimClock::at(WallTime::from_unix_seconds(1_795_461_180));
        Self { simulator, _directory: directory, clock, entropy: SeededEntropy::new(1) }
    }

    async fn transport(&self, camera: &str) -> Transport {
        let ready = self.simulator.camera(camera).expect("one of this rig's");
        offered_transport(ready.address, ready.onvif_port, true).await
    }

    fn target(&self, camera: &str, transport: Transport, password: &str) -> Target {
        let ready = self.simulator.camera(camera).expect("one of this rig's");
        Target {
            host: ready.address,
            port: ready.onvif_port,
            transport,
            user: "viewer".into(),
            password: Secret::new(password.into()),
            lab: true,
        }
    }

    async fn set(&self, camera: &str, transport: Transport) -> Result<Settled, NotSettled> {
        set_password(&self.target(camera, transport, OLD), Secret::new(NEW.into()), &self.clock, &self.entropy).await
    }

    async fn which(&self, camera: &str, transport: Transport) -> Result<Settled, CameraError> {
        which_password(&self.target(camera, transport, OLD), Secret::new(NEW.into()), &self.clock, &self.entropy).await
    }

    async fn look_again(&self, camera: &str, transport: Transport) -> Result<Settled, CameraError> {
        look_again(&self.target(camera, transport, OLD), Secret::new(NEW.into()), &self.clock, &self.entropy).await
    }

    fn requests(&self, camera: &str) -> u64 {
        self.simulator.state(camera).expect("the simulator answers").onvif_requests
    }
}

#[tokio::test]
async fn a_camera_is_known_by_its_key_and_never_asked_in_clear() {
    let rig = Rig::start(&[("secure", "tls = true"), ("clear", "")]);
    assert_eq!(rig.transport("clear").await, Transport::Clear);
    let Transport::Tls { key: Some(key) } = rig.transport("secure").await else { panic!("it speaks TLS") };
    let known = Transport::Tls { key: Some(key) };
    let target = rig.target("secure", known, OLD);
    let dossier = examine(&target, &rig.clock, &rig.entropy, &|_| false).await.expect("itself");
    assert_eq!(dossier.key(), Some(key));
    let said = |kind: Kind| dossier.evidence.iter().find(|item| item.kind == kind).and_then(Evidence::text);
    assert_eq!(said(Kind::TlsKey), Some(key.to_string().as_str()));
    assert_eq!(said(Kind::OnvifManufacturer), Some("Candour Lab"));
    assert!(dossier.profiles.len() == 2 && said(Kind::ForeignServiceAddress).is_none(), "{:?}", dossier.profiles);

    let before = (rig.requests("secure"), rig.requests("clear"));
    let other = Transport::Tls { key: Some(Hash([7; 32])) };
    let asked = examine(&rig.target("secure", other, OLD), &rig.clock, &rig.entropy, &|_| false).await;
    assert!(matches!(asked, Err(CameraError::OtherKey { is: Some(is), .. }) if is == key));
    for transport in [known, Transport::Tls { key: None }] {
        let asked = examine(&rig.target("clear", transport, OLD), &rig.clock, &rig.entropy, &|_| false).await;
        assert!(matches!(asked, Err(CameraError::InClear { .. })));
    }
    let asked = examine(&rig.target("secure", Transport::Clear, OLD), &rig.clock, &rig.entropy, &|_| false).await;
    assert!(matches!(asked, Err(CameraError::NotOnvif { .. })), "in clear there is no camera");
    assert_eq!((rig.requests("secure"), rig.requests("clear")), before, "nobody else is asked anything");
}

#[tokio::test]
async fn passwords_are_believed_when_they_are_proved() {
    let users = |habit: &str| format!("tls = true\nusers = {{ password = {habit:?} }}");
    let habits = ["takes", "refuses", "says_yes", "cuts_off"].map(|habit| (habit, users(habit)));
    let mut cameras: Vec<_> = habits.iter().map(|(name, keys)| (*name, keys.as_str())).collect();
    cameras.extend([("closed", "tls = true"), ("clear", "users = {}")]);
    let rig = Rig::start(&cameras);

    let by_tls = rig.transport("takes").await;
    assert_eq!(rig.set("takes", by_tls).await.expect("an answer"), Settled::New);
    assert_eq!(rig.which("takes", by_tls).await.expect("an answer"), Settled::New);
    let old = rig.target("takes", by_tls, OLD);
    let asked = examine(&old, &rig.clock, &rig.entropy, &|_| false).await;
    assert!(matches!(asked, Err(CameraError::NotAuthorised { .. })), "the old one is void");

    for (camera, why) in [
        ("refuses", Why::Refused("The password does not meet the requirements".into())),
        ("closed", Why::MayNot("The requested action is not supported".into())),
    ] {
        let transport = rig.transport(camera).await;
        assert_eq!(rig.set(camera, transport).await.expect("an answer"), Settled::Old(why), "{camera}");
    }
    let transport = rig.transport("says_yes").await;
    for settled in [
        rig.set("says_yes", transport).await.expect("an answer"),
        rig.which("says_yes", transport).await.expect("an answer"),
    ] {
        assert_eq!(settled, Settled::StillOld, "it may take it yet");
    }
    let transport = rig.transport("cuts_off").await;
    let neither = rig.set("cuts_off", transport).await;
    let refused = |error: &CameraError| matches!(error, CameraError::NotAuthorised { .. });
    assert!(neither.is_err_and(|not| not.asked && refused(&not.error)), "it has one that nobody gave it");
    assert_eq!(rig.simulator.state("cuts_off").expect("answers").logins_failed, 2, "each is proved once");

    let refused = rig.set("clear", Transport::Clear).await;
    assert!(refused.is_err_and(|not| !not.asked && matches!(not.error, CameraError::PasswordInClear { .. })));
    assert_eq!(rig.requests("clear"), 0);
}

#[tokio::test]
async fn a_camera_that_takes_its_password_late_is_found_out() {
    let rig = Rig::start(&[("late", "tls = true\nusers = { password = \"takes_late\" }")]);
    let transport = rig.transport("late").await;
    assert_eq!(rig.set("late", transport).await.expect("an answer"), Settled::StillOld);
    assert_eq!(rig.look_again("late", transport).await.expect("an answer"), Settled::New);
    assert_eq!(
        rig.simulator.state("late").expect("answers").logins_failed,
        2,
        "the new one too early, the old one too late"
    );
}

#[tokio::test]
async fn whether_a_camera_was_asked_at_all_is_known() {
    let rig = Rig::start(&[("takes", "tls = true\nusers = {}")]);
    let other = Transport::Tls { key: Some(Hash([7; 32])) };
    let Err(not) = rig.set("takes", other).await else { panic!("it is another") };
    assert!(!not.asked && matches!(not.error, CameraError::OtherKey { .. }), "{not:?}");
    let transport = rig.transport("takes").await;
    let wrong = rig.target("takes", transport, "another-secret");
    let settled = set_password(&wrong, Secret::new(NEW.into()), &rig.clock, &rig.entropy).await.expect("an answer");
    assert!(matches!(settled, Settled::Old(Why::NotLoggedIn(_))), "{settled:?}");
}
