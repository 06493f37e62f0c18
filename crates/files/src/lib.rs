//! Segment files: append, read, remove, free space.
//!
//! A storage directory holds segment files, named by their ids: `footage/5a/5a….seg`, and a [`Marker`] that says which one
//! it is. The bytes mean nothing
//! here (`seal` knows them), and neither does the order in which files, keys and rows change (`archive`).
//!
//! A writer's walk: [`SegmentFiles::create`], [`OpenSegment::append`] for each record, one [`SegmentFiles::sync`] per
//! interval for all files together. An append that fails leaves the file's length where it was and may be tried again
//! with the same bytes; [`FilesError::is_full`] says whether deleting would help.

mod begun;
mod error;
mod list;
mod marker;
mod notes;
mod open;
mod read;
mod store;

pub use begun::{Begun, LeftBegun};
pub use candour_durable::{Disk, Space, Step};
pub use error::FilesError;
pub use list::{Found, Listing, Shard};
pub use marker::{FoundDirectory, Marker};
pub use notes::NotesDay;
pub use open::OpenSegment;
pub use read::SegmentReader;
pub use store::SegmentFiles;
