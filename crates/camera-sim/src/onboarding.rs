//! The file a recorder can be started with to add these cameras: addresses with the ports that were really taken, and
//! credentials. What they may record for stands in the recorder's policy.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::Serialize;

use crate::config::CameraConfig;

/// The whole file: an array of tables called `camera`.
#[derive(Debug, Default, Serialize)]
pub struct Onboarding {
    camera: Vec<Entry>,
}

/// One camera.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    address: std::net::IpAddr,
    onvif_port: u16,
    user: String,
    password: Revealed,
}

/// A password on its way into the file.
#[derive(Serialize)]
#[serde(transparent)]
struct Revealed(String);

impl std::fmt::Debug for Revealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Revealed(..)")
    }
}

impl Onboarding {
    /// Adds a camera whose ONVIF device answers at `onvif`.
    pub fn add(&mut self, camera: &CameraConfig, onvif: SocketAddr) {
        self.camera.push(Entry {
            name: camera.name.clone(),
            address: onvif.ip(),
            onvif_port: onvif.port(),
            user: camera.user.clone(),
            password: Revealed(camera.password.reveal().to_owned()),
        });
    }

    /// Writes the file, readable by its owner alone because it holds passwords.
    ///
    /// # Errors
    /// What the system said.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let text = toml::to_string(self).map_err(std::io::Error::other)?;
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        // A file that was there before keeps its mode, so it is set again before anything is in it.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())
    }
}
