//! Bytes that are meant to hurt: bounded memory, a named event, and the next stream decodes as before.

use candour_decode::{Coding, DecodeError, Decoder, MOST_UNIT, Trouble, Wanted};
use candour_units::MediaTime;

use crate::rig::{self, Hand, Unit};

/// More than this the program never had in use, whatever came.
const MOST_KB: u64 = 400 << 10;

struct Attack {
    decoder: Decoder<Hand>,
    seen: Vec<Trouble>,
    pictures: usize,
}

impl Attack {
    fn on(coding: Coding) -> Self {
        let (mut decoder, _) = rig::decoder(rig::program());
        for stream in [1, 3] {
            decoder.open(stream, coding, Wanted { every_ms: 0, ..Wanted::default() });
        }
        Self { decoder, seen: Vec::new(), pictures: 0 }
    }

    fn feed(&mut self, number: i64, data: &[u8]) {
        let fed = self.decoder.feed(1, MediaTime::from_ticks(number * 3_600), true, data).expect("the decoder lives");
        self.seen.extend(fed.troubles);
        self.pictures += fed.pictures.len();
        // Looked at by itself it does no more harm.
        self.decoder.glimpse(3, MediaTime::from_ticks(number * 3_600), data).expect("the decoder lives");
    }

    /// The event was named, memory was bounded, and another stream is decoded by the same program.
    #[track_caller]
    fn ends_with(mut self, expected: Trouble) {
        assert!(self.seen.contains(&expected), "{:?}", self.seen);
        let (coding, units) = rig::units("cars-sub.mp4");
        let fed =
            rig::feed_all(&mut self.decoder, 2, coding, &units[..20], Wanted { every_ms: 0, ..Wanted::default() });
        assert_eq!(fed.iter().map(|fed| fed.pictures.len()).sum::<usize>(), 20);
        let used = rig::resident_kb(self.decoder.process().expect("it lives"));
        assert!(used < MOST_KB, "{used} kB");
        assert_eq!((self.decoder.blame().kills(1), self.decoder.blame().kills(3)), (0, 0));
    }
}

/// Bits of a parameter set (ITU-T H.264 7.2 and 9.1).
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn bit(&mut self, bit: u32) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= (bit as u8) << (7 - self.used % 8);
        }
        self.used += 1;
    }

    fn golomb(mut self, value: u32) -> Self {
        let coded = value + 1;
        let len = 32 - coded.leading_zeros();
        (1..len).for_each(|_| self.bit(0));
        (0..len).rev().for_each(|at| self.bit(coded >> at & 1));
        self
    }

    fn flag(mut self, value: u32) -> Self {
        self.bit(value);
        self
    }
}

/// A sequence parameter set that announces so many macroblocks each way.
pub fn announcing(macroblocks: u32) -> Vec<u8> {
    // sps id, log2_max_frame_num, pic_order_cnt_type 2, one reference, gaps, width, height, frames only, direct 8x8, no crop, no VUI, stop.
    let set = Bits::default().golomb(0).golomb(0).golomb(2).golomb(1).flag(0);
    let set = set.golomb(macroblocks - 1).golomb(macroblocks - 1).flag(1).flag(1).flag(0).flag(0).flag(1);
    [vec![0, 0, 0, 1, 0x67, 66, 0, 51], set.bytes].concat()
}

/// Looks random and is the same every time.
fn garbage(seed: u64, len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|at| {
            ((seed + at).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(0xd134_2543) >> 40) as u8
        })
        .collect()
}

#[test]
fn an_h264_picture_of_16384_by_16384() {
    let (_, units) = rig::units("cars-sub.mp4");
    // The clip's own picture parameter set and slice behind the giant's sequence parameter set.
    let after_set =
        units[0].data.windows(5).position(|five| five == [0, 0, 0, 1, 0x68]).expect("a picture parameter set");
    let giant = [announcing(1024), units[0].data[after_set..].to_vec()].concat();
    let mut attack = Attack::on(Coding::H264);
    for number in 0..30 {
        attack.feed(number, &giant);
    }
    assert_eq!(attack.pictures, 0);
    attack.ends_with(Trouble::TooLarge);
}

#[test]
fn a_jpeg_of_16384_by_16384() {
    let (_, units) = rig::units("cars-jpeg.mov");
    let mut giant = units[0].data.clone();
    let header = giant.windows(2).position(|two| two == [0xff, 0xc0]).expect("a frame header");
    giant[header + 5..header + 9].copy_from_slice(&[0x40, 0, 0x40, 0]);
    let mut attack = Attack::on(Coding::Mjpeg);
    for number in 0..30 {
        attack.feed(number, &giant);
    }
    assert_eq!(attack.pictures, 0);
    attack.ends_with(Trouble::TooLarge);
}

