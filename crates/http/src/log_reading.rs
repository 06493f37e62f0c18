//! Reading the log is itself an entry: one per person and minute, so that looking at the log does not fill it.

use std::collections::HashMap;
use std::sync::Mutex;

use candour_units::{MonoTime, PersonId};

const MINUTE_NS: i64 = 60_000_000_000;

/// When each person's reading was last written down.
#[derive(Default)]
pub(crate) struct LogReadings(Mutex<HashMap<PersonId, MonoTime>>);

impl LogReadings {
    /// Whether a reading now needs an entry. Call [`Self::written`] once it is durable.
    pub(crate) fn is_due(&self, person: PersonId, now: MonoTime) -> bool {
        let readings = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        readings.get(&person).is_none_or(|last| now.nanos() - last.nanos() >= MINUTE_NS)
    }

    pub(crate) fn written(&self, person: PersonId, now: MonoTime) {
        let mut readings = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        readings.retain(|_, last| now.nanos() - last.nanos() < MINUTE_NS);
        readings.insert(person, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_minute() {
        let readings = LogReadings::default();
        let (ada, start) = (PersonId::from_bytes([1; 16]), MonoTime::from_nanos(0));
        assert!(readings.is_due(ada, start));
        readings.written(ada, start);
        assert!(!readings.is_due(ada, start.plus_millis(59_999)));
        assert!(readings.is_due(ada, start.plus_millis(60_000)));
        assert!(readings.is_due(PersonId::from_bytes([2; 16]), start));
    }
}
