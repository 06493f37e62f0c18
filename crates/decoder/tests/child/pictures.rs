//! What comes out of clips that any player shows.

use candour_decode::{Coding, Picture, Wanted};

use crate::rig;

/// Coding, size of planes, and how many pictures there are in all and at five a second at least and at most.
#[track_caller]
fn check(name: &str, coding: Coding, size: (u16, u16), all: usize, thinned: std::ops::RangeInclusive<usize>) {
    let (mut decoder, _) = rig::decoder(rig::program());
    let (found, units) = rig::units(name);
    assert_eq!(found, coding, "{name}");
    let mut pictures = |wanted: Wanted| -> Vec<Picture> {
        let fed = rig::feed_all(&mut decoder, 1, coding, &units, wanted);
        assert!(fed.iter().all(|fed| fed.troubles.is_empty() && !fed.waits_for_key), "{name}");
        fed.into_iter().flat_map(|fed| fed.pictures).collect()
    };
    let every = pictures(Wanted { every_ms: 0, ..Wanted::default() });
    let mut times: Vec<i64> = units.iter().map(|unit| unit.pts.ticks()).collect();
    times.sort_unstable();
    assert_eq!(every.iter().map(|picture| picture.pts.ticks()).collect::<Vec<_>>(), times, "{name}: all, as shown");
    assert_eq!(every.len(), all, "{name}");
    let some = pictures(Wanted::default());
    assert!(thinned.contains(&some.len()), "{name}: {} pictures", some.len());
    assert!(some.windows(2).all(|pair| pair[1].pts.ticks() - pair[0].pts.ticks() <= 18_000), "{name}: five a second");
    for picture in every.iter().chain(&some) {
        assert_eq!((picture.width, picture.height), size, "{name}");
        assert_eq!(picture.luma.len(), usize::from(size.0) * usize::from(size.1), "{name}");
        let mean = picture.luma.iter().map(|level| u64::from(*level)).sum::<u64>() / picture.luma.len() as u64;
        assert!((30..220).contains(&mean), "{name}: a mean of {mean} is no street by day");
    }
}

#[test]
fn every_coding_gives_planes() {
    check("cars-sub.mp4", Coding::H264, (213, 120), 120, 60..=61);
    check("cars-main.mp4", Coding::H264, (240, 135), 300, 60..=61);
    check("pedestrians-main.mp4", Coding::H264, (240, 135), 350, 70..=71);
    check("cars-h265.mp4", Coding::H265, (256, 144), 300, 60..=61);
    check("cars-jpeg.mov", Coding::Mjpeg, (213, 120), 10, 10..=10);
}

/// A key frame by itself is the picture that it is among others, but for what smoothing does to the edges of blocks; and whatever comes after it is
/// decoded as if there had been none.
#[test]
fn a_glimpse_is_the_same_picture_and_leaves_nothing_behind() {
    for name in ["cars-sub.mp4", "cars-main.mp4", "cars-h265.mp4", "cars-jpeg.mov"] {
        let (mut decoder, _) = rig::decoder(rig::program());
        let (coding, units) = rig::units(name);
        let wanted = Wanted { every_ms: 0, ..Wanted::default() };
        let whole: Vec<Picture> =
            rig::feed_all(&mut decoder, 1, coding, &units, wanted).into_iter().flat_map(|fed| fed.pictures).collect();
        let picture_at = |pts| whole.iter().find(|picture| picture.pts == pts).expect("every unit is a picture");
        decoder.open(2, coding, wanted);
        for key in units.iter().filter(|unit| unit.key) {
            let fed = decoder.glimpse(2, key.pts, &key.data).expect("the decoder lives");
            assert!(fed.troubles.is_empty(), "{name}: {:?}", fed.troubles);
            let [glimpsed] = &fed.pictures[..] else { panic!("{name}: {} pictures", fed.pictures.len()) };
            let same = picture_at(key.pts);
            assert_eq!((glimpsed.pts, glimpsed.width, glimpsed.height), (same.pts, same.width, same.height), "{name}");
            let apart = glimpsed.luma.iter().zip(&same.luma).map(|(one, other)| u64::from(one.abs_diff(*other)));
            assert!(apart.clone().sum::<u64>() <= same.luma.len() as u64 / 2, "{name}: half a level apart on average");
            assert!(apart.max() <= Some(24), "{name}");
        }
        if coding == Coding::Mjpeg {
            continue;
        }
        let fed = decoder.feed(2, units[1].pts, false, &units[1].data).expect("the decoder lives");
        assert!(fed.waits_for_key && fed.pictures.is_empty(), "{name}: nothing to refer to");
        let mut again = Vec::new();
        for unit in &units[..40] {
            let fed = decoder.feed(2, unit.pts, unit.key, &unit.data).expect("the decoder lives");
            again.extend(fed.pictures);
        }
        assert!(again.len() >= 30, "{name}: {} pictures", again.len());
        assert!(again.iter().all(|picture| picture == picture_at(picture.pts)), "{name}");
    }
}

/// Two streams in one program do not get each other's pictures.
#[test]
fn streams_stay_apart() {
    let (mut decoder, _) = rig::decoder(rig::program());
    let (one, cars) = rig::units("cars-sub.mp4");
    let (other, square) = rig::units("cars-h265.mp4");
    decoder.open(1, one, Wanted { every_ms: 0, ..Wanted::default() });
    decoder.open(2, other, Wanted { every_ms: 0, ..Wanted::default() });
    let mut widths = [Vec::new(), Vec::new()];
    for (car, person) in cars.iter().zip(&square) {
        for (stream, unit) in [(1, car), (2, person)] {
            let fed = decoder.feed(stream, unit.pts, unit.key, &unit.data).expect("the decoder lives");
            widths[usize::from(stream) - 1].extend(fed.pictures.iter().map(|picture| picture.width));
        }
    }
    assert!(widths[0].len() > 100 && widths[0].iter().all(|width| *width == 213));
    assert!(widths[1].len() > 100 && widths[1].iter().all(|width| *width == 256));
}
