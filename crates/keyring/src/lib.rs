//! The keyring in two copies: hour keys in a file for each day, under an epoch key, the epoch key under the master key.
//!
//! In here: making, wrapping, finding and destroying keys, durably; where the master key comes from; what a backup of
//! the keyring is. Not in here: the formats (`seal`) and when a key must go (`archive`). The procedure and its reasons
//! are in `docs/design/keyring.md`.

mod backup;
mod copies;
mod error;
mod issued;
mod master;
mod memory;
mod opening;
mod plan;
mod ring;
mod token;
mod writer;

pub use backup::{KeyringBackup, RestoredRing, open_backup_key};
pub use copies::CopyFound;
pub use error::KeyError;
pub use master::{MasterSource, TokenSource, read_master_file, write_master_file};
pub use memory::{CopyStatus, KeyringStatus};
pub use plan::Destruction;
pub use ring::{Keyring, KeyringConfig, SegmentKey};
