//! Serves simulated ONVIF/RTSP cameras on loopback addresses until it is stopped.
//!
//! Prints one JSON line per camera on standard output when that camera answers, then `{"ready":true}`; see
//! [`camera_sim::ready`].

use camera_sim::program::{self, Options};
use clap::Parser;

fn main() -> anyhow::Result<()> {
    program::run(&Options::parse())
}
