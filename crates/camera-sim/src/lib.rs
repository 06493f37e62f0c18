//! Simulated ONVIF/RTSP cameras for the demo, tests and benches.
//!
//! One program serves any number of cameras on loopback addresses. Each has a main stream and a sub-stream (RTSP through
//! GStreamer's RTSP server, H.264, H.265 or Motion JPEG encoded beforehand and looped, nothing encoded at run time) and an ONVIF device
//! (device, media and media2 services). What a camera says about itself, its credentials, its clock error and its
//! footage come from one TOML file ([`config`]); `examples/demo.toml` is the manual.
//!
//! What a camera can be set to (encoders, privacy masks), and how honestly, stands in [`lens`]; what it pretends to be in
//! [`guise`]; what it shows to those who do not log in (pages, discovery datagrams) in [`outside`].
//!
//! In here: the camera side of the wire, faults on request ([`fault`]), and a journal of what was sent and when
//! ([`journal`]), against which a recorder can be checked. Not in here: discovery by multicast, events, PTZ, sound, RTSP over TLS, and any
//! code shared with the recorder.
//!
//! Tests and benches start the program through [`process`], as a process of its own.
//!
//! How the pieces meet: [`footage`] reads clips into memory; a [`playhead`] says which access unit of a loop is due
//! when (pure); the [`pacer`] thread sleeps until then and hands it to the [`stream`], which pushes it into the RTSP
//! server's pipeline ([`rtsp`]) if somebody watches. [`onvif`] answers SOAP, and `/sim/...` beside it.

pub mod coding;
pub mod config;
pub mod counters;
pub mod door;
pub mod fault;
pub mod footage;
pub mod guise;
pub mod journal;
pub mod lens;
pub mod onboarding;
pub mod onvif;
pub mod outside;
pub mod pacer;
pub mod playhead;
pub mod process;
pub mod program;
pub mod ready;
pub mod rtsp;
pub mod stream;
