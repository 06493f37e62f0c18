//! Messages on a socket: each after its length.

use std::io::{self, Read, Write};

/// Why no whole message came.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side announced more than it may send.
    #[error("a message of {len} bytes was announced where {limit} are allowed")]
    TooLong {
        /// Announced.
        len: u32,
        /// Allowed.
        limit: usize,
    },
    /// The socket failed, ended or timed out.
    #[error("the channel to the decoder is broken")]
    Io(#[from] io::Error),
}

/// Writes one message of at most 4 GiB after its length.
///
/// # Errors
/// [`FrameError::Io`].
pub fn write_frame(to: &mut impl Write, message: &[u8]) -> Result<(), FrameError> {
    let len = u32::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    to.write_all(&len.to_be_bytes())?;
    to.write_all(message)?;
    Ok(())
}

/// Reads one message of at most `limit` bytes into `into`, which is emptied first. No room is taken before the length was
/// checked. Gives false where the channel ended between two messages.
///
/// # Errors
/// [`FrameError`]; the channel is of no further use then.
pub fn read_frame(from: &mut impl Read, limit: usize, into: &mut Vec<u8>) -> Result<bool, FrameError> {
    into.clear();
    let mut prefix = [0; 4];
    match from.read(&mut prefix)? {
        0 => return Ok(false),
        read => from.read_exact(&mut prefix[read..])?,
    }
    let len = u32::from_be_bytes(prefix);
    let wanted =
        usize::try_from(len).ok().filter(|wanted| *wanted <= limit).ok_or(FrameError::TooLong { len, limit })?;
    into.resize(wanted, 0);
    from.read_exact(into)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_too_long_takes_no_room() {
        let mut into = Vec::new();
        let found = read_frame(&mut &[0xff, 0xff, 0xff, 0xff, 1][..], 64, &mut into);
        assert!(matches!(found, Err(FrameError::TooLong { len: u32::MAX, limit: 64 })));
        assert_eq!(into.capacity(), 0);
    }

    proptest! {
        #[test]
        fn messages_come_back_in_order(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..6)) {
            let mut channel = Vec::new();
            for message in &messages {
                write_frame(&mut channel, message).expect("memory takes all");
            }
            let (mut from, mut into) = (&channel[..], Vec::new());
            for message in &messages {
                prop_assert!(read_frame(&mut from, 40, &mut into).expect("whole"));
                prop_assert_eq!(&into, message);
            }
            prop_assert!(!read_frame(&mut from, 40, &mut into).expect("the end is no error"));
        }

        #[test]
        fn any_bytes_end(channel in proptest::collection::vec(prop_oneof![3 => Just(0u8), 1 => any::<u8>()], 0..80)) {
            let (mut from, mut into, mut read) = (&channel[..], Vec::new(), 0);
            while let Ok(true) = read_frame(&mut from, 32, &mut into) {
                read += 4 + into.len();
            }
            prop_assert!(read <= channel.len());
        }
    }
}
