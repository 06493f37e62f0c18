//! Simulated ONVIF/RTSP cameras for the demo, tests and benches.
fn main() {}
