//! How many decoders each stream ended while it was converted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candour_db::{Db, DbError};
use candour_units::{CameraId, StreamId};

/// Decoders that each stream has ended. The count is kept here and nowhere else while the recorder runs, so that programs which end at the same
/// time add up; what the database knows from before, and from others who decode, is brought in when a conversion begins. Whoever forgets what the
/// database knows tells it here too: all that hold it hold the same.
#[derive(Clone, Default)]
pub struct ConversionDeaths(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    of: HashMap<StreamId, (CameraId, u32)>,
    /// How often something was forgotten: what was read from the database before that is not believed after it.
    pardons: u64,
}

impl ConversionDeaths {
    /// What the camera's pictures did is forgotten, once the database has forgotten it: somebody looked into it, or it has other firmware.
    pub fn pardon(&self, camera: CameraId) {
        let mut counts = self.counts();
        counts.of.retain(|_, (of, _)| *of != camera);
        counts.pardons = counts.pardons.wrapping_add(1);
    }

    /// How many it is in all, with what the database knows.
    pub(super) async fn recall(&self, db: &Db, camera: CameraId, stream: StreamId) -> Result<u32, DbError> {
        loop {
            let before = self.counts().pardons;
            let stored = db.decoder_deaths().await?;
            let others = stored.iter().find(|deaths| deaths.stream == stream).map_or(0, |deaths| deaths.kills);
            let mut counts = self.counts();
            if counts.pardons == before {
                return Ok(counts.known(camera, stream, others));
            }
        }
    }

    /// One more; how many it is now.
    pub(super) fn one_more(&self, camera: CameraId, stream: StreamId) -> u32 {
        let mut counts = self.counts();
        let (_, deaths) = counts.of.entry(stream).or_insert((camera, 0));
        *deaths = deaths.saturating_add(1);
        *deaths
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Each change is whole before anything that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// The stream had ended so many as far as others know; how many it is in all.
    fn known(&mut self, camera: CameraId, stream: StreamId, others: u32) -> u32 {
        let (_, deaths) = self.of.entry(stream).or_insert((camera, 0));
        *deaths = others.max(*deaths);
        *deaths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deaths_add_up_and_a_pardon_stands() {
        let (camera, stream) = (CameraId::from_bytes([1; 16]), StreamId::from_bytes([2; 16]));
        let other = (CameraId::from_bytes([3; 16]), StreamId::from_bytes([4; 16]));
        let deaths = ConversionDeaths::default();
        let held_elsewhere = deaths.clone();
        let known = |camera, stream, others| deaths.counts().known(camera, stream, others);
        // Two conversions of the stream begin, each knowing of one; both die.
        assert_eq!((known(camera, stream, 1), known(camera, stream, 1)), (1, 1));
        assert_eq!((deaths.one_more(camera, stream), deaths.one_more(camera, stream)), (2, 3));
        assert_eq!(known(camera, stream, 2), 3, "the database is behind");
        known(other.0, other.1, 2);
        let before = deaths.counts().pardons;
        held_elsewhere.pardon(camera);
        assert_ne!(deaths.counts().pardons, before);
        // One that ran all the while dies now: that is the first.
        assert_eq!(deaths.one_more(camera, stream), 1);
        assert_eq!(known(other.0, other.1, 0), 2, "another camera was not pardoned");
    }
}
