//! A small text file for people, scripts and monitoring on the same machine: `name: value` lines, rewritten when
//! something changes and at least every ten seconds, so that its age is a heartbeat. It holds no secret but the one-time
//! set-up token, which it drops once set-up is done; its mode is 0600.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use candour_http::port::CameraNow;
use candour_wire::cameras::CameraState;

/// What the file says beside the cameras.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Where the browser finds the recorder.
    pub address: String,
    /// The one-time token, until set-up is done.
    pub setup_token: Option<String>,
    /// The site CA's certificate, as a file.
    pub ca_certificate: Option<PathBuf>,
    /// Its SHA-256 fingerprint.
    pub ca_fingerprint: Option<String>,
}

/// The file's text.
#[must_use]
pub fn text(standing: &Standing, cameras: &[(String, String, CameraNow)]) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        writeln!(out, "{name}: {}", value.replace(['\n', '\r'], " ")).expect("a string takes every line");
    };
    line("address", &standing.address);
    if let Some(token) = &standing.setup_token {
        line("setup_token", token);
    }
    if let Some(path) = &standing.ca_certificate {
        line("ca_certificate", &path.display().to_string());
    }
    line("ca_fingerprint", standing.ca_fingerprint.as_deref().unwrap_or("(own certificate)"));
    let named = |wanted: &dyn Fn(&(String, String, CameraNow)) -> bool| {
        cameras.iter().filter(|c| wanted(c)).map(|c| c.0.as_str()).collect::<Vec<_>>()
    };
    let recording = named(&|c| c.2.state == CameraState::Recording);
    let refused = named(&|c| c.1 == "refused");
    line("recording", &recording.len().to_string());
    line("recording_names", &recording.join(", "));
    line("refused", &refused.len().to_string());
    line("refused_names", &refused.join(", "));
    for (name, outcome, now) in cameras {
        line("camera", &format!("{name} | {outcome} | {}", now.words));
    }
    out
}

/// Replaces the file.
///
/// # Errors
/// As the disk says; a status that cannot be written stops nothing.
pub fn write(disk: &candour_durable::Disk, path: &Path, text: &str) -> Result<(), candour_durable::DurableError> {
    disk.write_atomically(path, text.as_bytes(), 0o600)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candour_units::WallTime;

    #[test]
    fn says_what_records_and_what_is_refused() {
        let now =
            |state, words: &str| CameraNow { state, words: words.into(), since: WallTime::EPOCH, streams: vec![] };
        let cameras = vec![
            ("Car park".to_owned(), "accepted".to_owned(), now(CameraState::Recording, "Car park is being recorded.")),
            ("Yard".to_owned(), "refused".to_owned(), now(CameraState::NotAccepted, "Yard is refused\nfor ever.")),
        ];
        let standing = Standing {
            address: "https://localhost:8443".into(),
            setup_token: Some("ABCD".into()),
            ca_certificate: None,
            ca_fingerprint: Some("AA:BB".into()),
        };
        assert_eq!(
            text(&standing, &cameras),
            "address: https://localhost:8443\nsetup_token: ABCD\nca_fingerprint: AA:BB\nrecording: 1\n\
             recording_names: Car park\nrefused: 1\nrefused_names: Yard\n\
             camera: Car park | accepted | Car park is being recorded.\ncamera: Yard | refused | Yard is refused for ever.\n"
        );
    }
}
