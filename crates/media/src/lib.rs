//! NAL units, parameter sets, access units, samples, init segments and fragments: write and read.
//!
//! Pure: bytes in, bytes out. Bytes that came from a camera are bounded and never panic anything.

mod sample;

pub use sample::{Codec, Sample, SampleEntry};
