//! The program refuses what it cannot serve, in a sentence that names the place; the demo's file is good.

use std::path::Path;
use std::process::Command;

use camera_sim::config::Config;
use camera_sim::process::Simulator;

use crate::rig::{camera_file, missing_file, program};

/// Starts the program with a file of this text and expects it to end with `expected` on standard error.
fn check(text: &str, expected: &str) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let path = directory.path().join("cameras.toml");
    std::fs::write(&path, text).expect("the temporary directory is ours");
    check_file(&path, expected);
}

fn check_file(path: &Path, expected: &str) {
    let output = Command::new(program())
        .arg("--config")
        .arg(path)
        .arg("--until-stdin-closes")
        .output()
        .expect("cargo built the program");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && message.contains(expected), "{message} lacks {expected}");
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn bad_files_are_refused_by_name() {
    check_file(&missing_file(), "no-such-file.toml");
    check("camera = 3", "cameras.toml");
    check(&camera_file("pasword = 'x'"), "unknown field `pasword`");
    check(&camera_file("mac = 'FC:00'"), "mac = FC:00");
    check(&camera_file("address = '192.0.2.1'"), "address = 192.0.2.1");
    check(&camera_file("").replace("cars-sub.mp4", "buses-sub.mp4"), "buses-sub.mp4");
    check(
        &camera_file("").replace("cars-sub.mp4", "README.md"),
        "README.md: the file ends inside a box; make it again",
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("it is bound").port();
    check(&camera_file(&format!("rtsp_port = {port}")), "choose another rtsp_port");
    check(&camera_file(&format!("onvif_port = {port}")), "choose another onvif_port");
}

#[test]
fn the_demo_file_has_four_lab_cameras_and_two_to_refuse() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo.toml");
    let config = Config::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let makes: Vec<_> = config.camera.iter().map(|camera| camera.make.as_str()).collect();
    assert_eq!(makes, ["Candour Lab", "Candour Lab", "Candour Lab", "Candour Lab", "HIKVISION", "Amcrest"]);
    assert!(config.camera[..4].iter().all(|camera| camera.mac.starts_with("FC:00:0C:")));
    for footage in &config.footage {
        assert!(footage.main.is_file() && footage.sub.is_file(), "{}", footage.name);
    }
}

#[test]
fn the_onboarding_file_names_real_ports_and_is_private() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let (cameras, onboarding) = (directory.path().join("cameras.toml"), directory.path().join("onboarding.toml"));
    std::fs::write(&cameras, camera_file("")).expect("the temporary directory is ours");
    std::fs::write(&onboarding, "an older one, readable by all").expect("the temporary directory is ours");
    let path = onboarding.to_str().expect("temporary paths are plain text");
    let simulator = Simulator::start(program(), &cameras, &["--onboarding", path]).unwrap_or_else(|e| panic!("{e}"));

    let file: toml::Table = std::fs::read_to_string(path).expect("it is written").parse().expect("it is TOML");
    let expected: toml::Table = format!(
        "[[camera]]\nname = 'Camera'\naddress = '127.0.0.1'\nonvif_port = {}\nuser = 'viewer'\npassword = 'secret'",
        simulator.cameras()[0].onvif_port
    )
    .parse()
    .expect("the expectation is TOML");
    assert_eq!(file, expected);
    let mode = std::fs::metadata(path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
