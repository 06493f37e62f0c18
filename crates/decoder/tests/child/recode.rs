//! Pictures coded anew: what comes out is the same film, in H.264, with the same times.

use std::path::Path;

use candour_decode::{Answer, Coding, DecodeError, Recoded, RecodedSample, RecodedTrack, Target, Trouble, Wanted};
use candour_media::{Clip, Codec};
use candour_units::MediaTime;

use crate::rig::{self, Unit};

const STREAM: u16 = 3;

struct Converted {
    units: Vec<Recoded>,
    samples: Vec<RecodedSample>,
    troubles: Vec<Trouble>,
    /// Times of presentation of what went in, growing.
    given: Vec<MediaTime>,
}

/// The whole clip through the real program; a key frame is asked for before the samples named.
fn convert(name: &str, target: Target, keys_before: &[usize]) -> Converted {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage").join(name);
    let file = std::fs::read(path).expect("the footage is in the repository");
    let clip = Clip::read(&file).expect("it is a clip");
    let (mut decoder, _) = rig::decoder(rig::program());
    decoder.open_recoded(STREAM, &clip.entry, target).expect("it is video");
    let (mut units, mut troubles) = (Vec::new(), Vec::new());
    for (at, sample) in clip.samples.iter().enumerate() {
        if keys_before.contains(&at) {
            decoder.want_key(STREAM).expect("the decoder lives");
        }
        let fed = decoder.feed_sample(STREAM, sample.pts, sample.sync, sample.data(&file)).expect("the decoder lives");
        assert!(fed.pictures.is_empty(), "planes were not asked for");
        units.extend(fed.recoded);
        troubles.extend(fed.troubles);
    }
    let fed = decoder.drain(STREAM).expect("the decoder lives");
    units.extend(fed.recoded);
    troubles.extend(fed.troubles);
    let mut track = RecodedTrack::new(target, clip.entry.timescale);
    let samples = units.iter().map(|unit| track.take(unit).expect("a track")).collect();
    let mut given: Vec<MediaTime> = clip.samples.iter().map(|sample| sample.pts).collect();
    given.sort_unstable();
    Converted { units, samples, troubles, given }
}

/// Reduced pictures of some access units, decoded by libav.
fn planes(coding: Coding, units: &[Unit]) -> Vec<(MediaTime, u16, Vec<u8>)> {
    let (mut decoder, _) = rig::decoder(rig::program());
    let wanted = Wanted { most_side: 320, every_ms: 0 };
    let fed = rig::feed_all(&mut decoder, 1, coding, units, wanted);
    assert!(fed.iter().all(|fed| fed.troubles.is_empty()), "an independent decoder takes all of it");
    fed.into_iter().flat_map(|fed| fed.pictures).map(|picture| (picture.pts, picture.width, picture.luma)).collect()
}

/// Peak signal to noise of two planes, in decibels.
fn psnr(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    let squares: f64 = one.iter().zip(other).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0f64.powi(2) * one.len() as f64 / squares.max(1e-9)).log10()
}

/// Every picture that came out shows what the picture of that time shows.
#[track_caller]
fn check_same_film(name: &str, converted: &Converted, floor_db: f64) {
    let (coding, before) = rig::units(name);
    let before = planes(coding, &before);
    let after: Vec<Unit> =
        converted.units.iter().map(|unit| Unit { pts: unit.pts, key: unit.key, data: unit.data.clone() }).collect();
    let after = planes(Coding::H264, &after);
    assert_eq!(after.len(), converted.units.len(), "each picture that came out is decoded");
    for (pts, width, luma) in &after {
        let was = before.iter().find(|(time, ..)| time == pts).expect("a time of the clip");
        assert_eq!(*width, was.1, "the same shape");
        let db = psnr(luma, &was.2);
        assert!(db > floor_db, "{name} at {pts:?}: {db:.1} dB");
    }
}

#[test]
fn h265_becomes_the_same_film_in_h264() {
    let converted = convert("cars-h265.mp4", Target::default(), &[]);
    check_same_film("cars-h265.mp4", &converted, 30.0);
    let times: Vec<MediaTime> = converted.samples.iter().map(|sample| sample.pts).collect();
    let left_out = converted.given.len() - times.len();
    assert!(left_out * 50 <= converted.given.len(), "{left_out} of {} were left out", converted.given.len());
    assert_eq!(left_out > 0, converted.troubles.contains(&Trouble::LeftOut), "what is left out is named");
    assert!(converted.troubles.iter().all(|what| *what == Trouble::LeftOut), "{:?}", converted.troubles);
    let entry = converted.samples[0].entry.as_ref().expect("the first says how to decode");
    assert_eq!((entry.codec, entry.width, entry.height, entry.timescale), (Codec::H264, 1280, 720, 90_000));
    assert!(entry.codec_string.starts_with("avc1.42"), "{}", entry.codec_string);
    assert_eq!(entry.reorder_depth, Some(0), "decoded in the order in which it is shown");
    assert!(converted.samples[0].key, "decoding starts with the first");
    let keys = converted.samples.iter().filter(|sample| sample.key).count();
    assert!(keys >= 5, "a key frame every other second: {keys} in twelve seconds");
}

