//! What our own parsers say about an access unit before a decoder sees it: how large a picture it announces, and what of it
//! a decoder needs.

use std::borrow::Cow;

use candour_decode::{Coding, between_start_codes as nals};
use candour_media::{h264, h265};

/// The pixels of the largest picture that an access unit announces; 0 where it announces none that can be read.
pub fn announced_pixels(coding: Coding, unit: &[u8]) -> u64 {
    let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
    let found = match coding {
        Coding::H264 => nals(unit)
            .filter(|nal| nal.first().is_some_and(|first| first & 0x1f == 7))
            .filter_map(|nal| h264::Sps::parse(nal).ok())
            .map(|sps| pixels(sps.width, sps.height))
            .max(),
        Coding::H265 => nals(unit)
            .filter(|nal| nal.first().is_some_and(|first| first >> 1 & 0x3f == 33))
            .filter_map(|nal| h265::Sps::parse(nal).ok())
            .map(|sps| pixels(sps.width, sps.height))
            .max(),
        Coding::Mjpeg => frame_header(unit),
    };
    found.unwrap_or(0)
}

/// The access unit without supplemental enhancement information (SEI): nothing in it is needed for a picture, and what is not parsed
/// cannot hurt.
pub fn without_side_information(coding: Coding, unit: &[u8]) -> Cow<'_, [u8]> {
    let is_side = |nal: &[u8]| match (coding, nal.first()) {
        (Coding::H264, Some(first)) => first & 0x1f == 6,
        (Coding::H265, Some(first)) => matches!(first >> 1 & 0x3f, 39 | 40),
        _ => false,
    };
    if coding == Coding::Mjpeg || !nals(unit).any(is_side) {
        return Cow::Borrowed(unit);
    }
    let mut kept = Vec::with_capacity(unit.len());
    for nal in nals(unit).filter(|nal| !is_side(nal)) {
        kept.extend_from_slice(&[0, 0, 1]);
        kept.extend_from_slice(nal);
    }
    Cow::Owned(kept)
}

/// Width times height of the first frame header (ITU-T T.81 B.2.2).
fn frame_header(jpeg: &[u8]) -> Option<u64> {
    let mut rest = jpeg.get(2..)?;
    loop {
        let [0xff, marker, high, low, ..] = *rest else { return None };
        let frame = matches!(marker, 0xc0..=0xcf) && ![0xc4, 0xc8, 0xcc].contains(&marker);
        if frame {
            let side = |at: usize| rest.get(at..at + 2).map(|two| u64::from(u16::from_be_bytes([two[0], two[1]])));
            return Some(side(5)? * side(7)?);
        }
        rest = rest.get(2 + usize::from(u16::from_be_bytes([high, low])).max(2)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_jpeg_says_how_large_it_is() {
        let jpeg = [0xff, 0xd8, 0xff, 0xdb, 0, 4, 1, 2, 0xff, 0xc0, 0, 11, 8, 0x40, 0, 0x40, 0, 1];
        assert_eq!(announced_pixels(Coding::Mjpeg, &jpeg), 16_384 * 16_384);
        assert_eq!(announced_pixels(Coding::Mjpeg, &jpeg[..12]), 0);
    }

    #[test]
    fn side_information_is_left_out() {
        let unit = [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x06, 9, 9, 0, 0, 1, 0x65, 7];
        assert_eq!(*without_side_information(Coding::H264, &unit), [0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 7]);
        assert_eq!(*without_side_information(Coding::H264, &unit[..6]), unit[..6]);
        assert_eq!(
            *without_side_information(Coding::H265, &[0, 0, 1, 0x4e, 1, 5, 0, 0, 1, 0x26, 1]),
            [0, 0, 1, 0x26, 1]
        );
        assert_eq!(*without_side_information(Coding::Mjpeg, &unit), unit);
    }

    proptest! {
        #[test]
        fn any_bytes_end(unit in proptest::collection::vec(prop_oneof![3 => Just(0u8), 1 => Just(1), 1 => Just(0xff), 2 => any::<u8>()], 0..120)) {
            for coding in [Coding::H264, Coding::H265, Coding::Mjpeg] {
                let _ = announced_pixels(coding, &unit);
                prop_assert!(without_side_information(coding, &unit).len() <= unit.len());
            }
            prop_assert!(nals(&unit).map(<[u8]>::len).sum::<usize>() <= unit.len());
        }
    }
}
