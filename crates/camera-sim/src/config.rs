//! The TOML file that says which cameras there are.
//!
//! In: reading, and refusing what cannot be served, with the key that is wrong in the message. Out: acting on it.
//! Unknown keys are refused everywhere, because a misspelt `pasword` would silently test something else.

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::guise::Guise;
use crate::lens::LensConfig;
use crate::onvif::users::UsersConfig;
use crate::outside::OutsideConfig;

/// Everything one run of the simulator serves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The clips there are to choose from.
    pub footage: Vec<FootageConfig>,
    /// The cameras, in the order in which they are announced.
    pub camera: Vec<CameraConfig>,
}

/// A pair of clips of the same scene, named so that cameras can refer to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FootageConfig {
    /// The name cameras use in their `footage` key.
    pub name: String,
    /// MP4 file of the main stream; a relative path is taken from the directory of the TOML file.
    pub main: PathBuf,
    /// MP4 file of the sub-stream, likewise.
    pub sub: PathBuf,
}

/// One camera: where it is, what it says it is, and what it shows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraConfig {
    /// A name for people and journals; unique in the file. Not sent to clients unless a scope repeats it.
    pub name: String,
    /// The address both services listen on: of loopback, unless `wired`.
    pub address: IpAddr,
    /// Whether it stands on a wire of its own, under a private address. Everybody on that wire can make it misbehave.
    #[serde(default)]
    pub wired: bool,
    /// TCP port of the ONVIF device, 0 for any free one.
    #[serde(default)]
    pub onvif_port: u16,
    /// Whether the ONVIF device speaks TLS, with a certificate that it makes when it starts.
    #[serde(default)]
    pub tls: bool,
    /// TCP port of the RTSP server, 0 for any free one.
    #[serde(default)]
    pub rtsp_port: u16,

    /// `Manufacturer` of GetDeviceInformation.
    pub make: String,
    /// `Model` of GetDeviceInformation.
    pub model: String,
    /// `FirmwareVersion` of GetDeviceInformation.
    pub firmware: String,
    /// `SerialNumber` of GetDeviceInformation.
    pub serial: String,
    /// `HardwareId` of GetDeviceInformation.
    pub hardware: String,
    /// `HwAddress` of GetNetworkInterfaces, sent exactly as spelt here (`aa:bb:..`, `aa-bb-..` or `aabb..`).
    pub mac: String,
    /// Scope items of GetScopes, complete URIs.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What GetEndpointReference answers: the first entry to the first question, and so on; the last one stays. More
    /// than one simulates a device that was exchanged. None: the operation is not supported, as on many cameras.
    #[serde(default)]
    pub endpoint_uuid: Vec<String>,
    /// Vendor services listed in GetServices and GetCapabilities.
    #[serde(default)]
    pub extra_services: Vec<ExtraService>,

    /// The only user.
    pub user: String,
    /// The user's password, for ONVIF and RTSP alike.
    pub password: Password,
    /// What it answers about its user; GetUsers and SetUser are not supported if absent.
    #[serde(default)]
    pub users: Option<UsersConfig>,
    /// Realm of the Digest challenges, RTSP and HTTP.
    #[serde(default = "default_realm")]
    pub realm: String,
    /// Whether the HTTP challenge offers SHA-256 beside MD5. Older cameras know MD5 only.
    #[serde(default = "yes")]
    pub digest_sha256: bool,
    /// How far the camera's clock runs ahead of the true time, in seconds; negative when it is behind. Seen in
    /// GetSystemDateAndTime, in the judgement of a UsernameToken's age, and in RTCP sender reports.
    #[serde(default)]
    pub clock_error_s: f64,

    /// Name of the footage pair this camera shows.
    pub footage: String,
    /// Where in the footage the camera starts, in seconds, so that two cameras of one scene differ.
    #[serde(default)]
    pub start_offset_s: f64,
    /// RTSP path of the main stream, with a query if need be.
    #[serde(default = "default_main_path")]
    pub main_path: String,
    /// RTSP path of the sub-stream.
    #[serde(default = "default_sub_path")]
    pub sub_path: String,
    /// RTP timestamp at which a stream begins when its first client comes; random if not given. 4294877296 makes a
    /// stream wrap around after one second.
    #[serde(default)]
    pub rtp_timestamp_start: Option<u32>,
    /// Whether the packets of an access unit are spread over the time until the next one, instead of sent at once.
    #[serde(default)]
    pub packets_singly: bool,
    /// HTTP path of the media service (ver10).
    #[serde(default = "default_media_path")]
    pub media_path: String,
    /// HTTP path of the media2 service (ver20).
    #[serde(default = "default_media2_path")]
    pub media2_path: String,

    /// Whether it has an event service (ONVIF Core 9), over which it claims what `POST /sim/fault` has it claim.
    #[serde(default)]
    pub events: bool,

    /// What it can be set to, and how honestly it takes a setting.
    #[serde(default)]
    pub lens: LensConfig,

    /// What it pretends to be.
    #[serde(default)]
    pub guise: Guise,
    /// What it shows to those who do not log in.
    #[serde(default)]
    pub outside: OutsideConfig,
}