#[test]
fn pictures_that_wait_for_later_ones_come_in_their_order() {
    // This one has B-frames, and is larger than what is wanted.
    let target = Target { long: 640, short: 360, per_second: 30, kilobits: 1_500 };
    let converted = convert("pedestrians-main.mp4", target, &[]);
    check_same_film("pedestrians-main.mp4", &converted, 24.0);
    let entry = converted.samples[0].entry.as_ref().expect("the first says how to decode");
    assert!(entry.width.max(entry.height) <= 640 && entry.width.min(entry.height) <= 360, "{entry:?}");
}

#[test]
fn the_number_in_a_second_and_the_rate_are_held() {
    let target = Target { per_second: 5, kilobits: 500, ..Target::default() };
    let converted = convert("cars-h265.mp4", target, &[]);
    let seconds = converted.given.len() as f64 / 25.0;
    let pictures = converted.units.len() as f64 / seconds;
    assert!((3.0..=5.6).contains(&pictures), "{pictures} in a second");
    let kilobits = converted.units.iter().map(|unit| unit.data.len() * 8).sum::<usize>() as f64 / 1_000.0 / seconds;
    assert!(kilobits < 750.0, "{kilobits} kbit/s of 500");
}

#[test]
fn a_key_frame_comes_when_it_is_asked_for() {
    let before = convert("cars-h265.mp4", Target::default(), &[]);
    let after = convert("cars-h265.mp4", Target::default(), &[110, 160]);
    let keys = |converted: &Converted| {
        let keys = converted.units.iter().filter(|unit| unit.key);
        keys.map(|unit| unit.pts).collect::<Vec<_>>()
    };
    let (before, after_keys) = (keys(&before), keys(&after));
    for asked in [110, 160] {
        let (from, to) = (after.given[asked - 8], after.given[asked + 8]);
        let near = |keys: &[MediaTime]| keys.iter().any(|pts| (from..to).contains(pts));
        assert!(near(&after_keys), "near sample {asked}: {after_keys:?}");
    }
    assert_ne!(before, after_keys);
}

/// By the times of the pictures, whatever their number.
#[test]
fn key_frames_come_every_two_seconds_however_slow_the_stream_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage/cars-jpeg.mov");
    let file = std::fs::read(path).expect("the footage is in the repository");
    let clip = Clip::read(&file).expect("it is a clip");
    for (apart, per_second) in [(3_600, 25), (9_000, 10), (18_000, 5), (90_000, 1)] {
        let (mut decoder, _) = rig::decoder(rig::program());
        decoder.open_recoded(STREAM, &clip.entry, Target::default()).expect("it is video");
        let mut keys = Vec::new();
        for nth in 0..9 * per_second {
            let sample = &clip.samples[nth % clip.samples.len()];
            let pts = MediaTime::from_ticks(nth as i64 * apart);
            let fed = decoder.feed_sample(STREAM, pts, true, sample.data(&file)).expect("the decoder lives");
            keys.extend(fed.recoded.iter().filter(|unit| unit.key).map(|unit| unit.pts.ticks()));
        }
        // One that was left out to hold the rate is the next.
        let is_in_time = |pair: &[i64]| (180_000..=180_000 + 3 * apart).contains(&(pair[1] - pair[0]));
        assert!(keys.first() == Some(&0) && keys.len() >= 3 && keys.windows(2).all(is_in_time), "{apart}: {keys:?}");
    }
}

#[test]
fn motion_jpeg_becomes_h264_too() {
    let converted = convert("cars-jpeg.mov", Target::default(), &[]);
    assert!(!converted.samples.is_empty());
    check_same_film("cars-jpeg.mov", &converted, 30.0);
}

#[test]
fn what_cannot_be_decoded_is_named_and_ends_nothing() {
    let (coding, units) = rig::units("cars-h265.mp4");
    let (mut decoder, _) = rig::decoder(rig::program());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage/cars-h265.mp4");
    let file = std::fs::read(path).expect("the footage is in the repository");
    let entry = Clip::read(&file).expect("it is a clip").entry;
    decoder.open_recoded(STREAM, &entry, Target::default()).expect("it is video");
    assert_eq!(coding, Coding::H265);
    let mut troubles = Vec::new();
    for (at, unit) in units.iter().take(60).enumerate() {
        let mut data = unit.data.clone();
        // From the tenth to the thirtieth every seventh byte is another.
        if (10..30).contains(&at) {
            data.iter_mut().skip(12).step_by(7).for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(7));
        }
        troubles.extend(decoder.feed(STREAM, unit.pts, unit.key, &data).expect("the decoder lives").troubles);
    }
    assert!(troubles.contains(&Trouble::Undecodable), "{troubles:?}");
    let again: Vec<Recoded> = units[units.iter().rposition(|unit| unit.key).expect("a key frame")..]
        .iter()
        .flat_map(|unit| decoder.feed(STREAM, unit.pts, unit.key, &unit.data).expect("the decoder lives").recoded)
        .collect();
    assert!(!again.is_empty(), "the next key frame is decoded");
    assert_eq!(decoder.blame().kills(STREAM), 0);
}

#[test]
fn a_stream_that_was_never_opened_has_no_key() {
    let (mut decoder, _) = rig::decoder(rig::program());
    assert!(matches!(decoder.want_key(STREAM), Err(DecodeError::NotOpen { stream: STREAM })));
    let mut bytes = Vec::new();
    Answer::Recoded { stream: 1, pts: MediaTime::from_ticks(0), key: false, data: &[] }.encode(&mut bytes);
    assert_eq!(bytes.len(), 12);
}
