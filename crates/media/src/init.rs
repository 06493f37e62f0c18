//! The init segment: `ftyp` and a `moov` without samples (ISO/IEC 14496-12 8.2, 8.8).

use mp4_atom::{
    Dinf, Dref, DrefEntry, FourCC, Ftyp, Hdlr, Mdhd, Mvhd, Smhd, Stco, Stsc, Stsz, Stts, Tkhd, Trex, Url, Vmhd,
};

use crate::boxes::{write_atom, write_box};
use crate::{Codec, SampleEntry};

/// The one track of every file we write.
pub(crate) const TRACK_ID: u32 = 1;

/// The init segment of a track with this sample entry, which is put in byte for byte.
///
/// All durations are 0 and there is no `mehd`: the file says it is live, without which Chromium plays it with a delay.
/// Equal entries give equal bytes; no time of writing is in it.
#[must_use]
pub fn init_segment(entry: &SampleEntry) -> Vec<u8> {
    let mut out = Vec::with_capacity(640 + entry.entry.len());
    write_atom(
        &mut out,
        &Ftyp {
            major_brand: FourCC::new(b"iso6"),
            minor_version: 0,
            compatible_brands: vec![FourCC::new(b"iso6"), FourCC::new(b"mp41")],
        },
    );
    write_box(&mut out, b"moov", |out| {
        write_atom(
            out,
            &Mvhd {
                timescale: entry.timescale,
                duration: 0,
                rate: 1.into(),
                volume: 1.into(),
                next_track_id: TRACK_ID + 1,
                ..Mvhd::default()
            },
        );
        write_box(out, b"trak", |out| track(out, entry));
        write_box(out, b"mvex", |out| {
            write_atom(out, &Trex { track_id: TRACK_ID, default_sample_description_index: 1, ..Trex::default() });
        });
    });
    out
}

pub(crate) fn is_video(codec: Codec) -> bool {
    matches!(codec, Codec::H264 | Codec::H265 | Codec::Mjpeg)
}

fn track(out: &mut Vec<u8>, entry: &SampleEntry) {
    let video = is_video(entry.codec);
    write_atom(
        out,
        &Tkhd {
            track_id: TRACK_ID,
            enabled: true,
            in_movie: true,
            volume: u8::from(!video).into(),
            width: entry.width.into(),
            height: entry.height.into(),
            ..Tkhd::default()
        },
    );
    write_box(out, b"mdia", |out| {
        write_atom(out, &Mdhd { timescale: entry.timescale, language: "und".into(), ..Mdhd::default() });
        let (handler, name) = if video { (b"vide", "video") } else { (b"soun", "audio") };
        write_atom(out, &Hdlr { handler: FourCC::new(handler), name: name.into() });
        write_box(out, b"minf", |out| {
            if video {
                write_atom(out, &Vmhd::default());
            } else {
                write_atom(out, &Smhd::default());
            }
            write_atom(out, &Dinf { dref: Dref { entries: vec![DrefEntry::Url(Url::default())] } });
            write_box(out, b"stbl", |out| sample_table(out, &entry.entry));
        });
    });
}

/// The sample table: the entry as it came, and tables without entries, because all samples stand in fragments.
fn sample_table(out: &mut Vec<u8>, entry: &[u8]) {
    write_box(out, b"stsd", |out| {
        out.extend_from_slice(&[0; 4]); // version and flags
        out.extend_from_slice(&1u32.to_be_bytes()); // one entry
        out.extend_from_slice(entry);
    });
    write_atom(out, &Stts::default());
    write_atom(out, &Stsc::default());
    write_atom(out, &Stsz::default());
    write_atom(out, &Stco::default());
}

#[cfg(test)]
mod tests;