/// A service of the vendor's own, listed beside the standard ones. It answers every call with ActionNotSupported.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraService {
    /// Namespace of the service in GetServices.
    pub namespace: String,
    /// HTTP path.
    pub path: String,
    /// How the service appears in GetCapabilities, under `Extension`; absent there if not given.
    #[serde(default)]
    pub capability: Option<ExtraCapability>,
}

/// A vendor's element in the `Extension` of GetCapabilities; it holds one `XAddr`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraCapability {
    /// Namespace prefix, as vendor tools are known by it.
    pub prefix: String,
    /// Namespace of the element.
    pub namespace: String,
    /// Local name of the element.
    pub element: String,
}

/// A password; it has no readable `Debug`.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// A password that somebody set.
    #[must_use]
    pub const fn new(password: String) -> Self {
        Self(password)
    }

    /// The password itself, for computing digests.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Path of the device service; ONVIF Core fixes it, so it cannot be configured.
pub const DEVICE_PATH: &str = "/onvif/device_service";

fn default_realm() -> String {
    "Camera".to_owned()
}
fn default_main_path() -> String {
    "/main".to_owned()
}
fn default_sub_path() -> String {
    "/sub".to_owned()
}
fn default_media_path() -> String {
    "/onvif/media_service".to_owned()
}
fn default_media2_path() -> String {
    "/onvif/media2_service".to_owned()
}
fn yes() -> bool {
    true
}

/// Why the TOML file cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the camera file {path}; check the path given with --config")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML, or a key is unknown, missing or of the wrong type; the source names line and key.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, key and reason.
        source: Box<toml::de::Error>,
    },
    /// A value that cannot be served.
    #[error("{table} \"{name}\": {key} = {value}: {reason}")]
    Value {
        /// `camera` or `footage`.
        table: &'static str,
        /// Name of the entry.
        name: String,
        /// The key that is wrong.
        key: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it and what would be right.
        reason: &'static str,
    },
    /// There is nothing to serve.
    #[error("the camera file has no [[{table}]]; it needs at least one")]
    Empty {
        /// The table that is missing.
        table: &'static str,
    },
}

impl Config {
    /// Reads and checks the file; relative footage paths become relative to its directory.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let directory = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, path).map(|config| config.with_footage_in(directory))
    }

    /// Reads and checks a text; `path` only names it in messages.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)
            .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })?;
        config.check()?;
        Ok(config)
    }

    fn with_footage_in(mut self, directory: &Path) -> Self {
        for footage in &mut self.footage {
            footage.main = directory.join(&footage.main);
            footage.sub = directory.join(&footage.sub);
        }
        self
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.footage.is_empty() {
            return Err(ConfigError::Empty { table: "footage" });
        }
        if self.camera.is_empty() {
            return Err(ConfigError::Empty { table: "camera" });
        }
        let mut clips = HashSet::new();
        for footage in &self.footage {
            if !clips.insert(footage.name.as_str()) {
                return Err(ConfigError::Value {
                    table: "footage",
                    name: footage.name.clone(),
                    key: "name",
                    value: footage.name.clone(),
                    reason: "this name is used twice",
                });
            }
        }
        let (mut names, mut sockets) = (HashSet::new(), HashSet::new());
        for camera in &self.camera {
            camera.check(&clips)?;
            if !names.insert(camera.name.as_str()) {
                return Err(camera.refuse("name", &camera.name, "this name is used twice"));
            }
            for (key, port) in [("onvif_port", camera.onvif_port), ("rtsp_port", camera.rtsp_port)] {
                if port != 0 && !sockets.insert((camera.address, port)) {
                    return Err(camera.refuse(key, port, "this address and port are used twice"));
                }
            }
        }
        Ok(())
    }
}

impl CameraConfig {
    fn refuse(&self, key: &'static str, value: impl ToString, reason: &'static str) -> ConfigError {
        ConfigError::Value { table: "camera", name: self.name.clone(), key, value: value.to_string(), reason }
    }

    fn check(&self, clips: &HashSet<&str>) -> Result<(), ConfigError> {
        if self.name.is_empty() {
            return Err(self.refuse("name", "\"\"", "must not be empty"));
        }
        let is_private = matches!(self.address, IpAddr::V4(address) if address.is_private());
        if self.wired && !is_private {
            return Err(self.refuse(
                "address",
                self.address,
                "cameras on a wire have private addresses (10.x, 192.168.x)",
            ));
        }
        if !self.wired && !self.address.is_loopback() {
            return Err(self.refuse("address", self.address, "simulated cameras listen on loopback only (127.0.0.x)"));
        }
        if !clips.contains(self.footage.as_str()) {
            return Err(self.refuse("footage", &self.footage, "no [[footage]] has this name"));
        }
        if !is_mac(&self.mac) {
            return Err(self.refuse(
                "mac",
                &self.mac,
                "must be six pairs of hex digits, with ':' or '-' or nothing between",
            ));
        }
        if self.user.is_empty() || self.user.contains([':', '"']) {
            return Err(self.refuse("user", &self.user, "must not be empty or contain ':' or '\"' (HTTP Digest)"));
        }
        if self.password.reveal().is_empty() {
            return Err(self.refuse("password", "\"\"", "must not be empty"));
        }
        if self.realm.contains('"') {
            return Err(self.refuse("realm", &self.realm, "must not contain '\"'"));
        }
        // Beyond this no date can be written; both limits are far outside what a test needs.
        if self.clock_error_s.is_nan() || self.clock_error_s.abs() > 3.0e9 {
            return Err(self.refuse("clock_error_s", self.clock_error_s, "must be a number of seconds, at most 3e9"));
        }
        if !(0.0..=86_400.0).contains(&self.start_offset_s) {
            return Err(self.refuse("start_offset_s", self.start_offset_s, "must be between 0 and 86400 seconds"));
        }
        self.check_paths()
    }

