//! How many pixels a purpose needs (EN 62676-4:2015): a level of detail is so many pixels for each metre of the scene. More
//! than that is more than the purpose needs (UK GDPR Article 5(1)(c)), less is useless for it.

use crate::model::{Camera, Purpose};
use crate::vocabulary::Level;

/// The edition the table is taken from.
pub const DORI_EDITION: &str = "EN 62676-4:2015";

/// Thousandths of a pixel for each metre, by level.
pub const DORI: [(Level, u32); 6] = [
    (Level::Monitor, 12_500),
    (Level::Detect, 25_000),
    (Level::Observe, 62_500),
    (Level::Recognise, 125_000),
    (Level::Identify, 250_000),
    (Level::Inspect, 1_000_000),
];

/// Widths that cameras offer. Between two of them a camera has no choice; so the cap is the next one at or above what is needed.
pub const USUAL_WIDTHS: [u32; 17] =
    [320, 352, 480, 640, 704, 800, 960, 1024, 1280, 1440, 1600, 1920, 2304, 2592, 2688, 3072, 3840];

/// Pixels across that a scene of that width needs for the level, rounded up.
#[must_use]
pub fn pixels_needed(scene_width_cm: u32, level: Level) -> u32 {
    let for_each_metre = DORI.iter().find(|(known, _)| *known == level).map_or(0, |(_, pixels)| *pixels);
    let thousandths_of_cm = u64::from(scene_width_cm) * u64::from(for_each_metre);
    u32::try_from(thousandths_of_cm.div_ceil(100_000)).unwrap_or(u32::MAX)
}

/// What the streams of a camera may have at most; `None` where the policy sets no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cap {
    /// Pixels across that the purpose needs.
    pub needed_across: Option<u32>,
    /// Pixels across, at most.
    pub most_across: Option<u32>,
    /// Pictures a second, at most.
    pub frames_per_second: Option<u8>,
}

impl Cap {
    /// The cap of a camera that records for that purpose: what camera and purpose say, whichever is less.
    #[must_use]
    pub fn of(camera: &Camera, purpose: &Purpose) -> Self {
        let level = camera.level.or(purpose.level);
        let needed = camera.scene_width_cm.zip(level).map(|(width, level)| pixels_needed(width, level));
        let most = needed.map(next_usual);
        let least = |a: Option<u32>, b: Option<u32>| a.into_iter().chain(b).min();
        Self {
            needed_across: needed,
            most_across: least(most, camera.pixels_across),
            frames_per_second: camera.frames_per_second.into_iter().chain(purpose.frames_per_second).min(),
        }
    }

    /// Whether a stream with so many pixels across and pictures a second is within the cap; a rate of 0 is one that the camera did
    /// not state, and does not count.
    #[must_use]
    pub fn admits(self, pixels_across: u32, frames_per_second: u32) -> bool {
        self.most_across.is_none_or(|most| pixels_across <= most)
            && self.frames_per_second.is_none_or(|most| frames_per_second <= u32::from(most))
    }

    /// Whether the policy sets a limit at all.
    #[must_use]
    pub const fn limits(self) -> bool {
        self.most_across.is_some() || self.frames_per_second.is_some()
    }
}

fn next_usual(needed: u32) -> u32 {
    USUAL_WIDTHS.into_iter().find(|width| *width >= needed).unwrap_or(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_pixels_for_each_metre() {
        // 1920 pixels over 7.68 m are 250 for each metre.
        assert_eq!(pixels_needed(768, Level::Identify), 1920);
        assert_eq!(pixels_needed(769, Level::Identify), 1923);
        assert_eq!(pixels_needed(1000, Level::Monitor), 125);
        assert_eq!(pixels_needed(1, Level::Monitor), 1);
        assert_eq!(pixels_needed(u32::MAX, Level::Inspect), u32::MAX);
        assert_eq!((next_usual(1920), next_usual(1921), next_usual(1), next_usual(9000)), (1920, 2304, 320, 9000));
        assert!(USUAL_WIDTHS.is_sorted() && DORI.is_sorted());
    }

    #[test]
    fn a_cap_admits_up_to_itself() {
        let cap = Cap { needed_across: None, most_across: Some(1280), frames_per_second: Some(12) };
        assert!(cap.admits(1280, 12) && cap.admits(640, 0));
        assert!(!cap.admits(1281, 12) && !cap.admits(1280, 13));
        assert!(Cap::default().admits(u32::MAX, u32::MAX));
    }
}
