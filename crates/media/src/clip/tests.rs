use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::{Codec, is_sync};

fn footage(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage").join(name);
    std::fs::read(path).expect("the footage is in the repository")
}

/// Coding, size, samples, key frames, last time shown in ticks.
#[track_caller]
fn check(name: &str, codec: Codec, size: (u16, u16), samples: usize, keys: usize, last: i64) {
    let file = footage(name);
    let clip = Clip::read(&file).expect("it is a clip");
    assert_eq!((clip.entry.codec, (clip.entry.width, clip.entry.height)), (codec, size), "{name}");
    assert_eq!(clip.samples.len(), samples, "{name}");
    assert_eq!(clip.samples.iter().filter(|sample| sample.sync).count(), keys, "{name}");
    let first = clip.samples.iter().map(|sample| sample.pts.ticks()).min().expect("there are samples");
    let shown = clip.samples.iter().map(|sample| sample.pts.ticks()).max().expect("there are samples");
    assert_eq!(shown - first, last, "{name}");
    for sample in &clip.samples {
        assert_eq!(is_sync(codec, sample.data(&file)).expect("whole NAL units"), sample.sync, "{name}");
    }
}

#[test]
fn our_footage_is_what_its_readme_says() {
    check("pedestrians-main.mp4", Codec::H264, (1920, 1080), 350, 7, 349 * 3_600);
    check("pedestrians-sub.mp4", Codec::H264, (640, 360), 140, 14, 139 * 9_000);
    check("cars-main.mp4", Codec::H264, (1920, 1080), 300, 6, 299 * 3_600);
    check("cars-h265.mp4", Codec::H265, (1280, 720), 300, 6, 299 * 3_600);
    check("cars-jpeg.mov", Codec::Mjpeg, (640, 360), 10, 10, 9 * 18_000);
}

#[test]
fn what_is_no_clip_is_an_error() {
    assert!(Clip::read(b"").is_err());
    assert!(Clip::read(b"\0\0\0\x08moov").is_err());
    let file = footage("cars-sub.mp4");
    for len in (0..file.len()).step_by(997) {
        assert!(Clip::read(&file[..len]).is_err(), "cut to {len} bytes");
    }
}

/// Four bytes of a table of that kind, so far behind its version and flags.
fn set(file: &mut [u8], kind: &[u8; 4], behind: usize, to: u32) {
    let at = file.windows(4).position(|four| four == kind).expect("it is there") + 8 + behind;
    file[at..at + 4].copy_from_slice(&to.to_be_bytes());
}

#[test]
fn times_beyond_all_clips_are_an_error() {
    let mut file = footage("cars-sub.mp4");
    set(&mut file, b"stts", 8, u32::MAX);
    assert!(Clip::read(&file).is_ok(), "days between two pictures are strange and no harm");
    set(&mut file, b"mdhd", 8, 1);
    let said = Clip::read(&file).expect_err("thousands of years").to_string();
    assert!(said.contains("a time beyond all clips"), "{said}");
}

proptest! {
    /// Changed bytes in the tables: an error, or samples inside the file.
    #[test]
    fn changed_tables_end(changes in proptest::collection::vec((40usize..4_000, any::<u8>()), 1..6)) {
        let mut file = footage("cars-sub.mp4");
        for (at, to) in changes {
            file[at] = to;
        }
        if let Ok(clip) = Clip::read(&file) {
            prop_assert!(clip.samples.iter().all(|sample| sample.at + sample.len <= file.len()));
        }
    }
}
