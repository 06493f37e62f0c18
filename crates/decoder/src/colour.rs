//! Colours of a camera as JFIF has them: full range, the matrix of BT.601.

use crate::small::Small;

/// What the numbers of a picture mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Brightness from 0 to 255, not 16 to 235.
    pub full: bool,
    /// The matrix of BT.709 (high definition), not BT.601.
    pub bt709: bool,
}

/// From brightness and colour differences of BT.709 to those of BT.601: the product of the one matrix to red, green and blue
/// (ITU-R BT.709-6 3) and the other back (ITU-R BT.601-7 2.5).
const LUMA: [f32; 2] = [0.101_58, 0.196_08];
const BLUE: [f32; 2] = [0.989_85, -0.110_65];
const RED: [f32; 2] = [-0.072_45, 0.983_40];

/// Changes the three planes, colour at half the size each way, in place.
pub fn to_jfif(planes: &mut [Small; 3], space: Space) {
    let [luma, blue, red] = planes;
    let (luma_gain, luma_base, colour_gain) =
        if space.full { (1.0, 0.0, 1.0) } else { (255.0 / 219.0, 16.0, 255.0 / 224.0) };
    if space == (Space { full: true, bt709: false }) {
        return;
    }
    let (width, half) = (usize::from(luma.width.max(1)), usize::from(blue.width.max(1)));
    let centred =
        |plane: &Small, at: usize| plane.data.get(at).map_or(0.0, |level| f32::from(*level) - 128.0) * colour_gain;
    for (y, row) in luma.data.chunks_mut(width).enumerate() {
        for (x, level) in row.iter_mut().enumerate() {
            let mut value = (f32::from(*level) - luma_base) * luma_gain;
            if space.bt709 {
                let at = y / 2 * half + x / 2;
                value += LUMA[0] * centred(blue, at) + LUMA[1] * centred(red, at);
            }
            *level = eight_bits(value);
        }
    }
    for at in 0..blue.data.len().min(red.data.len()) {
        let (b, r) = (centred(blue, at), centred(red, at));
        let (b, r) = if space.bt709 { (BLUE[0] * b + BLUE[1] * r, RED[0] * b + RED[1] * r) } else { (b, r) };
        (blue.data[at], red.data[at]) = (eight_bits(b + 128.0), eight_bits(r + 128.0));
    }
}

/// The nearest of 256 levels.
fn eight_bits(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::small::Size;

    /// Red, green and blue of JFIF (T.871 7).
    fn rgb(planes: &[Small; 3]) -> [i32; 3] {
        let [y, b, r] = [0, 1, 2].map(|plane| f32::from(planes[plane].data[0]));
        let (b, r) = (b - 128.0, r - 128.0);
        [y + 1.402 * r, y - 0.344_14 * b - 0.714_14 * r, y + 1.772 * b].map(|level| level.round() as i32)
    }

    #[track_caller]
    fn check(space: Space, coded: [u8; 3], expected: [i32; 3]) {
        let size = Size { width: 2, height: 2 };
        let mut planes = [
            Small::filled(size, coded[0]),
            Small::filled(size.halved(), coded[1]),
            Small::filled(size.halved(), coded[2]),
        ];
        to_jfif(&mut planes, space);
        let found = rgb(&planes);
        assert!(found.iter().zip(expected).all(|(one, other)| (one - other).abs() <= 3), "{found:?} for {expected:?}");
    }

    /// The primaries as each standard codes them (ITU-R BT.1729 has these of colour bars at 100 %).
    #[test]
    fn primaries_stay_what_they_are() {
        let narrow_709 = Space { full: false, bt709: true };
        check(narrow_709, [235, 128, 128], [255, 255, 255]);
        check(narrow_709, [16, 128, 128], [0, 0, 0]);
        check(narrow_709, [63, 102, 240], [255, 0, 0]);
        check(narrow_709, [173, 42, 26], [0, 255, 0]);
        check(narrow_709, [32, 240, 118], [0, 0, 255]);
        let narrow_601 = Space { full: false, bt709: false };
        check(narrow_601, [81, 90, 240], [255, 0, 0]);
        check(narrow_601, [145, 54, 34], [0, 255, 0]);
        check(narrow_601, [41, 240, 110], [0, 0, 255]);
        check(Space { full: true, bt709: false }, [76, 85, 255], [254, 0, 0]);
        check(Space { full: true, bt709: true }, [54, 99, 255], [255, 0, 0]);
    }
}
