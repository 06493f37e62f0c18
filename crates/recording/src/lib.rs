//! When a fragment closes and a segment is cut; runs, gaps and their causes; drift; the sample index.
//!
//! Pure and sans-IO: samples and times go in, what the writer must do comes out, each with its reason. The rules and
//! their numbers stand in `docs/design/recording.md`.
//!
//! In here: the [`Segmenter`] of one stream, what is left out where a policy records around motion ([`OnMotion`]) and what would be ([`left_out`](left_out())), the [`Limits`] it keeps, gaps with their causes, and the wall-clock line
//! of a segment. Not in here: bytes of samples, files, keys, and the decision whether a stream may be recorded at all.

mod gap;
mod left_out;
mod line;
mod on_motion;
mod output;
mod segmenter;

pub use gap::{ClockEvidence, Gap, GapCause};
pub use left_out::{LeftOut, Taken, left_out};
pub use on_motion::{OnMotion, Rolls, Shown, Verdict};
pub use output::{Discarded, FragmentEnd, FragmentEntry, Input, Output, SampleFacts, SegmentEnd, SegmentStart};
pub use segmenter::{Limits, Segmenter};
