//! Who logs in to which camera, so that nobody proves a password while it is being set. In memory.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use candour_units::{CameraId, MonoTime};
use tokio::sync::watch;

use crate::estate::recognise::age;

/// So long a camera that did not clearly refuse a password may come to take it. Counted from when it was asked, or from the start of
/// the recorder.
const LATEST: Duration = Duration::from_secs(600);
/// So often the old one is proved before the new one is forgotten.
const PROOFS: u32 = 5;

/// What is known of a camera that has one of two passwords.
#[derive(Debug, Clone, Copy)]
pub(in crate::estate) struct Doubt {
    began: MonoTime,
    /// How often the old one was proved.
    proofs: u32,
}

impl Doubt {
    /// Whether the old one was proved, or typed in: it is tried first, as that is no wrong one while the camera takes it.
    pub const fn is_likely_old(self) -> bool {
        self.proofs > 0
    }

    /// Whether the camera has had its time: where it takes the old one and refuses the new one now, the new one is forgotten.
    pub fn is_over(self, now: MonoTime) -> bool {
        self.proofs >= PROOFS && age(self.began, now) >= LATEST
    }
}

/// Who logs in where, and of which cameras it is not known which password they take.
#[derive(Default)]
pub(in crate::estate) struct Turns {
    settling: Mutex<HashSet<CameraId>>,
    doubts: Mutex<HashMap<CameraId, Doubt>>,
    /// How many conversations with a camera go on that prove its password.
    calls: watch::Sender<HashMap<CameraId, usize>>,
}

impl Turns {
    fn doubts(&self) -> MutexGuard<'_, HashMap<CameraId, Doubt>> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settling(&self) -> MutexGuard<'_, HashSet<CameraId>> {
        self.settling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn to set a camera's password or to find it out; `None` while somebody else has it.
    pub fn settle(&self, id: CameraId) -> Option<Settling<'_>> {
        // Made only where it is one's own: one that is dropped gives the turn back.
        self.settling().insert(id).then(|| Settling(self, id))
    }

    /// The right to log in to a camera; `None` while it is not known which password it takes. It is noted before that is asked: whoever
    /// is about to set a password sees this call, or this call sees that.
    pub fn call(self: &Arc<Self>, id: CameraId) -> Option<Calling> {
        self.calls.send_modify(|calls| *calls.entry(id).or_default() += 1);
        let calling = Calling(self.clone(), id);
        (!self.is_in_doubt(id)).then_some(calling)
    }

    /// Whether it is not known which password a camera takes.
    pub fn is_in_doubt(&self, id: CameraId) -> bool {
        self.doubts().contains_key(&id)
    }

    /// From now on nobody logs in to a camera.
    pub fn begin(&self, id: CameraId, now: MonoTime) {
        self.doubts().insert(id, Doubt { began: now, proofs: 0 });
    }

    /// The cameras that are stored with two passwords: as memory is lost at a restart, and whoever was setting one may have been called off.
    pub fn follow(&self, stored: &HashSet<CameraId>, now: MonoTime) {
        let mut doubts = self.doubts();
        let settling = self.settling();
        doubts.retain(|id, _| stored.contains(id) || settling.contains(id));
        for id in stored {
            doubts.entry(*id).or_insert(Doubt { began: now, proofs: 0 });
        }
    }

    /// What is known of a camera with two passwords.
    pub fn doubt(&self, id: CameraId, now: MonoTime) -> Doubt {
        *self.doubts().entry(id).or_insert(Doubt { began: now, proofs: 0 })
    }

    /// The old password was proved.
    pub fn old_was_proved(&self, id: CameraId) {
        if let Some(doubt) = self.doubts().get_mut(&id) {
            doubt.proofs += 1;
        }
    }

    /// Somebody typed in a password: people know which one the camera takes, and one proof of theirs is enough once it had its time.
    pub fn was_typed(&self, id: CameraId) {
        if let Some(doubt) = self.doubts().get_mut(&id) {
            doubt.proofs = PROOFS;
        }
    }

    /// It is known which password a camera takes.
    pub fn end(&self, id: CameraId) {
        self.doubts().remove(&id);
    }

    /// Whether nobody logs in to a camera now.
    pub fn is_quiet(&self, id: CameraId) -> bool {
        !self.calls.borrow().contains_key(&id)
    }

    /// Returns when nobody logs in to a camera any more; gives whether that came within `patience`.
    pub async fn quiet(&self, id: CameraId, patience: Duration) -> bool {
        let mut calls = self.calls.subscribe();
        tokio::time::timeout(patience, calls.wait_for(|calls| !calls.contains_key(&id))).await.is_ok()
    }
}

/// A camera's password is being set or found out: one at a time.
pub(in crate::estate) struct Settling<'a>(&'a Turns, CameraId);

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        self.0.settling().remove(&self.1);
    }
}

/// A conversation with a camera that may prove its password.
pub struct Calling(Arc<Turns>, CameraId);

impl Drop for Calling {
    fn drop(&mut self) {
        self.0.calls.send_modify(|calls| {
            let left = calls.get(&self.1).map_or(0, |calls| calls - 1);
            if left == 0 {
                calls.remove(&self.1);
            } else {
                calls.insert(self.1, left);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: CameraId = CameraId::from_bytes([7; 16]);

    fn at(seconds: i64) -> MonoTime {
        MonoTime::from_nanos(seconds * 1_000_000_000)
    }

    #[tokio::test]
    async fn nobody_logs_in_while_a_password_is_set() {
        let turns = Arc::new(Turns::default());
        let listener = turns.call(ID).expect("nothing is in doubt");
        turns.begin(ID, at(0));
        assert!(turns.call(ID).is_none(), "nobody begins any more");
        assert!(!turns.quiet(ID, Duration::ZERO).await, "somebody still listens");
        let waiting = tokio::spawn({
            let turns = turns.clone();
            async move { turns.quiet(ID, Duration::from_secs(60)).await }
        });
        drop(listener);
        assert!(waiting.await.expect("no panic") && turns.is_quiet(ID));
        turns.end(ID);
        assert!(turns.call(ID).is_some());
    }

    #[test]
    fn what_is_not_stored_is_not_in_doubt() {
        let turns = Turns::default();
        turns.follow(&HashSet::from([ID]), at(0));
        assert!(turns.is_in_doubt(ID));
        turns.follow(&HashSet::new(), at(1));
        assert!(!turns.is_in_doubt(ID));
        let settling = turns.settle(ID);
        assert!(settling.is_some() && turns.settle(ID).is_none());
        turns.begin(ID, at(2));
        turns.follow(&HashSet::new(), at(3));
        assert!(turns.is_in_doubt(ID), "it is about to be stored");
        drop(settling);
        turns.follow(&HashSet::new(), at(4));
        assert!(!turns.is_in_doubt(ID), "whoever was setting it was called off");
    }

    #[test]
    fn a_new_one_is_forgotten_late_and_after_many_proofs() {
        let turns = Turns::default();
        turns.begin(ID, at(0));
        let over = |seconds: i64| turns.doubt(ID, at(seconds)).is_over(at(seconds));
        assert!(!over(10_000), "nothing was proved");
        (0..PROOFS).for_each(|_| turns.old_was_proved(ID));
        assert!(!over(599) && over(600));
        turns.begin(ID, at(1_000));
        turns.was_typed(ID);
        assert!(!over(1_599) && over(1_600), "people know, and the camera has its time all the same");
    }
}
