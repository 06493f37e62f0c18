//! What a track is made of: one sample entry and its samples.

use bytes::Bytes;
use candour_units::{MediaTime, WallTime};

/// How the samples of a track are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// ITU-T H.264, ISO/IEC 14496-10.
    H264,
    /// ITU-T H.265, ISO/IEC 23008-2.
    H265,
    /// Motion JPEG.
    Mjpeg,
    /// MPEG-4 AAC.
    Aac,
    /// G.711 A-law.
    Pcma,
    /// G.711 mu-law.
    Pcmu,
}

/// What a decoder must know before the first sample: a sample entry box (ISO/IEC 14496-12 8.5.2) and what we read in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleEntry {
    /// The coding.
    pub codec: Codec,
    /// RFC 6381 name, for example `avc1.640028`.
    pub codec_string: String,
    /// Picture size in pixels; zero for audio.
    pub width: u16,
    /// Picture size in pixels; zero for audio.
    pub height: u16,
    /// Ticks per second of every time in the track; 90 000 for video.
    pub timescale: u32,
    /// The whole sample entry box (`avc1`, `hvc1`, ...), size and type included, parameter sets inside.
    pub entry: Bytes,
    /// The decoder configuration record alone (payload of `avcC` or `hvcC`): what WebCodecs calls `description`.
    pub decoder_config: Bytes,
    /// Pictures that may precede a later one in output order, when the stream says so (`max_num_reorder_frames`).
    pub reorder_depth: Option<u8>,
}

/// An access unit once it is in a track: the bytes of one picture and its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// When it is to be shown, in ticks of the track since the run's first sample's decode time (may start above 0).
    pub pts: MediaTime,
    /// When it is to be decoded; strictly increasing within a run.
    pub dts: MediaTime,
    /// Ticks until the next sample's decode time; 0 while unknown.
    pub duration: u32,
    /// Whether decoding can start here (ISO/IEC 14496-12 8.6.2).
    pub sync: bool,
    /// Our clock when its last packet was read; the record of when it happened.
    pub arrival: WallTime,
    /// Packets the network lost between the sample before and this one.
    pub loss_before: u32,
    /// NAL units with 4-byte lengths, no parameter sets, VCL and SEI byte for byte as sent.
    pub data: Bytes,
}
