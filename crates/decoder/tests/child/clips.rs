//! Through whole clips, in both modes.

use std::path::Path;

use bytes::Bytes;
use candour_decode::clip::{ClipError, Found, How, Mode, look_through};
use candour_decode::{MarkSettings, Marker, Wanted};
use candour_media::Clip;
use candour_motion::{Corner, Event, Polygon, Settings, Zones};
use candour_units::MediaTime;

use crate::rig;

fn footage(name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/footage").join(name);
    std::fs::read(path).expect("the footage is in the repository").into()
}

fn look(name: &str, mode: Mode, zones: Zones) -> Result<Found, ClipError> {
    look_at(&footage(name), mode, zones)
}

fn look_at(file: &Bytes, mode: Mode, zones: Zones) -> Result<Found, ClipError> {
    let (mut decoder, _) = rig::decoder(rig::program());
    look_through(file, &How { mode, settings: Settings::default(), zones }, &mut decoder)
}

fn seconds(events: &[Event], first: MediaTime) -> Vec<(f64, f64)> {
    let from_first = |time: MediaTime| (time.ticks() - first.ticks()) as f64 / 90_000.0;
    events.iter().map(|event| (from_first(event.start), from_first(event.end))).collect()
}

/// One event that overlaps the label nearly whole, and nothing in the empty stretches of `cars.labels.json`.
#[track_caller]
fn check_cars(name: &str, mode: Mode) {
    let found = look(name, mode, Zones::default()).expect("it is a clip");
    let events = seconds(&found.report.events, found.first);
    assert_eq!(events.len(), 1, "{name} {mode:?}: {events:?}");
    assert!(
        events[0].0 > 4.0 && events[0].0 < 4.9 && events[0].1 > 7.9 && events[0].1 < 9.0,
        "{name} {mode:?}: {events:?}"
    );
    assert!(found.troubles.is_empty());
}

#[test]
fn a_car_is_found_however_it_is_coded_and_nothing_else_is() {
    for name in ["cars-sub.mp4", "cars-main.mp4", "cars-h265.mp4"] {
        check_cars(name, Mode::Shorten);
        check_cars(name, Mode::Mark);
    }
}

#[test]
fn a_square_full_of_people_moves_all_the_time() {
    for mode in [Mode::Shorten, Mode::Mark] {
        for name in ["pedestrians-sub.mp4", "pedestrians-main.mp4"] {
            let found = look(name, mode, Zones::default()).expect("it is a clip");
            let events = seconds(&found.report.events, found.first);
            assert_eq!(events.len(), 1, "{name} {mode:?}: {events:?}");
            assert!(events[0].0 < 0.5 && events[0].1 > 13.5, "{name} {mode:?}: {events:?}");
        }
    }
}

#[test]
fn what_nobody_watches_is_not_found() {
    let left = [(0, 0), (1_000, 0), (1_000, 10_000), (0, 10_000)].map(|(x, y)| Corner { x, y });
    let zones = Zones::new(vec![Polygon::new(left.to_vec()).expect("a rectangle")], vec![]).expect("one");
    let found = look("cars-sub.mp4", Mode::Shorten, zones).expect("it is a clip");
    assert_eq!(found.report.events, [], "the car passes further right");
}

/// The quiet first seconds of the road over and over, then the car: asleep nearly nothing is decoded, and the car is found from its
/// beginning.
#[test]
fn asleep_it_decodes_little_and_misses_nothing() {
    let file = footage("cars-sub.mp4");
    let clip = Clip::read(&file).expect("it is a clip");
    let (mut decoder, _) = rig::decoder(rig::program());
    decoder.open_track(1, &clip.entry, Wanted::default()).expect("it is video");
    let mut marker = Marker::new(1, MarkSettings::default(), Settings::default(), Zones::default());
    let (quiet, rest) = clip.samples.split_at(30);
    let mut at = 0;
    let mut feed = |marker: &mut Marker, sample: &candour_media::ClipSample| {
        let data = file.slice(sample.at..sample.at + sample.len);
        let events =
            marker.sample(&mut decoder, MediaTime::from_ticks(at), sample.sync, &data).expect("the decoder lives");
        at += 9_000;
        events
    };
    for round in 0..20 {
        for sample in quiet {
            let events = feed(&mut marker, sample);
            assert!(events.is_empty(), "in round {round}: {events:?}");
        }
    }
    let asleep = marker.decoded();
    // The road's own mast sways, so it is woken now and then for nothing.
    assert!(asleep < 300, "{asleep} of 600 access units were decoded in a minute without motion");
    let mut events: Vec<Event> = rest.iter().flat_map(|sample| feed(&mut marker, sample)).collect();
    marker.drain(&mut decoder).expect("the decoder lives");
    events.extend(marker.told().events);
    let found = seconds(&events, MediaTime::from_ticks(57 * 90_000));
    assert!(found.iter().any(|(start, end)| *start < 4.9 && *end > 7.9), "{found:?}");
    assert!(found.iter().all(|(start, end)| *start > 4.0 && *end < 9.0), "{found:?}");
}

#[test]
fn what_is_no_clip_is_an_error_that_says_so() {
    assert!(matches!(look("README.md", Mode::Shorten, Zones::default()), Err(ClipError::File(_))));
}

/// Nothing seen is not the same as nothing moving.
#[test]
fn a_clip_of_which_no_picture_comes_out_is_an_error_in_both_modes() {
    let mut file = footage("cars-sub.mp4").to_vec();
    let clip = Clip::read(&file).expect("it is a clip");
    for sample in &clip.samples {
        // One NAL unit of filler data (ITU-T H.264 7.4.2.7).
        let bytes = &mut file[sample.at..sample.at + sample.len];
        bytes.fill(0x0c);
        bytes[..4].copy_from_slice(&(sample.len as u32 - 4).to_be_bytes());
    }
    for mode in [Mode::Shorten, Mode::Mark] {
        let found = look_at(&file.clone().into(), mode, Zones::default());
        assert!(matches!(found, Err(ClipError::NoPicture { units: 120, .. })), "{mode:?}: {found:?}");
    }
}
