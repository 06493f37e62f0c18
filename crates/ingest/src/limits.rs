//! What a stream may be at most, and the meter that says how fast it really is.
//!
//! The camera's own words about its pictures are not asked here: the size is that of the parameters decoding needs, the
//! rate is counted. A camera that says one thing and sends another meets these limits at its stream.

use candour_units::MonoTime;

use crate::budget::Bucket;
use crate::failure::Failure;

/// The most that a stream may be; a stream above it is not handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Pixels across at most; `None` for any.
    pub pixels_across: Option<u32>,
    /// Pictures a second at most; `None` for any. Half a picture and a twentieth more is let pass: no camera's clock is
    /// ours, and a rate of 30 is often 29.97 or 30.02.
    pub frames_per_second: Option<u32>,
}

/// The largest block of H.265 (ISO/IEC 23008-2 7.4.3.2.1); H.264 and JPEG have smaller ones.
const BLOCK: u32 = 64;
/// A rate by the camera's clock is told after so many pictures, and not before a second has passed on that clock.
const PICTURES: i64 = 20;
/// A camera that was silent until the watchdog's patience nearly ended may send all of it at once.
const BURST_SECONDS: i64 = 6;

impl Limits {
    /// No limits beyond the budgets that hold for every stream.
    pub const NONE: Self = Self { pixels_across: None, frames_per_second: None };

    /// Takes the width that is shown, and the width that is coded: what is coded and cropped away is in the stream all the
    /// same, and whoever wants to sees it. Codings round up to whole blocks of at most [`BLOCK`] pixels.
    ///
    /// # Errors
    /// The picture is too wide.
    pub(crate) fn width(&self, shown: u32, coded: u32) -> Result<(), Failure> {
        let Some(most) = self.pixels_across else { return Ok(()) };
        let wide = if coded >= most.saturating_add(BLOCK) { coded } else { shown };
        if wide > most { Err(Failure::TooWide { width: wide, most }) } else { Ok(()) }
    }
}

/// Counts the pictures of one connection against the limit: by the camera's own clock, which is quick and exact, and by
/// ours, because that clock is the camera's to bend.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    most: u32,
    window: Option<Window>,
    arrived: Bucket,
    /// Whether a whole window has been found to be slow enough.
    passed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    pictures: i64,
    earliest: i64,
    latest: i64,
}

/// Twentieths of a picture, so that the tolerance is a whole number.
const PARTS: i64 = 20;

impl Meter {
    /// A meter for a limit; `None` where there is no limit.
    pub(crate) fn new(now: MonoTime, limits: Limits) -> Option<Self> {
        let most = limits.frames_per_second?;
        let a_second = Self::parts_a_second(most);
        let arrived = Bucket::new(now, a_second, a_second * BURST_SECONDS + PICTURES * PARTS);
        Some(Self { most, window: None, arrived, passed: false })
    }

    /// The limit with its tolerance, in twentieths of a picture a second.
    fn parts_a_second(most: u32) -> i64 {
        i64::from(most) * (PARTS + 1) + PARTS / 2
    }

    /// Whether the rate has been measured once and lies under the limit.
    pub(crate) const fn has_passed(&self) -> bool {
        self.passed
    }

