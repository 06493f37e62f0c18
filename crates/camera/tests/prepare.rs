//! Preparing simulated cameras, over real HTTP on loopback: good ones, poor ones, and ones that lie.

use std::path::Path;

use camera_sim::fault::Fault;
use camera_sim::process::{Simulator, program};
use candour_camera::{
    CameraDemands, CameraError, Caps, Change, DemandedMask, Fit, PicturePoint, Prepared, Preparedness, Secret, Target,
    Transport, prepare,
};
use candour_units::{SeededEntropy, SimClock, WallTime};

/// Simulated cameras, each with keys of its own.
struct Rig {
    simulator: Simulator,
    _directory: tempfile::TempDir,
}

impl Rig {
    /// Cameras by name and keys.
    fn start(cameras: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage");
        let clip = |name: &str| clips.join(name).display().to_string();
        let mut file = format!(
            "[[footage]]\nname = \"cars\"\nmain = {:?}\nsub = {:?}\n[[footage]]\nname = \"jpeg\"\nmain = {:?}\nsub = {:?}\n\
             [[footage]]\nname = \"h265\"\nmain = {:?}\nsub = {:?}\n",
            clip("cars-main.mp4"),
            clip("cars-sub.mp4"),
            clip("cars-jpeg.mov"),
            clip("cars-jpeg.mov"),
            clip("cars-h265.mp4"),
            clip("cars-sub.mp4"),
        );
        for (name, keys) in cameras {
            let footage = if keys.contains("footage =") { "" } else { "footage = \"cars\"\n" };
            file += &format!(
                "[[camera]]\nname = {name:?}\naddress = \"127.0.0.1\"\nmake = \"Candour Lab\"\nmodel = \"Lab\"\nfirmware = \"1\"\n\
                 serial = {name:?}\nhardware = \"1\"\nmac = \"FC:00:0C:00:00:01\"\nuser = \"viewer\"\npassword = \"planted-secret\"\n\
                 {footage}{keys}\n"
            );
        }
        let path = directory.path().join("cameras.toml");
        std::fs::write(&path, file).expect("the temporary directory is ours");
        let simulator = Simulator::start(&program(), &path, &[]).unwrap_or_else(|error| panic!("{error}"));
        Self { simulator, _directory: directory }
    }

    async fn prepare(&self, camera: &str, demands: CameraDemands) -> Result<Preparedness, CameraError> {
        let ready = self.simulator.camera(camera).expect("one of this rig's");
        let target = Target {
            host: ready.address,
            port: ready.onvif_port,
            transport: Transport::Clear,
            user: "viewer".into(),
            password: Secret::new("planted-secret".into()),
            lab: true,
        };
        let clock = SimClock::at(WallTime::from_unix_seconds(1_795_461_180));
        prepare(&target, demands, &clock, &SeededEntropy::new(1)).await
    }

    /// Sizes of the chosen streams, or the sentence of the refusal.
    async fn said(&self, camera: &str, demands: CameraDemands) -> String {
        let outcome = self.prepare(camera, demands).await.unwrap_or_else(|error| panic!("{camera}: {error}"));
        let size = |p: &candour_onvif::Profile| {
            assert!(p.stream.as_deref().is_some_and(|uri| uri.starts_with("rtsp://127.0.0.1:")), "{p:?}");
            format!("{}x{}@{}", p.video.width, p.video.height, p.video.frame_rate)
        };
        match &outcome.kept {
            Ok(Prepared { main, sub, .. }) => {
                std::iter::once(size(main)).chain(sub.as_ref().map(size)).collect::<Vec<_>>().join(", ")
            }
            Err(not) => not.to_string(),
        }
    }

    fn masks(&self, camera: &str) -> usize {
        self.simulator.state(camera).expect("the simulator answers").masks
    }
}

fn caps(across: Option<u32>, rate: Option<u32>) -> CameraDemands {
    CameraDemands { caps: Caps { pixels_across: across, frames_per_second: rate }, ..CameraDemands::default() }
}

/// A triangle at the left of the picture.
fn window() -> CameraDemands {
    let point = |across, down| PicturePoint::new(across, down).expect("inside the picture");
    let polygon = vec![point(0, 1000), point(3000, 1500), point(500, 7000)];
    CameraDemands { masks: vec![DemandedMask { name: "Window of No 4".into(), polygon }], ..CameraDemands::default() }
}

