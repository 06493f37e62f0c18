//! What a shell must bring from outside: a clock and randomness. The real ones are built in the program.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::{MonoTime, WallTime};

/// Both clocks of a machine. Cores take plain times; only shells hold a `Clock`.
pub trait Clock: Send + Sync {
    /// Now, as the machine believes it (UTC).
    fn wall(&self) -> WallTime;
    /// Now, on a clock that never steps.
    fn mono(&self) -> MonoTime;
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn wall(&self) -> WallTime {
        (**self).wall()
    }

    fn mono(&self) -> MonoTime {
        (**self).mono()
    }
}

/// A source of unpredictable bytes: ids, keys and salts come from here.
pub trait Entropy: Send + Sync {
    /// Fills `out` with random bytes. Running out of randomness is a fault of the machine, so it may panic.
    fn fill(&self, out: &mut [u8]);

    /// Sixteen random bytes, the body of an id.
    fn id(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }

    /// Thirty-two random bytes, the body of a key or salt.
    fn key(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        bytes
    }
}

/// A clock that moves only when it is told to: for tests and dry runs.
#[derive(Debug)]
pub struct SimClock {
    wall: AtomicI64,
    mono: AtomicI64,
}

impl SimClock {
    /// A clock standing at `wall`; its monotonic reading starts at zero.
    #[must_use]
    pub fn at(wall: WallTime) -> Self {
        Self { wall: AtomicI64::new(wall.ticks()), mono: AtomicI64::new(0) }
    }

    /// Lets `nanoseconds` pass on both clocks.
    pub fn advance(&self, nanoseconds: i64) {
        self.mono.fetch_add(nanoseconds, Ordering::SeqCst);
        // Kept exact by deriving the wall from whole ticks: 9 ticks are 100 000 ns.
        self.wall.fetch_add((i128::from(nanoseconds) * 9 / 100_000) as i64, Ordering::SeqCst);
    }

    /// Lets whole seconds pass on both clocks.
    pub fn advance_s(&self, seconds: i64) {
        self.advance(seconds * 1_000_000_000);
    }

    /// Steps the wall clock alone, as a wrong or corrected clock does.
    pub fn step_wall(&self, to: WallTime) {
        self.wall.store(to.ticks(), Ordering::SeqCst);
    }
}

impl Clock for SimClock {
    fn wall(&self) -> WallTime {
        WallTime::from_ticks(self.wall.load(Ordering::SeqCst))
    }
    fn mono(&self) -> MonoTime {
        MonoTime::from_nanos(self.mono.load(Ordering::SeqCst))
    }
}

/// Repeatable bytes from a seed (SplitMix64): for tests only, never for keys of a running recorder.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// The same seed gives the same bytes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in out.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