    /// Takes a picture into account: when it came, and its presentation time in ticks of the camera's clock. Reordered
    /// pictures are no faster than others: the span up to the latest one is never too short.
    ///
    /// # Errors
    /// They come too fast.
    pub(crate) fn picture(&mut self, now: MonoTime, pts: i64, timescale: u32) -> Result<(), Failure> {
        if !self.arrived.pour(now, PARTS) {
            return Err(Failure::TooFast { most: self.most });
        }
        let window = match self.window {
            None => Window { pictures: 1, earliest: pts, latest: pts },
            Some(w) => Window { pictures: w.pictures + 1, earliest: w.earliest.min(pts), latest: w.latest.max(pts) },
        };
        let span = window.latest.saturating_sub(window.earliest);
        let a_second = i64::from(timescale.max(1));
        self.window = Some(window);
        if window.pictures > PICTURES && span >= a_second {
            self.window = None;
            let came = i128::from(window.pictures - 1) * i128::from(PARTS) * i128::from(a_second);
            if came > i128::from(Self::parts_a_second(self.most)) * i128::from(span) {
                return Err(Failure::TooFast { most: self.most });
            }
            self.passed = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMESCALE: u32 = 90_000;

    /// Feeds pictures that come `really` times a second and are stamped as if they came `stamped` times, for `seconds`.
    /// Says after how many milliseconds it ended.
    fn ended(most: u32, really: f64, stamped: f64, seconds: f64) -> Option<i64> {
        let at = |n: f64| MonoTime::from_nanos((n / really * 1e9) as i64);
        let limits = Limits { frames_per_second: Some(most), ..Limits::NONE };
        let mut meter = Meter::new(at(0.0), limits).expect("there is a limit");
        (0..(really * seconds) as i64).find_map(|n| {
            // Not to the tick, as no camera is.
            let pts = (n as f64 / stamped * f64::from(TIMESCALE)) as i64 + n % 7 * 100;
            meter.picture(at(n as f64), pts, TIMESCALE).is_err().then(|| at(n as f64).nanos() / 1_000_000)
        })
    }

    #[track_caller]
    fn check(most: u32, really: f64, stamped: f64, within_ms: Option<i64>) {
        let found = ended(most, really, stamped, 120.0);
        match within_ms {
            None => assert_eq!(found, None, "{really} a second under {most}"),
            Some(most_ms) => {
                assert!(found.is_some_and(|ms| ms <= most_ms), "{really} a second under {most}: {found:?}")
            }
        }
    }

    #[test]
    fn a_width_is_that_of_all_that_is_coded() {
        let limits = Limits { pixels_across: Some(1080), ..Limits::NONE };
        let width = |shown, coded| limits.width(shown, coded).err().map(|failure| failure.to_string());
        assert_eq!(
            (width(1080, 1080), width(1080, 1088), width(640, 640), width(1080, 1143)),
            (None, None, None, None)
        );
        let words = |width: u32| Some(format!("the picture is {width} pixels across; the policy allows 1080"));
        assert_eq!(width(1081, 1088), words(1081));
        assert_eq!(width(640, 1920), words(1920), "cropped to 640");
        assert_eq!(Limits::NONE.width(u32::MAX, u32::MAX), Ok(()));
    }

    #[test]
    fn a_rate_above_the_limit_is_noticed_within_two_seconds() {
        check(10, 25.0, 25.0, Some(2000));
        check(10, 12.0, 12.0, Some(2000));
        check(25, 30.0, 30.0, Some(2000));
        check(5, 10.0, 10.0, Some(2100));
        check(1, 25.0, 25.0, Some(1100));
        check(1, 2.0, 2.0, Some(10_100));
    }

    #[test]
    fn a_rate_under_the_limit_never_is() {
        for (most, rate) in [(25, 25.0), (25, 25.2), (30, 29.97), (10, 10.4), (5, 5.2), (1, 1.0), (1, 0.2), (60, 15.0)]
        {
            check(most, rate, rate, None);
        }
    }

    #[test]
    fn a_camera_that_bends_its_clock_is_noticed_by_ours() {
        check(10, 25.0, 5.0, Some(8000));
        check(1, 25.0, 0.01, Some(8000));
        // Told too fast, it is believed: nobody gains by that but us.
        check(10, 5.0, 25.0, Some(5300));
    }

    #[test]
    fn reordering_jumps_and_bursts_are_no_speed() {
        let limits = Limits { frames_per_second: Some(25), ..Limits::NONE };
        let start = MonoTime::from_nanos(0);
        let mut meter = Meter::new(start, limits).expect("there is a limit");
        // I P B B at 25 a second; then the clock jumps; then five seconds come at once.
        let shown = |n: i64| [0, 3, 1, 2][(n % 4) as usize] + n / 4 * 4;
        for n in 0..500 {
            let now = MonoTime::from_nanos(n * 40_000_000);
            let jump = if n > 250 { -90_000 * 3600 } else { 0 };
            meter.picture(now, shown(n) * 3600 + jump, TIMESCALE).expect("25 a second");
        }
        assert!(meter.has_passed());
        let later = MonoTime::from_nanos(25_000_000_000);
        for n in 500..625 {
            meter.picture(later, shown(n) * 3600 - 90_000 * 3600, TIMESCALE).expect("after a silence of five seconds");
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        let limits = Limits { frames_per_second: Some(u32::MAX), ..Limits::NONE };
        let mut meter = Meter::new(MonoTime::from_nanos(0), limits).expect("there is a limit");
        for pts in [i64::MIN, i64::MAX, 0].into_iter().cycle().take(200) {
            meter.picture(MonoTime::from_nanos(i64::MAX), pts, 0).expect("no limit to speak of");
        }
        assert!(Meter::new(MonoTime::from_nanos(0), Limits::NONE).is_none());
    }
}
