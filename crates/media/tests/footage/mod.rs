//! The test footage, taken apart: a sample entry, and samples in decoding order with presentation times only, which is
//! what a camera gives.

// Each test program uses its part.
#![allow(dead_code)]

use std::path::PathBuf;

use candour_media::{SampleEntry, read_fragment};

pub struct CameraSample {
    pub pts: i64,
    pub sync: bool,
    pub data: Vec<u8>,
}

pub struct Footage {
    pub entry: SampleEntry,
    pub samples: Vec<CameraSample>,
}

pub fn data_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Reads one of the fragmented files in `tests/data`.
pub fn load(name: &str) -> Footage {
    let file = std::fs::read(data_dir().join(name)).expect("the footage is in the repository");
    let stsd = file.windows(4).position(|kind| kind == b"stsd").expect("an init segment has one") - 4;
    let entry_at = stsd + 16;
    let entry_len = u32_at(&file, entry_at) as usize;
    let entry = SampleEntry::parse(&file[entry_at..entry_at + entry_len], 90_000).expect("made by ffmpeg");
    let mut samples = Vec::new();
    let mut at = 0;
    while at < file.len() {
        if &file[at + 4..at + 8] == b"moof" {
            let fragment = read_fragment(&file[at..]).expect("made by ffmpeg");
            let mut dts = fragment.base_decode_time as i64;
            for read in fragment.samples {
                samples.push(CameraSample {
                    pts: dts + i64::from(read.sample.composition_offset),
                    sync: read.sample.sync,
                    data: file[at..][read.bytes].to_vec(),
                });
                dts += i64::from(read.sample.duration);
            }
        }
        at += u32_at(&file, at) as usize;
    }
    Footage { entry, samples }
}

fn u32_at(file: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes"))
}
