//! RTSP to samples.
