//! Looking for cameras on a network that somebody typed in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cameras::Reason;

/// `POST /api/v1/camera-search`: begins a search; one at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartSearch {
    /// `10.0.20.0/24`, `10.0.20.10-10.0.20.80` or one address: at most 1 024 addresses of a private network.
    pub range: String,
    /// The port that is tried where a device does not name its own; 80 if absent.
    pub onvif_port: Option<u16>,
}

/// `GET /api/v1/camera-search`: the search that goes on, or the last one since the recorder started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CameraSearch {
    /// The first and the last address.
    pub range: String,
    /// How many addresses there are.
    pub addresses: u32,
    /// How many of them have been looked at.
    pub looked_at: u32,
    /// Who began it.
    pub by: String,
    /// When it began.
    pub began_90k: i64,
    /// When it ended; absent while it goes on.
    pub ended_90k: Option<i64>,
    /// Whether somebody ended it before it was through.
    pub stopped: bool,
    /// Who answered, by address.
    pub found: Vec<FoundDevice>,
}

/// `GET /api/v1/camera-search`, before and after the first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchState {
    /// None since the recorder started.
    pub search: Option<CameraSearch>,
}

/// A device that answered. Nobody has logged in to it, so it can be refused by now and never accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundDevice {
    /// Where.
    pub address: String,
    /// The port of its ONVIF service, as far as it is known.
    pub onvif_port: u16,
    /// What it calls itself, in its own words made harmless; may be empty.
    pub says: Vec<String>,
    /// What it shows refuses it already.
    pub refused: bool,
    /// The strongest reasons so far; none where it has shown nothing that counts.
    pub reasons: Vec<Reason>,
    /// The camera that has this address already.
    pub camera: Option<String>,
    /// Its name.
    pub camera_name: Option<String>,
}
