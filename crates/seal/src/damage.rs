//! What is wrong with a sealed file, and where.

use std::io;

use crate::HeaderError;

/// Stored bytes that are not what was sealed: data loss, never "not found".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("damaged at byte {offset} ({})", place(*fragment))]
pub struct Damage {
    /// Position in the file: of the field that does not fit where that is known, else of the record that holds it.
    pub offset: u64,
    /// Which fragment, counted from 1; 0 is the header, and one more than the last fragment is the footer.
    pub fragment: u32,
    /// Bytes from the start of the file that form whole, consistent records: everything before this still plays.
    pub intact_len: u64,
    /// What does not fit.
    #[source]
    pub what: What,
}

fn place(fragment: u32) -> String {
    if fragment == 0 { "the header".to_owned() } else { format!("fragment {fragment}") }
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// The file ends inside its header.
    #[error("the file ends inside its header")]
    HeaderIncomplete,
    /// The header's fields contradict each other.
    #[error("the header cannot be read")]
    Header(#[from] HeaderError),
    /// A record does not begin as one.
    #[error("no record begins here")]
    Marker,
    /// The clear head of a record does not match its own check value.
    #[error("the clear head of the record does not match its check value")]
    HeadCheck,
    /// A record stands in the wrong place: its number is not the next one.
    #[error("the record says it is number {found}, but number {expected} belongs here")]
    Order {
        /// The number that belongs here.
        expected: u32,
        /// The number the record gives itself.
        found: u32,
    },
    /// A record was made to follow another one.
    #[error("the record does not follow the one before it: the digests differ")]
    PreviousDigest,
    /// The digest stored behind a record is not the digest of the record.
    #[error("the stored sealed digest is not the digest of these bytes")]
    SealedDigest,
    /// The length at the end of a record is not its length, or the record is cut short.
    #[error("the length of the record is not the one it states")]
    Length,
    /// The clear totals of the footer are not those of the fragments.
    #[error("the totals of the footer are not those of the fragments")]
    Totals,
    /// Bytes follow the footer.
    #[error("bytes follow the footer")]
    Trailing,
    /// The ciphertext, its tag or what it is bound to was changed, or the key is another one.
    #[error("the bytes are not what was sealed with this key")]
    NotAuthentic,
    /// Opened well, but the table inside makes no sense.
    #[error("the table inside the record does not fit its bytes")]
    Table,
    /// Opened well, but its samples do not follow those before them.
    #[error("the decode times of the samples do not follow those before them")]
    Times,
    /// The content root of the footer is not the one of the samples.
    #[error("the content root is not the one of the samples")]
    ContentRoot,
    /// The bytes could not be read at all.
    #[error("the bytes could not be read ({0})")]
    Unreadable(io::ErrorKind),
}
