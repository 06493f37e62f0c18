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
    // The tests of `archive` play the same footage.
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../media/tests/data")
}

/// Reads one of the fragmented files in `tests/data`.
pub fn load(name: &str) -> Footage {
    let file = std::fs::read(data_dir().join(name)).expect("the footage is in the repository");
    let stsd = file.windows(4).position(|kind| kind == b"stsd").expect("an init segment has one") - 4;
    let entry_at = stsd + 16;
    let entry_len = u32_at(&file, entry_at) as usize;
    let mdhd = file.windows(4).position(|kind| kind == b"mdhd").expect("an init segment has one");
    let timescale = u32_at(&file, mdhd + 16);
    let entry = SampleEntry::parse(&file[entry_at..entry_at + entry_len], timescale).expect("made by ffmpeg");
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

/// A second of a falling tone in G.711: any bytes are a sound, so it needs no file. A sample is 20 ms, as in RTP.
pub fn g711(kind: &[u8; 4]) -> Footage {
    const RATE: u32 = 8000;
    const PER_SAMPLE: u32 = 160;
    let mut entry = vec![0, 0, 0, 36];
    entry.extend_from_slice(kind);
    entry.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]); // reserved, data reference
    entry.extend_from_slice(&[0; 8]);
    entry.extend_from_slice(&[0, 1, 0, 16, 0, 0, 0, 0]); // one channel of 16 bits once expanded
    entry.extend_from_slice(&(RATE << 16).to_be_bytes());
    let entry = SampleEntry::parse(&entry, RATE).expect("a whole box");
    let samples = (0..RATE / PER_SAMPLE).map(|n| CameraSample {
        pts: i64::from(n * PER_SAMPLE),
        sync: true,
        data: (0..PER_SAMPLE).map(|at| ((n * PER_SAMPLE + at) % (20 + n)) as u8 ^ 0x55).collect(),
    });
    Footage { entry, samples: samples.collect() }
}

fn u32_at(file: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes"))
}