    fn check_paths(&self) -> Result<(), ConfigError> {
        let http = [("media_path", &self.media_path), ("media2_path", &self.media2_path)];
        let extra = self.extra_services.iter().map(|service| ("extra_services.path", &service.path));
        let mut taken = HashSet::from([DEVICE_PATH]);
        for (key, path) in http.into_iter().chain(extra) {
            if !path.starts_with('/') || path.contains(['{', '}', '?', '#']) {
                return Err(self.refuse(key, path, "must begin with '/' and be a plain path"));
            }
            if path.starts_with("/sim/") || !taken.insert(path) {
                return Err(self.refuse(key, path, "this path is already used"));
            }
        }
        for (key, path) in [("main_path", &self.main_path), ("sub_path", &self.sub_path)] {
            if !path.starts_with('/') || path.len() < 2 {
                return Err(self.refuse(key, path, "must begin with '/' and name something"));
            }
        }
        if self.main_path == self.sub_path {
            return Err(self.refuse("sub_path", &self.sub_path, "must differ from main_path"));
        }
        Ok(())
    }
}

fn is_mac(text: &str) -> bool {
    let hex = |pair: &str| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
    let pairs = |separator: char| text.split(separator).count() == 6 && text.split(separator).all(hex);
    pairs(':') || pairs('-') || (text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[footage]]
        name = "square"
        main = "a.mp4"
        sub = "b.mp4"
        [[camera]]
        name = "One"
        address = "127.0.0.2"
        make = "Candour Lab"
        model = "Lab Fixed 1080"
        firmware = "1.0"
        serial = "L1"
        hardware = "1"
        mac = "FC:00:0C:00:00:01"
        user = "viewer"
        password = "secret"
        footage = "square"
    "#;

    /// Replaces one line of the good file (or adds one) and returns the message, empty when accepted.
    fn check(from: &str, to: &str, expected: &str) {
        assert!(from.is_empty() || GOOD.contains(from), "the case changes nothing: {from}");
        let text = if from.is_empty() { format!("{GOOD}\n{to}\n") } else { GOOD.replace(from, to) };
        let message = match Config::parse(&text, Path::new("cameras.toml")) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(message.is_empty(), expected.is_empty(), "{to}: {message}");
        assert!(message.contains(expected), "{to}: {message} lacks {expected}");
    }

    #[test]
    fn what_is_accepted_and_what_is_refused_with_which_key() {
        check("", "", "");
        check("", "clock_error_s = -90", "");
        check("", "clock_error_s = 1.5", "");
        check("", "packets_singly = true", "");
        check("mac = \"FC:00:0C:00:00:01\"", "mac = \"fc-00-0c-00-00-01\"", "");
        check("mac = \"FC:00:0C:00:00:01\"", "mac = \"fc000c000001\"", "");
        check("mac = \"FC:00:0C:00:00:01\"", "mac = \"FC:00:0C\"", "mac = FC:00:0C");
        check("127.0.0.2", "192.168.1.4", "address = 192.168.1.4");
        check("address = \"127.0.0.2\"", "wired = true\naddress = \"192.168.1.4\"", "");
        check("address = \"127.0.0.2\"", "wired = true\naddress = \"8.8.8.8\"", "address = 8.8.8.8");
        check("127.0.0.2", "nowhere", "address");
        check("footage = \"square\"", "footage = \"circle\"", "footage = circle");
        check("password = \"secret\"", "pasword = \"secret\"", "unknown field `pasword`");
        check("make = \"Candour Lab\"", "", "missing field `make`");
        check("", "rtsp_port = 99999", "rtsp_port");
        check("", "onvif_port = 8000\nrtsp_port = 8000", "rtsp_port = 8000");
        check("", "sub_path = \"/main\"", "sub_path = /main");
        check("", "main_path = \"main\"", "main_path = main");
        check("", "media_path = \"/onvif/device_service\"", "media_path");
        check("", "clock_error_s = inf", "clock_error_s");
        check("", "start_offset_s = -1", "start_offset_s");
        check("password = \"secret\"", "password = \"\"", "password");
    }

    #[test]
    fn an_error_and_a_debug_print_never_show_the_password() {
        let config = Config::parse(GOOD, Path::new("cameras.toml")).expect("the good file is good");
        assert!(!format!("{config:?}").contains("secret"));
    }
}
