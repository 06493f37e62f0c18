//! Clips of the repository as access units, and a client on a clock that only moves when it is told to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use candour_decode::{Coding, Decoder, Fed, Program, Wanted, annex_b, parameter_sets};
use candour_media::{Clip, Codec};
use candour_units::{Clock, MediaTime, MonoTime, SimClock, WallTime};

pub fn program() -> Program {
    let path = PathBuf::from(env!("CARGO_BIN_EXE_candour-decoder"));
    Program { patience: Duration::from_secs(20), strict: false, ..Program::at(path) }
}

/// A simulated clock that the test keeps a hand on.
#[derive(Clone)]
pub struct Hand(pub Arc<SimClock>);

impl Clock for Hand {
    fn wall(&self) -> WallTime {
        self.0.wall()
    }
    fn mono(&self) -> MonoTime {
        self.0.mono()
    }
}

pub fn decoder(program: Program) -> (Decoder<Hand>, Hand) {
    let clock = Hand(Arc::new(SimClock::at(WallTime::from_unix_seconds(1_800_000_000))));
    (Decoder::new(program, clock.clone()), clock)
}

#[derive(Debug, Clone)]
pub struct Unit {
    pub pts: MediaTime,
    pub key: bool,
    pub data: Vec<u8>,
}

/// The access units of a clip as a decoder reads them.
pub fn units(name: &str) -> (Coding, Vec<Unit>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage").join(name);
    let file = std::fs::read(path).expect("the footage is in the repository");
    let clip = Clip::read(&file).expect("it is a clip");
    let coding = match clip.entry.codec {
        Codec::H264 => Coding::H264,
        Codec::H265 => Coding::H265,
        _ => Coding::Mjpeg,
    };
    let sets = parameter_sets(clip.entry.codec, &clip.entry.decoder_config).unwrap_or_default();
    let unit = |sample: &candour_media::ClipSample| {
        let mut data = sample.data(&file).to_vec();
        if coding != Coding::Mjpeg {
            let given = std::mem::take(&mut data);
            annex_b(if sample.sync { &sets } else { &[] }, &given, &mut data).expect("whole NAL units");
        }
        Unit { pts: sample.pts, key: sample.sync, data }
    };
    (coding, clip.samples.iter().map(unit).collect())
}

/// Feeds everything and drains; all must go well.
pub fn feed_all(decoder: &mut Decoder<Hand>, stream: u16, coding: Coding, units: &[Unit], wanted: Wanted) -> Vec<Fed> {
    decoder.open(stream, coding, wanted);
    let mut fed: Vec<Fed> = units
        .iter()
        .map(|unit| decoder.feed(stream, unit.pts, unit.key, &unit.data).expect("the decoder lives"))
        .collect();
    fed.push(decoder.drain(stream).expect("the decoder lives"));
    fed
}

/// Kilobytes of memory that the process has in use.
pub fn resident_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it lives");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a line of the kernel");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number")
}
