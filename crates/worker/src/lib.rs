//! The retention reconciler: compares what is stored with what was promised, and has the difference destroyed.
//!
//! In here: one sweep ([`Sweeper::sweep`]) that asks `policy` for the plan and `archive` to carry it out, and the loop
//! that runs it ([`Sweeper::run`]). It takes no input, may run at any time and as often as it likes: a second sweep finds
//! nothing left to do. Not in here: which footage is due (`policy`), how it is destroyed (`archive`), motion analysis
//! (with "Motion").

mod folding;
mod proof;
mod retention;
mod space;

pub use folding::{fold, fold_deletions};
pub use proof::{Proof, ProofConfig};
pub use retention::{SweepError, SweepReport, Sweeper, SweeperConfig};
pub use space::{RoomConfig, RoomKeeper, RoomReport, StoppedStream};
