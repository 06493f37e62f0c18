use proptest::prelude::*;

use super::*;
use crate::boxes::write_box;

const SPS_1080P: &[u8] = &[
    0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00,
    0x00, 0x03, 0x00, 0xc8, 0x3c, 0x60, 0xc6, 0x58,
];

/// A visual sample entry of 640x480 with these boxes inside.
fn visual_entry(kind: &[u8; 4], inside: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write_box(&mut out, kind, |out| {
        let mut fixed = [0; VISUAL_FIELDS];
        fixed[7] = 1;
        fixed[WIDTH_AT..WIDTH_AT + 4].copy_from_slice(&[2, 0x80, 1, 0xe0]);
        out.extend_from_slice(&fixed);
        inside(out);
    });
    out
}

fn avc1(length_size_minus_one: u8, sets: &[&[u8]]) -> Vec<u8> {
    visual_entry(b"avc1", |out| {
        write_box(out, b"avcC", |out| {
            out.extend_from_slice(&[1, 0x64, 0, 0x28, 0xfc | length_size_minus_one, 0xe0 | sets.len() as u8]);
            for set in sets {
                out.extend_from_slice(&(set.len() as u16).to_be_bytes());
                out.extend_from_slice(set);
            }
            out.push(0);
        });
    })
}

fn audio_entry(kind: &[u8; 4], inside: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write_box(&mut out, kind, |out| {
        out.extend_from_slice(&[0; 28]);
        inside(out);
    });
    out
}

fn mp4a(config: &[u8]) -> Vec<u8> {
    audio_entry(b"mp4a", |out| {
        write_box(out, b"esds", |out| {
            out.extend_from_slice(&[0; 4]);
            out.extend_from_slice(&[3, 0x80, 0x80, 0x80, 20 + config.len() as u8, 0, 0, 0]);
            out.extend_from_slice(&[4, 15 + config.len() as u8, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            out.extend_from_slice(&[5, config.len() as u8]);
            out.extend_from_slice(config);
        });
    })
}

#[track_caller]
fn check(entry_box: &[u8], codec: Codec, name: &str, size: (u16, u16), depth: Option<u8>, config_len: usize) {
    let entry = SampleEntry::parse(entry_box, 90_000).expect("well formed");
    assert_eq!((entry.codec, entry.codec_string.as_str()), (codec, name));
    assert_eq!(((entry.width, entry.height), entry.reorder_depth), (size, depth));
    assert_eq!(&entry.entry[..], entry_box, "kept byte for byte");
    assert_eq!((entry.timescale, entry.decoder_config.len()), (90_000, config_len));
}

#[test]
fn reads_what_we_record() {
    check(&avc1(3, &[SPS_1080P]), Codec::H264, "avc1.640028", (1920, 1080), Some(2), 9 + SPS_1080P.len());
    check(&avc1(3, &[b"\x67\x64"]), Codec::H264, "avc1.640028", (640, 480), None, 11);
    check(&visual_entry(b"mp4v", |_| {}), Codec::Mjpeg, "mp4v.6C", (640, 480), Some(0), 0);
    check(&mp4a(&[0x12, 0x10]), Codec::Aac, "mp4a.40.2", (0, 0), Some(0), 2);
    check(&mp4a(&[0xf9, 0x60]), Codec::Aac, "mp4a.40.43", (0, 0), Some(0), 2);
    check(&audio_entry(b"alaw", |_| {}), Codec::Pcma, "alaw", (0, 0), Some(0), 0);
    check(&audio_entry(b"ulaw", |_| {}), Codec::Pcmu, "ulaw", (0, 0), Some(0), 0);
}

#[track_caller]
fn check_refused(entry_box: &[u8], timescale: u32, expected: &str) {
    assert_eq!(SampleEntry::parse(entry_box, timescale).expect_err("must be refused").to_string(), expected);
}

#[test]
fn refuses_with_the_place() {
    let good = avc1(3, &[SPS_1080P]);
    check_refused(&good, 0, "a track of 0 ticks per second has no time");
    check_refused(b"", 90_000, "box '????' at byte 0 claims 8 bytes where 0 are available");
    check_refused(&[&good[..], b"x"].concat(), 90_000, "1 bytes follow box 'avc1', which should be alone");
    check_refused(
        &avc1(3, &[]),
        90_000,
        "box 'avcC' holds no sequence parameter set; the stream cannot be decoded yet",
    );
    check_refused(&avc1(1, &[SPS_1080P]), 90_000, "box 'avcC' says lengthSizeMinusOne = 1; only 3 can be recorded");
    check_refused(&visual_entry(b"avc1", |_| {}), 90_000, "box 'avc1' has no 'avcC' box inside");
    check_refused(&visual_entry(b"hvc1", |_| {}), 90_000, "box 'hvc1' has no 'hvcC' box inside");
    check_refused(
        &visual_entry(b"vp09", |_| {}),
        90_000,
        "sample entry 'vp09' is none we record; choose H.264, H.265, MJPEG, AAC or G.711 on the camera",
    );
    check_refused(&mp4a(&[]), 90_000, "box 'esds' at byte 36 claims 30 bytes where 29 are available");
}

#[test]
fn every_cut_is_refused() {
    for whole in [avc1(3, &[SPS_1080P]), mp4a(&[0x12, 0x10])] {
        assert!((0..whole.len()).all(|len| SampleEntry::parse(&whole[..len], 90_000).is_err()));
    }
}

proptest! {
    /// Damage anywhere but in the outer header, which stays so that the inner parsers are reached.
    #[test]
    fn damage_is_read_or_refused(which in 0usize..3, at in 8usize..200, byte in any::<u8>(), shorten in 0usize..40) {
        let mut data = [avc1(3, &[SPS_1080P]), mp4a(&[0x12, 0x10]), visual_entry(b"hvc1", |out| {
            write_box(out, b"hvcC", |out| {
                out.extend_from_slice(&[1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 120]);
                out.extend_from_slice(&[0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 1, 0xa1, 0, 1, 0, 3, 0x42, 1, 1]);
            });
        })][which].clone();
        let at = 8 + (at - 8) % (data.len() - 8);
        data[at] = byte;
        data.truncate(data.len().saturating_sub(shorten).max(8));
        let len = data.len() as u32;
        data[..4].copy_from_slice(&len.to_be_bytes());
        if let Ok(entry) = SampleEntry::parse(&data, 90_000) {
            prop_assert_eq!(&entry.entry[..], &data[..]);
        }
    }

    #[test]
    fn any_bytes_are_refused(data in proptest::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(SampleEntry::parse(&data, 90_000).is_err());
    }
}
