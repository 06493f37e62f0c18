//! The door: sign-in, the JSON interface, ranges of footage and live sockets; embeds the viewer. axum is named nowhere else.

pub mod port;
