//! Which pace a lane keeps: the ordinary one, or a quicker one while somebody watches or a camera is being connected to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::pace::Pace;

/// The pace during a handshake. Five round trips at the ordinary pace would take half a second; without any rest, one
/// camera that is away would make every other one cost twice as much.
pub(crate) const CONNECTING: Duration = Duration::from_millis(5);
/// How long one attempt may hurry its lane: a camera that is there has answered by then.
pub(crate) const HURRY_FOR: Duration = Duration::from_secs(1);

/// What a lane's pace depends on.
#[derive(Debug)]
pub(crate) struct Tempo {
    pub(crate) pace: Pace,
    ordinary: Duration,
    watched: Duration,
    needs: Mutex<Needs>,
}

/// How many streams need what.
#[derive(Debug, Default)]
struct Needs {
    connecting: usize,
    watched: usize,
}

/// While it lives, the lane hurries.
#[derive(Debug)]
pub(crate) struct Hurry(Arc<Tempo>);

impl Tempo {
    pub(crate) fn new(ordinary: Duration, watched: Duration) -> Self {
        Self { pace: Pace::new(ordinary), ordinary, watched, needs: Mutex::default() }
    }

    /// A camera is being connected to.
    pub(crate) fn hurry(self: &Arc<Self>) -> Hurry {
        self.change(|needs| needs.connecting += 1);
        Hurry(Arc::clone(self))
    }

    /// One more stream of the lane is watched.
    pub(crate) fn watch(&self) {
        self.change(|needs| needs.watched += 1);
    }

    /// One stream less is watched.
    pub(crate) fn unwatch(&self) {
        self.change(|needs| needs.watched -= 1);
    }

    /// Under the lock, so that of two changes at once the later one decides.
    fn change(&self, change: impl FnOnce(&mut Needs)) {
        let mut needs = self.needs.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut needs);
        let wanted = chosen(self.ordinary, self.watched, needs.connecting > 0, needs.watched > 0);
        if wanted != self.pace.length() {
            self.pace.set(wanted);
        }
    }
}

/// The quickest of what is asked for; nobody slows down what is already quicker.
fn chosen(ordinary: Duration, watched_pace: Duration, connecting: bool, watched: bool) -> Duration {
    let pace = if watched { ordinary.min(watched_pace) } else { ordinary };
    if connecting { pace.min(CONNECTING) } else { pace }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.change(|needs| needs.connecting -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ordinary: u64, watched_pace: u64, connecting: bool, watched: bool, expected: u64) {
        let ms = Duration::from_millis;
        assert_eq!(chosen(ms(ordinary), ms(watched_pace), connecting, watched), ms(expected));
    }

    #[test]
    fn the_quickest_need_decides() {
        check(100, 20, false, false, 100);
        check(100, 20, false, true, 20);
        check(100, 20, true, false, 5);
        check(100, 20, true, true, 5);
        check(0, 20, true, true, 0);
        check(3, 20, true, true, 3);
    }

    #[test]
    fn needs_are_counted() {
        let tempo = Arc::new(Tempo::new(Duration::from_millis(100), Duration::from_millis(20)));
        let pace = || tempo.pace.length().as_millis();
        tempo.watch();
        tempo.watch();
        let (one, two) = (tempo.hurry(), tempo.hurry());
        assert_eq!(pace(), 5);
        drop(one);
        assert_eq!(pace(), 5);
        drop(two);
        assert_eq!(pace(), 20);
        tempo.unwatch();
        assert_eq!(pace(), 20);
        tempo.unwatch();
        assert_eq!(pace(), 100);
    }
}
