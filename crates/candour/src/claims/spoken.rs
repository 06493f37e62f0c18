//! What one camera says, as stretches of time. Pure.

use std::collections::BTreeMap;

use candour_camera::{Claim, Claimed};
use candour_db::{ClaimKind, ClaimRow};
use candour_units::{CameraId, WallDuration, WallRange, WallTime};

/// No row is longer.
const LONGEST: WallDuration = WallDuration::from_seconds(60);
/// A claim that comes again within this is the same one: a camera that flickers makes no more rows than one that does not.
const SAME: WallDuration = WallDuration::from_seconds(5);
/// A camera that said nothing for longer was not heard meanwhile, whatever it claimed last.
const UNHEARD: WallDuration = WallDuration::from_seconds(30);
const TICK: WallDuration = WallDuration::from_ticks(1);

#[derive(Debug, Clone, Copy)]
struct Stretch {
    range: WallRange,
    stands: bool,
}

/// What one camera says.
#[derive(Debug, Default)]
pub struct Spoken {
    stretches: BTreeMap<Claimed, Stretch>,
    last: Option<WallTime>,
}

impl Spoken {
    /// An answer came at `now` and says this, which may be nothing. Gives what is to be stored; a row with the start of an earlier one
    /// replaces it. While our clock goes on, rows of one kind begin more than five seconds apart: a minute has twelve at most.
    pub fn heard(&mut self, camera: CameraId, claims: &[Claim], now: WallTime) -> Vec<ClaimRow> {
        let mut rows = Vec::new();
        let heard_since = self.last.filter(|last| *last <= now && now - *last <= UNHEARD);
        for (what, stretch) in &mut self.stretches {
            match heard_since {
                Some(_) if stretch.stands => go_on(camera, *what, stretch, now, &mut rows),
                // Nobody knows what it would have said; what it claims still is claimed from now on.
                None if stretch.stands => stretch.range = WallRange { start: now, end: now + TICK },
                _ => {}
            }
        }
        for claim in claims {
            let known = self.stretches.get_mut(&claim.what);
            match known {
                Some(stretch) if claim.begins && stretch.stands => {}
                Some(stretch) if claim.begins && is_same(stretch.range, now) => {
                    stretch.stands = true;
                    go_on(camera, claim.what, stretch, now, &mut rows);
                }
                _ if claim.begins => {
                    let range = WallRange { start: now, end: now + TICK };
                    self.stretches.insert(claim.what, Stretch { range, stands: true });
                    rows.push(row(camera, claim.what, range));
                }
                Some(stretch) => stretch.stands = false,
                None => {}
            }
        }
        self.last = Some(now);
        rows
    }
}

/// Whether what begins now goes on with a stretch that ended a moment ago.
fn is_same(range: WallRange, now: WallTime) -> bool {
    now >= range.end && now - range.end <= SAME
}

/// The stretch reaches up to now; what is longer than a row becomes several.
fn go_on(camera: CameraId, what: Claimed, stretch: &mut Stretch, now: WallTime, rows: &mut Vec<ClaimRow>) {
    if now <= stretch.range.end {
        return;
    }
    while now - stretch.range.start > LONGEST {
        let end = stretch.range.start + LONGEST;
        rows.push(row(camera, what, WallRange { start: stretch.range.start, end }));
        stretch.range.start = end;
    }
    stretch.range.end = now;
    if stretch.range.end > stretch.range.start {
        rows.push(row(camera, what, stretch.range));
    }
}

