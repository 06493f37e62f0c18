//! What can be turned, with units.

/// Parameters of a [`crate::Detector`] and of a [`crate::Story`]. Levels are steps of 8-bit brightness, times are milliseconds,
/// pixels are those of the reduced plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How far a pixel must lie outside what its place may show, in levels, where nothing is noisy.
    pub contrast_levels: u8,
    /// How much it must differ from the picture before, in levels, to count as moving.
    pub step_levels: u8,
    /// Sixteenths by which both thresholds grow for each level of noise (median deviation) around the pixel.
    pub noise_sixteenths: u16,
    /// Moving pixels a connected group needs.
    pub least_pixels: u16,
    /// Time in which a changed light becomes the usual one.
    pub follow_ms: u32,
    /// Time in which something that was put down and stays becomes part of the place.
    pub absorb_ms: u32,
    /// Levels by which the threshold of a pixel grows each time the pixel begins or ceases to differ.
    pub sway_levels: u8,
    /// The most levels that can come together this way.
    pub sway_most_levels: u8,
    /// Time in which one such level is forgotten.
    pub sway_forget_ms: u32,
    /// Findings that touch within this time are one movement; a single one is none.
    pub confirm_ms: u32,
    /// From this extent on, in ten-thousandths of the watched pixels, two findings are enough; below, it takes three.
    pub large_extent: u16,
    /// Events with less time between them are one.
    pub merge_ms: u32,
    /// Pictures further apart than this leave a doubt about what was between them.
    pub most_apart_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            contrast_levels: 7,
            step_levels: 5,
            noise_sixteenths: 48,
            least_pixels: 10,
            follow_ms: 4_000,
            absorb_ms: 20_000,
            sway_levels: 3,
            sway_most_levels: 40,
            sway_forget_ms: 5_000,
            confirm_ms: 500,
            large_extent: 50,
            merge_ms: 1_000,
            most_apart_ms: 1_000,
        }
    }
}
