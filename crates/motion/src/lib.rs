//! Reduced luma planes in, scores and events out.
//!
//! Pure and deterministic: integer arithmetic on planes of a few ten thousand pixels, no clock, no randomness, no
//! allocation that grows with time. The same planes give the same findings on every machine. How it works and what it
//! was tried on stands in `docs/motion.md`.
//!
//! In here: [`Plane`], the [`Detector`] that compares each with what the place usually looks like, [`Zones`], the
//! [`Story`] that joins findings to events and doubts, and the [`Watch`] over sizes of access units that wakes a detector; the [`Watchdog`]
//! over the picture as a whole; what a trial found ([`trace`], [`stretches`]).
//! Not in here: decoding, what a still interval means for deletion, and who sees any of it. Motion is about pixels: nothing
//! here knows what a person is.

mod cells;
mod detector;
mod filter;
mod grid;
mod interval;
mod light;
mod model;
mod plane;
mod search;
mod settings;
mod steady;
mod story;
mod tile;
mod trial;
mod watch;
mod watchdog;
mod zone;

pub use detector::{Detector, Doubt, Finding, LookError, Observation};
pub use grid::Area;
pub use interval::{Interval, merge};
pub use plane::{LEAST_SIDE, MOST_SIDE, Plane, PlaneError};
pub use search::{Hit, Searched, Shown, Stretch, search};
pub use settings::Settings;
pub use story::{Event, Report, Story};
pub use tile::tile;
pub use trial::{MOST_STEPS, Point, stretches, trace};
pub use watch::Watch;
pub use watchdog::{Sighting, Suspicion, Watchdog, WatchdogSettings};
pub use zone::{Corner, MOST_CORNERS, MOST_POLYGONS, Polygon, ZoneError, Zones};
