//! Decoder configuration records: `avcC` (ISO/IEC 14496-15 5.3.3.1) and `hvcC` (8.3.3.1).

use std::fmt::Write;

use crate::boxes::Found;
use crate::{BoxKind, MediaError, h264, h265};

use super::VISUAL_FIELDS;

/// What a record says about its video.
pub(super) struct VideoFacts<'a> {
    pub(super) codec_string: String,
    /// Pixels, when the parameter set could be read and they fit.
    pub(super) size: Option<(u16, u16)>,
    pub(super) reorder_depth: Option<u8>,
    pub(super) record: &'a [u8],
}

impl VideoFacts<'static> {
    /// Motion JPEG has no record; RFC 6381 names it by its object type indication.
    pub(super) fn motion_jpeg() -> Self {
        Self { codec_string: "mp4v.6C".to_owned(), size: None, reorder_depth: Some(0), record: &[] }
    }
}

/// Parameter sets in a record: 16-bit lengths, one after another.
struct Sets<'a, 'b> {
    found: &'b Found<'a>,
    at: usize,
}

impl<'a> Sets<'a, '_> {
    fn u8(&mut self) -> Result<u8, MediaError> {
        let [value] = self.found.array(self.at)?;
        self.at += 1;
        Ok(value)
    }

    fn u16(&mut self) -> Result<u16, MediaError> {
        let value = self.found.u16(self.at)?;
        self.at += 2;
        Ok(value)
    }

    fn set(&mut self) -> Result<&'a [u8], MediaError> {
        let len = usize::from(self.u16()?);
        let set = self.found.bytes(self.at, len)?;
        self.at += len;
        Ok(set)
    }
}

fn expect(found: &Found, field: &'static str, value: u8, expected: u8) -> Result<(), MediaError> {
    if value == expected {
        return Ok(());
    }
    Err(MediaError::ConfigUnsupported { kind: found.kind, field, value, expected })
}

fn size(width: u32, height: u32) -> Option<(u16, u16)> {
    Some((u16::try_from(width).ok()?, u16::try_from(height).ok()?))
}

/// Reads `avcC`. Every parameter set in it is walked, so that a truncated record is found here and not by a player.
pub(super) fn avc<'a>(found: &Found<'a>) -> Result<VideoFacts<'a>, MediaError> {
    let [version, profile, compatibility, level, lengths, sps_count] = found.array(0)?;
    expect(found, "configurationVersion", version, 1)?;
    expect(found, "lengthSizeMinusOne", lengths & 3, 3)?;
    let mut sets = Sets { found, at: 6 };
    let mut first = None;
    for _ in 0..sps_count & 0x1f {
        let sps = sets.set()?;
        first.get_or_insert(sps);
    }
    let sps = first.ok_or(MediaError::NoParameterSet { kind: found.kind })?;
    for _ in 0..sets.u8()? {
        sets.set()?;
    }
    let sps = h264::Sps::parse(sps).ok();
    Ok(VideoFacts {
        codec_string: format!("avc1.{profile:02x}{compatibility:02x}{level:02x}"),
        size: sps.as_ref().and_then(|sps| size(sps.width, sps.height)),
        reorder_depth: sps.as_ref().and_then(h264::Sps::reorder_depth),
        record: found.body,
    })
}

/// Reads `hvcC` inside the sample entry; `hev1` may have its parameter sets in the samples alone.
pub(super) fn hevc<'a>(entry: BoxKind, found: &Found<'a>) -> Result<VideoFacts<'a>, MediaError> {
    let found = &found.child(VISUAL_FIELDS, b"hvcC")?;
    let general: [u8; 13] = found.array(0)?;
    expect(found, "configurationVersion", general[0], 1)?;
    let mut sets = Sets { found, at: 21 };
    expect(found, "lengthSizeMinusOne", sets.u8()? & 3, 3)?;
    let mut sps = None;
    for _ in 0..sets.u8()? {
        let array_type = sets.u8()? & 0x3f;
        for _ in 0..sets.u16()? {
            let set = sets.set()?;
            if array_type == 33 {
                sps.get_or_insert(set);
            }
        }
    }
    if sps.is_none() && entry.0 == *b"hvc1" {
        return Err(MediaError::NoParameterSet { kind: found.kind });
    }
    let sps = sps.and_then(|sps| h265::Sps::parse(sps).ok());
    Ok(VideoFacts {
        codec_string: hevc_codec_string(entry, &general),
        size: sps.as_ref().and_then(|sps| size(sps.width, sps.height)),
        reorder_depth: sps.as_ref().map(|sps| sps.max_num_reorder_pics),
        record: found.body,
    })
}

/// ISO/IEC 14496-15 annex E.3: profile space and profile, compatibility flags in reverse bit order, tier and level,
/// then the constraint bytes without trailing zeros. `general` are the first 13 bytes of the record.
fn hevc_codec_string(entry: BoxKind, general: &[u8; 13]) -> String {
    let [_, profile, c0, c1, c2, c3, constraints @ .., level] = *general;
    let space = ["", "A", "B", "C"][usize::from(profile >> 6)];
    let tier = if profile & 0x20 == 0 { 'L' } else { 'H' };
    let compatibility = u32::from_be_bytes([c0, c1, c2, c3]).reverse_bits();
    let mut text = format!("{}.{space}{}.{compatibility:X}.{tier}{level}", entry.0.escape_ascii(), profile & 0x1f);
    let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        write!(text, ".{byte:X}").expect("writing to a string cannot fail");
    }
    text
}