fn row(camera: CameraId, what: Claimed, range: WallRange) -> ClaimRow {
    let what = match what {
        Claimed::Motion => ClaimKind::Motion,
        Claimed::Tamper => ClaimKind::Tamper,
        Claimed::VideoLoss => ClaimKind::VideoLoss,
    };
    ClaimRow { camera, what, range }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> WallTime {
        WallTime::from_unix_seconds(second)
    }

    fn said(begins: bool) -> [Claim; 1] {
        [Claim { what: Claimed::Motion, begins }]
    }

    /// What is stored in the end: by start, as `put_claims` does.
    #[derive(Default)]
    struct Stored(BTreeMap<(ClaimKind, WallTime), WallTime>);

    impl Stored {
        fn put(&mut self, rows: Vec<ClaimRow>) {
            for row in rows {
                let length = row.range.end - row.range.start;
                assert!(length > WallDuration::ZERO && length <= LONGEST, "{row:?}");
                self.0.insert((row.what, row.range.start), row.range.end);
            }
        }

        fn seconds(&self) -> Vec<(i64, i64)> {
            self.0.iter().map(|((_, start), end)| (start.unix_seconds_floor(), end.unix_seconds_floor())).collect()
        }
    }

    fn play(steps: &[(i64, &[Claim])]) -> Vec<(i64, i64)> {
        let (mut spoken, mut stored) = (Spoken::default(), Stored::default());
        let camera = CameraId::from_bytes([1; 16]);
        steps.iter().for_each(|(second, claims)| stored.put(spoken.heard(camera, claims, at(*second))));
        stored.seconds()
    }

    #[test]
    fn a_claim_lasts_until_it_is_taken_back() {
        assert_eq!(play(&[(0, &said(true)), (5, &[]), (9, &said(false)), (14, &[])]), [(0, 9)]);
        assert_eq!(play(&[(0, &said(false)), (5, &[])]), []);
        assert_eq!(play(&[(0, &said(true)), (4, &said(true)), (8, &said(false))]), [(0, 8)]);
    }

    #[test]
    fn one_that_never_ends_becomes_rows_of_a_minute() {
        let mut steps: Vec<(i64, &[Claim])> = vec![(0, &[Claim { what: Claimed::Motion, begins: true }])];
        steps.extend((1..40).map(|n| (n * 5, &[][..])));
        assert_eq!(play(&steps), [(0, 60), (60, 120), (120, 180), (180, 195)]);
    }

    #[test]
    fn what_nobody_heard_is_not_claimed() {
        assert_eq!(play(&[(0, &said(true)), (5, &[]), (100, &[]), (103, &said(false))]), [(0, 5), (100, 103)]);
        // Our clock steps back: what is claimed still is claimed from there on.
        assert_eq!(play(&[(50, &said(true)), (55, &[]), (10, &[]), (12, &said(false))]), [(10, 12), (50, 55)]);
    }

    #[test]
    fn a_camera_that_flickers_makes_one_stretch() {
        let steps: Vec<(i64, [Claim; 1])> = (0..30).map(|n| (n, said(n % 2 == 0))).collect();
        let steps: Vec<(i64, &[Claim])> = steps.iter().map(|(second, claims)| (*second, &claims[..])).collect();
        assert_eq!(play(&steps), [(0, 29)]);
    }

    #[test]
    fn one_that_flickers_slowly_makes_twelve_rows_a_minute_at_most() {
        let steps: Vec<(i64, [Claim; 1])> = (0..60).flat_map(|n| [(6 * n, said(true)), (6 * n, said(false))]).collect();
        let steps: Vec<(i64, &[Claim])> = steps.iter().map(|(second, claims)| (*second, &claims[..])).collect();
        let rows = play(&steps);
        assert!(rows.windows(2).all(|pair| pair[1].0 - pair[0].0 > 5), "{rows:?}");
        assert_eq!(rows.iter().filter(|(start, _)| *start < 60).count(), 10);
    }

    proptest! {
        /// Whatever a camera says and however our clock goes: rows are never longer than a minute, and an answer makes few of them.
        #[test]
        fn any_camera_is_bounded(steps in proptest::collection::vec((-40i64..90, proptest::collection::vec((0usize..3, any::<bool>()), 0..32)), 1..200)) {
            let (mut spoken, mut stored, mut second) = (Spoken::default(), Stored::default(), 1_000_000i64);
            for (step, claims) in steps {
                second += step;
                let claims: Vec<Claim> =
                    claims.into_iter().map(|(what, begins)| Claim { what: Claimed::ALL[what], begins }).collect();
                let rows = spoken.heard(CameraId::from_bytes([1; 16]), &claims, at(second));
                prop_assert!(rows.len() <= 9 + claims.len(), "{}", rows.len());
                stored.put(rows);
            }
        }
    }
}
