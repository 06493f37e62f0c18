//! The wall-clock line of a segment: from media times to the times things happened.
//!
//! Arrival on our clock is the record, but single arrivals are late by what the network and the pace of reading add;
//! media times are even, but run on the camera's crystal. So a segment follows media time from its start and leans
//! towards arrival by at most [`MAX_BEND_PPM`]: the error of a segment is measured by its least late sample and taken
//! back over the following one.

use candour_units::{MediaTime, TICKS_PER_SECOND, WallDuration, WallTime};

/// The most a segment's line may lean, in millionths.
pub(crate) const MAX_BEND_PPM: i64 = 500;
/// Over what time an error is taken back: the usual length of a segment.
const TAKE_BACK_TICKS: i64 = 60 * TICKS_PER_SECOND;
/// For how long the least late sample is looked for.
const WINDOW_TICKS: i64 = 10 * TICKS_PER_SECOND;

/// How late the least late sample of the last full window was, in ticks; below 0 where the line is ahead of arrival.
#[derive(Debug, Clone, Default)]
struct Lateness {
    window_start: Option<WallTime>,
    current: i64,
    last_full: Option<i64>,
}

impl Lateness {
    fn note(&mut self, arrival: WallTime, late: i64) {
        match self.window_start {
            Some(start) if (arrival - start).ticks() < WINDOW_TICKS => self.current = self.current.min(late),
            window => {
                if window.is_some() {
                    self.last_full = Some(self.current);
                }
                self.window_start = Some(arrival);
                self.current = late;
            }
        }
    }
}

/// The line of the open segment.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    start: WallTime,
    start_dts: MediaTime,
    timescale: u32,
    bend_ppm: i64,
    /// Arrival lies before what is already told: times creep on by a tick a sample until it has caught up.
    holding: bool,
    late: Lateness,
}

impl Line {
    /// A line from this point; `holding` if arrival has not reached `start` yet.
    pub(crate) fn new(start: WallTime, start_dts: MediaTime, timescale: u32, holding: bool) -> Self {
        Self { start, start_dts, timescale: timescale.max(1), bend_ppm: 0, holding, late: Lateness::default() }
    }

    /// The line of the next segment, from this point of the present one, leaning against the error of this one.
    pub(crate) fn continued(&self, start: WallTime, start_dts: MediaTime, timescale: u32) -> Self {
        let late = self.late.last_full.unwrap_or(0);
        let bend_ppm = (late.saturating_mul(1_000_000) / TAKE_BACK_TICKS).clamp(-MAX_BEND_PPM, MAX_BEND_PPM);
        Self { bend_ppm, ..Self::new(start, start_dts, timescale, self.holding) }
    }

    pub(crate) fn bend_ppm(&self) -> i32 {
        self.bend_ppm as i32
    }

    pub(crate) fn is_holding(&self) -> bool {
        self.holding
    }

    /// A span of media time in wall-clock ticks, rounded down; saturates.
    pub(crate) fn wall_ticks(&self, media: i64) -> i64 {
        to_wall(media, self.timescale)
    }

    /// When a sample happened: on the line, but not before `not_before`.
    pub(crate) fn place(&mut self, dts: MediaTime, arrival: WallTime, not_before: WallTime) -> WallTime {
        if self.holding {
            if arrival <= not_before {
                return not_before;
            }
            *self = Self::new(arrival, dts, self.timescale, false);
        }
        let media = self.wall_ticks(dts.ticks().saturating_sub(self.start_dts.ticks()));
        let bent = i128::from(media) + (i128::from(media) * i128::from(self.bend_ppm)).div_euclid(1_000_000);
        let bent = i64::try_from(bent).unwrap_or(i64::MAX);
        self.start.saturating_add(WallDuration::from_ticks(bent)).max(not_before)
    }

    /// Takes note of how late a sample was that is placed at `wall`. Returns how far the line is behind arrival, when a
    /// whole window has shown it.
    pub(crate) fn note(&mut self, wall: WallTime, arrival: WallTime) -> Option<WallDuration> {
        if self.holding {
            return None;
        }
        self.late.note(arrival, (arrival - wall).ticks());
        self.late.last_full.map(WallDuration::from_ticks)
    }
}

/// Ticks of the track to ticks of the wall clock, rounded down; saturates.
fn to_wall(media: i64, timescale: u32) -> i64 {
    let ticks = (i128::from(media) * i128::from(TICKS_PER_SECOND)).div_euclid(i128::from(timescale));
    i64::try_from(ticks).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: i64 = 3600;

    fn wall(ticks: i64) -> WallTime {
        WallTime::from_ticks(1_000_000_000_000 + ticks)
    }

    /// Runs a camera whose clock is fast by `ppm` for an hour in segments of a minute, packets late by 0 to 100 ms, and
    /// checks that the line stays within `bound` milliseconds of the true time.
    #[track_caller]
    fn check_drift(ppm: i64, bound: i64) {
        let mut line = Line::new(wall(0), MediaTime::from_ticks(0), 90_000, false);
        let mut last = wall(-1);
        let mut next_cut = 60 * TICKS_PER_SECOND;
        for frame in 1..25 * 3600 {
            let dts = MediaTime::from_ticks(frame * FRAME);
            let truth = frame * FRAME - frame * FRAME * ppm / 1_000_000;
            let arrival = wall(truth + frame * 7919 % 101 * 90);
            let at = line.place(dts, arrival, last + WallDuration::from_ticks(1));
            assert!(at > last);
            line.note(at, arrival);
            if truth >= next_cut {
                line = line.continued(at, dts, 90_000);
                next_cut += 60 * TICKS_PER_SECOND;
            }
            let off = (at - wall(truth)).ticks() / 90;
            assert!(off.abs() <= bound, "{off} ms off after {} s at {ppm} ppm", truth / TICKS_PER_SECOND);
            last = at;
        }
    }

    #[test]
    fn follows_the_clocks_that_cameras_have() {
        check_drift(0, 1);
        check_drift(100, 15);
        check_drift(-100, 15);
        check_drift(400, 60);
        check_drift(-400, 60);
    }

    #[test]
    fn never_leans_further_than_allowed() {
        let mut line = Line::new(wall(0), MediaTime::from_ticks(0), 90_000, false);
        for second in 0..30 {
            line.note(wall(second * TICKS_PER_SECOND), wall((second + 3) * TICKS_PER_SECOND));
        }
        assert_eq!(line.continued(wall(0), MediaTime::from_ticks(0), 90_000).bend_ppm(), 500);
    }

    #[test]
    fn holds_until_arrival_has_caught_up() {
        let mut line = Line::new(wall(1000), MediaTime::from_ticks(0), 90_000, true);
        assert_eq!(line.place(MediaTime::from_ticks(3600), wall(500), wall(1001)), wall(1001));
        assert!(line.is_holding());
        assert_eq!(line.place(MediaTime::from_ticks(7200), wall(4000), wall(1002)), wall(4000));
        assert!(!line.is_holding());
        assert_eq!(line.place(MediaTime::from_ticks(10_800), wall(7777), wall(4001)), wall(7600));
    }

    #[test]
    fn converts_downwards_also_below_zero() {
        assert_eq!([to_wall(1, 8000), to_wall(-1, 8000), to_wall(8000, 8000)], [11, -12, 90_000]);
        assert_eq!([to_wall(i64::MAX, 1), to_wall(i64::MIN, 1)], [i64::MAX, i64::MIN]);
    }
}
