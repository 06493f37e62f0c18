//! Reading the log is itself an entry: one per person, question and minute, so that looking at the log does not fill it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candour_units::{MonoTime, PersonId};

const MINUTE_NS: i64 = 60_000_000_000;

/// When each person's reading was last written down, by what was asked.
#[derive(Default)]
pub(crate) struct LogReadings(Mutex<HashMap<(PersonId, String), MonoTime>>);

impl LogReadings {
    /// Whether a reading now needs an entry. Call [`Self::written`] once it is durable.
    pub(crate) fn is_due(&self, person: PersonId, question: &str, now: MonoTime) -> bool {
        self.all().get(&(person, question.to_owned())).is_none_or(|last| now.nanos() - last.nanos() >= MINUTE_NS)
    }

    pub(crate) fn written(&self, person: PersonId, question: String, now: MonoTime) {
        let mut readings = self.all();
        readings.retain(|_, last| now.nanos() - last.nanos() < MINUTE_NS);
        readings.insert((person, question), now);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<(PersonId, String), MonoTime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_minute_for_each_question() {
        let readings = LogReadings::default();
        let (ada, start) = (PersonId::from_bytes([1; 16]), MonoTime::from_nanos(0));
        assert!(readings.is_due(ada, "", start));
        readings.written(ada, String::new(), start);
        assert!(!readings.is_due(ada, "", start.plus_millis(59_999)));
        assert!(readings.is_due(ada, "", start.plus_millis(60_000)));
        assert!(readings.is_due(ada, "another", start));
        assert!(readings.is_due(PersonId::from_bytes([2; 16]), "", start));
    }
}
