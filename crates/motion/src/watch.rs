//! Sizes of access units: a hint that something moves, for the price of a subtraction.

/// Access units that are needed to know what is usual.
const LEARN: u32 = 10;
/// Access units over which the usual size is a mean.
const MEMORY: i64 = 32;
/// Bytes by which a unit must be larger, whatever is usual.
const LEAST_EXCESS: i64 = 120;
/// Mean deviations by which it must be larger.
const DEVIATIONS: i64 = 6;
/// Sub-bytes, so that small means move.
const FINE: i64 = 64;

/// Watches the sizes of the access units of one stream that are no key frames. Never decides that nothing moves: it wakes who can
/// look.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    seen: u32,
    mean: i64,
    deviation: i64,
    /// Whether the two units before were large.
    large: [bool; 2],
}

impl Watch {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the size of the next access unit, in bytes; whether two of the last three were clearly larger than usual. A key frame tells
    /// nothing and is passed over.
    pub fn unit(&mut self, key: bool, bytes: usize) -> bool {
        if key {
            return false;
        }
        let size = i64::try_from(bytes.min(1 << 24)).unwrap_or(0) * FINE;
        if self.seen == 0 {
            self.mean = size;
        }
        let excess = size - self.mean;
        let large =
            self.seen >= LEARN && excess > (self.deviation * DEVIATIONS).max(self.mean / 2).max(LEAST_EXCESS * FINE);
        let wakes = large && self.large.contains(&true);
        self.large = [self.large[1], large];
        // What is learnt from is cut, so that something that passes does not become the usual size.
        let share = MEMORY.min(i64::from(self.seen) + 1);
        let learnt = if self.seen < LEARN { excess } else { excess.clamp(-self.mean / 4, self.mean / 4 + FINE) };
        self.mean += learnt / share;
        self.deviation += (learnt.abs() - self.deviation) / share;
        self.seen = self.seen.saturating_add(1);
        wakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_wakes_at_the_second_large_unit_and_not_at_key_frames() {
        let mut watch = Watch::new();
        for number in 0..60 {
            assert!(
                !watch.unit(number % 10 == 0, if number % 10 == 0 { 20_000 } else { 900 + number % 7 * 20 }),
                "{number}"
            );
        }
        assert!(!watch.unit(false, 2_500), "one may be chance");
        assert!(watch.unit(false, 2_400));
        assert!(!watch.unit(false, 950), "it is over");
    }

    #[test]
    fn another_usual_size_is_learnt() {
        let mut watch = Watch::new();
        for _ in 0..40 {
            assert!(!watch.unit(false, 900));
        }
        let woken = (0..400).filter(|_| watch.unit(false, 3_000)).count();
        assert!((10..200).contains(&woken), "{woken}");
    }

    proptest! {
        #[test]
        fn any_sizes_end(sizes in proptest::collection::vec((any::<bool>(), prop_oneof![0usize..5_000, any::<usize>()]), 0..200)) {
            let mut watch = Watch::new();
            for (key, bytes) in sizes {
                prop_assert!(!(watch.unit(key, bytes) && key));
                prop_assert!(watch.mean >= 0 && watch.deviation >= 0);
            }
        }
    }
}
