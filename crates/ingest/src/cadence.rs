//! What a stream really sends, measured as it comes: cameras say one thing in their settings and do another.

/// Measured from one key frame to another, over at least a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// From key frame to key frame, in milliseconds; the mean where several lie within a second.
    pub key_frame_ms: u32,
    /// Kilobits a second.
    pub bit_rate_kbit: u32,
    /// Pictures in a thousand seconds.
    pub rate_milli: u32,
}

/// Adds up pictures from one key frame on.
#[derive(Debug, Default)]
pub(crate) struct CadenceMeter {
    began: Option<i64>,
    key_frames: u64,
    pictures: u64,
    bytes: u64,
}

impl CadenceMeter {
    /// A picture at `pts` in ticks of `timescale`. Gives a figure at the first key frame a second or more after the one it began with.
    pub(crate) fn picture(&mut self, pts: i64, sync: bool, len: usize, timescale: u32) -> Option<Cadence> {
        let measured = self.began.filter(|_| sync).and_then(|began| self.measured(pts.checked_sub(began)?, timescale));
        if sync && (self.began.is_none() || measured.is_some()) {
            *self = Self { began: Some(pts), ..Self::default() };
        }
        self.key_frames += u64::from(sync);
        self.pictures += 1;
        self.bytes = self.bytes.saturating_add(len as u64);
        measured
    }

    /// Nothing of what came before belongs to what comes now.
    pub(crate) fn begin_again(&mut self) {
        *self = Self::default();
    }

    fn measured(&self, ticks: i64, timescale: u32) -> Option<Cadence> {
        let ms = u64::try_from(ticks).ok()?.checked_mul(1000)?.checked_div(timescale.into())?;
        if ms < 1000 {
            return None;
        }
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Some(Cadence {
            key_frame_ms: small(ms / self.key_frames.max(1)),
            // Bits in a millisecond are kilobits in a second.
            bit_rate_kbit: small(self.bytes.saturating_mul(8) / ms),
            rate_milli: small(self.pictures.saturating_mul(1_000_000) / ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pictures of `len` bytes at `rate` a second with a key frame every `gop`, for `seconds`.
    fn newest(rate: i64, gop: i64, len: usize, seconds: i64) -> Option<Cadence> {
        let mut meter = CadenceMeter::default();
        (0..rate * seconds).filter_map(|n| meter.picture(n * 90_000 / rate, n % gop == 0, len, 90_000)).last()
    }

    #[test]
    fn as_a_camera_sends() {
        let cadence =
            |key_frame_ms, bit_rate_kbit, rate_milli| Some(Cadence { key_frame_ms, bit_rate_kbit, rate_milli });
        assert_eq!(newest(25, 50, 10_000, 10), cadence(2000, 2000, 25_000));
        assert_eq!(newest(25, 250, 10_000, 25), cadence(10_000, 2000, 25_000));
        assert_eq!(newest(10, 1, 5_000, 5), cadence(100, 400, 10_000), "every picture of Motion JPEG is a key frame");
        assert_eq!(newest(25, 1000, 10_000, 30), None, "no second key frame yet");
    }

    #[test]
    fn a_new_run_is_measured_alone() {
        let mut meter = CadenceMeter::default();
        meter.picture(0, true, 1_000_000, 90_000);
        meter.begin_again();
        assert_eq!(meter.picture(900_000, true, 100, 90_000), None);
        let measured = meter.picture(990_000, true, 100, 90_000).expect("a second later");
        assert_eq!((measured.key_frame_ms, measured.bit_rate_kbit), (1000, 0));
    }

    proptest! {
        /// Whatever a camera's clock does, a figure is one or none.
        #[test]
        fn any_times(pictures in proptest::collection::vec((any::<i64>(), any::<bool>(), any::<u32>()), 0..50), timescale: u32) {
            let mut meter = CadenceMeter::default();
            for (pts, sync, len) in pictures {
                if let Some(measured) = meter.picture(pts, sync, len as usize, timescale) {
                    prop_assert!(sync, "only at a key frame");
                    prop_assert!(measured.rate_milli > 0 || measured.key_frame_ms > 1_000_000);
                }
            }
        }
    }
}
