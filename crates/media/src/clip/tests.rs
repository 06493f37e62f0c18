use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::{Codec, FragmentSample, fragment, init_segment, is_sync};

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

/// The samples of a clip in fragments of so many, as cameras and browsers write them; 25 in a second.
fn in_fragments(name: &str, many: usize) -> (Vec<u8>, Vec<u8>, Clip) {
    let file = footage(name);
    let clip = Clip::read(&file).expect("it is a clip");
    let mut out = init_segment(&clip.entry);
    for (number, of) in clip.samples.chunks(many).enumerate() {
        let start = (number * many) as i64 * 3_600;
        let described = (0i64..).zip(of).map(|(at, sample)| FragmentSample {
            duration: 3_600,
            size: sample.len as u32,
            composition_offset: (sample.pts.ticks() - start - at * 3_600) as i32,
            sync: sample.sync,
        });
        let described: Vec<_> = described.collect();
        let data: Vec<&[u8]> = of.iter().map(|sample| sample.data(&file)).collect();
        out.extend(fragment(number as u32 + 1, start as u64, &described, &data));
    }
    (out, file, clip)
}

#[test]
fn a_file_in_fragments_is_the_same_clip() {
    for many in [1, 7, 1_000] {
        let (cut, file, clip) = in_fragments("cars-main.mp4", many);
        let again = Clip::read(&cut).expect("it is a clip");
        let told = |of: &Clip, file: &[u8]| -> Vec<(i64, bool, Vec<u8>)> {
            of.samples.iter().map(|one| (one.pts.ticks(), one.sync, one.data(file).to_vec())).collect()
        };
        assert!(told(&again, &cut) == told(&clip, &file), "fragments of {many}");
    }
}

#[test]
fn a_file_whose_fragments_are_cut_off_is_an_error() {
    let (cut, ..) = in_fragments("cars-sub.mp4", 10);
    let said = Clip::read(&cut[..cut.len() - 1]).expect_err("a byte is missing").to_string();
    assert!(said.contains("claims bytes"), "{said}");
    let mut torn = cut.clone();
    let mvex = torn.windows(4).position(|four| four == b"mvex").expect("it is there");
    torn[mvex - 4..mvex].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(Clip::read(&torn).is_err(), "what says that there are fragments cannot be read");
    let nothing = init_segment(&Clip::read(&cut).expect("it is a clip").entry);
    assert_eq!(Clip::read(&nothing).expect("a clip without samples").samples, []);
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

    /// The same of a file in fragments.
    #[test]
    fn changed_fragments_end(changes in proptest::collection::vec((40usize..6_000, any::<u8>()), 1..6)) {
        let (mut file, ..) = in_fragments("cars-sub.mp4", 2);
        for (at, to) in changes {
            file[at] = to;
        }
        if let Ok(clip) = Clip::read(&file) {
            prop_assert!(clip.samples.iter().all(|sample| sample.at + sample.len <= file.len()));
        }
    }
}
