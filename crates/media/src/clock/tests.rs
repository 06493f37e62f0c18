use proptest::prelude::*;

use super::*;

const FRAME: i64 = 3600;
const SECOND: i64 = 90_000;

fn run(depth: Option<u8>, pts: impl IntoIterator<Item = i64>) -> Vec<Stamped> {
    let mut clock = DecodeClock::with_depth(SECOND as u32, depth, None);
    pts.into_iter().map(|pts| clock.stamp(pts)).collect()
}

/// Presentation and decode times in frames; none may jump.
#[track_caller]
fn check(depth: Option<u8>, shown: &[i64], expected: &[(i64, i64)]) {
    let start = 77_777;
    let found = run(depth, shown.iter().map(|frame| start + frame * FRAME));
    assert!(found.iter().all(|stamped| stamped.jump.is_none()), "{found:?}");
    let found: Vec<_> = found.iter().map(|s| (s.pts.ticks() / FRAME, s.dts.ticks() / FRAME)).collect();
    assert_eq!(found, expected);
}

#[test]
fn without_reordering_decoding_is_showing() {
    check(Some(0), &[0, 1, 2, 3], &[(0, 0), (1, 1), (2, 2), (3, 3)]);
    check(None, &[0, 1, 2, 3], &[(0, 0), (1, 1), (2, 2), (3, 3)]);
}

#[test]
fn a_declared_depth_delays_by_that_many_frames() {
    check(Some(1), &[0, 3, 1, 2, 6, 4, 5], &[(1, 0), (4, 1), (2, 2), (3, 3), (7, 4), (5, 5), (6, 6)]);
    check(Some(2), &[0, 4, 2, 1, 3, 8, 6], &[(2, 0), (6, 1), (4, 2), (3, 3), (5, 4), (10, 5), (8, 6)]);
}

#[test]
fn undeclared_reordering_is_learnt_and_then_on_time() {
    let shown = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12];
    let found = run(None, shown.iter().map(|frame| frame * FRAME));
    assert!(found.iter().all(|stamped| stamped.jump.is_none()), "{found:?}");
    // Three frames lie between the first two pictures, so a frame seems that long.
    assert_eq!(found[2].dts.ticks(), 3 * FRAME + 3 * FRAME / 8, "creeps where the depth was learnt");
    let settled: Vec<_> = found[7..].iter().map(|s| (s.pts.ticks() / FRAME, s.dts.ticks() / FRAME)).collect();
    assert_eq!(settled, [(9, 6), (7, 7), (8, 8), (12, 9)]);
}

#[test]
fn breaks_of_the_timeline_are_reported_and_bridged() {
    let back = run(Some(0), [0, FRAME, 2 * FRAME, 2 * FRAME - 5 * SECOND, 3 * FRAME - 5 * SECOND]);
    assert_eq!(back[3].jump, Some(Jump::Backward { ticks: 5 * SECOND }));
    assert_eq!(back[3].dts.ticks(), 3 * FRAME, "goes on one frame later");
    assert_eq!((back[4].jump, back[4].dts.ticks()), (None, 4 * FRAME));

    let ahead = run(None, [0, FRAME, FRAME + 11 * SECOND, 2 * FRAME + 11 * SECOND]);
    assert_eq!(ahead[2].jump, Some(Jump::Forward { ticks: 11 * SECOND }));
    assert_eq!((ahead[3].jump, ahead[3].dts.ticks()), (None, 3 * FRAME));

    let pause = run(None, [0, FRAME, FRAME + 9 * SECOND]);
    assert_eq!(pause[2].jump, None, "a pause of 9 s is a pause");
}

#[test]
fn slow_streams_with_reordering_do_not_jump() {
    let found = run(None, [0, 3, 1, 2, 6, 4, 5].map(|frame| frame * SECOND / 2));
    assert!(found.iter().all(|stamped| stamped.jump.is_none()), "{found:?}");
}

#[test]
fn frozen_times_still_move_on() {
    let found = run(None, [5; 4]);
    assert_eq!(found.iter().map(|s| s.dts.ticks()).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn extremes_are_jumps() {
    let found = run(Some(16), [i64::MAX, i64::MIN, i64::MAX, 0, i64::MIN]);
    assert_eq!(found[0].jump, None);
    assert_eq!(found[1].jump, Some(Jump::Backward { ticks: i64::MAX }));
    assert_eq!(found[2].jump, Some(Jump::Forward { ticks: i64::MAX }));
    assert!(found[3..].iter().all(|stamped| stamped.jump.is_some()));
}

fn hostile() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => -40i64..40,
        3 => -20 * SECOND..20 * SECOND,
        1 => any::<i64>(),
        1 => prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0)],
    ]
}

proptest! {
    /// Whatever a camera sends, decode times rise, memory is bounded, and time moves at most 10 s and a frame a sample.
    #[test]
    fn decode_times_always_rise(
        depth in proptest::option::of(0u8..=255),
        timescale in prop_oneof![Just(90_000u32), 0u32..3, any::<u32>()],
        steps in proptest::collection::vec((hostile(), any::<bool>()), 1..200),
    ) {
        let mut clock = DecodeClock::with_depth(timescale, depth, None);
        let mut pts = 0i64;
        let mut before = -1;
        for (step, absolute) in steps {
            pts = if absolute { step } else { pts.saturating_add(step.saturating_mul(FRAME)) };
            let stamped = clock.stamp(pts);
            prop_assert!(stamped.dts.ticks() > before, "{stamped:?} after {before}");
            let bound = (i64::from(timescale) + 1) * 16 + FRAME;
            prop_assert!(stamped.dts.ticks() - before <= bound.max(2) * 17);
            before = stamped.dts.ticks();
            prop_assert!(clock.waiting.len() <= MAX_REORDER && clock.recent.len() <= MAX_REORDER);
        }
    }

    /// A stream that keeps to its declared depth is never decoded after it is shown, and its own spacing is kept.
    #[test]
    fn an_honest_stream_is_decoded_in_time(groups in 1usize..20, b_frames in 0i64..8, frame in 300i64..18_000) {
        // A picture to begin with, then groups: the last picture first, then those before it.
        let shown = (0..groups as i64).flat_map(|group| {
            let base = 1 + group * (b_frames + 1);
            std::iter::once(base + b_frames).chain(base..base + b_frames)
        });
        let pts: Vec<i64> = std::iter::once(0).chain(shown).map(|n| n * frame).collect();
        let found = run(Some(1), pts.iter().copied());
        for (stamped, original) in found.iter().zip(&pts) {
            prop_assert!(stamped.jump.is_none());
            prop_assert!(stamped.dts <= stamped.pts, "{stamped:?}");
            prop_assert_eq!(stamped.pts.ticks() - found[0].pts.ticks(), original - pts[0]);
        }
    }
}
