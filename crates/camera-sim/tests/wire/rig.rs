//! Starting a simulator with a camera file made for one test.

use std::path::{Path, PathBuf};
use std::process::Command;

use camera_sim::journal::SentAccessUnit;
use camera_sim::process::Simulator;
use camera_sim::ready::CameraReady;

/// A simulator with one camera called "Camera", user `viewer`, password `secret`, on free ports.
pub struct Rig {
    pub simulator: Simulator,
    pub directory: tempfile::TempDir,
}

const BASE: &str = r#"
    name = "Camera"
    address = "127.0.0.1"
    make = "Candour Lab"
    model = "Lab <Fixed> & \"1080\""
    firmware = "1.0"
    serial = "L1"
    hardware = "H1"
    mac = "FC:00:0C:00:00:09"
    user = "viewer"
    password = "secret"
    realm = "A camera"
    footage = "pedestrians"
"#;

/// The whole camera file, with `keys` in place of or beside those of [`BASE`].
pub fn camera_file(keys: &str) -> String {
    let mut camera: toml::Table = BASE.parse().expect("the base is TOML");
    camera.extend(keys.parse::<toml::Table>().expect("the keys of the test are TOML"));
    let footage = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage");
    let pair = |name: &str, main: &str, sub: &str| {
        let mut pair = toml::Table::new();
        pair.insert("name".to_owned(), name.into());
        for (clip, file) in [("main", main), ("sub", sub)] {
            pair.insert(clip.to_owned(), footage.join(file).display().to_string().into());
        }
        toml::Value::Table(pair)
    };
    let pairs = vec![
        pair("pedestrians", "pedestrians-main.mp4", "pedestrians-sub.mp4"),
        pair("cars", "cars-main.mp4", "cars-sub.mp4"),
        pair("h265", "cars-h265.mp4", "cars-sub.mp4"),
        pair("jpeg", "cars-jpeg.mov", "cars-jpeg.mov"),
    ];
    let mut file = toml::Table::new();
    file.insert("footage".to_owned(), pairs.into());
    file.insert("camera".to_owned(), vec![toml::Value::Table(camera)].into());
    file.to_string()
}

pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_camera-sim"))
}

impl Rig {
    pub fn start(keys: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let path = directory.path().join("cameras.toml");
        std::fs::write(&path, camera_file(keys)).expect("the temporary directory is ours");
        let (units, contacts) = (directory.path().join("units"), directory.path().join("contacts"));
        let logs = ["--log-access-units", text(&units), "--listen-log", text(&contacts)];
        let simulator = Simulator::start(program(), &path, &logs).unwrap_or_else(|error| panic!("{error}"));
        Self { simulator, directory }
    }

    pub fn camera(&self) -> &CameraReady {
        self.simulator.camera("Camera").expect("the rig has one camera")
    }

    /// The journal of access units so far.
    pub fn journal(&self) -> Vec<SentAccessUnit> {
        let lines = std::fs::read_to_string(self.directory.path().join("units")).expect("the journal exists");
        lines.lines().map(|line| serde_json::from_str(line).expect("whole lines of JSON")).collect()
    }

    /// The journal of contacts so far, as JSON lines.
    pub fn contacts(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("contacts")).expect("the journal exists")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are plain text")
}

/// How `timeout` (coreutils) says that it ended a program.
const TIMED_OUT: i32 = 124;

/// Runs ffprobe on a stream over TCP and returns its standard output, or its message if it failed. A machine without
/// ffprobe fails the test: a stream that nobody else could read has not been tested.
pub fn ffprobe(url: &str, options: &[&str]) -> Result<String, String> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    // Of a stream whose first times it does not understand it waits for the end of an interval for ever. Then it is asked again.
    for _ in 0..3 {
        let output = Command::new("timeout")
            .args(["30", "ffprobe"])
            .args(["-v", "error", "-rtsp_transport", "tcp", "-timeout", "15000000"])
            .args(options)
            .arg(url)
            .output()
            .unwrap_or_else(|error| panic!("cannot run ffprobe ({error}); install it: apt-get install ffmpeg"));
        match output.status.code() {
            Some(0) => return Ok(text(output.stdout)),
            Some(TIMED_OUT) => {}
            _ => return Err(text(output.stderr)),
        }
    }
    Err(format!("ffprobe made nothing of {url} in three times 30 seconds"))
}

/// The address of a stream with credentials in it, as ffprobe takes them.
pub fn with_credentials(url: &str, credentials: &str) -> String {
    url.replacen("rtsp://", &format!("rtsp://{credentials}@"), 1)
}

/// A path that no test creates.
pub fn missing_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("no-such-file.toml")
}
