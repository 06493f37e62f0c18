//! The room of a writer's directory: measured now and then, estimated in between, and never used to the last byte.
//!
//! What must always fit (footers of open segments, a rewrite of the keyring, the database) has its reserve; below its floor
//! the writer refuses footage as if the disk were full.

use candour_policy::Reserve;

use super::Shared;

/// What is known of the room.
#[derive(Debug)]
pub(super) struct Room {
    reserve: fn(u64) -> Reserve,
    measured: Option<Measured>,
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    free: u64,
    floor: u64,
    written: u64,
}

impl Room {
    pub(super) fn new(reserve: fn(u64) -> Reserve) -> Self {
        Self { reserve, measured: None }
    }
}

impl Measured {
    fn left(self) -> u64 {
        self.free.saturating_sub(self.written).saturating_sub(self.floor)
    }
}

impl Shared {
    /// Measures the room, and whether the directory is still where it was.
    pub(super) fn measure(&mut self) {
        match self.files.space() {
            Ok(space) => {
                self.meter.space(space);
                let floor = (self.room.reserve)(space.total).floor;
                self.room.measured = Some(Measured { free: space.available, floor, written: 0 });
            }
            Err(error) => self.failing(candour_units::chain(&error)),
        }
        if let Err(error) = self.files.here() {
            self.failing(candour_units::chain(&error));
            if error.is_elsewhere() {
                self.meter.gone();
            }
        }
    }

    /// Whether `bytes` fit above the floor. Measures anew when the estimate says that they may not.
    pub(super) fn has_room(&mut self, bytes: u64) -> bool {
        let fits = |room: &Room| room.measured.is_none_or(|measured| measured.left() >= bytes);
        if self.room.measured.is_none() || !fits(&self.room) {
            self.measure();
        }
        fits(&self.room)
    }

    /// Notes what was written since the last measurement.
    pub(super) fn used(&mut self, bytes: u64) {
        if let Some(measured) = &mut self.room.measured {
            measured.written = measured.written.saturating_add(bytes);
        }
    }
}

/// What is said when footage is refused although the system would still take it.
pub(super) const NO_ROOM: &str =
    "the disk is full: what is left is kept for ends of segments, the keyring and the database";
