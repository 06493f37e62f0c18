//! Token buckets in memory: how often somebody may try. Bounded, so that a flood of names cannot fill the machine.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use candour_units::MonoTime;

/// Most keys held; when there are more, those that are full again go, then the fullest.
const KEYS: usize = 10_000;

/// How many tries at once, and how long until one comes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) burst: u32,
    pub(crate) seconds_per_try: u32,
}

impl Pace {
    const fn cost_ns(self) -> i64 {
        self.seconds_per_try as i64 * 1_000_000_000
    }
}

/// One bucket per key.
pub(crate) struct Buckets<K> {
    burst: u32,
    cost_ns: i64,
    /// When each bucket would be full again, in nanoseconds: one number says it all (a virtual schedule).
    full_at: Mutex<HashMap<K, i64>>,
}

impl<K: Hash + Eq> Buckets<K> {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { burst: pace.burst, cost_ns: pace.cost_ns(), full_at: Mutex::new(HashMap::new()) }
    }

    /// For what is tried several times a second: so many at once, and so many come back in a second.
    pub(crate) fn often(burst: u32, per_second: u32) -> Self {
        Self { burst, cost_ns: 1_000_000_000 / i64::from(per_second.max(1)), full_at: Mutex::new(HashMap::new()) }
    }

    const fn cost(&self) -> i64 {
        self.cost_ns
    }

    /// Takes one try.
    ///
    /// # Errors
    /// Whole seconds until there is one.
    pub(crate) fn take(&self, key: K, now: MonoTime) -> Result<(), u32> {
        let mut all = self.full_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() >= KEYS && !all.contains_key(&key) {
            make_room(&mut all, now.nanos());
        }
        let full_at = all.entry(key).or_insert(now.nanos());
        let next = (*full_at).max(now.nanos()) + self.cost();
        let limit = now.nanos() + self.cost() * i64::from(self.burst);
        if next > limit {
            return Err(u32::try_from((next - limit).div_euclid(1_000_000_000) + 1).unwrap_or(u32::MAX));
        }
        *full_at = next;
        Ok(())
    }

    /// Gives a try back: it was a success.
    pub(crate) fn give_back(&self, key: &K) {
        let mut all = self.full_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let cost = self.cost();
        if let Some(full_at) = all.get_mut(key) {
            *full_at -= cost;
        }
    }
}

fn make_room<K: Hash + Eq>(all: &mut HashMap<K, i64>, now: i64) {
    all.retain(|_, full_at| *full_at > now);
    if all.len() >= KEYS {
        let mut times: Vec<i64> = all.values().copied().collect();
        let (_, &mut median, _) = times.select_nth_unstable(KEYS / 2);
        all.retain(|_, full_at| *full_at > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> MonoTime {
        MonoTime::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_burst_then_one_by_one() {
        let buckets = Buckets::new(Pace { burst: 3, seconds_per_try: 10 });
        for _ in 0..3 {
            assert_eq!(buckets.take("a", at(0)), Ok(()));
        }
        assert_eq!(buckets.take("a", at(0)), Err(11));
        assert_eq!(buckets.take("b", at(0)), Ok(()));
        assert_eq!(buckets.take("a", at(10)), Ok(()));
        assert!(buckets.take("a", at(10)).is_err());
        buckets.give_back(&"a");
        assert_eq!(buckets.take("a", at(10)), Ok(()));
    }

    #[test]
    fn a_flood_of_keys_stays_bounded_and_the_emptiest_bucket_stays() {
        let buckets = Buckets::new(Pace { burst: 2, seconds_per_try: 60 });
        assert_eq!((buckets.take(0, at(0)), buckets.take(0, at(0))), (Ok(()), Ok(())));
        for key in 1..(KEYS as u32 * 2) {
            let _ = buckets.take(key, at(1));
        }
        assert!(buckets.full_at.lock().expect("not poisoned").len() <= KEYS);
        assert!(buckets.take(0, at(2)).is_err());
    }
}
