//! Scenes with known truth, looked at as a site would: planes of a third of the size, five a second.

mod scene;

use candour_motion::{Detector, Plane, Report, Settings, Story, Zones};
use candour_units::MediaTime;
use scene::{Light, Numbers, Place, Scene, Walker};

const PER_SECOND: usize = 5;
const FACTOR: usize = 3;

/// Means of squares of [`FACTOR`] pixels.
fn reduced(picture: &[u8], width: usize) -> (u16, u16, Vec<u8>) {
    let (across, down) = (width / FACTOR, picture.len() / width / FACTOR);
    let squares = (0..down).flat_map(|y| (0..across).map(move |x| (x, y)));
    let luma = squares.map(|(x, y)| {
        let rows = (y * FACTOR..(y + 1) * FACTOR).map(|row| &picture[row * width + x * FACTOR..][..FACTOR]);
        (rows.flatten().map(|level| u32::from(*level)).sum::<u32>() / (FACTOR * FACTOR) as u32) as u8
    });
    (across as u16, down as u16, luma.collect())
}

fn look_at(scene: Scene, seconds: usize) -> Report {
    let (place, settings) = (Place::new(scene), Settings::default());
    let (mut detector, mut story) = (Detector::new(settings, Zones::default()), Story::new(settings));
    for number in 0..seconds * PER_SECOND {
        let (width, height, luma) = reduced(&place.picture(number as f32 / PER_SECOND as f32), scene.width);
        let plane = Plane::new(width, height, &luma).expect("213 by 120");
        let at = MediaTime::from_ticks(number as i64 * 90_000 / PER_SECOND as i64);
        story.push(detector.look(at, &plane).expect("in order"));
    }
    story.finish()
}

fn seconds(time: MediaTime) -> f32 {
    time.ticks() as f32 / 90_000.0
}

fn told(report: &Report) -> Vec<(f32, f32)> {
    report.events.iter().map(|event| (seconds(event.start), seconds(event.end))).collect()
}

/// Nothing moves, so nothing is found, except in the seconds while swaying leaves are being learnt.
#[track_caller]
fn check_still(name: &str, scene: Scene, learning: f32) {
    let report = look_at(scene, 45);
    assert!(told(&report).iter().all(|(_, end)| *end < learning), "{name}: {:?}", told(&report));
}

/// Somebody is found, and nothing a second before or after.
#[track_caller]
fn check_walker(name: &str, scene: Scene, walker: Walker, learning: f32) {
    let report = look_at(Scene { walker: Some(walker), ..scene }, walker.until as usize + 4);
    let (inside, outside): (Vec<_>, Vec<_>) = told(&report)
        .into_iter()
        .filter(|(_, end)| *end > learning)
        .partition(|(start, end)| *start < walker.until && *end > walker.from);
    assert!(outside.is_empty(), "{name}: {outside:?} beside {inside:?}");
    let length: f32 = inside.iter().map(|(start, end)| end.min(walker.until) - start.max(walker.from)).sum();
    assert!(length > 0.7 * (walker.until - walker.from), "{name}: {inside:?} of {walker:?}");
    assert!(
        inside.iter().all(|(start, end)| *start > walker.from - 1.0 && *end < walker.until + 1.0),
        "{name}: {inside:?}"
    );
}

const WALKER: Walker = Walker { from: 26.0, until: 32.0, height: 60.0, shade: 60.0, feet: 0.85 };

fn weathers() -> Vec<(&'static str, Scene, f32)> {
    let plain = Scene::default();
    vec![
        ("a quiet place", plain, 0.0),
        ("a noisy one", Scene { noise: 9.0, ..plain }, 0.0),
        ("gain and offset swing", Scene { light: Light::Swings { gain: 0.3, offset: 12.0 }, ..plain }, 0.0),
        ("clouds", Scene { light: Light::Clouds, ..plain }, 0.0),
        ("a lamp", Scene { light: Light::Lamp, ..plain }, 0.0),
        ("rain", Scene { rain: 400, ..plain }, 0.0),
        ("leaves", Scene { leaves: 4.0, ..plain }, 25.0),
        ("a swaying mast", Scene { mast: 4.0, ..plain }, 5.0),
    ]
}

#[test]
fn weather_and_light_are_no_motion() {
    for (name, scene, learning) in weathers() {
        check_still(name, scene, learning);
    }
}

#[test]
fn somebody_is_found_in_any_weather() {
    for (name, scene, learning) in weathers() {
        check_walker(name, scene, WALKER, learning);
    }
}

#[test]
fn somebody_bright_is_found_as_well() {
    check_walker("a quiet place", Scene::default(), Walker { from: 6.0, until: 14.0, shade: 190.0, ..WALKER }, 0.0);
}

#[test]
fn light_out_of_the_dark_is_a_doubt_and_no_motion() {
    let report = look_at(Scene { light: Light::FromDark, ..Scene::default() }, 40);
    assert_eq!(told(&report), [], "{:?}", report.doubts);
    let doubtful =
        |time: f32| report.doubts.iter().any(|doubt| seconds(doubt.start) <= time && seconds(doubt.end) >= time);
    assert!([5.0, 10.0, 20.5, 35.0].into_iter().all(doubtful), "{:?}", report.doubts);
    assert!(!doubtful(15.0), "{:?}", report.doubts);
}

/// A still picture under any gain and offset that grows or falls as it likes.
#[test]
fn any_ramp_of_light_is_no_motion() {
    let mut numbers = Numbers(11);
    for _ in 0..24 {
        let place = Place::new(Scene { noise: 0.0, seed: 1 + (numbers.share() * 1e6) as u64, ..Scene::default() });
        let picture = reduced(&place.picture(0.0), 640);
        let (gain_to, offset_to) = (0.5 + numbers.share(), numbers.share() * 80.0 - 40.0);
        let length = 10.0 + 60.0 * numbers.share();
        let settings = Settings::default();
        let (mut detector, mut story) = (Detector::new(settings, Zones::default()), Story::new(settings));
        for number in 0..100 {
            let way = (number as f32 / length).min(1.0);
            let light = |level: &u8| {
                (f32::from(*level) * (1.0 + (gain_to - 1.0) * way) + offset_to * way).clamp(0.0, 255.0).round() as u8
            };
            let luma: Vec<u8> = picture.2.iter().map(light).collect();
            let plane = Plane::new(picture.0, picture.1, &luma).expect("the size of before");
            story.push(detector.look(MediaTime::from_ticks(number * 18_000), &plane).expect("in order"));
        }
        let found = told(&story.finish());
        assert!(found.is_empty(), "to gain {gain_to} and offset {offset_to} in {length} pictures: {found:?}");
    }
}
