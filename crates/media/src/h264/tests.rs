use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits")).collect()
}

/// Size, picture order count type, promised reordering, and the depth we conclude.
#[track_caller]
fn check(sps: &str, size: (u32, u32), order: u8, promised: Option<u8>, depth: Option<u8>) {
    let sps = Sps::parse(&hex(sps)).expect("a parameter set that a decoder takes");
    assert_eq!((sps.width, sps.height), size, "{sps:?}");
    assert_eq!(sps.pic_order_cnt_type, order, "{sps:?}");
    assert_eq!(sps.restriction.map(|restriction| restriction.max_num_reorder_frames), promised, "{sps:?}");
    assert_eq!(sps.reorder_depth(), depth, "{sps:?}");
}

/// The expected values are those of `ffmpeg -bsf:v trace_headers` on the same streams, made with x264.
#[test]
fn reads_parameter_sets_of_x264() {
    // High, 8 rows cropped, B-frames.
    check("67640028acd940780227e5c044000003000400000300c83c60c658", (1920, 1080), 0, Some(2), Some(2));
    // Constrained Baseline.
    check("6742c01ed900a02ff97011000003000100000300320f162e48", (640, 360), 2, Some(0), Some(0));
    // Scaling matrices and a hypothetical reference decoder.
    check("6764001facb200a00b76022000000300200000064c08001e848003d09c98600f183248", (1280, 720), 2, Some(0), Some(0));
    // 4:2:2, 10 bits, fields.
    check("677a001eb6cd940b424d808800000300080000030190f8a14cb0", (720, 576), 0, Some(2), Some(2));
    // 4:4:4 with a sample aspect ratio: crop units of one pixel.
    check("67f4001e919b281687ff1f80880000030008000003019078b16cb0", (720, 482), 0, Some(2), Some(2));
}

#[test]
fn reads_timing_and_buffering() {
    let sps = Sps::parse(&hex("67640028acd940780227e5c044000003000400000300c83c60c658")).expect("well formed");
    assert_eq!(sps.timing, Some((1, 50)), "25 frames of two fields a second");
    assert_eq!((sps.profile, sps.constraints, sps.level, sps.max_num_ref_frames), (100, 0, 40, 4));
    assert_eq!(sps.restriction.map(|restriction| restriction.max_dec_frame_buffering), Some(4));
}

#[test]
fn a_broken_vui_costs_only_the_vui() {
    let whole = hex("67640028acd940780227e5c044000003000400000300c83c60c658");
    let cut = Sps::parse(&whole[..whole.len() - 3]).expect("the fields before the VUI are all there");
    assert_eq!((cut.width, cut.height, cut.restriction, cut.reorder_depth()), (1920, 1080, None, None));
}

#[test]
fn refuses_with_the_place() {
    let whole = hex("67640028acd940780227e5c044000003000400000300c83c60c658");
    assert_eq!(Sps::parse(&[]), Err(MediaError::NotThisSet { set: SET, actual: 0 }));
    assert_eq!(Sps::parse(&hex("68ee3cb0")), Err(MediaError::NotThisSet { set: SET, actual: 8 }));
    assert!(matches!(Sps::parse(&whole[..2]), Err(MediaError::SetTruncated { field: "constraint flags", bit: 8, .. })));
    assert!(matches!(Sps::parse(&whole[..8]), Err(MediaError::SetTruncated { .. })));
}

#[test]
fn types_tell_what_carries_pictures() {
    assert_eq!(NalType::of(&[0x65]), Some(NalType::Idr));
    assert_eq!(NalType::of(&[0x41]), Some(NalType::NonIdr));
    assert_eq!(NalType::of(&[0x0c]), Some(NalType::Other(12)));
    assert_eq!(NalType::of(&[]), None);
    assert!(NalType::Idr.is_vcl() && NalType::NonIdr.is_vcl() && !NalType::Sei.is_vcl() && !NalType::Sps.is_vcl());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(tail in proptest::collection::vec(any::<u8>(), 0..60), header in any::<u8>()) {
        let _ = Sps::parse(&[&[header], &tail[..]].concat());
        if let Ok(sps) = Sps::parse(&[&[0x67], &tail[..]].concat()) {
            prop_assert!(sps.width >= 1 && sps.height >= 1);
            prop_assert!(sps.reorder_depth().is_none_or(|depth| depth <= 16));
        }
    }

    /// Damage near a real parameter set reaches deeper than random bytes do.
    #[test]
    fn a_damaged_one_is_read_or_refused(at in 0usize..27, bit in 0u8..8, len in 0usize..28) {
        let mut sps = hex("67640028acd940780227e5c044000003000400000300c83c60c658");
        let at = at % sps.len();
        sps[at] ^= 1 << bit;
        sps.truncate(len);
        let _ = Sps::parse(&sps);
    }
}
