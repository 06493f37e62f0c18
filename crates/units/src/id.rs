//! Ids: 128 random bits, minted offline, one Rust type per thing they name, so that a camera cannot be taken for a stream.

use std::fmt::{self, Write as _};
use std::str::FromStr;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdError {
    /// The text has the wrong length; an id has exactly two digits for each byte.
    Length {
        /// Hex digits expected.
        expected: usize,
        /// Characters found.
        actual: usize,
    },
    /// A character is no lower-case hex digit.
    Digit {
        /// Byte position of the first wrong character.
        at: usize,
    },
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, actual } => write!(f, "an id here has {expected} hex digits, this has {actual}"),
            Self::Digit { at } => write!(f, "character {at} is not one of 0-9 a-f"),
        }
    }
}

impl std::error::Error for IdError {}

pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    // Not `{:02x}`: ids are written into every row and answer, and one call of the formatter for each byte was a tenth of
    // judging a site again.
    bytes.iter().try_for_each(|byte| {
        f.write_char(DIGITS[usize::from(byte >> 4)])?;
        f.write_char(DIGITS[usize::from(byte & 0xf)])
    })
}

pub(crate) fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    if text.len() != N * 2 {
        return Err(IdError::Length { expected: N * 2, actual: text.len() });
    }
    let mut out = [0; N];
    for (at, character) in text.bytes().enumerate() {
        let digit = match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            _ => return Err(IdError::Digit { at }),
        };
        out[at / 2] = (out[at / 2] << 4) | digit;
    }
    Ok(out)
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id with these 128 bits; mint one from `Entropy::id`.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
            /// The 128 bits, as stored in files and rows.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_hex(text).map(Self)
            }
        }
    )*};
}

id! {
    /// A camera: the device, for as long as the site calls it the same camera.
    CameraId;
    /// One encoded feed of a camera.
    StreamId;
    /// Everything received over one unbroken connection.
    RunId;
    /// One sealed file of one stream.
    SegmentId;
    /// One machine that records and keeps a log.
    RecorderId;
    /// One storage directory, whatever path it is reached by.
    StorageId;
    /// A written purpose, one version of its text: changing the text makes a new id.
    PurposeId;
    /// One version of a site's policy.
    PolicyId;
    /// A person with an account.
    PersonId;
    /// One sign-in of a person.
    SessionId;
    /// An enrolled screen.
    StationId;
    /// One permission to look, made durable in the log before it is given.
    ReceiptId;
    /// One row of the alarm table.
    AlarmId;
    /// A hold on footage: a dated reason to keep it past its end.
    HoldId;
    /// A grant: somebody's permission to look at recorded footage, asked for, decided, and ended.
    GrantId;
    /// An incident that somebody marked.
    IncidentId;
    /// A switch's or DHCP server's table that somebody brought.
    TableId;
    /// One act of looking at a camera to set it up.
    ViewId;
    /// A still that is kept for drawing masks.
    StillId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_agree() {
        let id = CameraId::from_bytes(*b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\xfe\xff");
        assert_eq!(id.to_string(), "000102030405060708090a0b0c0dfeff");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn wrong_text_says_where() {
        assert_eq!("00".parse::<CameraId>(), Err(IdError::Length { expected: 32, actual: 2 }));
        assert_eq!("000102030405060708g90a0b0c0dfeff".parse::<CameraId>(), Err(IdError::Digit { at: 18 }));
    }
}
