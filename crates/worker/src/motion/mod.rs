//! Looking for motion while it is recorded: a second listener of a stream's samples, for which nobody waits.
//!
//! An [`Eye`] takes samples from the lane that receives them and never blocks; what it cannot take is said to be unseen. A [`Lookout`]
//! owns one thread and one caged decoder for each small group of streams. What it finds is told as [`Told`]: stretches of the
//! wall clock in which something moved, nothing moved, or nothing can be said, without a hole between the first sample and the last.

mod eye;
mod group;
mod line;
mod seen;
mod tiles;

pub use eye::{Eye, Lookout, LookoutConfig, Wish};
pub use group::Told;
pub use tiles::{Doubted, Found, What};
