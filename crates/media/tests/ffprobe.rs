//! What we write is taken by ffprobe without one warning, decodes to as many pictures as went in, and in order.

mod footage;

use std::path::Path;
use std::process::Command;

use candour_media::{DecodeClock, FragmentSample, SampleEntry, fragment, init_segment, is_sync};
use footage::{Footage, load};

/// Stamps the footage like a live stream and writes it as an init segment and fragments of `per_fragment` samples.
/// Returns the file and the presentation times in decoding order.
fn write(footage: &Footage, per_fragment: usize) -> (Vec<u8>, Vec<i64>) {
    let mut clock = DecodeClock::new(&footage.entry, None);
    let times: Vec<(i64, i64)> = footage
        .samples
        .iter()
        .map(|sample| clock.stamp(sample.pts))
        .map(|stamped| (stamped.pts.ticks(), stamped.dts.ticks()))
        .collect();
    let mut file = init_segment(&footage.entry);
    for (number, samples) in footage.samples.chunks(per_fragment).enumerate() {
        let first = number * per_fragment;
        let table: Vec<FragmentSample> = samples
            .iter()
            .enumerate()
            .map(|(i, sample)| {
                let (pts, dts) = times[first + i];
                let next = times.get(first + i + 1).map_or(dts + 9000, |(_, next)| *next);
                FragmentSample {
                    duration: (next - dts) as u32,
                    size: sample.data.len() as u32,
                    composition_offset: (pts - dts) as i32,
                    sync: sample.sync,
                }
            })
            .collect();
        let data: Vec<&[u8]> = samples.iter().map(|sample| &sample.data[..]).collect();
        file.extend(fragment(number as u32 + 1, times[first].1 as u64, &table, &data));
    }
    (file, times.into_iter().map(|(pts, _)| pts).collect())
}

/// Decodes everything; returns the presentation times of the pictures in output order. Any word on stderr fails.
fn decode(file: &Path) -> Vec<i64> {
    let output = Command::new("ffprobe")
        .args(["-v", "warning", "-show_frames", "-show_entries", "frame=pts", "-of", "csv=p=0"])
        .arg(file)
        .output()
        .expect("ffprobe must be installed for this test (package ffmpeg)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "ffprobe says: {said}");
    String::from_utf8(output.stdout)
        .expect("ffprobe prints text")
        .lines()
        // A picture's own messages follow its time on the line.
        .filter_map(|line| line.split(',').next().filter(|time| !time.is_empty()))
        .map(|time| time.parse().expect("a time for every picture"))
        .collect()
}

#[track_caller]
fn check(name: &str, depth: u8) {
    check_footage(name, load(name), depth);
}

/// `depth` is what the footage says of its reordering; the same footage is then played by a camera that says nothing.
#[track_caller]
fn check_footage(name: &str, mut footage: Footage, depth: u8) {
    assert_eq!(footage.entry.reorder_depth, Some(depth));
    for sample in &footage.samples {
        assert_eq!(is_sync(footage.entry.codec, &sample.data), Ok(sample.sync));
    }
    let dir = tempfile::tempdir().expect("a directory for the file");
    for declared in [Some(depth), None] {
        footage.entry = SampleEntry { reorder_depth: declared, ..footage.entry };
        let (file, mut shown) = write(&footage, 4);
        let path = dir.path().join("written.mp4");
        std::fs::write(&path, file).expect("the directory is ours");
        shown.sort_unstable();
        let mut decoded = decode(&path);
        if declared.is_none() {
            // ffprobe moves the whole track until no composition offset is negative.
            let moved = decoded[0] - shown[0];
            assert!((0..=40_000).contains(&moved), "moved by {moved}");
            decoded.iter_mut().for_each(|time| *time -= moved);
        }
        assert_eq!(decoded, shown, "{name}, depth {declared:?}");
    }
}

#[test]
fn h264_with_b_frames() {
    check("b-frames.mp4", 2);
}

#[test]
fn h264_without_b_frames() {
    check("no-b-frames.mp4", 0);
}

#[test]
fn h265_with_b_frames() {
    check("hevc.mp4", 2);
}

#[test]
fn motion_jpeg() {
    check("mjpeg.mp4", 0);
}

#[test]
fn aac() {
    check("aac.mp4", 0);
}

#[test]
fn g711_of_both_laws() {
    check_footage("A-law", footage::g711(b"alaw"), 0);
    check_footage("mu-law", footage::g711(b"ulaw"), 0);
}
