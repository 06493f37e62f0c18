//! The only file writes of the house: every byte that must outlive a crash goes through a [`Disk`].
//!
//! In here: atomic replacement, append-only files with a known durable length, unlinking, directory and file system
//! syncs, free space, an exclusive lock, and the seam through which tests make any of these fail ([`Faults`]).
//! Not in here: what the bytes mean, reading (anybody may open a file to read it), retries, and policy about what to
//! do when the disk is full.
//!
//! ```
//! # fn main() -> Result<(), candour_durable::DurableError> {
//! # let dir = tempfile::tempdir().expect("a temporary directory");
//! let disk = candour_durable::Disk::real();
//! disk.write_atomically(&dir.path().join("settings"), b"v1", 0o600)?;
//! let mut file = disk.append_to(&dir.path().join("journal"), 0o600)?;
//! file.append(b"first")?;
//! file.sync_data()?;
//! assert_eq!((file.len(), file.durable_len()), (5, 5));
//! # Ok(()) }
//! ```

mod append;
mod disk;
mod error;
mod fault;
mod filesystem;
mod lock;

pub use append::AppendFile;
pub use disk::Disk;
pub use error::{DurableError, Step};
pub use fault::{Fault, Faults, Script};
pub use filesystem::{Filesystem, Space};
pub use lock::DirectoryLock;
