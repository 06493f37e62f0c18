//! RTSP to samples: the only room that opens a camera's stream.
//!
//! A [`Source`] (an accepted camera and the address of one of its streams) goes into [`Lanes`], and its [`Sink`] hears
//! of runs, samples and the cause of every end. Lanes are threads that read many sockets on a pace instead of waking
//! for every packet; one camera's faults end its own run and nothing else.
//!
//! In here: the RTSP client and its time-outs, budgets against hostile cameras, the limits of a policy at the stream itself, decode times, arrival times, reconnecting.
//! Not in here: who may be connected to (`vetting` gives the token), what becomes of samples (the sink's affair), and
//! any file or log of our own. `docs/design/ingest.md` gives the invariants and the reasons.
//!
//! A stream, from the outside in: [`Lanes`] → `lane` (a thread) → `supervisor` (a task per stream: connect, wait, again)
//! → `session` (one connection; the RTSP client's types end there) → `feed` (frames to runs and samples) → [`Sink`].

mod arrival;
mod backoff;
mod budget;
mod cadence;
mod clearance;
mod failure;
mod feed;
mod lane;
mod lanes;
mod limits;
mod pace;
mod session;
mod shared;
mod sink;
mod source;
mod status;
mod supervisor;
mod tempo;
mod watchdog;

#[cfg(test)]
mod doubles;

pub use cadence::Cadence;
pub use clearance::{Answer, Clearance, NotCleared};
pub use lanes::{LaneConfig, Lanes, StreamHandle};
pub use limits::Limits;
pub use sink::Sink;
pub use source::{Credentials, Source, SourceError};
pub use status::{StreamState, StreamStatus};

// A published crate of this name would answer Basic with the password; ours cannot (`http-auth/src/lib.rs`).
const _: () = assert!(http_auth::DIGEST_ONLY);
