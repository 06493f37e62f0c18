//! When a fragment closes and a segment is cut; runs, gaps and their causes; drift; the sample index.
//!
//! Pure and sans-IO: samples and times go in, what the writer must do comes out, each with its reason.

mod gap;

pub use gap::{ClockEvidence, Gap, GapCause};
