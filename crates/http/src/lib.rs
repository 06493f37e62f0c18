//! The door: sign-in, the JSON interface, ranges of footage and live sockets; embeds the viewer. axum is named nowhere
//! else.
//!
//! In here: TLS and the site's own authority, the one-time set-up, sessions, one table of routes that names for each
//! what a person must be allowed to do (`router`), looks and their receipts, media, the live socket, and the words the
//! log is shown in. Not in here: who may do what (`policy`), what an entry is (`audit`), how footage is read (`archive`),
//! and everything about cameras, which comes through [`port::Site`].

mod absence;
mod acceptance;
mod access;
mod anomalies;
mod app;
mod browser;
mod byte_range;
mod commissioning;
mod conversion;
mod csv;
mod digest;
mod document;
mod download;
mod envelope;
mod extract;
mod factor;
mod grants;
mod hls;
mod housekeeping;
mod limits;
mod live;
mod log_index;
mod log_question;
mod log_reading;
mod looks;
mod names;
mod origin;
mod pages;
mod password;
mod policy_reading;
pub mod port;
mod problem;
mod rate;
mod refusals;
mod roles;
mod router;
mod routes;
mod sentences;
mod server;
mod session;
mod setup_token;
mod spelling;
mod tls;
mod trial;
mod written;
mod zones;

pub use conversion::{ConversionConfig, ConversionDeaths, Killed};
pub use factor::SecondFactor;
pub use password::new_password_hash;
pub use router::openapi_json;
pub use routes::alarms::CHANGED_ON_THE_MACHINE;
pub use routes::people::new_account_names;
pub use server::{Deps, HttpConfig, Running, Server, StartError};
pub use tls::{NotAHostName, OwnCertificate, TlsError};
pub use trial::TrialConfig;
pub use zones::motion_zones;
