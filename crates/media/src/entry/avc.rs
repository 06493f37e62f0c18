//! A sample entry made of parameter sets: for H.264 that was coded here and not by a camera.

use crate::boxes::write_box;
use crate::{MediaError, SampleEntry, h264};

impl SampleEntry {
    /// The `avc1` box (ISO/IEC 14496-15 5.4.2) of a track with that sequence and that picture parameter set (NAL units without start code)
    /// and `timescale` ticks per second.
    ///
    /// # Errors
    /// A parameter set that cannot be read, or is larger than its field.
    pub fn h264(sps: &[u8], pps: &[u8], timescale: u32) -> Result<Self, MediaError> {
        let read = h264::Sps::parse(sps)?;
        let too_long = |len: usize| MediaError::SetTooLong { len };
        let sps_len = u16::try_from(sps.len()).map_err(|_| too_long(sps.len()))?;
        let pps_len = u16::try_from(pps.len()).map_err(|_| too_long(pps.len()))?;
        // What does not fit stands in the parameter set, which is what decoders go by.
        let side = |side: u32| u16::try_from(side).unwrap_or(0).to_be_bytes();
        let mut entry = Vec::with_capacity(128 + sps.len() + pps.len());
        write_box(&mut entry, b"avc1", |out| {
            out.extend_from_slice(&[0; 6]);
            out.extend_from_slice(&1u16.to_be_bytes()); // data reference
            out.extend_from_slice(&[0; 16]);
            out.extend_from_slice(&side(read.width));
            out.extend_from_slice(&side(read.height));
            out.extend_from_slice(&[0, 0x48, 0, 0, 0, 0x48, 0, 0, 0, 0, 0, 0]); // 72 dots per inch, both ways
            out.extend_from_slice(&1u16.to_be_bytes()); // one picture in a sample
            out.extend_from_slice(&[0; 32]); // name of the coder
            out.extend_from_slice(&[0, 0x18, 0xff, 0xff]); // depth, and no colour table
            write_box(out, b"avcC", |out| {
                out.extend_from_slice(&[1, read.profile, read.constraints, read.level, 0xff, 0xe1]);
                out.extend_from_slice(&sps_len.to_be_bytes());
                out.extend_from_slice(sps);
                out.push(1);
                out.extend_from_slice(&pps_len.to_be_bytes());
                out.extend_from_slice(pps);
            });
        });
        Self::parse(&entry, timescale)
    }
}
