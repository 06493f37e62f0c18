//! The reconcilers, and who looks for motion.
//!
//! Retention compares what is stored with what was promised, and has the difference destroyed. In here: one sweep ([`Sweeper::sweep`]) that asks `policy` for the plan and `archive` to carry it out, and the loop
//! that runs it ([`Sweeper::run`]). It takes no input, may run at any time and as often as it likes: a second sweep finds
//! nothing left to do. Not in here: which footage is due (`policy`), how it is destroyed (`archive`).
//!
//! [`Lookout`] looks at streams while they are recorded ([`motion`]); [`Weigher`] weighs what it found, and shortens the life of what was still.

mod folding;
pub mod motion;
mod proof;
mod retention;
mod space;
mod stillness;

pub use folding::{fold, fold_deletions};
pub use motion::{Eye, Lookout, LookoutConfig, Wish};
pub use proof::{Proof, ProofConfig};
pub use retention::{SweepError, SweepReport, Sweeper, SweeperConfig};
pub use space::{RoomConfig, RoomKeeper, RoomReport, StoppedStream};
pub use stillness::{WeighError, WeighReport, Weigher, WeigherConfig};
