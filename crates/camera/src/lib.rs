//! Asking a device who it is: the input and output shell of `onvif` and of the gate's evidence.
//!
//! In here: raw answers of any kind as evidence ([`received`], no I/O), one HTTP client bound to the address that was
//! onboarded (no redirects, no proxy, no names to resolve, a bounded answer, ten seconds a request, five requests a
//! second), the neighbour table of this machine, and the
//! [`Dossier`] of evidence that `vetting` judges; and [`prepare`], which makes a camera ready for what its policy demands.
//!
//! Not in here: judging (`vetting`), the questions and their order (`onvif`), and any RTSP connection. A probe by RTSP
//! before log-in is evidence worth having, but a connection to a camera that is then refused must never have been
//! opened, so the gate rests on ONVIF answers until the probes of "The gate" are built.

mod address;
mod asking;
mod choice;
mod dossier;
mod error;
mod interrogate;
mod neighbour;
mod pace;
mod prepare;
pub mod received;

pub use candour_onvif::{
    CameraDemands, CapNotKept, CapReason, Caps, Change, Credentials, DemandedMask, DeviceInformation, Encoding, Fit,
    KeptMask, MaskNotKept, MaskReason, NotKept, Picture, PicturePoint, Prepared, Preparedness, Secret,
};
pub use choice::{ChosenStreams, choose_streams};
pub use dossier::{Dossier, Profile};
pub use error::{CameraError, ErrorKind};
pub use interrogate::{Target, interrogate};
pub use prepare::prepare;
