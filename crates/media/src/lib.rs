//! NAL units, parameter sets, access units, samples, init segments and fragments: write and read.
//!
//! Pure: bytes in, bytes out. Bytes that came from a camera are bounded and never panic anything; what cannot be read
//! comes back as a [`MediaError`] that says where.
//!
//! In here: walking length-prefixed access units ([`nals`]), the parts of parameter sets a recorder needs ([`h264`],
//! [`h265`]), the sample entry ([`SampleEntry`]), decode times for streams that name only presentation times
//! ([`DecodeClock`]), and ISO/IEC 14496-12 writing and reading ([`init_segment`], [`fragment`], [`read_fragment`], [`MovieTables`], [`Clip`]).
//! Not in here: decoding pictures, RTP, sealing, and when a fragment closes.

mod bits;
mod boxes;
mod clip;
mod clock;
mod entry;
mod error;
mod fragment;
pub mod h264;
pub mod h265;
mod init;
mod movie;
mod nal;
pub mod playlist;
mod read;
mod sample;

pub use boxes::BoxKind;
pub use clip::{Clip, ClipSample};
pub use clock::{DecodeClock, Jump, MAX_REORDER, Stamped};
pub use error::MediaError;
pub use fragment::{FragmentSample, fragment};
pub use init::init_segment;
pub use movie::{MovieError, MovieFacts, MovieFront, MovieSample, MovieTables, STORY_UUID};
pub use nal::{Nals, is_sync, nals};
pub use read::{ReadFragment, ReadSample, read_fragment};
pub use sample::{Codec, Sample, SampleEntry};
