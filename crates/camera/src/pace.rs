//! At most five requests a second to one device: cameras are small, and a burst looks like an attack to them.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

const INTERVAL: Duration = Duration::from_millis(200);

/// Lets requests through one by one.
pub(crate) struct Pace {
    next: Instant,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { next: Instant::now() }
    }

    /// Waits for the turn of the next request.
    pub(crate) async fn turn(&mut self) {
        sleep_until(self.next).await;
        self.next = Instant::now() + INTERVAL;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn five_a_second() {
        let start = Instant::now();
        let mut pace = Pace::new();
        for _ in 0..6 {
            pace.turn().await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
