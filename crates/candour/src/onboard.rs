//! Cameras named in a file at the start: the same path as the page, for sites that keep their estate as code.
//!
//! The file holds camera passwords, so it must be readable by its owner alone. Cameras whose address and port are known
//! already are left as they are.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, bail};
use candour_http::port::NewCamera;
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
    /// Stood here before there were policies.
    purpose: Option<toml::Value>,
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
    if entry.purpose.is_some() {
        bail!(
            "camera {:?}: purposes stand in the policy file now (docs/policy.md); take purpose out of this file and start with \
             --policy FILE",
            entry.name
        );
    }
    Ok(NewCamera {
        name: entry.name,
        address: entry.address,
        onvif_port: entry.onvif_port,
        user: entry.user,
        password: Secret::new(entry.password),
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
    "#;

    #[test]
    fn a_camera_with_its_log_in() {
        let (_directory, path) = write(ONE, 0o600);
        let cameras = read(&path).expect("it parses");
        assert_eq!((cameras.len(), cameras[0].name.as_str()), (1, "Main entrance"));
        assert_eq!((cameras[0].user.as_str(), cameras[0].password.expose()), ("recorder", "a long one"));
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
        let of_before =
            format!("{ONE}purpose = {{ sentence = \"Protect staff.\", owner = \"Facilities\", keep_days = 7 }}\n");
        check_refused(&of_before, 0o600, "stand in the policy file now");
    }
}
