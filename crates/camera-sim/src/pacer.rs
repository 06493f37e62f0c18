//! The thread that sends every access unit of every camera at its time, by the real clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::footage::TICKS_PER_SECOND;
use crate::stream::Stream;

/// The time line of all streams: ticks of 90 kHz since the program started.
#[derive(Debug, Clone, Copy)]
pub struct StreamClock {
    start: Instant,
}

impl StreamClock {
    /// A time line that begins now.
    #[must_use]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Stream time now.
    #[must_use]
    pub fn now(&self) -> i64 {
        let ticks = self.start.elapsed().as_nanos() * TICKS_PER_SECOND as u128 / 1_000_000_000;
        i64::try_from(ticks).expect("the program does not run for three million years")
    }

    fn until(&self, ticks: i64) -> Duration {
        let nanos = u64::try_from(ticks.max(0)).expect("made positive") * 100_000 / 9;
        (self.start + Duration::from_nanos(nanos)).saturating_duration_since(Instant::now())
    }
}

/// The thread wakes at most this often, in ticks (5 ms), and then sends everything that is due: many cameras would
/// otherwise wake it for every single access unit. Timestamps are not touched by this; a real camera is no steadier.
const WAKE_EVERY: i64 = 450;

/// Starts the thread. It sleeps until the next access unit of any stream is due and never ends.
///
/// # Errors
/// What the system said when it would not start a thread.
pub fn spawn(streams: Vec<Arc<Stream>>, clock: StreamClock) -> std::io::Result<()> {
    std::thread::Builder::new().name("pacer".to_owned()).spawn(move || run(&streams, clock))?;
    Ok(())
}

fn run(streams: &[Arc<Stream>], clock: StreamClock) {
    let mut due: BinaryHeap<_> =
        streams.iter().enumerate().map(|(index, stream)| Reverse((stream.due(), index))).collect();
    while let Some(Reverse((time, index))) = due.pop() {
        let wait = clock.until(next_wake(time));
        if !wait.is_zero() {
            std::thread::sleep(wait);
        }
        due.push(Reverse((streams[index].tick(), index)));
    }
}

/// The first moment from `due` on at which the thread wakes.
fn next_wake(due: i64) -> i64 {
    due + (-due).rem_euclid(WAKE_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_early_or_more_than_one_interval_late() {
        for due in [0, 1, 449, 450, 451, 3600, 1_000_000_007] {
            let wake = next_wake(due);
            assert!((0..WAKE_EVERY).contains(&(wake - due)) && wake % WAKE_EVERY == 0, "due {due}, wake {wake}");
        }
    }
}
