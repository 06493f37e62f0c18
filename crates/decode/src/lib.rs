//! Protocol and client of the caged decoder program.
//!
//! Coded pictures of a camera are read by large libraries in C. They run in a program of its own, `candour-decoder`, that can
//! reach nothing; this room speaks to it over one socket and believes nothing it says. What a camera's bytes do to that
//! program is counted against the camera, and never touches recording.
//!
//! In here: the messages ([`Request`], [`Answer`]) and their limits, Annex B ([`annex_b`]), when a camera's bytes are tried again
//! ([`Blame`]), the client ([`Decoder`]), pictures coded anew as a track ([`RecodedTrack`]), looking at a stream as little as
//! can be ([`Marker`]), looking through footage once more in other parts of the picture ([`Trial`]), pictures for people ([`Stills`]), and through a whole clip ([`clip`]). Not in here: libav, what motion means for
//! deletion, and who is told about a camera that kills decoders.

mod annexb;
mod blame;
mod child;
mod client;
pub mod clip;
mod death;
mod frame;
mod marker;
mod message;
mod recode;
mod still;
mod trial;
mod trouble;

pub use annexb::{AnnexBError, annex_b, between_start_codes, parameter_sets};
pub use blame::{Blame, MOST_KILLS, Standing};
pub use child::{Program, StartError};
pub use client::{DecodeError, Decoder, Fed, Picture};
pub use death::{Death, Loss};
pub use frame::{FrameError, read_frame, write_frame};
pub use marker::{MarkSettings, Marker};
pub use message::{
    Answer, Coding, LEAST_STILL_WIDTH, MOST_ANSWER, MOST_JPEG, MOST_REQUEST, MOST_STILL_WIDTH, MOST_UNIT, MadeStill,
    MessageError, Request, StillOf, Wanted,
};
pub use recode::{MOST_RECODED, NotATrack, Recoded, RecodedSample, RecodedTrack, Target};
pub use still::{Still, StillError, Stills, ToldOfLoss, Whose};
pub use trial::{Trial, Tried};
pub use trouble::{Mechanism, Mechanisms, Trouble};
