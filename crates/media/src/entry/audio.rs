//! Audio sample entries: AAC with its elementary stream descriptor, and G.711.

use bytes::Bytes;

use crate::boxes::Found;
use crate::{Codec, MediaError, SampleEntry};

/// Fixed fields of `SampleEntry` and `AudioSampleEntry` before the boxes inside.
const AUDIO_FIELDS: usize = 28;

const ES_DESCRIPTOR: u8 = 3;
const DECODER_CONFIG: u8 = 4;
const DECODER_SPECIFIC: u8 = 5;

fn entry(codec: Codec, codec_string: String, config: &[u8]) -> SampleEntry {
    SampleEntry {
        codec,
        codec_string,
        width: 0,
        height: 0,
        timescale: 0,
        entry: Bytes::new(),
        decoder_config: Bytes::copy_from_slice(config),
        reorder_depth: Some(0),
    }
}

/// G.711 needs no configuration.
pub(super) fn companded(found: &Found, codec: Codec) -> Result<SampleEntry, MediaError> {
    found.bytes(0, AUDIO_FIELDS)?;
    Ok(entry(codec, String::from_utf8_lossy(&found.kind.0).into_owned(), &[]))
}

/// AAC: the audio object type names it, and the `AudioSpecificConfig` configures the decoder.
pub(super) fn aac(found: &Found) -> Result<SampleEntry, MediaError> {
    let esds = found.child(AUDIO_FIELDS, b"esds")?;
    let short = |len: usize| MediaError::BoxTruncated {
        kind: esds.kind,
        at: esds.at,
        declared: len as u64,
        available: esds.body.len(),
    };
    let descriptors = esds.bytes(4, esds.body.len().saturating_sub(4))?;
    let config = specific_config(descriptors).ok_or(short(esds.body.len() + 1))?;
    let object_type = match config.first().ok_or(short(esds.body.len() + 1))? >> 3 {
        // Escaped: six more bits follow (ISO/IEC 14496-3 1.6.2.1).
        31 => match config {
            [first, second, ..] => 32 + ((first & 7) << 3 | second >> 5),
            _ => return Err(short(esds.body.len() + 1)),
        },
        plain => plain,
    };
    Ok(entry(Codec::Aac, format!("mp4a.40.{object_type}"), config))
}

/// Finds the decoder specific info inside the nested descriptors (ISO/IEC 14496-1 7.2.6).
fn specific_config(esds: &[u8]) -> Option<&[u8]> {
    let es = descriptor(esds, ES_DESCRIPTOR)?;
    let flags = *es.get(2)?;
    let depends = if flags & 0x80 == 0 { 0 } else { 2 };
    let url = if flags & 0x40 == 0 { 0 } else { 1 + usize::from(*es.get(3 + depends)?) };
    let clock = if flags & 0x20 == 0 { 0 } else { 2 };
    let decoder = descriptor(es.get(3 + depends + url + clock..)?, DECODER_CONFIG)?;
    descriptor(decoder.get(13..)?, DECODER_SPECIFIC)
}

/// The body of the first descriptor if it has that tag: its length takes up to four bytes of seven bits each.
fn descriptor(data: &[u8], tag: u8) -> Option<&[u8]> {
    let (found, rest) = data.split_first()?;
    let (mut len, mut used) = (0usize, 0);
    for byte in rest.iter().take(4) {
        len = len << 7 | usize::from(byte & 0x7f);
        used += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    (*found == tag).then(|| rest.get(used..)?.get(..len)).flatten()
}
