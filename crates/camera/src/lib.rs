//! Asking a device who it is: the input and output shell of `onvif` and of the gate's evidence.
//!
//! In here: raw answers of any kind as evidence ([`received`], no I/O), one HTTP client bound to the address that was
//! onboarded (no redirects, no proxy, no names to resolve, a bounded answer, ten seconds a request; by TLS to the key that was
//! onboarded, where the device spoke it), probes from outside (web, TLS,
//! RTSP, discovery), five requests a second to a device whoever asks, the neighbour table of this machine, and the
//! [`Dossier`] of evidence that `vetting` judges; [`glance`], which looks whether a device is at an address of a typed-in
//! [`AddressRange`]; [`prepare`], which makes a camera ready for what its policy demands; [`set_password`], which gives it a password
//! of the recorder's own; and [`listen`], which hears what a camera says that it sees.
//!
//! Not in here: judging (`vetting`), the ONVIF questions and their order (`onvif`), and receiving. RTSP is asked for OPTIONS and
//! DESCRIBE before log-in, and only if the caller has judged everything else and does not refuse the device.

mod address;
mod asking;
mod choice;
mod dossier;
mod error;
mod examine;
mod listen;
mod neighbour;
mod pace;
mod password;
mod prepare;
mod probe;
mod range;
pub mod received;
mod search;
mod secure;
#[cfg(test)]
mod tls_device;

pub use candour_onvif::{
    CameraDemands, CapNotKept, CapReason, Caps, Change, Claim, Claimed, Credentials, DemandedMask, DeviceInformation,
    Encoding, Fit, KeptMask, MOST_RUNS, MaskNotKept, MaskReason, NotKept, Picture, PicturePoint, Prepared,
    Preparedness, Secret, Settled, Why, new_password,
};
pub use choice::{ChosenStreams, choose_streams};
pub use dossier::{Dossier, Profile};
pub use error::{CameraError, ErrorKind};
pub use examine::{Target, examine, offered_transport, recognise};
pub use listen::{ListenError, listen};
pub use password::{NotSettled, look_again, set_password, which_password};
pub use prepare::prepare;
pub use range::{AddressRange, MOST_ADDRESSES, RangeError};
pub use search::{Glance, glance};
pub use secure::Transport;