#[tokio::test]
async fn streams_under_the_caps() {
    let rig = Rig::start(&[
        ("good", ""),
        ("old", "lens = { media2 = false, plays = [\"main\", \"main\"] }"),
        ("large", "lens = { plays = [\"main\", \"main\"] }"),
        ("jpeg", "footage = \"jpeg\"\nsub_path = \"/other\""),
        ("h265", "footage = \"h265\""),
        ("ignoring", "lens = { plays = [\"main\", \"main\"], encoder = \"ignores\" }"),
        ("refusing", "lens = { plays = [\"main\", \"main\"], encoder = \"refuses\" }"),
    ]);
    let any = CameraDemands::default;
    assert_eq!(rig.said("good", any()).await, "1920x1080@25, 640x360@10");
    assert_eq!(
        rig.said("good", caps(Some(1280), None)).await,
        "640x360@10",
        "a profile lies under: nothing is asked for"
    );
    assert_eq!(rig.said("h265", caps(Some(1280), Some(25))).await, "1280x720@25, 640x360@10");
    assert_eq!(rig.said("h265", caps(Some(1279), None)).await, "640x360@10");
    assert_eq!(rig.said("jpeg", caps(Some(640), Some(5))).await, "640x360@5");
    // Nothing lies under, so the camera is asked; afterwards it really is set so.
    for camera in ["large", "old"] {
        assert_eq!(rig.said(camera, caps(Some(1280), None)).await, "640x360@10");
        let again = rig.prepare(camera, caps(Some(1280), None)).await.expect("answers");
        assert!(again.changes.is_empty(), "{camera}: {:?}", again.changes);
    }
    assert_eq!(
        rig.said("ignoring", caps(Some(1280), None)).await,
        "the policy allows at most 1280 pixels across; the camera said yes to 640x360, 25 a second, and still says that it \
         sends 1920x1080, 25 a second; it offers 1920x1080, 25 a second; 640x360, 25 a second"
    );
    assert_eq!(
        rig.said("refusing", caps(Some(1280), None)).await,
        "the policy allows at most 1280 pixels across; the camera refused to be set to 640x360, 25 a second (it said \"The \
         parameters are not possible to set\"); it offers 1920x1080, 25 a second; 640x360, 25 a second"
    );
    assert_eq!(
        rig.said("jpeg", caps(Some(320), None)).await,
        "the policy allows at most 320 pixels across; the camera cannot be set so small; it offers 640x360, 5 a second"
    );
}

#[tokio::test]
async fn areas_are_hidden_and_found_hidden_the_next_time() {
    let rig = Rig::start(&[
        ("good", "lens = { forgets_at_reboot = true }"),
        ("rectangles", "lens = { masks = { rectangle_only = true, points = 4 } }"),
    ]);
    let first = rig.prepare("good", window()).await.expect("answers");
    assert_eq!(first.changes, [Change::MaskMade { mask: "Window of No 4".into() }]);
    assert_eq!(first.kept.expect("kept").masks[0].fit, Fit::Exact);
    let second = rig.prepare("good", window()).await.expect("answers");
    assert!(second.changes.is_empty() && second.kept.is_ok(), "{second:?}");
    assert_eq!(rig.masks("good"), 1);
    // A restart that loses it is noticed by the next look, and mended.
    rig.simulator.strike("good", &Fault::Reboot { seconds: 0.0 }).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rig.masks("good"), 0);
    let third = rig.prepare("good", window()).await.expect("answers");
    assert!(third.changes.len() == 1 && third.kept.is_ok(), "{third:?}");
    assert_eq!(rig.masks("good"), 1);

    let more = rig.prepare("rectangles", window()).await.expect("answers");
    assert_eq!(more.kept.expect("kept").masks[0].fit, Fit::Rectangle, "more is hidden, and the answer says so");
    let again = rig.prepare("rectangles", window()).await.expect("answers");
    assert!(again.changes.is_empty(), "{again:?}");
}

#[tokio::test]
async fn an_area_that_is_not_hidden_is_refused_and_nothing_is_left_behind() {
    let lens = |masks: &str| format!("lens = {{ masks = {{ {masks} }} }}");
    let cases = [
        ("none", lens("most = 0"), "the camera offers no masks"),
        ("old", "lens = { media2 = false }".into(), "the camera does not speak ONVIF Media2, which masks are part of"),
        ("ignoring", lens("habit = \"ignores\""), "the camera said yes, and holds no such mask"),
        (
            "refusing",
            lens("habit = \"refuses\""),
            "the camera refused it (it said \"The parameters are not possible to set\")",
        ),
        ("altering", lens("habit = \"alters\""), "the camera said yes, and holds another shape, which hides less"),
        ("off", lens("habit = \"switches_off\""), "the camera said yes, and holds the mask switched off"),
        (
            "blurring",
            lens("types = [\"Blurred\", \"Pixelated\"]"),
            "the camera offers no solid mask, only Blurred, Pixelated, which can be undone in part",
        ),
    ];
    let cameras: Vec<_> = cases.iter().map(|(name, keys, _)| (*name, keys.as_str())).collect();
    let rig = Rig::start(&cameras);
    for (name, _, why) in &cases {
        assert_eq!(
            rig.said(name, window()).await,
            format!("the area \"Window of No 4\" is not hidden: {why}"),
            "{name}"
        );
        assert_eq!(rig.masks(name), 0, "{name}");
        assert_eq!(rig.simulator.state(name).expect("answers").rtsp_connections, 0, "no stream is ever opened");
    }
}

#[tokio::test]
async fn a_camera_that_cannot_be_asked_is_an_error_and_no_answer() {
    let rig = Rig::start(&[("good", "")]);
    let ready = rig.simulator.camera("good").expect("there");
    let target = |port, password: &str| Target {
        host: ready.address,
        port,
        transport: Transport::Clear,
        user: "viewer".into(),
        password: Secret::new(password.into()),
        lab: true,
    };
    let clock = SimClock::at(WallTime::from_unix_seconds(1_795_461_180));
    let ask = async |target: Target| {
        let entropy = SeededEntropy::new(1);
        let asking: std::pin::Pin<Box<dyn Future<Output = _> + Send + '_>> =
            Box::pin(prepare(&target, window(), &clock, &entropy));
        asking.await.map(|_| ()).map_err(|error| error.to_string())
    };
    let wrong = ask(target(ready.onvif_port, "wrong")).await.expect_err("refused");
    assert!(wrong.contains("does not accept this user and password"), "{wrong}");
    let nobody = ask(target(1, "planted-secret")).await.expect_err("nobody");
    assert!(nobody.contains("nothing answers"), "{nobody}");
    assert_eq!(rig.masks("good"), 0);
}
