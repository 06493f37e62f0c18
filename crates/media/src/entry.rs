//! Reading a sample entry box (ISO/IEC 14496-12 8.5.2, 14496-15 5.4.2 and 8.4.1, 14496-14 5.6).
//!
//! The box is kept byte for byte; what is read here are the facts the other rooms need without decoding.

mod audio;
mod avc;
mod config;

use bytes::Bytes;

use crate::boxes::{Boxes, Found};
use crate::{BoxKind, Codec, MediaError, SampleEntry};
use config::VideoFacts;

/// Fixed fields of `SampleEntry` and `VisualSampleEntry` before the boxes inside.
const VISUAL_FIELDS: usize = 78;
const WIDTH_AT: usize = 24;
const HEIGHT_AT: usize = 26;

impl SampleEntry {
    /// Reads the sample entry box `entry_box` (`avc1`, `hvc1`, `hev1`, `mp4v` and `jpeg` as MJPEG, `mp4a`, `alaw`,
    /// `ulaw`) of a track with `timescale` ticks per second.
    ///
    /// Size and reordering come from the sequence parameter set; when that cannot be read, the size is the box's and
    /// the depth unknown, because a decoder may still manage.
    ///
    /// # Errors
    /// Not exactly one box, a coding we do not record, NAL lengths that are not 4 bytes, or no parameter set.
    pub fn parse(entry_box: &[u8], timescale: u32) -> Result<Self, MediaError> {
        if timescale == 0 {
            return Err(MediaError::ZeroTimescale);
        }
        let mut boxes = Boxes::new(entry_box);
        let found = boxes.next().unwrap_or(Err(MediaError::BoxTruncated {
            kind: BoxKind(*b"????"),
            at: 0,
            declared: 8,
            available: 0,
        }))?;
        let extra = entry_box.len() - found.body_at - found.body.len();
        if extra > 0 {
            return Err(MediaError::BoxTrailing { kind: found.kind, extra });
        }
        let read = match &found.kind.0 {
            b"avc1" => visual(&found, Codec::H264, &config::avc(&found.child(VISUAL_FIELDS, b"avcC")?)?)?,
            b"hvc1" | b"hev1" => visual(&found, Codec::H265, &config::hevc(found.kind, &found)?)?,
            b"mp4v" | b"jpeg" | b"mjpg" => visual(&found, Codec::Mjpeg, &VideoFacts::motion_jpeg())?,
            b"mp4a" => audio::aac(&found)?,
            b"alaw" => audio::companded(&found, Codec::Pcma)?,
            b"ulaw" => audio::companded(&found, Codec::Pcmu)?,
            _ => return Err(MediaError::UnknownEntry { kind: found.kind }),
        };
        Ok(Self { timescale, entry: Bytes::copy_from_slice(entry_box), ..read })
    }
}

fn visual(found: &Found, codec: Codec, facts: &VideoFacts) -> Result<SampleEntry, MediaError> {
    found.bytes(0, VISUAL_FIELDS)?;
    let declared = (found.u16(WIDTH_AT)?, found.u16(HEIGHT_AT)?);
    let (width, height) = facts.size.unwrap_or(declared);
    Ok(SampleEntry {
        codec,
        codec_string: facts.codec_string.clone(),
        width,
        height,
        timescale: 0,
        entry: Bytes::new(),
        decoder_config: Bytes::copy_from_slice(facts.record),
        reorder_depth: facts.reorder_depth,
    })
}

#[cfg(test)]
mod tests;
