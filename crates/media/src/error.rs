//! What can be wrong with media bytes, and where.

use crate::BoxKind;

/// Bytes from a camera or a file that cannot be read as what they claim to be. Positions count from the start of the
/// slice that was handed in; bit positions count in the parameter set after emulation prevention is removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// A length prefix promises more than there is: the access unit was cut off.
    #[error("the NAL unit at byte {at} claims {declared} bytes but {left} are left; discard this sample")]
    NalTruncated {
        /// Byte position of the length prefix.
        at: usize,
        /// Bytes the prefix claims.
        declared: usize,
        /// Bytes left after the prefix (or of the prefix itself).
        left: usize,
    },
    /// A NAL unit too short to have its header.
    #[error("the NAL unit at byte {at} is too short to have a header; discard this sample")]
    NalTooShort {
        /// Byte position of the length prefix.
        at: usize,
    },
    /// A NAL unit of another type stands where a parameter set is due.
    #[error("expected {set} but the NAL unit has type {actual}")]
    NotThisSet {
        /// The parameter set that was due.
        set: &'static str,
        /// The `nal_unit_type` found.
        actual: u8,
    },
    /// A parameter set ends before one of its fields.
    #[error("{set} ends at bit {bit}, inside {field}; the camera sends a broken parameter set")]
    SetTruncated {
        /// The parameter set.
        set: &'static str,
        /// The field, by its name in the specification.
        field: &'static str,
        /// Where the data ends.
        bit: usize,
    },
    /// A field of a parameter set has a value the specification forbids or we refuse to believe.
    #[error("{set} says {field} = {value} before bit {bit}; at most {limit} is allowed")]
    SetOutOfRange {
        /// The parameter set.
        set: &'static str,
        /// The field, by its name in the specification.
        field: &'static str,
        /// What it says.
        value: u64,
        /// The greatest value we accept.
        limit: u64,
        /// Position after the field.
        bit: usize,
    },
    /// A box is longer than what holds it, or shorter than its fixed fields.
    #[error("box {kind} at byte {at} claims {declared} bytes where {available} are available")]
    BoxTruncated {
        /// Type of the box.
        kind: BoxKind,
        /// Byte position of its header.
        at: usize,
        /// Bytes it claims or must have.
        declared: u64,
        /// Bytes there are.
        available: usize,
    },
    /// A box that must be there is not.
    #[error("box {inside} has no {missing} box inside")]
    BoxMissing {
        /// The box that was searched.
        inside: BoxKind,
        /// The box that is not there.
        missing: BoxKind,
    },
    /// Bytes after the end of the one box that was due.
    #[error("{extra} bytes follow box {kind}, which should be alone")]
    BoxTrailing {
        /// The box.
        kind: BoxKind,
        /// Bytes after it.
        extra: usize,
    },
    /// A sample entry of a coding we do not record.
    #[error("sample entry {kind} is none we record; choose H.264, H.265, MJPEG, AAC or G.711 on the camera")]
    UnknownEntry {
        /// Its type.
        kind: BoxKind,
    },
    /// A decoder configuration record of a version that is not 1, or with a length we cannot walk.
    #[error("box {kind} says {field} = {value}; only {expected} can be recorded")]
    ConfigUnsupported {
        /// `avcC` or `hvcC`.
        kind: BoxKind,
        /// The field.
        field: &'static str,
        /// Its value.
        value: u8,
        /// The one value we take.
        expected: u8,
    },
    /// A configuration record without a sequence parameter set.
    #[error("box {kind} holds no sequence parameter set; the stream cannot be decoded yet")]
    NoParameterSet {
        /// `avcC` or `hvcC`.
        kind: BoxKind,
    },
    /// Tables of a file that do not fit each other or the file.
    #[error("box {kind} describes {what}; the file is damaged")]
    TablesContradict {
        /// The table, or the box that holds the tables.
        kind: BoxKind,
        /// What cannot be.
        what: &'static str,
    },
    /// A parameter set that is longer than its field can say.
    #[error("a parameter set of {len} bytes does not fit into a sample entry")]
    SetTooLong {
        /// Its length.
        len: usize,
    },
    /// Ticks per second of zero.
    #[error("a track of 0 ticks per second has no time")]
    ZeroTimescale,
    /// Samples that reach outside their media data.
    #[error("sample {index} claims bytes {start} to {end} of a fragment of {len} bytes")]
    SampleOutside {
        /// Position of the sample in the fragment.
        index: usize,
        /// First byte claimed.
        start: u64,
        /// First byte after.
        end: u64,
        /// Bytes there are.
        len: usize,
    },
    /// A fragment says more samples than a fragment may have.
    #[error("a track run of {count} samples is more than {limit}, or more than its box can hold")]
    TooManySamples {
        /// Samples claimed.
        count: u32,
        /// Samples we accept.
        limit: u32,
    },
}
