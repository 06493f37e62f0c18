//! The key file in two copies: hour keys under an epoch key, the epoch key under the master key.
//!
//! In here: making, wrapping, finding and destroying keys, durably. Not in here: the file format (`seal`) and when a
//! key must go (`archive`). The procedure and its reasons are in `docs/design/keyring.md`.

mod copies;
mod error;
mod issued;
mod master;
mod plan;
mod ring;
mod state;

pub use copies::CopyFound;
pub use error::KeyError;
pub use plan::Destruction;
pub use ring::{Keyring, KeyringConfig, SegmentKey};
