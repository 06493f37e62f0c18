use bytes::Bytes;
use mp4_atom::{Decode, Moov};

use super::*;

fn entry(codec: Codec, entry: &'static [u8]) -> SampleEntry {
    SampleEntry {
        codec,
        codec_string: String::new(),
        width: 1920,
        height: 1080,
        timescale: 90_000,
        entry: Bytes::from_static(entry),
        decoder_config: Bytes::new(),
        reorder_depth: None,
    }
}

fn position(data: &[u8], part: &[u8]) -> Option<usize> {
    data.windows(part.len()).position(|window| window == part)
}

#[test]
fn the_entry_is_inside_byte_for_byte_and_the_rest_is_live() {
    let raw = b"\0\0\0\x0cxxxx\x01\x02\x03\x04";
    let init = init_segment(&entry(Codec::H264, raw));
    let at = position(&init, raw).expect("the entry is there");
    assert_eq!(&init[at - 16..at], b"\0\0\0\x1cstsd\0\0\0\0\0\0\0\x01");
    assert!(position(&init, b"mehd").is_none());

    let mut moov = &init[position(&init, b"moov").expect("there is one") - 4..];
    let moov = Moov::decode(&mut moov).expect("an independent reader takes it");
    assert_eq!((moov.mvhd.duration, moov.mvhd.timescale, moov.mvhd.next_track_id), (0, 90_000, 2));
    let track = &moov.trak[0];
    assert_eq!((track.tkhd.width.integer(), track.tkhd.height.integer(), track.tkhd.duration), (1920, 1080, 0));
    assert_eq!((track.mdia.mdhd.duration, track.mdia.mdhd.language.as_str()), (0, "und"));
    assert_eq!(&track.mdia.hdlr.handler.to_string(), "vide");
    assert!(track.mdia.minf.vmhd.is_some() && track.mdia.minf.smhd.is_none());
    assert_eq!(moov.mvex.expect("fragments follow").trex[0].track_id, TRACK_ID);
}

#[test]
fn audio_has_a_sound_header() {
    let init = init_segment(&entry(Codec::Pcma, b"\0\0\0\x08alaw"));
    assert!(position(&init, b"soun").is_some() && position(&init, b"smhd").is_some());
    assert!(position(&init, b"vide").is_none() && position(&init, b"vmhd").is_none());
}
