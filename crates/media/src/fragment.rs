//! Writing a fragment: `moof` and `mdat` (ISO/IEC 14496-12 8.8.4 to 8.8.12).

use mp4_atom::{Mfhd, Tfdt, Tfhd, Trun, TrunEntry};

use crate::boxes::{write_atom, write_box};
use crate::init::TRACK_ID;

/// `sample_flags` of a sync sample: depends on no other (8.8.3.1).
pub(crate) const SYNC: u32 = 0x0200_0000;
/// `sample_flags` of any other sample: depends on others, is no sync sample.
pub(crate) const NON_SYNC: u32 = 0x0101_0000;

/// What a fragment's table says about one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentSample {
    /// Ticks until the next sample's decode time.
    pub duration: u32,
    /// Bytes of the sample.
    pub size: u32,
    /// Presentation minus decode time in ticks; may be negative.
    pub composition_offset: i32,
    /// Whether decoding can start here.
    pub sync: bool,
}

/// One `moof` and its `mdat`: `samples` in decoding order, the first at `base_decode_time`, their bytes in `data` one
/// after another in any division. Sample numbering inside a fragment follows the given order; `sequence` only has to
/// grow from fragment to fragment of a file.
///
/// # Panics
/// If the bytes of `data` are not as many as the samples say: that is a mistake of the caller.
#[must_use]
pub fn fragment(
    sequence: u32,
    base_decode_time: u64,
    samples: &[FragmentSample],
    data: &[impl AsRef<[u8]>],
) -> Vec<u8> {
    let data_len: u64 = data.iter().map(|part| part.as_ref().len() as u64).sum();
    let said: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();
    assert_eq!(data_len, said, "the samples of a fragment must name exactly its bytes");

    // The table holds the distance to the data, so it is written twice: the first time to learn its length.
    let mut out = Vec::new();
    movie_fragment(&mut out, sequence, base_decode_time, samples, 0);
    let header = media_data_header(data_len);
    let offset = i32::try_from(out.len() + header.len()).expect("a fragment's table is far below 2 GiB");
    out.clear();
    out.reserve_exact(offset as usize + usize::try_from(data_len).expect("the data is in memory already"));
    movie_fragment(&mut out, sequence, base_decode_time, samples, offset);
    out.extend_from_slice(&header);
    data.iter().for_each(|part| out.extend_from_slice(part.as_ref()));
    out
}

fn movie_fragment(out: &mut Vec<u8>, sequence: u32, base: u64, samples: &[FragmentSample], offset: i32) {
    write_box(out, b"moof", |out| {
        write_atom(out, &Mfhd { sequence_number: sequence });
        write_box(out, b"traf", |out| {
            write_atom(out, &Tfhd { track_id: TRACK_ID, default_base_is_moof: true, ..Tfhd::default() });
            write_atom(out, &Tfdt { base_media_decode_time: base });
            let entries: Vec<TrunEntry> = samples.iter().map(entry).collect();
            write_atom(out, &Trun { data_offset: Some(offset), samples: entries.into() });
        });
    });
}

fn entry(sample: &FragmentSample) -> TrunEntry {
    TrunEntry {
        duration: Some(sample.duration),
        size: Some(sample.size),
        flags: Some(if sample.sync { SYNC } else { NON_SYNC }),
        cts: Some(sample.composition_offset.into()),
    }
}

/// The header of an `mdat` with that many bytes inside; the 64-bit form when 32 bits do not hold it.
fn media_data_header(len: u64) -> Vec<u8> {
    match u32::try_from(len + 8) {
        Ok(size) => [&size.to_be_bytes()[..], b"mdat"].concat(),
        Err(_) => [&1u32.to_be_bytes()[..], b"mdat", &(len + 16).to_be_bytes()].concat(),
    }
}

#[cfg(test)]
mod tests;
