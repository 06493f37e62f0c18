//! Challenges that were given out and not answered yet. Each counts once and not for long, and only in the sign-in it was given to; they are
//! kept in memory, so that none outlives a restart.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use candour_units::{MonoTime, SessionId};

/// How long somebody has to answer: what browsers are told too.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);
/// Most that wait. Each needs a right password, whose pace is limited; the oldest goes first.
const MOST: usize = 1000;

/// What waits for an answer, by sign-in.
pub(super) struct Challenges<T>(Mutex<HashMap<SessionId, (MonoTime, T)>>);

impl<T> Default for Challenges<T> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<T> Challenges<T> {
    /// Keeps a challenge; the one before of the same sign-in counts no more.
    pub(super) fn put(&self, session: SessionId, now: MonoTime, challenge: T) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (at, _)| stands(*at, now));
        all.remove(&session);
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, (at, _))| at.nanos()).map(|(session, _)| *session)
        {
            all.remove(&oldest);
        }
        all.insert(session, (now, challenge));
    }

    /// Takes the challenge of a sign-in, if it still counts.
    pub(super) fn take(&self, session: SessionId, now: MonoTime) -> Option<T> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
        found.filter(|(at, _)| stands(*at, now)).map(|(_, challenge)| challenge)
    }
}

fn stands(at: MonoTime, now: MonoTime) -> bool {
    u128::from(now.nanos().saturating_sub(at.nanos()).unsigned_abs()) < PATIENCE.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATE_NS: i64 = 300 * 1_000_000_000;

    fn session(number: u16) -> SessionId {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        SessionId::from_bytes(bytes)
    }

    #[test]
    fn each_counts_once_for_its_sign_in_and_for_five_minutes() {
        let (all, at) = (Challenges::default(), MonoTime::from_nanos);
        all.put(session(1), at(0), "first");
        all.put(session(1), at(1), "second");
        assert_eq!(all.take(session(2), at(2)), None);
        assert_eq!(all.take(session(1), at(LATE_NS)), Some("second"));
        assert_eq!(all.take(session(1), at(LATE_NS)), None);
        all.put(session(1), at(0), "late");
        assert_eq!(all.take(session(1), at(LATE_NS)), None);
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let (all, at) = (Challenges::default(), MonoTime::from_nanos);
        for number in 0..=1000 {
            all.put(session(number), at(i64::from(number)), number);
        }
        assert_eq!(all.take(session(0), at(2000)), None, "the oldest went");
        assert_eq!(all.take(session(1), at(2000)), Some(1));
        assert_eq!(all.take(session(1000), at(2000)), Some(1000));
    }
}
