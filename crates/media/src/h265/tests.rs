use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits")).collect()
}

const MAIN_1080P: &str = "420101016000000300900000030000030078a003c08010e596565924caf0168080000003008000000c84";

#[track_caller]
fn check(sps: &str, size: (u32, u32), profile_level: (u8, u8), depth: u8) {
    let sps = Sps::parse(&hex(sps)).expect("a parameter set that a decoder takes");
    assert_eq!((sps.width, sps.height), size, "{sps:?}");
    assert_eq!((sps.profile, sps.level), profile_level, "{sps:?}");
    assert_eq!(sps.max_num_reorder_pics, depth, "{sps:?}");
}

/// The expected values are those of `ffmpeg -bsf:v trace_headers` on the same streams, made with x265.
#[test]
fn reads_parameter_sets_of_x265() {
    check(MAIN_1080P, (1920, 1080), (1, 120), 2);
    // Main 10, cropped, two temporal layers.
    check(
        "42010102200000030090000003000003003fa005120171c9236592a4932bc05a020000030002000003003210",
        (642, 362),
        (2, 63),
        0,
    );
    // Range extensions, 4:2:2.
    check(
        "4201010408000003009d0800000300003fb005020169365959a4932bc05a020000030002000003003210",
        (640, 360),
        (4, 63),
        2,
    );
}

#[test]
fn refuses_with_the_place() {
    let whole = hex(MAIN_1080P);
    assert_eq!(Sps::parse(&[]), Err(MediaError::NotThisSet { set: SET, actual: 0 }));
    assert_eq!(Sps::parse(&hex("4401")), Err(MediaError::NotThisSet { set: SET, actual: 34 }));
    assert!(matches!(Sps::parse(&whole[..1]), Err(MediaError::SetTruncated { bit: 0, .. })));
    assert!(matches!(Sps::parse(&whole[..9]), Err(MediaError::SetTruncated { field: "general profile flags", .. })));
    assert!(matches!(Sps::parse(&whole[..22]), Err(MediaError::SetTruncated { .. })));
}

#[test]
fn types_tell_where_decoding_can_start() {
    let of = |kind: u8| NalType::of(&[kind << 1]).expect("not empty");
    assert!((16..=21).all(|kind| of(kind).is_random_access() && of(kind).is_vcl()));
    assert!((0..=15).chain(22..=31).all(|kind| !of(kind).is_random_access() && of(kind).is_vcl()));
    assert!((32..=63).all(|kind| !of(kind).is_vcl()));
    assert_eq!([of(32), of(33), of(34), of(39)], [NalType::Vps, NalType::Sps, NalType::Pps, NalType::Sei]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(tail in proptest::collection::vec(any::<u8>(), 0..60), header in any::<u8>()) {
        let _ = Sps::parse(&[&[header, 1], &tail[..]].concat());
        if let Ok(sps) = Sps::parse(&[&[0x42, 1], &tail[..]].concat()) {
            prop_assert!(sps.width >= 1 && sps.height >= 1 && sps.max_num_reorder_pics <= 15);
        }
    }

    #[test]
    fn a_damaged_one_is_read_or_refused(at in 0usize..42, bit in 0u8..8, len in 0usize..43) {
        let mut sps = hex(MAIN_1080P);
        let at = at % sps.len();
        sps[at] ^= 1 << bit;
        sps.truncate(len);
        let _ = Sps::parse(&sps);
    }
}
