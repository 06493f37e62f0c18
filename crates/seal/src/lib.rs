//! The sealed-segment format, content tree and keyring format.
//!
//! Pure: bytes in, bytes out. The formats are described byte by byte in `docs/design/segment.md` and
//! `docs/design/keyring.md`; a stranger can write a reader from those pages alone.
//!
//! In here: the clear header of a segment ([`SegmentHeader`]), sealing ([`Sealer`], [`FragmentBuilder`]) and opening
//! ([`Opener`]), the check that needs no key ([`sealed::check`]), the tree over the content ([`content`]), key
//! derivation ([`key`]) and the key file ([`keyfile`]). Sealing, opening and keys need the feature `crypto`; without it
//! the crate checks digests and proofs only, which is what a stranger's verifier needs.
//! Not in here: files (`files`, `durable`), where keys are kept (`keyring`), when a fragment closes (`recording`).
//!
//! A writer's walk: [`Sealer::begin`] gives the header's bytes; for each fragment fill a [`FragmentBuilder`], call
//! [`Sealer::seal`], append the bytes, then [`Sealer::written`]; at the end append what [`Sealer::close`] gives. A
//! fragment that could not be written is retried with the very same bytes, or the segment is closed without it.

pub mod content;
mod cursor;
mod damage;
mod header;
pub mod keyfile;
mod record;
pub mod sealed;
mod tally;

#[cfg(feature = "crypto")]
pub mod backup;
#[cfg(feature = "crypto")]
mod cipher;
#[cfg(feature = "crypto")]
mod footer;
#[cfg(feature = "crypto")]
mod fragment;
#[cfg(feature = "crypto")]
pub mod key;
#[cfg(feature = "crypto")]
pub mod notes;
#[cfg(feature = "crypto")]
mod opener;
#[cfg(feature = "crypto")]
mod sealer;
#[cfg(feature = "crypto")]
pub mod shares;
#[cfg(feature = "crypto")]
pub mod still;

pub use content::SampleTimes;
pub use damage::{Damage, What};
#[cfg(feature = "crypto")]
pub use footer::{Footer, MAX_FOOTER_LEN, SampleRow, footer_record_len};
#[cfg(feature = "crypto")]
pub use fragment::{FragmentBuilder, OpenFragment, OpenSample};
pub use header::{
    ClockClaim, CodecCode, GapBefore, HEADER_PREFIX_LEN, HeaderError, MAX_HEADER_LEN, SegmentHeader, header_record_len,
};
#[cfg(feature = "crypto")]
pub use opener::{Closer, Opener};
pub use record::{
    FragmentInfo, MAX_PLAINTEXT_LEN, RECORD_HEAD_LEN, RECORD_OVERHEAD, RECORD_TAIL_LEN, RecordAt, SYNC_BEFORE_SEGMENT,
    record_at,
};
pub use sealed::SealedSummary;
#[cfg(feature = "crypto")]
pub use sealer::{SealError, SealedFooter, SealedFragment, Sealer};
