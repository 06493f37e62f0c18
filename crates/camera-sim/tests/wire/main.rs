//! The simulator as its clients see it: the program is started, and everything goes over the wire.
//!
//! Real time passes here, because a camera paces itself by the real clock; each test takes a few seconds and no longer.

mod command_line;
mod faults;
mod lens;
mod onvif;
mod rig;
mod rtsp;
mod streams;
