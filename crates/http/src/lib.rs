//! Sign-in, API, ranges and live sockets; embeds the viewer.
