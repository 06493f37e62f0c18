//! The archive as a whole: real files, a clock that moves when it is told to, every room below it real.

mod checking;
mod deletion;
mod disks;
mod failing;
mod live;
mod mask_still;
mod on_motion;
mod reading;
mod rebuilding;
mod recovery;
mod rig;
mod stranger;

use rig::{CAMERA, Rig, STREAM, at, range};
