//! Walking an access unit whose NAL units carry 4-byte lengths (ISO/IEC 14496-15 4.3.2).

use crate::{Codec, MediaError, h264, h265};

const PREFIX: usize = 4;

/// The NAL units of one length-prefixed access unit, in order; see [`nals`].
#[derive(Debug, Clone)]
pub struct Nals<'a> {
    data: &'a [u8],
    at: usize,
}

/// The NAL units of `data`, each without its 4-byte length prefix. After the first error there is nothing more:
/// the position of the next unit is then unknown.
#[must_use]
pub fn nals(data: &[u8]) -> Nals<'_> {
    Nals { data, at: 0 }
}

impl<'a> Nals<'a> {
    fn take(&mut self) -> Result<&'a [u8], MediaError> {
        let at = std::mem::replace(&mut self.at, self.data.len());
        let rest = &self.data[at..];
        let Some((prefix, body)) = rest.split_first_chunk::<PREFIX>() else {
            return Err(MediaError::NalTruncated { at, declared: PREFIX, left: rest.len() });
        };
        let declared = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
        let Some(nal) = body.get(..declared) else {
            return Err(MediaError::NalTruncated { at, declared, left: body.len() });
        };
        if nal.is_empty() {
            return Err(MediaError::NalTooShort { at });
        }
        self.at = at + PREFIX + declared;
        Ok(nal)
    }
}

impl<'a> Iterator for Nals<'a> {
    type Item = Result<&'a [u8], MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.data.len()).then(|| self.take())
    }
}

/// Whether decoding can start at this access unit, judged by its NAL unit types: an IDR picture in H.264, an
/// intra random access picture in H.265. Samples of every other codec stand alone, so they always are.
///
/// # Errors
/// The access unit cannot be walked up to its first coded slice.
pub fn is_sync(codec: Codec, data: &[u8]) -> Result<bool, MediaError> {
    let slice = |decides: fn(&[u8]) -> Option<bool>| {
        nals(data).find_map(|nal| nal.map(decides).transpose()).unwrap_or(Ok(false))
    };
    match codec {
        Codec::H264 => slice(|nal| {
            let kind = h264::NalType::of(nal)?;
            kind.is_vcl().then_some(kind == h264::NalType::Idr)
        }),
        Codec::H265 => slice(|nal| {
            let kind = h265::NalType::of(nal)?;
            kind.is_vcl().then_some(kind.is_random_access())
        }),
        Codec::Mjpeg | Codec::Aac | Codec::Pcma | Codec::Pcmu => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(data: &[u8], expected: Result<&[&[u8]], MediaError>) {
        let found: Result<Vec<&[u8]>, MediaError> = nals(data).collect();
        assert_eq!(found.as_deref(), expected.as_ref().map(|nals| &nals[..]));
    }

    #[test]
    fn walks_and_says_where_it_stopped() {
        check(b"", Ok(&[]));
        check(b"\0\0\0\x02\x65\x88", Ok(&[b"\x65\x88"]));
        check(b"\0\0\0\x01\x09\0\0\0\x02\x65\x88", Ok(&[b"\x09", b"\x65\x88"]));
        check(b"\0\0\0", Err(MediaError::NalTruncated { at: 0, declared: 4, left: 3 }));
        check(b"\0\0\0\x01\x09\0\0", Err(MediaError::NalTruncated { at: 5, declared: 4, left: 2 }));
        check(b"\0\0\0\x03\x65\x88", Err(MediaError::NalTruncated { at: 0, declared: 3, left: 2 }));
        check(b"\xff\xff\xff\xff\x65", Err(MediaError::NalTruncated { at: 0, declared: 0xffff_ffff, left: 1 }));
        check(b"\0\0\0\0\0\0\0\x01\x65", Err(MediaError::NalTooShort { at: 0 }));
    }

    #[test]
    fn nothing_follows_an_error() {
        let mut broken = nals(b"\0\0\0\x09\x65");
        assert!(broken.next().expect("there are bytes").is_err());
        assert!(broken.next().is_none());
    }

    #[test]
    fn sync_is_read_from_the_first_slice() {
        let sync = |codec, data: &[u8]| is_sync(codec, data).expect("well formed");
        assert!(sync(Codec::H264, b"\0\0\0\x01\x06\0\0\0\x02\x65\x88"), "SEI, then IDR");
        assert!(!sync(Codec::H264, b"\0\0\0\x02\x41\x88"), "P slice");
        assert!(!sync(Codec::H264, b"\0\0\0\x01\x06"), "no slice at all");
        assert!(sync(Codec::H265, b"\0\0\0\x02\x4e\x01\0\0\0\x02\x26\x01"), "SEI, then IDR_W_RADL");
        assert!(sync(Codec::H265, b"\0\0\0\x02\x2a\x01"), "CRA");
        assert!(!sync(Codec::H265, b"\0\0\0\x02\x02\x01"), "TRAIL_R");
        assert!(sync(Codec::Mjpeg, b"\xff\xd8"));
        assert!(is_sync(Codec::H264, b"\0\0\0\x09\x65").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_end(data in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), any::<u8>()], 0..64)) {
            let found: Vec<_> = nals(&data).collect();
            let walked: usize = found.iter().flatten().map(|nal| nal.len() + PREFIX).sum();
            prop_assert!(walked <= data.len());
            prop_assert_eq!(walked == data.len(), found.iter().all(Result::is_ok));
            let _ = (is_sync(Codec::H264, &data), is_sync(Codec::H265, &data));
        }

        #[test]
        fn what_is_prefixed_comes_back(units in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..9), 0..5)) {
            let data: Vec<u8> = units.iter()
                .flat_map(|nal| (nal.len() as u32).to_be_bytes().into_iter().chain(nal.iter().copied()))
                .collect();
            let found: Vec<Vec<u8>> = nals(&data).map(|nal| nal.expect("well formed").to_vec()).collect();
            prop_assert_eq!(found, units);
        }
    }
}
