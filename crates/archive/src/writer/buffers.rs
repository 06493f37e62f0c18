//! Memory that fragments are sealed in, used again: fresh pages cost more than sealing what is put into them.
//!
//! One store for all streams of a thread. A buffer is out from the moment a fragment is built until the sync that made
//! it durable, about as long as one fragment takes to grow; so there are about as many buffers as streams.

/// Capacities are multiples of this, so that a buffer fits the fragments of most streams.
const STEP: usize = 64 << 10;
/// Larger ones are rare and go back to the system.
const LARGEST_KEPT: usize = 2 << 20;

/// Buffers nobody uses just now.
#[derive(Debug, Default)]
pub(crate) struct Buffers(Vec<Vec<u8>>);

impl Buffers {
    /// An empty buffer with room for `len` bytes: the one that fits best, or a new one.
    pub(crate) fn take(&mut self, len: usize) -> Vec<u8> {
        let fits = self.0.iter().enumerate().filter(|(_, buffer)| buffer.capacity() >= len);
        let best = fits.min_by_key(|(_, buffer)| buffer.capacity()).map(|(at, _)| at);
        match best {
            Some(at) => self.0.swap_remove(at),
            None => Vec::with_capacity(len.next_multiple_of(STEP)),
        }
    }

    /// Keeps a buffer for later, unless it is out of the ordinary or `streams` are waiting already.
    pub(crate) fn give_back(&mut self, mut buffer: Vec<u8>, streams: usize) {
        let usual = (STEP..=LARGEST_KEPT).contains(&buffer.capacity());
        if usual && self.0.len() < streams {
            buffer.clear();
            self.0.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_fit_comes_back_empty() {
        let mut buffers = Buffers::default();
        let (mut large, small) = (buffers.take(300_000), buffers.take(1));
        assert_eq!((large.capacity(), small.capacity()), (5 * STEP, STEP));
        large.extend_from_slice(b"footage");
        buffers.give_back(large, 2);
        buffers.give_back(small, 2);
        assert_eq!(buffers.take(STEP).capacity(), STEP);
        let again = buffers.take(STEP + 1);
        assert_eq!((again.capacity(), again.len()), (5 * STEP, 0));
    }

    #[test]
    fn no_more_is_kept_than_is_used() {
        let mut buffers = Buffers::default();
        for _ in 0..5 {
            buffers.give_back(Vec::with_capacity(STEP), 3);
        }
        buffers.give_back(Vec::with_capacity(LARGEST_KEPT + 1), 9);
        buffers.give_back(Vec::new(), 9);
        assert_eq!(buffers.0.len(), 3);
    }
}
