//! The lines on standard output by which the program says that cameras answer.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One camera is being served. Printed as one JSON line each, in the order of the file, before `{"ready":true}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameraReady {
    /// Name from the camera file.
    pub name: String,
    /// The loopback address.
    pub address: IpAddr,
    /// Port of the ONVIF device and of `/sim/...`.
    pub onvif_port: u16,
    /// Port of the RTSP server.
    pub rtsp_port: u16,
    /// Address of the device service.
    pub onvif_url: String,
    /// Address of the main stream, without credentials.
    pub main_url: String,
    /// Address of the sub-stream, without credentials.
    pub sub_url: String,
}

/// Every camera is being served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllReady {
    /// Always true.
    pub ready: bool,
}
