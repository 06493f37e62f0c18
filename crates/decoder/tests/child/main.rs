//! The real program under the real client: what it decodes, what it refuses, what hostile bytes do to it.

mod cage;
mod clips;
mod death;
mod hostile;
mod pictures;
mod recode;
mod rig;
mod stills;
