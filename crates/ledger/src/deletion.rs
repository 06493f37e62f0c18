//! Certificates of deletion: what an entry `footage_deleted` says, and how a single one is shown to a stranger.
//!
//! One entry certifies a batch. Its group *what* holds the certificates in full, its group *sent* only one commitment for
//! each, in the same order. So one certificate is proved by disclosing *sent* and that certificate's own text: the others
//! stay hidden. No salt is needed beside it: the segment's id, 128 random bits, is in the text and can be guessed by nobody.

mod certificate;
mod proof;

pub use certificate::{
    Certificate, CertificateError, PURPOSE_END, TimesError, UNSAID, certificates_in, certificates_of, commitments_in,
};
pub use proof::{CertificateProof, CertificateProofError, FILE_FORMAT};

/// The kind of the entry.
pub const FOOTAGE_DELETED: &str = "footage_deleted";
/// The kind of the entry that says when the keyring's epoch key was replaced: `{"began_90k":…,"ended_90k":…}` in *sent*. Keys
/// destroyed before it began open from no old block of a disk any more, as far as the master key lets the old epoch key go.
pub const EPOCH_ROTATED: &str = "epoch_rotated";
