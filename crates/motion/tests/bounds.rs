//! Any planes at any times: a finding or an error, never a panic; what is ignored is not found.

use candour_motion::{Corner, Detector, Finding, MOST_SIDE, Plane, PlaneError, Polygon, Settings, Story, Zones};
use candour_units::MediaTime;
use proptest::prelude::*;

fn planes() -> impl Strategy<Value = (u16, u16, u8, u8, i64)> {
    (prop_oneof![Just(16u16), 16u16..40, Just(MOST_SIDE)], 16u16..40, any::<u8>(), 0u8..4, -1_000i64..200_000)
}

fn drawn(width: u16, height: u16, level: u8, pattern: u8) -> Vec<u8> {
    (0..usize::from(width) * usize::from(height))
        .map(|at| match pattern {
            0 => level,
            1 => level.wrapping_add((at * 7) as u8),
            2 => {
                if at % 2 == 0 {
                    0
                } else {
                    255
                }
            }
            _ => (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[usize::from(level % 8)],
        })
        .collect()
}

proptest! {
    #[test]
    fn any_sizes_and_times_end(shown in proptest::collection::vec(planes(), 1..30)) {
        let settings = Settings::default();
        let (mut detector, mut story) = (Detector::new(settings, Zones::default()), Story::new(settings));
        let (mut at, mut last) = (0i64, None);
        for (width, height, level, pattern, after) in shown {
            at += after;
            let luma = drawn(width, height, level, pattern);
            let plane = Plane::new(width, height, &luma).expect("sides from 16 to 512");
            let found = detector.look(MediaTime::from_ticks(at), &plane);
            prop_assert_eq!(found.is_err(), last.is_some_and(|last| at <= last));
            if let Ok(seen) = found {
                last = Some(at);
                prop_assert!(seen.extent <= 10_000);
                prop_assert_eq!(seen.area.is_some(), seen.extent > 0 || matches!(seen.finding, Finding::Moving));
                story.push(seen);
            }
        }
        let report = story.finish();
        for pair in report.events.windows(2) {
            prop_assert!(pair[0].end < pair[1].start);
        }
        prop_assert!(report.events.iter().all(|event| event.start <= event.end));
        prop_assert!(report.doubts.windows(2).all(|pair| pair[0].end < pair[1].start));
    }

    #[test]
    fn a_wrong_length_is_named(width in any::<u16>(), height in any::<u16>(), len in 0usize..2_000) {
        let luma = vec![0; len];
        match Plane::new(width, height, &luma) {
            Ok(plane) => prop_assert_eq!(usize::from(plane.width()) * usize::from(plane.height()), len),
            Err(PlaneError::Size { .. }) => prop_assert!(width.min(height) < 16 || width.max(height) > MOST_SIDE),
            Err(PlaneError::Length { .. }) => prop_assert_ne!(usize::from(width) * usize::from(height), len),
        }
    }

    /// The same planes give the same findings.
    #[test]
    fn it_is_deterministic(seed in any::<u64>()) {
        let run = || {
            let mut detector = Detector::new(Settings::default(), Zones::default());
            (0..12i64).map(|number| {
                let luma: Vec<u8> = (0..40 * 30).map(|at: u64| (seed.wrapping_mul(at + 1) >> (number % 50)) as u8).collect();
                detector.look(MediaTime::from_ticks(number * 18_000), &Plane::new(40, 30, &luma).expect("40 by 30")).expect("in order")
            }).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(), run());
    }

    /// A square that jumps about where nobody looks is not found; where somebody looks it is.
    #[test]
    fn zones_decide(jumps in proptest::collection::vec((0usize..12, 0usize..12), 12..30), ignored in any::<bool>()) {
        let left = [(0, 0), (5_000, 0), (5_000, 10_000), (0, 10_000)].map(|(x, y)| Corner { x, y });
        let left = Polygon::new(left.to_vec()).expect("a rectangle");
        let zones = if ignored { Zones::new(vec![], vec![left]) } else { Zones::new(vec![left], vec![]) }.expect("one");
        let settings = Settings::default();
        let (mut detector, mut story) = (Detector::new(settings, zones), Story::new(settings));
        let (mut quiet, mut jumped) = (0, false);
        let mut before = None;
        for (number, (x, y)) in std::iter::repeat_n((0, 0), 6).chain(jumps).enumerate() {
            let mut luma = drawn(64, 32, 90, 0);
            if number >= 6 {
                jumped |= before.is_some_and(|before| before != (x, y));
                before = Some((x, y));
                for row in 0..10 {
                    luma[(6 + y + row) * 64 + 4 + x..][..10].fill(220);
                }
            }
            let seen = detector.look(MediaTime::from_ticks(number as i64 * 18_000), &Plane::new(64, 32, &luma).expect("64 by 32"));
            quiet += u32::from(matches!(seen.expect("in order").finding, Finding::Still));
            story.push(seen.expect("in order"));
        }
        let found = !story.finish().events.is_empty();
        prop_assert!(!ignored || !found);
        prop_assert!(ignored || !jumped || found, "it jumped and was not found, {quiet} still");
    }
}