#[test]
fn another_size_with_every_picture() {
    let keys = |name: &str| rig::units(name).1.into_iter().filter(|unit| unit.key).collect::<Vec<Unit>>();
    let (large, small) = (keys("cars-main.mp4"), keys("cars-sub.mp4"));
    let mut attack = Attack::on(Coding::H264);
    for number in 0..60 {
        let clip = if number % 2 == 0 { &large } else { &small };
        attack.feed(number, &clip[number as usize / 2 % clip.len()].data);
    }
    assert!(attack.pictures >= 50, "{} pictures", attack.pictures);
    assert!(attack.seen.iter().filter(|what| **what == Trouble::SizeChanged).count() >= 50);
    attack.ends_with(Trouble::SizeChanged);
}

#[test]
fn garbage_in_every_coding() {
    for coding in [Coding::H264, Coding::H265, Coding::Mjpeg] {
        let mut attack = Attack::on(coding);
        for number in 0..320u64 {
            let start: &[u8] = match (coding, number % 3) {
                (Coding::Mjpeg, 0) => &[0xff, 0xd8],
                (Coding::H265, 0) => &[0, 0, 0, 1, 0x42, 1],
                (_, 0) => &[0, 0, 0, 1, 0x67],
                (Coding::H265, 1) => &[0, 0, 0, 1, 0x26, 1],
                (_, 1) => &[0, 0, 0, 1, 0x65],
                _ => &[],
            };
            attack.feed(number as i64, &[start, &garbage(number, 1 + number as usize * 37 % 4_000)].concat());
        }
        attack.ends_with(Trouble::Undecodable);
    }
}

#[test]
fn nothing_but_garbage_is_noticed_as_no_picture() {
    let mut attack = Attack::on(Coding::H264);
    for number in 0..320 {
        attack.feed(number, &[0, 0, 0, 1, 0x09, 0xf0]);
    }
    assert_eq!(attack.pictures, 0);
    attack.ends_with(Trouble::NoPicture);
}

/// Slices that claim to be of the clip's picture and are as long as a NAL unit in RTP may be.
#[test]
fn nal_units_of_64_kib() {
    let (_, units) = rig::units("cars-sub.mp4");
    let mut attack = Attack::on(Coding::H264);
    attack.feed(0, &units[0].data);
    for number in 1..40u64 {
        let slices = (0..8).map(|slice| [vec![0, 0, 0, 1, 0x65, 0x88], garbage(number * 8 + slice, 65_530)].concat());
        attack.feed(number as i64, &slices.collect::<Vec<_>>().concat());
    }
    attack.ends_with(Trouble::Undecodable);
}

#[test]
fn an_access_unit_without_an_end() {
    let mut attack = Attack::on(Coding::H264);
    let endless = [vec![0, 0, 0, 1, 0x65], garbage(1, MOST_UNIT)].concat();
    let refused = attack.decoder.feed(1, MediaTime::from_ticks(0), true, &endless);
    assert!(matches!(refused, Err(DecodeError::TooLarge { stream: 1, len }) if len == endless.len()));
    attack.feed(1, &endless[..MOST_UNIT]);
    attack.ends_with(Trouble::Undecodable);
}

/// Pictures that refer to others which never came, passed off as key frames.
#[test]
fn missing_references() {
    let (_, units) = rig::units("pedestrians-main.mp4");
    let sets_end = units[0].data.windows(5).position(|five| five[..4] == [0, 0, 0, 1] && five[4] & 31 == 5);
    let sets = &units[0].data[..sets_end.expect("a slice follows the sets")];
    let mut attack = Attack::on(Coding::H264);
    attack.feed(0, &[sets, &units[1].data].concat());
    for (number, unit) in units.iter().enumerate().skip(2).step_by(3).take(60) {
        attack.feed(number as i64, &unit.data);
    }
    attack.ends_with(Trouble::Undecodable);
}

/// One byte in a hundred of a real clip is another.
#[test]
fn a_clip_with_holes() {
    for name in ["cars-sub.mp4", "cars-h265.mp4", "cars-jpeg.mov"] {
        let (coding, units) = rig::units(name);
        let mut attack = Attack::on(coding);
        for (number, unit) in units.iter().enumerate() {
            let mut data = unit.data.clone();
            for at in (number % 97..data.len()).step_by(97) {
                data[at] ^= (number * 31 + at) as u8 | 1;
            }
            attack.feed(number as i64, &data);
        }
        attack.ends_with(Trouble::Undecodable);
    }
}
