//! Cameras named in a file at the start: the same path as the page, for sites that keep their estate as code.
//!
//! The file holds camera passwords, so it must be readable by its owner alone. Cameras whose address and port are known
//! already are left as they are.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, bail};
use candour_http::port::{NewCamera, NewPurpose};
use candour_units::WallDuration;
use candour_wire::secret::Secret;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    camera: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    address: IpAddr,
    onvif_port: u16,
    user: String,
    password: String,
    purpose: Option<PurposeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PurposeEntry {
    sentence: String,
    owner: String,
    keep_days: u32,
}

/// Reads the cameras of a file.
///
/// # Errors
/// With the file and the line or field when others can read it, it does not parse, or a value cannot be.
pub fn read(path: &Path) -> anyhow::Result<Vec<NewCamera>> {
    let name = path.display();
    let mode = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{name} holds camera passwords and others can read it: run chmod 600 on it, then start again");
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let file: File = toml::from_str(&text).with_context(|| format!("{name} is not a list of cameras"))?;
    file.camera.into_iter().map(|entry| camera(entry).with_context(|| format!("in {name}"))).collect()
}

fn camera(entry: Entry) -> anyhow::Result<NewCamera> {
    let purpose = entry.purpose.map(|purpose| {
        if !(1..=31).contains(&purpose.keep_days) {
            bail!("camera {:?}: purpose.keep_days must be 1 to 31, not {}", entry.name, purpose.keep_days);
        }
        Ok(NewPurpose {
            sentence: purpose.sentence,
            owner: purpose.owner,
            keep: WallDuration::from_seconds(i64::from(purpose.keep_days) * 86_400),
        })
    });
    Ok(NewCamera {
        name: entry.name,
        address: entry.address,
        onvif_port: entry.onvif_port,
        user: entry.user,
        password: Secret::new(entry.password),
        purpose: purpose.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("cameras.toml");
        std::fs::write(&path, text).expect("the file is written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("its mode is set");
        (directory, path)
    }

    const ONE: &str = r#"
        [[camera]]
        name = "Main entrance"
        address = "127.0.0.11"
        onvif_port = 8000
        user = "recorder"
        password = "a long one"
        purpose = { sentence = "Protect staff at the entrance.", owner = "Facilities", keep_days = 7 }
    "#;

    #[test]
    fn a_camera_with_its_purpose() {
        let (_directory, path) = write(ONE, 0o600);
        let cameras = read(&path).expect("it parses");
        assert_eq!((cameras.len(), cameras[0].name.as_str()), (1, "Main entrance"));
        assert_eq!(cameras[0].purpose.as_ref().map(|p| p.keep), Some(WallDuration::from_seconds(7 * 86_400)));
    }

    #[track_caller]
    fn check_refused(text: &str, mode: u32, expected: &str) {
        let (_directory, path) = write(text, mode);
        let error = read(&path).expect_err("it is refused");
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }

    #[test]
    fn mistakes_are_named() {
        check_refused(ONE, 0o644, "others can read it");
        check_refused(&ONE.replace("onvif_port", "onvif_prt"), 0o600, "onvif_prt");
        check_refused(&ONE.replace("127.0.0.11", "camera.example"), 0o600, "address");
        check_refused(&ONE.replace("keep_days = 7", "keep_days = 700"), 0o600, "keep_days");
    }
}
