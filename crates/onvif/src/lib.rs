//! ONVIF without I/O: what to ask a device, how to prove who asks, how to read what comes back.
//!
//! In here: bounded XML ([`xml`]), SOAP requests and faults, HTTP Digest and WS-UsernameToken, answers of the device,
//! media and media2 services, single answers and discovery datagrams that were collected before ([`read_answer`],
//! [`read_announcements`]), and [`Interrogation`], the state machine that asks in order, keeps every raw answer as evidence
//! and never leaves the address the device was added at. [`Preparation`] is the other one: it makes a camera ready for what
//! a policy demands of it (caps and masks), and believes only what it reads back. [`Listening`] hears what a camera says that it sees
//! (its events), for as long as somebody wants to know. [`PasswordChange`] gives a camera's user a password of the recorder's own, over
//! TLS only, and ends by saying which password was proved.
//!
//! Not in here: sockets, time-outs, pacing (`camera`); judging what was said (`vetting`); discovery. No
//! Basic authentication, ever. A published client was considered: it hides the raw answers, follows the addresses a
//! device names, and reads XML without our bounds, and these three are what the gate rests on.

mod answers;
mod auth;
mod caller;
mod choice;
mod demands;
mod device_time;
mod digest;
mod encoder;
mod error;
mod events;
mod exchange;
mod fault;
mod interrogation;
mod listening;
mod masks;
mod operation;
mod password;
mod pin;
mod preparation;
mod reading;
mod secret;
mod soap;
mod testimony;
mod username_token;
pub mod xml;

pub use answers::{DeviceInformation, Encoding, ProfileAnswer, Service, VideoEncoder};
pub use choice::{Choice, Offered, PassedOver, Unfit, choose};
pub use demands::{CameraDemands, Caps, DemandedMask, Excess, Picture, PicturePoint};
pub use digest::{Algorithm, Challenge, DigestLogin};
pub use error::{OnvifError, OnvifErrorKind};
pub use events::{Claim, Claimed};
pub use exchange::{HttpAnswer, HttpRequest, Input, Output, TransportFailure};
pub use fault::Fault;
pub use interrogation::Interrogation;
pub use listening::{Listened, Listening, NotListening};
pub use masks::{Fit, KeptMask, MaskNotKept, MaskReason, NewMask};
pub use operation::{EncoderSetting, MediaVersion, NewPassword, Operation};
pub use password::{MOST_RUNS, PasswordChange, Settled, TwoPasswords, Why, new_password};
pub use pin::{Onboarded, Pinned, pin_service, pin_stream};
pub use preparation::{CapNotKept, CapReason, Change, NotKept, Preparation, Prepared, Preparedness};
pub use reading::{Announcement, ReadingError, Said, is_foreign, read_announcements, read_answer};
pub use secret::{Credentials, Secret};
pub use testimony::{ClockReading, Foreign, Profile, RawAnswer, Testimony, Unreadable};
