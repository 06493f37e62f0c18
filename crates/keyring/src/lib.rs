//! The key file in two copies: hour keys under an epoch key, the epoch key under the master key.
//!
//! In here: making, wrapping, finding and destroying keys, durably. Not in here: the file format (`seal`) and when a
//! key must go (`archive`).

mod ring;

pub use ring::{KeyError, Keyring, KeyringConfig, SegmentKey};
